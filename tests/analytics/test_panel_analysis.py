import dataclasses
import json
import math
import os
import random
import subprocess
import sys

import numpy as np
import pytest

from incubator.analytics import panel_analysis
from incubator.analytics.panel_analysis import OtherMethod, PanelAnalysis, analyse
from incubator.analytics.panel_fit import Withheld
from incubator.analytics.panel_sheet import Item, Rater, Sheet, SheetCriterion, SheetReview, digest
from incubator.analytics.plain_record import from_plain, to_plain
from incubator.analytics.ranking import Band
from incubator.analytics.raw_scores import Steps, raw_scores, steps_used

CRITERIA = ("impact", "need", "risk")


def sheet(items=14, raters=6, seed=3, revised=0):
    rng = np.random.default_rng(seed)
    quality, severity = rng.normal(3.2, 0.8, items), rng.normal(0, 0.4, raters)
    reviews = []
    for item in range(items):
        for rater in rng.choice(raters, 3, replace=False):
            given = np.clip(np.round(quality[item] + severity[rater] + rng.normal(0, 0.6, 3)), 1, 5)
            scores = dict(zip(CRITERIA, map(float, given), strict=True))
            total = float(given.mean())
            first = {"first_total": 1.25, "first_scores": {"need": 1.0}} if len(reviews) < revised else {}
            reviews.append(SheetReview(f"p{item:02d}", f"r{rater}", total, scores, **first))
    return Sheet(
        items=tuple(
            Item(f"p{n:02d}", f"Proposal {n}", "AB"[n % 2], n != 5, n < 4 if n < 12 else None)
            for n in range(items)
        ),
        raters=tuple(Rater(f"r{n}", f"Reviewer {n}") for n in range(raters)),
        criteria=tuple(SheetCriterion(key, key, 10) for key in CRITERIA),
        reviews=tuple(reviews),
        lower_is_better=False,
        scale_min=1,
        scale_max=5,
    )


def asked(given, **more):
    return analyse(given, **{"places": 4, "seed": 11, "draws": 400} | more)


def test_one_result_holds_everything_and_survives_storage():
    given = sheet(revised=2)
    found = asked(given)
    text = json.dumps(found.to_dict(), allow_nan=False)
    assert PanelAnalysis.from_dict(json.loads(text)) == found
    assert (found.data, found.seed, found.draws, found.places) == (digest(given), 11, 400, 4)
    assert found.libraries["numpy"] == np.__version__
    assert (found.reviews, len(found.raw), len(found.ranking.items)) == (42, 14, 13)
    assert found.ranking.unranked == ("p05",)
    assert set(found.agreement.criteria) == set(CRITERIA)
    assert [(one.group, one.n) for one in found.selection.groups] == [("A", 6), ("B", 6)]
    assert [one.criterion for one in found.steps] == [None, *CRITERIA]
    assert found.weights.places == 4
    assert {item.band for item in found.ranking.items} <= set(Band)


def test_the_order_of_the_sheet_changes_no_digit():
    given = sheet(revised=2)
    mixed = random.Random(5)
    parts = {name: list(getattr(given, name)) for name in ("items", "raters", "criteria", "reviews")}
    for part in parts.values():
        mixed.shuffle(part)
    turned = dataclasses.replace(given, **{name: tuple(part) for name, part in parts.items()})
    assert asked(turned) == asked(given)


def test_agreement_is_that_of_round_one_and_the_ranking_that_of_now():
    calm, revised = asked(sheet()), asked(sheet(revised=6))
    assert (calm.agreement.revised, revised.agreement.revised) == (0, 6)
    assert revised.ranking == calm.ranking
    assert revised.raw == calm.raw
    assert revised.agreement.total != calm.agreement.total
    assert revised.agreement.criteria["need"] != calm.agreement.criteria["need"]
    assert revised.agreement.criteria["risk"] == calm.agreement.criteria["risk"]
    assert revised.agreement.remains != calm.agreement.remains
    assert revised.agreement.total == asked(sheet(revised=6).round_one()).agreement.total


def test_lower_is_better_mirrors():
    given = sheet()
    turned = dataclasses.replace(
        given,
        lower_is_better=True,
        scale_min=-5,
        scale_max=-1,
        reviews=tuple(
            dataclasses.replace(
                one, total=-one.total, scores={key: -score for key, score in one.scores.items()}
            )
            for one in given.reviews
        ),
    )
    up, down = asked(given), asked(turned)
    assert [(i.key, i.place, i.in_top) for i in up.ranking.items] == [
        (i.key, i.place, i.in_top) for i in down.ranking.items
    ]
    assert [(i.key, i.place) for i in up.raw] == [(i.key, i.place) for i in down.raw]
    assert up.weights == down.weights
    assert up.agreement.total.value == pytest.approx(down.agreement.total.value)


def test_progress_reaches_the_end_without_going_back():
    told = []
    asked(sheet(), progress=lambda done, whole: told.append((done, whole)))
    assert told == sorted(told)
    assert (told[0], told[-1]) == ((0, 100), (100, 100))
    assert len(told) > 10


