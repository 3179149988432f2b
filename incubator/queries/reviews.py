"""Reviews as somebody may see them.

Others' scores are sealed for a reviewer until their own review is in and the reviews were revealed, and
for everybody with a conflict of interest. That is said once, in `may_see_scores`; rows, means, counts, orders and exports
all go through it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.access import AGENCY_WATCH
from incubator.domain.reviews import (
    OPEN_STATES,
    REVIEWS_REQUIRED,
    Recommendation,
    ReviewState,
    RevisionFacts,
    why_not_revise,
)
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Step
from incubator.models.accounts import Person, RoleGrant
from incubator.models.agencies import Agency
from incubator.models.calls import Call
from incubator.models.conflicts import Conflict
from incubator.models.proposals import Author, Proposal
from incubator.models.reviews import Review
from incubator.queries.redaction import title_for_reviewers
from incubator.queries.visibility import (
    BEFORE_THE_DECISION,
    covered,
    is_assigned,
    is_conflicted,
    is_revealed,
    of_newest_revision,
    stands,
    visible,
)


@cache
def _another_review() -> Any:
    """Made once: an alias costs more than the condition it stands in."""
    return aliased(Review)


def _own_review(actor: Actor, *states: ReviewState) -> sa.ColumnElement[bool]:
    mine = _another_review()
    return sa.exists().where(
        mine.proposal_id == Proposal.id, mine.reviewer_id == actor.person_id, mine.state.in_(states)
    )


def may_not_judge(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether a conflict or the own agency keeps the actor from judging a proposal."""
    return sa.or_(is_conflicted(actor.person_id), is_own_agency(actor))


