"""Long work and the outbox, as their pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, can
from incubator.domain.reviews import OPEN_STATES
from incubator.domain.roles import Actor
from incubator.domain.stages import Step
from incubator.models.accounts import Person
from incubator.models.calls import Call
from incubator.models.jobs import Job, JobState, Message, MessageState
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review

ANALYSE = "score_analysis"
"""The kind of job that works out the analyses of a call's scores."""

UNDER_WAY = (JobState.QUEUED, JobState.RUNNING, JobState.CANCELLING)


@dataclass(frozen=True, slots=True)
class JobRow:
    id: int
    kind: str
    state: JobState
    progress: int
    total: int
    message: str
    error: str
    payload: dict[str, Any]
    result: dict[str, Any]
    attempts: int
    heartbeat_at: datetime | None
    requested_by_id: int | None
    requested_by: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def percent(self) -> int | None:
        """How far it is, 0–100; None while that is not known."""
        if self.state is JobState.FINISHED:
            return 100
        return min(100, self.progress * 100 // self.total) if self.total > 0 else None

    @property
    def ended(self) -> bool:
        return self.state not in UNDER_WAY


_COLUMNS = (
    Job.id,
    Job.kind,
    Job.state,
    Job.progress,
    Job.total,
    Job.message,
    Job.error,
    Job.payload,
    Job.result,
    Job.attempts,
    Job.heartbeat_at,
    Job.requested_by_id,
    Person.name.label("requested_by"),
    Job.created_at,
    Job.started_at,
    Job.finished_at,
)


def _seen_by(actor: Actor) -> sa.ColumnElement[bool]:
    """One's own jobs, or all for those who watch over the work; but while a review is owed, not the work on
    scores: that it is done again tells that somebody else's review came in."""
    mine = Job.requested_by_id == actor.person_id
    if not can(actor, Action.SEE_JOBS):
        return mine
    owes = sa.exists().where(
        Review.reviewer_id == actor.person_id,
        Review.state.in_(OPEN_STATES),
        Review.proposal_id == Proposal.id,
        Proposal.step == Step.REVIEW,
    )
    return sa.or_(Job.kind != ANALYSE, mine, ~owes)


def list_jobs(
    session: Session,
    actor: Actor,
    *,
    state: str = "",
    kind: str = "",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[JobRow], int]:
    """The jobs the actor may see, newest first, and how many there are. `state` may be "under_way"."""
    conditions = [_seen_by(actor)]
    if state == "under_way":
        conditions.append(Job.state.in_(UNDER_WAY))
    elif state in set(JobState):
        conditions.append(Job.state == JobState(state))
    if kind:
        conditions.append(Job.kind == kind)
    total = session.scalar(sa.select(sa.func.count()).select_from(Job).where(*conditions)) or 0
    rows = session.execute(
        sa.select(*_COLUMNS)
        .outerjoin(Person, Person.id == Job.requested_by_id)
        .where(*conditions)
        .order_by(Job.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [_row(row) for row in rows], total


def find_job(session: Session, actor: Actor, job_id: int) -> JobRow | None:
    """The job, or None when there is none or it is somebody else's business."""
    row = session.execute(
        sa.select(*_COLUMNS)
        .outerjoin(Person, Person.id == Job.requested_by_id)
        .where(Job.id == job_id, _seen_by(actor))
    ).one_or_none()
    return _row(row) if row is not None else None


def percent_of(session: Session, job_id: int) -> int | None:
    """How far a job is, 0–100, for a page that shows no more of it; None while that is not known."""
    row = session.execute(sa.select(Job.progress, Job.total).where(Job.id == job_id)).one_or_none()
    return min(100, row.progress * 100 // row.total) if row is not None and row.total > 0 else None


def call_slug(session: Session, call_id: Any) -> str | None:
    """The address of the call that a job is about."""
    return (
        session.scalar(sa.select(Call.slug).where(Call.id == call_id)) if isinstance(call_id, int) else None
    )


def _row(row: sa.Row[Any]) -> JobRow:
    values = dict(row._mapping)
    # The worker may leave these empty in its own way.
    return JobRow(**{**values, "result": values["result"] or {}, "error": values["error"] or ""})


@dataclass(frozen=True, slots=True)
class MailRow:
    id: int
    address: str
    subject: str
    body: str
    state: MessageState
    attempts: int
    error: str
    created_at: datetime
    sent_at: datetime | None


def list_mail(
    session: Session, *, state: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[MailRow], int]:
    """The outbox, newest first, and how many messages it holds."""
    conditions = [Message.state == MessageState(state)] if state in set(MessageState) else []
    total = session.scalar(sa.select(sa.func.count()).select_from(Message).where(*conditions)) or 0
    rows = session.execute(
        sa.select(
            Message.id,
            Message.address,
            Message.subject,
            Message.body,
            Message.state,
            Message.attempts,
            Message.error,
            Message.created_at,
            Message.sent_at,
        )
        .where(*conditions)
        .order_by(Message.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [MailRow(**row._mapping) for row in rows], total
