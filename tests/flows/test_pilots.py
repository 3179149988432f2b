"""Planning a pilot: what changes, who may, and what two people at once do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome, Stage, Step
from incubator.flows import benefits, milestones, money, pilots, progress
from incubator.flows.stages import set_due
from incubator.models.benefits import Benefit
from incubator.models.history import Event
from incubator.models.pilots import (
    BudgetLine,
    Expense,
    Milestone,
    Pilot,
    ProgressReport,
    ReportState,
    Risk,
    Site,
)
from incubator.models.proposals import StageSpell

PLAN = pilots.Plan(
    starts_on=date(2027, 1, 1),
    ends_on=date(2027, 7, 1),
    lead_id=None,
    product_owner_id=None,
    objectives="Find out whether it helps",
    methodology="",
    scalability="",
    analysis="",
    communication="",
    exit_plan="",
)


@pytest.fixture
def running(world):
    """A running pilot with its lead and a coordinator."""
    proposal = world.proposal("Permit helper", step=Step.RUNNING)
    lead = world.person("Lena", Role.PILOT_LEAD)
    world.pilot(proposal, lead_id=lead.id)
    return proposal, world.actor(lead), world.actor(world.person("Cora", Role.COORDINATOR))


def kinds(session, proposal):
    rows = session.query(Event).filter_by(proposal_id=proposal.id).order_by(Event.id)
    return [row.kind for row in rows]


# the plan


def test_the_first_plan_is_begun_and_sets_the_day_of_the_decision(session, world, now):
    proposal = world.proposal(step=Step.DESIGN)
    cora = world.actor(world.person("Cora", Role.COORDINATOR))
    pilot = pilots.save_plan(session, cora, proposal.id, PLAN, seen_version=0, now=now)
    assert (pilot.starts_on, pilot.objectives) == (date(2027, 1, 1), "Find out whether it helps")
    assert proposal.due_on == (now - timedelta(days=10)).date() + timedelta(days=56)
    assert kinds(session, proposal) == [EventKind.PLAN_CHANGED]


def test_moving_the_end_moves_the_midpoint(session, running, now):
    proposal, lead, _ = running
    version = session.query(Pilot).one().version
    moved = replace(PLAN, lead_id=lead.person_id, starts_on=date(2026, 6, 1), ends_on=date(2026, 12, 1))
    pilots.save_plan(session, lead, proposal.id, moved, seen_version=version, now=now)
    assert proposal.due_on == date(2026, 8, 31)


def test_saving_the_same_plan_again_records_nothing(session, running, now):
    proposal, lead, _ = running
    plan = replace(PLAN, lead_id=lead.person_id)
    first = pilots.save_plan(
        session, lead, proposal.id, plan, seen_version=session.query(Pilot).one().version, now=now
    )
    pilots.save_plan(session, lead, proposal.id, plan, seen_version=first.version, now=now)
    assert kinds(session, proposal) == [EventKind.PLAN_CHANGED]


def test_a_stale_plan_is_refused_with_what_stands_now(session, running, now):
    proposal, lead, cora = running
    seen = session.query(Pilot).one().version
    pilots.save_plan(
        session, cora, proposal.id, replace(PLAN, lead_id=lead.person_id), seen_version=seen, now=now
    )
    session.flush()
    with pytest.raises(StaleVersion) as stale:
        pilots.save_plan(session, lead, proposal.id, PLAN, seen_version=seen, now=now)
    assert stale.value.theirs["objectives"] == "Find out whether it helps"


def test_two_people_begin_the_first_plan(session, world, now):
    proposal = world.proposal(step=Step.DESIGN)
    cora = world.actor(world.person("Cora", Role.COORDINATOR))
    pilots.save_plan(session, cora, proposal.id, PLAN, seen_version=0, now=now)
    with pytest.raises(StaleVersion):
        pilots.save_plan(session, cora, proposal.id, replace(PLAN, objectives="x"), seen_version=0, now=now)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ends_on": date(2026, 12, 31)}, "ends_on"),
        ({"ends_on": date(2027, 1, 1)}, "ends_on"),
        ({"ends_on": date(2199, 1, 1)}, "ends_on"),
        ({"lead_id": 10**9}, "lead_id"),
        ({"product_owner_id": 10**9}, "product_owner_id"),
    ],
)
def test_an_impossible_plan_is_refused_beside_its_field(session, running, now, changes, field):
    proposal, lead, _ = running
    with pytest.raises(DomainError) as refused:
        pilots.save_plan(
            session,
            lead,
            proposal.id,
            replace(PLAN, **changes),
            seen_version=session.query(Pilot).one().version,
            now=now,
        )
    assert refused.value.field == field


def test_a_lead_plans_the_own_pilot_only(session, world, running, now):
    _, lead, _ = running
    other = world.proposal("Somebody else's", step=Step.RUNNING)
    world.pilot(other)
    with pytest.raises(NotFound):
        pilots.save_plan(session, lead, other.id, PLAN, seen_version=1, now=now)


def test_leadership_reads_the_plan_and_does_not_write_it(session, world, running, now):
    proposal, _, _ = running
    chief = world.actor(world.person("Chief", Role.LEADERSHIP))
    with pytest.raises(Forbidden):
        pilots.save_plan(session, chief, proposal.id, PLAN, seen_version=1, now=now)


def test_sites_come_and_go_and_come_back(session, running, now):
    proposal, lead, _ = running
    details = pilots.SiteDetails("Coastal county", 14, None, "")
    site = pilots.add_site(session, lead, proposal.id, details, now=now)
    with pytest.raises(DomainError, match="already a site"):
        pilots.add_site(session, lead, proposal.id, replace(details, name="coastal COUNTY"), now=now)
    pilots.remove_site(session, lead, proposal.id, site.id, now=now)
    assert session.query(Site).one().removed_at == now
    pilots.remove_site(session, lead, proposal.id, site.id, now=now, undo=True)
    assert session.query(Site).one().removed_at is None


def test_a_site_of_another_pilot_does_not_exist(session, world, running, now):
    proposal, lead, _ = running
    other = world.proposal(step=Step.RUNNING)
    foreign = world.add(Site(pilot_id=world.pilot(other).id, name="Elsewhere"))
    with pytest.raises(NotFound):
        pilots.remove_site(session, lead, proposal.id, foreign.id, now=now)
    assert foreign.removed_at is None


def test_a_lesson_needs_words(session, running, now):
    proposal, lead, _ = running
    version = session.query(Pilot).one().version
    with pytest.raises(DomainError) as refused:
        pilots.write_lesson(session, lead, proposal.id, "", seen_version=version, now=now)
    assert refused.value.field == "lesson"
    pilots.write_lesson(session, lead, proposal.id, "Begin earlier", seen_version=version, now=now)
    assert session.query(Pilot).one().lesson == "Begin earlier"
    assert kinds(session, proposal) == [EventKind.LESSON_WRITTEN]


# money


def test_the_record_carries_the_sums(session, running, now):
    proposal, lead, _ = running
    money.add_budget_line(session, lead, proposal.id, money.PlannedAmount("Travel", None, 100_000), now=now)
    line = money.add_budget_line(
        session, lead, proposal.id, money.PlannedAmount("Staff", date(2027, 3, 15), 250_050), now=now
    )
    assert line.planned_on == date(2027, 3, 1)
    assert proposal.planned_cents == 350_050
    money.remove_budget_line(session, lead, proposal.id, line.id, now=now)
    assert (proposal.planned_cents, session.query(BudgetLine).count()) == (100_000, 1)


def test_a_refund_and_a_struck_expense_leave_the_right_sum(session, running, now):
    proposal, lead, _ = running
    pay = money.record_expense(
        session, lead, proposal.id, money.Payment("Travel", date(2026, 11, 1), 90_000, "Train"), now=now
    )
    money.record_expense(
        session,
        lead,
        proposal.id,
        money.Payment("Travel", date(2026, 11, 2), -12_050, "Ticket returned"),
        now=now,
    )
    assert proposal.spent_cents == 77_950
    money.strike_expense(session, lead, proposal.id, pay.id, "Entered twice", now=now)
    assert proposal.spent_cents == -12_050
    assert [row.strike_reason for row in session.query(Expense).order_by(Expense.id)] == ["Entered twice", ""]
    with pytest.raises(DomainError, match="struck already"):
        money.strike_expense(session, lead, proposal.id, pay.id, "Again", now=now)


@pytest.mark.parametrize(
    ("payment", "field"),
    [
        (money.Payment("Travel", date(2026, 11, 1), 0, "Nothing"), "cents"),
        (money.Payment("Travel", date(2026, 11, 21), 100, "Tomorrow"), "spent_on"),
        (money.Payment("Travel", date(1900, 1, 1), 100, "Long ago"), "spent_on"),
    ],
)
def test_an_impossible_expense_is_refused(session, running, now, payment, field):
    proposal, lead, _ = running
    with pytest.raises(DomainError) as refused:
        money.record_expense(session, lead, proposal.id, payment, now=now)
    assert (refused.value.field, session.query(Expense).count()) == (field, 0)


# milestones and risks


def test_a_milestone_is_reached_once_and_can_be_taken_back(session, running, now):
    proposal, lead, _ = running
    row = milestones.add_milestone(
        session, lead, proposal.id, milestones.MilestoneDetails("Open", date(2026, 12, 1)), now=now
    )
    with pytest.raises(DomainError) as refused:
        milestones.reach_milestone(session, lead, proposal.id, row.id, date(2026, 12, 1), now=now)
    assert refused.value.field == "reached_on"
    milestones.reach_milestone(session, lead, proposal.id, row.id, date(2026, 11, 3), now=now)
    milestones.reach_milestone(session, lead, proposal.id, row.id, date(2026, 11, 4), now=now)
    assert session.query(Milestone).one().reached_on == date(2026, 11, 3)
    assert kinds(session, proposal).count(EventKind.MILESTONE_REACHED) == 1
    milestones.reopen_milestone(session, lead, proposal.id, row.id, now=now)
    assert session.query(Milestone).one().reached_on is None


def test_a_milestone_changed_meanwhile_is_not_overwritten(session, running, now):
    proposal, lead, cora = running
    row = milestones.add_milestone(
        session, lead, proposal.id, milestones.MilestoneDetails("Open", date(2026, 12, 1)), now=now
    )
    seen = row.version
    theirs = milestones.MilestoneDetails("Open everywhere", date(2027, 1, 1))
    milestones.change_milestone(session, cora, proposal.id, row.id, theirs, seen_version=seen, now=now)
    with pytest.raises(StaleVersion):
        milestones.change_milestone(
            session,
            lead,
            proposal.id,
            row.id,
            milestones.MilestoneDetails("Mine", date(2027, 1, 1)),
            seen_version=seen,
            now=now,
        )
    assert session.query(Milestone).one().title == "Open everywhere"


def test_a_risk_is_closed_and_opened_again(session, running, now):
    proposal, lead, _ = running
    details = milestones.RiskDetails("No storm comes", 3, 5, "Go north", "Lena")
    row = milestones.add_risk(session, lead, proposal.id, details, now=now)
    milestones.close_risk(session, lead, proposal.id, row.id, now=now)
    assert session.query(Risk).one().closed_at == now
    milestones.close_risk(session, lead, proposal.id, row.id, now=now, undo=True)
    assert session.query(Risk).one().closed_at is None
    with pytest.raises(DomainError) as refused:
        milestones.add_risk(session, lead, proposal.id, replace(details, likelihood=6), now=now)
    assert refused.value.field == "likelihood"


# progress reports

TEXT = progress.ReportText("October 2026", date(2026, 11, 5), "Everybody is trained", "", "")


def test_a_report_goes_out_comes_back_and_is_accepted(session, running, now):
    proposal, lead, cora = running
    row = progress.begin_report(session, lead, proposal.id, TEXT, now=now)
    progress.send_report(session, lead, proposal.id, row.id, now=now)
    with pytest.raises(DomainError, match="has been sent"):
        progress.save_report(session, lead, proposal.id, row.id, TEXT, seen_version=row.version, now=now)
    progress.return_report(session, cora, proposal.id, row.id, "Say what the readings show", now=now)
    assert (row.state, row.return_reason) == (ReportState.RETURNED, "Say what the readings show")
    longer = replace(TEXT, done="Everybody is trained; waits fell by a third")
    progress.save_report(session, lead, proposal.id, row.id, longer, seen_version=row.version, now=now)
    progress.send_report(session, lead, proposal.id, row.id, now=now)
    progress.accept_report(session, cora, proposal.id, row.id, now=now)
    assert (row.state, row.done, row.decided_by_id) == (
        ReportState.ACCEPTED,
        "Everybody is trained; waits fell by a third",
        cora.person_id,
    )
    assert kinds(session, proposal) == [
        EventKind.PROGRESS_SENT,
        EventKind.PROGRESS_RETURNED,
        EventKind.PROGRESS_SENT,
        EventKind.PROGRESS_ACCEPTED,
    ]


def test_an_empty_report_is_not_sent(session, running, now):
    proposal, lead, _ = running
    row = progress.begin_report(session, lead, proposal.id, replace(TEXT, done=""), now=now)
    with pytest.raises(DomainError) as refused:
        progress.send_report(session, lead, proposal.id, row.id, now=now)
    assert (refused.value.field, session.query(ProgressReport).one().state) == ("done", ReportState.DRAFT)


def test_the_lead_does_not_accept_the_own_report_even_as_a_coordinator(session, world, now):
    proposal = world.proposal(step=Step.RUNNING)
    person = world.person("Both", Role.PILOT_LEAD, Role.COORDINATOR)
    world.pilot(proposal, lead_id=person.id)
    both = world.actor(person)
    row = progress.begin_report(session, both, proposal.id, TEXT, now=now)
    progress.send_report(session, both, proposal.id, row.id, now=now)
    with pytest.raises(Forbidden, match="other than the pilot's lead"):
        progress.accept_report(session, both, proposal.id, row.id, now=now)
    assert row.state is ReportState.SENT


# the benefit

BENEFIT = benefits.BenefitDetails(6, "Two days less", "Three days less", "", 1_200_000, 340.0)


@pytest.fixture
def scaled(world):
    proposal = world.proposal(step=Step.SCALING)
    person = world.person("Lena", Role.PILOT_LEAD)
    world.pilot(proposal, lead_id=person.id)
    return proposal, world.actor(person)


def test_a_benefit_is_recorded_and_replaced_knowingly(session, scaled, now):
    proposal, lead = scaled
    row = benefits.record_benefit(session, lead, proposal.id, BENEFIT, seen=0, now=now)
    with pytest.raises(StaleVersion):
        benefits.record_benefit(session, lead, proposal.id, BENEFIT, seen=0, now=now)
    later = now + timedelta(hours=1)
    unknown = replace(BENEFIT, realised="", unknown_reason="The county stopped counting")
    benefits.record_benefit(
        session, lead, proposal.id, unknown, seen=benefits.stamp(row.recorded_at), now=later
    )
    kept = session.query(Benefit).one()
    assert (kept.realised, kept.unknown_reason, kept.cents_per_year, kept.hours_per_year) == (
        "",
        "The county stopped counting",
        1_200_000,
        340.0,
    )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"realised": ""}, "realised"),
        ({"unknown_reason": "both"}, "unknown_reason"),
        ({"months": 7}, "months"),
        ({"hours_per_year": float("inf")}, "hours_per_year"),
    ],
)
def test_a_benefit_is_known_or_unknown_with_a_reason(session, scaled, now, changes, field):
    proposal, lead = scaled
    with pytest.raises(DomainError) as refused:
        benefits.record_benefit(session, lead, proposal.id, replace(BENEFIT, **changes), seen=0, now=now)
    assert (refused.value.field, session.query(Benefit).count()) == (field, 0)


def test_no_benefit_before_scaling(session, running, now):
    proposal, lead, _ = running
    assert proposal.stage is Stage.PILOT
    with pytest.raises(DomainError, match="being scaled"):
        benefits.record_benefit(session, lead, proposal.id, BENEFIT, seen=0, now=now)


def test_what_is_in_service_is_looked_at_until_each_benefit_is_recorded(session, world, now):
    proposal = world.proposal(step=Step.IN_SERVICE)
    lead = world.person("Lena", Role.PILOT_LEAD)
    world.pilot(proposal, lead_id=lead.id)
    scaled_at = datetime(2026, 1, 31, 12, tzinfo=UTC)
    world.add(
        StageSpell(
            proposal_id=proposal.id, stage=Stage.SCALE, entered_at=scaled_at,
            left_at=now, exit=Outcome.ADVANCE, next_stage=Stage.IN_SERVICE,
        )
    )  # fmt: skip
    set_due(session, proposal)
    assert proposal.due_on == date(2026, 7, 31)
    due = []
    for months in (6, 12, 24):
        details = replace(BENEFIT, months=months)
        benefits.record_benefit(session, world.actor(lead), proposal.id, details, seen=0, now=now)
        due.append(proposal.due_on)
    assert due == [date(2027, 1, 31), date(2028, 1, 31), None]


def test_stopped_work_teaches_too(session, world, now):
    lead, other = world.person("Lena", Role.PILOT_LEAD), world.person("Otto", Role.PILOT_LEAD)
    stopped = world.proposal(step=Step.CLOSED, resume_stage=Stage.PILOT)
    world.pilot(stopped, lead_id=lead.id)

    def write(person, proposal):
        version = session.scalar(sa.select(Pilot.version).where(Pilot.proposal_id == proposal.id)) or 0
        actor = world.actor(person)
        pilots.write_lesson(session, actor, proposal.id, "Ask first", seen_version=version, now=now)

    write(lead, stopped)
    assert session.query(Pilot).one().lesson == "Ask first"
    with pytest.raises(NotFound):
        write(other, stopped)
    with pytest.raises(Forbidden):
        write(world.person("Cora", Role.COORDINATOR), world.proposal(step=Step.DESIGN))
    with pytest.raises(Forbidden):
        write(world.person("Cora", Role.COORDINATOR), world.proposal(step=Step.CLOSED))
    with pytest.raises(Forbidden):
        write(world.person("Gail", Role.GATEKEEPER), stopped)
