"""Checking a dossier: whether a file is the one that was sealed, and everything behind it unchanged."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from sqlalchemy.orm import Session

from incubator.config import Settings
from incubator.database import reading
from incubator.domain.clock import office_day, office_time, typed_time
from incubator.domain.errors import NotFound
from incubator.domain.events import EventKind
from incubator.domain.gates import GATES
from incubator.domain.stages import Precision
from incubator.domain.words import OUTCOMES
from incubator.extensions import db
from incubator.flows.attachment_store import open_kept
from incubator.queries import dossiers as query
from incubator.queries.chain import verify_chain
from incubator.queries.dossiers import Decided, Sealed
from incubator.queries.gate_evidence import digest

LARGEST = 200_000_000
"""Files beyond this many bytes are not read: no dossier is as large."""
_DECISION = re.compile(rb"decision (\d{1,9})\b")
_EVIDENCE = re.compile(rb"evidence-sha256 ([0-9a-f]{64})")


class UnreadableFile(Exception):
    """The file could not be read; the text says why in one line."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What there is to say about a file, and whether it and everything behind it is unchanged."""

    unchanged: bool
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _File:
    content: bytes
    sha256: str

    @property
    def claims(self) -> int | None:
        """The decision the file's metadata says it belongs to."""
        found = _DECISION.search(self.content)
        return int(found[1]) if found else None

    @property
    def evidence(self) -> str:
        """The evidence the file's metadata says it was made from; empty where it says nothing."""
        found = _EVIDENCE.search(self.content)
        return found[1].decode("ascii") if found else ""


def check_file(app: Flask, path: Path) -> Checked:
    """Hold a file against its seal, its decision and the audit trail. Raises UnreadableFile."""
    file = _read(path)
    with app.app_context(), reading():
        session = db.session()
        try:
            return _check(session, app.config["SETTINGS"], file)
        finally:
            session.rollback()


def _read(path: Path) -> _File:
    try:
        if path.exists() and not path.is_file():
            raise UnreadableFile(f"{path} is no file.")
        if path.exists() and path.stat().st_size > LARGEST:
            raise UnreadableFile(f"{path} is larger than any dossier ({LARGEST // 1_000_000} MB).")
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnreadableFile(f"{path} cannot be read: {reason}.") from error
    return _File(content, hashlib.sha256(content).hexdigest())


def _check(session: Session, settings: Settings, file: _File) -> Checked:
    sealed = query.sealed_as(session, file.sha256)
    if sealed is None:
        return _changed_or_unknown(session, settings, file)
    found = query.decided(session, sealed.decision_id)
    if found is None:
        return Checked(False, ("The decision of this dossier is gone from the database.",))
    wrong = _faults(session, found, sealed)
    chain = verify_chain(session)
    if not chain.whole:
        wrong.append(chain.sentence)
    said = [_who(found), _when_sealed(sealed)]
    if wrong:
        return Checked(
            False, (*said, "The file is as it was sealed, but what stands behind it is not:", *wrong)
        )
    return Checked(
        True,
        (
            said[0],
            f"This is the dossier sealed on {_moment(sealed)}; file and evidence are unchanged.",
            f"SHA-256 of the file:     {sealed.file_sha256}",
            f"SHA-256 of the evidence: {sealed.evidence_sha256}",
            chain.sentence,
        ),
    )


def _faults(session: Session, found: Decided, sealed: Sealed) -> list[str]:
    """What does not hold behind a sealed file."""
    wrong = []
    if digest(found.evidence) != found.evidence_sha256:
        wrong.append("The decision's evidence in the database was changed: it no longer has its own digest.")
    if found.evidence_sha256 != sealed.evidence_sha256:
        wrong.append("The decision names another evidence than the one this file was made from.")
    seals = query.told(session, found.proposal_id, found.id, EventKind.DOSSIER_SEALED)
    if len(seals) != 1:
        wrong.append(
            f"The audit trail tells of {len(seals)} seals of this decision's dossier instead of one."
        )
    elif (seals[0].details.get("file_sha256"), seals[0].details.get("evidence_sha256")) != (
        sealed.file_sha256,
        sealed.evidence_sha256,
    ):
        wrong.append("The audit trail names other digests for this dossier: the dossier's row was changed.")
    decisions = query.told(session, found.proposal_id, found.id, EventKind.GATE_DECIDED)
    if len(decisions) != 1:
        wrong.append(f"The audit trail tells of {len(decisions)} decisions under this number instead of one.")
    else:
        event = decisions[0]
        told = (event.details.get("gate"), event.details.get("reason"), event.actor_id, event.at)
        same = told == (GATES[found.gate].name, found.reason, found.by_id, found.at)
        outcome = str(event.details.get("outcome", ""))
        if not same or outcome.partition(", against")[0] != OUTCOMES[found.outcome].plain:
            wrong.append(
                "The decision in the database is not the one the audit trail tells of: it was changed."
            )
    return wrong


