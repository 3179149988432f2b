"""A pilot judged honestly, in the browser: criteria fixed before the data, a year of readings, verdicts with their
uncertainty, and a decision against them that takes a reason and a second person."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from incubator.extensions import db
from incubator.queries.chain import verify_chain
from tests.databases import SERVER
from tests.journeys import evaluation_decides as decides
from tests.journeys import evaluation_path as path
from tests.journeys import evaluation_year as year
from tests.journeys.conftest import ARTIFACTS, Person
from tests.journeys.evaluation import Office, opened
from tests.world import PASSWORD

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.xdist_group("evaluation")]


@pytest.fixture(params=[SERVER])
def office(request: pytest.FixtureRequest, tmp_path) -> Iterator[Office]:
    with opened(request.param, tmp_path) as running:
        yield running


@pytest.fixture
def people(
    office: Office, chromium: Any, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Person]]:
    """`people("Lena Park")` is that person at a browser of their own, not signed in yet."""
    shots = ARTIFACTS / "screenshots" / request.node.name.replace("[", "-").rstrip("]")
    shutil.rmtree(shots, ignore_errors=True)
    at_work: dict[str, Person] = {}

    def open_for(name: str) -> Person:
        if name not in at_work:
            context = chromium.new_context(
                base_url=office.site.address, viewport={"width": 1280, "height": 900}
            )
            at_work[name] = Person(context, name, shots, email=office.emails[name], password=PASSWORD)
        return at_work[name]

    yield open_for
    said = [message for person in at_work.values() for message in person.messages]
    for person in at_work.values():
        person.context.close()
    assert [text for text in said if "Failed to load resource" not in text] == []


def test_a_pilot_is_judged_by_what_was_fixed_before_the_data(office, people, tmp_path):
    way = path.Way(office, people, tmp_path)
    path.the_plan_is_written(way)
    path.the_criteria_are_defined(way)
    path.the_baseline_is_brought_in(way)
    path.it_is_said_what_could_be_detected(way)
    path.the_plan_is_locked(way)
    path.it_is_launched(way)
    year.the_first_quarter_raises_an_alert(way)
    year.a_quarter_passes(way, 1)
    year.a_change_of_the_process_is_noted(way)
    year.the_midpoint_is_passed(way)
    year.the_plan_is_amended(way)
    year.a_quarter_passes(way, 2)
    year.before_the_horizon_there_is_no_verdict(way)
    year.a_quarter_passes(way, 3)
    year.verdicts_are_recorded_at_the_horizon(way)
    decides.it_is_made_ready_to_scale(way)
    decides.a_lesson_and_a_benefit_are_written_down(way)
    decides.gail_cannot_decide_against_the_criteria_alone(way)
    decides.a_second_person_approves_it(way)
    decides.the_dossier_is_sealed_and_verified(way)
    decides.the_history_tells_it(way)
    with office.site.app.app_context():
        result = verify_chain(db.session())
    assert result.whole, result.sentence
