import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incubator.analytics.severity import components, fit
from tests.analytics.published import DYESTUFF, DYESTUFF2, dyestuff, pastes, penicillin


def simulated(items=40, reviews=3, raters=9, seed=1, sd=(0.7, 0.5, 0.4)):
    rng = np.random.default_rng(seed)
    item = np.repeat(np.arange(items), reviews)
    rater = np.concatenate([rng.choice(raters, reviews, replace=False) for _ in range(items)])
    value = 3 + rng.normal(0, sd[0], items)[item] + rng.normal(0, sd[1], raters)[rater]
    return item, rater, value + rng.normal(0, sd[2], len(item))


def dense(item, rater, value, found):
    """Effects and variances from the whole covariance matrix, as a textbook writes them."""
    z = [np.eye(item.max() + 1)[item], np.eye(rater.max() + 1)[rater]]
    sizes = [found.sd_item**2, found.sd_rater**2]
    v = sum(s * m @ m.T for s, m in zip(sizes, z, strict=True)) + found.sd_error**2 * np.eye(len(value))
    inverse = np.linalg.inv(v)
    one = np.ones(len(value))
    mean = one @ inverse @ value / (one @ inverse @ one)
    effects = [s * m.T @ inverse @ (value - mean) for s, m in zip(sizes, z, strict=True)]
    variances = [
        np.diag(s * np.eye(m.shape[1]) - s * m.T @ inverse @ m * s) for s, m in zip(sizes, z, strict=True)
    ]
    rest = value - mean
    reml = (
        np.linalg.slogdet(v)[1]
        + np.log(one @ inverse @ one)
        + rest @ inverse @ rest
        + (len(value) - 1) * np.log(2 * np.pi)
    )
    return mean, effects, variances, reml


# lme4 and MixedModels.jl: Bates, Mächler, Bolker, Walker (2015); the lme4 manual for the dyestuff data.
def test_penicillin_is_the_published_fit():
    found = fit(*penicillin())
    assert (round(found.sd_item, 4), round(found.sd_rater, 4), round(found.sd_error, 4)) == (
        0.8467,
        1.9316,
        0.5499,
    )
    assert round(found.reml, 4) == 330.8606
    assert round(found.mean, 5) == 22.97222
    assert found.sd_item / found.sd_error == pytest.approx(1.5396773, abs=2e-5)
    assert found.sd_rater / found.sd_error == pytest.approx(3.5124112, abs=2e-4)


def test_pastes_is_the_published_fit():
    found = fit(*pastes())
    assert round(found.reml, 4) == 246.9907
    assert (round(found.sd_item, 4), round(found.sd_rater, 4), round(found.sd_error, 4)) == (
        2.9041,
        1.2874,
        0.8234,
    )
    assert round(found.mean, 4) == 60.0533


def test_dyestuff_is_the_published_fit_of_one_factor():
    found = fit(*dyestuff(DYESTUFF))
    assert round(found.reml, 4) == 319.6543
    assert (round(found.sd_item, 2), round(found.sd_error, 2)) == (42.00, 49.51)
    assert (found.sd_rater, found.raters_told_apart, found.items_told_apart) == (0.0, False, True)


def test_a_variance_of_zero_comes_out_as_zero():
    found = fit(*dyestuff(DYESTUFF2))
    assert round(found.reml, 4) == 161.8283
    assert (found.sd_item, round(found.sd_error, 4)) == (0.0, 3.7157)
    assert found.item_effects.tolist() == [0.0] * 6
    assert found.item_variances.tolist() == [0.0] * 6


@pytest.mark.parametrize("data", [penicillin(), pastes(), simulated(), simulated(5, 4, 30)])
def test_effects_and_variances_are_those_of_the_whole_matrix(data):
    found = fit(*data)
    mean, effects, variances, reml = dense(*data, found)
    assert found.mean == pytest.approx(mean, abs=1e-9)
    assert found.reml == pytest.approx(reml, abs=1e-6)
    np.testing.assert_allclose(found.item_effects, effects[0], atol=1e-9)
    np.testing.assert_allclose(found.rater_effects, effects[1], atol=1e-9)
    np.testing.assert_allclose(found.item_variances, variances[0], atol=1e-9)
    np.testing.assert_allclose(found.rater_variances, variances[1], atol=1e-9)


