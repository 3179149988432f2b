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


def test_hidden_names_stay_hidden_from_reviewers(world, browser):
    """In a call that hides names a reviewer has the scoring page and no page that says whose it is."""
    call = world.call(names_hidden=True)
    agency = world.agency("HUSH", "Department of Quiet")
    proposal = world.proposal("A plain title", agency=agency, call=call, step=Step.REVIEW)
    reviewer = world.person("Sam", Role.REVIEWER)
    review = world.review(proposal, reviewer)
    visitor = browser(reviewer)
    assert "A plain title" in visitor.get(f"/reviews/{review.id}").text
    for path in ("", "/proposal", "/reviews", "/gates", "/history", "/screening"):
        assert "HUSH" not in visitor.get(f"/pilots/{proposal.number}{path}", 404).text.replace(proposal.number, "")
    listed = visitor.get("/portfolio").text
    assert "A plain title" not in listed
    assert "HUSH" not in listed
