"""The use of AI as people see it: questions, level with its reason, the way up, checks, shares."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

import pytest

from incubator.domain.clock import office_day
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.proposals import Section
from tests.conftest import NOW


@pytest.fixture
def scene(world):
    agency = world.agency("DOT", "Department of Roads")
    author = world.person("Ada Author", (Role.SUBMITTER, agency), agency=agency)
    proposal = world.proposal(
        "Letter sorter", agency=agency, step=Step.RUNNING, uses_ai=True, authors=(author,)
    )
    return SimpleNamespace(
        proposal=proposal,
        agency=agency,
        author=author,
        director=world.person("Dora Director", (Role.AGENCY_LEAD, agency), agency=agency),
        leader=world.person("Leo Leader", Role.LEADERSHIP),
        url=f"/pilots/{proposal.number}/ai",
    )


LOW = {
    "involved": "yes",
    "purpose": "Sorts letters",
    "generative": "no",
    "principal": "no",
    "personal": "no",
    "autonomy": "human_decides",
    "affected": "staff",
    "reversibility": "easily",
    "data_leave": "no",
    "vendor_model": "no",
}
HIGH = {**LOW, "principal": "yes", "personal": "yes"}


def answer(visitor, scene, answers):
    return visitor.submit(f"{scene.url}/questions", answers, holding="involved")


def test_the_level_is_explained_and_the_next_move_named(scene, browser):
    page = browser(scene.author).get(scene.url)
    assert "The questions are not answered yet" in page.text
    page = answer(browser(scene.author), scene, HIGH)
    assert (
        "High because its output is a principal basis for decisions about people's rights, services or safety."
        in page.text
    )
    assert "Also: it handles personal information." in page.text
    assert "Waiting on: The agency's IT director" in page.text


def test_every_question_is_needed_where_ai_is_involved_and_none_where_it_is_not(scene, browser):
    visitor = browser(scene.author)
    page = visitor.submit(f"{scene.url}/questions", {"involved": "yes"}, holding="involved", status=422)
    assert page.texts("p", "error-message") == ["Error: Answer this question"] * 9
    page = visitor.submit(page, {"involved": "no"}, holding="involved")
    assert "Low because no AI is involved." in page.text
    assert "Practices" not in page.texts("h2")


def test_what_was_made_up_for_a_choice_is_no_answer(scene, browser):
    page = browser(scene.author).submit(
        f"{scene.url}/questions", {**LOW, "affected": "martians"}, holding="involved", status=422
    )
    assert page.texts("p", "error-message") == ["Error: Answer this question"]


def test_what_the_proposal_said_is_filled_in(scene, browser, world, now):
    world.add(
        Section(
            proposal_id=scene.proposal.id,
            key="ai",
            answers={"ai_purpose": "Reads forms", "ai_kind": "generative", "ai_principal": False},
            complete=True,
            saved_at=now,
        )
    )
    page = browser(scene.author).get(f"{scene.url}/questions")
    assert "What the proposal says already is filled in." in page.text
    assert "Reads forms" in page.text


def test_a_high_use_on_its_whole_way(scene, browser):
    author, director, leader = browser(scene.author), browser(scene.director), browser(scene.leader)
    answer(author, scene, HIGH)
    assert "Escalate to the Governor's Office" not in author.get(scene.url).texts("button")
    page = director.submit(scene.url, action="/ai/endorse")
    assert "Dora Director" in page.text
    page = author.submit(scene.url, action="/ai/escalate")
    assert "Waiting for an answer" in page.text
    author.get(f"{scene.url}/answer", 403)
    page = leader.submit(
        f"{scene.url}/answer", {"answer": "allowed_with_limits"}, holding="answer", status=422
    )
    assert page.texts("p", "error-message") == ["Error: Write what was answered"]
    page = leader.submit(page, {"note": "Only for adults"}, holding="answer")
    assert "Allowed with limits" in page.text
    assert "Only for adults" in page.text
    page = author.get(f"{scene.url}/questions")
    assert "the endorsement and the escalation are void" in page.text
    page = author.submit(page, {"data_leave": "yes"}, holding="involved")
    assert "Allowed with limits" not in page.text
    assert "Waiting on: The agency's IT director" in page.text


def test_a_practice_stands_with_its_evidence(scene, browser):
    visitor = browser(scene.author)
    answer(visitor, scene, LOW)
    where = f"{scene.url}/practices/risk_assessment"
    page = visitor.submit(where, {"state": "done"}, holding="evidence", status=422)
    assert page.texts("p", "error-message") == ["Error: Write what shows it, or why it is not needed."]
    page = visitor.submit(page, {"evidence": "Report 7"}, holding="evidence")
    assert "Report 7" in page.text
    visitor.get(f"{scene.url}/practices/appeal", 404)


def test_checks_are_overdue_until_one_is_recorded(scene, browser, world):
    world.pilot(scene.proposal, launched_at=NOW - timedelta(days=200))
    visitor = browser(scene.author)
    page = answer(visitor, scene, {**LOW, "personal": "yes"})
    assert "A check is overdue" in page.text
    page = visitor.submit(f"{scene.url}/checks/new", {"found": "Drifts"}, holding="found", status=422)
    assert page.texts("p", "error-message") == ["Error: Say when it is checked next."]
    ahead = office_day(NOW) + timedelta(days=90)
    page = visitor.submit(page, {"next_on": ahead.isoformat()}, holding="found")
    assert "A check is overdue" not in page.text
    assert "Drifts" in page.text


def test_stale_answers_and_a_stale_endorsement_answer_409(scene, browser):
    author, director = browser(scene.author), browser(scene.director)
    answer(author, scene, LOW)
    shown, stale = director.get(scene.url), author.get(f"{scene.url}/questions")
    answer(author, scene, HIGH)
    director.submit(shown, action="/ai/endorse", status=409)
    page = author.submit(stale, {"personal": "yes"}, holding="involved", status=409)
    assert page.heading == "This was changed while you were working"


def test_what_uses_no_ai_says_so_and_can_say_otherwise(scene, browser, world):
    plain = world.proposal("Plain", agency=scene.agency, step=Step.DESIGN, authors=(scene.author,))
    visitor = browser(scene.author)
    page = visitor.get(f"/pilots/{plain.number}/ai")
    assert "No AI, as far as we know" in page.text
    page = visitor.submit(f"/pilots/{plain.number}/ai/questions", LOW, holding="involved")
    assert "Low because nothing in the answers raises it." in page.text
    browser(world.person("Sam")).get(f"/pilots/{plain.number}/ai", 404)


def test_the_shares_show_counts_and_no_percentages_below_ten(scene, browser, world):
    answer(browser(scene.author), scene, HIGH)
    cora = browser(world.person("Cora", Role.COORDINATOR))
    page = cora.get("/portfolio/statistics/ai")
    assert "Department of Roads" in page.text
    assert "%" not in page.text
    assert "/portfolio/statistics/ai" in cora.get("/portfolio/statistics").links()
    browser(scene.author).get("/portfolio/statistics/ai", 403)
