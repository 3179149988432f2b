"""Decisions with what was frozen of them, and the files sealed from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.evaluation import Advice
from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey
from incubator.domain.stages import EndReason, Outcome, Precision
from incubator.models.accounts import Person
from incubator.models.dossiers import Dossier
from incubator.models.gates import Condition, Decision
from incubator.models.history import Event
from incubator.models.jobs import Job, JobState
from incubator.models.proposals import Proposal
from incubator.queries.gate_evidence import SHAPE


@dataclass(frozen=True, slots=True)
class SetCondition:
    """A condition as the decision set it."""

    text: str
    owner: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision with its frozen evidence."""

    id: int
    proposal_id: int
    agency_id: int
    number: str
    gate: GateKey
    outcome: Outcome
    reason: str
    end_reason: EndReason | None
    hold_until: date | None
    transferred_to: str
    what_would_change: str
    by_id: int | None
    by: str | None
    at: datetime
    precision: Precision
    advice: Advice | None
    against_advice: str
    approved_by: str | None
    evidence: dict[str, Any]
    evidence_sha256: str
    conditions: tuple[SetCondition, ...] = ()

    @property
    def sealable(self) -> bool:
        """Whether its evidence holds what a sealed dossier shows."""
        shape = self.evidence.get("shape")
        return isinstance(shape, int) and shape >= SHAPE


@dataclass(frozen=True, slots=True)
class Sealed:
    """The sealed file of a decision."""

    decision_id: int
    evidence_sha256: str
    file_sha256: str
    size: int
    stored_as: str
    sealed_at: datetime


def decided(session: Session, decision_id: int) -> Decided | None:
    """A decision (no amendment) with its evidence and the conditions it set, in two statements."""
    approver = aliased(Person)
    row = session.execute(
        sa.select(
            Decision.id,
            Decision.proposal_id,
            Proposal.agency_id,
            Proposal.number,
            Decision.gate,
            Decision.outcome,
            Decision.reason,
            Decision.end_reason,
            Decision.hold_until,
            Decision.transferred_to,
            Decision.what_would_change,
            Decision.decided_by_id.label("by_id"),
            Person.name.label("by"),
            Decision.decided_at.label("at"),
            Decision.precision,
            Decision.advice,
            Decision.against_advice,
            approver.name.label("approved_by"),
            Decision.evidence,
            Decision.evidence_sha256,
        )
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .outerjoin(Person, Person.id == Decision.decided_by_id)
        .outerjoin(approver, approver.id == Decision.approved_by_id)
        .where(Decision.id == decision_id, Decision.amends_id.is_(None))
    ).one_or_none()
    return None if row is None else Decided(**row._mapping, conditions=_conditions(session, decision_id))


def _conditions(session: Session, decision_id: int) -> tuple[SetCondition, ...]:
    rows = session.execute(
        sa.select(
            Condition.text,
            sa.func.coalesce(Person.name, Condition.owner_name).label("owner"),
            Condition.due_on,
        )
        .outerjoin(Person, Person.id == Condition.owner_id)
        .where(Condition.decision_id == decision_id)
        .order_by(Condition.due_on, Condition.id)
    )
    return tuple(SetCondition(**row._mapping) for row in rows)


_SEALED = (
    Dossier.decision_id,
    Dossier.evidence_sha256,
    Dossier.file_sha256,
    Dossier.size,
    Dossier.stored_as,
    Dossier.sealed_at,
)


def sealed(session: Session, decision_id: int) -> Sealed | None:
    """The file sealed for a decision."""
    row = session.execute(sa.select(*_SEALED).where(Dossier.decision_id == decision_id)).one_or_none()
    return None if row is None else Sealed(**row._mapping)


def sealed_as(session: Session, file_sha256: str) -> Sealed | None:
    """The seal of a file with this digest."""
    row = session.execute(
        sa.select(*_SEALED).where(Dossier.file_sha256 == file_sha256).order_by(Dossier.id).limit(1)
    ).one_or_none()
    return None if row is None else Sealed(**row._mapping)


def waiting_for_their_seal(session: Session, before: datetime, kind: str) -> Sequence[int]:
    """Decisions taken before a moment whose evidence could be sealed and is not, by id; without those for which
    a job of this kind failed."""
    failed = sa.exists().where(
        Job.kind == kind,
        Job.state == JobState.FAILED,
        Job.payload["decision_id"].as_integer() == Decision.id,
    )
    return session.scalars(
        sa.select(Decision.id)
        .outerjoin(Dossier, Dossier.decision_id == Decision.id)
        .where(
            Dossier.id.is_(None),
            Decision.amends_id.is_(None),
            Decision.decided_at < before,
            Decision.evidence["shape"].as_integer() >= SHAPE,
            ~failed,
        )
        .order_by(Decision.id)
    ).all()


@dataclass(frozen=True, slots=True)
class Told:
    """An event of the audit trail about a decision."""

    at: datetime
    actor_id: int | None
    actor_name: str
    details: dict[str, Any]


def told(session: Session, proposal_id: int, decision_id: int, kind: EventKind) -> list[Told]:
    """The events of a kind that name the decision, in order."""
    rows = session.execute(
        sa.select(Event.at, Event.actor_id, Event.actor_name, Event.details)
        .where(Event.proposal_id == proposal_id, Event.kind == kind)
        .order_by(Event.id)
    )
    return [Told(**row._mapping) for row in rows if row.details.get("decision_id") == decision_id]
