"""People around a call's reviewing: who could be on its list, who is told, and names."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.roles import Role
from incubator.models.accounts import Person, RoleGrant
from incubator.models.agencies import Agency
from incubator.models.assignment import CallReviewer
from incubator.models.conflicts import Conflict
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from incubator.queries.visibility import stands


@dataclass(frozen=True, slots=True)
class CouldReview:
    """Somebody with the role of reviewer in a call who is not on its list yet."""

    id: int
    name: str
    agency_name: str | None


def could_review(session: Session, call_id: int) -> list[CouldReview]:
    """People with the role in reach of the call who are not on its list, by name."""
    listed = sa.exists().where(CallReviewer.call_id == call_id, CallReviewer.person_id == Person.id)
    holds = sa.exists().where(
        RoleGrant.person_id == Person.id,
        RoleGrant.role == Role.REVIEWER,
        sa.or_(RoleGrant.call_id.is_(None), RoleGrant.call_id == call_id),
    )
    rows = session.execute(
        sa.select(Person.id, Person.name, Agency.name.label("agency_name"))
        .outerjoin(Agency, Agency.id == Person.agency_id)
        .where(Person.disabled_at.is_(None), holds, ~listed)
        .order_by(folded(Person.name), Person.id)
    )
    return [CouldReview(row.id, row.name, row.agency_name) for row in rows]


def coordinators_of(session: Session, call_id: int | None, proposal_id: int) -> list[tuple[int, str]]:
    """Who is told about a proposal's reviewers: coordinators of the whole call without a conflict of interest
    with it and without a review of it, by id, with their addresses."""
    holds = sa.exists().where(
        RoleGrant.person_id == Person.id,
        RoleGrant.role == Role.COORDINATOR,
        RoleGrant.agency_id.is_(None),
        sa.or_(RoleGrant.call_id.is_(None), RoleGrant.call_id == call_id),
    )
    belongs = sa.or_(
        Person.agency_id == Proposal.agency_id,
        sa.exists().where(
            RoleGrant.person_id == Person.id,
            RoleGrant.role.in_((Role.SUBMITTER, Role.AGENCY_LEAD)),
            RoleGrant.agency_id == Proposal.agency_id,
        ),
    )
    reviews = sa.exists().where(Review.proposal_id == Proposal.id, Review.reviewer_id == Person.id)
    conflicted = sa.exists().where(
        Conflict.proposal_id == Proposal.id, Conflict.person_id == Person.id, stands()
    )
    rows = session.execute(
        sa.select(Person.id, Person.email)
        .select_from(Person)
        .join(Proposal, Proposal.id == proposal_id)
        .where(
            Person.disabled_at.is_(None),
            holds,
            ~sa.func.coalesce(belongs, sa.false()),
            ~reviews,
            ~conflicted,
        )
        .order_by(Person.id)
    )
    return [(row.id, row.email) for row in rows]


def names_of(session: Session, ids: Collection[int]) -> dict[int, str]:
    """People's names by id."""
    rows = session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(ids)).order_by(Person.id))
    return {row.id: row.name for row in rows}
