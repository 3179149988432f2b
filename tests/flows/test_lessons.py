"""Close-outs and lessons taken up: what is kept, who may, and what nobody finds who may not see it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.roles import Role
from incubator.domain.scaling import CLOSE_OUT_PARTS
from incubator.domain.stages import Outcome, Stage, Step
from incubator.flows import lessons
from incubator.models.history import Event
from incubator.models.scaling import LessonUse
from incubator.queries import lessons as query

PARTS = {**dict.fromkeys(CLOSE_OUT_PARTS, ""), "worked": "The forms", "did_not_work": "The phones"}


@pytest.fixture
def scene(world):
    """A stopped pilot with a lesson in one agency, a new proposal in the same and one in another."""
    roads, parks = world.agency("DOT", "Roads"), world.agency("DPK", "Parks")
    ended = world.proposal(
        "Snowplow sensors on trucks",
        agency=roads,
        step=Step.CLOSED,
        resume_stage=Stage.PILOT,
        technology="iot",
    )
    cora = world.person("Cora", Role.COORDINATOR)
    lead = world.person("Lena", Role.PILOT_LEAD)
    world.pilot(ended, lead_id=lead.id, lesson="Salt ate the cables.")
    ranger = world.person("Rita", (Role.SUBMITTER, parks), agency=parks)
    driver = world.person("Dan", (Role.SUBMITTER, roads), agency=roads)
    return SimpleNamespace(
        ended=ended,
        near=world.proposal(
            "Snowplow sensors again", agency=roads, step=Step.SCREENING, authors=(driver,), technology="iot"
        ),
        far=world.proposal(
            "Snowplow sensors in parks",
            agency=parks,
            step=Step.SCREENING,
            authors=(ranger,),
            technology="iot",
        ),
        cora=world.actor(cora),
        lead=world.actor(lead),
        ranger=world.actor(ranger),
        driver=world.actor(driver),
    )


def kinds(session, proposal_id):
    rows = session.query(Event).filter_by(proposal_id=proposal_id).order_by(Event.id)
    return [row.kind for row in rows]


def test_a_close_out_keeps_its_parts_and_tags(session, scene, now):
    row = lessons.write_close_out(
        session, scene.lead, scene.ended.id, PARTS, ("vendor", "winter"), seen_version=0, now=now
    )
    shown = query.close_out_of(session, scene.ended.id)
    assert (shown.parts, shown.tags, shown.written_by) == (PARTS, ("vendor", "winter"), "Lena")
    row = lessons.write_close_out(
        session, scene.cora, scene.ended.id, PARTS, ("winter", "scope"), seen_version=row.version, now=now
    )
    assert query.close_out_of(session, scene.ended.id).tags == ("scope", "winter")
    lessons.write_close_out(
        session, scene.cora, scene.ended.id, PARTS, ("scope", "winter"), seen_version=row.version, now=now
    )
    assert kinds(session, scene.ended.id) == [EventKind.CLOSE_OUT_WRITTEN] * 2


def test_a_stale_an_empty_and_an_overtagged_close_out_are_refused(session, scene, now):
    lessons.write_close_out(session, scene.lead, scene.ended.id, PARTS, ("vendor",), seen_version=0, now=now)
    with pytest.raises(StaleVersion) as stale:
        lessons.write_close_out(session, scene.cora, scene.ended.id, PARTS, (), seen_version=0, now=now)
    assert (stale.value.theirs["worked"], stale.value.theirs["tags"]) == ("The forms", ["vendor"])
    version = query.close_out_of(session, scene.ended.id).version
    with pytest.raises(DomainError, match="at least one part"):
        lessons.write_close_out(
            session,
            scene.cora,
            scene.ended.id,
            dict.fromkeys(CLOSE_OUT_PARTS, ""),
            (),
            seen_version=version,
            now=now,
        )
    with pytest.raises(DomainError) as refused:
        many = tuple(f"tag {number}" for number in range(11))
        lessons.write_close_out(
            session, scene.cora, scene.ended.id, PARTS, many, seen_version=version, now=now
        )
    assert refused.value.field == "own_tags"


def test_it_waits_for_the_pilot_and_for_the_right_people(session, scene, now):
    with pytest.raises(Forbidden, match="once there is a pilot"):
        lessons.write_close_out(session, scene.cora, scene.near.id, PARTS, (), seen_version=0, now=now)
    with pytest.raises(Forbidden):
        lessons.write_close_out(session, scene.driver, scene.ended.id, PARTS, (), seen_version=0, now=now)
    with pytest.raises(NotFound):
        lessons.write_close_out(session, scene.ranger, scene.ended.id, PARTS, (), seen_version=0, now=now)


def test_a_lesson_used_shows_on_both_records(session, scene, now):
    lessons.use_lesson(session, scene.driver, scene.near.id, scene.ended.id, "Better cables", now=now)
    (use,) = query.uses_of(session, scene.driver, scene.near.id)
    assert (use.number, use.note, use.marked_by) == (scene.ended.number, "Better cables", "Dan")
    (back,) = query.used_by(session, scene.driver, scene.ended.id)
    assert back.number == scene.near.number
    lessons.use_lesson(session, scene.driver, scene.near.id, scene.ended.id, "Better cables", now=now)
    lessons.use_lesson(session, scene.driver, scene.near.id, scene.ended.id, "No cables", now=now)
    assert [row.note for row in query.uses_of(session, scene.driver, scene.near.id)] == ["No cables"]
    lessons.remove_use(session, scene.driver, scene.near.id, scene.ended.id, now=now)
    lessons.remove_use(session, scene.driver, scene.near.id, scene.ended.id, now=now)
    assert query.uses_of(session, scene.driver, scene.near.id) == []
    lessons.restore_use(session, scene.driver, scene.near.id, scene.ended.id, now=now)
    assert len(query.uses_of(session, scene.driver, scene.near.id)) == 1
    assert session.query(LessonUse).count() == 1
    assert kinds(session, scene.near.id) == [
        EventKind.LESSON_USED,
        EventKind.LESSON_USED,
        EventKind.LESSON_USE_REMOVED,
        EventKind.LESSON_USED,
    ]


def test_a_lesson_needs_a_note_a_lesson_and_another_record(session, scene, now):
    with pytest.raises(DomainError) as refused:
        lessons.use_lesson(session, scene.cora, scene.near.id, scene.ended.id, "", now=now)
    assert refused.value.field == "note"
    for source_id in (scene.far.id, scene.near.id, 10**9):
        with pytest.raises(NotFound):
            lessons.use_lesson(session, scene.cora, scene.near.id, source_id, "x", now=now)


def test_nobody_uses_or_finds_what_they_may_not_see(session, scene, now):
    with pytest.raises(NotFound):
        lessons.use_lesson(session, scene.ranger, scene.far.id, scene.ended.id, "x", now=now)
    assert query.lessons_like(session, scene.ranger, scene.far.id) == []
    assert query.count_lessons(session, scene.ranger, query.Filters()) == 0
    assert query.choices(session, scene.ranger) == query.Choices((), (), (), ())
    assert query.lessons_like(session, scene.ranger, scene.near.id) == []
    lessons.use_lesson(session, scene.cora, scene.far.id, scene.ended.id, "For parks", now=now)
    assert query.uses_of(session, scene.ranger, scene.far.id) == []
    assert query.used_by(session, scene.driver, scene.ended.id) == []
    told = session.query(Event).filter_by(kind=EventKind.LESSON_USED).one()
    assert told.details["source"] == scene.ended.number


def test_what_is_like_it_is_found_by_those_who_may_see_it(session, scene, world, now):
    for actor, record in ((scene.driver, scene.near), (scene.cora, scene.far), (scene.cora, scene.near)):
        (row,) = query.lessons_like(session, actor, record.id)
        assert (row.number, row.text) == (scene.ended.number, "Salt ate the cables.")
    assert query.lessons_like(session, scene.cora, scene.ended.id) == []
    plain = world.proposal("Letters by drone", step=Step.SCREENING)
    assert query.lessons_like(session, scene.cora, plain.id) == []
    found = query.similar_lessons(session, scene.driver, "snowplow sensors")
    assert [row.number for row in found] == [scene.ended.number]
    assert query.similar_lessons(session, scene.ranger, "snowplow sensors") == []
    assert query.similar_lessons(session, scene.cora, "") == []


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({}, 1),
        ({"q": "salt CABLES"}, 1),
        ({"q": "phones"}, 1),
        ({"q": "wint"}, 1),
        ({"q": "100%"}, 0),
        ({"q": "salt pepper"}, 0),
        ({"tag": "winter"}, 1),
        ({"tag": "win"}, 0),
        ({"technology": "iot"}, 1),
        ({"technology": "ai"}, 0),
        ({"agency": "DOT"}, 1),
        ({"agency": "DPK"}, 0),
        ({"outcome": Outcome.STOP}, 1),
        ({"outcome": Outcome.GOAL_MET}, 0),
        ({"stage": Stage.CLOSED}, 1),
        ({"stage": Stage.SCALE}, 0),
    ],
)
def test_the_list_is_narrowed_by_each_filter(session, scene, now, filters, count):
    lessons.write_close_out(
        session, scene.lead, scene.ended.id, PARTS, ("vendor", "winter"), seen_version=0, now=now
    )
    asked = query.Filters(**filters)
    assert query.count_lessons(session, scene.cora, asked) == count
    rows = query.list_lessons(session, scene.cora, asked, limit=20, offset=0)
    assert [(row.number, row.tags) for row in rows] == [(scene.ended.number, ("vendor", "winter"))] * count


def test_the_choices_are_those_of_the_lessons_seen(session, scene, now):
    lessons.write_close_out(session, scene.lead, scene.ended.id, PARTS, ("winter",), seen_version=0, now=now)
    assert query.choices(session, scene.driver) == query.Choices(
        ("winter",), ("iot",), (("DOT", "Roads"),), (Outcome.STOP,)
    )
