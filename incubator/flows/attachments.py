"""Files handed in with a proposal: attached, removed, put back."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.attachments import MOST_FILES, clean_name
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.flows import attachment_store as store
from incubator.flows.drafts import apply_rules_if_handed_in, writable
from incubator.flows.record import record
from incubator.models.dossiers import Dossier
from incubator.models.proposals import Attachment
from incubator.models.redaction import RedactedFile

ORPHANED_AFTER = timedelta(days=1)


def attach(
    session: Session,
    actor: Actor,
    now: datetime,
    proposal_id: int,
    *,
    name: str,
    content: BinaryIO,
    description: str,
    folder: Path,
    megabytes: int,
) -> Attachment:
    """Keep the bytes, then the row. A refusal leaves neither."""
    proposal = writable(session, actor, proposal_id, Action.WRITE)
    here = sa.select(sa.func.count()).where(
        Attachment.proposal_id == proposal_id, Attachment.removed_at.is_(None)
    )
    if (session.scalar(here) or 0) >= MOST_FILES:
        raise DomainError(
            "A proposal holds at most %(most)s files. Remove one first.", "file", most=MOST_FILES
        )
    cleaned = clean_name(name)
    stored = store.keep(folder, cleaned, content, megabytes=megabytes)
    try:
        row = Attachment(
            proposal_id=proposal_id,
            name=cleaned,
            media_type=stored.media_type,
            size=stored.size,
            sha256=stored.sha256,
            storage_key=stored.key,
            description=description,
            added_at=now,
            added_by_id=actor.person_id,
        )
        session.add(row)
        proposal.changed_at = now
        record(session, actor, now, EventKind.ATTACHMENT_ADDED, proposal_id=proposal_id, file=cleaned)
        apply_rules_if_handed_in(session, now, proposal)
    except BaseException:
        store.discard(folder, stored.key)
        raise
    return row


def remove(session: Session, actor: Actor, now: datetime, proposal_id: int, attachment_id: int) -> Attachment:
    """Take a file off the proposal. Its bytes stay, for undo and for revisions that hold it."""
    proposal = writable(session, actor, proposal_id, Action.WRITE)
    row = _of(session, proposal_id, attachment_id)
    if row.removed_at is None:
        row.removed_at = now
        proposal.changed_at = now
        record(session, actor, now, EventKind.ATTACHMENT_REMOVED, proposal_id=proposal_id, file=row.name)
    return row


def put_back(
    session: Session, actor: Actor, now: datetime, proposal_id: int, attachment_id: int
) -> Attachment:
    """Undo a removal."""
    proposal = writable(session, actor, proposal_id, Action.WRITE)
    row = _of(session, proposal_id, attachment_id)
    if row.removed_at is not None:
        row.removed_at = None
        proposal.changed_at = now
        record(session, actor, now, EventKind.ATTACHMENT_ADDED, proposal_id=proposal_id, file=row.name)
    return row


def remove_orphans(session: Session, now: datetime, folder: Path) -> int:
    """Delete stored files without a row, a day after they were written. Answers how many."""
    given = sa.select(RedactedFile.storage_key).where(RedactedFile.storage_key.is_not(None))
    sealed = sa.select(Dossier.stored_as)
    known = frozenset(session.scalars(sa.union_all(sa.select(Attachment.storage_key), given, sealed)))
    return store.remove_orphans(folder, known, older_than=(now - ORPHANED_AFTER).timestamp())


def _of(session: Session, proposal_id: int, attachment_id: int) -> Attachment:
    row = session.scalars(
        sa.select(Attachment).where(Attachment.id == attachment_id, Attachment.proposal_id == proposal_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row
