from __future__ import annotations

from datetime import date, timedelta

import pytest

from incubator.domain.pilots import Cadence, arriving, benefit_due, last_day_before, months_after, reading_due


@pytest.mark.parametrize(
    ("scaled_on", "recorded", "due"),
    [
        (None, (), None),
        (date(2025, 1, 31), (), date(2025, 7, 31)),
        (date(2024, 8, 31), (), date(2025, 2, 28)),
        (date(2025, 1, 31), (6,), date(2026, 1, 31)),
        (date(2024, 2, 29), (6, 12), date(2026, 2, 28)),
        (date(2025, 1, 31), (12,), date(2025, 7, 31)),
        (date(2025, 1, 31), (24, 12, 6), None),
    ],
)
def test_the_next_benefit_check_is_the_first_not_recorded(scaled_on, recorded, due):
    assert benefit_due(scaled_on, recorded) == due


@pytest.mark.parametrize(
    ("cadence", "latest", "expected"),
    [
        (Cadence.WEEKLY, date(2026, 6, 1), True),
        (Cadence.WEEKLY, date(2026, 5, 31), False),
        (Cadence.MONTHLY, date(2026, 4, 14), True),
        (Cadence.MONTHLY, date(2026, 4, 13), False),
        (Cadence.YEARLY, date(2024, 6, 13), True),
        (Cadence.YEARLY, date(2024, 6, 12), False),
        (Cadence.ONCE, date(2020, 1, 1), True),
        (Cadence.ONCE, None, False),
    ],
)
def test_data_arrive_while_the_latest_is_no_older_than_two_cadences(cadence, latest, expected):
    assert arriving(cadence, latest, date(2026, 6, 15)) is expected


@pytest.mark.parametrize(
    ("latest", "ends_on", "due"),
    [
        (date(2026, 5, 15), None, date(2026, 6, 15)),
        (date(2026, 5, 15), date(2026, 6, 15), date(2026, 6, 15)),
        (date(2026, 5, 15), date(2026, 6, 14), None),
        (None, date(2026, 6, 14), date(2026, 2, 15)),
        (None, date(2026, 1, 20), None),
    ],
)
def test_no_reading_is_due_after_measuring_ends(latest, ends_on, due):
    found = reading_due(Cadence.MONTHLY, latest, date(2026, 1, 15), ends_on)
    assert (found is None) == (due is None)
    assert due is None or abs((found - due).days) <= 1


@pytest.mark.parametrize("months", [6, 12, 24])
def test_so_many_months_have_passed_since_that_day_and_not_since_the_next(months):
    for offset in range(4 * 366):
        today = date(2027, 1, 1) + timedelta(days=offset)
        last = last_day_before(today, months)
        assert months_after(last, months) <= today
        assert months_after(last + timedelta(days=1), months) > today
