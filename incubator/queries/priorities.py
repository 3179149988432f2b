"""The proposals of a call that passed review, for the ranked list.

People see no proposal they have a conflict with, nor one they still have to review: neither its row
nor anything summed from it. Who is barred from a proposal of the call may look, but not change the order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import AGENCY_WATCH, WHOLE, Action
from incubator.domain.gates import ADVANCES, GateKey
from incubator.domain.priorities import Candidate, Limits, Move
from incubator.domain.roles import Actor
from incubator.domain.stages import PRIVATE_STEPS, Origin, Stage, Step
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.calls import Call
from incubator.models.gates import Decision
from incubator.models.priorities import PriorityList, PriorityMove
from incubator.models.proposals import Proposal
from incubator.queries.reviews import is_sealed, shown_reviews_in, shown_score
from incubator.queries.visibility import covered, is_conflicted, visible

ROLES = tuple(WHOLE[Action.PRIORITISE])


@dataclass(frozen=True, slots=True)
class CallHead:
    """A call and its list; `version` 0 stands for a list nobody has changed yet. Limits of None: none."""

    id: int
    slug: str
    title: str
    list_id: int | None
    version: int
    budget_cents: int | None
    teams: int | None
    reviews_required: int

    @property
    def limits(self) -> Limits:
        return Limits(self.budget_cents, self.teams)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A proposal on the list. `score` orders it; `shown_score` is what this reader may see of it."""

    id: int
    number: str
    title: str
    agency_name: str
    score: float | None
    shown_score: float | None
    reviews_in: int | None
    cost_cents: int | None

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.id, self.score, self.cost_cents)


@dataclass(frozen=True, slots=True)
class HandMove:
    """A move that counts: by whom, when, why."""

    id: int
    proposal_id: int
    from_position: int
    to_position: int
    reason: str
    moved_by: str | None
    moved_at: datetime

    @property
    def move(self) -> Move:
        return Move(self.id, self.proposal_id, self.to_position)


@dataclass(frozen=True, slots=True)
class CallRow:
    slug: str
    title: str
    closes_at: datetime
    budget_cents: int | None
    teams: int | None
    ready: int
    in_review: int


def _barred(actor: Actor) -> sa.ColumnElement[bool]:
    """Proposals the actor has a conflict with, or whose reviews are still sealed to them."""
    agencies = set(actor.agencies(*AGENCY_WATCH))
    if actor.agency_id is not None:
        agencies.add(actor.agency_id)
    return sa.or_(
        Proposal.agency_id.in_(sorted(agencies)) if agencies else sa.false(),
        is_conflicted(actor.person_id),
        is_sealed(actor),
    )


