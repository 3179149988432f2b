"""Two groups: differences of means and of proportions with their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

from incubator.analytics.criterion import Estimate
from incubator.analytics.criterion_readings import Numbers, scale_of

SKEWED_OVER = 1.0
"""A skewness that, together with a test of it, makes the mean's t interval lopsided."""
SKEWED_Z = 2.576
"""The test's 1 %."""


@dataclass(frozen=True)
class TwoMeans:
    """The difference of two means with `statistic` and `p` of its test."""

    change: Estimate
    error: float
    df: float | None = None
    statistic: float | None = None
    p: float | None = None


def quantile(confidence: float, df: float | None = None) -> float:
    """How many standard errors the interval reaches: Student's with `df`, else the normal's."""
    from scipy import special

    level = (1 + confidence) / 2
    return float(special.ndtri(level) if df is None else special.stdtrit(df, level))


def two_sided(statistic: float, df: float) -> float:
    """The p value of Student's t."""
    from scipy import special

    return float(2 * special.stdtr(df, -abs(statistic)))


def welch(first: Numbers, second: Numbers, confidence: float = 0.95, *, few: bool = False) -> TwoMeans:
    """First mean less second with Welch's interval, which does not take the two spreads to be equal.

    With `few` numbers on a side the degrees of freedom are at most as many as the smaller side has: of four against
    twelve Welch's own interval holds the truth in 93.9% of draws instead of 95%, with twice the spread on the small
    side, and this one in 95.1%. Source: B. L. Welch, Biometrika 34 (1947). ValueError with under two numbers a side
    or no spread at all.
    """
    if len(first) < 2 or len(second) < 2:
        raise ValueError("Welch's interval needs at least two readings a side")
    scale = scale_of(first, second)
    one, two = first / scale, second / scale
    parts = one.var(ddof=1) / len(one), two.var(ddof=1) / len(two)
    error = math.sqrt(sum(parts))
    # Readings that are all the same may differ from their mean by a rounding error.
    if error <= 1e-13 * scale_of(one, two):
        raise ValueError("readings without any spread carry no interval")
    df = sum(parts) ** 2 / (parts[0] ** 2 / (len(one) - 1) + parts[1] ** 2 / (len(two) - 1))
    if few:
        df = min(df, float(min(len(one), len(two))))
    difference = float(one.mean() - two.mean())
    reach = quantile(confidence, df) * error
    change = Estimate(difference * scale, (difference - reach) * scale, (difference + reach) * scale)
    statistic = difference / error
    return TwoMeans(change, error * scale, df, statistic, two_sided(statistic, df))


def skewed(values: Numbers) -> bool:
    """Whether the readings lean clearly to one side.

    Source of the test: R. B. D'Agostino, Biometrika 57 (1970).
    """
    n = len(values)
    if n < 8:
        return False
    centred = values / scale_of(values)
    centred = centred - centred.mean()
    second = float((centred**2).mean())
    if second <= 1e-24:
        return False
    skewness = float((centred**3).mean()) / second**1.5
    tails = 3 * (n * n + 27 * n - 70) * (n + 1) * (n + 3) / ((n - 2) * (n + 5) * (n + 7) * (n + 9))
    width = math.sqrt(2 * (tails - 1)) - 1
    leaning = skewness * math.sqrt((n + 1) * (n + 3) / (6 * (n - 2))) / math.sqrt(2 / (width - 1))
    z = math.asinh(leaning) / math.sqrt(0.5 * math.log(width))
    return abs(skewness) > SKEWED_OVER and abs(z) > SKEWED_Z
