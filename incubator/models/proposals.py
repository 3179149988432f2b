"""The record itself: a proposal that may become a pilot, under one number and one address."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.stages import EndReason, Origin, Outcome, Precision, Stage, Step
from incubator.models.accounts import Person
from incubator.models.agencies import Agency, Need, Theme, Unit
from incubator.models.calls import Call


class Proposal(Base):
    """A proposal and the pilot it becomes: two ages of one thing.

    What lists show is kept here: the stage and step, when it came into them, by when somebody must
    decide (`due_on`), the mean of the reviews handed in, the planned and spent money.
    """

    __tablename__ = "proposal"
    __table_args__ = (
        sa.CheckConstraint("(stage = 'closed') = (outcome IS NOT NULL)", name="closed_with_an_outcome"),
        sa.CheckConstraint("(stage = 'closed') = (closed_at IS NOT NULL)", name="closed_at_a_moment"),
        sa.CheckConstraint(
            "(stage IN ('on_hold', 'closed')) = (resume_stage IS NOT NULL)",
            name="paused_work_knows_where_it_was",
        ),
        sa.CheckConstraint(
            "step IN ('draft', 'sign_off') OR origin <> 'entered' OR submitted_at IS NOT NULL",
            name="submitted_when_past_sign_off",
        ),
        sa.CheckConstraint("requested_cents IS NULL OR requested_cents >= 0", name="requested_not_negative"),
        sa.CheckConstraint("merged_into_id IS NULL OR outcome = 'merge'", name="merged_with_that_outcome"),
        sa.Index("ix_proposal_stage_due", "stage", "due_on"),
        sa.Index("ix_proposal_agency_stage", "agency_id", "stage"),
        sa.Index("ix_proposal_call_step", "call_id", "step"),
        # Holds all that the list of decisions counts and orders by, so that it never reads the rows.
        sa.Index(
            "ix_proposal_waiting",
            "step",
            "due_on",
            "midpoint_passed",
            "origin",
            "agency_id",
            "planned_cents",
            "requested_cents",
            "stage",
            "resume_stage",
            "call_id",
            "id",
        ),
        sa.Index("ix_proposal_changed", "changed_at", "id"),
        sa.Index("ix_proposal_title_key", "title_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    title_key: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    agency_id: Mapped[int] = mapped_column(sa.ForeignKey("agency.id"))
    unit_id: Mapped[int | None] = mapped_column(sa.ForeignKey("unit.id"), index=True)
    call_id: Mapped[int | None] = mapped_column(sa.ForeignKey("call.id"))
    theme_id: Mapped[int | None] = mapped_column(sa.ForeignKey("theme.id"), index=True)
    technology: Mapped[str] = mapped_column(default="", index=True)
    sponsor: Mapped[str] = mapped_column(default="")
    vendor: Mapped[str] = mapped_column(default="")
    uses_ai: Mapped[bool] = mapped_column(default=False)
    origin: Mapped[Origin] = mapped_column(text_enum(Origin, "origin"), default=Origin.ENTERED)
    source_note: Mapped[str] = mapped_column(default="")

    stage: Mapped[Stage] = mapped_column(text_enum(Stage, "stage"), default=Stage.IDEA)
    step: Mapped[Step] = mapped_column(text_enum(Step, "step"), default=Step.DRAFT)
    resume_stage: Mapped[Stage | None] = mapped_column(text_enum(Stage, "resume_stage"))
    outcome: Mapped[Outcome | None] = mapped_column(text_enum(Outcome, "outcome"))
    end_reason: Mapped[EndReason | None] = mapped_column(text_enum(EndReason, "end_reason"), index=True)
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    hold_until: Mapped[date | None]
    midpoint_passed: Mapped[bool] = mapped_column(default=False)

    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    changed_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    stage_entered_at: Mapped[datetime]
    step_entered_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    """When its authors deleted the draft. Lists leave it out; they can restore it."""
    due_on: Mapped[date | None]

    requested_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    planned_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    spent_cents: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    reviews_in: Mapped[int] = mapped_column(default=0)
    reviews_revealed_at: Mapped[datetime | None]
    score: Mapped[float | None]
    effort: Mapped[float | None]
    value: Mapped[float | None]
    revision_number: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(nullable=False)

    agency: Mapped[Agency] = relationship(lazy="raise_on_sql")
    unit: Mapped[Unit | None] = relationship(lazy="raise_on_sql")
    call: Mapped[Call | None] = relationship(lazy="raise_on_sql")
    theme: Mapped[Theme | None] = relationship(lazy="raise_on_sql")
    merged_into: Mapped[Proposal | None] = relationship(lazy="raise_on_sql", remote_side=[id])
    authors: Mapped[list[Author]] = relationship(lazy="raise_on_sql", back_populates="proposal")
    sections: Mapped[list[Section]] = relationship(lazy="raise_on_sql", back_populates="proposal")

    __mapper_args__ = {"version_id_col": version}


class Author(Base):
    __tablename__ = "author"

    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, index=True)
    added_at: Mapped[datetime]

    proposal: Mapped[Proposal] = relationship(lazy="raise_on_sql", back_populates="authors")
    person: Mapped[Person] = relationship(lazy="raise_on_sql")


class Section(Base):
    """The working answers of one section of the form. `complete` is the authors' own word for it."""

    __tablename__ = "section"
    __table_args__ = (sa.UniqueConstraint("proposal_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    key: Mapped[str]
    answers: Mapped[dict[str, Any]]
    complete: Mapped[bool] = mapped_column(default=False)
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    version: Mapped[int] = mapped_column(nullable=False)

    proposal: Mapped[Proposal] = relationship(lazy="raise_on_sql", back_populates="sections")

    __mapper_args__ = {"version_id_col": version}


class Revision(Base):
    """The proposal as it was submitted: frozen, numbered, with the hash of its content."""

    __tablename__ = "revision"
    __table_args__ = (sa.UniqueConstraint("proposal_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    number: Mapped[int]
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    form_version: Mapped[int]
    submitted_at: Mapped[datetime]
    submitted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    note: Mapped[str] = mapped_column(default="")


class Attachment(Base):
    """A file handed in with a proposal; its bytes lie outside the web root under `storage_key`."""

    __tablename__ = "attachment"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    name: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    storage_key: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(default="")
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    removed_at: Mapped[datetime | None]


class NeedLink(Base):
    """A need that a proposal or pilot answers."""

    __tablename__ = "need_link"

    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), primary_key=True)
    need_id: Mapped[int] = mapped_column(sa.ForeignKey("need.id"), primary_key=True, index=True)

    need: Mapped[Need] = relationship(lazy="raise_on_sql")


class DateKind(enum.StrEnum):
    SUBMITTED = "submitted"
    INITIATED = "initiated"
    APPROVED = "approved"
    DEVELOPMENT_BEGAN = "development_began"
    STARTED = "started"
    OPERATIONAL = "operational"
    IMPLEMENTED = "implemented"
    SCALED = "scaled"
    ENDED = "ended"
    RETIRED = "retired"
    DECIDED = "decided"


class StatedDate(Base):
    """A date as a source stated it: the raw text, what was understood, and how precisely."""

    __tablename__ = "stated_date"
    __table_args__ = (
        sa.UniqueConstraint("proposal_id", "kind"),
        sa.CheckConstraint("(parsed IS NULL) = (precision = 'none')", name="precision_only_with_a_date"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    kind: Mapped[DateKind] = mapped_column(text_enum(DateKind, "kind"))
    raw: Mapped[str]
    parsed: Mapped[date | None]
    precision: Mapped[Precision] = mapped_column(text_enum(Precision, "precision"))
    note: Mapped[str] = mapped_column(default="")


class StageSpell(Base):
    """One stay in a stage. Coming back is a new spell; an open spell has no `left_at`."""

    __tablename__ = "stage_spell"
    __table_args__ = (
        sa.Index("ix_stage_spell_stage", "stage", "left_at"),
        sa.CheckConstraint("(left_at IS NULL) = (exit IS NULL)", name="left_with_an_exit"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    stage: Mapped[Stage] = mapped_column(text_enum(Stage, "stage"))
    entered_at: Mapped[datetime]
    precision: Mapped[Precision] = mapped_column(text_enum(Precision, "precision"), default=Precision.DAY)
    left_at: Mapped[datetime | None]
    exit: Mapped[Outcome | None] = mapped_column(text_enum(Outcome, "exit"))
    next_stage: Mapped[Stage | None] = mapped_column(text_enum(Stage, "next_stage"))
