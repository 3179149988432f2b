"""The copy of a proposal without names: prepared by the office, saved as a draft, given to the reviewers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, can_on_record
from incubator.domain.attachments import clean_name
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.proposal_form import IDEA, FieldSpec, sections
from incubator.domain.redaction import (
    Draft,
    FileAnswer,
    FileChoice,
    IncompleteCopy,
    is_words,
    left_in,
    reviewers_file_name,
    unanswered_files,
)
from incubator.domain.roles import Actor
from incubator.flows import attachment_store as store
from incubator.flows.record import record
from incubator.flows.reviews import require
from incubator.flows.stages import lock_proposal
from incubator.flows.versions import check_version
from incubator.models.proposals import Proposal, Revision
from incubator.models.redaction import RedactedCopy, RedactedFile
from incubator.queries import records
from incubator.queries.proposals import find_revision
from incubator.queries.redaction import known_names
from incubator.queries.visibility import BEFORE_THE_DECISION

ONE_SITTING = timedelta(minutes=10)
"""Background saves of one person this close together are one event on the timeline."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that reviewers get instead of an attachment."""

    name: str
    content: BinaryIO


@dataclass(frozen=True, slots=True)
class Storage:
    """Where files lie and how large one may be, in million bytes."""

    folder: Path
    megabytes: int


def save_copy(
    session: Session,
    actor: Actor,
    now: datetime,
    proposal_id: int,
    draft: Draft,
    *,
    seen: int,
    uploads: Mapping[int, Upload] | None = None,
    storage: Storage,
    in_background: bool = False,
) -> RedactedCopy:
    """Keep the copy of the newest revision as it is typed so far; reviewers do not see it yet.

    `seen` is the version the form showed, 0 for none. Raises StaleVersion when somebody else was faster.
    """
    proposal, revision, copy = _opened(session, actor, proposal_id, seen)
    if copy is not None and copy.ready_at is not None:
        raise DomainError("Reviewers read this copy already. Give them the corrected one instead.")
    same_sitting = (
        copy is not None and copy.prepared_by_id == actor.person_id and now - copy.prepared_at < ONE_SITTING
    )
    with _kept(draft, uploads, storage) as stored:
        copy = _write(session, actor, now, proposal, revision, copy, draft, stored)
        if not (in_background and same_sitting):
            record(session, actor, now, EventKind.REDACTION_SAVED, proposal_id=proposal_id)
    return copy


def give_to_reviewers(
    session: Session,
    actor: Actor,
    now: datetime,
    proposal_id: int,
    draft: Draft,
    *,
    seen: int,
    uploads: Mapping[int, Upload] | None = None,
    storage: Storage,
    may_stay: bool = False,
) -> RedactedCopy:
    """Save the copy and let the reviewers read it from now on, in place of the original or an earlier copy.

    Raises IncompleteCopy with everything that is missing, and DomainError beside `may_stay` while names that
    were found stand in it and nobody said that they may.
    """
    proposal, revision, copy = _opened(session, actor, proposal_id, seen)
    attachments = {file["id"]: file["name"] for file in revision.content.get("attachments") or ()}
    problems = unanswered_files(_with_files(session, draft, copy, uploads or {}), attachments)
    if problems:
        raise IncompleteCopy(problems)
    left = left_in(draft, known_names(session, proposal_id, revision.content))
    if left and not may_stay:
        raise DomainError(
            "Names that were found are still in the copy: %(names)s. Take them out, or say that they may stay.",
            "may_stay",
            names=", ".join(f"“{words}”" for words in left),
        )
    with _kept(draft, uploads, storage) as stored:
        copy = _write(session, actor, now, proposal, revision, copy, draft, stored, ready_at=now)
        record(session, actor, now, EventKind.REDACTION_READY, proposal_id=proposal_id)
    return copy


