"""The overview of a record at any age, and the files of its charts."""

from __future__ import annotations

from typing import Any

from flask import Response

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound
from incubator.domain.releases import reads_feedback
from incubator.domain.stages import MAIN_STAGES, Stage
from incubator.extensions import db
from incubator.queries import gates as gate_query
from incubator.queries import metrics as metric_query
from incubator.queries import money as money_query
from incubator.queries import pilots as plan_query
from incubator.queries.metrics import main_metric
from incubator.queries.overview import Overview, overview_of
from incubator.queries.process_changes import days_for, limit_days
from incubator.queries.records import RecordHead
from incubator.web.charts import chart_file
from incubator.web.guards import on_record
from incubator.web.next_steps import waiting_on_record
from incubator.web.pilots import figures
from incubator.web.pilots.blueprint import blueprint
from incubator.web.record_pages import reached, render_record
from incubator.web.sessions import current_actor, now

NEXT_MILESTONES = 4
GRAVEST_RISKS = 3


@blueprint.get("/pilots/<number>")
@on_record(Action.VIEW)
def show(record: RecordHead) -> Any:
    found = load_overview(record)
    planned = MAIN_STAGES.index(reached(record)) >= MAIN_STAGES.index(Stage.DESIGN)
    return render_record(
        "pages/pilots/show.html",
        record,
        found=found,
        planned=planned,
        selection=_selection(record),
        today=office_day(now()),
        waiting=waiting_on_record(record),
        **drawn(record, found, planned),
        milestones=[row for row in found.milestones if row.reached_on is None][:NEXT_MILESTONES],
        reached_count=sum(row.reached_on is not None for row in found.milestones),
        risks=[row for row in found.risks if row.closed_at is None][:GRAVEST_RISKS],
        open_risks=sum(row.closed_at is None for row in found.risks),
    )


def _selection(record: RecordHead) -> gate_query.Selection | None:
    """The decision on selection, for the agency's people, until the work has gone on or ended otherwise."""
    if reached(record) is not Stage.IDEA or not reads_feedback(current_actor(), record.facts):
        return None
    found = gate_query.latest_selection(db.session(), record.id)
    ended_otherwise = record.outcome is not None and (found is None or found.outcome is not record.outcome)
    return None if ended_otherwise else found


def load_overview(record: RecordHead) -> Overview:
    return overview_of(db.session(), record, office_day(now()))


def drawn(record: RecordHead, found: Overview, planned: bool) -> dict[str, Any]:
    """The figures and the finding; before the design stage there is nothing to draw but money."""
    main = main_metric(found.metrics)
    has_money = bool(found.money.planned or found.money.spent)
    return {
        "main": main,
        "latest": figures.latest_words(main),
        "process": figures.process_figure(
            main,
            found.plan,
            record.number,
            changes=days_for(limit_days(db.session(), record.id), main.id),
        )
        if main and figures.is_drawn(main)
        else None,
        "progress": figures.progress_figure(found.metrics, record.number) if found.metrics else None,
        "forest": figures.verdict_figure(found.summary) if found.summary.has_verdict else None,
        "cost": figures.cost_figure(found.money, found.plan, record.number, office_day(now()))
        if planned and has_money
        else None,
    }


@blueprint.get("/pilots/<number>/charts/<name>.<form>")
@on_record(Action.VIEW)
def chart(record: RecordHead, name: str, form: str) -> Response:
    """The pilot's charts of all metrics and of its money, as files."""
    session = db.session()
    if name == "progress":
        return chart_file(
            figures.progress_chart(metric_query.metrics_of(session, record.id)),
            form,
            f"{record.number}-progress",
        )
    if name == "money":
        money = money_query.flows_of(session, record.id)
        plan = plan_query.plan_of(session, record.id)
        return chart_file(figures.cost_chart(money, plan, office_day(now())), form, f"{record.number}-money")
    raise NotFound


@blueprint.get("/pilots/<number>/metrics/<int:metric_id>/chart.<form>")
@on_record(Action.VIEW)
def metric_chart(record: RecordHead, metric_id: int, form: str) -> Response:
    metric = metric_query.find_metric(db.session(), record.id, metric_id)
    if metric is None:
        raise NotFound
    plan = plan_query.plan_of(db.session(), record.id)
    changes = days_for(limit_days(db.session(), record.id), metric.id)
    return chart_file(
        figures.process_chart(metric, plan, changes), form, f"{record.number}-metric-{metric.id}"
    )
