from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.clock import moment_of, parse_time
from incubator.domain.errors import DomainError, Forbidden, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.input import InputError
from incubator.domain.roles import Role
from incubator.domain.rubrics import DEFAULT_CRITERIA, CriterionSpec, shares
from incubator.flows import calls, rubrics
from incubator.models.calls import Call, Criterion
from incubator.models.history import Event


def details(rubric, now, **values):
    values = {
        "title": "Spring 2027",
        "summary": "Open to all themes.",
        "opens_at": now,
        "closes_at": now + timedelta(days=30),
        "rubric_id": rubric.id,
        **values,
    }
    return calls.CallDetails(**values)


def kinds(session):
    return list(session.scalars(sa.select(Event.kind).order_by(Event.id)))


def test_a_call_is_made_once_with_an_address_of_its_own(session, world, now):
    actor = world.actor(world.person("Cora", Role.COORDINATOR))
    rubric = world.rubric()
    first = calls.create_call(session, actor, now, details(rubric, now))
    second = calls.create_call(session, actor, now, details(rubric, now))
    reserved = calls.create_call(session, actor, now, details(rubric, now, title="New"))
    assert [call.slug for call in (first, second, reserved)] == ["spring-2027", "spring-2027-2", "new-2"]
    assert kinds(session) == [EventKind.CALL_CREATED] * 3


def test_a_copy_is_recorded_with_its_source(session, world, now):
    actor = world.actor(world.person("Cora", Role.COORDINATOR))
    source = calls.create_call(session, actor, now, details(world.rubric(), now))
    copy = calls.create_call(
        session, actor, now, details(world.rubric(), now, title="Fall"), copied_from=source.id
    )
    assert copy.copied_from_id == source.id
    event = session.scalars(sa.select(Event).where(Event.kind == EventKind.CALL_COPIED)).one()
    assert event.details == {"call": "Fall", "source": "Spring 2027"}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"closes_at": datetime(2020, 1, 1, tzinfo=UTC)}, "closes_on"),
        ({"reviews_due_on": date(2026, 1, 1)}, "reviews_due_on"),
        ({"reviews_required": 0}, "reviews_required"),
        ({"budget_cents": -1}, "budget"),
        ({"teams": 0}, "teams"),
        ({"gate_days": {"g1": 0}}, "days_g1"),
        ({"gate_days": {"g3": 10}}, "days_g3"),
        ({"title": "  "}, "title"),
        ({"places": 0}, "places"),
        ({"reviews_most": 0}, "reviews_most"),
        ({"revisions_due_on": date(2027, 3, 1)}, "revisions_due_on"),
        (
            {"reviews_due_on": date(2027, 3, 1), "revisions_due_on": date(2027, 2, 28)},
            "revisions_due_on",
        ),
        ({"chair_id": 1_000_000}, "chair_id"),
    ],
)
def test_nonsense_is_refused_beside_its_field(session, world, now, values, field):
    actor = world.actor(world.person("Cora", Role.COORDINATOR))
    with pytest.raises(DomainError) as refused:
        calls.create_call(session, actor, now, details(world.rubric(), now, **values))
    assert refused.value.field == field


def test_the_chair_is_a_gatekeeper_of_all_agencies(session, world, now):
    actor, agency = world.actor(world.person("Cora", Role.COORDINATOR)), world.agency()
    other = world.call()
    chair = world.person("Quinn", Role.GATEKEEPER)
    refused = [
        world.person("Rae", Role.REVIEWER),
        world.person("Gil", (Role.GATEKEEPER, agency)),
        world.person("Oda", (Role.GATEKEEPER, None, other)),
        world.person("Dis", Role.GATEKEEPER, disabled_at=now),
    ]
    for person in refused:
        with pytest.raises(DomainError) as refusal:
            calls.create_call(session, actor, now, details(world.rubric(), now, chair_id=person.id))
        assert refusal.value.field == "chair_id"
    call = calls.create_call(session, actor, now, details(world.rubric(), now, chair_id=chair.id))
    assert call.chair_id == chair.id
    only_here = world.person("Hal", (Role.GATEKEEPER, None, call))
    session.flush()
    changed = details(world.rubric(), now, chair_id=only_here.id)
    calls.change_call(session, actor, now, call.id, changed, seen=call.version)
    assert call.chair_id == only_here.id


def test_only_published_rubrics_can_be_chosen(session, world, now):
    actor = world.actor(world.person("Cora", Role.COORDINATOR))
    draft = rubrics.draft_rubric(session, actor, now, "Ours", DEFAULT_CRITERIA)
    with pytest.raises(DomainError, match="published"):
        calls.create_call(session, actor, now, details(draft, now))
    rubrics.publish_rubric(session, actor, now, draft.id)
    assert calls.create_call(session, actor, now, details(draft, now)).rubric_id == draft.id


def test_a_stale_change_is_refused_with_what_stands_now(session, world, now):
    actor = world.actor(world.person("Cora", Role.COORDINATOR))
    rubric = world.rubric()
    call = calls.create_call(session, actor, now, details(rubric, now))
    seen = call.version
    calls.change_call(session, actor, now, call.id, details(rubric, now, teams=4), seen=seen)
    with pytest.raises(StaleVersion) as stale:
        calls.change_call(session, actor, now, call.id, details(rubric, now, teams=9), seen=seen)
    assert (stale.value.theirs["teams"], call.teams) == (4, 4)


