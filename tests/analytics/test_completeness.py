"""In, missing, late and revised against the cadence."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from incubator.analytics.completeness import Completeness, Received, completeness
from incubator.domain.pilots import Cadence

LAUNCH = date(2024, 1, 31)


def on(*days: date, after: int = 0, revised: bool = False) -> list[Received]:
    return [Received(day, day + timedelta(days=after), revised) for day in days]


def test_months_without_the_launchs_day_begin_with_their_last():
    found = completeness(
        on(date(2024, 2, 28), date(2024, 2, 29), date(2024, 4, 30)),
        cadence=Cadence.MONTHLY,
        launched_on=LAUNCH,
        horizon=date(2024, 7, 30),
        today=date(2024, 5, 31),
    )
    assert found == Completeness(planned=6, due=4, filled=3, missing=(date(2024, 3, 31),), late=0, revised=0)
    assert found.share == 0.5


def test_a_full_year_by_the_week():
    days = [LAUNCH + timedelta(days=7 * week + 3) for week in range(52)]
    found = completeness(
        on(*days),
        cadence=Cadence.WEEKLY,
        launched_on=LAUNCH,
        horizon=LAUNCH + timedelta(days=363),
        today=date(2025, 6, 1),
    )
    assert found == Completeness(52, 52, 52, (), 0, 0)
    assert found.share == 1


def test_readings_before_the_launch_and_past_the_horizon_fill_nothing():
    found = completeness(
        on(LAUNCH - timedelta(days=1), LAUNCH + timedelta(days=14), revised=True),
        cadence=Cadence.WEEKLY,
        launched_on=LAUNCH,
        horizon=LAUNCH + timedelta(days=13),
        today=LAUNCH + timedelta(days=20),
    )
    assert found == Completeness(2, 2, 0, (LAUNCH, LAUNCH + timedelta(days=7)), 0, 1)
    assert found.share == 0


@pytest.mark.parametrize(
    ("cadence", "after", "late"),
    [
        (Cadence.DAILY, 1, 0),
        (Cadence.DAILY, 2, 1),
        (Cadence.WEEKLY, 10, 0),
        (Cadence.WEEKLY, 11, 1),
        (Cadence.MONTHLY, 43, 0),
        (Cadence.MONTHLY, 44, 1),
        (Cadence.QUARTERLY, 135, 0),
        (Cadence.QUARTERLY, 136, 1),
        (Cadence.YEARLY, 549, 0),
        (Cadence.YEARLY, 550, 1),
        (Cadence.ONCE, 4_000, 0),
        (Cadence.WEEKLY, -3, 0),
    ],
)
def test_late_is_more_than_one_and_a_half_cadences_after_the_day(cadence, after, late):
    found = completeness(
        on(LAUNCH, after=after), cadence=cadence, launched_on=LAUNCH, horizon=None, today=date(2024, 2, 1)
    )
    assert found.late == late


def test_a_single_reading_has_one_period():
    asked = {"cadence": Cadence.ONCE, "launched_on": LAUNCH, "horizon": date(2024, 12, 31)}
    waiting = completeness([], **asked, today=date(2024, 12, 31))
    assert waiting == Completeness(1, 0, 0, (), 0, 0)
    over = completeness([], **asked, today=date(2025, 1, 1))
    assert over == Completeness(1, 1, 0, (LAUNCH,), 0, 0)
    taken = completeness(on(date(2024, 6, 1)), **asked, today=date(2025, 1, 1))
    assert (taken.share, taken.missing) == (1, ())


def test_a_horizon_before_the_first_period_ends_still_asks_for_a_reading():
    asked = {"cadence": Cadence.QUARTERLY, "launched_on": LAUNCH, "horizon": date(2024, 3, 1)}
    assert completeness([], **asked, today=LAUNCH).share == 0
    assert completeness(on(date(2024, 2, 1)), **asked, today=LAUNCH).share == 1


def test_before_the_launch_nothing_is_due():
    found = completeness(
        [],
        cadence=Cadence.DAILY,
        launched_on=LAUNCH,
        horizon=LAUNCH + timedelta(days=9),
        today=date(2023, 1, 1),
    )
    assert found == Completeness(10, 0, 0, (), 0, 0)
    never = completeness([], cadence=Cadence.DAILY, launched_on=LAUNCH, horizon=None, today=date(2023, 1, 1))
    assert (never.planned, never.share) == (0, 1)


@pytest.mark.parametrize("cadence", Cadence)
def test_the_last_day_that_there_is(cadence):
    found = completeness(
        on(date.max), cadence=cadence, launched_on=LAUNCH, horizon=date.max, today=date(2024, 2, 15)
    )
    assert found.planned >= 1
    assert found.due <= 15
    at_the_end = completeness(
        on(date.max), cadence=cadence, launched_on=date.max, horizon=date.max, today=date.max
    )
    assert at_the_end.share == 1
