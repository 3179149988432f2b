"""What a pilot comes to: one result, and sentences that agree with it."""

from datetime import date

import pytest

from incubator.domain.evaluation import Judged, Verdict, Weighed
from incubator.domain.guardrails import breach
from incubator.domain.pilot_summary import (
    Criterion,
    Phase,
    Result,
    StandingBreach,
    result_of,
    result_sentences,
)
from incubator.domain.pilots import CriterionKind, Direction

GOAL, RAIL = CriterionKind.GOAL, CriterionKind.GUARDRAIL
MET, NOT, UNCLEAR, WAITS = Verdict.MET, Verdict.NOT_MET, Verdict.INCONCLUSIVE, Verdict.NOT_YET
TODAY = date(2026, 7, 1)


def one(kind, verdict, name="Wait", horizon=date(2027, 1, 1), **more):
    return Criterion(name, Weighed(kind, Judged(verdict, harm=more.pop("harm", False)), **more), horizon)


def written(criteria, phase=Phase.RUNNING):
    return " ".join(
        (said.text if said.count in (None, 1) else said.many) % {**said.params, "num": said.count}
        for said in result_sentences(criteria, phase, TODAY)
    )


CASES = [
    ([one(GOAL, MET), one(RAIL, MET)], Phase.RUNNING, Result.MET, "The goal was met."),
    ([one(GOAL, NOT), one(RAIL, MET)], Phase.OVER, Result.NOT_MET, "The goal was not met."),
    (
        [one(GOAL, MET), one(GOAL, MET), one(RAIL, NOT, "Errors")],
        Phase.RUNNING,
        Result.NOT_MET,
        "Goals met: 2 of 2. Guardrail not kept: Errors.",
    ),
    (
        [one(GOAL, MET), one(GOAL, UNCLEAR), one(RAIL, UNCLEAR, "Errors")],
        Phase.RUNNING,
        Result.INCONCLUSIVE,
        "Goals met: 1 of 2. 1 goal is inconclusive. Whether this guardrail was kept is inconclusive: Errors.",
    ),
    ([one(GOAL, WAITS), one(RAIL, WAITS)], Phase.RUNNING, Result.TOO_EARLY, "No verdict before 2027-01-01."),
    (
        [one(GOAL, WAITS, horizon=None)],
        Phase.RUNNING,
        Result.TOO_EARLY,
        "No verdict yet: the plan doesn't say when the results are judged.",
    ),
    (
        [one(GOAL, WAITS, horizon=TODAY)],
        Phase.RUNNING,
        Result.DUE,
        "A verdict has been due since 2026-07-01. None is recorded yet.",
    ),
    (
        [one(GOAL, WAITS), one(RAIL, NOT, "Errors")],
        Phase.RUNNING,
        Result.TOO_EARLY,
        "No verdict before 2027-01-01. Guardrail not kept: Errors.",
    ),
    ([one(GOAL, WAITS)], Phase.BEFORE, Result.NOT_LAUNCHED, "No result yet: the pilot hasn't launched."),
    ([one(GOAL, WAITS)], Phase.OVER, Result.NO_VERDICT, "No verdict was recorded."),
    (
        [one(GOAL, MET, post_hoc=True)],
        Phase.RUNNING,
        Result.NO_VERDICT,
        "No verdict: no goal was set in advance.",
    ),
    (
        [one(CriterionKind.CONTEXT, WAITS)],
        Phase.RUNNING,
        Result.NO_VERDICT,
        "No verdict: no goal was set in advance.",
    ),
]


@pytest.mark.parametrize(("criteria", "phase", "result", "sentence"), CASES)
def test_the_result_and_its_sentences_say_the_same(criteria, phase, result, sentence):
    assert result_of(criteria, phase, TODAY) is result
    assert written(criteria, phase) == sentence
    assert result_of(criteria[::-1], phase, TODAY) is result, "the order says nothing"


@pytest.mark.parametrize(
    ("values", "direction", "found"),
    [
        ((9, 12, 13, 11), Direction.DOWN, (2, 13, 11)),
        ((12, 9, 12), Direction.DOWN, (3, 12, 12)),
        ((12, 10), Direction.DOWN, None),
        ((10, 9, 7, 8), Direction.UP, (2, 7, 8)),
        ((), Direction.UP, None),
    ],
)
def test_a_breach_is_the_run_that_reaches_the_latest_reading(values, direction, found):
    days = [date(2026, month, 1) for month in range(1, len(values) + 1)]
    run = breach(list(zip(days, values, strict=True)), direction, 10)
    assert (None if run is None else (run.since.month, run.worst, run.latest)) == found


def test_a_breach_names_the_side_the_site_and_both_figures():
    low = StandingBreach(1, "Rooms ready", "%", Direction.UP, 88, "North", date(2026, 5, 1), TODAY, 66.5)
    said = low.sentence()
    assert said.text % said.params == (
        "Rooms ready (North): under its limit of 88% since 2026-05-01, now 66.5%."
    )
