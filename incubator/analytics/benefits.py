"""The years of a record's cash benefits: as they were promised, and as far as they came about.

Year 0 holds what was spent once, year 1 is the first year after the decision to scale. What is unknown counts
as unknown: its time is left out, in the benefits and in the cost of running, and never taken for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from incubator.analytics.money import LAST_YEAR, Amount, Worth, Year, total, worth

DAYS_A_YEAR = 365.25


@dataclass(frozen=True, slots=True)
class Stream:
    """A benefit for `years` years, `a_year` in whole cents (or hundredths of hours), beginning on a day
    (None: with the scaling)."""

    a_year: Amount
    years: int
    starts_on: date | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A measurement some months after scaling: a rate a year, None where nobody knows."""

    months: int
    a_year: Amount | None


@dataclass(frozen=True, slots=True)
class Realised:
    """`years` hold what came about until the last measurement, `months` for how long something is known
    of at least one promise, `unknown` how many measurements say unknown."""

    years: tuple[Year, ...]
    months: int
    unknown: int


@dataclass(frozen=True, slots=True)
class _Filled:
    cash: dict[int, list[Amount]] = field(default_factory=dict)

    def add(self, year: int, amount: Amount) -> None:
        self.cash.setdefault(year, []).append(amount)

    def total(self, year: int) -> Amount:
        return total(self.cash.get(year, [Amount.sure(0)]))


def promised_years(
    streams: Sequence[Stream], *, spent: int, recurring: int | None, scaled_on: date | None
) -> tuple[Year, ...]:
    """Year 0 with what was spent, then each year of the promised cash and of running it.

    A stream that starts more than a year after the scaling is put off by whole years. ValueError for amounts
    that are not whole or a stream that does not end within a hundred years.
    """
    filled = _Filled()
    last = 0
    for stream in streams:
        first = 1 + _years_late(stream.starts_on, scaled_on)
        last = max(last, first + stream.years - 1)
        if last > LAST_YEAR:
            raise ValueError("a benefit ends within a hundred years")
        for year in range(first, first + stream.years):
            filled.add(year, stream.a_year)
    running = [Year(year, cost=recurring or 0, cash=filled.total(year)) for year in range(1, last + 1)]
    return (Year(0, cost=spent), *running)


def realised_years(measured: Iterable[Sequence[Found]], *, spent: int, recurring: int | None) -> Realised:
    """What came about so far, one sequence of measurements for each promise of cash.

    A measurement stands for the time since the one before it, or since the scaling. The cost of running is
    counted for the months of which something is known.
    """
    filled = _Filled()
    known: set[int] = set()
    unknown = 0
    for promise in measured:
        since = 0
        for found in sorted(promise, key=lambda one: one.months):
            months = range(since + 1, found.months + 1)
            since = found.months
            if found.a_year is None:
                unknown += 1
                continue
            known.update(months)
            for year in sorted({_year_of(month) for month in months}):
                share = sum(_year_of(month) == year for month in months)
                filled.add(year, _part(found.a_year, share))
    last = max(map(_year_of, known), default=0)
    running = [
        Year(
            year,
            cost=_twelfths(recurring or 0, sum(_year_of(month) == year for month in known)),
            cash=filled.total(year),
        )
        for year in range(1, last + 1)
    ]
    return Realised((Year(0, cost=spent), *running), len(known), unknown)


def promised_worth(
    streams: Sequence[Stream], *, spent: int, recurring: int | None, scaled_on: date | None
) -> Worth:
    return worth(promised_years(streams, spent=spent, recurring=recurring, scaled_on=scaled_on))


def _years_late(starts_on: date | None, scaled_on: date | None) -> int:
    if starts_on is None or scaled_on is None or starts_on <= scaled_on:
        return 0
    return int((starts_on - scaled_on).days // DAYS_A_YEAR)


def _year_of(month: int) -> int:
    return (month + 11) // 12


def _part(amount: Amount, months: int) -> Amount:
    return Amount(*(_twelfths(value, months) for value in (amount.low, amount.likely, amount.high)))


def _twelfths(value: int, months: int) -> int:
    """So many months of a yearly amount, to the nearest cent."""
    return (2 * value * months + 12) // 24
