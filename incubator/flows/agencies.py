"""Agencies themselves, their units and contacts."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, can, can_on_agency
from incubator.domain.agency_names import CODE, name_key, similar_names
from incubator.domain.errors import DomainError, Forbidden, NotFound
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.flows.record import record
from incubator.flows.versions import check_version, locked
from incubator.models.accounts import Person
from incubator.models.agencies import Agency, AgencyName, Contact, Unit


@dataclass(frozen=True, slots=True)
class AgencyDetails:
    """What an administrator says of an agency; the people by id, None where there is none yet."""

    name: str
    purpose: str = ""
    website: str = ""
    relationship_manager_id: int | None = None
    it_director_id: int | None = None


@dataclass(frozen=True, slots=True)
class ContactDetails:
    name: str
    job_title: str = ""
    email: str = ""
    phone: str = ""


def check_on_agency(actor: Actor, action: Action, agency_id: int) -> None:
    """Raise unless the actor may do this on the agency's account."""
    answer = can_on_agency(actor, action, agency_id)
    if not answer:
        raise Forbidden(answer.reason) if answer.known else NotFound


def create_agency(
    session: Session,
    actor: Actor,
    now: datetime,
    code: str,
    details: AgencyDetails,
    *,
    distinct: bool = False,
) -> Agency:
    """Add an agency. `distinct` says that it is no other than those with a similar name.

    The code begins its records' numbers, so it is never changed afterwards.
    """
    _check_administrator(actor)
    code = code.strip().upper()
    if not CODE.fullmatch(code):
        raise DomainError("Use 2 to 8 letters and digits, beginning with a letter: for example CDOT.", "code")
    if session.scalar(sa.select(Agency.id).where(Agency.code == code)) is not None:
        raise DomainError("Another agency has the code %(code)s.", "code", code=code)
    _check_details(session, details, distinct=distinct)
    agency = Agency(code=code, **asdict(details))
    session.add(agency)
    session.flush()
    record(session, actor, now, EventKind.AGENCY_CREATED, agency_id=agency.id, agency=agency.name)
    return agency


def change_agency(
    session: Session,
    actor: Actor,
    now: datetime,
    agency_id: int,
    details: AgencyDetails,
    *,
    seen: int | None,
    distinct: bool = False,
) -> Agency:
    """Change an agency's name, purpose, address and people."""
    _check_administrator(actor)
    agency = locked_agency(session, agency_id)
    check_version(agency, seen)
    _check_details(session, details, distinct=distinct or details.name == agency.name, own=agency)
    changed = sorted(name for name, value in asdict(details).items() if getattr(agency, name) != value)
    if not changed:
        return agency
    if "name" in changed:
        _keep_former_name(session, agency, details.name)
    for name in changed:
        setattr(agency, name, getattr(details, name))
    record(
        session,
        actor,
        now,
        EventKind.AGENCY_CHANGED,
        agency_id=agency.id,
        agency=agency.name,
        changed=changed,
    )
    return agency


def _keep_former_name(session: Session, agency: Agency, new: str) -> None:
    """The old name still finds the agency in files; the new one is nobody's other name any more."""
    session.execute(sa.delete(AgencyName).where(AgencyName.key == name_key(new)))
    key = name_key(agency.name)
    if key != name_key(new) and session.scalar(sa.select(AgencyName.id).where(AgencyName.key == key)) is None:
        session.add(AgencyName(agency_id=agency.id, name=agency.name, key=key))


def archive_agency(
    session: Session, actor: Actor, now: datetime, agency_id: int, *, archived: bool = True
) -> None:
    """Take an agency off the lists, or put it back. Its records stay."""
    _check_administrator(actor)
    agency = locked_agency(session, agency_id)
    if (agency.archived_at is not None) == archived:
        return
    agency.archived_at = now if archived else None
    record(
        session,
        actor,
        now,
        EventKind.AGENCY_CHANGED,
        agency_id=agency.id,
        agency=agency.name,
        changed=["archived_at"],
    )


def add_unit(session: Session, actor: Actor, now: datetime, agency_id: int, name: str) -> Unit:
    """Add a unit; one of that name that was archived comes back instead."""
    _check_administrator(actor)
    locked_agency(session, agency_id)
    existing = _unit_named(session, agency_id, name)
    if existing is not None:
        if existing.archived_at is None:
            raise DomainError("There is a unit of that name already.", "name")
        archive_unit(session, actor, now, existing.id, archived=False)
        return existing
    unit = Unit(agency_id=agency_id, name=_unit_name(name))
    session.add(unit)
    record(session, actor, now, EventKind.UNIT_CREATED, agency_id=agency_id, unit=unit.name)
    return unit


