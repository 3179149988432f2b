"""How severe each reviewer is, and what a proposal would have got from an average one."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from incubator.analytics.crossed import STEEPEST, Codes, Crossed, Numbers, Solution

ROUGH = 6
"""Points a side of the rough look at the whole range of both angles before the fine search."""
NEWTON = 12
"""Steps of Newton's method at most."""
STEP = 1e-4
"""Distance, as an angle, at which its differences are taken."""
STEEPEST_ANGLE = float(np.arctan(STEEPEST))


@dataclass(frozen=True, eq=False)
class MixedFit:
    """REML estimates of y = mean + item + rater + error, everything in the unit of y.

    `item_effects` and `rater_effects` are the conditional means (BLUP) by level, `item_variances` and
    `rater_variances` their variances given the mean and the three estimated standard deviations. `reml`
    is the REML criterion (-2 log restricted likelihood), None when all values are equal. Where
    `items_told_apart` is false, items cannot be told from chance (one item, or one value for each) and
    `sd_item` is 0 for want of knowledge; likewise for raters (one rater, or one value from each).
    """

    mean: float
    sd_item: float
    sd_rater: float
    sd_error: float
    item_effects: Numbers
    item_variances: Numbers
    rater_effects: Numbers
    rater_variances: Numbers
    reml: float | None
    n: int
    items_told_apart: bool
    raters_told_apart: bool


@dataclass(frozen=True)
class Connection:
    """Which items can be compared: the component (0, 1, …) of each item and of each rater."""

    count: int
    of_items: tuple[int, ...]
    of_raters: tuple[int, ...]

    @property
    def connected(self) -> bool:
        return self.count <= 1


def fit(
    items: npt.NDArray[np.integer], raters: npt.NDArray[np.integer], values: npt.NDArray[np.floating]
) -> MixedFit:
    """Crossed random effects by restricted maximum likelihood.

    One entry per review: level of the item (0, 1, …), level of the rater, value; a level without a value
    keeps the effect 0. The likelihood is profiled down to the two ratios of standard deviations and
    searched in their angles (arctan), on the borders as well as inside, so that a variance of 0 comes out
    as 0. Agrees with lme4 to its printed digits. Source: see `Crossed`. ValueError for no values, lengths
    that differ, negative levels, or values that are not finite.
    """
    item, rater, value = checked(items, raters, values)
    design, told = Crossed(item, rater, value), told_apart(item, rater)
    return fit_design(design, told, mode(design, told) if np.any(design.y) else None)


def fit_design(design: Crossed, told: tuple[bool, bool], angles: tuple[float, float] | None) -> MixedFit:
    """The fit at the angles that `mode` found; None for values that are all equal."""
    if angles is None:
        return _all_equal(design, told)
    return _in_unit_of_y(design, design.solve(*_ratios(angles)), angles, told)


def components(items: npt.NDArray[np.integer], raters: npt.NDArray[np.integer]) -> Connection:
    """Parts of the review graph that share neither an item nor a rater.

    Between two parts nothing tells severe reviewers from weak proposals: calibration is impossible there.
    ValueError for lengths that differ or negative levels.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    item, rater, _ = checked(items, raters, np.zeros(len(items)))
    n_items, n_raters = int(item.max()) + 1, int(rater.max()) + 1
    size = n_items + n_raters
    edges = coo_array((np.ones(len(item)), (item, rater + n_items)), shape=(size, size))
    count, labels = connected_components(edges, directed=False)
    return Connection(int(count), tuple(labels[:n_items].tolist()), tuple(labels[n_items:].tolist()))


def checked(
    items: npt.NDArray[np.integer], raters: npt.NDArray[np.integer], values: npt.NDArray[np.floating]
) -> tuple[Codes, Codes, Numbers]:
    """The three columns sorted, so that no sum depends on the order given; ValueError as for `fit`."""
    item, rater = np.asarray(items, dtype=np.intp), np.asarray(raters, dtype=np.intp)
    value = np.asarray(values, dtype=np.float64)
    if item.ndim != 1 or item.shape != rater.shape or item.shape != value.shape:
        raise ValueError("each value needs one item and one rater")
    if not len(value):
        raise ValueError("there are no values")
    if item.min() < 0 or rater.min() < 0:
        raise ValueError("levels must not be negative")
    if not np.all(np.isfinite(value)):
        raise ValueError("values must be finite")
    order = np.lexsort((value, rater, item))
    return item[order], rater[order], value[order]


def told_apart(items: Codes, raters: Codes) -> tuple[bool, bool]:
    """Whether items, and raters, can be told from chance: two or more, one of them with two values."""
    found = []
    for codes in (items, raters):
        sizes = np.bincount(codes)
        found.append(bool(np.count_nonzero(sizes) > 1 and sizes.max() > 1))
    return found[0], found[1]


def mode(design: Crossed, told: tuple[bool, bool]) -> tuple[float, float]:
    """Angles (arctan of the ratio) of the first and second factor where the likelihood is highest.

    A factor that cannot be told from chance stays at 0. Of equal maxima the one with fewer effects is
    taken, and a rater's effect goes before an item's.
    """
    from scipy.optimize import minimize_scalar

    def deviance(first: float, second: float) -> float:
        return design.solve(float(np.tan(first)), float(np.tan(second))).deviance

    def along(first: bool) -> tuple[float, float]:
        # A border may have two valleys: look roughly first, then between the neighbors of the best.
        grid = np.linspace(0, STEEPEST_ANGLE, 2 * ROUGH + 1)
        heights = [deviance(x, 0.0) if first else deviance(0.0, x) for x in grid]
        best = int(np.argmin(heights))
        found = minimize_scalar(
            (lambda x: deviance(x, 0.0)) if first else (lambda x: deviance(0.0, x)),
            bounds=(grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]),
            method="bounded",
            options={"xatol": 1e-9},
        )
        return (float(found.x), 0.0) if first else (0.0, float(found.x))

    free = told[::-1] if design.turned else told
    candidates = [(0.0, 0.0)]
    borders = [along(first) for first in (True, False) if free[0 if first else 1]]
    # The border on which only items differ comes first.
    candidates += borders[::-1] if design.turned else borders
    if all(free):
        candidates += [
            _inside(deviance, start) if max(start) < STEEPEST_ANGLE else start for start in _starts(deviance)
        ]
    heights = [deviance(*point) for point in candidates]
    lowest = min(heights)
    return next(p for p, h in zip(candidates, heights, strict=True) if h <= lowest + 1e-8)


def _starts(deviance: Callable[[float, float], float]) -> list[tuple[float, float]]:
    """Points of a rough grid, its far border included, that lie no higher than all around them."""
    grid = np.arange(1, ROUGH + 1) * STEEPEST_ANGLE / ROUGH
    heights = np.full((ROUGH + 2, ROUGH + 2), np.inf)
    heights[1:-1, 1:-1] = [[deviance(x, y) for y in grid] for x in grid]
    return [
        (float(grid[i]), float(grid[j]))
        for i in range(ROUGH)
        for j in range(ROUGH)
        if heights[i + 1, j + 1] <= heights[i : i + 3, j : j + 3].min()
    ]


def _inside(deviance: Callable[[float, float], float], start: tuple[float, float]) -> tuple[float, float]:
    """Newton's method by differences; where it does not get down well, the slow and sure simplex."""
    from scipy.optimize import minimize

    point, height = np.array(start), deviance(*start)
    for _ in range(NEWTON):
        if np.any(point < STEP) or np.any(point > STEEPEST_ANGLE - STEP):
            break
        slope, bend = _differences(deviance, point, height)
        if not (bend[0, 0] > 0 and np.linalg.det(bend) > 0):
            break
        move = -np.linalg.solve(bend, slope)
        far = float(np.abs(move).max())
        move *= min(1.0, 0.3 / max(far, 1e-12))
        there = deviance(*(point + move))
        if there > height + 1e-9 * abs(height):
            break
        point, height = point + move, there
        if far < 1e-8:
            return float(point[0]), float(point[1])
    step = STEEPEST_ANGLE / ROUGH / 2
    found = minimize(
        lambda at: deviance(at[0], at[1]),
        start,
        method="Nelder-Mead",
        bounds=[(0, STEEPEST_ANGLE)] * 2,
        options={
            "xatol": 1e-8,
            "fatol": 1e-10,
            "maxfev": 400,
            "initial_simplex": [start, (start[0] + step, start[1]), (start[0], start[1] + step)],
        },
    )
    return float(found.x[0]), float(found.x[1])


