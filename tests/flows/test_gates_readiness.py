"""Between decisions: must-meets answered, conditions closed, time given once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.errors import DomainError, Forbidden, NotFound
from incubator.domain.gates import GateKey
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome, Step
from incubator.flows import readiness as flow
from incubator.models.gates import Condition, Extension, GateCheck
from incubator.models.history import Event
from tests.flows.deciders import decide


@pytest.fixture
def panel(world):
    return world.actor(world.person("Pat Panel", Role.GATEKEEPER))


@pytest.fixture
def coordinator(world):
    return world.actor(world.person("Cory Coordinator", Role.COORDINATOR))


def check(session, actor, proposal, gate, key, met, now, note=""):
    flow.check(session, actor, proposal_id=proposal.id, gate=gate, key=key, met=met, note=note, now=now)


def test_an_answer_is_kept_changed_and_told_once(session, world, coordinator, now):
    proposal = world.proposal(step=Step.REVIEW)
    for met, note in ((True, ""), (True, ""), (False, "Security said no."), (None, "No network.")):
        check(session, coordinator, proposal, GateKey.G1, "no_red_flag", met, now, note)
    row = session.scalars(sa.select(GateCheck)).one()
    assert (row.met, row.note, row.checked_by_id) == (None, "No network.", coordinator.person_id)
    told = [event.details["answer"] for event in session.scalars(sa.select(Event).order_by(Event.id))]
    assert told == ["met", "not met", "not applicable"]


@pytest.mark.parametrize("met", [False, None])
def test_a_no_says_why(session, world, coordinator, now, met):
    proposal = world.proposal(step=Step.REVIEW)
    with pytest.raises(DomainError) as refused:
        check(session, coordinator, proposal, GateKey.G1, "no_red_flag", met, now, "  ")
    assert refused.value.field == "note"


def test_what_cannot_be_answered(session, world, coordinator, panel, now):
    proposal = world.proposal(step=Step.REVIEW)
    with pytest.raises(DomainError, match="read from the record itself"):
        check(session, coordinator, proposal, GateKey.G1, "reviews_in", True, now)
    with pytest.raises(DomainError, match="not open"):
        check(session, coordinator, proposal, GateKey.G2, "privacy", True, now)
    with pytest.raises(DomainError, match="read from the record itself"):
        check(session, coordinator, proposal, GateKey.G4, "funding", True, now)
    with pytest.raises(NotFound):
        check(session, coordinator, proposal, GateKey.G1, "nonsense", True, now)
    with pytest.raises(Forbidden):
        check(session, panel, proposal, GateKey.G1, "no_red_flag", True, now)
    assert session.scalars(sa.select(GateCheck)).all() == []


def test_a_lead_does_not_answer_for_the_evaluator(session, world, now):
    lead = world.person("Lee Lead")
    proposal = world.proposal(step=Step.DESIGN)
    world.pilot(proposal, lead_id=lead.id)
    with pytest.raises(Forbidden):
        check(session, world.actor(lead), proposal, GateKey.G2, "privacy", True, now)
    evaluator = world.actor(world.person("Eve", Role.EVALUATOR))
    check(session, evaluator, proposal, GateKey.G2, "privacy", True, now)
    assert session.scalars(sa.select(GateCheck)).one().checked_by_id == evaluator.person_id


@pytest.fixture
def condition(session, world, panel, now):
    proposal = world.proposal(step=Step.REVIEW)
    decision = decide(session, panel, proposal, GateKey.G1, Outcome.REWORK, now)
    owner = world.person("Olive Owner", (Role.SUBMITTER, world.session.get_one(type(world.agency()), proposal.agency_id)))  # fmt: skip
    return world.add(
        Condition(
            decision_id=decision.id,
            proposal_id=proposal.id,
            text="Ask",
            owner_id=owner.id,
            due_on=now.date(),
        )
    )


def test_a_condition_is_closed_once_with_a_note(session, world, condition, coordinator, panel, now):
    from incubator.models.accounts import Person

    owner = world.actor(session.get_one(Person, condition.owner_id))
    with pytest.raises(DomainError):
        flow.close_condition(session, owner, condition_id=condition.id, note=" ", now=now)
    with pytest.raises(Forbidden):
        flow.close_condition(session, panel, condition_id=condition.id, note="Done.", now=now)
    flow.close_condition(session, owner, condition_id=condition.id, note="Done.", now=now)
    assert (condition.closed_at, condition.closed_by_id) == (now, owner.person_id)
    with pytest.raises(DomainError):
        flow.close_condition(session, coordinator, condition_id=condition.id, note="Me too.", now=now)
    assert condition.closing_note == "Done."


def test_time_is_given_once_per_stay(session, world, panel, now):
    proposal = world.proposal(
        step=Step.REVIEW, stage_entered_at=now - timedelta(days=50), step_entered_at=now
    )
    with pytest.raises(DomainError, match="No decision is due"):
        extend(session, panel, proposal, 10, now)
    proposal.due_on = now.date() + timedelta(days=42)
    for wrong in (0, -1, 91):
        with pytest.raises(DomainError, match="from 1 to 90"):
            extend(session, panel, proposal, wrong, now)
    extend(session, panel, proposal, 30, now)
    assert proposal.due_on == now.date() + timedelta(days=72)
    with pytest.raises(DomainError, match="once already"):
        extend(session, panel, proposal, 5, now)
    proposal.stage_entered_at = now + timedelta(days=1)
    extend(session, panel, proposal, 5, now + timedelta(days=2))
    assert [row.days for row in session.scalars(sa.select(Extension).order_by(Extension.id))] == [30, 5]


def extend(session, actor, proposal, days, now):
    return flow.extend_deadline(
        session, actor, proposal_id=proposal.id, days=days, reason="A reviewer is ill.", now=now
    )


def test_only_who_decides_gives_time(session, world, coordinator, now):
    proposal = world.proposal(step=Step.REVIEW, due_on=now.date())
    with pytest.raises(Forbidden):
        extend(session, coordinator, proposal, 10, now)
