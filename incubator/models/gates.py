"""Readiness checks, decisions with their frozen evidence, conditions and extensions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.evaluation import Advice
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
            "against_advice = '' OR (approved_by_id IS NOT NULL AND approved_by_id <> decided_by_id)",
            name="against_advice_with_a_second",
        ),
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
    advice: Mapped[Advice | None] = mapped_column(text_enum(Advice, "advice"))
    against_advice: Mapped[str] = mapped_column(default="")
    approved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    approved_at: Mapped[datetime | None]
    evidence: Mapped[dict[str, Any]]
    evidence_sha256: Mapped[str]

    decided_by: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[decided_by_id])
    conditions: Mapped[list[Condition]] = relationship(lazy="raise_on_sql", back_populates="decision")


class ContraryDecision(Base):
    """A decision against what the verdicts propose, waiting for a second person who decides at the gate.

    `details` holds the further parts of the decision as plain JSON (conditions, days, reasons for ending).
    It is settled by the decision it became, or withdrawn.
    """

    __tablename__ = "contrary_decision"
    __table_args__ = (
        sa.Index(
            "uq_contrary_decision_open",
            "proposal_id",
            unique=True,
            sqlite_where=sa.text("decision_id IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=sa.text("decision_id IS NULL AND withdrawn_at IS NULL"),
        ),
        sa.CheckConstraint("reason <> '' AND against_advice <> ''", name="two_reasons"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    gate: Mapped[GateKey] = mapped_column(text_enum(GateKey, "gate"))
    outcome: Mapped[Outcome] = mapped_column(text_enum(Outcome, "outcome"))
    reason: Mapped[str]
    advice: Mapped[Advice] = mapped_column(text_enum(Advice, "advice"))
    against_advice: Mapped[str]
    details: Mapped[dict[str, Any]]
    seen_version: Mapped[int]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    decision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("decision.id"), index=True)


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
