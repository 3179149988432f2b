"""Telling administrators, on the page of jobs, which record the worker's recurring work failed at."""

from __future__ import annotations

import logging

import sqlalchemy as sa

from incubator.jobs.workshop import Workshop
from incubator.models.jobs import Job, JobState

log = logging.getLogger(__name__)


def report_failure(workshop: Workshop, kind: str, about: str, number: int, error: Exception) -> None:
    """Write a failed job of this kind with the payload `{about: number}`, and the traceback to the log.

    Both only once: while such a job stands as failed, the same failure again changes nothing.
    """
    with workshop.writing() as session:
        told = sa.exists().where(
            Job.kind == kind, Job.state == JobState.FAILED, Job.payload[about].as_integer() == number
        )
        if session.scalar(sa.select(told)):
            return
        now = workshop.clock()
        session.add(
            Job(
                kind=kind,
                payload={about: number},
                state=JobState.FAILED,
                error=f"{type(error).__name__}: {error}"[:4000],
                attempts=1,
                created_at=now,
                started_at=now,
                finished_at=now,
            )
        )
    log.error("%s failed for %s %s", kind, about, number, exc_info=error)
