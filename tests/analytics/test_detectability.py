"""What a pilot could detect: against published power tables and against simulated pilots."""

import math
import random

import numpy as np
import pytest
from scipy.special import ndtri

from incubator.analytics.baseline_noise import noise
from incubator.analytics.criterion_answer import answer
from incubator.analytics.detectability import Baseline, Plan, detectability
from incubator.analytics.power import (
    cases_per_group,
    cases_per_group_of_shares,
    chance_to_see,
    shift_to_see,
)
from incubator.domain.evaluation import Design, Measure
from incubator.domain.pilots import Cadence, Direction
from tests.analytics.criterion_world import question
from tests.analytics.verdict_scenarios import following, monthly, since

_random = random.Random(5)
WAITS = tuple(51 + _random.gauss(0, 12) for _ in range(60))
ONE = Baseline(level=51.0, spread=12.0)


def plan(**fields):
    return Plan(
        **{
            "design": Design.RANDOMISED, "measure": Measure.VALUE, "direction": Direction.DOWN,
            "cadence": Cadence.MONTHLY, "months": 9, "cases": 40, "comparison_cases": 40, **fields,
        }
    )  # fmt: skip


def test_cases_in_each_group_are_the_published_ones():
    """Cohen's d of .2, .5 and .8 at power .8, two-sided .05: 393.4, 63.77, 25.52 (R, power.t.test and pwr)."""
    assert [round(cases_per_group(d), 2) for d in (0.2, 0.5, 0.8)] == [393.41, 63.77, 25.52]
    assert math.ceil(cases_per_group(-0.5)) == 64


def test_cases_for_two_shares_are_the_published_ones():
    """R package pwr, its introduction: 55 % against 50 % takes 1,564.529 a group."""
    assert round(cases_per_group_of_shares(0.55, 0.5), 3) == 1564.529
    assert cases_per_group_of_shares(0.5, 0.55) == pytest.approx(1564.529, abs=1e-3)


@pytest.mark.xdist_group("statsmodels")
def test_power_agrees_with_statsmodels():
    from statsmodels.stats.power import NormalIndPower, TTestIndPower

    for n in (3, 8, 40, 900):
        wanted = TTestIndPower().power(0.4, n, 0.05)
        assert chance_to_see(0.4 * math.sqrt(n / 2), 2 * n - 2) == pytest.approx(wanted, abs=1e-7)
    assert chance_to_see(0.3 * math.sqrt(25)) == pytest.approx(NormalIndPower().power(0.3, 50, 0.05))
    assert round(shift_to_see(), 4) == 2.8016


@pytest.mark.parametrize(
    ("confidence", "power"), [(0, 0.8), (1, 0.8), (0.95, 0.01), (0.95, 1), (math.nan, 0.8)]
)
def test_shares_that_are_none_are_refused(confidence, power):
    with pytest.raises(ValueError, match="power"):
        shift_to_see(confidence=confidence, power=power)


@pytest.mark.parametrize("effect", [0, math.nan, math.inf])
def test_nothing_cannot_be_seen(effect):
    with pytest.raises(ValueError, match="nothing"):
        cases_per_group(effect)


def test_the_smallest_change_has_the_published_number_of_cases():
    """64 a group see half a spread, so with 64 a month the first month shows six of twelve minutes."""
    found = detectability(ONE, plan(cases=63.76561, comparison_cases=63.76561, months=1))
    assert found.at_horizon.change == pytest.approx(6.0, abs=1e-5)
    assert found.at_horizon.relative == pytest.approx(6 / 51, abs=1e-6)


def test_the_finding_names_a_third_of_the_time_and_the_horizon():
    found = detectability(ONE, plan(worthwhile=3))
    assert str(found.says) == "With 40 cases a month you can detect 8.5% after 3 months, 4.9% after 9."
    assert [step.period for step in found.steps] == list(range(1, 10))
    assert found.worthwhile_from.months == 7
    assert str(found.worthwhile_says) == "The smallest worthwhile change, 3, can be detected from month 7 on."
    assert found.underpowered is False
    changes = [step.change for step in found.steps]
    assert changes == sorted(changes, reverse=True)


def test_one_case_in_each_period_is_a_reading_and_no_case():
    found = detectability(ONE, plan(cases=1, comparison_cases=1, months=24))
    assert str(found.says).startswith("With a reading every month you can detect ")


def test_an_underpowered_plan_says_so():
    found = detectability(ONE, plan(worthwhile=-1))
    assert (found.underpowered, found.worthwhile_from, found.worthwhile) == (True, None, 1)
    assert "too small to be detected by month 9" in str(found.worthwhile_says)
    assert detectability(ONE, plan()).underpowered is None


def test_a_long_baseline_sees_more_than_a_short_one():
    few, many = (
        detectability(Baseline(WAITS[:n]), plan(design=Design.BEFORE_AFTER, months=12)) for n in (12, 24)
    )
    assert many.at_horizon.change < few.at_horizon.change
    compared = detectability(Baseline(WAITS[:24]), plan(design=Design.COMPARISON, months=12))
    assert compared.at_horizon.change is not None


