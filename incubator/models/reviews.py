"""Reviews and their scores, with those of the sealed round where a review was revised afterwards."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.reviews import Recommendation, ReviewState
from incubator.models.accounts import Person
from incubator.models.calls import Criterion
from incubator.models.proposals import Proposal


class Review(Base):
    """One reviewer's work on one proposal, from the assignment on. `total` is the weighted total.

    After the reviews were revealed it may be revised once: `first_total` and `first_recommendation` then
    keep what the sealed review said, and its scores stand in `first_score`.
    """

    __tablename__ = "review"
    __table_args__ = (
        sa.UniqueConstraint("proposal_id", "reviewer_id"),
        sa.CheckConstraint(
            "(state = 'submitted') = (submitted_at IS NOT NULL)", name="submitted_at_a_moment"
        ),
        sa.CheckConstraint(
            "state NOT IN ('abstained', 'declined') OR reason <> ''", name="no_refusal_without_a_reason"
        ),
        sa.CheckConstraint(
            "confidence IS NULL OR confidence BETWEEN 1 AND 3", name="confidence_from_one_to_three"
        ),
        sa.CheckConstraint("(revised_at IS NULL) = (revision_reason = '')", name="revised_for_a_reason"),
        sa.Index("ix_review_queue", "reviewer_id", "state", "due_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    revision_number: Mapped[int]
    reviewer_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    state: Mapped[ReviewState] = mapped_column(text_enum(ReviewState, "state"), default=ReviewState.ASSIGNED)
    due_on: Mapped[date | None]
    assigned_at: Mapped[datetime]
    assigned_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    started_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    total: Mapped[float | None]
    confidence: Mapped[int | None]
    recommendation: Mapped[Recommendation | None] = mapped_column(text_enum(Recommendation, "recommendation"))
    needs_mentoring: Mapped[bool] = mapped_column(default=False)
    comment: Mapped[str] = mapped_column(default="")
    revised_at: Mapped[datetime | None]
    revision_reason: Mapped[str] = mapped_column(default="")
    first_total: Mapped[float | None]
    first_recommendation: Mapped[Recommendation | None] = mapped_column(
        text_enum(Recommendation, "first_recommendation")
    )
    version: Mapped[int] = mapped_column(nullable=False)

    proposal: Mapped[Proposal] = relationship(lazy="raise_on_sql")
    reviewer: Mapped[Person] = relationship(lazy="raise_on_sql", foreign_keys=[reviewer_id])
    scores: Mapped[list[Score]] = relationship(lazy="raise_on_sql", back_populates="review")

    __mapper_args__ = {"version_id_col": version}


class Score(Base):
    """A criterion's score with its justification. No value and `applies` False: not applicable."""

    __tablename__ = "score"
    __table_args__ = (
        sa.CheckConstraint("value IS NULL OR value BETWEEN 1 AND 5", name="value_from_one_to_five"),
        sa.CheckConstraint("applies OR value IS NULL", name="no_value_where_it_does_not_apply"),
    )

    review_id: Mapped[int] = mapped_column(sa.ForeignKey("review.id"), primary_key=True)
    criterion_id: Mapped[int] = mapped_column(sa.ForeignKey("criterion.id"), primary_key=True, index=True)
    value: Mapped[int | None]
    applies: Mapped[bool] = mapped_column(default=True)
    justification: Mapped[str] = mapped_column(default="")

    review: Mapped[Review] = relationship(lazy="raise_on_sql", back_populates="scores")
    criterion: Mapped[Criterion] = relationship(lazy="raise_on_sql")


class FirstScore(Base):
    """A criterion's score as the sealed review gave it, kept when the review was revised."""

    __tablename__ = "first_score"
    __table_args__ = (
        sa.CheckConstraint("value IS NULL OR value BETWEEN 1 AND 5", name="value_from_one_to_five"),
    )

    review_id: Mapped[int] = mapped_column(sa.ForeignKey("review.id"), primary_key=True)
    criterion_id: Mapped[int] = mapped_column(sa.ForeignKey("criterion.id"), primary_key=True, index=True)
    value: Mapped[int | None]
    applies: Mapped[bool] = mapped_column(default=True)
    justification: Mapped[str] = mapped_column(default="")
