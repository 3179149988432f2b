"""The gates as data: what each asks, what must be met, whose move it is, what may be decided.

`missing` says what still stands between a record and a decision to advance; `outcomes` says what
may be decided now; `transition` says where a decision leads. Nothing here changes anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

from incubator.domain.errors import DomainError
from incubator.domain.roles import Role
from incubator.domain.stages import ENTRY_STEP, MAIN_STAGES, EndReason, Outcome, Stage, Step


class GateKey(StrEnum):
    G0 = "g0"
    G1 = "g1"
    G2 = "g2"
    G3 = "g3"
    G4 = "g4"
    G5 = "g5"


class CheckKind(StrEnum):
    """How a must-meet is known: from the record itself, or because somebody confirmed it."""

    AUTOMATIC = "automatic"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class MustMeet:
    """`firm` needs stand even when a record advances with conditions: a condition can promise a
    privacy triage, but not that somebody leads the pilot or that it has an end."""

    key: str
    words: str
    mover: Role
    kind: CheckKind = CheckKind.CONFIRMED
    firm: bool = False


@dataclass(frozen=True, slots=True)
class Gate:
    key: GateKey
    name: str
    question: str
    stage: Stage
    target: Stage
    must_meets: tuple[MustMeet, ...]
    deciders: frozenset[Role]
    limit_days: int
    outcomes: tuple[Outcome, ...]


def _auto(key: str, words: str, mover: Role, *, firm: bool = False) -> MustMeet:
    return MustMeet(key, words, mover, CheckKind.AUTOMATIC, firm)


_CONDITIONS = _auto(
    "conditions_closed", "Conditions of earlier gates are closed", Role.COORDINATOR, firm=True
)


_PANEL = frozenset({Role.GATEKEEPER})
_PANEL_AND_LEADERSHIP = frozenset({Role.GATEKEEPER, Role.LEADERSHIP})

_ENDINGS = (Outcome.STOP, Outcome.TRANSFER, Outcome.MERGE)
_MOVES = (Outcome.ADVANCE, Outcome.ADVANCE_WITH_CONDITIONS, Outcome.HOLD, Outcome.REWORK)

GATES: dict[GateKey, Gate] = {
    GateKey.G0: Gate(
        GateKey.G0,
        "Screening",
        "Is it in our remit, complete, and not already done?",
        Stage.IDEA,
        Stage.IDEA,
        (
            MustMeet("real_problem", "A real agency problem, not a wish for a product", Role.COORDINATOR),
            _auto("signed_off", "The agency's lead has signed off", Role.AGENCY_LEAD, firm=True),
            MustMeet("no_market", "No usable market solution, or the reason why not", Role.COORDINATOR),
            MustMeet("not_duplicate", "Not a duplicate of another proposal", Role.COORDINATOR),
        ),
        frozenset({Role.COORDINATOR}),
        14,
        (Outcome.ADVANCE, Outcome.STOP, Outcome.TRANSFER, Outcome.MERGE),
    ),
    GateKey.G1: Gate(
        GateKey.G1,
        "Selection",
        "Is it clear, aligned and worth it?",
        Stage.IDEA,
        Stage.DESIGN,
        (
            _auto("screened", "Screening is passed", Role.COORDINATOR, firm=True),
            _auto(
                "reviews_in",
                "The reviews asked for are in, from people without a conflict",
                Role.REVIEWER,
                firm=True,
            ),
            MustMeet("no_red_flag", "No red flag is open", Role.COORDINATOR),
        ),
        _PANEL,
        42,
        (*_MOVES, *_ENDINGS),
    ),
    GateKey.G2: Gate(
        GateKey.G2,
        "Launch",
        "Are the five practices of a good pilot met?",
        Stage.DESIGN,
        Stage.PILOT,
        (
            _auto("objectives", "Objectives are written down", Role.PILOT_LEAD),
            _auto("methodology", "The assessment method is written down", Role.PILOT_LEAD),
            _auto("scalability", "Criteria for scaling are written down", Role.PILOT_LEAD),
            _auto("analysis", "The data analysis plan is written down", Role.PILOT_LEAD),
            _auto("communication", "How stakeholders are kept informed is written down", Role.PILOT_LEAD),
            _auto(
                "baseline", "Every goal and guardrail has a measured baseline and a target", Role.PILOT_LEAD
            ),
            _auto("end_and_exit", "The end date and the exit are set", Role.PILOT_LEAD, firm=True),
            _auto("pilot_lead", "A pilot lead is named", Role.COORDINATOR, firm=True),
            _auto("product_owner", "A provisional product owner is named", Role.AGENCY_LEAD),
            _auto("plan_locked", "The evaluation plan is locked by two people", Role.EVALUATOR, firm=True),
            _CONDITIONS,
            MustMeet("privacy", "Privacy is triaged", Role.EVALUATOR),
            MustMeet("security", "Security is triaged", Role.EVALUATOR),
            MustMeet("accessibility", "Accessibility is triaged", Role.EVALUATOR),
            _auto("ai", "If it uses AI, the use is screened and may go on", Role.EVALUATOR),
        ),
        _PANEL,
        56,
        (*_MOVES, Outcome.STOP, Outcome.GOAL_MET, Outcome.TRANSFER, Outcome.MERGE),
    ),
    GateKey.G3: Gate(
        GateKey.G3,
        "Midpoint",
        "Is it on plan, or should it stop early?",
        Stage.PILOT,
        Stage.PILOT,
        (
            _auto("data_arriving", "Data are arriving", Role.PILOT_LEAD),
            _auto("guardrails", "Every alert of a guardrail is answered", Role.EVALUATOR),
            _CONDITIONS,
        ),
        _PANEL_AND_LEADERSHIP,
        0,
        (*_MOVES, Outcome.STOP, Outcome.GOAL_MET, Outcome.TRANSFER, Outcome.MERGE),
    ),
    GateKey.G4: Gate(
        GateKey.G4,
        "Scale",
        "Will anyone use this? Will everyone use this?",
        Stage.PILOT,
        Stage.SCALE,
        (
            _auto(
                "verdicts",
                "Every goal and guardrail fixed before the data has its verdict",
                Role.EVALUATOR,
            ),
            _auto("owner_accepted", "The product owner has accepted", Role.AGENCY_LEAD),
            _auto("funding", "The recurring cost has a funding line and a fiscal year", Role.AGENCY_LEAD),
            _auto("procurement", "The procurement route is clear", Role.COORDINATOR),
            _auto("support", "Support after the pilot is arranged", Role.AGENCY_LEAD),
            _auto("approvals", "Security, privacy and accessibility are approved", Role.EVALUATOR),
            _auto("typical_site", "It is said how typical the pilot's sites were", Role.PILOT_LEAD),
            _auto("lesson", "A lesson is written down", Role.PILOT_LEAD),
            _CONDITIONS,
        ),
        _PANEL_AND_LEADERSHIP,
        42,
        (*_MOVES, Outcome.EXTEND, Outcome.STOP, Outcome.GOAL_MET, Outcome.TRANSFER, Outcome.MERGE),
    ),
    GateKey.G5: Gate(
        GateKey.G5,
        "Benefit check",
        "Did the benefit come about?",
        Stage.SCALE,
        Stage.IN_SERVICE,
        (
            _auto(
                "benefit",
                "The realized benefit is recorded, or why it is unknown",
                Role.PILOT_LEAD,
                firm=True,
            ),
            _CONDITIONS,
        ),
        _PANEL_AND_LEADERSHIP,
        182,
        (
            Outcome.ADVANCE,
            Outcome.ADVANCE_WITH_CONDITIONS,
            Outcome.HOLD,
            Outcome.REWORK,
            Outcome.STOP,
            Outcome.TRANSFER,
        ),
    ),
}

ADVANCES: frozenset[Outcome] = frozenset({Outcome.ADVANCE, Outcome.ADVANCE_WITH_CONDITIONS})
ENDINGS: frozenset[Outcome] = frozenset({Outcome.STOP, Outcome.GOAL_MET, Outcome.TRANSFER, Outcome.MERGE})

IMPLIED_END_REASON: dict[Outcome, EndReason] = {
    Outcome.GOAL_MET: EndReason.GOALS_MET,
    Outcome.TRANSFER: EndReason.TRANSFERRED,
    Outcome.MERGE: EndReason.MERGED,
    Outcome.WITHDRAW: EndReason.WITHDRAWN,
}

STOP_REASONS: tuple[EndReason, ...] = (
    EndReason.DEMAND,
    EndReason.FEASIBILITY,
    EndReason.NO_EFFECT,
    EndReason.REDUNDANT,
    EndReason.OTHER_FUNDING,
    EndReason.SECURITY_PRIVACY,
    EndReason.VENDOR,
    EndReason.TIME_LIMIT,
)
"""What may be chosen when work is stopped; the other reasons belong to other outcomes."""

STEP_GATES: dict[Step, tuple[GateKey, ...]] = {
    Step.SCREENING: (GateKey.G0,),
    Step.INFORMATION: (GateKey.G0,),
    Step.REVIEW: (GateKey.G1,),
    Step.DESIGN: (GateKey.G2,),
    Step.RUNNING: (GateKey.G3, GateKey.G4),
    Step.SCALING: (GateKey.G5,),
    Step.IN_SERVICE: (GateKey.G5,),
}


@dataclass(frozen=True, slots=True)
class Missing:
    key: str
    words: str
    mover: Role
    firm: bool = False
    denied: bool = False
    """Somebody looked and said no, which is more than nobody having looked."""


@dataclass(frozen=True, slots=True)
class Readiness:
    """What is known of a record at a gate. `facts` answers the automatic must-meets, `confirmed`
    the others: True met, False not met, None not applicable (counts as met). `refused` names the automatic
    ones that somebody answered with no, such as an approval that was refused."""

    facts: Mapping[str, bool | None] = field(default_factory=dict)
    confirmed: Mapping[str, bool | None] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()


def is_met(need: MustMeet, readiness: Readiness) -> bool:
    return _known(need, readiness).get(need.key, False) is not False


def is_denied(need: MustMeet, readiness: Readiness) -> bool:
    """Whether somebody answered the must-meet with no, which is more than nobody having answered."""
    if need.kind is CheckKind.AUTOMATIC:
        return need.key in readiness.refused and not is_met(need, readiness)
    return readiness.confirmed.get(need.key) is False


def applies(need: MustMeet, readiness: Readiness) -> bool:
    return _known(need, readiness).get(need.key, False) is not None


def _known(need: MustMeet, readiness: Readiness) -> Mapping[str, bool | None]:
    return readiness.facts if need.kind is CheckKind.AUTOMATIC else readiness.confirmed


def missing(gate: Gate, readiness: Readiness) -> tuple[Missing, ...]:
    """The must-meets that are not met yet, in the gate's order."""
    return tuple(
        Missing(need.key, need.words, need.mover, need.firm, is_denied(need, readiness))
        for need in gate.must_meets
        if not is_met(need, readiness)
    )