@pytest.mark.xdist_group("statsmodels")
def test_statsmodels_agrees():
    from statsmodels.regression.mixed_linear_model import MixedLM

    item, rater, value = simulated(60, 3, 12, seed=4)
    found = fit(item, rater, value)
    parts = {"item": np.eye(60)[item], "rater": np.eye(12)[rater]}
    from statsmodels.regression.mixed_linear_model import VCSpec

    spec = VCSpec(
        list(parts),
        [[[f"{name}{k}" for k in range(part.shape[1])]] for name, part in parts.items()],
        [[part] for part in parts.values()],
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        other = MixedLM(value, np.ones((180, 1)), groups=np.ones(180), exog_vc=spec).fit(reml=True)
    assert found.mean == pytest.approx(other.fe_params[0], abs=5e-5)
    theirs = np.sqrt([*other.vcomp, other.scale])
    assert [found.sd_item, found.sd_rater, found.sd_error] == pytest.approx(theirs.tolist(), abs=5e-5)
    assert found.reml == pytest.approx(-2 * other.llf, abs=1e-4)


def test_items_and_raters_change_places():
    item, rater, value = simulated(30, 3, 8, seed=9)
    one, two = fit(item, rater, value), fit(rater, item, value)
    assert (one.sd_item, one.sd_rater) == pytest.approx((two.sd_rater, two.sd_item), abs=1e-6)
    np.testing.assert_allclose(one.item_effects, two.rater_effects, atol=1e-6)
    np.testing.assert_allclose(one.item_variances, two.rater_variances, atol=1e-6)


def test_all_values_equal():
    found = fit(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.full(4, 3.3))
    assert (found.mean, found.sd_item, found.sd_rater, found.sd_error, found.reml) == (3.3, 0, 0, 0, None)
    assert found.item_effects.tolist() == found.item_variances.tolist() == [0, 0]


def test_full_agreement_leaves_no_error():
    item, rater = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    found = fit(item, rater, np.array([1.0, 2.0, 4.0, 5.0])[item])
    assert (found.sd_rater, found.sd_error) == (0.0, 0.0)
    assert found.sd_item == pytest.approx(np.std([1, 2, 4, 5], ddof=1), abs=1e-6)
    np.testing.assert_allclose(found.item_effects, [-2, -1, 1, 2], atol=1e-6)


def test_reviewers_who_differ_by_a_constant_leave_no_error():
    item, rater = np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4)
    found = fit(item, rater, np.array([1.0, 2.0, 4.0, 5.0])[item] + np.array([0.0, 0.5, 1.0])[rater])
    assert (round(found.sd_rater, 6), found.sd_error, round(found.mean, 6)) == (0.5, 0.0, 3.5)
    assert found.sd_item == pytest.approx(np.std([1, 2, 4, 5], ddof=1), abs=1e-6)
    np.testing.assert_allclose(found.rater_effects, [-0.5, 0, 0.5], atol=1e-6)


def test_one_review_a_proposal_tells_proposals_from_nothing():
    found = fit(np.arange(6), np.array([0, 0, 0, 1, 1, 1]), np.array([1.0, 2, 3, 3, 4, 5]))
    assert (found.items_told_apart, found.sd_item) == (False, 0.0)
    assert found.item_effects.tolist() == [0.0] * 6
    assert found.raters_told_apart
    assert found.sd_rater > 0


@pytest.mark.parametrize(
    ("items", "raters", "values"),
    [
        ([0], [0], [4.0]),
        ([0, 0], [0, 1], [4.0, 2.0]),
        ([0, 1], [0, 0], [4.0, 2.0]),
        ([0, 1], [0, 1], [1.0, 5.0]),
    ],
)
def test_tiny_panels_have_an_answer(items, raters, values):
    found = fit(np.array(items), np.array(raters), np.array(values))
    assert (found.sd_item, found.n) == (0.0, len(values))
    assert found.mean == pytest.approx(np.mean(values))
    assert np.all(np.isfinite(found.item_variances))


