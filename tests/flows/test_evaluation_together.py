"""Many people locking a plan at once, on real connections: one lock comes of it."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import Base
from incubator.domain.errors import DomainError, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.roles import Role
from incubator.extensions import db
from incubator.flows import evaluation_plan
from incubator.models.evaluation import EvaluationLock
from incubator.models.history import Event
from incubator.queries.evaluation_plan import lock_of
from tests.conftest import NOW
from tests.databases import DATABASES, fresh_database, make_app
from tests.flows.test_evaluation_plan import Scene
from tests.world import World

CLICKS = 16


@pytest.fixture(params=DATABASES)
def engine(request, tmp_path):
    with fresh_database(request.param, tmp_path) as url:
        app = make_app(url, tmp_path / "instance")
        with app.app_context():
            engine = db.engine
        Base.metadata.create_all(engine)
        yield engine
        engine.dispose()


def at_once(engine, act):
    """What each of sixteen threads came to."""
    start, results = threading.Barrier(CLICKS), []

    def run(place):
        with Session(engine) as session:
            start.wait(10)
            try:
                act(session, place)
                session.commit()
                results.append("done")
            except (StaleVersion, DomainError) as refused:
                session.rollback()
                results.append(type(refused).__name__)

    threads = [threading.Thread(target=run, args=(place,)) for place in range(CLICKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return Counter(results)


def test_sixteen_clicks_make_one_proposal_and_one_lock(engine):
    with Session(engine) as session:
        world = World(session, NOW)
        scene = Scene(session, world, NOW)
        scene.read_baseline()
        proposal_id, lead, seen = scene.proposal.id, scene.lead, scene.sha256
        gail = [world.actor(world.person(f"Gail {place}", Role.GATEKEEPER)) for place in range(CLICKS)]
        session.commit()

    def propose(session, _place):
        evaluation_plan.propose_lock(session, lead, proposal_id, seen_sha256=seen, now=NOW)

    assert at_once(engine, propose) == {"done": 1, "DomainError": CLICKS - 1}
    with Session(engine) as session:
        waiting = lock_of(session, proposal_id).waiting

    def confirm(session, place):
        evaluation_plan.confirm_lock(
            session, gail[place], proposal_id, waiting.id, seen_sha256=waiting.sha256, now=NOW
        )

    assert at_once(engine, confirm) == {"done": 1, "StaleVersion": CLICKS - 1}
    with Session(engine) as session:
        assert lock_of(session, proposal_id).is_locked
        assert session.scalar(sa.select(sa.func.count(EvaluationLock.id))) == 1
        locked = sa.select(sa.func.count(Event.id)).where(Event.kind == EventKind.PLAN_LOCKED)
        assert session.scalar(locked) == 1
