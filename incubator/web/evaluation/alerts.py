"""Alerts of guardrails: what calls for attention, and what was answered."""

from __future__ import annotations

from typing import Any

from flask import url_for

from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.extensions import db
from incubator.flows import evaluation as flow
from incubator.forms.evaluation import AlertForm
from incubator.queries import evaluation as query
from incubator.queries.records import RecordHead
from incubator.web.evaluation.blueprint import blueprint
from incubator.web.guards import on_record
from incubator.web.languages import gettext as _
from incubator.web.pilots.blueprint import carry_out, status_of
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now


@blueprint.route("/pilots/<number>/alerts/<int:alert_id>", methods=["GET", "POST"])
@on_record(Action.CHECK_READINESS)
def answer_alert(record: RecordHead, alert_id: int) -> Any:
    rows = query.alerts_of(db.session(), record.id)
    alert = next((row for row in rows if row.id == alert_id), None)
    if alert is None:
        raise NotFound
    together = [
        row
        for row in rows
        if row.metric_id == alert.metric_id and row.answered_at is None and row.id < alert_id
    ]
    form = AlertForm()
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.answer_alert(
                session, current_actor(), record.id, alert_id, form.answer.data or "", now=now()
            ),
            to=url_for("evaluation.results", number=record.number),
            said=_("The alert is answered."),
            form=form,
        )
        if answer is not None:
            return answer
    page = render_record(
        "pages/evaluation/alert_form.html", record, form=form, alert=alert, together=together
    )
    return page, status_of(form)
