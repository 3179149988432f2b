"""Readiness checks, decisions with their frozen evidence, conditions and extensions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.gates import GateKey
from incubator.domain.stages import EndReason, Outcome, Precision, Stage
from incubator.models.accounts import Person


class GateCheck(Base):
    """A must-meet that somebody confirmed, denied or found not applicable (`met` None)."""

    __tablename__ = "gate_check"
    __table_args__ = (sa.UniqueConstraint("proposal_id", "gate", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    gate: Mapped[GateKey] = mapped_column(text_enum(GateKey, "gate"))
    key: Mapped[str]
    met: Mapped[bool | None]
    note: Mapped[str] = mapped_column(default="")
    checked_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    checked_at: Mapped[datetime]


class Decision(Base):
    """What was decided at a gate, by whom, why, and on what evidence. Never edited."""

    __tablename__ = "decision"
    __table_args__ = (
        sa.CheckConstraint("reason <> ''", name="no_decision_without_a_reason"),
        sa.CheckConstraint("outcome <> 'hold' OR hold_until IS NOT NULL", name="held_until_a_day"),
        sa.CheckConstraint(
            "outcome NOT IN ('stop', 'goal_met', 'transfer', 'merge', 'withdraw') OR end_reason IS NOT NULL",
            name="ended_for_a_reason",
        ),
        sa.Index("ix_decision_proposal", "proposal_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    gate: Mapped[GateKey] = mapped_column(text_enum(GateKey, "gate"))
    outcome: Mapped[Outcome] = mapped_column(text_enum(Outcome, "outcome"))
    from_stage: Mapped[Stage] = mapped_column(text_enum(Stage, "from_stage"))
    to_stage: Mapped[Stage] = mapped_column(text_enum(Stage, "to_stage"))
    reason: Mapped[str]
    end_reason: Mapped[EndReason | None] = mapped_column(text_enum(EndReason, "end_reason"))
    hold_until: Mapped[date | None]
    transferred_to: Mapped[str] = mapped_column(default="")
    what_would_change: Mapped[str] = mapped_column(default="")
    release_id: Mapped[int | None] = mapped_column(sa.ForeignKey("release.id"), index=True)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    decided_at: Mapped[datetime]
    precision: Mapped[Precision] = mapped_column(text_enum(Precision, "precision"), default=Precision.DAY)
    amends_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision.id"), index=True)
    evidence: Mapped[dict[str, Any]]
    evidence_sha256: Mapped[str]

    decided_by: Mapped[Person | None] = relationship(lazy="raise_on_sql")
    conditions: Mapped[list[Condition]] = relationship(lazy="raise_on_sql", back_populates="decision")


class Condition(Base):
    """Something that must be done before the next gate, with an owner and a day."""

    __tablename__ = "condition"
    __table_args__ = (
        sa.CheckConstraint("(closed_at IS NULL) = (closing_note IS NULL)", name="closed_with_a_note"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(sa.ForeignKey("decision.id"), index=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    text: Mapped[str]
    owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    owner_name: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    closing_note: Mapped[str | None]

    decision: Mapped[Decision] = relationship(lazy="raise_on_sql", back_populates="conditions")


class Extension(Base):
    """More time for a gate, given once per stay in a stage and with a reason."""

    __tablename__ = "extension"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    gate: Mapped[GateKey] = mapped_column(text_enum(GateKey, "gate"))
    days: Mapped[int]
    reason: Mapped[str]
    given_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    given_at: Mapped[datetime]
