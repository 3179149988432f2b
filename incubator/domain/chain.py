"""How events are chained: each carries a keyed hash over its content and the hash of the one before."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol

from incubator.domain.events import EventKind

GENESIS = "0" * 64
"""What the first event has before it."""


class Link(Protocol):
    """An event as the chain sees it."""

    @property
    def previous(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def kind(self) -> EventKind: ...
    @property
    def actor_id(self) -> int | None: ...
    @property
    def actor_name(self) -> str: ...
    @property
    def on_behalf_of_id(self) -> int | None: ...
    @property
    def proposal_id(self) -> int | None: ...
    @property
    def agency_id(self) -> int | None: ...
    @property
    def details(self) -> Mapping[str, Any]: ...


def digest(event: Link, key: bytes) -> str:
    """HMAC-SHA-256 over the event's content and the digest of the event before, in hex.

    Details are taken as JSON gives them back, so that what was written and what is read hash alike.
    """
    content = json.dumps(
        [
            event.previous,
            event.at.astimezone(UTC).isoformat(timespec="microseconds"),
            event.kind.value,
            event.actor_id,
            event.actor_name,
            event.on_behalf_of_id,
            event.proposal_id,
            event.agency_id,
            json.loads(json.dumps(event.details)),
        ],
        ensure_ascii=False,
        sort_keys=True,
        separators=(",", ":"),
    )
    return hmac.new(key, content.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
