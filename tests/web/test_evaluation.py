"""The results of a pilot as people see them."""

from __future__ import annotations

import csv
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.evaluation import Arm, Design, Promise
from incubator.domain.pilots import CriterionKind, Direction, with_unit
from incubator.flows.evaluation import raise_alerts
from incubator.models.evaluation import CriterionVerdict
from incubator.models.pilots import Reading
from incubator.queries.pilot_summary import summary_of
from incubator.queries.remembered import forget
from tests.judged import Judged, months

STATEMENTS_OF_THE_RESULTS = (17, 5)
"""The first look after a change, and the looks after it."""


@pytest.fixture
def judged(world):
    return Judged(world)


def seen(page):
    body = page.tree.find("body")
    return " ".join(" ".join(body.itertext()).split())


def three(judged):
    goal = judged.infections(target=10.0)
    unclear = judged.share("Staff who would keep it", (30, 60), (34, 60), target=60.0)
    guard = judged.share("Rooms ready in time", (55, 60), (40, 60), target=88.0, kind=CriterionKind.GUARDRAIL)
    return goal, unclear, guard


def test_the_page_says_what_came_of_it_and_proposes(judged, browser, session):
    three(judged)
    evan = browser(judged.evan)
    page = evan.get(f"{judged.url}/results")
    assert page.heading == "Results"
    assert "Goals met: 1 of 2. 1 goal is inconclusive. Guardrail not kept: Rooms ready in time." in seen(page)
    assert "Verdicts can be recorded" in seen(page)
    assert "The criteria propose" not in seen(page)
    done = evan.submit(page, action="/results/verdicts")
    assert done.heading == "Results"
    assert "3 verdicts are recorded." in seen(done)
    assert "The criteria propose: Stop" in seen(done)
    assert "Verdicts can be recorded" not in seen(done)
    assert session.scalar(sa.select(sa.func.count()).select_from(CriterionVerdict)) == 3


def test_what_was_added_afterwards_counts_for_nothing(judged, browser, session):
    judged.infections(target=10.0)
    judged.share("Staff who would keep it", (10, 60), (50, 60), target=60.0, post_hoc_at=judged.world.now)
    page = browser(judged.evan).get(f"{judged.url}/results")
    assert "The goal was met." in seen(page)


def test_before_the_horizon_there_are_data_and_no_result(judged, browser, world):
    judged.pilot.ends_on = world.now.date() + timedelta(days=3_000)
    goal = judged.infections()
    page = browser(judged.evan).get(f"{judged.url}/results")
    assert "No verdict before" in seen(page)
    assert "Not yet" in seen(page)
    assert "With 95% confidence" not in seen(page)
    detail = browser(judged.evan).get(f"{judged.url}/results/{goal.id}")
    assert "Until then this page shows data and no result." in seen(detail)
    assert "With 95% confidence" not in seen(detail)
    assert "How to work it out again" not in seen(detail)


def test_a_plan_with_too_few_readings_for_its_analysis_says_so(judged, browser):
    judged.pilot.ends_on = judged.pilot.starts_on + timedelta(days=190)
    goal = judged.infections()
    for address in ("results", f"results/{goal.id}"):
        text = seen(browser(judged.evan).get(f"{judged.url}/{address}"))
        assert "The plan asks for 6 readings between the launch and the day of the verdict." in text
        assert "so this plan cannot give a verdict." in text


def test_a_criterion_explains_itself(judged, browser):
    goal = judged.infections(target=10.0)
    page = browser(judged.evan).get(f"{judged.url}/results/{goal.id}")
    text = seen(page)
    assert page.heading == "Infections"
    for part in (
        "Met",
        "Why this analysis",
        "What it cannot tell",
        "How to work it out again",
        "What was fixed before the data",
        "12 of 12 planned readings are in",
    ):
        assert part in text
    assert "per 10,000 days, which is better. With 95% confidence the fall lies between" in text
    lines = browser(judged.evan).get(f"{judged.url}/results/{goal.id}/data.csv").response.text.splitlines()
    assert len(lines) == 37
    assert lines[1].split(",")[1] == "Pilot"


def test_readings_that_changed_are_said_and_the_verdict_stands(judged, browser):
    goal, _unclear, _guard = three(judged)
    evan = browser(judged.evan)
    evan.submit(f"{judged.url}/results", action="/results/verdicts")
    judged.read(goal, date(2015, 10, 20), 400.0, numerator=640, denominator=16_000)
    forget()
    page = browser(judged.evan).get(f"{judged.url}/results")
    assert "Readings changed since the verdict" in seen(page)
    assert "Verdicts can be recorded" in seen(page)


def test_a_button_of_another_state_is_refused(judged, browser, session):
    goal = judged.infections()
    evan = browser(judged.evan)
    page = evan.get(f"{judged.url}/results")
    judged.read(goal, date(2015, 10, 20), 40.0, numerator=64, denominator=16_000)
    session.commit()
    refused = evan.submit(page, action="/results/verdicts", status=409)
    assert session.scalar(sa.select(sa.func.count()).select_from(CriterionVerdict)) == 0
    assert refused.status == 409


