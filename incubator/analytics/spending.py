"""Planned and spent money month by month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

MOST_MONTHS = 120


@dataclass(frozen=True)
class Month:
    """Whole cents of the month that begins on `first`; `spent` None: not known yet, because the month is not over."""

    first: date
    planned: int
    spent: int | None


def by_month(
    planned: Iterable[tuple[date | None, int]],
    spent: Iterable[tuple[date, int]],
    *,
    today: date,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> tuple[Month, ...]:
    """Months without gaps, from the first to the last that matters; empty without any amount or any day.

    Planned amounts without a month are spread evenly over the pilot's months, to the cent. At most 120
    months are told apart: what lies before the last 120 counts in the first of them.
    """
    plan, costs = list(planned), list(spent)
    if not plan and not costs:
        return ()
    dated = [when for when, _ in plan if when is not None] + [when for when, _ in costs]
    loose = sum(cents for when, cents in plan if when is None)
    if not dated and starts_on is None and ends_on is None:
        return ()
    if loose or not dated:
        dated += [starts_on or min([*dated, today]), ends_on or starts_on or max([*dated, today])]
    last = max(map(_index, dated))
    first = max(min(map(_index, dated)), last - MOST_MONTHS + 1)
    span = last - first + 1
    plans = _sums(((when, cents) for when, cents in plan if when is not None), first, span)
    for place, share in _shares(loose, first, span, starts_on, ends_on):
        plans[place] += share
    spends = _sums(costs, first, span)
    # The running month is not compared with its plan before something was spent in it.
    known = max(_index(today) - 1, max((_index(when) for when, _ in costs), default=0))
    return tuple(
        Month(
            _month(first + place),
            plans[place],
            spends[place] if first + place <= known or spends[place] else None,
        )
        for place in range(span)
    )


def _index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)


def _sums(amounts: Iterable[tuple[date, int]], first: int, span: int) -> list[int]:
    sums = [0] * span
    for when, cents in amounts:
        sums[max(_index(when) - first, 0)] += cents
    return sums


def _shares(
    cents: int, first: int, span: int, starts_on: date | None, ends_on: date | None
) -> list[tuple[int, int]]:
    if not cents:
        return []
    start = max(_index(starts_on) - first, 0) if starts_on else 0
    stop = min(_index(ends_on) - first, span - 1) if ends_on else span - 1
    places = range(start, max(stop, start) + 1)
    each, rest = divmod(cents, len(places))
    return [(place, each + (1 if turn < rest else 0)) for turn, place in enumerate(places)]
