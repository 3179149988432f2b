from __future__ import annotations

from datetime import date

from incubator.analytics.spending import Month, by_month

TODAY = date(2026, 11, 20)


def test_nothing_planned_and_nothing_spent_are_no_months():
    assert by_month([], [], today=TODAY, starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 1)) == ()


def test_an_amount_without_a_month_is_spread_to_the_cent():
    months = by_month(
        [(None, 1000)], [], today=TODAY, starts_on=date(2026, 9, 10), ends_on=date(2026, 11, 30)
    )
    assert months == (
        Month(date(2026, 9, 1), 256, 0),
        Month(date(2026, 10, 1), 378, 0),
        Month(date(2026, 11, 1), 366, None),
    )


def test_a_pilot_that_touches_thirteen_months_gets_no_thirteenth_for_five_days():
    year = by_month([(None, 365_00)], [], today=TODAY, starts_on=date(2026, 5, 27), ends_on=date(2027, 5, 26))
    assert [month.planned for month in year] == [
        500, 3000, 3100, 3100, 3000, 3100, 3000, 3100, 3100, 2800, 3100, 3000, 2600
    ]  # fmt: skip


def test_without_a_last_day_each_month_has_the_same():
    months = by_month([(None, 1000), (date(2026, 11, 1), 0)], [], today=TODAY, starts_on=date(2026, 9, 10))
    assert [month.planned for month in months] == [333, 334, 333]


def test_gaps_are_filled_and_the_running_month_counts_once_something_was_spent_in_it():
    months = by_month(
        [(date(2026, 9, 1), 500)],
        [(date(2026, 9, 3), 200), (date(2026, 11, 2), 50), (date(2026, 11, 9), -20)],
        today=TODAY,
    )
    assert months == (
        Month(date(2026, 9, 1), 500, 200),
        Month(date(2026, 10, 1), 0, 0),
        Month(date(2026, 11, 1), 0, 30),
    )


def test_a_plan_without_days_stands_in_no_month():
    assert by_month([(None, 700)], [], today=TODAY) == ()


def test_centuries_are_cut_to_ten_years_without_losing_a_cent():
    months = by_month([(date(1900, 1, 1), 10), (date(2199, 12, 1), 20)], [(date(1950, 1, 1), 7)], today=TODAY)
    assert len(months) == 120
    assert sum(month.planned for month in months) == 30
    assert sum(month.spent or 0 for month in months) == 7
