"""Artificial intelligence in a proposal: its screening, the practices it must follow, the watch kept over it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from incubator.database import Base, text_enum
from incubator.domain.ai import AiLevel, EscalationAnswer, PracticeState


class AiScreening(Base):
    """The answers about a use of AI and the level that follows from them. The agency's IT director is the front
    door (`endorsed`); what is high goes up (`escalated`) and waits for an answer."""

    __tablename__ = "ai_screening"
    __table_args__ = (
        sa.CheckConstraint("(endorsed_at IS NULL) = (endorsed_by_id IS NULL)", name="endorsed_by_somebody"),
        sa.CheckConstraint(
            "escalation_answer IS NULL OR (escalated_at IS NOT NULL AND escalation_note <> '')",
            name="answered_after_escalation",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), unique=True)
    answers: Mapped[dict[str, Any]]
    level: Mapped[AiLevel] = mapped_column(text_enum(AiLevel, "level"), index=True)
    high_impact: Mapped[bool]
    assessed_at: Mapped[datetime]
    assessed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    endorsed_at: Mapped[datetime | None]
    endorsed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    escalated_at: Mapped[datetime | None]
    escalated_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    escalation_answer: Mapped[EscalationAnswer | None] = mapped_column(
        text_enum(EscalationAnswer, "escalation_answer")
    )
    escalation_note: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class AiPractice(Base):
    """How far a required practice is, with the evidence."""

    __tablename__ = "ai_practice"
    __table_args__ = (
        sa.UniqueConstraint("screening_id", "practice"),
        sa.CheckConstraint("state = 'open' OR evidence <> ''", name="settled_with_evidence"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    screening_id: Mapped[int] = mapped_column(sa.ForeignKey("ai_screening.id"))
    practice: Mapped[str]
    state: Mapped[PracticeState] = mapped_column(text_enum(PracticeState, "state"))
    evidence: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)


class AiCheck(Base):
    """A look at a use of AI after its deployment: what was found, and when the next one is due."""

    __tablename__ = "ai_check"
    __table_args__ = (
        sa.CheckConstraint("found <> ''", name="found_something_to_say"),
        sa.CheckConstraint("NOT incident OR response <> ''", name="an_incident_is_answered"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    checked_on: Mapped[date]
    found: Mapped[str]
    incident: Mapped[bool] = mapped_column(default=False)
    response: Mapped[str] = mapped_column(default="")
    next_on: Mapped[date | None]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
