"""What the gates read from the record says the same as the pages where it is done."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
import sqlalchemy as sa

from incubator.domain.ai import AiLevel, EscalationAnswer
from incubator.domain.evaluation import AlertKind, Arm, Verdict
from incubator.domain.gates import GATES, GateKey, blocking, missing
from incubator.domain.pilots import CriterionKind
from incubator.domain.scaling import NEEDS, ApprovalArea, ApprovalState
from incubator.domain.stages import Outcome, Step
from incubator.models.ai import AiPractice
from incubator.models.evaluation import GuardrailAlert
from incubator.models.pilots import Reading
from incubator.models.proposals import Proposal
from incubator.models.scaling import ScaleApproval
from incubator.queries.ai import ai_state
from incubator.queries.gate_facts import FACTS
from incubator.queries.gate_metrics import metric_states
from incubator.queries.gates import gate_state, gate_states
from incubator.queries.scaling import scale_state
from tests.evaluated import criterion, judge_all, lock, pilot_of, prepare_scaling, screen_ai, verdict


@pytest.fixture
def running(world):
    proposal = world.proposal(step=Step.RUNNING)
    world.pilot(proposal, product_owner_id=world.person("Olga").id)
    return proposal


def fact(session, proposal, key):
    return bool(session.scalar(sa.select(FACTS[key]).select_from(Proposal).where(Proposal.id == proposal.id)))


def owed(session, proposal, gate, now):
    return {
        need.key
        for need in missing(GATES[gate], gate_state(session, proposal.id, GATES[gate], now=now).readiness)
    }


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"owner_accepted_at": None},
        {"funding_line": "  "},
        {"recurring_cents": None},
        {"recurring_cents": 0},
        {"fiscal_year": None},
        {"procurement": ""},
        {"support": " "},
        {"typicality": ""},
    ],
)
def test_scaling_stands_at_the_gate_as_on_its_page(session, world, running, values, now):
    prepare_scaling(world, running, **values)
    state = scale_state(session, [running.id])[running.id]
    assert {key: fact(session, running, key) for key in NEEDS} == {key: getattr(state, key) for key in NEEDS}
    assert owed(session, running, GateKey.G4, now) >= set(state.missing)


def test_another_product_owner_has_not_accepted(session, world, running):
    prepare_scaling(world, running)
    pilot_of(world, running).product_owner_id = world.person("Otto").id
    session.flush()
    assert not fact(session, running, "owner_accepted")
    assert not scale_state(session, [running.id])[running.id].owner_accepted


@pytest.mark.parametrize("state", list(ApprovalState))
def test_an_approval_refused_or_open_is_none(session, world, running, state):
    prepare_scaling(world, running)
    row = session.scalars(sa.select(ScaleApproval).where(ScaleApproval.area == ApprovalArea.PRIVACY)).one()
    row.state = state
    session.flush()
    assert fact(session, running, "approvals") is scale_state(session, [running.id])[running.id].approvals


def test_a_plan_is_locked_by_two(session, world, running, now):
    assert not fact(session, running, "plan_locked")
    row = lock(world, running, confirmed_at=None)
    assert not fact(session, running, "plan_locked")
    row.confirmed_at, row.confirmed_by_id = now, world.person().id
    session.flush()
    assert fact(session, running, "plan_locked")


def test_every_criterion_fixed_before_the_data_needs_its_verdict(session, world, running, now):
    assert not fact(session, running, "verdicts")
    goal = criterion(world, running)
    guardrail = criterion(world, running, "Complaints", CriterionKind.GUARDRAIL)
    criterion(world, running, "Weather", CriterionKind.CONTEXT)
    criterion(world, running, "Praise", post_hoc_at=now)
    verdict(world, goal, Verdict.INCONCLUSIVE)
    assert not fact(session, running, "verdicts")
    verdict(world, guardrail, Verdict.NOT_YET)
    assert not fact(session, running, "verdicts")
    verdict(world, guardrail, Verdict.NOT_MET)
    assert fact(session, running, "verdicts")
    another = world.proposal(step=Step.RUNNING)
    verdict(world, criterion(world, another, "Complaints", CriterionKind.GUARDRAIL))
    assert not fact(session, another, "verdicts")


def test_an_alert_waits_until_it_is_answered(session, world, running, now):
    guardrail = criterion(world, running, "Complaints", CriterionKind.GUARDRAIL)
    reading = world.add(Reading(metric_id=guardrail.id, taken_on=now.date(), value=99, recorded_at=now))
    assert fact(session, running, "guardrails")
    alert = world.add(
        GuardrailAlert(metric_id=guardrail.id, reading_id=reading.id, kind=AlertKind.LIMIT, raised_at=now)
    )
    assert "guardrails" in owed(session, running, GateKey.G3, now)
    alert.answered_at, alert.answer = now, "The form was changed back."
    session.flush()
    assert "guardrails" not in owed(session, running, GateKey.G3, now)


def test_ai_is_asked_only_where_it_is_used_and_with_its_practices(session, world, now):
    plain, clever = world.proposal(step=Step.DESIGN), world.proposal(step=Step.DESIGN, uses_ai=True)
    assert "ai" not in owed(session, plain, GateKey.G2, now)
    assert "ai" in owed(session, clever, GateKey.G2, now)
    screen_ai(world, clever)
    assert "ai" not in owed(session, clever, GateKey.G2, now)
    session.execute(sa.delete(AiPractice))
    assert "ai" in owed(session, clever, GateKey.G2, now)


def test_the_gate_asks_of_ai_what_its_own_page_asks(session, world, now):
    boss = world.person().id
    records = []
    for uses, level, endorsed, answer, practised in product(
        (False, True),
        (None, *AiLevel),
        (False, True),
        (None, EscalationAnswer.ALLOWED_WITH_LIMITS, EscalationAnswer.REFUSED),
        (False, True),
    ):
        proposal = world.proposal(step=Step.DESIGN, uses_ai=uses)
        records.append(proposal)
        if level is None:
            continue
        signed = {"answered_at": now, "answered_by_id": boss, "escalated_at": now, "escalated_by_id": boss}
        row = screen_ai(
            world,
            proposal,
            level,
            answers={"principal": level is AiLevel.HIGH, "personal": level is not AiLevel.LOW},
            endorsed_at=now if endorsed else None,
            escalation_answer=answer,
            escalation_note="" if answer is None else "As asked.",
            **({} if answer is None else signed),
        )
        if not practised:
            session.execute(sa.delete(AiPractice).where(AiPractice.screening_id == row.id))
    ids = [proposal.id for proposal in records]
    states = ai_state(session, ids)
    gates = gate_states(session, dict.fromkeys(ids, GATES[GateKey.G2]), now=now)
    asked = {key: state.readiness.facts["ai"] for key, state in gates.items()}
    assert asked == {key: state.ready if state.relevant else None for key, state in states.items()}
    assert [list(asked.values()).count(value) for value in (None, True, False)] == [12, 14, 70]
    # What waits for the incubator is a part of it: nothing is ready that its list still names.
    assert all(fact(session, proposal, "ai") for proposal in records if states[proposal.id].ready)


def test_only_the_pilots_own_readings_count_as_arriving(session, world, running, now):
    goal = criterion(world, running)
    old, new = now.date() - timedelta(days=400), now.date()
    for day, value, arm in ((old, 40, Arm.PILOT), (new, 48, Arm.COMPARISON)):
        world.add(Reading(metric_id=goal.id, taken_on=day, value=value, arm=arm, recorded_at=now))
    (state,) = metric_states(session, [running.id])[running.id]
    assert (state.latest, state.latest_on, state.readings) == (40, old, 1)
    assert "data_arriving" in owed(session, running, GateKey.G3, now)
    world.add(Reading(metric_id=goal.id, taken_on=new, value=39, recorded_at=now))
    assert "data_arriving" not in owed(session, running, GateKey.G3, now)


def test_other_records_answer_for_themselves_only(session, world, running):
    other = world.proposal(step=Step.RUNNING)
    lock(world, other)
    judge_all(world, other)
    prepare_scaling(world, other)
    found = {key: fact(session, running, key) for key in FACTS}
    assert found == {key: key in ("guardrails", "ai") for key in FACTS}


@pytest.mark.parametrize("area", ApprovalArea)
def test_no_condition_covers_a_refused_approval(session, world, running, area, now):
    judge_all(world, running)
    prepare_scaling(world, running)
    approval = session.scalars(
        sa.select(ScaleApproval).where(ScaleApproval.proposal_id == running.id, ScaleApproval.area == area)
    ).one()
    for state, stands_in_the_way in ((ApprovalState.OPEN, []), (ApprovalState.REFUSED, ["approvals"])):
        approval.state = state
        session.flush()
        readiness = gate_state(session, running.id, GATES[GateKey.G4], now=now).readiness
        needs = blocking(GATES[GateKey.G4], Outcome.ADVANCE_WITH_CONDITIONS, readiness)
        assert [need.key for need in needs] == stands_in_the_way
