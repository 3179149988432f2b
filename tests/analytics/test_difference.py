"""Difference in differences: a published table, the regression it stands for, and what is owned up to."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from incubator.analytics import difference
from incubator.analytics.criterion import Method, Observation
from incubator.analytics.criterion_answer import answer
from incubator.domain.evaluation import Arm, Design, Measure
from tests.analytics.criterion_world import LAUNCH, counts, question, values

COMPARISON = question(Design.COMPARISON, unit="jobs", direction="up")


def spread_around(mean: float, error: float, count: int) -> np.ndarray:
    """Numbers with exactly this mean and standard error of it."""
    raw = np.where(np.arange(count) % 2 == 0, 1.0, -1.0)
    raw -= raw.mean()
    return mean + raw * error * np.sqrt(count) / raw.std(ddof=1)


def panel(treated: np.ndarray, untreated: np.ndarray) -> list[Observation]:
    """Units by rows, level before and after."""
    return [
        Observation(
            LAUNCH + timedelta(days=30 * when), float(row[1 + when]), arm=which, unit=f"{which}-{index:03}"
        )
        for which, rows in ((Arm.PILOT, treated), (Arm.COMPARISON, untreated))
        for index, row in enumerate(rows)
        for when in (-1, 0)
    ]


def test_the_minimum_wage_in_new_jersey():
    """D. Card, A. B. Krueger, American Economic Review 84 (1994), table 3: full-time jobs a store in New Jersey
    20.44 before and 21.03 after, in Pennsylvania 23.33 and 21.17; difference in differences 2.76. In the stores
    with both interviews the changes are .47 (.48) and −2.28 (1.25), and 2.75 (1.34)."""
    four = answer(
        COMPARISON,
        panel(
            np.column_stack([spread_around(20.44, 0.5, 300), spread_around(21.03, 0.4, 300)]),
            np.column_stack([spread_around(23.33, 1.3, 75), spread_around(21.17, 0.9, 75)]),
        ),
    )
    assert four.method is Method.DIFFERENCE
    assert [group.level for group in four.groups] == pytest.approx([20.44, 21.03, 23.33, 21.17])
    assert four.change is not None
    assert four.change.estimate == pytest.approx(2.76, abs=0.011)
    assert four.reference == pytest.approx(20.44 + (21.17 - 23.33))
    both = difference.by_unit(spread_around(0.47, 0.48, 290), spread_around(-2.28, 1.25, 75))
    assert both.change.estimate == pytest.approx(2.75)
    assert both.error == pytest.approx(1.34, abs=5e-3)


@pytest.mark.xdist_group("statsmodels")
def test_units_count_once_as_in_the_robust_regression_of_their_changes():
    from statsmodels.regression.linear_model import OLS

    rng = np.random.default_rng(5)
    treated, untreated = rng.normal([30, 24], 3, (7, 2)), rng.normal([28, 27], 3, (9, 2))
    given = answer(COMPARISON, panel(treated, untreated))
    changes = np.concatenate([np.diff(treated), np.diff(untreated)]).ravel()
    theirs = OLS(changes, np.column_stack([np.ones(16), np.arange(16) < 7])).fit(cov_type="HC2")
    assert given.change is not None
    assert given.change.estimate == pytest.approx(theirs.params[1])
    two = difference.by_unit(np.diff(treated).ravel(), np.diff(untreated).ravel())
    assert two.error == pytest.approx(theirs.bse[1])
    assert given.figures["clusters"] == 16
    assert given.figures["df"] <= 15
    assert given.caution is None


def test_few_units_are_said_with_the_result():
    rng = np.random.default_rng(5)
    given = answer(COMPARISON, panel(rng.normal(30, 3, (3, 2)), rng.normal(28, 3, (4, 2))))
    assert str(given.caution) == "Only 7 units were compared, so a single unusual one weighs heavily."


def test_one_pilot_is_held_against_the_spread_of_the_others():
    """Student's t of one number against a sample: the changes 1, 2, 3, 4 and 5, and 10."""
    others = np.column_stack([np.zeros(5), np.arange(1.0, 6.0)])
    given = answer(COMPARISON, panel(np.array([[0.0, 10.0]]), others))
    error = np.sqrt(2.5 * (1 + 1 / 5))
    assert given.change is not None
    assert given.change.estimate == pytest.approx(7)
    assert given.change.high - 7 == pytest.approx(2.776445 * error)
    assert given.figures["df"] == 4
    two = answer(COMPARISON, panel(others[:2], others[2:4]))
    assert str(two.refused).startswith("Too few units, 2 with the pilot and 2 without")


def test_a_unit_that_was_not_there_before_is_left_out():
    rng = np.random.default_rng(7)
    rows = panel(rng.normal(30, 3, (6, 2)), rng.normal(28, 3, (6, 2)))
    given = answer(COMPARISON, rows)
    late = answer(COMPARISON, [*rows, Observation(LAUNCH, 900.0, unit="new")])
    assert late.change == given.change
    assert any("1 unit(s) without readings both before and after" in str(limit) for limit in late.limits)


