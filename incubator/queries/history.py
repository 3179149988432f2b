"""What happened: the log, a record's timeline and an agency's, each as far as the reader may know."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.access import AGENCY_WATCH
from incubator.domain.event_groups import REVIEW_KINDS, kinds_for
from incubator.domain.events import Audience, EventKind
from incubator.domain.folding import fold
from incubator.domain.roles import Actor, Role
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.history import Event
from incubator.models.proposals import Proposal
from incubator.queries import visibility
from incubator.queries.agency_access import may_see_agency
from incubator.queries.reviews import is_sealed

MOST_PEOPLE = 50
"""How many people a name in the filter may stand for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The filters of the log; None and "" mean any. `since` and `until` are moments, `until` excluded."""

    kinds: tuple[EventKind, ...] = ()
    who: str = ""
    agency: str = ""
    number: str = ""
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """One event. `number` and `agency_code` lead to what it is about."""

    id: int
    at: datetime
    kind: EventKind
    actor_name: str
    details: dict[str, Any]
    number: str | None
    title: str | None
    agency_code: str | None
    agency_name: str | None


@dataclass(frozen=True, slots=True)
class LogPage:
    """Newest first. `older` and `newer` are the ids to go on from, None at the ends."""

    events: list[Happened]
    older: int | None
    newer: int | None


def read_log(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    before: int | None = None,
    after: int | None = None,
    size: int,
) -> LogPage:
    """One page of the log: the newest, those before an id, or those after one. In one or two statements,
    at the same cost on the first page and the last."""
    statement = _log(session, actor, wanted)
    if after is not None:
        rows = session.execute(statement.where(Event.id > after).order_by(Event.id).limit(size + 1)).all()
        more = len(rows) > size
        events = [_happened(row) for row in rows[:size]][::-1]
        return LogPage(events, after + 1 if not events else events[-1].id, events[0].id if more else None)
    if before is not None:
        statement = statement.where(Event.id < before)
    rows = session.execute(statement.order_by(Event.id.desc()).limit(size + 1)).all()
    events = [_happened(row) for row in rows[:size]]
    older = events[-1].id if len(rows) > size else None
    return LogPage(events, older, events[0].id if before is not None and events else None)


def count_log(session: Session, actor: Actor, wanted: Wanted, *, most: int) -> int:
    """How many events match, counted no further than `most`."""
    found = _log(session, actor, wanted).with_only_columns(Event.id).limit(most).subquery()
    return session.scalar(sa.select(sa.func.count()).select_from(found)) or 0


def stream_log(session: Session, actor: Actor, wanted: Wanted) -> Iterator[Happened]:
    """Every event that matches, newest first, without holding them all."""
    statement = _log(session, actor, wanted).order_by(Event.id.desc()).execution_options(yield_per=1_000)
    with closing(session.execute(statement)) as rows:
        for row in rows:
            yield _happened(row)


def _log(session: Session, actor: Actor, wanted: Wanted) -> sa.Select[Any]:
    conditions = [may_read(actor), *_filters(session, wanted)]
    return _columns().where(*conditions)


def _columns() -> sa.Select[Any]:
    return (
        sa.select(
            Event.id,
            Event.at,
            Event.kind,
            Event.actor_name,
            Event.details,
            Proposal.number,
            Proposal.title,
            Agency.code.label("agency_code"),
            Agency.name.label("agency_name"),
        )
        .outerjoin(Proposal, Proposal.id == Event.proposal_id)
        .outerjoin(Agency, Agency.id == sa.func.coalesce(Event.agency_id, Proposal.agency_id))
    )


def _happened(row: Any) -> Happened:
    return Happened(*row)


def may_read(actor: Actor) -> sa.ColumnElement[bool]:
    """The events the actor may read in the log: the kinds for them, on records and agencies they may know
    of. What happened to a draft is read by others once it is handed in. Who reviews and what became of it
    stays closed to people of the agency, to those with a conflict, and to reviewers until their own is in."""
    audiences = [Audience.EVERYONE]
    if actor.holds(Role.COORDINATOR, Role.LEADERSHIP, Role.ADMINISTRATOR):
        audiences.append(Audience.STAFF)
    if actor.holds(Role.ADMINISTRATOR):
        audiences.append(Audience.ADMINISTRATORS)
    closed = [kind for kind in EventKind if kind not in kinds_for(*audiences)]
    conditions = [
        sa.or_(Event.proposal_id.is_(None), visibility.visible(actor)),
        sa.or_(
            Event.agency_id.is_(None), Event.proposal_id.is_not(None), may_see_agency(actor, Event.agency_id)
        ),
        sa.or_(Event.kind.not_in(REVIEW_KINDS), Event.proposal_id.is_(None), _open_to(actor)),
    ]
    if closed:
        conditions.append(Event.kind.not_in(closed))
    return sa.and_(*conditions)


def _open_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Records of which the actor may learn who reviews them."""
    me = actor.person_id
    own = {actor.agency_id, *actor.agencies(*AGENCY_WATCH)} - {None}
    return sa.and_(
        sa.not_(is_sealed(actor)),
        sa.not_(visibility.is_conflicted(me)),
        Proposal.agency_id.not_in(sorted(filter(None, own))) if own else sa.true(),
    )


