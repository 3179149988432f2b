"""People, their roles and sign-ins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import UTCDateTime
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor, Grant, Role
from incubator.domain.throttling import (
    IN_ALL,
    PER_ACCOUNT,
    PER_ADDRESS,
    REFUSAL_WINDOW,
    RESETS_PER_ADDRESS,
    WINDOW,
    Tried,
    Try,
)
from incubator.models.accounts import LinkPurpose, OneTimeLink, Person, RoleGrant, SignIn, SignInAttempt
from incubator.models.agencies import Agency
from incubator.models.calls import Call
from incubator.models.history import Event


@dataclass(frozen=True, slots=True)
class CurrentSignIn:
    sign_in_id: int
    person_id: int
    email: str
    time_zone: str
    seen_at: datetime
    actor: Actor


LIVING_SIGN_IN = (
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
        SignIn.token_hash == sa.bindparam("token_hash", type_=sa.Text()),
        SignIn.ended_at.is_(None),
        SignIn.seen_at > sa.bindparam("idle_since", type_=UTCDateTime()),
        SignIn.created_at > sa.bindparam("begun_since", type_=UTCDateTime()),
        SignIn.password_epoch == Person.password_epoch,
        Person.disabled_at.is_(None),
    )
    .order_by(RoleGrant.id)
)
"""Built once: every request asks it."""


def find_sign_in(
    session: Session, token_hash: str, *, idle_since: datetime, begun_since: datetime
) -> CurrentSignIn | None:
    """The living sign-in of that token with its person's roles, in one statement.

    A disabled person, a newer password, an ended, idle or old sign-in: all read as none.
    """
    rows = session.execute(
        LIVING_SIGN_IN,
        {"token_hash": token_hash, "idle_since": idle_since, "begun_since": begun_since},
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


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a password is checked against, outside of any transaction."""

    person_id: int
    name: str
    email: str
    password_hash: str
    password_epoch: int


_CREDENTIALS = (Person.id, Person.name, Person.email, Person.password_hash, Person.password_epoch)


def find_credentials(session: Session, email_key: str) -> Credentials | None:
    """Of an account that is open; an invitation not yet accepted has an empty hash."""
    row = session.execute(
        sa.select(*_CREDENTIALS).where(Person.email_key == email_key, Person.disabled_at.is_(None))
    ).one_or_none()
    return Credentials(*row) if row is not None else None


def own_credentials(session: Session, person_id: int) -> Credentials:
    return Credentials(*session.execute(sa.select(*_CREDENTIALS).where(Person.id == person_id)).one())


def link_credentials(
    session: Session, token_hash: str, purpose: LinkPurpose, now: datetime
) -> Credentials | None:
    """Whose a one-time link is, while it works."""
    row = session.execute(
        sa.select(*_CREDENTIALS)
        .join(OneTimeLink, OneTimeLink.person_id == Person.id)
        .where(
            OneTimeLink.token_hash == token_hash,
            OneTimeLink.purpose == purpose,
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > now,
            OneTimeLink.password_epoch == Person.password_epoch,
            Person.disabled_at.is_(None),
        )
    ).one_or_none()
    return Credentials(*row) if row is not None else None


def owner_of_token(session: Session, token_hash: str) -> int | None:
    """Whose a session was, also when it has ended."""
    return session.scalar(sa.select(SignIn.person_id).where(SignIn.token_hash == token_hash))


def wait_until(session: Session, attempt: Try, tried: Tried, now: datetime) -> datetime | None:
    """When one may try again, or None when one may now."""
    ours = SignInAttempt.browser_key == attempt.browser_key
    account = (SignInAttempt.email_key == attempt.email_key, PER_ACCOUNT)
    here = SignInAttempt.address == attempt.address
    if tried is Tried.RESET:
        limits = [(here, RESETS_PER_ADDRESS)]
    elif attempt.browser_key:
        limits = [account]
    else:
        limits = [account, (here, PER_ADDRESS), (sa.true(), IN_ALL)]
    waits = []
    for condition, limit in limits:
        last_allowed = session.scalar(
            sa.select(SignInAttempt.at)
            .where(SignInAttempt.tried == tried, SignInAttempt.at > now - WINDOW, ours, condition)
            .order_by(SignInAttempt.at.desc(), SignInAttempt.id.desc())
            .offset(limit - 1)
            .limit(1)
        )
        if last_allowed is not None:
            waits.append(last_allowed + WINDOW)
    return max(waits, default=None)