def rename_unit(session: Session, actor: Actor, now: datetime, unit_id: int, name: str) -> Unit:
    _check_administrator(actor)
    unit = _unit(session, unit_id)
    same = _unit_named(session, unit.agency_id, name)
    if same is not None and same.id != unit.id:
        raise DomainError("There is a unit of that name already.", "name")
    if unit.name != _unit_name(name):
        unit.name = _unit_name(name)
        record(session, actor, now, EventKind.UNIT_CHANGED, agency_id=unit.agency_id, unit=unit.name)
    return unit


def archive_unit(
    session: Session, actor: Actor, now: datetime, unit_id: int, *, archived: bool = True
) -> Unit:
    _check_administrator(actor)
    unit = _unit(session, unit_id)
    if (unit.archived_at is not None) != archived:
        unit.archived_at = now if archived else None
        record(session, actor, now, EventKind.UNIT_CHANGED, agency_id=unit.agency_id, unit=unit.name)
    return unit


def add_contact(
    session: Session, actor: Actor, now: datetime, agency_id: int, details: ContactDetails
) -> Contact:
    check_on_agency(actor, Action.KEEP_AGENCY, agency_id)
    if not details.name.strip():
        raise DomainError("Enter the contact's name.", "name")
    if details.email and ("@" not in details.email or " " in details.email):
        raise DomainError("Enter an e-mail address like name@example.gov.", "email")
    contact = Contact(agency_id=agency_id, **asdict(details))
    session.add(contact)
    record(session, actor, now, EventKind.CONTACT_ADDED, agency_id=agency_id, contact=contact.name)
    return contact


def remove_contact(
    session: Session, actor: Actor, now: datetime, contact_id: int, *, removed: bool = True
) -> Contact:
    """Take a contact off the page, or put it back."""
    contact = locked(session, Contact, contact_id)
    if contact is None:
        raise NotFound
    check_on_agency(actor, Action.KEEP_AGENCY, contact.agency_id)
    if (contact.removed_at is not None) != removed:
        contact.removed_at = now if removed else None
        kind = EventKind.CONTACT_REMOVED if removed else EventKind.CONTACT_ADDED
        record(session, actor, now, kind, agency_id=contact.agency_id, contact=contact.name)
    return contact


def locked_agency(session: Session, agency_id: int) -> Agency:
    """The agency, held until the transaction ends: changes to its lists wait for each other."""
    agency = locked(session, Agency, agency_id)
    if agency is None:
        raise NotFound
    return agency


def _check_administrator(actor: Actor) -> None:
    answer = can(actor, Action.KEEP_AGENCIES)
    if not answer:
        raise Forbidden(answer.reason)


def _check_details(
    session: Session, details: AgencyDetails, *, distinct: bool, own: Agency | None = None
) -> None:
    if not details.name.strip():
        raise DomainError("Enter the agency's name.", "name")
    names = session.execute(sa.select(Agency.id, Agency.name)).all()
    others = [row.name for row in names if own is None or row.id != own.id]
    key = name_key(details.name)
    if any(name_key(other) == key for other in others):
        raise DomainError("There is an agency of that name already.", "name")
    alike = similar_names(details.name, others)
    if alike and not distinct:
        raise DomainError(
            "This may be the same as %(names)s. If it is another agency, say so below and save again.",
            "name",
            names=", ".join(f"“{name}”" for name in alike[:3]),
        )
    if details.website and urlsplit(details.website).scheme not in ("http", "https"):
        raise DomainError("Enter an address that begins with https://.", "website")
    for field, person_id in (
        ("relationship_manager_id", details.relationship_manager_id),
        ("it_director_id", details.it_director_id),
    ):
        unchanged = own is not None and getattr(own, field) == person_id
        if person_id is not None and not unchanged and not _active(session, person_id):
            raise DomainError("Choose somebody whose account is in use.", field)


def _active(session: Session, person_id: int) -> bool:
    statement = sa.select(Person.id).where(Person.id == person_id, Person.disabled_at.is_(None))
    return session.scalar(statement) is not None


def _unit(session: Session, unit_id: int) -> Unit:
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound
    locked_agency(session, unit.agency_id)
    return unit


def _unit_name(name: str) -> str:
    cleaned = " ".join(name.split())
    if not cleaned:
        raise DomainError("Enter the unit's name.", "name")
    return cleaned


def _unit_named(session: Session, agency_id: int, name: str) -> Unit | None:
    key = name_key(_unit_name(name))
    units = session.scalars(sa.select(Unit).where(Unit.agency_id == agency_id).order_by(Unit.id))
    return next((unit for unit in units if name_key(unit.name) == key), None)
