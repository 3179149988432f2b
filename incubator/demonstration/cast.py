"""Agencies, units, themes and people of the demonstration, found again by their keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from incubator.demonstration import illustrated as ill
from incubator.demonstration.facts import Demonstration
from incubator.domain.events import EventKind
from incubator.domain.passwords import email_key, hash_password
from incubator.domain.roles import AGENCY_ROLES, SYSTEM, Actor, Grant, Role
from incubator.flows.record import record
from incubator.models.accounts import Person, RoleGrant
from incubator.models.agencies import Agency, Theme, Unit

PASSWORD = "try small and learn fast"  # noqa: S105 - printed for everybody who opens the demonstration

OFFICE_ROLES = frozenset(
    {Role.COORDINATOR, Role.GATEKEEPER, Role.EVALUATOR, Role.LEADERSHIP, Role.ADMINISTRATOR}
)
"""People with these roles alone belong to the incubator's office: no agency, so no conflict with one."""

TECHNOLOGIES = {
    "ai": "artificial_intelligence",
    "api": "data",
    "automation": "automation",
    "data": "data",
    "geo": "mapping",
    "guidance": "other",
    "identity": "identity",
    "platform": "infrastructure",
    "sensor": "mapping",
    "tools": "other",
    "web": "digital_service",
}


@dataclass(slots=True)
class Cast:
    session: Session
    agencies: dict[str, Agency] = field(default_factory=dict)
    units: dict[tuple[str, str], Unit] = field(default_factory=dict)
    themes: dict[str, Theme] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)

    def number(self, agency: Agency) -> str:
        """The agency's next record number."""
        number = f"{agency.code}-{agency.next_number:04}"
        agency.next_number += 1
        return number

    def lead_of(self, agency: Agency) -> Actor:
        """Who signs off for the agency."""
        return next(actor for actor in self.actors.values() if agency.id in actor.agencies(Role.AGENCY_LEAD))


def load_cast(session: Session, facts: Demonstration, now: datetime) -> Cast:
    cast = Cast(session)
    for theme in facts.themes:
        cast.themes[theme.key] = Theme(name=theme.title)
    session.add_all(cast.themes.values())
    for source in facts.agencies:
        _add_agency(cast, source.code, source.name, now)
        for unit in source.units:
            row = Unit(agency_id=cast.agencies[source.code].id, name=unit.name)
            session.add(row)
            cast.units[source.code, unit.code] = row
    session.flush()
    secret = hash_password(PASSWORD)
    for person in facts.illustration.people:
        _add_person(cast, person, secret, now)
    _name_account_people(cast)
    session.flush()
    return cast


def _add_agency(cast: Cast, code: str, name: str, now: datetime) -> None:
    agency = Agency(code=code, name=name)
    cast.session.add(agency)
    cast.session.flush()
    cast.agencies[code] = agency
    record(cast.session, SYSTEM, now, EventKind.AGENCY_CREATED, agency_id=agency.id, agency=name)


def add_agency(cast: Cast, code: str, name: str, now: datetime) -> Agency:
    """An agency that is not among the offices of the main source."""
    if code not in cast.agencies:
        _add_agency(cast, code, name, now)
    return cast.agencies[code]


def _add_person(cast: Cast, source: ill.Person, secret: str, now: datetime) -> None:
    unit = cast.units.get((source.agency, source.unit)) if source.unit else None
    of_the_office = OFFICE_ROLES.issuperset(Role(role.value) for role in source.roles)
    person = Person(
        name=source.name,
        email=source.email,
        email_key=email_key(source.email),
        job_title=source.title,
        agency_id=None if of_the_office else cast.agencies[source.agency].id,
        unit_id=unit.id if unit and not of_the_office else None,
        password_hash=secret,
        password_epoch=1,
        created_at=now,
    )
    cast.session.add(person)
    cast.session.flush()
    grants = []
    for role in (Role(role.value) for role in source.roles):
        limits = source.limited_to or ((source.agency,) if role in AGENCY_ROLES else (None,))
        for code in limits:
            agency_id = cast.agencies[code].id if code else None
            cast.session.add(RoleGrant(person_id=person.id, role=role, agency_id=agency_id, granted_at=now))
            grants.append(Grant(role, agency_id))
    cast.people[source.key] = person
    cast.actors[source.key] = Actor(
        person_id=person.id, name=person.name, agency_id=person.agency_id, grants=tuple(grants)
    )
    record(cast.session, SYSTEM, now, EventKind.PERSON_INVITED, person=person.name)


def _name_account_people(cast: Cast) -> None:
    """The relationship manager and the IT director of each agency, from the roles people hold."""
    manager = cast.people.get("relationship-manager")
    director = cast.people.get("agency-lead")
    for agency in cast.agencies.values():
        agency.relationship_manager_id = manager.id if manager else None
        led = director is not None and agency.id in cast.actors["agency-lead"].agencies(Role.AGENCY_LEAD)
        agency.it_director_id = director.id if director is not None and led else None
