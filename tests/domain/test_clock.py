"""The office's day: at any moment of the year, in any zone, for several applications in one process."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from threading import Thread

import pytest

from incubator.domain.clock import (
    current_office_zone,
    end_of_day,
    office_day,
    office_time,
    office_zone,
    start_of_day,
)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 1, 16, 1, 30, tzinfo=UTC), date(2026, 1, 15)),  # 6:30 p.m. in winter
        (datetime(2026, 7, 16, 0, 30, tzinfo=UTC), date(2026, 7, 15)),  # 6:30 p.m. in summer
        (datetime(2026, 1, 15, 6, 59, tzinfo=UTC), date(2026, 1, 14)),
        (datetime(2026, 1, 15, 7, 0, tzinfo=UTC), date(2026, 1, 15)),
        (datetime(2028, 3, 1, 6, 59, tzinfo=UTC), date(2028, 2, 29)),
        (datetime(2027, 1, 1, 6, 59, tzinfo=UTC), date(2026, 12, 31)),
        (datetime(2026, 3, 8, 6, 59, tzinfo=UTC), date(2026, 3, 7)),
        (datetime(2026, 3, 9, 5, 59, tzinfo=UTC), date(2026, 3, 8)),  # clocks were moved forward
        (datetime(2026, 11, 2, 6, 59, tzinfo=UTC), date(2026, 11, 1)),  # and back
    ],
)
def test_a_moment_falls_on_the_offices_day(moment: datetime, day: date) -> None:
    assert office_day(moment) == day
    assert start_of_day(day) <= moment < end_of_day(day)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2026, 3, 8), 23), (date(2026, 11, 1), 25), (date(2028, 2, 29), 24)]
)
def test_a_day_ends_where_the_next_begins(day: date, hours: int) -> None:
    assert end_of_day(day) - start_of_day(day) == timedelta(hours=hours)
    assert end_of_day(day) == start_of_day(day + timedelta(days=1))


def test_a_moment_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        office_time(datetime(2026, 1, 15, 6, 59))  # noqa: DTZ001


def test_days_follow_the_zone_that_was_set_and_no_other_thread() -> None:
    moment = datetime(2026, 1, 16, 1, 30, tzinfo=UTC)
    seen: list[date] = []
    with office_zone("Pacific/Auckland"):
        with office_zone("Pacific/Honolulu"):
            assert office_day(moment) == date(2026, 1, 15)
        assert office_day(moment) == date(2026, 1, 16)
        other = Thread(target=lambda: seen.append(office_day(moment)))
        other.start()
        other.join()
    assert seen == [date(2026, 1, 15)]
    assert current_office_zone() == "America/Denver"
