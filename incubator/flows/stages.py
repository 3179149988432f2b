"""Moving a record: the one place where its stage and step change, and where its due day is set."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain import gates
from incubator.domain.clock import office_day
from incubator.domain.errors import NotFound
from incubator.domain.pilots import benefit_due
from incubator.domain.stages import EndReason, Outcome, Precision, Stage, Step
from incubator.models.benefits import Benefit, PromisedBenefit
from incubator.models.calls import Call
from incubator.models.gates import Extension
from incubator.models.pilots import Pilot
from incubator.models.proposals import Proposal, StageSpell
from incubator.models.releases import PreparedDecision

PAUSED = (Stage.ON_HOLD, Stage.CLOSED)


def lock_proposal(session: Session, proposal_id: int) -> Proposal:
    """The proposal's row, locked until the transaction ends, as it stands now."""
    proposal = session.scalars(
        sa.select(Proposal)
        .where(Proposal.id == proposal_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if proposal is None:
        raise NotFound
    return proposal


def move(
    session: Session,
    proposal: Proposal,
    *,
    stage: Stage,
    step: Step,
    leaving_as: Outcome,
    now: datetime,
    end_reason: EndReason | None = None,
    hold_until: date | None = None,
    precision: Precision = Precision.DAY,
) -> None:
    """Bring a record into a step, closing the spell of the stage it leaves and beginning the next.

    Closing work needs its end reason, holding it the day until which it is held. What leaves the reviewers
    leaves the decision behind that was prepared for it.
    """
    before = proposal.stage
    if proposal.step is Step.REVIEW and step is not Step.REVIEW:
        session.execute(sa.delete(PreparedDecision).where(PreparedDecision.proposal_id == proposal.id))
    if stage is not before:
        _end_spell(session, proposal, leaving_as=leaving_as, next_stage=stage, now=now)
        session.add(StageSpell(proposal_id=proposal.id, stage=stage, entered_at=now, precision=precision))
        proposal.stage_entered_at = now
    if step is not proposal.step or stage is not before:
        proposal.step_entered_at = now
    if stage in PAUSED:
        proposal.resume_stage = proposal.resume_stage if before in PAUSED else before
    else:
        proposal.resume_stage = None
    proposal.stage, proposal.step = stage, step
    proposal.outcome = leaving_as if stage is Stage.CLOSED else None
    proposal.end_reason = end_reason if stage is Stage.CLOSED else None
    proposal.closed_at = now if stage is Stage.CLOSED else None
    proposal.hold_until = hold_until if stage is Stage.ON_HOLD else None
    if stage is not Stage.CLOSED:
        proposal.merged_into_id = None
    proposal.changed_at = now
    set_due(session, proposal)
    session.flush()


def _end_spell(
    session: Session, proposal: Proposal, *, leaving_as: Outcome, next_stage: Stage, now: datetime
) -> None:
    session.execute(
        sa.update(StageSpell)
        .where(StageSpell.proposal_id == proposal.id, StageSpell.left_at.is_(None))
        .values(left_at=now, exit=leaving_as, next_stage=next_stage)
    )


def set_due(session: Session, proposal: Proposal) -> None:
    """Work out anew by when somebody must decide: after a move, a change of plan or an extension."""
    if proposal.stage is Stage.ON_HOLD:
        proposal.due_on = proposal.hold_until
        return
    if proposal.step is Step.IN_SERVICE:
        proposal.due_on = _next_benefit_check(session, proposal.id)
        return
    gate = gates.next_gate(proposal.step, midpoint_passed=proposal.midpoint_passed)
    if gate is None:
        proposal.due_on = None
        return
    limits = (
        session.scalar(sa.select(Call.gate_days).where(Call.id == proposal.call_id)) or {}
        if proposal.call_id is not None
        else {}
    )
    plan = session.execute(
        sa.select(Pilot.starts_on, Pilot.ends_on).where(Pilot.proposal_id == proposal.id)
    ).one_or_none()
    extended = session.scalar(
        sa.select(sa.func.coalesce(sa.func.sum(Extension.days), 0)).where(
            Extension.proposal_id == proposal.id,
            Extension.gate == gate.key,
            Extension.given_at >= proposal.stage_entered_at,
        )
    )
    proposal.due_on = gates.due_on(
        gate,
        entered=office_day(proposal.step_entered_at),
        limits=limits,
        pilot_start=plan.starts_on if plan else None,
        pilot_end=plan.ends_on if plan else None,
        extended_days=int(extended or 0),
    )


def _next_benefit_check(session: Session, proposal_id: int) -> date | None:
    """What is in service is looked at 6, 12 and 24 months after it began to be scaled."""
    scaled_at = session.scalar(
        sa.select(sa.func.min(StageSpell.entered_at)).where(
            StageSpell.proposal_id == proposal_id, StageSpell.stage == Stage.SCALE
        )
    )
    return benefit_due(
        office_day(scaled_at) if scaled_at is not None else None, _benefits_recorded(session, proposal_id)
    )


def _benefits_recorded(session: Session, proposal_id: int) -> set[int]:
    """The months whose check is done: of the record as a whole, or of every promise that stands."""
    promised = session.scalar(
        sa.select(sa.func.count()).where(
            PromisedBenefit.proposal_id == proposal_id, PromisedBenefit.removed_at.is_(None)
        )
    )
    whole = sa.func.count().filter(Benefit.promise_id.is_(None))
    measured = sa.func.count().filter(PromisedBenefit.removed_at.is_(None), Benefit.promise_id.is_not(None))
    rows = session.execute(
        sa.select(Benefit.months, whole.label("whole"), measured.label("measured"))
        .outerjoin(PromisedBenefit, PromisedBenefit.id == Benefit.promise_id)
        .where(Benefit.proposal_id == proposal_id)
        .group_by(Benefit.months)
    )
    return {row.months for row in rows if row.whole or (promised and row.measured >= promised)}
