"""Who prepares and signs, how far a decision has come, and what waits for a release: for every case."""

from __future__ import annotations

from dataclasses import replace

import pytest

from incubator.domain.access import Record
from incubator.domain.gates import ADVANCES, GateKey
from incubator.domain.releases import (
    ANSWERS,
    PREPARED_OUTCOMES,
    PREPARED_TOGETHER,
    AgencySees,
    Preparation,
    asks_what_would_change,
    may_prepare,
    may_sign,
    preparation,
    reads_feedback,
    waits_for_release,
)
from incubator.domain.roles import AGENCY_ROLES, Actor, Grant, Role
from incubator.domain.stages import Outcome, Stage, Step

HERE, ELSEWHERE, CALL = 3, 4, 5
WAITING = Record(1, HERE, CALL, Stage.IDEA, Step.REVIEW)


def person(role: Role, **limits: int) -> Actor:
    return Actor(7, "Somebody", grants=(Grant(role, **limits),))


@pytest.mark.parametrize("role", [role for role in Role if role not in AGENCY_ROLES])
def test_roles_that_prepare_and_that_sign(role):
    prepares = role in (Role.COORDINATOR, Role.GATEKEEPER)
    for limits in ({}, {"call_id": CALL}, {"agency_id": HERE}):
        actor = person(role, **limits)
        assert bool(may_prepare(actor, WAITING)) is prepares, limits
        assert bool(may_sign(actor, WAITING, prepared_by_id=8)) is (role is Role.GATEKEEPER), limits
    for limits in ({"call_id": CALL + 1}, {"agency_id": ELSEWHERE}):
        assert not may_prepare(person(role, **limits), WAITING)
        assert not may_sign(person(role, **limits), WAITING, prepared_by_id=8)


@pytest.mark.parametrize("role", sorted(AGENCY_ROLES))
@pytest.mark.parametrize("agency", [HERE, ELSEWHERE])
def test_agencies_neither_prepare_nor_sign(role, agency):
    actor = person(role, agency_id=agency)
    assert not may_prepare(actor, WAITING)
    assert not may_sign(actor, WAITING, prepared_by_id=8)


BARS = {
    "is_conflicted": "conflict of interest",
    "is_author": "You wrote this",
    "is_pilot_lead": "You wrote this",
    "is_assigned": "your own review",
}


@pytest.mark.parametrize("tie", BARS)
@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.GATEKEEPER])
def test_whoever_could_not_judge_it_neither_prepares_nor_signs(role, tie):
    record = replace(WAITING, **{tie: True})
    answer = may_prepare(person(role), record)
    assert not answer
    assert BARS[tie] in answer.reason
    assert not may_sign(person(role), record, prepared_by_id=8)


def test_own_agency_bars_by_home_and_by_role():
    assert not may_prepare(Actor(7, "Home", agency_id=HERE, grants=(Grant(Role.GATEKEEPER),)), WAITING)
    both = Actor(7, "Both", grants=(Grant(Role.GATEKEEPER), Grant(Role.AGENCY_LEAD, agency_id=HERE)))
    assert not may_prepare(both, WAITING)
    assert may_prepare(replace_agency(both, ELSEWHERE), WAITING)


def replace_agency(actor: Actor, agency_id: int) -> Actor:
    grants = (Grant(Role.GATEKEEPER), Grant(Role.AGENCY_LEAD, agency_id=agency_id))
    return Actor(actor.person_id, actor.name, grants=grants)


def test_a_reviewer_whose_review_is_in_may_prepare():
    record = replace(WAITING, is_assigned=True, has_scored=True)
    assert may_prepare(person(Role.GATEKEEPER), record)
    assert may_sign(person(Role.GATEKEEPER), record, prepared_by_id=None)


def test_nobody_signs_what_they_prepared():
    gatekeeper = person(Role.GATEKEEPER)
    assert "another gatekeeper signs" in may_sign(gatekeeper, WAITING, prepared_by_id=7).reason
    assert may_sign(gatekeeper, WAITING, prepared_by_id=8)
    assert may_sign(gatekeeper, WAITING, prepared_by_id=None)


@pytest.mark.parametrize("step", Step)
def test_only_what_waits_at_selection_is_prepared(step):
    record = replace(WAITING, step=step)
    assert bool(may_prepare(person(Role.GATEKEEPER), record)) is (step is Step.REVIEW)
    assert bool(may_sign(person(Role.GATEKEEPER), record, prepared_by_id=8)) is (step is Step.REVIEW)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({"prepared": False}, Preparation.NONE),
        ({"prepared": True}, Preparation.PREPARED),
        ({"prepared": True, "signed": True, "seen_version": 4, "version": 4}, Preparation.SIGNED),
        ({"prepared": True, "signed": True, "seen_version": 4, "version": 5}, Preparation.CHANGED),
        ({"prepared": True, "signed": False, "seen_version": None, "version": 5}, Preparation.PREPARED),
    ],
)
def test_how_far_a_decision_has_come(known, expected):
    assert preparation(**known) is expected


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("gate", GateKey)
def test_what_waits_for_the_release(gate, outcome):
    waits = gate is GateKey.G1 and outcome not in (
        Outcome.TRANSFER,
        Outcome.MERGE,
        Outcome.GOAL_MET,
        Outcome.REVIVE,
        Outcome.EXTEND,
        Outcome.WITHDRAW,
        Outcome.ENDED,
    )
    assert waits_for_release(gate, outcome, decides_together=True) is waits
    assert waits_for_release(gate, outcome, decides_together=False) is False


def test_every_prepared_outcome_has_its_sentence_and_asks_what_it_needs():
    assert set(ANSWERS) == set(PREPARED_OUTCOMES)
    assert set(PREPARED_TOGETHER) == set(PREPARED_OUTCOMES) - {Outcome.ADVANCE_WITH_CONDITIONS}
    for outcome in PREPARED_OUTCOMES:
        assert asks_what_would_change(outcome) is (outcome not in ADVANCES)


def test_who_is_promised_what_the_reviewers_said():
    for role in Role:
        here = person(role, agency_id=HERE)
        assert reads_feedback(here, WAITING) is (role in AGENCY_ROLES), role
        assert not reads_feedback(person(role, agency_id=ELSEWHERE), WAITING)
        assert reads_feedback(person(role, agency_id=ELSEWHERE), replace(WAITING, is_author=True))


def test_each_promise_adds_to_the_one_before():
    for place, one in enumerate(AgencySees):
        assert [one.includes(other) for other in AgencySees] == [
            other <= place for other in range(len(AgencySees))
        ]