def blocking(gate: Gate, outcome: Outcome, readiness: Readiness) -> tuple[Missing, ...]:
    """What is missing and stands in the way of this outcome.

    Nothing may be missing to advance. Conditions openly cover what is merely not done yet, never a
    firm need nor a must-meet that was answered with no.
    """
    if outcome not in ADVANCES:
        return ()
    open_needs = missing(gate, readiness)
    if outcome is Outcome.ADVANCE:
        return open_needs
    return tuple(need for need in open_needs if need.firm or need.denied)


def gates_from(stage: Stage) -> tuple[GateKey, ...]:
    """The gates of this stage and of those after it."""
    return tuple(
        gate.key for gate in GATES.values() if MAIN_STAGES.index(gate.stage) >= MAIN_STAGES.index(stage)
    )


def current_gates(step: Step) -> tuple[Gate, ...]:
    """The gates that can be decided in this step; empty while drafting, on hold or closed."""
    return tuple(GATES[key] for key in STEP_GATES.get(step, ()))


def next_gate(step: Step, *, midpoint_passed: bool = False) -> Gate | None:
    """The gate that comes next, for the lists: the midpoint until it was passed, then scale."""
    gates = current_gates(step)
    if step is Step.RUNNING:
        return gates[1] if midpoint_passed else gates[0]
    return gates[0] if gates and step is not Step.IN_SERVICE else None


