from __future__ import annotations

import csv
import io
from datetime import timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from incubator.domain.reviews import Recommendation, ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.calls import Criterion
from incubator.models.conflicts import Conflict
from incubator.models.jobs import Message
from incubator.models.reviews import FirstScore, Review, Score


@pytest.fixture
def scene(world, session, now):
    """A proposal with one review in (2.37 in all, with words that must not leak) and one still open."""

    class Scene:
        rubric = world.rubric(40, 35, 25)
        call = world.call("Spring round", rubric=rubric, reviews_due_on=now.date() + timedelta(days=9))
        agency = world.agency("DOT", "Department of Transportation")
        proposal = world.proposal("Permit helper", agency=agency, call=call, step=Step.REVIEW)
        coordinator = world.person("Cora Dean", Role.COORDINATOR)
        early = world.person("Ola Finch", Role.REVIEWER)
        late = world.person("Rae Bell", Role.REVIEWER)
        review = world.review(
            proposal,
            early,
            state=ReviewState.SUBMITTED,
            total=2.37,
            confidence=3,
            recommendation=Recommendation.NO,
            comment="CANARY-COMMENT",
        )
        open_review = world.review(proposal, late, due_on=now.date() - timedelta(days=1))

    Scene.criteria = list(
        session.scalars(sa.select(Criterion.id).where(Criterion.rubric_id == Scene.rubric.id))
    )
    for place, criterion_id in enumerate(Scene.criteria):
        world.add(
            Score(
                review_id=Scene.review.id,
                criterion_id=criterion_id,
                value=place + 1,
                justification=f"CANARY-WHY-{place}",
            )
        )
    Scene.proposal.reviews_in, Scene.proposal.score = 1, 2.37
    Scene.proposal.value, Scene.proposal.effort = 2.37, 2.37
    session.flush()
    return Scene


def url(scene, more=""):
    return f"/pilots/{scene.proposal.number}/reviews{more}"


LEAKS = ("CANARY", "2.37", "2.4", "1 of 3 reviews", "Reviews in")


def places(scene):
    return [
        "/reviews",
        "/reviews?show=done",
        "/reviews?sort=score&order=desc",
        f"/reviews/{scene.open_review.id}",
        f"/reviews/{scene.open_review.id}/abstain",
        url(scene),
        "/reviews/long.csv",
        "/reviews/wide.csv",
        "/reviews/long.csv?call=" + scene.call.slug,
    ]


@pytest.mark.parametrize("also", [(), (Role.COORDINATOR,), (Role.GATEKEEPER,), (Role.LEADERSHIP,)])
def test_nothing_of_the_others_shows_while_the_own_review_is_open(scene, world, session, browser, also, now):
    from incubator.models.accounts import RoleGrant

    for role in also:
        world.add(RoleGrant(person_id=scene.late.id, role=role, granted_at=now))
    pages, visitor = places(scene), browser(scene.late)
    for place in pages:
        text = visitor.get(place).response.text
        for leak in LEAKS:
            assert leak not in text, f"{leak} on {place}"
    for shape in ("scores.csv", "scores.png", "long.csv", "wide.xlsx"):
        visitor.get(url(scene, f"/{shape}"), 403)
    acts = [url(scene, f"/{scene.review.id}/{act}") for act in ("give-back", "take-back")]
    for act in acts:
        assert "CANARY" not in visitor.get(act, 403).text


def test_the_sheet_is_sealed_too(scene, browser):
    visitor = browser(scene.late)
    book = openpyxl.load_workbook(io.BytesIO(visitor.get("/reviews/wide.xlsx").response.data))
    cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    assert not any("CANARY" in str(cell) or cell == 2.37 for cell in cells)


def test_the_own_review_alone_does_not_break_the_seal(scene, session, browser, now):
    scene.open_review.state, scene.open_review.submitted_at = ReviewState.SUBMITTED, now
    scene.open_review.total = 4.0
    session.flush()
    visitor = browser(scene.late)
    for place in places(scene):
        if place.endswith("/abstain"):
            continue
        text = visitor.get(place).response.text
        for leak in LEAKS:
            assert leak not in text, f"{leak} on {place}"
    assert "once all are in or their day has passed" in visitor.get(url(scene, "/scores.csv"), 403).text


def test_the_same_canaries_do_show_once_they_are_revealed(scene, session, browser, now):
    scene.open_review.state, scene.open_review.submitted_at = ReviewState.SUBMITTED, now
    scene.open_review.total = 4.0
    scene.proposal.reviews_revealed_at = now
    session.flush()
    place, visitor = url(scene), browser(scene.late)
    page = visitor.get(place)
    assert "CANARY-WHY-0" in page.text
    assert "CANARY-COMMENT" in page.text
    assert "2.37" in page.text
    assert "CANARY-WHY-2" in visitor.get("/reviews/long.csv").response.text


