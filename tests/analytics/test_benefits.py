"""Years of promised and realized cash. The present values are worked by hand beside each."""

from __future__ import annotations

from datetime import date

import pytest

from incubator.analytics.benefits import Found, Stream, promised_worth, promised_years, realised_years
from incubator.analytics.money import Amount, Year, worth

THOUSAND = 1_000_00


def test_promised_cash_against_what_was_spent_and_what_it_costs_to_run():
    found = promised_worth(
        [Stream(Amount(THOUSAND, 2 * THOUSAND, 3 * THOUSAND), 2)],
        spent=2 * THOUSAND,
        recurring=500_00,
        scaled_on=None,
    )
    # likely: -2000 + 1500/1.03 + 1500/1.0609 = 870.20; at 7 %: -2000 + 1500/1.07 + 1500/1.1449 = 712.03
    assert (found.at("0.03").likely, found.at("0.07").likely) == (870_20, 712_03)
    # low: -2000 + 500/1.03 + 500/1.0609 = -1043.27
    assert (found.at("0.03").low, found.payback) == (-1043_27, pytest.approx(4 / 3))
    assert (found.cash, found.cost) == (Amount(2 * THOUSAND, 4 * THOUSAND, 6 * THOUSAND), 3 * THOUSAND)


@pytest.mark.parametrize(
    ("starts_on", "first"),
    [(None, 1), (date(2026, 1, 1), 1), (date(2027, 6, 30), 1), (date(2027, 7, 2), 2), (date(2029, 8, 1), 4)],
)
def test_a_later_start_puts_the_benefit_off_by_whole_years(starts_on, first):
    years = promised_years(
        [Stream(Amount.sure(100), 1, starts_on)], spent=0, recurring=None, scaled_on=date(2026, 7, 1)
    )
    assert [year.year for year in years if year.cash.likely] == [first]


def test_a_start_in_the_year_9999_is_refused():
    with pytest.raises(ValueError, match="hundred years"):
        promised_years(
            [Stream(Amount.sure(1), 1, date(9999, 12, 31))], spent=0, recurring=0, scaled_on=date(2026, 1, 1)
        )


def test_each_measurement_stands_for_the_time_since_the_one_before():
    found = realised_years(
        [[Found(24, Amount.sure(2400)), Found(6, Amount.sure(1200)), Found(12, Amount.sure(600))]],
        spent=1000,
        recurring=120,
    )
    assert found.years == (
        Year(0, cost=1000),
        Year(1, cost=120, cash=Amount.sure(600 + 300)),
        Year(2, cost=120, cash=Amount.sure(2400)),
    )
    assert (found.months, found.unknown) == (24, 0)


def test_what_is_unknown_is_left_out_and_not_counted_as_nothing():
    found = realised_years([[Found(6, None), Found(12, Amount(500, 1200, 1300))]], spent=0, recurring=120)
    assert found.years == (Year(0), Year(1, cost=60, cash=Amount(250, 600, 650)))
    assert (found.months, found.unknown) == (6, 1)
    nothing = realised_years([[Found(6, None)], []], spent=7, recurring=120)
    assert (nothing.years, nothing.months, nothing.unknown) == ((Year(0, cost=7),), 0, 1)


def test_a_missing_month_is_covered_by_the_next_measurement():
    found = realised_years([[Found(24, Amount.sure(1200))]], spent=0, recurring=None)
    assert [year.cash.likely for year in found.years] == [0, 1200, 1200]
    assert worth(found.years).cash == Amount.sure(2400)


def test_two_promises_share_the_months_of_running():
    both = realised_years(
        [[Found(6, Amount.sure(100))], [Found(6, Amount.sure(100))]], spent=0, recurring=120
    )
    assert (both.years[1].cost, both.years[1].cash, both.months) == (60, Amount.sure(100), 6)


def test_nothing_promised_is_worth_what_was_spent():
    found = promised_worth([], spent=100, recurring=50, scaled_on=None)
    assert (found.at("0.03"), found.payback) == (Amount.sure(-100), None)
