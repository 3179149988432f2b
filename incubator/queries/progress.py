"""A pilot's progress reports."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.pilots import ReportState
from incubator.models.accounts import Person
from incubator.models.pilots import ProgressReport

OPEN = (ReportState.DRAFT, ReportState.RETURNED)


@dataclass(frozen=True, slots=True)
class ReportRow:
    id: int
    period: str
    done: str
    next_steps: str
    concerns: str
    state: ReportState
    due_on: date | None
    written_by: str | None
    sent_at: datetime | None
    return_reason: str
    decided_at: datetime | None
    decided_by: str | None
    version: int

    @property
    def open(self) -> bool:
        """Whether it is still with its writer."""
        return self.state in OPEN

    def overdue(self, today: date) -> bool:
        return self.open and self.due_on is not None and self.due_on < today


@cache
def _statement(drafts: bool) -> sa.Select[tuple[object, ...]]:
    """Built once: putting a statement together costs more than running it."""
    writer, decider = aliased(Person), aliased(Person)
    chosen = [ProgressReport.proposal_id == sa.bindparam("proposal_id")]
    if not drafts:
        chosen.append(ProgressReport.state != ReportState.DRAFT)
    return (
        sa.select(  # type: ignore[return-value]
            ProgressReport.id,
            ProgressReport.period,
            ProgressReport.done,
            ProgressReport.next_steps,
            ProgressReport.concerns,
            ProgressReport.state,
            ProgressReport.due_on,
            writer.name.label("written_by"),
            ProgressReport.sent_at,
            ProgressReport.return_reason,
            ProgressReport.decided_at,
            decider.name.label("decided_by"),
            ProgressReport.version,
        )
        .outerjoin(writer, writer.id == ProgressReport.written_by_id)
        .outerjoin(decider, decider.id == ProgressReport.decided_by_id)
        .where(*chosen)
        .order_by(ProgressReport.id.desc())
    )


@cache
def _latest() -> sa.Select[tuple[object, ...]]:
    return _statement(False).limit(1)


def reports_of(session: Session, proposal_id: int, *, drafts: bool) -> list[ReportRow]:
    """Newest first. Drafts are their writers' own: `drafts` says whether the reader may see them."""
    rows = session.execute(_statement(drafts), {"proposal_id": proposal_id})
    return [ReportRow(**row._mapping) for row in rows]


def latest_report(session: Session, proposal_id: int) -> ReportRow | None:
    """The latest that was sent."""
    row = session.execute(_latest(), {"proposal_id": proposal_id}).one_or_none()
    return None if row is None else ReportRow(**row._mapping)


def find_report(session: Session, proposal_id: int, report_id: int, *, drafts: bool) -> ReportRow | None:
    row = session.execute(
        _statement(drafts).where(ProgressReport.id == report_id), {"proposal_id": proposal_id}
    ).one_or_none()
    return None if row is None else ReportRow(**row._mapping)
