"""What a record waits for, and who: the same whoever looks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incubator.domain.clock import office_day
from incubator.domain.gates import GateKey
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome, Stage, Step
from incubator.models.gates import Decision, GateCheck
from incubator.queries.next_steps import next_step


@pytest.fixture
def office(world):
    world.roads = world.agency("ROAD", "Roads")
    world.people = {
        role: world.person(role.value.title(), role)
        for role in (Role.COORDINATOR, Role.EVALUATOR, Role.GATEKEEPER, Role.LEADERSHIP)
    }
    world.lead = world.person("Lead", (Role.AGENCY_LEAD, world.roads))
    return world


def waits(office, proposal):
    office.session.flush()
    found = next_step(office.session, proposal.id, now=office.now)
    return [one.name for one in found.people], found


@pytest.mark.parametrize(
    ("step", "names"),
    [
        (Step.DRAFT, ["Author"]),
        (Step.SIGN_OFF, ["Lead"]),
        (Step.SCREENING, ["Coordinator"]),
        (Step.INFORMATION, ["Author", "Lead"]),
        (Step.REVIEW, ["Coordinator"]),
        (Step.CLOSED, []),
    ],
)
def test_the_people_of_each_step(office, step, names):
    author = office.person("Author", (Role.SUBMITTER, office.roads), agency=office.roads)
    proposal = office.proposal(agency=office.roads, step=step, authors=(author,))
    assert waits(office, proposal)[0] == names


def test_selection_waits_for_reviewers_then_the_coordinator_then_the_panel(office):
    proposal = office.proposal(agency=office.roads, step=Step.REVIEW)
    office.add(
        Decision(
            proposal_id=proposal.id,
            gate=GateKey.G0,
            outcome=Outcome.ADVANCE,
            from_stage=Stage.IDEA,
            to_stage=Stage.IDEA,
            reason="A real problem.",
            decided_at=office.now,
            evidence={},
            evidence_sha256="0" * 64,
        )
    )
    reviewers = [office.person(f"Reviewer {place}", Role.REVIEWER) for place in range(3)]
    reviews = [office.review(proposal, reviewer) for reviewer in reviewers]
    assert waits(office, proposal)[0] == ["Reviewer 0", "Reviewer 1", "Reviewer 2"]
    for review in reviews:
        review.state, review.submitted_at, review.total = ReviewState.SUBMITTED, office.now, 3.0
    names, found = waits(office, proposal)
    assert (names, [need.key for need in found.missing]) == (["Coordinator"], ["no_red_flag"])
    office.add(
        GateCheck(
            proposal_id=proposal.id, gate=GateKey.G1, key="no_red_flag", met=True, checked_at=office.now
        )
    )
    names, found = waits(office, proposal)
    assert (names, found.ready, found.missing) == (["Gatekeeper"], True, ())


def test_work_with_a_day_waits_for_nobody_until_it_is_near(office):
    today = office_day(office.now)
    for due_on, names in (
        (today + timedelta(days=1), []),
        (today, ["Gatekeeper", "Leadership"]),
    ):
        held = office.proposal(
            agency=office.roads, step=Step.ON_HOLD, resume_stage=Stage.PILOT, due_on=due_on
        )
        assert waits(office, held)[0] == names
    checked = office.proposal(agency=office.roads, step=Step.IN_SERVICE, due_on=today - timedelta(days=64))
    office.pilot(checked, lead_id=office.person("Pat Pilot", Role.PILOT_LEAD).id)
    names, found = waits(office, checked)
    assert (names, found.overdue_days) == (["Pat Pilot"], 64)


def test_closed_accounts_and_missing_people_leave_the_work_to_the_office(office):
    gone = office.person("Gone", Role.PILOT_LEAD)
    gone.disabled_at = office.now
    checked = office.proposal(agency=office.roads, step=Step.IN_SERVICE, due_on=office_day(office.now))
    office.pilot(checked, lead_id=gone.id)
    assert waits(office, checked)[0] == ["Coordinator"]
