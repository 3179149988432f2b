"""What the pilot could detect, criterion by criterion."""

from __future__ import annotations

from typing import Any

from flask import Response

from incubator.charts import DetectabilityCurve
from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.extensions import db
from incubator.queries.detectability import Power, power_of
from incubator.queries.evaluation_plan import lock_of
from incubator.queries.records import RecordHead
from incubator.web.charts import chart_figure, chart_file
from incubator.web.guards import on_record
from incubator.web.languages import gettext as _
from incubator.web.pilots.blueprint import blueprint
from incubator.web.pilots.criterion_words import said
from incubator.web.record_pages import render_record


@blueprint.get("/pilots/<number>/plan/power")
@on_record(Action.VIEW)
def power(record: RecordHead) -> Any:
    session = db.session()
    rows = [
        {
            "power": each,
            "says": said(each.found.refused or each.found.says),
            "worthwhile": said(each.found.worthwhile_says),
            "met": said(each.found.met_says),
            "figure": _figure(each, record.number),
        }
        for each in power_of(session, record.id)
    ]
    return render_record("pages/pilots/power.html", record, rows=rows, lock=lock_of(session, record.id))


@blueprint.get("/pilots/<number>/metrics/<int:metric_id>/power.<form>")
@on_record(Action.VIEW)
def power_chart(record: RecordHead, metric_id: int, form: str) -> Response:
    for each in power_of(db.session(), record.id):
        if each.metric_id == metric_id:
            return chart_file(_curve(each), form, f"{record.number}-metric-{metric_id}-power")
    raise NotFound


def _curve(each: Power) -> DetectabilityCurve:
    return DetectabilityCurve(
        metric=each.name,
        unit=each.unit,
        steps=each.found.steps,
        says=said(each.found.says),
        worthwhile=each.found.worthwhile,
    )


def _figure(each: Power, number: str) -> dict[str, Any] | None:
    """The curve; nothing where there is nothing to draw."""
    curve = _curve(each)
    if curve.is_empty:
        return None
    return chart_figure(
        curve,
        f"power-{each.metric_id}",
        _("Smallest change of “%(metric)s” that would be seen, month by month", metric=each.name),
        endpoint="pilots.power_chart",
        number=number,
        metric_id=each.metric_id,
    )
