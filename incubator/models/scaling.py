"""Scaling and closing: what must stand before a pilot is scaled, its close-out, and lessons used again."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.scaling import ApprovalArea, ApprovalState


class ScaleReadiness(Base):
    """Who takes the pilot over, who pays for it and how it is bought and supported.

    `recurring_cents` is the cost of a year in service, `fiscal_year` the first year whose budget carries it.
    """

    __tablename__ = "scale_readiness"
    __table_args__ = (
        sa.CheckConstraint("recurring_cents IS NULL OR recurring_cents >= 0", name="cost_not_negative"),
        sa.CheckConstraint(
            "owner_accepted_at IS NULL OR owner_accepted_by_id IS NOT NULL", name="accepted_by_somebody"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), unique=True)
    owner_accepted_at: Mapped[datetime | None]
    owner_accepted_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    owner_note: Mapped[str] = mapped_column(default="")
    recurring_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    funding_line: Mapped[str] = mapped_column(default="")
    fiscal_year: Mapped[int | None]
    procurement: Mapped[str] = mapped_column(default="")
    support: Mapped[str] = mapped_column(default="")
    typicality: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class ScaleApproval(Base):
    """Where security, privacy and accessibility stand, each with who said so and when."""

    __tablename__ = "scale_approval"
    __table_args__ = (
        sa.UniqueConstraint("proposal_id", "area"),
        sa.CheckConstraint("state = 'open' OR note <> ''", name="answered_with_a_note"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    area: Mapped[ApprovalArea] = mapped_column(text_enum(ApprovalArea, "area"))
    state: Mapped[ApprovalState] = mapped_column(text_enum(ApprovalState, "state"))
    note: Mapped[str] = mapped_column(default="")
    given_at: Mapped[datetime]
    given_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)


class CloseOut(Base):
    """What a pilot leaves to others: one for a record, written when the work is over or scaled."""

    __tablename__ = "close_out"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), unique=True)
    started_from: Mapped[str] = mapped_column(default="")
    hypothesis: Mapped[str] = mapped_column(default="")
    how_tested: Mapped[str] = mapped_column(default="")
    evidence: Mapped[str] = mapped_column(default="")
    did_differently: Mapped[str] = mapped_column(default="")
    user_needs: Mapped[str] = mapped_column(default="")
    next_and_risks: Mapped[str] = mapped_column(default="")
    worked: Mapped[str] = mapped_column(default="")
    did_not_work: Mapped[str] = mapped_column(default="")
    would_reopen: Mapped[str] = mapped_column(default="")
    written_at: Mapped[datetime]
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    version: Mapped[int] = mapped_column(nullable=False)

    tags: Mapped[list[LessonTag]] = relationship(lazy="raise_on_sql", cascade="all, delete-orphan")

    __mapper_args__ = {"version_id_col": version}


class LessonTag(Base):
    """A word under which a lesson is found again."""

    __tablename__ = "lesson_tag"

    close_out_id: Mapped[int] = mapped_column(sa.ForeignKey("close_out.id"), primary_key=True)
    tag: Mapped[str] = mapped_column(primary_key=True, index=True)


class LessonUse(Base):
    """A record that takes up what another one taught: the last link of the chain."""

    __tablename__ = "lesson_use"
    __table_args__ = (
        sa.Index(
            "uq_lesson_use_standing",
            "proposal_id",
            "source_id",
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        ),
        sa.CheckConstraint("source_id <> proposal_id", name="learnt_from_another"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    source_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    note: Mapped[str] = mapped_column(default="")
    marked_at: Mapped[datetime]
    marked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    removed_at: Mapped[datetime | None]
