from __future__ import annotations

from incubator.domain.roles import Role
from incubator.domain.stages import Step


def test_the_frame_shows_where_the_record_stands(world, browser):
    proposal = world.proposal("Permit helper", step=Step.RUNNING)
    page = browser(world.person("Sam", Role.COORDINATOR)).get(f"/pilots/{proposal.number}")
    assert page.heading == "Permit helper"
    assert [text.split(" ")[0] for text in page.texts("li", "completed")] == ["Idea", "Design"]
    assert page.texts("li", "current")[0].startswith("Pilot")


def test_somebody_elses_draft_does_not_exist(world, browser):
    proposal = world.proposal("Secret draft", step=Step.DRAFT)
    page = browser(world.person("Sam", Role.COORDINATOR)).get(f"/pilots/{proposal.number}", 404)
    assert "Secret draft" not in page.text