def test_an_alert_stands_first_until_it_is_answered(judged, browser, session, now):
    metric = judged.metric(
        "Complaints",
        unit="a week",
        baseline=10.0,
        target=20.0,
        kind=CriterionKind.GUARDRAIL,
        direction=Direction.DOWN,
    )
    for day in range(1, 13):
        judged.read(metric, date(2014, 10, day), 10 + day % 2)
    judged.read(metric, date(2014, 12, 1), 25)
    raise_alerts(session, metric, judged.proposal.id, now=now)
    evan = browser(judged.evan)
    page = evan.get(f"{judged.url}/results")
    assert "Guardrail: Complaints Past its limit: 25 a week (limit 20 a week), December 1, 2014." in seen(
        page
    )
    (first,) = [href for href in page.links() if "/alerts/" in href]
    judged.read(metric, date(2014, 12, 2), 27)
    raise_alerts(session, metric, judged.proposal.id, now=now)
    (second,) = [href for href in evan.get(f"{judged.url}/results").links() if "/alerts/" in href]
    form = evan.get(second)
    assert "Your answer also answers this earlier alert: 25 a week on December 1, 2014." in seen(form)
    empty = evan.submit(form, status=422)
    assert "Say what was found and what is done about it" in seen(empty)
    done = evan.submit(form, answer="A holiday week; checked the mailbox.")
    assert "The alert is answered." in seen(done)
    assert "Alerts that were answered" in seen(done)
    assert "Complaints: Past its limit, 27 a week (December 2, 2014); 25 a week (December 1, 2014)" in seen(
        done
    )
    before = evan.get(first)
    assert "Evan Evaluator answered it on November 20, 2026: A holiday week; checked the mailbox." in seen(
        before
    )
    assert not before.texts("textarea")


def test_the_results_take_the_same_statements_for_one_and_for_three(judged, browser, statements):
    def looked(evan):
        forget()
        with statements() as cold:
            evan.get(f"{judged.url}/results")
        with statements() as again:
            evan.get(f"{judged.url}/results")
        return len(cold), len(again)

    judged.infections()
    evan = browser(judged.evan)
    evan.get(f"{judged.url}/results")
    one = looked(evan)
    judged.share("Staff who would keep it", (30, 60), (34, 60), target=60.0)
    judged.share("Rooms ready in time", (55, 60), (40, 60), target=88.0, kind=CriterionKind.GUARDRAIL)
    judged.world.session.commit()
    assert looked(evan) == one == STATEMENTS_OF_THE_RESULTS


def test_a_comparison_is_drawn_beside_the_pilot(judged, browser):
    metric = judged.metric(
        "Wait", unit="min", baseline=50.0, target=40.0, design=Design.COMPARISON, direction=Direction.DOWN
    )
    for place, day in enumerate([*months(date(2013, 11, 5), 12), *months(date(2014, 11, 5), 12)]):
        after = place >= 12
        judged.read(metric, day, 50 + place % 3 - 20 * after, unit="North office")
        judged.read(metric, day, 52 + place % 2 - 22 * after, unit="South office")
        for county in range(3):
            judged.read(
                metric,
                day,
                48 + (place * 7 + county) % 4 + county * after,
                unit=f"County {county}",
                arm=Arm.COMPARISON,
            )
    page = browser(judged.evan).get(f"{judged.url}/results/{metric.id}")
    text = seen(page)
    assert "the pilot's change since the launch is compared with the comparison's change." in text
    assert "Met" in text
    rows = browser(judged.evan).get(f"{judged.url}/results/{metric.id}/chart.csv").response.text.splitlines()
    assert len(rows) == 1 + 24 + 24


BEFORE_VALUES = (3.1, 3.6, 3.2, 3.5, 3.3, 3.4, 3.2, 3.5, 3.25, 3.45)
AFTER_VALUES = (3.2, 3.7, 3.28, 3.58, 3.38, 3.48, 3.28, 3.58, 3.33, 3.6)


def test_the_two_sides_of_a_comparison_keep_their_own_values(judged, browser):
    metric = judged.metric(
        "Rating", baseline=3.35, target=3.5, design=Design.RANDOMISED, direction=Direction.UP
    )
    for values, arm in ((BEFORE_VALUES, Arm.COMPARISON), (AFTER_VALUES, Arm.PILOT)):
        for day, value in zip(months(date(2014, 11, 5), 10), values, strict=True):
            judged.read(metric, day, value, arm=arm)
    mean_other, mean_pilot = sum(BEFORE_VALUES) / 10, sum(AFTER_VALUES) / 10
    names = ("Pilot", "Comparison")
    evan = browser(judged.evan)
    page = evan.get(f"{judged.url}/results/{metric.id}")
    rows = list(
        csv.DictReader(
            evan.get(f"{judged.url}/results/{metric.id}/chart.csv")
            .response.text.lstrip("\ufeff")
            .splitlines()
        )
    )
    levels = {row["Group"]: float(row["Value"]) for row in rows if row["What"] == "level"}
    assert levels == pytest.approx({names[0]: mean_pilot, names[1]: mean_other})
    assert sorted(float(row["Value"]) for row in rows if row["Group"] == names[0])[-1] == 3.7
    assert [float(row["Value"]) for row in rows if row["What"] == "difference"] == pytest.approx(
        [mean_pilot - mean_other]
    )
    title = " ".join(page.texts("h3")) + seen(page)
    assert "Rating is 0.091 higher with the pilot than in the comparison group: better" in title
    assert f"{names[0]} 3.441 (10 values); {names[1]} 3.35 (10 values); difference +0.091" in seen(page)


