"""“Ready to scale” as people see and use it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from incubator.domain.clock import office_day
from incubator.domain.roles import Role
from incubator.domain.scaling import fiscal_year_of
from incubator.domain.stages import Step
from tests.conftest import NOW


@pytest.fixture
def scene(world):
    agency = world.agency("DOT", "Department of Roads")
    proposal = world.proposal("Permit helper", agency=agency, step=Step.RUNNING)
    lead, owner = world.person("Lena Lead", Role.PILOT_LEAD), world.person("Omar Owner")
    pilot = world.pilot(proposal, lead_id=lead.id, product_owner_id=owner.id)
    return SimpleNamespace(
        proposal=proposal,
        pilot=pilot,
        lead=lead,
        owner=owner,
        eva=world.person("Eva Evaluator", Role.EVALUATOR),
        url=f"/pilots/{proposal.number}/scaling",
        world=world,
    )


def standing(page):
    needs = next(node for node in page.tree.iter("ul") if node.get("class") == "needs")
    return [
        "".join(li.itertext()).split("Waiting on")[0].strip()
        for li in needs
        if "met" in (li.get("class") or "")
    ]


PREPARED = {
    "recurring_cents": "$48,000.50",
    "funding_line": "Operating budget, line 4",
    "fiscal_year": "2099",
    "procurement": "State price agreement",
    "support": "The service desk",
    "typicality": "Two busy offices",
}


def test_what_is_missing_names_whose_move_it_is(scene, browser):
    page = browser(scene.lead).get(scene.url)
    assert page.heading == "Ready to scale"
    assert standing(page) == []
    assert "Waiting on: Omar Owner" in page.text
    assert "What stands 0 of 6" in page.text


def test_preparing_keeps_what_was_typed_and_says_what_is_wrong(scene, browser):
    visitor = browser(scene.lead)
    page = visitor.submit(f"{scene.url}/prepare", PREPARED, holding="funding_line", status=422)
    assert page.texts("p", "error-message") == [
        f"Error: Enter a fiscal year from {_first()} to {_first() + 10}."
    ]
    assert 'value="48,000.50"' in page.html or 'value="$48,000.50"' in page.html
    page = visitor.submit(page, {"fiscal_year": str(_first() + 1)}, holding="funding_line")
    assert "$48,000.50" in page.text
    assert f"First fiscal year{_first() + 1}" in page.text
    assert "What stands 4 of 6" in page.text


def _first():
    return fiscal_year_of(office_day(NOW))


@pytest.mark.parametrize("typed", ["nan", "inf", "1e308", "-5", "lots"])
def test_a_cost_that_is_no_amount_is_refused(scene, browser, typed):
    page = browser(scene.lead).submit(
        f"{scene.url}/prepare", {"recurring_cents": typed}, holding="funding_line", status=422
    )
    assert len(page.texts("p", "error-message")) == 1


def test_the_owner_accepts_in_person_and_the_acceptance_lapses_with_another(scene, browser):
    visitor = browser(scene.owner)
    page = visitor.submit(f"{scene.url}/accept", {"note": "With two more people"}, holding="note")
    assert "Omar Owner accepted on" in page.text
    assert "With two more people" in page.text
    assert standing(page)[0].startswith("The product owner accepts")
    browser(scene.lead).get(f"{scene.url}/accept", 403)
    scene.pilot.product_owner_id = scene.lead.id
    scene.world.session.flush()
    page = browser(scene.eva).get(scene.url)
    assert "The acceptance has lapsed" in page.text
    assert "Lena Lead has to accept in person." in page.text


def test_approvals_need_a_ground_and_stand_with_name_and_day(scene, browser):
    visitor = browser(scene.eva)
    page = visitor.submit(f"{scene.url}/security", {"state": "refused"}, holding="state", status=422)
    assert page.texts("p", "error-message") == ["Error: Write who said so and on what ground."]
    page = visitor.submit(page, {"note": "Logs are kept too long"}, holding="state")
    assert "Refused" in page.text
    assert "Logs are kept too long" in page.text
    assert "Eva Evaluator" in page.text
    browser(scene.lead).get(f"{scene.url}/security", 403)
    visitor.get(f"{scene.url}/fame", 404)


def test_a_stale_form_answers_409_with_both(scene, browser):
    visitor = browser(scene.lead)
    stale = visitor.get(f"{scene.url}/prepare")
    visitor.submit(f"{scene.url}/prepare", {"support": "First"}, holding="support")
    page = visitor.submit(stale, {"support": "Second"}, holding="support", status=409)
    assert "First" in page.text
    assert "Second" in page.text
    answers = browser(scene.eva)
    stale = answers.get(f"{scene.url}/privacy")
    answers.submit(f"{scene.url}/privacy", {"state": "approved", "note": "Fine"}, holding="state")
    answers.submit(stale, {"state": "refused", "note": "No"}, holding="state", status=409)


def test_it_is_offered_from_the_pilot_stage_on(scene, browser, world):
    early = world.proposal("Early", step=Step.DESIGN)
    visitor = browser(world.person("Cora", Role.COORDINATOR))
    assert f"/pilots/{early.number}/scaling" not in visitor.get(f"/pilots/{early.number}").links()
    assert scene.url in visitor.get(f"/pilots/{scene.proposal.number}").links()
    browser(world.person("Sam")).get(scene.url, 404)


def test_what_was_scaled_is_not_told_that_it_is_not_ready(scene, browser, world):
    done = world.proposal("In use for years", agency=world.agency("OLD", "Old Roads"), step=Step.IN_SERVICE)
    world.pilot(done, lead_id=scene.lead.id)
    text = browser(scene.lead).get(f"/pilots/{done.number}/scaling").text
    assert "The decision to scale was taken." in text
    assert "Not recorded" in text
    assert "not ready to scale" not in text
    assert "Missing" not in text
    money = browser(scene.eva).get(f"/pilots/{done.number}/money").text
    assert "No budget yet" in money
    assert "Plan amounts by category" not in money, "whoever may not plan is not told how to"
