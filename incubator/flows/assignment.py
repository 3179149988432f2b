"""The planned assignment of a call: worked out, changed by hand, discarded."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.assignment import Assignment, Infeasible, Origin, Round, assign
from incubator.analytics.reviewer_fit import Pair
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Actor
from incubator.flows.call_reviewers import call_to_assign
from incubator.flows.conflicts import apply_rules
from incubator.flows.record import record
from incubator.flows.versions import check_version
from incubator.models.assignment import AssignmentPlan, PlannedReview, PlanState
from incubator.models.calls import Call
from incubator.queries import assignment as query
from incubator.queries.assignment_plans import Plan, as_pairs, draft_of

WORK_OUT = "assignment_work_out"
"""The kind of job that works an assignment out where that takes longer than a page may."""
MOST_WANTED = 20


@dataclass(frozen=True, slots=True)
class Prepared:
    """What an assignment is to be worked out from, and what it is kept with. `seen` is the version of the
    draft it replaces."""

    slug: str
    round: Round
    standing: query.Reviewing
    wanted: int
    keeps_unbegun: bool
    seen: int | None


def prepare(
    session: Session,
    actor: Actor,
    *,
    slug: str,
    wanted: int,
    keeps_unbegun: bool,
    seen: int | None,
    now: datetime,
) -> Prepared:
    """Bring the conflicts into step and read what the computation needs.

    Reviews that are begun stay; with `keeps_unbegun` those stay too that were only asked for. What was chosen
    and ruled out by hand in the draft, seen at version `seen`, holds again.
    """
    call = call_to_assign(session, actor, slug)
    if not 1 <= wanted <= MOST_WANTED:
        raise DomainError("Ask for 1 to %(most)s reviews.", "wanted", most=MOST_WANTED)
    draft = draft_of(session, call.id)
    if seen != (draft.version if draft else None):
        raise StaleVersion(version=draft.version if draft else None)
    in_step(session, call.id, now)
    standing = query.reviewing(session, call.id)
    if not standing.proposals:
        raise DomainError("No proposal of this call is in review yet.")
    if not standing.pool:
        raise DomainError("Nobody reviews in this call yet. Choose who does first.")
    round_ = standing.to_round(
        wanted=wanted,
        keeping=query.STANDING if keeps_unbegun else query.BEGUN,
        pinned={row.pair for row in draft.rows if row.by_hand} if draft else (),
        forbidden=draft.forbidden if draft else (),
    )
    return Prepared(slug, round_, standing, wanted, keeps_unbegun, seen)


def in_step(session: Session, call_id: int, now: datetime) -> int:
    """Apply the conflict rules to every proposal of the call in review; how many conflicts were found."""
    return apply_rules(session, now, proposal_ids=query.ids_in_review(session, call_id), reassigns=False)


def keep(
    session: Session, actor: Actor, prepared: Prepared, answer: Assignment | Infeasible, now: datetime
) -> AssignmentPlan:
    """Keep what was worked out as the call's draft, in place of the one before. An impossible round is kept
    too, with what stands in the way and what was chosen by hand."""
    call = call_to_assign(session, actor, prepared.slug)
    plan = locked_draft(session, call.id, prepared.seen)
    chosen = prepared.round.pinned
    outcome: dict[str, Any] = {
        "proposals": sorted(prepared.standing.proposals),
        "before": _stored(prepared.standing.reviews),
        "keeps_unbegun": prepared.keeps_unbegun,
    }
    if isinstance(answer, Infeasible):
        outcome["impossible"] = _told(answer)
        pairs = [(pair, False) for pair in chosen]
    else:
        outcome |= {"level": answer.level, "total": answer.total}
        pairs = [((one.proposal, one.reviewer), one.origin is Origin.KEPT) for one in answer.reviews]
    if plan is None:
        plan = AssignmentPlan(call_id=call.id)
        session.add(plan)
    plan.wanted, plan.made_at, plan.made_by_id = prepared.wanted, now, actor.person_id
    # Counted, so that working out the same again makes an older page stale all the same.
    outcome["times"] = (plan.outcome or {}).get("times", 0) + 1
    plan.forbidden, plan.outcome = _stored(prepared.round.forbidden), outcome
    session.flush()
    session.execute(sa.delete(PlannedReview).where(PlannedReview.plan_id == plan.id))
    session.add_all(
        PlannedReview(
            plan_id=plan.id,
            proposal_id=pair[0],
            reviewer_id=pair[1],
            fit=prepared.standing.fit.get(pair, 0.0),
            by_hand=pair in chosen,
            kept=kept,
        )
        for pair, kept in sorted(pairs)
    )
    record(session, actor, now, EventKind.ASSIGNMENT_PLANNED, call=call.title)
    return plan


def work_out(
    session: Session,
    actor: Actor,
    *,
    slug: str,
    wanted: int,
    keeps_unbegun: bool,
    seen: int | None,
    now: datetime,
) -> AssignmentPlan:
    """Work an assignment out and keep it as a draft, all at once."""
    prepared = prepare(
        session, actor, slug=slug, wanted=wanted, keeps_unbegun=keeps_unbegun, seen=seen, now=now
    )
    return keep(session, actor, prepared, assign(prepared.round), now)


def locked_draft(session: Session, call_id: int, seen: int | None) -> AssignmentPlan | None:
    """The call's draft, locked with its call, or None where there is none and none was seen.

    Raises StaleVersion when somebody else changed, published or discarded it meanwhile.
    """
    session.execute(sa.select(Call.id).where(Call.id == call_id).with_for_update())
    plan = session.scalars(
        sa.select(AssignmentPlan)
        .where(AssignmentPlan.call_id == call_id, AssignmentPlan.state == PlanState.DRAFT)
        .order_by(AssignmentPlan.id.desc())
        .limit(1)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if plan is None:
        if seen is not None:
            raise StaleVersion
        return None
    check_version(plan, seen)
    return plan


def the_draft(session: Session, call_id: int, seen: int | None) -> tuple[AssignmentPlan, Plan]:
    """The draft to change, locked, and as it reads. Raises NotFound where there is none."""
    plan = locked_draft(session, call_id, seen)
    read = draft_of(session, call_id)
    if plan is None or read is None:
        raise NotFound
    return plan, read


def change(
    session: Session,
    actor: Actor,
    *,
    slug: str,
    proposal_id: int,
    out_id: int | None,
    in_id: int | None,
    seen: int | None,
    now: datetime,
) -> None:
    """Take a pair out of the draft and rule it out, put one in, or both at once.

    Raises DomainError beside `out` for a review that is begun and beside `into` for somebody who is barred,
    and Forbidden for a proposal the actor reviews.
    """
    call = call_to_assign(session, actor, slug)
    plan, read = the_draft(session, call.id, seen)
    standing = query.reviewing(session, call.id, seen_by=actor)
    proposal = standing.proposals.get(proposal_id)
    if proposal is None or proposal_id not in read.covers:
        raise NotFound
    if proposal.sealed:
        raise Forbidden("You review this proposal. Another coordinator changes who else does.")
    if out_id is None and in_id is None:
        raise DomainError("Choose whom to take out, whom to put in, or both.")
    forbidden = set(as_pairs(plan.forbidden))
    if out_id is not None:
        out = (proposal_id, out_id)
        if out not in read.pairs:
            raise DomainError("Choose somebody who is planned to review this.", "out")
        if standing.reviews.get(out) in query.BEGUN:
            raise DomainError("This review is begun and stays.", "out")
        session.execute(
            sa.delete(PlannedReview).where(
                PlannedReview.plan_id == plan.id,
                PlannedReview.proposal_id == proposal_id,
                PlannedReview.reviewer_id == out_id,
            )
        )
        forbidden.add(out)
    if in_id is not None:
        into = (proposal_id, in_id)
        if in_id not in standing.pool or into in standing.barred or into in read.pairs:
            raise DomainError("Choose somebody who may review this and does not yet.", "into")
        session.add(
            PlannedReview(
                plan_id=plan.id,
                proposal_id=proposal_id,
                reviewer_id=in_id,
                fit=standing.fit[into],
                by_hand=True,
                kept=standing.reviews.get(into) is ReviewState.ASSIGNED,
            )
        )
        forbidden.discard(into)
    plan.forbidden = _stored(forbidden)
    plan.outcome = {**plan.outcome, "changes": plan.outcome.get("changes", 0) + 1}
    record(session, actor, now, EventKind.ASSIGNMENT_ADJUSTED, call=call.title)


def discard(session: Session, actor: Actor, *, slug: str, seen: int | None, now: datetime) -> None:
    """Throw the draft away, with what was chosen and ruled out by hand."""
    call = call_to_assign(session, actor, slug)
    plan, _ = the_draft(session, call.id, seen)
    plan.state = PlanState.DISCARDED
    record(session, actor, now, EventKind.ASSIGNMENT_DISCARDED, call=call.title)


def _stored(pairs: Iterable[Pair]) -> list[list[int]]:
    return [list(pair) for pair in sorted(pairs)]


def _told(answer: Infeasible) -> dict[str, Any]:
    return {
        "missing": answer.missing,
        "shortages": [
            {
                "proposals": list(one.proposals),
                "shared": list(one.shared),
                "needed": one.needed,
                "room": one.room,
                "elsewhere": one.elsewhere,
                "missing": one.missing,
                "bars": [list(bar) for bar in one.bars],
            }
            for one in answer.shortages
        ],
        "relaxations": [
            {"rule": one.rule, "freed": one.freed, "enough": one.enough, "to": one.to, "each": one.each}
            for one in answer.relaxations
        ],
    }
