"""One criterion: its verdict, the analysis behind it, what it cannot tell and how to work it out again."""

from __future__ import annotations

from typing import Any

from flask import Response

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound
from incubator.exports import tables
from incubator.extensions import db
from incubator.queries import metrics as metric_query
from incubator.queries import pilots as plan_query
from incubator.queries.evaluation_plan import lock_of
from incubator.queries.process_changes import changes_of, days_for, limit_days
from incubator.queries.records import RecordHead
from incubator.web.charts import chart_file
from incubator.web.evaluation import figures
from incubator.web.evaluation.blueprint import blueprint
from incubator.web.evaluation.judging import Judgement, judgements, said
from incubator.web.guards import on_record
from incubator.web.languages import gettext as _
from incubator.web.pilots import criterion_words
from incubator.web.pilots.blueprint import attachment
from incubator.web.pilots.figures import is_drawn, process_figure
from incubator.web.record_pages import render_record
from incubator.web.sessions import now
from incubator.web.words import label


@blueprint.get("/pilots/<number>/results/<int:metric_id>")
@on_record(Action.VIEW)
def criterion(record: RecordHead, metric_id: int) -> Any:
    session = db.session()
    found = load(record, metric_id)
    metric = metric_query.find_metric(session, record.id, metric_id)
    assert metric is not None
    plan = plan_query.plan_of(session, record.id)
    answer = found.shown
    return render_record(
        "pages/evaluation/criterion.html",
        record,
        judgement=found,
        criterion=found.criterion,
        answer=answer,
        said=said,
        analysis=figures.analysis_figure(found.criterion, answer, record.number)
        if answer is not None and answer.change is not None
        else None,
        process=process_figure(
            metric,
            plan,
            record.number,
            changes=days_for(limit_days(session, record.id), metric_id),
            judged=found.due,
        )
        if is_drawn(metric)
        else None,
        rule=criterion_words.rule(metric, plan),
        lock=lock_of(session, record.id),
        changes=[row for row in changes_of(session, record.id, metric_id) if row.struck_at is None],
        today=found.today,
    )


@blueprint.get("/pilots/<number>/results/<int:metric_id>/chart.<form>")
@on_record(Action.VIEW)
def chart(record: RecordHead, metric_id: int, form: str) -> Response:
    found = load(record, metric_id)
    if found.shown is None or found.shown.change is None:
        raise NotFound
    return chart_file(
        figures.analysis_chart(found.criterion, found.shown), form, f"{record.number}-result-{metric_id}"
    )


@blueprint.get("/pilots/<number>/results/<int:metric_id>/data.csv")
@on_record(Action.VIEW)
def data(record: RecordHead, metric_id: int) -> Any:
    """Every reading that the analysis saw, so that anybody can work it out again."""
    each = load(record, metric_id).criterion
    header = [
        _("Date"),
        _("Group"),
        _("Site, agency or case"),
        _("Value"),
        _("Count"),
        _("Out of"),
        _("Before or after the launch"),
    ]
    launched = each.launched_on
    lines = (
        (
            one.day,
            label(one.arm),
            one.unit,
            one.value,
            one.numerator,
            one.denominator,
            _("after") if launched is not None and one.day >= launched else _("before"),
        )
        for one in each.asked
    )
    content = b"".join(tables.to_csv(tables.Table(each.name, header, lines)))
    return attachment(content, tables.CSV_TYPE, f"{record.number}-result-{metric_id}-data.csv")


def load(record: RecordHead, metric_id: int) -> Judgement:
    found = judgements(db.session(), record.id, office_day(now()))
    for each in found:
        if each.criterion.id == metric_id:
            return each
    raise NotFound
