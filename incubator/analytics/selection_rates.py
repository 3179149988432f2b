"""How often proposals of a group are selected, and whether that is more than chance."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from incubator.analytics.intervals import Interval, wilson

FEWEST = 10
"""A group with fewer decided proposals is shown, and never said to differ."""
LIMITS = (0.95, 0.998)


class Standing(StrEnum):
    """Where a group's rate lies toward the limits around the overall rate."""

    WITHIN = "within limits"
    NEAR = "beyond the 95 % limit"
    FAR = "beyond the 99.8 % limit"


@dataclass(frozen=True)
class GroupRate:
    """Selected proposals of `n` decided ones; `standing` and `above` are None for fewer than ten."""

    group: str
    selected: int
    n: int
    rate: Interval
    standing: Standing | None
    above: bool | None


@dataclass(frozen=True)
class FunnelPoint:
    """Between which rates a group of n lies by chance, in 95 and in 99.8 of 100 groups."""

    n: int
    low: float
    high: float
    far_low: float
    far_high: float


@dataclass(frozen=True)
class SelectionRates:
    """Groups by name (they are not ranked), the overall rate, and the funnel up to the largest group.

    `overall` is None when nothing was decided, and the funnel is then empty.
    """

    groups: tuple[GroupRate, ...]
    overall: Interval | None
    funnel: tuple[FunnelPoint, ...]


def selection_rates(decided: Iterable[tuple[str, bool | None]]) -> SelectionRates:
    """Rates from (group, selected) of every proposal; what is not decided (None) is left out.

    Limits are those of the binomial distribution at the overall rate, interpolated between counts so that
    they are smooth in n. Source: D. J. Spiegelhalter, "Funnel plots for comparing institutional
    performance", Statistics in Medicine 24 (2005), section A.1.1.
    """
    counts: dict[str, tuple[int, int]] = {}
    for group, selected in decided:
        if selected is not None:
            chosen, n = counts.get(group, (0, 0))
            counts[group] = (chosen + selected, n + 1)
    if not counts:
        return SelectionRates((), None, ())
    in_all, whole = (sum(part) for part in zip(*counts.values(), strict=True))
    rate = in_all / whole
    sizes = {n for _, n in counts.values()}
    largest = max(sizes)
    funnel = funnel_points(rate, sorted(sizes | set(itertools.takewhile(lambda n: n <= largest, _steps()))))
    limits = {point.n: point for point in funnel}
    groups = tuple(_group(name, chosen, n, rate, limits[n]) for name, (chosen, n) in sorted(counts.items()))
    return SelectionRates(groups, wilson(in_all, whole), funnel)


def funnel_points(rate: float, sizes: Iterable[int]) -> tuple[FunnelPoint, ...]:
    """The limits for groups of these sizes. ValueError for a rate outside 0 to 1 or a size under 1."""
    import numpy as np
    from scipy.stats import binom

    n = np.array(list(sizes), dtype=np.int64)
    if not 0 <= rate <= 1 or np.any(n < 1):
        raise ValueError("a funnel needs a rate between 0 and 1 and groups of one or more")
    if not len(n):
        return ()
    bounds = []
    for level in ((1 - LIMITS[0]) / 2, (1 + LIMITS[0]) / 2, (1 - LIMITS[1]) / 2, (1 + LIMITS[1]) / 2):
        if rate in (0.0, 1.0):
            bounds.append(np.full(len(n), rate))
            continue
        count = binom.ppf(level, n, rate)
        above = binom.cdf(count, n, rate)
        step = binom.pmf(count, n, rate)
        bounds.append(np.clip((count - (above - level) / step) / n, 0.0, 1.0))
    return tuple(
        FunnelPoint(int(size), float(low), float(high), float(far_low), float(far_high))
        for size, low, high, far_low, far_high in zip(n, *bounds, strict=True)
    )


def _steps() -> Iterator[int]:
    """1, 2, … and then in steps of a fiftieth: as many as a smooth line needs."""
    n = 1
    while True:
        yield n
        n += max(1, n // 50)


def _group(name: str, selected: int, n: int, overall: float, at: FunnelPoint) -> GroupRate:
    rate = selected / n
    standing: Standing | None = None
    if n >= FEWEST:
        if not at.far_low <= rate <= at.far_high:
            standing = Standing.FAR
        else:
            standing = Standing.WITHIN if at.low <= rate <= at.high else Standing.NEAR
    above = rate > overall if standing is not None else None
    return GroupRate(name, selected, n, wilson(selected, n), standing, above)
