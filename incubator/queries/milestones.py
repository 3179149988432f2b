"""A pilot's milestones and risks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.pilots import Severity, severity
from incubator.models.pilots import Milestone, Risk


@dataclass(frozen=True, slots=True)
class MilestoneRow:
    id: int
    title: str
    due_on: date
    reached_on: date | None
    version: int

    def overdue(self, today: date) -> bool:
        return self.reached_on is None and self.due_on < today


@dataclass(frozen=True, slots=True)
class RiskRow:
    id: int
    title: str
    likelihood: int
    impact: int
    response: str
    owner_name: str
    closed_at: datetime | None
    version: int

    @property
    def severity(self) -> Severity:
        return severity(self.likelihood, self.impact)


def milestones_of(session: Session, proposal_id: int) -> list[MilestoneRow]:
    """In the order in which they are due."""
    rows = session.execute(
        sa.select(Milestone.id, Milestone.title, Milestone.due_on, Milestone.reached_on, Milestone.version)
        .where(Milestone.proposal_id == proposal_id, Milestone.removed_at.is_(None))
        .order_by(Milestone.due_on, Milestone.id)
    )
    return [MilestoneRow(**row._mapping) for row in rows]


def risks_of(session: Session, proposal_id: int) -> list[RiskRow]:
    """Open ones first, the gravest at the top."""
    rows = session.execute(
        sa.select(
            Risk.id,
            Risk.title,
            Risk.likelihood,
            Risk.impact,
            Risk.response,
            Risk.owner_name,
            Risk.closed_at,
            Risk.version,
        )
        .where(Risk.proposal_id == proposal_id)
        .order_by(Risk.closed_at.is_not(None), (Risk.likelihood * Risk.impact).desc(), Risk.id)
    )
    return [RiskRow(**row._mapping) for row in rows]


def find_milestone(session: Session, proposal_id: int, milestone_id: int) -> MilestoneRow | None:
    return next((row for row in milestones_of(session, proposal_id) if row.id == milestone_id), None)


def find_risk(session: Session, proposal_id: int, risk_id: int) -> RiskRow | None:
    return next((row for row in risks_of(session, proposal_id) if row.id == risk_id), None)