def _filters(session: Session, wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.kinds:
        conditions.append(Event.kind.in_(wanted.kinds))
    if wanted.who:
        conditions.append(_by(session, wanted.who))
    if wanted.agency:
        agency_id = sa.select(Agency.id).where(Agency.code == wanted.agency).scalar_subquery()
        conditions.append(sa.or_(Event.agency_id == agency_id, Proposal.agency_id == agency_id))
    if wanted.number:
        conditions.append(
            Event.proposal_id
            == sa.select(Proposal.id).where(Proposal.number == wanted.number).scalar_subquery()
        )
    if wanted.since is not None:
        conditions.append(Event.at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Event.at < wanted.until)
    for word in wanted.text.split()[:5]:
        conditions.append(_holds(word))
    return conditions


def _by(session: Session, who: str) -> sa.ColumnElement[bool]:
    """Events of the people whose names hold those words; "incubator" also stands for automatic steps."""
    names = [folded(Person.name).contains(fold(word), autoescape=True) for word in who.split()[:5]]
    people = session.scalars(sa.select(Person.id).where(*names).order_by(Person.id).limit(MOST_PEOPLE)).all()
    found: sa.ColumnElement[bool] = Event.actor_id.in_(people)
    if who.strip().casefold() == "incubator":
        found = sa.or_(found, Event.actor_id.is_(None))
    return found


def _holds(word: str) -> sa.ColumnElement[bool]:
    """Events that name the word: in their details, their record's title or number, or their actor's name."""
    kept = json.dumps(word)[1:-1]
    return sa.or_(
        sa.cast(Event.details, sa.Text).icontains(kept, autoescape=True),
        folded(Event.actor_name).contains(fold(word), autoescape=True),
        Proposal.title.icontains(word, autoescape=True),
        Proposal.number.icontains(word, autoescape=True),
    )


def agency_events(
    session: Session, actor: Actor, agency_id: int, limit: int, before: int | None = None
) -> list[Happened]:
    """The newest events of an agency's account, as far as the actor may know."""
    statement = _columns().where(
        Event.agency_id == agency_id, may_read(actor), Event.kind.in_(_account_kinds(actor))
    )
    if before is not None:
        statement = statement.where(Event.id < before)
    return [_happened(row) for row in session.execute(statement.order_by(Event.id.desc()).limit(limit))]


def _account_kinds(actor: Actor) -> tuple[EventKind, ...]:
    """Sign-ins and the like are no part of an account, whoever reads it; single answers to a survey say
    nothing but that there are some."""
    staff = actor.holds(Role.COORDINATOR, Role.LEADERSHIP, Role.ADMINISTRATOR)
    kinds = kinds_for(Audience.EVERYONE, *([Audience.STAFF] if staff else []))
    return tuple(kind for kind in kinds if kind is not EventKind.SURVEY_ANSWERED)


def agency_choices(session: Session, actor: Actor) -> list[tuple[str, str]]:
    """Code and name of the agencies the actor may see, by name."""
    rows = session.execute(
        sa.select(Agency.code, Agency.name)
        .where(may_see_agency(actor, Agency.id))
        .order_by(folded(Agency.name), Agency.id)
    )
    return [(row.code, row.name) for row in rows]