def earlier_stages(stage: Stage) -> tuple[Stage, ...]:
    """The stages a record may be sent back to."""
    return MAIN_STAGES[: MAIN_STAGES.index(stage)] if stage in MAIN_STAGES else ()


@dataclass(frozen=True, slots=True)
class NewCondition:
    """Something to be done before the next gate. The owner is a person of ours or a written name."""

    text: str
    due_on: date | None
    owner_name: str = ""
    owner_id: int | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    stage: Stage
    step: Step
    leaves: bool
    """False when the record stays where it is (a midpoint passed, screening passed)."""


def transition(gate: Gate, outcome: Outcome, *, stage: Stage, back_to: Stage | None = None) -> Transition:
    """Where the outcome of a gate leads.

    Raises DomainError when the outcome is not one of the gate's, or the stage to go back to is not
    an earlier one.
    """
    if outcome not in gate.outcomes:
        raise DomainError("This gate cannot be decided that way.", "outcome")
    if outcome in ADVANCES:
        if gate.key is GateKey.G0:
            return Transition(Stage.IDEA, Step.REVIEW, leaves=False)
        return Transition(gate.target, ENTRY_STEP[gate.target], leaves=gate.target is not stage)
    if outcome is Outcome.EXTEND:
        return Transition(stage, ENTRY_STEP[stage], leaves=False)
    if outcome is Outcome.HOLD:
        return Transition(Stage.ON_HOLD, Step.ON_HOLD, leaves=True)
    if outcome is Outcome.REWORK:
        if stage is Stage.IDEA:
            return Transition(Stage.IDEA, Step.INFORMATION, leaves=False)
        if back_to is None or back_to not in earlier_stages(stage):
            raise DomainError("Choose the stage it goes back to.", "back_to")
        return Transition(back_to, ENTRY_STEP[back_to], leaves=True)
    return Transition(Stage.CLOSED, Step.CLOSED, leaves=True)