def test_shares_of_a_unit_are_pooled():
    asked = question(Design.COMPARISON, Measure.SHARE, direction="up")
    rows = []
    for unit, before, after, which in (
        ("A", (40, 100), (60, 100), Arm.PILOT),
        ("B", (20, 50), (31, 50), Arm.PILOT),
        ("C", (40, 100), (45, 100), Arm.COMPARISON),
        ("D", (20, 50), (22, 50), Arm.COMPARISON),
        ("E", (20, 50), (22, 50), Arm.COMPARISON),
    ):
        rows += counts([before], [after], unit=unit, arm=which)
    given = answer(asked, rows)
    assert given.change is not None
    assert given.change.estimate == pytest.approx(21 - 13 / 3)
    assert given.groups[1].level == pytest.approx(100 * 91 / 150)


def one_each(pilot: np.ndarray, other: np.ndarray, before: int = 20) -> list[Observation]:
    return values(pilot[:before], pilot[before:]) + values(other[:before], other[before:], arm=Arm.COMPARISON)


def test_one_unit_a_side_is_compared_period_by_period():
    rng = np.random.default_rng(3)
    season = 8 * np.sin(np.arange(36) / 4)
    pilot, other = 30 + season + rng.normal(0, 1, 36), 25 + season + rng.normal(0, 1, 36)
    pilot[20:] -= 5
    given = answer(question(Design.COMPARISON), one_each(pilot, other))
    assert given.change is not None
    assert given.change.low < -5 < given.change.high < 0
    assert str(given.caution).startswith("One unit is compared with one other")
    assert given.reference == pytest.approx(float(pilot[20:].mean()) - given.change.estimate)
    assert given.without is not None
    drawn = np.array(given.without.values)
    assert drawn[:20].mean() == pytest.approx(pilot[:20].mean())
    assert drawn[20:].mean() == pytest.approx(given.reference), "the chart draws what the sentence says"
    for part in (slice(None, 20), slice(20, None)):
        assert np.diff(drawn[part] - other[part]) == pytest.approx(given.figures["drift"], abs=0.02)
    assert str(given.says).startswith(
        f"{pilot[20:].mean():.4g} min since the launch and {pilot[:20].mean():.4g} min before it. Carried on, "
    )


def test_arms_that_report_on_other_days_meet_by_the_month():
    rng = np.random.default_rng(3)
    rows = []
    for index in range(-14, 14):
        for which, shift, level in ((Arm.PILOT, 4, 30), (Arm.COMPARISON, 11, 25)):
            month = 2024 * 12 + index
            day = LAUNCH.replace(year=month // 12, month=month % 12 + 1, day=shift)
            effect = -6 if which is Arm.PILOT and index >= 0 else 0
            rows.append(Observation(day, level + effect + rng.normal(), arm=which))
    given = answer(question(Design.COMPARISON), rows)
    assert given.change is not None
    assert given.change.low < -6 < given.change.high < -2


def test_a_drift_between_two_units_is_taken_off():
    rng = np.random.default_rng(4)
    pilot, other = 30 - 0.5 * np.arange(36) + rng.normal(0, 1, 36), 25 + rng.normal(0, 1, 36)
    given = answer(question(Design.COMPARISON), one_each(pilot, other))
    assert given.change is not None
    assert given.change.low < 0 < given.change.high


def test_units_that_drifted_apart_before_the_launch_get_no_verdict():
    rng = np.random.default_rng(4)

    def rows(drift: float) -> list[Observation]:
        return [
            each
            for which, slope in ((Arm.PILOT, drift), (Arm.COMPARISON, 0.0))
            for unit in range(4)
            for each in values(
                *np.split(slope * np.arange(20) + rng.normal(30, 0.5, 20), 2),
                arm=which,
                unit=f"{which} {unit}",
            )
        ]

    assert "already moved apart by −0.5" in str(answer(question(Design.COMPARISON), rows(-0.5)).refused)
    steady = answer(question(Design.COMPARISON), rows(0.0))
    assert any("no more than chance explains" in str(limit) for limit in steady.limits)


@pytest.mark.xdist_group("statsmodels")
def test_the_drift_is_the_slope_of_least_squares():
    from statsmodels.regression.linear_model import OLS

    rng = np.random.default_rng(4)
    given = rng.normal(0, 1, 12)
    days = [LAUNCH + timedelta(days=7 * index) for index in range(12)]
    theirs = OLS(given, np.column_stack([np.ones(12), np.arange(12)])).fit()
    found = difference.drift(days, given)
    assert found is not None
    assert (found.slope, found.p) == pytest.approx((theirs.params[1], theirs.pvalues[1]))


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (values([1, 2, 3], [4, 5]), "There are no readings for “Comparison, before”."),
        (
            values([1, 2, 3], [4, 5]) + values([1, 2, 3], [], arm=Arm.COMPARISON),
            "There are no readings for “Comparison, after”.",
        ),
        (
            values([1, 2, 3], [4, 5]) + values([1, 2, 3], [5, 6], arm=Arm.COMPARISON),
            "With one unit on a side it takes 8 periods in which both have readings, before and after the launch; "
            "there are 3 and 2.",
        ),
        (
            values([1] * 9, [4] * 9) + values([1] * 9, [1] * 9, arm=Arm.COMPARISON),
            "All readings are the same, so they do not show how much is chance: no interval can be given.",
        ),
    ],
)
def test_what_a_comparison_cannot_carry_is_refused(rows, said):
    given = answer(question(Design.COMPARISON), rows)
    assert given.change is None
    assert str(given.refused) == said


def test_units_without_any_noise_are_refused():
    rows = panel(np.tile([30.0, 20.0], (3, 1)), np.tile([30.0, 28.0], (3, 1)))
    assert "no interval can be given" in str(answer(COMPARISON, rows).refused)
