"""Who must act, from what a gate still asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from incubator.domain.gates import GATES, GateKey, Readiness, missing
from incubator.domain.next_steps import waits_for
from incubator.domain.roles import Role
from incubator.domain.stages import Stage, Step

TODAY = date(2026, 11, 30)


def asked(*denied: str):
    """The scale gate with nothing met, and these must-meets answered with no."""
    gate = GATES[GateKey.G4]
    return gate, tuple(replace(need, denied=need.key in denied) for need in missing(gate, Readiness()))


def test_a_refusal_names_its_people_beside_those_of_what_is_open():
    gate, needs = asked("approvals")
    waits = waits_for(Step.RUNNING, gate, needs, stage=Stage.PILOT, due_on=TODAY, today=TODAY)
    assert "approvals" in [need.key for need in waits.needs]
    assert Role.EVALUATOR in waits.roles
    assert not waits.decides


def test_where_all_that_is_missing_was_refused_those_who_decide_act():
    gate, needs = asked("approvals")
    needs = tuple(need for need in needs if need.key == "approvals")
    waits = waits_for(Step.RUNNING, gate, needs, stage=Stage.PILOT, due_on=TODAY, today=TODAY)
    assert waits.decides
    assert waits.roles == (Role.GATEKEEPER, Role.LEADERSHIP)


@pytest.mark.parametrize(("due", "acts"), [(date(2026, 12, 14), True), (date(2026, 12, 15), False)])
def test_a_gate_with_a_day_is_looked_at_two_weeks_before(due, acts):
    gate, needs = asked()
    waits = waits_for(Step.RUNNING, gate, needs, stage=Stage.PILOT, due_on=due, today=TODAY)
    assert bool(waits.roles) is acts
