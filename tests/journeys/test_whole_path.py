"""A new idea from its first sentence to the decision to scale it, in the browser, role by role."""

from __future__ import annotations

import pytest

from incubator.extensions import db
from incubator.queries.chain import verify_chain
from tests.journeys import idea_path, judged, leadership_path, pilot_path

pytestmark = [
    pytest.mark.journey,
    pytest.mark.slow,
    pytest.mark.xdist_group("whole path"),
    pytest.mark.parametrize("site", ["sqlite"], indirect=True),
]


def test_an_idea_becomes_a_scaled_pilot(site, people, tmp_path):
    way = idea_path.Way(people, tmp_path)
    idea_path.an_idea_is_written(way)
    idea_path.the_sections_are_filled(way)
    idea_path.a_file_is_attached(way)
    idea_path.sign_off_is_asked_and_given(way)
    idea_path.it_is_screened(way)
    idea_path.reviewers_are_asked(way)
    idea_path.three_reviewers_score(way)
    idea_path.it_is_selected(way)
    pilot_path.a_plan_is_made(way)
    pilot_path.it_is_said_what_is_measured(way)
    pilot_path.the_plan_is_locked(way)
    pilot_path.it_is_launched(way)
    pilot_path.money_milestones_and_risks_are_kept(way)
    pilot_path.readings_are_pasted_and_verified(way)
    pilot_path.progress_is_reported(way)
    pilot_path.the_condition_is_closed_and_the_midpoint_passed(way)
    judged.it_is_judged(site.app, way)
    pilot_path.it_is_made_ready_to_scale(way)
    pilot_path.it_is_scaled(way)
    leadership_path.leadership_sees_it(way)
    leadership_path.the_history_tells_it(way)
    with site.app.app_context():
        result = verify_chain(db.session())
    assert result.whole, result.sentence
    assert result.events > len(leadership_path.STATIONS)
