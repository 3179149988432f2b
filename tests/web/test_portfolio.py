"""The portfolio's list: what it shows to whom, in which order, and what a strange address does to it."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta

import pytest
from python_calamine import load_workbook

from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Origin, Outcome, Stage, Step
from incubator.models.agencies import Theme
from incubator.models.proposals import StageSpell


def titles(page):
    """The proposals on the list, in its order."""
    table = page.tree.find(".//table[@id='portfolio']")
    if table is None:
        return []
    return [link.text for link in table.iterfind(".//tbody//th/a")]


def exported(visitor, url):
    answer = visitor.client.get(url)
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))


@pytest.fixture
def shelf(world):
    """Three agencies' work in different stages, and a draft nobody else knows of."""
    roads, health = world.agency("ROAD", "Roads"), world.agency("HLTH", "Health")
    theme = world.add(Theme(name="Faster service"))
    spring = world.call("Spring", slug="spring")
    today = world.now.date()
    world.proposal(
        "Bridge sensors",
        agency=roads,
        step=Step.RUNNING,
        due_on=today - timedelta(days=5),
        planned_cents=500_000,
        spent_cents=120_000,
        score=3.5,
        reviews_in=3,
        technology="mapping",
    )
    world.proposal(
        "Claims chat",
        agency=health,
        call=spring,
        step=Step.REVIEW,
        due_on=today + timedelta(days=9),
        score=4.5,
        reviews_in=2,
        theme_id=theme.id,
    )
    world.proposal(
        "Old portal",
        agency=health,
        step=Step.CLOSED,
        end_reason=EndReason.FEASIBILITY,
        resume_stage=Stage.PILOT,
        origin=Origin.INVENTORY,
    )
    world.proposal("Permit texts", agency=roads, step=Step.SCREENING, due_on=today + timedelta(days=90))
    world.proposal("Secret draft", agency=health, step=Step.DRAFT)
    return world


@pytest.fixture
def leader(shelf):
    return shelf.person("Lea", Role.LEADERSHIP)


def test_the_list_shows_what_one_may_see_and_counts_no_more(shelf, browser, leader):
    page = browser(leader).get("/portfolio?sort=title")
    assert titles(page) == ["Bridge sensors", "Claims chat", "Old portal", "Permit texts"]
    assert "Showing 1–4 of 4 records" in page.text
    assert "Secret draft" not in page.html


def test_an_agency_sees_its_own_and_nothing_of_others(shelf, browser):
    roads = shelf.session.query(type(shelf.agency())).filter_by(code="ROAD").one()
    visitor = browser(shelf.person("Sam", (Role.SUBMITTER, roads), agency=roads))
    page = visitor.get("/portfolio?sort=title")
    assert titles(page) == ["Bridge sensors", "Permit texts"]
    assert "Showing 1–2 of 2 records" in page.text
    for hidden in ("Claims", "Old portal", "Health", "HLTH", "Spring", "Faster service"):
        assert hidden not in page.html
    assert [row["Title"] for row in exported(visitor, "/portfolio.csv?sort=title")] == titles(page)
    assert titles(visitor.get("/portfolio?agency=HLTH")) == []
    assert titles(visitor.get("/portfolio?q=claims")) == []


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=BRIDGE", ["Bridge sensors"]),
        ("q=hlth-", ["Claims chat", "Old portal"]),
        ("stage=pilot", ["Bridge sensors"]),
        ("step=review", ["Claims chat"]),
        ("agency=ROAD", ["Bridge sensors", "Permit texts"]),
        ("call=spring", ["Claims chat"]),
        ("technology=mapping", ["Bridge sensors"]),
        ("origin=inventory", ["Old portal"]),
        ("due=overdue", ["Bridge sensors"]),
        ("due=soon", ["Bridge sensors", "Claims chat"]),
        ("reason=feasibility", ["Old portal"]),
        ("year=2026", ["Bridge sensors", "Claims chat", "Old portal", "Permit texts"]),
        ("year=2025", []),
        ("agency=ROAD&stage=idea", ["Permit texts"]),
        ("agency=NONE", []),
        ("reached=pilot&then=here", ["Bridge sensors"]),
        ("reached=idea", ["Claims chat", "Permit texts"]),
    ],
)
def test_filters(shelf, browser, leader, query, expected):
    visitor = browser(leader)
    assert titles(visitor.get(f"/portfolio?sort=title&{query}")) == expected
    assert [row["Title"] for row in exported(visitor, f"/portfolio.csv?sort=title&{query}")] == expected


def test_a_theme_is_found_by_its_id(shelf, browser, leader):
    theme = shelf.session.query(Theme).one()
    assert titles(browser(leader).get(f"/portfolio?theme={theme.id}")) == ["Claims chat"]


