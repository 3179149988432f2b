"""Intervals, rubric and progress."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.analytics.intervals import wilson
from incubator.analytics.progress import progress
from incubator.analytics.rubric import agreement, weighted_total


# Newcombe, Statistics in Medicine 17 (1998) 857-872, table I, method 3.
@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_the_published_interval(successes, n, low, high):
    found = wilson(successes, n)
    assert (round(found.low, 4), round(found.high, 4)) == (low, high)
    assert found.estimate == successes / n


@given(st.integers(1, 10**6).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_mirrors_and_stays_inside(pair):
    successes, n = pair
    found, turned = wilson(successes, n), wilson(n - successes, n)
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert found.low == pytest.approx(1 - turned.high, abs=1e-12)


@pytest.mark.parametrize(
    ("successes", "n", "confidence"), [(0, 0, 0.95), (3, 2, 0.95), (-1, 2, 0.95), (1, 2, 1)]
)
def test_wilson_refuses_the_impossible(successes, n, confidence):
    with pytest.raises(ValueError):
        wilson(successes, n, confidence)


def test_a_criterion_not_applicable_is_no_zero():
    weights = {"need": 20, "impact": 20, "risk": 10}
    assert weighted_total({"need": 5, "impact": 4, "risk": 1}, weights) == 3.8
    assert weighted_total({"need": 5, "impact": 4, "risk": None}, weights) == 4.5
    assert weighted_total({"need": 5}, weights) == 5
    assert weighted_total({"need": None}, weights) is None
    assert weighted_total({}, weights) is None
    assert weighted_total({"need": 5}, {"need": 0}) is None


def test_a_total_refuses_what_it_cannot_weigh():
    with pytest.raises(ValueError, match="no weight for cost"):
        weighted_total({"cost": 3}, {"need": 1})
    with pytest.raises(ValueError, match="weights"):
        weighted_total({"need": 3}, {"need": -1})
    with pytest.raises(ValueError, match="scores"):
        weighted_total({"need": math.nan}, {"need": 1})


def test_the_order_of_criteria_and_the_size_of_weights_do_not_matter():
    weights = {"a": 20.0, "b": 15.0, "c": 10.0, "d": 7.0}
    scores = {"a": 4.0, "b": 3.0, "c": 5.0, "d": 1.0}
    first = weighted_total(scores, weights)
    for keys in itertools.permutations(scores):
        assert weighted_total({key: scores[key] for key in keys}, weights) == first
    assert weighted_total(scores, {k: w * 8 for k, w in weights.items()}) == first


def test_agreement_shows_the_split_behind_a_mean():
    found = agreement([4.5, None, 2.0, 4.0])
    assert (found.n, found.mean, found.median, found.spread, found.split) == (3, 3.5, 4.0, 2.5, True)
    assert agreement([4.2, 2.2]).split is True
    assert agreement([4.2, 2.3]).split is False
    assert agreement([3.0]).split is False
    assert agreement([None]) is None


@given(st.lists(st.floats(1, 5), min_size=1, max_size=9), st.randoms())
def test_agreement_does_not_depend_on_the_order_of_reviewers(totals, random):
    turned = list(totals)
    random.shuffle(turned)
    assert agreement(turned) == agreement(totals)


def test_progress_honours_the_direction():
    assert progress(50, 30, 40, "down") == 0.5
    assert progress(50, 30, 60, "down") == -0.5
    assert progress(50, 30, 20, "down") == 1.5
    assert progress(0.5, 0.75, 0.75, "up") == 1.0
    assert progress(-1e308, 1e308, 0, "up") == 0.5


@pytest.mark.parametrize(
    ("baseline", "target", "direction"),
    [(5, 5, "up"), (5, 4, "up"), (5, 6, "down"), (math.nan, 1, "up"), (1, 2, "")],
)
def test_progress_refuses_a_way_that_is_none(baseline, target, direction):
    with pytest.raises(ValueError):
        progress(baseline, target, 5, direction)


@given(st.integers(-99, 99), st.integers(1, 99), st.integers(-99, 99))
def test_turning_a_metric_upside_down_keeps_its_progress(baseline, way, value):
    up = progress(baseline, baseline + way, value, "up")
    assert progress(-baseline, -baseline - way, -value, "down") == up
