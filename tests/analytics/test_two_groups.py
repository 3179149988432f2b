"""Two groups: published examples, other people's code, and hostile data."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from scipy import stats

from incubator.analytics import two_groups
from incubator.analytics.criterion import Answer, Estimate, Method, Observation
from incubator.analytics.criterion_answer import answer
from incubator.domain.evaluation import Arm, Design, Measure
from tests.analytics.criterion_world import LAUNCH, question, two_arms, values

DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
"""Hours of sleep gained with two drugs: "Student", Biometrika 6 (1908), which R gives out as `sleep`."""


def on_one_day(pilot, comparison) -> list[Observation]:
    """Single cases, none of which is a period's."""
    return [replace(each, day=LAUNCH) for each in two_arms(pilot, comparison)]


def bounds(given: Estimate | None) -> tuple[float, float]:
    assert given is not None
    return given.low, given.high


def test_few_units_lend_no_more_certainty_than_the_smaller_side_has():
    few, many = np.array([3.0, 3.5, 4.0, 4.2]), np.arange(40.0)
    plain, cautious = two_groups.welch(few, many), two_groups.welch(few, many, few=True)
    assert plain.df > 30
    assert cautious.df == 4.0
    assert cautious.change.low < plain.change.low < plain.change.high < cautious.change.high
    swapped = two_groups.welch(many, few, few=True)
    assert (swapped.change.low, swapped.change.high) == (-cautious.change.high, -cautious.change.low)


def test_welch_says_of_two_soporifics_what_r_says():
    given = answer(question(Design.RANDOMISED, direction="up"), on_one_day(DRUG_1, DRUG_2))
    assert given.method is Method.TWO_MEANS
    assert given.figures["t"] == pytest.approx(-1.8608, abs=5e-5)
    assert given.figures["df"] == pytest.approx(17.776, abs=5e-4)
    assert given.figures["p"] == pytest.approx(0.07939, abs=5e-6)
    assert bounds(given.change) == pytest.approx((-3.3654832, 0.2054832), abs=5e-8)
    assert (given.level, given.reference) == pytest.approx((0.75, 2.33))
    assert str(given.says) == (
        "0.75 min instead of 2.33 min: a change of −1.58 min. With 95% confidence it lies anywhere between "
        "−3.37 min and +0.205 min, so the data do not tell it from no change."
    )
    assert [str(step) for step in given.recipe] == [
        "Pilot: the mean of 10 readings is 0.75 min, their standard deviation 1.789 min.",
        "Comparison: the mean of 10 readings is 2.33 min, their standard deviation 2.002 min.",
        "Take one level off the other: the change is −1.58 min.",
        "Square each standard deviation, divide by its number of readings, add the two and take the root: 0.8491 min.",
        "The interval reaches 2.103 times that to each side (Student's t with 17.8 degrees of freedom).",
    ]


def test_lopsided_readings_need_many_a_side_and_as_many_on_the_other():
    rng = np.random.default_rng(3)
    before, after = rng.lognormal(3, 1, 80), rng.lognormal(2, 1, 40)
    asked = question(Design.RANDOMISED)
    given = answer(asked, on_one_day(after, before[:50]))
    theirs = stats.ttest_ind(after, before[:50], equal_var=False).confidence_interval()
    assert bounds(given.change) == pytest.approx((theirs.low, theirs.high))
    for few in (on_one_day(after[:20], before[:20]), on_one_day(after, before)):
        assert "lean to one side" in refusal(answer(asked, few))


@pytest.mark.parametrize("size", [8, 15, 40])
def test_readings_lean_where_scipys_test_says_so(size):
    found = set()
    for seed in range(200):
        drawn = np.random.default_rng(seed).gamma(1.5, 1, size)
        leans = bool(abs(stats.skew(drawn)) > 1 and stats.skewtest(drawn).pvalue < 0.01)
        assert two_groups.skewed(drawn) is leans
        found.add(leans)
    assert found == {True, False}


def refusal(given: Answer) -> str:
    assert given.change is None
    assert given.says is None
    assert str(given.reason)
    return str(given.refused)


def test_a_randomised_pilot_needs_both_groups():
    asked = question(Design.RANDOMISED)
    one = two_arms(DRUG_1, [])
    assert (
        refusal(answer(asked, one)) == "There are no readings of the comparison group since the launch yet."
    )
    few = answer(asked, on_one_day(DRUG_1[:7], DRUG_2))
    assert refusal(few) == (
        "Too few readings (7) on the side “Pilot”: under 8 the spread is too uncertain for an interval."
    )
    both = answer(asked, on_one_day(DRUG_1, DRUG_2))
    assert (both.limits, both.caution) == ((), None)