def test_a_wildcard_is_a_letter_like_any_other(shelf, browser, leader):
    shelf.proposal("Cut 100% of paper", step=Step.DESIGN)
    visitor = browser(leader)
    assert titles(visitor.get("/portfolio?q=100%25")) == ["Cut 100% of paper"]
    assert titles(visitor.get("/portfolio?q=_laims")) == []


def test_chips_take_one_filter_away_and_keep_the_rest(shelf, browser, leader):
    page = browser(leader).get("/portfolio?agency=ROAD&stage=pilot")
    chips = page.tree.find(".//ul[@class='chips']")
    links = [(" ".join("".join(a.itertext()).split()), a.get("href")) for a in chips.iter("a")]
    assert links == [
        ("Remove filter: Stage: Pilot ×", "/portfolio?agency=ROAD&sort=changed&order=desc"),
        ("Remove filter: Agency: Roads ×", "/portfolio?stage=pilot&sort=changed&order=desc"),
        ("Clear all filters", "/portfolio"),
    ]


@pytest.mark.parametrize(
    ("sort", "up", "down"),
    [
        ("title", ["Bridge sensors", "Claims chat", "Old portal", "Permit texts"], None),
        ("agency", ["Claims chat", "Old portal", "Bridge sensors", "Permit texts"], None),
        ("stage", ["Claims chat", "Permit texts", "Bridge sensors", "Old portal"], None),
        (
            "due",
            ["Bridge sensors", "Claims chat", "Permit texts", "Old portal"],
            ["Permit texts", "Claims chat", "Bridge sensors", "Old portal"],
        ),
        ("planned", ["Claims chat", "Old portal", "Permit texts", "Bridge sensors"], None),
    ],
)
def test_sorting_both_ways_with_empty_values_last(shelf, browser, leader, sort, up, down):
    visitor = browser(leader)
    page = visitor.get(f"/portfolio?sort={sort}&order=asc")
    assert titles(page) == up
    assert titles(visitor.get(f"/portfolio?sort={sort}&order=desc")) == (down or up[::-1])
    sorted_by = [th.get("aria-sort") for th in page.tree.iter("th") if th.get("aria-sort")]
    assert sorted_by == ["ascending"]


@pytest.mark.parametrize(
    ("state", "order", "shown"),
    [
        (ReviewState.ASSIGNED, ["Claims chat", "Low", "High"], ("", "")),
        (ReviewState.SUBMITTED, ["High", "Claims chat", "Low"], ("4.75", "4")),
    ],
)
def test_a_reviewer_learns_nothing_of_scores_before_their_own_is_in(shelf, browser, state, order, shown):
    reviewer = shelf.person("Rita", Role.REVIEWER, Role.COORDINATOR)
    shelf.proposal("Low", step=Step.REVIEW, score=1.25, reviews_in=3)
    high = shelf.proposal("High", step=Step.REVIEW, score=4.75, reviews_in=4)
    shelf.review(high, reviewer, state=state)
    visitor = browser(reviewer)
    page = visitor.get("/portfolio?sort=score&order=desc&step=review")
    assert titles(page) == order
    assert ("4.8" in page.text, "4 reviews" in page.text) == (bool(shown[0]), bool(shown[0]))
    rows = {row["Title"]: row for row in exported(visitor, "/portfolio.csv")}
    assert (rows["High"]["Score"], rows["High"]["Reviews in"]) == shown
    assert (rows["Low"]["Score"], rows["Low"]["Reviews in"]) == ("1.25", "3")


def test_an_agency_never_sees_its_score(shelf, browser):
    health = shelf.agency("MINE", "Mine")
    shelf.proposal("Ours", agency=health, step=Step.DESIGN, score=4.125, reviews_in=3)
    visitor = browser(shelf.person("Ana", (Role.AGENCY_LEAD, health), agency=health))
    assert "4.1" not in visitor.get("/portfolio").text
    assert exported(visitor, "/portfolio.csv")[0]["Score"] == ""


def test_a_technology_reads_as_words_in_the_filter_and_the_file(browser, world, shelf):
    visitor = browser(world.person("Cora", Role.COORDINATOR))
    page = visitor.get("/portfolio?technology=mapping")
    assert "Mapping and sensors" in page.texts("option")
    assert "mapping" not in page.texts("option")
    (row,) = exported(visitor, "/portfolio.csv?technology=mapping")
    assert row["Technology"] == "Mapping and sensors"


