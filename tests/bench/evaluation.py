"""`python -m tests.bench.evaluation`: a pilot's results with twelve criteria, and a program worked out anew.

"cold" is the first look with an empty cache of charts and no analysis kept, on the clock; "warm" the looks
after it; "program" works out every criterion of so many pilots as the worker does.

python -m tests.bench.evaluation --pilots 300 --criteria 5
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import incubator  # noqa: F401 - before NumPy, which it keeps to one thread

# isort: split
import numpy as np
from flask import Flask
from sqlalchemy.orm import Session

from incubator.database import Base
from incubator.domain.evaluation import Design, Measure
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.extensions import db
from incubator.jobs.evaluation import evaluate_where_behind
from incubator.jobs.workshop import Workshop
from incubator.models.pilots import Metric, Reading
from tests.browser import Browser
from tests.databases import fresh_database, make_app
from tests.world import World

HEAD = ("database", "what", "ms", "budget")
READINGS = 60
KINDS = (
    (Design.SERIES, Measure.VALUE),
    (Design.SERIES, Measure.RATE),
    (Design.BEFORE_AFTER, Measure.VALUE),
    (Design.BEFORE_AFTER, Measure.SHARE),
    (Design.BEFORE_AFTER, Measure.RATE),
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.evaluation", description=__doc__)
    parser.add_argument("--pilots", type=int, default=300)
    parser.add_argument("--criteria", type=int, default=5)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), nargs="*", default=["sqlite"])
    options = parser.parse_args()
    print(f"\nresults of pilots, {READINGS} readings a criterion")
    _line(*HEAD)
    for database in options.database:
        with tempfile.TemporaryDirectory() as folder, fresh_database(database, Path(folder)) as url:
            app = make_app(url, Path(folder) / "instance")
            with app.app_context():
                Base.metadata.create_all(db.engine)
            _page(app, database)
            _programme(app, database, options.pilots, options.criteria)
            with app.app_context():
                db.engine.dispose()


def _page(app: Flask, database: str) -> None:
    with app.app_context(), Session(db.engine) as session:
        world = World(session, datetime.now(UTC))
        person = world.person("Eva Evaluator", Role.EVALUATOR)
        number = _pilot(world, 12).number
        session.commit()
        email = person.email
    visitor = Browser(app.test_client())
    visitor.sign_in(email)
    cold = []
    for _ in range(3):
        shutil.rmtree(app.config["SETTINGS"].chart_cache, ignore_errors=True)
        cold.append(_timed(lambda: visitor.get(f"/pilots/{number}/results")))
    _line(database, "results of 12 criteria, cold", f"{min(cold):.0f}", "1500")
    evaluate_where_behind(Workshop(app))
    client = visitor.client
    warm = [_timed(lambda: client.get(f"/pilots/{number}/results")) for _ in range(30)]
    _line(database, "results of 12 criteria, warm", f"{sorted(warm)[len(warm) // 2]:.1f}", "30")


def _programme(app: Flask, database: str, pilots: int, criteria: int) -> None:
    with app.app_context(), Session(db.engine) as session:
        world = World(session, datetime.now(UTC))
        for _ in range(pilots):
            _pilot(world, criteria)
        session.commit()
    made = 0

    def work() -> None:
        nonlocal made
        made = evaluate_where_behind(Workshop(app))

    took = _timed(work)
    _line(database, f"{pilots} pilots, {made} criteria worked out", f"{took:.0f}", "60000")
    _line(database, "the same with nothing to do", f"{_timed(work):.0f}", "")


def _pilot(world: World, criteria: int):  # type: ignore[no-untyped-def]
    """A pilot a year after its launch, whose readings begin four years before."""
    random = np.random.default_rng(criteria)
    proposal = world.proposal("Bench", agency=world.agency(), step=Step.RUNNING)
    launched = date(2024, 1, 1)
    pilot = world.pilot(
        proposal,
        starts_on=launched,
        ends_on=date(2024, 12, 31),
        launched_at=datetime(2024, 1, 1, tzinfo=UTC),
    )
    for place in range(criteria):
        design, measure = KINDS[place % len(KINDS)]
        metric = world.add(
            Metric(
                pilot_id=pilot.id,
                name=f"Criterion {place}",
                unit="min" if measure is Measure.VALUE else "%",
                direction=Direction.DOWN,
                kind=CriterionKind.GUARDRAIL if place % 4 == 3 else CriterionKind.GOAL,
                cadence=Cadence.MONTHLY,
                design=design,
                measure=measure,
                per=100.0,
                baseline=20.0,
                target=15.0,
            )
        )
        for month in range(READINGS):
            day = date(2020, 1, 1) + timedelta(days=round(30.4375 * month))
            cases = 200.0
            count = float(random.binomial(200, 0.2 if day < launched else 0.14))
            value = count / cases * 100 if measure is not Measure.VALUE else float(random.normal(20, 3))
            world.session.add(
                Reading(
                    metric_id=metric.id,
                    taken_on=day,
                    value=value,
                    numerator=count if measure is not Measure.VALUE else None,
                    denominator=cases if measure is not Measure.VALUE else None,
                    recorded_at=world.now,
                )
            )
    world.session.flush()
    return proposal


def _timed(call) -> float:  # type: ignore[no-untyped-def]
    begun = time.perf_counter()
    call()
    return (time.perf_counter() - begun) * 1000


def _line(*cells: str) -> None:
    print("  ".join(f"{cell:<38}" if place == 1 else f"{cell:>10}" for place, cell in enumerate(cells)))


if __name__ == "__main__":
    main()
