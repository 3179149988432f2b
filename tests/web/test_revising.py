"""Revising one's own review with the others' beside it, and conflicts of interest on a record's pages."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.conflicts import ConflictKind
from incubator.domain.reviews import Recommendation, ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.accounts import RoleGrant
from incubator.models.calls import Criterion
from incubator.models.conflicts import Conflict
from incubator.models.proposals import Revision
from incubator.models.reviews import FirstScore, Score

S = ReviewState


@pytest.fixture
def scene(world, session, now):
    quinn = world.person("Quinn Chair", Role.GATEKEEPER)
    asked = world.call("Spring round", rubric=world.rubric(60, 40), chair_id=quinn.id)
    proposed = world.proposal("Permit helper", call=asked, step=Step.REVIEW, reviews_revealed_at=now)

    class Scene:
        chair, call, proposal = quinn, asked, proposed
        coordinator = world.person("Cora Dean", Role.COORDINATOR)
        reviewer, other, late = (
            world.person(name, Role.REVIEWER) for name in ("Rae Bell", "Ola Finch", "Lou Tarry")
        )
        criteria = tuple(
            session.scalars(
                sa.select(Criterion.id)
                .where(Criterion.rubric_id == asked.rubric_id)
                .order_by(Criterion.position)
            )
        )

    values = {"state": S.SUBMITTED, "confidence": 2, "recommendation": Recommendation.MAYBE}
    Scene.review = world.review(proposed, Scene.reviewer, total=2.6, comment="Mine", **values)
    Scene.others = world.review(proposed, Scene.other, total=4.0, comment="CANARY-COMMENT", **values)
    Scene.open_review = world.review(proposed, Scene.late)
    for review, scores in ((Scene.review, (3, 2)), (Scene.others, (4, 4))):
        for key, value in zip(Scene.criteria, scores, strict=True):
            why = f"CANARY-WHY-{value}" if review is Scene.others else f"Because {value}"
            world.add(Score(review_id=review.id, criterion_id=key, value=value, justification=why))
    proposed.reviews_in, proposed.score = 2, 3.3
    world.add(
        Revision(
            proposal_id=proposed.id,
            number=1,
            content={"answers": {"problem": {"problem": "Permits take 51 minutes."}}},
            sha256="0" * 64,
            form_version=1,
            submitted_at=now,
        )
    )
    session.flush()
    return Scene


def address(scene, more=""):
    return f"/reviews/{scene.review.id}{more}"


def revised(scene, **more):
    first, second = scene.criteria
    return {
        f"score_{first}": "4",
        f"why_{first}": "They saw more",
        f"score_{second}": "2",
        "recommendation": "yes",
        "revision_reason": "The others read the costs.",
        **more,
    }


def test_the_way_from_the_list_to_the_revised_review(scene, session, browser, now):
    scene.call.revisions_due_on = now.date() + timedelta(days=14)
    visitor = browser(scene.reviewer)
    queue = visitor.get("/reviews")
    assert address(scene, "/revise") in queue.links()
    assert "until December 4, 2026" in queue.text
    own = visitor.get(address(scene))
    assert "You may revise your review once, until December 4, 2026" in own.text
    page = visitor.get(address(scene, "/revise"))
    assert page.heading == "Revise your review"
    for shown in ("Ola Finch", "CANARY-WHY-4", "CANARY-COMMENT", "4.00", "Permits take 51 minutes."):
        assert shown in page.text
    assert page.texts("textarea") == ["Because 3", "Because 2", "Mine", ""]
    done = visitor.submit(page, revised(scene), holding="Hand in the revised review")
    assert "Your review is revised. What you said first stays beside it." in done.text
    assert done.texts("span", "shift") == [
        "raised from 2.60 to 3.20 2.60 → 3.20 ▲",
        "raised from 3 to 4 3 → 4 ▲",
        "2 = as before the revision",
    ]
    assert "Yes (first: Maybe)" in done.text
    assert "First: Because 3" in done.text
    assert "The others read the costs." in done.text
    assert "May be revised" not in visitor.get("/reviews").text
    assert "possible once" in visitor.get(address(scene, "/revise"), 403).text
    session.expire_all()
    assert (scene.review.first_total, scene.review.total) == (2.6, pytest.approx(3.2))


def test_both_values_stand_on_the_records_page(scene, session, browser):
    visitor = browser(scene.reviewer)
    visitor.submit(
        address(scene, "/revise"),
        revised(scene, **{f"score_{scene.criteria[0]}": "1"}),
        holding="revision_reason",
    )
    page = browser(scene.coordinator).get(f"/pilots/{scene.proposal.number}/reviews")
    assert page.texts("span", "shift")[0] == "lowered from 2.60 to 1.40 2.60 → 1.40 ▼"
    assert "first: Maybe" in page.text
    assert "lowered from 3 to 1 3 → 1 ▼" in page.texts("span", "shift")
    assert "The others read the costs." in page.text
    assert "First: Because 3" in page.text


def test_everything_missing_is_said_and_the_text_kept(scene, session, browser):
    visitor = browser(scene.reviewer)
    page = visitor.submit(
        address(scene, "/revise"),
        revised(scene, revision_reason=" ", **{f"why_{scene.criteria[1]}": "", "comment": "Typed already"}),
        holding="revision_reason",
        status=422,
    )
    assert page.texts("p", "error-message") == [
        "Error: Say why you gave “Criterion 2” this score.",
        "Error: Say why you revise your review.",
    ]
    assert page.texts("textarea")[2] == "Typed already"
    nothing = visitor.submit(
        address(scene, "/revise"), revision_reason="None", holding="revision_reason", status=422
    )
    assert "Nothing has changed." in nothing.text
    assert session.scalars(sa.select(FirstScore)).all() == []


def test_two_windows_meet_with_both_texts(scene, session, browser):
    visitor = browser(scene.reviewer)
    older = visitor.get(address(scene, "/revise"))
    scene.review.comment = "The newer text"
    session.commit()
    page = visitor.submit(
        older, revised(scene, comment="The older text"), holding="revision_reason", status=409
    )
    assert "newer" in page.text
    assert "older" in page.text
    kept = visitor.submit(page, holding="Save my version instead")
    assert "The older text" in kept.text


def test_pressing_twice_revises_once(scene, session, browser):
    visitor = browser(scene.reviewer)
    page = visitor.get(address(scene, "/revise"))
    first = visitor.submit(page, revised(scene), holding="revision_reason", follow=False, status=303)
    second = visitor.submit(page, revised(scene), holding="revision_reason", follow=False, status=303)
    assert first.response.location == second.response.location


CANARIES = ("CANARY", "Ola Finch", "4.00", "3.3", "3.30")


@pytest.mark.parametrize("also", [(), (Role.COORDINATOR,), (Role.GATEKEEPER,)])
def test_whoever_is_late_sees_nothing_until_their_own_is_in(scene, world, session, browser, now, also):
    """The reviews are revealed; the late reviewer's own is not in, whatever roles they hold besides."""
    for role in also:
        world.add(RoleGrant(person_id=scene.late.id, role=role, granted_at=now))
    visitor = browser(scene.late)
    place = f"/reviews/{scene.open_review.id}"
    for url, status in (
        ("/", 200),
        ("/reviews", 200),
        (place, 200),
        (f"{place}/revise", 403),
        ("/reviews/long.csv", 200),
        ("/reviews/wide.csv", 200),
    ):
        text = visitor.get(url, status).response.text
        assert [word for word in CANARIES if word in text] == [], url
    token = {"csrf_token": visitor.token(), "version": "1", "revision_reason": "x"}
    text = visitor.post(f"{place}/revise", token, status=422).response.text
    assert [word for word in CANARIES if word in text] == []
    first, second = scene.criteria
    filled = {f"score_{key}": "5" for key in (first, second)} | {
        f"why_{key}": "Mine" for key in (first, second)
    }
    done = visitor.submit(
        place, {**filled, "confidence": "3", "recommendation": "yes", "go": "hand_in"}, holding="Hand in"
    )
    assert "The reviews are open now" in done.text
    assert "CANARY-WHY-4" in visitor.get(f"{place}/revise").text


