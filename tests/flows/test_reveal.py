"""Reviews are opened to each other's authors by what people do, once, and it is on record."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import conflicts, refusing, reviews
from incubator.flows import scoring as writing
from incubator.models.history import Event
from tests.flows.test_reviews import answers, keyed_rubric


@pytest.fixture
def scene(world, session):
    class Scene:
        rubric, criteria = keyed_rubric(world, session)
        call = world.call(rubric=rubric, reviews_required=2)
        proposal = world.proposal("Permit helper", call=call, step=Step.REVIEW)
        coordinator = world.person("Cora Dean", Role.COORDINATOR)
        people = tuple(world.person(f"Reviewer {n}", Role.REVIEWER) for n in range(3))

    Scene.asked = tuple(world.review(Scene.proposal, person) for person in Scene.people)
    return Scene


def hand_in(scene, world, place, now):
    return writing.hand_in(
        world.session,
        world.actor(scene.people[place]),
        review_id=scene.asked[place].id,
        answers=answers(scene.criteria, 4, 3, 4, 5),
        seen_version=scene.asked[place].version,
        now=now,
    )


def reveals(session):
    return session.scalars(sa.select(Event).where(Event.kind == EventKind.REVIEWS_REVEALED)).all()


def test_the_last_review_that_was_asked_for_reveals_them_all(scene, world, session, now):
    for place in (0, 1):
        hand_in(scene, world, place, now)
        assert scene.proposal.reviews_revealed_at is None
    hand_in(scene, world, 2, now)
    assert scene.proposal.reviews_revealed_at == now
    (event,) = reveals(session)
    assert (event.actor_id, event.details["count"]) == (None, 3)


@pytest.mark.parametrize("end", ["decline", "abstain", "take back", "conflict"])
def test_the_last_open_review_may_end_otherwise(scene, world, session, now, end):
    hand_in(scene, world, 0, now)
    hand_in(scene, world, 1, now)
    last, actor = scene.asked[2], world.actor(scene.people[2])
    if end == "take back":
        reviews.unassign(session, world.actor(scene.coordinator), review_id=last.id, reason="", now=now)
    elif end == "conflict":
        conflicts.declare_conflict(
            session,
            actor,
            proposal_id=scene.proposal.id,
            person_id=scene.people[2].id,
            kind=conflicts.ConflictKind.VENDOR,
            reason="",
            now=now,
        )
    else:
        getattr(refusing, end)(session, actor, review_id=last.id, reason="No time.", now=now)
    assert scene.proposal.reviews_revealed_at == now
    assert len(reveals(session)) == 1


def test_too_few_reviews_reveal_nothing_until_their_day_has_passed(scene, world, session, now):
    scene.call.reviews_due_on = now.date()
    hand_in(scene, world, 0, now)
    for place in (1, 2):
        refusing.decline(
            session,
            world.actor(scene.people[place]),
            review_id=scene.asked[place].id,
            reason="No time.",
            now=now,
        )
    assert scene.proposal.reviews_revealed_at is None
    assert not reviews.reveal_when_due(session, scene.proposal, now)
    later = now + timedelta(days=1)
    assert reviews.reveal_when_due(session, scene.proposal, later)
    assert scene.proposal.reviews_revealed_at == later
    assert not reviews.reveal_when_due(session, scene.proposal, later + timedelta(days=1))
    assert len(reveals(session)) == 1


def test_nothing_is_revealed_that_is_not_in_review(scene, world, session, now):
    for review in scene.asked:
        review.state, review.submitted_at = ReviewState.SUBMITTED, now
    scene.proposal.step = Step.INFORMATION
    session.flush()
    assert not reviews.reveal_when_due(session, scene.proposal, now)
