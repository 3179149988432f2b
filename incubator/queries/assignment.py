"""A call's proposals in review, the people who review in it, and what stands between the two."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.assignment import Bar, Round
from incubator.analytics.reviewer_fit import Pair, fits
from incubator.database import folded
from incubator.domain.access import own_agency
from incubator.domain.assignment import Barrier, BidKind, tags_of
from incubator.domain.reviews import OPEN_STATES, ReviewState
from incubator.domain.roles import Actor, Grant, Role
from incubator.domain.stages import Step
from incubator.models.accounts import Person, RoleGrant
from incubator.models.agencies import Agency, Theme
from incubator.models.assignment import Bid, CallReviewer, Expertise, ProposalTag
from incubator.models.calls import Call
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from incubator.queries.conflicts import standing_pairs
from incubator.queries.reviews import is_own_agency, may_see_scores
from incubator.queries.visibility import is_assigned, is_conflicted

STANDING = (*OPEN_STATES, ReviewState.SUBMITTED)
"""States of a review that stands: somebody writes it or has."""
BEGUN = (ReviewState.STARTED, ReviewState.SUBMITTED)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal in review. `fields` it needs, of which `added` are a coordinator's; with `sealed` the
    reader reviews it and may not know how far the others are."""

    id: int
    number: str
    title: str
    agency_id: int
    agency_name: str
    revision_number: int
    fields: frozenset[str]
    added: frozenset[str]
    sealed: bool


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who reviews in the call, or has a review in it without being on the list (`most` None).
    `active` holds while the account is open and the role of reviewer reaches the call."""

    id: int
    name: str
    email: str
    agency_name: str | None
    most: int | None
    asked_at: datetime | None
    active: bool
    levels: Mapping[Hashable, int]

    @property
    def in_pool(self) -> bool:
        return self.most is not None and self.active


@dataclass(frozen=True, slots=True)
class Reviewing:
    """All that an assignment is made from. `reviews` holds those that stand; `barred` the first reason by
    proposal and person; `done_before` counts each person's reviews of proposals that have left review."""

    call_id: int
    wanted: int
    proposals: dict[int, Proposed]
    people: dict[int, Member]
    reviews: dict[Pair, ReviewState]
    barred: dict[Pair, Barrier]
    bids: dict[Pair, BidKind]
    done_before: dict[int, int]
    fit: dict[Pair, float]

    @property
    def pool(self) -> dict[int, Member]:
        return {key: one for key, one in self.people.items() if one.in_pool}

    def load(self, pairs: Iterable[Pair]) -> Counter[int]:
        """Each person's reviews in the call if these pairs are the ones under way."""
        return Counter(self.done_before) + Counter(reviewer for _, reviewer in pairs)

    def lacking(self) -> dict[int, int]:
        """Reviews still to be asked for, by proposal; those without any are left out."""
        asked = Counter(proposal for proposal, _ in self.reviews)
        return {key: self.wanted - asked[key] for key in self.proposals if asked[key] < self.wanted}

    def among(self, proposals: Collection[int]) -> Reviewing:
        """The same with only these proposals, so that nothing of the others shows."""
        kept = frozenset(proposals)
        return replace(
            self,
            proposals={key: one for key, one in self.proposals.items() if key in kept},
            reviews={pair: state for pair, state in self.reviews.items() if pair[0] in kept},
            barred={pair: why for pair, why in self.barred.items() if pair[0] in kept},
            bids={pair: bid for pair, bid in self.bids.items() if pair[0] in kept},
            fit={pair: fit for pair, fit in self.fit.items() if pair[0] in kept},
        )

    def unsealed(self) -> Reviewing:
        """The same without the proposals that the reader reviews: who of the others moved, declined or began
        would tell how far they are."""
        return self.among([key for key, one in self.proposals.items() if not one.sealed])

    def to_round(
        self,
        *,
        wanted: int | None = None,
        keeping: Collection[ReviewState] = BEGUN,
        pinned: Collection[Pair] = (),
        forbidden: Collection[Pair] = (),
    ) -> Round:
        """The computation's input. A choice made by hand goes beyond somebody's limit, never against a bar."""
        pool = self.pool
        kept = {pair for pair, state in self.reviews.items() if state in keeping}
        chosen = {
            pair
            for pair in pinned
            if pair[0] in self.proposals and pair[1] in pool and pair not in self.barred and pair not in kept
        }
        held = Counter(reviewer for _, reviewer in kept | chosen)
        taking = pool.keys() | {reviewer for _, reviewer in kept}
        return Round(
            proposals=tuple(self.proposals),
            reviewers={
                key: max((one.most or 0) - self.done_before.get(key, 0), held[key])
                for key, one in pool.items()
            },
            wanted=self.wanted if wanted is None else wanted,
            fit={pair: fit for pair, fit in self.fit.items() if pair[1] in taking},
            kept=kept,
            barred=[Bar(*pair, why.value) for pair, why in self.barred.items() if pair[1] in taking],
            reluctant={
                pair for pair, bid in self.bids.items() if bid is BidKind.RATHER_NOT and pair[1] in taking
            },
            pinned=chosen,
            forbidden={
                (proposal, reviewer)
                for proposal, reviewer in forbidden
                if proposal in self.proposals and reviewer in taking and (proposal, reviewer) not in chosen
            },
        )


