"""The demonstration tells the same story whenever it is loaded: at any hour, on any day of any month."""

from __future__ import annotations

import os
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import Base
from incubator.demonstration.loader import load_demonstration
from incubator.domain.clock import office_day
from incubator.domain.events import EventKind
from incubator.extensions import db
from incubator.models.accounts import Person
from incubator.models.evaluation import CriterionVerdict, GuardrailAlert
from incubator.models.gates import Condition, Decision
from incubator.models.history import Event
from incubator.models.pilots import Metric, Milestone
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from incubator.queries.accounts import load_actor
from incubator.queries.home import work
from tests.databases import make_app

ZONE = ZoneInfo("America/Denver")
MOMENTS = {
    "the evening of a leap day": datetime(2028, 2, 29, 18, 30, tzinfo=ZONE),
    "half an hour into a year": datetime(2027, 1, 1, 0, 30, tzinfo=ZONE),
    "noon on the 15th": datetime(2026, 12, 15, 12, tzinfo=ZONE),
    "the last evening of a month": datetime(2027, 8, 31, 18, 30, tzinfo=ZONE),
    "the day clocks go forward": datetime(2027, 3, 14, 12, tzinfo=ZONE),
    "the day clocks go back": datetime(2026, 11, 1, 0, 30, tzinfo=ZONE),
    "the first of a month": datetime(2027, 6, 1, 12, tzinfo=ZONE),
    "the last day of a year": datetime(2027, 12, 31, 23, 30, tzinfo=ZONE),
}
SWEPT = list(MOMENTS) if os.environ.get("INCUBATOR_ALL_DAYS") else list(MOMENTS)[:1]
"""One moment beside today in every run; `make demonstration-days` loads it at all of them."""


@pytest.mark.slow
@pytest.mark.parametrize("named", SWEPT)
def test_the_story_is_the_same_on_any_day(demonstration: Any, tmp_path: Path, named: str) -> None:
    moment = MOMENTS[named]
    app = make_app(f"sqlite:///{tmp_path}/loaded.sqlite", tmp_path / "instance", demonstration=True)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        load_demonstration(app, moment)
        other = story(db.session(), moment)
        db.session.remove()
        db.engine.dispose()
    with demonstration.app_context():
        loaded = (
            db.session()
            .scalars(sa.select(Event.at).where(Event.kind == EventKind.DEMONSTRATION_LOADED))
            .one()
        )
        here = story(db.session(), loaded)
        db.session.remove()
    assert {name: (told, here[name]) for name, told in other.items() if told != here[name]} == {}


def story(session: Session, now: datetime) -> dict[str, Any]:
    """What people read on their first day: where records stand, verdicts, advice, what is overdue and whose."""
    today = office_day(now)
    late = {
        "decisions": sa.select(Proposal.title).where(Proposal.due_on < today),
        "milestones": sa.select(Milestone.title).where(
            Milestone.due_on < today, Milestone.reached_on.is_(None)
        ),
        "conditions": sa.select(Condition.text).where(
            Condition.due_on < today, Condition.closed_at.is_(None)
        ),
        "reviews": sa.select(Review.id).where(Review.due_on < today, Review.submitted_at.is_(None)),
    }
    told: dict[str, Any] = {
        f"{name} overdue": sorted(map(str, session.scalars(select))) for name, select in late.items()
    }
    told["records"] = sorted(
        map(str, session.execute(sa.select(Proposal.title, Proposal.stage, Proposal.step, Proposal.outcome)))
    )
    told["decisions"] = Counter(
        map(str, session.execute(sa.select(Decision.gate, Decision.outcome, Decision.advice)))
    )
    told["verdicts"] = sorted(
        map(
            str,
            session.execute(
                sa.select(Metric.name, CriterionVerdict.verdict).join(
                    Metric, Metric.id == CriterionVerdict.metric_id
                )
            ),
        )
    )
    told["alerts"] = sorted(
        map(
            str,
            session.execute(
                sa.select(Metric.name, GuardrailAlert.answered_at.is_(None)).join(
                    Metric, Metric.id == GuardrailAlert.metric_id
                )
            ),
        )
    )
    for person in session.scalars(sa.select(Person).order_by(Person.id)):
        actor = load_actor(session, person.id)
        if actor is not None:
            told[f"work of {person.name}"] = {
                group.kind.value: group.total for group in work(session, actor, now)
            }
    return told
