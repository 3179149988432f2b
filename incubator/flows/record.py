"""The only writer of events. Each is chained to the one before by a keyed hash."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from incubator.domain.chain import GENESIS, digest
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.models.history import ChainHead, Event, audit_key


@dataclass(frozen=True, slots=True)
class Happening:
    """One event of many that are written together."""

    kind: EventKind
    proposal_id: int | None = None
    agency_id: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


def record(
    session: Session,
    actor: Actor,
    now: datetime,
    kind: EventKind,
    *,
    proposal_id: int | None = None,
    agency_id: int | None = None,
    **details: Any,
) -> None:
    """Write that something happened, in the transaction of the change itself.

    `details` fill the places of the event's sentence and must be JSON values.
    """
    record_many(session, actor, now, [Happening(kind, proposal_id, agency_id, details)])


def record_many(session: Session, actor: Actor, now: datetime, happenings: Iterable[Happening]) -> int:
    """The same for many things that happened at once, in order; how many were written.

    The end of the chain is taken once and the rows go in together.
    """
    session.flush()
    head = _locked_head(session)
    key, previous, rows = audit_key(session), head.digest, []
    for happening in happenings:
        event = Event(
            at=now,
            kind=happening.kind,
            actor_id=actor.person_id,
            actor_name=actor.name,
            on_behalf_of_id=actor.on_behalf_of_id,
            proposal_id=happening.proposal_id,
            agency_id=happening.agency_id,
            details=dict(happening.details),
            previous=previous,
        )
        previous = digest(event, key)
        rows.append({name: getattr(event, name) for name in _WRITTEN} | {"digest": previous})
    if rows:
        session.execute(sa.insert(Event), rows)
        head.digest = previous
        head.events += len(rows)
    session.flush()
    return len(rows)


def _locked_head(session: Session) -> ChainHead:
    """The end of the chain, held until the transaction ends; the first two writers wait for each other too."""
    end = (
        sa.select(ChainHead)
        .where(ChainHead.id == 1)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    head = session.scalars(end).one_or_none()
    if head is None:
        dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
        first = dialect.insert(ChainHead).values(id=1, digest=GENESIS, events=0)
        session.execute(first.on_conflict_do_nothing())
        head = session.scalars(end).one()
    return head


_WRITTEN = (
    "at",
    "kind",
    "actor_id",
    "actor_name",
    "on_behalf_of_id",
    "proposal_id",
    "agency_id",
    "details",
    "previous",
)
