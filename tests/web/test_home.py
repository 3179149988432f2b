"""Everybody's first page: the work of each role, and nobody else's."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from incubator.domain.reviews import ReviewState
from incubator.domain.roles import AGENCY_ROLES, Role
from incubator.domain.stages import Origin, Outcome, Stage, Step
from incubator.models.agencies import Commitment, Party
from incubator.models.gates import Condition, Decision
from incubator.models.jobs import Job, JobState, Message
from incubator.models.pilots import Metric, Milestone, ProgressReport, Reading, ReportState
from incubator.models.proposals import Author
from incubator.queries.remembered import forget
from tests.flows.releasing import found_panel
from tests.world import PASSWORD


def groups(page):
    """What waits, by heading: the titles of its lines."""
    found = {}
    for section in page.tree.iter("section"):
        if section.get("class") != "work":
            continue
        heading = next(e for e in section.iter() if e.tag in ("h2", "h3"))
        tasks = section.find(".//ul[@class='tasks']")
        found[heading.text] = [next(item.iter("a")).text for item in tasks.iterfind("li")]
    return found


def statuses(page, heading):
    for section in page.tree.iter("section"):
        title = next((e for e in section.iter() if e.tag in ("h2", "h3")), None)
        if section.get("class") == "work" and title is not None and title.text == heading:
            return [
                "".join(s.itertext()) for s in section.iter("span") if "tag" in s.get("class", "").split()
            ]
    return []


@pytest.fixture
def office(world):
    """Work of every kind at two agencies."""
    roads, health = world.agency("ROAD", "Roads"), world.agency("HLTH", "Health")
    world.roads, world.health = roads, health
    world.today = world.now.date()
    call = world.call("Spring", reviews_required=2)
    author = world.author = world.person("Ann", (Role.SUBMITTER, roads), agency=roads)
    world.proposal("Draft", agency=roads, step=Step.DRAFT, authors=(author,))
    world.proposal("Someone else's draft", agency=roads, step=Step.DRAFT)
    world.proposal("To sign", agency=roads, step=Step.SIGN_OFF, authors=(author,))
    world.proposal("Asked", agency=roads, step=Step.INFORMATION, authors=(author,))
    world.proposal("To screen", agency=health, step=Step.SCREENING, due_on=world.today - timedelta(days=400))
    world.lacking = world.proposal("Lacking", agency=health, call=call, step=Step.REVIEW, reviews_in=1)
    world.proposal("Reviewed", agency=health, call=call, step=Step.REVIEW, reviews_in=2, score=4.0)
    world.running = world.proposal(
        "Running", agency=health, step=Step.RUNNING, due_on=world.today - timedelta(days=800)
    )
    return world


def test_a_submitter_finds_drafts_questions_and_the_agencys_work(office, browser):
    page = browser(office.author).get("/")
    found = groups(page)
    assert found["Drafts to finish"] == ["Draft"]
    assert found["Questions to answer"] == ["Asked"]
    assert sorted(found["Your agency's proposals and pilots"]) == ["Asked", "To sign"]
    assert "We asked you a question" in statuses(page, "Your agency's proposals and pilots")
    for hidden in ("Running", "Health", "Someone else's draft", "To screen"):
        assert hidden not in page.html


def test_all_of_a_long_list_is_one_step_away(office, browser):
    for number in range(7):
        draft = office.proposal(f"Draft {number}", agency=office.roads, step=Step.DRAFT)
        office.add(Author(proposal_id=draft.id, person_id=office.author.id, added_at=office.now))
    visitor = browser(office.author)
    page = visitor.get("/")
    assert len(groups(page)["Drafts to finish"]) == 5
    (more,) = [href for href in page.links() if "all=" in href]
    assert len(groups(visitor.get(more.split("#")[0]))["Drafts to finish"]) == 8


def test_an_agency_lead_signs_off_and_keeps_promises(office, browser):
    office.add(
        Commitment(
            agency_id=office.roads.id,
            party=Party.AGENCY,
            promise="Name two sites",
            due_on=office.today,
            made_at=office.now,
        )
    )
    office.add(
        Commitment(
            agency_id=office.health.id,
            party=Party.AGENCY,
            promise="Not ours",
            due_on=office.today,
            made_at=office.now,
        )
    )
    lead = office.person("Lou", (Role.AGENCY_LEAD, office.roads), agency=office.roads)
    found = groups(browser(lead).get("/"))
    assert "Commitments due" not in groups(browser(office.author).get("/")), (
        "nobody's of the agency but the lead's"
    )
    named = office.person("Zoë Named", (Role.SUBMITTER, office.roads), agency=office.roads)
    office.add(
        Commitment(
            agency_id=office.roads.id,
            party=Party.AGENCY,
            promise="Send the list",
            owner_name="Zoe\u0308 named",
            due_on=office.today,
            made_at=office.now,
        )
    )
    assert groups(browser(named).get("/"))["Commitments due"] == ["Send the list"]
    assert (found["Proposals to sign off"], found["Commitments due"]) == (["To sign"], ["Name two sites"])
    assert found["Drafts to finish"] == ["Someone else's draft"], "it has no author with an open account"


def test_a_coordinator_screens_chases_reviews_and_accepts_reports(office, browser):
    office.add(
        ProgressReport(
            proposal_id=office.running.id, period="October", state=ReportState.SENT, sent_at=office.now
        )
    )
    office.proposal("Imported idea", agency=office.health, origin=Origin.INVENTORY)
    found = groups(browser(office.person("Cora", Role.COORDINATOR)).get("/"))
    assert found["Proposals to screen"] == ["To screen"]
    assert found["Reviews still missing"] == ["Lacking"]
    assert found["Progress reports to accept"] == ["Running"]
    assert found["Overdue elsewhere"] == ["Running"]


def test_a_reviewer_finds_their_reviews_and_no_names_where_they_are_hidden(office, browser):
    reviewer = office.person("Rita", Role.REVIEWER)
    blind = office.call("Blind", names_hidden=True)
    hidden = office.proposal("Unnamed", agency=office.health, call=blind, step=Step.REVIEW)
    office.review(hidden, reviewer, state=ReviewState.ASSIGNED, due_on=office.today)
    office.review(office.lacking, reviewer, state=ReviewState.SUBMITTED)
    page = browser(reviewer).get("/")
    assert groups(page) == {"Reviews to write": ["Unnamed"]}
    assert ("Health" in page.text, "HLTH" in page.text) == (False, False)


def test_a_gatekeeper_finds_what_is_ready_but_never_their_own_agencys(office, browser):
    gail = browser(office.person("Gail", Role.GATEKEEPER))
    assert groups(gail.get("/"))["Ready or overdue at your gates"] == ["Running"]
    assert "Showing 1 decision" in gail.get("/decisions?when=now").text
    own = office.person("Own", Role.GATEKEEPER, agency=office.health)
    assert groups(browser(own).get("/")) == {}


def test_a_pilot_lead_reads_reports_and_reaches_milestones(office, browser):
    lead = office.person("Pia", Role.PILOT_LEAD)
    pilot = office.pilot(office.running, lead_id=lead.id)
    metric = office.add(
        Metric(pilot_id=pilot.id, name="Wait", unit="min", direction="down", cadence="monthly")
    )
    office.add(Reading(metric_id=metric.id, taken_on=date(2020, 1, 1), value=1.0, recorded_at=office.now))
    office.add(Milestone(proposal_id=office.running.id, title="First site", due_on=office.today))
    office.add(Milestone(proposal_id=office.lacking.id, title="Not mine", due_on=office.today))
    office.add(
        ProgressReport(proposal_id=office.running.id, period="October", state=ReportState.RETURNED,
                       sent_at=office.now, return_reason="Say more")
    )  # fmt: skip
    page = browser(lead).get("/")
    assert groups(page) == {
        "Points to confirm before a decision": ["Running"],
        "Progress reports to write": ["Running"],
        "Readings due": ["Wait"],
        "Milestones ahead": ["First site"],
    }
    assert statuses(page, "Progress reports to write") == ["Sent back"]
    for period, gone in (("November", False), ("October, with travel by county", True)):
        office.add(
            ProgressReport(proposal_id=office.running.id, period=period, state=ReportState.SENT,
                           sent_at=office.now)
        )  # fmt: skip
        forget()  # what a page is made of stays in mind until something is recorded
        assert ("Progress reports to write" not in groups(browser(lead).get("/"))) is gone


def test_an_evaluator_verifies_readings(office, browser):
    pilot = office.pilot(office.running)
    metric = office.add(
        Metric(pilot_id=pilot.id, name="Wait", unit="min", direction="down", cadence="monthly")
    )
    for day, verified in ((1, None), (2, None), (3, office.now)):
        office.add(
            Reading(
                metric_id=metric.id,
                taken_on=date(2026, 1, day),
                value=1.0,
                recorded_at=office.now,
                verified_at=verified,
            )
        )
    eva = office.person("Eva", Role.EVALUATOR)
    office.add(
        Reading(
            metric_id=metric.id,
            taken_on=date(2026, 1, 4),
            value=1.0,
            recorded_at=office.now,
            recorded_by_id=eva.id,
        )
    )
    office.running.stage, office.running.step = Stage.DESIGN, Step.DESIGN
    page = browser(eva).get("/")
    assert (groups(page)["Readings to verify"], statuses(page, "Readings to verify")) == (
        ["Running"],
        ["2 readings"],
    )


def test_a_condition_waits_for_its_owner(office, browser):
    owner = office.person("Olga", Role.LEADERSHIP)
    decision = office.add(
        Decision(proposal_id=office.running.id, gate="g2", outcome="advance_with_conditions", from_stage="design",
                 to_stage="pilot", reason="Go", decided_at=office.now, evidence={}, evidence_sha256="")
    )  # fmt: skip
    office.add(
        Condition(decision_id=decision.id, proposal_id=office.running.id, text="Finish the privacy check",
                  owner_id=owner.id, due_on=office.today)
    )  # fmt: skip
    found = groups(browser(owner).get("/"))
    assert found["Conditions to meet"] == ["Finish the privacy check"]
    assert found["Ready or overdue at your gates"] == ["Running"]


def test_an_administrator_sees_what_is_stuck(office, browser):
    office.add(Job(kind="mail", state=JobState.FAILED, created_at=office.now + timedelta(days=900)))
    office.add(Message(address="a@example.gov", subject="S", body="B", created_at=office.now))
    page = browser(office.person("Adam", Role.ADMINISTRATOR)).get("/")
    tiles = {
        next(item.iter("a")).text: item.find("strong").text
        for item in page.tree.iterfind(".//section[@aria-labelledby='upkeep-title']//li")
    }
    assert tiles == {"Invitations not accepted yet": "0", "Jobs failed this week": "1", "Mail waiting": "1"}


def test_several_roles_see_all_their_parts_once(office, browser):
    both = office.person("Bo", Role.COORDINATOR, Role.GATEKEEPER, Role.LEADERSHIP)
    page = browser(both).get("/")
    found = groups(page)
    assert (found["Proposals to screen"], sorted(found["Ready or overdue at your gates"])) == (
        ["To screen"],
        ["Running", "To screen"],
    )
    # Red flags are not answered on the one; nobody leads the other's pilot, so the office acts for its lead.
    assert found["Points to confirm before a decision"] == ["Running", "Reviewed"]
    assert "Overdue elsewhere" not in found
    assert len(list(page.tree.iter("figure"))) == 2


def test_a_release_says_how_many_to_prepare_to_sign_and_to_release(world, browser):
    panel = found_panel(world, places=3)
    for title in ("One", "Two"):
        panel.ready(title).due_on = world.now.date() - timedelta(days=2)
    panel.prepare(panel.ready("Three"), Outcome.STOP)
    for title in ("Four", "Five", "Six", "Seven"):
        panel.signed(title)
    heading = "Decisions to prepare, sign or release"
    read = browser(panel.chair).get("/")
    assert statuses(read, heading) == ["2 to prepare, 1 to sign, 4 to release; 2 days overdue"]
    read = browser(panel.coordinator).get("/")
    assert statuses(read, heading) == ["2 to prepare; 2 days overdue"]
    assert "Overdue elsewhere" not in groups(read), "they wait for the coordinator"


def test_what_is_overdue_at_a_gate_says_who_must_act_first(office, browser):
    gail = browser(office.person("Gail", Role.GATEKEEPER)).get("/")
    (section,) = [part for part in gail.texts("section", "work") if "Ready or overdue" in part]
    assert "Health. Waiting on: " in section


def test_nothing_to_do_is_said_kindly(world, browser):
    page = browser(world.person("Lea", Role.LEADERSHIP)).get("/")
    assert "Nothing waits for you" in page.text
    assert groups(page) == {}


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_statements_does_not_grow(world, browser, statements, rows):
    for _ in range(rows):
        world.proposal(step=Step.RUNNING, due_on=world.now.date() - timedelta(days=1))
        world.proposal(step=Step.SCREENING)
    person = world.person("Bo", *(role for role in Role if role not in AGENCY_ROLES))
    visitor = browser()
    visitor.submit("/sign-in", email=person.email, password=PASSWORD, follow=False, status=303)
    with statements() as seen:
        visitor.get("/")
    assert len(seen) == 25, "twelve of them say exactly what can be decided, and who must act elsewhere"
    with statements() as seen:
        visitor.get("/")
    assert len(seen) == 3
