"""A call from the list of its reviewers to the release of its decisions, in the browser: twelve proposals, eight
reviewers of whom one is tied to a vendor, one declines and one is late, a panel, a chair."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from incubator.extensions import db
from incubator.queries.chain import verify_chain
from tests.databases import SERVER
from tests.journeys import council_decides, council_path
from tests.journeys.conftest import ARTIFACTS, Person
from tests.journeys.council import Council, convened
from tests.world import PASSWORD

pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.xdist_group("call of reviews")]


@pytest.fixture(params=[SERVER])
def council(request: pytest.FixtureRequest, tmp_path) -> Iterator[Council]:
    with convened(request.param, tmp_path) as running:
        yield running


@pytest.fixture
def people(
    council: Council, chromium: Any, request: pytest.FixtureRequest
) -> Iterator[Callable[[str], Person]]:
    """`people("Cora Dean")` signs that person in, in a browser of their own."""
    shots = ARTIFACTS / "screenshots" / request.node.name.replace("[", "-").rstrip("]")
    shutil.rmtree(shots, ignore_errors=True)
    opened: dict[str, Person] = {}

    def open_for(name: str) -> Person:
        if name not in opened:
            context = chromium.new_context(
                base_url=council.site.address, viewport={"width": 1280, "height": 900}
            )
            opened[name] = Person(context, name, shots, email=council.emails[name], password=PASSWORD)
            opened[name].sign_in()
        return opened[name]

    yield open_for
    said = [message for person in opened.values() for message in person.messages]
    for person in opened.values():
        person.context.close()
    assert [text for text in said if "Failed to load resource" not in text] == []


def test_a_call_is_run_from_its_assignment_to_its_release(council, people, tmp_path):
    way = council_path.Way(council, people, tmp_path)
    council_path.reviewers_are_listed(way)
    council_path.they_say_what_they_know_and_would_like(way)
    council_path.an_assignment_is_worked_out_changed_and_published(way)
    council_path.one_declines_and_somebody_else_is_asked(way)
    council_path.all_but_one_hand_in(way)
    council_path.the_day_passes_and_the_reviews_are_opened(way)
    council_path.one_revises(way)
    council_decides.the_ranking_is_read(way)
    council_decides.the_panel_meets(way)
    council_decides.who_has_a_conflict_is_not_in_the_room(way)
    council_decides.decisions_are_prepared_and_signed(way)
    council_decides.nobody_knows_yet(way)
    council_decides.the_chair_releases_them(way)
    council_decides.the_agencies_read_why(way)
    with council.site.app.app_context():
        result = verify_chain(db.session())
    assert result.whole, result.sentence