def _differences(
    deviance: Callable[[float, float], float], point: Numbers, height: float
) -> tuple[Numbers, Numbers]:
    """Gradient and Hessian at a point from its eight neighbors at the distance `STEP`."""
    x, y = point
    east, west = deviance(x + STEP, y), deviance(x - STEP, y)
    north, south = deviance(x, y + STEP), deviance(x, y - STEP)
    corners = [deviance(x + one * STEP, y + two * STEP) * one * two for one in (1, -1) for two in (1, -1)]
    cross = sum(corners) / 4
    slope = np.array([east - west, north - south]) / (2 * STEP)
    bend = np.array([[east - 2 * height + west, cross], [cross, north - 2 * height + south]]) / STEP**2
    return slope, bend


def _ratios(angles: tuple[float, float]) -> tuple[float, float]:
    return float(np.tan(angles[0])), float(np.tan(angles[1]))


def _in_unit_of_y(
    design: Crossed, found: Solution, angles: tuple[float, float], told: tuple[bool, bool]
) -> MixedFit:
    ratios = _ratios(angles)
    error = found.penalized / (design.n - 1)
    effects = (found.first, found.second)
    variances = design.variances(found, ratios[1])
    sds = tuple(ratio * float(np.sqrt(error)) for ratio in ratios)
    if max(angles) > STEEPEST_ANGLE - 1e-6:
        # At the far border the effects say everything: they are known, and their spread is what it is.
        error = 0.0
        sds = (_spread(found.first, design.size_one), _spread(found.second, design.size_two))
    item, rater = (1, 0) if design.turned else (0, 1)
    return MixedFit(
        mean=design.centre + found.mean,
        sd_item=sds[item],
        sd_rater=sds[rater],
        sd_error=float(np.sqrt(error)),
        item_effects=effects[item],
        item_variances=variances[item] * error,
        rater_effects=effects[rater],
        rater_variances=variances[rater] * error,
        reml=found.deviance,
        n=design.n,
        items_told_apart=told[0],
        raters_told_apart=told[1],
    )


def _spread(effects: Numbers, sizes: Numbers) -> float:
    met = effects[sizes > 0]
    return float(np.std(met, ddof=1)) if len(met) > 1 else 0.0


def _all_equal(design: Crossed, told: tuple[bool, bool]) -> MixedFit:
    one, two = np.zeros(len(design.size_one)), np.zeros(len(design.size_two))
    items, raters = (two, one) if design.turned else (one, two)
    return MixedFit(
        mean=design.centre,
        sd_item=0.0,
        sd_rater=0.0,
        sd_error=0.0,
        item_effects=items,
        item_variances=items.copy(),
        rater_effects=raters,
        rater_variances=raters.copy(),
        reml=None,
        n=design.n,
        items_told_apart=told[0],
        raters_told_apart=told[1],
    )
