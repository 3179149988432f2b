"""Planned and spent money month by month."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate, pairwise

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

    Planned amounts without a month are spread evenly over the pilot's days, to the cent; over its months where a
    first or a last day is missing. At most 120 months are told apart: what lies before the last 120 counts in the first of them.
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
    stop = max(min(_index(ends_on) - first, span - 1) if ends_on else span - 1, start)
    weights = [1] * (stop - start + 1)
    if starts_on and ends_on and starts_on <= ends_on:
        months = [_month(first + place) for place in range(start, stop + 2)]
        inside = [max(min(day, ends_on + timedelta(days=1)), starts_on) for day in months]
        weights = [(later - day).days for day, later in pairwise(inside)]
    # What a month is short of or beyond its share by rounding is made up by the next.
    total, given, shares = sum(weights), 0, []
    for place, weight in enumerate(accumulate(weights), start=start):
        due = (cents * weight * 2 + total) // (2 * total)
        shares.append((place, due - given))
        given = due
    return shares
