"""The only writer of events. Each is chained to the one before by a keyed hash."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.models.history import ChainHead, Event

GENESIS = "0" * 64


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
    session.flush()
    head = session.scalars(
        sa.select(ChainHead)
        .where(ChainHead.id == 1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if head is None:
        head = ChainHead(id=1, digest=GENESIS, events=0)
        session.add(head)
    event = Event(
        at=now,
        kind=kind,
        actor_id=actor.person_id,
        actor_name=actor.name,
        on_behalf_of_id=actor.on_behalf_of_id,
        proposal_id=proposal_id,
        agency_id=agency_id,
        details=details,
        previous=head.digest,
        digest="",
    )
    event.digest = digest(event, audit_key(session))
    head.digest = event.digest
    head.events += 1
    session.add(event)
    session.flush()


def audit_key(session: Session) -> bytes:
    """The key of the chain, carried by the engine so that flows need no application."""
    options: Mapping[str, Any] = session.connection().get_execution_options()
    key: bytes = options["audit_key"]
    return key


def digest(event: Event, key: bytes) -> str:
    """HMAC-SHA-256 over the row's content and the digest of the row before."""
    content = json.dumps(
        [
            event.previous,
            event.at.isoformat(timespec="microseconds"),
            event.kind.value,
            event.actor_id,
            event.actor_name,
            event.on_behalf_of_id,
            event.proposal_id,
            event.agency_id,
            event.details,
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hmac.new(key, content.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
