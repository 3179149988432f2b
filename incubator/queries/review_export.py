"""Reviews as rows for an export: the same seal as on the pages, because it is the same condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.reviews import Recommendation, ReviewState
from incubator.domain.roles import Actor
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.calls import Call, Criterion
from incubator.models.proposals import Proposal
from incubator.models.reviews import FirstScore, Review, Score
from incubator.queries.redaction import title_for_reviewers
from incubator.queries.reviews import readable


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One criterion of one review. Where the call hides names, `number` and `agency` are None and `title` is
    that of the copy without names. What a revised review said before stands in `first_total` and
    `first_score`; both are None where it was not revised."""

    review_id: int
    number: str | None
    agency: str | None
    title: str
    call: str | None
    reviewer: str
    submitted_at: datetime | None
    total: float | None
    confidence: int | None
    recommendation: Recommendation | None
    needs_mentoring: bool
    comment: str
    revised_at: datetime | None
    revision_reason: str
    first_total: float | None
    criterion_id: int
    criterion: str
    weight: int
    score: int | None
    applies: bool
    justification: str
    first_score: int | None
    first_applies: bool | None


def score_lines(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int | None = None,
    call_slug: str | None = None,
    shows_names: bool,
) -> Iterator[ScoreLine]:
    """Every score of the reviews that are in and that the actor may read, by proposal, reviewer, criterion."""
    limits = [Review.state == ReviewState.SUBMITTED]
    if proposal_id is not None:
        limits.append(Review.proposal_id == proposal_id)
    if call_slug:
        limits.append(Call.slug == call_slug)
    title = Proposal.title if shows_names else title_for_reviewers()
    rows = session.execute(
        sa.select(
            Review.id.label("review_id"),
            Proposal.number,
            Agency.name.label("agency"),
            title.label("title"),
            Call.title.label("call"),
            Call.names_hidden,
            Person.name.label("reviewer"),
            Review.submitted_at,
            Review.total,
            Review.confidence,
            Review.recommendation,
            Review.needs_mentoring,
            Review.comment,
            Review.revised_at,
            Review.revision_reason,
            Review.first_total,
            Criterion.id.label("criterion_id"),
            Criterion.title.label("criterion"),
            Criterion.weight,
            Score.value.label("score"),
            Score.applies,
            Score.justification,
            FirstScore.value.label("first_score"),
            FirstScore.applies.label("first_applies"),
        )
        .join(Proposal, Proposal.id == Review.proposal_id)
        .join(Agency, Agency.id == Proposal.agency_id)
        .join(Person, Person.id == Review.reviewer_id)
        .outerjoin(Call, Call.id == Proposal.call_id)
        .join(Score, Score.review_id == Review.id)
        .join(Criterion, Criterion.id == Score.criterion_id)
        .outerjoin(
            FirstScore,
            sa.and_(FirstScore.review_id == Score.review_id, FirstScore.criterion_id == Score.criterion_id),
        )
        .where(*limits, readable(actor))
        .order_by(title, Proposal.id, folded(Person.name), Review.id, Criterion.position, Criterion.id)
        .execution_options(yield_per=1_000)
    )
    for row in rows:
        hidden = row.names_hidden and not shows_names
        values = dict(row._mapping)
        del values["names_hidden"]
        if hidden:
            values |= {"number": None, "agency": None}
        yield ScoreLine(**values)
