"""Decisions of the past, laid down with their evidence as the gates' own flow freezes it.

A scale decision keeps what the standing verdicts proposed. One against them was proposed before by who
decided it, and carries its reason and the second name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.demonstration.reading import DataError
from incubator.domain.evaluation import ADVICE, Advice, contradicts
from incubator.domain.events import EventKind
from incubator.domain.gates import GATES, GateKey, transition
from incubator.domain.roles import Actor
from incubator.domain.stages import EndReason, Outcome, Precision, Stage
from incubator.domain.words import OUTCOMES
from incubator.flows.benefits import fix_promises
from incubator.flows.record import record
from incubator.flows.second import Second, settle
from incubator.flows.stages import move
from incubator.models.gates import ContraryDecision, Decision
from incubator.models.pilots import Pilot
from incubator.models.proposals import Proposal
from incubator.queries import contrary, gate_evidence
from incubator.queries.advice import Standing, standing


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
    second: Second | None = None


def lay_down(session: Session, actor: Actor, proposal: Proposal, past: Past, now: datetime) -> Decision:
    """Write the decision and bring the record where it led."""
    session.flush()
    gathered = gate_evidence.gather(session, proposal.id, GATES[past.gate], now=now)
    advice = _advice(past.gate, gathered.standing)
    against = contradicts(advice, past.outcome, past.gate)
    if against and past.second is None:
        raise DataError(f"{proposal.title}: decided against its criteria without a second name")
    # Only a decision that does go against them keeps the second name: the verdicts are worked out anew.
    second = past.second if against else None
    evidence = gathered.content
    if past.source:
        evidence = {**evidence, "source": past.source}
    if second is not None:
        evidence = {**evidence, "against_advice": second.told(actor, advice, now)}
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
        advice=advice,
        against_advice=second.against_advice if second else "",
        approved_by_id=second.actor.person_id if second else None,
        approved_at=now if second else None,
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
    said, signed = OUTCOMES[past.outcome].plain, {}
    if second is not None:
        said = f"{said}, against what the criteria propose, approved by {second.actor.name}"
        signed = {"approved_by_id": second.actor.person_id, "against_advice": second.against_advice}
    record(
        session,
        actor,
        now,
        EventKind.GATE_DECIDED,
        proposal_id=proposal.id,
        agency_id=proposal.agency_id,
        gate=GATES[past.gate].name,
        outcome=said,
        reason=past.reason,
        decision_id=decision.id,
        **signed,
    )
    settle(session, actor, proposal, now, decision=decision if second else None)
    return decision


def propose_against(
    session: Session, actor: Actor, proposal: Proposal, past: Past, why: str, now: datetime
) -> None:
    """What waits for the second name until it is decided; nothing where the criteria propose the same."""
    session.flush()
    found = standing(session, proposal.id)
    advice = _advice(past.gate, found)
    if advice is None or not contradicts(advice, past.outcome, past.gate):
        return
    row = ContraryDecision(
        proposal_id=proposal.id,
        gate=past.gate,
        outcome=past.outcome,
        reason=past.reason,
        advice=advice,
        against_advice=why,
        details=contrary.details(past.end_reason, (), found.stamp),
        seen_version=proposal.version,
        proposed_at=now,
        proposed_by_id=actor.person_id,
    )
    session.add(row)
    session.flush()
    record(
        session,
        actor,
        now,
        EventKind.CONTRARY_PROPOSED,
        proposal_id=proposal.id,
        agency_id=proposal.agency_id,
        gate=GATES[past.gate].name,
        outcome=OUTCOMES[past.outcome].staff,
        advice=ADVICE[advice].staff,
        reason=why,
        contrary_id=row.id,
    )


def _advice(gate: GateKey, found: Standing | None) -> Advice | None:
    """What the verdicts proposed. Where none was given, as in what is published, there was no advice."""
    return found.advice if gate is GateKey.G4 and found is not None and found.stamp else None


def ensure_pilot(session: Session, proposal: Proposal) -> Pilot:
    """The plan of the record's pilot, begun when there is none yet."""
    pilot = session.scalars(sa.select(Pilot).where(Pilot.proposal_id == proposal.id)).one_or_none()
    if pilot is None:
        pilot = Pilot(proposal_id=proposal.id)
        session.add(pilot)
        session.flush()
    return pilot
