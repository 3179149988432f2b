"""Deciding at a gate: who, when, what it needs, and what it leaves behind."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.gates import GateKey
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Outcome, Stage, Step
from incubator.flows import gates as flow
from incubator.models.gates import Condition, Decision, GateCheck
from incubator.models.history import Event
from incubator.models.pilots import Pilot
from incubator.models.proposals import StageSpell


@pytest.fixture
def panel(world):
    return world.actor(world.person("Pat Panel", Role.GATEKEEPER))


@pytest.fixture
def coordinator(world):
    return world.actor(world.person("Cory Coordinator", Role.COORDINATOR))


def confirm(world, proposal, gate, *keys, met=True):
    for key in keys:
        world.add(
            GateCheck(proposal_id=proposal.id, gate=gate, key=key, met=met, note="", checked_at=world.now)
        )


def decide(session, actor, proposal, gate, outcome, now, **more) -> Decision:
    values: dict[str, Any] = {
        "reason": "Because it is so.",
        "seen_version": proposal.version,
        "now": now,
        **more,
    }
    return flow.decide(session, actor, proposal_id=proposal.id, gate=gate, outcome=outcome, **values)


def test_screening_passed_goes_to_review(session, world, coordinator, now):
    proposal = world.proposal(step=Step.SCREENING)
    confirm(world, proposal, GateKey.G0, "real_problem", "no_market", "not_duplicate")
    decision = decide(session, coordinator, proposal, GateKey.G0, Outcome.ADVANCE, now)
    assert (proposal.stage, proposal.step) == (Stage.IDEA, Step.REVIEW)
    assert proposal.due_on == now.date() + timedelta(days=42)
    assert (decision.from_stage, decision.to_stage) == (Stage.IDEA, Stage.IDEA)
    event = session.scalars(sa.select(Event).order_by(Event.id.desc())).first()
    assert event.details["outcome"] == "Moved on"
    assert event.proposal_id == proposal.id
