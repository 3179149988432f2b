from __future__ import annotations

from datetime import date

from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Origin, Precision, Step
from incubator.models.proposals import DateKind, StatedDate


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
        assert "HUSH" not in visitor.get(f"/pilots/{proposal.number}{path}", 404).text.replace(
            proposal.number, ""
        )
    listed = visitor.get("/portfolio").text
    assert "A plain title" not in listed
    assert "HUSH" not in listed


def test_an_imported_record_leads_to_its_source_and_states_its_dates(world, browser):
    proposal = world.proposal("Weather reader", step=Step.RUNNING, origin=Origin.INVENTORY, submitted_at=None)
    for kind, raw, parsed, precision in (
        (DateKind.INITIATED, "FY24", date(2023, 10, 1), Precision.FISCAL_YEAR),
        (DateKind.RETIRED, "soon", None, Precision.NONE),
    ):
        world.add(StatedDate(proposal_id=proposal.id, kind=kind, raw=raw, parsed=parsed, precision=precision))
    visitor = browser(world.person("Sam", Role.COORDINATOR))
    page = visitor.get(f"/pilots/{proposal.number}")
    assert f"/pilots/{proposal.number}/source" in page.links()
    assert "InitiatedFiscal year 2024 stated as “FY24”" in page.text
    assert "RetiredNo date could be read stated as “soon”" in page.text
    entered = world.proposal("Permit helper", step=Step.RUNNING)
    assert f"/pilots/{entered.number}/source" not in visitor.get(f"/pilots/{entered.number}").links()


def test_a_reviewer_is_led_to_the_reviews_and_the_agency_is_not(world, browser):
    agency = world.agency()
    author = world.person("Ann", (Role.SUBMITTER, agency), agency=agency)
    proposal = world.proposal("Permit helper", agency=agency, step=Step.REVIEW, authors=(author,))
    reviewer = world.person("Rae", Role.REVIEWER)
    world.review(proposal, reviewer, state=ReviewState.SUBMITTED)
    reviews = f"/pilots/{proposal.number}/reviews"
    visitor = browser(reviewer)
    assert reviews in visitor.get(f"/pilots/{proposal.number}").links()
    assert "Rae" in visitor.get(reviews).text
    agencys = browser(author)
    assert reviews not in agencys.get(f"/pilots/{proposal.number}").links()
    agencys.get(reviews, 403)
