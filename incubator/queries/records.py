"""One record as every page of it needs it: its head, and the actor's ties to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Record, knows, may_view
from incubator.domain.roles import Actor
from incubator.domain.stages import EndReason, Origin, Outcome, Stage, Step
from incubator.models.agencies import Agency, Unit
from incubator.models.calls import Call
from incubator.models.proposals import Proposal
from incubator.queries import visibility


@dataclass(frozen=True, slots=True)
class RecordHead:
    """What the head of a record's pages shows. `facts` is what the access rules ask for."""

    id: int
    number: str
    title: str
    summary: str
    agency_id: int
    agency_code: str
    agency_name: str
    unit_name: str | None
    call_id: int | None
    call_title: str | None
    stage: Stage
    step: Step
    resume_stage: Stage | None
    outcome: Outcome | None
    end_reason: EndReason | None
    hold_until: date | None
    due_on: date | None
    midpoint_passed: bool
    stage_entered_at: datetime
    submitted_at: datetime | None
    revision_number: int
    origin: Origin
    source_note: str
    uses_ai: bool
    planned_cents: int
    spent_cents: int
    requested_cents: int | None
    version: int
    facts: Record


TIES = (
    "is_author",
    "is_assigned",
    "has_scored",
    "is_revealed",
    "is_conflicted",
    "is_pilot_lead",
    "is_product_owner",
    "names_hidden",
    "is_deleted_draft",
    "is_published",
)

ME: sa.BindParameter[int | None] = sa.bindparam("me", type_=sa.Integer())

HEADS = (
    sa.select(
        Proposal.id,
        Proposal.number,
        Proposal.title,
        Proposal.summary,
        Proposal.agency_id,
        Agency.code.label("agency_code"),
        Agency.name.label("agency_name"),
        Unit.name.label("unit_name"),
        Proposal.call_id,
        Call.title.label("call_title"),
        Proposal.stage,
        Proposal.step,
        Proposal.resume_stage,
        Proposal.outcome,
        Proposal.end_reason,
        Proposal.hold_until,
        Proposal.due_on,
        Proposal.midpoint_passed,
        Proposal.stage_entered_at,
        Proposal.submitted_at,
        Proposal.revision_number,
        Proposal.origin,
        Proposal.source_note,
        Proposal.uses_ai,
        Proposal.planned_cents,
        Proposal.spent_cents,
        Proposal.requested_cents,
        Proposal.version,
        visibility.is_author(ME).label("is_author"),
        visibility.is_assigned(ME).label("is_assigned"),
        visibility.has_scored(ME).label("has_scored"),
        visibility.is_revealed().label("is_revealed"),
        visibility.is_conflicted(ME).label("is_conflicted"),
        visibility.leads_pilot(ME).label("is_pilot_lead"),
        visibility.owns_product(ME).label("is_product_owner"),
        sa.func.coalesce(Call.names_hidden, sa.false()).label("names_hidden"),
        Proposal.deleted_at.is_not(None).label("is_deleted_draft"),
        (Proposal.origin == Origin.DEMONSTRATION).label("is_published"),
    )
    .join(Agency, Agency.id == Proposal.agency_id)
    .outerjoin(Unit, Unit.id == Proposal.unit_id)
    .outerjoin(Call, Call.id == Proposal.call_id)
)
"""Built once: making a statement this wide anew for every page costs more than running it."""

BY_NUMBER = HEADS.where(Proposal.number == sa.bindparam("number", type_=sa.Text()))
BY_ID = HEADS.where(Proposal.id == sa.bindparam("proposal_id", type_=sa.Integer()))


def find_record(session: Session, actor: Actor, number: str) -> RecordHead | None:
    """The record of that number, or None when there is none or the actor may not know of it."""
    head = _head(session.execute(BY_NUMBER, {"me": actor.person_id, "number": number}).one_or_none())
    return head if head is not None and may_view(actor, head.facts) else None


@dataclass(frozen=True, slots=True)
class Target:
    """The record that a merged one goes on as."""

    number: str
    title: str


def goes_on_as(session: Session, actor: Actor, record: RecordHead) -> Target | None:
    """What a record was merged into, when the reader may know of it; only merged ones cost a statement."""
    if record.outcome is not Outcome.MERGE:
        return None
    merged_into = (
        sa.select(Proposal.merged_into_id).where(Proposal.id == record.id).correlate(None).scalar_subquery()
    )
    row = session.execute(
        sa.select(Proposal.number, Proposal.title).where(
            Proposal.id == merged_into, visibility.visible(actor)
        )
    ).one_or_none()
    return None if row is None else Target(row.number, row.title)


def find_number(session: Session, number: str) -> int | None:
    """The id behind a number as people write it. Whether they may know of it is for the caller to ask."""
    return session.scalar(
        sa.select(Proposal.id).where(sa.func.upper(Proposal.number) == number.strip().upper())
    )


def record_facts(session: Session, actor: Actor, proposal_id: int) -> Record | None:
    """The actor's ties to a record by its id, for flows that ask the rules again."""
    head = _head(session.execute(BY_ID, {"me": actor.person_id, "proposal_id": proposal_id}).one_or_none())
    return head.facts if head is not None and knows(actor, head.facts) else None


def _head(row: Any) -> RecordHead | None:
    if row is None:
        return None
    values = dict(row._mapping)
    ties = {key: bool(values.pop(key)) for key in TIES}
    facts = Record(
        id=row.id,
        agency_id=row.agency_id,
        call_id=row.call_id,
        stage=row.stage,
        step=row.step,
        resume_stage=row.resume_stage,
        **ties,
    )
    return RecordHead(**values, facts=facts)
