"""Worth against published figures, and what must not change when amounts are scaled or turned about."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.analytics.money import (
    Amount,
    Year,
    fared,
    internal_rate,
    npv,
    optimism,
    payback,
    present_value,
    total,
    worth,
)

PUBLISHED = [-4_000_000, 500_000, 800_000, 1_200_000, 3_000_000]
"""The example of numpy-financial's `npv`, in cents: 3,065.22267 dollars at 8 %."""
flows = st.lists(st.integers(-(10**12), 10**12), min_size=1, max_size=12)
amounts = st.lists(st.integers(-(10**9), 10**9), min_size=3, max_size=3).map(lambda v: Amount(*sorted(v)))


def test_the_present_value_is_the_published_one():
    assert round(float(present_value("0.08", PUBLISHED)) / 100, 5) == 3065.22267
    assert npv(0.08, PUBLISHED) == 306_522


def test_the_internal_rate_is_the_published_one():
    """numpy-financial's examples of `irr`."""
    assert round(internal_rate([-100, 39, 59, 55, 20]), 5) == 0.28095
    assert round(internal_rate([-100, 0, 0, 74]), 4) == -0.0955
    assert round(internal_rate([-5, 10, 0, 0, 0]), 4) == 1.0
    assert internal_rate([-100, 230, -132]) is None
    assert internal_rate([100, 5]) is None
    assert internal_rate([]) is None


def test_money_now_is_worth_itself():
    assert npv("0.07", [12_345]) == 12_345
    assert npv("0", [1, 2, 3]) == 6
    assert npv("0.07", []) == 0


@given(flows, st.integers(1, 10**6))
def test_a_thousand_times_the_flows_is_a_thousand_times_the_worth(values, factor):
    plain, scaled = (present_value("0.07", row) for row in (values, [v * factor for v in values]))
    assert abs(scaled - plain * factor) < Decimal("1e-20") * factor * 10**13
    assert npv("0.07", [-v for v in values]) == -npv("0.07", values)


@given(flows)
def test_paying_back_knows_no_scale(values):
    assert payback([v * 1000 for v in values]) == payback(values)


@pytest.mark.parametrize("rate", [-1, -2, math.nan, math.inf, "1e300"])
def test_a_rate_that_is_none_is_refused(rate):
    with pytest.raises(ValueError, match="rate"):
        present_value(rate, [1])


@pytest.mark.parametrize("value", [1.5, math.nan, math.inf, 1e308, True, 10**31])
def test_cents_are_whole(value):
    with pytest.raises(ValueError, match="whole"):
        npv("0.03", [value])
    with pytest.raises(ValueError, match="whole"):
        Amount(value, value, value)


def test_more_than_a_hundred_years_are_refused():
    assert npv("0.03", [0] * 101) == 0
    with pytest.raises(ValueError, match="hundred"):
        npv("0.03", [0] * 102)
    with pytest.raises(ValueError, match="year"):
        worth([Year(9999)])
    with pytest.raises(ValueError, match="year"):
        worth([Year(1), Year(1)])


@pytest.mark.parametrize(
    ("values", "years"),
    [
        ([-100, 40, 40, 40], 2.5),
        ([-100, 100], 1.0),
        ([-100, 50], None),
        ([100, -100], 0.0),
        ([-100, 150, -100, 100], 2.5),
        ([0, 0], 0.0),
        ([-100, 100, 0], 1.0),
        ([], None),
    ],
)
def test_years_until_it_has_paid_back(values, years):
    assert payback(values) == years


def test_an_amount_goes_from_low_to_high():
    with pytest.raises(ValueError, match="low"):
        Amount(3, 2, 4)


def test_hours_are_no_money_unless_a_budget_line_falls():
    saved = Year(1, cost=0, cash=Amount.sure(100_000), hours=Amount(400, 500, 600))
    spent = Year(0, cost=50_000)
    plain = worth([saved, spent])
    assert plain.hours == Amount(400, 500, 600)
    assert plain.cash == Amount.sure(100_000)
    assert plain.at("0.03") == Amount.sure(npv("0.03", [-50_000, 100_000])) == Amount.sure(47_087)
    assert plain.at("0.07") == Amount.sure(43_458)
    assert worth([spent, Year(1, 0, saved.cash)]).values == plain.values
    cut = worth([spent, Year(1, 0, saved.cash, saved.hours, Amount(0, 10_000, 20_000))])
    assert cut.hours == plain.hours
    assert cut.cash == Amount(100_000, 110_000, 120_000)
    assert cut.at("0.07").low == 43_458 < cut.at("0.07").likely < cut.at("0.07").high
    assert (plain.payback, plain.rate, plain.cost) == (0.5, 1.0, 50_000)


def test_nothing_is_worth_nothing():
    nothing = worth([])
    assert [value for _, value in nothing.values] == [Amount.sure(0)] * 2
    assert (nothing.payback, nothing.rate) == (None, None)
    assert (nothing.cash, nothing.hours) == (Amount.sure(0), Amount.sure(0))
    assert total([]) == Amount.sure(0)


def test_a_benefit_against_its_forecast():
    promised = Amount(50, 100, 120)
    assert [fared(promised, value).place for value in (49, 50, 120, 121)] == [-1, 0, 0, 1]
    assert fared(promised, 62).share == 0.62
    assert fared(Amount(-5, 0, 5), 3).share is None


PAIRS = [(100, 60), (200, 110), (50, 50), (400, 210), (80, 90), (120, 30)]


def test_optimism_is_the_share_of_the_forecast_that_came():
    found = optimism(PAIRS, seed=4)
    assert (found.n, found.ratio, found.left_out) == (6, pytest.approx(550 / 950), 0)
    assert 0.25 < found.low < 0.5 < found.ratio < 0.6 < found.high < 1.1
    assert str(found.says).startswith(
        "58% of the forecast was realized, over 6 pilots (95% confidence interval "
    )
    assert optimism(PAIRS, seed=4) == found
    assert optimism(PAIRS[::-1], seed=4) == found


def test_optimism_knows_no_scale_and_mirrors_no_order():
    large = optimism([(f * 1024, r * 1024) for f, r in PAIRS], seed=4)
    assert large == optimism(PAIRS, seed=4)
    exact = optimism([(f, f / 2) for f, _ in PAIRS])
    assert (exact.ratio, exact.low, exact.high) == pytest.approx((0.5, 0.5, 0.5))


def test_under_five_pilots_nothing_is_said_of_optimism():
    few = optimism([*PAIRS[:4], (0, 5), (math.nan, 3), (-5, 3), (3, math.inf), (1e308, 1e308)])
    assert (few.n, few.ratio, few.low, few.left_out, few.says) == (4, None, None, 5, None)
    assert "Pilots with both a forecast and a measured benefit: 4." in str(few.refused)
    assert optimism([]).n == 0