def test_a_baseline_that_is_one_number_carries_no_verdict(judged, browser):
    metric = judged.metric("Rating", baseline=3.1, target=3.2, direction=Direction.UP)
    for day, value in zip(months(date(2014, 11, 5), 10), AFTER_VALUES, strict=True):
        judged.read(metric, day, value)
    page = browser(judged.evan).get(f"{judged.url}/results/{metric.id}")
    assert "Inconclusive" in seen(page)
    assert "The baseline is one number" in seen(page)


@pytest.mark.parametrize(
    ("promise", "before", "after", "verdict", "says"),
    [
        (Promise.CHANGE, 129, 99, "Met", "A change of −20 days was promised, so whether the level of 80 days was reached does not decide."),
        (Promise.LEVEL, 129, 99, "Not met", "A level was promised, so the change that was needed is −"),
        (Promise.CHANGE, 90, 76, "Not met", "A change of −20 days was promised"),
        (Promise.LEVEL, 90, 76, "Met", "Promised: a level of 80 days."),
        (Promise.CHANGE, 101, 70, "Met", ""),
    ],
)  # fmt: skip
def test_a_promise_is_a_change_or_a_level(judged, browser, promise, before, after, verdict, says):
    """Planned from 100 to 80 days, and the baseline turns out otherwise: no two sentences contradict each other."""
    metric = judged.metric(
        "Days to decide",
        unit="days",
        baseline=100.0,
        target=80.0,
        promise=promise,
        design=Design.BEFORE_AFTER,
    )
    varying = (0.3, -0.2, 0.1, -0.4, 0.2, 0.4, -0.1, -0.3, 0.25, -0.15, 0.05, -0.05)
    for first, level in ((date(2013, 11, 5), before), (date(2014, 11, 5), after)):
        for day, noise in zip(months(first, 12), varying, strict=True):
            judged.read(metric, day, level + noise)
    evan = browser(judged.evan)
    for page in (f"{judged.url}/results", f"{judged.url}/results/{metric.id}"):
        text = seen(evan.get(page))
        assert f"Goal {verdict} " in text
        assert says in text
        assert ("The plan took the baseline to be 100 days" in text) == (before != 101)
        assert "80 days reached" not in text
        assert "80 days not reached" not in text


def test_overview_results_report_and_list_lead_with_the_same_result(judged, browser, session):
    """The latest reading is at its target while the verdict is "Not met", and a guardrail is past its limit."""
    judged.share("Staff who would keep it", (45, 60), (20, 60), target=80.0)
    goal = judged.infections(target=0.5)
    judged.read(goal, date(2015, 10, 28), 0.1, numerator=1, denominator=100_000)
    rail = judged.share("Rooms ready", (55, 60), (40, 60), target=88.0, kind=CriterionKind.GUARDRAIL)
    session.commit()
    evan = browser(judged.evan)
    evan.submit(f"{judged.url}/results", action="/results/verdicts")
    latest = session.scalar(
        sa.select(Reading.value)
        .where(Reading.metric_id == rail.id)
        .order_by(Reading.taken_on.desc())
        .limit(1)
    )
    lead = (
        "Result: Not met Goals met: 0 of 2. Guardrail not kept: Rooms ready."
        " Rooms ready: under its limit of 88% since"
    )
    for page in (judged.url, f"{judged.url}/results", f"{judged.url}/report"):
        text = seen(evan.get(page))
        assert lead in text, page
        assert with_unit(latest, "%") in text
        assert "Success:" not in text, page
        assert "arget reached" not in text, page
    assert "Target not reached" not in seen(evan.get(f"{judged.url}/metrics"))
    assert "Result: Not met 1 guardrail past its limit" in seen(evan.get("/portfolio"))
    assert "Showing 1 record" in seen(evan.get("/portfolio?guardrail=past"))
    (row,) = csv.DictReader(evan.client.get("/portfolio.csv").text.lstrip("\ufeff").splitlines())
    breach = f"Rooms ready: under its limit of 88% since November 15, 2014, now {with_unit(latest, '%')}."
    assert (row["Result"], row["Guardrails past their limit"]) == ("Not met", breach)
    summary = summary_of(session, judged.proposal.id, judged.world.now.date())
    assert summary.in_english().startswith("Result: Not met. Goals met: 0 of 2.")
    assert summary.in_english().endswith(breach)
