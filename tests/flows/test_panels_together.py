"""Several people in one meeting at the same moment, on real connections: every entry stays."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import Base
from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.panels import NoteAudience, Vote
from incubator.domain.roles import Role
from incubator.extensions import db
from incubator.flows import deliberation, panels
from incubator.flows.conflicts import declare_conflict
from incubator.flows.panels import MeetingPlan
from incubator.models.history import ChainHead, Event
from incubator.models.panels import PanelMeeting, PanelNote, PanelSummary, PanelVote
from incubator.models.proposals import Proposal
from incubator.queries.panels import find_item, find_meeting
from tests.conftest import NOW
from tests.databases import DATABASES, fresh_database, make_app
from tests.panel_scene import PanelScene
from tests.world import World

PEOPLE = 4


@pytest.fixture(params=DATABASES)
def engine(request, tmp_path):
    with fresh_database(request.param, tmp_path) as url:
        app = make_app(url, tmp_path / "instance")
        with app.app_context():
            engine = db.engine
        Base.metadata.create_all(engine)
        yield engine
        engine.dispose()


class Arranged:
    """What the threads need of the scene, as plain values."""

    def __init__(self, engine, *, opened: bool = True) -> None:
        with Session(engine) as session:
            scene = PanelScene(World(session, NOW))
            people = [scene.world.person(f"Panel {place}", Role.GATEKEEPER) for place in range(PEOPLE)]
            if opened:
                scene.meeting()
            self.actors = [scene.world.actor(person) for person in people]
            self.chair = scene.world.actor(scene.chair)
            self.call_id, self.proposal_id, self.number = scene.call.id, scene.near.id, scene.near.number
            session.commit()


@pytest.fixture
def arranged(engine):
    return Arranged(engine)


def together(engine, acts):
    """Run the acts at once, each in a transaction of its own; what each ended with, in their order."""
    start, ended = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place):
        with Session(engine) as session:
            start.wait(20)
            try:
                acts[place](session)
                session.commit()
                ended[place] = "done"
            except (DomainError, NotFound) as refused:
                session.rollback()
                ended[place] = refused

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return ended


def note(arranged, place):
    return lambda session: deliberation.write_note(
        session,
        arranged.actors[place],
        proposal_id=arranged.proposal_id,
        audience=NoteAudience.PANEL,
        text=f"Note {place}",
        now=NOW,
    )


def vote(arranged, place, choice=Vote.YES):
    return lambda session: deliberation.vote(
        session, arranged.actors[place], proposal_id=arranged.proposal_id, choice=choice, now=NOW
    )


def test_notes_added_at_the_same_moment_all_stay(engine, arranged):
    acts = [note(arranged, place) for place in range(PEOPLE)]
    assert together(engine, acts) == ["done"] * PEOPLE
    with Session(engine) as session:
        texts = session.scalars(sa.select(PanelNote.text).order_by(PanelNote.text)).all()
        assert texts == [f"Note {place}" for place in range(PEOPLE)]
        assert session.scalar(sa.select(sa.func.count()).select_from(Event)) == PEOPLE
        assert session.scalars(sa.select(ChainHead.events)).one() == PEOPLE


def test_votes_and_notes_given_at_once_all_count(engine, arranged):
    acts = [vote(arranged, place) for place in range(PEOPLE)]
    acts += [note(arranged, place) for place in range(PEOPLE)]
    assert together(engine, acts) == ["done"] * len(acts)
    with Session(engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PanelVote)) == PEOPLE
        assert session.scalar(sa.select(sa.func.count()).select_from(PanelNote)) == PEOPLE


def test_one_person_in_two_windows_has_one_vote(engine, arranged):
    acts = [vote(arranged, 0, choice) for choice in (Vote.YES, Vote.NO, Vote.ABSTAIN)]
    assert together(engine, acts) == ["done"] * 3
    with Session(engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PanelVote)) == 1


def test_of_several_first_summaries_one_is_saved_and_the_others_get_its_text(engine, arranged):
    def write(place):
        return lambda session: deliberation.write_summary(
            session,
            arranged.actors[place],
            proposal_id=arranged.proposal_id,
            text=f"Summary {place}",
            recommendation=None,
            seen=0,
            now=NOW,
        )

    ended = together(engine, [write(place) for place in range(PEOPLE)])
    with Session(engine) as session:
        saved = session.scalars(sa.select(PanelSummary)).one()
        winner = int(saved.text.removeprefix("Summary "))
    assert ended[winner] == "done"
    others = [one for place, one in enumerate(ended) if place != winner]
    assert all(isinstance(one, StaleVersion) for one in others)
    assert [one.theirs["summary"] for one in others] == [f"Summary {winner}"] * (PEOPLE - 1)


def test_of_two_who_set_the_first_meeting_one_is_told(engine):
    arranged = Arranged(engine, opened=False)

    def plan(place):
        return lambda session: panels.set_meeting(
            session,
            arranged.chair,
            call_id=arranged.call_id,
            plan=MeetingPlan(None, f"Room {place}"),
            seen=0,
            now=NOW,
        )

    ended = together(engine, [plan(0), plan(1)])
    with Session(engine) as session:
        place = int(session.scalars(sa.select(PanelMeeting.place)).one().removeprefix("Room "))
    assert ended[place] == "done"
    assert isinstance(ended[1 - place], StaleVersion)
    assert ended[1 - place].theirs["place"] == f"Room {place}"


def test_a_vote_and_the_close_of_the_meeting_come_one_after_the_other(engine, arranged):
    def close(session):
        panels.close_meeting(session, arranged.chair, call_id=arranged.call_id, now=NOW)

    ended = together(engine, [close, *(vote(arranged, place) for place in range(PEOPLE))])
    assert ended[0] == "done"
    refused = [one for one in ended[1:] if one != "done"]
    assert all("closed" in str(one) for one in refused)
    with Session(engine) as session:
        kinds = list(session.scalars(sa.select(Event.kind).order_by(Event.id)))
        votes = session.scalar(sa.select(sa.func.count()).select_from(PanelVote))
        assert votes == PEOPLE - len(refused)
        # No vote was taken after the meeting was closed.
        assert kinds.index("panel_closed") == votes == len(kinds) - 1


def test_a_conflict_declared_while_its_person_votes_leaves_no_vote_in_the_count(engine, arranged):
    actor = arranged.actors[0]

    def declare(session):
        declare_conflict(
            session,
            actor,
            proposal_id=arranged.proposal_id,
            person_id=actor.person_id,
            kind=ConflictKind.CONTRACT,
            reason="",
            now=NOW,
        )

    ended = together(engine, [declare, vote(arranged, 0), vote(arranged, 1, Vote.NO)])
    assert (ended[0], ended[2]) == ("done", "done")
    assert ended[1] == "done" or isinstance(ended[1], NotFound)
    with Session(engine) as session:
        meeting = find_meeting(session, arranged.call_id)
        other = arranged.actors[1]
        row = find_item(session, other, arranged.call_id, meeting, arranged.number)
        assert row is not None
        assert (row.tally.yes, row.tally.no, row.voted) == (0, 1, 1)
        assert session.get_one(Proposal, arranged.proposal_id).number == arranged.number
