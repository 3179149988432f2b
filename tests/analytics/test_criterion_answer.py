"""What holds for every analysis: order, mirror, scale, hostile numbers, and that each is chosen and explained."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from incubator.analytics.criterion import NO_LONGER_MADE, Answer, Method
from incubator.analytics.criterion_answer import answer
from incubator.analytics.plain_record import from_plain, to_plain
from incubator.domain.evaluation import Arm, Design, Measure
from tests.analytics.criterion_cases import CASES
from tests.analytics.criterion_world import LAUNCH, question, values

ALL = pytest.mark.parametrize("name", CASES)


def effect(given: Answer) -> tuple[float, float, float]:
    assert given.change is not None, given.refused
    return given.change.estimate, given.change.low, given.change.high


def test_there_is_a_case_for_every_method():
    assert {method for _, _, method in CASES.values()} == set(Method) - NO_LONGER_MADE


@ALL
def test_every_analysis_is_chosen_and_explained(name):
    asked, rows, method = CASES[name]
    given = answer(asked, rows)
    assert given.method is method
    estimate, low, high = effect(given)
    assert low < estimate < high
    assert given.level is not None
    assert given.reference is not None
    assert estimate == pytest.approx(given.level - given.reference)
    assert given.groups
    assert given.refused is None
    for sentence in (given.reason, given.says, *given.limits, *given.recipe):
        assert str(sentence).endswith(".")
        assert "%(" not in str(sentence)
        assert "nan" not in str(sentence)
    assert len(given.recipe) >= 3
    assert given.limits or asked.design is Design.RANDOMISED


def number(text: str) -> float:
    return float(text.split()[0].rstrip("%").replace(",", "").replace("−", "-"))


@pytest.mark.parametrize("name", ["drawn means", "drawn units", "units"])
def test_the_recipe_ends_with_the_reach_of_the_interval(name):
    asked, rows, _ = CASES[name]
    given = answer(asked, rows)
    said: dict[str, str] = {}
    for step in given.recipe:
        said |= step.params
    estimate, low, high = effect(given)
    reach = number(said["error"]) * number(said["reach"])
    assert (estimate, low, high) == pytest.approx(
        (number(said["change"]), number(said["change"]) - reach, number(said["change"]) + reach), rel=2e-3
    )


@pytest.mark.parametrize("name", ["values before and after", "series", "periods", "drawn periods"])
def test_the_recipe_ends_with_the_bounds_of_the_interval(name):
    asked, rows, _ = CASES[name]
    given = answer(asked, rows)
    estimate, low, high = effect(given)
    said = {key: number(text) for key, text in given.recipe[-1].params.items()}
    assert (said["low"], said["high"]) == pytest.approx((low, high), rel=2e-3)
    assert any(
        number(step.params["change"]) == pytest.approx(estimate, rel=2e-3)
        for step in given.recipe
        if "change" in step.params
    )


@ALL
def test_the_order_of_the_readings_is_of_no_consequence(name):
    asked, rows, _ = CASES[name]
    mixed = list(rows)
    random.Random(3).shuffle(mixed)
    assert answer(asked, mixed) == answer(asked, rows)


@ALL
def test_an_answer_can_be_kept_and_read_again(name):
    asked, rows, _ = CASES[name]
    given = answer(asked, rows)
    assert from_plain(Answer, json.loads(json.dumps(to_plain(given)))) == given
    refused = answer(asked, [])
    assert from_plain(Answer, to_plain(refused)) == refused


def test_an_answer_kept_by_an_older_method_is_still_read():
    asked, rows, _ = CASES["drawn means"]
    kept = to_plain(answer(asked, rows)) | {"method": "one_share", "weak": True}
    del kept["caution"]
    given = from_plain(Answer, kept)
    assert (given.method, given.weak, given.caution) == (Method.ONE_SHARE, True, None)


@ALL
def test_the_direction_changes_the_words_alone(name):
    asked, rows, _ = CASES[name]
    down, up = answer(asked, rows), answer(replace(asked, direction="up"), rows)
    assert replace(up, says=down.says) == down
    if down.change is not None and down.change.high < 0:
        assert ("better" in str(down.says), "worse" in str(up.says)) == (True, True)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[0].measure is Measure.VALUE])
def test_values_mirror_and_scale(name):
    asked, rows, _ = CASES[name]
    estimate, low, high = effect(answer(asked, rows))

    def turned(times: float) -> tuple[float, float, float]:
        level = None if asked.baseline is None else asked.baseline * times
        return effect(
            answer(replace(asked, baseline=level), [replace(each, value=each.value * times) for each in rows])
        )

    assert turned(1_000) == pytest.approx((1_000 * estimate, 1_000 * low, 1_000 * high), rel=1e-6)
    for times in (2.0**900, 2.0**-900):
        assert turned(times) == pytest.approx((times * estimate, times * low, times * high), rel=1e-6)
    assert turned(-1) == pytest.approx((-estimate, -high, -low), rel=1e-5)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case[0].measure is Measure.RATE])
def test_a_rate_for_more_exposure_is_as_much_larger(name):
    asked, rows, _ = CASES[name]
    per = replace(
        asked, per=asked.per * 100, baseline=None if asked.baseline is None else asked.baseline * 100
    )
    given, other = answer(asked, rows), answer(per, [replace(each, value=each.value * 100) for each in rows])
    assert effect(other) == pytest.approx([100 * each for each in effect(given)])
    if given.ratio is not None:
        assert other.ratio is not None
        assert (other.ratio.low, other.ratio.high) == pytest.approx((given.ratio.low, given.ratio.high))


@pytest.mark.parametrize("measure", Measure)
@pytest.mark.parametrize("design", Design)
@pytest.mark.parametrize(
    "name", ["huge", "huge both ways", "tiny", "constant", "nothing", "one", "none", "one day"]
)
@pytest.mark.parametrize("denominator", [None, 1e-300, 0.0, 1.0, 20.0, 1e90, 1e308])
def test_hostile_readings_are_answered_or_refused(design, measure, name, denominator):
    """Warnings are errors here, so an overflow on the way would fail too."""
    drawn = np.random.default_rng(1).uniform(0.05, 0.9, 30)
    given = {
        "huge": drawn * 1e308,
        "huge both ways": (drawn - 0.5) * 2 * 1.7e308,
        "tiny": drawn * 1e-310,
        "constant": np.full(30, 7.0),
        "nothing": np.zeros(30),
        "one": drawn[:1],
        "none": drawn[:0],
        "one day": drawn,
    }[name]
    early = 0 if name == "one" else len(given) // 2
    rows = [
        replace(each, day=LAUNCH if name == "one day" else each.day)
        for arm in Arm
        for each in values(given[:early], given[early:][::-1], arm=arm, denominator=denominator)
    ]
    found = answer(question(design, measure, baseline=50.0, per=100.0), rows)
    if found.refused is not None:
        assert str(found.refused).endswith(".")
        assert (found.change, found.says, found.recipe) == (None, None, ())
        return
    estimate, low, high = effect(found)
    assert np.isfinite([estimate, low, high]).all()
    assert low <= estimate <= high
    assert all("nan" not in str(each) for each in (found.says, *found.limits, *found.recipe))


def test_nothing_heavy_is_loaded_before_it_is_needed():
    """Pages import this module at start-up; scipy and statsmodels take seconds."""
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "import incubator.analytics.criterion_answer, sys;"
            "print([name for name in ('scipy.stats', 'scipy.optimize', 'statsmodels', 'pandas') if name in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize("design", [Design.BEFORE_AFTER, Design.SERIES])
def test_values_that_are_mostly_nothing_get_no_verdict(design):
    injuries = [0.0, 0.0, 0.0, 1.0, *[0.0] * 8]
    given = answer(question(design), values(np.array(injuries), np.zeros(12)))
    assert str(given.refused).startswith("Most readings are zero")


def test_counts_that_follow_from_shares_are_said_to_do_so():
    asked = question(Design.BEFORE_AFTER, Measure.SHARE)
    rows = values(40 + np.arange(12) % 3, 50 + np.arange(12) % 2)
    shares = [replace(row, denominator=300.0) for row in rows]
    whole = [replace(row, numerator=3.0 * row.value) for row in shares]
    assert any("the count follows from it" in str(limit) for limit in answer(asked, shares).limits)
    assert not any("the count follows from it" in str(limit) for limit in answer(asked, whole).limits)
