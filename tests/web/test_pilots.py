"""The record's overview and the pilot's pages as people see and use them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Origin, Outcome, Precision, Provenance, Stage, Step
from incubator.models.agencies import Need
from incubator.models.benefits import Benefit
from incubator.models.evaluation import ProcessChange
from incubator.models.pilots import (
    BudgetLine,
    Cadence,
    CriterionKind,
    Direction,
    Expense,
    Metric,
    Milestone,
    Pilot,
    ProgressReport,
    Reading,
    ReportState,
    Risk,
)
from incubator.models.proposals import DateKind, NeedLink, Proposal, StatedDate
from incubator.web.pilots import figures

STATEMENTS_OF_THE_OVERVIEW = 20
"""Five of them say what the record waits for and who must act."""


def seen(page):
    """The words of the page, those of different elements apart."""
    body = page.tree.find("body")
    return " ".join(" ".join(body.itertext()).split())


class Arranged:
    """A running pilot with people around it."""

    def __init__(self, world) -> None:
        self.world = world
        self.agency = world.agency("DOT", "Department of Roads")
        self.proposal = world.proposal("Permit helper", agency=self.agency, step=Step.RUNNING)
        self.lead = world.person("Lena Lead", Role.PILOT_LEAD)
        self.cora = world.person("Cora Coordinator", Role.COORDINATOR)
        self.evan = world.person("Evan Evaluator", Role.EVALUATOR)
        self.pilot = world.pilot(self.proposal, lead_id=self.lead.id)
        self.url = f"/pilots/{self.proposal.number}"

    def metric(self, name="Average wait", *values, **more):
        more = {
            "unit": "min",
            "direction": Direction.DOWN,
            "kind": CriterionKind.GOAL,
            "cadence": Cadence.MONTHLY,
            "baseline": 51.0,
            "target": 30.0,
            **more,
        }
        metric = self.world.add(Metric(pilot_id=self.pilot.id, name=name, **more))
        for month, value in enumerate(values, start=1):
            self.world.add(
                Reading(
                    metric_id=metric.id,
                    taken_on=date(2026, month, 1),
                    value=value,
                    recorded_at=self.world.now,
                    recorded_by_id=self.lead.id,
                )
            )
        return metric


@pytest.fixture
def arranged(world):
    return Arranged(world)


# the overview


def test_the_result_comes_first_with_what_the_figure_is(arranged, browser):
    arranged.metric("Average wait", 50, 44, 29, provenance=Provenance.ILLUSTRATION)
    page = browser(arranged.lead).get(arranged.url)
    assert page.heading == "Permit helper"
    assert page.texts("div", "notice")[0] == (
        "Note: Result: Too earlyNo verdict before May 31, 2027.Latest measurement of Average wait: 29 min"
        " on March 1, 2026 (baseline 51 min, target 30 min). IllustrationAll results"
    )
    assert page.html.count('class="chart"') == 2


def test_a_published_figure_leads_to_its_source(arranged, browser):
    arranged.metric(
        "Average wait",
        50,
        provenance=Provenance.PUBLISHED,
        source_url="https://example.gov/waits",
        source="Yearbook",
    )
    page = browser(arranged.lead).get(arranged.url)
    assert "Published figure Yearbook Source of Average wait" in seen(page)
    assert "https://example.gov/waits" in page.links()


def test_a_running_pilot_without_evidence_says_so(arranged, browser):
    page = browser(arranged.lead).get(arranged.url)
    assert "No verdict: no goal was set in advance. No evidence recorded: no metric is defined." in seen(page)
    arranged.metric("Average wait")
    arranged.world.session.commit()
    assert (
        "No evidence recorded: Average wait has not been measured yet."
        in browser(arranged.lead).get(arranged.url).text
    )


def test_money_milestones_risks_and_the_report_stand_on_the_overview(arranged, browser, world):
    pid = arranged.proposal.id
    arranged.proposal.planned_cents, arranged.proposal.spent_cents = 500_000, 123_456
    world.add(BudgetLine(proposal_id=pid, category="Travel", cents=500_000))
    world.add(
        Expense(
            proposal_id=pid,
            category="Travel",
            cents=123_456,
            spent_on=date(2026, 9, 1),
            what="Train",
            recorded_at=world.now,
        )
    )
    world.add(Milestone(proposal_id=pid, title="All counties use it", due_on=date(2026, 11, 1)))
    world.add(
        Milestone(
            proposal_id=pid, title="Already there", due_on=date(2026, 7, 1), reached_on=date(2026, 7, 2)
        )
    )
    world.add(Risk(proposal_id=pid, title="No storm comes", likelihood=3, impact=5))
    world.add(Risk(proposal_id=pid, title="Long over", likelihood=5, impact=5, closed_at=world.now))
    world.add(
        ProgressReport(
            proposal_id=pid,
            period="September 2026",
            done="Trained",
            state=ReportState.SENT,
            sent_at=world.now,
        )
    )
    world.add(ProgressReport(proposal_id=pid, period="October 2026", done="Half a draft"))
    need = world.add(
        Need(
            agency_id=arranged.agency.id,
            title="Permits take weeks",
            problem="They do",
            rank=1,
            stated_at=world.now,
        )
    )
    world.add(NeedLink(proposal_id=pid, need_id=need.id))
    page = browser(arranged.lead).get(arranged.url)
    assert "$1,235 spent of $5,000 planned." in seen(page)
    assert "All counties use it November 1, 2026 Overdue" in seen(page)
    assert "Milestones: 1 of 2 reached" in seen(page)
    assert "No storm comes High" in seen(page)
    assert "Long over" not in seen(page)
    assert "September 2026 Sent, waiting for an answer" in seen(page)
    assert "Half a draft" not in seen(page)
    assert "Permits take weeks" in seen(page)


def test_a_merged_record_leads_to_the_one_that_goes_on(arranged, world, browser):
    merged = world.proposal(
        "The same again",
        agency=arranged.agency,
        step=Step.CLOSED,
        outcome=Outcome.MERGE,
        end_reason=EndReason.MERGED,
        merged_into_id=arranged.proposal.id,
    )
    for more in ("", "/screening", "/reviews", "/gates", "/documents", "/history"):
        page = browser(arranged.cora).get(f"/pilots/{merged.number}{more}")
        assert arranged.url in page.links()
        assert f"This goes on as {arranged.proposal.number} – Permit helper" in seen(page)


def test_an_author_is_not_told_of_a_merge_target_they_may_not_know(arranged, world, browser):
    author = world.person("Author")
    merged = world.proposal(
        "The same again",
        step=Step.CLOSED,
        outcome=Outcome.MERGE,
        end_reason=EndReason.MERGED,
        merged_into_id=arranged.proposal.id,
        authors=(author,),
    )
    visitor = browser(author)
    for more in ("", "/screening", "/gates", "/history"):
        page = visitor.get(f"/pilots/{merged.number}{more}")
        assert arranged.proposal.number not in page.html
        assert "Permit helper" not in seen(page)


def test_an_imported_record_shows_its_dates_as_stated(world, browser):
    proposal = world.proposal("From the inventory", step=Step.SCALING, origin=Origin.INVENTORY)
    world.add(
        StatedDate(
            proposal_id=proposal.id,
            kind=DateKind.STARTED,
            raw="Q3 FY2023",
            parsed=date(2023, 4, 1),
            precision=Precision.QUARTER,
        )
    )
    world.add(StatedDate(proposal_id=proposal.id, kind=DateKind.ENDED, raw="tbd", precision=Precision.NONE))
    page = browser(world.person("Cora", Role.COORDINATOR)).get(f"/pilots/{proposal.number}")
    assert "Pilot started the quarter from April 2023 stated as “Q3 FY2023”" in seen(page)
    assert "Ended No date could be read stated as “tbd”" in seen(page)


def test_an_idea_has_an_overview_without_a_plan(world, browser):
    proposal = world.proposal("Only an idea", step=Step.REVIEW, requested_cents=12_500_000)
    page = browser(world.person("Cora", Role.COORDINATOR)).get(f"/pilots/{proposal.number}")
    assert "Asked for $125,000" in seen(page)
    assert "Waiting on: Cora." in seen(page), "nobody is assigned to review it"
    assert "Next milestones" not in seen(page)


@pytest.mark.parametrize("count", [1, 3])
def test_the_overview_costs_the_same_for_one_metric_and_for_three(arranged, browser, statements, count):
    for place in range(count):
        arranged.metric(f"Metric {place}", *range(40, 42 + count))
        arranged.world.add(
            Milestone(proposal_id=arranged.proposal.id, title=f"M{place}", due_on=date(2026, 12, 1))
        )
    visitor = browser(arranged.lead)
    with statements() as seen:
        visitor.get(arranged.url)
    assert len(seen) == STATEMENTS_OF_THE_OVERVIEW


def test_the_report_on_paper_starts_new_limits_where_the_page_does(arranged, world, browser, monkeypatch):
    metric = arranged.metric("Average wait", 50, 44, 29)
    new = world.now.date() - timedelta(days=30)
    world.add(
        ProcessChange(
            pilot_id=metric.pilot_id,
            happened_on=new,
            what="A second clerk",
            new_limits=True,
            recorded_at=world.now,
        )
    )
    drawn = []
    known = figures.process_chart
    monkeypatch.setattr(
        figures, "process_chart", lambda *given, **named: drawn.append(known(*given, **named)) or drawn[-1]
    )
    visitor = browser(arranged.lead)
    for page in ("/report", "/report.pdf"):
        visitor.get(arranged.url + page)
    assert [chart.changes for chart in drawn] == [(new,), (new,)]


# access


def test_a_lead_sees_the_own_pilot_and_no_other(arranged, world, browser):
    other = world.proposal("Secret pilot of others", step=Step.RUNNING)
    world.pilot(other)
    visitor = browser(arranged.lead)
    for page in (
        "",
        "/plan",
        "/metrics",
        "/money",
        "/milestones",
        "/reports",
        "/benefit",
        "/report",
        "/report.pdf",
    ):
        visitor.get(arranged.url + page)
        assert "Secret pilot of others" not in visitor.get(f"/pilots/{other.number}{page}", 404).text


@pytest.mark.parametrize(
    "path",
    [
        "/plan/edit",
        "/sites/new",
        "/metrics/new",
        "/budget/new",
        "/expenses/new",
        "/milestones/new",
        "/risks/new",
    ],
)
def test_who_only_reads_cannot_write(arranged, world, browser, path):
    chief = world.person("Chief", Role.LEADERSHIP)
    page = browser(chief).get(arranged.url + path, 403)
    assert "keep the plan" in seen(page) or "record readings" in seen(page)


def test_a_chart_is_guarded_like_its_page_and_not_sent_twice(arranged, world, browser):
    metric = arranged.metric("Average wait", 50, 44)
    address = f"{arranged.url}/metrics/{metric.id}/chart.png"
    first = browser(arranged.lead).client.get(address)
    assert (first.status_code, first.mimetype) == (200, "image/png")
    again = browser(arranged.lead).client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    stranger = browser(world.person("Stranger")).client.get(
        address, headers={"If-None-Match": first.headers["ETag"]}
    )
    assert stranger.status_code == 404
    assert browser(arranged.lead).client.get(f"{arranged.url}/charts/nothing.png").status_code == 404


@pytest.mark.parametrize("name", ["money", "progress"])
def test_the_other_charts_come_as_csv(arranged, world, browser, name):
    arranged.metric("Average wait", 50)
    world.add(BudgetLine(proposal_id=arranged.proposal.id, category="Travel", cents=500_000))
    answer = browser(arranged.lead).client.get(f"{arranged.url}/charts/{name}.csv")
    heads = {"money": "Month,Planned", "progress": "Metric,Unit"}
    assert answer.get_data().decode("utf-8-sig").startswith(heads[name])


# the plan


def test_a_lead_edits_the_plan_and_the_due_day_follows(arranged, browser, session):
    visitor = browser(arranged.lead)
    page = visitor.submit(
        f"{arranged.url}/plan/edit", starts_on="Jan 1, 2027", ends_on="7/1/2027", objectives="Learn\nmuch"
    )
    assert "The plan is saved." in seen(page)
    assert "Learn much" in seen(page)
    session.expire_all()
    assert session.get(Proposal, arranged.proposal.id).due_on == date(2027, 4, 1)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"ends_on": "May 1, 2026"}, "The pilot must end after it starts."),
        ({"ends_on": "February 30, 2027"}, "February 2027 has no day 30."),
        ({"starts_on": "1/1/0001"}, "Enter a year from 1900 to 2200."),
        ({"ends_on": "12/31/9999"}, "Enter a year from 1900 to 2200."),
        ({"lead_id": "99999999999999999999"}, "Choose a person from the list."),
        ({"objectives": "x" * 4_001}, "too long"),
        ({"objectives": "a\x00b"}, "cannot be kept"),
    ],
)
def test_a_hostile_plan_is_refused_beside_its_field_and_kept(arranged, browser, typed, message):
    page = browser(arranged.lead).submit(
        f"{arranged.url}/plan/edit", {**typed, "scalability": "Two counties ask to join"}, status=422
    )
    assert any(message in text for text in page.texts("p", "error-message"))
    assert "Two counties ask to join" in seen(page)
    assert page.texts("title")[0].startswith("Error: ")


def test_two_people_edit_the_plan(arranged, browser, session):
    mine, theirs = browser(arranged.lead), browser(arranged.cora)
    open_form = mine.get(f"{arranged.url}/plan/edit")
    theirs.submit(f"{arranged.url}/plan/edit", objectives="Theirs")
    page = mine.submit(open_form, objectives="Mine", status=409)
    assert "Theirs" in seen(page)
    assert "Mine" in seen(page)
    session.expire_all()
    assert session.query(Pilot).one().objectives == "Theirs"


def test_a_site_is_removed_and_put_back_from_the_notice(arranged, browser):
    visitor = browser(arranged.lead)
    page = visitor.submit(f"{arranged.url}/sites/new", name="Coastal county", participants="14")
    assert "Coastal county" in page.texts("th")
    page = visitor.submit(page, action="/remove")
    assert "Coastal county" not in page.texts("th")
    page = visitor.submit(page, action="/restore")
    assert "Coastal county" in page.texts("th")


# money


def test_expenses_add_up_and_a_struck_one_stays_visible(arranged, browser, session):
    visitor = browser(arranged.lead)
    visitor.submit(f"{arranged.url}/budget/new", cents="$5,000", category="Travel")
    visitor.submit(
        f"{arranged.url}/expenses/new",
        cents="1,234.50",
        spent_on="11/2/2026",
        what="Train",
        category="Travel",
    )
    page = visitor.submit(
        f"{arranged.url}/expenses/new",
        cents="-34.50",
        spent_on="11/3/2026",
        what="Ticket returned",
        category="Travel",
    )
    assert "The refund is recorded." in seen(page)
    assert "Spent $1,200 24% of the plan" in seen(page)
    strike = next(link for link in page.links() if link.endswith("/strike"))
    page = visitor.submit(strike, reason="Never traveled")
    assert "Struck: Never traveled" in seen(page)
    session.expire_all()
    proposal = session.get(Proposal, arranged.proposal.id)
    kept = {row.what: row.cents for row in session.query(Expense) if row.struck_at is None}
    assert (proposal.planned_cents, proposal.spent_cents) == (500_000, sum(kept.values()))
    assert len(kept) == 1


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("nan", "Enter an amount in dollars"),
        ("1e400", "Enter an amount in dollars"),
        ("Infinity", "Enter an amount in dollars"),
        ("1_000", "Enter an amount in dollars"),
        ("0", "other than zero"),
        ("9" * 30, "more than 20 digits"),
        ("1.005", "whole cents"),
        ("٣٠", "Use the digits 0 to 9"),
        ("", "Enter an amount"),
    ],
)
def test_a_hostile_amount_is_refused_beside_its_field(arranged, browser, session, amount, message):
    page = browser(arranged.lead).submit(
        f"{arranged.url}/expenses/new", cents=amount, spent_on="11/2/2026", what="Train", status=422
    )
    assert message in page.texts("p", "error-message")[0]
    assert session.query(Expense).count() == 0


def test_a_budget_is_never_negative(arranged, browser, session):
    page = browser(arranged.lead).submit(f"{arranged.url}/budget/new", cents="-5", status=422)
    assert page.texts("p", "error-message") == ["Error: Enter a number that is not negative."]
    assert session.query(BudgetLine).count() == 0


def test_a_double_click_spends_once(arranged, browser, session):
    visitor = browser(arranged.lead)
    page = visitor.get(f"{arranged.url}/expenses/new")
    for _ in range(2):
        landed = visitor.submit(page, cents="10", spent_on="11/2/2026", what="Train")
        assert landed.heading == "Money"
    assert session.query(Expense).count() == 1


# milestones, risks, reports, benefit


def test_a_milestone_is_marked_overdue_until_it_is_reached(arranged, browser):
    visitor = browser(arranged.lead)
    page = visitor.submit(f"{arranged.url}/milestones/new", title="All counties", due_on="11/1/2026")
    assert "All counties November 1, 2026 Overdue" in seen(page)
    reached = next(link for link in page.links() if link.endswith("/reached"))
    page = visitor.submit(reached, reached_on="11/10/2026")
    assert "Overdue" not in seen(page)
    assert "Reached November 10, 2026" in seen(page)


def test_the_gravest_risk_stands_at_the_top(arranged, browser):
    visitor = browser(arranged.lead)
    visitor.submit(f"{arranged.url}/risks/new", title="Small one", likelihood="1", impact="2")
    page = visitor.submit(f"{arranged.url}/risks/new", title="Grave one", likelihood="4", impact="5")
    assert [text for text in page.texts("th") if text.endswith("one")] == ["Grave one", "Small one"]
    assert "4 × 5 = 20 of 25" in seen(page)


def test_a_report_is_sent_back_and_accepted_by_somebody_else(arranged, browser, session):
    lead, cora = browser(arranged.lead), browser(arranged.cora)
    form = lead.get(f"{arranged.url}/reports/new")
    refused = lead.submit(form, period="October 2026", done="", then="send", status=422)
    assert "Say what was done" in refused.texts("p", "error-message")[0]
    assert session.query(ProgressReport).count() == 0
    lead.submit(f"{arranged.url}/reports/new", period="October 2026", done="Trained all", then="send")
    page = cora.get(f"{arranged.url}/reports")
    back = next(link for link in page.links() if link.endswith("/return"))
    cora.submit(back, reason="Show the readings")
    page = lead.get(f"{arranged.url}/reports")
    assert "Show the readings" in seen(page)
    edit = next(link for link in page.links() if link.endswith("/edit"))
    lead.submit(edit, done="Trained all; waits fell", then="send")
    page = cora.submit(f"{arranged.url}/reports", action="/accept")
    assert "Accepted" in seen(page)
    assert session.query(ProgressReport).one().state is ReportState.ACCEPTED


def test_a_draft_is_nobody_elses_business(arranged, world, browser):
    world.add(ProgressReport(proposal_id=arranged.proposal.id, period="October 2026", done="Half a thought"))
    report = world.session.query(ProgressReport).one()
    evan = browser(arranged.evan)
    assert "Half a thought" not in evan.get(f"{arranged.url}/reports").text
    evan.get(f"{arranged.url}/reports/{report.id}/edit", 403)
    assert "Half a thought" in browser(arranged.lead).get(f"{arranged.url}/reports").text


def test_the_benefit_is_recorded_with_dollars_and_hours_apart(world, browser, session):
    lead = world.person("Lena", Role.PILOT_LEAD)
    proposal = world.proposal(
        "Scaled one", step=Step.SCALING, stage_entered_at=world.now - timedelta(days=190)
    )
    world.pilot(proposal, lead_id=lead.id)
    visitor = browser(lead)
    url = f"/pilots/{proposal.number}/benefit"
    refused = visitor.submit(f"{url}/6", status=422)
    assert refused.texts("p", "error-message") == ["Error: Say what came of it, or why it is unknown."]
    page = visitor.submit(
        f"{url}/6", realised="Two days less", cents_per_year="12,000", hours_per_year="340.5"
    )
    assert "Dollars saved a year $12,000 Hours saved a year 340.5" in seen(page)
    visitor.get(f"{url}/7", 404)
    row = session.query(Benefit).one()
    assert (row.months, row.cents_per_year, row.hours_per_year) == (6, 1_200_000, 340.5)


def test_closed_work_invites_its_lesson(world, browser, session):
    lead = world.person("Lena", Role.PILOT_LEAD)
    stopped = world.proposal("Stopped one", step=Step.CLOSED, resume_stage=Stage.PILOT)
    world.pilot(stopped, lead_id=lead.id)
    url = f"/pilots/{stopped.number}"
    visitor = browser(lead)
    page = visitor.get(url)
    assert "Work that was stopped teaches too" in page.text
    assert f"{url}/lesson" in page.links()
    assert "Ask first" in visitor.submit(f"{url}/lesson", lesson="Ask first").text
    assert "Work that was stopped teaches too" not in visitor.get(url).text
    gatekeeper = browser(world.person("Gail", Role.GATEKEEPER))
    assert f"{url}/lesson" not in gatekeeper.get(url).links()
    gatekeeper.get(f"{url}/lesson", 403)


# the printed report


def test_the_report_is_a_page_and_a_pdf(arranged, browser):
    arranged.metric("Average wait", 50, 44, 29)
    visitor = browser(arranged.lead)
    page = visitor.get(f"{arranged.url}/report")
    assert page.heading == "Pilot report"
    assert "Latest measurement of Average wait: 29 min" in seen(page)
    answer = visitor.client.get(f"{arranged.url}/report.pdf")
    assert (answer.mimetype, answer.data[:5]) == ("application/pdf", b"%PDF-")
    assert f"{arranged.proposal.number}-report.pdf" in answer.headers["Content-Disposition"]


def test_a_report_survives_a_record_of_which_nothing_is_known(world, browser):
    proposal = world.proposal("<b>$\\frac{$ #1 \u202e 漢字 🚀</b>", step=Step.DESIGN, summary="")
    visitor = browser(world.person("Cora", Role.COORDINATOR))
    assert visitor.client.get(f"/pilots/{proposal.number}/report.pdf").data[:5] == b"%PDF-"
    assert "<b>$" not in visitor.get(f"/pilots/{proposal.number}/report").html
