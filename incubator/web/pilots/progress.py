"""Progress reports."""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can_on_record
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound, StaleVersion
from incubator.extensions import db
from incubator.flows import progress as flow
from incubator.forms.progress import ReportForm, ReturnForm
from incubator.queries import progress as query
from incubator.queries.records import RecordHead
from incubator.web.guards import on_record
from incubator.web.pilots.blueprint import blueprint, carry_out, status_of
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now


@blueprint.get("/pilots/<number>/reports")
@on_record(Action.VIEW)
def reports(record: RecordHead) -> Any:
    return render_record(
        "pages/pilots/reports.html",
        record,
        reports=query.reports_of(db.session(), record.id, drafts=_writes(record)),
        today=office_day(now()),
    )


@blueprint.route("/pilots/<number>/reports/new", methods=["GET", "POST"])
@on_record(Action.REPORT_PROGRESS)
def begin_report(record: RecordHead) -> Any:
    form = ReportForm()
    if form.validate_on_submit():

        def change(session: Any) -> None:
            row = flow.begin_report(session, current_actor(), record.id, _text(form), now=now())
            if _sends():
                flow.send_report(session, current_actor(), record.id, row.id, now=now())

        answer = carry_out(change, to=_page(record), said=_said(), form=form)
        if answer is not None:
            return answer
    return render_record("pages/pilots/report_form.html", record, form=form, report=None), status_of(form)


@blueprint.route("/pilots/<number>/reports/<int:report_id>/edit", methods=["GET", "POST"])
@on_record(Action.REPORT_PROGRESS)
def edit_report(record: RecordHead, report_id: int) -> Any:
    row = _report(record, report_id)
    form = ReportForm(data=asdict(row))
    if form.validate_on_submit():

        def change(session: Any) -> None:
            flow.save_report(
                session,
                current_actor(),
                record.id,
                report_id,
                _text(form),
                seen_version=form.version.data,
                now=now(),
            )
            if _sends():
                flow.send_report(session, current_actor(), record.id, report_id, now=now())

        def again(error: StaleVersion) -> tuple[Any, object]:
            return ReportForm(formdata=None, obj=SimpleNamespace(**error.theirs)), error.version

        answer = carry_out(change, to=_page(record), said=_said(), form=form, again=again)
        if answer is not None:
            return answer
    return render_record("pages/pilots/report_form.html", record, form=form, report=row), status_of(form)


@blueprint.post("/pilots/<number>/reports/<int:report_id>/accept")
@on_record(Action.ACCEPT_PROGRESS)
def accept_report(record: RecordHead, report_id: int) -> Any:
    return carry_out(
        lambda session: flow.accept_report(session, current_actor(), record.id, report_id, now=now()),
        to=_page(record),
        said=_("The report is accepted."),
    )


@blueprint.route("/pilots/<number>/reports/<int:report_id>/return", methods=["GET", "POST"])
@on_record(Action.ACCEPT_PROGRESS)
def return_report(record: RecordHead, report_id: int) -> Any:
    row = _report(record, report_id)
    form = ReturnForm()
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.return_report(
                session, current_actor(), record.id, report_id, form.reason.data, now=now()
            ),
            to=_page(record),
            said=_("The report is sent back."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/return_form.html", record, form=form, report=row), status_of(form)


def _page(record: RecordHead) -> str:
    return url_for("pilots.reports", number=record.number)


def _writes(record: RecordHead) -> bool:
    return bool(can_on_record(current_actor(), Action.REPORT_PROGRESS, record.facts))


def _report(record: RecordHead, report_id: int) -> query.ReportRow:
    row = query.find_report(db.session(), record.id, report_id, drafts=_writes(record))
    if row is None:
        raise NotFound
    return row


def _sends() -> bool:
    return request.form.get("then") == "send"


def _said() -> str:
    return _("The report is sent.") if _sends() else _("The draft is saved.")


def _text(form: ReportForm) -> flow.ReportText:
    return flow.ReportText(
        form.period.data,
        form.due_on.data,
        form.done.data or "",
        form.next_steps.data or "",
        form.concerns.data or "",
    )
