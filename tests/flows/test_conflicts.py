"""Conflicts that follow from rules, and the chair who sets one aside."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.access import Action, can_on_record
from incubator.domain.conflicts import ConflictKind, TieKind, vendor_key
from incubator.domain.errors import DomainError, Forbidden, NotFound
from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import conflicts as flow
from incubator.flows.merging import hand_over
from incubator.models.conflicts import Conflict, VendorTie
from incubator.models.history import Event
from incubator.models.proposals import Author, Proposal
from incubator.queries import records
from incubator.queries.conflicts import conflicts_of
from incubator.queries.visibility import is_conflicted

K = ConflictKind


@pytest.fixture
def scene(world):
    class Scene:
        chair = world.person("Quinn Chair", Role.GATEKEEPER)
        call = world.call(chair_id=chair.id)
        author = world.person("Ada Author")
        reviewer = world.person("Rae Bell", Role.REVIEWER)
        proposal = world.proposal(call=call, step=Step.REVIEW, authors=(author,), vendor="Acme Systems, Inc.")
        other = world.proposal(call=call, step=Step.REVIEW)

    return Scene


def standing(session, person):
    rows = session.execute(
        sa.select(Conflict.proposal_id, Conflict.kind).where(
            Conflict.person_id == person.id,
            Conflict.lapsed_at.is_(None),
            Conflict.overridden_at.is_(None),
        )
    )
    return {(row.proposal_id, row.kind) for row in rows}


def kinds(session, proposal):
    return list(
        session.scalars(sa.select(Event.kind).where(Event.proposal_id == proposal.id).order_by(Event.id))
    )


def tie(world, person, kind, vendor, ended_on=None):
    return world.add(
        VendorTie(
            person_id=person.id,
            kind=kind,
            vendor=vendor,
            vendor_key=vendor_key(vendor),
            ended_on=ended_on,
            declared_at=world.now,
        )
    )


def test_every_rule_finds_its_pair_and_only_that(scene, world, session, now):
    scene.reviewer.manager_id = scene.author.id
    manager = world.person("Max Boss", Role.GATEKEEPER)
    scene.author.manager_id = manager.id
    owner = world.person("Olive Owner", Role.REVIEWER)
    tie(world, owner, "interest", "ACME systems")
    contractor = world.person("Con Tract", Role.REVIEWER)
    tie(world, contractor, "contract", "Acme Systems", now.date() - timedelta(days=400))
    former = world.person("Fay Former", Role.REVIEWER)
    tie(world, former, "contract", "Acme Systems", date(2020, 1, 1))
    helper = world.person("Hal Helper", Role.REVIEWER)
    world.add(Author(proposal_id=scene.other.id, person_id=helper.id, added_at=now))
    bystander = world.person("By Stander", Role.LEADERSHIP, agency=None)
    bystander.manager_id = scene.author.id
    session.flush()

    assert flow.apply_rules(session, now) == 5
    assert standing(session, scene.reviewer) == {(scene.proposal.id, K.MANAGEMENT)}
    assert standing(session, manager) == {(scene.proposal.id, K.MANAGEMENT)}
    assert standing(session, owner) == {(scene.proposal.id, K.VENDOR)}
    assert standing(session, contractor) == {(scene.proposal.id, K.CONTRACT)}
    assert standing(session, helper) == {(scene.other.id, K.AUTHOR)}
    assert standing(session, former) == standing(session, bystander) == set()
    assert kinds(session, scene.proposal) == [EventKind.CONFLICT_FOUND] * 4
    assert flow.apply_rules(session, now) == 0
    assert kinds(session, scene.proposal) == [EventKind.CONFLICT_FOUND] * 4


def test_a_rule_that_no_longer_holds_lapses_and_comes_back(scene, session, now):
    scene.reviewer.manager_id = scene.author.id
    session.flush()
    flow.apply_rules(session, now)
    scene.reviewer.manager_id = None
    session.flush()
    assert flow.apply_rules(session, now, person_ids=[scene.reviewer.id]) == 0
    assert standing(session, scene.reviewer) == set()
    assert conflicts_of(session, scene.proposal.id) == []
    scene.reviewer.manager_id = scene.author.id
    session.flush()
    assert flow.apply_rules(session, now, proposal_ids=[scene.proposal.id]) == 1
    assert standing(session, scene.reviewer) == {(scene.proposal.id, K.MANAGEMENT)}


def test_a_conflict_found_ends_the_review_and_its_scores_no_longer_count(scene, world, session, now):
    world.review(scene.proposal, scene.reviewer, state=ReviewState.SUBMITTED, total=4.5)
    other = world.person("", Role.REVIEWER)
    world.review(scene.proposal, other, state=ReviewState.SUBMITTED, total=2.0)
    scene.proposal.reviews_in, scene.proposal.score = 2, 3.25
    scene.reviewer.manager_id = scene.author.id
    session.flush()
    flow.apply_rules(session, now)
    session.refresh(scene.proposal)
    assert (scene.proposal.reviews_in, scene.proposal.score) == (1, 2.0)
    actor = world.actor(scene.reviewer)
    assert records.record_facts(session, actor, scene.proposal.id) is None
    assert session.scalar(sa.select(Proposal.id).where(is_conflicted(scene.reviewer.id))) == scene.proposal.id


def test_nothing_is_judged_before_it_is_handed_in_nor_after_it_ended(scene, world, session, now):
    agency = world.agency()
    for step in (Step.DRAFT, Step.SIGN_OFF, Step.CLOSED):
        world.proposal(agency=agency, step=step, authors=(scene.author,))
    scene.reviewer.manager_id = scene.author.id
    session.flush()
    assert flow.apply_rules(session, now) == 1


@pytest.fixture
def barred(scene, session, now):
    scene.reviewer.manager_id = scene.author.id
    session.flush()
    flow.apply_rules(session, now)
    return scene


def override(session, world, scene, who, now, reason="The only one who knows mapping."):
    flow.set_aside(
        session,
        world.actor(who),
        proposal_id=scene.proposal.id,
        person_id=scene.reviewer.id,
        reason=reason,
        now=now,
    )


def test_the_chair_sets_a_conflict_aside_and_it_stays_readable(barred, world, session, now):
    override(session, world, barred, barred.chair, now)
    assert standing(session, barred.reviewer) == set()
    (row,) = conflicts_of(session, barred.proposal.id)
    assert (row.person_name, row.kind, row.by_rule) == ("Rae Bell", K.MANAGEMENT, True)
    assert (row.set_aside_by, row.set_aside_reason) == ("Quinn Chair", "The only one who knows mapping.")
    assert kinds(session, barred.proposal)[-1] is EventKind.CONFLICT_SET_ASIDE
    world.review(barred.proposal, barred.reviewer)
    facts = records.record_facts(session, world.actor(barred.reviewer), barred.proposal.id)
    assert facts is not None
    assert can_on_record(world.actor(barred.reviewer), Action.SCORE, facts)
    assert flow.apply_rules(session, now) == 0, "set aside is set aside, though the rule still holds"
    assert standing(session, barred.reviewer) == set()


def test_nobody_else_sets_it_aside_and_never_without_a_reason(barred, world, session, now):
    panel = world.person("Pat Panel", Role.GATEKEEPER)
    coordinator = world.person("Cora", Role.COORDINATOR)
    for who in (panel, coordinator):
        with pytest.raises(Forbidden, match="Only the chair"):
            override(session, world, barred, who, now)
    with pytest.raises(NotFound):
        override(session, world, barred, world.person("Nobody"), now)
    with pytest.raises(DomainError, match="Write why"):
        override(session, world, barred, barred.chair, now, reason="  ")
    assert standing(session, barred.reviewer) == {(barred.proposal.id, K.MANAGEMENT)}
    barred.call.chair_id = None
    session.flush()
    with pytest.raises(Forbidden, match="no chair"):
        override(session, world, barred, barred.chair, now)


def test_own_agency_and_ones_own_conflict_are_never_set_aside(barred, world, session, now):
    world.add(
        Conflict(
            person_id=barred.reviewer.id, proposal_id=barred.proposal.id, kind="own_agency", declared_at=now
        )
    )
    with pytest.raises(DomainError, match="never judges"):
        override(session, world, barred, barred.chair, now)
    world.add(
        Conflict(person_id=barred.chair.id, proposal_id=barred.other.id, kind="vendor", declared_at=now)
    )
    with pytest.raises(NotFound):
        flow.set_aside(
            session,
            world.actor(barred.chair),
            proposal_id=barred.other.id,
            person_id=barred.chair.id,
            reason="…",
            now=now,
        )


def test_declared_again_it_stands_again(barred, world, session, now):
    override(session, world, barred, barred.chair, now)
    flow.declare_conflict(
        session,
        world.actor(world.person("Cora", Role.COORDINATOR)),
        proposal_id=barred.proposal.id,
        person_id=barred.reviewer.id,
        kind=K.MANAGEMENT,
        reason="They share a team.",
        now=now,
    )
    assert standing(session, barred.reviewer) == {(barred.proposal.id, K.MANAGEMENT)}


def merge(world, session, scene, merged, now):
    hand_over(session, world.actor(scene.chair), now, merged=merged, target=scene.other)


def test_a_merge_asks_every_rule_about_the_record_that_goes_on(scene, world, session, now):
    """The manager of a new author, a helper who is no author, and who declared a conflict with the merged record."""
    manager, helper, friend = (world.person(name, Role.REVIEWER) for name in ("Manager", "Helper", "Friend"))
    scene.author.manager_id = manager.id
    review = world.review(scene.other, manager, state=ReviewState.SUBMITTED, total=4.0)
    scene.proposal.created_by_id = helper.id
    world.add(
        Conflict(
            person_id=friend.id,
            proposal_id=scene.proposal.id,
            kind=K.OTHER,
            reason="A cousin.",
            declared_at=now,
        )
    )
    tie(world, scene.reviewer, TieKind.INTEREST, "Acme Systems")
    merge(world, session, scene, scene.proposal, now)
    here = scene.other.id
    assert (here, K.MANAGEMENT) in standing(session, manager)
    assert (here, K.AUTHOR) in standing(session, helper)
    assert (here, K.OTHER) in standing(session, friend)
    assert (here, K.VENDOR) in standing(session, scene.reviewer)
    assert (review.state, scene.other.reviews_in) == (ReviewState.WITHDRAWN, 0)
    merge(world, session, scene, scene.proposal, now)
    assert (here, K.AUTHOR) in standing(session, helper)


@pytest.mark.parametrize("role", [Role.GATEKEEPER, Role.COORDINATOR])
def test_gatekeepers_and_coordinators_declare_a_conflict_of_their_own(scene, world, session, now, role):
    person = world.person("Dana Own", role)
    actor = world.actor(person)
    before = records.record_facts(session, actor, scene.proposal.id)
    assert can_on_record(actor, Action.SEE_REVIEWS, before)
    flow.declare_conflict(
        session,
        actor,
        proposal_id=scene.proposal.id,
        person_id=person.id,
        kind=K.OTHER,
        reason="My brother works there.",
        now=now,
    )
    after = records.record_facts(session, actor, scene.proposal.id)
    for action in (Action.SEE_REVIEWS, Action.SEE_SCORES, Action.ASSIGN, Action.DECIDE):
        assert after is None or not can_on_record(actor, action, after)
    assert standing(session, person) == {(scene.proposal.id, K.OTHER)}
