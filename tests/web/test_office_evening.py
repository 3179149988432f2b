"""The evening at the office, when UTC is already on tomorrow."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError
from incubator.domain.reviews import Recommendation, ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import reviews
from incubator.jobs.revealing import reveal_due_reviews
from incubator.jobs.upkeep import exports_folder
from incubator.jobs.workshop import Workshop
from incubator.models.pilots import Cadence, Direction, Metric, Reading
from tests.conftest import ticking
from tests.jobs.working import work_off
from tests.web.test_pilots import seen
from tests.world import World

DAYS = [date(2026, 12, 31), date(2027, 7, 15), date(2028, 2, 29)]


@pytest.fixture(params=DAYS, ids=str)
def today(request: pytest.FixtureRequest) -> date:
    day: date = request.param
    return day


@pytest.fixture
def evening(today: date) -> datetime:
    """18:30 at the office; by UTC it is the next day."""
    moment = datetime(today.year, today.month, today.day, 18, 30, tzinfo=ZoneInfo("America/Denver"))
    assert office_day(moment) == today
    return moment


@pytest.fixture
def world(app: Any, session: Any, evening: datetime) -> World:
    app.extensions["incubator.clock"] = ticking(evening)
    return World(session, evening)


def words(day: date) -> str:
    return f"{day:%B} {day.day}, {day.year}"


def test_what_is_due_today_is_not_overdue(world, browser, today):
    agency = world.agency("DOT")
    due = world.proposal("Due today", agency=agency, step=Step.RUNNING, due_on=today)
    late = world.proposal("Due yesterday", agency=agency, step=Step.RUNNING, due_on=today - timedelta(days=1))
    world.pilot(due)
    world.pilot(late)
    cora = browser(world.person("Cora Dean", Role.COORDINATOR))
    listed = cora.get("/portfolio?due=overdue").text
    assert "Due yesterday" in listed
    assert "Due today" not in listed
    assert "overdue" not in cora.get(f"/pilots/{due.number}").text.lower()
    assert "overdue" in cora.get(f"/pilots/{late.number}").text.lower()


def test_a_reading_of_today_is_taken_and_one_of_tomorrow_refused(world, browser, session, today):
    lead = world.person("Lena Lead", Role.PILOT_LEAD)
    proposal = world.proposal("Permit helper", step=Step.RUNNING)
    pilot = world.pilot(proposal, lead_id=lead.id)
    metric = world.add(
        Metric(
            pilot_id=pilot.id,
            name="Average wait",
            unit="min",
            direction=Direction.DOWN,
            cadence=Cadence.MONTHLY,
            baseline=51.0,
            target=30.0,
        )
    )
    visitor, url = browser(lead), f"/pilots/{proposal.number}/metrics/{metric.id}"
    page = visitor.get(url)
    assert f'value="{words(today)}"' in page.html
    refused = visitor.submit(
        page, holding="taken_on", taken_on=words(today + timedelta(days=1)), value="41", status=422
    )
    assert "cannot lie in the future" in seen(refused)
    visitor.submit(url, holding="taken_on", taken_on=words(today), value="41")
    assert session.scalars(sa.select(Reading.taken_on)).all() == [today]


def test_files_carry_todays_date(world, browser, app, evening, today):
    world.proposal("Permit helper", submitted_at=evening, stage_entered_at=evening)
    cora = browser(world.person("Cora Dean", Role.COORDINATOR))
    for address in ("/portfolio/briefing.pdf", "/portfolio.csv"):
        answer = cora.client.get(address)
        assert today.isoformat() in answer.headers["Content-Disposition"], address
    (row,) = csv.DictReader(answer.text.removeprefix("\ufeff").splitlines())
    days = {name: row[f"{name} (America/Denver)"] for name in ("Handed in", "In this stage since", "Closed")}
    assert days == {"Handed in": today.isoformat(), "In this stage since": today.isoformat(), "Closed": ""}
    assert row["Last changed (America/Denver)"] == today.isoformat()
    cora.submit("/jobs", {"format": "csv"}, action="/jobs/export")
    assert "finished" in work_off(app, evening)
    # Other tests of this process leave their files in the same folder.
    file = max(exports_folder(Workshop(app)).glob("*.csv"), key=lambda each: each.stat().st_mtime_ns)
    header, row = file.read_text("utf-8-sig").splitlines()
    file.unlink()
    assert "Stage since (America/Denver)" in header
    assert "Submitted (America/Denver)" in header
    assert re.findall(r"\d{4}-\d\d-\d\d", row) == [today.isoformat()] * 2


def test_a_day_for_revising_and_revealing_lasts_until_it_is_over(
    world, browser, session, app, today, evening
):
    call = world.call("Round", rubric=world.rubric(60, 40), revisions_due_on=today, reviews_due_on=today)
    proposal = world.proposal("Permit helper", call=call, step=Step.REVIEW)
    reviewer = world.person("Rae Bell", Role.REVIEWER)
    review = world.review(
        proposal,
        reviewer,
        state=ReviewState.SUBMITTED,
        total=3.0,
        confidence=2,
        recommendation=Recommendation.YES,
    )
    world.review(proposal, world.person("Ola Finch", Role.REVIEWER))
    session.commit()
    assert reveal_due_reviews(Workshop(app, clock=lambda: evening)) == 0
    assert reveal_due_reviews(Workshop(app, clock=lambda: evening + timedelta(hours=5))) == 0
    proposal.reviews_revealed_at = evening
    for minutes, status in ((0, 200), (5 * 60 + 29, 200), (5 * 60 + 31, 403)):
        app.extensions["incubator.clock"] = ticking(evening + timedelta(minutes=minutes))
        browser(reviewer).get(f"/reviews/{review.id}/revise", status)


def test_a_review_can_be_due_today_and_not_before(world, session, today, evening):
    proposal = world.proposal("Permit helper", call=world.call("Round"), step=Step.REVIEW)
    people = [world.person(name, Role.REVIEWER).id for name in ("Rae Bell", "Ola Finch")]
    cora = world.actor(world.person("Cora Dean", Role.COORDINATOR))
    given = {"proposal_id": proposal.id, "now": evening}
    with pytest.raises(DomainError, match="lies in the past"):
        reviews.assign(session, cora, people=people[:1], due_on=today - timedelta(days=1), **given)
    (review,) = reviews.assign(session, cora, people=people[1:], due_on=today, **given)
    assert review.due_on == today
