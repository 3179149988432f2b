"""Deciding at a gate and amending a decision; taking work off hold and reviving it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from incubator.domain import gates
from incubator.domain.access import YES, Action, Answer, Record, can_on_record, own_agency
from incubator.domain.choices import Choice
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.evaluation import Advice, contradicts, propose
from incubator.domain.events import EventKind
from incubator.domain.gate_rules import may_decide
from incubator.domain.gates import Gate, GateKey, NewCondition, Transition
from incubator.domain.releases import waits_for_release
from incubator.domain.roles import Actor
from incubator.domain.stages import MAIN_STAGES, EndReason, Outcome, Stage, Step
from incubator.domain.words import OUTCOMES
from incubator.flows import dossiers
from incubator.flows.benefits import fix_promises
from incubator.flows.confirming import ask_to_confirm
from incubator.flows.decision_parts import (
    check_conditions,
    check_extension,
    check_hold,
    check_seen,
    condition_row,
    ending,
    lapse_checks,
    merge_target,
    open_pilot,
    receiver,
    require,
    ties_of,
    written,
)
from incubator.flows.merging import hand_over, lock_pair
from incubator.flows.record import record
from incubator.flows.second import Second, check_second, settle
from incubator.flows.stages import lock_proposal, move
from incubator.models.gates import Decision, Extension
from incubator.models.proposals import Proposal
from incubator.queries import gate_evidence
from incubator.queries import gates as query
from incubator.queries.advice import Standing

evidence_digest = gate_evidence.digest


def decide(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    choice: Choice,
    seen_version: int,
    now: datetime,
    release_id: int | None = None,
    second: Second | None = None,
) -> Decision:
    """Decide at a gate: freeze the evidence, write the decision, move the record.

    A decision against what the verdicts propose is taken only with a `second` person who approves it.

    `release_id` is the release that makes a decision known which was prepared and signed before; where a
    call releases its decisions together, none of them is taken without one.
    Of two people deciding at once the second raises StaleVersion. Raises Forbidden or NotFound when
    the actor may not decide, DomainError when the decision is not possible or not complete.
    """
    asked = examine(
        session,
        actor,
        proposal_id=proposal_id,
        choice=choice,
        seen_version=seen_version,
        now=now,
        released=release_id is not None,
    )
    at, outcome, hold_until = gates.GATES[choice.gate], choice.outcome, choice.hold_until
    proposal, change, evidence = asked.proposal, asked.change, asked.evidence.content
    if asked.contradicts:
        check_second(session, actor, second, at, proposal)
    elif second is not None:
        raise DomainError("It no longer goes against what the criteria propose. Decide it as it stands.")
    if second is not None:
        evidence = {**evidence, "against_advice": second.told(actor, asked.advice, now)}
    decision = Decision(
        proposal_id=proposal_id,
        gate=choice.gate,
        outcome=outcome,
        from_stage=proposal.stage,
        to_stage=change.stage,
        reason=asked.reason,
        end_reason=asked.end_reason,
        hold_until=hold_until if outcome is Outcome.HOLD else None,
        transferred_to=asked.transferred_to,
        what_would_change=choice.what_would_change.strip(),
        release_id=release_id,
        decided_by_id=actor.person_id,
        decided_at=now,
        advice=asked.advice,
        against_advice=second.against_advice if second else "",
        approved_by_id=second.actor.person_id if second else None,
        approved_at=now if second else None,
        evidence=evidence,
        evidence_sha256=gate_evidence.digest(evidence),
    )
    session.add(decision)
    session.flush()
    for condition in asked.conditions:
        session.add(condition_row(decision, condition))
    if asked.extended_days:
        session.add(
            Extension(
                proposal_id=proposal_id,
                gate=choice.gate,
                days=asked.extended_days,
                reason=asked.reason,
                given_by_id=actor.person_id,
                given_at=now,
            )
        )
        session.flush()
    _carry_out(
        session, proposal, at, outcome, change, now=now, end_reason=asked.end_reason, hold_until=hold_until
    )
    if change.step is Step.REVIEW:
        ask_to_confirm(session, proposal, now)
    said, signed = OUTCOMES[outcome].plain, {}
    if second is not None:
        said = f"{said}, against what the criteria propose, approved by {second.actor.name}"
        signed = {"approved_by_id": second.actor.person_id, "against_advice": second.against_advice}
    record(
        session,
        actor,
        now,
        EventKind.GATE_DECIDED,
        proposal_id=proposal_id,
        agency_id=proposal.agency_id,
        gate=at.name,
        outcome=said,
        reason=asked.reason,
        decision_id=decision.id,
        **signed,
    )
    dossiers.ask(session, decision.id, now)
    settle(session, actor, proposal, now, decision=decision if second else None)
    if asked.target is not None:
        hand_over(session, actor, now, merged=proposal, target=asked.target)
    return decision


@dataclass(frozen=True, slots=True)
class Examined:
    """A decision that is possible and complete, with the evidence as it stands. `advice` is what the criteria
    propose at the scale decision, None at other gates; `stamp` names the verdicts behind it."""

    proposal: Proposal
    change: Transition
    reason: str
    end_reason: EndReason | None
    transferred_to: str
    target: Proposal | None
    conditions: tuple[NewCondition, ...]
    extended_days: int
    evidence: gate_evidence.Evidence
    advice: Advice | None
    stamp: list[int]
    contradicts: bool


def examine(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    choice: Choice,
    seen_version: int,
    now: datetime,
    released: bool = False,
) -> Examined:
    """Hold a decision against every rule but the second signature, with the record locked. Changes nothing."""
    proposal = lock_pair(session, proposal_id, choice.merged_into_id)
    at, outcome = gates.GATES[choice.gate], choice.outcome
    ties = ties_of(session, actor, proposal_id)
    # Who comes second learns what was decided, even where the decision was theirs to make until then.
    check_seen(session, proposal, seen_version)
    require(may_decide(actor, at, ties))
    if at not in gates.current_gates(proposal.step):
        raise DomainError("This gate cannot be decided at the moment.")
    if not released and waits_for_release(
        at.key, outcome, decides_together=query.released_by(session, proposal.call_id) is not None
    ):
        raise DomainError(
            "This call releases its decisions together. Prepare this one on the call's page "
            "“Decisions to release”.",
            "outcome",
        )
    change = gates.transition(at, outcome, stage=proposal.stage, back_to=choice.back_to)
    reason = written(choice.reason, "reason", "Write the reason for the decision.")
    end_reason = ending(outcome, choice.end_reason)
    check_hold(outcome, choice.hold_until, now)
    extended = check_extension(session, outcome, proposal, choice.extend_days, now)
    transferred_to = receiver(outcome, choice.transferred_to)
    target = (
        merge_target(session, actor, proposal, choice.merged_into_id) if outcome is Outcome.MERGE else None
    )
    checked = check_conditions(outcome, choice.conditions, now)
    evidence = gate_evidence.gather(session, proposal_id, at, now=now)
    require_ready(at, outcome, evidence.state.readiness)
    advice, stamp = advised(at.key, evidence.standing)
    return Examined(
        proposal=proposal,
        change=change,
        reason=reason,
        end_reason=end_reason,
        transferred_to=transferred_to,
        target=target,
        conditions=checked,
        extended_days=extended,
        evidence=evidence,
        advice=advice,
        stamp=stamp,
        contradicts=contradicts(advice, outcome, at.key),
    )


def advised(gate: GateKey, found: Standing | None) -> tuple[Advice | None, list[int]]:
    """What the criteria propose at a gate, and the verdicts behind it; only the scale decision has advice."""
    if gate is not GateKey.G4:
        return None, []
    return (propose([]), []) if found is None else (found.advice, found.stamp)


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
    check_seen(session, proposal, seen_version)
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
        open_pilot(session, proposal)
    if advances and at.key is GateKey.G2:
        _launch(session, proposal, now)
    if advances and at.key is GateKey.G4:
        fix_promises(session, proposal.id, now)
    if outcome is Outcome.REWORK:
        lapsing = gates.gates_from(change.stage) if change.leaves else (at.key,)
        lapse_checks(session, proposal.id, lapsing)
        if change.leaves and MAIN_STAGES.index(change.stage) < MAIN_STAGES.index(Stage.PILOT):
            proposal.midpoint_passed = False
    if advances and at.key is GateKey.G5:
        lapse_checks(session, proposal.id, (at.key,))
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


def _launch(session: Session, proposal: Proposal, now: datetime) -> None:
    """The pilot starts; without a planned first day it starts today, so that its midpoint is known."""
    pilot = open_pilot(session, proposal)
    pilot.launched_at = now
    if pilot.starts_on is None and pilot.ends_on is not None and pilot.ends_on > office_day(now):
        pilot.starts_on = office_day(now)
    proposal.midpoint_passed = False
