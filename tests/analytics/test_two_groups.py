"""Two groups, or one against a number: published examples, other people's code, and hostile data."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep
from statsmodels.stats.rates import confint_poisson_2indep
from statsmodels.stats.rates import test_poisson_2indep as score_test

from incubator.analytics import rates, two_groups
from incubator.analytics.criterion import Answer, Estimate, Method, Observation
from incubator.analytics.criterion_answer import answer
from incubator.domain.evaluation import Arm, Design, Measure
from tests.analytics.criterion_world import LAUNCH, counts, question, two_arms, values
from tests.analytics.shared_data import shared

DRUG_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
DRUG_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
"""Hours of sleep gained with two drugs: "Student", Biometrika 6 (1908), which R gives out as `sleep`."""

NEWCOMBE = [
    ((56, 70, 48, 80), (0.0524, 0.3339)),
    ((9, 10, 3, 10), (0.1705, 0.8090)),
    ((6, 7, 2, 7), (0.0582, 0.8062)),
    ((5, 56, 0, 29), (-0.0381, 0.1926)),
    ((0, 10, 0, 20), (-0.1611, 0.2775)),
    ((0, 10, 0, 10), (-0.2775, 0.2775)),
    ((10, 10, 0, 20), (0.6791, 1.0)),
    ((10, 10, 0, 10), (0.6075, 1.0)),
]
"""Table II of R. G. Newcombe, Statistics in Medicine 17 (1998) 873–890, method 10."""

HEARTS = (60, 51_477.5), (30, 54_308.7)
"""Coronary disease and person-years without and with hormones: M. J. Stampfer et al., NEJM 313 (1985), the
example of K. Gu, H. K. T. Ng, M. L. Tang, W. R. Schucany, Biometrical Journal 50 (2008)."""


def bounds(given: Estimate | None) -> tuple[float, float]:
    assert given is not None
    return given.low, given.high


def test_welch_says_of_two_soporifics_what_r_says():
    given = answer(question(direction="up"), values(DRUG_2, DRUG_1))
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
        "After the launch: the mean of 10 readings is 0.75 min, their standard deviation 1.789 min.",
        "Before the launch: the mean of 10 readings is 2.33 min, their standard deviation 2.002 min.",
        "Take one level off the other: the change is −1.58 min.",
        "Square each standard deviation, divide by its number of readings, add the two and take the root: 0.8491 min.",
        "The interval reaches 2.103 times that to each side (Student's t with 17.8 degrees of freedom).",
    ]


def test_the_first_drug_alone_against_no_gain():
    """Student's own first column: t = 1.3257 with 9 degrees of freedom, as R's `t.test(extra[group == 1])`."""
    given = answer(question(baseline=0.0, direction="up"), values([], DRUG_1))
    assert given.method is Method.ONE_MEAN
    assert (given.figures["t"], given.figures["df"]) == pytest.approx((1.3257, 9), abs=5e-5)
    assert bounds(given.change) == pytest.approx((-0.5297804, 2.0297804), abs=5e-8)
    assert str(given.limits[0]).startswith("The baseline is one number from the plan")
    assert given.weak


@pytest.mark.parametrize(("cells", "printed"), NEWCOMBE)
def test_the_printed_differences_of_proportions(cells, printed):
    given = two_groups.newcombe(*cells)
    assert bounds(given) == pytest.approx(printed, abs=5.1e-5)
    if cells[1] > 20:
        theirs = confint_proportions_2indep(*cells, method="newcomb")
        assert bounds(given) == pytest.approx(theirs, rel=1e-9)


def test_shares_before_and_after_are_pooled():
    before = [(24, 40), (24, 40)]
    after = [(28, 35), (28, 35)]
    given = answer(question(measure=Measure.SHARE, direction="up"), counts(before, after))
    assert given.method is Method.TWO_SHARES
    assert given.change is not None
    assert given.change.estimate == pytest.approx(20)
    assert bounds(given.change) == pytest.approx((5.24, 33.39), abs=5.1e-3)
    assert str(given.says) == (
        "80% instead of 60%: higher by 20 percentage points, which is better. "
        "With 95% confidence the rise lies between 5.24 percentage points and 33.4 percentage points."
    )


def test_one_share_is_wilsons():
    """15 of 148: .0624 to .1605, table I of R. G. Newcombe, Statistics in Medicine 17 (1998) 857–872."""
    given = answer(question(measure=Measure.SHARE, baseline=10.0), counts([], [(15, 148)]))
    assert given.method is Method.ONE_SHARE
    assert bounds(given.change) == pytest.approx((6.24 - 10, 16.05 - 10), abs=6e-3)


def test_the_score_test_of_two_rates():
    """The p value of the score test of these data is .000632."""
    (count, exposure), (other, other_exposure) = HEARTS
    given = answer(
        question(Design.RANDOMISED, Measure.RATE, per=10_000),
        [
            Observation(LAUNCH, 10_000 * count / exposure, count, exposure),
            Observation(LAUNCH, 10_000 * other / other_exposure, other, other_exposure, Arm.COMPARISON),
        ],
    )
    assert given.method is Method.TWO_RATES
    assert given.figures["p"] == pytest.approx(0.000632, abs=5e-7)
    theirs = score_test(count, exposure, other, other_exposure, method="score", compare="ratio")
    assert given.figures["z"] == pytest.approx(theirs.statistic, rel=1e-9)
    assert bounds(given.ratio) == pytest.approx(
        confint_poisson_2indep(count, exposure, other, other_exposure, method="score", compare="ratio"),
        rel=1e-5,
    )
    assert bounds(given.change) == pytest.approx(
        [
            10_000 * bound
            for bound in confint_poisson_2indep(
                count, exposure, other, other_exposure, method="mover", compare="diff", method_mover="score"
            )
        ],
        rel=1e-9,
    )


def test_infections_before_and_after_the_intervention():
    with shared("charts_spc", "qicharts2_cdi.csv").open() as file:
        months = list(csv.DictReader(file))
    launched_on = date.fromisoformat(next(row["month"] for row in months if row["period"] != "pre"))
    readings = [
        Observation(
            date.fromisoformat(row["month"]),
            10_000 * int(row["n"]) / float(row["days"]),
            int(row["n"]),
            float(row["days"]),
        )
        for row in months
    ]
    given = answer(question(measure=Measure.RATE, per=10_000, launched_on=launched_on), readings)
    assert given.method is Method.TWO_RATES
    assert given.reference == pytest.approx(13.02422631792939)
    assert given.level == pytest.approx(5.008920297765579)
    assert given.ratio is not None
    assert given.ratio.estimate == pytest.approx(0.38458486327669283)
    assert given.ratio.high < 0.5
    assert "dispersion" in given.figures
    assert str(given.says).startswith(
        "5.009 errors instead of 13.02 errors: lower by 8.02 errors, which is better."
    )


def test_one_rate_has_garwoods_interval():
    """10 events: 4.7954 to 18.3904, in every table of exact Poisson limits (E. S. Pearson, H. O. Hartley)."""
    given = answer(
        question(measure=Measure.RATE, baseline=12.0, per=1.0), [Observation(LAUNCH, 10.0, 10.0, 1.0)]
    )
    assert given.method is Method.ONE_RATE
    assert bounds(given.change) == pytest.approx((4.7954 - 12, 18.3904 - 12), abs=5e-5)
    assert bounds(given.ratio) == pytest.approx((4.7954 / 12, 18.3904 / 12), abs=1e-5)


def test_counts_that_vary_more_than_chance_get_a_wider_interval():
    calm = counts([(20, 100)] * 10, [(10, 100)] * 10)
    wild = counts([(0, 100), (40, 100)] * 5, [(0, 100), (20, 100)] * 5)
    asked = question(measure=Measure.RATE, per=100)
    one, two = answer(asked, calm), answer(asked, wild)
    assert one.change is not None
    assert two.change is not None
    assert one.change.estimate == two.change.estimate == -10
    assert two.change.low < one.change.low < one.change.high < two.change.high
    assert two.figures["dispersion"] == pytest.approx((10 * 20 + 10 * 10) / 18)
    assert any("16.7 times as much" in str(limit) for limit in two.limits)
    design = np.array([[1.0, 0.0]] * 10 + [[1.0, 1.0]] * 10)
    fit = rates.quasi_poisson(
        design, np.array([each.numerator for each in wild], dtype=float), np.full(20, 100.0)
    )
    assert fit.dispersion == pytest.approx(two.figures["dispersion"])
    assert fit.df == two.figures["dispersion_df"]


def test_lopsided_readings_are_drawn_again():
    rng = np.random.default_rng(3)
    before, after = rng.lognormal(3, 1, 40), rng.lognormal(2, 1, 40)
    given = answer(question(), values(before, after))
    assert given.method is Method.TWO_MEANS_SKEWED
    theirs = stats.bootstrap(
        (after, before),
        lambda one, two, axis=-1: one.mean(axis=axis) - two.mean(axis=axis),
        n_resamples=4_999,
        method="BCa",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert bounds(given.change) == pytest.approx((theirs.low, theirs.high), rel=0.1)
    assert answer(question(), values(before, after)) == given
    assert not any("lean to one side" in str(limit) for limit in given.limits)
    few = answer(question(), values(before[:20], after[:20]))
    assert few.method is Method.TWO_MEANS_SKEWED
    assert few.weak
    assert any("lean to one side" in str(limit) for limit in few.limits)


@pytest.mark.parametrize("size", [8, 15, 40])
def test_readings_lean_where_scipys_test_says_so(size):
    found = set()
    for seed in range(200):
        drawn = np.random.default_rng(seed).gamma(1.5, 1, size)
        leans = bool(abs(stats.skew(drawn)) > 1 and stats.skewtest(drawn).pvalue < 0.01)
        assert two_groups.skewed(drawn) is leans
        found.add(leans)
    assert found == {True, False}


def test_the_bootstrap_of_the_law_schools():
    """B. Efron's 15 law schools (An Introduction to the Bootstrap, 1993, table 3.1): against their own mean
    the BCa interval of the GPA stays within a hundredth of the t interval."""
    gpa = np.array([3.39, 3.30, 2.81, 3.03, 3.44, 3.07, 3.00, 3.43, 3.36, 3.13, 3.12, 2.74, 2.76, 2.88, 2.96])
    drawn, exact = two_groups.bootstrapped(gpa, gpa[::-1]), two_groups.welch(gpa, gpa)
    assert drawn.change.estimate == 0
    assert bounds(drawn.change) == pytest.approx(bounds(exact.change), abs=0.02)


def refusal(given: Answer) -> str:
    assert given.change is None
    assert given.says is None
    assert str(given.reason)
    return str(given.refused)


@pytest.mark.parametrize(
    ("readings", "said"),
    [
        ([], "There are no readings yet."),
        (values([5.0] * 9, []), "There are no readings since the launch yet."),
        (
            values([], [5.0]),
            "There are neither readings from before the launch nor a baseline to compare with.",
        ),
        (
            values(DRUG_1, DRUG_2[:7]),
            "Too few readings (7) on the side “After the launch”: under 8 the spread is too uncertain for an interval.",
        ),
        (
            values([5.0] * 9, [3.0] * 9),
            "All readings are the same, so they do not show how much is chance: no interval can be given.",
        ),
        (
            values([0.1] * 9, [0.1] * 9),
            "All readings are the same, so they do not show how much is chance: no interval can be given.",
        ),
    ],
)
def test_what_the_data_cannot_carry_is_refused_in_words(readings, said):
    assert refusal(answer(question(), readings)) == said


def test_a_randomised_pilot_needs_both_groups():
    asked = question(Design.RANDOMISED)
    one = two_arms(DRUG_1, [])
    assert (
        refusal(answer(asked, one)) == "There are no readings of the comparison group since the launch yet."
    )
    both = answer(asked, two_arms(DRUG_1, DRUG_2))
    assert bounds(both.change) == pytest.approx((-3.3654832, 0.2054832), abs=5e-8)
    assert not any("Whatever else changed" in str(limit) for limit in both.limits)


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


def test_nothing_counted_keeps_a_width():
    given = answer(question(measure=Measure.SHARE), counts([(0, 10)], [(0, 20)]))
    assert bounds(given.change) == pytest.approx((-27.75, 16.11), abs=5.1e-3)
    given = answer(question(measure=Measure.RATE), counts([(0, 10)], [(0, 20)], per=1))
    assert given.ratio is None
    assert given.change is not None
    assert given.change.low < 0 == given.change.estimate < given.change.high
    only = answer(question(measure=Measure.SHARE), counts([(0, 0)], [(5, 10)]))
    assert (
        refusal(only) == "There are neither readings from before the launch nor a baseline to compare with."
    )


def test_a_share_of_less_than_a_case_stays_a_share():
    found = answer(question(measure=Measure.SHARE), counts([(0.4, 0.6)] * 3, [(0.6, 0.6)] * 3))
    assert (found.level, found.reference) == pytest.approx((100, 200 / 3))
    no_counts = [replace(each, numerator=None) for each in counts([(0.4, 0.6)] * 3, [(0.6, 0.6)] * 3)]
    assert answer(question(measure=Measure.SHARE), no_counts).level == pytest.approx(100)


def test_all_readings_of_a_side_may_fall_on_one_day():
    rows = [Observation(LAUNCH - timedelta(days=1), value) for value in DRUG_2]
    rows += [Observation(LAUNCH, value) for value in DRUG_1]
    given = answer(question(), rows)
    assert bounds(given.change) == pytest.approx((-3.3654832, 0.2054832), abs=5e-8)
    assert "correlation" not in given.figures


def test_readings_that_follow_each_other_closely_are_owned_up_to():
    drifting = list(np.sin(np.arange(20) / 4))
    given = answer(question(), values(drifting, drifting))
    assert given.weak
    assert any("Readings that follow each other are alike" in str(limit) for limit in given.limits)


def test_a_trend_before_the_launch_is_pointed_out():
    rng = np.random.default_rng(9)
    falling = 90 - 1.0 * np.arange(40) + rng.normal(0, 2, 40)
    given = answer(question(), values(falling[:20], falling[20:]))
    assert given.change is not None
    assert given.change.high < -15
    assert given.weak
    assert given.figures["trend_before"] == pytest.approx(-1, abs=0.15)
    assert str(given.limits[0]).startswith("Before the launch the readings already moved by −0.8791 min")
    still = answer(question(), values(rng.normal(0, 2, 20), falling[20:]))
    assert not any("already moved" in str(limit) for limit in still.limits)


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


def test_shares_without_their_cases_are_taken_as_they_stand():
    readings = values([60, 62, 58, 61, 59, 60, 63, 57], [70, 72, 68, 71, 69, 70, 73, 67])
    given = answer(question(measure=Measure.SHARE, direction="up"), readings)
    assert given.method is Method.TWO_MEANS
    assert given.change is not None
    assert given.change.estimate == pytest.approx(10)
    assert any("each reading counts the same" in str(limit) for limit in given.limits)


def test_units_that_come_again_are_owned_up_to():
    rows = values(DRUG_2[:5], DRUG_1[:5], unit="A") + values(DRUG_2[5:], DRUG_1[5:], unit="B")
    given = answer(question(), rows)
    assert given.weak
    assert any("Several readings come from the same unit" in str(limit) for limit in given.limits)


def test_a_randomised_pilot_without_its_own_readings_waits():
    only = two_arms([], DRUG_2)
    assert refusal(answer(question(Design.RANDOMISED), only)) == (
        "There are no readings of the pilot since the launch yet."
    )


@pytest.mark.parametrize(
    "compute",
    [
        lambda: two_groups.welch(np.array([1.0]), np.array([1.0, 2.0])),
        lambda: two_groups.one_mean(np.array([1.0]), 0.0),
        lambda: two_groups.one_mean(np.array([2.0, 2.0]), 1e9),
        lambda: rates.quasi_poisson(np.ones((3, 1)), np.zeros(3), np.ones(3)),
    ],
)
def test_what_has_no_interval_is_a_value_error(compute):
    with pytest.raises(ValueError, match=r"readings|counted"):
        compute()
