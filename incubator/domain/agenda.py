"""The order in which a panel takes up its proposals: those closest to the line first, because that is where
talking can change what happens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AgendaItem:
    """`mean` is the mean of its reviews' totals, more being better, or None before there are any."""

    id: int
    number: str
    mean: float | None


@dataclass(frozen=True, slots=True)
class RankRange:
    """Where the analysis expects a proposal in the ranking, 1 being the best, and between which ranks.

    `close` says that it is too close to the line to call."""

    expected: float
    low: float
    high: float
    close: bool = False


def by_closeness(
    items: Iterable[AgendaItem],
    *,
    places: int | None,
    ranks: Mapping[int, RankRange] | None = None,
    line: float | None = None,
) -> list[int]:
    """The items' ids, the one closest to the line first.

    With an analysis (`ranks` by item and the `line`, a rank): first those too close to call, then by the gap
    between range and line; within equal gaps by the distance of the expected rank. Items
    that the analysis does not rank follow, by number. Without one: by the distance of the mean from that
    of the last proposal that finds a place, items without a mean last. Where no line can be drawn, by number.
    """
    listed = sorted(items, key=lambda item: (item.number, item.id))
    if ranks and line is not None:
        return [item.id for item in sorted(listed, key=lambda item: _gap(ranks.get(item.id), line))]
    cut = _cut(listed, places)
    if cut is None:
        return [item.id for item in listed]
    return [item.id for item in sorted(listed, key=lambda item: _distance(item.mean, cut))]


def _gap(known: RankRange | None, line: float) -> tuple[bool, bool, float, float]:
    if known is None:
        return True, False, 0.0, 0.0
    return False, not known.close, max(known.low - line, line - known.high, 0.0), abs(known.expected - line)


def _distance(mean: float | None, cut: float) -> tuple[bool, float]:
    # Means of equal distance on both sides differ in the last binary digit; nine places tell them apart enough.
    return (True, 0.0) if mean is None else (False, round(abs(mean - cut), 9))


def _cut(items: list[AgendaItem], places: int | None) -> float | None:
    means = sorted((item.mean for item in items if item.mean is not None), reverse=True)
    return means[places - 1] if places is not None and 0 < places < len(means) else None
