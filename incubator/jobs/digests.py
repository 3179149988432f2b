"""Whether what was kept under a digest still has it: files, revisions, evidence, sealed dossiers, locked plans.

The audit trail names the digests of seals and locks too, so a row changed together with its own digest is found.
Each function gives one sentence for each thing that does not hold.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.canonical import digest
from incubator.domain.events import EventKind
from incubator.models.dossiers import Dossier
from incubator.models.evaluation import Amendment, EvaluationLock
from incubator.models.gates import Decision
from incubator.models.history import Event
from incubator.models.pilots import Pilot
from incubator.models.proposals import Attachment, Proposal, Revision
from incubator.models.redaction import RedactedFile
from incubator.queries.evaluation_plan import plan_content, plan_digest

PIECE = 1 << 20


def kept_files(session: Session) -> list[tuple[str, int, str]]:
    """(storage key, bytes, SHA-256) of every file that a row promises."""
    rows: list[Any] = list(
        session.execute(
            sa.union_all(
                sa.select(Attachment.storage_key, Attachment.size, Attachment.sha256),
                sa.select(Dossier.stored_as, Dossier.size, Dossier.file_sha256),
                sa.select(RedactedFile.storage_key, RedactedFile.size, RedactedFile.sha256).where(
                    RedactedFile.storage_key.is_not(None)
                ),
            )
        )
    )
    return [(row[0], row[1], row[2]) for row in rows]


def is_unchanged(path: Path, size: int, sha256: str) -> bool:
    """Whether the file is there with these bytes."""
    if not path.is_file() or path.stat().st_size != size:
        return False
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
    return found.hexdigest() == sha256


def changed_records(session: Session) -> Iterator[str]:
    """Revisions, decisions, dossiers and locked plans that are no longer what was frozen."""
    numbers = {row.id: row.number for row in session.execute(sa.select(Proposal.id, Proposal.number))}
    for revision in session.execute(
        sa.select(Revision.proposal_id, Revision.number, _text(Revision.content), Revision.sha256)
    ):
        if _digest(revision.text) != revision.sha256:
            yield f"Revision {revision.number} of {numbers[revision.proposal_id]} was changed."
    for decision in session.execute(
        sa.select(Decision.id, Decision.proposal_id, _text(Decision.evidence), Decision.evidence_sha256)
    ):
        if _digest(decision.text) != decision.evidence_sha256:
            yield f"The evidence of decision {decision.id} on {numbers[decision.proposal_id]} was changed."
    yield from _dossiers(session, numbers)
    yield from _plans(session, numbers)


def _text(column: Any) -> Any:
    """A JSON column as it is written: what was changed by hand may be no JSON any more."""
    return sa.cast(column, sa.Text).label("text")


def _digest(text: str) -> str:
    """The digest of JSON; empty for what is none."""
    try:
        return digest(json.loads(text))
    except ValueError:
        return ""


def _plan_now(session: Session, proposal_id: int) -> str:
    """The digest of the plan as it is in its tables."""
    try:
        return plan_digest(plan_content(session, proposal_id))
    except ValueError:
        return ""


def _told(session: Session, kind: EventKind) -> Iterator[tuple[int | None, dict[str, Any]]]:
    """(proposal, details) of the events of a kind, in order."""
    for row in session.execute(
        sa.select(Event.proposal_id, Event.details).where(Event.kind == kind).order_by(Event.id)
    ):
        yield row.proposal_id, row.details


def _dossiers(session: Session, numbers: dict[int, str]) -> Iterator[str]:
    told = {
        details["decision_id"]: (details["file_sha256"], details["evidence_sha256"])
        for _proposal, details in _told(session, EventKind.DOSSIER_SEALED)
    }
    rows = session.execute(
        sa.select(
            Dossier.decision_id,
            Dossier.file_sha256,
            Dossier.evidence_sha256,
            Decision.evidence_sha256.label("decided_on"),
            Decision.proposal_id,
        ).join(Decision, Decision.id == Dossier.decision_id)
    ).all()
    for row in rows:
        sealed = (row.file_sha256, row.evidence_sha256)
        if told.pop(row.decision_id, None) != sealed or row.decided_on != row.evidence_sha256:
            yield (
                f"The dossier of decision {row.decision_id} on {numbers[row.proposal_id]} is not the one that was sealed."
            )
    for decision_id in told:
        yield f"The sealed dossier of decision {decision_id} is gone."


def _plans(session: Session, numbers: dict[int, str]) -> Iterator[str]:
    told = {proposal_id: details["sha256"] for proposal_id, details in _told(session, EventKind.PLAN_LOCKED)}
    amended: dict[int, str] = {
        row.pilot_id: row.sha256
        for row in session.execute(sa.select(Amendment.pilot_id, Amendment.sha256).order_by(Amendment.id))
    }
    locks = session.execute(
        sa.select(
            EvaluationLock.pilot_id, _text(EvaluationLock.content), EvaluationLock.sha256, Pilot.proposal_id
        )
        .join(Pilot, Pilot.id == EvaluationLock.pilot_id)
        .where(EvaluationLock.confirmed_at.is_not(None))
    ).all()
    for lock in locks:
        number = numbers[lock.proposal_id]
        if _digest(lock.text) != lock.sha256 or told.pop(lock.proposal_id, None) != lock.sha256:
            yield f"The locked evaluation plan of {number} is not the one that was locked."
        standing = amended.get(lock.pilot_id, lock.sha256)
        if _plan_now(session, lock.proposal_id) != standing:
            yield f"The evaluation plan of {number} was changed after its lock without an amendment."
    for proposal_id in told:
        yield f"The locked evaluation plan of {numbers.get(proposal_id or 0, 'a record')} is gone."
