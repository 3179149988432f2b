"""Work comes back: taken off hold, or taken up again after it was closed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain import gates
from incubator.domain.access import Action, can_on_record
from incubator.domain.errors import DomainError
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.domain.stages import Origin, Outcome, Stage
from incubator.flows.decision_parts import check_seen, lapse_checks, open_pilot, require, ties_of, written
from incubator.flows.record import record
from incubator.flows.stages import lock_proposal, move
from incubator.models.proposals import Proposal
from incubator.queries import gates as query


def resume(
    session: Session, actor: Actor, *, proposal_id: int, reason: str, seen_version: int, now: datetime
) -> Proposal:
    """Take a record off hold, on its day or before, back into the stage it left."""
    proposal = lock_proposal(session, proposal_id)
    require(can_on_record(actor, Action.DECIDE, ties_of(session, actor, proposal_id)))
    check_seen(session, proposal, seen_version)
    if proposal.stage is not Stage.ON_HOLD:
        raise DomainError("The record is not on hold.")
    reason = written(reason, "reason", "Write why it goes on.")
    _bring_back(session, proposal, stage=_paused_in(proposal), leaving_as=Outcome.ADVANCE, now=now)
    _record_return(session, actor, now, EventKind.RECORD_RESUMED, proposal, reason)
    return proposal


def revive(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    reason: str,
    seen_version: int,
    now: datetime,
    stage: Stage | None = None,
) -> Proposal:
    """Take up closed work again, in the stage where it ended or an earlier one."""
    proposal = lock_proposal(session, proposal_id)
    require(can_on_record(actor, Action.DECIDE, ties_of(session, actor, proposal_id)))
    check_seen(session, proposal, seen_version)
    if proposal.stage is not Stage.CLOSED:
        raise DomainError("Only closed work is revived.")
    ended_in = _paused_in(proposal)
    stage = stage or ended_in
    if stage is not ended_in and stage not in gates.earlier_stages(ended_in):
        raise DomainError("Choose the stage it ended in or an earlier one.", "stage")
    reason = written(reason, "reason", "Write what has changed since it was closed.")
    lapse_checks(session, proposal.id, gates.gates_from(stage))
    _bring_back(session, proposal, stage=stage, leaving_as=Outcome.REVIVE, now=now)
    _record_return(session, actor, now, EventKind.RECORD_REVIVED, proposal, reason)
    return proposal


def _paused_in(proposal: Proposal) -> Stage:
    return proposal.resume_stage or Stage.IDEA


def _bring_back(
    session: Session, proposal: Proposal, *, stage: Stage, leaving_as: Outcome, now: datetime
) -> None:
    screened = session.scalar(
        sa.select(query.last_screening()).select_from(Proposal).where(Proposal.id == proposal.id)
    )
    change = gates.resume(
        stage,
        screened=screened in gates.ADVANCES,
        submitted=proposal.submitted_at is not None or proposal.origin is not Origin.ENTERED,
    )
    if stage is not Stage.IDEA:
        open_pilot(session, proposal)
    if stage in (Stage.IDEA, Stage.DESIGN):
        proposal.midpoint_passed = False
    proposal.merged_into_id = None
    move(session, proposal, stage=change.stage, step=change.step, leaving_as=leaving_as, now=now)


def _record_return(
    session: Session, actor: Actor, now: datetime, kind: EventKind, proposal: Proposal, reason: str
) -> None:
    record(
        session,
        actor,
        now,
        kind,
        proposal_id=proposal.id,
        agency_id=proposal.agency_id,
        reason=reason,
        stage=proposal.stage.value,
    )
