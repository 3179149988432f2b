"""Reviewing: assigning, taking and giving back, counting, revealing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, Answer, can_on_record
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, Forbidden, NotFound
from incubator.domain.events import EventKind
from incubator.domain.reviews import (
    EFFORT_CRITERIA,
    OPEN_STATES,
    SCALE_MAX,
    VALUE_CRITERIA,
    ReviewState,
    may_reveal,
)
from incubator.domain.roles import SYSTEM, Actor
from incubator.domain.stages import Step
from incubator.flows import ranking
from incubator.flows.mail import post
from incubator.flows.record import record
from incubator.flows.stages import lock_proposal
from incubator.flows.versions import locked
from incubator.models.accounts import Person
from incubator.models.calls import Call, Criterion
from incubator.models.conflicts import Conflict
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review, Score
from incubator.queries import record_reviews, records, scoring
from incubator.queries.redaction import titles_for_reviewers
from incubator.queries.reviews import review_facts
from incubator.queries.visibility import stands


def assign(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    people: Sequence[int],
    due_on: date | None,
    now: datetime,
) -> list[Review]:
    """Ask people to review a proposal, each with a mail.

    Raises DomainError beside `people` when one of them may not: a conflict, or already assigned.
    """
    facts = records.record_facts(session, actor, proposal_id)
    if facts is None:
        raise NotFound
    require(can_on_record(actor, Action.ASSIGN, facts))
    proposal = lock_proposal(session, proposal_id)
    if proposal.step is not Step.REVIEW:
        raise DomainError("Reviewers are assigned while the proposal is in review.")
    if not people:
        raise DomainError("Choose at least one reviewer.", "people")
    if due_on is not None and due_on < office_day(now):
        raise DomainError("The due date lies in the past.", "due_on")
    known = {candidate.id: candidate for candidate in record_reviews.candidates(session, actor, facts)}
    for person_id in people:
        candidate = known.get(person_id)
        if candidate is None:
            raise DomainError("Choose reviewers from the list.", "people")
        if candidate.barred:
            raise DomainError(
                "%(person)s cannot review this: %(reason)s.",
                "people",
                person=candidate.name,
                reason=candidate.barred,
            )
    return [ask(session, actor, proposal, person_id, due_on, now) for person_id in dict.fromkeys(people)]


def ask(
    session: Session, actor: Actor, proposal: Proposal, person_id: int, due_on: date | None, now: datetime
) -> Review:
    """Give somebody a review, with its event and a mail. Whether they may is the caller's to have asked."""
    review = session.scalars(
        sa.select(Review).where(Review.proposal_id == proposal.id, Review.reviewer_id == person_id)
    ).one_or_none()
    if review is None:
        review = Review(proposal_id=proposal.id, reviewer_id=person_id)
        session.add(review)
    set_to_be_written(review, actor, proposal.revision_number, due_on, now)
    session.flush()
    person = session.get_one(Person, person_id)
    record(session, actor, now, EventKind.REVIEW_ASSIGNED, proposal_id=proposal.id, person=person.name)
    until = f" Please hand it in by {due_on:%B} {due_on.day}, {due_on.year}." if due_on else ""
    title = titles_for_reviewers(session, [proposal.id])[proposal.id]
    _mail(
        session,
        person,
        f"Please review: {title}",
        f"You are asked to review the proposal “{title}”.{until}\n\n"
        "You find it under “My reviews”. If you cannot review it, or have a conflict of interest, "
        "say so there, so that somebody else can be asked.",
        now,
    )
    return review


def set_to_be_written(
    review: Review, actor: Actor, revision_number: int, due_on: date | None, now: datetime
) -> None:
    """Make a review one that is asked for and not begun, also where it had been taken back before."""
    review.state = ReviewState.ASSIGNED
    review.revision_number = revision_number
    review.due_on, review.reason = due_on, ""
    review.assigned_at, review.assigned_by_id = now, actor.person_id
    review.started_at = None


def unassign(session: Session, actor: Actor, *, review_id: int, reason: str, now: datetime) -> None:
    """Take a review from somebody: freely when it was not begun, else with a reason.

    A review that is in stays in; giving it back comes first.
    """
    proposal, review = _for_staff(session, actor, review_id)
    if review.state not in OPEN_STATES:
        raise DomainError("Only a review that is still open can be taken back.")
    if review.state is ReviewState.STARTED and not reason.strip():
        raise DomainError("The reviewer has begun. Say why the review is taken back.", "reason")
    review.state, review.reason = ReviewState.WITHDRAWN, reason.strip()
    record(
        session,
        actor,
        now,
        EventKind.REVIEW_UNASSIGNED,
        proposal_id=proposal.id,
        person=name_of(session, review.reviewer_id),
    )
    reveal_when_due(session, proposal, now)


def give_back(session: Session, actor: Actor, *, review_id: int, reason: str, now: datetime) -> None:
    """Return a review that is in to its reviewer, with a reason; it no longer counts until handed in anew."""
    proposal, review = _for_staff(session, actor, review_id)
    if review.state is not ReviewState.SUBMITTED:
        raise DomainError("Only a review that is in can be given back.")
    if proposal.step is not Step.REVIEW:
        raise DomainError("The gate has been decided; the reviews stay as they were.")
    if not reason.strip():
        raise DomainError("Say what the reviewer should change.", "reason")
    review.state, review.submitted_at, review.reason = ReviewState.STARTED, None, reason.strip()
    refresh_scores(session, proposal, now)
    person = session.get_one(Person, review.reviewer_id)
    record(
        session,
        actor,
        now,
        EventKind.REVIEW_RETURNED,
        proposal_id=proposal.id,
        person=person.name,
        reason=reason.strip(),
    )
    title = titles_for_reviewers(session, [proposal.id])[proposal.id]
    _mail(
        session,
        person,
        f"Your review was given back: {title}",
        f"The coordinator asks you to look at your review of “{title}” again:\n\n{reason.strip()}",
        now,
    )


