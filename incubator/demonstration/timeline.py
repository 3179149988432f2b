"""What happens in the demonstration, put into the order of time before any of it is written.

The audit trail is a chain, so the past is laid down as it would have come about: an event of one
record between two of another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from incubator.demonstration.facts import month_days
from incubator.domain.clock import office_day

DAYS_A_MONTH = 365.25 / 12
Happening = Callable[[datetime], None]


@dataclass(slots=True)
class Timeline:
    """Collects happenings and runs them by moment; those of one moment in the order they were added.

    `load_moment` is now; days of the illustration count from it.
    """

    load_moment: datetime
    happenings: list[tuple[datetime, int, Happening]] = field(default_factory=list)

    @property
    def load_day(self) -> date:
        return office_day(self.load_moment)

    def at(self, moment: datetime, happening: Happening) -> None:
        self.happenings.append((min(moment, self.load_moment), len(self.happenings), happening))

    def on(self, day: date, happening: Happening, *, hour: int = 15) -> None:
        """On a calendar day; an illustration's working day ends before the load moment."""
        self.at(datetime.combine(day, time(hour), UTC), happening)

    def after_days(self, offset: int, happening: Happening, *, hour: int = 15) -> None:
        self.on(self.day(offset), happening, hour=hour)

    def day(self, offset: int) -> date:
        return self.load_day + timedelta(days=offset)

    def month_near(self, offset: int) -> date:
        """The first day of the month of readings that begins nearest to a day of the illustration.

        Months have 28 to 31 days: a pilot that began just any day would lie before the first reading of its
        months in some years and after it in others.
        """
        return month_days(self.load_day, round(offset / DAYS_A_MONTH))[0]

    def run(self) -> None:
        for moment, _position, happening in sorted(self.happenings, key=lambda one: one[:2]):
            happening(moment)
