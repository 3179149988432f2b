from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.releases import AgencySees
from incubator.domain.reviews import Recommendation, ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.calls import Criterion
from incubator.models.proposals import Revision
from incubator.models.reviews import Review, Score


@pytest.fixture
def scene(world, session, now):
    class Scene:
        rubric = world.rubric(40, 35, 25)
        call = world.call("Spring round", rubric=rubric)
        agency = world.agency("DOT", "Department of Transportation")
        proposal = world.proposal("Permit helper", agency=agency, call=call, step=Step.REVIEW)
        reviewer = world.person("Rae Bell", Role.REVIEWER)
        review = world.review(proposal, reviewer, due_on=now.date() - timedelta(days=2))

    world.add(
        Revision(
            proposal_id=Scene.proposal.id,
            number=1,
            content={
                "answers": {
                    "idea": {"title": "Permit helper", "sponsor": "Sponsor Sue", "uses_ai": False},
                    "problem": {"problem": "Permits take 51 minutes.", "baseline": "51 minutes"},
                },
                "authors": ["Author Ann"],
            },
            sha256="0" * 64,
            form_version=1,
            submitted_at=now,
        )
    )
    Scene.criteria = list(
        session.scalars(
            sa.select(Criterion.id).where(Criterion.rubric_id == Scene.rubric.id).order_by(Criterion.position)
        )
    )
    return Scene


def filled(scene, *values):
    fields = {"confidence": "3", "recommendation": "yes", "comment": "Go"}
    for criterion_id, value in zip(scene.criteria, values, strict=True):
        fields[f"score_{criterion_id}"] = value
        fields[f"why_{criterion_id}"] = f"Because {value}"
    return fields


def address(scene):
    return f"/reviews/{scene.review.id}"


def test_the_queue_puts_the_overdue_first_and_the_done_below(scene, world, session, browser, now):
    later = world.proposal("Later one", call=scene.call, step=Step.REVIEW)
    world.review(later, scene.reviewer, due_on=now.date() + timedelta(days=9))
    done = world.proposal("Done one", call=scene.call, step=Step.DESIGN)
    world.review(done, scene.reviewer, state=ReviewState.SUBMITTED, total=3.5)
    page = browser(scene.reviewer).get("/reviews")
    titles = [row for row in page.texts("a") if row in ("Permit helper", "Later one", "Done one")]
    assert titles == ["Permit helper", "Later one", "Done one"]
    assert page.texts("span", "late") == ["Overdue"]
    assert page.texts("strong")[:3] == ["2", "1", "1"]
    assert "3.50" in page.text


def test_an_empty_queue_says_how_it_fills(world, browser):
    page = browser(world.person("Rae Bell", Role.REVIEWER)).get("/reviews")
    assert "Nothing to review" in page.text


def test_somebody_elses_review_does_not_exist(scene, world, browser):
    other = browser(world.person("Ola Finch", Role.REVIEWER))
    assert "Permit helper" not in other.get(address(scene), 404).text
    other.post(address(scene), {"csrf_token": other.token(), "version": "1"}, status=404)
    assert other.get("/reviews/99999999999999999999", 404).status == 404


def test_the_proposal_stands_beside_the_form(scene, browser):
    page = browser(scene.reviewer).get(address(scene))
    assert page.heading == "Permit helper"
    assert "Permits take 51 minutes." in page.text
    assert "Sponsor Sue" in page.text
    assert "4 – Good" in page.text
    assert "no scores yet" in page.text


def test_names_stay_hidden_from_reviewers(scene, world, session, browser):
    scene.call.names_hidden = True
    author = world.person("Author Ann", agency=scene.agency)
    session.flush()
    visitor = browser(scene.reviewer)
    for url in ("/reviews", address(scene), f"{address(scene)}/decline", f"{address(scene)}/conflict"):
        page = visitor.get(url)
        for canary in (scene.agency.name, scene.proposal.number, "Sponsor Sue", author.name):
            assert canary not in page.response.text, f"{canary} on {url}"
        assert "Permit helper" in page.text


