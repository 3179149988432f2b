"""The pilot's year: readings each quarter, an alert, a midpoint, an amendment, and verdicts at the horizon."""

from __future__ import annotations

import re

import sqlalchemy as sa
from playwright.sync_api import expect

from incubator.domain.evaluation import AlertKind, Verdict
from incubator.models.evaluation import Amendment, CriterionVerdict, GuardrailAlert, ProcessChange
from incubator.models.pilots import Reading
from tests.journeys import evaluation as scene
from tests.journeys.conftest import Person
from tests.journeys.evaluation_path import Way, fill_criterion, looked_over, paste

ANSWERED = "The new form letter went to everybody by mistake; it was withdrawn the same week."
CHANGED = "A second clerk joined the counter"
AMENDED = "The council asked for more than was promised."
ADDED = "Clerks say that people call again."


def the_first_quarter_raises_an_alert(way: Way) -> None:
    way.day_comes(scene.QUARTERS[0])
    lena = way.at("Lena Park")
    for name in (scene.COMPLETE, scene.MINUTES):
        paste(way, name, 1, slice(3), 6 if name == scene.COMPLETE else 3)
    lena.side("Results")
    lena.misses("Answer the alert", "Guardrail: ")
    paste(way, scene.COMPLAINTS, 1, slice(3), 3)
    lena.side("Results")
    lena.sees(f"Guardrail: {scene.COMPLAINTS}", "Past its limit: 26 in 1,000 forms (limit 12 in 1,000 forms)")
    with way.office.session() as session:
        raised = session.scalars(sa.select(GuardrailAlert).order_by(GuardrailAlert.id)).all()
        assert [alert.kind for alert in raised] == [AlertKind.LIMIT]
        assert session.get_one(Reading, raised[0].reading_id).value == 26
    gail = way.at("Gail Hunt")
    alert = gail.main.locator("ul.needs li", has_text="Every alert of a guardrail is answered")
    expect(alert).not_to_have_class(re.compile("met"))

    evan = way.at("Evan Roe")
    evan.shoot("Evan finds the alert among the own work")
    evan.side("Results")
    looked_over(evan, "The guardrail alerts")
    evan.follow("Answer the alert")
    evan.fill("What was found, and what is done about it", ANSWERED)
    evan.press("Answer the alert")
    evan.told("The alert is answered.")
    expect(evan.main.get_by_role("link", name="Answer the alert")).to_have_count(0)
    evan.sees("Alerts that were answered", ANSWERED)
    verify(evan)


def verify(evan: Person) -> None:
    for name in (scene.COMPLETE, scene.MINUTES, scene.COMPLAINTS):
        evan.side("Metrics")
        evan.follow(name, exact=True)
        evan.press("Verify these readings")
        evan.told("The readings are verified.")
        expect(evan.main.get_by_role("cell", name="Not verified")).to_have_count(0)


def a_quarter_passes(way: Way, quarter: int) -> None:
    """Three months more: Lena pastes them, Evan verifies them. The guardrail stays past its limit without a
    further alert of that."""
    way.day_comes((*scene.QUARTERS, scene.HORIZON)[quarter])
    months = slice(3 * quarter, 3 * quarter + 3)
    for name in (scene.COMPLETE, scene.MINUTES, scene.COMPLAINTS):
        paste(way, name, 1, months, 6 if name == scene.COMPLETE else 3)
    verify(way.at("Evan Roe"))
    with way.office.session() as session:
        limits = sa.select(sa.func.count()).where(GuardrailAlert.kind == AlertKind.LIMIT)
        assert session.scalar(limits) == 1


def a_change_of_the_process_is_noted(way: Way) -> None:
    lena = way.at("Lena Park")
    lena.side("Metrics")
    lena.follow(scene.MINUTES, exact=True)
    lena.follow("Note a change")
    lena.fill("Day", "June 1, 2027")
    lena.fill("What changed?", CHANGED)
    lena.press("Note the change")
    lena.reads(scene.MINUTES)
    lena.sees(CHANGED, "June 1, 2027")
    with way.office.session() as session:
        noted = session.scalars(sa.select(ProcessChange)).one()
        assert (noted.what, noted.new_limits) == (CHANGED, False)


def the_midpoint_is_passed(way: Way) -> None:
    gail = way.at("Gail Hunt")
    gail.sees("The criteria so far", "Before the horizon there is no verdict")
    gail.misses("The criteria propose", "95%")
    gail.follow("Decide at “Midpoint”")
    gail.misses("must-meets are missing", "One must-meet is missing")
    gail.main.get_by_role("radio", name=re.compile(r"^Advance\s*Goes on")).check()
    gail.fill("Reason", "The readings come in; the alert was answered.")
    gail.press("Record the decision")
    gail.reads("Gates and decisions")
    expect(gail.main.locator(".gate-card h2")).to_have_text("Scale")


