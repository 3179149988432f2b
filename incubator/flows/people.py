"""What administrators do with accounts: invite, change, give and take roles, disable and enable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain import passwords
from incubator.domain.access import Action, can
from incubator.domain.errors import DomainError, Forbidden, NotFound
from incubator.domain.events import EventKind
from incubator.domain.roles import AGENCY_ROLES, Actor, Role
from incubator.domain.words import ROLES
from incubator.flows import accounts, links, mail
from incubator.flows.conflicts import apply_rules
from incubator.flows.record import record
from incubator.flows.versions import check_version, locked
from incubator.models.accounts import LinkPurpose, Person, RoleGrant, SignIn
from incubator.models.agencies import Agency
from incubator.models.calls import Call
from incubator.models.jobs import Message, MessageState
from incubator.queries.conflicts import JUDGES


@dataclass(frozen=True, slots=True)
class Scope:
    """What a role is limited to; None is no limit."""

    agency_id: int | None = None
    call_id: int | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A link that was mailed, and whose it is; the link is not kept anywhere."""

    person_id: int
    link: str


def _may(actor: Actor) -> None:
    answer = can(actor, Action.KEEP_PEOPLE)
    if not answer:
        raise Forbidden(answer.reason)


def _person(session: Session, person_id: int) -> Person:
    person = locked(session, Person, person_id)
    if person is None:
        raise NotFound
    return person


def invite(
    session: Session,
    actor: Actor,
    *,
    name: str,
    email: str,
    job_title: str = "",
    agency_id: int | None = None,
    role: Role | None = None,
    scope: Scope | None = None,
    base_url: str,
    office: str,
    now: datetime,
) -> Sent:
    """Make an account without a password and mail the link with which its owner chooses one."""
    _may(actor)
    name = accounts.check_name(name)
    address, key = _free_address(session, email)
    _check_agency(session, agency_id, "agency_id")
    person = Person(
        name=name,
        email=address,
        email_key=key,
        job_title=job_title.strip(),
        agency_id=agency_id,
        created_at=now,
    )
    session.add(person)
    session.flush()
    record(session, actor, now, EventKind.PERSON_INVITED, person=person.name, person_id=person.id)
    if role is not None:
        grant(session, actor, person_id=person.id, role=role, scope=scope or Scope(), now=now)
    return send_invitation(session, actor, person, base_url=base_url, office=office, now=now)


def _free_address(session: Session, email: str, *, of: int = 0) -> tuple[str, str]:
    address = passwords.check_email(email)
    key = passwords.email_key(address)
    if session.scalar(sa.select(Person.id).where(Person.email_key == key, Person.id != of)) is not None:
        raise DomainError("There is an account with this e-mail address already.", "email")
    return address, key


def _check_agency(session: Session, agency_id: int | None, field: str) -> str:
    if agency_id is None:
        return ""
    name = session.scalar(sa.select(Agency.name).where(Agency.id == agency_id, Agency.archived_at.is_(None)))
    if name is None:
        raise DomainError("Choose an agency from the list.", field)
    return name


def send_invitation(
    session: Session, actor: Actor, person: Person, *, base_url: str, office: str, now: datetime
) -> Sent:
    """Mail a new invitation link; the one before stops working."""
    if person.password_hash:
        raise DomainError("%(name)s has accepted the invitation already.", name=person.name)
    if person.disabled_at is not None:
        raise DomainError("The account of %(name)s is disabled. Enable it first.", name=person.name)
    token = links.make_link(session, person, LinkPurpose.INVITATION, now)
    link = links.address(base_url, LinkPurpose.INVITATION, token)
    mail.post(
        session,
        recipient_id=person.id,
        address=person.email,
        subject="Your invitation",
        body=(
            f"Hello {person.name},\n\n{actor.name} invites you to {office}.\n\n"
            f"Choose a password within seven days, then sign in with this e-mail address:\n{link}\n\n"
            "The link works once and is meant for you alone.\n"
        ),
        now=now,
    )
    return Sent(person.id, link)


