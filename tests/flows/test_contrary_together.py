"""Sixteen approvals at once, on real connections: one decision, and the others learn of it."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import Base
from incubator.domain.choices import Choice
from incubator.domain.errors import StaleVersion
from incubator.domain.evaluation import Verdict
from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome, Stage, Step
from incubator.extensions import db
from incubator.flows import contrary
from incubator.models.gates import ContraryDecision, Decision
from incubator.models.history import Event
from incubator.models.proposals import Proposal
from tests.conftest import NOW
from tests.databases import DATABASES, fresh_database, make_app
from tests.evaluated import judge_all, pilot_of, prepare_scaling
from tests.world import World

TIMES = 16


@pytest.fixture(params=DATABASES)
def engine(request, tmp_path):
    with fresh_database(request.param, tmp_path) as url:
        app = make_app(url, tmp_path / "instance")
        with app.app_context():
            engine = db.engine
        Base.metadata.create_all(engine)
        yield engine
        engine.dispose()


def test_one_is_carried_out(engine):
    with Session(engine) as session:
        world = World(session, NOW)
        proposal = world.proposal(step=Step.RUNNING, midpoint_passed=True)
        pilot_of(world, proposal).lesson = "So."
        judge_all(world, proposal, Verdict.NOT_MET)
        prepare_scaling(world, proposal)
        proposer = world.actor(world.person("Pat", Role.GATEKEEPER))
        approvers = [world.actor(world.person(f"Lea {place}", Role.LEADERSHIP)) for place in range(4)]
        row = contrary.propose(
            session, proposer, proposal_id=proposal.id,
            choice=Choice(GateKey.G4, Outcome.ADVANCE, "It helps."), against_advice="The counting was wrong.", seen_version=proposal.version,
            now=NOW, base_url="",
        )  # fmt: skip
        row_id, proposal_id = row.id, proposal.id
        session.commit()
    start, results = threading.Barrier(TIMES), {}

    def act(place: int) -> None:
        with Session(engine) as session:
            start.wait(20)
            try:
                contrary.approve(session, approvers[place % 4], contrary_id=row_id, now=NOW)
                session.commit()
                results[place] = "decided"
            except StaleVersion as error:
                session.rollback()
                results[place] = error.theirs.get("outcome", "")

    threads = [threading.Thread(target=act, args=(place,)) for place in range(TIMES)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(results.values()) == ["Advance"] * (TIMES - 1) + ["decided"]
    with Session(engine) as session:
        made = session.scalars(sa.select(Decision)).one()
        assert session.get_one(ContraryDecision, row_id).decision_id == made.id
        assert session.get_one(Proposal, proposal_id).stage is Stage.SCALE
        told = sa.select(sa.func.count()).select_from(Event).where(Event.kind == EventKind.GATE_DECIDED)
        assert session.scalar(told) == 1
