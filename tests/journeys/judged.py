"""What stands behind the scale decision, laid down straight in the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Flask

from incubator.extensions import db
from incubator.models.proposals import Proposal
from tests import evaluated
from tests.journeys.idea_path import Way
from tests.world import World


@contextmanager
def _laid_down(app: Flask, way: Way) -> Iterator[tuple[World, Proposal]]:
    with app.app_context():
        session = db.session()
        proposal = session.scalars(sa.select(Proposal).where(Proposal.number == way.number)).one()
        yield World(session, datetime.now(UTC)), proposal
        session.commit()


def it_is_judged_and_prepared(app: Flask, way: Way) -> None:
    """The criteria have their verdicts, and what scaling asks for is there."""
    with _laid_down(app, way) as (world, proposal):
        evaluated.judge_all(world, proposal)
        evaluated.prepare_scaling(world, proposal)
    morgan = way.people("morgan.field")
    morgan.page.reload()
    morgan.misses("Missing")
