"""A proposal as its reviewers read it: the newest revision with its files, or the copy without names."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.models.proposals import Attachment, Proposal, Revision
from incubator.models.redaction import RedactedCopy, RedactedFile
from incubator.queries.scoring import PROPOSAL_ID, HandedIn, newest_revision


@dataclass(frozen=True, slots=True)
class ReviewFile:
    """A file as its reviewer gets it. `key` is where its bytes lie."""

    id: int
    name: str
    media_type: str
    size: int
    key: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reviewer reads of a proposal. `is_copy`: the copy without names; `newest` is the number of the
    newest revision, which may be later than the one that is read."""

    revision: HandedIn
    files: tuple[ReviewFile, ...]
    is_copy: bool
    newest: int


_READY = (
    sa.select(
        RedactedCopy.id,
        RedactedCopy.revision_number,
        RedactedCopy.answers,
        Revision.form_version,
        Revision.submitted_at,
        Proposal.revision_number.label("newest"),
    )
    .join(
        Revision,
        sa.and_(
            Revision.proposal_id == RedactedCopy.proposal_id,
            Revision.number == RedactedCopy.revision_number,
        ),
    )
    .join(Proposal, Proposal.id == RedactedCopy.proposal_id)
    .where(RedactedCopy.proposal_id == PROPOSAL_ID, RedactedCopy.ready_at.is_not(None))
    .order_by(RedactedCopy.revision_number.desc())
    .limit(1)
)


def reading(session: Session, proposal_id: int, *, names_hidden: bool) -> Reading | None:
    """The proposal as its reviewers read it, or None when nothing was handed in.

    One statement; two where a copy is read, which brings its own files. Without a copy there are no files
    where names are hidden.
    """
    if names_hidden:
        copy = session.execute(_READY, {"proposal_id": proposal_id}).one_or_none()
        if copy is not None:
            content = {"answers": copy.answers}
            handed_in = HandedIn(copy.revision_number, copy.form_version, copy.submitted_at, content)
            return Reading(handed_in, tuple(_given_files(session, copy.id)), True, copy.newest)
    revision = newest_revision(session, proposal_id)
    if revision is None:
        return None
    files = () if names_hidden else _attached(revision)
    return Reading(revision, files, False, revision.number)


def _attached(revision: HandedIn) -> tuple[ReviewFile, ...]:
    return tuple(
        ReviewFile(file["id"], file["name"], file["media_type"], file["size"])
        for file in revision.content.get("attachments") or ()
    )


def _given_files(session: Session, copy_id: int) -> list[ReviewFile]:
    own = RedactedFile.storage_key.is_not(None)
    rows = session.execute(
        sa.select(
            RedactedFile.id,
            RedactedFile.name,
            sa.case((own, RedactedFile.media_type), else_=Attachment.media_type).label("media_type"),
            sa.case((own, RedactedFile.size), else_=Attachment.size).label("size"),
            sa.func.coalesce(RedactedFile.storage_key, Attachment.storage_key).label("key"),
        )
        .join(Attachment, Attachment.id == RedactedFile.attachment_id)
        .where(RedactedFile.copy_id == copy_id, sa.or_(own, RedactedFile.as_it_is))
        .order_by(RedactedFile.attachment_id)
    )
    return [ReviewFile(**row._mapping) for row in rows]


def file_for_reviewer(
    session: Session, proposal_id: int, file_id: int, *, names_hidden: bool
) -> ReviewFile | None:
    """One of the files that reviewers of this proposal get, with the key of its bytes."""
    read = reading(session, proposal_id, names_hidden=names_hidden)
    found = next((file for file in read.files if file.id == file_id), None) if read else None
    if found is None or found.key:
        return found
    key = session.scalar(
        sa.select(Attachment.storage_key).where(
            Attachment.id == file_id, Attachment.proposal_id == proposal_id
        )
    )
    return None if key is None else ReviewFile(found.id, found.name, found.media_type, found.size, key)
