"""Verdicts laid down straight in the tables, for a way that does not wait for its horizon."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from flask import Flask

from incubator.extensions import db
from incubator.models.proposals import Proposal
from tests import evaluated
from tests.journeys.idea_path import Way
from tests.world import World


def it_is_judged(app: Flask, way: Way) -> None:
    """Every criterion is met."""
    with app.app_context():
        session = db.session()
        proposal = session.scalars(sa.select(Proposal).where(Proposal.number == way.number)).one()
        evaluated.judge_all(World(session, datetime.now(UTC)), proposal)
        session.commit()
