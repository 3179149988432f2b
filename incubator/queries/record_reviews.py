"""Who reviews a proposal, who could, and what the reviews say: the reviews' page of a record."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.access import Record, own_agency
from incubator.domain.access import is_sealed as record_is_sealed
from incubator.domain.folding import fold
from incubator.domain.reviews import Recommendation, ReviewState, ScoreAnswer
from incubator.domain.roles import Actor, Grant, Role
from incubator.models.accounts import Person, RoleGrant
from incubator.models.agencies import Agency
from incubator.models.calls import Call, Criterion
from incubator.models.conflicts import Conflict
from incubator.models.proposals import Author, Proposal, Revision, Section
from incubator.models.reviews import FirstScore, Review, Score
from incubator.queries.reviews import is_sealed, may_not_judge, may_see_scores, readable, still_owed
from incubator.queries.visibility import of_newest_revision, stands, visible


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who reviews. `barred` says why not here (words with `%(…)s` filled in), or is empty;
    `load` counts the reviews that person still owes, of those proposals that the reader may know of."""

    id: int
    name: str
    agency_name: str | None
    load: int
    barred: str = ""
    invited: bool = False
    """The invitation has not been accepted, so a review assigned to this person reaches nobody yet."""


_WROTE = "Wrote this proposal or helped with it"
_OWN_AGENCY = "Belongs to the agency that proposed this"
_DECLARED = "Has a declared conflict of interest"
_ASSIGNED = "Already reviews this proposal"
_DECLINED = "Declined to review this"


def candidates(session: Session, actor: Actor, record: Record) -> list[Candidate]:
    """Everybody with the role of reviewer within reach of the record, those who are free first.

    Two statements, however many they are.
    """
    load = (
        sa.select(sa.func.count())
        .select_from(Review)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(
            Review.reviewer_id == Person.id,
            still_owed(),
            visible(actor),
            ~may_not_judge(actor),
            ~is_sealed(actor),
        )
        .correlate(Person)
        .scalar_subquery()
    )
    state = (
        sa.select(Review.state)
        .where(Review.reviewer_id == Person.id, Review.proposal_id == record.id)
        .correlate(Person)
        .scalar_subquery()
    )
    declared = sa.exists().where(Conflict.person_id == Person.id, Conflict.proposal_id == record.id, stands())
    reviews = sa.exists().where(
        RoleGrant.person_id == Person.id,
        RoleGrant.role == Role.REVIEWER,
        sa.or_(RoleGrant.agency_id.is_(None), RoleGrant.agency_id == record.agency_id),
        sa.or_(RoleGrant.call_id.is_(None), RoleGrant.call_id == record.call_id),
    )
    people = session.execute(
        sa.select(
            Person.id,
            Person.name,
            Person.agency_id,
            (Person.password_hash == "").label("invited"),
            Agency.name.label("agency_name"),
            load.label("load"),
            state.label("state"),
            declared.label("declared"),
            _helped_write(record.id).label("wrote"),
        )
        .outerjoin(Agency, Agency.id == Person.agency_id)
        .where(Person.disabled_at.is_(None), reviews)
        .order_by(folded(Person.name), Person.id)
    ).all()
    grants = _grants(session)
    found = []
    for row in people:
        reviewer = Actor(row.id, row.name, row.agency_id, grants.get(row.id, ()))
        barred = _barred(row, own=own_agency(reviewer, record.agency_id))
        found.append(Candidate(row.id, row.name, row.agency_name, row.load, barred, bool(row.invited)))
    return sorted(
        found, key=lambda one: (bool(one.barred), 0 if one.barred else one.load, fold(one.name), one.id)
    )