def test_a_call_may_keep_its_reviewers_apart_for_good(scene, session, browser, now):
    scene.open_review.state, scene.open_review.submitted_at = ReviewState.SUBMITTED, now
    scene.open_review.total = 4.0
    scene.call.shares_scores = False
    session.flush()
    place, visitor = url(scene), browser(scene.late)
    assert "CANARY" not in visitor.get(place).text
    assert "CANARY" not in visitor.get("/reviews/long.csv").response.text
    visitor.get(f"{place}/scores.csv", 403)


def test_the_conflicted_see_nothing(scene, world, session, browser, now):
    panel = world.person("Gale Keeper", Role.GATEKEEPER)
    coordinator = world.person("Ann Other", Role.COORDINATOR, agency=scene.agency)
    world.add(Conflict(person_id=panel.id, proposal_id=scene.proposal.id, kind="vendor", declared_at=now))
    place = url(scene)
    browser(panel).get(place, 404)
    browser(coordinator).get(place, 403)
    for person in (panel, coordinator):
        assert "CANARY" not in browser(person).get("/reviews/long.csv").response.text


def test_the_agency_never_reads_reviews(scene, world, browser):
    lead = world.person("Lee Lead", (Role.AGENCY_LEAD, scene.agency), agency=scene.agency)
    place, visitor = url(scene), browser(lead)
    assert "CANARY" not in visitor.get(place, 403).text
    visitor.get(f"{place}/long.csv", 403)


def test_anothers_draft_is_read_by_nobody(scene, world, session, browser, now):
    scene.open_review.state, scene.open_review.comment = ReviewState.STARTED, "DRAFT-CANARY"
    scene.open_review.started_at = now
    world.add(
        Score(
            review_id=scene.open_review.id,
            criterion_id=scene.criteria[0],
            value=5,
            justification="DRAFT-CANARY",
        )
    )
    place, visitor = url(scene), browser(scene.coordinator)
    page = visitor.get(place)
    assert "CANARY-COMMENT" in page.text
    assert "DRAFT-CANARY" not in page.text
    assert "DRAFT-CANARY" not in visitor.get(f"{place}/long.csv").response.text


def test_the_panel_sees_every_review_and_where_they_part(scene, world, session, browser):
    third = world.person("Tim Vale", Role.REVIEWER)
    world.review(scene.proposal, third, state=ReviewState.SUBMITTED, total=4.87)
    place, visitor = url(scene), browser(world.person("Gale Keeper", Role.GATEKEEPER))
    page = visitor.get(place)
    assert "2 of 3" in page.text
    assert "3.6 · 3.6" in page.text
    assert "Reviewers are split" in page.text
    assert "CANARY-WHY-1" in page.text
    rows = visitor.get(f"{place}/scores.csv").response.text
    assert "2.37, 4.87" in rows


def test_assigning_from_the_page(scene, world, session, browser):
    new = world.person("Nia Frey", Role.REVIEWER)
    barred = world.person("Bart Red", Role.REVIEWER, agency=scene.agency)
    ids, place, visitor = (str(new.id), str(barred.id)), url(scene), browser(scene.coordinator)
    page = visitor.get(place)
    assert page.texts("label")[0].startswith("Nia Frey")
    assert "Belongs to the agency that proposed this" in page.text
    refused = visitor.submit(page, {"people": [ids[1]]}, holding="Ask them", status=422)
    assert "Bart Red cannot review this" in refused.text
    nobody = visitor.submit(page, {"due_on": "soon"}, holding="Ask them", status=422)
    assert "soon" in nobody.response.text
    done = visitor.submit(page, {"people": [ids[0]], "due_on": "1/15/2027"}, holding="Ask them")
    assert "Asked 1 people to review" in done.text
    assert "January 15, 2027" in done.text
    assert session.scalars(sa.select(Message.recipient_id)).all() == [int(ids[0])]


def test_the_due_day_of_the_call_is_offered(scene, world, browser):
    world.person("Nia Frey", Role.REVIEWER)
    page = browser(scene.coordinator).get(url(scene))
    assert 'value="November 29, 2026"' in page.response.text


def test_a_refusal_tells_that_somebody_is_missing(scene, session, browser):
    scene.open_review.state, scene.open_review.reason = ReviewState.DECLINED, "Not my field"
    session.flush()
    page = browser(scene.coordinator).get(url(scene))
    assert "2 more reviewers are needed: 1 person declined or abstained" in page.text
    assert "Not my field" in page.text


