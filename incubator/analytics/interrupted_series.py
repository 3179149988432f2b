"""Interrupted series: level and trend before the launch, carried on, against what came after it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from incubator.analytics.criterion_readings import Numbers

YEAR = 365.25
SEASON_DAYS = 200
"""Days of readings from which on a season is taken off: within less it is nearly a straight line, which is taken off
anyhow."""
FULL_SEASONS = 2 * 365
"""Two full years of readings, without which a season is hard to tell from a trend."""
SECOND_WAVE_FROM = 48
COARSEST = 100
"""Days between readings beyond which a year has too few of them to show its season."""


@dataclass(frozen=True)
class Axis:
    """Where the readings lie in time: `steps` since the first in whole periods, one period being the usual
    distance of two readings, so that a missing month leaves its gap."""

    steps: Numbers
    gaps: Numbers
    period: float


def axis(days: Sequence[date]) -> Axis:
    """The axis of days in rising order, no day twice."""
    distances = np.diff([day.toordinal() for day in days]).astype(float)
    period = float(np.median(distances)) if len(distances) else 1.0
    gaps = np.maximum(np.round(distances / period), 1.0)
    return Axis(np.concatenate([[0.0], np.cumsum(gaps)]), gaps, period)


@dataclass(frozen=True)
class Segments:
    """The regression's columns (level, trend, step, with `bend` a change of trend, seasons) as it was and `without`
    the pilot. `after` is 1 since the launch, else 0.

    The step stands at the first reading since the launch; the trend is centered, which keeps the numbers tame.
    """

    design: Numbers
    without: Numbers
    after: Numbers
    gaps: Numbers
    bend: bool
    waves: int

    @property
    def effect(self) -> Numbers:
        """The combination of coefficients that is the mean distance of the two lines since the launch."""
        return np.asarray((self.design - self.without)[self.after == 1].mean(axis=0))


def segments(days: Sequence[date], launched_on: date, *, bend: bool) -> Segments:
    line = axis(days)
    steps = line.steps
    after = np.array([day >= launched_on for day in days], dtype=float)
    columns = [np.ones(len(steps)), steps - steps.mean(), after]
    if bend:
        first = steps[after == 1][0] if after.any() else 0.0
        columns.append(after * (steps - first))
    own = len(columns)
    waves = seasons(days)
    turn = np.array([2 * math.pi * day.timetuple().tm_yday / YEAR for day in days])
    for wave in range(1, waves + 1):
        columns += [np.sin(wave * turn), np.cos(wave * turn)]
    design = np.column_stack(columns)
    without = design.copy()
    without[:, 2:own] = 0.0
    return Segments(design, without, after, line.gaps, bend, waves)


def seasons(days: Sequence[date]) -> int:
    """How many yearly waves are taken off: none in a short series, a second one with 48 readings over two years."""
    period = axis(days).period
    span = (days[-1] - days[0]).days + period
    if span < SEASON_DAYS or period > COARSEST:
        return 0
    return 2 if len(days) >= SECOND_WAVE_FROM and full_seasons(days) else 1


def full_seasons(days: Sequence[date]) -> bool:
    """Whether two years of readings are in."""
    period = axis(days).period
    return (days[-1] - days[0]).days + period >= FULL_SEASONS - period / 2
