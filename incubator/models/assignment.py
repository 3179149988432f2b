"""Giving reviewers to a call's proposals: what they know, what they bid for, and the plan made from it."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.assignment import BidKind
from incubator.models.accounts import Person


class Expertise(Base):
    """How well somebody knows a field, in their own word: 1 a little, 2 well, 3 thoroughly."""

    __tablename__ = "expertise"
    __table_args__ = (sa.CheckConstraint("level BETWEEN 1 AND 3", name="level_from_one_to_three"),)

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)
    level: Mapped[int]


class ProposalTag(Base):
    """A field that a coordinator added to those a proposal's own answers give."""

    __tablename__ = "proposal_tag"

    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True)


class CallReviewer(Base):
    """Somebody who reviews in a call, with the most reviews they take on. `asked_at` is when they were asked
    what they would like to review."""

    __tablename__ = "call_reviewer"
    __table_args__ = (sa.CheckConstraint("most >= 0", name="most_not_negative"),)

    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, index=True)
    most: Mapped[int]
    added_at: Mapped[datetime]
    asked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class Bid(Base):
    """Whether a reviewer would like to review a proposal."""

    __tablename__ = "bid"

    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), primary_key=True, index=True)
    kind: Mapped[BidKind] = mapped_column(text_enum(BidKind, "kind"))
    at: Mapped[datetime]


class PlanState(enum.StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class AssignmentPlan(Base):
    """One computed assignment of a call. Nobody but the office knows of a draft; publishing it makes the
    reviews. `forbidden` lists pairs [proposal, reviewer] ruled out by hand; `outcome` is what the
    computation said, in numbers."""

    __tablename__ = "assignment_plan"
    __table_args__ = (
        sa.CheckConstraint(
            "(state = 'published') = (published_at IS NOT NULL)", name="published_at_a_moment"
        ),
        sa.Index("ix_assignment_plan_call_id_state", "call_id", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id"))
    state: Mapped[PlanState] = mapped_column(text_enum(PlanState, "state"), default=PlanState.DRAFT)
    wanted: Mapped[int]
    forbidden: Mapped[list[Any]] = mapped_column(default=list)
    outcome: Mapped[dict[str, Any]] = mapped_column(default=dict)
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    version: Mapped[int] = mapped_column(nullable=False)

    reviews: Mapped[list[PlannedReview]] = relationship(lazy="raise_on_sql", back_populates="plan")

    __mapper_args__ = {"version_id_col": version}


class PlannedReview(Base):
    """A pair of the plan. `fit` is 0 to 1; `kept` are reviews that were there before, `by_hand` was chosen
    by a person."""

    __tablename__ = "planned_review"

    plan_id: Mapped[int] = mapped_column(sa.ForeignKey("assignment_plan.id"), primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), primary_key=True, index=True)
    reviewer_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, index=True)
    fit: Mapped[float]
    by_hand: Mapped[bool] = mapped_column(default=False)
    kept: Mapped[bool] = mapped_column(default=False)

    plan: Mapped[AssignmentPlan] = relationship(lazy="raise_on_sql", back_populates="reviews")