def test_giving_back_and_taking_back(scene, session, browser):
    given, taken = (
        url(scene, f"/{scene.review.id}/give-back"),
        url(scene, f"/{scene.open_review.id}/take-back"),
    )
    visitor = browser(scene.coordinator)
    refused = visitor.submit(given, {"reason": ""}, holding="reason", status=422)
    assert refused.texts("p", "error-message") == ["Error: Say what the reviewer should change."]
    visitor.submit(given, {"reason": "Look at risk again"}, holding="reason")
    visitor.submit(taken, {"reason": ""}, holding="reason")
    session.expire_all()
    assert session.get(Review, scene.review.id).state is ReviewState.STARTED
    assert session.get(Review, scene.open_review.id).state is ReviewState.WITHDRAWN
    assert scene.proposal.reviews_in == 0
    again = browser(scene.early).get(f"/reviews/{scene.review.id}")
    assert "Look at risk again" in again.text


def test_recording_somebodys_conflict(scene, session, browser):
    visitor = browser(scene.coordinator)
    visitor.submit(
        url(scene),
        {"person": str(scene.early.id), "kind": "vendor", "reason": "Owns shares"},
        holding="Record it",
    )
    session.expire_all()
    assert session.get(Review, scene.review.id).state is ReviewState.WITHDRAWN
    assert (scene.proposal.reviews_in, scene.proposal.score) == (0, None)


def test_whoever_has_not_accepted_the_invitation_is_marked(scene, world, session, browser):
    world.person("Ida New", Role.REVIEWER).password_hash = ""
    scene.late.password_hash = ""
    session.commit()
    text = browser(scene.coordinator).get(url(scene)).text
    assert "Ida NewNo agency · invitation not accepted yet · 0 open reviews" in text
    assert "Rae Bell invitation not accepted yet" in text
    assert "Ola Finch invitation" not in text


def test_a_gatekeepers_conflict_is_recorded_and_declared(scene, world, session, browser):
    gale, dana = world.person("Gale Keeper", Role.GATEKEEPER), world.person("Dana Own", Role.GATEKEEPER)
    browser(scene.coordinator).submit(
        url(scene), {"person": str(gale.id), "kind": "vendor", "reason": ""}, holding="Record it"
    )
    visitor = browser(dana)
    assert "Declare a conflict of interest of your own" in visitor.get(url(scene)).text
    visitor.submit(f"{url(scene)}/own-conflict", kind="other", reason="My brother works there.")
    for person in (gale, dana):
        browser(person).get(url(scene), status=404)
    found = session.scalars(sa.select(Conflict.person_id).order_by(Conflict.id)).all()
    assert found == [gale.id, dana.id]
    browser(world.person("Lee", Role.LEADERSHIP)).get(f"{url(scene)}/own-conflict", status=403)


def test_a_review_of_an_earlier_revision_is_confirmed_on_its_page(scene, session, browser):
    scene.proposal.revision_number = 2
    session.commit()
    page = browser(scene.coordinator).get(url(scene))
    assert "1 review is of an earlier revision." in page.text
    assert "Of revision 1. Not counted until Ola Finch confirms it." in page.text
    visitor = browser(scene.early)
    assert "Confirm: the proposal changed" in visitor.get("/reviews").text
    own = visitor.get(f"/reviews/{scene.review.id}")
    assert "You reviewed revision 1 of this proposal. The agency has submitted revision 2 since." in own.text
    done = visitor.submit(own, action=f"/reviews/{scene.review.id}/confirm")
    assert "Your review is confirmed and counted." in done.text
    session.expire_all()
    assert (scene.review.revision_number, scene.proposal.reviews_in) == (2, 1)


def test_the_two_shapes_of_the_export(scene, browser):
    place, visitor = url(scene), browser(scene.coordinator)
    long = visitor.get(f"{place}/long.csv").response
    lines = long.text.splitlines()
    assert lines[0].lstrip("\ufeff").startswith("Number,Proposal,Agency,Call,Reviewer")
    assert [line.rsplit(",", 5)[1:] for line in lines[1:]] == [
        ["Criterion 1", "40", "1", "CANARY-WHY-0", ""],
        ["Criterion 2", "35", "2", "CANARY-WHY-1", ""],
        ["Criterion 3", "25", "3", "CANARY-WHY-2", ""],
    ]
    book = openpyxl.load_workbook(io.BytesIO(visitor.get(f"{place}/wide.xlsx").response.data))
    rows = list(book.active.iter_rows(values_only=True))
    assert rows[0][-9:-3] == (
        "Criterion 1",
        "Why: Criterion 1",
        "Round one: Criterion 1",
        "Criterion 2",
        "Why: Criterion 2",
        "Round one: Criterion 2",
    )
    assert rows[1][4] == "Ola Finch"
    assert rows[1][-9:] == (1, "CANARY-WHY-0", None, 2, "CANARY-WHY-1", None, 3, "CANARY-WHY-2", None)
    assert len(rows) == 2


