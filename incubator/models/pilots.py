"""The pilot's plan, its metrics and readings, its money, milestones, risks and reports."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.pilots import Cadence as Cadence
from incubator.domain.pilots import CriterionKind as CriterionKind
from incubator.domain.pilots import Direction as Direction
from incubator.domain.pilots import ReportState as ReportState
from incubator.domain.stages import Provenance
from incubator.models.accounts import Person


class Pilot(Base):
    """The plan of a pilot: one for a proposal, from the design stage on. The five texts are the
    practices of a sound pilot: objectives, methodology, scalability, analysis, communication."""

    __tablename__ = "pilot"
    __table_args__ = (
        sa.CheckConstraint(
            "starts_on IS NULL OR ends_on IS NULL OR ends_on > starts_on", name="ends_after_it_starts"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), unique=True)
    lead_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    product_owner_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    objectives: Mapped[str] = mapped_column(default="")
    methodology: Mapped[str] = mapped_column(default="")
    scalability: Mapped[str] = mapped_column(default="")
    analysis: Mapped[str] = mapped_column(default="")
    communication: Mapped[str] = mapped_column(default="")
    exit_plan: Mapped[str] = mapped_column(default="")
    lesson: Mapped[str] = mapped_column(default="")
    launched_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    lead: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[lead_id])
    product_owner: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[product_owner_id])
    sites: Mapped[list[Site]] = relationship(lazy="raise_on_sql", back_populates="pilot")
    metrics: Mapped[list[Metric]] = relationship(lazy="raise_on_sql", back_populates="pilot")

    __mapper_args__ = {"version_id_col": version}


class Site(Base):
    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    pilot_id: Mapped[int] = mapped_column(sa.ForeignKey("pilot.id"), index=True)
    name: Mapped[str]
    participants: Mapped[int | None]
    starts_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    removed_at: Mapped[datetime | None]

    pilot: Mapped[Pilot] = relationship(lazy="raise_on_sql", back_populates="sites")


class Metric(Base):
    """What is measured, from which baseline to which target."""

    __tablename__ = "metric"
    __table_args__ = (
        sa.CheckConstraint("baseline IS NULL OR target IS NULL OR baseline <> target", name="target_differs"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pilot_id: Mapped[int] = mapped_column(sa.ForeignKey("pilot.id"), index=True)
    name: Mapped[str]
    unit: Mapped[str]
    direction: Mapped[Direction] = mapped_column(text_enum(Direction, "direction"))
    kind: Mapped[CriterionKind] = mapped_column(text_enum(CriterionKind, "kind"), default=CriterionKind.GOAL)
    baseline: Mapped[float | None]
    baseline_note: Mapped[str] = mapped_column(default="")
    target: Mapped[float | None]
    cadence: Mapped[Cadence] = mapped_column(text_enum(Cadence, "cadence"))
    owner_name: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    source_url: Mapped[str] = mapped_column(default="")
    provenance: Mapped[Provenance] = mapped_column(
        text_enum(Provenance, "provenance"), default=Provenance.MEASURED
    )
    position: Mapped[int] = mapped_column(default=0)
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    pilot: Mapped[Pilot] = relationship(lazy="raise_on_sql", back_populates="metrics")
    readings: Mapped[list[Reading]] = relationship(
        lazy="raise_on_sql", back_populates="metric", foreign_keys="Reading.metric_id"
    )

    __mapper_args__ = {"version_id_col": version}


class Reading(Base):
    """One measurement. A correction is a new reading; the old one stays, marked by `replaced_at`."""

    __tablename__ = "reading"
    __table_args__ = (
        sa.Index(
            "uq_reading_current",
            "metric_id",
            "taken_on",
            unique=True,
            sqlite_where=sa.text("replaced_at IS NULL"),
            postgresql_where=sa.text("replaced_at IS NULL"),
        ),
        sa.CheckConstraint("denominator IS NULL OR denominator > 0", name="denominator_is_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    metric_id: Mapped[int] = mapped_column(sa.ForeignKey("metric.id"))
    taken_on: Mapped[date]
    value: Mapped[float]
    denominator: Mapped[float | None]
    note: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    verified_at: Mapped[datetime | None]
    verified_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    replaces_id: Mapped[int | None] = mapped_column(sa.ForeignKey("reading.id"), index=True)
    replaced_at: Mapped[datetime | None]
    correction_reason: Mapped[str] = mapped_column(default="")

    metric: Mapped[Metric] = relationship(
        lazy="raise_on_sql", back_populates="readings", foreign_keys=[metric_id]
    )


class BudgetLine(Base):
    """Money planned for a category (and a month, when the plan goes that far)."""

    __tablename__ = "budget_line"
    __table_args__ = (sa.CheckConstraint("cents >= 0", name="not_negative"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    category: Mapped[str]
    planned_on: Mapped[date | None]
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    note: Mapped[str] = mapped_column(default="")
    provenance: Mapped[Provenance] = mapped_column(
        text_enum(Provenance, "provenance"), default=Provenance.MEASURED
    )


class Expense(Base):
    """Money spent. A refund is a negative expense with its note; a correction strikes the old row."""

    __tablename__ = "expense"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    category: Mapped[str]
    spent_on: Mapped[date]
    cents: Mapped[int] = mapped_column(sa.BigInteger)
    what: Mapped[str]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    struck_at: Mapped[datetime | None]
    strike_reason: Mapped[str] = mapped_column(default="")
    provenance: Mapped[Provenance] = mapped_column(
        text_enum(Provenance, "provenance"), default=Provenance.MEASURED
    )


class Milestone(Base):
    __tablename__ = "milestone"

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    title: Mapped[str]
    due_on: Mapped[date]
    reached_on: Mapped[date | None]
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class Risk(Base):
    __tablename__ = "risk"
    __table_args__ = (
        sa.CheckConstraint("likelihood BETWEEN 1 AND 5", name="likelihood_from_one_to_five"),
        sa.CheckConstraint("impact BETWEEN 1 AND 5", name="impact_from_one_to_five"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    title: Mapped[str]
    likelihood: Mapped[int]
    impact: Mapped[int]
    response: Mapped[str] = mapped_column(default="")
    owner_name: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class ProgressReport(Base):
    """What the pilot's lead reports for a period; it can be sent back with a reason."""

    __tablename__ = "progress_report"
    __table_args__ = (
        sa.CheckConstraint("state <> 'returned' OR return_reason <> ''", name="returned_with_a_reason"),
        sa.CheckConstraint("state = 'draft' OR sent_at IS NOT NULL", name="sent_at_a_moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    period: Mapped[str]
    done: Mapped[str] = mapped_column(default="")
    next_steps: Mapped[str] = mapped_column(default="")
    concerns: Mapped[str] = mapped_column(default="")
    state: Mapped[ReportState] = mapped_column(text_enum(ReportState, "state"), default=ReportState.DRAFT)
    due_on: Mapped[date | None]
    written_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    sent_at: Mapped[datetime | None]
    return_reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class Benefit(Base):
    """What came of it some months after scaling; `realised` empty means unknown, with the reason."""

    __tablename__ = "benefit"
    __table_args__ = (
        sa.CheckConstraint("realised <> '' OR unknown_reason <> ''", name="realised_or_why_unknown"),
        sa.UniqueConstraint("proposal_id", "months"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    months: Mapped[int]
    forecast: Mapped[str] = mapped_column(default="")
    realised: Mapped[str] = mapped_column(default="")
    unknown_reason: Mapped[str] = mapped_column(default="")
    cents_per_year: Mapped[int | None] = mapped_column(sa.BigInteger)
    hours_per_year: Mapped[float | None]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