def _opened(
    session: Session, actor: Actor, proposal_id: int, seen: int
) -> tuple[Proposal, Revision, RedactedCopy | None]:
    """The proposal, locked, its newest revision, and the copy of that revision when it was begun."""
    proposal = lock_proposal(session, proposal_id)
    facts = records.record_facts(session, actor, proposal_id)
    if facts is None or not facts.names_hidden:
        raise NotFound
    require(can_on_record(actor, Action.SCREEN, facts))
    revision = find_revision(session, proposal_id, proposal.revision_number)
    if revision is None:
        raise NotFound
    if proposal.step not in BEFORE_THE_DECISION:
        raise DomainError("The gate has been decided; reviewers keep the copy they read.")
    copy = session.scalars(
        sa.select(RedactedCopy)
        .where(RedactedCopy.proposal_id == proposal_id, RedactedCopy.revision_number == revision.number)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if copy is not None:
        check_version(copy, seen)
    elif seen:
        raise StaleVersion({}, 0)
    return proposal, revision, copy


def _with_files(
    session: Session, draft: Draft, copy: RedactedCopy | None, uploads: Mapping[int, Upload]
) -> Draft:
    """The draft, knowing for which attachments another file is there or comes along."""
    held = {key for key, file in _files_of(session, copy).items() if file.storage_key} | uploads.keys()
    files = {key: replace(answer, has_file=key in held) for key, answer in draft.files.items()}
    return replace(draft, files=files)


def _files_of(session: Session, copy: RedactedCopy | None) -> dict[int, RedactedFile]:
    if copy is None:
        return {}
    rows = session.scalars(sa.select(RedactedFile).where(RedactedFile.copy_id == copy.id))
    return {row.attachment_id: row for row in rows}


@contextmanager
def _kept(
    draft: Draft, uploads: Mapping[int, Upload] | None, storage: Storage
) -> Iterator[dict[int, store.Stored]]:
    """The bytes of what was uploaded, on the disk; taken back when the rows cannot be written."""
    stored: dict[int, store.Stored] = {}
    try:
        for key, upload in (uploads or {}).items():
            if draft.files.get(key, FileAnswer()).choice is FileChoice.INSTEAD:
                stored[key] = _keep(key, upload, storage)
        yield stored
    except BaseException:
        for one in stored.values():
            store.discard(storage.folder, one.key)
        raise


def _keep(key: int, upload: Upload, storage: Storage) -> store.Stored:
    try:
        return store.keep(
            storage.folder, clean_name(upload.name), upload.content, megabytes=storage.megabytes
        )
    except DomainError as error:
        raise DomainError(error.template, f"upload_{key}", **error.params) from error


def _write(
    session: Session,
    actor: Actor,
    now: datetime,
    proposal: Proposal,
    revision: Revision,
    copy: RedactedCopy | None,
    draft: Draft,
    stored: Mapping[int, store.Stored],
    *,
    ready_at: datetime | None = None,
) -> RedactedCopy:
    if copy is None:
        copy = RedactedCopy(proposal_id=proposal.id, revision_number=revision.number)
        session.add(copy)
    copy.ready_at = ready_at
    copy.title, copy.summary = draft.title, draft.summary
    copy.answers = copied_answers(revision, draft)
    copy.prepared_by_id, copy.prepared_at = actor.person_id, now
    session.flush()
    rows = _files_of(session, copy)
    for place, file in enumerate(revision.content.get("attachments") or (), start=1):
        answer = draft.files.get(file["id"], FileAnswer())
        row = rows.get(file["id"])
        new = stored.get(file["id"])
        if answer.choice is None or (
            answer.choice is FileChoice.INSTEAD and new is None and (row is None or row.storage_key is None)
        ):
            # Not answered yet: no row, for one without a file says that nothing is given.
            if row is not None:
                session.delete(row)
            continue
        if row is None:
            row = RedactedFile(copy_id=copy.id, attachment_id=file["id"], added_at=now)
            session.add(row)
        _answer_file(row, answer, new)
        kind = row.media_type if row.storage_key else file["media_type"]
        leaves_out = answer.choice is FileChoice.LEAVE_OUT
        row.name = "" if leaves_out else reviewers_file_name(answer.name, kind, place)
        row.added_at, row.added_by_id = now, actor.person_id
    session.flush()
    return copy


def _answer_file(row: RedactedFile, answer: FileAnswer, new: store.Stored | None) -> None:
    row.as_it_is = answer.choice is FileChoice.AS_IT_IS
    if answer.choice is not FileChoice.INSTEAD:
        row.storage_key, row.media_type, row.size, row.sha256 = None, "", 0, ""
    elif new is not None:
        row.storage_key, row.media_type = new.key, new.media_type
        row.size, row.sha256 = new.size, new.sha256


def copied_answers(revision: Revision, draft: Draft) -> dict[str, Any]:
    """The answers of the copy, in the shape of a revision's: words as the office wrote them, other answers as
    they were handed in. A question that was not answered, or is not of the form, is not in the copy."""
    told: Mapping[str, Any] = revision.content.get("answers") or {}
    copied: dict[str, Any] = {}
    for section in sections(revision.form_version, uses_ai="ai" in told):
        original = told.get(section.key) or {}
        kept = {
            spec.key: value
            for spec in section.fields
            if spec.key in original
            and (value := _copied(section.key, spec, original[spec.key], draft)) not in (None, "", [])
        }
        if kept:
            copied[section.key] = kept
    return copied


def _copied(section: str, spec: FieldSpec, original: Any, draft: Draft) -> Any:
    if section == IDEA.key and spec.key == "title":
        return draft.title
    if section == IDEA.key and spec.key == "summary":
        return draft.summary
    if is_words(spec, original):
        return draft.texts.get((section, spec.key), "")
    return original
