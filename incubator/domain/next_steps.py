"""What a record waits for: whether something is to be done now, and which roles do it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from incubator.domain.gates import Gate, GateKey, Missing, current_gates, next_gate
from incubator.domain.roles import Role
from incubator.domain.stages import Stage, Step

SOON = timedelta(days=14)
"""How long before its due date a decision that has a fixed day is looked at."""

BEFORE_A_GATE: dict[Step, tuple[Role, ...]] = {
    Step.DRAFT: (Role.SUBMITTER,),
    Step.SIGN_OFF: (Role.AGENCY_LEAD,),
    Step.SCREENING: (Role.COORDINATOR,),
    Step.INFORMATION: (Role.SUBMITTER, Role.AGENCY_LEAD),
}
"""Steps in which the same roles act whatever is missing."""

WITH_A_DAY = frozenset({Step.RUNNING, Step.SCALING, Step.IN_SERVICE, Step.ON_HOLD})
"""Steps that are looked at on a day and not as soon as they begin."""

LEADERSHIP_STAGES = (Stage.PILOT, Stage.SCALE, Stage.IN_SERVICE)
"""Stages in which leadership decides beside the gatekeepers."""

CONDITIONS = "conditions_closed"
REVIEWS = "reviews_in"
OWNER = "owner_accepted"


@dataclass(frozen=True, slots=True)
class Waits:
    """`needs` are the must-meets whose roles act, in the gate's order; empty when the gate can be decided or
    the step knows its roles without them. `decides` says that the roles decide at the gate."""

    roles: tuple[Role, ...]
    needs: tuple[Missing, ...] = ()
    decides: bool = False


NOTHING = Waits(())


def gate_of(step: Step, *, midpoint_passed: bool) -> Gate | None:
    """The gate at which the record is decided next; what is in service is checked again at the last one."""
    return next_gate(step, midpoint_passed=midpoint_passed) or next(iter(current_gates(step)), None)


def is_due(due_on: date | None, today: date) -> bool:
    """Whether the due date has passed, is today, or comes within two weeks."""
    return due_on is not None and due_on <= today + SOON


def overdue_days(due_on: date | None, today: date) -> int:
    """Full days since the due date; 0 until it has passed."""
    return 0 if due_on is None else max(0, (today - due_on).days)


def waits_for(
    step: Step,
    gate: Gate | None,
    missing: Collection[Missing],
    *,
    stage: Stage,
    due_on: date | None,
    today: date,
) -> Waits:
    """Which roles must act now; none where nothing is to be done before a day that is still far.

    `stage` is the main stage, the one left where work is on hold. Reviews come before everything else
    that selection asks for; a benefit check is waited for until the benefit is recorded. Where all that is
    missing was answered with no, those who decide act: they hold it, send it back or end it. While something
    else is missing, whoever answered no acts too, for their answer is part of what is missing.
    """
    if step in BEFORE_A_GATE:
        return Waits(BEFORE_A_GATE[step], decides=step is Step.SCREENING)
    if step is Step.ON_HOLD:
        return Waits(deciders(None, stage), decides=True) if due_on and due_on <= today else NOTHING
    if gate is None:
        return NOTHING
    if step is Step.IN_SERVICE:
        return Waits((Role.PILOT_LEAD,)) if is_due(due_on, today) else NOTHING
    needs = tuple(missing)
    begins = is_due(due_on, today) or (gate.key is GateKey.G4 and not needs)
    if step in WITH_A_DAY and due_on is not None and not begins and not (step is Step.SCALING and not needs):
        return NOTHING
    if all(need.denied for need in needs):
        return Waits(deciders(gate, stage), decides=True)
    reviews = tuple(need for need in needs if need.key == REVIEWS)
    asked = reviews or needs
    return Waits(tuple(dict.fromkeys(need.mover for need in asked)), asked)


def deciders(gate: Gate | None, stage: Stage) -> tuple[Role, ...]:
    """The roles that decide at the gate or, without one, on work that is on hold."""
    if gate is not None and Role.COORDINATOR in gate.deciders:
        return (Role.COORDINATOR,)
    later = stage in LEADERSHIP_STAGES and (gate is None or Role.LEADERSHIP in gate.deciders)
    return (Role.GATEKEEPER, Role.LEADERSHIP) if later else (Role.GATEKEEPER,)
