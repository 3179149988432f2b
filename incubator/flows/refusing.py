"""Saying no to a review: with a reason, and somebody else is asked."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.reviews import OPEN_STATES, ReviewState
from incubator.domain.roles import Actor
from incubator.flows.reassigning import Left, reassign
from incubator.flows.record import record
from incubator.flows.reviews import own_review, reveal_when_due
from incubator.flows.stages import lock_proposal
from incubator.models.reviews import Review


def decline(session: Session, actor: Actor, *, review_id: int, reason: str, now: datetime) -> None:
    """Say no to a review, with the reason; the next best reviewer of the call is asked, or the coordinators
    are told that somebody is needed."""
    _refuse(session, actor, review_id, reason, ReviewState.DECLINED, Left.DECLINED, now)


def abstain(session: Session, actor: Actor, *, review_id: int, reason: str, now: datetime) -> None:
    """Give no score although the proposal was read, with the reason; somebody else is asked as for a refusal."""
    _refuse(session, actor, review_id, reason, ReviewState.ABSTAINED, Left.ABSTAINED, now)


EVENTS = {
    ReviewState.DECLINED: EventKind.REVIEW_DECLINED,
    ReviewState.ABSTAINED: EventKind.REVIEW_ABSTAINED,
}


def _refuse(
    session: Session,
    actor: Actor,
    review_id: int,
    reason: str,
    state: ReviewState,
    left: Left,
    now: datetime,
) -> None:
    proposal_id = session.scalar(sa.select(Review.proposal_id).where(Review.id == review_id))
    if proposal_id is None:
        raise NotFound
    proposal = lock_proposal(session, proposal_id)
    review, _ = own_review(session, actor, review_id)
    if review.state not in OPEN_STATES:
        raise DomainError("This review is no longer open.")
    if not reason.strip():
        raise DomainError("Give a reason, so that the coordinator can act on it.", "reason")
    review.state, review.reason = state, reason.strip()
    record(session, actor, now, EVENTS[state], proposal_id=proposal.id, reason=reason.strip())
    reassign(session, proposal, review.reviewer_id, left, now)
    reveal_when_due(session, proposal, now)
