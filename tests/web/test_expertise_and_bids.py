"""What reviewers say of themselves, and what they would like to review."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from incubator.domain.assignment import FIELDS, BidKind
from incubator.domain.conflicts import ConflictKind, vendor_key
from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.models.agencies import Theme
from incubator.models.assignment import Bid, Expertise
from incubator.models.conflicts import Conflict, VendorTie
from incubator.models.history import Event
from incubator.models.redaction import RedactedCopy
from incubator.models.reviews import Review
from incubator.queries.bids import bid_rows, calls_to_bid_in
from tests.assigning import add_to_call, bids, reviewed_call, tags

BIDS = "/reviews/bids/spring-round"


@pytest.fixture
def scene(world):
    scene = reviewed_call(world)
    scene.bridge, scene.permit, scene.road = scene.proposals
    scene.ann = scene.reviewers[0]
    return scene


def kinds(session):
    return list(session.scalars(sa.select(Event.kind).order_by(Event.id)))


def stored(session, person):
    rows = session.execute(sa.select(Bid.proposal_id, Bid.kind).where(Bid.person_id == person.id))
    return {tuple(row) for row in rows}


def test_fields_and_themes_are_kept_as_said(scene, world, session, browser):
    theme = world.add(Theme(name="Safer roads"))
    first, second, _ = tags()
    visitor = browser(scene.ann)
    page = visitor.get("/reviews").links()
    assert "/reviews/expertise" in page
    page = visitor.submit(
        "/reviews/expertise",
        {f"level_{first}": "0", f"level_{second}": "2", f"level_theme_{theme.id}": "3"},
        holding="Save what I know",
    )
    assert "Saved." in page.text
    rows = session.execute(
        sa.select(Expertise.tag, Expertise.level).where(Expertise.person_id == scene.ann.id)
    )
    assert {tuple(row) for row in rows} == {(second, 2), (f"theme:{theme.id}", 3)}
    visitor.submit("/reviews/expertise", holding="Save what I know")
    assert kinds(session).count(EventKind.EXPERTISE_CHANGED) == 1, "saving the same says nothing new"


def test_a_level_that_is_not_offered_is_refused(scene, session, browser):
    visitor = browser(scene.ann)
    visitor.submit(
        "/reviews/expertise", {f"level_{next(iter(FIELDS))}": "9"}, holding="Save what I know", status=422
    )
    assert EventKind.EXPERTISE_CHANGED not in kinds(session)


def test_a_declared_tie_bars_at_once_and_ends_the_review(scene, world, session, browser):
    scene.bridge.vendor = "Acme Systems, Inc."
    review = world.review(scene.bridge, scene.ann)
    visitor = browser(scene.ann)
    page = visitor.submit(
        "/reviews/expertise", {"vendor": "ACME systems", "kind": "interest"}, holding="Declare this tie"
    )
    assert "It keeps you from judging one proposal." in page.text
    assert "ACME systems" in page.texts("strong")
    session.expire_all()
    assert session.get(Review, review.id).state is ReviewState.WITHDRAWN
    assert "Bridge watch" not in visitor.get(BIDS).text
    page = visitor.submit(
        "/reviews/expertise",
        {"vendor": "Acme Systems LLC", "kind": "interest"},
        holding="Declare this tie",
        status=422,
    )
    assert "You have declared this already." in page.text
    tie_id = session.scalars(sa.select(VendorTie.id)).one()
    visitor.submit(visitor.get(f"/reviews/ties/{tie_id}"), holding="It has ended")
    session.expire_all()
    assert session.scalars(sa.select(Conflict)).one().lapsed_at is not None
    assert "Bridge watch" in visitor.get(BIDS).text
    declared = [kind for kind in kinds(session) if kind.value.startswith("vendor_tie")]
    assert declared == [EventKind.VENDOR_TIE_DECLARED, EventKind.VENDOR_TIE_REMOVED]


def test_a_contract_that_ended_bars_for_two_more_years(scene, session, browser):
    scene.bridge.vendor = "Acme"
    visitor = browser(scene.ann)
    visitor.submit("/reviews/expertise", {"vendor": "Acme", "kind": "contract"}, holding="Declare this tie")
    tie_id = session.scalars(sa.select(VendorTie.id)).one()
    page = visitor.submit(f"/reviews/ties/{tie_id}", {"ended_on": ""}, holding="ended_on", status=422)
    assert "Enter the last day of the contract." in page.text
    visitor.submit(f"/reviews/ties/{tie_id}", {"ended_on": "October 1, 2026"}, holding="ended_on")
    session.expire_all()
    assert session.scalars(sa.select(Conflict)).one().lapsed_at is None
    page = visitor.submit(f"/reviews/ties/{tie_id}", {"ended_on": "October 1, 2019"}, holding="ended_on")
    assert "No longer bars" in page.text
    session.expire_all()
    assert session.scalars(sa.select(Conflict)).one().lapsed_at is not None


def test_an_interest_has_no_last_day(scene, browser):
    page = browser(scene.ann).submit(
        "/reviews/expertise",
        {"vendor": "Acme", "kind": "interest", "ended_on": "October 1, 2026"},
        holding="Declare this tie",
        status=422,
    )
    assert "Only a contract has a last day." in page.text


def test_somebody_elses_tie_does_not_exist(scene, world, browser):
    tie = world.add(
        VendorTie(
            person_id=scene.reviewers[1].id,
            kind="interest",
            vendor="Acme",
            vendor_key=vendor_key("Acme"),
            declared_at=world.now,
        )
    )
    visitor = browser(scene.ann)
    visitor.get(f"/reviews/ties/{tie.id}", 404)
    visitor.post(f"/reviews/ties/{tie.id}", {"csrf_token": visitor.token()}, status=404)
    assert tie.removed_at is None
    assert "Acme" not in visitor.get("/reviews/expertise").text


def test_gatekeepers_declare_ties_and_say_nothing_of_fields(world, browser):
    page = browser(world.person("Gil Gate", Role.GATEKEEPER)).get("/reviews/expertise")
    assert page.heading == "My ties to vendors"
    assert "level_" not in page.html
    assert "/reviews/expertise" in browser(world.person("Gus Gate", Role.GATEKEEPER)).get("/account").links()
    visitor = browser(world.person("Sue Mit", Role.LEADERSHIP))
    visitor.get("/reviews/expertise", 403)
    visitor.post("/reviews/expertise", {"csrf_token": visitor.token()}, status=403)


def test_one_page_one_save(scene, session, browser):
    visitor = browser(scene.ann)
    assert "You have not been asked yet; 3 proposals are open." in visitor.get("/reviews").text
    page = visitor.submit(
        BIDS,
        {
            f"bid_{scene.bridge.id}": "want",
            f"bid_{scene.permit.id}": "rather_not",
            f"bid_{scene.road.id}": "conflict",
        },
        holding="Save my answers",
    )
    assert "Your conflict of interest with one proposal is recorded" in page.text
    assert stored(session, scene.ann) == {
        (scene.bridge.id, BidKind.WANT),
        (scene.permit.id, BidKind.RATHER_NOT),
    }
    conflict = session.scalars(sa.select(Conflict)).one()
    assert (conflict.proposal_id, conflict.person_id, conflict.kind, conflict.by_rule) == (
        scene.road.id,
        scene.ann.id,
        ConflictKind.OTHER,
        False,
    )
    assert "Road sensors" not in page.text
    assert kinds(session)[-2:] == [EventKind.CONFLICT_DECLARED, EventKind.BIDS_SAVED]
    visitor.submit(
        BIDS, {f"bid_{scene.bridge.id}": "", f"bid_{scene.permit.id}": "can"}, holding="Save my answers"
    )
    assert stored(session, scene.ann) == {(scene.permit.id, BidKind.CAN)}


def test_the_page_tells_nothing_of_others(scene, world, browser):
    for other in scene.reviewers[1:]:
        bids(world, other, scene.bridge, BidKind.WANT)
        world.review(scene.bridge, other, state=ReviewState.SUBMITTED, total=4.25)
    scene.bridge.score, scene.bridge.reviews_in = 4.25, 3
    page = browser(scene.ann).get(BIDS)
    assert page.heading == "What I would like to review"
    for canary in ("Ben Elm", "Cal Ash", "4.25", "3 reviews"):
        assert canary not in page.html
    checked = page.html.count(" checked")
    assert checked == 3, "one answer for each proposal, and each is “no answer”"


def test_names_stay_hidden(scene, world, browser):
    scene.call.names_hidden = True
    scene.permit.summary = "The Department of Tell-Tale asks."
    world.add(
        RedactedCopy(
            proposal_id=scene.bridge.id,
            revision_number=1,
            title="Watching a structure",
            summary="A structure is watched.",
            prepared_at=world.now,
            ready_at=world.now,
        )
    )
    world.add(
        RedactedCopy(
            proposal_id=scene.road.id, revision_number=1, title="Not ready yet", prepared_at=world.now
        )
    )
    page = browser(scene.ann).get(BIDS)
    for proposal in scene.proposals:
        assert proposal.number not in page.html
    assert "Watching a structure" in page.text
    assert "A structure is watched." in page.text
    for canary in ("Bridge watch", "Department", "Tell-Tale", "Not ready yet"):
        assert canary not in page.html
    assert "Permit helper" in page.text


def test_only_what_one_may_review_can_be_bid_for(scene, world, session, browser):
    own = world.proposal("Own agency", agency=world.agency("OWN"), call=scene.call, step=Step.REVIEW)
    scene.ann.agency_id = own.agency_id
    other = world.proposal("Other call", call=world.call(), step=Step.REVIEW)
    barred = world.proposal("Barred", call=scene.call, step=Step.REVIEW)
    world.add(
        Conflict(
            person_id=scene.ann.id,
            proposal_id=barred.id,
            kind=ConflictKind.OTHER,
            reason="x",
            declared_at=world.now,
        )
    )
    screened = world.proposal("Still screened", call=scene.call)
    declined = world.proposal("Declined", call=scene.call, step=Step.REVIEW)
    world.review(declined, scene.ann, state=ReviewState.DECLINED, reason="No time")
    visitor = browser(scene.ann)
    page = visitor.get(BIDS)
    closed = (own, other, barred, screened, declined)
    for proposal in closed:
        assert proposal.title not in page.text
    page = visitor.submit(
        page,
        {f"bid_{scene.bridge.id}": "can", **{f"bid_{one.id}": "want" for one in closed}},
        holding="Save my answers",
    )
    assert "Some proposals are no longer open to you" in page.text
    assert stored(session, scene.ann) == {(scene.bridge.id, BidKind.CAN)}
    visitor.submit(page, {f"bid_{other.id}": "conflict"}, holding="Save my answers")
    assert len(session.scalars(sa.select(Conflict)).all()) == 1


def test_who_does_not_review_in_the_call_has_no_such_page(scene, world, browser):
    stranger = browser(world.person("Sid Star", Role.REVIEWER))
    stranger.get(BIDS, 404)
    stranger.post(BIDS, {"csrf_token": stranger.token(), f"bid_{scene.bridge.id}": "want"}, status=404)
    browser(scene.coordinator).get(BIDS, 403)


def test_the_same_number_of_statements_however_many_there_are(scene, world, session, statements):
    actor, call_id = world.actor(scene.ann), scene.call.id
    session.commit()
    with statements() as few:
        bid_rows(session, actor, call_id)
        calls_to_bid_in(session, actor)
    for number in range(3):
        call = world.call(f"More {number}")
        add_to_call(world, call, scene.ann)
        world.proposal(f"More {number}", call=call, step=Step.REVIEW)
        world.proposal(f"Here {number}", call=scene.call, step=Step.REVIEW)
    session.commit()
    with statements() as many:
        assert len(bid_rows(session, actor, call_id)) == 6
        assert len(calls_to_bid_in(session, actor)) == 4
    assert len(few) == len(many) == 2
