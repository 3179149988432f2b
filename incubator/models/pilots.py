"""The pilot's plan, its metrics and readings, its money, milestones, risks and reports."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.evaluation import Arm, Design, Measure, Promise
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
    question: Mapped[str] = mapped_column(default="")
    design: Mapped[Design | None] = mapped_column(text_enum(Design, "design"))
    comparison: Mapped[str] = mapped_column(default="")
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
    """What is measured, from which baseline to which target: a criterion of success where it is a goal or a
    guardrail. Baseline, target and `smallest_change` are in the unit; a rate counts for `per` of exposure.
    `expected_cases` is the planned volume in one period of the cadence. Without a design or a horizon of its
    own it has the plan's. `post_hoc_at` marks what was added after the plan was locked."""

    __tablename__ = "metric"
    __table_args__ = (
        sa.CheckConstraint("per > 0", name="per_is_positive"),
        sa.CheckConstraint(
            "baseline_from IS NULL OR baseline_to IS NULL OR baseline_to >= baseline_from",
            name="baseline_ends_after_it_starts",
        ),
        sa.CheckConstraint(
            "smallest_change IS NULL OR smallest_change > 0", name="smallest_change_is_positive"
        ),
        sa.Index(
            "uq_metric_source_key",
            "pilot_id",
            "source_key",
            unique=True,
            sqlite_where=sa.text("source_key IS NOT NULL"),
            postgresql_where=sa.text("source_key IS NOT NULL"),
        ),
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
    baseline_from: Mapped[date | None]
    baseline_to: Mapped[date | None]
    baseline_cases: Mapped[float | None]
    target: Mapped[float | None]
    promise: Mapped[Promise] = mapped_column(text_enum(Promise, "promise"), default=Promise.CHANGE)
    smallest_change: Mapped[float | None]
    measure: Mapped[Measure] = mapped_column(text_enum(Measure, "measure"), default=Measure.VALUE)
    per: Mapped[float] = mapped_column(default=1.0)
    design: Mapped[Design | None] = mapped_column(text_enum(Design, "design"))
    denominator: Mapped[str] = mapped_column(default="")
    exclusions: Mapped[str] = mapped_column(default="")
    horizon_on: Mapped[date | None]
    rule: Mapped[str] = mapped_column(default="")
    expected_cases: Mapped[float | None]
    cadence: Mapped[Cadence] = mapped_column(text_enum(Cadence, "cadence"))
    owner_name: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="")
    source_url: Mapped[str] = mapped_column(default="")
    provenance: Mapped[Provenance] = mapped_column(
        text_enum(Provenance, "provenance"), default=Provenance.MEASURED
    )
    position: Mapped[int] = mapped_column(default=0)
    source_key: Mapped[str | None]
    post_hoc_at: Mapped[datetime | None]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    pilot: Mapped[Pilot] = relationship(lazy="raise_on_sql", back_populates="metrics")
    readings: Mapped[list[Reading]] = relationship(
        lazy="raise_on_sql", back_populates="metric", foreign_keys="Reading.metric_id"
    )

    __mapper_args__ = {"version_id_col": version}


class Reading(Base):
    """One measurement of the pilot or of whom it is compared with. `unit` names the site, agency or case
    where there are several on a day, `numerator` the exact count behind a share or a rate.
    A correction is a new reading; the old one stays, marked by `replaced_at`."""

    __tablename__ = "reading"
    __table_args__ = (
        sa.Index(
            "uq_reading_current",
            "metric_id",
            "taken_on",
            "arm",
            "unit",
            unique=True,
            sqlite_where=sa.text("replaced_at IS NULL"),
            postgresql_where=sa.text("replaced_at IS NULL"),
        ),
        sa.CheckConstraint("denominator IS NULL OR denominator > 0", name="denominator_is_positive"),
        sa.CheckConstraint(
            "numerator IS NULL OR (numerator >= 0 AND denominator IS NOT NULL)",
            name="counted_out_of_something",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    metric_id: Mapped[int] = mapped_column(sa.ForeignKey("metric.id"))
    taken_on: Mapped[date]
    arm: Mapped[Arm] = mapped_column(text_enum(Arm, "arm"), default=Arm.PILOT)
    unit: Mapped[str] = mapped_column(default="")
    value: Mapped[float]
    numerator: Mapped[float | None]
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


class EmptyPeriod(Base):
    """A period in which there was nothing to measure: 0 of 0 cases. It was reported, and it has no value."""

    __tablename__ = "empty_period"
    __table_args__ = (sa.UniqueConstraint("metric_id", "taken_on", "arm", "unit"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    metric_id: Mapped[int] = mapped_column(sa.ForeignKey("metric.id"))
    taken_on: Mapped[date]
    arm: Mapped[Arm] = mapped_column(text_enum(Arm, "arm"))
    unit: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)


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
