"""The proposals in review whose reviews are not all in: how many were asked, and who is still to be found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.reviews import OPEN_STATES, ReviewState
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Step
from incubator.models.agencies import Agency
from incubator.models.calls import Call
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from incubator.queries.open_answers import REVIEWS_NEEDED
from incubator.queries.reviews import may_see_scores
from incubator.queries.visibility import covered

REFUSED = (ReviewState.DECLINED, ReviewState.ABSTAINED)


@dataclass(frozen=True, slots=True)
class Wanting:
    """A proposal with its reviews. `due_on` is when the next open one is due, `decide_by` the gate's day."""

    number: str
    title: str
    agency_name: str
    call_title: str | None
    required: int
    submitted: int
    asked: int
    refused: int
    due_on: date | None
    decide_by: date | None

    @property
    def to_find(self) -> int:
        """Reviewers to be asked beyond those who still write."""
        return max(0, self.required - self.submitted - self.asked)


def _of(actor: Actor, call: str, *, unasked_only: bool) -> list[sa.ColumnElement[bool]]:
    """Who coordinates a record may know of it; those who review it or have a conflict are told nothing."""
    limits = [
        Proposal.step == Step.REVIEW,
        covered(actor, Role.COORDINATOR),
        Proposal.reviews_in < REVIEWS_NEEDED,
        may_see_scores(actor),
    ]
    if call:
        limits.append(Proposal.call_id.in_(sa.select(Call.id).where(Call.slug == call)))
    if unasked_only:
        still_writing = (
            sa.select(sa.func.count())
            .where(Review.proposal_id == Proposal.id, Review.state.in_(OPEN_STATES))
            .correlate(Proposal)
            .scalar_subquery()
        )
        limits.append(Proposal.reviews_in + still_writing < REVIEWS_NEEDED)
    return limits


def count_wanting(session: Session, actor: Actor, *, call: str = "", unasked_only: bool = False) -> int:
    """How many proposals lack reviews or, with `unasked_only`, people to write them."""
    limits = _of(actor, call, unasked_only=unasked_only)
    return session.scalar(sa.select(sa.func.count()).select_from(Proposal).where(*limits)) or 0


def wanting(
    session: Session, actor: Actor, *, call: str, unasked_only: bool, limit: int, offset: int
) -> list[Wanting]:
    """A page of them, the next to be decided first, in two statements."""
    rows = session.execute(
        sa.select(
            Proposal.id,
            Proposal.number,
            Proposal.title,
            Agency.name.label("agency_name"),
            Call.title.label("call_title"),
            REVIEWS_NEEDED.label("required"),
            Proposal.reviews_in,
            Proposal.due_on,
        )
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Call, Call.id == Proposal.call_id)
        .where(*_of(actor, call, unasked_only=unasked_only))
        .order_by(Proposal.due_on.is_(None), Proposal.due_on, Proposal.id)
        .limit(limit)
        .offset(offset)
    ).all()
    reviews = _reviews(session, [row.id for row in rows])
    return [_wanting(row, reviews.get(row.id)) for row in rows]


def _reviews(session: Session, ids: Sequence[int]) -> dict[int, Any]:
    is_open = Review.state.in_(OPEN_STATES)
    rows = session.execute(
        sa.select(
            Review.proposal_id,
            sa.func.count().filter(is_open).label("asked"),
            sa.func.count().filter(Review.state.in_(REFUSED)).label("refused"),
            sa.func.min(Review.due_on).filter(is_open).label("due_on"),
        )
        .where(Review.proposal_id.in_(ids))
        .group_by(Review.proposal_id)
    )
    return {row.proposal_id: row for row in rows}


def _wanting(row: Any, reviews: Any) -> Wanting:
    return Wanting(
        number=row.number,
        title=row.title,
        agency_name=row.agency_name,
        call_title=row.call_title,
        required=row.required,
        submitted=row.reviews_in,
        asked=reviews.asked if reviews else 0,
        refused=reviews.refused if reviews else 0,
        due_on=reviews.due_on if reviews else None,
        decide_by=row.due_on,
    )


def call_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """The calls with proposals in review: slug and title, for the filter."""
    here = sa.exists().where(
        Proposal.call_id == Call.id, Proposal.step == Step.REVIEW, covered(actor, Role.COORDINATOR)
    )
    rows = session.execute(sa.select(Call.slug, Call.title).where(here).order_by(Call.title, Call.id))
    return [(row.slug, row.title) for row in rows]
