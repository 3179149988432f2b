import dataclasses
import itertools

import pytest

from incubator.analytics.panel_sheet import Item, Rater, Sheet, SheetCriterion, SheetReview
from incubator.analytics.weights import sensitivity


def sheet(scores, weights, lower=False):
    """`scores`: proposal → one dict of criterion scores for each reviewer."""
    return Sheet(
        items=tuple(Item(key, key) for key in scores),
        raters=tuple(Rater(f"r{n}", "") for n in range(max(map(len, scores.values())))),
        criteria=tuple(SheetCriterion(key, key, weight) for key, weight in weights.items()),
        reviews=tuple(
            SheetReview(key, f"r{n}", None, given)
            for key, all_ in scores.items()
            for n, given in enumerate(all_)
        ),
        lower_is_better=lower,
        scale_min=1,
        scale_max=5,
    )


# Needs 5 and costs 1 against 3 and 3.1: who wins turns where the weights are nearly equal.
CLOSE = {
    "bold": [{"need": 5, "cost": 1}],
    "solid": [{"need": 3, "cost": 3.1}],
    "weak": [{"need": 1, "cost": 1}],
}


def test_one_weight_moved_brings_one_in_and_another_out():
    found = sensitivity(sheet(CLOSE, {"need": 10, "cost": 10}), places=1, seed=1)
    assert found.top == ("solid",)
    moves = {(change.criterion, change.factor): (change.enters, change.leaves) for change in found.changes}
    assert moves == {
        ("need", 0.8): ((), ()),
        ("need", 1.2): (("bold",), ("solid",)),
        ("cost", 0.8): (("bold",), ("solid",)),
        ("cost", 1.2): ((), ()),
    }
    assert found.in_top["weak"] == 0
    assert found.in_top["bold"] + found.in_top["solid"] == pytest.approx(1)
    # It turns at cost = need · 2 / 2.1; uniform factors put (almost) 38 % beyond it.
    assert found.in_top["bold"] == pytest.approx(0.385, abs=0.05)


def test_a_missing_criterion_is_left_out_and_no_zero():
    scores = {
        "a": [{"need": 4, "cost": None}],
        "b": [{"need": 3.9, "cost": 3.9}],
        "c": [{"need": None, "cost": None}],
    }
    found = sensitivity(sheet(scores, {"need": 1, "cost": 1}), places=1, seed=1)
    assert (found.top, found.in_top) == (("a",), {"a": 1.0, "b": 0.0})


def test_equal_proposals_are_in_together():
    scores = {"a": [{"x": 4, "y": 2}], "b": [{"x": 4, "y": 2}], "c": [{"x": 1, "y": 1}]}
    found = sensitivity(sheet(scores, {"x": 0.3, "y": 0.7}), places=1, seed=1)
    assert found.top == ("a", "b")
    assert found.in_top == {"a": 1.0, "b": 1.0, "c": 0.0}


def test_order_and_direction():
    given = sheet(CLOSE, {"need": 10, "cost": 10})
    found = sensitivity(given, places=1, seed=3)
    turned = dataclasses.replace(
        given, criteria=given.criteria[::-1], reviews=given.reviews[::-1], items=given.items[::-1]
    )
    assert sensitivity(turned, places=1, seed=3) == found
    mirrored = {
        key: [{name: 6 - value for name, value in one.items()} for one in all_] for key, all_ in CLOSE.items()
    }
    assert sensitivity(sheet(mirrored, {"need": 10, "cost": 10}, lower=True), places=1, seed=3) == found


def test_the_mean_over_reviews_is_that_of_the_weighted_means():
    """By hand, for every single move of a weight."""
    scores = {
        "a": [{"x": 5, "y": 1, "z": 2}, {"x": 4, "y": None, "z": 2}],
        "b": [{"x": 2, "y": 5, "z": 3}],
        "c": [{"x": 3, "y": 3, "z": 3}, {"x": 3, "y": 4, "z": 3}, {"x": 3, "y": 2, "z": 4}],
    }
    weights = {"x": 2.0, "y": 1.0, "z": 1.5}

    def best(moved):
        means = {}
        for key, all_ in scores.items():
            totals = []
            for one in all_:
                known = {name: value for name, value in one.items() if value is not None}
                totals.append(sum(moved[n] * v for n, v in known.items()) / sum(moved[n] for n in known))
            means[key] = sum(totals) / len(totals)
        return max(means, key=means.get)

    found = sensitivity(sheet(scores, weights), places=1, seed=1)
    assert found.top == (best(weights),)
    for change in found.changes:
        moved = best(weights | {change.criterion: weights[change.criterion] * change.factor})
        same = moved == found.top[0]
        assert (change.enters, change.leaves) == (((), ()) if same else ((moved,), found.top))
    assert [(c.criterion, c.factor) for c in found.changes] == list(itertools.product("xyz", (0.8, 1.2)))


def test_nothing_to_say():
    assert sensitivity(sheet(CLOSE, {"need": 1, "cost": 0}), places=1, seed=1) is None
    assert sensitivity(sheet(CLOSE, {"need": 1, "cost": 1}), places=3, seed=1) is None
    assert sensitivity(sheet(CLOSE, {"need": 1, "cost": 1}), places=0, seed=1) is None
    assert (
        sensitivity(sheet(CLOSE, {"need": 1, "cost": 1}), places=1, seed=1, leave_out=["bold", "weak"])
        is None
    )
    with pytest.raises(ValueError):
        sensitivity(sheet(CLOSE, {"need": 1, "cost": 1}), places=-1, seed=1)