def test_sealed_reviews_stay_sealed_on_the_revising_page(scene, session, browser):
    visitor = browser(scene.reviewer)
    for change in ("reviews_revealed_at", "shares_scores"):
        if change == "reviews_revealed_at":
            scene.proposal.reviews_revealed_at = None
        else:
            scene.call.shares_scores = False
        session.commit()
        for url, status in ((address(scene), 200), (address(scene, "/revise"), 403)):
            assert "CANARY" not in visitor.get(url, status).response.text
        typed = {"csrf_token": visitor.token(), "version": "1", **revised(scene)}
        refused = visitor.post(address(scene, "/revise"), typed, status=422)
        assert "CANARY" not in refused.response.text


def test_somebody_elses_review_is_revised_by_nobody(scene, browser):
    for person, status in ((scene.other, 404), (scene.late, 404), (scene.coordinator, 403)):
        visitor = browser(person)
        assert "Because 3" not in visitor.get(address(scene, "/revise"), status).text
        visitor.post(address(scene, "/revise"), {"csrf_token": visitor.token()}, status=status)


def test_where_names_are_hidden_the_others_reviews_are_read_on_the_own_page(scene, session, browser):
    scene.call.names_hidden = True
    session.commit()
    visitor = browser(scene.reviewer)
    for url in (address(scene), address(scene, "/revise")):
        page = visitor.get(url)
        assert "CANARY-WHY-4" in page.text
        assert scene.proposal.number not in page.response.text
    assert "CANARY-COMMENT" in visitor.get("/reviews/long.csv").response.text
    assert scene.proposal.number not in visitor.get("/reviews/long.csv").response.text


