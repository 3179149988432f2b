"""Proposals as their authors work on them and as they were handed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.proposal_form import CURRENT_VERSION
from incubator.domain.roles import Actor, Role
from incubator.models.accounts import Person, RoleGrant
from incubator.models.agencies import Agency, Need, NeedState, Theme, Unit
from incubator.models.calls import Call
from incubator.models.proposals import Attachment, Author, NeedLink, Proposal, Revision, Section
from incubator.queries.visibility import is_author

AGENCY_ROLES = (Role.SUBMITTER, Role.AGENCY_LEAD)


@dataclass(frozen=True, slots=True)
class SectionRow:
    """One section's working answers; `version` 0 means that nothing was saved yet."""

    key: str
    answers: Mapping[str, Any] = field(default_factory=dict)
    complete: bool = False
    saved_at: datetime | None = None
    saved_by: str = ""
    version: int = 0


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """A proposal as it is being written: its places and the answers by section."""

    id: int
    version: int
    agency_id: int
    unit_id: int | None
    call_id: int | None
    theme_id: int | None
    uses_ai: bool
    form_version: int
    call_title: str | None
    call_opens_at: datetime | None
    call_closes_at: datetime | None
    call_archived_at: datetime | None
    revision_number: int
    submitted_at: datetime | None
    sections: Mapping[str, SectionRow]

    def answers(self) -> dict[str, Mapping[str, Any]]:
        return {key: row.answers for key, row in self.sections.items()}

    def section(self, key: str) -> SectionRow:
        return self.sections.get(key) or SectionRow(key)


def working_copy(session: Session, proposal_id: int) -> WorkingCopy:
    """The proposal's working answers and the call it is written for, in two statements."""
    row = session.execute(
        sa.select(
            Proposal.id,
            Proposal.version,
            Proposal.agency_id,
            Proposal.unit_id,
            Proposal.call_id,
            Proposal.theme_id,
            Proposal.uses_ai,
            sa.func.coalesce(Call.form_version, CURRENT_VERSION).label("form_version"),
            Call.title.label("call_title"),
            Call.opens_at.label("call_opens_at"),
            Call.closes_at.label("call_closes_at"),
            Call.archived_at.label("call_archived_at"),
            Proposal.revision_number,
            Proposal.submitted_at,
        )
        .outerjoin(Call, Call.id == Proposal.call_id)
        .where(Proposal.id == proposal_id)
    ).one()
    return WorkingCopy(**row._mapping, sections=_sections(session, proposal_id))


def _sections(session: Session, proposal_id: int) -> dict[str, SectionRow]:
    rows = session.execute(
        sa.select(
            Section.key,
            Section.answers,
            Section.complete,
            Section.saved_at,
            sa.func.coalesce(Person.name, "").label("saved_by"),
            Section.version,
        )
        .outerjoin(Person, Person.id == Section.saved_by_id)
        .where(Section.proposal_id == proposal_id)
        .order_by(Section.id)
    )
    return {row.key: SectionRow(**row._mapping) for row in rows}


@dataclass(frozen=True, slots=True)
class AuthorRow:
    person_id: int
    name: str
    email: str
    job_title: str


def authors_of(session: Session, proposal_id: int) -> list[AuthorRow]:
    rows = session.execute(
        sa.select(Person.id.label("person_id"), Person.name, Person.email, Person.job_title)
        .join(Author, Author.person_id == Person.id)
        .where(Author.proposal_id == proposal_id)
        .order_by(Author.added_at, Person.id)
    )
    return [AuthorRow(**row._mapping) for row in rows]


def _belongs(agency_id: int) -> sa.ColumnElement[bool]:
    """Condition on Person: works at the agency or speaks for it."""
    granted = sa.exists().where(
        RoleGrant.person_id == Person.id,
        RoleGrant.agency_id == agency_id,
        RoleGrant.role.in_(AGENCY_ROLES),
    )
    return sa.and_(Person.disabled_at.is_(None), sa.or_(Person.agency_id == agency_id, granted))


def people_of_agency(session: Session, agency_id: int) -> list[AuthorRow]:
    """Everybody with an account who works at the agency or speaks for it."""
    rows = session.execute(
        sa.select(Person.id.label("person_id"), Person.name, Person.email, Person.job_title)
        .where(_belongs(agency_id))
        .order_by(folded(Person.name), Person.id)
    )
    return [AuthorRow(**row._mapping) for row in rows]


def leads_of_agency(session: Session, agency_id: int) -> list[str]:
    """The names of those who can sign off for the agency."""
    return list(
        session.scalars(
            sa.select(Person.name)
            .where(
                Person.disabled_at.is_(None),
                sa.exists().where(
                    RoleGrant.person_id == Person.id,
                    RoleGrant.role == Role.AGENCY_LEAD,
                    RoleGrant.agency_id == agency_id,
                ),
            )
            .order_by(folded(Person.name), Person.id)
        )
    )


@dataclass(frozen=True, slots=True)
class AgencyChoice:
    """An agency one may propose for; `on_behalf` when only as the incubator's coordinator."""

    id: int
    name: str
    on_behalf: bool


