import dataclasses
import math
import random

import pytest

from incubator.analytics.panel_sheet import Item, Rater, Sheet, SheetCriterion, SheetReview, digest

SHEET = Sheet(
    items=(Item("b", "Bridges", "DOT"), Item("a", "Archive", "DPA", selected=True), Item("c", "Clinic")),
    raters=(Rater("r1", "One"), Rater("r2", "Two")),
    criteria=(SheetCriterion("need", "Need", 20), SheetCriterion("risk", "Risk", 10)),
    reviews=(
        SheetReview("a", "r2", 4, {"need": 4, "risk": None}, 2.0, {"need": 2, "risk": 2}),
        SheetReview("a", "r1", 3.5, {"need": 3, "risk": 5}),
        SheetReview("b", "r1", None, {"need": None}),
    ),
    lower_is_better=False,
    scale_min=1,
    scale_max=5,
)


def changed(**fields):
    return dataclasses.replace(SHEET, **fields)


def test_totals_and_scores_come_by_proposal_in_the_order_of_keys():
    assert SHEET.totals() == {"a": (("r1", 3.5), ("r2", 4.0)), "b": (), "c": ()}
    assert SHEET.scored("risk") == {"a": (("r1", 5.0),), "b": (), "c": ()}
    assert list(SHEET.totals()) == ["a", "b", "c"]


def test_round_one_is_what_was_said_before_anything_was_seen():
    before = SHEET.round_one()
    assert before.totals()["a"] == (("r1", 3.5), ("r2", 2.0))
    assert before.scored("risk")["a"] == (("r1", 5.0), ("r2", 2.0))
    assert before.round_one() == before


def test_the_digest_knows_no_order_and_no_names():
    mixed = random.Random(3)
    parts = {name: list(getattr(SHEET, name)) for name in ("items", "raters", "criteria", "reviews")}
    for part in parts.values():
        mixed.shuffle(part)
    assert digest(changed(**{name: tuple(part) for name, part in parts.items()})) == digest(SHEET)
    assert digest(changed(raters=(Rater("r2", "Zoe"), Rater("r1", "Yan")))) == digest(SHEET)
    assert digest(changed(scale_min=1.0)) == digest(SHEET)


@pytest.mark.parametrize(
    "other",
    [
        changed(lower_is_better=True),
        changed(scale_max=6),
        changed(criteria=(SheetCriterion("need", "Need", 20), SheetCriterion("risk", "Risk", 11))),
        changed(items=(*SHEET.items[:2], Item("c", "Clinic", discussed=False))),
        changed(items=(*SHEET.items[:2], Item("c", "Clinic", selected=False))),
        changed(reviews=SHEET.reviews[:2]),
        SHEET.round_one(),
    ],
)
def test_the_digest_sees_every_number_and_flag(other):
    assert digest(other) != digest(SHEET)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"items": (Item("a", "A"), Item("a", "B"))}, "proposal named twice: a"),
        ({"reviews": (SheetReview("a", "r1", 1), SheetReview("a", "r1", 2))}, "twice"),
        ({"reviews": (SheetReview("z", "r1", 1),)}, "not known"),
        ({"reviews": (SheetReview("a", "z", 1),)}, "not known"),
        ({"reviews": (SheetReview("a", "r1", 1, {"cost": 2}),)}, "no criterion cost"),
        ({"reviews": (SheetReview("a", "r1", math.nan),)}, "finite"),
        ({"reviews": (SheetReview("a", "r1", 1, {}, None, {"need": math.inf}),)}, "finite"),
        ({"criteria": (SheetCriterion("need", "Need", -1),), "reviews": ()}, "weights"),
        ({"scale_min": 5}, "rise"),
        ({"scale_max": math.inf}, "scale"),
    ],
)
def test_a_sheet_refuses_what_it_cannot_mean(fields, message):
    with pytest.raises(ValueError, match=message):
        changed(**fields)
