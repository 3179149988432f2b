"""The statistics, the briefing and the published figures, as pages and files."""

from __future__ import annotations

import csv
import dataclasses
import io
import shutil
import subprocess
from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.evaluation import Advice
from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Origin, Outcome, Precision, Stage, Step
from incubator.flows.record import record
from incubator.models.gates import Decision
from incubator.models.proposals import StageSpell
from tests.evaluated import screen_ai
from tests.web.test_portfolio import titles


@pytest.fixture
def portfolio(world):
    world.roads = world.agency("ROAD", "Roads")
    today = world.now.date()
    world.proposal("Bridge sensors", agency=world.roads, step=Step.RUNNING, due_on=today - timedelta(days=5),
                   planned_cents=500_000, spent_cents=120_000)  # fmt: skip
    world.proposal("Claims chat", step=Step.SCREENING, due_on=today + timedelta(days=9))
    world.proposal("Old portal", step=Step.CLOSED, end_reason=EndReason.FEASIBILITY, resume_stage=Stage.PILOT)
    world.leader = world.person("Lea", Role.LEADERSHIP)
    return world


def followed(visitor, page):
    """Each figure of the page that leads to records, with how many records there are and what they sum to."""
    for link in page.tree.iter("a"):
        figure, at = (link.text or "").strip(), link.get("href") or ""
        if at.startswith("/portfolio?") and figure[:1] in {*"0123456789$"}:
            rows = list(
                csv.DictReader(
                    io.StringIO(
                        visitor.client.get(at.replace("/portfolio?", "/portfolio.csv?"))
                        .get_data()
                        .decode("utf-8-sig")
                    )
                )
            )
            yield figure, at, rows


def test_every_figure_leads_to_exactly_its_rows_and_money_of_others_stays_apart(portfolio, browser):
    roads, today = portfolio.roads, portfolio.now.date()
    for number, (origin, step, planned, spent) in enumerate(
        [
            (Origin.DEMONSTRATION, Step.RUNNING, 16_500_000, 0),
            (Origin.DEMONSTRATION, Step.IN_SERVICE, 84_000_000, 0),
            (Origin.INVENTORY, Step.RUNNING, 700, 1_300),
            (Origin.ENTERED, Step.RUNNING, 0, 45_600),
            (Origin.ENTERED, Step.DESIGN, 12_345_600, 0),
        ]
    ):
        portfolio.proposal(
            f"More {number}", agency=roads, step=step, origin=origin, planned_cents=planned, spent_cents=spent
        )
    for number in range(3):
        portfolio.proposal(f"Uses AI {number}", agency=roads, step=Step.SCREENING, uses_ai=True)
    rated = portfolio.proposal("Rated", step=Step.SCREENING)
    portfolio.proposal("Late and published", step=Step.RUNNING, origin=Origin.DEMONSTRATION,
                       due_on=today - timedelta(days=5), spent_cents=7_777_700)  # fmt: skip
    screen_ai(portfolio, rated)
    visitor = browser(portfolio.leader)
    pages = [visitor.get("/portfolio/statistics"), visitor.get("/portfolio/statistics/ai")]
    seen = [row for page in pages for row in followed(visitor, page)]
    for figure, at, rows in seen:
        if figure.startswith("$"):
            column = "Planned" if "money=planned" in at else "Spent"
            assert figure == f"${sum(float(row[column]) for row in rows):,.0f}", at
            assert all(float(row[column]) for row in rows), at
        elif "then=finished" not in at:
            assert figure == str(len(rows)), at
    figures = [(figure, at.partition("?")[2]) for figure, at, _rows in seen]
    assert ("$128,456", "source=own&money=planned") in figures
    assert ("$1,005,007", "source=elsewhere&money=planned") in figures
    assert ("$1,656", "source=own&money=spent") in figures
    assert ("3", "ai=waiting") not in figures, "a tile's link is its label"
    assert ("3", "agency=ROAD&ai=waiting") in figures
    assert "with $1,200 spent so far" in pages[0].text, "the office's own alone"
    assert "$456 was spent on 1 record without a budget" in pages[0].text
    assert "$0" not in [cell.text for cell in pages[0].tree.iter("td")], "an amount nobody recorded is not $0"
    tiles = {
        tile.find("a").text: (tile.find("strong").text, tile.find("a").get("href"))
        for page in pages
        for tile in page.tree.iterfind(".//ul[@class='tiles']/li")
        if tile.find("a") is not None
    }
    assert tiles["Not rated yet"] == ("3", "/portfolio?ai=waiting")
    for value, at in tiles.values():
        assert value == str(len(titles(visitor.get(at)))), at


