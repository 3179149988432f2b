"""Reviewers say what they would like to review."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, can
from incubator.domain.assignment import BidKind
from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import NotFound
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.flows.conflicts import note_conflict
from incubator.flows.record import record
from incubator.flows.reviews import require
from incubator.flows.stages import lock_proposal
from incubator.models.assignment import Bid
from incubator.queries import bids as query

DECLARED = "Declared when asked what they would like to review."


def save_bids(
    session: Session,
    actor: Actor,
    *,
    slug: str,
    bids: Mapping[int, BidKind | None],
    conflicts: Collection[int] = (),
    now: datetime,
) -> None:
    """Keep the actor's bids by proposal (None takes one back), and declare the conflicts of interest.

    Raises NotFound where the actor does not review in the call, and for a proposal that is not offered to
    them: of another call, no longer in review, or one they have a conflict with.
    """
    require(can(actor, Action.REVIEW_ANY))
    call = query.reviews_in(session, actor, slug)
    if call is None:
        raise NotFound
    rows = {row.id: row for row in query.bid_rows(session, actor, call.id)}
    if not (bids.keys() | set(conflicts)) <= rows.keys():
        raise NotFound
    changed = {key: kind for key, kind in bids.items() if rows[key].bid is not kind and key not in conflicts}
    for proposal_id, kind in sorted(changed.items()):
        if rows[proposal_id].bid is not None:
            session.execute(
                sa.delete(Bid).where(Bid.person_id == actor.person_id, Bid.proposal_id == proposal_id)
            )
        if kind is not None:
            session.add(Bid(person_id=actor.person_id, proposal_id=proposal_id, kind=kind, at=now))
    session.flush()
    for proposal_id in sorted(conflicts):
        assert actor.person_id is not None
        note_conflict(
            session,
            actor,
            lock_proposal(session, proposal_id),
            person_id=actor.person_id,
            kind=ConflictKind.OTHER,
            reason=DECLARED,
            now=now,
        )
    if changed:
        record(session, actor, now, EventKind.BIDS_SAVED, call=call.title)
