"""Two people deciding at once, on real connections: one decides, the other learns of it."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import Base
from incubator.domain.errors import StaleVersion
from incubator.domain.gates import GateKey
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Outcome, Stage, Step
from incubator.extensions import db
from incubator.models.gates import Decision
from incubator.models.history import ChainHead, Event
from incubator.models.proposals import Proposal, StageSpell
from tests.conftest import NOW
from tests.databases import DATABASES, fresh_database, make_app
from tests.flows.deciders import decide
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


def test_one_wins_and_the_others_are_told(engine):
    with Session(engine) as session:
        world = World(session, NOW)
        proposal = world.proposal(step=Step.REVIEW)
        actors = [world.actor(world.person(f"Panel {place}", Role.GATEKEEPER)) for place in range(PEOPLE)]
        proposal_id, version = proposal.id, proposal.version
        session.commit()
    start, results = threading.Barrier(PEOPLE), {}

    def act(place: int) -> None:
        with Session(engine) as session:
            start.wait(10)
            try:
                decide(
                    session,
                    actors[place],
                    session.get_one(Proposal, proposal_id),
                    GateKey.G1,
                    Outcome.STOP,
                    NOW,
                    end_reason=EndReason.DEMAND,
                    reason=f"Reason {place}",
                    seen_version=version,
                )
                session.commit()
                results[place] = "decided"
            except StaleVersion as stale:
                session.rollback()
                results[place] = stale.theirs["reason"]

    threads = [threading.Thread(target=act, args=(place,)) for place in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with Session(engine) as session:
        decisions = session.scalars(sa.select(Decision)).all()
        assert len(decisions) == 1
        winner = int(decisions[0].reason.removeprefix("Reason "))
        assert results == {
            place: "decided" if place == winner else f"Reason {winner}" for place in range(PEOPLE)
        }
        assert session.get_one(Proposal, proposal_id).stage is Stage.CLOSED
        assert session.scalar(sa.select(sa.func.count()).select_from(StageSpell)) == 2
        assert session.scalar(sa.select(sa.func.count()).select_from(Event)) == 1
        assert session.scalars(sa.select(ChainHead.events)).one() == 1