def test_a_draft_is_kept_incomplete(scene, session, browser):
    visitor = browser(scene.reviewer)
    first, second, _ = scene.criteria
    page = visitor.submit(
        visitor.get(address(scene)),
        {f"score_{first}": "4", f"why_{second}": "Only a thought", "go": "save"},
        holding="Hand in",
    )
    assert "Saved" in page.text
    assert "4.00" in page.texts("output")[0]
    session.expire_all()
    assert session.get(Review, scene.review.id).state is ReviewState.STARTED
    scores = session.execute(
        sa.select(Score.criterion_id, Score.value, Score.justification).order_by(Score.criterion_id)
    ).all()
    assert [tuple(row) for row in scores] == [(first, 4, ""), (second, None, "Only a thought")]


def test_handing_in_shows_all_that_is_missing_and_keeps_the_text(scene, browser):
    visitor = browser(scene.reviewer)
    first, second, _third = scene.criteria
    page = visitor.submit(
        visitor.get(address(scene)),
        {f"score_{first}": "4", f"why_{second}": "Typed already", "go": "hand_in"},
        holding="Hand in",
        status=422,
    )
    assert page.texts("p", "error-message") == [
        "Error: Say why you gave “Criterion 1” this score.",
        "Error: Score “Criterion 2”, or choose “not applicable”.",
        "Error: Score “Criterion 3”, or choose “not applicable”.",
        "Error: Choose your recommendation.",
        "Error: Say how sure you are of your scores.",
    ]
    assert page.texts("textarea")[1] == "Typed already"


def test_a_complete_review_is_handed_in_with_its_total(scene, session, browser):
    visitor = browser(scene.reviewer)
    page = visitor.submit(
        visitor.get(address(scene)),
        {**filled(scene, "5", "na", "3"), "needs_mentoring": "y", "go": "hand_in"},
        holding="Hand in",
    )
    assert "Your review is in." in page.text
    assert "Hand in" not in page.texts("button")
    session.expire_all()
    review = session.get(Review, scene.review.id)
    assert review.state is ReviewState.SUBMITTED
    assert review.total == pytest.approx((40 * 5 + 25 * 3) / 65)
    assert (review.confidence, review.recommendation, review.needs_mentoring) == (
        3,
        Recommendation.YES,
        True,
    )
    assert "4.23" in page.text
    assert "not applicable" in page.text


def test_pressing_twice_hands_in_once(scene, session, browser):
    visitor = browser(scene.reviewer)
    page = visitor.get(address(scene))
    fields = {**filled(scene, "5", "4", "3"), "go": "hand_in"}
    first = visitor.submit(page, fields, holding="Hand in", follow=False, status=303)
    second = visitor.submit(page, fields, holding="Hand in", follow=False, status=303)
    assert first.response.location == second.response.location


def test_two_windows_meet_with_both_texts(scene, session, browser):
    visitor = browser(scene.reviewer)
    older = visitor.get(address(scene))
    first = scene.criteria[0]
    visitor.submit(
        visitor.get(address(scene)),
        {f"score_{first}": "5", f"why_{first}": "The newer text", "go": "save"},
        holding="Hand in",
    )
    page = visitor.submit(
        older,
        {f"score_{first}": "2", f"why_{first}": "The older text", "go": "save"},
        holding="Hand in",
        status=409,
    )
    assert "newer" in page.text
    assert "older" in page.text
    assert "2 – Partial" in page.text
    kept = visitor.submit(page, holding="Save my version instead")
    assert "The older text" in kept.response.text


def test_saving_in_the_background(scene, session, browser):
    visitor = browser(scene.reviewer)
    first = scene.criteria[0]
    values = {
        "csrf_token": visitor.token(),
        "version": str(scene.review.version),
        f"score_{first}": "3",
        f"why_{first}": "On the way",
    }
    answer = visitor.post(f"{address(scene)}/autosave", values).response
    session.expire_all()
    assert answer.json["version"] == scene.review.version
    assert answer.json["message"].startswith("Saved ")
    again = visitor.post(f"{address(scene)}/autosave", values, status=409).response
    assert again.json["message"] == "Somebody else changed this while you were working on it."
    too_long = {**values, "version": answer.json["version"], f"why_{first}": "x" * 50_000}
    refused = visitor.post(f"{address(scene)}/autosave", too_long, status=422).response
    assert "too long" in refused.json["message"]


