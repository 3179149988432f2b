"""The panel's meeting of a call: its day and place, the people, the agenda, and all of it on paper."""

from __future__ import annotations

from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _

from incubator.domain.clock import moment_of, office_day, office_time
from incubator.domain.errors import DomainError, Forbidden
from incubator.domain.input import InputError
from incubator.domain.panels import may_keep_meeting
from incubator.extensions import db
from incubator.flows import panels as flow
from incubator.forms.panels import MeetingForm
from incubator.queries import panels as query
from incubator.queries.panel_people import people_in_the_room
from incubator.queries.rounds import RoundHead
from incubator.web.call_pages import render_call
from incubator.web.panels.blueprint import ROOM, blueprint, in_the_room
from incubator.web.pilots.blueprint import carry_out, status_of
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import seen_version


@blueprint.get(ROOM)
@in_the_room()
def show(call: RoundHead) -> Any:
    """The meeting and its agenda, the closest proposals first, as far as the reader deliberates on them."""
    session, actor = db.session(), current_actor()
    meeting = query.find_meeting(session, call.id)
    return render_call(
        "pages/panels/show.html",
        call,
        meeting=meeting,
        rows=query.agenda(session, actor, call, meeting),
        room=people_in_the_room(session, call.id),
        keeps=bool(may_keep_meeting(actor, call.facts)),
    )


@blueprint.get(f"{ROOM}/minutes")
@in_the_room()
def minutes(call: RoundHead) -> Any:
    """The agenda before the meeting and the minutes after it, made for paper."""
    session, actor = db.session(), current_actor()
    meeting = query.find_meeting(session, call.id)
    rows = query.agenda(session, actor, call, meeting)
    ids = [row.id for row in rows]
    return render_call(
        "pages/panels/minutes.html",
        call,
        meeting=meeting,
        rows=rows,
        room=people_in_the_room(session, call.id),
        summaries=query.summaries(session, ids),
        notes=query.notes_of(session, ids),
        now=now(),
    )


@blueprint.route(f"{ROOM}/meeting", methods=["GET", "POST"])
@in_the_room()
def change_meeting(call: RoundHead) -> Any:
    """Say when and where the panel meets."""
    actor = current_actor()
    answer = may_keep_meeting(actor, call.facts)
    if not answer:
        raise Forbidden(answer.reason)
    meeting = query.find_meeting(db.session(), call.id)
    form = MeetingForm(data=_shown(meeting))
    if form.validate_on_submit():
        done = carry_out(
            lambda session: flow.set_meeting(
                session,
                actor,
                call_id=call.id,
                plan=_plan(form),
                seen=seen_version(),
                now=now(),
            ),
            to=url_for("panels.show", slug=call.slug),
            said=_("The meeting is saved."),
            form=form,
            again=lambda _stale: _saved(call.id),
        )
        if done is not None:
            return done
    page = render_call(
        "pages/panels/meeting.html", call, form=form, meeting=meeting, zone=current_app.config["TIME_ZONE"]
    )
    return page, status_of(form)


@blueprint.post(f"{ROOM}/open")
@in_the_room()
def open_meeting(call: RoundHead) -> Any:
    return carry_out(
        lambda session: flow.open_meeting(session, current_actor(), call_id=call.id, now=now()),
        to=url_for("panels.show", slug=call.slug),
        said=_("The meeting is open. Notes and votes are taken from now on."),
    )


@blueprint.post(f"{ROOM}/close")
@in_the_room()
def close_meeting(call: RoundHead) -> Any:
    return carry_out(
        lambda session: flow.close_meeting(session, current_actor(), call_id=call.id, now=now()),
        to=url_for("panels.show", slug=call.slug),
        said=_("The meeting is closed. Summaries can still be finished."),
    )


def _shown(meeting: query.MeetingHead) -> dict[str, Any]:
    if meeting.meets_at is None:
        return {"place": meeting.place}
    here = office_time(meeting.meets_at)
    return {"meets_on": office_day(here), "meets_time": here.time(), "place": meeting.place}


def _saved(call_id: int) -> tuple[MeetingForm, int]:
    meeting = query.find_meeting(db.session(), call_id)
    return MeetingForm(formdata=None, data=_shown(meeting)), meeting.version


def _plan(form: MeetingForm) -> flow.MeetingPlan:
    """The form as a plan. Raises DomainError for a time that does not exist in the office's zone."""
    day, at = form.meets_on.data, form.meets_time.data
    if day is None or at is None:
        return flow.MeetingPlan(None, form.place.data or "")
    try:
        moment = moment_of(day, at, current_app.config["TIME_ZONE"])
    except InputError as error:
        raise DomainError(error.template, "meets_time") from error
    return flow.MeetingPlan(moment, form.place.data or "")
