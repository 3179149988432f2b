"""A proposal frozen as it is handed in: numbered, with the hash of its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.canonical import digest
from incubator.domain.proposal_form import FieldSpec, SectionSpec, sections, unanswered
from incubator.domain.roles import Actor
from incubator.models.agencies import Agency, Need, Theme, Unit
from incubator.models.calls import Call
from incubator.models.proposals import Attachment, NeedLink, Proposal, Revision
from incubator.queries.proposals import authors_of, working_copy


@dataclass(frozen=True, slots=True)
class Gap:
    """Required questions of one section that are not answered."""

    section: SectionSpec
    fields: tuple[FieldSpec, ...]


def gaps(version: int, uses_ai: bool, answers: Mapping[str, Mapping[str, Any]]) -> tuple[Gap, ...]:
    """What still has to be answered before the proposal can be handed in, in the form's order."""
    found = (
        Gap(spec, unanswered(spec, answers.get(spec.key, {}))) for spec in sections(version, uses_ai=uses_ai)
    )
    return tuple(gap for gap in found if gap.fields)


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of the content as canonical JSON: anybody holding the content can work it out again."""
    return digest(content)


def freeze(session: Session, actor: Actor, now: datetime, proposal: Proposal, note: str = "") -> Revision:
    """Keep the proposal as it stands as its next revision."""
    content = content_of(session, proposal)
    revision = Revision(
        proposal_id=proposal.id,
        number=proposal.revision_number + 1,
        content=content,
        sha256=content_hash(content),
        form_version=content["form_version"],
        submitted_at=now,
        submitted_by_id=actor.person_id,
        note=note,
    )
    proposal.revision_number = revision.number
    session.add(revision)
    session.flush()
    return revision


def content_of(session: Session, proposal: Proposal) -> dict[str, Any]:
    """Everything a reader of the proposal sees, as JSON values.

    `answers` holds, by section, what was answered; `attachments` the files with their hashes.
    """
    session.flush()
    copy = working_copy(session, proposal.id)
    keys = [spec.key for spec in sections(copy.form_version, uses_ai=copy.uses_ai)]
    answers = copy.answers()
    agency = session.execute(sa.select(Agency.code, Agency.name).where(Agency.id == proposal.agency_id)).one()
    return {
        "number": proposal.number,
        "title": proposal.title,
        "summary": proposal.summary,
        "agency": {"code": agency.code, "name": agency.name},
        "unit": _name(session, Unit.name, Unit.id, proposal.unit_id),
        "call": _name(session, Call.title, Call.id, proposal.call_id),
        "theme": _name(session, Theme.name, Theme.id, proposal.theme_id),
        "sponsor": proposal.sponsor,
        "technology": proposal.technology,
        "uses_ai": proposal.uses_ai,
        "form_version": copy.form_version,
        "authors": [author.name for author in authors_of(session, proposal.id)],
        "needs": _needs(session, proposal.id),
        "answers": {key: dict(answers[key]) for key in keys if answers.get(key)},
        "attachments": _files(session, proposal.id),
    }


def _name(session: Session, column: Any, key: Any, value: int | None) -> str:
    if value is None:
        return ""
    return session.scalar(sa.select(column).where(key == value)) or ""


def _needs(session: Session, proposal_id: int) -> list[str]:
    return list(
        session.scalars(
            sa.select(Need.title)
            .join(NeedLink, NeedLink.need_id == Need.id)
            .where(NeedLink.proposal_id == proposal_id)
            .order_by(Need.id)
        )
    )


def _files(session: Session, proposal_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        sa.select(
            Attachment.id,
            Attachment.name,
            Attachment.media_type,
            Attachment.size,
            Attachment.sha256,
            Attachment.description,
        )
        .where(Attachment.proposal_id == proposal_id, Attachment.removed_at.is_(None))
        .order_by(Attachment.id)
    )
    return [dict(row._mapping) for row in rows]
