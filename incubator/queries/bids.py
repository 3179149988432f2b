"""What a reviewer may bid for: the call's proposals in review, and nothing of what others said or do."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.assignment import BidKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Step
from incubator.models.agencies import Agency
from incubator.models.assignment import Bid, CallReviewer
from incubator.models.calls import Call
from incubator.models.proposals import Proposal
from incubator.models.redaction import RedactedCopy
from incubator.models.reviews import Review
from incubator.queries.assignment import may_work_on
from incubator.queries.redaction import newest_ready, summary_for_reviewers, title_for_reviewers
from incubator.queries.visibility import covered


@dataclass(frozen=True, slots=True)
class BiddingCall:
    """A call in which the actor reviews; `unanswered` proposals they have not said anything about."""

    id: int
    slug: str
    title: str
    names_hidden: bool
    asked: bool
    proposals: int
    unanswered: int


@dataclass(frozen=True, slots=True)
class BidRow:
    """A proposal to bid for. Where the call hides names, number and agency are None and the summary is empty
    until the office has taken the names out of it."""

    id: int
    title: str
    summary: str
    number: str | None
    agency_name: str | None
    bid: BidKind | None


def may_bid_for(actor: Actor) -> sa.ColumnElement[bool]:
    """In review, within the reviewer's role, no conflict of interest, and not theirs to review already."""
    mine = (
        sa.exists()
        .where(
            Review.proposal_id == Proposal.id,
            Review.reviewer_id == actor.person_id,
            Review.state != ReviewState.WITHDRAWN,
        )
        .correlate(Proposal)
    )
    return sa.and_(Proposal.step == Step.REVIEW, covered(actor, Role.REVIEWER), may_work_on(actor), ~mine)


def calls_to_bid_in(session: Session, actor: Actor, slug: str | None = None) -> list[BiddingCall]:
    """The calls, or the one of that address, in which the actor reviews and has something to bid for."""
    limits = [] if slug is None else [Call.slug == slug.replace("\x00", "")]
    rows = session.execute(
        sa.select(
            Call.id,
            Call.slug,
            Call.title,
            Call.names_hidden,
            CallReviewer.asked_at.is_not(None).label("asked"),
            sa.func.count().label("proposals"),
            sa.func.count().filter(Bid.proposal_id.is_(None)).label("unanswered"),
        )
        .select_from(CallReviewer)
        .join(Call, Call.id == CallReviewer.call_id)
        .join(Proposal, Proposal.call_id == Call.id)
        .outerjoin(Bid, sa.and_(Bid.proposal_id == Proposal.id, Bid.person_id == actor.person_id))
        .where(
            CallReviewer.person_id == actor.person_id,
            Call.archived_at.is_(None),
            may_bid_for(actor),
            *limits,
        )
        .group_by(Call.id, CallReviewer.asked_at)
        .order_by(Call.closes_at, Call.id)
    )
    return [BiddingCall(**row._mapping) for row in rows]


def reviews_in(session: Session, actor: Actor, slug: str) -> BiddingCall | None:
    """The call of that address if the actor is on its list of reviewers, also when nothing is left to bid for."""
    found = calls_to_bid_in(session, actor, slug)
    if found:
        return found[0]
    row = session.execute(
        sa.select(Call.id, Call.slug, Call.title, Call.names_hidden, CallReviewer.asked_at)
        .join(CallReviewer, CallReviewer.call_id == Call.id)
        .where(
            Call.slug == slug.replace("\x00", ""),
            CallReviewer.person_id == actor.person_id,
            Call.archived_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return None
    return BiddingCall(row.id, row.slug, row.title, row.names_hidden, row.asked_at is not None, 0, 0)


def bid_rows(session: Session, actor: Actor, call_id: int) -> list[BidRow]:
    """What the actor may bid for in the call, by title, with their own bids alone."""
    title = title_for_reviewers().label("title")
    rows = session.execute(
        sa.select(
            Proposal.id,
            title,
            sa.case(
                (sa.and_(Call.names_hidden, newest_ready(RedactedCopy.id).is_(None)), ""),
                else_=summary_for_reviewers(),
            ).label("summary"),
            sa.case((Call.names_hidden, None), else_=Proposal.number).label("number"),
            sa.case((Call.names_hidden, None), else_=Agency.name).label("agency_name"),
            Bid.kind.label("bid"),
        )
        .join(Call, Call.id == Proposal.call_id)
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Bid, sa.and_(Bid.proposal_id == Proposal.id, Bid.person_id == actor.person_id))
        .where(Proposal.call_id == call_id, may_bid_for(actor))
        .order_by(title, Proposal.id)
    )
    return [BidRow(**row._mapping) for row in rows]
