"""The page on which one review is written: the proposal as handed in, the rubric, the answers so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.releases import AgencySees
from incubator.domain.reviews import (
    OPEN_STATES,
    Recommendation,
    ReviewAnswers,
    ReviewState,
    RevisionFacts,
    ScoreAnswer,
)
from incubator.domain.roles import Actor
from incubator.domain.stages import Step
from incubator.models.agencies import Agency
from incubator.models.calls import Call, Criterion, Rubric
from incubator.models.proposals import Proposal, Revision
from incubator.models.reviews import FirstScore, Review, Score
from incubator.queries.redaction import summary_for_reviewers, title_for_reviewers
from incubator.queries.visibility import is_conflicted


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """A criterion as the form shows it; `anchors` has a sentence for each score from 1 to 5."""

    id: int
    key: str
    title: str
    description: str
    weight: int
    anchors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnReview:
    """A review for its own reviewer. With `names_hidden` number and agency are None, and title and summary are
    those of the copy without names once there is one."""

    id: int
    version: int
    state: ReviewState
    proposal_id: int
    title: str
    summary: str
    number: str | None
    agency_name: str | None
    agency_id: int
    call_id: int | None
    call_title: str | None
    names_hidden: bool
    step: Step
    due_on: date | None
    assigned_at: datetime
    submitted_at: datetime | None
    reason: str
    total: float | None
    revision_number: int
    newest_revision: int
    confidence: int | None
    recommendation: Recommendation | None
    needs_mentoring: bool
    comment: str
    revealed_at: datetime | None
    shares_scores: bool
    agency_sees: AgencySees | None
    revisions_due_on: date | None
    revised_at: datetime | None
    revision_reason: str
    first_total: float | None
    first_recommendation: Recommendation | None

    @property
    def revision_facts(self) -> RevisionFacts:
        """What the rules ask before it is revised."""
        return RevisionFacts(
            self.state,
            is_open_to_reviewers=self.revealed_at is not None and self.shares_scores,
            in_review=self.step is Step.REVIEW,
            is_revised=self.revised_at is not None,
            is_current=self.revision_number == self.newest_revision,
            until=self.revisions_due_on,
        )

    @property
    def to_confirm(self) -> bool:
        """Whether it is of an earlier revision and isn't counted until it is confirmed or changed."""
        return (
            self.state is ReviewState.SUBMITTED
            and self.step is Step.REVIEW
            and self.revision_number != self.newest_revision
        )

    @property
    def agency_reads_reasons(self) -> bool:
        """Whether the call promised the agency what its reviewers wrote, without names."""
        return self.agency_sees is not None and self.agency_sees.includes(AgencySees.COMMENTS)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES and self.step is Step.REVIEW


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A proposal's newest revision, as frozen."""

    number: int
    form_version: int
    submitted_at: datetime
    content: dict[str, Any]


ME: sa.BindParameter[int | None] = sa.bindparam("me", type_=sa.Integer())

OWN_REVIEW = (
    sa.select(
        Review.id,
        Review.version,
        Review.state,
        Review.proposal_id,
        title_for_reviewers().label("title"),
        summary_for_reviewers().label("summary"),
        Proposal.number,
        Agency.name.label("agency_name"),
        Proposal.agency_id,
        Proposal.call_id,
        Call.title.label("call_title"),
        sa.func.coalesce(Call.names_hidden, sa.false()).label("names_hidden"),
        Proposal.step,
        Review.due_on,
        Review.assigned_at,
        Review.submitted_at,
        Review.reason,
        Review.total,
        Review.revision_number,
        Proposal.revision_number.label("newest_revision"),
        Review.confidence,
        Review.recommendation,
        Review.needs_mentoring,
        Review.comment,
        Proposal.reviews_revealed_at.label("revealed_at"),
        sa.func.coalesce(Call.shares_scores, sa.true()).label("shares_scores"),
        Call.agency_sees,
        Call.revisions_due_on,
        Review.revised_at,
        Review.revision_reason,
        Review.first_total,
        Review.first_recommendation,
    )
    .join(Proposal, Proposal.id == Review.proposal_id)
    .join(Agency, Agency.id == Proposal.agency_id)
    .outerjoin(Call, Call.id == Proposal.call_id)
    .where(
        Review.id == sa.bindparam("review_id", type_=sa.Integer()),
        Review.reviewer_id == ME,
        Review.state.not_in((ReviewState.WITHDRAWN, ReviewState.DECLINED)),
        ~is_conflicted(ME),
    )
)
"""Built once, as the statements below: making them anew costs more than running them."""


