"""Copies of proposals without names, as the office prepares them and as lists for reviewers name them.

Where a call hides names, reviewers read the newest copy that was given to them. A newer revision does not
bring the original back: what was hidden once stays hidden, and the copy is said to be of an earlier revision.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.redaction import Known
from incubator.domain.roles import Actor, Role
from incubator.models.accounts import Person
from incubator.models.agencies import Agency, Unit
from incubator.models.calls import Call
from incubator.models.proposals import Proposal
from incubator.models.redaction import RedactedCopy, RedactedFile
from incubator.queries.proposals import authors_of
from incubator.queries.visibility import BEFORE_THE_DECISION, covered


def newest_ready(column: Any) -> sa.ScalarSelect[Any]:
    """A column of the newest copy given to the reviewers, for a SELECT over Proposal; NULL without one."""
    return (
        sa.select(column)
        .where(RedactedCopy.proposal_id == Proposal.id, RedactedCopy.ready_at.is_not(None))
        .order_by(RedactedCopy.revision_number.desc())
        .limit(1)
        .correlate(Proposal)
        .scalar_subquery()
    )


def _hides() -> sa.ColumnElement[bool]:
    hidden = sa.select(Call.names_hidden).where(Call.id == Proposal.call_id).correlate(Proposal)
    return sa.func.coalesce(hidden.scalar_subquery(), sa.false())


def title_for_reviewers() -> sa.ColumnElement[str]:
    """The title as the proposal's reviewers may read it, for a SELECT over Proposal."""
    copied = sa.func.coalesce(newest_ready(RedactedCopy.title), Proposal.title)
    return sa.case((_hides(), copied), else_=Proposal.title)


def summary_for_reviewers() -> sa.ColumnElement[str]:
    """The summary as the proposal's reviewers may read it, for a SELECT over Proposal."""
    copied = sa.func.coalesce(newest_ready(RedactedCopy.summary), Proposal.summary)
    return sa.case((_hides(), copied), else_=Proposal.summary)


def titles_for_reviewers(session: Session, proposal_ids: Collection[int]) -> dict[int, str]:
    """The titles as reviewers may read them, by proposal, for mail."""
    rows = session.execute(
        sa.select(Proposal.id, title_for_reviewers().label("title"))
        .where(Proposal.id.in_(proposal_ids))
        .order_by(Proposal.id)
    )
    return {row.id: row.title for row in rows}


@dataclass(frozen=True, slots=True)
class FileRow:
    """What the office said of one attachment; `size` and `media_type` are those of the file given instead."""

    attachment_id: int
    as_it_is: bool
    name: str
    has_file: bool
    size: int
    media_type: str


@dataclass(frozen=True, slots=True)
class CopyRow:
    """A copy as it stands."""

    revision_number: int
    title: str
    summary: str
    answers: Mapping[str, Any]
    prepared_by: str
    prepared_at: datetime
    ready_at: datetime | None
    version: int
    files: tuple[FileRow, ...]


def find_copy(session: Session, proposal_id: int, revision_number: int) -> CopyRow | None:
    """The copy of that revision, ready or not."""
    row = session.execute(
        sa.select(RedactedCopy, sa.func.coalesce(Person.name, "").label("name"))
        .outerjoin(Person, Person.id == RedactedCopy.prepared_by_id)
        .where(RedactedCopy.proposal_id == proposal_id, RedactedCopy.revision_number == revision_number)
    ).one_or_none()
    if row is None:
        return None
    copy = row.RedactedCopy
    files = session.scalars(
        sa.select(RedactedFile).where(RedactedFile.copy_id == copy.id).order_by(RedactedFile.attachment_id)
    )
    return CopyRow(
        revision_number=copy.revision_number,
        title=copy.title,
        summary=copy.summary,
        answers=copy.answers,
        prepared_by=row.name,
        prepared_at=copy.prepared_at,
        ready_at=copy.ready_at,
        version=copy.version,
        files=tuple(
            FileRow(
                file.attachment_id,
                file.as_it_is,
                file.name,
                file.storage_key is not None,
                file.size,
                file.media_type,
            )
            for file in files
        ),
    )


def ready_revision(session: Session, proposal_id: int) -> int | None:
    """The revision whose copy the reviewers read, or None."""
    return session.scalar(
        sa.select(newest_ready(RedactedCopy.revision_number)).where(Proposal.id == proposal_id)
    )


def known_names(session: Session, proposal_id: int, content: Mapping[str, Any]) -> Known:
    """The names that reviewers must not read: those frozen in the revision and those that stand today."""
    row = session.execute(
        sa.select(Agency.name, Agency.code, Unit.name.label("unit"), Proposal.sponsor)
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Unit, Unit.id == Proposal.unit_id)
        .where(Proposal.id == proposal_id)
    ).one()
    people = [*content.get("authors", ()), *(one.name for one in authors_of(session, proposal_id))]
    return Known(
        people=tuple(dict.fromkeys(people)),
        sponsor=content.get("sponsor") or row.sponsor,
        agency_name=row.name,
        agency_code=row.code,
        unit=row.unit or content.get("unit") or "",
    )


@dataclass(frozen=True, slots=True)
class Lacking:
    """A proposal whose reviewers read the original, or the copy (`given`) of an earlier revision (`newest`)."""

    number: str
    title: str
    agency_name: str
    call_title: str
    newest: int
    given: int | None
    drafted: bool


def lacking_copies(session: Session, actor: Actor, *, call: str = "") -> list[Lacking]:
    """The proposals before the decision in calls that hide names without a copy of their newest revision,
    for those who prepare copies."""
    draft = aliased(RedactedCopy)
    given = newest_ready(RedactedCopy.revision_number)
    limits = [Call.slug == call] if call else []
    rows = session.execute(
        sa.select(
            Proposal.number,
            Proposal.title,
            Agency.name.label("agency_name"),
            Call.title.label("call_title"),
            Proposal.revision_number.label("newest"),
            given.label("given"),
            sa.exists()
            .where(draft.proposal_id == Proposal.id, draft.revision_number == Proposal.revision_number)
            .correlate(Proposal)
            .label("drafted"),
        )
        .join(Agency, Agency.id == Proposal.agency_id)
        .join(Call, Call.id == Proposal.call_id)
        .where(
            Call.names_hidden,
            Proposal.step.in_(BEFORE_THE_DECISION),
            Proposal.revision_number > 0,
            sa.func.coalesce(given, 0) < Proposal.revision_number,
            covered(actor, Role.COORDINATOR),
            *limits,
        )
        .order_by(Call.title, Proposal.title, Proposal.id)
    )
    return [Lacking(**row._mapping) for row in rows]
