"""Mail: a row in the transaction that causes it; the worker sends it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from incubator.models.jobs import Message


def post(
    session: Session, *, recipient_id: int | None, address: str, subject: str, body: str, now: datetime
) -> None:
    """Put a mail into the outbox. Address and subject are kept to one line: a mail's head cannot be extended."""
    session.add(
        Message(
            recipient_id=recipient_id,
            address=_one_line(address),
            subject=_one_line(subject),
            body=body,
            created_at=now,
        )
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
