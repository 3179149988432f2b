"""Changing a ranked list: who may, what is recorded, and what two people at once see."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import priorities as flow
from incubator.models.conflicts import Conflict
from incubator.models.history import Event
from incubator.models.priorities import PriorityList, PriorityMove
from incubator.queries import priorities as query


class Round:
    """A call with three proposals that passed review, best first: one, two, three."""

    def __init__(self, world):
        self.world = world
        self.call = world.call("Spring", budget_cents=100_000, teams=2)
        agency = world.agency("HLTH")
        self.one, self.two, self.three = (
            world.proposal(
                title,
                agency=agency,
                call=self.call,
                step=Step.REVIEW,
                score=score,
                reviews_in=3,
                requested_cents=40_000,
            )
            for title, score in (("One", 4.8), ("Two", 4.0), ("Three", 3.1))
        )
        self.coordinator = world.person("Cora", Role.COORDINATOR)

    @property
    def actor(self):
        return self.world.actor(self.coordinator)


@pytest.fixture
def round_(world):
    return Round(world)


def events(session, kind):
    return session.scalars(sa.select(Event).where(Event.kind == kind).order_by(Event.id)).all()


def move(session, round_, now, proposal, to, *, reason="Reaches more people", seen=0, actor=None):
    flow.move_proposal(
        session,
        actor or round_.actor,
        now,
        round_.call.id,
        proposal.id,
        to_position=to,
        reason=reason,
        seen_version=seen,
    )


def test_a_move_is_kept_with_its_reason_and_told(session, round_, now):
    move(session, round_, now, round_.three, 1)
    kept = session.scalars(sa.select(PriorityMove)).one()
    assert (kept.from_position, kept.to_position, kept.reason) == (3, 1, "Reaches more people")
    assert kept.moved_by_id == round_.coordinator.id
    told = events(session, EventKind.PRIORITY_MOVED)
    assert [(e.proposal_id, e.details["number"], e.details["reason"]) for e in told] == [
        (round_.three.id, round_.three.number, "3 → 1. Reaches more people")
    ]


def test_the_list_begins_with_the_calls_limits(session, round_, now):
    move(session, round_, now, round_.three, 1)
    kept = session.scalars(sa.select(PriorityList)).one()
    assert (kept.budget_cents, kept.teams) == (100_000, 2)


@pytest.mark.parametrize(
    ("to", "said"), [(0, "1 to 3"), (4, "1 to 3"), (None, "1 to 3"), (10**15, "1 to 3"), (3, "already")]
)
def test_a_place_that_is_none_is_refused(session, round_, now, to, said):
    with pytest.raises(DomainError, match=said) as refused:
        move(session, round_, now, round_.three, to)
    assert refused.value.field == "position"


@pytest.mark.parametrize("reason", ["", "  \n "])
def test_a_move_without_a_reason_is_refused(session, round_, now, reason):
    with pytest.raises(DomainError) as refused:
        move(session, round_, now, round_.three, 1, reason=reason)
    assert refused.value.field == "reason"


def test_who_saw_an_older_list_is_told_so(session, round_, now):
    move(session, round_, now, round_.three, 1, seen=0)
    with pytest.raises(StaleVersion):
        move(session, round_, now, round_.two, 1, seen=0)
    assert session.scalar(sa.select(sa.func.count()).select_from(PriorityMove)) == 1


def test_every_move_makes_a_new_version_even_in_one_moment(session, round_, now):
    seen = []
    for proposal, to in ((round_.three, 1), (round_.two, 1), (round_.one, 1)):
        seen.append(query.find_call(session, round_.call.slug).version)
        move(session, round_, now, proposal, to, seen=seen[-1])
    assert len(set(seen)) == 3


def test_taking_a_move_back_brings_the_one_before_it_back(session, round_, now):
    for to in (1, 2):
        move(session, round_, now, round_.three, to, seen=query.find_call(session, round_.call.slug).version)
    last = session.scalars(sa.select(PriorityMove).order_by(PriorityMove.id.desc())).first()
    seen = query.find_call(session, round_.call.slug).version
    flow.undo_move(session, round_.actor, now, round_.call.id, last.id, seen_version=seen)
    standing = query.standing_moves(session, last.list_id, [round_.three.id])
    assert [(one.from_position, one.to_position) for one in standing] == [(3, 1)]
    assert events(session, EventKind.PRIORITY_MOVED)[-1].details["reason"].startswith("2 → 1, taken back.")


def test_a_move_is_taken_back_once(session, round_, now):
    move(session, round_, now, round_.three, 1)
    made = session.scalars(sa.select(PriorityMove)).one()
    call = round_.call
    seen = query.find_call(session, call.slug).version
    flow.undo_move(session, round_.actor, now, call.id, made.id, seen_version=seen)
    seen = query.find_call(session, call.slug).version
    with pytest.raises(DomainError, match="already"):
        flow.undo_move(session, round_.actor, now, call.id, made.id, seen_version=seen)


def test_a_move_of_another_list_is_unknown(session, round_, world, now):
    move(session, round_, now, round_.three, 1)
    made = session.scalars(sa.select(PriorityMove)).one()
    other = world.call("Autumn")
    with pytest.raises(NotFound):
        flow.undo_move(session, round_.actor, now, other.id, made.id, seen_version=0)


def test_limits_are_changed_once_and_told(session, round_, now):
    def change(budget, teams, seen):
        flow.set_limits(
            session, round_.actor, now, round_.call.id, budget_cents=budget, teams=teams, seen_version=seen
        )

    change(None, 7, 0)
    found = query.find_call(session, round_.call.slug)
    assert (found.budget_cents, found.teams) == (None, 7)
    change(None, 7, found.version)
    assert len(events(session, EventKind.PRIORITY_LIST_CHANGED)) == 1
    assert (round_.call.budget_cents, round_.call.teams) == (100_000, 2)
    with pytest.raises(StaleVersion) as stale:
        change(1, 1, 0)
    assert stale.value.theirs == {"budget": None, "teams": 7}


@pytest.mark.parametrize(
    ("budget", "teams", "field"), [(-1, 1, "budget"), (1, -1, "teams"), (1, 10**15, "teams")]
)
def test_limits_that_make_no_sense_are_refused(session, round_, now, budget, teams, field):
    with pytest.raises(DomainError) as refused:
        flow.set_limits(
            session, round_.actor, now, round_.call.id, budget_cents=budget, teams=teams, seen_version=0
        )
    assert refused.value.field == field


def test_who_has_a_conflict_in_the_call_changes_nothing(session, round_, world, now):
    session.add(
        Conflict(
            person_id=round_.coordinator.id,
            proposal_id=round_.one.id,
            kind=ConflictKind.VENDOR,
            declared_at=now,
        )
    )
    session.flush()
    with pytest.raises(Forbidden, match="conflict"):
        move(session, round_, now, round_.three, 1)
    listed = query.ranked_proposals(session, round_.actor, round_.call.id)
    assert [row.title for row in listed] == ["Two", "Three"]


def test_who_still_has_to_review_one_sees_it_not_and_changes_nothing(session, round_, world, now):
    both = world.person("Rita", Role.COORDINATOR, Role.REVIEWER)
    world.review(round_.two, both, state=ReviewState.ASSIGNED)
    actor = world.actor(both)
    assert [row.title for row in query.ranked_proposals(session, actor, round_.call.id)] == ["One", "Three"]
    with pytest.raises(Forbidden, match="review"):
        move(session, round_, now, round_.three, 1, actor=actor)


@pytest.mark.parametrize("role", [Role.SUBMITTER, Role.REVIEWER, Role.EVALUATOR, Role.ADMINISTRATOR])
def test_other_roles_change_nothing(session, round_, world, now, role):
    where = (role, world.agency()) if role is Role.SUBMITTER else role
    with pytest.raises(Forbidden):
        move(session, round_, now, round_.three, 1, actor=world.actor(world.person("", where)))


def test_a_role_for_a_part_of_the_call_changes_nothing(session, round_, world, now):
    partial = world.person("Pat", (Role.COORDINATOR, world.agency("PART")))
    with pytest.raises(Forbidden, match="part of this call"):
        move(session, round_, now, round_.three, 1, actor=world.actor(partial))


def test_a_proposal_lacking_a_review_is_not_on_the_list(session, round_, world):
    world.proposal("Early", call=round_.call, step=Step.REVIEW, score=5.0, reviews_in=2)
    world.proposal("Screened", call=round_.call, step=Step.SCREENING, score=5.0, reviews_in=3)
    world.proposal("Elsewhere", call=world.call(), step=Step.REVIEW, score=5.0, reviews_in=3)
    listed = query.ranked_proposals(session, round_.actor, round_.call.id)
    assert [row.title for row in listed] == ["One", "Two", "Three"]


def test_leadership_ranks_without_being_shown_the_scores(session, round_, world):
    leader = world.actor(world.person("Lea", Role.LEADERSHIP))
    listed = query.ranked_proposals(session, leader, round_.call.id)
    assert [(row.title, row.shown_score, row.reviews_in) for row in listed] == [
        ("One", None, None),
        ("Two", None, None),
        ("Three", None, None),
    ]
