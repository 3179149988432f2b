"""When a decision goes against what the verdicts propose."""

from __future__ import annotations

import itertools

import pytest

from incubator.domain.evaluation import Advice, Judged, Verdict, Weighed, contradicts, propose
from incubator.domain.gates import GateKey
from incubator.domain.pilots import CriterionKind
from incubator.domain.stages import Outcome

AGAINST = {
    (Advice.STOP, Outcome.ADVANCE),
    (Advice.STOP, Outcome.ADVANCE_WITH_CONDITIONS),
    (Advice.EXTEND, Outcome.ADVANCE),
    (Advice.EXTEND, Outcome.ADVANCE_WITH_CONDITIONS),
    (Advice.WAIT, Outcome.ADVANCE),
    (Advice.WAIT, Outcome.ADVANCE_WITH_CONDITIONS),
    (Advice.SCALE, Outcome.STOP),
}


def test_every_pair_of_advice_and_outcome_at_the_scale_decision():
    found = {pair for pair in itertools.product(Advice, Outcome) if contradicts(*pair, GateKey.G4)}
    assert found == AGAINST


@pytest.mark.parametrize("gate", [gate for gate in GateKey if gate is not GateKey.G4])
def test_no_other_gate_has_advice_to_go_against(gate):
    assert not any(contradicts(advice, outcome, gate) for advice in Advice for outcome in Outcome)


def test_without_advice_there_is_nothing_to_go_against():
    assert not any(contradicts(None, outcome, GateKey.G4) for outcome in Outcome)


def goal(verdict, **more):
    return Weighed(CriterionKind.GOAL, Judged(verdict, **more.pop("judged", {})), **more)


def guardrail(verdict, **more):
    return Weighed(CriterionKind.GUARDRAIL, Judged(verdict, **more))


def test_what_was_added_after_the_lock_does_not_make_a_decision_follow_the_advice():
    rescued = [goal(Verdict.NOT_MET), goal(Verdict.MET, post_hoc=True)]
    assert propose(rescued) is Advice.STOP
    assert contradicts(propose(rescued), Outcome.ADVANCE, GateKey.G4)


def test_a_harmed_guardrail_makes_scaling_a_decision_against_the_advice():
    harmed = [goal(Verdict.MET), guardrail(Verdict.INCONCLUSIVE, harm=True)]
    assert contradicts(propose(harmed), Outcome.ADVANCE, GateKey.G4)
    assert not contradicts(propose(harmed), Outcome.STOP, GateKey.G4)


def test_nothing_judged_is_no_proof_to_scale_on():
    assert propose([]) is Advice.WAIT
    assert contradicts(propose([]), Outcome.ADVANCE_WITH_CONDITIONS, GateKey.G4)
