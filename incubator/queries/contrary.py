"""Decisions against the advice: those that wait for a second person, and how often it came to that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.database import folded
from incubator.domain.evaluation import Advice
from incubator.domain.gate_rules import may_approve
from incubator.domain.gates import GATES, STEP_GATES, GateKey, NewCondition
from incubator.domain.roles import Actor
from incubator.domain.stages import EndReason, Outcome
from incubator.models.accounts import Person, RoleGrant
from incubator.models.agencies import Agency
from incubator.models.gates import ContraryDecision, Decision
from incubator.models.proposals import Proposal
from incubator.queries import accounts, records
from incubator.queries.gate_queue import waits_for

MOST_ASKED = 10
"""So many possible approvers get the mail: more of them would each wait for another."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A decision that waits for its second signature, as proposed. `stamp` names the verdicts it saw."""

    id: int
    proposal_id: int
    gate: GateKey
    outcome: Outcome
    reason: str
    advice: Advice
    against_advice: str
    end_reason: EndReason | None
    conditions: tuple[NewCondition, ...]
    stamp: list[int]
    seen_version: int
    at: datetime
    by_id: int
    by: str


def open_on(session: Session, proposal_id: int) -> Waiting | None:
    """What waits on this record, or None. One statement."""
    row = session.execute(
        sa.select(ContraryDecision, Person.name)
        .join(Person, Person.id == ContraryDecision.proposed_by_id)
        .where(ContraryDecision.proposal_id == proposal_id, is_open())
    ).one_or_none()
    return None if row is None else waiting(row[0], row[1])


def belongs(session: Session, contrary_id: int) -> int | None:
    """The record it was proposed on, whether it still waits or not."""
    return session.scalar(sa.select(ContraryDecision.proposal_id).where(ContraryDecision.id == contrary_id))


def is_open() -> sa.ColumnElement[bool]:
    return sa.and_(ContraryDecision.decision_id.is_(None), ContraryDecision.withdrawn_at.is_(None))


def waiting(row: ContraryDecision, by: str) -> Waiting:
    """The row with its details read back."""
    reason = row.details.get("end_reason")
    return Waiting(
        id=row.id,
        proposal_id=row.proposal_id,
        gate=row.gate,
        outcome=row.outcome,
        reason=row.reason,
        advice=row.advice,
        against_advice=row.against_advice,
        end_reason=EndReason(reason) if reason else None,
        conditions=tuple(_condition(one) for one in row.details.get("conditions", [])),
        stamp=list(row.details.get("verdicts", [])),
        seen_version=row.seen_version,
        at=row.proposed_at,
        by_id=row.proposed_by_id,
        by=by,
    )


def details(
    end_reason: EndReason | None, conditions: Sequence[NewCondition], stamp: list[int]
) -> dict[str, Any]:
    """The further parts of a decision as they are kept until its second signature."""
    return {
        "end_reason": end_reason.value if end_reason else None,
        "conditions": [
            {
                "text": one.text,
                "due_on": one.due_on.isoformat() if one.due_on else None,
                "owner_name": one.owner_name,
                "owner_id": one.owner_id,
            }
            for one in conditions
        ],
        "verdicts": stamp,
    }


def _condition(kept: dict[str, Any]) -> NewCondition:
    due_on = kept.get("due_on")
    return NewCondition(
        text=kept["text"],
        due_on=date.fromisoformat(due_on) if due_on else None,
        owner_name=kept.get("owner_name", ""),
        owner_id=kept.get("owner_id"),
    )


@dataclass(frozen=True, slots=True)
class ToSign:
    """A decision that waits for this person's signature."""

    id: int
    number: str
    title: str
    agency_name: str
    outcome: Outcome
    advice: Advice
    by: str
    at: datetime


