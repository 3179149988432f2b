"""Notes on what changed how a metric comes about: written, and struck when they are wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.flows.metrics import find_metric
from incubator.flows.pilots import begin_change, ensure_plan
from incubator.flows.record import record
from incubator.models.evaluation import ProcessChange
from incubator.models.pilots import Pilot


@dataclass(frozen=True, slots=True)
class NewChange:
    """Without `metric_id` it touches every metric of the pilot."""

    happened_on: date
    what: str
    metric_id: int | None = None
    new_limits: bool = False


def note_change(
    session: Session, actor: Actor, proposal_id: int, change: NewChange, *, now: datetime
) -> ProcessChange:
    """Note that the process changed on a day. Only with `new_limits` does the process chart start anew there."""
    begin_change(session, actor, Action.RECORD_READINGS, proposal_id, now)
    pilot = ensure_plan(session, proposal_id)
    metric = find_metric(session, proposal_id, change.metric_id) if change.metric_id is not None else None
    if not change.what.strip():
        raise DomainError("Say what changed", "what")
    if change.happened_on > office_day(now):
        raise DomainError("A change that has not happened yet cannot be noted.", "happened_on")
    row = ProcessChange(
        pilot_id=pilot.id,
        metric_id=metric.id if metric else None,
        happened_on=change.happened_on,
        what=change.what.strip(),
        new_limits=change.new_limits,
        recorded_at=now,
        recorded_by_id=actor.person_id,
    )
    session.add(row)
    record(
        session,
        actor,
        now,
        EventKind.PROCESS_CHANGE_NOTED,
        proposal_id=proposal_id,
        day=change.happened_on.isoformat(),
        what=row.what,
        metric=metric.name if metric else None,
        new_limits=row.new_limits,
    )
    return row


def strike_change(
    session: Session, actor: Actor, proposal_id: int, change_id: int, *, reason: str, now: datetime
) -> ProcessChange:
    """Strike a note that is wrong; it stays readable with the reason, and its limits no longer hold."""
    begin_change(session, actor, Action.RECORD_READINGS, proposal_id, now)
    row = session.scalars(
        sa.select(ProcessChange)
        .join(Pilot, Pilot.id == ProcessChange.pilot_id)
        .where(ProcessChange.id == change_id, Pilot.proposal_id == proposal_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    if row.struck_at is not None:
        raise StaleVersion
    if not reason.strip():
        raise DomainError("Say why the note is struck", "reason")
    row.struck_at, row.strike_reason = now, reason.strip()
    record(
        session,
        actor,
        now,
        EventKind.PROCESS_CHANGE_STRUCK,
        proposal_id=proposal_id,
        reason=row.strike_reason,
        what=row.what,
    )
    return row
