"""The plan of a pilot as its pages show it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.database import folded
from incubator.domain.evaluation import Design
from incubator.domain.pilots import PRACTICES
from incubator.domain.roles import Role
from incubator.models.accounts import Person, RoleGrant
from incubator.models.pilots import Pilot, Site
from incubator.models.proposals import Proposal


@dataclass(frozen=True, slots=True)
class PlanRow:
    """The plan with its people's names; all empty, with version 0, before anybody saved one."""

    id: int | None = None
    lead_id: int | None = None
    lead_name: str | None = None
    product_owner_id: int | None = None
    owner_name: str | None = None
    starts_on: date | None = None
    ends_on: date | None = None
    objectives: str = ""
    methodology: str = ""
    scalability: str = ""
    analysis: str = ""
    communication: str = ""
    question: str = ""
    design: Design | None = None
    comparison: str = ""
    exit_plan: str = ""
    lesson: str = ""
    launched_at: datetime | None = None
    version: int = 0
    site_count: int = 0
    participants: int | None = None

    @property
    def unwritten(self) -> tuple[str, ...]:
        """The names of the practices nobody has written down yet."""
        return tuple(name for field, name in PRACTICES.items() if not getattr(self, field).strip())


@dataclass(frozen=True, slots=True)
class SiteRow:
    id: int
    name: str
    participants: int | None
    starts_on: date | None
    note: str


@cache
def _plan_statement() -> sa.Select[Any]:
    """Built once: putting a statement together costs more than running it."""
    lead, owner = aliased(Person), aliased(Person)
    standing = sa.and_(Site.pilot_id == Pilot.id, Site.removed_at.is_(None))
    return (
        sa.select(
            Pilot.id,
            Pilot.lead_id,
            lead.name.label("lead_name"),
            Pilot.product_owner_id,
            owner.name.label("owner_name"),
            Pilot.starts_on,
            Pilot.ends_on,
            *(getattr(Pilot, field) for field in PRACTICES),
            Pilot.question,
            Pilot.design,
            Pilot.comparison,
            Pilot.exit_plan,
            Pilot.lesson,
            Pilot.launched_at,
            Pilot.version,
            sa.select(sa.func.count(Site.id)).where(standing).scalar_subquery().label("site_count"),
            sa.select(sa.func.sum(Site.participants)).where(standing).scalar_subquery().label("participants"),
        )
        .outerjoin(lead, lead.id == Pilot.lead_id)
        .outerjoin(owner, owner.id == Pilot.product_owner_id)
        .where(Pilot.proposal_id == sa.bindparam("proposal_id"))
    )


def plan_of(session: Session, proposal_id: int) -> PlanRow:
    row = session.execute(_plan_statement(), {"proposal_id": proposal_id}).one_or_none()
    return PlanRow() if row is None else PlanRow(**row._mapping)


def technology_of(session: Session, proposal_id: int) -> str:
    """The kind of technology the proposal named; empty when it named none."""
    return session.scalar(sa.select(Proposal.technology).where(Proposal.id == proposal_id)) or ""


def sites_of(session: Session, proposal_id: int) -> list[SiteRow]:
    rows = session.execute(
        sa.select(Site.id, Site.name, Site.participants, Site.starts_on, Site.note)
        .join(Pilot, Pilot.id == Site.pilot_id)
        .where(Pilot.proposal_id == proposal_id, Site.removed_at.is_(None))
        .order_by(folded(Site.name), Site.id)
    )
    return [SiteRow(**row._mapping) for row in rows]


def find_site(session: Session, proposal_id: int, site_id: int) -> SiteRow | None:
    return next((site for site in sites_of(session, proposal_id) if site.id == site_id), None)


def possible_leads(session: Session, current_id: int | None) -> list[tuple[int, str]]:
    """People who may lead a pilot: with that role or coordinators; whoever leads it now stays on the list."""
    holds = sa.exists().where(
        RoleGrant.person_id == Person.id, RoleGrant.role.in_((Role.PILOT_LEAD, Role.COORDINATOR))
    )
    return _people(session, holds, current_id)


def possible_owners(session: Session, agency_id: int, current_id: int | None) -> list[tuple[int, str]]:
    """People of the agency, by employment or by role; whoever owns the product now stays on the list."""
    belongs = sa.or_(
        Person.agency_id == agency_id,
        sa.exists().where(RoleGrant.person_id == Person.id, RoleGrant.agency_id == agency_id),
    )
    return _people(session, belongs, current_id)


def _people(
    session: Session, condition: sa.ColumnElement[bool], current_id: int | None
) -> list[tuple[int, str]]:
    rows = session.execute(
        sa.select(Person.id, Person.name)
        .where(sa.or_(Person.id == (current_id or 0), sa.and_(Person.disabled_at.is_(None), condition)))
        .order_by(folded(Person.name), Person.id)
    )
    return [(row.id, row.name) for row in rows]
