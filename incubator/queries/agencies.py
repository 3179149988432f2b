"""Agencies: the list, one agency's people, and its proposals and pilots."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload

from incubator.database import folded
from incubator.domain.folding import fold
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Outcome, Stage, Step
from incubator.models.accounts import Person, RoleGrant
from incubator.models.agencies import (
    Agency,
    Commitment,
    CommitmentState,
    Contact,
    Meeting,
    Need,
    NeedState,
    Unit,
)
from incubator.models.proposals import Proposal
from incubator.queries import visibility
from incubator.queries.agency_access import may_see_agency

NUL = "\x00"

RESTING = (Stage.CLOSED, Stage.IN_SERVICE, Stage.ON_HOLD)
"""Stages in which nobody works on a record: it has ended, is in use, or waits for a day."""
"""Stages in which nothing is under way any more."""


def find_agency(session: Session, code: str) -> Agency | None:
    """The agency of that code, with its relationship manager and IT director."""
    if NUL in code:
        return None
    return session.scalars(
        sa.select(Agency)
        .where(Agency.code == code)
        .options(joinedload(Agency.relationship_manager), joinedload(Agency.it_director))
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the list. `mine` keeps those whose relationship manager or IT director the actor is."""

    text: str = ""
    mine: bool = False
    archived: bool = False


@dataclass(frozen=True, slots=True)
class ListedAgency:
    """`under_way` counts proposals and pilots the actor may see that are worked on: not in
    service, on hold or closed."""

    id: int
    code: str
    name: str
    manager: str | None
    open_needs: int
    overdue: int
    under_way: int
    last_met: date | None
    archived_at: datetime | None


def _open_needs() -> Any:
    return (
        sa.select(sa.func.count())
        .where(Need.agency_id == Agency.id, Need.state == NeedState.OPEN)
        .scalar_subquery()
    )


def _overdue(today: date) -> Any:
    return (
        sa.select(sa.func.count())
        .where(
            Commitment.agency_id == Agency.id,
            Commitment.state == CommitmentState.OPEN,
            Commitment.due_on < today,
        )
        .scalar_subquery()
    )


def _under_way(actor: Actor) -> Any:
    return (
        sa.select(sa.func.count())
        .select_from(Proposal)
        .where(Proposal.agency_id == Agency.id, Proposal.stage.not_in(RESTING), visibility.visible(actor))
        .correlate(Agency)
        .scalar_subquery()
    )


def _last_met() -> Any:
    return sa.select(sa.func.max(Meeting.held_on)).where(Meeting.agency_id == Agency.id).scalar_subquery()


SORTS = ("name", "code", "needs", "overdue", "work", "met")