def refresh_scores(session: Session, proposal: Proposal, now: datetime) -> None:
    """Bring the record's number of reviews, mean, value and effort into step with the reviews of the newest revision,
    and have the call's scores worked out anew.

    Value is the mean score of what it is worth (problem, impact); effort turns feasibility round, so
    that 1 is easy and 5 is hard. The proposal must be locked. `changed_at` stays: it would say when each
    review was submitted.
    """
    session.flush()
    submitted = (
        Review.proposal_id == proposal.id,
        Review.state == ReviewState.SUBMITTED,
        Review.revision_number == proposal.revision_number,
    )
    count, mean = session.execute(
        sa.select(sa.func.count(), sa.func.avg(Review.total)).where(*submitted)
    ).one()
    value, feasibility = session.execute(
        sa.select(
            sa.func.avg(Score.value).filter(Criterion.key.in_(sorted(VALUE_CRITERIA))),
            sa.func.avg(Score.value).filter(Criterion.key.in_(sorted(EFFORT_CRITERIA))),
        )
        .select_from(Score)
        .join(Review, Review.id == Score.review_id)
        .join(Criterion, Criterion.id == Score.criterion_id)
        .where(*submitted)
    ).one()
    proposal.reviews_in = count
    proposal.score = None if mean is None else float(mean)
    proposal.value = None if value is None else float(value)
    proposal.effort = None if feasibility is None else SCALE_MAX + 1 - float(feasibility)
    ranking.ask(session, proposal.call_id, now)


def reveal_when_due(session: Session, proposal: Proposal, now: datetime) -> bool:
    """Open the reviews to each other's authors when all are in or their day has passed; whether it did.

    Once revealed they stay so. Those whose own review is in get a mail. The proposal must be locked.
    """
    if proposal.reviews_revealed_at is not None or proposal.step is not Step.REVIEW:
        return False
    session.flush()
    facts = review_facts(session, proposal.id)
    call = session.get(Call, proposal.call_id) if proposal.call_id is not None else None
    due_on = call.reviews_due_on if call is not None else None
    if not may_reveal(
        submitted=facts.submitted,
        open_ones=facts.open + facts.to_confirm,
        required=facts.required,
        due_on=due_on,
        today=office_day(now),
    ):
        return False
    proposal.reviews_revealed_at = now
    record(session, SYSTEM, now, EventKind.REVIEWS_REVEALED, proposal_id=proposal.id, count=facts.submitted)
    if call is None or call.shares_scores:
        _tell_who_may_revise(session, proposal, call.revisions_due_on if call else None, now)
    return True


def _tell_who_may_revise(session: Session, proposal: Proposal, until: date | None, now: datetime) -> None:
    """A mail to each reviewer whose own review is in; who still writes is told nothing."""
    title = titles_for_reviewers(session, [proposal.id])[proposal.id]
    last = f"until {until:%B} {until.day}, {until.year}" if until else "until the proposal is decided on"
    may_revise = (
        f" If they change your mind, you may revise your own review once, {last}, with a reason."
        if until is None or office_day(now) <= until
        else ""
    )
    people = session.scalars(
        sa.select(Person)
        .join(Review, Review.reviewer_id == Person.id)
        .where(
            Review.proposal_id == proposal.id,
            Review.state == ReviewState.SUBMITTED,
            Person.disabled_at.is_(None),
            ~sa.exists().where(
                Conflict.proposal_id == proposal.id, Conflict.person_id == Person.id, stands()
            ),
        )
        .order_by(Person.id)
    )
    for person in people.all():
        _mail(
            session,
            person,
            f"The reviews are open now: {title}",
            f"You can now read what the others wrote about “{title}”: open your review under "
            f"“My reviews”.{may_revise}",
            now,
        )


def own_review(session: Session, actor: Actor, review_id: int) -> tuple[Review, Step]:
    """The actor's own review, locked, and the step its proposal is in."""
    if scoring.find_own_review(session, actor, review_id) is None:
        raise NotFound
    review = session.scalars(
        sa.select(Review)
        .where(Review.id == review_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    facts = records.record_facts(session, actor, review.proposal_id)
    if facts is None:
        raise NotFound
    require(can_on_record(actor, Action.SCORE, facts))
    return review, facts.step


def _for_staff(session: Session, actor: Actor, review_id: int) -> tuple[Proposal, Review]:
    proposal_id = session.scalar(sa.select(Review.proposal_id).where(Review.id == review_id))
    facts = None if proposal_id is None else records.record_facts(session, actor, proposal_id)
    if facts is None:
        raise NotFound
    require(can_on_record(actor, Action.ASSIGN, facts))
    if facts.is_assigned and not facts.has_scored:
        raise Forbidden("You see the other reviews once your own is in.")
    proposal = lock_proposal(session, facts.id)
    review = locked(session, Review, review_id)
    if review is None:
        raise NotFound
    return proposal, review


def name_of(session: Session, person_id: int) -> str:
    """The name of somebody with an account. Raises NotFound for anybody else."""
    name = session.scalar(sa.select(Person.name).where(Person.id == person_id))
    if name is None:
        raise NotFound
    return name


def _mail(session: Session, person: Person, subject: str, body: str, now: datetime) -> None:
    post(session, recipient_id=person.id, address=person.email, subject=subject, body=body, now=now)


def require(answer: Answer) -> None:
    """Raise what a refusal means: NotFound where the record may not be known of, else Forbidden."""
    if not answer:
        raise Forbidden(answer.reason) if answer.known else NotFound
