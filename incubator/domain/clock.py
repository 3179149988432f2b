"""A time of day as people type it, and the moment it means in the office's zone."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from incubator.domain.input import InputError

_WORDS = {"noon": time(12), "midnight": time(0)}
_TIME = re.compile(r"([0-9]{1,2})(?:[:.]([0-9]{2}))?\s*([ap])?\.?\s*(?:m\.?)?", re.IGNORECASE)


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