def find_own_review(session: Session, actor: Actor, review_id: int) -> OwnReview | None:
    """The actor's own review, or None: somebody else's, one taken back, and one of a proposal with
    which the actor has a conflict are as good as none."""
    row = session.execute(OWN_REVIEW, {"review_id": review_id, "me": actor.person_id}).one_or_none()
    if row is None:
        return None
    values = dict(row._mapping)
    values["names_hidden"] = bool(values["names_hidden"])
    values["shares_scores"] = bool(values["shares_scores"])
    if values["names_hidden"]:
        values |= {"number": None, "agency_name": None}
    return OwnReview(**values)


PROPOSAL_ID = sa.bindparam("proposal_id", type_=sa.Integer())
_OF_ITS_CALL = (
    sa.select(Call.rubric_id)
    .join(Proposal, Proposal.call_id == Call.id)
    .where(Proposal.id == PROPOSAL_ID)
    .scalar_subquery()
)
_NEWEST = (
    sa.select(Rubric.id)
    .where(Rubric.published_at.is_not(None))
    .order_by(Rubric.published_at.desc(), Rubric.id.desc())
    .limit(1)
    .scalar_subquery()
)
CRITERIA = (
    sa.select(
        Criterion.id,
        Criterion.key,
        Criterion.title,
        Criterion.description,
        Criterion.weight,
        Criterion.anchors,
    )
    .where(Criterion.rubric_id == sa.func.coalesce(_OF_ITS_CALL, _NEWEST))
    .order_by(Criterion.position, Criterion.id)
)


def criteria_for(session: Session, proposal_id: int) -> list[CriterionRow]:
    """The criteria of the proposal's call, in order; without a call, of the newest published rubric."""
    rows = session.execute(CRITERIA, {"proposal_id": proposal_id})
    return [
        CriterionRow(
            id=row.id,
            key=row.key,
            title=row.title,
            description=row.description,
            weight=row.weight,
            anchors=tuple(str(anchor) for anchor in row.anchors),
        )
        for row in rows
    ]


SCORES = (
    sa.select(Score.criterion_id, Score.value, Score.applies, Score.justification)
    .where(Score.review_id == sa.bindparam("review_id", type_=sa.Integer()))
    .order_by(Score.criterion_id)
)


def scores_of(session: Session, review_id: int) -> dict[int, ScoreAnswer]:
    """The scores of one review by criterion."""
    rows = session.execute(SCORES, {"review_id": review_id})
    return {row.criterion_id: ScoreAnswer(row.value, row.applies, row.justification) for row in rows}


FIRST_SCORES = (
    sa.select(FirstScore.criterion_id, FirstScore.value, FirstScore.applies, FirstScore.justification)
    .where(FirstScore.review_id == sa.bindparam("review_id", type_=sa.Integer()))
    .order_by(FirstScore.criterion_id)
)


def first_scores_of(session: Session, review_id: int) -> dict[int, ScoreAnswer]:
    """The scores of a revised review as it was before, by criterion."""
    rows = session.execute(FIRST_SCORES, {"review_id": review_id})
    return {row.criterion_id: ScoreAnswer(row.value, row.applies, row.justification) for row in rows}


def answers_of(review: OwnReview, scores: dict[int, ScoreAnswer]) -> ReviewAnswers:
    return ReviewAnswers(
        scores=scores,
        confidence=review.confidence,
        recommendation=review.recommendation,
        needs_mentoring=review.needs_mentoring,
        comment=review.comment,
    )


NEWEST_REVISION = (
    sa.select(Revision.number, Revision.form_version, Revision.submitted_at, Revision.content)
    .where(Revision.proposal_id == PROPOSAL_ID)
    .order_by(Revision.number.desc())
    .limit(1)
)


def newest_revision(session: Session, proposal_id: int) -> HandedIn | None:
    """The proposal as it was last handed in."""
    row = session.execute(NEWEST_REVISION, {"proposal_id": proposal_id}).one_or_none()
    return None if row is None else HandedIn(*row)
