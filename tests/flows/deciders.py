"""What tests of the gates arrange again and again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from incubator.domain.choices import Choice
from incubator.domain.gates import GATES, CheckKind, GateKey
from incubator.domain.roles import Actor
from incubator.domain.stages import Outcome
from incubator.flows import gates as flow
from incubator.models.benefits import Benefit
from incubator.models.gates import Decision, GateCheck
from incubator.models.pilots import Cadence, CriterionKind, Direction, Metric, Pilot, Reading
from incubator.models.proposals import Proposal
from tests import evaluated

PLAN = {
    "objectives": "Count within five percent.",
    "methodology": "Compare with counts by hand.",
    "scalability": "Works at night and in snow.",
    "analysis": "Difference per hour, with its interval.",
    "communication": "A page every month.",
    "exit_plan": "Take the cameras down.",
}


def decide(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    gate: GateKey,
    outcome: Outcome,
    now: datetime,
    **more: Any,
) -> Decision:
    asked = {key: more.pop(key) for key in ("seen_version", "release_id", "second") if key in more}
    choice = Choice(gate, outcome, **{"reason": "Because it is so.", **more})
    values = {"seen_version": proposal.version, **asked}
    return flow.decide(session, actor, proposal_id=proposal.id, choice=choice, now=now, **values)


def confirm(world: Any, proposal: Proposal, gate: GateKey, *keys: str, met: bool | None = True) -> None:
    """Confirm these must-meets of a gate, or all that people confirm with all that is prepared elsewhere."""
    if not keys:
        evaluated.prepare(world, proposal, gate)
    every = [need.key for need in GATES[gate].must_meets if need.kind is CheckKind.CONFIRMED]
    for key in keys or every:
        world.add(
            GateCheck(proposal_id=proposal.id, gate=gate, key=key, met=met, note="", checked_at=world.now)
        )


def fill_plan(world: Any, proposal: Proposal, lead: Any, pilot: Pilot | None = None) -> Pilot:
    """A whole plan: five texts, end and exit, people, and a goal with its baseline and target."""
    values = {
        **PLAN,
        "lead_id": lead.id,
        "product_owner_id": lead.id,
        "starts_on": world.now.date(),
        "ends_on": world.now.date() + timedelta(days=200),
    }
    if pilot is None:
        pilot = world.pilot(proposal, **values)
    else:
        for key, value in values.items():
            setattr(pilot, key, value)
    world.add(
        Metric(
            pilot_id=pilot.id,
            name="Difference",
            unit="%",
            direction=Direction.DOWN,
            kind=CriterionKind.GOAL,
            baseline=18,
            target=5,
            cadence=Cadence.WEEKLY,
        )
    )
    return pilot


def read(world: Any, pilot: Pilot, *, days_ago: int = 0) -> None:
    metric = world.session.query(Metric).filter_by(pilot_id=pilot.id, kind=CriterionKind.GOAL).one()
    world.add(
        Reading(
            metric_id=metric.id,
            taken_on=world.now.date() - timedelta(days=days_ago),
            value=9.5,
            recorded_at=world.now,
        )
    )


def add_benefit(world: Any, proposal: Proposal, months: int = 6, **values: Any) -> None:
    world.add(
        Benefit(
            proposal_id=proposal.id,
            months=months,
            realised="Two hours a week.",
            recorded_at=values.pop("recorded_at", world.now),
            **values,
        )
    )