@pytest.mark.parametrize("text", ["x" * 600_000, "a\x00b", "📈 مرحبا"])
def test_unwelcome_text_is_kept_or_refused_with_everything_there(scene, session, browser, text):
    visitor = browser(scene.reviewer)
    first = scene.criteria[0]
    response = visitor.client.post(
        address(scene),
        data={
            "csrf_token": visitor.token(),
            "version": str(scene.review.version),
            f"why_{first}": text,
            "go": "save",
        },
    )
    assert response.status_code == (303 if text.startswith("📈") else 422)
    shown = visitor.get(address(scene)).response.text if response.status_code == 303 else response.text
    assert text.replace("\x00", "") in shown


def test_scores_after_the_decision_are_refused_with_the_text_kept(scene, session, browser):
    visitor = browser(scene.reviewer)
    page = visitor.get(address(scene))
    scene.proposal.step, scene.proposal.stage = Step.DESIGN, "design"
    session.commit()
    answer = visitor.submit(
        page, {**filled(scene, "5", "4", "3"), "go": "hand_in"}, holding="Hand in", status=422
    )
    assert "The gate was decided while you were writing" in answer.text
    assert "Because 5" in answer.texts("textarea")[0]
    assert session.scalar(sa.select(sa.func.count()).select_from(Score)) == 0
    assert "without this review" in visitor.get(address(scene)).text


def test_values_outside_the_scale_are_refused(scene, session, browser):
    visitor = browser(scene.reviewer)
    first = scene.criteria[0]
    for value in ("0", "6", "nan", "5.5", "1e3", "１"):
        page = visitor.submit(
            visitor.get(address(scene)),
            {f"score_{first}": value, "go": "save"},
            holding="Hand in",
            status=422,
        )
        assert len(page.texts("p", "error-message")) == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(Score)) == 0


def test_declining_asks_for_a_reason_and_closes_the_page(scene, session, browser):
    visitor = browser(scene.reviewer)
    page = visitor.submit(f"{address(scene)}/decline", {"reason": " "}, holding="reason", status=422)
    assert page.texts("p", "error-message") == ["Error: Give a reason"]
    page = visitor.submit(f"{address(scene)}/decline", {"reason": "Not my field"}, holding="reason")
    assert page.heading == "My reviews"
    visitor.get(address(scene), 404)


def test_a_conflict_closes_the_record(scene, session, browser):
    visitor = browser(scene.reviewer)
    visitor.submit(f"{address(scene)}/conflict", {"kind": "vendor", "reason": ""}, holding="reason")
    assert "Permit helper" not in visitor.get("/reviews").text
    visitor.get(address(scene), 404)
    visitor.get(f"/pilots/{scene.proposal.number}", 404)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_takes_the_same_statements_for_any_number(scene, world, browser, statements, rows):
    for number in range(rows - 1):
        more = world.proposal(f"More {number}", call=scene.call, step=Step.REVIEW)
        world.review(more, scene.reviewer)
        over = world.proposal(f"Over {number}", call=scene.call, step=Step.DESIGN)
        world.review(over, scene.reviewer, state=ReviewState.SUBMITTED)
    visitor = browser(scene.reviewer)
    with statements() as seen:
        visitor.get("/reviews")
    assert len(seen) == 6


def test_the_scoring_page_stays_within_its_statements(scene, browser, statements):
    visitor, url = browser(scene.reviewer), address(scene)
    with statements() as seen:
        visitor.get(url)
    assert len(seen) == 5


@pytest.mark.parametrize("sees", AgencySees)
def test_reviewers_are_told_before_they_write_whether_the_agency_reads_it(scene, session, browser, sees):
    scene.call.agency_sees = sees
    session.flush()
    page = browser(scene.reviewer).get(address(scene))
    told = "After the decision the agency reads your reasons, without your name." in page.text
    assert told is (sees is AgencySees.COMMENTS)
