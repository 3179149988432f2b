"""The round after the reveal: reviewers may revise their own review once, and what they said first is kept."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.reviews import (
    CriterionScore,
    IncompleteReview,
    ReviewAnswers,
    ScoreAnswer,
    unfinished,
    weighted_total,
    why_not_revise,
)
from incubator.domain.roles import Actor
from incubator.flows.record import record
from incubator.flows.reviews import own_review, refresh_scores, reveal_when_due
from incubator.flows.scoring import as_shown, keep_scores
from incubator.flows.stages import lock_proposal
from incubator.flows.versions import check_version
from incubator.models.reviews import FirstScore, Review
from incubator.queries import scoring


def revise(
    session: Session,
    actor: Actor,
    *,
    review_id: int,
    answers: ReviewAnswers,
    reason: str,
    seen_version: int | None,
    now: datetime,
) -> Review:
    """Change the actor's own review, once, after the others were revealed; the first values are kept.

    Raises StaleVersion, IncompleteReview with everything that is missing (the reason too, as
    `revision_reason`), and DomainError when the round is over or nothing was changed.
    """
    own = scoring.find_own_review(session, actor, review_id)
    if own is None:
        raise NotFound
    proposal = lock_proposal(session, own.proposal_id)
    review, _step = own_review(session, actor, review_id)
    criteria = scoring.criteria_for(session, own.proposal_id)
    stored = scoring.scores_of(session, review_id)
    shown = as_shown(review, {row.id: stored.get(row.id) for row in criteria})
    check_version(review, seen_version, shown)
    # Read again: the proposal may have been decided while its lock was waited for.
    own = scoring.find_own_review(session, actor, review_id)
    refusal = "" if own is None else why_not_revise(own.revision_facts, office_day(now))
    if own is None or refusal:
        raise DomainError(refusal or "This review is no longer open.")
    if answers.scores.keys() != {row.id for row in criteria}:
        raise DomainError("The rubric has changed. Load the page again.")
    problems = list(unfinished({row.id: row.title for row in criteria}, answers))
    if not reason.strip():
        problems.append(DomainError("Say why you revise your review.", "revision_reason"))
    if problems:
        raise IncompleteReview(tuple(problems))
    if answers == scoring.answers_of(own, _as_answered(answers, stored)):
        raise DomainError("Nothing has changed. Leave the review as it is, or change a score or a text.")
    review.first_total, review.first_recommendation = review.total, review.recommendation
    session.add_all(
        FirstScore(
            review_id=review_id,
            criterion_id=criterion_id,
            value=answer.value,
            applies=answer.applies,
            justification=answer.justification,
        )
        for criterion_id, answer in sorted(stored.items())
    )
    review.confidence, review.recommendation = answers.confidence, answers.recommendation
    review.needs_mentoring, review.comment = answers.needs_mentoring, answers.comment
    review.total = weighted_total(
        CriterionScore(row.weight, answers.scores[row.id].value) for row in criteria
    )
    review.revised_at, review.revision_reason = now, reason.strip()
    keep_scores(session, review_id, answers.scores)
    refresh_scores(session, proposal, now)
    record(session, actor, now, EventKind.REVIEW_REVISED, proposal_id=proposal.id)
    return review


def _as_answered(answers: ReviewAnswers, stored: dict[int, ScoreAnswer]) -> dict[int, ScoreAnswer]:
    """What is stored, for the criteria that the form asks."""
    return {key: stored.get(key, ScoreAnswer()) for key in answers.scores}


def reveal_by_day(session: Session, proposal_id: int, now: datetime) -> bool:
    """Open the reviews of a proposal whose day has passed; whether it did. For the worker."""
    return reveal_when_due(session, lock_proposal(session, proposal_id), now)
