"""A call as those who work on it as a whole need it, with the reader's ties to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.releases import AgencySees
from incubator.domain.reviews import OPEN_STATES
from incubator.domain.roles import Actor
from incubator.domain.rounds import Round
from incubator.domain.stages import Step
from incubator.models.accounts import Person
from incubator.models.calls import Call
from incubator.models.proposals import Proposal
from incubator.models.releases import Release
from incubator.models.reviews import Review
from incubator.queries.visibility import is_conflicted


@dataclass(frozen=True, slots=True)
class RoundHead:
    """What the head of a call's working pages shows. `facts` is what the rules ask for."""

    id: int
    slug: str
    title: str
    opens_at: datetime
    closes_at: datetime
    archived_at: datetime | None
    reviews_due_on: date | None
    revisions_due_on: date | None
    reviews_required: int
    reviews_most: int | None
    rubric_id: int
    names_hidden: bool
    shares_scores: bool
    agency_sees: AgencySees
    decides_together: bool
    allows_draw: bool
    outside: bool
    places: int | None
    teams: int | None
    budget_cents: int | None
    chair_id: int | None
    chair_name: str | None
    version: int
    facts: Round


def find_round(session: Session, actor: Actor, slug: str) -> RoundHead | None:
    """The call of that address with the actor's ties to it, in one statement."""
    return _find(session, actor, Call.slug == slug.replace("\x00", ""))


def round_of(session: Session, actor: Actor, call_id: int | None) -> RoundHead | None:
    """The same by the call's id, for flows that ask the rules again."""
    return _find(session, actor, Call.id == call_id)


def _find(session: Session, actor: Actor, wanted: sa.ColumnElement[bool]) -> RoundHead | None:
    chair = aliased(Person)
    owes = (
        sa.exists()
        .where(
            Review.reviewer_id == actor.person_id,
            Review.state.in_(OPEN_STATES),
            Review.proposal_id == Proposal.id,
            Proposal.call_id == Call.id,
            Proposal.step == Step.REVIEW,
            ~is_conflicted(actor.person_id),
        )
        .correlate(Call)
    )
    row = session.execute(
        sa.select(
            Call,
            chair.name.label("chair_name"),
            owes.label("owes"),
            sa.exists().where(Release.call_id == Call.id).correlate(Call).label("released"),
        )
        .outerjoin(chair, chair.id == Call.chair_id)
        .where(wanted)
    ).one_or_none()
    if row is None:
        return None
    call = row.Call
    shown = {
        name: getattr(call, name)
        for name in RoundHead.__dataclass_fields__
        if name not in ("chair_name", "facts")
    }
    return RoundHead(
        **shown,
        chair_name=row.chair_name,
        facts=Round(call.id, call.chair_id, owes_a_review=bool(row.owes), released=bool(row.released)),
    )


def chair_of(session: Session, call_id: int | None) -> int | None:
    """Who chairs the panel of a call; without a call or a chair, None."""
    return None if call_id is None else session.scalar(sa.select(Call.chair_id).where(Call.id == call_id))