def people_with_a_say(session: Session, record: Record) -> list[tuple[int, str]]:
    """Everybody who may review, decide or coordinate within reach of the record, by name: whose conflict of
    interest a coordinator can record."""
    holds = sa.exists().where(
        RoleGrant.person_id == Person.id,
        RoleGrant.role.in_((Role.REVIEWER, Role.GATEKEEPER, Role.COORDINATOR)),
        sa.or_(RoleGrant.agency_id.is_(None), RoleGrant.agency_id == record.agency_id),
        sa.or_(RoleGrant.call_id.is_(None), RoleGrant.call_id == record.call_id),
    )
    rows = session.execute(
        sa.select(Person.id, Person.name).where(Person.disabled_at.is_(None), holds).order_by(Person.id)
    )
    return sorted(((row.id, row.name) for row in rows), key=lambda one: (fold(one[1]), one[0]))


def _helped_write(proposal_id: int) -> sa.ColumnElement[bool]:
    return sa.or_(
        sa.exists().where(Author.person_id == Person.id, Author.proposal_id == proposal_id),
        sa.exists().where(Section.saved_by_id == Person.id, Section.proposal_id == proposal_id),
        sa.exists().where(Revision.submitted_by_id == Person.id, Revision.proposal_id == proposal_id),
        sa.exists().where(Proposal.created_by_id == Person.id, Proposal.id == proposal_id),
    )


def _barred(row: sa.Row[tuple[object, ...]], *, own: bool) -> str:
    if own:
        return _OWN_AGENCY
    if row.declared:
        return _DECLARED
    if row.wrote:
        return _WROTE
    if row.state is ReviewState.DECLINED:
        return _DECLINED
    if row.state is not None and row.state is not ReviewState.WITHDRAWN:
        return _ASSIGNED
    return ""


def _grants(session: Session) -> dict[int, tuple[Grant, ...]]:
    """The roles of everybody who reviews anywhere; naming them one by one costs more than the reading."""
    reviewers = sa.select(RoleGrant.person_id).where(RoleGrant.role == Role.REVIEWER)
    rows = session.execute(
        sa.select(RoleGrant.person_id, RoleGrant.role, RoleGrant.agency_id, RoleGrant.call_id)
        .where(RoleGrant.person_id.in_(reviewers))
        .order_by(RoleGrant.id)
    )
    grants: dict[int, tuple[Grant, ...]] = {}
    for person_id, role, agency_id, call_id in rows:
        grants[person_id] = (*grants.get(person_id, ()), Grant(role, agency_id, call_id))
    return grants


@dataclass(slots=True)
class ReviewRow:
    """A review on its record's page. Without `open_to_reader` nothing of its content is filled in;
    with a sealed page the state is not either (None)."""

    id: int
    reviewer_id: int
    reviewer_name: str
    state: ReviewState | None
    due_on: date | None
    begun: bool
    reason: str
    invited: bool = False
    submitted_at: datetime | None = None
    total: float | None = None
    confidence: int | None = None
    recommendation: Recommendation | None = None
    needs_mentoring: bool = False
    comment: str = ""
    revision_number: int = 0
    to_confirm: bool = False
    revised_at: datetime | None = None
    revision_reason: str = ""
    first_total: float | None = None
    first_recommendation: Recommendation | None = None
    open_to_reader: bool = False
    scores: dict[int, ScoreRow] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """`first` is what the sealed review said on the criterion, where the review was revised."""

    criterion_id: int
    value: int | None
    applies: bool
    justification: str
    first: ScoreAnswer | None = None


@dataclass(frozen=True, slots=True)
class CriterionHead:
    id: int
    title: str
    weight: int


@dataclass(frozen=True, slots=True)
class RecordReviews:
    """The reviews of a record as somebody may see them. `sees_scores` allows means and charts over
    them; with `sealed` (one's own review is still open, or they are not revealed yet) not even the states of the others are known."""

    rows: list[ReviewRow]
    criteria: list[CriterionHead]
    sees_scores: bool
    sealed: bool


