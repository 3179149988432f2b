"""Who is meant when the readiness list says whose move it is."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.reviews import OPEN_STATES
from incubator.domain.roles import Role
from incubator.models.accounts import Person, RoleGrant
from incubator.models.pilots import Pilot
from incubator.models.proposals import Author
from incubator.models.reviews import Review

NAMED_ROLES = (Role.AGENCY_LEAD, Role.COORDINATOR, Role.EVALUATOR)
MOST_NAMES = 3


def movers(
    session: Session, proposal_id: int, agency_id: int, call_id: int | None
) -> Mapping[Role, list[str]]:
    """The names of the people behind each role for this record, in one statement.

    A role that too many people hold names nobody: then it is the office's move, not a person's.
    """
    grants = (
        sa.select(RoleGrant.role.label("role"), Person.name)
        .join(Person, Person.id == RoleGrant.person_id)
        .where(
            RoleGrant.role.in_(NAMED_ROLES),
            sa.or_(RoleGrant.agency_id.is_(None), RoleGrant.agency_id == agency_id),
            sa.or_(RoleGrant.call_id.is_(None), RoleGrant.call_id == call_id),
            Person.disabled_at.is_(None),
        )
    )
    lead = (
        sa.select(_as_role(Role.PILOT_LEAD), Person.name)
        .join(Pilot, Pilot.lead_id == Person.id)
        .where(Pilot.proposal_id == proposal_id)
    )
    reviewers = (
        sa.select(_as_role(Role.REVIEWER), Person.name)
        .join(Review, Review.reviewer_id == Person.id)
        .where(Review.proposal_id == proposal_id, Review.state.in_(OPEN_STATES))
    )
    found: dict[Role, list[str]] = {}
    for role, name in session.execute(sa.union(grants, lead, reviewers).order_by("name")):
        found.setdefault(role, []).append(name)
    return {role: names for role, names in found.items() if len(names) <= MOST_NAMES}


def _as_role(role: Role) -> sa.Label[Role]:
    return sa.cast(sa.literal(role.value), RoleGrant.role.type).label("role")


def around(session: Session, proposal_id: int, agency_id: int) -> list[tuple[int, str]]:
    """People who may own a condition: those who lead, own, wrote or answer for the record."""
    ties = (
        sa.select(Pilot.lead_id).where(Pilot.proposal_id == proposal_id),
        sa.select(Pilot.product_owner_id).where(Pilot.proposal_id == proposal_id),
        sa.select(Author.person_id).where(Author.proposal_id == proposal_id),
        sa.select(RoleGrant.person_id).where(
            sa.or_(
                sa.and_(RoleGrant.role == Role.AGENCY_LEAD, RoleGrant.agency_id == agency_id),
                sa.and_(
                    RoleGrant.role.in_((Role.COORDINATOR, Role.EVALUATOR)),
                    sa.or_(RoleGrant.agency_id.is_(None), RoleGrant.agency_id == agency_id),
                ),
            )
        ),
    )
    rows = session.execute(
        sa.select(Person.id, Person.name)
        .where(sa.or_(*(Person.id.in_(tie) for tie in ties)), Person.disabled_at.is_(None))
        .order_by(Person.name, Person.id)
    )
    return [(row.id, row.name) for row in rows]