@pytest.mark.parametrize(
    "query",
    [
        "page=-1", "page=0", "page=999999999", "page=10**9", "page=1&page=2", "sort=score;drop%20table", "sort=__class__",
        "order=sideways", "stage=nope", "theme=99999999999999999999", "theme=-1", "year=0", "year=99999", "year=2026%00",
        "q=%00", "q=%ED%A0%80", "q=%FF%FE", "q=" + "x" * 5000, "q='%20or%201=1--", "reached=pilot&then=nope&reached_in=1",
        "agency=%25", "call[]=1", "q=%E2%80%AE%F0%9F%A6%84", "due=%27", "then=here",
    ],
)  # fmt: skip
def test_a_strange_address_is_answered_calmly(shelf, browser, leader, query):
    visitor = browser(leader)
    page = visitor.get(f"/portfolio?{query}")
    assert page.heading == "Portfolio"
    assert visitor.client.get(f"/portfolio.csv?{query}").status_code == 200


def test_a_page_past_the_end_is_the_last_one(shelf, browser, leader):
    assert len(titles(browser(leader).get("/portfolio?page=99"))) == 4


def test_fifty_to_a_page(world, browser):
    agency = world.agency("MANY")
    for number in range(53):
        world.proposal(f"Proposal {number:02}", agency=agency)
    visitor = browser(world.person("Lea", Role.LEADERSHIP))
    first, second = visitor.get("/portfolio?sort=title"), visitor.get("/portfolio?sort=title&page=2")
    assert (len(titles(first)), titles(second)) == (50, ["Proposal 50", "Proposal 51", "Proposal 52"])
    assert "Showing 51–53 of 53 records" in second.text
    assert len(exported(visitor, "/portfolio.csv")) == 53


def test_what_cannot_match_says_so_and_shows_the_way_out(shelf, browser, leader):
    page = browser(leader).get("/portfolio?q=unicorn")
    assert "Nothing matches these filters" in page.text
    assert "No results" in page.text
    assert "/portfolio" in page.links()


def test_the_exports_hold_every_column_and_no_formula(shelf, browser, leader):
    shelf.proposal(
        '=HYPERLINK("http://evil","x")', step=Step.RUNNING, requested_cents=123_45, planned_cents=1
    )
    visitor = browser(leader)
    row = exported(visitor, "/portfolio.csv?q=hyperlink")[0]
    assert row["Title"] == '\'=HYPERLINK("http://evil","x")'
    assert (row["Requested"], row["Planned"], row["Stage"]) == ("123.45", "0.01", "Pilot")
    answer = visitor.client.get("/portfolio.xlsx?stage=pilot")
    book = load_workbook(io.BytesIO(answer.get_data()))
    rows = book.get_sheet_by_name("Portfolio").to_python()
    assert rows[0][:4] == ["Number", "Title", "Agency code", "Agency"]
    assert {row[1] for row in rows[1:]} == {"Bridge sensors", '=HYPERLINK("http://evil","x")'}
    notes = [line[0] for line in book.get_sheet_by_name("Notes").to_python()]
    assert notes[1:] == ["Stage: Pilot"]


def test_overdue_work_is_marked_and_closed_work_is_not(world, browser):
    late = world.now.date() - timedelta(days=400)
    world.proposal("Late", step=Step.DESIGN, due_on=late)
    world.proposal("Ended", step=Step.CLOSED, outcome=Outcome.STOP, due_on=late)
    rows = {
        row["Title"]: row for row in exported(browser(world.person("L", Role.LEADERSHIP)), "/portfolio.csv")
    }
    assert (rows["Late"]["Overdue"], rows["Ended"]["Overdue"]) == ("yes", "no")
    assert date.fromisoformat(rows["Late"]["Decision due"]) == late


def test_the_latest_stay_in_a_stage_counts(world, browser):
    back = world.proposal("Back again", step=Step.DESIGN)
    world.add(
        StageSpell(
            proposal_id=back.id,
            stage=Stage.DESIGN,
            entered_at=world.now - timedelta(days=90),
            left_at=world.now - timedelta(days=60),
            exit=Outcome.ADVANCE,
            next_stage=Stage.PILOT,
        )
    )
    visitor = browser(world.person("L", Role.LEADERSHIP))
    assert titles(visitor.get("/portfolio?reached=design&then=here")) == ["Back again"]
    assert titles(visitor.get("/portfolio?reached=design&then=advanced")) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_statements_does_not_grow(world, browser, statements, rows):
    for _ in range(rows):
        world.proposal(step=Step.RUNNING, score=3.0, reviews_in=3)
    visitor = browser(world.person("Lea", Role.LEADERSHIP))
    with statements() as seen:
        visitor.get("/portfolio")
    assert len(seen) == 9
    with statements() as seen:
        visitor.get("/portfolio")
    assert len(seen) == 3
