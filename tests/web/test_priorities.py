"""The page of the ranked list: the line, hand moves with undo, limits, and what a person barred sees."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from incubator.domain.conflicts import ConflictKind
from incubator.domain.roles import Role
from incubator.domain.stages import Origin, Outcome, Step
from incubator.models.conflicts import Conflict
from incubator.models.gates import Decision


@pytest.fixture
def ranked(world):
    """Four proposals of $40,000 against $100,000 and three teams; the last asks for $10,000 only."""
    world.call_ = world.call("Spring", slug="spring", budget_cents=10_000_000, teams=3)
    agency = world.agency("HLTH", "Health")
    for title, score, cents in (
        ("Best", 4.8, 4_000_000),
        ("Good", 4.0, 4_000_000),
        ("Fair", 3.5, 4_000_000),
        ("Small", 2.0, 1_000_000),
    ):
        world.proposal(
            title, agency=agency, call=world.call_, step=Step.REVIEW, score=score, reviews_in=3,
            requested_cents=cents, number=f"HLTH-{title}",
        )  # fmt: skip
    return world


@pytest.fixture
def coordinator(ranked):
    return ranked.person("Cora", Role.COORDINATOR)


def rows(page):
    """Title and what is said against the limits, down the list."""
    body = page.tree.find(".//tbody[@class='ranked']")
    found = []
    for row in body.iter("tr"):
        tag = next(s.text for s in row.iter("span") if "tag" in s.get("class", "").split())
        found.append((row.find("th/a").text, tag))
    return found


def cut_after(page):
    return [row.find("th/a").text for row in page.tree.iter("tr") if row.get("class") == "cut-line"]


def test_the_line_says_what_ran_out(ranked, browser, coordinator):
    page = browser(coordinator).get("/priorities/spring")
    assert rows(page) == [
        ("Best", "Fits"),
        ("Good", "Fits"),
        ("Fair", "Below the line"),
        ("Small", "Would still fit"),
    ]
    assert cut_after(page) == ["Good"]
    assert "The money runs out before Fair: it asks for $40,000, and $20,000 is left." in page.text


def test_limits_are_tried_in_private_until_somebody_adopts_them(ranked, browser, coordinator):
    visitor, other = browser(coordinator), browser(ranked.person("Otto", Role.COORDINATOR))
    tried = visitor.get("/priorities/spring?budget=%241%2C000%2C000&teams=1")
    assert "You are trying out other limits" in tried.text
    assert "For everybody else the limits are $100,000 and 3 teams." in tried.text
    assert cut_after(tried) == ["Best"]
    assert "The teams run out before Good." in tried.text
    for who in (visitor, other):
        page = who.get("/priorities/spring")
        assert cut_after(page) == ["Good"], "nobody else's list has changed, nor one's own"
        assert "trying out" not in page.text
    page = visitor.submit(tried, action="/limits")
    assert "The limits were adopted for everybody." in page.text
    assert cut_after(other.get("/priorities/spring")) == ["Best"]
    assert "Everything fits" in visitor.get("/priorities/spring?budget=&teams=").text


def test_teams_busy_with_pilots_outside_the_call_count(ranked, browser, coordinator):
    ranked.proposal("Running since spring", step=Step.RUNNING, planned_cents=90_000_000)
    ranked.proposal("Published", step=Step.RUNNING, origin=Origin.DEMONSTRATION)
    page = browser(coordinator).get("/priorities/spring?budget=&teams=3")
    assert "1 team is busy with a pilot from outside this call." in page.text
    assert cut_after(page) == ["Good"], "2 teams are left, and its money is not this call's"


@pytest.mark.parametrize(
    ("budget", "teams"),
    [
        ("-5", "3"),
        ("nan", "3"),
        ("1e400", "3"),
        ("5", "2.5"),
        ("5", "-1"),
        ("5", "٣"),
        ("9" * 30, "3"),
        ("5", "9" * 12),
    ],
)
def test_limits_that_are_no_numbers_are_refused_beside_the_field(ranked, browser, coordinator, budget, teams):
    page = browser(coordinator).get(
        f"/priorities/spring?{urlencode({'budget': budget, 'teams': teams})}", 422
    )
    assert "There is a problem" in page.text
    assert cut_after(page) == ["Good"]


def test_a_move_shows_its_reason_and_can_be_taken_back(ranked, browser, coordinator):
    visitor = browser(coordinator)
    page = visitor.submit(
        "/priorities/spring/move/HLTH-Small?to=1",
        {"position": "1", "reason": "Law asks for it by July"},
        holding="reason",
    )
    assert [title for title, _ in rows(page)] == ["Small", "Best", "Good", "Fair"]
    assert "Moved by hand from 4 to 1 by Cora: Law asks for it by July" in page.text
    page = visitor.submit(page, action="/undo")
    assert [title for title, _ in rows(page)] == ["Best", "Good", "Fair", "Small"]
    assert "Moved by hand" not in page.text


def test_a_move_without_a_reason_keeps_what_was_typed(ranked, browser, coordinator):
    page = browser(coordinator).submit(
        "/priorities/spring/move/HLTH-Fair", {"position": "1", "reason": " "}, holding="reason", status=422
    )
    assert "Say why you move it" in page.text
    position = next(i for i in page.tree.iter("input") if i.get("name") == "position")
    assert position.get("value") == "1"


def test_two_people_moving_at_once_both_learn_of_it(ranked, browser, coordinator):
    first, second = browser(coordinator), browser(ranked.person("Gail", Role.GATEKEEPER))
    shown = second.get("/priorities/spring/move/HLTH-Good")
    first.submit("/priorities/spring/move/HLTH-Fair", {"position": "1", "reason": "Urgent"}, holding="reason")
    page = second.submit(shown, {"position": "1", "reason": "Better"}, holding="reason", status=409)
    assert "Somebody else changed this" in page.text
    assert rows(first.get("/priorities/spring"))[0] == ("Fair", "Fits")


def test_who_has_a_conflict_sees_neither_the_row_nor_its_money(ranked, browser, coordinator):
    best = ranked.session.query(type(ranked.proposal())).filter_by(title="Best").one()
    ranked.add(
        Conflict(
            person_id=coordinator.id, proposal_id=best.id, kind=ConflictKind.OTHER, declared_at=ranked.now
        )
    )
    visitor = browser(coordinator)
    page = visitor.get("/priorities/spring")
    assert "Best" not in page.html
    assert rows(page) == [("Good", "Fits"), ("Fair", "Fits"), ("Small", "Fits")]
    assert "so you cannot change its list" in page.text
    assert not [
        form for form in page.forms() if form.get("method") == "post" and form.get("data-sign-out") is None
    ]
    visitor.get("/priorities/spring/move/HLTH-Best", 404)
    token = visitor.token()
    answer = visitor.client.post(
        "/priorities/spring/limits", data={"csrf_token": token, "budget": "1", "teams": "1", "version": "0"}
    )
    assert answer.status_code == 403
    index = visitor.get("/priorities")
    assert index.tree.find(".//td[@data-label='Ready to rank']").text == "3"


def test_what_was_already_selected_takes_its_share(ranked, browser, coordinator):
    for title, step, cents, planned in (
        ("Chosen", Step.DESIGN, 3_000_000, 0),
        ("Scaled", Step.SCALING, 1_000_000, 1_000_000),
        ("In service", Step.IN_SERVICE, 1_000_000, 1_500_000),
        ("Ended as a pilot", Step.CLOSED, 1_000_000, 1_500_000),
        ("Ended in design", Step.CLOSED, 9_000_000, 0),
    ):
        chosen = ranked.proposal(
            title, call=ranked.call_, step=step, requested_cents=cents, planned_cents=planned
        )
        ranked.add(
            Decision(proposal_id=chosen.id, gate="g1", outcome=Outcome.ADVANCE, from_stage="idea",
                     to_stage="design", reason="Yes", decided_at=ranked.now, evidence={}, evidence_sha256="")
        )  # fmt: skip
    page = browser(coordinator).get("/priorities/spring")
    assert cut_after(page) == []
    assert [tag for _, tag in rows(page)] == [
        "Below the line",
        "Below the line",
        "Below the line",
        "Would still fit",
    ]
    assert (
        "5 proposals of this call were already selected; their $70,000 is taken off the limit." in page.text
    )
    assert "2 teams are working on them." in page.text


@pytest.mark.parametrize("url", ["/priorities/none", "/priorities/spring/move/HLTH-None"])
def test_what_does_not_exist_is_not_found(ranked, browser, coordinator, url):
    browser(coordinator).get(url, 404)


@pytest.mark.parametrize("move", ["1", "0", "2147483647", "99999999999999999999", "-1", "x"])
def test_a_move_that_does_not_exist_is_not_taken_back(ranked, browser, coordinator, move):
    visitor = browser(coordinator)
    answer = visitor.client.post(
        f"/priorities/spring/moves/{move}/undo", data={"csrf_token": visitor.token(), "version": "0"}
    )
    assert answer.status_code == 404


def test_others_may_not_look(ranked, browser):
    for role in (Role.REVIEWER, Role.EVALUATOR, Role.ADMINISTRATOR):
        browser(ranked.person("", role)).get("/priorities/spring", 403)


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_statements_does_not_grow(world, browser, statements, number):
    call = world.call("Spring", slug="spring")
    for _ in range(number):
        world.proposal(call=call, step=Step.REVIEW, score=3.0, reviews_in=3)
    visitor = browser(world.person("Cora", Role.COORDINATOR))
    with statements() as seen:
        visitor.get("/priorities/spring")
    assert len(seen) == 5
    with statements() as seen:
        visitor.get("/priorities")
    assert len(seen) == 2
