"""Reviews of the illustrated proposals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.demonstration import illustrated as ill
from incubator.demonstration.cast import Cast
from incubator.demonstration.facts import Demonstration
from incubator.demonstration.timeline import Timeline
from incubator.domain.clock import office_day
from incubator.domain.events import EventKind
from incubator.domain.reviews import CriterionScore, Recommendation, ReviewState, weighted_total
from incubator.flows.record import record
from incubator.flows.reviews import refresh_scores, reveal_when_due
from incubator.models.calls import Call, Criterion
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review, Score

ASSIGNED_BEFORE = timedelta(days=12)


def plan_reviews(
    session: Session,
    facts: Demonstration,
    idea: str,
    call: Call | None,
    cast: Cast,
    timeline: Timeline,
    proposal: Callable[[], Proposal],
) -> None:
    """Assign twelve days before the review came in, or a week ago where it is still to be written."""
    for source in facts.illustration.reviews:
        if source.idea == idea and call is not None:
            assigned = timeline.day(source.day) - ASSIGNED_BEFORE
            timeline.on(
                assigned, partial(_assign, session, source.reviewer, None, cast, timeline, proposal), hour=18
            )
            timeline.after_days(source.day, partial(_hand_in, session, source, call, cast, proposal), hour=19)
    for open_review in facts.illustration.assigned:
        if open_review.idea == idea:
            timeline.after_days(
                -7,
                partial(
                    _assign, session, open_review.reviewer, open_review.due_day, cast, timeline, proposal
                ),
                hour=18,
            )


def _assign(
    session: Session,
    reviewer: str,
    due_day: int | None,
    cast: Cast,
    timeline: Timeline,
    proposal: Callable[[], Proposal],
    now: datetime,
) -> None:
    row = proposal()
    person = cast.people[reviewer]
    due = timeline.day(due_day) if due_day is not None else office_day(now + timedelta(days=21))
    session.add(
        Review(
            proposal_id=row.id,
            revision_number=row.revision_number,
            reviewer_id=person.id,
            state=ReviewState.ASSIGNED,
            due_on=due,
            assigned_at=now,
            assigned_by_id=cast.people["coordinator"].id,
        )
    )
    record(
        session,
        cast.actors["coordinator"],
        now,
        EventKind.REVIEW_ASSIGNED,
        proposal_id=row.id,
        agency_id=row.agency_id,
        person=person.name,
    )


def _hand_in(
    session: Session,
    source: ill.Review,
    call: Call,
    cast: Cast,
    proposal: Callable[[], Proposal],
    now: datetime,
) -> None:
    row = proposal()
    person = cast.people[source.reviewer]
    review = session.scalars(
        sa.select(Review).where(Review.proposal_id == row.id, Review.reviewer_id == person.id)
    ).one()
    criteria = session.scalars(
        sa.select(Criterion).where(Criterion.rubric_id == call.rubric_id).order_by(Criterion.position)
    ).all()
    for criterion in criteria:
        value, why = source.scores[criterion.key]
        session.add(Score(review_id=review.id, criterion_id=criterion.id, value=value, justification=why))
    review.total = weighted_total(
        CriterionScore(criterion.weight, source.scores[criterion.key][0]) for criterion in criteria
    )
    review.state = ReviewState.SUBMITTED
    review.started_at = review.submitted_at = now
    review.confidence = source.confidence
    review.recommendation = Recommendation(source.recommendation.value)
    review.needs_mentoring = source.mentoring
    review.comment = source.comment
    session.flush()
    refresh_scores(session, row, now)
    record(
        session,
        cast.actors[source.reviewer],
        now,
        EventKind.REVIEW_SUBMITTED,
        proposal_id=row.id,
        agency_id=row.agency_id,
    )
    reveal_when_due(session, row, now)