def test_monthly_means_and_their_cases_tell_the_spread_of_a_case():
    rows = np.random.default_rng(3).normal(51, 12, (400, 25)).mean(axis=1)
    found = noise(Measure.VALUE, tuple(rows), (25.0,) * 400, None, None)
    assert (found.spread, found.cases) == (pytest.approx(12, rel=0.05), 10_000)


def test_the_order_of_a_baseline_matters_where_it_is_followed_over_time():
    turned = Baseline(tuple(sorted(WAITS)))
    for design, same in ((Design.RANDOMISED, True), (Design.SERIES, False)):
        one, two = (detectability(b, plan(design=design, months=24)) for b in (Baseline(WAITS), turned))
        assert (one.at_horizon.change == pytest.approx(two.at_horizon.change)) is same


def test_scale_and_level_of_the_unit_change_nothing_but_the_unit():
    for design in Design:
        one = detectability(Baseline(WAITS), plan(design=design, months=24))
        moved = detectability(Baseline(tuple(v * 1000 + 7 for v in WAITS)), plan(design=design, months=24))
        assert moved.at_horizon.change == pytest.approx(1000 * one.at_horizon.change)
        up = detectability(Baseline(WAITS), plan(design=design, months=24, direction=Direction.UP))
        assert up.steps == one.steps


def simulated(statistic, seed, runs=4000):
    """How often |statistic| of a run lies beyond 1.96."""
    rng = np.random.default_rng(seed)
    return sum(abs(statistic(rng)) > 1.959964 for _ in range(runs)) / runs


def test_a_share_is_seen_as_often_as_planned():
    found = detectability(
        Baseline(level=34.0), plan(measure=Measure.SHARE, months=8, cases=15, comparison_cases=15)
    ).at_horizon
    p0, p1, n = 0.34, 0.34 - found.change / 100, 120

    def statistic(rng):
        a, b = rng.binomial(n, p0) / n, rng.binomial(n, p1) / n
        pooled = (a + b) / 2
        return (a - b) / math.sqrt(2 * pooled * (1 - pooled) / n)

    assert simulated(statistic, 1) == pytest.approx(0.8, abs=0.025)


def test_a_rate_is_seen_as_often_as_planned():
    a_month = plan(measure=Measure.RATE, cases=1000, comparison_cases=1000, months=8, per=1000)
    found = detectability(Baseline(level=13.0), a_month).at_horizon
    before, after = 13.0 * 8, (13.0 - found.change) * 8

    def statistic(rng):
        a, b = rng.poisson(before), rng.poisson(after)
        return (a - b) / math.sqrt(a + b)

    assert simulated(statistic, 2) == pytest.approx(0.8, abs=0.025)


def test_counts_that_vary_more_than_chance_hide_more():
    calm = Baseline((13.0, 13.1, 12.9, 13.0), (1000.0,) * 4)
    wild = Baseline((5.0, 21.0, 6.0, 20.0), (1000.0,) * 4)
    a, b = (
        detectability(base, plan(measure=Measure.RATE, cases=1000, comparison_cases=1000, per=1000))
        for base in (calm, wild)
    )
    assert a.overdispersion is None
    assert b.overdispersion == pytest.approx(75.333 / 13, rel=1e-3)
    assert b.steps[-1].change is None or b.steps[-1].change > a.steps[-1].change


@pytest.mark.parametrize("design", [Design.BEFORE_AFTER, Design.SERIES])
def test_a_plan_shows_what_its_analysis_will_show(design):
    """Twelve and twelve months with a season: as often as planned the product's own answer tells the change."""
    rng = np.random.default_rng(8)
    baseline = tuple(50 + v for v in rng.permutation(ndtri((np.arange(12) + 0.5) / 12)))
    shown = detectability(Baseline(baseline), plan(design=design, months=12))
    known, told = shown.at_horizon.change, 0
    own = noise(Measure.VALUE, baseline, (), None, None)
    rng, runs = np.random.default_rng(9), 120
    for _ in range(runs):
        drawn = 50 + own.reading_spread * following(rng, 24, own.autocorrelation) - known * since(12, 12)
        told += answer(question(design), monthly(drawn, 12)).change.high < 0
    assert 0.65 < told / runs < 0.95


def test_the_chance_of_met_at_the_promise_is_said():
    found = detectability(Baseline(WAITS[:24]), plan(design=Design.BEFORE_AFTER, months=24, promised=-30))
    at, more, twice = found.met
    assert at < 0.1 < more < twice
    assert "a pilot that delivers exactly that has a chance of about" in str(found.met_says)
    drawn = detectability(ONE, plan(promised=-5))
    # The standard error is 12·√(2/360) = .894: (5·.5)/.894 − 1.96 = .836 and (5·1)/.894 − 1.96 = 3.63.
    assert drawn.met == pytest.approx((0.025, 0.798, 0.9999), abs=0.002)
    assert detectability(ONE, plan()).met == ()


