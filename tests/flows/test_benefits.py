"""The benefits register: promised before the decision to scale, fixed by it, measured afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from incubator.domain.benefits import BenefitKind, Certainty
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey
from incubator.domain.roles import SYSTEM, Role
from incubator.domain.stages import Outcome, Stage, Step
from incubator.flows import benefits as flow
from incubator.flows.stages import set_due
from incubator.models.benefits import Benefit, PromisedBenefit
from incubator.models.history import Event
from incubator.models.proposals import StageSpell
from incubator.queries import benefits as query
from tests.flows.deciders import confirm, decide, fill_plan

OVERTIME = flow.Promise(
    "Overtime in the call center", BenefitKind.CASH, "", "Olga Owner", 90_000_00, "Payroll 2025",
    20_000_00, 30_000_00, 45_000_00, 3, None, "Overtime, line 4711",
)  # fmt: skip
HOURS = replace(OVERTIME, name="Time of clerks", kind=BenefitKind.HOURS, budget_line="", baseline=None)
FOUND = flow.Measured(6, Certainty.CONFIRMED, 24_000_00, 22_000_00, 26_000_00, "Payroll, January to June", "")
UNKNOWN = flow.Measured(6, Certainty.UNKNOWN, None, None, None, "", "Payroll moved to another system")


@pytest.fixture
def piloted(world):
    proposal = world.proposal(step=Step.RUNNING)
    person = world.person("Lena", Role.PILOT_LEAD)
    world.pilot(proposal, lead_id=person.id)
    return proposal, world.actor(person)


def scale(world, proposal, days_ago):
    """Put the record where a decision to scale so many days ago would have put it."""
    proposal.stage, proposal.step = Stage.SCALE, Step.SCALING
    world.add(
        StageSpell(
            proposal_id=proposal.id, stage=Stage.SCALE, entered_at=world.now - timedelta(days=days_ago)
        )
    )


def events(session, kind):
    return session.query(Event).filter_by(kind=kind).order_by(Event.id).all()


def test_a_promise_is_made_changed_removed_and_put_back(session, piloted, now):
    proposal, lead = piloted
    row = flow.promise_benefit(session, lead, proposal.id, OVERTIME, now=now)
    session.flush()
    cheaper = replace(OVERTIME, likely=25_000_00, starts_on=date(2027, 7, 1))
    flow.change_promise(session, lead, proposal.id, row.id, cheaper, seen_version=1, now=now)
    session.flush()
    with pytest.raises(StaleVersion) as stale:
        flow.change_promise(session, lead, proposal.id, row.id, OVERTIME, seen_version=1, now=now)
    assert (stale.value.theirs["likely"], stale.value.version) == (25_000_00, 2)
    flow.remove_promise(session, lead, proposal.id, row.id, now=now)
    assert query.promises_of(session, proposal.id) == []
    with pytest.raises(NotFound):
        flow.change_promise(session, lead, proposal.id, row.id, OVERTIME, seen_version=3, now=now)
    flow.remove_promise(session, lead, proposal.id, row.id, now=now, undo=True)
    (kept,) = query.promises_of(session, proposal.id)
    assert (kept.name, kept.low, kept.likely, kept.high, kept.starts_on, kept.fixed_at, kept.late) == (
        "Overtime in the call center", 20_000_00, 25_000_00, 45_000_00, date(2027, 7, 1), None, False,
    )  # fmt: skip
    told = events(session, EventKind.BENEFIT_PROMISE_CHANGED)
    assert [event.details.get("change") or event.details["before"] for event in told] == [
        {"likely": 30_000_00, "starts_on": None},
        "removed",
        "put back",
    ]
    assert events(session, EventKind.BENEFIT_PROMISED)[0].details["promise"]["likely"] == 30_000_00


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"owner_name": ""}, "owner_name"),
        ({"budget_line": ""}, "budget_line"),
        ({"kind": BenefitKind.HOURS}, "budget_line"),
        ({"kind": BenefitKind.OTHER, "budget_line": ""}, "unit"),
        ({"likely": 0, "low": 0}, "likely"),
        ({"low": 30_000_01}, "low"),
        ({"high": 29_999_99}, "high"),
        ({"years": 0}, "years"),
        ({"years": 21}, "years"),
        ({"high": 10**15 + 1}, "high"),
        ({"starts_on": date(9999, 1, 1)}, "starts_on"),
        ({"baseline": -(10**15) - 1}, "baseline"),
    ],
)
def test_a_promise_that_means_nothing_is_refused_beside_its_field(session, piloted, now, changes, field):
    proposal, lead = piloted
    with pytest.raises(DomainError) as refused:
        flow.promise_benefit(session, lead, proposal.id, replace(OVERTIME, **changes), now=now)
    assert (refused.value.field, session.query(PromisedBenefit).count()) == (field, 0)


def test_only_who_writes_the_lesson_promises(session, world, piloted, now):
    proposal, lead = piloted
    row = flow.promise_benefit(session, lead, proposal.id, OVERTIME, now=now)
    other = world.proposal(step=Step.RUNNING)
    world.pilot(other, lead_id=lead.person_id)
    with pytest.raises(NotFound):
        flow.change_promise(session, lead, other.id, row.id, OVERTIME, seen_version=1, now=now)
    with pytest.raises(Forbidden):
        flow.promise_benefit(
            session, world.actor(world.person("Lou", Role.LEADERSHIP)), proposal.id, OVERTIME, now=now
        )
    with pytest.raises(NotFound):
        flow.promise_benefit(
            session, world.actor(world.person("Pat", Role.PILOT_LEAD)), proposal.id, OVERTIME, now=now
        )
    idea = world.proposal(step=Step.SCREENING)
    coordinator = world.actor(world.person("Cora", Role.COORDINATOR))
    with pytest.raises((DomainError, Forbidden)):
        flow.promise_benefit(session, coordinator, idea.id, OVERTIME, now=now)
    assert session.query(PromisedBenefit).count() == 1


def test_the_decision_to_scale_fixes_what_stands(session, world, piloted, now):
    proposal, lead = piloted
    pilot = world.session.query(type(world.pilot(world.proposal()))).filter_by(proposal_id=proposal.id).one()
    fill_plan(world, proposal, world.person("Lee Lead"), pilot)
    pilot.lesson, pilot.lead_id = "Clean the lenses.", lead.person_id
    kept = flow.promise_benefit(session, lead, proposal.id, OVERTIME, now=now)
    gone = flow.promise_benefit(session, lead, proposal.id, HOURS, now=now)
    session.flush()
    flow.remove_promise(session, lead, proposal.id, gone.id, now=now)
    proposal.midpoint_passed = True
    confirm(world, proposal, GateKey.G4)
    session.flush()
    gatekeeper = world.actor(world.person("Greta", Role.GATEKEEPER))
    decide(session, gatekeeper, proposal, GateKey.G4, Outcome.ADVANCE, now)
    session.flush()
    assert (proposal.stage, kept.fixed_at, gone.fixed_at) == (Stage.SCALE, now, None)
    (event,) = events(session, EventKind.BENEFITS_FIXED)
    assert (event.details["benefits"], event.actor_name, event.proposal_id) == (
        ["Overtime in the call center"],
        SYSTEM.name,
        proposal.id,
    )
    for change in (
        lambda: flow.change_promise(
            session, lead, proposal.id, kept.id, HOURS, seen_version=kept.version, now=now
        ),
        lambda: flow.remove_promise(session, lead, proposal.id, kept.id, now=now),
    ):
        with pytest.raises(DomainError, match="forecast is fixed"):
            change()
    late = flow.promise_benefit(session, lead, proposal.id, HOURS, now=now + timedelta(days=1))
    session.flush()
    assert [(row.id, row.late) for row in query.promises_of(session, proposal.id)] == [
        (kept.id, False),
        (late.id, True),
    ]
    assert [e.details["late"] for e in events(session, EventKind.BENEFIT_PROMISED)] == [False, False, True]


def test_a_late_promise_is_fixed_by_its_first_measurement_and_stays_late(session, world, piloted, now):
    proposal, lead = piloted
    scale(world, proposal, 200)
    row = flow.promise_benefit(session, lead, proposal.id, OVERTIME, now=now)
    session.flush()
    flow.measure_benefit(session, lead, proposal.id, row.id, FOUND, seen=0, now=now)
    with pytest.raises(DomainError, match="forecast is fixed"):
        flow.remove_promise(session, lead, proposal.id, row.id, now=now)
    (kept,) = query.promises_of(session, proposal.id)
    assert (kept.fixed_at, kept.late, kept.latest.amount) == (now, True, 24_000_00)


def test_a_measurement_is_corrected_and_what_stood_is_kept(session, world, piloted, now):
    proposal, lead = piloted
    row = flow.promise_benefit(session, lead, proposal.id, OVERTIME, now=now)
    scale(world, proposal, 200)
    session.flush()
    first = flow.measure_benefit(session, lead, proposal.id, row.id, UNKNOWN, seen=0, now=now)
    with pytest.raises(StaleVersion):
        flow.measure_benefit(session, lead, proposal.id, row.id, FOUND, seen=0, now=now)
    later = now + timedelta(hours=1)
    flow.measure_benefit(
        session, lead, proposal.id, row.id, FOUND, seen=flow.stamp(first.recorded_at), now=later
    )
    again = flow.measure_benefit(
        session, lead, proposal.id, row.id, FOUND, seen=flow.stamp(later), now=later + timedelta(hours=1)
    )
    assert (again.recorded_at, session.query(Benefit).count()) == (later, 1)
    one, two = events(session, EventKind.BENEFIT_MEASURED)
    assert (one.details["before"], one.details["after"]["unknown_reason"]) == (
        {},
        "Payroll moved to another system",
    )
    assert (two.details["before"]["certainty"], two.details["after"]["amount"]) == ("unknown", 24_000_00)
    assert query.benefits_of(session, proposal.id) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"certainty": Certainty.UNKNOWN}, "unknown_reason"),
        ({"certainty": Certainty.UNKNOWN, "unknown_reason": "Nobody counted"}, "certainty"),
        ({"unknown_reason": "both"}, "unknown_reason"),
        ({"amount": None}, "amount"),
        ({"realised": ""}, "realised"),
        ({"low": None}, "low"),
        ({"high": None}, "high"),
        ({"low": 24_000_01}, "low"),
        ({"high": 23_999_99}, "high"),
        ({"amount": 10**15 + 1, "high": 10**15 + 1}, "amount"),
        ({"months": 7}, "months"),
        ({"months": 12}, None),
    ],
)
def test_a_measurement_that_contradicts_itself_is_refused(session, world, piloted, now, changes, field):
    proposal, lead = piloted
    row = flow.promise_benefit(session, lead, proposal.id, OVERTIME, now=now)
    scale(world, proposal, 200)
    session.flush()
    with pytest.raises(DomainError) as refused:
        flow.measure_benefit(session, lead, proposal.id, row.id, replace(FOUND, **changes), seen=0, now=now)
    assert (refused.value.field, session.query(Benefit).count()) == (field, 0)


def test_nothing_is_measured_before_scaling_and_a_loss_may_be_measured(session, world, piloted, now):
    proposal, lead = piloted
    row = flow.promise_benefit(session, lead, proposal.id, OVERTIME, now=now)
    session.flush()
    with pytest.raises(DomainError, match="being scaled"):
        flow.measure_benefit(session, lead, proposal.id, row.id, FOUND, seen=0, now=now)
    scale(world, proposal, 200)
    loss = replace(FOUND, amount=-1, low=None, high=None)
    assert flow.measure_benefit(session, lead, proposal.id, row.id, loss, seen=0, now=now).amount == -1


def test_a_check_is_done_when_every_standing_promise_is_measured(session, world, piloted, now):
    proposal, lead = piloted
    cash = flow.promise_benefit(session, lead, proposal.id, OVERTIME, now=now)
    hours = flow.promise_benefit(session, lead, proposal.id, HOURS, now=now)
    gone = flow.promise_benefit(session, lead, proposal.id, replace(HOURS, name="Gone"), now=now)
    session.flush()
    flow.remove_promise(session, lead, proposal.id, gone.id, now=now)
    scale(world, proposal, 200)
    proposal.stage, proposal.step = Stage.IN_SERVICE, Step.IN_SERVICE
    session.flush()
    set_due(session, proposal)
    six, due = proposal.due_on, []
    for row in (cash, hours):
        flow.measure_benefit(session, lead, proposal.id, row.id, UNKNOWN, seen=0, now=now)
        due.append(proposal.due_on)
    (kept, _) = query.promises_of(session, proposal.id)
    assert due == [six, kept.due_on(12)]
    assert (six, kept.next_due) == (kept.due_on(6), (12, kept.due_on(12)))
