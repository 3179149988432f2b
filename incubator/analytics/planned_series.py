"""What a planned series could show, by simulating the analysis that will be made of it."""

from __future__ import annotations

import math
from datetime import date, timedelta
from functools import lru_cache

import numpy as np

from incubator.analytics.criterion_readings import Numbers
from incubator.analytics.interrupted_series import segments
from incubator.analytics.short_series import ShortSeries

DRAWS = 120
SEED = 20_270_105
LAUNCH = date(2027, 1, 1)
MOST_PERIODS = 96


@lru_cache(maxsize=512)
def shortfalls(
    before: int, after: int, tenths: int, days: int, *, bend: bool, season: bool, confidence: float
) -> Numbers:
    """By how much the interval's worse bound falls short of the true effect, in standard deviations of one reading, in
    rising order over simulated series.

    `tenths` is the correlation of neighbors in tenths, `days` the distance of two readings. ValueError where the
    regression has no room.
    """
    before, after = min(before, MOST_PERIODS), min(after, MOST_PERIODS)
    n = before + after
    when = [LAUNCH + timedelta(days=days * (place - before)) for place in range(n)]
    parts = segments(when, LAUNCH, bend=bend)
    design, contrast = parts.design, parts.effect
    if not season and parts.waves:
        design, contrast = design[:, : -2 * parts.waves], contrast[: -2 * parts.waves]
    rho = tenths / 10
    noise = np.random.default_rng(SEED).normal(size=(n, DRAWS))
    for place in range(1, n):
        noise[place] = rho * noise[place - 1] + math.sqrt(1 - rho * rho) * noise[place]
    found = ShortSeries(design, np.ones(n - 1), parts.after).fit(noise).effect(contrast, confidence)
    return np.sort(-found.low)