def test_the_noise_of_a_series_is_found_again():
    rng = np.random.default_rng(11)
    found = []
    for _ in range(300):
        x = [rng.normal()]
        for _ in range(35):
            x.append(0.5 * x[-1] + math.sqrt(0.75) * rng.normal())
        found.append(noise(Measure.VALUE, tuple(50 + v for v in x), (), None, None))
    assert np.mean([f.autocorrelation for f in found]) == pytest.approx(0.5, abs=0.05)
    assert np.mean([f.reading_spread for f in found]) == pytest.approx(1, abs=0.08)


def test_a_series_needs_twelve_readings_on_either_side():
    found = detectability(Baseline(WAITS), plan(design=Design.SERIES, months=18, comparison_cases=0, cases=0))
    assert [step.period for step in found.steps if step.change is None] == list(range(1, 12))
    assert str(found.says).startswith("With a reading every month you can detect ")
    short = detectability(Baseline(WAITS), plan(design=Design.SERIES, months=11))
    assert short.at_horizon.change is None
    assert "No verdict is possible by month 11 with this design" in str(short.says)
    few = detectability(Baseline(WAITS[:11]), plan(design=Design.SERIES))
    assert str(few.refused) == (
        "No verdict is possible with this design: it needs at least 12 measurements before the launch, and there are 11."
    )
    one = detectability(ONE, plan(design=Design.BEFORE_AFTER))
    assert "at least 8 measurements before the launch, and there are 0" in str(one.refused)


def test_a_share_cannot_fall_below_nothing():
    low = detectability(
        Baseline(level=2.0), plan(measure=Measure.SHARE, months=8, cases=5, comparison_cases=5, worthwhile=1)
    )
    assert low.at_horizon.change is None
    assert low.underpowered is True
    assert str(low.says) == "With so few cases no change can be detected by month 8."
    up = detectability(
        Baseline(level=2.0),
        plan(measure=Measure.SHARE, months=8, cases=5, comparison_cases=5, direction=Direction.UP),
    )
    # φ(.02) = .2838 and 2.8016·√(2/40) = .6265 make sin²(.9103/2) = 19.3 %.
    assert up.at_horizon.change == pytest.approx(17.3, abs=0.05)


def test_shares_without_their_cases_can_be_followed_over_time():
    readings = tuple(30.0 + i * 7 % 5 for i in range(24))
    series = detectability(Baseline(readings), plan(measure=Measure.SHARE, design=Design.SERIES, months=18))
    assert series.at_horizon.change > 0
    assert "percentage points" in str(series.says)


def test_long_plans_are_worked_out_in_even_steps():
    found = detectability(ONE, plan(cadence=Cadence.DAILY, months=24))
    assert len(found.steps) == 120
    assert found.at_horizon.months == pytest.approx(24, abs=0.04)
    yearly = detectability(ONE, plan(cadence=Cadence.YEARLY, months=36))
    assert str(yearly.says).startswith("With 40 cases a year you can detect ")
    once = detectability(ONE, plan(cadence=Cadence.ONCE, months=6))
    assert str(once.says) == "With 40 cases you can detect 15% by month 6."


@pytest.mark.parametrize(
    ("baseline", "fields", "words"),
    [
        (Baseline(), {}, "no baseline yet"),
        (Baseline(level=51), {}, "vary is not known"),
        (Baseline(level=math.nan, spread=1), {}, "no baseline yet"),
        (Baseline((math.nan, math.inf)), {}, "no baseline yet"),
        (Baseline((1e308, -1e308)), {}, "no baseline yet"),
        (Baseline((4.0, 4.0, 4.0)), {}, "are the same"),
        (Baseline((4.0,) * 20), {"design": Design.SERIES}, "are the same"),
        (Baseline((4.0, 5.0), (1.0,)), {}, "number of cases, or none"),
        (Baseline(level=0), {"measure": Measure.SHARE}, "0% or 100%"),
        (Baseline(level=100), {"measure": Measure.SHARE}, "0% or 100%"),
        (Baseline((0.0, 0.0), (20.0, 20.0)), {"measure": Measure.SHARE}, "0% or 100%"),
        (Baseline(level=0), {"measure": Measure.RATE}, "counts nothing"),
        (ONE, {"cases": 0}, "how many cases are planned"),
        (ONE, {"cases": math.nan}, "how many cases are planned"),
        (ONE, {"comparison_cases": 0}, "how many cases the comparison has"),
        (ONE, {"months": 0}, "day of the horizon"),
        (ONE, {"months": 12 * 7973}, "day of the horizon"),
        (ONE, {"per": 0}, "how much exposure"),
        (Baseline(WAITS), {"design": Design.SERIES, "cadence": Cadence.ONCE}, "not one"),
    ],
)  # fmt: skip
def test_what_cannot_be_worked_out_is_refused_in_plain_words(baseline, fields, words):
    found = detectability(baseline, plan(**fields))
    assert words in str(found.refused)
    assert (found.steps, found.says, found.underpowered, found.at_horizon) == ((), None, None, None)


def test_tiny_volumes_show_nothing():
    found = detectability(ONE, plan(cases=0.5, comparison_cases=1))
    assert [step.change for step in found.steps] == [None] * 9
    assert str(found.says) == "With so few cases no change can be detected by month 9."
