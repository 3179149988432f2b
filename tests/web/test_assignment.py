"""Coordinators give a call's proposals their reviewers, in the pages."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from incubator.domain.conflicts import ConflictKind
from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.jobs.worker import KINDS
from incubator.models.assignment import AssignmentPlan, CallReviewer, ProposalTag
from incubator.models.conflicts import Conflict
from incubator.models.history import Event
from incubator.models.jobs import Job, JobState, Message
from incubator.models.reviews import Review
from incubator.web.assignment import plans
from tests.assigning import add_to_call, bids, reviewed_call, tags
from tests.jobs.working import work_off

ROOT = "/calls/spring-round/assignment"


@pytest.fixture
def scene(world):
    scene = reviewed_call(world)
    scene.bridge, scene.permit, scene.road = scene.proposals
    scene.ann, scene.ben, scene.cal, scene.dee = scene.reviewers
    return scene


@pytest.fixture
def visitor(scene, browser):
    return browser(scene.coordinator)


def work_out(visitor, **fields):
    return visitor.submit(ROOT, fields, holding="Work out an assignment")


def made(session):
    session.expire_all()
    return session.scalars(sa.select(Review).order_by(Review.id)).all()


def test_the_whole_way(scene, world, session, browser, visitor):
    page = visitor.get("/calls/spring-round")
    assert ROOT in page.links()
    page = visitor.get(ROOT)
    assert page.heading == "Assignment"
    assert page.texts("strong")[:3] == ["3", "6", "4"]
    page = visitor.submit(page, holding="Ask 4 people by mail")
    assert "4 people are asked by mail" in page.text
    assert f"{ROOT}" in visitor.get("/").links(), "home leads there while nobody is asked"
    page = work_out(visitor)
    assert page.heading == "Planned assignment"
    assert "Knows it well" in page.text or "Knows it very well" in page.text
    assert made(session) == []
    by = visitor.get(f"{ROOT}/plan?by=reviewer")
    assert "of 3" in by.text
    page = visitor.submit(page, holding="Publish and tell the reviewers")
    assert "The assignment is published." in page.text
    assert len(made(session)) == 6
    mails = session.scalars(sa.select(Message).where(Message.subject.like("Your reviews in%"))).all()
    assert len(mails) == len({one.recipient_id for one in mails}) == 4
    assert "Bridge watch" in browser(scene.ann).get("/reviews").text


def test_pressing_publish_twice_makes_one_set(scene, session, visitor):
    page = work_out(visitor)
    form = {
        field.get("name"): field.get("value")
        for field in page.form(action="/publish").iter()
        if field.get("name")
    }
    first = visitor.post(f"{ROOT}/publish", form)
    second = visitor.post(f"{ROOT}/publish", form)
    assert first.url == second.url
    assert len(made(session)) == 6
    assert len(session.scalars(sa.select(Message)).all()) == 4
    kinds = list(session.scalars(sa.select(Event.kind)))
    assert kinds.count(EventKind.ASSIGNMENT_PUBLISHED) == 1
    fresh = {**form, "_key": "another page, opened before"}
    visitor.post(f"{ROOT}/publish", fresh, status=409)
    assert len(made(session)) == 6


def test_a_stale_plan_answers_409(scene, session, visitor):
    old = work_out(visitor)
    row = visitor.get(f"{ROOT}/plan/{scene.bridge.id}")
    visitor.submit(old, holding="Work it out again")
    for action in ("/publish", "/discard", "/work-out"):
        visitor.submit(old, {"_key": f"fresh {action}"}, action=action, status=409)
    page = visitor.submit(row, {"into": str(scene.ben.id)}, holding="Change the plan", status=409)
    assert "Somebody else changed the plan meanwhile" in page.text
    page = visitor.submit(page, holding="Change the plan")
    assert page.heading == "Planned assignment"
    assert "chosen by hand" in page.text
    assert made(session) == []


def test_each_choice_says_what_it_means(scene, world, session, visitor):
    bids(world, scene.cal, scene.bridge, "want")
    world.add(
        Conflict(
            person_id=scene.ben.id,
            proposal_id=scene.bridge.id,
            kind=ConflictKind.OTHER,
            reason="x",
            declared_at=world.now,
        )
    )
    work_out(visitor)
    page = visitor.get(f"{ROOT}/plan/{scene.bridge.id}")
    assert "said “I would like to”" in page.text
    assert "reviews" in page.text
    assert "Has a conflict of interest" in page.text
    assert f'value="{scene.ben.id}"' not in page.html
    page = visitor.submit(
        page, {"out": str(scene.ann.id), "into": str(scene.cal.id)}, holding="Change the plan"
    )
    assert "The plan for “Bridge watch” is changed." in page.text
    assert "One pair is ruled out by hand." in page.text
    page = visitor.submit(f"{ROOT}/plan/{scene.bridge.id}", holding="Change the plan", status=422)
    assert "Choose whom to take out" in page.text


def test_publishing_says_all_that_came_in_the_way(scene, world, session, visitor):
    page = work_out(visitor)
    scene.road.step = Step.INFORMATION
    world.add(
        Conflict(
            person_id=scene.ann.id,
            proposal_id=scene.bridge.id,
            kind=ConflictKind.OTHER,
            reason="x",
            declared_at=world.now,
        )
    )
    session.commit()
    page = visitor.submit(page, action="/publish", status=422)
    assert "Nothing was published" in page.text
    assert "Proposals have left review since the plan was made: 1." in page.text
    assert "Ann Oak may not review “Bridge watch” any more" in page.text
    assert made(session) == []
    page = visitor.submit(page, holding="Work it out again")
    visitor.submit(page, holding="Publish and tell the reviewers")
    assert {one.proposal_id for one in made(session)} == {scene.bridge.id, scene.permit.id}


def test_a_proposal_that_came_since_is_left_alone(scene, world, session, visitor):
    page = work_out(visitor)
    late = world.proposal("Late one", call=scene.call, step=Step.REVIEW)
    world.review(late, scene.ann)
    session.commit()
    page = visitor.get(f"{ROOT}/plan")
    assert "One proposal came into review since" in page.text
    visitor.submit(page, holding="Publish and tell the reviewers")
    assert [one.state for one in made(session) if one.proposal_id == late.id] == [ReviewState.ASSIGNED]


def test_the_impossible_is_explained_with_what_would_help(scene, session, visitor):
    session.execute(sa.update(CallReviewer).values(most=1))
    session.commit()
    page = work_out(visitor)
    assert page.heading == "No assignment keeps all the rules"
    assert "2 reviews find no reviewer." in page.text
    assert "“Bridge watch”, “Permit helper”, “Road sensors”: 6 more reviews are needed in all." in page.text
    assert "Raise every limit to at least 2 reviews. That alone is enough." in page.text
    assert "Ask for one review of each proposal." in page.text
    assert f"{ROOT}/reviewers" in page.links()
    assert "Publish" not in page.text
    page = visitor.submit(
        f"{ROOT}/reviewers", {f"most_{one.id}": "2" for one in scene.reviewers}, holding="Save the list"
    )
    assert "The list is saved." in page.text
    page = visitor.submit(f"{ROOT}/plan", holding="Work it out again")
    assert page.heading == "Planned assignment"
    assert "who have all they take" in page.text


def test_an_impossible_plan_takes_nothing_back(scene, world, session, visitor):
    world.review(scene.bridge, scene.ben)
    session.execute(sa.update(CallReviewer).where(CallReviewer.person_id != scene.ann.id).values(most=0))
    session.commit()
    page = work_out(visitor)
    assert page.heading == "No assignment keeps all the rules"
    assert "Taken back" not in page.text
    assert "asked already" in next(row for row in page.texts("tr") if "Bridge watch" in row)


def test_the_list_of_reviewers(scene, world, session, visitor):
    more = world.person("Moe Birch", Role.REVIEWER)
    other = world.person("Mia Beech", Role.REVIEWER)
    page = visitor.submit(
        f"{ROOT}/reviewers", {"people": [str(more.id)], "most": "4", "go": "chosen"}, action="/add"
    )
    assert "Added to the list of reviewers." in page.text
    page = visitor.submit(page, {"go": "all"}, action="/add")
    assert {row.person_id for row in session.scalars(sa.select(CallReviewer))} >= {more.id, other.id}
    page = visitor.submit(page, {f"most_{scene.ann.id}": "many"}, holding="Save the list", status=422)
    assert page.texts("p", "error-message") != []
    page = visitor.submit(
        f"{ROOT}/reviewers",
        {f"out_{other.id}": "y", f"most_{scene.ann.id}": "9"},
        holding="Save the list",
    )
    rows = {row.person_id: row.most for row in session.scalars(sa.select(CallReviewer))}
    assert other.id not in rows
    assert rows[scene.ann.id] == 9


def test_fields_of_a_proposal(scene, session, visitor):
    _, second, _ = tags()
    page = visitor.submit(f"{ROOT}/fields/{scene.bridge.id}", {"fields": [second]}, holding="Save the fields")
    assert "The fields of “Bridge watch” are saved." in page.text
    assert session.scalars(sa.select(ProposalTag.tag)).all() == [second]
    visitor.get(f"{ROOT}/fields/987654", 404)


def test_throwing_a_plan_away(scene, session, visitor):
    page = visitor.submit(work_out(visitor), holding="Throw the plan away")
    assert "Nobody was told of it." in page.text
    assert made(session) == []
    assert visitor.get(f"{ROOT}/plan", 303).response.location == ROOT


POSTS = ("reviewers", "reviewers/add", "ask", "work-out", "publish", "discard")


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.GATEKEEPER, Role.AGENCY_LEAD, Role.ADMINISTRATOR])
def test_nobody_else_reaches_it(scene, world, session, browser, visitor, role):
    work_out(visitor)
    if role is Role.REVIEWER:
        person = scene.ann
    else:
        person = world.person("Some Body", (role, world.agency()) if role is Role.AGENCY_LEAD else role)
    intruder = browser(person)
    token = intruder.token()
    for path in ("", "/reviewers", "/plan", f"/plan/{scene.bridge.id}", f"/fields/{scene.bridge.id}"):
        page = intruder.get(f"{ROOT}{path}", 403)
        for canary in ("Bridge watch", "Dee Fir", "Cal Ash"):
            assert canary not in page.text
    for path in (*POSTS, f"plan/{scene.bridge.id}", f"fields/{scene.bridge.id}"):
        form = {"csrf_token": token, "version": "1", "wanted": "1", "most": "1", "into": str(person.id)}
        intruder.post(f"{ROOT}/{path}", form, status=403)
    session.expire_all()
    assert made(session) == []
    assert session.scalars(sa.select(Message)).all() == []
    assert session.scalars(sa.select(AssignmentPlan.version)).all() == [1]


def test_a_conflicted_coordinator_sees_nothing_of_the_proposal(scene, world, session, browser, visitor):
    world.review(scene.bridge, scene.ann, state=ReviewState.STARTED, started_at=world.now)
    work_out(visitor)
    watcher = world.person("Wes Own", Role.COORDINATOR, agency=world.agency("BRDG", "Bridge Office"))
    scene.bridge.agency_id = watcher.agency_id
    session.commit()
    own = browser(watcher)
    for path in (ROOT, f"{ROOT}/plan", f"{ROOT}/plan?by=reviewer", f"{ROOT}/reviewers"):
        page = own.get(path)
        for canary in ("Bridge watch", scene.bridge.number, "BRDG"):
            assert canary not in page.html, path
    own.get(f"{ROOT}/plan/{scene.bridge.id}", 404)
    own.get(f"{ROOT}/fields/{scene.bridge.id}", 404)
    page = own.get(f"{ROOT}/plan?by=reviewer")
    row = next(row for row in page.texts("tr") if "Ann Oak" in row)
    shown = row.count("Permit helper") + row.count("Road sensors")
    assert f"{shown} of 3" in row, "the load counts what is shown and no more"


def test_a_coordinator_who_owes_a_review_is_not_told_how_far_the_others_are(
    scene, world, session, browser, visitor
):
    both = world.person("Bo Th", Role.COORDINATOR, Role.REVIEWER)
    add_to_call(world, scene.call, both)
    world.review(scene.bridge, both)
    world.review(scene.bridge, scene.ann, state=ReviewState.SUBMITTED, total=4.0)
    world.review(scene.permit, scene.ben, state=ReviewState.SUBMITTED, total=4.0)
    work_out(visitor)
    page = browser(both).get(f"{ROOT}/plan")
    row = next(row for row in page.texts("tr") if "Bridge watch" in row)
    assert "Not shown: you review this yourself" in row
    assert "Ann Oak" not in row
    assert "Ann Oak" not in next(row for row in browser(both).get(ROOT).texts("tr") if "Bridge watch" in row)
    assert "stays: handed in" in next(row for row in page.texts("tr") if "Permit helper" in row)
    browser(both).get(f"{ROOT}/plan/{scene.bridge.id}", 403)


def test_a_large_call_is_worked_out_by_a_job(scene, app, session, visitor, monkeypatch, now):
    monkeypatch.setattr(plans, "PAIRS_IN_A_REQUEST", 3)
    page = work_out(visitor)
    assert "Working out an assignment" in page.text
    job = session.scalars(sa.select(Job)).one()
    assert job.kind in KINDS
    assert work_off(app, now) == ["finished"]
    session.expire_all()
    assert session.get(Job, job.id).state is JobState.FINISHED
    page = visitor.get(f"/jobs/{job.id}")
    assert f"{ROOT}/plan" in page.links()
    page = visitor.get(f"{ROOT}/plan")
    assert page.heading == "Planned assignment"


def test_home_names_the_calls_and_asks_for_bids(scene, world, session, browser, visitor):
    page = visitor.get("/")
    assert "Calls that wait for an assignment" in page.text
    assert "3 proposals without reviewers" in page.text
    reviewer = browser(scene.ann)
    assert "Say what you would like to review" not in reviewer.get("/").text
    visitor.submit(ROOT, holding="Ask 4 people by mail")
    page = reviewer.get("/")
    assert "Say what you would like to review" in page.text
    assert "/reviews/bids/spring-round" in page.links()
    agency = world.agency()
    world.proposal("Theirs", agency=agency, call=scene.call, step=Step.REVIEW)
    limited = browser(world.person("Lim Ited", (Role.COORDINATOR, agency)))
    assert "Calls that wait" not in limited.get("/").text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_same_statements_for_any_number(scene, world, session, visitor, statements, rows):
    for number in range(rows - 1):
        person = world.person(f"More {number}", Role.REVIEWER)
        add_to_call(world, scene.call, person)
        world.proposal(f"More {number}", call=scene.call, step=Step.REVIEW)
    work_out(visitor)
    counts = []
    for path in (ROOT, f"{ROOT}/reviewers", f"{ROOT}/plan", f"{ROOT}/plan/{scene.bridge.id}"):
        with statements() as seen:
            visitor.get(path)
        counts.append(len(seen))
    assert counts == [16, 13, 14, 14]