def invite_again(
    session: Session, actor: Actor, person_id: int, *, base_url: str, office: str, now: datetime
) -> Sent:
    """Mail a new invitation to somebody who has not chosen a password yet."""
    _may(actor)
    person = _person(session, person_id)
    sent = send_invitation(session, actor, person, base_url=base_url, office=office, now=now)
    record(session, actor, now, EventKind.PERSON_INVITED, person=person.name, person_id=person.id)
    return sent


def change_person(
    session: Session,
    actor: Actor,
    person_id: int,
    *,
    seen: int | None,
    name: str,
    email: str,
    job_title: str,
    agency_id: int | None,
    now: datetime,
    manager: str = "",
) -> None:
    """Change somebody's details. Belonging to an agency is a conflict of interest there, not a role; so is
    managing, or being managed by, somebody who wrote a proposal. `manager` is named by e-mail address."""
    _may(actor)
    person = _person(session, person_id)
    theirs = {"name": person.name, "email": person.email, "job_title": person.job_title}
    check_version(person, seen, theirs)
    if agency_id != person.agency_id:
        _check_agency(session, agency_id, "agency_id")
    tidy_name = accounts.check_name(name)
    if email.strip() != person.email:
        address, key = _free_address(session, email, of=person.id)
    else:
        address, key = person.email, person.email_key
    if key != person.email_key:
        _tell_old_address(session, actor, person, address, now)
    person.name, person.email, person.email_key = tidy_name, address, key
    person.job_title, person.agency_id = job_title.strip(), agency_id
    manager_id = _manager(session, person, manager)
    managed_anew = person.manager_id != manager_id
    person.manager_id = manager_id
    if session.is_modified(person):
        record(session, actor, now, EventKind.PERSON_CHANGED, person=person.name, person_id=person.id)
    if managed_anew:
        apply_rules(session, now)


def _tell_old_address(session: Session, actor: Actor, person: Person, address: str, now: datetime) -> None:
    """Links for a new password go to the new address, so the old one is told."""
    mail.post(
        session,
        recipient_id=person.id,
        address=person.email,
        subject="Your email address was changed",
        body=(
            f"Hello {person.name},\n\n{actor.name} changed the email address of your account to {address}. You sign "
            "in with it from now on, and links for a new password go there.\n\n"
            "If this is a mistake, tell an administrator at once.\n"
        ),
        now=now,
    )


def _manager(session: Session, person: Person, address: str) -> int | None:
    if not address.strip():
        return None
    manager_id = session.scalar(
        sa.select(Person.id).where(Person.email_key == passwords.email_key(address.strip()))
    )
    if manager_id is None:
        raise DomainError("Nobody with this e-mail address has an account.", "manager")
    if manager_id == person.id:
        raise DomainError("Nobody is their own manager.", "manager")
    return manager_id


def grant(session: Session, actor: Actor, *, person_id: int, role: Role, scope: Scope, now: datetime) -> None:
    """Give a role, limited to an agency or a call where that is wanted."""
    _may(actor)
    person = _person(session, person_id)
    if role in AGENCY_ROLES and scope.agency_id is None:
        raise DomainError("Choose the agency: this role means nothing without one.", "scope_agency_id")
    if role is Role.ADMINISTRATOR and scope != Scope():
        raise DomainError("An administrator cannot be limited to an agency or a call.", "role")
    agency = _check_agency(session, scope.agency_id, "scope_agency_id")
    call = session.scalar(sa.select(Call.title).where(Call.id == scope.call_id)) if scope.call_id else ""
    if call is None:
        raise DomainError("Choose a call from the list.", "call_id")
    held = session.scalar(
        sa.select(RoleGrant.id).where(
            RoleGrant.person_id == person.id,
            RoleGrant.role == role,
            RoleGrant.agency_id.is_not_distinct_from(scope.agency_id),
            RoleGrant.call_id.is_not_distinct_from(scope.call_id),
        )
    )
    if held is not None:
        raise DomainError("%(name)s holds this role already.", "role", name=person.name)
    session.add(
        RoleGrant(
            person_id=person.id, role=role, agency_id=scope.agency_id, call_id=scope.call_id, granted_at=now
        )
    )
    record(session, actor, now, EventKind.ROLE_GRANTED, **_about_grant(person, role, agency, call or ""))
    if role in JUDGES:
        apply_rules(session, now, person_ids=[person.id])


