"""Progress reports: written, sent, accepted or sent back with a reason."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.pilots import ReportState
from incubator.domain.roles import Actor
from incubator.flows.pilots import begin_change
from incubator.flows.record import record
from incubator.flows.versions import check_version
from incubator.models.pilots import ProgressReport

IN_WORK = (ReportState.DRAFT, ReportState.RETURNED)


@dataclass(frozen=True, slots=True)
class ReportText:
    """`period` is what the report covers, in words; `due_on` by when it is to be sent."""

    period: str
    due_on: date | None
    done: str
    next_steps: str
    concerns: str


def begin_report(
    session: Session, actor: Actor, proposal_id: int, text: ReportText, *, now: datetime
) -> ProgressReport:
    """A draft; nothing is told to anybody before it is sent."""
    begin_change(session, actor, Action.REPORT_PROGRESS, proposal_id, now)
    row = ProgressReport(proposal_id=proposal_id, written_by_id=actor.person_id, **asdict(text))
    session.add(row)
    session.flush()
    return row


def save_report(
    session: Session,
    actor: Actor,
    proposal_id: int,
    report_id: int,
    text: ReportText,
    *,
    seen_version: int | None,
    now: datetime,
) -> ProgressReport:
    begin_change(session, actor, Action.REPORT_PROGRESS, proposal_id, now)
    row = find_report(session, proposal_id, report_id)
    new = asdict(text)
    check_version(row, seen_version, {name: getattr(row, name) for name in new})
    if row.state not in IN_WORK:
        raise DomainError("This report has been sent and cannot be changed.")
    for name, value in new.items():
        setattr(row, name, value)
    session.flush()
    return row


def send_report(
    session: Session, actor: Actor, proposal_id: int, report_id: int, *, now: datetime
) -> ProgressReport:
    begin_change(session, actor, Action.REPORT_PROGRESS, proposal_id, now)
    row = find_report(session, proposal_id, report_id)
    if row.state not in IN_WORK:
        raise DomainError("This report has been sent already.")
    if not row.done:
        raise DomainError("Say what was done before you send the report.", "done")
    row.state, row.sent_at = ReportState.SENT, now
    row.decided_at, row.decided_by_id = None, None
    record(session, actor, now, EventKind.PROGRESS_SENT, proposal_id=proposal_id, period=row.period)
    return row


def accept_report(
    session: Session, actor: Actor, proposal_id: int, report_id: int, *, now: datetime
) -> ProgressReport:
    row = _sent(session, actor, proposal_id, report_id, now)
    row.state, row.return_reason = ReportState.ACCEPTED, ""
    row.decided_at, row.decided_by_id = now, actor.person_id
    record(session, actor, now, EventKind.PROGRESS_ACCEPTED, proposal_id=proposal_id, period=row.period)
    return row


def return_report(
    session: Session, actor: Actor, proposal_id: int, report_id: int, reason: str, *, now: datetime
) -> ProgressReport:
    """Send it back to be completed; the reason stays on the report until it is accepted."""
    row = _sent(session, actor, proposal_id, report_id, now)
    if not reason:
        raise DomainError("Say what is missing.", "reason")
    row.state, row.return_reason = ReportState.RETURNED, reason
    row.decided_at, row.decided_by_id = now, actor.person_id
    record(
        session,
        actor,
        now,
        EventKind.PROGRESS_RETURNED,
        proposal_id=proposal_id,
        period=row.period,
        reason=reason,
    )
    return row


def find_report(session: Session, proposal_id: int, report_id: int) -> ProgressReport:
    row = session.scalars(
        sa.select(ProgressReport)
        .where(ProgressReport.id == report_id, ProgressReport.proposal_id == proposal_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _sent(session: Session, actor: Actor, proposal_id: int, report_id: int, now: datetime) -> ProgressReport:
    begin_change(session, actor, Action.ACCEPT_PROGRESS, proposal_id, now)
    row = find_report(session, proposal_id, report_id)
    if row.state is not ReportState.SENT:
        raise DomainError("This report is not waiting for an answer.")
    return row
