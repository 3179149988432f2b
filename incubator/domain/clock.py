"""The office's day, and times of day as people type them.

Moments are kept in UTC. A day (due dates, "today", the day a file carries) is always a day in the office's
zone: an application sets it where its work begins, and `office_day` is the only way from a moment to a day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from incubator.domain.input import InputError

MIDNIGHT = time(0)
_WORDS = {"noon": time(12), "midnight": MIDNIGHT}
_TIME = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?\s*([ap])?\.?\s*(?:m\.?)?", re.IGNORECASE)

OFFICE_ZONE = "America/Denver"
_zone: ContextVar[str] = ContextVar("office_zone", default=OFFICE_ZONE)


def current_office_zone() -> str:
    """The name of the zone that days are of, such as America/Denver."""
    return _zone.get()


def set_office_zone(zone: str) -> None:
    """Days are those of this zone from now on, in this thread or task."""
    _zone.set(zone)


@contextmanager
def office_zone(zone: str) -> Iterator[None]:
    """Days are those of this zone inside the block."""
    token = _zone.set(zone)
    try:
        yield
    finally:
        _zone.reset(token)


def office_time(moment: datetime) -> datetime:
    """The moment as the office's clock shows it. Raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError("A moment without a time zone has no day.")
    return moment.astimezone(ZoneInfo(_zone.get()))


def office_day(moment: datetime) -> date:
    """The day on the office's calendar. Raises ValueError for a moment without a zone."""
    return office_time(moment).date()


def closing_day(moment: datetime) -> date:
    """The last day before a closing moment: what closes at midnight closes at the end of a day."""
    return office_day(moment - timedelta(microseconds=1))


def closing_moment(day: date, at: time) -> datetime:
    """The moment in UTC at which something closes: midnight is the end of the day, not its beginning.

    Raises InputError for a time that the change to summer time skips.
    """
    return end_of_day(day) if at == MIDNIGHT else moment_of(day, at, _zone.get())


def day_in(moment: datetime, zone: tzinfo) -> date:
    """The day on a reader's own calendar, for moments shown in that reader's zone; no rule goes by it."""
    return moment.astimezone(zone).date()


def start_of_day(day: date) -> datetime:
    """The moment in UTC at which the day begins in the office."""
    return datetime.combine(day, time(0), ZoneInfo(_zone.get())).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The moment in UTC at which the day is over in the office: the next day's first."""
    return start_of_day(day + timedelta(days=1))


def parse_time(text: str) -> time:
    """ "5 p.m.", "5:30 pm", "17:00", "noon". Raises InputError for what is no time of day."""
    typed = text.strip().lower()
    if typed in _WORDS:
        return _WORDS[typed]
    match = _TIME.fullmatch(typed) if len(typed) <= 20 else None
    if match is None or not (match[2] or match[3]):
        raise InputError("Enter a time like 5:00 p.m. or 17:00.")
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        if not 1 <= hour <= 12:
            raise InputError("Enter an hour from 1 to 12 before a.m. or p.m.")
        hour = hour % 12 + (12 if match[3] == "p" else 0)
    if hour > 23 or minute > 59:
        raise InputError("Enter a time like 5:00 p.m. or 17:00.")
    return time(hour, minute)


def moment_of(day: date, at: time, zone: str) -> datetime:
    """The moment in UTC. Raises InputError for a time that the change to summer time skips."""
    here = datetime.combine(day, at, ZoneInfo(zone))
    moment = here.astimezone(UTC)
    if moment.astimezone(here.tzinfo).replace(tzinfo=None) != here.replace(tzinfo=None):
        raise InputError("Clocks are moved forward at that time, so it does not exist. Choose another.")
    return moment


def typed_time(at: time) -> str:
    """5:00 p.m."""
    return f"{at.hour % 12 or 12}:{at.minute:02} {'a.m.' if at.hour < 12 else 'p.m.'}"


def federal_fiscal_year(day: date) -> int:
    """The federal fiscal year of a day: October 1, 2023 begins fiscal year 2024."""
    return day.year + (day.month >= 10)
