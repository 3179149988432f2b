"""Ready to scale: what is prepared, who accepted, what is approved, and what is missing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from flask import Blueprint, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import NotFound, StaleVersion
from incubator.domain.scaling import APPROVAL_AREAS, NEEDS, ApprovalArea, ApprovalState
from incubator.domain.stages import MAIN_STAGES, Stage
from incubator.extensions import db
from incubator.flows import scaling as flow
from incubator.forms.scaling import AcceptanceForm, ApprovalForm, PreparationForm
from incubator.queries import pilots as plan_query
from incubator.queries import scaling as query
from incubator.queries.records import RecordHead
from incubator.web.guards import on_record
from incubator.web.pilots.blueprint import carry_out, status_of
from incubator.web.record_pages import reached, render_record
from incubator.web.sessions import current_actor, now

blueprint = Blueprint("scaling", __name__)

AREAS = "any(security, privacy, accessibility)"
TEXTS = ("funding_line", "procurement", "support", "typicality")


@blueprint.get("/pilots/<number>/scaling")
@on_record(Action.VIEW)
def show(record: RecordHead) -> Any:
    session = db.session()
    return render_record(
        "pages/scaling/show.html",
        record,
        readiness=query.readiness_of(session, record.id),
        approvals=query.approvals_of(session, record.id),
        state=query.scale_state(session, [record.id])[record.id],
        needs=NEEDS,
        sites=plan_query.sites_of(session, record.id),
        running=MAIN_STAGES.index(reached(record)) >= MAIN_STAGES.index(Stage.PILOT),
    )


@blueprint.route("/pilots/<number>/scaling/prepare", methods=["GET", "POST"])
@on_record(Action.PREPARE_SCALING)
def prepare(record: RecordHead) -> Any:
    form = PreparationForm(obj=query.readiness_of(db.session(), record.id))
    if form.validate_on_submit():
        prepared = flow.Preparation(
            recurring_cents=form.recurring_cents.data,
            fiscal_year=form.fiscal_year.data,
            **{name: form[name].data or "" for name in TEXTS},
        )

        def again(error: StaleVersion) -> tuple[Any, object]:
            return PreparationForm(formdata=None, obj=SimpleNamespace(**error.theirs)), error.version

        answer = carry_out(
            lambda session: flow.prepare(
                session, current_actor(), record.id, prepared, seen_version=form.version.data, now=now()
            ),
            to=_page(record),
            said=_("What is prepared is saved."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    return render_record("pages/scaling/prepare.html", record, form=form), status_of(form)


@blueprint.route("/pilots/<number>/scaling/accept", methods=["GET", "POST"])
@on_record(Action.ACCEPT_OWNERSHIP)
def accept(record: RecordHead) -> Any:
    row = query.readiness_of(db.session(), record.id)
    form = AcceptanceForm(data={"version": row.version})
    if form.validate_on_submit():

        def again(error: StaleVersion) -> tuple[Any, object]:
            return AcceptanceForm(formdata=None), error.version

        answer = carry_out(
            lambda session: flow.accept_ownership(
                session,
                current_actor(),
                record.id,
                form.note.data or "",
                seen_version=form.version.data,
                now=now(),
            ),
            to=_page(record),
            said=_("You have accepted the product."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    return render_record("pages/scaling/accept.html", record, form=form, readiness=row), status_of(form)


@blueprint.route(f"/pilots/<number>/scaling/<{AREAS}:area>", methods=["GET", "POST"])
@on_record(Action.APPROVE_SCALING)
def approve(record: RecordHead, area: str) -> Any:
    asked = ApprovalArea(area)
    row = next((row for row in query.approvals_of(db.session(), record.id) if row.area is asked), None)
    if row is None:
        raise NotFound
    form = ApprovalForm(data={"state": row.state.value, "note": row.note, "version": row.stamp})
    if form.validate_on_submit():

        def again(error: StaleVersion) -> tuple[Any, object]:
            theirs = {"state": error.theirs.get("state"), "note": error.theirs.get("note", "")}
            return ApprovalForm(formdata=None, data=theirs), error.version

        answer = carry_out(
            lambda session: flow.give_approval(
                session,
                current_actor(),
                record.id,
                asked,
                ApprovalState(form.state.data),
                form.note.data or "",
                seen=form.version.data,
                now=now(),
            ),
            to=_page(record),
            said=_("Your answer is recorded."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    heading = APPROVAL_AREAS[asked].staff
    return render_record("pages/scaling/approve.html", record, form=form, area=heading), status_of(form)


def _page(record: RecordHead) -> str:
    return url_for("scaling.show", number=record.number)
