"""Promises between an agency and the incubator, and the meetings in which they are made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.models.accounts import Person
from incubator.models.agencies import Commitment, CommitmentState, Meeting


def commitments_of(session: Session, agency_id: int, *, open_only: bool = False) -> list[Commitment]:
    """Open ones first, those due soonest first; then the closed ones, the latest first."""
    statement = sa.select(Commitment).where(Commitment.agency_id == agency_id)
    if open_only:
        statement = statement.where(Commitment.state == CommitmentState.OPEN)
    closed = sa.case((Commitment.state == CommitmentState.OPEN, 0), else_=1)
    return list(
        session.scalars(
            statement.order_by(
                closed,
                Commitment.closed_at.desc().nulls_first(),
                Commitment.due_on.asc().nulls_last(),
                Commitment.id,
            )
        )
    )


def find_commitment(session: Session, agency_id: int, commitment_id: int) -> Commitment | None:
    return session.scalars(
        sa.select(Commitment).where(Commitment.id == commitment_id, Commitment.agency_id == agency_id)
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class MeetingRow:
    id: int
    title: str
    held_on: date
    attendees: str
    notes: str
    recorded_by: str | None


def meetings_of(
    session: Session, agency_id: int, *, size: int, offset: int = 0
) -> tuple[list[MeetingRow], int]:
    """The latest first, and how many there are; in one statement."""
    rows = session.execute(
        sa.select(
            Meeting.id,
            Meeting.title,
            Meeting.held_on,
            Meeting.attendees,
            Meeting.notes,
            Person.name,
            sa.func.count().over().label("total"),
        )
        .outerjoin(Person, Person.id == Meeting.recorded_by_id)
        .where(Meeting.agency_id == agency_id)
        .order_by(Meeting.held_on.desc(), Meeting.id.desc())
        .offset(offset)
        .limit(size)
    ).all()
    return [MeetingRow(*row[:6]) for row in rows], rows[0].total if rows else 0


def find_meeting(session: Session, agency_id: int, meeting_id: int) -> Meeting | None:
    return session.scalars(
        sa.select(Meeting).where(Meeting.id == meeting_id, Meeting.agency_id == agency_id)
    ).one_or_none()
