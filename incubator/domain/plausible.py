"""Days that cannot be meant, which are refused, and days that are unlikely, which are asked about."""

from __future__ import annotations

from datetime import date

from incubator.domain.errors import DomainError

YEARS_BEFORE_ITS_RECORD = 2
"""A pilot may have started that long before it was recorded here."""
YEARS_AHEAD = 2
"""A day further ahead than that is unlikely."""
YEARS_BACK = 2
"""What happened longer ago than that is unlikely to be recorded now."""


def _example(day: date) -> str:
    return f"{day.month}/{day.day}/{day.year}"


def check_due(day: date | None, today: date, *, before: date | None = None) -> None:
    """Raise DomainError for a due date that has passed already; one that was there before may stay."""
    if day is not None and day < today and day != before:
        raise DomainError("Due date must be today or later. Example: %(day)s.", "due_on", day=_example(today))


def check_held(day: date, today: date, *, before: date | None = None) -> None:
    """Raise DomainError for a meeting recorded before it was held."""
    if day > today and day != before:
        raise DomainError(
            "Meeting date must be today or earlier. Example: %(day)s.", "held_on", day=_example(today)
        )


def check_start(day: date | None, recorded: date, *, before: date | None = None) -> None:
    """Raise DomainError for a pilot that would have started years before it was recorded."""
    if day is not None and day != before and (recorded - day).days > 366 * YEARS_BEFORE_ITS_RECORD:
        raise DomainError(
            "Start date must be at most two years before the proposal was created. Check the year. "
            "Example: %(day)s.",
            "starts_on",
            day=_example(recorded),
        )


def is_unlikely(day: date | None, today: date) -> bool:
    """Whether a day is so far ahead or back that its year was perhaps mistyped."""
    if day is None:
        return False
    return (day - today).days > 366 * YEARS_AHEAD or (today - day).days > 366 * YEARS_BACK
