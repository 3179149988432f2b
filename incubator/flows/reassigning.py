"""Finding somebody else when a reviewer is lost to a proposal."""

from __future__ import annotations

from datetime import date, datetime
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.assignment import next_best
from incubator.domain.clock import office_day
from incubator.domain.roles import SYSTEM
from incubator.domain.stages import Step
from incubator.flows.mail import post
from incubator.flows.reviews import ask, name_of
from incubator.models.calls import Call
from incubator.models.proposals import Proposal
from incubator.queries import assignment as query
from incubator.queries.assignment_plans import ruled_out_by_hand
from incubator.queries.call_people import coordinators_of
from incubator.queries.reviews import review_facts


class Left(Enum):
    """Why a reviewer is lost, as the coordinators read it."""

    DECLINED = "%s declined to review “%s”."
    ABSTAINED = "%s read “%s” and abstained."
    CONFLICT = "%s has a conflict of interest with “%s” and no longer reviews it."
    DEACTIVATED = "The account of %s is deactivated, so “%s” needs another reviewer."


def reassign(session: Session, proposal: Proposal, lost_id: int, left: Left, now: datetime) -> int | None:
    """Ask the next best free reviewer of the call in place of `lost_id`; who it is, or None.

    Nobody is asked where enough others review the proposal. The coordinators get one note either way: who
    was asked, or that somebody is to be found. The proposal must be locked.
    """
    if proposal.step is not Step.REVIEW:
        return None
    session.flush()
    if not review_facts(session, proposal.id).lacking:
        return None
    found = _next(session, proposal)
    if found is not None:
        ask(session, SYSTEM, proposal, found, _due_on(session, proposal, now), now)
        then = f"{name_of(session, found)} has been asked instead."
    else:
        then = (
            "Nobody who reviews in this call is free to take it. Find somebody else: the proposal stands "
            "under “Reviews still missing”."
        )
    said = left.value % (name_of(session, lost_id), proposal.title)
    for person_id, address in coordinators_of(session, proposal.call_id, proposal.id):
        post(
            session,
            recipient_id=person_id,
            address=address,
            subject=f"A reviewer is lost: {proposal.title}",
            body=f"{said}\n\n{then}",
            now=now,
        )
    return found


def _next(session: Session, proposal: Proposal) -> int | None:
    if proposal.call_id is None:
        return None
    standing = query.reviewing(session, proposal.call_id)
    if not standing.pool:
        return None
    round_ = standing.to_round(keeping=query.STANDING, forbidden=ruled_out_by_hand(session, proposal.call_id))
    best = next_best(round_, proposal.id).best
    return best.reviewer if best else None


def _due_on(session: Session, proposal: Proposal, now: datetime) -> date | None:
    due_on = session.scalar(sa.select(Call.reviews_due_on).where(Call.id == proposal.call_id))
    return due_on if due_on is not None and due_on >= office_day(now) else None
