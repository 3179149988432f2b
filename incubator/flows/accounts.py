"""Accounts: signing in and out, invitations, passwords, roles."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.flows.record import record
from incubator.models.accounts import Person, SignIn


def start_sign_in(session: Session, *, person_id: int, token_hash: str, browser: str, now: datetime) -> None:
    """Begin a session for somebody whose password was checked."""
    person = session.get_one(Person, person_id)
    session.add(
        SignIn(
            token_hash=token_hash,
            person_id=person.id,
            password_epoch=person.password_epoch,
            created_at=now,
            seen_at=now,
            browser=browser,
        )
    )
    record(session, Actor(person_id=person.id, name=person.name), now, EventKind.SIGNED_IN)


def renew_sign_in(session: Session, sign_in_id: int, now: datetime) -> None:
    session.execute(sa.update(SignIn).where(SignIn.id == sign_in_id).values(seen_at=now))


def end_sign_in(session: Session, actor: Actor, sign_in_id: int, now: datetime) -> None:
    """Sign out of this browser."""
    session.execute(
        sa.update(SignIn).where(SignIn.id == sign_in_id, SignIn.ended_at.is_(None)).values(ended_at=now)
    )
    record(session, actor, now, EventKind.SIGNED_OUT)