def reviews_of(session: Session, actor: Actor, record: Record) -> RecordReviews:
    """The reviews of a record, in two statements, with no more than the actor may see."""
    sealed = record_is_sealed(actor, record)
    may_read = readable(actor)
    rows = session.execute(
        sa.select(
            Review,
            Person.name,
            may_read.label("may_read"),
            may_see_scores(actor).label("sees_scores"),
            of_newest_revision().label("is_current"),
            (Person.password_hash == "").label("invited"),
        )
        .join(Proposal, Proposal.id == Review.proposal_id)
        .join(Person, Person.id == Review.reviewer_id)
        .where(Review.proposal_id == record.id)
        .order_by(folded(Person.name), Review.id)
    ).all()
    found = [
        _row(
            review,
            name,
            own=review.reviewer_id == actor.person_id,
            may_read=bool(may_read),
            sealed=sealed,
            is_current=bool(is_current),
            invited=bool(invited),
        )
        for review, name, may_read, _, is_current, invited in rows
    ]
    readable_ids = [row.id for row in found if row.open_to_reader]
    scores = session.execute(
        sa.select(
            Score.review_id,
            Score.criterion_id,
            Score.value,
            Score.applies,
            Score.justification,
            Criterion.title,
            Criterion.weight,
            FirstScore.review_id.label("first_of"),
            FirstScore.value.label("first_value"),
            FirstScore.applies.label("first_applies"),
            FirstScore.justification.label("first_justification"),
        )
        .join(Criterion, Criterion.id == Score.criterion_id)
        .outerjoin(
            FirstScore,
            sa.and_(FirstScore.review_id == Score.review_id, FirstScore.criterion_id == Score.criterion_id),
        )
        .where(Score.review_id.in_(readable_ids))
        .order_by(Criterion.rubric_id, Criterion.position, Criterion.id)
    ).all()
    by_review = {row.id: row for row in found}
    heads: dict[int, CriterionHead] = {}
    for score in scores:
        heads.setdefault(score.criterion_id, CriterionHead(score.criterion_id, score.title, score.weight))
        first = None
        if score.first_of is not None:
            first = ScoreAnswer(score.first_value, score.first_applies, score.first_justification)
        by_review[score.review_id].scores[score.criterion_id] = ScoreRow(
            score.criterion_id, score.value, score.applies, score.justification, first
        )
    return RecordReviews(found, list(heads.values()), any(row.sees_scores for row in rows), sealed)


def _row(
    review: Review, name: str, *, own: bool, may_read: bool, sealed: bool, is_current: bool, invited: bool
) -> ReviewRow:
    row = ReviewRow(
        id=review.id,
        reviewer_id=review.reviewer_id,
        reviewer_name=name,
        state=review.state if own or not sealed else None,
        due_on=review.due_on,
        begun=(own or not sealed) and review.started_at is not None,
        reason=review.reason if own or not sealed else "",
        invited=invited,
    )
    if may_read and (own or review.state is ReviewState.SUBMITTED):
        row.open_to_reader = True
        row.submitted_at = review.submitted_at
        row.total = review.total
        row.confidence = review.confidence
        row.recommendation = review.recommendation
        row.needs_mentoring = review.needs_mentoring
        row.comment = review.comment
        row.revision_number = review.revision_number
        row.to_confirm = review.state is ReviewState.SUBMITTED and not is_current
        row.revised_at, row.revision_reason = review.revised_at, review.revision_reason
        row.first_total, row.first_recommendation = review.first_total, review.first_recommendation
    return row


@dataclass(frozen=True, slots=True)
class CallTerms:
    """What the call asks of its reviews; `due_on` is the day offered when assigning."""

    required: int
    due_on: date | None
    names_hidden: bool
    chair_id: int | None


def call_terms(session: Session, call_id: int | None) -> CallTerms | None:
    row = session.execute(
        sa.select(Call.reviews_required, Call.reviews_due_on, Call.names_hidden, Call.chair_id).where(
            Call.id == call_id
        )
    ).one_or_none()
    return None if row is None else CallTerms(*row)