def may_work_on(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor has no conflict of interest with a proposal, for a SELECT over Proposal."""
    return sa.and_(~is_conflicted(actor.person_id), ~is_own_agency(actor))


def in_review(call_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(Proposal.call_id == call_id, Proposal.step == Step.REVIEW)


def ids_in_review(session: Session, call_id: int) -> list[int]:
    """The call's proposals in review."""
    return list(session.scalars(sa.select(Proposal.id).where(in_review(call_id)).order_by(Proposal.id)))


def count_pairs(session: Session, call_id: int) -> int:
    """Proposals in review times people on the list: how large an assignment is."""
    proposals = sa.select(sa.func.count()).select_from(Proposal).where(in_review(call_id)).scalar_subquery()
    people = (
        sa.select(sa.func.count())
        .select_from(CallReviewer)
        .where(CallReviewer.call_id == call_id)
        .scalar_subquery()
    )
    return session.scalar(sa.select(proposals * people)) or 0


def reviewing(session: Session, call_id: int, *, seen_by: Actor | None = None) -> Reviewing:
    """The call's reviewing as it stands, in ten statements; for `seen_by` without the proposals with which
    they have a conflict of interest, and without anything that counts those."""
    proposals = _proposals(session, call_id, seen_by)
    shown = [in_review(call_id)] if seen_by is None else [in_review(call_id), may_work_on(seen_by)]
    people, grants = _people(session, call_id, shown)
    reviews, refused = _reviews(session, shown)
    wanted = session.scalar(sa.select(Call.reviews_required).where(Call.id == call_id)) or 0
    conflicts = standing_pairs(session, call_id)
    barred = {}
    for proposal in proposals.values():
        for person_id, (actor, _) in grants.items():
            why = _bar(actor, proposal, call_id, conflicts, refused)
            if why is not None:
                barred[proposal.id, person_id] = why
    bids = {
        (row.proposal_id, row.person_id): row.kind
        for row in session.execute(
            sa.select(Bid.proposal_id, Bid.person_id, Bid.kind)
            .join(Proposal, Proposal.id == Bid.proposal_id)
            .where(*shown)
        )
        if row.person_id in people
    }
    return Reviewing(
        call_id=call_id,
        wanted=wanted,
        proposals=proposals,
        people=people,
        reviews=reviews,
        barred=barred,
        bids=bids,
        done_before=_done_before(session, call_id, seen_by),
        fit=fits(
            {key: one.fields for key, one in proposals.items()},
            {key: one.levels for key, one in people.items()},
            bids,
        ),
    )


def _proposals(session: Session, call_id: int, seen_by: Actor | None) -> dict[int, Proposed]:
    limits = [in_review(call_id)]
    sealed: sa.ColumnElement[bool] = sa.false()
    if seen_by is not None:
        limits.append(may_work_on(seen_by))
        sealed = sa.and_(is_assigned(seen_by.person_id), ~may_see_scores(seen_by))
    added: dict[int, set[str]] = defaultdict(set)
    for row in session.execute(
        sa.select(ProposalTag.proposal_id, ProposalTag.tag)
        .join(Proposal, Proposal.id == ProposalTag.proposal_id)
        .where(*limits)
    ):
        added[row.proposal_id].add(row.tag)
    rows = session.execute(
        sa.select(
            Proposal.id,
            Proposal.number,
            Proposal.title,
            Proposal.agency_id,
            Agency.name.label("agency_name"),
            Proposal.revision_number,
            Proposal.technology,
            Proposal.uses_ai,
            Proposal.theme_id,
            sealed.label("sealed"),
        )
        .join(Agency, Agency.id == Proposal.agency_id)
        .where(*limits)
        .order_by(Proposal.title, Proposal.id)
    )
    return {
        row.id: Proposed(
            id=row.id,
            number=row.number,
            title=row.title,
            agency_id=row.agency_id,
            agency_name=row.agency_name,
            revision_number=row.revision_number,
            fields=tags_of(
                technology=row.technology,
                uses_ai=row.uses_ai,
                theme_id=row.theme_id,
                added=tuple(added[row.id]),
            ),
            added=frozenset(added[row.id]),
            sealed=bool(row.sealed),
        )
        for row in rows
    }


def _people(
    session: Session, call_id: int, shown: list[sa.ColumnElement[bool]]
) -> tuple[dict[int, Member], dict[int, tuple[Actor, Any]]]:
    here = sa.or_(
        CallReviewer.person_id.is_not(None),
        Person.id.in_(
            sa.select(Review.reviewer_id)
            .join(Proposal, Proposal.id == Review.proposal_id)
            .where(*shown, Review.state.in_(STANDING))
        ),
    )
    rows = session.execute(
        sa.select(
            Person.id,
            Person.name,
            Person.email,
            Person.agency_id,
            Person.disabled_at,
            Agency.name.label("agency_name"),
            CallReviewer.most,
            CallReviewer.asked_at,
        )
        .outerjoin(
            CallReviewer, sa.and_(CallReviewer.person_id == Person.id, CallReviewer.call_id == call_id)
        )
        .outerjoin(Agency, Agency.id == Person.agency_id)
        .where(here)
        .order_by(folded(Person.name), Person.id)
    ).all()
    ids = [row.id for row in rows]
    held: dict[int, list[Grant]] = defaultdict(list)
    for grant in session.execute(
        sa.select(RoleGrant.person_id, RoleGrant.role, RoleGrant.agency_id, RoleGrant.call_id)
        .where(RoleGrant.person_id.in_(ids))
        .order_by(RoleGrant.id)
    ):
        held[grant.person_id].append(Grant(grant.role, grant.agency_id, grant.call_id))
    levels: dict[int, dict[Hashable, int]] = defaultdict(dict)
    for known in session.execute(
        sa.select(Expertise.person_id, Expertise.tag, Expertise.level).where(Expertise.person_id.in_(ids))
    ):
        levels[known.person_id][known.tag] = known.level
    people, grants = {}, {}
    for row in rows:
        actor = Actor(row.id, row.name, row.agency_id, tuple(held[row.id]))
        active = row.disabled_at is None and any(
            grant.role is Role.REVIEWER and grant.call_id in (None, call_id) for grant in actor.grants
        )
        people[row.id] = Member(
            id=row.id,
            name=row.name,
            email=row.email,
            agency_name=row.agency_name,
            most=row.most,
            asked_at=row.asked_at,
            active=active,
            levels=levels[row.id],
        )
        grants[row.id] = (actor, row)
    return people, grants


def _reviews(
    session: Session, shown: list[sa.ColumnElement[bool]]
) -> tuple[dict[Pair, ReviewState], dict[Pair, Barrier]]:
    """Those that stand, and the pairs that an earlier refusal or a reason given keeps apart."""
    standing, apart = {}, {}
    for row in session.execute(
        sa.select(Review.proposal_id, Review.reviewer_id, Review.state, Review.reason)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(*shown)
        .order_by(Review.id)
    ):
        pair = (row.proposal_id, row.reviewer_id)
        if row.state in STANDING:
            standing[pair] = row.state
        elif row.state is not ReviewState.WITHDRAWN:
            apart[pair] = Barrier.REFUSED
        elif row.reason:
            apart[pair] = Barrier.TAKEN_BACK
    return standing, apart


def _bar(
    actor: Actor,
    proposal: Proposed,
    call_id: int,
    conflicts: Mapping[Pair, Any],
    refused: Mapping[Pair, Barrier],
) -> Barrier | None:
    assert actor.person_id is not None
    pair = (proposal.id, actor.person_id)
    if own_agency(actor, proposal.agency_id):
        return Barrier.OWN_AGENCY
    if pair in conflicts:
        return Barrier.CONFLICT
    if pair in refused:
        return refused[pair]
    if not actor.holds_for(Role.REVIEWER, agency_id=proposal.agency_id, call_id=call_id):
        return Barrier.OUT_OF_REACH
    return None


def _done_before(session: Session, call_id: int, seen_by: Actor | None) -> dict[int, int]:
    limits = [] if seen_by is None else [may_work_on(seen_by)]
    rows = session.execute(
        sa.select(Review.reviewer_id, sa.func.count())
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(
            Proposal.call_id == call_id,
            Proposal.step != Step.REVIEW,
            Review.state == ReviewState.SUBMITTED,
            *limits,
        )
        .group_by(Review.reviewer_id)
    )
    return {row[0]: row[1] for row in rows}


def theme_names(session: Session, *, open_only: bool = False) -> dict[int, str]:
    """The state's themes by id, in order of their names; with `open_only` without the archived ones."""
    limits = [Theme.archived_at.is_(None)] if open_only else []
    rows = session.execute(
        sa.select(Theme.id, Theme.name).where(*limits).order_by(folded(Theme.name), Theme.id)
    )
    return {row.id: row.name for row in rows}