def _changed_or_unknown(session: Session, settings: Settings, file: _File) -> Checked:
    if not file.content:
        return Checked(False, ("The file is empty.",))
    if not file.content.startswith(b"%PDF-"):
        return Checked(False, ("This is no PDF, so it is no dossier.", f"SHA-256 of the file: {file.sha256}"))
    claimed = file.claims
    found = query.decided(session, claimed) if claimed is not None else None
    sealed = query.sealed(session, found.id) if found is not None else None
    if found is None or sealed is None:
        return Checked(
            False,
            (
                "No dossier with this content was sealed here, and the file does not say which decision it is of.",
                f"SHA-256 of the file: {file.sha256}",
            ),
        )
    said = [
        f"The file says it is the dossier of decision {found.id} on {found.number}, but it is not as it was sealed.",
        _who(found),
        f"SHA-256 of this file:        {file.sha256}",
        f"SHA-256 of the sealed file:  {sealed.file_sha256}",
    ]
    seals = query.told(session, found.proposal_id, found.id, EventKind.DOSSIER_SEALED)
    if any(seal.details.get("file_sha256") == file.sha256 for seal in seals):
        said[0] = (
            f"The audit trail says that this file was sealed as the dossier of decision {found.id} on "
            f"{found.number}, but the dossier's row in the database says otherwise: the row was changed."
        )
        return Checked(False, tuple(said))
    if file.evidence and file.evidence != sealed.evidence_sha256:
        said.append("It names another evidence than the one the decision rests on.")
    said.append(_compared(settings, file, sealed))
    return Checked(False, tuple(said))


def _compared(settings: Settings, file: _File, sealed: Sealed) -> str:
    """Where the file begins to differ from the one that is kept."""
    try:
        with open_kept(settings.attachments, sealed.stored_as) as kept:
            original = kept.read()
    except NotFound:
        return "The sealed file itself is missing from the store of attachments."
    if hashlib.sha256(original).hexdigest() != sealed.file_sha256:
        return "The sealed file in the store of attachments was changed too."
    size, wanted = len(file.content), len(original)
    if size < wanted and original.startswith(file.content):
        return f"It was cut off: {size:,} of {wanted:,} bytes are there."
    if size > wanted and file.content.startswith(original):
        return f"{size - wanted:,} bytes were added at its end."
    place = next(
        at for at, (one, other) in enumerate(zip(file.content, original, strict=False)) if one != other
    )
    return (
        f"It has {size:,} bytes, the sealed file {wanted:,}; they differ from byte {place + 1:,} on. The sealed file "
        "can be downloaded again from the decision's page."
    )


def _who(found: Decided) -> str:
    approved = f", approved by {found.approved_by}" if found.approved_by else ""
    day = office_day(found.at)
    on = f"on {day:%B} {day.day}, {day.year}"
    if found.precision is not Precision.DAY:
        on = f"in {day.year} (the day is not known)"
    return (
        f"{found.number}, “{GATES[found.gate].name}”: {OUTCOMES[found.outcome].plain}. Decided by "
        f"{found.by or 'nobody on record'}{approved} {on} "
        f"(decision {found.id})."
    )


def _moment(sealed: Sealed) -> str:
    at, day = office_time(sealed.sealed_at), office_day(sealed.sealed_at)
    return f"{day:%B} {day.day}, {day.year}, {typed_time(at.time())} {at.tzname()}"


def _when_sealed(sealed: Sealed) -> str:
    return f"Its dossier was sealed on {_moment(sealed)}."
