"""What happens between decisions: must-meets confirmed, conditions closed, more time given."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain import gates
from incubator.domain.access import Action, can_on_record
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.gate_rules import may_check, may_decide
from incubator.domain.gates import CheckKind, Gate, GateKey, MustMeet
from incubator.domain.roles import Actor
from incubator.flows.decision_parts import REASON_LIMIT, checked_days, require, ties_of, written
from incubator.flows.record import record
from incubator.flows.stages import lock_proposal, set_due
from incubator.models.gates import Condition, Extension, GateCheck
from incubator.models.proposals import Proposal
from incubator.queries import gates as query

ANSWERS = {True: "met", False: "not met", None: "not applicable"}


def check(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    gate: GateKey,
    key: str,
    met: bool | None,
    now: datetime,
    note: str = "",
) -> None:
    """Answer a must-meet that somebody has to confirm: met, not met, or (None) not applicable.

    A no and a not applicable say why. Answering the same again changes nothing.
    """
    proposal = lock_proposal(session, proposal_id)
    at = gates.GATES[gate]
    need = _confirmable(at, key)
    require(may_check(actor, need, ties_of(session, actor, proposal_id)))
    if at not in gates.current_gates(proposal.step):
        raise DomainError("This gate is not open at the moment.")
    note = note.strip()
    if met is not True:
        note = written(note, "note", "Write why it is not met or does not apply.")
    elif len(note) > REASON_LIMIT:
        raise DomainError("Use at most %(limit)s characters.", "note", limit=f"{REASON_LIMIT:,}")
    row = session.scalars(
        sa.select(GateCheck).where(
            GateCheck.proposal_id == proposal_id, GateCheck.gate == gate, GateCheck.key == key
        )
    ).one_or_none()
    if row is None:
        row = GateCheck(proposal_id=proposal_id, gate=gate, key=key)
        session.add(row)
    elif (row.met, row.note) == (met, note):
        return
    row.met, row.note, row.checked_by_id, row.checked_at = met, note, actor.person_id, now
    _changed(session, proposal, now)
    record(
        session,
        actor,
        now,
        EventKind.READINESS_CHECKED,
        proposal_id=proposal_id,
        agency_id=proposal.agency_id,
        need=need.words,
        gate=at.name,
        answer=ANSWERS[met],
    )


def close_condition(
    session: Session, actor: Actor, *, condition_id: int, note: str, now: datetime
) -> Condition:
    """Close a condition with a note on what was done. Its owner may, and who keeps the readiness list."""
    condition = session.get(Condition, condition_id)
    if condition is None:
        raise NotFound
    proposal = lock_proposal(session, condition.proposal_id)
    session.refresh(condition)
    ties = ties_of(session, actor, proposal.id)
    if condition.owner_id is None or condition.owner_id != actor.person_id:
        require(can_on_record(actor, Action.CHECK_READINESS, ties))
    if condition.closed_at is not None:
        raise DomainError("The condition is closed already.", "note")
    condition.closing_note = written(note, "note", "Write how the condition was met.")
    condition.closed_at = now
    condition.closed_by_id = actor.person_id
    _changed(session, proposal, now)
    record(
        session,
        actor,
        now,
        EventKind.CONDITION_CLOSED,
        proposal_id=proposal.id,
        agency_id=proposal.agency_id,
        condition=condition.text,
        note=condition.closing_note,
    )
    return condition


def extend_deadline(
    session: Session, actor: Actor, *, proposal_id: int, days: int, reason: str, now: datetime
) -> Extension:
    """Give the next gate up to 90 days beyond its due date, once for each stay in a stage."""
    proposal = lock_proposal(session, proposal_id)
    gate = gates.next_gate(proposal.step, midpoint_passed=proposal.midpoint_passed)
    ties = ties_of(session, actor, proposal_id)
    if gate is None or proposal.due_on is None:
        require(can_on_record(actor, Action.DECIDE, ties))
        raise DomainError("No decision is due that could be put off.")
    require(may_decide(actor, gate, ties))
    if query.extended_since(session, proposal_id, proposal.stage_entered_at):
        raise DomainError("More time was given once already in this stage. Now it is to be decided.")
    days = checked_days(proposal.due_on, days, "days", now)
    extension = Extension(
        proposal_id=proposal_id,
        gate=gate.key,
        days=days,
        reason=written(reason, "reason", "Write why it needs more time."),
        given_by_id=actor.person_id,
        given_at=now,
    )
    session.add(extension)
    session.flush()
    _changed(session, proposal, now)
    record(
        session,
        actor,
        now,
        EventKind.DEADLINE_EXTENDED,
        proposal_id=proposal_id,
        agency_id=proposal.agency_id,
        gate=gate.name,
        days=days,
        reason=extension.reason,
    )
    return extension


def _confirmable(gate: Gate, key: str) -> MustMeet:
    need = next((need for need in gate.must_meets if need.key == key), None)
    if need is None:
        raise NotFound
    if need.kind is CheckKind.AUTOMATIC:
        raise DomainError("This is read from the record itself and cannot be ticked by hand.")
    return need


def _changed(session: Session, proposal: Proposal, now: datetime) -> None:
    proposal.changed_at = now
    session.flush()
    set_due(session, proposal)
    session.flush()
