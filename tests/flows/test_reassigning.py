"""Somebody says no, or may not: who is asked instead, and who is told."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.assignment import BidKind
from incubator.domain.conflicts import ConflictKind, TieKind
from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.flows import conflicts, expertise, refusing
from incubator.models.assignment import AssignmentPlan, PlanState
from incubator.models.history import Event
from incubator.models.jobs import Message
from incubator.models.reviews import Review
from incubator.queries.assignment import reviewing
from tests.assigning import add_to_call, bids, knows, reviewed_call, tags


@pytest.fixture
def scene(world):
    """Ann and Ben review the bridge; Dee knows as much of it as Ann."""
    scene = reviewed_call(world)
    scene.bridge = scene.proposals[0]
    scene.ann, scene.ben, scene.cal, scene.dee = scene.reviewers
    scene.first = world.review(scene.bridge, scene.ann)
    world.review(scene.bridge, scene.ben)
    return scene


def states(session, proposal):
    rows = session.execute(
        sa.select(Review.reviewer_id, Review.state)
        .where(Review.proposal_id == proposal.id)
        .order_by(Review.id)
    )
    return [tuple(row) for row in rows]


def mails(session):
    return [
        (row.recipient_id, row.subject)
        for row in session.execute(sa.select(Message.recipient_id, Message.subject).order_by(Message.id))
    ]


@pytest.mark.parametrize(
    ("act", "state"), [(refusing.decline, ReviewState.DECLINED), (refusing.abstain, ReviewState.ABSTAINED)]
)
def test_the_next_best_is_asked_at_once(scene, world, session, now, act, state):
    act(session, world.actor(scene.ann), review_id=scene.first.id, reason="On leave", now=now)
    assert states(session, scene.bridge) == [
        (scene.ann.id, state),
        (scene.ben.id, ReviewState.ASSIGNED),
        (scene.dee.id, ReviewState.ASSIGNED),
    ]
    made = session.scalars(sa.select(Review).where(Review.reviewer_id == scene.dee.id)).one()
    assert (made.due_on, made.assigned_by_id) == (scene.call.reviews_due_on, None)
    assert mails(session) == [
        (scene.dee.id, "Please review: Bridge watch"),
        (scene.coordinator.id, "A reviewer is lost: Bridge watch"),
    ]
    note = session.scalars(sa.select(Message).where(Message.recipient_id == scene.coordinator.id)).one()
    assert "Dee Fir has been asked instead." in note.body
    asked = session.scalars(sa.select(Event).where(Event.kind == EventKind.REVIEW_ASSIGNED)).one()
    assert (asked.actor_name, asked.actor_id, asked.details) == ("Incubator", None, {"person": "Dee Fir"})


def test_a_day_that_has_passed_is_not_given_to_the_new_reviewer(scene, world, session, now):
    scene.call.reviews_due_on = now.date() - timedelta(days=1)
    session.flush()
    refusing.decline(session, world.actor(scene.ann), review_id=scene.first.id, reason="No time", now=now)
    assert session.scalar(sa.select(Review.due_on).where(Review.reviewer_id == scene.dee.id)) is None


def test_who_cannot_or_would_rather_not_is_passed_over(scene, world, session, now):
    bids(world, scene.dee, scene.bridge, BidKind.RATHER_NOT)
    refusing.decline(session, world.actor(scene.ann), review_id=scene.first.id, reason="No time", now=now)
    assert (scene.cal.id, ReviewState.ASSIGNED) in states(session, scene.bridge)
    assert scene.dee.id not in dict(states(session, scene.bridge))


def test_a_pair_ruled_out_by_hand_stays_ruled_out(scene, world, session, now):
    world.add(
        AssignmentPlan(
            call_id=scene.call.id,
            state=PlanState.PUBLISHED,
            wanted=2,
            forbidden=[[scene.bridge.id, scene.dee.id]],
            made_at=now,
            published_at=now,
        )
    )
    refusing.decline(session, world.actor(scene.ann), review_id=scene.first.id, reason="No time", now=now)
    assert scene.dee.id not in dict(states(session, scene.bridge))
    assert (scene.cal.id, ReviewState.ASSIGNED) in states(session, scene.bridge)


def test_nobody_free_means_the_coordinators_are_told(scene, world, session, now):
    watcher = world.person("Wes Own", Role.COORDINATOR)
    watcher.agency_id = scene.bridge.agency_id
    for other in (scene.cal, scene.dee):
        session.execute(sa.text("UPDATE call_reviewer SET most = 0 WHERE person_id = :id"), {"id": other.id})
    refusing.decline(session, world.actor(scene.ann), review_id=scene.first.id, reason="No time", now=now)
    assert len(states(session, scene.bridge)) == 2
    (note,) = session.scalars(sa.select(Message)).all()
    assert note.recipient_id == scene.coordinator.id, "not the coordinator of the proposing agency"
    assert "Nobody who reviews in this call is free" in note.body


def test_no_one_is_asked_where_enough_review(scene, world, session, now):
    world.review(scene.bridge, scene.cal)
    refusing.decline(session, world.actor(scene.ann), review_id=scene.first.id, reason="No time", now=now)
    assert len(states(session, scene.bridge)) == 3
    assert mails(session) == []


def test_declining_again_and_again_ends(scene, world, session, now):
    """Each refusal bars its author, so the round ends with the people."""
    for _ in range(4):
        review = session.scalars(
            sa.select(Review).where(
                Review.proposal_id == scene.bridge.id, Review.state == ReviewState.ASSIGNED
            )
        ).first()
        actor = world.actor(next(one for one in scene.reviewers if one.id == review.reviewer_id))
        refusing.decline(session, actor, review_id=review.id, reason="No", now=now)
    assert {state for _, state in states(session, scene.bridge)} == {ReviewState.DECLINED}
    assert len(states(session, scene.bridge)) == 4


def test_a_declared_conflict_reassigns(scene, world, session, now):
    conflicts.declare_conflict(
        session,
        world.actor(scene.ann),
        proposal_id=scene.bridge.id,
        person_id=scene.ann.id,
        kind=ConflictKind.OTHER,
        reason="An old friend wrote it",
        now=now,
    )
    assert states(session, scene.bridge)[0] == (scene.ann.id, ReviewState.WITHDRAWN)
    assert (scene.dee.id, ReviewState.ASSIGNED) in states(session, scene.bridge)


def test_a_conflict_by_rule_reassigns_unless_a_plan_is_about_to(scene, world, session, now):
    scene.bridge.vendor = "Acme, Inc."
    session.flush()
    found = expertise.declare_tie(
        session,
        world.actor(scene.ann),
        kind=TieKind.INTEREST,
        vendor="ACME",
        ended_on=None,
        note="",
        now=now,
    )
    assert found == 1
    assert (scene.dee.id, ReviewState.ASSIGNED) in states(session, scene.bridge)
    scene.ben.manager_id = scene.dee.id
    scene.bridge.created_by_id = scene.dee.id
    session.flush()
    before = len(states(session, scene.bridge))
    assert conflicts.apply_rules(session, now, reassigns=False) == 2
    assert len(states(session, scene.bridge)) == before


def test_reviewers_of_other_calls_are_not_asked(scene, world, session, now):
    stranger = world.person("Sid Star", Role.REVIEWER)
    add_to_call(world, world.call(), stranger)
    knows(world, stranger, tags()[0], 3)
    refusing.decline(session, world.actor(scene.ann), review_id=scene.first.id, reason="No time", now=now)
    assert stranger.id not in dict(states(session, scene.bridge))


def test_the_same_number_of_statements_however_many_there_are(scene, world, session, statements):
    call_id = scene.call.id
    session.commit()
    with statements() as few:
        reviewing(session, call_id)
    for number in range(3):
        person = world.person(f"More {number}", Role.REVIEWER)
        add_to_call(world, scene.call, person)
        world.review(scene.proposals[1], person)
    session.commit()
    with statements() as many:
        found = reviewing(session, call_id)
    assert len(found.people) == 7
    assert len(few) == len(many) == 10
