"""The gates as a whole: every outcome leads somewhere, every stage is reached, nothing is unsaid."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from incubator.domain.errors import DomainError
from incubator.domain.gates import (
    ADVANCES,
    ENDINGS,
    GATES,
    IMPLIED_END_REASON,
    STEP_GATES,
    STOP_REASONS,
    CheckKind,
    GateKey,
    Readiness,
    applies,
    blocking,
    current_gates,
    due_on,
    earlier_stages,
    gates_from,
    is_met,
    missing,
    next_gate,
    resume,
    transition,
)
from incubator.domain.roles import Role
from incubator.domain.stages import MAIN_STAGES, STAGE_OF, EndReason, Outcome, Stage, Step
from incubator.domain.words import END_REASONS, GATE_LABELS, OUTCOMES, ROLES


def met(gate, *, facts=True, confirmed: bool | None = True) -> Readiness:
    return Readiness(
        {need.key: facts for need in gate.must_meets if need.kind is CheckKind.AUTOMATIC},
        {need.key: confirmed for need in gate.must_meets if need.kind is CheckKind.CONFIRMED},
    )


def destinations(gate, outcome, stage):
    if outcome is Outcome.REWORK and stage is not Stage.IDEA:
        return [transition(gate, outcome, stage=stage, back_to=back) for back in earlier_stages(stage)]
    return [transition(gate, outcome, stage=stage)]


def situations():
    """Every gate in every step in which it can be decided."""
    return [(gate, step) for step in STEP_GATES for gate in current_gates(step)]


@pytest.mark.parametrize(("gate", "step"), situations())
def test_every_outcome_leads_to_a_step_of_its_stage(gate, step):
    for outcome in gate.outcomes:
        for change in destinations(gate, outcome, STAGE_OF[step]):
            assert STAGE_OF[change.step] is change.stage
            assert change.leaves is (change.stage is not STAGE_OF[step])
            assert (change.stage is Stage.CLOSED) is (outcome in ENDINGS)
            assert (change.stage is Stage.ON_HOLD) is (outcome is Outcome.HOLD)


def test_every_gate_is_open_somewhere_in_its_own_stage():
    for key, gate in GATES.items():
        steps = [step for step in STEP_GATES if gate in current_gates(step)]
        assert gate.key is key
        assert steps
        assert gate.stage in {STAGE_OF[step] for step in steps}


def test_every_stage_and_step_past_sign_off_is_reached():
    reached, seen = [Step.SCREENING], set()
    while reached:
        step = reached.pop()
        if step in seen:
            continue
        seen.add(step)
        for gate in current_gates(step):
            for outcome in gate.outcomes:
                reached += [change.step for change in destinations(gate, outcome, STAGE_OF[step])]
    # A draft and its sign-off come before the gates.
    assert seen == set(Step) - {Step.DRAFT, Step.SIGN_OFF}
    assert set(Stage) == {STAGE_OF[step] for step in seen}


def test_advancing_gate_after_gate_leads_from_idea_to_service():
    path, step = [], Step.SCREENING
    passed = False
    while (gate := next_gate(step, midpoint_passed=passed)) is not None:
        passed = passed or gate.key is GateKey.G3
        step = transition(gate, Outcome.ADVANCE, stage=STAGE_OF[step]).step
        path.append(gate.key)
    assert path == list(GateKey)
    assert step is Step.IN_SERVICE


def test_everything_has_words():
    for gate in GATES.values():
        assert gate.question.endswith("?")
        assert gate.name == GATE_LABELS[gate.key]
        assert gate.deciders
        assert gate.must_meets
        keys = [need.key for need in gate.must_meets]
        assert len(keys) == len(set(keys))
        for need in gate.must_meets:
            assert need.words[0].isupper()
            assert not need.words.endswith(".")
            assert need.mover in ROLES
        for outcome in gate.outcomes:
            assert OUTCOMES[outcome].staff
            assert OUTCOMES[outcome].plain
    assert set(OUTCOMES) == set(Outcome)
    assert set(END_REASONS) == set(EndReason)


def test_every_ending_has_its_reasons_and_no_reason_belongs_to_two():
    assert set(IMPLIED_END_REASON) == ENDINGS - {Outcome.STOP} | {Outcome.WITHDRAW}
    assert not set(STOP_REASONS) & set(IMPLIED_END_REASON.values())
    assert set(STOP_REASONS) | set(IMPLIED_END_REASON.values()) | {EndReason.UNKNOWN} == set(EndReason)


@pytest.mark.parametrize("gate", GATES.values(), ids=lambda gate: gate.key.value)
def test_advance_needs_everything_and_one_gap_is_enough_to_stop_it(gate):
    assert missing(gate, met(gate)) == ()
    assert blocking(gate, Outcome.ADVANCE, met(gate)) == ()
    assert len(missing(gate, Readiness())) == len(gate.must_meets)
    for need in gate.must_meets:
        whole = met(gate)
        facts = {key: value for key, value in whole.facts.items() if key != need.key}
        confirmed = {key: value for key, value in whole.confirmed.items() if key != need.key}
        open_needs = blocking(gate, Outcome.ADVANCE, Readiness(facts, confirmed))
        assert [one.key for one in open_needs] == [need.key]
        assert open_needs[0].mover is need.mover


@pytest.mark.parametrize("gate", GATES.values(), ids=lambda gate: gate.key.value)
def test_conditions_cover_what_is_open_but_no_firm_need_and_no_denial(gate):
    nothing_known = blocking(gate, Outcome.ADVANCE_WITH_CONDITIONS, Readiness())
    assert {need.key for need in nothing_known} == {need.key for need in gate.must_meets if need.firm}
    denied = blocking(gate, Outcome.ADVANCE_WITH_CONDITIONS, met(gate, confirmed=False))
    assert {need.key for need in denied} == {
        need.key for need in gate.must_meets if need.kind is CheckKind.CONFIRMED
    }
    for outcome in set(gate.outcomes) - ADVANCES:
        assert blocking(gate, outcome, Readiness()) == ()


def test_not_applicable_counts_as_met_and_a_wrong_kind_of_answer_does_not():
    gate = GATES[GateKey.G2]
    assert missing(gate, met(gate, confirmed=None)) == ()
    ticked = Readiness({}, {need.key: True for need in gate.must_meets})
    assert {need.key for need in missing(gate, ticked)} == {
        need.key for need in gate.must_meets if need.kind is CheckKind.AUTOMATIC
    }


def test_outcomes_that_are_not_the_gates_own_are_refused():
    for gate in GATES.values():
        for outcome in set(Outcome) - set(gate.outcomes):
            with pytest.raises(DomainError):
                transition(gate, outcome, stage=gate.stage, back_to=Stage.IDEA)


@pytest.mark.parametrize(
    ("stage", "back_to"),
    [
        (Stage.PILOT, None),
        (Stage.PILOT, Stage.PILOT),
        (Stage.PILOT, Stage.SCALE),
        (Stage.DESIGN, Stage.CLOSED),
    ],
)
def test_rework_goes_back_and_nowhere_else(stage, back_to):
    gate = GATES[GateKey.G4 if stage is Stage.PILOT else GateKey.G2]
    with pytest.raises(DomainError):
        transition(gate, Outcome.REWORK, stage=stage, back_to=back_to)


def test_coming_back_keeps_the_stage_and_repeats_a_screening_that_was_not_passed():
    for stage in MAIN_STAGES[1:]:
        change = resume(stage, screened=False)
        assert (change.stage, STAGE_OF[change.step]) == (stage, stage)
    assert resume(Stage.IDEA, screened=True).step is Step.REVIEW
    assert resume(Stage.IDEA, screened=False).step is Step.SCREENING
    assert resume(Stage.IDEA, screened=False, submitted=False).step is Step.DRAFT


def test_gates_from_a_stage_on():
    assert gates_from(Stage.IDEA) == tuple(GateKey)
    assert gates_from(Stage.DESIGN) == (GateKey.G2, GateKey.G3, GateKey.G4, GateKey.G5)
    assert gates_from(Stage.IN_SERVICE) == ()


def test_who_decides_follows_the_table():
    panel, both = {Role.GATEKEEPER}, {Role.GATEKEEPER, Role.LEADERSHIP}
    assert {key: set(gate.deciders) for key, gate in GATES.items()} == {
        GateKey.G0: {Role.COORDINATOR}, GateKey.G1: panel, GateKey.G2: panel,
        GateKey.G3: both, GateKey.G4: both, GateKey.G5: both,
    }  # fmt: skip


DAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (GateKey.G0, DAY + timedelta(14)),
        (GateKey.G1, DAY + timedelta(42)),
        (GateKey.G2, DAY + timedelta(56)),
        (GateKey.G3, date(2026, 6, 1)),
        (GateKey.G4, date(2026, 7, 1) + timedelta(42)),
        (GateKey.G5, DAY + timedelta(182)),
    ],
)
def test_limits(key, expected):
    plan = {"pilot_start": date(2026, 5, 2), "pilot_end": date(2026, 7, 1)}
    assert due_on(GATES[key], entered=DAY, limits={}, **plan) == expected
    assert due_on(GATES[key], entered=DAY, limits={}, extended_days=9, **plan) == expected + timedelta(9)
    unplanned = due_on(GATES[key], entered=DAY, limits={})
    assert unplanned == (None if key in (GateKey.G3, GateKey.G4) else expected)


def test_a_call_sets_its_own_limits():
    assert due_on(GATES[GateKey.G1], entered=DAY, limits={"g1": 10}) == DAY + timedelta(10)


def test_what_does_not_apply_counts_as_met_whoever_says_so():
    gate = GATES[GateKey.G2]
    needs = {need.key: need for need in gate.must_meets}
    readiness = Readiness({"ai": None, "plan_locked": False}, {"privacy": None, "security": True})
    assert [key for key, need in needs.items() if is_met(need, readiness)] == ["privacy", "security", "ai"]
    assert [key for key, need in needs.items() if not applies(need, readiness)] == ["privacy", "ai"]


def test_no_condition_covers_a_plan_that_is_not_locked():
    gate = GATES[GateKey.G2]
    ready = met(gate)
    open_plan = Readiness({**ready.facts, "plan_locked": False}, ready.confirmed)
    assert [need.key for need in blocking(gate, Outcome.ADVANCE_WITH_CONDITIONS, open_plan)] == [
        "plan_locked"
    ]
    assert blocking(gate, Outcome.STOP, open_plan) == ()


def test_what_is_evaluated_and_prepared_is_read_from_the_record():
    read_there = {
        GateKey.G2: {"plan_locked", "ai"},
        GateKey.G3: {"guardrails"},
        GateKey.G4: {"verdicts", "owner_accepted", "funding", "procurement", "support", "approvals", "typical_site"},
    }  # fmt: skip
    for key, keys in read_there.items():
        automatic = {need.key for need in GATES[key].must_meets if need.kind is CheckKind.AUTOMATIC}
        assert keys <= automatic
