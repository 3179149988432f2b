"""Writing a review: the draft, handing it in, and what a form shows of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.reviews import (
    OPEN_STATES,
    CriterionScore,
    IncompleteReview,
    ReviewAnswers,
    ReviewState,
    ScoreAnswer,
    unfinished,
    weighted_total,
)
from incubator.domain.roles import Actor
from incubator.domain.stages import Step
from incubator.flows.record import record
from incubator.flows.reviews import own_review, refresh_scores, reveal_when_due
from incubator.flows.stages import lock_proposal
from incubator.flows.versions import check_version
from incubator.models.reviews import Review, Score
from incubator.queries import scoring


def save_draft(
    session: Session,
    actor: Actor,
    *,
    review_id: int,
    answers: ReviewAnswers,
    seen_version: int | None,
    now: datetime,
) -> Review:
    """Keep what is there so far; it may be incomplete. Raises StaleVersion when another window saved."""
    review = _write(session, actor, review_id, answers, seen_version, now)
    session.flush()
    return review


def hand_in(
    session: Session,
    actor: Actor,
    *,
    review_id: int,
    answers: ReviewAnswers,
    seen_version: int | None,
    now: datetime,
) -> Review:
    """Hand in a complete review; from then on it counts and others' are shown.

    Raises IncompleteReview with everything that is missing.
    """
    proposal_id = session.scalar(sa.select(Review.proposal_id).where(Review.id == review_id))
    if proposal_id is None:
        raise NotFound
    # The proposal is locked before the review, as the gate's decision does: one of the two comes first.
    proposal = lock_proposal(session, proposal_id)
    review = _write(session, actor, review_id, answers, seen_version, now)
    criteria = {row.id: row.title for row in scoring.criteria_for(session, proposal_id)}
    problems = unfinished(criteria, answers)
    if problems:
        raise IncompleteReview(problems)
    review.state, review.submitted_at, review.reason = ReviewState.SUBMITTED, now, ""
    review.revision_number = proposal.revision_number
    refresh_scores(session, proposal, now)
    record(session, actor, now, EventKind.REVIEW_SUBMITTED, proposal_id=proposal.id)
    reveal_when_due(session, proposal, now)
    return review


def _write(
    session: Session,
    actor: Actor,
    review_id: int,
    answers: ReviewAnswers,
    seen_version: int | None,
    now: datetime,
) -> Review:
    review, step = own_review(session, actor, review_id)
    criteria = {row.id: row.weight for row in scoring.criteria_for(session, review.proposal_id)}
    stored = scoring.scores_of(session, review_id)
    check_version(review, seen_version, as_shown(review, {key: stored.get(key) for key in criteria}))
    if step is not Step.REVIEW:
        raise DomainError(
            "The gate was decided while you were writing, so the scores cannot change any more."
        )
    if review.state not in OPEN_STATES:
        raise DomainError("This review is no longer open.")
    if not answers.scores.keys() <= criteria.keys():
        raise DomainError("The rubric has changed. Load the page again.")
    if review.state is ReviewState.ASSIGNED:
        review.state, review.started_at = ReviewState.STARTED, now
        record(session, actor, now, EventKind.REVIEW_SAVED, proposal_id=review.proposal_id)
    review.confidence, review.recommendation = answers.confidence, answers.recommendation
    review.needs_mentoring, review.comment = answers.needs_mentoring, answers.comment
    review.total = weighted_total(
        CriterionScore(criteria[key], answer.value) for key, answer in answers.scores.items()
    )
    keep_scores(session, review_id, answers.scores)
    return review


def as_shown(review: Review, scores: Mapping[int, ScoreAnswer | None]) -> dict[str, Any]:
    """A review by the form's field names, to be laid beside somebody's own text."""
    shown: dict[str, Any] = {}
    for key, answer in scores.items():
        shown[f"score_{key}"] = score_choice(answer or ScoreAnswer())
        shown[f"why_{key}"] = answer.justification if answer else ""
    return shown | {
        "confidence": "" if review.confidence is None else str(review.confidence),
        "recommendation": review.recommendation.value if review.recommendation else "",
        "needs_mentoring": review.needs_mentoring,
        "comment": review.comment,
    }


def score_choice(answer: ScoreAnswer) -> str:
    """The radio button that stands for an answer: "1" to "5", "na", or "" for none yet."""
    if not answer.applies:
        return "na"
    return "" if answer.value is None else str(answer.value)


def keep_scores(session: Session, review_id: int, scores: Mapping[int, ScoreAnswer]) -> None:
    """Write the scores of a review over those that stand."""
    rows = {
        row.criterion_id: row for row in session.scalars(sa.select(Score).where(Score.review_id == review_id))
    }
    for criterion_id, answer in scores.items():
        row = rows.get(criterion_id)
        if row is None:
            if not answer.given and not answer.justification:
                continue
            row = Score(review_id=review_id, criterion_id=criterion_id)
            session.add(row)
        row.value, row.applies, row.justification = answer.value, answer.applies, answer.justification
