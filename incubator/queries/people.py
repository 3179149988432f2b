"""The administrator's lists of people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.database import folded
from incubator.domain.events import EventKind
from incubator.domain.folding import fold
from incubator.domain.roles import Role
from incubator.models.accounts import Person, RoleGrant, SignIn
from incubator.models.agencies import Agency
from incubator.models.calls import Call
from incubator.models.history import Event
from incubator.queries.accounts import HeldRole, held_roles


class AccountState(StrEnum):
    ACTIVE = "active"
    INVITED = "invited"
    DISABLED = "disabled"


SORTS: dict[str, Any] = {
    "name": folded(Person.name),
    "email": Person.email_key,
    "agency": folded(sa.func.coalesce(Agency.name, "")),
    "seen": sa.literal_column("last_seen"),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the list; None and "" mean any."""

    text: str = ""
    role: Role | None = None
    agency_id: int | None = None
    state: AccountState | None = None


@dataclass(frozen=True, slots=True)
class ListedPerson:
    id: int
    name: str
    email: str
    job_title: str
    agency: str | None
    state: AccountState
    last_seen: datetime | None
    roles: tuple[Role, ...]


def state_of(password_hash: str, disabled_at: datetime | None) -> AccountState:
    if disabled_at is not None:
        return AccountState.DISABLED
    return AccountState.ACTIVE if password_hash else AccountState.INVITED


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    for word in wanted.text.split()[:5]:
        conditions.append(
            sa.or_(
                folded(Person.name).contains(fold(word), autoescape=True),
                folded(Person.email).contains(fold(word), autoescape=True),
                folded(Person.job_title).contains(fold(word), autoescape=True),
            )
        )
    if wanted.role is not None:
        conditions.append(sa.exists().where(RoleGrant.person_id == Person.id, RoleGrant.role == wanted.role))
    if wanted.agency_id is not None:
        conditions.append(
            sa.or_(
                Person.agency_id == wanted.agency_id,
                sa.exists().where(RoleGrant.person_id == Person.id, RoleGrant.agency_id == wanted.agency_id),
            )
        )
    if wanted.state is AccountState.DISABLED:
        conditions.append(Person.disabled_at.is_not(None))
    elif wanted.state is not None:
        conditions.append(Person.disabled_at.is_(None))
        accepted = wanted.state is AccountState.ACTIVE
        conditions.append(Person.password_hash != "" if accepted else Person.password_hash == "")
    return conditions


def count_people(session: Session, wanted: Wanted) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Person).where(*_conditions(wanted))) or 0


def list_people(
    session: Session, wanted: Wanted, *, sort: str, descending: bool, offset: int, size: int
) -> list[ListedPerson]:
    """One page of people with their roles, in two statements."""
    last_seen = sa.select(sa.func.max(SignIn.seen_at)).where(SignIn.person_id == Person.id).scalar_subquery()
    order = SORTS[sort].desc().nulls_last() if descending else SORTS[sort].asc().nulls_last()
    rows = session.execute(
        sa.select(
            Person.id,
            Person.name,
            Person.email,
            Person.job_title,
            Agency.name.label("agency"),
            Person.password_hash,
            Person.disabled_at,
            sa.type_coerce(last_seen, Person.created_at.type).label("last_seen"),
        )
        .outerjoin(Agency, Agency.id == Person.agency_id)
        .where(*_conditions(wanted))
        .order_by(order, Person.id)
        .offset(offset)
        .limit(size)
    ).all()
    roles: dict[int, list[Role]] = {}
    held = session.execute(
        sa.select(RoleGrant.person_id, RoleGrant.role)
        .where(RoleGrant.person_id.in_([row.id for row in rows]))
        .order_by(RoleGrant.id)
    )
    for person_id, role in held:
        known = roles.setdefault(person_id, [])
        if role not in known:
            known.append(role)
    return [
        ListedPerson(
            row.id,
            row.name,
            row.email,
            row.job_title,
            row.agency,
            state_of(row.password_hash, row.disabled_at),
            row.last_seen,
            tuple(roles.get(row.id, ())),
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class PersonDetails:
    id: int
    name: str
    email: str
    job_title: str
    agency_id: int | None
    agency: str | None
    manager: str
    manager_name: str
    state: AccountState
    created_at: datetime
    disabled_at: datetime | None
    version: int
    grants: tuple[HeldRole, ...]


def find_person(session: Session, person_id: int) -> PersonDetails | None:
    manager = aliased(Person)
    row = session.execute(
        sa.select(Person, Agency.name, manager.email, manager.name)
        .outerjoin(Agency, Agency.id == Person.agency_id)
        .outerjoin(manager, manager.id == Person.manager_id)
        .where(Person.id == person_id)
    ).one_or_none()
    if row is None:
        return None
    person, agency, manager_email, manager_name = row
    return PersonDetails(
        id=person.id,
        name=person.name,
        email=person.email,
        job_title=person.job_title,
        agency_id=person.agency_id,
        agency=agency,
        manager=manager_email or "",
        manager_name=manager_name or "",
        state=state_of(person.password_hash, person.disabled_at),
        created_at=person.created_at,
        disabled_at=person.disabled_at,
        version=person.version,
        grants=held_roles(session, person.id),
    )


ABOUT = (
    EventKind.PERSON_INVITED,
    EventKind.INVITATION_ACCEPTED,
    EventKind.PERSON_CHANGED,
    EventKind.PERSON_DISABLED,
    EventKind.PERSON_ENABLED,
    EventKind.ROLE_GRANTED,
    EventKind.ROLE_REVOKED,
    EventKind.SIGNED_OUT_EVERYWHERE,
    EventKind.PASSWORD_CHANGED,
    EventKind.PASSWORD_RESET_ASKED,
)
BY = (EventKind.SIGNED_IN, EventKind.SIGNED_OUT, EventKind.ACCESS_REFUSED)


@dataclass(frozen=True, slots=True)
class AccountEvent:
    id: int
    at: datetime
    kind: EventKind
    actor_name: str
    details: dict[str, Any]


def account_events(session: Session, person_id: int, limit: int = 15) -> list[AccountEvent]:
    """What happened to an account and how it was used, the newest first."""
    columns = sa.select(Event.id, Event.at, Event.kind, Event.actor_name, Event.details)
    newest = (
        columns.where(Event.kind.in_(kinds), condition).order_by(Event.id.desc()).limit(limit)
        for kinds, condition in (
            (ABOUT, Event.details["person_id"].as_integer() == person_id),
            (BY, Event.actor_id == person_id),
        )
    )
    found = [AccountEvent(*row) for statement in newest for row in session.execute(statement)]
    return sorted(found, key=lambda event: event.id, reverse=True)[:limit]


def agency_choices(session: Session) -> list[tuple[int, str]]:
    """Agencies one can belong to, by name."""
    rows = session.execute(
        sa.select(Agency.id, Agency.name)
        .where(Agency.archived_at.is_(None))
        .order_by(folded(Agency.name), Agency.id)
    )
    return [(row.id, row.name) for row in rows]


def call_choices(session: Session) -> list[tuple[int, str]]:
    """Calls a role can be limited to, the latest first."""
    rows = session.execute(
        sa.select(Call.id, Call.title)
        .where(Call.archived_at.is_(None))
        .order_by(Call.opens_at.desc(), Call.id)
    )
    return [(row.id, row.title) for row in rows]