def test_a_record_is_as_old_in_the_chart_as_on_its_page(portfolio, browser):
    """It came in late in the evening, so fewer full days have passed than days on the calendar."""
    evening = portfolio.now - timedelta(days=9, hours=11)
    late = portfolio.proposal("Late", step=Step.DESIGN, stage_entered_at=evening)
    portfolio.session.execute(
        sa.update(StageSpell).where(StageSpell.proposal_id == late.id).values(entered_at=evening)
    )
    reader = browser(portfolio.leader)
    assert "In this stage10 days" in reader.get(f"/pilots/{late.number}/gates").text
    ages = reader.client.get("/portfolio/charts/ageing.csv").get_data().decode("utf-8-sig")
    assert f"{late.number},10," in ages


def test_each_stage_adds_up_and_a_goal_met_is_no_stop(portfolio, browser):
    for title, reason, outcome in (
        ("Reached", EndReason.GOALS_MET, Outcome.GOAL_MET),
        ("Untold", EndReason.UNKNOWN, Outcome.ENDED),
        ("Failed", EndReason.DEMAND, Outcome.STOP),
    ):
        ended = portfolio.proposal(title, step=Step.CLOSED, end_reason=reason, resume_stage=Stage.PILOT)
        portfolio.add(
            StageSpell(proposal_id=ended.id, stage=Stage.PILOT, next_stage=Stage.CLOSED, exit=outcome,
                       entered_at=portfolio.now - timedelta(days=9), left_at=portfolio.now)
        )  # fmt: skip
    untimed = portfolio.proposal("Since some year", step=Step.SCALING)
    portfolio.session.execute(
        sa.update(StageSpell)
        .where(StageSpell.proposal_id == untimed.id)
        .values(precision=Precision.FISCAL_YEAR)
    )
    ages = browser(portfolio.leader).client.get("/portfolio/charts/ageing.csv").get_data().decode("utf-8-sig")
    assert "Scale" not in ages, "a stay that began in some year has no length in days"
    text = browser(portfolio.leader).client.get("/portfolio/charts/flow.csv").get_data().decode("utf-8-sig")
    rows = [row[1:] for row in csv.reader(io.StringIO(text)) if row[1:] and row[1].isdigit()]
    assert all(int(row[0]) == sum(map(int, row[1:])) for row in rows)
    assert ["4", "1", "0", "1", "1", "1", "0"] in rows


