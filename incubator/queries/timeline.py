"""A record's timeline, for one reader: which kinds, in whose words, and what is folded together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, can_on_record, is_sealed
from incubator.domain.event_groups import REVIEW_KINDS, kinds_for
from incubator.domain.events import Audience, EventKind
from incubator.domain.roles import Actor
from incubator.models.accounts import Person, RoleGrant
from incubator.models.calls import Call
from incubator.models.history import Event
from incubator.models.proposals import Author
from incubator.queries.records import RecordHead

NAMELESS: tuple[EventKind, ...] = (
    EventKind.PROPOSAL_SUBMITTED,
    EventKind.INFORMATION_ASKED,
    EventKind.INFORMATION_ANSWERED,
    EventKind.GATE_DECIDED,
)
"""Kinds whose sentences hold nothing the agency wrote, for readers who must not learn who proposed."""


_SECTION = Event.details["section"].as_string()


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    """`times` events of one kind by one person in a row, of which `at` is the newest and `since` the oldest.
    `from_agency` is true where the person belongs to the agency and the reader must not learn the name."""

    id: int
    at: datetime
    since: datetime
    kind: EventKind
    actor_name: str
    details: dict[str, Any]
    times: int
    from_agency: bool


@dataclass(frozen=True, slots=True)
class Timeline:
    events: list[TimelineEvent]
    older: int | None
    names_hidden: bool


def kinds_on_record(actor: Actor, record: RecordHead) -> tuple[EventKind, ...]:
    """The kinds the actor reads on this record. Whoever reviews it learns nothing of the others' reviews while these
    are sealed."""
    staff = bool(can_on_record(actor, Action.SEE_INTERNAL, record.facts))
    kinds = kinds_for(Audience.EVERYONE, *([Audience.STAFF] if staff else []))
    if is_sealed(actor, record.facts):
        return tuple(kind for kind in kinds if kind not in REVIEW_KINDS)
    return kinds


def read_timeline(
    session: Session,
    actor: Actor,
    record: RecordHead,
    *,
    kinds: tuple[EventKind, ...] = (),
    before: int | None = None,
    size: int,
) -> Timeline:
    """Newest first, in two statements. What changed nothing is left out; a person's saves of sections in a
    row are one line."""
    hidden = names_hidden(session, actor, record)
    readable = kinds_on_record(actor, record)
    wanted = [kind for kind in readable if not kinds or kind in kinds]
    if hidden:
        wanted = [kind for kind in wanted if kind in NAMELESS]
    events = _folded(record, wanted)
    statement = (
        sa.select(
            Event.id,
            Event.at,
            events.c.since,
            Event.kind,
            Event.actor_name,
            Event.details,
            events.c.times,
            sa.type_coerce(_is_of_agency(record) if hidden else sa.false(), sa.Boolean),
        )
        .join(events, events.c.id == Event.id)
        .order_by(Event.id.desc())
        .limit(size + 1)
    )
    if before is not None:
        statement = statement.where(Event.id < before)
    rows = session.execute(statement).all()
    shown = [TimelineEvent(*row) for row in rows[:size]]
    return Timeline(shown, shown[-1].id if len(rows) > size else None, hidden)


def names_hidden(session: Session, actor: Actor, record: RecordHead) -> bool:
    """Whether the actor reads this record as a reviewer in a round that hides names."""
    if not record.facts.is_assigned or record.call_id is None:
        return False
    if can_on_record(actor, Action.SCREEN, record.facts):
        return False
    return bool(session.scalar(sa.select(Call.names_hidden).where(Call.id == record.call_id)))


def _folded(record: RecordHead, kinds: list[EventKind]) -> sa.Subquery:
    """The newest id of each run of saves of one section by one person, and of every other event by itself."""
    order = Event.id.desc()
    same_as_newer = sa.and_(
        Event.kind == EventKind.SECTION_SAVED,
        sa.func.lag(Event.kind).over(order_by=order) == EventKind.SECTION_SAVED,
        sa.func.lag(Event.actor_id).over(order_by=order) == Event.actor_id,
        sa.func.lag(_SECTION).over(order_by=order) == _SECTION,
    )
    marked = (
        sa.select(Event.id, Event.at, sa.case((same_as_newer, 0), else_=1).label("begins"))
        .where(
            Event.proposal_id == record.id,
            Event.kind.in_(kinds),
            sa.not_(sa.cast(Event.details, sa.Text).contains('"changed": []')),
        )
        .subquery()
    )
    numbered = sa.select(
        marked.c.id,
        marked.c.at,
        sa.func.sum(marked.c.begins).over(order_by=marked.c.id.desc()).label("run"),
    ).subquery()
    return (
        sa.select(
            sa.func.max(numbered.c.id).label("id"),
            sa.func.min(numbered.c.at, type_=Event.at.type).label("since"),
            sa.func.count().label("times"),
        )
        .group_by(numbered.c.run)
        .subquery()
    )


def _is_of_agency(record: RecordHead) -> sa.ColumnElement[bool]:
    """Whether the event's actor is an author of the record or belongs to its agency."""
    return sa.or_(
        sa.exists().where(Author.proposal_id == record.id, Author.person_id == Event.actor_id),
        sa.exists().where(Person.id == Event.actor_id, Person.agency_id == record.agency_id),
        sa.exists().where(RoleGrant.person_id == Event.actor_id, RoleGrant.agency_id == record.agency_id),
    )
