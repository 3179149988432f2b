"""The planned assignments of a call: the draft somebody works on, and the pairs ruled out by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.reviewer_fit import Pair
from incubator.models.accounts import Person
from incubator.models.assignment import AssignmentPlan, PlannedReview, PlanState


@dataclass(frozen=True, slots=True)
class Planned:
    """A pair of a plan. `by_hand` was chosen by a person, `kept` was under way and stays."""

    proposal_id: int
    reviewer_id: int
    fit: float
    by_hand: bool
    kept: bool

    @property
    def pair(self) -> Pair:
        return (self.proposal_id, self.reviewer_id)


@dataclass(frozen=True, slots=True)
class Plan:
    """A draft with its pairs. `before` are the pairs that were under way when it was made, `covers` the
    proposals it was made for; `outcome` is what the computation said."""

    id: int
    version: int
    wanted: int
    made_at: datetime
    made_by: str | None
    forbidden: frozenset[Pair]
    before: frozenset[Pair]
    covers: frozenset[int]
    outcome: dict[str, Any]
    rows: tuple[Planned, ...]

    @property
    def pairs(self) -> frozenset[Pair]:
        return frozenset(row.pair for row in self.rows)

    @property
    def possible(self) -> bool:
        return "impossible" not in self.outcome


def draft_of(session: Session, call_id: int) -> Plan | None:
    """The call's draft, if there is one."""
    found = session.execute(
        sa.select(AssignmentPlan, Person.name)
        .outerjoin(Person, Person.id == AssignmentPlan.made_by_id)
        .where(AssignmentPlan.call_id == call_id, AssignmentPlan.state == PlanState.DRAFT)
        .order_by(AssignmentPlan.id.desc())
        .limit(1)
    ).one_or_none()
    if found is None:
        return None
    plan, name = found
    rows = session.execute(
        sa.select(
            PlannedReview.proposal_id,
            PlannedReview.reviewer_id,
            PlannedReview.fit,
            PlannedReview.by_hand,
            PlannedReview.kept,
        )
        .where(PlannedReview.plan_id == plan.id)
        .order_by(PlannedReview.proposal_id, PlannedReview.fit.desc(), PlannedReview.reviewer_id)
    )
    return Plan(
        id=plan.id,
        version=plan.version,
        wanted=plan.wanted,
        made_at=plan.made_at,
        made_by=name,
        forbidden=as_pairs(plan.forbidden),
        before=as_pairs(plan.outcome.get("before", ())),
        covers=frozenset(plan.outcome.get("proposals", ())),
        outcome=plan.outcome,
        rows=tuple(Planned(**row._mapping) for row in rows),
    )


def as_pairs(stored: Any) -> frozenset[Pair]:
    """Pairs as JSON keeps them."""
    return frozenset((int(proposal), int(reviewer)) for proposal, reviewer in stored)


def ruled_out_by_hand(session: Session, call_id: int) -> frozenset[Pair]:
    """Pairs that the plan worked on or published last rules out by hand."""
    stored = session.scalar(
        sa.select(AssignmentPlan.forbidden)
        .where(AssignmentPlan.call_id == call_id, AssignmentPlan.state != PlanState.DISCARDED)
        .order_by(AssignmentPlan.id.desc())
        .limit(1)
    )
    return as_pairs(stored or ())


def last_published(session: Session, call_id: int) -> datetime | None:
    """When an assignment of the call was last published."""
    return session.scalar(
        sa.select(sa.func.max(AssignmentPlan.published_at)).where(AssignmentPlan.call_id == call_id)
    )