def refused_until(session: Session, person_id: int, most: int, now: datetime) -> datetime | None:
    """When the person, refused `most` times within the window, is answered again; None while it was fewer."""
    last_allowed = session.scalar(
        sa.select(Event.at)
        .where(
            Event.actor_id == person_id,
            Event.kind == EventKind.ACCESS_REFUSED,
            Event.at > now - REFUSAL_WINDOW,
        )
        .order_by(Event.id.desc())
        .offset(most - 1)
        .limit(1)
    )
    return None if last_allowed is None else last_allowed + REFUSAL_WINDOW


@dataclass(frozen=True, slots=True)
class Account:
    """One's own account as its page shows it."""

    name: str
    email: str
    job_title: str
    time_zone: str
    version: int
    agency: str | None
    grants: tuple[HeldRole, ...]


@dataclass(frozen=True, slots=True)
class HeldRole:
    id: int
    role: Role
    agency: str | None
    call: str | None


def held_roles(session: Session, person_id: int) -> tuple[HeldRole, ...]:
    rows = session.execute(
        sa.select(RoleGrant.id, RoleGrant.role, Agency.name, Call.title)
        .outerjoin(Agency, Agency.id == RoleGrant.agency_id)
        .outerjoin(Call, Call.id == RoleGrant.call_id)
        .where(RoleGrant.person_id == person_id)
        .order_by(RoleGrant.id)
    )
    return tuple(HeldRole(*row) for row in rows)


def own_account(session: Session, person_id: int) -> Account:
    row = session.execute(
        sa.select(
            Person.name,
            Person.email,
            Person.job_title,
            Person.time_zone,
            Person.version,
            Agency.name.label("agency"),
        )
        .outerjoin(Agency, Agency.id == Person.agency_id)
        .where(Person.id == person_id)
    ).one()
    return Account(**row._mapping, grants=held_roles(session, person_id))


@dataclass(frozen=True, slots=True)
class LivingSignIn:
    id: int
    browser: str
    created_at: datetime
    seen_at: datetime


def living_sign_ins(
    session: Session, person_id: int, *, idle_since: datetime, begun_since: datetime
) -> list[LivingSignIn]:
    """Where the person is signed in now, the last used first."""
    rows = session.execute(
        sa.select(SignIn.id, SignIn.browser, SignIn.created_at, SignIn.seen_at)
        .join(Person, Person.id == SignIn.person_id)
        .where(
            SignIn.person_id == person_id,
            SignIn.ended_at.is_(None),
            SignIn.seen_at > idle_since,
            SignIn.created_at > begun_since,
            SignIn.password_epoch == Person.password_epoch,
        )
        .order_by(SignIn.seen_at.desc(), SignIn.id.desc())
        .limit(50)
    )
    return [LivingSignIn(*row) for row in rows]


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


def sender_of_link(session: Session, person_id: int, purpose: LinkPurpose) -> str:
    """Who had the person's latest one-time link of that purpose sent; empty where they asked for it themselves."""
    kind = EventKind.PERSON_INVITED if purpose is LinkPurpose.INVITATION else EventKind.PASSWORD_RESET_ASKED
    row = session.execute(
        sa.select(Event.actor_id, Event.actor_name)
        .where(Event.kind == kind, Event.details["person_id"].as_integer() == person_id)
        .order_by(Event.id.desc())
        .limit(1)
    ).one_or_none()
    return row.actor_name if row is not None and row.actor_id is not None else ""
