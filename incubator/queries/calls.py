"""Calls for proposals and rubrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session, joinedload, selectinload

from incubator.database import folded
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import PRIVATE_STEPS
from incubator.models.accounts import Person, RoleGrant
from incubator.models.calls import Call, Criterion, Rubric
from incubator.models.proposals import Proposal
from incubator.queries.visibility import visible


class CallState(StrEnum):
    OPEN = "open"
    UPCOMING = "upcoming"
    PAST = "past"
    ARCHIVED = "archived"


def call_state(
    opens_at: datetime, closes_at: datetime, archived_at: datetime | None, now: datetime
) -> CallState:
    if archived_at is not None:
        return CallState.ARCHIVED
    if now < opens_at:
        return CallState.UPCOMING
    return CallState.OPEN if now < closes_at else CallState.PAST


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call on the list. `handed_in` counts the proposals of it that the reader may know of."""

    id: int
    slug: str
    title: str
    summary: str
    opens_at: datetime
    closes_at: datetime
    archived_at: datetime | None
    budget_cents: int | None
    teams: int | None
    outside: bool
    rubric_name: str
    rubric_number: int
    handed_in: int


def list_calls(session: Session, actor: Actor) -> list[CallRow]:
    """All calls, the one that closes last first."""
    handed_in = (
        sa.select(Proposal.call_id, sa.func.count().label("handed_in"))
        .where(Proposal.call_id.is_not(None), Proposal.step.not_in(PRIVATE_STEPS), visible(actor))
        .group_by(Proposal.call_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            Call.id,
            Call.slug,
            Call.title,
            Call.summary,
            Call.opens_at,
            Call.closes_at,
            Call.archived_at,
            Call.budget_cents,
            Call.teams,
            Call.outside,
            Rubric.name.label("rubric_name"),
            Rubric.number.label("rubric_number"),
            sa.func.coalesce(handed_in.c.handed_in, 0).label("handed_in"),
        )
        .join(Rubric, Rubric.id == Call.rubric_id)
        .outerjoin(handed_in, handed_in.c.call_id == Call.id)
        .order_by(Call.closes_at.desc(), Call.id.desc())
    )
    return [CallRow(**row._mapping) for row in rows]


def find_call(session: Session, slug: str) -> Call | None:
    """The call with its rubric and the rubric's criteria."""
    return session.scalars(
        sa.select(Call)
        .where(Call.slug == slug)
        .options(joinedload(Call.rubric).selectinload(Rubric.criteria))
    ).one_or_none()


def chairs(session: Session, call_id: int | None) -> list[tuple[int, str]]:
    """Who could chair the call's panel: its gatekeepers, by name. Before there is a call, those of all calls."""
    rows = session.execute(
        sa.select(Person.id, Person.name)
        .where(
            Person.disabled_at.is_(None),
            sa.exists().where(
                RoleGrant.person_id == Person.id,
                RoleGrant.role == Role.GATEKEEPER,
                RoleGrant.agency_id.is_(None),
                sa.or_(RoleGrant.call_id.is_(None), RoleGrant.call_id == call_id),
            ),
        )
        .order_by(folded(Person.name), Person.id)
    )
    return [(row.id, row.name) for row in rows]


def latest_call(session: Session) -> Call | None:
    """The call made last, to copy from."""
    return session.scalars(
        sa.select(Call).where(~Call.outside).order_by(Call.created_at.desc(), Call.id.desc()).limit(1)
    ).first()


def count_handed_in(session: Session, actor: Actor, call_id: int) -> int:
    """Proposals handed in to the call, as far as the reader may know of them."""
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Proposal)
            .where(Proposal.call_id == call_id, Proposal.step.not_in(PRIVATE_STEPS), visible(actor))
        )
        or 0
    )


def calls_to_answer(
    session: Session, now: datetime, *, also: int | None = None
) -> list[tuple[int, str, datetime]]:
    """Calls a proposal may be written for: open now, or the one (`also`) it already belongs to."""
    is_open = sa.and_(Call.opens_at <= now, Call.closes_at > now, Call.archived_at.is_(None), ~Call.outside)
    rows = session.execute(
        sa.select(Call.id, Call.title, Call.closes_at)
        .where(sa.or_(is_open, Call.id == also))
        .order_by(Call.closes_at, Call.id)
    )
    return [(row.id, row.title, row.closes_at) for row in rows]


@dataclass(frozen=True, slots=True)
class RubricRow:
    id: int
    name: str
    number: int
    created_at: datetime
    published_at: datetime | None
    criteria: int
    calls: int


def list_rubrics(session: Session) -> list[RubricRow]:
    """Every version of every rubric, the newest of a name first."""
    criteria = (
        sa.select(sa.func.count()).where(Criterion.rubric_id == Rubric.id).correlate(Rubric).scalar_subquery()
    )
    calls = sa.select(sa.func.count()).where(Call.rubric_id == Rubric.id).correlate(Rubric).scalar_subquery()
    rows = session.execute(
        sa.select(
            Rubric.id,
            Rubric.name,
            Rubric.number,
            Rubric.created_at,
            Rubric.published_at,
            criteria.label("criteria"),
            calls.label("calls"),
        ).order_by(folded(Rubric.name), Rubric.number.desc(), Rubric.id)
    )
    return [RubricRow(**row._mapping) for row in rows]


def find_rubric(session: Session, rubric_id: int) -> Rubric | None:
    """The rubric with its criteria in order."""
    return session.scalars(
        sa.select(Rubric).where(Rubric.id == rubric_id).options(selectinload(Rubric.criteria))
    ).one_or_none()


def _outside(rubric_id: sa.ColumnElement[int] | sa.orm.InstrumentedAttribute[int]) -> sa.ColumnElement[bool]:
    """Whether a rubric is the scale of a panel run elsewhere, on which nobody scores here."""
    return sa.exists().where(Call.rubric_id == rubric_id, Call.outside)


def published_rubrics(session: Session, *, also: int | None = None) -> list[tuple[int, str, int]]:
    """The versions a call may use; `also` keeps the one it already has."""
    rows = session.execute(
        sa.select(Rubric.id, Rubric.name, Rubric.number)
        .where(
            sa.or_(sa.and_(Rubric.published_at.is_not(None), ~_outside(Rubric.id)), Rubric.id == also),
        )
        .order_by(folded(Rubric.name), Rubric.number.desc())
    )
    return [(row.id, row.name, row.number) for row in rows]
