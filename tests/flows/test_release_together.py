"""Sixteen releases at once on real connections: one happens, and every mail is written once."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import Base
from incubator.domain.errors import StaleVersion
from incubator.domain.gates import GateKey
from incubator.domain.stages import Outcome, Step
from incubator.extensions import db
from incubator.flows import prepared as flow
from incubator.flows import release as release_flow
from incubator.models.gates import Decision
from incubator.models.jobs import Message
from incubator.models.proposals import Proposal
from incubator.models.releases import PreparedDecision, Release
from tests.conftest import NOW
from tests.databases import DATABASES, fresh_database, make_app
from tests.flows.releasing import BASE_URL, draft, found_panel
from tests.world import World

PRESSES = 16


@pytest.fixture(params=DATABASES)
def engine(request, tmp_path):
    with fresh_database(request.param, tmp_path) as url:
        app = make_app(url, tmp_path / "instance")
        with app.app_context():
            engine = db.engine
        Base.metadata.create_all(engine)
        yield engine
        engine.dispose()


def at_once(*acts) -> list:
    """Run them in threads that start together; what each returned or raised."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int) -> None:
        start.wait(20)
        try:
            results[place] = acts[place]()
        except Exception as fault:
            results[place] = fault

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


def arranged(engine):
    with Session(engine) as session:
        panel = found_panel(World(session, NOW))
        ids = [panel.signed("A").id, panel.signed("B", Outcome.STOP, place=1).id]
        chair, coordinator = panel.actor(panel.chair), panel.actor(panel.coordinator)
        seen, call_id = panel.seen(), panel.call.id
        version = flow.prepared_for(session, ids[0]).version
        session.commit()
    return call_id, ids, chair, coordinator, seen, version


def pressing(engine, call_id, chair, seen):
    def press() -> str:
        with Session(engine) as session:
            try:
                release_flow.release(
                    session,
                    chair,
                    call_id=call_id,
                    seen=seen,
                    without_unsigned=False,
                    base_url=BASE_URL,
                    now=NOW,
                )
                session.commit()
                return "released"
            except StaleVersion:
                session.rollback()
                return "somebody was first"

    return press


def test_sixteen_presses_release_once(engine):
    call_id, ids, chair, _coordinator, seen, _version = arranged(engine)
    results = at_once(*[pressing(engine, call_id, chair, seen)] * PRESSES)
    assert sorted(map(str, results)) == ["released"] + ["somebody was first"] * (PRESSES - 1)
    with Session(engine) as session:
        assert session.scalars(sa.select(Release.decisions)).all() == [2]
        decided = session.scalars(sa.select(Decision.proposal_id).where(Decision.gate == GateKey.G1))
        assert sorted(decided) == sorted(ids)
        assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == 4


def test_a_change_at_the_moment_of_the_release_comes_before_it_or_not_at_all(engine):
    call_id, ids, chair, coordinator, seen, version = arranged(engine)

    def change() -> str:
        with Session(engine) as session:
            try:
                flow.prepare(
                    session,
                    coordinator,
                    proposal_id=ids[0],
                    draft=draft(Outcome.STOP, reason="Changed."),
                    seen=version,
                    now=NOW,
                )
                session.commit()
                return "changed"
            except Exception as fault:
                session.rollback()
                return type(fault).__name__

    released, changed = at_once(pressing(engine, call_id, chair, seen), change)
    with Session(engine) as session:
        left = session.scalars(
            sa.select(PreparedDecision.reason).order_by(PreparedDecision.proposal_id)
        ).all()
        step = session.get_one(Proposal, ids[0]).step
    if changed == "changed":
        assert (released, left, step) == ("somebody was first", ["Changed.", "Clear need."], Step.REVIEW)
    else:
        assert (released, changed, left, step) == ("released", "Forbidden", [], Step.DESIGN)
