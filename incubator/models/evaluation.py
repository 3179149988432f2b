"""How a pilot is judged: the locked plan and its amendments, process changes, alerts, analyses, verdicts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from incubator.database import Base, text_enum
from incubator.domain.evaluation import AlertKind, Verdict


class EvaluationLock(Base):
    """The evaluation plan as it stood when it was locked: by whom it was proposed and by whom confirmed.

    `content` is the plan as plain JSON, `sha256` its digest. `underpowered` lists the criteria that could
    not detect what would be worthwhile, with what they can; `accepted_reason` says why it starts all the same.
    """

    __tablename__ = "evaluation_lock"
    __table_args__ = (
        sa.Index(
            "uq_evaluation_lock_standing",
            "pilot_id",
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
        sa.CheckConstraint(
            "(confirmed_at IS NULL) = (confirmed_by_id IS NULL)", name="confirmed_by_somebody"
        ),
        sa.CheckConstraint(
            "confirmed_by_id IS NULL OR confirmed_by_id <> proposed_by_id", name="locked_by_two"
        ),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR withdrawn_at IS NULL", name="what_is_locked_is_not_withdrawn"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pilot_id: Mapped[int] = mapped_column(sa.ForeignKey("pilot.id"))
    content: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    proposed_at: Mapped[datetime]
    proposed_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    withdrawn_at: Mapped[datetime | None]
    underpowered: Mapped[list[Any]] = mapped_column(default=list)
    accepted_reason: Mapped[str] = mapped_column(default="")


class Amendment(Base):
    """A change of the plan after its lock. `changes` holds what each field was and is; `readings_in` counts
    the readings since the launch that the record held then, whatever `data_seen` says. `sha256` is the
    digest of the whole plan after the change."""

    __tablename__ = "amendment"
    __table_args__ = (sa.CheckConstraint("reason <> ''", name="amended_for_a_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    pilot_id: Mapped[int] = mapped_column(sa.ForeignKey("pilot.id"), index=True)
    metric_id: Mapped[int | None] = mapped_column(sa.ForeignKey("metric.id"), index=True)
    what: Mapped[str]
    changes: Mapped[dict[str, Any]]
    reason: Mapped[str]
    data_seen: Mapped[bool]
    readings_in: Mapped[int]
    sha256: Mapped[str]
    made_at: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)


class ProcessChange(Base):
    """Something that changed how a metric comes about; with `new_limits` the process chart starts new limits
    there. Without a metric it touches all of the pilot's."""

    __tablename__ = "process_change"
    __table_args__ = (
        sa.CheckConstraint("(struck_at IS NULL) = (strike_reason = '')", name="struck_for_a_reason"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    pilot_id: Mapped[int] = mapped_column(sa.ForeignKey("pilot.id"), index=True)
    metric_id: Mapped[int | None] = mapped_column(sa.ForeignKey("metric.id"), index=True)
    happened_on: Mapped[date]
    what: Mapped[str]
    new_limits: Mapped[bool] = mapped_column(default=False)
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    struck_at: Mapped[datetime | None]
    strike_reason: Mapped[str] = mapped_column(default="")


class GuardrailAlert(Base):
    """A reading of a guardrail that called for attention at once, and what was answered."""

    __tablename__ = "guardrail_alert"
    __table_args__ = (
        sa.UniqueConstraint("reading_id", "kind"),
        sa.CheckConstraint("(answered_at IS NULL) = (answer = '')", name="answered_in_words"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    metric_id: Mapped[int] = mapped_column(sa.ForeignKey("metric.id"), index=True)
    reading_id: Mapped[int] = mapped_column(sa.ForeignKey("reading.id"))
    kind: Mapped[AlertKind] = mapped_column(text_enum(AlertKind, "kind"))
    raised_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    answer: Mapped[str] = mapped_column(default="")


class MetricAnalysis(Base):
    """The latest analysis of a metric, kept so that a page need not compute it: valid while `inputs_sha256`
    is the digest of the criterion and its readings. Made anew at will; no record of anything."""

    __tablename__ = "metric_analysis"

    metric_id: Mapped[int] = mapped_column(sa.ForeignKey("metric.id"), primary_key=True)
    inputs_sha256: Mapped[str]
    content: Mapped[dict[str, Any]]
    computed_at: Mapped[datetime]


class CriterionVerdict(Base):
    """The verdict on a criterion as it was given at its horizon, with the analysis behind it (`content`),
    the digests of its data and of the plan. A later one replaces it and leaves it readable."""

    __tablename__ = "criterion_verdict"
    __table_args__ = (
        sa.Index(
            "uq_criterion_verdict_standing",
            "metric_id",
            unique=True,
            sqlite_where=sa.text("replaced_at IS NULL"),
            postgresql_where=sa.text("replaced_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    metric_id: Mapped[int] = mapped_column(sa.ForeignKey("metric.id"))
    verdict: Mapped[Verdict] = mapped_column(text_enum(Verdict, "verdict"))
    better: Mapped[bool] = mapped_column(default=False)
    harm: Mapped[bool] = mapped_column(default=False)
    post_hoc: Mapped[bool] = mapped_column(default=False)
    promised: Mapped[float | None]
    estimate: Mapped[float | None]
    low: Mapped[float | None]
    high: Mapped[float | None]
    completeness: Mapped[float]
    horizon_on: Mapped[date | None]
    content: Mapped[dict[str, Any]]
    inputs_sha256: Mapped[str]
    plan_sha256: Mapped[str] = mapped_column(default="")
    given_at: Mapped[datetime]
    given_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    replaced_at: Mapped[datetime | None]


class MetricTarget(Base):
    """A target for one period, where a metric has one for each: the figure as read, and as it was written."""

    __tablename__ = "metric_target"
    __table_args__ = (sa.UniqueConstraint("metric_id", "label", "edition"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    metric_id: Mapped[int] = mapped_column(sa.ForeignKey("metric.id"))
    label: Mapped[str]
    edition: Mapped[str] = mapped_column(default="")
    due_on: Mapped[date]
    value: Mapped[float | None]
    written: Mapped[str] = mapped_column(default="")
