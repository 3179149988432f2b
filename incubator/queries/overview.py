"""What the overview of a record shows beside its head, at any age."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.stages import MAIN_STAGES, Origin, Precision, Stage
from incubator.models.agencies import Agency, Need
from incubator.models.proposals import DateKind, NeedLink, StatedDate
from incubator.queries import metrics as metric_query
from incubator.queries import milestones as milestone_query
from incubator.queries import money as money_query
from incubator.queries import pilots as plan_query
from incubator.queries import progress as report_query
from incubator.queries.pilot_summary import PilotSummary, summary_of
from incubator.queries.records import RecordHead


@dataclass(frozen=True, slots=True)
class StatedRow:
    kind: DateKind
    raw: str
    parsed: date | None
    precision: Precision
    note: str


@dataclass(frozen=True, slots=True)
class NeedRow:
    """A need with its place in the list of its agency, which after a merge may be another than the record's."""

    title: str
    rank: int
    agency_id: int
    agency: str


@dataclass(frozen=True, slots=True)
class Overview:
    summary: PilotSummary
    needs: list[NeedRow]
    stated: list[StatedRow]
    plan: plan_query.PlanRow = field(default_factory=plan_query.PlanRow)
    metrics: list[metric_query.MetricRow] = field(default_factory=list)
    money: money_query.Flows = field(default_factory=lambda: money_query.Flows((), (), None))
    milestones: list[milestone_query.MilestoneRow] = field(default_factory=list)
    risks: list[milestone_query.RiskRow] = field(default_factory=list)
    report: report_query.ReportRow | None = None


def overview_of(session: Session, record: RecordHead, today: date) -> Overview:
    """At most fourteen statements; ideas, which have no plan yet, need six."""
    summary = summary_of(session, record.id, today)
    needs = needs_of(session, record.id)
    stated = [] if record.origin is Origin.ENTERED else stated_dates(session, record.id)
    if MAIN_STAGES.index(record.resume_stage or record.stage) < MAIN_STAGES.index(Stage.DESIGN):
        return Overview(summary, needs, stated, money=money_query.flows_of(session, record.id))
    return Overview(
        summary,
        needs,
        stated,
        plan=plan_query.plan_of(session, record.id),
        metrics=metric_query.metrics_of(session, record.id),
        money=money_query.flows_of(session, record.id),
        milestones=milestone_query.milestones_of(session, record.id),
        risks=milestone_query.risks_of(session, record.id),
        report=report_query.latest_report(session, record.id),
    )


def needs_of(session: Session, proposal_id: int) -> list[NeedRow]:
    rows = session.execute(
        sa.select(Need.title, Need.rank, Need.agency_id, Agency.code.label("agency"))
        .join(NeedLink, NeedLink.need_id == Need.id)
        .join(Agency, Agency.id == Need.agency_id)
        .where(NeedLink.proposal_id == proposal_id)
        .order_by(Need.rank, Need.id)
    )
    return [NeedRow(**row._mapping) for row in rows]


def stated_dates(session: Session, proposal_id: int) -> list[StatedRow]:
    rows = session.execute(
        sa.select(StatedDate.kind, StatedDate.raw, StatedDate.parsed, StatedDate.precision, StatedDate.note)
        .where(StatedDate.proposal_id == proposal_id)
        .order_by(StatedDate.id)
    )
    return [StatedRow(**row._mapping) for row in rows]
