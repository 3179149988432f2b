"""What somebody is still responsible for: asked before their account is deactivated."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.stages import Stage
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.calls import Call
from incubator.models.gates import Condition
from incubator.models.pilots import Pilot
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from incubator.queries.reviews import still_owed


class DutyKind(StrEnum):
    REVIEW = "review"
    PILOT_LEAD = "pilot_lead"
    PRODUCT_OWNER = "product_owner"
    CONDITION = "condition"
    CHAIR = "chair"
    RELATIONSHIP = "relationship"
    IT_DIRECTOR = "it_director"


@dataclass(frozen=True, slots=True)
class Duty:
    """One open duty: `ref` is a record's number, a call's slug or an agency's code, `row_id` the row that names the
    person."""

    kind: DutyKind
    ref: str
    title: str
    row_id: int


def duties_of(session: Session, person_id: int) -> list[Duty]:
    """Open reviews, pilots, conditions, panels and agencies of somebody, in one statement, by kind and title."""
    under_way = Proposal.stage != Stage.CLOSED

    def part(kind: DutyKind, ref: object, title: object, row_id: object) -> Any:
        return sa.select(
            sa.literal(kind.value, sa.Text()).label("kind"),
            sa.type_coerce(ref, sa.Text()).label("ref"),
            sa.type_coerce(title, sa.Text()).label("title"),
            sa.type_coerce(row_id, sa.Integer()).label("row_id"),
        )

    parts = (
        part(DutyKind.REVIEW, Proposal.number, Proposal.title, Review.id)
        .join_from(Review, Proposal, Proposal.id == Review.proposal_id)
        .where(Review.reviewer_id == person_id, still_owed()),
        part(DutyKind.PILOT_LEAD, Proposal.number, Proposal.title, Pilot.id)
        .join_from(Pilot, Proposal, Proposal.id == Pilot.proposal_id)
        .where(Pilot.lead_id == person_id, under_way),
        part(DutyKind.PRODUCT_OWNER, Proposal.number, Proposal.title, Pilot.id)
        .join_from(Pilot, Proposal, Proposal.id == Pilot.proposal_id)
        .where(Pilot.product_owner_id == person_id, under_way),
        part(DutyKind.CONDITION, Proposal.number, Condition.text, Condition.id)
        .join_from(Condition, Proposal, Proposal.id == Condition.proposal_id)
        .where(Condition.owner_id == person_id, Condition.closed_at.is_(None)),
        part(DutyKind.CHAIR, Call.slug, Call.title, Call.id).where(
            Call.chair_id == person_id, Call.archived_at.is_(None)
        ),
        part(DutyKind.RELATIONSHIP, Agency.code, Agency.name, Agency.id).where(
            Agency.relationship_manager_id == person_id, Agency.archived_at.is_(None)
        ),
        part(DutyKind.IT_DIRECTOR, Agency.code, Agency.name, Agency.id).where(
            Agency.it_director_id == person_id, Agency.archived_at.is_(None)
        ),
    )
    rows = session.execute(sa.union_all(*parts)).all()
    order = list(DutyKind)
    found = [Duty(DutyKind(row.kind), row.ref, row.title, row.row_id) for row in rows]
    return sorted(found, key=lambda duty: (order.index(duty.kind), duty.title, duty.row_id))


def successors(session: Session, person_id: int) -> list[tuple[int, str, str]]:
    """Everybody with an active account but that person: id, name, email address."""
    rows = session.execute(
        sa.select(Person.id, Person.name, Person.email)
        .where(Person.disabled_at.is_(None), Person.password_hash != "", Person.id != person_id)
        .order_by(folded(Person.name), Person.id)
    )
    return [(row.id, row.name, row.email) for row in rows]
