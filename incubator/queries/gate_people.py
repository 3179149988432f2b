"""People who may own a condition."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.roles import Role
from incubator.models.accounts import Person, RoleGrant
from incubator.models.pilots import Pilot
from incubator.models.proposals import Author


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
        .order_by(folded(Person.name), Person.id)
    )
    return [(row.id, row.name) for row in rows]
