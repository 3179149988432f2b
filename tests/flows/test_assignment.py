"""A call's assignment: worked out, changed by hand, published once and wholly."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.assignment import BidKind, FitGrade, fit_grade, usual_limit
from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import assignment as flow
from incubator.flows import call_reviewers, conflicts
from incubator.flows.publishing import PlanOutdated, publish
from incubator.models.assignment import AssignmentPlan, CallReviewer, PlannedReview, PlanState, ProposalTag
from incubator.models.conflicts import Conflict
from incubator.models.history import Event
from incubator.models.jobs import Message
from incubator.models.reviews import Review
from incubator.queries.assignment import reviewing
from incubator.queries.assignment_plans import draft_of
from tests.assigning import bids, reviewed_call, tags


@pytest.fixture
def scene(world):
    scene = reviewed_call(world)
    scene.bridge, scene.permit, scene.road = scene.proposals
    scene.ann, scene.ben, scene.cal, scene.dee = scene.reviewers
    scene.actor = world.actor(scene.coordinator)
    return scene


@pytest.fixture
def planned(scene, session, now):
    def plan(**values):
        draft = draft_of(session, scene.call.id)
        values = {"wanted": 2, "keeps_unbegun": False, "seen": draft.version if draft else None, **values}
        return flow.work_out(session, scene.actor, slug=scene.call.slug, now=now, **values)

    return plan


def pairs(session, scene):
    names = {one.id: one.name.split()[0] for one in scene.reviewers}
    titles = {one.id: one.title.split()[0] for one in scene.proposals}
    draft = draft_of(session, scene.call.id)
    return {(titles[row.proposal_id], names[row.reviewer_id]) for row in draft.rows}


def reviews(session, scene):
    names = {one.id: one.name.split()[0] for one in scene.reviewers}
    titles = {one.id: one.title.split()[0] for one in scene.proposals}
    rows = session.execute(sa.select(Review.proposal_id, Review.reviewer_id, Review.state))
    return {(titles[p], names[r]): state for p, r, state in rows}


def mailed(session):
    return [
        (row.recipient_id, row.body)
        for row in session.execute(sa.select(Message.recipient_id, Message.body).order_by(Message.id))
    ]


def change(session, scene, now, proposal, *, out=None, into=None, seen=None, actor=None):
    draft = draft_of(session, scene.call.id)
    flow.change(
        session,
        actor or scene.actor,
        slug=scene.call.slug,
        proposal_id=proposal.id,
        out_id=out.id if out else None,
        in_id=into.id if into else None,
        seen=draft.version if seen is None else seen,
        now=now,
    )
    session.flush()


def publish_it(session, scene, now):
    draft = draft_of(session, scene.call.id)
    return publish(session, scene.actor, slug=scene.call.slug, seen=draft.version, now=now)


def test_a_plan_gives_everybody_what_they_know_and_tells_nobody(scene, session, planned):
    planned()
    found = pairs(session, scene)
    assert len(found) == 6
    assert {("Bridge", "Ann"), ("Bridge", "Dee"), ("Permit", "Ben"), ("Road", "Cal")} < found
    assert reviews(session, scene) == {}
    assert mailed(session) == []
    event = session.scalars(sa.select(Event)).one()
    assert (event.kind, event.proposal_id) == (EventKind.ASSIGNMENT_PLANNED, None)


def test_only_coordinators_of_the_whole_call(scene, world, session, now):
    limited = world.person("Lim Ited", (Role.COORDINATOR, world.agency()))
    for person in (scene.ann, limited, world.person("Gil Gate", Role.GATEKEEPER)):
        with pytest.raises(Forbidden):
            flow.work_out(
                session,
                world.actor(person),
                slug=scene.call.slug,
                wanted=2,
                keeps_unbegun=False,
                seen=None,
                now=now,
            )
    with pytest.raises(NotFound):
        flow.work_out(session, scene.actor, slug="no-such", wanted=2, keeps_unbegun=False, seen=None, now=now)


def test_the_rules_are_applied_first(scene, world, session, planned, now):
    """Ann manages an author of the bridge, which nobody has noticed yet; her review ends, and nobody is asked
    in her place, because the plan says who."""
    author = world.person("Al Thor")
    author.manager_id = scene.ann.id
    scene.bridge.created_by_id = author.id
    world.review(scene.bridge, scene.ann)
    session.flush()
    planned()
    assert ("Bridge", "Ann") not in pairs(session, scene)
    assert session.scalars(sa.select(Conflict.kind)).all() == [ConflictKind.MANAGEMENT]
    assert reviews(session, scene) == {("Bridge", "Ann"): ReviewState.WITHDRAWN}


def test_begun_reviews_stay_and_others_may_move(scene, world, session, planned, now):
    world.review(scene.permit, scene.ann, state=ReviewState.STARTED, started_at=now)
    world.review(scene.road, scene.dee)
    planned()
    draft = draft_of(session, scene.call.id)
    kept = {row.pair for row in draft.rows if row.kept}
    assert kept == {(scene.permit.id, scene.ann.id)}
    assert draft.before == {(scene.permit.id, scene.ann.id), (scene.road.id, scene.dee.id)}
    planned(keeps_unbegun=True)
    draft = draft_of(session, scene.call.id)
    assert {row.pair for row in draft.rows if row.kept} == draft.before


def test_what_is_changed_by_hand_holds_when_it_is_worked_out_again(scene, session, planned, now):
    planned()
    change(session, scene, now, scene.bridge, out=scene.ann, into=scene.ben)
    found = pairs(session, scene)
    assert ("Bridge", "Ann") not in found
    assert ("Bridge", "Ben") in found
    planned()
    again = pairs(session, scene)
    assert ("Bridge", "Ben") in again
    assert ("Bridge", "Ann") not in again
    draft = draft_of(session, scene.call.id)
    assert draft.forbidden == {(scene.bridge.id, scene.ann.id)}
    assert {row.pair for row in draft.rows if row.by_hand} == {(scene.bridge.id, scene.ben.id)}
    change(session, scene, now, scene.bridge, out=scene.ben, into=scene.ann)
    assert draft_of(session, scene.call.id).forbidden == {(scene.bridge.id, scene.ben.id)}


def test_a_choice_by_hand_goes_beyond_a_limit(scene, session, planned, now):
    session.execute(sa.update(CallReviewer).where(CallReviewer.person_id == scene.ann.id).values(most=1))
    planned()
    change(session, scene, now, scene.permit, into=scene.ann)
    planned()
    draft = draft_of(session, scene.call.id)
    assert draft.possible
    assert (scene.permit.id, scene.ann.id) in draft.pairs


@pytest.mark.parametrize("which", ["begun", "barred", "twice", "stranger", "nobody", "not planned"])
def test_changes_that_cannot_be(scene, world, session, planned, now, which):
    stranger = world.person("Sid Star", Role.REVIEWER)
    world.review(scene.bridge, scene.ann, state=ReviewState.STARTED, started_at=now)
    world.add(
        Conflict(
            person_id=scene.cal.id,
            proposal_id=scene.bridge.id,
            kind=ConflictKind.OTHER,
            reason="x",
            declared_at=now,
        )
    )
    planned()
    asked = {
        "begun": {"out": scene.ann},
        "barred": {"into": scene.cal},
        "twice": {"into": scene.ann},
        "stranger": {"into": stranger},
        "nobody": {},
        "not planned": {"out": scene.cal},
    }[which]
    before = pairs(session, scene)
    with pytest.raises(DomainError) as refused:
        change(session, scene, now, scene.bridge, **asked)
    assert refused.value.field == {"begun": "out", "not planned": "out", "nobody": None}.get(which, "into")
    assert pairs(session, scene) == before


def test_a_stale_version_changes_nothing(scene, session, planned, now):
    first = planned().version
    planned()
    before = pairs(session, scene)
    with pytest.raises(StaleVersion):
        change(session, scene, now, scene.bridge, out=scene.ann, seen=first)
    for act in (publish, flow.discard):
        with pytest.raises(StaleVersion):
            act(session, scene.actor, slug=scene.call.slug, seen=first, now=now)
    with pytest.raises(StaleVersion):
        planned(seen=first)
    assert pairs(session, scene) == before
    assert reviews(session, scene) == {}


def test_putting_in_makes_the_version_stale_too(scene, session, planned, now):
    planned()
    seen = draft_of(session, scene.call.id).version
    change(session, scene, now, scene.bridge, into=scene.ben)
    assert draft_of(session, scene.call.id).version == seen + 1


def test_publishing_makes_the_reviews_and_one_mail_each(scene, session, planned, now):
    planned()
    plan = pairs(session, scene)
    done = publish_it(session, scene, now)
    assert len(done.asked) == 6
    assert reviews(session, scene) == dict.fromkeys(plan, ReviewState.ASSIGNED)
    for review in session.scalars(sa.select(Review)):
        assert (review.revision_number, review.due_on) == (1, scene.call.reviews_due_on)
        assert review.assigned_by_id == scene.coordinator.id
    sent = mailed(session)
    assert sorted(recipient for recipient, _ in sent) == sorted({person for _, person in done.asked})
    for recipient, body in sent:
        mine = {one.title for one in scene.proposals if (one.id, recipient) in done.asked}
        assert {line[2:] for line in body.splitlines() if line.startswith("- ")} == mine
    kinds = list(session.scalars(sa.select(Event.kind).order_by(Event.id)))
    assert kinds.count(EventKind.REVIEW_ASSIGNED) == 6
    assert kinds[-1] is EventKind.ASSIGNMENT_PUBLISHED
    assert draft_of(session, scene.call.id) is None
    with pytest.raises(StaleVersion):
        publish(session, scene.actor, slug=scene.call.slug, seen=1, now=now)
    assert len(mailed(session)) == len(sent)


def test_what_moved_is_taken_back_in_the_same_mail(scene, world, session, planned, now):
    world.review(scene.bridge, scene.ben)
    world.review(scene.bridge, scene.cal)
    planned()
    done = publish_it(session, scene, now)
    assert done.taken_back == {(scene.bridge.id, scene.ben.id), (scene.bridge.id, scene.cal.id)} - done.asked
    state = reviews(session, scene)
    assert state["Bridge", "Ben"] is ReviewState.WITHDRAWN
    bodies = [body for recipient, body in mailed(session) if recipient == scene.ben.id]
    assert len(bodies) == 1
    assert "You no longer need to review:\n- Bridge watch" in bodies[0]
    assert "- Permit helper" in bodies[0].split("You no longer")[0]
    kinds = list(session.scalars(sa.select(Event.kind)))
    assert kinds.count(EventKind.REVIEW_UNASSIGNED) == len(done.taken_back) == 2


def test_a_review_begun_meanwhile_stays(scene, world, session, planned, now):
    review = world.review(scene.bridge, scene.ben)
    planned()
    assert ("Bridge", "Ben") not in pairs(session, scene)
    review.state, review.started_at = ReviewState.STARTED, now
    session.flush()
    publish_it(session, scene, now)
    assert reviews(session, scene)["Bridge", "Ben"] is ReviewState.STARTED


def test_a_review_given_by_hand_meanwhile_stays(scene, world, session, planned, now):
    planned()
    world.review(scene.road, scene.ann)
    publish_it(session, scene, now)
    assert reviews(session, scene)["Road", "Ann"] is ReviewState.ASSIGNED


def _conflict(scene, world, session, now):
    conflicts.note_conflict(
        session,
        scene.actor,
        scene.bridge,
        person_id=scene.ann.id,
        kind=ConflictKind.OTHER,
        reason="A friend",
        now=now,
    )


def _rule(scene, world, session, now):
    scene.bridge.created_by_id = scene.ann.id
    session.flush()


def _left(scene, world, session, now):
    scene.bridge.step = Step.INFORMATION
    session.flush()


def _declined(scene, world, session, now):
    world.review(scene.bridge, scene.ann, state=ReviewState.DECLINED, reason="No time")


def _off_the_list(scene, world, session, now):
    call_reviewers.change_reviewers(
        session, scene.actor, slug=scene.call.slug, limits={}, taken_out=[scene.ann.id], now=now
    )


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (_conflict, "Ann Oak may not review “Bridge watch” any more"),
        (_rule, "Ann Oak may not review “Bridge watch” any more"),
        (_left, "Proposals have left review since the plan was made: 1."),
        (_declined, "Ann Oak may not review “Bridge watch” any more"),
        (_off_the_list, "Ann Oak, planned for “Bridge watch”, no longer reviews in this call."),
    ],
)
def test_publishing_refuses_as_a_whole(scene, world, session, planned, now, what, said):
    planned()
    what(scene, world, session, now)
    before = reviews(session, scene)
    sent = len(mailed(session))
    with pytest.raises(PlanOutdated) as refused, session.begin_nested():
        publish_it(session, scene, now)
    assert any(said in str(problem) for problem in refused.value.problems)
    assert reviews(session, scene) == before
    assert len(mailed(session)) == sent
    planned()
    if what is not _left:
        assert ("Bridge", "Ann") not in pairs(session, scene)
    publish_it(session, scene, now)


def test_a_kept_review_that_was_taken_back_meanwhile_is_not_given_again(scene, world, session, planned, now):
    review = world.review(scene.bridge, scene.ben, state=ReviewState.STARTED, started_at=now)
    planned()
    review.state, review.reason = ReviewState.WITHDRAWN, "Too busy"
    session.flush()
    with pytest.raises(PlanOutdated), session.begin_nested():
        publish_it(session, scene, now)


def test_an_impossible_round_is_kept_with_its_reasons_and_not_published(scene, session, planned, now):
    session.execute(sa.update(CallReviewer).values(most=1))
    planned()
    draft = draft_of(session, scene.call.id)
    assert not draft.possible
    assert draft.rows == ()
    told = draft.outcome["impossible"]
    assert told["missing"] == 2
    assert told["shortages"][0]["proposals"] == sorted(one.id for one in scene.proposals)
    caps = next(one for one in told["relaxations"] if one["rule"] == "caps")
    assert (caps["enough"], caps["to"]) == (True, 2)
    with pytest.raises(DomainError, match="no assignment to publish"):
        publish_it(session, scene, now)


def test_nothing_to_work_out(scene, world, session, now):
    empty = world.call("Empty", slug="empty")
    for slug, said in (("empty", "No proposal"), (scene.call.slug, "Ask for 1 to 20")):
        with pytest.raises(DomainError, match=said):
            flow.work_out(
                session,
                scene.actor,
                slug=slug,
                wanted=2 if slug == "empty" else 21,
                keeps_unbegun=False,
                seen=None,
                now=now,
            )
    world.proposal("Alone", call=empty, step=Step.REVIEW)
    with pytest.raises(DomainError, match="Nobody reviews in this call"):
        flow.work_out(session, scene.actor, slug="empty", wanted=2, keeps_unbegun=False, seen=None, now=now)


def test_a_day_that_has_passed_is_not_given(scene, session, planned, now):
    planned()
    scene.call.reviews_due_on = now.date() - timedelta(days=1)
    session.flush()
    publish_it(session, scene, now)
    assert set(session.scalars(sa.select(Review.due_on))) == {None}


def test_discarding_leaves_no_trace_but_the_event(scene, session, planned, now):
    planned()
    draft = draft_of(session, scene.call.id)
    flow.discard(session, scene.actor, slug=scene.call.slug, seen=draft.version, now=now)
    assert draft_of(session, scene.call.id) is None
    assert session.scalars(sa.select(AssignmentPlan.state)).all() == [PlanState.DISCARDED]
    assert reviews(session, scene) == {}
    planned()
    assert len(session.scalars(sa.select(PlannedReview)).all()) == 12


def test_a_conflicted_coordinator_sees_and_moves_nothing_of_it(scene, world, session, planned, now):
    planned()
    scene.coordinator.agency_id = scene.bridge.agency_id
    session.flush()
    actor = world.actor(scene.coordinator)
    standing = reviewing(session, scene.call.id, seen_by=actor)
    assert set(standing.proposals) == {scene.permit.id, scene.road.id}
    with pytest.raises(NotFound):
        change(session, scene, now, scene.bridge, out=scene.ann, actor=actor)
    with pytest.raises(NotFound):
        call_reviewers.set_fields(
            session, actor, slug=scene.call.slug, proposal_id=scene.bridge.id, tags=[tags()[2]], now=now
        )
    _declined(scene, world, session, now)
    draft = draft_of(session, scene.call.id)
    with pytest.raises(PlanOutdated) as refused:
        publish(session, actor, slug=scene.call.slug, seen=draft.version, now=now)
    assert [str(one) for one in refused.value.problems] == [
        "Something else has changed since the plan was made."
    ]


def test_a_coordinator_who_reviews_a_proposal_does_not_change_its_reviewers(
    scene, world, session, planned, now
):
    both = world.person("Bo Th", Role.COORDINATOR, Role.REVIEWER)
    world.review(scene.bridge, both, state=ReviewState.STARTED, started_at=now)
    planned()
    with pytest.raises(Forbidden):
        change(session, scene, now, scene.bridge, into=scene.cal, actor=world.actor(both))
    change(session, scene, now, scene.permit, into=scene.cal, actor=world.actor(both))


def test_the_list_of_reviewers(scene, world, session, now):
    more = [world.person(f"More {n}", Role.REVIEWER) for n in range(2)]
    world.person("Gil Gate", Role.GATEKEEPER)
    act = {"slug": scene.call.slug, "now": now}
    call_reviewers.add_reviewers(session, scene.actor, people=[one.id for one in more], most=4, **act)
    listed = {row.person_id: row.most for row in session.scalars(sa.select(CallReviewer))}
    assert {listed[one.id] for one in more} == {4}
    for people, most, field in (
        ([], 3, "people"),
        ([scene.ann.id], 3, "people"),
        ([scene.coordinator.id], 3, "people"),
        ([more[0].id], 501, "most"),
    ):
        with pytest.raises(DomainError) as refused:
            call_reviewers.add_reviewers(session, scene.actor, people=people, most=most, **act)
        assert refused.value.field == field
    assert call_reviewers.change_reviewers(session, scene.actor, limits={scene.ann.id: 7, 999: 2}, **act)
    assert not call_reviewers.change_reviewers(session, scene.actor, limits={scene.ann.id: 7}, **act)
    with pytest.raises(Forbidden):
        call_reviewers.add_reviewers(session, world.actor(scene.ann), people=[1], most=1, **act)


def test_fields_are_added_and_taken_away(scene, session, now):
    first, second, third = tags()

    def stored():
        return set(session.scalars(sa.select(ProposalTag.tag)))

    act = {"slug": scene.call.slug, "proposal_id": scene.bridge.id, "now": now}
    assert call_reviewers.set_fields(session, scene.actor, tags=[first, second, third], **act)
    assert stored() == {second, third}, "its own answers name the first"
    assert call_reviewers.set_fields(session, scene.actor, tags=[third], **act)
    assert stored() == {third}
    assert not call_reviewers.set_fields(session, scene.actor, tags=[third], **act)
    with pytest.raises(DomainError):
        call_reviewers.set_fields(session, scene.actor, tags=["no such field"], **act)


def test_everybody_is_asked_once(scene, session, now):
    assert call_reviewers.ask_for_bids(session, scene.actor, slug=scene.call.slug, now=now) == 4
    assert sorted(recipient for recipient, _ in mailed(session)) == sorted(one.id for one in scene.reviewers)
    with pytest.raises(DomainError, match="asked already"):
        call_reviewers.ask_for_bids(session, scene.actor, slug=scene.call.slug, now=now)
    assert len(mailed(session)) == 4


def test_bids_count_and_rather_not_is_a_last_resort(scene, world, session, planned):
    bids(world, scene.dee, scene.bridge, BidKind.RATHER_NOT)
    bids(world, scene.cal, scene.bridge, BidKind.WANT)
    planned()
    found = pairs(session, scene)
    assert ("Bridge", "Dee") not in found
    assert ("Bridge", "Cal") in found


def test_words_for_a_fit():
    assert [fit_grade(fit) for fit in (0.0, 0.19, 0.2, 0.59, 0.6, 0.8, 1.0)] == [
        FitGrade.HARDLY,
        FitGrade.HARDLY,
        FitGrade.A_LITTLE,
        FitGrade.FAIRLY,
        FitGrade.WELL,
        FitGrade.VERY_WELL,
        FitGrade.VERY_WELL,
    ]


def test_the_usual_limit_is_an_even_share_and_two():
    assert usual_limit(proposals=10, wanted=3, people=7) == 7
    assert usual_limit(proposals=0, wanted=3, people=0) == 2
