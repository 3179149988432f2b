"""Meetings with the agency."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.extensions import db
from incubator.flows import meetings as flow
from incubator.forms.agencies import MeetingForm
from incubator.models.agencies import Agency, Meeting
from incubator.queries import commitments as query
from incubator.web.agencies.blueprint import blueprint, office_today, render_agency
from incubator.web.guards import on_agency
from incubator.web.listing import read_listing
from incubator.web.pilots.blueprint import carry_out, status_of
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import seen_version
from incubator.web.unlikely import ask_about

PAGE_SIZE = 20


@blueprint.get("/agencies/<code>/meetings")
@on_agency(Action.VIEW_AGENCY)
def meetings(agency: Agency) -> Any:
    listing = read_listing(("day",), default="day", descending=True, size=PAGE_SIZE)
    rows, listing.total = query.meetings_of(db.session(), agency.id, size=PAGE_SIZE, offset=listing.offset)
    return render_agency("pages/agencies/meetings.html", agency, rows=rows, listing=listing)


@blueprint.route("/agencies/<code>/meetings/new", methods=["GET", "POST"])
@on_agency(Action.KEEP_AGENCY)
def record_meeting(agency: Agency) -> Any:
    form: Any = MeetingForm(data={"held_on": office_today()})
    if form.validate_on_submit():
        answer = carry_out(
            lambda session: flow.record_meeting(session, current_actor(), now(), agency.id, _details(form)),
            to=_address(agency),
            said=_("The meeting is recorded."),
            form=form,
        )
        if answer is not None:
            ask_about(form.held_on.data)
            return answer
    return render_agency("pages/agencies/meeting_form.html", agency, status_of(form), form=form, meeting=None)


@blueprint.route("/agencies/<code>/meetings/<int:meeting_id>/edit", methods=["GET", "POST"])
@on_agency(Action.KEEP_AGENCY)
def change_meeting(agency: Agency, meeting_id: int) -> Any:
    row = _row(agency, meeting_id)
    form: Any = MeetingForm(obj=row)
    if form.validate_on_submit():

        def again(_error: Any) -> tuple[Any, object]:
            saved = _row(agency, meeting_id)
            return MeetingForm(formdata=None, obj=saved), saved.version

        answer = carry_out(
            lambda session: flow.change_meeting(
                session, current_actor(), now(), meeting_id, _details(form), seen=seen_version()
            ),
            to=_address(agency),
            said=_("The meeting is saved."),
            form=form,
            again=again,
        )
        if answer is not None:
            ask_about(form.held_on.data)
            return answer
    return render_agency("pages/agencies/meeting_form.html", agency, status_of(form), form=form, meeting=row)


def _row(agency: Agency, meeting_id: int) -> Meeting:
    row = query.find_meeting(db.session(), agency.id, meeting_id)
    if row is None:
        raise NotFound
    return row


def _details(form: Any) -> flow.MeetingDetails:
    return flow.MeetingDetails(
        form.title.data, form.held_on.data, form.attendees.data or "", form.notes.data or ""
    )


def _address(agency: Agency) -> str:
    return url_for("agencies.meetings", code=agency.code)
