"""What the conflict rules ask about people and proposals, and the conflicts that are on record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.conflicts import ConflictKind, Judge, Judged, Tie, vendor_key
from incubator.domain.roles import Role
from incubator.domain.stages import PRIVATE_STEPS, Stage
from incubator.models.accounts import Person, RoleGrant
from incubator.models.calls import Call
from incubator.models.conflicts import Conflict, VendorTie
from incubator.models.proposals import Attachment, Author, Proposal, Revision, Section
from incubator.queries.visibility import stands

JUDGES = (Role.REVIEWER, Role.GATEKEEPER)
"""Roles that score or vote: the rules are worked out for whoever holds one, anywhere."""


def judges(session: Session, person_ids: Collection[int] | None = None) -> list[Judge]:
    """The people the rules are asked about, all or those named, with their managers and ties."""
    holds = sa.exists().where(RoleGrant.person_id == Person.id, RoleGrant.role.in_(JUDGES))
    limits = [] if person_ids is None else [Person.id.in_(person_ids)]
    people = session.execute(
        sa.select(Person.id, Person.manager_id).where(holds, *limits).order_by(Person.id)
    ).all()
    ties: dict[int, list[Tie]] = defaultdict(list)
    for row in session.execute(
        sa.select(VendorTie.person_id, VendorTie.kind, VendorTie.vendor_key, VendorTie.ended_on)
        .where(VendorTie.removed_at.is_(None))
        .order_by(VendorTie.id)
    ):
        ties[row.person_id].append(Tie(row.kind, row.vendor_key, row.ended_on))
    return [Judge(row.id, row.manager_id, tuple(ties[row.id])) for row in people]


def judged(session: Session, proposal_ids: Collection[int] | None = None) -> list[Judged]:
    """The proposals the rules are asked about: submitted and not ended, all or those named. Who wrote a record that
    was merged into one of them, and its vendor, count for that one."""
    limits = [Proposal.step.not_in(PRIVATE_STEPS), Proposal.stage != Stage.CLOSED]
    if proposal_ids is not None:
        limits.append(Proposal.id.in_(proposal_ids))
    proposals = session.execute(
        sa.select(Proposal.id, Proposal.vendor).where(*limits).order_by(Proposal.id)
    ).all()
    merged = sa.select(Proposal.id, Proposal.merged_into_id, Proposal.vendor).where(
        Proposal.merged_into_id.is_not(None)
    )
    if proposal_ids is not None:
        merged = merged.where(Proposal.merged_into_id.in_(proposal_ids))
    parts = session.execute(merged.order_by(Proposal.id)).all()
    goes_on_as = {row.id: row.merged_into_id for row in parts}
    vendors: dict[int, list[str]] = defaultdict(list)
    for row in parts:
        vendors[row.merged_into_id].append(vendor_key(row.vendor))
    wrote = _wrote(None if proposal_ids is None else {*proposal_ids, *goes_on_as}).subquery()
    manager = aliased(Person)
    writers: dict[int, set[int]] = defaultdict(set)
    managers: dict[int, set[int]] = defaultdict(set)
    for row in session.execute(
        sa.select(wrote.c.proposal_id, wrote.c.person_id, manager.manager_id).join(
            manager, manager.id == wrote.c.person_id
        )
    ):
        for proposal_id in {row.proposal_id, goes_on_as.get(row.proposal_id, row.proposal_id)}:
            writers[proposal_id].add(row.person_id)
            if row.manager_id is not None:
                managers[proposal_id].add(row.manager_id)
    return [
        Judged(
            row.id,
            frozenset(writers[row.id]),
            frozenset(managers[row.id]),
            " ".join(filter(None, [vendor_key(row.vendor), *vendors[row.id]])),
        )
        for row in proposals
    ]


def _wrote(proposal_ids: Collection[int] | None) -> sa.CompoundSelect[tuple[int, int | None]]:
    """Who wrote each proposal or helped to: authors, who saved a section, attached a file or handed it in."""
    sources = (
        (Author.proposal_id, Author.person_id),
        (Section.proposal_id, Section.saved_by_id),
        (Revision.proposal_id, Revision.submitted_by_id),
        (Attachment.proposal_id, Attachment.added_by_id),
        (Proposal.id, Proposal.created_by_id),
    )
    return sa.union(
        *(
            sa.select(proposal.label("proposal_id"), person.label("person_id")).where(
                person.is_not(None), *([] if proposal_ids is None else [proposal.in_(proposal_ids)])
            )
            for proposal, person in sources
        )
    )


def calls_of(session: Session, proposal_ids: Collection[int]) -> list[int]:
    """The calls to which these proposals belong."""
    found = sa.select(Proposal.call_id).where(Proposal.id.in_(proposal_ids), Proposal.call_id.is_not(None))
    return [call_id for call_id in session.scalars(found.distinct()) if call_id is not None]


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A conflict on record. `by_rule` follows from what is known, else `declared_by` said so; `set_aside_by`
    is the chair who set it aside, with the reason."""

    id: int
    person_id: int
    person_name: str
    kind: ConflictKind
    reason: str
    by_rule: bool
    declared_by: str
    declared_at: datetime
    set_aside_at: datetime | None
    set_aside_by: str | None
    set_aside_reason: str