def agencies_to_propose_for(session: Session, actor: Actor) -> list[AgencyChoice]:
    own = actor.agencies(*AGENCY_ROLES)
    coordinated = [grant for grant in actor.grants if grant.role is Role.COORDINATOR]
    condition: sa.ColumnElement[bool] = Agency.id.in_(sorted(own))
    if any(grant.agency_id is None for grant in coordinated):
        condition = sa.true()
    elif coordinated:
        condition = Agency.id.in_(sorted(own | actor.agencies(Role.COORDINATOR)))
    rows = session.execute(
        sa.select(Agency.id, Agency.name)
        .where(condition, Agency.archived_at.is_(None))
        .order_by(folded(Agency.name), Agency.id)
    )
    return [AgencyChoice(row.id, row.name, row.id not in own) for row in rows]


def units_of(session: Session, agency_ids: Sequence[int]) -> list[tuple[int, str, int]]:
    """Units (id, name, agency's id) of the agencies."""
    rows = session.execute(
        sa.select(Unit.id, Unit.name, Unit.agency_id)
        .where(Unit.agency_id.in_(agency_ids), Unit.archived_at.is_(None))
        .order_by(folded(Unit.name), Unit.id)
    )
    return [(row.id, row.name, row.agency_id) for row in rows]


def themes(session: Session, *, also: int | None = None) -> list[tuple[int, str]]:
    rows = session.execute(
        sa.select(Theme.id, Theme.name)
        .where(sa.or_(Theme.archived_at.is_(None), Theme.id == also))
        .order_by(folded(Theme.name), Theme.id)
    )
    return [(row.id, row.name) for row in rows]


@dataclass(frozen=True, slots=True)
class NeedRow:
    id: int
    agency_id: int
    title: str
    problem: str
    rank: int
    linked: bool


def needs_of(session: Session, agency_ids: Sequence[int], proposal_id: int | None = None) -> list[NeedRow]:
    """Open needs of the agencies in their own order, and those the proposal already answers."""
    linked = sa.exists().where(NeedLink.need_id == Need.id, NeedLink.proposal_id == proposal_id)
    rows = session.execute(
        sa.select(Need.id, Need.agency_id, Need.title, Need.problem, Need.rank, linked.label("linked"))
        .where(Need.agency_id.in_(agency_ids), sa.or_(Need.state == NeedState.OPEN, linked))
        .order_by(Need.rank, Need.id)
    )
    return [NeedRow(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class AttachmentRow:
    id: int
    name: str
    media_type: str
    size: int
    sha256: str
    description: str
    added_at: datetime
    added_by: str


def attachments_of(session: Session, proposal_id: int) -> list[AttachmentRow]:
    """The files as they stand now, in the order they came."""
    rows = session.execute(
        sa.select(
            Attachment.id,
            Attachment.name,
            Attachment.media_type,
            Attachment.size,
            Attachment.sha256,
            Attachment.description,
            Attachment.added_at,
            sa.func.coalesce(Person.name, "").label("added_by"),
        )
        .outerjoin(Person, Person.id == Attachment.added_by_id)
        .where(Attachment.proposal_id == proposal_id, Attachment.removed_at.is_(None))
        .order_by(Attachment.added_at, Attachment.id)
    )
    return [AttachmentRow(**row._mapping) for row in rows]


def find_attachment(session: Session, proposal_id: int, attachment_id: int) -> Attachment | None:
    """A file of this very proposal, unless it was removed and no revision holds it."""
    row = session.scalars(
        sa.select(Attachment).where(Attachment.id == attachment_id, Attachment.proposal_id == proposal_id)
    ).one_or_none()
    if row is None or row.removed_at is None:
        return row
    contents = session.scalars(sa.select(Revision.content).where(Revision.proposal_id == proposal_id))
    held = {file.get("id") for content in contents for file in content.get("attachments", ())}
    return row if row.id in held else None


@dataclass(frozen=True, slots=True)
class RevisionRow:
    number: int
    submitted_at: datetime
    submitted_by: str
    sha256: str
    note: str


def revisions_of(session: Session, proposal_id: int) -> list[RevisionRow]:
    """What was handed in, the newest first, without the contents."""
    rows = session.execute(
        sa.select(
            Revision.number,
            Revision.submitted_at,
            sa.func.coalesce(Person.name, "").label("submitted_by"),
            Revision.sha256,
            Revision.note,
        )
        .outerjoin(Person, Person.id == Revision.submitted_by_id)
        .where(Revision.proposal_id == proposal_id)
        .order_by(Revision.number.desc())
    )
    return [RevisionRow(**row._mapping) for row in rows]


def find_revision(session: Session, proposal_id: int, number: int) -> Revision | None:
    return session.scalars(
        sa.select(Revision).where(Revision.proposal_id == proposal_id, Revision.number == number)
    ).one_or_none()


@dataclass(frozen=True, slots=True)
class DeletedDraft:
    number: str
    title: str
    deleted_at: datetime


def deleted_drafts(session: Session, person_id: int | None) -> list[DeletedDraft]:
    """The drafts that somebody wrote and that were deleted, the latest first: they can be restored."""
    rows = session.execute(
        sa.select(Proposal.number, Proposal.title, Proposal.deleted_at)
        .where(Proposal.deleted_at.is_not(None), is_author(person_id))
        .order_by(Proposal.deleted_at.desc(), Proposal.id.desc())
    )
    return [DeletedDraft(row.number, row.title, row.deleted_at) for row in rows if row.deleted_at]
