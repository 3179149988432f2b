"""Calls for proposals: the list, each call's page, making, copying, changing and archiving."""

from __future__ import annotations

from datetime import time
from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from incubator.domain import proposal_form
from incubator.domain.access import Action, can
from incubator.domain.clock import (
    closing_day,
    closing_moment,
    current_office_zone,
    moment_of,
    office_day,
    office_time,
)
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.gates import GATES
from incubator.domain.input import InputError
from incubator.domain.releases import AgencySees
from incubator.domain.roles import Actor
from incubator.domain.rounds import CALL_ROLES
from incubator.domain.rubrics import shares
from incubator.extensions import db
from incubator.flows import calls as flow
from incubator.forms.calls import GATE_FIELDS, CallForm
from incubator.models.calls import Call
from incubator.queries import calls as query
from incubator.queries.calls import CallState, call_state
from incubator.queries.outside import outside_calls
from incubator.queries.rounds import find_round
from incubator.web.call_pages import working_pages
from incubator.web.conflicts import show_conflict
from incubator.web.failures import show_on
from incubator.web.guards import allowed
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, seen_version, transaction
from incubator.web.undo import flash_with_undo

blueprint = Blueprint("calls", __name__)

TONES = {
    CallState.OPEN: "go",
    CallState.UPCOMING: "wait",
    CallState.PAST: "neutral",
    CallState.ARCHIVED: "stop",
}


def state_words(state: CallState) -> str:
    return {
        CallState.OPEN: _("Open"),
        CallState.UPCOMING: _("Not open yet"),
        CallState.PAST: _("Closed"),
        CallState.ARCHIVED: _("Archived"),
    }[state]


@blueprint.app_template_global()
def call_tag(call: Any) -> tuple[str, str]:
    """The word and the tone of a call's state."""
    state = call_state(call.opens_at, call.closes_at, call.archived_at, now())
    return state_words(state), TONES[state]


@blueprint.get("/calls")
@allowed(Action.SEE_CALLS)
def index() -> Any:
    actor = current_actor()
    groups: dict[CallState, list[query.CallRow]] = {state: [] for state in CallState}
    for row in query.list_calls(db.session(), actor):
        if row.outside:
            continue
        groups[call_state(row.opens_at, row.closes_at, row.archived_at, now())].append(row)
    groups[CallState.UPCOMING].reverse()
    return render_template(
        "pages/calls/index.html",
        open_calls=groups[CallState.OPEN],
        upcoming=groups[CallState.UPCOMING],
        past=groups[CallState.PAST],
        archived=groups[CallState.ARCHIVED] if flow.may_keep(actor) else [],
        outside=[
            row
            for row in (outside_calls(db.session()) if _sees_panels(actor) else [])
            if row.archived_at is None or flow.may_keep(actor)
        ],
        keeps=flow.may_keep(actor),
        may_propose=bool(can(actor, Action.PROPOSE)),
    )


def _sees_panels(actor: Actor) -> bool:
    """Whether somebody may see the scores of panels run elsewhere."""
    return any(actor.holds_for(role, call_id=None) for role in CALL_ROLES[Action.SEE_RANKING])


@blueprint.get("/calls/<slug>")
@allowed(Action.SEE_CALLS)
def show(slug: str) -> Any:
    call = _found(slug)
    if call.outside:
        # Nobody proposes in a panel run elsewhere: its scores are all there is.
        return redirect(url_for("ranking.show", slug=slug))
    actor = current_actor()
    state = call_state(call.opens_at, call.closes_at, call.archived_at, now())
    weights = shares([criterion.weight for criterion in call.rubric.criteria])
    return render_template(
        "pages/calls/show.html",
        call=call,
        state=state,
        criteria=list(zip(call.rubric.criteria, weights, strict=True)),
        sections=proposal_form.sections(call.form_version, uses_ai=True),
        gates=[(GATES[key], call.gate_days.get(key.value, GATES[key].limit_days)) for key in GATE_FIELDS],
        handed_in=query.count_handed_in(db.session(), actor, call.id),
        keeps=flow.may_keep(actor, call.id),
        makes=flow.may_keep(actor),
        reads_reviews=bool(can(actor, Action.REVIEW_ANY) or can(actor, Action.DECIDE_ANY)),
        may_propose=state is CallState.OPEN and bool(can(actor, Action.PROPOSE)),
        zone=current_app.config["TIME_ZONE"],
        work=working_pages(head) if (head := find_round(db.session(), actor, slug)) else [],
    )


@blueprint.route("/calls/new", methods=["GET", "POST"])
@allowed(Action.KEEP_CALLS)
def create() -> Any:
    flow.check_keeper(current_actor())
    copied = request.args.get("copy", "").replace("\x00", "")
    source = query.find_call(db.session(), copied) if copied else None
    form = CallForm(
        data=_starting_values(source), rubrics=_rubric_choices(), chairs=query.chairs(db.session(), None)
    )
    if form.validate_on_submit():
        try:
            details = _details(form)
            with transaction() as session:
                call = flow.create_call(
                    session, current_actor(), now(), details, copied_from=source.id if source else None
                )
                address = leads_to(session, url_for("calls.show", slug=call.slug))
            flash(_("The call “%(title)s” is made.", title=details.title), "success")
            return redirect(address, 303)
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
    elif request.method != "POST" and not form.rubric_id.choices:
        form.form_errors.append(_("There is no published rubric yet. Publish one first."))
    answer = render_template(
        "pages/calls/edit.html",
        form=form,
        source=source,
        call=None,
        latest=None if source else query.latest_call(db.session()),
        zone=current_app.config["TIME_ZONE"],
    )
    return answer, 422 if request.method == "POST" else 200


