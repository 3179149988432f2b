"""Words kept for reuse when answering agencies."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from incubator.domain.access import Action, can
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.gates import GATES, GateKey
from incubator.domain.roles import Actor
from incubator.flows.decision_parts import require, written
from incubator.flows.record import record
from incubator.flows.versions import check_version, locked
from incubator.models.screening import Snippet

TITLE_LIMIT = 120
BODY_LIMIT = 5_000


def add(session: Session, actor: Actor, *, title: str, body: str, need_key: str, now: datetime) -> Snippet:
    """Keep a response; `need_key` ties it to a must-meet of the screening, or is empty."""
    require(can(actor, Action.SCREEN_ANY))
    snippet = Snippet()
    session.add(snippet)
    _fill(snippet, title, body, need_key)
    record(session, actor, now, EventKind.SNIPPET_CHANGED, snippet=snippet.title)
    return snippet


def change(
    session: Session,
    actor: Actor,
    *,
    snippet_id: int,
    title: str,
    body: str,
    need_key: str,
    seen_version: int | None,
    now: datetime,
) -> Snippet:
    """Change a response. Raises StaleVersion with what stands when somebody else saved first."""
    require(can(actor, Action.SCREEN_ANY))
    snippet = _living(session, snippet_id)
    check_version(
        snippet, seen_version, {"title": snippet.title, "body": snippet.body, "need_key": snippet.need_key}
    )
    _fill(snippet, title, body, need_key)
    record(session, actor, now, EventKind.SNIPPET_CHANGED, snippet=snippet.title)
    return snippet


def archive(session: Session, actor: Actor, *, snippet_id: int, now: datetime) -> None:
    """Put a response away; it is no longer offered."""
    require(can(actor, Action.SCREEN_ANY))
    snippet = _living(session, snippet_id)
    snippet.archived_at = now
    record(session, actor, now, EventKind.SNIPPET_CHANGED, snippet=snippet.title)


def _fill(snippet: Snippet, title: str, body: str, need_key: str) -> None:
    snippet.title = written(title, "title", "Enter a title.", TITLE_LIMIT)
    snippet.body = written(body, "body", "Enter the text.", BODY_LIMIT)
    if need_key and need_key not in {need.key for need in GATES[GateKey.G0].must_meets}:
        raise DomainError("Choose a must-meet from the list.", "need_key")
    snippet.need_key = need_key


def _living(session: Session, snippet_id: int) -> Snippet:
    snippet = locked(session, Snippet, snippet_id)
    if snippet is None or snippet.archived_at is not None:
        raise NotFound
    return snippet
