"""Making the reviews of a planned assignment: all of them or none, and one mail for each reviewer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.reviewer_fit import Pair
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError
from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Actor
from incubator.flows.assignment import in_step, the_draft
from incubator.flows.call_reviewers import call_to_assign
from incubator.flows.mail import post
from incubator.flows.record import Happening, record, record_many
from incubator.flows.reviews import reveal_when_due, set_to_be_written
from incubator.models.assignment import PlanState
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from incubator.queries import assignment as query
from incubator.queries.assignment_plans import Plan
from incubator.queries.call_people import names_of
from incubator.queries.redaction import titles_for_reviewers
from incubator.queries.rounds import RoundHead


class PlanOutdated(DomainError):
    """A plan that no longer fits what is known; `problems` says everything that is in its way."""

    def __init__(self, problems: tuple[DomainError, ...]) -> None:
        first = problems[0]
        super().__init__(first.template, **first.params)
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Published:
    """What publishing did: pairs newly asked, pairs taken back."""

    asked: frozenset[Pair]
    taken_back: frozenset[Pair]


def publish(session: Session, actor: Actor, *, slug: str, seen: int | None, now: datetime) -> Published:
    """Ask everybody the draft names, take back what it moved and nobody has begun, and tell each reviewer once.

    Everything is looked at again first: PlanOutdated, and nothing done, where a planned reviewer may not
    review any more or a planned proposal has left review. A review begun since then stays. So does one that
    somebody asked for by hand since the plan was made.
    """
    call = call_to_assign(session, actor, slug)
    plan, read = the_draft(session, call.id, seen)
    if not read.possible:
        raise DomainError("There is no assignment to publish: the rules leave none.")
    proposals = _locked(session, {row.proposal_id for row in read.rows} | {pair[0] for pair in read.before})
    in_step(session, call.id, now)
    standing = query.reviewing(session, call.id)
    seen_here = query.reviewing(session, call.id, seen_by=actor)
    names = names_of(session, {row.reviewer_id for row in read.rows})
    problems = tuple(_problems(read, standing, seen_here, names))
    if problems:
        raise PlanOutdated(problems)
    asked = frozenset(read.pairs - standing.reviews.keys())
    taken_back = frozenset(
        pair for pair in read.before - read.pairs if standing.reviews.get(pair) is ReviewState.ASSIGNED
    )
    due_on = call.reviews_due_on if call.reviews_due_on and call.reviews_due_on >= office_day(now) else None
    _write(session, actor, proposals, asked, taken_back, due_on, now)
    plan.state, plan.published_at, plan.published_by_id = PlanState.PUBLISHED, now, actor.person_id
    record(session, actor, now, EventKind.ASSIGNMENT_PUBLISHED, call=call.title, count=len(read.rows))
    for proposal_id in sorted({pair[0] for pair in taken_back}):
        reveal_when_due(session, proposals[proposal_id], now)
    _tell(session, call, standing, asked, taken_back, due_on, now)
    return Published(asked, taken_back)


def _locked(session: Session, ids: set[int]) -> dict[int, Proposal]:
    rows = session.scalars(
        sa.select(Proposal)
        .where(Proposal.id.in_(ids))
        .order_by(Proposal.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in rows}


def _problems(
    plan: Plan, standing: query.Reviewing, shown: query.Reviewing, names: Mapping[int, str]
) -> Iterator[DomainError]:
    """What is in the way, in words; of proposals the reader has a conflict with only that there is something."""
    hidden = False
    left = sorted({row.proposal_id for row in plan.rows} - standing.proposals.keys())
    if left:
        yield DomainError("Proposals have left review since the plan was made: %(count)s.", count=len(left))
    for row in plan.rows:
        if row.proposal_id not in standing.proposals:
            continue
        why = _why_not(row.pair, row.kept, standing)
        if why is None:
            continue
        proposal = shown.proposals.get(row.proposal_id)
        if proposal is None:
            hidden = True
        else:
            yield DomainError(why, title=proposal.title, person=names[row.reviewer_id])
    if hidden:
        yield DomainError("Something else has changed since the plan was made.")


def _why_not(pair: Pair, kept: bool, standing: query.Reviewing) -> str | None:
    if pair in standing.barred:
        return "%(person)s may not review “%(title)s” any more: a conflict of interest or a refusal came up."
    if pair in standing.reviews:
        return None
    if kept:
        return "The review of “%(title)s” by %(person)s was to stay, but has been taken back."
    if pair[1] not in standing.pool:
        return "%(person)s, planned for “%(title)s”, no longer reviews in this call."
    return None


def _write(
    session: Session,
    actor: Actor,
    proposals: Mapping[int, Proposal],
    asked: frozenset[Pair],
    taken_back: frozenset[Pair],
    due_on: date | None,
    now: datetime,
) -> None:
    reviews = {
        (review.proposal_id, review.reviewer_id): review
        for review in session.scalars(
            sa.select(Review)
            .where(Review.proposal_id.in_({pair[0] for pair in asked | taken_back}))
            .order_by(Review.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    for proposal_id, reviewer_id in sorted(asked):
        review = reviews.get((proposal_id, reviewer_id))
        if review is None:
            review = Review(proposal_id=proposal_id, reviewer_id=reviewer_id)
            session.add(review)
        set_to_be_written(review, actor, proposals[proposal_id].revision_number, due_on, now)
    for pair in taken_back:
        reviews[pair].state = ReviewState.WITHDRAWN
    names = names_of(session, {pair[1] for pair in asked | taken_back})
    record_many(
        session,
        actor,
        now,
        [
            Happening(kind, pair[0], details={"person": names[pair[1]]})
            for kind, pairs in (
                (EventKind.REVIEW_ASSIGNED, asked),
                (EventKind.REVIEW_UNASSIGNED, taken_back),
            )
            for pair in sorted(pairs)
        ],
    )


def _tell(
    session: Session,
    call: RoundHead,
    standing: query.Reviewing,
    asked: frozenset[Pair],
    taken_back: frozenset[Pair],
    due_on: date | None,
    now: datetime,
) -> None:
    titles = titles_for_reviewers(session, {pair[0] for pair in asked | taken_back})
    lines: dict[int, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for place, pairs in enumerate((asked, taken_back)):
        for proposal_id, reviewer_id in pairs:
            lines[reviewer_id][place].append(titles[proposal_id])
    for reviewer_id, (new, gone) in sorted(lines.items()):
        if not standing.people[reviewer_id].active:
            continue
        parts = []
        if new:
            until = f", by {due_on:%B} {due_on.day}, {due_on.year}" if due_on else ""
            parts.append(f"Please review{until}:\n" + "\n".join(f"- {title}" for title in sorted(new)))
        if gone:
            parts.append(
                "You no longer need to review:\n" + "\n".join(f"- {title}" for title in sorted(gone))
            )
        if new:
            parts.append(
                "You find them under “My reviews”. If you cannot review one, or have a conflict of interest, "
                "say so there, so that somebody else can be asked."
            )
        post(
            session,
            recipient_id=reviewer_id,
            address=standing.people[reviewer_id].email,
            subject=f"Your reviews in “{call.title}”",
            body="\n\n".join(parts),
            now=now,
        )