def test_groups_that_report_in_the_same_periods_are_compared_within_them():
    """What moves both in a month is no part of the difference."""
    rng = np.random.default_rng(4)
    shared = rng.normal(0, 20, 14)
    given = answer(
        question(Design.RANDOMISED),
        two_arms(30 + shared + rng.normal(0, 1, 14), 40 + shared + rng.normal(0, 1, 14)),
    )
    assert given.method is Method.PERIODS
    assert given.change is not None
    assert -13 < given.change.low < -10 < given.change.high < -7
    assert given.change.estimate == pytest.approx(given.level - given.reference)


@pytest.mark.parametrize("few", [1, 3])
def test_few_clusters_are_refused(few):
    rng = np.random.default_rng(4)
    rows = [
        replace(each, unit=f"{each.arm} {place % (few if each.arm is Arm.PILOT else 9)}")
        for place, each in enumerate(two_arms(rng.normal(20, 1, 60), rng.normal(30, 1, 90)))
    ]
    assert refusal(answer(question(Design.RANDOMISED), rows)) == (
        f"Too few units, {few} with the pilot and 9 without: at least 4 on each side are needed to see how much "
        "units differ by themselves."
    )


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("place", ["value", "numerator", "denominator"])
def test_no_number_is_no_reading(bad, place):
    given = {"value": 1.0, "numerator": 1.0, "denominator": 1.0} | {place: bad}
    with pytest.raises(ValueError, match="finite"):
        answer(question(), [Observation(LAUNCH, **given)])


@pytest.mark.parametrize("level", ["baseline", "target"])
def test_no_number_is_no_baseline(level):
    with pytest.raises(ValueError, match="finite"):
        answer(question(**{level: float("nan")}), values(DRUG_1, DRUG_2))


def test_impossible_shares_and_counts_are_refused_in_words():
    asked = question(measure=Measure.SHARE)
    assert refusal(answer(asked, [Observation(LAUNCH, 103.0)])) == "A share cannot be more than 100 percent."
    assert (
        refusal(answer(asked, [Observation(LAUNCH, 50.0, 3, 2)]))
        == "A share cannot count more than its cases."
    )
    assert refusal(answer(asked, [Observation(LAUNCH, -1.0)])) == "A share or a count cannot be negative."
    assert (
        refusal(answer(asked, [Observation(LAUNCH, 1.0, 1, -2)]))
        == "A reading stands on a negative number of cases."
    )


@pytest.mark.parametrize("measure", Measure)
def test_readings_of_one_randomised_unit_are_put_together(measure):
    rng = np.random.default_rng(10)
    rows = []
    for which, level in ((Arm.PILOT, 20), (Arm.COMPARISON, 30)):
        for unit in range(10):
            mean = level + rng.normal(0, 4)
            rows += [
                Observation(
                    LAUNCH + timedelta(days=day),
                    float(round(rng.normal(mean, 0.5))),
                    denominator=None if measure is Measure.VALUE else 100.0,
                    arm=which,
                    unit=f"{which} {unit}",
                )
                for day in range(20)
            ]
    given = answer(question(Design.RANDOMISED, measure, per=100.0), rows)
    assert [group.readings for group in given.groups] == [10, 10]
    assert given.change is not None
    assert given.change.estimate == pytest.approx(given.groups[1].level - given.groups[0].level)
    assert given.change.high - given.change.low > 4, "not as if 200 readings were independent"
    assert "each unit counts once" in str(given.limits[0])
    assert not given.weak


def test_a_randomised_pilot_without_its_own_readings_waits():
    only = two_arms([], DRUG_2)
    assert refusal(answer(question(Design.RANDOMISED), only)) == (
        "There are no readings of the pilot since the launch yet."
    )


@pytest.mark.parametrize(
    "compute",
    [
        lambda: two_groups.welch(np.array([1.0]), np.array([1.0, 2.0])),
        lambda: two_groups.welch(np.array([2.0, 2.0]), np.array([1.0, 1.0])),
    ],
)
def test_what_has_no_interval_is_a_value_error(compute):
    with pytest.raises(ValueError, match="readings"):
        compute()
