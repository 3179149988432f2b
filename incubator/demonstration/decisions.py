"""Decisions of the past, laid down with their evidence as the gates' own flow freezes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.events import EventKind
from incubator.domain.gates import GATES, GateKey, transition
from incubator.domain.roles import Actor
from incubator.domain.stages import EndReason, Outcome, Precision, Stage
from incubator.domain.words import OUTCOMES
from incubator.flows.benefits import fix_promises
from incubator.flows.record import record
from incubator.flows.stages import move
from incubator.models.gates import Decision
from incubator.models.pilots import Pilot
from incubator.models.proposals import Proposal
from incubator.queries import gate_evidence


@dataclass(frozen=True, slots=True)
class Past:
    """A decision as it is known: who, when with which precision, and what the source says of it."""

    gate: GateKey
    outcome: Outcome
    reason: str
    end_reason: EndReason | None = None
    hold_until: date | None = None
    precision: Precision = Precision.DAY
    source: dict[str, Any] = field(default_factory=dict)


def lay_down(session: Session, actor: Actor, proposal: Proposal, past: Past, now: datetime) -> Decision:
    """Write the decision and bring the record where it led."""
    session.flush()
    evidence = gate_evidence.gather(session, proposal.id, GATES[past.gate], now=now).content
    if past.source:
        evidence = {**evidence, "source": past.source}
    leads = transition(GATES[past.gate], past.outcome, stage=proposal.stage)
    decision = Decision(
        proposal_id=proposal.id,
        gate=past.gate,
        outcome=past.outcome,
        from_stage=proposal.stage,
        to_stage=leads.stage,
        reason=past.reason,
        end_reason=past.end_reason,
        hold_until=past.hold_until,
        decided_by_id=actor.person_id,
        decided_at=now,
        precision=past.precision,
        evidence=evidence,
        evidence_sha256=gate_evidence.digest(evidence),
    )
    session.add(decision)
    session.flush()
    if past.gate is GateKey.G3 and leads.stage is Stage.PILOT:
        proposal.midpoint_passed = True
    if past.gate is GateKey.G4 and leads.stage is Stage.SCALE:
        fix_promises(session, proposal.id, now)
    move(
        session,
        proposal,
        stage=leads.stage,
        step=leads.step,
        leaving_as=past.outcome,
        now=now,
        end_reason=past.end_reason,
        hold_until=past.hold_until,
        precision=past.precision,
    )
    record(
        session,
        actor,
        now,
        EventKind.GATE_DECIDED,
        proposal_id=proposal.id,
        agency_id=proposal.agency_id,
        gate=GATES[past.gate].name,
        outcome=OUTCOMES[past.outcome].plain,
        reason=past.reason,
        decision_id=decision.id,
    )
    return decision


def ensure_pilot(session: Session, proposal: Proposal) -> Pilot:
    """The plan of the record's pilot, begun when there is none yet."""
    pilot = session.scalars(sa.select(Pilot).where(Pilot.proposal_id == proposal.id)).one_or_none()
    if pilot is None:
        pilot = Pilot(proposal_id=proposal.id)
        session.add(pilot)
        session.flush()
    return pilot