def the_plan_is_amended(way: Way) -> None:
    """A target is raised after data were seen, and a criterion is added: both stay visible."""
    lena = way.at("Lena Park")
    lena.side("Metrics")
    lena.follow(scene.COMPLETE, exact=True)
    lena.follow("Change the metric")
    lena.fill("Target, or limit of a guardrail", "72")
    lena.press("Save the metric")
    expect(lena.main.locator(".error-message")).to_have_count(1)
    lena.fill("Why is the locked plan changed?", AMENDED)
    lena.main.get_by_role("group", name="Had anybody seen data").get_by_label("Yes").check()
    lena.press("Save the metric")
    lena.reads(scene.COMPLETE)
    lena.sees("1 amendment", AMENDED, "Data had been seen when this was decided.")

    lena.side("Metrics")
    lena.follow("Define a metric")
    lena.sees("A criterion added now is marked as added afterwards and cannot carry the decision.")
    fill_criterion(
        lena,
        scene.ASKED_TWICE,
        "Goal",
        "Lower is better",
        "A value",
        "callers a week",
        ("40", "20", "5"),
    )
    lena.fill("Why is the locked plan changed?", ADDED)
    lena.main.get_by_role("group", name="Had anybody seen data").get_by_label("Yes").check()
    lena.press("Save the metric")
    lena.side("Metrics")
    expect(lena.main.get_by_role("row", name=scene.ASKED_TWICE)).to_contain_text("Added afterwards")
    with way.office.session() as session:
        rows = session.scalars(sa.select(Amendment).order_by(Amendment.id)).all()
        assert [(row.reason, row.data_seen) for row in rows] == [(AMENDED, True), (ADDED, True)]
        assert way.office.metric(session, scene.COMPLETE).target == 72
        assert way.office.metric(session, scene.ASKED_TWICE).post_hoc_at is not None


def before_the_horizon_there_is_no_verdict(way: Way) -> None:
    evan = way.at("Evan Roe")
    evan.side("Results")
    evan.sees("No verdict before January 3, 2028", "2 amendments")
    evan.misses("With 95% confidence", "Record the verdicts", "The criteria propose", "Inconclusive", "Harm")
    section = evan.main.locator("section.criterion", has_text=scene.COMPLETE)
    expect(section).to_contain_text("Not yet")
    section.locator("summary", has_text="amendment of this criterion").click()
    expect(section).to_contain_text(AMENDED)
    looked_over(evan, "Results before the horizon")
    evan.follow(scene.MINUTES, exact=True)
    evan.sees("Until then this page shows data and no result.", CHANGED)
    evan.misses("With 95% confidence", "How to work it out again")


def verdicts_are_recorded_at_the_horizon(way: Way) -> None:
    evan = way.at("Evan Roe")
    evan.side("Results")
    evan.sees("Verdicts can be recorded", "12 of 12 planned readings are in")
    evan.press("Record the verdicts")
    evan.told("3 verdicts are recorded.")
    evan.sees(
        "Goals met: 1 of 2.",
        "1 goal is inconclusive.",
        f"Guardrail not kept: {scene.COMPLAINTS}.",
        "The criteria propose: Stop",
        "2 amendments",
        "4 late",
    )
    evan.misses("Verdicts can be recorded")
    for name, *said in (
        (scene.COMPLETE, "Met", "With 95% confidence"),
        (scene.MINUTES, "Inconclusive", "With 95% confidence"),
        (scene.COMPLAINTS, "Not met", "Harm"),
        (scene.ASKED_TWICE, "Added afterwards: cannot carry the decision", "Not yet"),
    ):
        section = evan.main.locator("section.criterion", has=evan.page.get_by_role("link", name=name))
        for words in said:
            expect(section).to_contain_text(words)
    expect(evan.charts().first).to_be_visible()
    looked_over(evan, "The verdicts stand")
    with way.office.session() as session:
        given = {
            name: session.scalars(
                sa.select(CriterionVerdict).where(
                    CriterionVerdict.metric_id == way.office.metric(session, name).id
                )
            ).one()
            for name in (scene.COMPLETE, scene.MINUTES, scene.COMPLAINTS)
        }
        assert session.scalar(sa.select(sa.func.count()).select_from(CriterionVerdict)) == 3
    met, unclear, harmed = given.values()
    assert (met.verdict, met.harm, met.promised) == (Verdict.MET, False, 12)
    assert met.low >= 12
    assert (unclear.verdict, unclear.harm, unclear.promised) == (Verdict.INCONCLUSIVE, False, -3)
    assert unclear.low < -3 < unclear.high
    assert (harmed.verdict, harmed.harm, harmed.promised) == (Verdict.NOT_MET, True, 2)
    assert harmed.low > 2

    evan.follow(scene.COMPLETE, exact=True)
    evan.sees("Why this analysis", "What it cannot tell", "How to work it out again", AMENDED)
    looked_over(evan, "One criterion explains itself")
