"""The people of a call's panel: who is in the room, who may not hear of what, and who is told of the meeting."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.access import AGENCY_WATCH
from incubator.domain.roles import Role
from incubator.models.accounts import Person, RoleGrant
from incubator.models.conflicts import Conflict
from incubator.models.panels import PanelVote
from incubator.models.proposals import Author, Proposal
from incubator.queries.visibility import BEFORE_THE_DECISION, stands


@dataclass(frozen=True, slots=True)
class InTheRoom:
    """Somebody who deliberates in a call. Members vote; coordinators who are no gatekeepers listen and write."""

    id: int
    name: str
    is_member: bool


def _holds(call_id: int, *roles: Role) -> sa.ColumnElement[bool]:
    return (
        sa.exists()
        .where(
            RoleGrant.person_id == Person.id,
            RoleGrant.role.in_(roles),
            RoleGrant.agency_id.is_(None),
            sa.or_(RoleGrant.call_id.is_(None), RoleGrant.call_id == call_id),
        )
        .correlate(Person)
    )


def is_member(call_id: int) -> sa.ColumnElement[bool]:
    """Whether a person votes in the call: for a SELECT over Person."""
    return _holds(call_id, Role.GATEKEEPER)


def people_in_the_room(session: Session, call_id: int) -> list[InTheRoom]:
    """The call's gatekeepers and coordinators, by name."""
    rows = session.execute(
        sa.select(Person.id, Person.name, is_member(call_id).label("is_member"))
        .where(Person.disabled_at.is_(None), _holds(call_id, Role.GATEKEEPER, Role.COORDINATOR))
        .order_by(folded(Person.name), Person.id)
    )
    return [InTheRoom(row.id, row.name, bool(row.is_member)) for row in rows]


def is_barred() -> sa.ColumnElement[bool]:
    """Whether a person is kept from a proposal: for a SELECT over both. Says of others what `kept_out` says
    of the actor, and a test holds the two together."""
    return sa.or_(
        sa.and_(Person.agency_id.is_not(None), Person.agency_id == Proposal.agency_id),
        sa.exists()
        .where(Author.proposal_id == Proposal.id, Author.person_id == Person.id)
        .correlate(Proposal, Person),
        sa.exists()
        .where(
            RoleGrant.person_id == Person.id,
            RoleGrant.role.in_(AGENCY_WATCH),
            RoleGrant.agency_id == Proposal.agency_id,
        )
        .correlate(Proposal, Person),
        sa.exists()
        .where(Conflict.proposal_id == Proposal.id, Conflict.person_id == Person.id, stands())
        .correlate(Proposal, Person),
    )


def barred_people(session: Session, proposal_ids: Collection[int], call_id: int) -> dict[int, set[int]]:
    """Who is kept from each of these proposals, of those in the room and those who voted."""
    rows = session.execute(
        sa.select(Proposal.id, Person.id)
        .join(
            Person,
            sa.or_(
                _holds(call_id, Role.GATEKEEPER, Role.COORDINATOR),
                sa.exists()
                .where(PanelVote.proposal_id == Proposal.id, PanelVote.person_id == Person.id)
                .correlate(Proposal, Person),
            ),
        )
        .where(Proposal.id.in_(proposal_ids), is_barred())
    )
    found: dict[int, set[int]] = defaultdict(set)
    for proposal_id, person_id in rows:
        found[proposal_id].add(person_id)
    return found


def members_to_tell(session: Session, call_id: int) -> list[Person]:
    """The members to whom the meeting's day is mailed: all who are not kept from every one of its items."""
    items = sa.select(Proposal.id).where(Proposal.call_id == call_id, Proposal.step.in_(BEFORE_THE_DECISION))
    return list(
        session.scalars(
            sa.select(Person)
            .where(
                Person.disabled_at.is_(None),
                is_member(call_id),
                sa.or_(~sa.exists(items), sa.exists(items.where(~is_barred()).correlate(Person))),
            )
            .order_by(Person.id)
        )
    )