def to_sign(actor: Actor, today: date) -> sa.ColumnElement[bool]:
    """The record holds an open decision against the advice that this person may approve; for a SELECT of
    ContraryDecision joined to Proposal."""
    open_steps = sa.or_(
        *(
            sa.and_(Proposal.step == step, ContraryDecision.gate.in_(keys))
            for step, keys in STEP_GATES.items()
        )
    )
    return sa.and_(
        is_open(), open_steps, ContraryDecision.proposed_by_id != actor.person_id, waits_for(actor, today)
    )


def waiting_for(session: Session, actor: Actor, today: date, limit: int = 20) -> list[ToSign]:
    """What waits for this person's second signature, the oldest first."""
    rows = session.execute(
        sa.select(
            ContraryDecision.id,
            Proposal.number,
            Proposal.title,
            Agency.name.label("agency_name"),
            ContraryDecision.outcome,
            ContraryDecision.advice,
            Person.name.label("by"),
            ContraryDecision.proposed_at.label("at"),
        )
        .join(Proposal, Proposal.id == ContraryDecision.proposal_id)
        .join(Agency, Agency.id == Proposal.agency_id)
        .join(Person, Person.id == ContraryDecision.proposed_by_id)
        .where(to_sign(actor, today))
        .order_by(ContraryDecision.proposed_at, ContraryDecision.id)
        .limit(limit)
    )
    return [ToSign(**row._mapping) for row in rows]


def approvers(session: Session, proposal: Proposal, gate: GateKey, *, proposed_by_id: int) -> list[Person]:
    """Those who may approve it, by name: who decides at the gate here and has no conflict; MOST_ASKED at most."""
    candidates = session.scalars(
        sa.select(Person)
        .where(
            Person.disabled_at.is_(None),
            Person.id != proposed_by_id,
            sa.exists().where(
                RoleGrant.person_id == Person.id,
                RoleGrant.role.in_(GATES[gate].deciders),
                sa.or_(RoleGrant.agency_id.is_(None), RoleGrant.agency_id == proposal.agency_id),
                sa.or_(RoleGrant.call_id.is_(None), RoleGrant.call_id == proposal.call_id),
            ),
        )
        .order_by(folded(Person.name), Person.id)
    )
    found: list[Person] = []
    for person in candidates.all():
        actor = accounts.load_actor(session, person.id)
        ties = records.record_facts(session, actor, proposal.id) if actor else None
        if actor and ties and may_approve(actor, GATES[gate], ties, proposed_by_id=proposed_by_id):
            found.append(person)
        if len(found) == MOST_ASKED:
            break
    return found


@dataclass(frozen=True, slots=True)
class ScaleDecision:
    """A scale decision that had advice: what was proposed, what was decided, and whether that went against it."""

    number: str
    title: str
    decision_id: int
    advice: Advice
    outcome: Outcome
    against: bool
    by: str | None
    approved_by: str | None
    at: datetime


def scale_decisions(session: Session, condition: sa.ColumnElement[bool]) -> tuple[ScaleDecision, ...]:
    """The decisions to scale or to stop that had verdicts to follow, newest first, of the records that meet the
    condition on Proposal. Holding, rework and other endings neither follow nor go against them."""
    approver = aliased(Person)
    rows = session.execute(
        sa.select(
            Proposal.number,
            Proposal.title,
            Decision.id.label("decision_id"),
            Decision.advice,
            Decision.outcome,
            (Decision.against_advice != "").label("against"),
            Person.name.label("by"),
            approver.name.label("approved_by"),
            Decision.decided_at.label("at"),
        )
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .outerjoin(Person, Person.id == Decision.decided_by_id)
        .outerjoin(approver, approver.id == Decision.approved_by_id)
        .where(
            condition,
            Decision.gate == GateKey.G4,
            Decision.amends_id.is_(None),
            Decision.advice.is_not(None),
            Decision.outcome.in_((Outcome.ADVANCE, Outcome.ADVANCE_WITH_CONDITIONS, Outcome.STOP)),
        )
        .order_by(Decision.decided_at.desc(), Decision.id.desc())
    )
    return tuple(ScaleDecision(**row._mapping) for row in rows)