def is_own_agency(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether a proposal is of an agency the actor belongs to, for a SELECT over Proposal."""
    agencies = set(actor.agencies(*AGENCY_WATCH))
    if actor.agency_id is not None:
        agencies.add(actor.agency_id)
    return Proposal.agency_id.in_(sorted(agencies)) if agencies else sa.false()


def may_see_scores(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor may see the reviews of a proposal, as a condition of a SELECT over Proposal.

    Says the same as `domain.access` does for SEE_SCORES, and a test holds the two together; besides, a
    call may keep its reviewers' scores from each other for good.
    """
    by_role = sa.or_(
        covered(actor, Role.COORDINATOR, Role.GATEKEEPER),
        sa.and_(covered(actor, Role.LEADERSHIP), Proposal.step.not_in(BEFORE_THE_DECISION)),
    )
    barred = [is_conflicted(actor.person_id), is_own_agency(actor)]
    if not actor.holds(Role.REVIEWER):
        return sa.and_(by_role, ~sa.or_(*barred))
    barred.append(_own_review(actor, *OPEN_STATES))
    keeps_apart = sa.exists().where(Call.id == Proposal.call_id, ~Call.shares_scores).correlate(Proposal)
    scored = sa.and_(
        _own_review(actor, ReviewState.SUBMITTED, ReviewState.ABSTAINED), is_revealed(), ~keeps_apart
    )
    return sa.and_(sa.or_(by_role, scored), ~sa.or_(*barred))


def is_sealed(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor reviews a proposal and learns nothing yet of the others' reviews; for a SELECT over
    Proposal. Says the same as `domain.access.is_sealed`."""
    if not actor.holds(Role.REVIEWER):
        return sa.false()
    return sa.and_(is_assigned(actor.person_id), ~may_see_scores(actor))


def shown_score(actor: Actor) -> sa.ColumnElement[float | None]:
    """The mean of a proposal's reviews where the actor may see it, else NULL: to show and to sort by."""
    return sa.case((may_see_scores(actor), Proposal.score), else_=None)


def shown_value(actor: Actor) -> sa.ColumnElement[float | None]:
    """The value (1-5) the reviews give, or NULL where the actor may not see it."""
    return sa.case((may_see_scores(actor), Proposal.value), else_=None)


def shown_effort(actor: Actor) -> sa.ColumnElement[float | None]:
    """The effort (1-5) the reviews give, or NULL where the actor may not see it."""
    return sa.case((may_see_scores(actor), Proposal.effort), else_=None)


def shown_reviews_in(actor: Actor) -> sa.ColumnElement[int | None]:
    """How many reviews are in where the actor may see it, else NULL."""
    return sa.case((may_see_scores(actor), Proposal.reviews_in), else_=None)


def readable(actor: Actor) -> sa.ColumnElement[bool]:
    """The reviews somebody may read, as a condition of a SELECT over Review joined to Proposal:
    one's own, and others' that are handed in where scores are shown. Another's draft is no review.

    Where names are hidden, a reviewer sees none of the record's pages and reads the reviews all the same."""
    me = actor.person_id
    return sa.and_(
        sa.or_(visible(actor), sa.and_(is_assigned(me), ~is_conflicted(me))),
        sa.or_(
            sa.and_(Review.reviewer_id == actor.person_id, ~is_conflicted(actor.person_id)),
            sa.and_(Review.state == ReviewState.SUBMITTED, may_see_scores(actor)),
        ),
    )


@dataclass(frozen=True, slots=True)
class ReviewFacts:
    """What the selection gate asks of the reviews. Only unconflicted reviews of the newest revision count as
    `submitted`; `totals` are theirs, lowest first. Those `to_confirm` are of an earlier revision and count once
    their writers confirm. For the rules and the frozen evidence, never for a page."""

    required: int
    submitted: int
    open: int
    to_confirm: int
    refused: int
    totals: tuple[float, ...]
    recommendations: dict[str, int]

    @property
    def enough(self) -> bool:
        return self.submitted >= self.required

    @property
    def lacking(self) -> int:
        """Reviewers still to be found, beyond those who have not handed in yet."""
        return max(0, self.required - self.submitted - self.open - self.to_confirm)


def review_facts(session: Session, proposal_id: int) -> ReviewFacts:
    """How the reviews of a proposal stand, whoever asks."""
    required = session.scalar(
        sa.select(Call.reviews_required)
        .join(Proposal, Proposal.call_id == Call.id)
        .where(Proposal.id == proposal_id)
    )
    rows = session.execute(
        sa.select(
            Review.state,
            Review.total,
            Review.recommendation,
            of_newest_revision().label("is_current"),
            sa.func.coalesce(conflicted_reviewer(), sa.false()).label("barred"),
        )
        .join(Proposal, Proposal.id == Review.proposal_id)
        .join(Person, Person.id == Review.reviewer_id)
        .where(Review.proposal_id == proposal_id)
        .order_by(Review.total, Review.id)
    ).all()
    handed_in = [row for row in rows if row.state is ReviewState.SUBMITTED and not row.barred]
    counted = [row for row in handed_in if row.is_current]
    recommendations = {member.value: 0 for member in Recommendation}
    for row in counted:
        if row.recommendation is not None:
            recommendations[row.recommendation.value] += 1
    return ReviewFacts(
        required=REVIEWS_REQUIRED if required is None else required,
        submitted=len(counted),
        open=sum(row.state in OPEN_STATES and not row.barred for row in rows),
        to_confirm=len(handed_in) - len(counted),
        refused=sum(row.state in (ReviewState.DECLINED, ReviewState.ABSTAINED) for row in rows),
        totals=tuple(row.total for row in counted if row.total is not None),
        recommendations=recommendations,
    )


def conflicted_reviewer() -> sa.ColumnElement[bool]:
    """Whether a review's author may not judge its proposal, or NULL where no agency is known: for a
    SELECT over Review, Proposal and Person."""
    return sa.or_(
        Person.agency_id == Proposal.agency_id,
        sa.exists().where(Author.proposal_id == Review.proposal_id, Author.person_id == Review.reviewer_id),
        sa.exists().where(
            RoleGrant.person_id == Review.reviewer_id,
            RoleGrant.role.in_(AGENCY_WATCH),
            RoleGrant.agency_id == Proposal.agency_id,
        ),
        sa.exists().where(
            Conflict.proposal_id == Review.proposal_id, Conflict.person_id == Review.reviewer_id, stands()
        ),
    )


def past_their_day(session: Session, today: date) -> list[int]:
    """The proposals in review, by id, whose reviews are still sealed although the day on which they were due
    has passed and one at least is in."""
    some_in = (
        sa.exists()
        .where(Review.proposal_id == Proposal.id, Review.state == ReviewState.SUBMITTED)
        .correlate(Proposal)
    )
    return list(
        session.scalars(
            sa.select(Proposal.id)
            .join(Call, Call.id == Proposal.call_id)
            .where(
                Proposal.step == Step.REVIEW,
                Proposal.reviews_revealed_at.is_(None),
                Call.reviews_due_on < today,
                some_in,
            )
            .order_by(Proposal.id)
        )
    )


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A review in its reviewer's queue. Number and agency are None where the call hides names."""

    id: int
    title: str
    number: str | None
    agency_name: str | None
    call_title: str | None
    state: ReviewState
    step: Step
    due_on: date | None
    submitted_at: datetime | None
    total: float | None
    recommendation: Recommendation | None
    to_confirm: bool
    revision_facts: RevisionFacts

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES and self.step is Step.REVIEW

    def may_be_revised(self, today: date) -> bool:
        return not why_not_revise(self.revision_facts, today)


@dataclass(frozen=True, slots=True)
class QueueCounts:
    open: int
    overdue: int
    done: int


def _mine(actor: Actor) -> sa.ColumnElement[bool]:
    """The actor's reviews, those ended by a conflict or taken back left out."""
    return sa.and_(
        Review.reviewer_id == actor.person_id,
        Review.state != ReviewState.WITHDRAWN,
        ~is_conflicted(actor.person_id),
    )


def still_owed() -> sa.ColumnElement[bool]:
    """Whether a review waits for its reviewer: to be written, or to be confirmed for a new revision of the
    proposal. For a SELECT over Review and Proposal; what was withdrawn or decided waits for nobody."""
    return sa.and_(
        Proposal.step == Step.REVIEW,
        sa.or_(
            Review.state.in_(OPEN_STATES),
            sa.and_(Review.state == ReviewState.SUBMITTED, ~of_newest_revision()),
        ),
    )


_OPEN = still_owed()


def queue_counts(session: Session, actor: Actor, today: date) -> QueueCounts:
    """The actor's open, overdue and finished reviews, in one statement."""
    row = session.execute(
        sa.select(
            sa.func.count().filter(_OPEN),
            sa.func.count().filter(_OPEN, Review.due_on < today),
            sa.func.count().filter(~_OPEN),
        )
        .select_from(Review)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(_mine(actor))
    ).one()
    return QueueCounts(*row)


def queue(session: Session, actor: Actor, *, open_ones: bool, limit: int, offset: int) -> list[QueueRow]:
    """The actor's reviews: open ones by due day, those without one last; finished ones newest first."""
    order: tuple[Any, ...] = (
        (Review.due_on.is_(None), Review.due_on, Review.id)
        if open_ones
        else (Review.submitted_at.is_(None), Review.submitted_at.desc(), Review.id.desc())
    )
    rows = session.execute(_queue_select(actor, open_ones).order_by(*order).limit(limit).offset(offset)).all()
    return [
        QueueRow(
            id=row.id,
            title=row.title,
            number=None if row.names_hidden else row.number,
            agency_name=None if row.names_hidden else row.agency_name,
            call_title=row.call_title,
            state=row.state,
            step=row.step,
            due_on=row.due_on,
            submitted_at=row.submitted_at,
            total=row.total,
            recommendation=row.recommendation,
            to_confirm=row.state is ReviewState.SUBMITTED and row.step is Step.REVIEW and not row.is_current,
            revision_facts=RevisionFacts(
                row.state,
                is_open_to_reviewers=row.reviews_revealed_at is not None and row.shares_scores is not False,
                in_review=row.step is Step.REVIEW,
                is_revised=row.revised_at is not None,
                is_current=row.is_current,
                until=row.revisions_due_on,
            ),
        )
        for row in rows
    ]


def _queue_select(actor: Actor, open_ones: bool) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            Review.id,
            title_for_reviewers().label("title"),
            Proposal.number,
            Proposal.step,
            Agency.name.label("agency_name"),
            Call.title.label("call_title"),
            Call.names_hidden,
            Review.state,
            Review.due_on,
            Review.submitted_at,
            Review.total,
            Review.recommendation,
            Review.revised_at,
            of_newest_revision().label("is_current"),
            Proposal.reviews_revealed_at,
            Call.shares_scores,
            Call.revisions_due_on,
        )
        .join(Proposal, Proposal.id == Review.proposal_id)
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Call, Call.id == Proposal.call_id)
        .where(_mine(actor), _OPEN if open_ones else ~_OPEN)
    )
