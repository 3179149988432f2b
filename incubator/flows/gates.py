"""Deciding at a gate and amending a decision; taking work off hold and reviving it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain import gates
from incubator.domain.access import YES, Action, Answer, Record, can_on_record, own_agency
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.gates import Gate, GateKey, NewCondition, Transition
from incubator.domain.releases import waits_for_release
from incubator.domain.roles import Actor
from incubator.domain.stages import MAIN_STAGES, EndReason, Origin, Outcome, Stage
from incubator.domain.words import OUTCOMES
from incubator.flows.decision_parts import (
    check_conditions,
    check_hold,
    condition_row,
    ending,
    merge_target,
    receiver,
    require,
    ties_of,
    written,
)
from incubator.flows.merging import hand_over, lock_pair
from incubator.flows.record import record
from incubator.flows.stages import lock_proposal, move
from incubator.models.gates import Decision, GateCheck
from incubator.models.pilots import Pilot
from incubator.models.proposals import Proposal
from incubator.queries import gate_evidence
from incubator.queries import gates as query

evidence_digest = gate_evidence.digest


def decide(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    gate: GateKey,
    outcome: Outcome,
    reason: str,
    seen_version: int,
    now: datetime,
    end_reason: EndReason | None = None,
    hold_until: date | None = None,
    back_to: Stage | None = None,
    transferred_to: str = "",
    merged_into_id: int | None = None,
    conditions: Sequence[NewCondition] = (),
    what_would_change: str = "",
    release_id: int | None = None,
) -> Decision:
    """Decide at a gate: freeze the evidence, write the decision, move the record.

    `release_id` is the release that makes a decision known which was prepared and signed before; where a
    call releases its decisions together, none of them is taken without one.
    Of two people deciding at once the second raises StaleVersion. Raises Forbidden or NotFound when
    the actor may not decide, DomainError when the decision is not possible or not complete.
    """
    proposal = lock_pair(session, proposal_id, merged_into_id)
    at = gates.GATES[gate]
    ties = ties_of(session, actor, proposal_id)
    # Who comes second learns what was decided, even where the decision was theirs to make until then.
    _check_seen(session, proposal, seen_version)
    require(gates.may_decide(actor, at, ties))
    if at not in gates.current_gates(proposal.step):
        raise DomainError("This gate cannot be decided at the moment.")
    if release_id is None and waits_for_release(
        gate, outcome, decides_together=query.released_by(session, proposal.call_id) is not None
    ):
        raise DomainError(
            "This call releases its decisions together. Prepare this one on the call's page "
            "“Decisions to release”.",
            "outcome",
        )
    change = gates.transition(at, outcome, stage=proposal.stage, back_to=back_to)
    reason = written(reason, "reason", "Write the reason for the decision.")
    end_reason = ending(outcome, end_reason)
    check_hold(outcome, hold_until, now)
    transferred_to = receiver(outcome, transferred_to)
    target = merge_target(session, actor, proposal, merged_into_id) if outcome is Outcome.MERGE else None
    checked = check_conditions(outcome, conditions, now)
    evidence = gate_evidence.gather(session, proposal_id, at, now=now)
    require_ready(at, outcome, evidence.state.readiness)
    decision = Decision(
        proposal_id=proposal_id,
        gate=gate,
        outcome=outcome,
        from_stage=proposal.stage,
        to_stage=change.stage,
        reason=reason,
        end_reason=end_reason,
        hold_until=hold_until if outcome is Outcome.HOLD else None,
        transferred_to=transferred_to,
        what_would_change=what_would_change.strip(),
        release_id=release_id,
        decided_by_id=actor.person_id,
        decided_at=now,
        evidence=evidence.content,
        evidence_sha256=gate_evidence.digest(evidence.content),
    )
    session.add(decision)
    session.flush()
    for condition in checked:
        session.add(condition_row(decision, condition))
    _carry_out(session, proposal, at, outcome, change, now=now, end_reason=end_reason, hold_until=hold_until)
    record(
        session,
        actor,
        now,
        EventKind.GATE_DECIDED,
        proposal_id=proposal_id,
        agency_id=proposal.agency_id,
        gate=at.name,
        outcome=OUTCOMES[outcome].plain,
        reason=reason,
        decision_id=decision.id,
    )
    if target is not None:
        hand_over(session, actor, now, merged=proposal, target=target)
    return decision


def freeze(session: Session, proposal: Proposal, gate: GateKey, now: datetime) -> tuple[dict[str, Any], str]:
    """The evidence on a record at a gate as it stands, and its digest."""
    content = gate_evidence.gather(session, proposal.id, gates.GATES[gate], now=now).content
    return content, evidence_digest(content)


def may_amend(actor: Actor, ties: Record, *, decided_by_id: int | None) -> Answer:
    """May the actor add to a decision's reason? Who decided it may, and who decides on the record now."""
    if own_agency(actor, ties.agency_id) or ties.is_conflicted:
        return Answer(False, "Decisions are not amended by people with a conflict of interest.")
    if decided_by_id is not None and decided_by_id == actor.person_id:
        return YES
    return can_on_record(actor, Action.DECIDE, ties)


