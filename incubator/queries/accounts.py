"""People, their roles and sign-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.roles import Actor, Grant
from incubator.models.accounts import Person, RoleGrant, SignIn


@dataclass(frozen=True, slots=True)
class CurrentSignIn:
    sign_in_id: int
    person_id: int
    email: str
    time_zone: str
    seen_at: datetime
    actor: Actor


def find_sign_in(
    session: Session, token_hash: str, *, idle_since: datetime, begun_since: datetime
) -> CurrentSignIn | None:
    """The living sign-in of that token with its person's roles, in one statement.

    A disabled person, a newer password, an ended, idle or old sign-in: all read as none.
    """
    rows = session.execute(
        sa.select(
            SignIn.id,
            SignIn.seen_at,
            Person.id.label("person_id"),
            Person.name,
            Person.email,
            Person.time_zone,
            Person.agency_id,
            RoleGrant.role,
            RoleGrant.agency_id.label("grant_agency_id"),
            RoleGrant.call_id.label("grant_call_id"),
        )
        .join(Person, Person.id == SignIn.person_id)
        .outerjoin(RoleGrant, RoleGrant.person_id == Person.id)
        .where(
            SignIn.token_hash == token_hash,
            SignIn.ended_at.is_(None),
            SignIn.seen_at > idle_since,
            SignIn.created_at > begun_since,
            SignIn.password_epoch == Person.password_epoch,
            Person.disabled_at.is_(None),
        )
        .order_by(RoleGrant.id)
    ).all()
    if not rows:
        return None
    first = rows[0]
    grants = tuple(
        Grant(row.role, row.grant_agency_id, row.grant_call_id) for row in rows if row.role is not None
    )
    return CurrentSignIn(
        sign_in_id=first.id,
        person_id=first.person_id,
        email=first.email,
        time_zone=first.time_zone,
        seen_at=first.seen_at,
        actor=Actor(person_id=first.person_id, name=first.name, agency_id=first.agency_id, grants=grants),
    )


def find_person_by_email(session: Session, email_key: str) -> Person | None:
    return session.scalars(sa.select(Person).where(Person.email_key == email_key)).one_or_none()


def load_actor(session: Session, person_id: int) -> Actor | None:
    """The person as the rules see them, for work done without a browser."""
    person = session.get(Person, person_id)
    if person is None or person.disabled_at is not None:
        return None
    grants = session.execute(
        sa.select(RoleGrant.role, RoleGrant.agency_id, RoleGrant.call_id)
        .where(RoleGrant.person_id == person_id)
        .order_by(RoleGrant.id)
    )
    return Actor(
        person_id=person.id,
        name=person.name,
        agency_id=person.agency_id,
        grants=tuple(Grant(*grant) for grant in grants),
    )
