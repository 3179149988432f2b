"""Whether the audit trail is whole: every event, in order, unchanged."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.chain import GENESIS, digest
from incubator.domain.events import EventKind
from incubator.models.history import ChainHead, Event, audit_key

AT_A_TIME = 2_000


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """`head` is the digest of the last event that holds: kept outside the database, it is the anchor of a
    later check. `broken_at` is the id of the first event that does not hold."""

    whole: bool
    events: int
    head: str
    sentence: str
    broken_at: int | None = None


def verify_chain(session: Session, anchor: str | None = None) -> ChainCheck:
    """Compute every event's keyed hash again, in order.

    Finds events that were changed, deleted, swapped or slipped in. Events cut off at the end are missed by
    the count that the chain's end keeps; where that was changed as well, only `anchor`, a digest noted
    earlier, can tell. One statement reads everything, so that writers do not disturb the check.
    """
    end = session.execute(sa.select(ChainHead.events, ChainHead.digest)).one_or_none()
    promised: tuple[int | None, str | None] = (end.events, end.digest) if end else (0, GENESIS)
    key, previous, count = audit_key(session), GENESIS, 0
    anchored = anchor is None or anchor == GENESIS
    with closing(session.execute(_events().execution_options(yield_per=AT_A_TIME))) as rows:
        for row in rows:
            promised = (row.promised_events, row.promised_digest)
            fault = _fault(row, previous, key)
            if fault:
                told = fault % {"id": row.id, "count": f"{count:,}"}
                return ChainCheck(False, count, previous, told, row.id)
            previous, count = row.digest, count + 1
            anchored = anchored or previous == anchor
    if (count, previous) != promised:
        sentence = (
            f"The end of the audit trail does not hold: {count:,} events are there, {promised[0] or 0:,} were "
            "written. Events at the end were deleted or added by hand."
        )
        return ChainCheck(False, count, previous, sentence)
    if not anchored:
        sentence = (
            f"The {count:,} events hold together, but the noted digest is not among them: events at the end were "
            "deleted, or the digest is that of another audit trail."
        )
        return ChainCheck(False, count, previous, sentence)
    return ChainCheck(
        True, count, previous, f"The audit trail is whole: {count:,} events. Its end: {previous}"
    )


def _fault(row: Any, previous: str, key: bytes) -> str:
    """What is wrong with an event, or nothing."""
    if row.previous != previous:
        return (
            "The audit trail is broken at event %(id)s, after %(count)s that hold: an event before it was deleted "
            "or swapped, or this one was slipped in."
        )
    try:
        unchanged = digest(_Stored.of(row), key) == row.digest
    except ValueError:
        unchanged = False
    if not unchanged:
        return "The audit trail is broken at event %(id)s, after %(count)s that hold: it was changed."
    return ""


@dataclass(frozen=True, slots=True)
class _Stored:
    """An event read without trusting it: its details may be no JSON any more."""

    previous: str
    at: datetime
    kind: EventKind
    actor_id: int | None
    actor_name: str
    on_behalf_of_id: int | None
    proposal_id: int | None
    agency_id: int | None
    details: dict[str, Any]

    @classmethod
    def of(cls, row: Any) -> _Stored:
        """Raises ValueError for what no event holds."""
        return cls(
            row.previous,
            row.at,
            EventKind(row.kind),
            row.actor_id,
            row.actor_name,
            row.on_behalf_of_id,
            row.proposal_id,
            row.agency_id,
            json.loads(row.details),
        )


def _events() -> Any:
    head = sa.select(ChainHead.events).where(ChainHead.id == 1).scalar_subquery()
    last = sa.select(ChainHead.digest).where(ChainHead.id == 1).scalar_subquery()
    return sa.select(
        Event.id,
        Event.at,
        sa.type_coerce(Event.kind, sa.Text).label("kind"),
        Event.actor_id,
        Event.actor_name,
        Event.on_behalf_of_id,
        Event.proposal_id,
        Event.agency_id,
        sa.cast(Event.details, sa.Text).label("details"),
        Event.previous,
        Event.digest,
        head.label("promised_events"),
        last.label("promised_digest"),
    ).order_by(Event.id)