def amend(
    session: Session, actor: Actor, *, decision_id: int, reason: str, seen_version: int, now: datetime
) -> Decision:
    """Add to the reason of an earlier decision by a new entry. What was decided stays as it is."""
    earlier = session.get(Decision, decision_id)
    if earlier is None:
        raise NotFound
    proposal = lock_proposal(session, earlier.proposal_id)
    ties = ties_of(session, actor, proposal.id)
    require(may_amend(actor, ties, decided_by_id=earlier.decided_by_id))
    _check_seen(session, proposal, seen_version)
    if earlier.amends_id is not None:
        raise DomainError("Amend the decision itself, not its amendment.")
    reason = written(reason, "reason", "Write what the amended reason is.")
    content = {"amends": {"id": earlier.id, "sha256": earlier.evidence_sha256}}
    amendment = Decision(
        proposal_id=proposal.id,
        gate=earlier.gate,
        outcome=earlier.outcome,
        from_stage=earlier.from_stage,
        to_stage=earlier.to_stage,
        reason=reason,
        end_reason=earlier.end_reason,
        hold_until=earlier.hold_until,
        transferred_to=earlier.transferred_to,
        decided_by_id=actor.person_id,
        decided_at=now,
        amends_id=earlier.id,
        evidence=content,
        evidence_sha256=gate_evidence.digest(content),
    )
    session.add(amendment)
    proposal.changed_at = now
    record(
        session,
        actor,
        now,
        EventKind.DECISION_AMENDED,
        proposal_id=proposal.id,
        agency_id=proposal.agency_id,
        gate=gates.GATES[earlier.gate].name,
        reason=reason,
        decision_id=earlier.id,
    )
    return amendment


def resume(
    session: Session, actor: Actor, *, proposal_id: int, reason: str, seen_version: int, now: datetime
) -> Proposal:
    """Take a record off hold, on its day or before, back into the stage it left."""
    proposal = lock_proposal(session, proposal_id)
    require(can_on_record(actor, Action.DECIDE, ties_of(session, actor, proposal_id)))
    _check_seen(session, proposal, seen_version)
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
    _check_seen(session, proposal, seen_version)
    if proposal.stage is not Stage.CLOSED:
        raise DomainError("Only closed work is revived.")
    ended_in = _paused_in(proposal)
    stage = stage or ended_in
    if stage is not ended_in and stage not in gates.earlier_stages(ended_in):
        raise DomainError("Choose the stage it ended in or an earlier one.", "stage")
    reason = written(reason, "reason", "Write what has changed since it was closed.")
    _lapse_checks(session, proposal.id, gates.gates_from(stage))
    _bring_back(session, proposal, stage=stage, leaving_as=Outcome.REVIVE, now=now)
    _record_return(session, actor, now, EventKind.RECORD_REVIVED, proposal, reason)
    return proposal


def _check_seen(session: Session, proposal: Proposal, seen: int) -> None:
    """Raise StaleVersion with what was decided meanwhile, in the form's own fields."""
    if seen == proposal.version:
        return
    latest = next(iter(query.decisions(session, proposal.id)), None)
    theirs = (
        {"outcome": OUTCOMES[latest.outcome].staff, "reason": latest.reason} if latest is not None else {}
    )
    raise StaleVersion(theirs, proposal.version)


def require_ready(at: Gate, outcome: Outcome, readiness: gates.Readiness) -> None:
    """Raise DomainError naming what is missing when it stands in the way of this outcome."""
    missing = gates.blocking(at, outcome, readiness)
    if missing:
        raise DomainError(
            "It cannot advance yet. Still missing: %(missing)s.",
            "outcome",
            missing="; ".join(need.words[0].lower() + need.words[1:] for need in missing),
        )


def _carry_out(
    session: Session,
    proposal: Proposal,
    at: Gate,
    outcome: Outcome,
    change: Transition,
    *,
    now: datetime,
    end_reason: EndReason | None,
    hold_until: date | None,
) -> None:
    advances = outcome in gates.ADVANCES
    if advances and at.key is GateKey.G3:
        proposal.midpoint_passed = True
    if advances and change.stage is Stage.DESIGN:
        _open_pilot(session, proposal)
    if advances and at.key is GateKey.G2:
        _launch(session, proposal, now)
    if outcome is Outcome.REWORK:
        lapsing = gates.gates_from(change.stage) if change.leaves else (at.key,)
        _lapse_checks(session, proposal.id, lapsing)
        if change.leaves and MAIN_STAGES.index(change.stage) < MAIN_STAGES.index(Stage.PILOT):
            proposal.midpoint_passed = False
    if advances and at.key is GateKey.G5:
        _lapse_checks(session, proposal.id, (at.key,))
    move(
        session,
        proposal,
        stage=change.stage,
        step=change.step,
        leaving_as=outcome,
        now=now,
        end_reason=end_reason,
        hold_until=hold_until,
    )


def _open_pilot(session: Session, proposal: Proposal) -> Pilot:
    pilot = session.scalars(sa.select(Pilot).where(Pilot.proposal_id == proposal.id)).one_or_none()
    if pilot is None:
        pilot = Pilot(proposal_id=proposal.id)
        session.add(pilot)
        session.flush()
    return pilot


def _launch(session: Session, proposal: Proposal, now: datetime) -> None:
    """The pilot starts; without a planned first day it starts today, so that its midpoint is known."""
    pilot = _open_pilot(session, proposal)
    pilot.launched_at = now
    if pilot.starts_on is None and pilot.ends_on is not None and pilot.ends_on > now.date():
        pilot.starts_on = now.date()
    proposal.midpoint_passed = False


def _lapse_checks(session: Session, proposal_id: int, keys: Sequence[GateKey]) -> None:
    """Confirmations do not outlive being sent back: what changes must be looked at again. They stay
    readable in the events and in the evidence frozen with earlier decisions."""
    session.execute(
        sa.delete(GateCheck).where(GateCheck.proposal_id == proposal_id, GateCheck.gate.in_(keys))
    )


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
        _open_pilot(session, proposal)
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
