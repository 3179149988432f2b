"""Everybody's first page: what waits on pilots that are evaluated, and for whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from incubator.domain.ai import AiLevel, EscalationAnswer
from incubator.domain.benefits import BenefitKind, Certainty
from incubator.domain.evaluation import AlertKind, Verdict
from incubator.domain.pilots import CriterionKind
from incubator.domain.roles import Role
from incubator.domain.stages import Stage, Step
from incubator.models.benefits import Benefit, PromisedBenefit
from incubator.models.evaluation import GuardrailAlert
from incubator.models.pilots import Reading
from incubator.models.proposals import StageSpell
from tests.evaluated import criterion, lock, prepare_scaling, screen_ai, verdict
from tests.web.test_home import groups, statuses

ALERTS = "Guardrail alerts to answer"
SECOND = "Plans that wait for a second name"
VERDICTS = "Verdicts to record"
ENDORSE = "Uses of AI to endorse"
ESCALATED = "Escalated uses of AI to answer"
ACCEPT = "Products to accept"
BENEFITS = "Benefits to measure"


@pytest.fixture
def office(world):
    world.roads, world.health = world.agency("ROAD", "Roads"), world.agency("HLTH", "Health")
    world.today = world.now.date()
    return world


def format_day(on):
    return f"{on:%B} {on.day}, {on.year}"


def link(page, words):
    """Where the line of that title leads."""
    return next(a.get("href") for a in page.tree.iter("a") if a.text == words)


def of(page, heading):
    return groups(page).get(heading, [])


def running(office, title, agency, **pilot):
    proposal = office.proposal(title, agency=agency, step=Step.RUNNING)
    office.pilot(proposal, **{"launched_at": office.now, **pilot})
    return proposal


def alert(office, proposal, name, **values):
    metric = criterion(office, proposal, name, CriterionKind.GUARDRAIL)
    reading = office.add(
        Reading(metric_id=metric.id, taken_on=office.now.date(), value=99, recorded_at=office.now)
    )
    return office.add(
        GuardrailAlert(
            metric_id=metric.id,
            reading_id=reading.id,
            kind=AlertKind.LIMIT,
            raised_at=office.now,
            **values,
        )
    )


def test_an_alert_waits_for_the_lead_and_the_staff_of_its_agency(office, browser):
    lead = office.person("Pia", Role.PILOT_LEAD)
    ours = running(office, "Ours", office.roads, lead_id=lead.id)
    theirs = running(office, "Theirs", office.health)
    waiting = alert(office, ours, "Complaints")
    alert(office, ours, "Errors", answered_at=office.now, answer="One clerk was ill.")
    alert(office, theirs, "Falls")
    page = browser(lead).get("/")
    assert (of(page, ALERTS), statuses(page, ALERTS)) == (
        ["Complaints"],
        [f"Reading of {format_day(office.now.date())}"],
    )
    assert link(page, "Complaints") == f"/pilots/{ours.number}/alerts/{waiting.id}"
    for role in (Role.EVALUATOR, Role.COORDINATOR):
        assert of(browser(office.person(None, role)).get("/"), ALERTS) == ["Complaints", "Falls"]
        limited = office.person(None, (role, office.health))
        assert of(browser(limited).get("/"), ALERTS) == ["Falls"]
    assert of(browser(office.person("Lou", Role.LEADERSHIP)).get("/"), ALERTS) == []


def test_a_plan_waits_for_a_second_name_that_is_not_the_first(office, browser):
    first = office.person("First", Role.EVALUATOR)
    lead = office.person("Pia", Role.PILOT_LEAD, Role.COORDINATOR)
    proposal = office.proposal("Waiting", agency=office.roads, step=Step.DESIGN)
    office.pilot(proposal, lead_id=lead.id)
    row = lock(office, proposal, confirmed_at=None, proposed_by_id=first.id)
    for title, values in (
        ("Confirmed", {}),
        ("Taken back", {"confirmed_at": None, "withdrawn_at": office.now}),
    ):
        other = office.proposal(title, agency=office.roads, step=Step.DESIGN)
        lock(office, other, **values)
    page = browser(office.person("Gail", Role.GATEKEEPER)).get("/")
    assert (of(page, SECOND), statuses(page, SECOND)) == (["Waiting"], ["Not locked yet"])
    assert link(page, "Waiting") == f"/pilots/{proposal.number}/plan/lock/{row.id}"
    assert "Proposed by First" in page.text
    for person in (first, lead, office.person("Hal", (Role.COORDINATOR, office.health))):
        assert of(browser(person).get("/"), SECOND) == []


def test_verdicts_are_due_at_the_horizon_and_not_before(office, browser):
    past, ahead = office.today - timedelta(days=1), office.today + timedelta(days=1)
    lead = office.person("Pia", Role.EVALUATOR)
    over = running(office, "Over", office.roads, lead_id=lead.id, ends_on=past)
    criterion(office, over, "Wait")
    criterion(office, over, "Complaints", CriterionKind.GUARDRAIL)
    criterion(office, over, "Weather", CriterionKind.CONTEXT)
    criterion(office, over, "Praise", post_hoc_at=office.now)
    criterion(office, over, "Later", horizon_on=ahead)
    early = running(office, "Early", office.health, ends_on=ahead)
    criterion(office, early, "Wait", horizon_on=past)
    judged = running(office, "Judged", office.roads, ends_on=past)
    verdict(office, criterion(office, judged), Verdict.INCONCLUSIVE)
    criterion(office, running(office, "Under way", office.roads, ends_on=ahead))
    criterion(office, running(office, "Not begun", office.roads, ends_on=past, launched_at=None))
    page = browser(office.person("Eva", Role.EVALUATOR)).get("/")
    assert sorted(of(page, VERDICTS)) == ["Early", "Over"]
    assert sorted(statuses(page, VERDICTS)) == [
        "1 criterion at its horizon",
        "2 criteria at their horizon",
    ]
    assert link(page, "Over") == f"/pilots/{over.number}/results"
    assert of(browser(lead).get("/"), VERDICTS) == ["Early"]
    assert of(browser(office.person("Cy", (Role.COORDINATOR, office.roads))).get("/"), VERDICTS) == ["Over"]


def test_a_use_of_ai_waits_at_the_front_door_and_then_for_the_answer(office, browser):
    screened = {"endorsed_at": None, "escalated_at": None}
    new = office.proposal("New", agency=office.roads, step=Step.DESIGN, uses_ai=True)
    screen_ai(office, new, AiLevel.MEDIUM, **screened)
    elsewhere = office.proposal("Elsewhere", agency=office.health, step=Step.DESIGN, uses_ai=True)
    screen_ai(office, elsewhere, AiLevel.LOW, **screened)
    up = office.proposal("Up", agency=office.roads, step=Step.DESIGN, uses_ai=True)
    screen_ai(office, up, AiLevel.HIGH, escalated_at=office.now)
    done = office.proposal("Answered", agency=office.roads, step=Step.DESIGN, uses_ai=True)
    screen_ai(
        office,
        done,
        AiLevel.HIGH,
        escalated_at=office.now,
        escalation_answer=EscalationAnswer.ALLOWED,
        escalation_note="Go on.",
    )
    director = office.person("Dee", (Role.AGENCY_LEAD, office.roads), agency=office.roads)
    page = browser(director).get("/")
    assert (of(page, ENDORSE), statuses(page, ENDORSE), of(page, ESCALATED)) == (["New"], ["Medium"], [])
    page = browser(office.person("Lea", Role.LEADERSHIP)).get("/")
    assert (of(page, ENDORSE), of(page, ESCALATED)) == ([], ["Up"])
    assert link(page, "Up") == f"/pilots/{up.number}/ai/answer"
    assert of(browser(office.person("Cora", Role.COORDINATOR)).get("/"), ESCALATED) == ["Up"]
    for person in (
        office.person("Own", Role.LEADERSHIP, agency=office.roads),
        office.person("Far", (Role.COORDINATOR, office.health)),
    ):
        assert of(browser(person).get("/"), ESCALATED) == []


def test_a_product_waits_for_its_owner_until_accepted(office, browser):
    owner = office.person("Olga")
    prepared = running(office, "Prepared", office.roads, product_owner_id=owner.id)
    prepare_scaling(office, prepared, owner_accepted_at=None, owner_accepted_by_id=None)
    running(office, "Too early", office.roads, product_owner_id=owner.id)
    accepted = running(office, "Accepted", office.roads, product_owner_id=owner.id)
    prepare_scaling(office, accepted)
    page = browser(owner).get("/")
    assert (of(page, ACCEPT), statuses(page, ACCEPT)) == (["Prepared"], ["Not accepted yet"])
    assert link(page, "Prepared") == f"/pilots/{prepared.number}/scaling/accept"
    assert of(browser(office.person("Cora", Role.COORDINATOR)).get("/"), ACCEPT) == []


def test_benefits_are_measured_when_their_months_have_passed(office, browser):
    lead = office.person("Pia", Role.PILOT_LEAD)

    def scaled(title, days, measured=(), *, agency=office.roads, **values):
        proposal = office.proposal(title, agency=agency, step=Step.IN_SERVICE)
        office.pilot(proposal, lead_id=lead.id if agency is office.roads else None)
        at = office.now - timedelta(days=days)
        office.add(
            StageSpell(proposal_id=proposal.id, stage=Stage.SCALE, entered_at=at, left_at=at, exit="advance")
        )
        promise = office.add(
            PromisedBenefit(
                proposal_id=proposal.id,
                name=f"{title} hours",
                kind=BenefitKind.HOURS,
                owner_name="Desk",
                low=1,
                likely=2,
                high=3,
                years=3,
                **values,
            )
        )
        for months in measured:
            office.add(
                Benefit(
                    proposal_id=proposal.id,
                    promise_id=promise.id,
                    months=months,
                    certainty=Certainty.ESTIMATED,
                    realised="Less",
                    recorded_at=office.now,
                )
            )
        return proposal

    due = scaled("Due", 190)
    scaled("Next", 400, (6,))
    scaled("Known", 400, (6, 12))
    scaled("Young", 100)
    scaled("Dropped", 400, removed_at=office.now)
    scaled("Far", 400, agency=office.health)
    page = browser(lead).get("/")
    assert of(page, BENEFITS) == ["Due hours", "Next hours"]
    assert statuses(page, BENEFITS) == ["6 months after scaling", "12 months after scaling"]
    assert link(page, "Due hours") == f"/pilots/{due.number}/benefit"
    assert of(browser(office.person("Cy", (Role.COORDINATOR, office.health))).get("/"), BENEFITS) == [
        "Far hours"
    ]
    assert of(browser(office.person("Gail", Role.GATEKEEPER)).get("/"), BENEFITS) == []


def test_a_reading_of_the_comparison_group_does_not_put_off_the_pilots(office, browser):
    lead = office.person("Pia", Role.PILOT_LEAD)
    proposal = running(
        office, "Compared", office.roads, lead_id=lead.id, starts_on=office.today - timedelta(90)
    )
    metric = criterion(office, proposal, "Wait")
    for days, arm in ((80, "pilot"), (0, "comparison")):
        office.add(
            Reading(
                metric_id=metric.id,
                taken_on=office.today - timedelta(days),
                value=1,
                arm=arm,
                recorded_at=office.now,
            )
        )
    assert of(browser(lead).get("/"), "Readings due") == ["Wait"]