@blueprint.route("/calls/<slug>/edit", methods=["GET", "POST"])
@allowed(Action.KEEP_CALLS)
def edit(slug: str) -> Any:
    call = _found(slug)
    call_id = call.id
    flow.check_keeper(current_actor(), call_id)
    choices = {
        "rubrics": _rubric_choices(also=call.rubric_id),
        "chairs": query.chairs(db.session(), call_id),
    }
    form = CallForm(data=_values(call), **choices)
    if form.validate_on_submit():
        try:
            details = _details(form, form_version=call.form_version)
            with transaction() as session:
                flow.change_call(
                    session,
                    current_actor(),
                    now(),
                    call_id,
                    details,
                    seen=seen_version(),
                )
                address = leads_to(session, url_for("calls.show", slug=slug))
            flash(_("The call is saved."), "success")
            return redirect(address, 303)
        except StaleVersion as stale:
            db.session.rollback()
            saved = CallForm(formdata=None, data=_values(_found(slug)), **choices)
            return show_conflict(
                form,
                saved,
                version=stale.version,
                reload_url=url_for("calls.edit", slug=slug),
                action=url_for("calls.edit", slug=slug),
            )
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
            call = _found(slug)
    answer = render_template(
        "pages/calls/edit.html",
        form=form,
        source=None,
        call=call,
        latest=None,
        zone=current_app.config["TIME_ZONE"],
    )
    return answer, 422 if form.errors else 200


@blueprint.post("/calls/<slug>/archive")
@allowed(Action.KEEP_CALLS)
def archive(slug: str) -> Any:
    call_id = _found(slug).id
    with transaction() as session:
        flow.archive_call(session, current_actor(), now(), call_id)
        leads_to(session, url_for("calls.index"))
    flash_with_undo(_("The call is archived."), url_for("calls.restore", slug=slug))
    return redirect(url_for("calls.index"), 303)


@blueprint.post("/calls/<slug>/restore")
@allowed(Action.KEEP_CALLS)
def restore(slug: str) -> Any:
    call_id = _found(slug).id
    with transaction() as session:
        flow.archive_call(session, current_actor(), now(), call_id, archived=False)
        leads_to(session, url_for("calls.show", slug=slug))
    flash(_("The call is back on the list."), "success")
    return redirect(url_for("calls.show", slug=slug), 303)


def _found(slug: str) -> Call:
    call = query.find_call(db.session(), slug)
    if call is None:
        raise NotFound
    return call


def _rubric_choices(also: int | None = None) -> list[tuple[int, str]]:
    return [
        (rubric_id, _("%(name)s, version %(number)s", name=name, number=number))
        for rubric_id, name, number in query.published_rubrics(db.session(), also=also)
    ]


def _values(call: Call) -> dict[str, Any]:
    opens, closes = office_time(call.opens_at), office_time(call.closes_at)
    return {
        **_settings(call),
        "title": call.title,
        "opens_on": office_day(call.opens_at),
        "opens_time": opens.time(),
        "closes_on": closing_day(call.closes_at),
        "closes_time": closes.time(),
        "reviews_due_on": call.reviews_due_on,
        "revisions_due_on": call.revisions_due_on,
    }


def _settings(call: Call) -> dict[str, Any]:
    """What a copy takes over: everything but the title and the days."""
    limits = {name: call.gate_days.get(key.value) for key, name in GATE_FIELDS.items()}
    return {
        "summary": call.summary,
        "rubric_id": call.rubric_id,
        "reviews_required": call.reviews_required,
        "names_hidden": call.names_hidden,
        "shares_scores": call.shares_scores,
        "reviews_most": call.reviews_most,
        "agency_sees": call.agency_sees.value,
        "decides_together": call.decides_together,
        "allows_draw": call.allows_draw,
        "chair_id": call.chair_id or "",
        "places": call.places,
        "budget": call.budget_cents,
        "teams": call.teams,
        **limits,
    }


def _starting_values(source: Call | None) -> dict[str, Any]:
    if source is None:
        return {
            "reviews_required": 3,
            "shares_scores": True,
            "decides_together": True,
            "agency_sees": AgencySees.TOTAL.value,
            "opens_time": time(9),
            "closes_time": time(17),
        }
    return {
        **_settings(source),
        "opens_time": office_time(source.opens_at).time(),
        "closes_time": office_time(source.closes_at).time(),
    }


def _details(form: CallForm, **more: Any) -> flow.CallDetails:
    """The form as a call's details. Raises DomainError for a time that does not exist in the zone."""
    try:
        opens_at = moment_of(form["opens_on"].data, form["opens_time"].data, current_office_zone())
    except InputError as error:
        raise DomainError(error.template, "opens_time") from error
    try:
        closes_at = closing_moment(form["closes_on"].data, form["closes_time"].data)
    except InputError as error:
        raise DomainError(error.template, "closes_time") from error
    return flow.CallDetails(
        title=form.title.data,
        summary=form.summary.data or "",
        opens_at=opens_at,
        closes_at=closes_at,
        rubric_id=form.rubric_id.data,
        reviews_due_on=form.reviews_due_on.data,
        reviews_required=form.reviews_required.data or 0,
        names_hidden=form.names_hidden.data,
        shares_scores=form.shares_scores.data,
        reviews_most=form.reviews_most.data,
        revisions_due_on=form.revisions_due_on.data,
        agency_sees=AgencySees(form.agency_sees.data),
        decides_together=form.decides_together.data,
        allows_draw=form.allows_draw.data,
        chair_id=form.chair_id.data,
        places=form.places.data,
        gate_days={
            key.value: form[name].data for key, name in GATE_FIELDS.items() if form[name].data is not None
        },
        budget_cents=form.budget.data,
        teams=form.teams.data,
        **more,
    )