def test_each_chart_is_there_with_its_files(portfolio, browser):
    visitor = browser(portfolio.leader)
    page = visitor.get("/portfolio/statistics?agency=ROAD")
    assert [figure.get("id") for figure in page.tree.iter("figure")] == [
        "flow",
        "ageing",
        "value",
        "money",
        "ends",
    ]
    money = visitor.client.get("/portfolio/charts/money.csv?agency=ROAD")
    found = list(csv.reader(io.StringIO(money.get_data().decode("utf-8-sig"))))
    assert ["Pilot", "5000.00", "1200.00"] in found
    first = visitor.client.get("/portfolio/charts/flow.svg")
    again = visitor.client.get("/portfolio/charts/flow.svg", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    visitor.get("/portfolio/charts/nothing.svg", 404)
    visitor.get("/portfolio/charts/flow.exe", 404)


def test_an_agencys_chart_holds_its_own_records_only(portfolio, browser):
    visitor = browser(portfolio.person("Sam", (Role.SUBMITTER, portfolio.roads), agency=portfolio.roads))
    visitor.get("/portfolio/statistics", 403)
    visitor.get("/portfolio/briefing", 403)
    visitor.get("/portfolio/briefing.pdf", 403)
    text = visitor.client.get("/portfolio/charts/flow.csv").get_data().decode("utf-8-sig")
    entered = {row[0]: row[1] for row in csv.reader(io.StringIO(text))}
    assert (entered["Idea"], entered["Pilot running"]) == ("0", "1")


@pytest.mark.parametrize(
    "query", ["year=x", "agency=%00", "origin=%27", "year=99999999999", "call=" + "x" * 3000]
)
def test_a_strange_address_is_answered_calmly(portfolio, browser, query):
    visitor = browser(portfolio.leader)
    assert visitor.get(f"/portfolio/statistics?{query}").heading == "Statistics"
    assert visitor.client.get(f"/portfolio/briefing.pdf?{query}").status_code == 200


def test_the_briefing_says_what_is_due_and_overdue(portfolio, browser):
    page = browser(portfolio.leader).get("/portfolio/briefing")
    assert page.heading == "Portfolio briefing"
    assert "5 days overdue Pilot lead $1,200" in page.text


def test_the_briefing_is_a_tagged_document_of_the_same(portfolio, browser, tmp_path):
    answer = browser(portfolio.leader).client.get("/portfolio/briefing.pdf")
    assert (answer.mimetype, answer.get_data()[:5]) == ("application/pdf", b"%PDF-")
    reader, inspector = shutil.which("pdftotext"), shutil.which("pdfinfo")
    if reader is None or inspector is None:
        pytest.skip("poppler's tools are not installed")
    file = tmp_path / "briefing.pdf"
    file.write_bytes(answer.get_data())
    text = subprocess.run([reader, "-raw", file, "-"], capture_output=True, check=True).stdout.decode()
    read = " ".join(text.replace("\u200b", "").split())
    for words in ("Portfolio briefing", "Bridge sensors", "Decisions overdue", "$5,000", "Not feasible"):
        assert words in read
    told = subprocess.run([inspector, file], capture_output=True, check=True).stdout.decode()
    assert "Tagged:          yes" in told
    fonts = subprocess.run(["pdffonts", file], capture_output=True, check=True).stdout.decode()
    assert "PublicSansRoman-Regular" in fonts
    assert "Thin" not in fonts


def test_the_published_figures_stand_apart_and_only_in_the_demonstration(portfolio, browser, app):
    visitor = browser(portfolio.leader)
    visitor.get("/portfolio/programme", 404)
    visitor.get("/portfolio/programme/ideas.csv", 404)
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = dataclasses.replace(settings, demonstration=True)
    try:
        page = visitor.get("/portfolio/programme")
        assert visitor.client.get("/portfolio/programme/money.csv").status_code == 200
        visitor.get("/portfolio/programme/nothing.csv", 404)
    finally:
        app.config["SETTINGS"] = settings
    assert "Doubtful figure." in page.text
    assert "printed elsewhere as 1881" in page.text
    assert page.texts("span", "tag").count("Published figure") >= 6
    numbers = [tile.find("strong").text for tile in page.tree.iterfind(".//ul[@class='tiles']/li")]
    assert numbers == ["181", "25", "7"]


@pytest.mark.parametrize("number", [1, 3])
def test_the_number_of_statements_does_not_grow(world, browser, statements, number):
    for _ in range(number):
        world.proposal(
            step=Step.RUNNING, due_on=world.now.date() - timedelta(days=3), value=2.0, effort=2.0, score=2.0
        )
    visitor = browser(world.person("Lea", Role.LEADERSHIP))
    visitor.get("/")
    with statements() as seen:
        visitor.get("/portfolio/statistics?year=2026")
    assert len(seen) == 22, "ten of them say who must act on what is overdue, and its result"
    with statements() as seen:
        visitor.get("/portfolio/statistics?year=2026")
    assert len(seen) == 2
    with statements() as seen:
        visitor.get("/portfolio/briefing")
    assert len(seen) == 14, "ten of them say who must act, and the result"


def scale_decision(world, agency, advice, outcome, *, against=False, **more):
    proposal = world.proposal(agency=agency, step=Step.SCALING)
    by, other = world.person().id, world.person("Olga Other").id
    world.add(
        Decision(
            proposal_id=proposal.id, gate=GateKey.G4, outcome=outcome, from_stage=Stage.PILOT, to_stage=Stage.SCALE,
            reason="So.", decided_by_id=by, decided_at=world.now, advice=advice, evidence={},
            against_advice="Because." if against else "", approved_by_id=other if against else None,
            approved_at=world.now if against else None, evidence_sha256="0" * 64,
            end_reason=EndReason.DEMAND if outcome is Outcome.STOP else None, **more,
        )
    )  # fmt: skip
    return proposal


def test_leadership_reads_how_often_decisions_went_against_the_criteria(portfolio, browser):
    leader = browser(portfolio.leader)
    assert "No scale decision had verdicts yet" in leader.get("/portfolio/statistics").text
    odd = scale_decision(portfolio, portfolio.roads, Advice.STOP, Outcome.ADVANCE, against=True)
    for _more in range(3):
        scale_decision(portfolio, portfolio.roads, Advice.SCALE, Outcome.ADVANCE)
    scale_decision(portfolio, portfolio.roads, Advice.STOP, Outcome.STOP)
    told(portfolio)
    page = leader.get("/portfolio/statistics")
    # Wilson's interval of 1 in 5: .0362 to .6245.
    assert (
        "1 of 5 scale decisions with verdicts went against them: 20%. "
        "As a habit that could be anything from 4% to 62% (95% Wilson interval)." in page.text
    )
    assert "approved by Olga Other" in page.text
    assert any(link.startswith(f"/pilots/{odd.number}/gates#decision-") for link in page.links())
    assert "1 of 5" not in leader.get("/portfolio/statistics?agency=NONE").text
    agency = portfolio.person("Ada", (Role.AGENCY_LEAD, portfolio.roads), agency=portfolio.roads)
    browser(agency).get("/portfolio/statistics", status=403)


def told(world):
    """A page keeps its figures until the trail of events tells of a change."""
    record(world.session, world.actor(world.leader), world.now, EventKind.GATE_DECIDED)
    world.session.commit()
