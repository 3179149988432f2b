"""What agencies need, in their own order, and what answers it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.roles import Actor
from incubator.domain.stages import Outcome, Provenance, Stage, Step
from incubator.models.accounts import Person
from incubator.models.agencies import Need, NeedState, Theme
from incubator.models.proposals import NeedLink, Proposal
from incubator.queries import visibility

MOST_CHOICES = 200


@dataclass(frozen=True, slots=True)
class Answering:
    """A proposal or pilot that answers a need."""

    need_id: int
    number: str
    title: str
    stage: Stage
    step: Step
    outcome: Outcome | None


@dataclass(slots=True)
class NeedRow:
    """A need; `answers` are the proposals and pilots for it that the actor may see."""

    id: int
    title: str
    problem: str
    affected: str
    size: str
    rank: int
    state: NeedState
    provenance: Provenance
    theme: str | None
    stated_by: str | None
    stated_at: datetime
    version: int
    answers: list[Answering] = field(default_factory=list)


def needs_of(session: Session, actor: Actor, agency_id: int) -> list[NeedRow]:
    """The agency's needs by its own order, those that were dropped last; in two statements."""
    dropped = sa.case((Need.state == NeedState.DROPPED, 1), else_=0)
    rows = session.execute(
        _columns().where(Need.agency_id == agency_id).order_by(dropped, Need.rank, Need.id)
    )
    needs = [NeedRow(*row) for row in rows]
    by_id = {need.id: need for need in needs}
    for answer in _answers(session, actor, Need.agency_id == agency_id):
        by_id[answer.need_id].answers.append(answer)
    return needs


def find_need(session: Session, actor: Actor, agency_id: int, need_id: int) -> NeedRow | None:
    """The need, when it is that agency's; in two statements."""
    row = session.execute(_columns().where(Need.id == need_id, Need.agency_id == agency_id)).one_or_none()
    if row is None:
        return None
    need = NeedRow(*row)
    need.answers = _answers(session, actor, Need.id == need_id)
    return need


def load_need(session: Session, agency_id: int, need_id: int) -> Need | None:
    """The row itself, for its form."""
    return session.scalars(
        sa.select(Need).where(Need.id == need_id, Need.agency_id == agency_id)
    ).one_or_none()


def linkable(session: Session, actor: Actor, agency_id: int, need_id: int) -> list[tuple[str, str]]:
    """Number and title of the agency's records that the actor may see and that are not yet linked."""
    linked = sa.exists().where(NeedLink.proposal_id == Proposal.id, NeedLink.need_id == need_id)
    rows = session.execute(
        sa.select(Proposal.number, Proposal.title)
        .where(Proposal.agency_id == agency_id, visibility.visible(actor), sa.not_(linked))
        .order_by(Proposal.changed_at.desc(), Proposal.id.desc())
        .limit(MOST_CHOICES)
    )
    return [(row.number, row.title) for row in rows]


def theme_choices(session: Session, *, also: int | None = None) -> list[tuple[int, str]]:
    rows = session.execute(
        sa.select(Theme.id, Theme.name)
        .where(sa.or_(Theme.archived_at.is_(None), Theme.id == also))
        .order_by(folded(Theme.name), Theme.id)
    )
    return [(row.id, row.name) for row in rows]


def count_standing(session: Session, agency_id: int) -> int:
    """How many places the agency's order has."""
    statement = sa.select(sa.func.count()).where(Need.agency_id == agency_id, Need.state != NeedState.DROPPED)
    return session.scalar(statement) or 0


def _columns() -> sa.Select[int, str, str, str, str, int, NeedState, Provenance, str, str, datetime, int]:
    return (
        sa.select(
            Need.id,
            Need.title,
            Need.problem,
            Need.affected,
            Need.size,
            Need.rank,
            Need.state,
            Need.provenance,
            Theme.name,
            Person.name,
            Need.stated_at,
            Need.version,
        )
        .outerjoin(Theme, Theme.id == Need.theme_id)
        .outerjoin(Person, Person.id == Need.stated_by_id)
    )


def _answers(session: Session, actor: Actor, condition: sa.ColumnElement[bool]) -> list[Answering]:
    rows = session.execute(
        sa.select(
            NeedLink.need_id,
            Proposal.number,
            Proposal.title,
            Proposal.stage,
            Proposal.step,
            Proposal.outcome,
        )
        .join(Need, Need.id == NeedLink.need_id)
        .join(Proposal, Proposal.id == NeedLink.proposal_id)
        .where(condition, visibility.visible(actor))
        .order_by(Proposal.number)
    )
    return [Answering(*row) for row in rows]
