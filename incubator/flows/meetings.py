"""Meetings with an agency and what was said."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.plausible import check_held
from incubator.domain.roles import Actor
from incubator.flows.agencies import check_on_agency
from incubator.flows.record import record
from incubator.flows.versions import check_version, locked
from incubator.models.agencies import Meeting


@dataclass(frozen=True, slots=True)
class MeetingDetails:
    title: str
    held_on: date
    attendees: str = ""
    notes: str = ""


def record_meeting(
    session: Session, actor: Actor, now: datetime, agency_id: int, details: MeetingDetails
) -> Meeting:
    check_on_agency(actor, Action.KEEP_AGENCY, agency_id)
    _check(details)
    check_held(details.held_on, office_day(now))
    meeting = Meeting(agency_id=agency_id, recorded_by_id=actor.person_id, **asdict(details))
    session.add(meeting)
    record(session, actor, now, EventKind.MEETING_HELD, agency_id=agency_id, meeting=meeting.title)
    return meeting


def change_meeting(
    session: Session,
    actor: Actor,
    now: datetime,
    meeting_id: int,
    details: MeetingDetails,
    *,
    seen: int | None,
) -> Meeting:
    meeting = locked(session, Meeting, meeting_id)
    if meeting is None:
        raise NotFound
    check_on_agency(actor, Action.KEEP_AGENCY, meeting.agency_id)
    check_version(meeting, seen)
    _check(details)
    check_held(details.held_on, office_day(now), before=meeting.held_on)
    changed = sorted(name for name, value in asdict(details).items() if getattr(meeting, name) != value)
    if not changed:
        return meeting
    for name in changed:
        setattr(meeting, name, getattr(details, name))
    record(
        session,
        actor,
        now,
        EventKind.MEETING_CHANGED,
        agency_id=meeting.agency_id,
        meeting=meeting.title,
        meeting_id=meeting.id,
        changed=changed,
    )
    return meeting


def details_of(meeting: Meeting) -> MeetingDetails:
    return MeetingDetails(meeting.title, meeting.held_on, meeting.attendees, meeting.notes)


def _check(details: MeetingDetails) -> None:
    if not details.title.strip():
        raise DomainError("Enter what the meeting was about.", "title")
