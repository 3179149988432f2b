"""The panel that deliberates on a call's proposals: its meeting, what was said, and the votes."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.panels import NoteAudience, Vote
from incubator.domain.stages import Outcome
from incubator.models.accounts import Person


class PanelMeeting(Base):
    """The meeting of a call's panel. Notes and votes are taken from its opening to its close."""

    __tablename__ = "panel_meeting"
    __table_args__ = (
        sa.CheckConstraint("closed_at IS NULL OR opened_at IS NOT NULL", name="closed_after_it_opened"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id"), unique=True)
    meets_at: Mapped[datetime | None]
    place: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class PanelNote(Base):
    """Something said about a proposal, for an audience its author chose. Notes are added and struck, never
    edited."""

    __tablename__ = "panel_note"
    __table_args__ = (
        sa.CheckConstraint("text <> ''", name="not_empty"),
        sa.CheckConstraint("(struck_at IS NULL) = (struck_reason = '')", name="struck_for_a_reason"),
        sa.Index("ix_panel_note_proposal_id_id", "proposal_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    author_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    audience: Mapped[NoteAudience] = mapped_column(text_enum(NoteAudience, "audience"))
    text: Mapped[str]
    written_at: Mapped[datetime]
    struck_at: Mapped[datetime | None]
    struck_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    struck_reason: Mapped[str] = mapped_column(default="")

    author: Mapped[Person] = relationship(lazy="raise_on_sql", foreign_keys=[author_id])


class PanelSummary(Base):
    """What the panel says of a proposal as a whole, and what it recommends."""

    __tablename__ = "panel_summary"

    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), primary_key=True)
    text: Mapped[str] = mapped_column(default="")
    recommendation: Mapped[Outcome | None] = mapped_column(text_enum(Outcome, "recommendation"))
    discussed_at: Mapped[datetime | None]
    changed_at: Mapped[datetime]
    changed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class PanelVote(Base):
    """One member's vote on a proposal, the latest one. The history says when somebody voted, never how."""

    __tablename__ = "panel_vote"

    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True, index=True)
    vote: Mapped[Vote] = mapped_column(text_enum(Vote, "vote"))
    at: Mapped[datetime]

    person: Mapped[Person] = relationship(lazy="raise_on_sql")
