"""The meeting of a call's panel: its day and place, opened and closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.clock import office_day, office_time, typed_time
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.panels import PLACE_LIMIT, MeetingState, may_keep_meeting, meeting_state
from incubator.domain.roles import Actor
from incubator.flows.mail import post
from incubator.flows.record import record
from incubator.flows.reviews import require
from incubator.flows.versions import check_version
from incubator.models.calls import Call
from incubator.models.panels import PanelMeeting
from incubator.queries.panel_people import members_to_tell
from incubator.queries.rounds import RoundHead, round_of


@dataclass(frozen=True, slots=True)
class MeetingPlan:
    """When and where; either may still be open."""

    meets_at: datetime | None = None
    place: str = ""


@dataclass(slots=True)
class _NotYet:
    """The meeting that nobody has set: its first version is 0."""

    version: int = 0


def set_meeting(
    session: Session,
    actor: Actor,
    *,
    call_id: int,
    plan: MeetingPlan,
    seen: int | None,
    now: datetime,
) -> None:
    """Say when and where the panel meets; its members are told by mail of a day that lies ahead.

    The mail gives the time in the office's zone. Raises StaleVersion when somebody else said so first.
    """
    call = _kept_call(session, actor, call_id)
    if len(plan.place) > PLACE_LIMIT:
        raise DomainError("Describe the place in at most %(most)s characters.", "place", most=PLACE_LIMIT)
    meeting = _locked_meeting(session, call_id)
    check_version(meeting or _NotYet(), seen, _as_shown(meeting))
    if meeting is None:
        meeting = PanelMeeting(call_id=call_id)
        session.add(meeting)
    elif (meeting.meets_at, meeting.place) == (plan.meets_at, plan.place):
        return
    meeting.meets_at, meeting.place = plan.meets_at, plan.place
    record(session, actor, now, EventKind.PANEL_MEETING_CHANGED, call=call.title)
    if plan.meets_at is not None and plan.meets_at > now:
        _tell(session, call, plan, now)


def open_meeting(session: Session, actor: Actor, *, call_id: int, now: datetime) -> None:
    """Open the meeting, so that notes and votes are taken; a closed one is opened again."""
    call = _kept_call(session, actor, call_id)
    meeting = _locked_meeting(session, call_id)
    if meeting is None:
        meeting = PanelMeeting(call_id=call_id, opened_at=now)
        session.add(meeting)
    elif meeting_state(meeting.opened_at, meeting.closed_at) is MeetingState.OPEN:
        return
    else:
        meeting.opened_at, meeting.closed_at = meeting.opened_at or now, None
    record(session, actor, now, EventKind.PANEL_OPENED, call=call.title)


def close_meeting(session: Session, actor: Actor, *, call_id: int, now: datetime) -> None:
    """Close the meeting: notes and votes stand, and everybody in the room sees how each voted."""
    call = _kept_call(session, actor, call_id)
    meeting = _locked_meeting(session, call_id)
    if meeting is None or meeting.opened_at is None:
        raise DomainError("The meeting has not been opened yet.")
    if meeting.closed_at is not None:
        return
    meeting.closed_at = now
    record(session, actor, now, EventKind.PANEL_CLOSED, call=call.title)


def _kept_call(session: Session, actor: Actor, call_id: int) -> RoundHead:
    """The call for somebody who keeps its meeting, its row locked so that two who set the first one meet here."""
    session.execute(sa.select(Call.id).where(Call.id == call_id).with_for_update())
    call = round_of(session, actor, call_id)
    if call is None or call.outside:
        raise NotFound
    require(may_keep_meeting(actor, call.facts))
    return call


def _locked_meeting(session: Session, call_id: int) -> PanelMeeting | None:
    return session.scalars(
        sa.select(PanelMeeting)
        .where(PanelMeeting.call_id == call_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()


def _as_shown(meeting: PanelMeeting | None) -> dict[str, Any]:
    if meeting is None:
        return {"meets_on": None, "meets_time": None, "place": ""}
    here = None if meeting.meets_at is None else office_time(meeting.meets_at)
    return {
        "meets_on": here and office_day(here),
        "meets_time": here and here.time(),
        "place": meeting.place,
    }


def _tell(session: Session, call: RoundHead, plan: MeetingPlan, now: datetime) -> None:
    assert plan.meets_at is not None
    here = office_time(plan.meets_at)
    day = office_day(plan.meets_at)
    when = f"{day:%A, %B} {day.day}, {day.year}, {typed_time(here.time())} {here.tzname()}"
    where = f"\nWhere: {plan.place}" if plan.place else ""
    for person in members_to_tell(session, call.id):
        post(
            session,
            recipient_id=person.id,
            address=person.email,
            subject=f"The panel meets: {call.title}",
            body=f"The panel of “{call.title}” meets.\n\nWhen: {when}{where}\n\n"
            "You find the agenda on the call's page, under “Panel meeting”, once your own reviews in the call are in.",
            now=now,
        )
