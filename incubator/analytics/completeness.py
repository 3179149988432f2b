"""How good the data of a criterion are against the cadence that was agreed: in, missing, late, revised."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from incubator.domain.pilots import Cadence

MONTHS = {Cadence.MONTHLY: 1, Cadence.QUARTERLY: 3, Cadence.YEARLY: 12}
DAYS = {Cadence.DAILY: 1, Cadence.WEEKLY: 7}


@dataclass(frozen=True, slots=True)
class Received:
    """One reading as it came in: the day it speaks of, the day it was recorded, whether it was corrected."""

    day: date
    recorded_on: date
    revised: bool = False


@dataclass(frozen=True, slots=True)
class Completeness:
    """Periods from the launch on, and how they were served.

    `planned` are all up to the horizon, `due` those that have ended by today, `filled` those with at least one
    reading, `missing` the first days of those due without any. `late` and `revised` count readings.
    """

    planned: int
    due: int
    filled: int
    missing: tuple[date, ...]
    late: int
    revised: int

    @property
    def share(self) -> float:
        """The part of the planned readings that are in, 0 to 1; 1 where none was planned."""
        return min(self.filled / self.planned, 1.0) if self.planned else 1.0


def completeness(
    received: Sequence[Received], *, cadence: Cadence, launched_on: date, horizon: date | None, today: date
) -> Completeness:
    """The readings since the launch against the periods in which they were to come.

    The first period begins with the launch; the last is the last that ends by the horizon (by today where
    there is none). A single reading, and whatever has a horizon before its first period ends, has one period.
    A reading is late when it was recorded more than one and a half cadences after its day: one for the period
    that it may speak of, half of one to write it down.
    """
    last = today if horizon is None else horizon
    since = [each for each in received if each.day >= launched_on]
    if last < launched_on:
        return Completeness(0, 0, 0, (), 0, 0)
    whole = 0 if cadence is Cadence.ONCE else _period(cadence, launched_on, _next(last))
    planned = max(whole, 1)
    due = min(_period(cadence, launched_on, today), planned) if whole else int(today > last)
    filled = {_period(cadence, launched_on, each.day) if whole else 0 for each in since if each.day <= last}
    filled = {index for index in filled if index < planned}
    return Completeness(
        planned,
        due,
        len(filled),
        tuple(_first(cadence, launched_on, index) for index in range(due) if index not in filled),
        sum(_late(cadence, each) for each in since),
        sum(each.revised for each in since),
    )


def _next(day: date) -> date:
    return day if day == date.max else day + timedelta(days=1)


def _first(cadence: Cadence, launched_on: date, index: int) -> date:
    """The first day of a period; a month without the launch's day begins with its last."""
    if cadence not in MONTHS:
        return launched_on + timedelta(days=DAYS.get(cadence, 0) * index)
    months = launched_on.year * 12 + launched_on.month - 1 + MONTHS[cadence] * index
    year, month = divmod(months, 12)
    if year > date.max.year:
        return date.max
    return date(year, month + 1, min(launched_on.day, calendar.monthrange(year, month + 1)[1]))


def _period(cadence: Cadence, launched_on: date, day: date) -> int:
    """The number of the period, from 0, in which the day falls; before the launch none has begun."""
    if day < launched_on or cadence is Cadence.ONCE:
        return 0
    if cadence in DAYS:
        return (day - launched_on).days // DAYS[cadence]
    months = (day.year - launched_on.year) * 12 + day.month - launched_on.month
    index = months // MONTHS[cadence]
    return index - 1 if _first(cadence, launched_on, index) > day else index


def _late(cadence: Cadence, reading: Received) -> bool:
    if cadence is Cadence.ONCE or reading.recorded_on <= reading.day:
        return False
    due = _first(cadence, reading.day, 1)
    return reading.recorded_on > due + (due - reading.day) / 2
