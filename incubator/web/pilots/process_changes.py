"""Noting a change of the process, and striking a note that is wrong."""

from __future__ import annotations

from typing import Any

from flask import request, url_for

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound
from incubator.extensions import db
from incubator.flows import process_changes as flow
from incubator.forms.evaluation_plan import ProcessChangeForm, StrikeForm
from incubator.queries import metrics as metric_query
from incubator.queries import process_changes as query
from incubator.queries.records import RecordHead
from incubator.web.guards import on_record
from incubator.web.languages import gettext as _
from incubator.web.pilots.blueprint import blueprint, carry_out, status_of
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now


@blueprint.route("/pilots/<number>/process-changes/new", methods=["GET", "POST"])
@on_record(Action.RECORD_READINGS)
def note_change(record: RecordHead) -> Any:
    """Note a change; `metric` in the address names the metric whose page asked."""
    metrics = [(row.id, row.name) for row in metric_query.metrics_of(db.session(), record.id)]
    asked = request.args.get("metric", "")
    known = asked if asked in {str(key) for key, _name in metrics} else ""
    form: Any = ProcessChangeForm(
        data={"happened_on": office_day(now()), "metric_id": known} if request.method != "POST" else None,
        metrics=metrics,
    )
    back = (
        url_for("pilots.metric", number=record.number, metric_id=int(known), _anchor="process-changes")
        if known
        else url_for("pilots.metrics", number=record.number)
    )
    if form.validate_on_submit():
        change = flow.NewChange(
            form.happened_on.data, form.what.data or "", form.chosen_metric, form.new_limits.data
        )
        answer = carry_out(
            lambda session: flow.note_change(session, current_actor(), record.id, change, now=now()),
            to=back,
            said=_("The change is noted."),
            form=form,
        )
        if answer is not None:
            return answer
    page = render_record("pages/pilots/process_change_form.html", record, form=form, back=back)
    return page, status_of(form)


@blueprint.route("/pilots/<number>/process-changes/<int:change_id>/strike", methods=["GET", "POST"])
@on_record(Action.RECORD_READINGS)
def strike_change(record: RecordHead, change_id: int) -> Any:
    change = query.find_change(db.session(), record.id, change_id)
    if change is None:
        raise NotFound
    form = StrikeForm()
    back = (
        url_for("pilots.metric", number=record.number, metric_id=change.metric_id, _anchor="process-changes")
        if change.metric_id
        else url_for("pilots.metrics", number=record.number)
    )
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.strike_change(
                session, current_actor(), record.id, change_id, reason=form.reason.data or "", now=now()
            ),
            to=back,
            said=_("The note is struck; it stays readable."),
            form=form,
        )
        if answer is not None:
            return answer
    page = render_record(
        "pages/pilots/process_change_strike.html", record, form=form, change=change, back=back
    )
    return page, status_of(form)
