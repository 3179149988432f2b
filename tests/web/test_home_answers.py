"""The home page names the points before a decision that wait for this person, and the pilots to plan."""

from __future__ import annotations

from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows.readiness import check
from incubator.flows.record import record
from tests.evaluated import lock, prepare_scaling, screen_ai

HEADING = "Points to confirm before a decision"


def answered(world, proposal, gate, *keys):
    by = world.actor(world.person("", Role.COORDINATOR))
    for key in keys:
        check(world.session, by, proposal_id=proposal.id, gate=gate, key=key, met=True, now=world.now)


def told(world, proposal, kind):
    """The trail of events tells of what was laid down: until then a page keeps its figures."""
    by = world.actor(world.person("", Role.COORDINATOR))
    record(world.session, by, world.now, kind, proposal_id=proposal.id)


def test_an_evaluator_is_told_until_everything_is_answered(world, browser):
    roads = world.agency("ROAD", "Roads")
    plain = world.proposal("Plain form", agency=roads, step=Step.DESIGN)
    clever = world.proposal("Clever sorting", agency=roads, step=Step.DESIGN, uses_ai=True)
    world.proposal("Not yet selected", agency=roads, step=Step.REVIEW)
    evaluator = world.person("Eve", Role.EVALUATOR)
    page = browser(evaluator).get("/")
    assert HEADING in page.text
    assert "Plain form" in page.text
    assert "Clever sorting" in page.text
    assert "Not yet selected" not in page.text
    for proposal in (plain, clever):
        lock(world, proposal)
        answered(world, proposal, GateKey.G2, "privacy", "security", "accessibility")
    page = browser(evaluator).get("/")
    assert "Clever sorting" in page.text
    assert "Plain form" not in page.text
    screen_ai(world, clever)
    told(world, clever, EventKind.AI_SCREENED)
    assert HEADING not in browser(evaluator).get("/").text


def test_the_agency_is_asked_at_scaling_and_no_other_agency(world, browser):
    roads, health = world.agency("ROAD", "Roads"), world.agency("HLTH", "Health")
    running = world.proposal("Bridge sensors", agency=roads, step=Step.RUNNING, midpoint_passed=True)
    owner = world.person("Olga", agency=roads)
    world.pilot(running, product_owner_id=owner.id, lesson="Ask twice.")
    early = world.proposal("Road salt", agency=roads, step=Step.RUNNING, midpoint_passed=True)
    world.pilot(early, product_owner_id=owner.id)
    lead = world.person("Lea", (Role.AGENCY_LEAD, roads), agency=roads)
    other = world.person("Hal", (Role.AGENCY_LEAD, health), agency=health)
    for asked in (lead, owner):
        page = browser(asked).get("/")
        assert HEADING in page.text
        assert f"/pilots/{running.number}/gates" in page.links()
        assert f"/pilots/{early.number}/gates" not in page.links()
    assert HEADING not in browser(other).get("/").text
    prepare_scaling(world, running)
    told(world, running, EventKind.SCALE_READINESS_CHANGED)
    for asked in (lead, owner):
        assert HEADING not in browser(asked).get("/").text


def test_a_pilot_lead_finds_what_is_to_be_planned(world, browser):
    roads = world.agency("ROAD", "Roads")
    mine = world.proposal("Mine", agency=roads, step=Step.DESIGN)
    theirs = world.proposal("Theirs", agency=roads, step=Step.DESIGN)
    lead, other = world.person("Pia", Role.PILOT_LEAD), world.person("Ole", Role.PILOT_LEAD)
    world.pilot(mine, lead_id=lead.id)
    world.pilot(theirs, lead_id=other.id)
    page = browser(lead).get("/")
    assert "Pilots to plan" in page.text
    assert f"/pilots/{mine.number}/plan" in page.links()
    assert f"/pilots/{theirs.number}/plan" not in page.links()
    lock(world, mine, proposed_by_id=lead.id, confirmed_at=None)
    told(world, mine, EventKind.PLAN_LOCK_PROPOSED)
    assert "Pilots to plan" not in browser(lead).get("/").text