def test_exports_hold_both_rounds_of_a_revised_review(scene, world, session, browser, now):
    review = scene.review
    review.first_total, review.total, review.revised_at = review.total, 3.0, now
    review.revision_reason = "The others saw more."
    for place, criterion_id in enumerate(scene.criteria):
        world.add(
            FirstScore(
                review_id=review.id,
                criterion_id=criterion_id,
                value=None if place == 1 else 5 - place,
                applies=place != 1,
            )
        )
    visitor = browser(scene.coordinator)
    text = visitor.get(url(scene, "/long.csv")).response.data.decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [(row["Score"], row["Score in round one"]) for row in rows] == [
        ("1", "5"),
        ("2", "not applicable"),
        ("3", "3"),
    ]
    assert {row["Total in round one"] for row in rows} == {"2.37"}
    assert {row["Why it was revised"] for row in rows} == {"The others saw more."}


@pytest.mark.parametrize("more", [0, 2])
def test_the_page_takes_the_same_statements_for_any_number(scene, world, browser, statements, more):
    for number in range(more):
        person = world.person(f"Reviewer {number}", Role.REVIEWER)
        world.review(scene.proposal, person, state=ReviewState.SUBMITTED, total=3.0)
        world.person(f"Free {number}", Role.REVIEWER)
    world.person("Free at all times", Role.REVIEWER)
    place, visitor = url(scene), browser(scene.coordinator)
    with statements() as seen:
        visitor.get(place)
    assert len(seen) == 11


@pytest.mark.parametrize("more", [0, 2])
def test_the_list_of_missing_reviews(world, browser, statements, now, more):
    """Who still has to be found is told to those who look for them, and not to those who review or have a
    conflict."""
    call = world.call("Spring round", reviews_required=3)
    agency = world.agency("DOT", "Department of Transportation")
    cora = world.person("Cora", Role.COORDINATOR, Role.REVIEWER)
    limited = world.person("Lim", (Role.COORDINATOR, world.agency("ELSE")))
    people = [world.person(f"Rae {number}", Role.REVIEWER) for number in range(3)]
    day = now.date()

    def proposal(title, *states, **values):
        made = world.proposal(title, agency=agency, call=call, step=Step.REVIEW, **values)
        for person, state in zip(people, states, strict=False):
            why = "No time" if state is ReviewState.DECLINED else ""
            world.review(made, person, state=state, due_on=day - timedelta(days=1), reason=why)
        return made

    submitted, declined, assigned = ReviewState.SUBMITTED, ReviewState.DECLINED, ReviewState.ASSIGNED
    proposal("Few asked", submitted, declined, assigned, reviews_in=1, due_on=day + timedelta(days=1))
    proposal("All asked", assigned, assigned, assigned, due_on=day + timedelta(days=2))
    proposal("All in", submitted, submitted, submitted, reviews_in=3)
    own = proposal("My own review canary", submitted, reviews_in=1)
    world.review(own, cora)
    conflicted = proposal("Conflict canary", submitted, reviews_in=1)
    world.add(Conflict(person_id=cora.id, proposal_id=conflicted.id, kind="vendor", declared_at=now))
    world.proposal("Not in review canary", agency=agency, call=call, step=Step.DESIGN)
    for number in range(more):
        proposal(f"Another {number}", assigned, due_on=day + timedelta(days=9))
    visitor = browser(cora)
    with statements() as seen:
        page = visitor.get("/reviews/assignments")
    assert len(seen) == 7
    rows = [row for row in page.texts("tr") if "DOT-" in row]
    assert [row.partition("DOT-")[0] for row in rows[:2]] == ["Few asked", "All asked"]
    assert "1 of 3" in rows[0]
    assert "1 more" in rows[0]
    assert "All asked" in rows[1].partition("DOT-")[2]
    assert len(rows) == 2 + more
    assert "canary" not in page.text
    assert page.texts("strong")[:2] == [str(2 + more), str(1 + more)]
    narrowed = visitor.get(f"/reviews/assignments?show=unasked&call={call.slug}")
    assert "Few asked" in narrowed.text
    assert len([row for row in narrowed.texts("tr") if "DOT-" in row]) == 1 + more
    assert "No review is missing" in browser(limited).get("/reviews/assignments").text
    browser(people[0]).get("/reviews/assignments", 403)
    assert "/reviews/assignments" in visitor.get("/screening").links()


def test_a_call_leads_to_its_reviews_as_a_table(scene, world, browser):
    url = f"/calls/{scene.call.slug}"
    table = f"/reviews/wide.csv?call={scene.call.slug}"
    visitor = browser(scene.coordinator)
    assert table in visitor.get(url).links()
    assert "Permit helper" in visitor.client.get(table).get_data(as_text=True)
    agencys = browser(world.person("Sub", (Role.SUBMITTER, scene.agency), agency=scene.agency))
    assert table not in agencys.get(url).links()
    assert "Permit helper" not in agencys.client.get(table).get_data(as_text=True)
