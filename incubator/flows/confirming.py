"""Reviews of an earlier revision: they count for the newest one only when their writers confirm or change them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Actor
from incubator.domain.stages import Step
from incubator.flows.mail import post
from incubator.flows.record import record
from incubator.flows.reviews import own_review, refresh_scores, reveal_when_due
from incubator.flows.stages import lock_proposal
from incubator.models.accounts import Person
from incubator.models.calls import Call
from incubator.models.conflicts import Conflict
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from incubator.queries import scoring
from incubator.queries.redaction import titles_for_reviewers
from incubator.queries.visibility import of_newest_revision, stands


def confirm(session: Session, actor: Actor, *, review_id: int, seen_revision: int, now: datetime) -> Review:
    """The actor's submitted review counts for the newest revision as well, unchanged."""
    proposal, review = _to_confirm(session, actor, review_id, seen_revision)
    review.revision_number = proposal.revision_number
    refresh_scores(session, proposal, now)
    record(session, actor, now, EventKind.REVIEW_SUBMITTED, proposal_id=proposal.id)
    reveal_when_due(session, proposal, now)
    return review


def reopen(session: Session, actor: Actor, *, review_id: int, seen_revision: int, now: datetime) -> Review:
    """The actor's submitted review becomes a draft again, to be changed for the newest revision."""
    proposal, review = _to_confirm(session, actor, review_id, seen_revision)
    review.state, review.submitted_at = ReviewState.STARTED, None
    refresh_scores(session, proposal, now)
    record(session, actor, now, EventKind.REVIEW_SAVED, proposal_id=proposal.id)
    return review


def _to_confirm(
    session: Session, actor: Actor, review_id: int, seen_revision: int
) -> tuple[Proposal, Review]:
    own = scoring.find_own_review(session, actor, review_id)
    if own is None:
        raise NotFound
    proposal = lock_proposal(session, own.proposal_id)
    review, step = own_review(session, actor, review_id)
    if step is not Step.REVIEW:
        raise DomainError("The proposal is not in review, so its reviews stay as they are.")
    if review.state is not ReviewState.SUBMITTED or review.revision_number == proposal.revision_number:
        raise DomainError("There is nothing to confirm: this review is not of an earlier revision.")
    if seen_revision != proposal.revision_number:
        raise DomainError("The proposal has changed again since you opened this page. Read it first.")
    return proposal, review


def ask_to_confirm(session: Session, proposal: Proposal, now: datetime) -> None:
    """Back in review with a new revision: those who reviewed an earlier one are asked to confirm, by mail, and
    what waits for them is due with the call's reviews. The proposal must be locked."""
    session.flush()
    due_on = session.scalar(sa.select(Call.reviews_due_on).where(Call.id == proposal.call_id))
    due_on = due_on if due_on is not None and due_on >= office_day(now) else None
    rows = session.execute(
        sa.select(Review, Person)
        .join(Person, Person.id == Review.reviewer_id)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(
            Review.proposal_id == proposal.id,
            Review.state == ReviewState.SUBMITTED,
            ~of_newest_revision(),
            Person.disabled_at.is_(None),
            ~sa.exists().where(
                Conflict.proposal_id == proposal.id, Conflict.person_id == Person.id, stands()
            ),
        )
        .order_by(Person.id)
    ).all()
    title = titles_for_reviewers(session, [proposal.id])[proposal.id] if rows else ""
    for review, person in rows:
        review.due_on = due_on
        post(
            session,
            recipient_id=person.id,
            address=person.email,
            subject=f"Please confirm your review: {title}",
            body=(
                f"The agency submitted a new version of the proposal “{title}” after you reviewed it.\n\n"
                "Your review isn't counted until you confirm that it still holds, or change it. Open it under "
                "“My reviews”."
            ),
            now=now,
        )
