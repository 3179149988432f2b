"""A form's key, claimed once."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from incubator.models.accounts import SubmissionKey


def claim(session: Session, *, key: str, person_id: int, now: datetime) -> bool:
    """Whether this key is used for the first time. Two at once wait for each other."""
    values = {"key": key, "person_id": person_id, "location": "", "at": now}
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    # Asked for the row itself: psycopg's count of rows is -1 here, which would let every repetition pass.
    statement = (
        dialect.insert(SubmissionKey).values(values).on_conflict_do_nothing().returning(SubmissionKey.key)
    )
    return session.scalar(statement) is not None


def remember(session: Session, *, key: str, person_id: int, location: str) -> None:
    session.execute(
        sa.update(SubmissionKey)
        .where(SubmissionKey.key == key, SubmissionKey.person_id == person_id)
        .values(location=location)
    )


def location(session: Session, *, key: str, person_id: int) -> str:
    found = session.scalar(
        sa.select(SubmissionKey.location).where(
            SubmissionKey.key == key, SubmissionKey.person_id == person_id
        )
    )
    return found or ""