def resume(stage: Stage, *, screened: bool, submitted: bool = True) -> Transition:
    """Where a record goes that comes back from hold or is revived.

    Back into the stage it left. An idea goes on to review only when its screening was passed; one
    that was never handed in is a draft again.
    """
    if stage is Stage.IDEA:
        step = (Step.REVIEW if screened else Step.SCREENING) if submitted else Step.DRAFT
        return Transition(stage, step, leaves=True)
    return Transition(stage, ENTRY_STEP[stage], leaves=True)


def due_on(
    gate: Gate,
    *,
    entered: date,
    limits: Mapping[str, int],
    pilot_start: date | None = None,
    pilot_end: date | None = None,
    extended_days: int = 0,
) -> date | None:
    """The day by which the gate is to be decided; None where no limit can be told yet.

    A call may set its own limits (days by gate). The midpoint lies halfway through the pilot, the
    scale decision its limit after the pilot's end.
    """
    days = limits.get(gate.key.value, gate.limit_days) + extended_days
    if gate.key is GateKey.G3:
        if pilot_start is None or pilot_end is None:
            return None
        return pilot_start + (pilot_end - pilot_start) / 2 + timedelta(days=extended_days)
    if gate.key is GateKey.G4:
        return None if pilot_end is None else pilot_end + timedelta(days=days)
    return entered + timedelta(days=days)