def _about_grant(person: Person, role: Role, agency: str, call: str) -> dict[str, Any]:
    places = [place for place in (agency, call) if place]
    return {
        "person": person.name,
        "person_id": person.id,
        "role": ROLES[role].staff,
        "scope": f" for {' and '.join(places)}" if places else "",
    }


def revoke(session: Session, actor: Actor, *, person_id: int, grant_id: int, now: datetime) -> None:
    """Take a role away; it counts from the person's next request on."""
    _may(actor)
    person = _person(session, person_id)
    row = session.execute(
        sa.select(RoleGrant, Agency.name, Call.title)
        .outerjoin(Agency, Agency.id == RoleGrant.agency_id)
        .outerjoin(Call, Call.id == RoleGrant.call_id)
        .where(RoleGrant.id == grant_id, RoleGrant.person_id == person.id)
    ).one_or_none()
    if row is None:
        raise NotFound
    held, agency, call = row
    if held.role is Role.ADMINISTRATOR:
        _keep_one_administrator(session, besides=person.id)
    session.delete(held)
    record(
        session,
        actor,
        now,
        EventKind.ROLE_REVOKED,
        **_about_grant(person, held.role, agency or "", call or ""),
    )


def _keep_one_administrator(session: Session, *, besides: int) -> None:
    """Raise DomainError unless somebody else can still administer. Two who remove each other at once
    wait for one another on the administrators' grants."""
    grants = session.execute(
        sa.select(RoleGrant.person_id)
        .where(RoleGrant.role == Role.ADMINISTRATOR)
        .order_by(RoleGrant.id)
        .with_for_update()
    ).scalars()
    others = session.scalar(
        sa.select(sa.func.count())
        .select_from(Person)
        .where(
            Person.id.in_(set(grants) - {besides}),
            Person.disabled_at.is_(None),
            Person.password_hash != "",
        )
    )
    if not others:
        raise DomainError(
            "This is the last administrator. Make somebody else an administrator first, and wait until they "
            "have accepted."
        )


def disable(session: Session, actor: Actor, person_id: int, now: datetime) -> None:
    """Close an account: the person's next request is refused, and mail that waits for them is not sent. What they did
    stays under their name."""
    _may(actor)
    if person_id == actor.person_id:
        raise DomainError("You cannot disable your own account. Ask another administrator.")
    person = _person(session, person_id)
    if person.disabled_at is not None:
        return
    held = session.scalar(
        sa.select(RoleGrant.id).where(RoleGrant.person_id == person.id, RoleGrant.role == Role.ADMINISTRATOR)
    )
    if held is not None:
        _keep_one_administrator(session, besides=person.id)
    person.disabled_at = now
    session.execute(
        sa.update(SignIn).where(SignIn.person_id == person.id, SignIn.ended_at.is_(None)).values(ended_at=now)
    )
    session.execute(
        sa.delete(Message).where(Message.recipient_id == person.id, Message.state == MessageState.WAITING)
    )
    record(session, actor, now, EventKind.PERSON_DISABLED, person=person.name, person_id=person.id)


def enable(session: Session, actor: Actor, person_id: int, now: datetime) -> None:
    """Open a disabled account again; the person signs in with the password of before."""
    _may(actor)
    person = _person(session, person_id)
    if person.disabled_at is None:
        return
    person.disabled_at = None
    record(session, actor, now, EventKind.PERSON_ENABLED, person=person.name, person_id=person.id)


def sign_out(session: Session, actor: Actor, person_id: int, now: datetime) -> int:
    """End somebody's sessions everywhere; how many there were."""
    _may(actor)
    return accounts.end_every_sign_in(session, actor, _person(session, person_id), now)


def send_reset(
    session: Session, actor: Actor, person_id: int, *, base_url: str, office: str, now: datetime
) -> Sent:
    """Mail somebody a link to choose a new password."""
    _may(actor)
    person = _person(session, person_id)
    if person.disabled_at is not None or not person.password_hash:
        raise DomainError("%(name)s has no password to replace.", name=person.name)
    link = accounts.send_reset(session, actor, person, now, base_url=base_url, office=office)
    return Sent(person.id, link)