@pytest.mark.parametrize("more", [0, 2])
def test_the_revising_page_takes_the_same_statements_for_any_number(scene, world, browser, statements, more):
    for number in range(more):
        person = world.person(f"Reviewer {number}", Role.REVIEWER)
        world.review(scene.proposal, person, state=S.SUBMITTED, total=3.0)
    visitor, place = browser(scene.reviewer), address(scene, "/revise")
    with statements() as seen:
        visitor.get(place)
    assert len(seen) == 9


def conflict(world, scene, person, **values):
    given = {"kind": ConflictKind.VENDOR, "declared_at": world.now, "by_rule": True, **values}
    return world.add(Conflict(person_id=person.id, proposal_id=scene.proposal.id, **given))


def test_every_conflict_is_shown_with_how_it_is_known(scene, world, browser):
    somebody, another = world.person("Vic Vendor", Role.REVIEWER), world.person("Di Clare", Role.REVIEWER)
    conflict(world, scene, somebody)
    conflict(world, scene, another, by_rule=False, declared_by_id=another.id, reason="My brother works there")
    conflict(
        world, scene, scene.other, by_rule=False, declared_by_id=scene.coordinator.id, **aside(scene, world)
    )
    for person in (scene.coordinator, scene.chair):
        page = browser(person).get(f"/pilots/{scene.proposal.number}/reviews")
        assert page.texts("ul", "conflicts")[0].split("  ")[0] == (
            "Vic Vendor A tie to a vendor involved found by a rule, November 20, 2026"
            + (" Set aside the conflict of interest of Vic Vendor" if person is scene.chair else "")
            + " Di Clare A tie to a vendor involved: My brother works there declared by themselves, "
            "November 20, 2026"
            + (" Set aside the conflict of interest of Di Clare" if person is scene.chair else "")
            + " Ola Finch A tie to a vendor involved recorded by Cora Dean, November 20, 2026 Set asideConflict "
            "of interest set aside by Quinn Chair on November 20, 2026: The contract is long over."
        )
    gatekeeper = browser(world.person("Gil Gate", Role.GATEKEEPER))
    page = gatekeeper.get(f"/pilots/{scene.proposal.number}/reviews")
    assert "Vic Vendor" not in page.text
    assert "My brother" not in page.text
    assert "set aside by Quinn Chair on November 20, 2026: The contract is long over." in page.text


