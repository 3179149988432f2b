"""Long work: asked for, canceled and run again by people. What a run itself writes is the worker's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, can
from incubator.domain.errors import DomainError, Forbidden, NotFound
from incubator.domain.roles import Actor
from incubator.flows.versions import locked
from incubator.models.accounts import Person
from incubator.models.jobs import Job, JobState

EVALUATE = "evaluate"
"""The work of analyzing one record's criteria, asked for where the recurring work failed at it."""
REVEAL = "reveal_reviews"
"""The work of revealing one proposal's reviews, likewise."""
CHARTS = "charts_warm"
"""The work of drawing the portfolio's charts ahead of time."""

ENDED = frozenset({JobState.CANCELLED, JobState.FINISHED, JobState.FAILED})


def request_job(session: Session, actor: Actor, kind: str, payload: Mapping[str, Any], now: datetime) -> Job:
    """Write down what is to be done. After the commit hand its id to `jobs.queue.dispatch`.

    `payload` holds JSON values; it names things by id, because the work may begin much later.
    """
    job = Job(kind=kind, payload=dict(payload), requested_by_id=actor.person_id, created_at=now)
    session.add(job)
    session.flush()
    return job


MOST_WAITING = 3
"""Jobs of one kind and one person that may wait or run at a time."""


def request_own_job(
    session: Session, actor: Actor, kind: str, payload: Mapping[str, Any], now: datetime
) -> Job:
    """The same for work that people may ask for as often as they like. Raises DomainError while too many wait."""
    locked(session, Person, actor.person_id or 0)
    waiting = session.scalar(
        sa.select(sa.func.count())
        .select_from(Job)
        .where(Job.kind == kind, Job.requested_by_id == actor.person_id, Job.state.not_in(ENDED))
    )
    if (waiting or 0) >= MOST_WAITING:
        raise DomainError("Three of your exports are not finished yet. Wait for one of them, or cancel it.")
    return request_job(session, actor, kind, payload, now)


def may_see(actor: Actor, requested_by_id: int | None) -> bool:
    """One's own jobs, or all of them for those who watch over the work."""
    own = requested_by_id is not None and requested_by_id == actor.person_id
    return own or bool(can(actor, Action.SEE_JOBS))


def cancel_job(session: Session, actor: Actor, job_id: int, now: datetime) -> JobState:
    """Stop a job: at once when it waits, at its next step when it runs. The state it is in now."""
    job = _locked(session, actor, job_id)
    if job.state is JobState.QUEUED:
        job.state, job.finished_at = JobState.CANCELLED, now
    elif job.state is JobState.RUNNING:
        job.state = JobState.CANCELLING
    elif job.state in ENDED:
        raise DomainError("This job has already ended.")
    session.flush()
    return job.state


def run_again(session: Session, actor: Actor, job_id: int) -> Job:
    """Put a job that failed or was canceled back into the queue, to begin anew. The worker's own jobs run with
    no person's rights, so whoever watches over the work may."""
    job = _locked(session, actor, job_id)
    if job.state not in (JobState.FAILED, JobState.CANCELLED):
        raise DomainError("Only a job that failed or was canceled can be run again.")
    if job.requested_by_id not in (None, actor.person_id):
        raise Forbidden(
            "A job runs with the rights of the person who asked for it. Ask them to run it again."
        )
    put_back(job)
    session.flush()
    return job


def put_back(job: Job) -> None:
    """Have the job done from its beginning, as if it had never run."""
    job.state, job.attempts, job.progress = JobState.QUEUED, 0, 0
    job.error, job.message, job.heartbeat_at, job.started_at, job.finished_at = "", "", None, None, None


def _locked(session: Session, actor: Actor, job_id: int) -> Job:
    job = session.scalars(
        sa.select(Job).where(Job.id == job_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if job is None or not may_see(actor, job.requested_by_id):
        raise NotFound
    return job
