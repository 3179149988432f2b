"""Interrupted series: level and trend before the launch, carried on, against what came after it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from incubator.analytics.criterion import Estimate
from incubator.analytics.criterion_readings import Numbers, scale_of
from incubator.analytics.rates import CountFit
from incubator.analytics.two_groups import mover, quantile

YEAR = 365.25
SEASON_DAYS = 2 * 365
"""Two full years of readings, without which a season cannot be told from a trend."""
SECOND_WAVE_FROM = 48
COARSEST = 100
"""Days between readings beyond which a year has too few of them to show its season."""
FURTHEST = 0.99
LEAST = 0.0
"""Neighbours of a pilot's readings are alike or independent. Letting the likelihood go below, where short series
of independent readings often lead it, raised false alarms from 5 to 9 % of 12 + 12 readings."""


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
    """The regression's columns (level, trend, step, change of trend, seasons) as it was and `without` the pilot.

    The step stands at the first reading since the launch; the trend is centred, which keeps the numbers tame.
    """

    design: Numbers
    without: Numbers
    after: npt.NDArray[np.bool_]
    waves: int


def segments(days: Sequence[date], launched_on: date) -> Segments:
    steps = axis(days).steps
    after = np.array([day >= launched_on for day in days])
    first = steps[after][0] if after.any() else 0.0
    columns = [np.ones(len(steps)), steps - steps.mean(), after * 1.0, after * (steps - first)]
    waves = seasons(days)
    turn = np.array([2 * math.pi * day.timetuple().tm_yday / YEAR for day in days])
    for wave in range(1, waves + 1):
        columns += [np.sin(wave * turn), np.cos(wave * turn)]
    design = np.column_stack(columns)
    without = design.copy()
    without[:, 2:4] = 0.0
    return Segments(design, without, after, waves)


def seasons(days: Sequence[date]) -> int:
    """How many yearly waves the readings can carry: none under two full years, a second one with 48 readings."""
    period = axis(days).period
    if (days[-1] - days[0]).days + period < SEASON_DAYS - period / 2 or period > COARSEST:
        return 0
    return 2 if len(days) >= SECOND_WAVE_FROM else 1


@dataclass(frozen=True)
class SeriesFit:
    """A regression with errors that follow each other: `rho` is the correlation of two neighbours, `shape` the
    coefficients' covariance divided by σ² (which may be more than a computer's numbers reach)."""

    beta: Numbers
    shape: Numbers
    rho: float
    sigma: float
    df: float
    loglik: float


def fit_ar1(design: Numbers, values: Numbers, gaps: Numbers, *, restricted: bool = True) -> SeriesFit:
    """Least squares with first-order autoregressive errors, by restricted maximum likelihood.

    `gaps` are the distances of neighbours in whole periods. The correlation's likelihood is profiled over
    0 to .99. Source: D. A. Harville, JASA 72 (1977); C. Beach, J. MacKinnon, Econometrica 46 (1978) for
    the transformation that keeps the first reading. `restricted=False` gives maximum likelihood.
    ValueError when the columns are dependent or the line leaves nothing over.
    """
    from scipy.optimize import minimize_scalar

    n, columns = design.shape
    if n <= columns:
        raise ValueError("the series is shorter than its regression")
    scale = scale_of(values)
    basis, upper = np.linalg.qr(design)
    if np.abs(np.diag(upper)).min() < 1e-9 * np.abs(np.diag(upper)).max():
        raise ValueError("the columns of the regression depend on each other")
    both = np.column_stack([basis, values / scale])
    fixed = float(np.log(np.abs(np.diag(upper))).sum())
    flat = both[:, -1] - basis @ (basis.T @ both[:, -1])
    if float(flat @ flat) <= 1e-22 * float(both[:, -1] @ both[:, -1]):
        raise ValueError("readings without any spread carry no interval")

    def solved(rho: float) -> tuple[Numbers, Numbers, float, float, float]:
        kept = rho**gaps
        root = np.sqrt(1 - kept * kept)
        turned = both.copy()
        turned[1:] = (both[1:] - kept[:, None] * both[:-1]) / root[:, None]
        x, y = turned[:, :-1], turned[:, -1]
        cross = x.T @ x
        beta = np.linalg.solve(cross, x.T @ y)
        rest = y - x @ beta
        return beta, cross, float(rest @ rest), float(np.log(root).sum()), rho

    def loglik(rho: float) -> float:
        _, cross, left, roots, _ = solved(rho)
        free = n - columns if restricted else n
        total = free * (math.log(2 * math.pi * left / free) + 1) / 2 + roots
        if restricted:
            total += float(np.linalg.slogdet(cross)[1]) / 2 + fixed
        return -total

    grid = np.linspace(LEAST, FURTHEST, 25)
    best = int(np.argmax([loglik(float(rho)) for rho in grid]))
    around = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    rho = float(
        minimize_scalar(lambda at: -loglik(at), bounds=around, method="bounded", options={"xatol": 1e-7}).x
    )
    beta, cross, left, _, _ = solved(rho)
    back = np.linalg.inv(upper)
    variance = left / (n - columns if restricted else n)
    return SeriesFit(
        back @ beta * scale,
        back @ np.linalg.inv(cross) @ back.T,
        rho,
        math.sqrt(variance) * scale,
        float(n - columns),
        loglik(rho) - (n - columns if restricted else n) * math.log(scale),
    )


@dataclass(frozen=True)
class Line:
    """A fitted line at each reading, with its band."""

    values: Numbers
    low: Numbers
    high: Numbers


@dataclass(frozen=True)
class SeriesEffect:
    """The mean distance of the two lines over all readings since the launch, and the lines themselves.

    `error` is the standard error of the change where its interval is even to both sides. For counts it is not:
    `levels` holds the mean of the fitted line and of the one carried on, each with its interval, and how these
    two are correlated.
    """

    change: Estimate
    level: float
    reference: float
    fitted: Line
    without: Line
    error: float | None = None
    ratio: Estimate | None = None
    levels: tuple[Estimate, Estimate, float] | None = None


def effect_of_values(parts: Segments, fit: SeriesFit, confidence: float = 0.95) -> SeriesEffect:
    """The effect from a regression of values; each reading since the launch counts the same."""
    reach = quantile(confidence, fit.df)
    contrast = (parts.design - parts.without)[parts.after].mean(axis=0)
    estimate = float(contrast @ fit.beta)
    error = math.sqrt(max(float(contrast @ fit.shape @ contrast), 0.0)) * fit.sigma

    def line(design: Numbers) -> Line:
        values = design @ fit.beta
        squares = np.einsum("ij,jk,ik->i", design, fit.shape, design)
        width = reach * np.sqrt(np.maximum(squares, 0.0)) * fit.sigma
        return Line(values, values - width, values + width)

    fitted, without = line(parts.design), line(parts.without)
    reference = float(parts.without[parts.after].mean(axis=0) @ fit.beta)
    change = Estimate(estimate, estimate - reach * error, estimate + reach * error)
    return SeriesEffect(change, reference + estimate, reference, fitted, without, error)


def effect_of_counts(
    parts: Segments, fit: CountFit, exposure: Numbers, confidence: float = 0.95
) -> SeriesEffect:
    """The effect from a regression of counts, as rates for one unit of exposure; since the launch each reading
    weighs by its exposure. The difference has the interval of two correlated rates (MOVER)."""
    reach = quantile(confidence, fit.df)
    weights = exposure[parts.after] / exposure[parts.after].sum()

    def rate(design: Numbers) -> tuple[float, Numbers]:
        each = weights * np.exp(design[parts.after] @ fit.beta)
        return float(each.sum()), each @ design[parts.after] / each.sum()

    def bounded(value: float, slope: Numbers) -> Estimate:
        width = reach * math.sqrt(float(slope @ fit.covariance @ slope))
        return Estimate(value, value * math.exp(-width), value * math.exp(width))

    def line(design: Numbers) -> Line:
        logs = design @ fit.beta
        width = reach * np.sqrt(np.einsum("ij,jk,ik->i", design, fit.covariance, design))
        return Line(np.exp(logs), np.exp(logs - width), np.exp(logs + width))

    (level, first), (reference, second) = rate(parts.design), rate(parts.without)
    together = float(first @ fit.covariance @ second)
    apart = float(first @ fit.covariance @ first) * float(second @ fit.covariance @ second)
    correlation = together / math.sqrt(apart) if apart > 0 else 0.0
    levels = bounded(level, first), bounded(reference, second), correlation
    ratio = bounded(level / reference, first - second)
    fitted, without = line(parts.design), line(parts.without)
    return SeriesEffect(mover(*levels), level, reference, fitted, without, None, ratio, levels)