def aside(scene, world):
    return {
        "overridden_at": world.now,
        "overridden_by_id": scene.chair.id,
        "override_reason": "The contract is long over.",
    }


def test_what_was_set_aside_stands_wherever_the_review_is_shown(scene, world, browser):
    conflict(world, scene, scene.other, **aside(scene, world))
    said = "Conflict of interest set aside by Quinn Chair on November 20, 2026: The contract is long over."
    for person, url in (
        (scene.reviewer, address(scene, "/revise")),
        (scene.other, f"/reviews/{scene.others.id}"),
        (scene.coordinator, f"/pilots/{scene.proposal.number}/reviews"),
    ):
        assert said in browser(person).get(url).text, url


def test_the_chair_sets_a_conflict_aside(scene, world, session, browser):
    somebody = world.person("Vic Vendor", Role.REVIEWER)
    row = conflict(world, scene, somebody)
    visitor = browser(scene.chair)
    place = f"/pilots/{scene.proposal.number}/reviews/conflicts/{somebody.id}"
    assert place in visitor.get(f"/pilots/{scene.proposal.number}/reviews").links()
    page = visitor.submit(place, holding="reason", reason=" ", status=422)
    assert page.texts("p", "error-message") == ["Error: Write why this person may judge all the same"]
    page = visitor.submit(place, holding="reason", reason="Nobody else knows the field.")
    assert "The conflict of interest is set aside." in page.text
    assert "Nobody else knows the field." in page.text
    session.expire_all()
    assert (row.overridden_by_id, row.override_reason) == (scene.chair.id, "Nobody else knows the field.")
    visitor.get(place, 404)


def test_nobody_but_the_chair_and_nobody_for_themselves(scene, world, session, browser):
    somebody = world.person("Vic Vendor", Role.REVIEWER)
    conflict(world, scene, somebody)
    place = f"/pilots/{scene.proposal.number}/reviews/conflicts"
    for person, status in (
        (scene.coordinator, 403),
        (world.person("Gil Gate", Role.GATEKEEPER), 403),
        (scene.reviewer, 403),
        (somebody, 404),
    ):
        visitor = browser(person)
        visitor.get(f"{place}/{somebody.id}", status)
        answer = {"csrf_token": visitor.token(), "reason": "Mine"}
        visitor.post(f"{place}/{somebody.id}", answer, status=status)
    visitor = browser(scene.chair)
    for unknown in (scene.reviewer.id, 987654):
        visitor.get(f"{place}/{unknown}", 404)
    conflict(world, scene, scene.chair)
    session.commit()
    visitor.get(f"{place}/{somebody.id}", 404)


def test_own_declarations_are_listed_without_naming_the_proposal(scene, world, session, browser):
    conflict(
        world,
        scene,
        scene.reviewer,
        by_rule=False,
        declared_by_id=scene.reviewer.id,
        kind=ConflictKind.OTHER,
        reason="My brother works there",
    )
    hidden = world.proposal("CANARY title", call=scene.call, step=Step.REVIEW)
    found = {"declared_at": world.now, "by_rule": True, "kind": ConflictKind.AUTHOR, "reason": "CANARY rule"}
    world.add(Conflict(person_id=scene.reviewer.id, proposal_id=hidden.id, **found))
    page = browser(scene.reviewer).get("/reviews")
    assert "November 20, 2026 Another reason My brother works there Spring round" in page.text
    assert "CANARY" not in page.text
    assert "Permit helper" not in page.text
    assert "you declared" not in browser(scene.other).get("/reviews").text


def test_the_manager_stands_on_the_persons_page(world, session, browser):
    boss, person = world.person("Max Boss"), world.person("Ann Alder", Role.REVIEWER)
    visitor = browser(world.person("Ada Ministrator", Role.ADMINISTRATOR))
    assert "ManagerNot known" in visitor.get(f"/people/{person.id}").text
    person.manager_id = boss.id
    session.commit()
    assert f"ManagerMax Boss ({boss.email})" in visitor.get(f"/people/{person.id}").text
