"""Counts for exposure: rates, their ratio and their difference with intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from incubator.analytics.criterion import Estimate
from incubator.analytics.criterion_readings import Numbers
from incubator.analytics.intervals import wilson
from incubator.analytics.two_groups import mover, quantile

OVERDISPERSED_P = 0.05
ROUNDS = 50
MOST = 300.0
"""The logarithm beyond which a fitted count is lost anyhow."""


@dataclass(frozen=True)
class TwoRates:
    """`change` and the rates are events for one unit of exposure; `z` and `p` are the score test's."""

    rate: float
    reference: float
    change: Estimate
    ratio: Estimate
    z: float
    p: float
    dispersion: float = 1.0


def rate_interval(count: float, exposure: float, reach: float) -> Estimate:
    """A rate with its score interval, `reach` standard errors wide; it has a width at no event at all."""
    middle = count + reach * reach / 2
    width = reach * math.sqrt(count + reach * reach / 4)
    low = 0.0 if count == 0 else max((middle - width) / exposure, 0.0)
    return Estimate(count / exposure, low, (middle + width) / exposure)


def exact_rate(count: float, exposure: float, confidence: float = 0.95) -> Estimate:
    """A rate with its exact interval (F. Garwood, Biometrika 28, 1936)."""
    from scipy import special

    tail = (1 - confidence) / 2
    low = float(special.gammaincinv(count, tail)) / exposure if count > 0 else 0.0
    return Estimate(count / exposure, low, float(special.gammaincinv(count + 1, 1 - tail)) / exposure)


def dispersion(groups: Sequence[tuple[Numbers, Numbers]]) -> tuple[float, int, float]:
    """How much counts vary beyond chance: Pearson's χ² by its degrees of freedom, these, and the test's p.

    A group is the counts and exposures of its readings; chance alone gives about 1.
    """
    from scipy import special

    chi, df = 0.0, 0
    for counts, exposures in groups:
        expected = exposures * counts.sum() / exposures.sum()
        if counts.sum() > 0:
            chi += float(((counts - expected) ** 2 / expected).sum())
            df += len(counts) - 1
    return (chi / df, df, float(special.chdtrc(df, chi))) if df else (1.0, 0, 1.0)


def ratio_interval(
    count: float, exposure: float, other_count: float, other_exposure: float, reach: float
) -> Estimate:
    """First rate by second with the score interval; without bound above where the second has no event.

    Given the total, the first count is binomial: its score interval is Wilson's, carried over to the ratio
    (O. S. Miettinen, M. Nurminen, Statistics in Medicine 4, 1985, for the score interval of rates).
    """
    from scipy import special

    confidence = 2 * float(special.ndtr(reach)) - 1
    total = count + other_count
    share = wilson(count, max(total, 1.0), confidence)
    times = other_exposure / exposure

    def odds(part: float) -> float:
        return math.inf if part >= 1 else times * part / (1 - part)

    estimate = math.inf if other_count == 0 else times * count / other_count
    high = math.inf if other_count == 0 else odds(share.high)
    return Estimate(estimate, odds(share.low), high)


def two_rates(
    count: float,
    exposure: float,
    other_count: float,
    other_exposure: float,
    confidence: float = 0.95,
    dispersion: float = 1.0,
    df: float | None = None,
) -> TwoRates:
    """Two rates compared: the ratio by its score interval, the difference from the interval of each rate.

    The difference has its own interval: the ratio's, multiplied by the reference, would take the reference
    as known and be too narrow. With a `dispersion` over 1 (quasi-Poisson) counts and exposures weigh that
    much less and Student's t with `df` stands for the normal.
    """
    from scipy import special

    reach = quantile(confidence, df)
    count, exposure = count / dispersion, exposure / dispersion
    other_count, other_exposure = other_count / dispersion, other_exposure / dispersion
    first = rate_interval(count, exposure, reach)
    second = rate_interval(other_count, other_exposure, reach)
    total = count + other_count
    expected = total * exposure / (exposure + other_exposure)
    part = exposure / (exposure + other_exposure)
    z = (count - expected) / math.sqrt(total * part * (1 - part)) if total > 0 else 0.0
    p = 2 * (special.ndtr(-abs(z)) if df is None else special.stdtr(df, -abs(z)))
    return TwoRates(
        first.estimate,
        second.estimate,
        mover(first, second),
        ratio_interval(count, exposure, other_count, other_exposure, reach),
        z,
        float(p),
        dispersion,
    )


@dataclass(frozen=True)
class CountFit:
    """A quasi-Poisson regression: coefficients on the log scale with their covariance."""

    beta: Numbers
    covariance: Numbers
    dispersion: float
    df: int
    expected: Numbers


def quasi_poisson(design: Numbers, counts: Numbers, exposure: Numbers, *, at_least: float = 0.0) -> CountFit:
    """Regression of counts with the exposure as offset; the spread is Pearson's χ² by its degrees of freedom,
    in the covariance `at_least` this (1 where fewer swings than chance makes are no reason to trust more).

    Iteratively reweighted least squares, as in P. McCullagh, J. A. Nelder, Generalized Linear Models (1989),
    chapters 2.5 and 6.2; statsmodels' fit is the same but takes three seconds to load in a page's first answer.
    ValueError where the counts do not determine the regression.
    """
    from scipy.special import xlogy

    offset = np.log(exposure)
    expected = (counts + counts.mean()) / 2
    if not expected.min() > 0:
        raise ValueError("nothing was counted")
    logs = np.log(expected)
    previous = math.inf
    for _ in range(ROUNDS):
        working = logs - offset + (counts - expected) / expected
        weighted = design * expected[:, None]
        cross = design.T @ weighted
        beta = np.linalg.solve(cross, weighted.T @ working)
        logs = np.clip(design @ beta + offset, -MOST, MOST)
        expected = np.exp(logs)
        deviance = 2 * float((xlogy(counts, counts / expected) - counts + expected).sum())
        if abs(deviance - previous) <= 1e-10 * (abs(deviance) + 0.1):
            break
        previous = deviance
    else:
        raise ValueError("the regression does not settle")
    df = len(counts) - design.shape[1]
    spread = float(((counts - expected) ** 2 / expected).sum()) / df
    cross = design.T @ (design * expected[:, None])
    return CountFit(beta, np.linalg.inv(cross) * max(spread, at_least), spread, df, expected)
