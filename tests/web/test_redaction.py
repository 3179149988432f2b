"""The page on which the copy without names is prepared, and everything its reviewers get from then on."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import reviews as review_flow
from incubator.jobs.reminders import write_reminders
from incubator.jobs.workshop import Workshop
from incubator.models.calls import Criterion
from incubator.models.jobs import Message
from incubator.models.redaction import RedactedCopy
from incubator.models.reviews import Score
from tests.web.hostile import TYPED, VALUES, fault, send, spots
from tests.web.test_hostile_readers import reached, text_of
from tests.web.veiled import CANARIES, CLEAN, PDF, Veiled


@pytest.fixture
def scene(app, world):
    return Veiled(world, app.config["SETTINGS"].attachments)


def address(scene, more=""):
    return f"/pilots/{scene.proposal.number}/redaction{more}"


def everything_clean(scene, **more):
    return {
        "title": "Permits",
        "summary": "Somebody asks whether permits could be faster.",
        "text_problem_problem": "People wait.",
        "text_problem_baseline": "51 minutes",
        f"file_{scene.original.id}": "leave_out",
        f"file_{scene.plain.id}": "as_it_is",
        "take": None,
        "go": "give",
        **more,
    }


def given(scene, visitor, **more):
    return visitor.submit(address(scene), everything_clean(scene, **more), holding="Save the draft")


def test_everything_stands_side_by_side_with_what_was_found_marked(scene, browser):
    page = browser(scene.coordinator).get(address(scene))
    assert page.heading == "Copy without names"
    assert "Reviewers have no copy yet" in page.text
    assert page.texts("mark") == [
        "Bureau of Marshes",
        "Wilhelmina Oystercatcher",
        "Ida Sandpiper",
        "Wilhelmina",
        "303-555-0142",
        "MARSH-0001",
        "Ida Sandpiper",
    ]
    assert page.texts("mark", "unsure") == ["Wilhelmina"]
    assert page.texts("textarea") == [
        "Wilhelmina Oystercatcher asks whether permits could be faster.",
        "People wait. Call Wilhelmina at 303-555-0142.",
        "51 minutes, says MARSH-0001",
    ]
    assert "$5,000" in page.text
    assert "Empty: reviewers do not get this answer." in page.text
    assert "4 names still in the copy" in page.text


def test_nothing_is_taken_out_but_what_is_ticked(scene, browser, session):
    visitor = browser(scene.coordinator)
    page = visitor.submit(address(scene), go="take", holding="Take out what is ticked")
    assert "Saved. Reviewers do not see it yet." in page.text
    assert page.texts("textarea") == [
        "[name] asks whether permits could be faster.",
        "People wait. Call Wilhelmina at [phone number].",
        "51 minutes, says [agency]",
    ]
    copy = session.scalars(sa.select(RedactedCopy)).one()
    assert (copy.title, copy.ready_at) == ("Permits at the [agency]", None)
    page = visitor.submit(
        page, go="take", take="text_problem_problem|Wilhelmina", holding="Take out what is ticked"
    )
    assert page.texts("textarea")[1] == "People wait. Call [name] at [phone number]."
    assert "No name found in the copy" in page.text


def test_giving_says_everything_that_is_missing_and_keeps_what_was_typed(scene, browser, session):
    visitor = browser(scene.coordinator)
    page = visitor.submit(
        address(scene),
        title=" ",
        summary="Typed already",
        go="give",
        holding="Save the draft",
        **{f"file_{scene.plain.id}": "instead"},
        status=422,
    )
    assert page.texts("p", "error-message") == [
        "Error: Give the proposal a name that reviewers may read.",
        "Error: Say what reviewers get of “whimbrel-plan.pdf”.",
        "Error: Choose the file reviewers get instead of “counts.pdf”.",
    ]
    assert page.texts("textarea")[0] == "Typed already"
    page = visitor.submit(
        address(scene), everything_clean(scene, title="At MARSH"), holding="Save the draft", status=422
    )
    assert "Names that were found are still in the copy: “MARSH”." in page.text
    assert session.scalars(sa.select(RedactedCopy)).all() == []
    assert (
        "Reviewers read this copy from now on." in given(scene, visitor, title="At MARSH", may_stay="y").text
    )


def test_a_given_copy_is_corrected_at_once(scene, browser, session):
    visitor = browser(scene.coordinator)
    page = given(scene, visitor)
    assert "Save the draft" not in page.texts("button")
    assert "data-autosave" not in page.html
    page = visitor.submit(page, title="Faster permits at MARSH", go="give", may_stay="y", holding="title")
    assert "Take out “MARSH”" in page.text
    page = visitor.submit(page, go="take", take="title|MARSH", holding="Take out what is ticked")
    session.expire_all()
    copy = session.scalars(sa.select(RedactedCopy)).one()
    assert (copy.title, copy.ready_at is None) == ("Faster permits at [agency]", False)


def test_two_windows_meet_with_both_texts(scene, browser):
    visitor = browser(scene.coordinator)
    older = visitor.get(address(scene))
    visitor.submit(address(scene), summary="The newer text", go="save", holding="Save the draft")
    page = visitor.submit(older, summary="The older text", go="save", holding="Save the draft", status=409)
    assert "newer" in page.text
    assert "older" in page.text
    kept = visitor.submit(page, holding="Save my version instead")
    assert "The older text" in kept.texts("textarea")


def test_saving_in_the_background(scene, browser, session):
    visitor = browser(scene.coordinator)
    values = {"csrf_token": visitor.token(), "version": "0", "title": "On the way"}
    answer = visitor.post(address(scene, "/autosave"), values).response
    assert answer.json["version"] == 1
    assert answer.json["message"].startswith("Saved ")
    assert visitor.post(address(scene, "/autosave"), values, status=409).response.json["version"] == 1
    long = {**values, "version": "1", "title": "x" * 300}
    assert "too long" in visitor.post(address(scene, "/autosave"), long, status=422).response.json["message"]
    given(scene, visitor)
    late = {**values, "version": "2", "title": "Too late"}
    refused = visitor.post(address(scene, "/autosave"), late, status=422).response.json["message"]
    assert "Reviewers read this copy already" in refused
    session.expire_all()
    assert session.scalars(sa.select(RedactedCopy.title)).one() == "Permits"


def test_unchanged_answers_begin_as_they_were_written_before(scene, world, browser):
    visitor = browser(scene.coordinator)
    given(scene, visitor, text_problem_baseline="51 minutes each")
    scene.hand_in(world, 2, problem="Wilhelmina waits longer.")
    page = visitor.get(address(scene))
    assert "Reviewers still read the copy of revision 1." in page.text
    assert page.texts("textarea") == [
        "Somebody asks whether permits could be faster.",
        "Wilhelmina waits longer.",
        "51 minutes each",
    ]
    assert (
        "You read revision 1 without names" in browser(scene.reviewer).get(f"/reviews/{scene.review.id}").text
    )


def test_after_the_decision_it_is_only_read(scene, browser, session):
    visitor = browser(scene.coordinator)
    given(scene, visitor)
    page = visitor.get(address(scene))
    scene.proposal.step, scene.proposal.stage = Step.DESIGN, "design"
    session.commit()
    assert "The copy can no longer be changed." in visitor.get(address(scene)).text
    late = visitor.submit(page, title="Late", go="give", holding="title", status=422)
    assert "The gate has been decided" in late.text


def test_the_page_is_for_coordinators_of_calls_that_hide_names(scene, world, browser, session):
    for person, status in (
        (scene.reviewer, 404),
        (scene.author, 403),
        (world.person("Gil Gate", Role.GATEKEEPER), 403),
        (world.person("Ada Ministrator", Role.ADMINISTRATOR), 403),
    ):
        visitor = browser(person)
        visitor.get(address(scene), status)
        visitor.post(address(scene), {"csrf_token": visitor.token(), "title": "Mine"}, status=status)
    visitor = browser(scene.coordinator)
    assert "Copy without names" in visitor.get(f"/pilots/{scene.proposal.number}").text
    scene.call.names_hidden = False
    session.commit()
    visitor.get(address(scene), 404)
    assert "Copy without names" not in visitor.get(f"/pilots/{scene.proposal.number}").text


def test_what_lacks_a_copy_is_listed(scene, browser):
    visitor = browser(scene.coordinator)
    page = visitor.get("/reviews/assignments")
    assert "1 proposal lacks its copy without names" in page.text
    assert address(scene) in page.links()
    given(scene, visitor)
    assert "copy without names" not in visitor.get("/reviews/assignments").text


def leaks(visitor):
    """Where a page or file reached by links, or their text, holds one of the canaries."""
    found, pages = [], 0
    for place, text in reached(visitor):
        pages += 1
        found += [(place, word) for word in CANARIES if word in text or word in place]
    assert pages > 3
    return found


def test_nothing_that_reviewers_reach_names_anybody(app, scene, world, session, browser, now):
    """Pages, files, exports and mail of a reviewer before the copy is given, after it, and when all is done."""
    given(scene, browser(scene.coordinator))
    assert ("/reviews", "Marshes") not in leaks(browser(scene.reviewer))
    assert leaks(browser(scene.reviewer)) == []

    other = world.person("Ola Finch", Role.REVIEWER)
    review_flow.assign(
        session,
        world.actor(scene.coordinator),
        proposal_id=scene.proposal.id,
        people=[other.id],
        due_on=now.date() + timedelta(days=1),
        now=now,
    )
    session.commit()
    write_reminders(Workshop(app, clock=lambda: now))
    for review in (scene.review, *_reviews_of(world, other)):
        review.state, review.submitted_at, review.total = ReviewState.SUBMITTED, now, 3.0
        world.add(
            Score(
                review_id=review.id,
                criterion_id=_criterion(session, scene),
                value=3,
                justification="As the copy says",
            )
        )
    scene.proposal.reviews_revealed_at = now
    session.commit()
    visitor = browser(scene.reviewer)
    assert leaks(visitor) == []
    for place in ("/reviews/long.csv", "/reviews/wide.csv", "/reviews/long.xlsx", "/reviews/wide.xlsx"):
        text = text_of(visitor.client.get(place))
        assert [word for word in CANARIES if word in text] == []
        assert "As the copy says" in text
    review_flow.give_back(
        session, world.actor(scene.coordinator), review_id=scene.review.id, reason="Say more", now=now
    )
    mails = session.scalars(
        sa.select(Message).where(Message.recipient_id.in_([scene.reviewer.id, other.id]))
    ).all()
    assert len(mails) >= 3
    told = "\n".join(f"{mail.subject}\n{mail.body}" for mail in mails)
    assert [word for word in CANARIES if word in told] == []
    assert "“Permits”" in told


def _reviews_of(world, person):
    from incubator.models.reviews import Review

    return world.session.scalars(sa.select(Review).where(Review.reviewer_id == person.id)).all()


def _criterion(session, scene):
    return session.scalars(
        sa.select(Criterion.id)
        .where(Criterion.rubric_id == scene.call.rubric_id)
        .order_by(Criterion.position)
    ).first()


def test_the_same_search_finds_names_where_they_are_not_hidden(scene, session, browser):
    scene.call.names_hidden = False
    session.commit()
    found = {word for _place, word in leaks(browser(scene.reviewer))}
    assert found >= {
        "Wilhelmina",
        "Oystercatcher",
        "Sandpiper",
        "Bureau of Marshes",
        "whimbrel",
        "PDFKESTREL",
    }


def test_files_come_as_downloads_under_the_reviews_own_guard(scene, world, session, browser):
    place = f"/reviews/{scene.review.id}/files"
    visitor = browser(scene.reviewer)
    for attachment in (scene.original, scene.plain):
        visitor.get(f"{place}/{attachment.id}", 404)
    upload = {f"upload_{scene.original.id}": (io.BytesIO(CLEAN + b"%instead"), "whimbrel.pdf")}
    given(
        scene,
        browser(scene.coordinator),
        **{f"file_{scene.original.id}": "instead", f"name_{scene.plain.id}": "Counts"},
        **upload,
    )
    links = [link for link in visitor.get(f"/reviews/{scene.review.id}").links() if "/files/" in link]
    answers = [visitor.client.get(link, buffered=True) for link in links]
    assert [answer.data for answer in answers] == [CLEAN + b"%instead", CLEAN]
    assert [answer.headers["Content-Disposition"] for answer in answers] == [
        'attachment; filename="Attachment 1.pdf"',
        "attachment; filename=Counts.pdf",
    ]
    for answer in answers:
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer.headers["Cache-Control"] == "no-store"
    others = browser(world.person("Ola Finch", Role.REVIEWER))
    other_review = world.review(
        world.proposal("Elsewhere", call=scene.call, step=Step.REVIEW), scene.reviewer
    )
    session.commit()
    for link in links:
        others.get(link, 404)
        visitor.get(link.replace(f"/reviews/{scene.review.id}/", f"/reviews/{other_review.id}/"), 404)
        browser(scene.coordinator).get(link, 403)
    scene.review.state = ReviewState.WITHDRAWN
    session.commit()
    for link in links:
        visitor.get(link, 404)


def test_where_names_are_shown_reviewers_get_the_attachments(scene, session, browser):
    scene.call.names_hidden = False
    session.commit()
    visitor = browser(scene.reviewer)
    page = visitor.get(f"/reviews/{scene.review.id}")
    assert "whimbrel-plan.pdf" in page.texts("a")
    assert (
        visitor.client.get(f"/reviews/{scene.review.id}/files/{scene.original.id}", buffered=True).data == PDF
    )
    visitor.get(f"/reviews/{scene.review.id}/files/987654", 404)


@pytest.mark.parametrize("more", [0, 3])
def test_the_pages_take_the_same_statements_for_any_number(scene, world, browser, statements, more):
    visitor, reviewer = browser(scene.coordinator), browser(scene.reviewer)
    given(scene, visitor)
    for number in range(more):
        world.review(world.proposal(f"More {number}", call=scene.call, step=Step.REVIEW), scene.reviewer)
    preparing, reading = address(scene), f"/reviews/{scene.review.id}"
    world.session.commit()
    with statements() as seen:
        visitor.get(preparing)
    assert len(seen) == 8
    with statements() as seen:
        reviewer.get(reading)
    assert len(seen) == 6


def test_no_field_of_the_form_breaks(app, scene, browser, session, connection):
    """A line and a text get every value, the other fields one each, in turn."""
    visitor = browser(scene.coordinator)
    spot = next(
        one
        for one in spots(visitor.get(address(scene)), "coordinator", app)
        if one.endpoint == "redaction.save"
    )
    names = [name for name, kind in spot.kinds if kind in TYPED]
    assert len(names) == 8
    tried = [(name, label) for name in ("title", "text_problem_problem") for label in VALUES]
    tried += list(zip(names, VALUES, strict=False))
    faults = []
    for name, label in tried:
        session.commit()
        point = connection.begin_nested()
        try:
            wrong = fault(spot, name, VALUES[label], send(visitor, spot, {name: VALUES[label], "go": "save"}))
        finally:
            session.rollback()
            point.rollback()
        faults += [f"{name} ({label}): {wrong}"] if wrong else []
    assert faults == []
