"""Merging two records: what the one that goes on takes over from the other, and what both histories tell."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.flows.conflicts import apply_rules, note_conflict
from incubator.flows.record import record
from incubator.flows.stages import lock_proposal
from incubator.models.conflicts import Conflict
from incubator.models.proposals import Attachment, Author, NeedLink, Proposal
from incubator.queries.visibility import stands


def lock_pair(session: Session, one: int, other: int | None) -> Proposal:
    """The first record. Both are locked in the order of their ids, so that two merges never wait for each
    other; whether there is another is for `merge_target` to say."""
    if other is not None and other < one:
        session.execute(sa.select(Proposal.id).where(Proposal.id == other).with_for_update())
    proposal = lock_proposal(session, one)
    if other is not None and other > one:
        session.execute(sa.select(Proposal.id).where(Proposal.id == other).with_for_update())
    return proposal


def hand_over(session: Session, actor: Actor, now: datetime, *, merged: Proposal, target: Proposal) -> None:
    """Let a record that was closed go on as another, which takes over its authors, needs, files and conflicts of
    interest; the conflict rules are asked about it anew.

    The merged record keeps its number and points to the other; both histories say so.
    """
    _authors(session, merged, target, now)
    _needs(session, merged, target)
    for file in session.scalars(
        sa.select(Attachment).where(Attachment.proposal_id == merged.id, Attachment.removed_at.is_(None))
    ):
        file.proposal_id = target.id
    _declared_conflicts(session, actor, merged, target, now)
    merged.merged_into_id = target.id
    target.changed_at = now
    session.flush()
    for one in (merged, target):
        record(
            session,
            actor,
            now,
            EventKind.PROPOSAL_MERGED,
            proposal_id=one.id,
            agency_id=one.agency_id,
            number=merged.number,
            target=target.number,
        )
    apply_rules(session, now, proposal_ids=[target.id])


def _declared_conflicts(
    session: Session, actor: Actor, merged: Proposal, target: Proposal, now: datetime
) -> None:
    """Who declared a conflict of interest with the merged record has it with the other, where its work goes on."""
    for row in session.scalars(
        sa.select(Conflict)
        .where(Conflict.proposal_id == merged.id, ~Conflict.by_rule, stands())
        .order_by(Conflict.person_id, Conflict.id)
    ).all():
        known = session.scalar(
            sa.select(Conflict.id).where(
                Conflict.proposal_id == target.id, Conflict.person_id == row.person_id, stands()
            )
        )
        if known is None:
            note_conflict(
                session, actor, target, person_id=row.person_id, kind=row.kind, reason=row.reason, now=now
            )


def _authors(session: Session, merged: Proposal, target: Proposal, now: datetime) -> None:
    def of(one: Proposal) -> set[int]:
        return set(session.scalars(sa.select(Author.person_id).where(Author.proposal_id == one.id)))

    for person_id in sorted(of(merged) - of(target)):
        session.add(Author(proposal_id=target.id, person_id=person_id, added_at=now))


def _needs(session: Session, merged: Proposal, target: Proposal) -> None:
    def of(one: Proposal) -> set[int]:
        return set(session.scalars(sa.select(NeedLink.need_id).where(NeedLink.proposal_id == one.id)))

    for need_id in sorted(of(merged) - of(target)):
        session.add(NeedLink(proposal_id=target.id, need_id=need_id))