@cache
def _conflicts_statement() -> sa.Select[*tuple[Any, ...]]:
    """Built once: putting a statement together costs more than running it."""
    chair, declarer = aliased(Person), aliased(Person)
    return (
        sa.select(
            Conflict.id,
            Conflict.person_id,
            Person.name.label("person_name"),
            Conflict.kind,
            Conflict.reason,
            Conflict.by_rule,
            sa.func.coalesce(declarer.name, "").label("declared_by"),
            Conflict.declared_at,
            Conflict.overridden_at.label("set_aside_at"),
            chair.name.label("set_aside_by"),
            Conflict.override_reason.label("set_aside_reason"),
        )
        .join(Person, Person.id == Conflict.person_id)
        .outerjoin(declarer, declarer.id == Conflict.declared_by_id)
        .outerjoin(chair, chair.id == Conflict.overridden_by_id)
        .where(Conflict.proposal_id == sa.bindparam("proposal_id"), Conflict.lapsed_at.is_(None))
        .order_by(Conflict.declared_at, Conflict.id)
    )


def conflicts_of(session: Session, proposal_id: int) -> list[ConflictRow]:
    """The conflicts of interest with a proposal that stand or were set aside; lapsed ones are history."""
    rows = session.execute(_conflicts_statement(), {"proposal_id": proposal_id})
    return [ConflictRow(**row._mapping) for row in rows]


def set_aside_of(session: Session, proposal_id: int) -> dict[int, list[ConflictRow]]:
    """The conflicts with a proposal that the chair set aside, by person."""
    found: dict[int, list[ConflictRow]] = defaultdict(list)
    for row in conflicts_of(session, proposal_id):
        if row.set_aside_at is not None:
            found[row.person_id].append(row)
    return dict(found)


@dataclass(frozen=True, slots=True)
class OwnConflict:
    """A conflict that somebody declared themselves. The proposal is not named: it is closed to them."""

    kind: ConflictKind
    reason: str
    call_title: str | None
    declared_at: datetime


def declared_by_oneself(session: Session, person_id: int | None) -> list[OwnConflict]:
    """What somebody declared about themselves and what still stands, newest first."""
    rows = session.execute(
        sa.select(Conflict.kind, Conflict.reason, Call.title.label("call_title"), Conflict.declared_at)
        .join(Proposal, Proposal.id == Conflict.proposal_id)
        .outerjoin(Call, Call.id == Proposal.call_id)
        .where(
            Conflict.person_id == person_id,
            Conflict.declared_by_id == person_id,
            ~Conflict.by_rule,
            stands(),
        )
        .order_by(Conflict.declared_at.desc(), Conflict.id.desc())
    )
    return [OwnConflict(**row._mapping) for row in rows]


def standing_pairs(session: Session, call_id: int) -> dict[tuple[int, int], ConflictKind]:
    """The conflicts that bar within a call, by proposal and person."""
    rows = session.execute(
        sa.select(Conflict.proposal_id, Conflict.person_id, Conflict.kind)
        .join(Proposal, Proposal.id == Conflict.proposal_id)
        .where(Proposal.call_id == call_id, stands())
        .order_by(Conflict.id)
    )
    return {(row.proposal_id, row.person_id): row.kind for row in rows}