def test_an_empty_panel_has_an_answer():
    empty = dataclasses.replace(sheet(), reviews=())
    found = asked(empty)
    assert found.ranking.withheld == Withheld.NO_REVIEWS
    assert (found.agreement.total, found.agreement.remains, found.weights) == (None, None, None)
    assert [(one.n, one.mean, one.place) for one in found.raw] == [(0, None, None)] * 14
    assert PanelAnalysis.from_dict(found.to_dict()) == found
    nothing = dataclasses.replace(empty, items=(), raters=(), criteria=())
    assert asked(nothing).selection.overall is None


def test_raw_scores_stay_where_calibration_cannot_go():
    broken = dataclasses.replace(
        sheet(),
        items=(*sheet().items, Item("z1", "Alone")),
        raters=(*sheet().raters, Rater("z", "Alone")),
        reviews=(*sheet().reviews, SheetReview("z1", "z", 5.0)),
    )
    found = asked(broken)
    assert (found.ranking.withheld, found.ranking.parts, found.ranking.apart) == (None, 2, ("z1",))
    assert "z1" not in {item.key for item in found.ranking.items}
    assert [(one.mean, one.place) for one in found.raw if one.key == "z1"] == [(5.0, 1)]
    assert len(found.raw) == 15


def test_raw_scores_by_hand():
    given = dataclasses.replace(
        sheet(4, 3),
        items=(Item("a", ""), Item("b", ""), Item("c", ""), Item("d", "", discussed=False)),
        reviews=(
            SheetReview("a", "r0", 4.2),
            SheetReview("a", "r1", 2.2),
            SheetReview("b", "r0", 3.2),
            SheetReview("b", "r1", None),
            SheetReview("d", "r0", 5.0),
        ),
    )
    rows = [(i.key, i.n, i.place, i.mean, i.spread, i.split) for i in raw_scores(given)]
    assert rows == [
        ("d", 1, None, 5.0, 0.0, False),
        ("a", 2, 1, 3.2, 2.0, True),
        ("b", 1, 1, 3.2, 0.0, False),
        ("c", 0, None, None, None, False),
    ]


def test_steps_that_nobody_used_are_named():
    given = dataclasses.replace(
        sheet(4, 3),
        reviews=(
            SheetReview("p00", "r0", 1.3, {"need": 1, "risk": 1.5}),
            SheetReview("p01", "r0", 1.6, {"need": 4, "risk": 2}),
            SheetReview("p02", "r0", 4.123456, {"need": 4}),
        ),
    )
    totals, impact, need, risk = steps_used(given)
    assert (totals.step, totals.unused) == (None, ())
    assert impact == Steps("impact", (), None, ())
    assert need == Steps("need", ((1.0, 1), (4.0, 2)), 1.0, (2.0, 3.0, 5.0))
    assert (risk.step, risk.unused) == (0.5, (1.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0))


def test_another_version_s_result_is_not_read(monkeypatch):
    stored = asked(sheet()).to_dict()
    monkeypatch.setattr(panel_analysis, "METHOD_VERSION", "0")
    with pytest.raises(OtherMethod, match="made by method"):
        PanelAnalysis.from_dict(stored)


@pytest.mark.parametrize(
    "damage",
    [
        lambda plain: plain.pop("raw"),
        lambda plain: plain.update(more=1),
        lambda plain: plain.update(seed="1"),
        lambda plain: plain["ranking"]["items"][0].update(band="perhaps"),
        lambda plain: plain.update(raw=None),
    ],
)
def test_a_damaged_result_is_not_read(damage):
    stored = asked(sheet()).to_dict()
    damage(stored)
    with pytest.raises(ValueError):
        PanelAnalysis.from_dict(stored)


def test_only_plain_finite_numbers_are_stored():
    with pytest.raises(ValueError, match="finite"):
        to_plain({"a": math.nan})
    with pytest.raises(TypeError):
        to_plain((np.float64(1.0),))
    assert from_plain(float, 3) == 3.0
    with pytest.raises(ValueError):
        from_plain(float, True)
    with pytest.raises(ValueError):
        from_plain(tuple[tuple[float, int], ...], [[1.0]])


def test_linear_algebra_keeps_to_one_thread():
    code = "import incubator.analytics.severity, os; print(os.environ['OPENBLAS_NUM_THREADS'])"
    bare = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    for asked_for, used in ({}, "1"), ({"OPENBLAS_NUM_THREADS": "3"}, "3"):
        done = subprocess.run(
            [sys.executable, "-c", code], env=bare | asked_for, capture_output=True, text=True, check=True
        )
        assert done.stdout.split() == [used]


def test_reading_a_result_needs_no_scipy(tmp_path):
    stored = tmp_path / "result.json"
    stored.write_text(json.dumps(asked(sheet()).to_dict()), encoding="utf-8")
    code = """
import json, pathlib, sys
from incubator.analytics.panel_analysis import PanelAnalysis
found = PanelAnalysis.from_dict(json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8")))
print(len(found.raw), any(name.split(".")[0] in ("scipy", "matplotlib") for name in sys.modules))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(stored)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["14", "False"]
