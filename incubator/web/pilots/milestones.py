"""Milestones and risks."""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound, StaleVersion
from incubator.extensions import db
from incubator.flows import milestones as flow
from incubator.forms.milestones import MilestoneForm, NotReachedForm, ReachedForm, RiskForm
from incubator.queries import milestones as query
from incubator.queries.records import RecordHead
from incubator.web.guards import on_record
from incubator.web.pilots.blueprint import blueprint, carry_out, status_of, undoable
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now


@blueprint.get("/pilots/<number>/milestones")
@on_record(Action.VIEW)
def milestones(record: RecordHead) -> Any:
    risks = query.risks_of(db.session(), record.id)
    return render_record(
        "pages/pilots/milestones.html",
        record,
        milestones=query.milestones_of(db.session(), record.id),
        open_risks=[row for row in risks if row.closed_at is None],
        closed_risks=[row for row in risks if row.closed_at is not None],
        today=office_day(now()),
    )


@blueprint.route("/pilots/<number>/milestones/new", methods=["GET", "POST"])
@on_record(Action.PLAN)
def add_milestone(record: RecordHead) -> Any:
    form: Any = MilestoneForm()
    if form.validate_on_submit():
        details = flow.MilestoneDetails(form.title.data, form.due_on.data)
        answer = carry_out(
            lambda session: flow.add_milestone(session, current_actor(), record.id, details, now=now()),
            to=_page(record),
            said=_("The milestone is added."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/milestone_form.html", record, form=form, milestone=None), status_of(
        form
    )


@blueprint.route("/pilots/<number>/milestones/<int:milestone_id>", methods=["GET", "POST"])
@on_record(Action.PLAN)
def edit_milestone(record: RecordHead, milestone_id: int) -> Any:
    row = _milestone(record, milestone_id)
    form: Any = MilestoneForm(data=asdict(row))
    if form.validate_on_submit():
        details = flow.MilestoneDetails(form.title.data, form.due_on.data)

        def again(error: StaleVersion) -> tuple[Any, object]:
            return MilestoneForm(formdata=None, obj=SimpleNamespace(**error.theirs)), error.version

        answer = carry_out(
            lambda session: flow.change_milestone(
                session,
                current_actor(),
                record.id,
                milestone_id,
                details,
                seen_version=form.version.data,
                now=now(),
            ),
            to=_page(record),
            said=_("The milestone is saved."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/milestone_form.html", record, form=form, milestone=row), status_of(
        form
    )


@blueprint.route("/pilots/<number>/milestones/<int:milestone_id>/reached", methods=["GET", "POST"])
@on_record(Action.PLAN)
def reach_milestone(record: RecordHead, milestone_id: int) -> Any:
    row = _milestone(record, milestone_id)
    form: Any = ReachedForm(data={"reached_on": office_day(now())})
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.reach_milestone(
                session, current_actor(), record.id, milestone_id, form.reached_on.data, now=now()
            ),
            to=_page(record),
            said=undoable(
                _("The milestone is reached."),
                url_for("pilots.reopen_milestone", number=record.number, milestone_id=milestone_id),
            ),
            form=form,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/reached_form.html", record, form=form, milestone=row), status_of(form)


@blueprint.route("/pilots/<number>/milestones/<int:milestone_id>/not-reached", methods=["GET", "POST"])
@on_record(Action.PLAN)
def unreach_milestone(record: RecordHead, milestone_id: int) -> Any:
    row = _milestone(record, milestone_id)
    form: Any = NotReachedForm()
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.reopen_milestone(
                session, current_actor(), record.id, milestone_id, now=now(), reason=form.reason.data
            ),
            to=_page(record),
            said=_("The milestone is open again."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/not_reached_form.html", record, form=form, milestone=row), status_of(
        form
    )


@blueprint.post("/pilots/<number>/milestones/<int:milestone_id>/reopen")
@on_record(Action.PLAN)
def reopen_milestone(record: RecordHead, milestone_id: int) -> Any:
    return carry_out(
        lambda session: flow.reopen_milestone(session, current_actor(), record.id, milestone_id, now=now()),
        to=_page(record),
        said=_("The milestone is open again."),
    )


@blueprint.post("/pilots/<number>/milestones/<int:milestone_id>/remove")
@on_record(Action.PLAN)
def remove_milestone(record: RecordHead, milestone_id: int) -> Any:
    return carry_out(
        lambda session: flow.remove_milestone(session, current_actor(), record.id, milestone_id, now=now()),
        to=_page(record),
        said=undoable(
            _("The milestone is removed."),
            url_for("pilots.restore_milestone", number=record.number, milestone_id=milestone_id),
        ),
    )


@blueprint.post("/pilots/<number>/milestones/<int:milestone_id>/restore")
@on_record(Action.PLAN)
def restore_milestone(record: RecordHead, milestone_id: int) -> Any:
    return carry_out(
        lambda session: flow.remove_milestone(
            session, current_actor(), record.id, milestone_id, now=now(), undo=True
        ),
        to=_page(record),
        said=_("The milestone is back."),
    )


@blueprint.route("/pilots/<number>/risks/new", methods=["GET", "POST"])
@on_record(Action.PLAN)
def add_risk(record: RecordHead) -> Any:
    form = RiskForm()
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.add_risk(
                session, current_actor(), record.id, _risk_details(form), now=now()
            ),
            to=_page(record),
            said=_("The risk is added."),
            form=form,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/risk_form.html", record, form=form, risk=None), status_of(form)


@blueprint.route("/pilots/<number>/risks/<int:risk_id>", methods=["GET", "POST"])
@on_record(Action.PLAN)
def edit_risk(record: RecordHead, risk_id: int) -> Any:
    row = query.find_risk(db.session(), record.id, risk_id)
    if row is None:
        raise NotFound
    form = RiskForm(data=asdict(row))
    if form.validate_on_submit():

        def again(error: StaleVersion) -> tuple[Any, object]:
            return RiskForm(formdata=None, obj=SimpleNamespace(**error.theirs)), error.version

        answer = carry_out(
            lambda session: flow.change_risk(
                session,
                current_actor(),
                record.id,
                risk_id,
                _risk_details(form),
                seen_version=form.version.data,
                now=now(),
            ),
            to=_page(record),
            said=_("The risk is saved."),
            form=form,
            again=again,
        )
        if answer is not None:
            return answer
    return render_record("pages/pilots/risk_form.html", record, form=form, risk=row), status_of(form)


@blueprint.post("/pilots/<number>/risks/<int:risk_id>/close")
@on_record(Action.PLAN)
def close_risk(record: RecordHead, risk_id: int) -> Any:
    return carry_out(
        lambda session: flow.close_risk(session, current_actor(), record.id, risk_id, now=now()),
        to=_page(record),
        said=undoable(
            _("The risk is closed."), url_for("pilots.reopen_risk", number=record.number, risk_id=risk_id)
        ),
    )


@blueprint.post("/pilots/<number>/risks/<int:risk_id>/reopen")
@on_record(Action.PLAN)
def reopen_risk(record: RecordHead, risk_id: int) -> Any:
    return carry_out(
        lambda session: flow.close_risk(session, current_actor(), record.id, risk_id, now=now(), undo=True),
        to=_page(record),
        said=_("The risk is open again."),
    )


def _page(record: RecordHead) -> str:
    return url_for("pilots.milestones", number=record.number)


def _milestone(record: RecordHead, milestone_id: int) -> query.MilestoneRow:
    row = query.find_milestone(db.session(), record.id, milestone_id)
    if row is None:
        raise NotFound
    return row


def _risk_details(form: RiskForm) -> flow.RiskDetails:
    return flow.RiskDetails(
        form.title.data,
        int(form.likelihood.data),
        int(form.impact.data),
        form.response.data or "",
        form.owner_name.data or "",
    )