def _listed(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.and_(visible(actor), covered(actor, *ROLES), ~_barred(actor))


_READY = sa.and_(Proposal.step == Step.REVIEW, Proposal.reviews_in >= Call.reviews_required)


def calls_with_lists(session: Session, actor: Actor) -> list[CallRow]:
    """Calls in which something is in review or ready to be ranked, the one that closes last first."""
    count = sa.func.count()
    found = (
        sa.select(
            Proposal.call_id,
            count.filter(_READY).label("ready"),
            count.filter(~_READY).label("in_review"),
        )
        .join(Call, Call.id == Proposal.call_id)
        .where(Proposal.step == Step.REVIEW, _listed(actor))
        .group_by(Proposal.call_id)
        .subquery()
    )
    rows: Any = session.execute(
        sa.select(
            Call.slug,
            Call.title,
            Call.closes_at,
            _effective(PriorityList.budget_cents, Call.budget_cents),
            _effective(PriorityList.teams, Call.teams),
            sa.func.coalesce(found.c.ready, 0),
            sa.func.coalesce(found.c.in_review, 0),
        )
        .outerjoin(PriorityList, PriorityList.call_id == Call.id)
        .outerjoin(found, found.c.call_id == Call.id)
        .where(sa.or_(found.c.call_id.is_not(None), Call.archived_at.is_(None)), ~Call.outside)
        .order_by(Call.closes_at.desc(), Call.id.desc())
    )
    return [CallRow(*row) for row in rows]


def _effective(own: Any, calls: Any) -> sa.ColumnElement[int | None]:
    """The list's own limit once somebody has set limits here, else the call's."""
    return sa.case((PriorityList.id.is_not(None), own), else_=calls)


def find_call(session: Session, slug: str) -> CallHead | None:
    row = session.execute(
        sa.select(
            Call.id,
            Call.slug,
            Call.title,
            PriorityList.id.label("list_id"),
            sa.func.coalesce(PriorityList.version, 0).label("version"),
            _effective(PriorityList.budget_cents, Call.budget_cents).label("budget_cents"),
            _effective(PriorityList.teams, Call.teams).label("teams"),
            Call.reviews_required,
        )
        .outerjoin(PriorityList, PriorityList.call_id == Call.id)
        .where(Call.slug == slug, ~Call.outside)
    ).one_or_none()
    return None if row is None else CallHead(**row._mapping)


def ranked_proposals(session: Session, actor: Actor, call_id: int) -> list[Ranked]:
    """The call's proposals that passed review and that the actor may rank."""
    rows: Any = session.execute(
        sa.select(
            Proposal.id,
            Proposal.number,
            Proposal.title,
            Agency.name.label("agency_name"),
            Proposal.score,
            shown_score(actor).label("shown_score"),
            shown_reviews_in(actor).label("reviews_in"),
            Proposal.requested_cents.label("cost_cents"),
        )
        .join(Agency, Agency.id == Proposal.agency_id)
        .join(Call, Call.id == Proposal.call_id)
        .where(Proposal.call_id == call_id, _READY, _listed(actor))
        .order_by(Proposal.id)
    )
    return [Ranked(**row._mapping) for row in rows]


def standing_moves(session: Session, list_id: int | None, proposals: Sequence[int]) -> list[HandMove]:
    """The moves of these proposals that were not taken back, in the order in which they were made."""
    if list_id is None or not proposals:
        return []
    rows: Any = session.execute(
        sa.select(
            PriorityMove.id,
            PriorityMove.proposal_id,
            PriorityMove.from_position,
            PriorityMove.to_position,
            PriorityMove.reason,
            Person.name,
            PriorityMove.moved_at,
        )
        .outerjoin(Person, Person.id == PriorityMove.moved_by_id)
        .where(
            PriorityMove.list_id == list_id,
            PriorityMove.undone_at.is_(None),
            PriorityMove.proposal_id.in_(proposals),
        )
        .order_by(PriorityMove.id)
    )
    return [HandMove(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Committed:
    """What is bound already: proposals of the call that were selected, with their whole cents, how many of them are
    under way, and the pilots under way outside of the call. Each under way takes one of the office's teams."""

    proposals: int
    cents: int
    under_way: int
    pilots: int

    @property
    def teams(self) -> int:
        return self.under_way + self.pilots


UNDER_WAY = (Step.DESIGN, Step.RUNNING, Step.SCALING)


def committed(session: Session, actor: Actor, call_id: int) -> Committed:
    """Proposals of the call that passed selection, as far as the actor may count them, and how many pilots outside
    of the call keep a team busy. Those are only counted, so that everybody reads the same number.

    Money that was awarded stays taken when the pilot is scaled or ends, and its team becomes free. What was
    requested counts until there is a budget; work that ended without a budget took nothing."""
    selected = sa.exists().where(
        Decision.proposal_id == Proposal.id,
        Decision.gate == GateKey.G1,
        Decision.outcome.in_(sorted(ADVANCES)),
    )
    wanted = sa.case((Proposal.stage == Stage.CLOSED, 0), else_=Proposal.requested_cents)
    awarded = sa.func.coalesce(sa.func.nullif(Proposal.planned_cents, 0), wanted, 0)
    row = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.coalesce(sa.func.sum(awarded), 0),
            sa.func.count().filter(Proposal.step.in_(UNDER_WAY)),
            sa.select(sa.func.count())
            .select_from(Proposal)
            .where(
                sa.func.coalesce(Proposal.call_id, 0) != call_id,
                Proposal.step.in_(UNDER_WAY),
                Proposal.origin == Origin.ENTERED,
            )
            .scalar_subquery(),
        ).where(
            Proposal.call_id == call_id,
            selected,
            _listed(actor),
        )
    ).one()
    return Committed(row[0], int(row[1]), row[2], row[3])


def may_change(session: Session, actor: Actor, call_id: int) -> str:
    """Why the actor may not change the list of this call; empty when they may.

    It needs a role for the whole call, and no tie to any proposal handed in to it.
    """
    if not any(actor.holds_for(role, call_id=call_id) for role in ROLES):
        return "Your role covers only a part of this call, so you cannot change its list."
    barred = session.scalar(
        sa.select(sa.func.count())
        .select_from(Proposal)
        .where(Proposal.call_id == call_id, Proposal.step.not_in(PRIVATE_STEPS), _barred(actor))
    )
    if barred:
        return "You have a conflict of interest or an unfinished review in this call, so you cannot change its list."
    return ""