def _conditions(actor: Actor, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions = [
        may_see_agency(actor, Agency.id),
        Agency.archived_at.is_not(None) if wanted.archived else Agency.archived_at.is_(None),
    ]
    for word in wanted.text.split()[:5]:
        conditions.append(
            sa.or_(
                folded(Agency.name).contains(fold(word), autoescape=True),
                folded(Agency.code).contains(fold(word), autoescape=True),
            )
        )
    if wanted.mine:
        me = actor.person_id
        conditions.append(sa.or_(Agency.relationship_manager_id == me, Agency.it_director_id == me))
    return conditions


def count_agencies(session: Session, actor: Actor, wanted: Wanted) -> int:
    statement = sa.select(sa.func.count()).select_from(Agency).where(*_conditions(actor, wanted))
    return session.scalar(statement) or 0


def list_agencies(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    today: date,
    sort: str,
    descending: bool,
    offset: int,
    size: int,
) -> list[ListedAgency]:
    """One page of the agencies the actor may see, in one statement."""
    manager = sa.orm.aliased(Person)
    columns = {
        "name": folded(Agency.name),
        "code": Agency.code,
        "needs": _open_needs(),
        "overdue": _overdue(today),
        "work": _under_way(actor),
        "met": _last_met(),
    }
    order = columns[sort].desc().nulls_last() if descending else columns[sort].asc().nulls_last()
    rows = session.execute(
        sa.select(
            Agency.id,
            Agency.code,
            Agency.name,
            manager.name,
            columns["needs"],
            columns["overdue"],
            columns["work"],
            sa.type_coerce(columns["met"], sa.Date),
            Agency.archived_at,
        )
        .outerjoin(manager, manager.id == Agency.relationship_manager_id)
        .where(*_conditions(actor, wanted))
        .order_by(order, folded(Agency.name), Agency.id)
        .offset(offset)
        .limit(size)
    )
    return [ListedAgency(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class WorkRow:
    """One of an agency's proposals or pilots."""

    number: str
    title: str
    stage: Stage
    step: Step
    outcome: Outcome | None
    due_on: date | None
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Work:
    """The first of an agency's proposals and pilots the actor may see, and how many there are."""

    rows: list[WorkRow]
    total: int
    under_way: int


def agency_work(session: Session, actor: Actor, agency_id: int, size: int) -> Work:
    """What is under way first, then what changed last; in one statement."""
    resting = sa.case((Proposal.stage.in_(RESTING), 1), else_=0)
    rows = session.execute(
        sa.select(
            Proposal.number,
            Proposal.title,
            Proposal.stage,
            Proposal.step,
            Proposal.outcome,
            Proposal.due_on,
            Proposal.changed_at,
            sa.func.count().over().label("total"),
            sa.func.sum(1 - resting).over().label("under_way"),
        )
        .where(Proposal.agency_id == agency_id, visibility.visible(actor))
        .order_by(resting, Proposal.changed_at.desc(), Proposal.id.desc())
        .limit(size)
    ).all()
    if not rows:
        return Work([], 0, 0)
    return Work([WorkRow(*row[:7]) for row in rows], rows[0].total, int(rows[0].under_way))


def contacts_of(session: Session, agency_id: int) -> list[Contact]:
    return list(
        session.scalars(
            sa.select(Contact)
            .where(Contact.agency_id == agency_id, Contact.removed_at.is_(None))
            .order_by(folded(Contact.name), Contact.id)
        )
    )


def find_contact(session: Session, agency_id: int, contact_id: int) -> Contact | None:
    return session.scalars(
        sa.select(Contact).where(Contact.id == contact_id, Contact.agency_id == agency_id)
    ).one_or_none()


def units_of(session: Session, agency_id: int, *, archived: bool = False) -> list[Unit]:
    """The agency's units by name; with `archived` also those no longer in use, last."""
    statement = sa.select(Unit).where(Unit.agency_id == agency_id)
    if not archived:
        statement = statement.where(Unit.archived_at.is_(None))
    gone = sa.case((Unit.archived_at.is_(None), 0), else_=1)
    return list(session.scalars(statement.order_by(gone, folded(Unit.name), Unit.id)))


def find_unit(session: Session, agency_id: int, unit_id: int) -> Unit | None:
    return session.scalars(
        sa.select(Unit).where(Unit.id == unit_id, Unit.agency_id == agency_id)
    ).one_or_none()


def manager_choices(session: Session, *, also: int | None = None) -> list[tuple[int, str]]:
    """People who can look after an agency: those with a coordinator's or agency lead's role."""
    held = sa.exists().where(
        RoleGrant.person_id == Person.id, RoleGrant.role.in_((Role.COORDINATOR, Role.AGENCY_LEAD))
    )
    return _people(session, held, also)


def director_choices(
    session: Session, agency_id: int | None, *, also: int | None = None
) -> list[tuple[int, str]]:
    """People who can be an agency's IT director: its own, and agency leads."""
    lead = sa.exists().where(RoleGrant.person_id == Person.id, RoleGrant.role == Role.AGENCY_LEAD)
    own = Person.agency_id == agency_id if agency_id is not None else sa.false()
    return _people(session, sa.or_(lead, own), also)


def _people(session: Session, condition: sa.ColumnElement[bool], also: int | None) -> list[tuple[int, str]]:
    rows = session.execute(
        sa.select(Person.id, Person.name, Person.job_title)
        .where(sa.or_(sa.and_(condition, Person.disabled_at.is_(None)), Person.id == also))
        .order_by(folded(Person.name), Person.id)
    )
    return [(row.id, f"{row.name}, {row.job_title}" if row.job_title else row.name) for row in rows]