def test_saving_without_a_change_writes_nothing(session, world, now):
    actor = world.actor(world.person("Cora", Role.COORDINATOR))
    rubric = world.rubric()
    call = calls.create_call(session, actor, now, details(rubric, now, gate_days={"g1": 20}))
    version = call.version
    calls.change_call(session, actor, now, call.id, details(rubric, now, gate_days={"g1": 20}), seen=version)
    assert (call.version, kinds(session)) == (version, [EventKind.CALL_CREATED])


def test_a_coordinator_of_another_call_cannot_change_this_one(session, world, now):
    mine, other = world.call("Mine"), world.call("Other")
    actor = world.actor(world.person("Cora", (Role.COORDINATOR, None, mine)))
    rubric = world.rubric()
    calls.change_call(session, actor, now, mine.id, details(rubric, now), seen=mine.version)
    with pytest.raises(Forbidden):
        calls.change_call(session, actor, now, other.id, details(rubric, now), seen=other.version)
    with pytest.raises(Forbidden):
        calls.create_call(session, actor, now, details(rubric, now))


def test_an_open_call_is_not_archived(session, world, now):
    actor = world.actor(world.person("Cora", Role.COORDINATOR))
    call = world.call()
    with pytest.raises(DomainError, match="open"):
        calls.archive_call(session, actor, now, call.id)
    later = now + timedelta(days=60)
    calls.archive_call(session, actor, later, call.id)
    calls.archive_call(session, actor, later, call.id)
    assert session.get(Call, call.id).archived_at == later
    assert kinds(session) == [EventKind.CALL_CHANGED]


def test_the_standard_rubric_is_made_once_and_is_complete(session, world, now):
    actor = world.actor(world.person("Cora", Role.COORDINATOR))
    rubric = calls.default_rubric(session, actor, now)
    assert calls.default_rubric(session, actor, now).id == rubric.id
    criteria = session.scalars(
        sa.select(Criterion).where(Criterion.rubric_id == rubric.id).order_by(Criterion.position)
    ).all()
    assert [criterion.weight for criterion in criteria] == [20, 20, 15, 15, 10, 10, 10]
    sentences = [anchor for criterion in criteria for anchor in criterion.anchors]
    assert len(sentences) == len(set(sentences)) == 35
    assert rubric.published_at == now


def criterion(title="Clarity", weight=10, anchors=("a", "b", "c", "d", "e")):
    return CriterionSpec(title.casefold(), title, "", weight, anchors)


@pytest.mark.parametrize(
    "criteria",
    [
        [],
        [criterion(weight=0)],
        [criterion(weight=-5)],
        [criterion(weight=101)],
        [criterion(), criterion("clarity")],
        [criterion(anchors=("a", "b", " ", "d", "e"))],
        [criterion(" ")],
        [criterion(f"Number {n}") for n in range(21)],
    ],
)
def test_an_unsound_rubric_is_refused(session, world, now, criteria):
    actor = world.actor(world.person("Cora", Role.COORDINATOR))
    with pytest.raises(DomainError):
        rubrics.draft_rubric(session, actor, now, "Ours", criteria)
    assert kinds(session) == []


def test_a_published_rubric_stays_as_it_is(session, world, now):
    actor = world.actor(world.person("Cora", Role.COORDINATOR))
    rubric = rubrics.draft_rubric(session, actor, now, "Ours", [criterion(), criterion("Impact", 30)])
    mark = rubrics.fingerprint("Ours", [criterion(), criterion("Impact", 30)])
    rubrics.publish_rubric(session, actor, now, rubric.id)
    with pytest.raises(DomainError, match="published"):
        rubrics.change_rubric(session, actor, now, rubric.id, [criterion("Other")], seen=mark)
    following = rubrics.next_version(session, actor, now, rubric.id)
    assert (following.name, following.number, following.published_at) == ("Ours", 2, None)
    with pytest.raises(DomainError, match="still a draft"):
        rubrics.next_version(session, actor, now, rubric.id)


def test_two_people_drafting_one_rubric(session, world, now):
    actor = world.actor(world.person("Cora", Role.COORDINATOR))
    rubric = rubrics.draft_rubric(session, actor, now, "Ours", [criterion()])
    seen = rubrics.fingerprint("Ours", [criterion()])
    rubrics.change_rubric(session, actor, now, rubric.id, [criterion(weight=40)], seen=seen)
    with pytest.raises(StaleVersion):
        rubrics.change_rubric(session, actor, now, rubric.id, [criterion(weight=70)], seen=seen)
    assert session.scalars(sa.select(Criterion.weight).where(Criterion.rubric_id == rubric.id)).all() == [40]


def test_weights_are_shown_as_shares():
    assert shares([20, 20, 10]) == (0.4, 0.4, 0.2)
    assert shares([]) == ()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("5 p.m.", time(17)),
        ("5:30pm", time(17, 30)),
        ("17:05", time(17, 5)),
        ("12 am", time(0)),
        ("noon", time(12)),
    ],
)
def test_times_are_read_as_people_write_them(typed, read):
    assert parse_time(typed) == read


@pytest.mark.parametrize("typed", ["", "5", "25:00", "13 pm", "5:75", "٥:٠٠", "9" * 30])
def test_what_is_no_time_is_refused(typed):
    with pytest.raises(InputError):
        parse_time(typed)


def test_the_offices_time_becomes_a_moment():
    assert moment_of(date(2027, 1, 15), time(17), "America/Denver") == datetime(2027, 1, 16, 0, tzinfo=UTC)
    assert moment_of(date(2027, 7, 15), time(17), "America/Denver") == datetime(2027, 7, 15, 23, tzinfo=UTC)


def test_a_time_that_the_clock_change_skips_is_refused():
    with pytest.raises(InputError, match="forward"):
        moment_of(date(2027, 3, 14), time(2, 30), "America/Denver")