def test_a_level_without_a_value_keeps_the_average():
    found = fit(np.array([0, 0, 2, 2, 3, 3]), np.array([0, 1, 0, 1, 0, 1]), np.array([1.0, 2, 3, 5, 5, 4]))
    assert found.item_effects[1] == 0
    assert found.item_variances[1] == pytest.approx(found.sd_item**2)


def test_the_order_of_reviews_changes_no_digit():
    item, rater, value = simulated(seed=2)
    first = fit(item, rater, value)
    order = np.random.default_rng(0).permutation(len(value))
    again = fit(item[order], rater[order], value[order])
    assert (first.sd_item, first.sd_rater, first.sd_error, first.mean, first.reml) == (
        again.sd_item,
        again.sd_rater,
        again.sd_error,
        again.mean,
        again.reml,
    )
    assert first.item_effects.tolist() == again.item_effects.tolist()
    assert first.item_variances.tolist() == again.item_variances.tolist()


def test_turning_the_scale_turns_the_effects():
    item, rater, value = simulated(seed=3)
    first, turned = fit(item, rater, value), fit(item, rater, -value)
    assert first.item_effects.tolist() == (-turned.item_effects).tolist()
    assert (first.mean, first.sd_item, first.sd_rater) == (-turned.mean, turned.sd_item, turned.sd_rater)


def test_sums_made_each_time_are_those_that_were_kept(monkeypatch):
    item, rater, value = simulated(30, 3, 8, seed=6)
    item, rater, value = item[:-2], rater[:-2], value[:-2]
    kept = fit(item, rater, value)
    monkeypatch.setattr("incubator.analytics.crossed.KEPT", 0)
    again = fit(item, rater, value)
    assert again.reml == pytest.approx(kept.reml, abs=1e-9)
    np.testing.assert_allclose(again.item_effects, kept.item_effects, atol=1e-6)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(1, 5)), min_size=1, max_size=20).map(
        lambda rows: np.array(rows).T
    )
)
def test_any_small_panel_is_at_a_maximum(data):
    """No other pair of ratios on a grid has a higher restricted likelihood."""
    from incubator.analytics.crossed import Crossed
    from incubator.analytics.severity import checked, mode, told_apart

    found = fit(*data)
    assert np.all(np.isfinite([found.mean, found.sd_item, found.sd_rater, found.sd_error]))
    item, rater, value = checked(*data)
    design, told = Crossed(item, rater, value), told_apart(item, rater)
    if np.any(design.y):
        best = design.solve(*np.tan(mode(design, told))).deviance
        free = told[::-1] if design.turned else told
        ratios = np.tan(np.linspace(0, 1.55, 12))
        for one in ratios if free[0] else [0.0]:
            for two in ratios if free[1] else [0.0]:
                assert design.solve(one, two).deviance > best - 1e-6


def test_parts_that_share_no_reviewer_are_found():
    whole = components(np.array([0, 0, 1, 1]), np.array([0, 1, 1, 2]))
    assert (whole.count, whole.connected) == (1, True)
    broken = components(np.array([0, 0, 1, 2, 2]), np.array([0, 1, 1, 2, 3]))
    assert (broken.count, broken.connected) == (2, False)
    assert broken.of_items == (0, 0, 1)
    assert broken.of_raters == (0, 0, 1, 1)


@pytest.mark.parametrize(
    ("items", "raters", "values"),
    [([], [], []), ([0], [0, 1], [1.0]), ([-1], [0], [1.0]), ([0], [0], [np.nan])],
)
def test_what_is_no_panel_is_refused(items, raters, values):
    with pytest.raises(ValueError):
        fit(np.array(items, dtype=int), np.array(raters, dtype=int), np.array(values, dtype=float))
