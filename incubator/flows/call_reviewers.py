"""Who reviews in a call, what its proposals are about, and asking people what they would like to review."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.assignment import FIELDS, theme_tag, usual_limit
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.domain.rounds import can_on_call
from incubator.flows.mail import post
from incubator.flows.record import record
from incubator.flows.reviews import require
from incubator.models.assignment import CallReviewer, ProposalTag
from incubator.queries import assignment as query
from incubator.queries import call_people
from incubator.queries.rounds import RoundHead, find_round

MOST_REVIEWS = 500


def call_to_assign(session: Session, actor: Actor, slug: str) -> RoundHead:
    """The call, for somebody who assigns reviewers in it. Raises NotFound and Forbidden for others."""
    call = find_round(session, actor, slug)
    if call is None or call.outside:
        raise NotFound
    require(can_on_call(actor, Action.ASSIGN_IN_CALL, call.facts))
    return call


def limit_offered(call: RoundHead, standing: query.Reviewing, more: int = 0) -> int:
    """The limit a new reviewer starts with: the call's own, else an even share and two."""
    if call.reviews_most is not None:
        return call.reviews_most
    return usual_limit(
        proposals=len(standing.proposals),
        wanted=call.reviews_required,
        people=len(standing.pool) + more,
    )


def add_reviewers(
    session: Session, actor: Actor, *, slug: str, people: Collection[int], most: int, now: datetime
) -> None:
    """Put people with the role of reviewer on the call's list, each with the most reviews they are given."""
    call = call_to_assign(session, actor, slug)
    _check_limit(most, "most")
    if not people:
        raise DomainError("Choose at least one person.", "people")
    offered = {one.id for one in call_people.could_review(session, call.id)}
    if not set(people) <= offered:
        raise DomainError("Choose people from the list.", "people")
    session.add_all(
        CallReviewer(call_id=call.id, person_id=person_id, most=most, added_at=now)
        for person_id in sorted(set(people))
    )
    record(session, actor, now, EventKind.CALL_REVIEWERS_CHANGED, call=call.title, added=len(set(people)))


def change_reviewers(
    session: Session,
    actor: Actor,
    *,
    slug: str,
    limits: Mapping[int, int],
    taken_out: Collection[int] = (),
    now: datetime,
) -> bool:
    """Change the limits of people on the list, and take some off it; whether that changed anything.

    Whoever is taken off keeps the reviews they have; they are given no more. People who are not on the list
    are left alone: somebody else may have taken them off.
    """
    call = call_to_assign(session, actor, slug)
    rows = {
        row.person_id: row
        for row in session.scalars(
            sa.select(CallReviewer)
            .where(CallReviewer.call_id == call.id)
            .order_by(CallReviewer.person_id)
            .with_for_update()
        )
    }
    changed = []
    for person_id, most in limits.items():
        _check_limit(most, f"most_{person_id}")
        row = rows.get(person_id)
        if row is not None and person_id not in taken_out and row.most != most:
            row.most = most
            changed.append(person_id)
    for person_id in set(taken_out) & rows.keys():
        session.delete(rows[person_id])
        changed.append(person_id)
    if changed:
        record(session, actor, now, EventKind.CALL_REVIEWERS_CHANGED, call=call.title, changed=len(changed))
    return bool(changed)


def _check_limit(most: int, field: str) -> None:
    if not 0 <= most <= MOST_REVIEWS:
        raise DomainError("Enter 0 to %(most)s reviews.", field, most=MOST_REVIEWS)


def set_fields(
    session: Session, actor: Actor, *, slug: str, proposal_id: int, tags: Collection[str], now: datetime
) -> bool:
    """The fields a proposal needs beyond those its own answers give; whether that changed anything."""
    call = call_to_assign(session, actor, slug)
    proposal = query.reviewing(session, call.id, seen_by=actor).proposals.get(proposal_id)
    if proposal is None:
        raise NotFound
    if not set(tags) <= FIELDS.keys() | {theme_tag(key) for key in query.theme_names(session)}:
        raise DomainError("Choose from the fields on the page.", "fields")
    wanted = set(tags) - (proposal.fields - proposal.added)
    if wanted == proposal.added:
        return False
    session.execute(sa.delete(ProposalTag).where(ProposalTag.proposal_id == proposal_id))
    session.add_all(ProposalTag(proposal_id=proposal_id, tag=tag) for tag in sorted(wanted))
    record(session, actor, now, EventKind.TAGS_CHANGED, proposal_id=proposal_id, fields=sorted(wanted))
    return True


def ask_for_bids(session: Session, actor: Actor, *, slug: str, now: datetime) -> int:
    """Ask everybody on the call's list who was not asked yet what they would like to review; how many."""
    call = call_to_assign(session, actor, slug)
    standing = query.reviewing(session, call.id)
    people = [one for one in standing.pool.values() if one.asked_at is None]
    if not standing.proposals:
        raise DomainError("No proposal of this call is in review yet.")
    if not people:
        raise DomainError("Everybody on the list has been asked already.")
    session.execute(
        sa.update(CallReviewer)
        .where(CallReviewer.call_id == call.id, CallReviewer.person_id.in_([one.id for one in people]))
        .values(asked_at=now)
    )
    for one in people:
        post(
            session,
            recipient_id=one.id,
            address=one.email,
            subject=f"What would you like to review in “{call.title}”?",
            body=(
                f"You review in the call “{call.title}”. Before proposals are given to reviewers, please say "
                "which you would like to review, which you can, and with which you have a conflict of "
                "interest.\n\nYou find the list under “My reviews”. Say there too which fields you know."
            ),
            now=now,
        )
    record(session, actor, now, EventKind.CALL_REVIEWERS_CHANGED, call=call.title, asked=len(people))
    return len(people)
