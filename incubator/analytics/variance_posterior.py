"""What the data leave open about the variances, and draws of the effects that carry it along.

A priori each of the two ratios of standard deviations (item to error, rater to error) is half-Cauchy with
scale 1, which is a flat prior on its angle arctan(ratio); the mean is flat and the error's variance has
the density 1/σ². The posterior of the two angles is then the restricted likelihood itself, the error's
variance given them is scaled inverse χ² with n - 1 degrees of freedom, and the effects given all of these
are normal: nothing is approximated but the integral over the two angles, by a grid. Sources: A. Gelman,
Bayesian Analysis 1 (2006) for the prior; D. A. Harville, JASA 69 (1974) for the restricted likelihood.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from incubator.analytics.crossed import Crossed, Numbers
from incubator.analytics.severity import STEEPEST_ANGLE

GRID = 9
"""Points a side of the grid over the two angles."""
FAR = 16.0
"""The grid reaches where -2 log likelihood is this much higher than at its lowest: four sigma."""
NEGLIGIBLE = 1e-5
"""The grid is widened while a border holds more than this of its highest weight."""


@dataclass(frozen=True)
class Cell:
    """A point of the grid: the ratios of the first and second factor of the design, and its weight."""

    first: float
    second: float
    weight: float


@dataclass(frozen=True, eq=False)
class Draws:
    """Some draws from one cell, one row each: the mean (from the design's center) and all effects."""

    mean: Numbers
    first: Numbers
    second: Numbers


def cells(design: Crossed, told: tuple[bool, bool], mode: tuple[float, float]) -> tuple[Cell, ...]:
    """The posterior of the two ratios as weighted points; the weights sum to 1.

    `told` says for items and raters whether they can be told from chance: the ratio of one that cannot is
    0. `mode` are the angles of highest likelihood in the order of the design's factors.
    """
    free = told[::-1] if design.turned else told

    def deviance(first: float, second: float) -> float:
        return design.solve(float(np.tan(first)), float(np.tan(second))).deviance

    lowest = deviance(*mode)
    bounds = [
        _reach(lambda x: deviance(x, mode[1]) - lowest - FAR, mode[0]) if free[0] else (0.0, 0.0),
        _reach(lambda x: deviance(mode[0], x) - lowest - FAR, mode[1]) if free[1] else (0.0, 0.0),
    ]
    while True:
        axes = [_middles(*bounds[axis]) if free[axis] else np.zeros(1) for axis in (0, 1)]
        heights = np.array([[deviance(x, y) for y in axes[1]] for x in axes[0]])
        weights = np.exp(-(heights - heights.min()) / 2)
        wider = [_wider(weights, axis, bounds[axis]) if free[axis] else bounds[axis] for axis in (0, 1)]
        if wider == bounds:
            break
        bounds = wider
    weights /= weights.sum()
    return tuple(
        Cell(float(np.tan(x)), float(np.tan(y)), float(weight))
        for x, row in zip(axes[0], weights, strict=True)
        for y, weight in zip(axes[1], row, strict=True)
        if weight > 1e-9
    )


def draw(
    design: Crossed, points: tuple[Cell, ...], draws: int, random: np.random.Generator
) -> Iterator[Draws]:
    """`draws` draws in all, a share from each cell by its weight, in the order of the cells.

    Half of a cell's draws mirror the other half in the effects (antithetic), which takes most of the
    chance out of what is averaged over draws.
    """
    from scipy.linalg import solve_triangular

    ends = np.floor(np.cumsum([cell.weight for cell in points]) * draws + 0.5).astype(int)
    ends[-1] = draws
    for cell, count in zip(points, np.diff(ends, prepend=0), strict=True):
        if not count:
            continue
        at = design.solve(cell.first, cell.second)
        half = (count + 1) // 2
        sigma = np.tile(np.sqrt(at.penalized / random.chisquare(design.n - 1, half)), 2)[:count]
        mean = at.mean + sigma / np.sqrt(at.information) * _mirrored(random, 1, half, count)[0]
        spread = solve_triangular(
            at.lower,
            _mirrored(random, len(at.second), half, count),
            lower=True,
            trans="T",
            check_finite=False,
        )
        second = (
            at.second[:, None]
            - cell.second**2 * at.toward_one[:, None] * (mean - at.mean)
            + cell.second * sigma * spread
        )
        rest = design.sum_one[:, None] - design.size_one[:, None] * mean - design.together @ second
        chance = np.sqrt(at.shrink)[:, None] * sigma * _mirrored(random, len(at.first), half, count)
        first = at.shrink[:, None] * rest + chance
        yield Draws(mean, np.ascontiguousarray(first.T), np.ascontiguousarray(second.T))


def _mirrored(random: np.random.Generator, rows: int, half: int, count: int) -> Numbers:
    normal = random.standard_normal((rows, half))
    return np.concatenate([normal, -normal], axis=1)[:, :count]


def _reach(above: Callable[[float], float], mode: float) -> tuple[float, float]:
    from scipy.optimize import brentq

    low, high = 0.0, STEEPEST_ANGLE
    if mode > 0 and above(0.0) > 0:
        low = brentq(above, 0.0, mode, xtol=1e-4, rtol=1e-3)
    if mode < high and above(high) > 0:
        high = brentq(above, mode, high, xtol=1e-4, rtol=1e-3)
    return low, high


def _middles(low: float, high: float) -> Numbers:
    return low + (np.arange(GRID) + 0.5) * (high - low) / GRID


def _wider(weights: Numbers, axis: int, bounds: tuple[float, float]) -> tuple[float, float]:
    low, high = bounds
    step = (high - low) / 4
    along = weights.max(axis=1 - axis)
    if along[0] > NEGLIGIBLE and low > 0:
        low = max(low - step, 0.0)
    if along[-1] > NEGLIGIBLE and high < STEEPEST_ANGLE:
        high = min(high + step, STEEPEST_ANGLE)
    return low, high
