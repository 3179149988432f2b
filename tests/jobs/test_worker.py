"""A real worker in a process of its own finishes what was uploaded, also after one that was killed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.config import Settings
from incubator.database import Base
from incubator.domain.roles import Role
from incubator.extensions import db
from incubator.flows import inventory as flow
from incubator.flows.inventory import ask_to_import, receive
from incubator.imports.limits import Limits
from incubator.jobs.beside import beside
from incubator.jobs.broker import broker_url
from incubator.jobs.ledger import Cancelled
from incubator.jobs.queue import queue_of
from incubator.jobs.worker import do_job, ledger_of
from incubator.jobs.workshop import Workshop
from incubator.models.history import Event
from incubator.models.inventory import ImportBatch, ImportState
from incubator.models.jobs import Job, JobState
from incubator.models.proposals import Proposal
from incubator.web.inventory.uploads import keep_table
from tests.databases import DATABASES, fresh_database, make_app
from tests.world import World

ROOT = Path(__file__).parents[2]
ROWS = 500


def until(condition: Callable[[], object], seconds: float = 45.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not come about in time"
        time.sleep(0.1)


@pytest.mark.parametrize("kind", DATABASES)
def test_a_worker_finishes_an_upload_although_another_was_killed(kind: str, tmp_path: Path) -> None:
    rows = "".join(f"Camera {number},Roads,R-{number},Nobody counts,Pilot\n" for number in range(ROWS))
    table = tmp_path / "roads.csv"
    table.write_text("title,agency_name,external_id,problem,stage\n" + rows, "utf-8")
    with fresh_database(kind, tmp_path) as url:
        app = make_app(url, tmp_path / "instance")
        now = datetime.now(UTC)
        with app.app_context():
            Base.metadata.create_all(db.engine)
            world = World(db.session(), now)
            actor = world.actor(world.person("Cora", Role.COORDINATOR))
            with table.open("rb") as stream:
                kept = keep_table(stream, app.config["SETTINGS"].uploads, Limits())
            batch = receive(
                db.session(), actor, now, file_name="roads.csv", sha256=kept.sha256, storage_key=kept.key
            )
            db.session.commit()
            batch_id, job_id = batch.id, batch.job_id
        environment = {
            **os.environ,
            "INCUBATOR_INSTANCE": str(tmp_path / "instance"),
            "INCUBATOR_DATABASE_URL": url,
            "INCUBATOR_SECRET_KEY": "s" * 48,
            "INCUBATOR_REDIS_URL": "",
            "REDIS_URL": "",
        }
        command = [sys.executable, "-m", "incubator.cli", "worker", "--with-parent"]

        def state(model: type, number: int) -> object:
            with app.app_context(), Session(db.engine) as session:
                return session.get_one(model, number).state

        # The message never left: the worker's sweep finds the job in the database.
        with beside(command, env=environment):
            until(lambda: state(ImportBatch, batch_id) is ImportState.PREVIEWED)
            until(lambda: state(Job, job_id) is JobState.FINISHED)
            with app.app_context():
                again = ask_to_import(db.session(), actor, now, batch_id)
                db.session.commit()
                apply_id = again.id

        with app.app_context(), Session(db.engine) as session, session.begin():
            # As a worker leaves it that was killed in the middle.
            job = session.get_one(Job, apply_id)
            job.state, job.attempts = JobState.RUNNING, 1
            job.heartbeat_at = now.replace(year=2000)
        killed = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, cwd=ROOT)
        time.sleep(0.8)
        killed.kill()
        killed.communicate()
        with app.app_context(), Session(db.engine) as session, session.begin():
            here = session.scalar(sa.select(sa.func.count()).select_from(Proposal))
            assert here in (0, ROWS), "all of it or nothing"
            job = session.get_one(Job, apply_id)
            if job.state is JobState.RUNNING:
                job.heartbeat_at = now.replace(year=2000)
        with beside(command, env=environment):
            until(lambda: state(Job, apply_id) is JobState.FINISHED)
        with app.app_context(), Session(db.engine) as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(Proposal)) == ROWS
            assert session.get_one(Job, apply_id).result["created"] == ROWS
            summary = session.scalars(
                sa.select(Event.details).where(Event.kind == "inventory_imported")
            ).one()
            assert json.loads(json.dumps(summary))["file"] == "roads.csv"
        with app.app_context():
            queue_of(app).close()
            db.session.remove()
            db.engine.dispose()


def test_applying_twice_and_cancelling_in_the_middle(app, world, session, now, monkeypatch) -> None:
    actor = world.actor(world.person("Cora", Role.COORDINATOR))
    rows = b"title,agency_name,problem,stage\nCamera,Roads,Nobody counts,Pilot\n"
    kept = keep_table(io.BytesIO(rows), app.config["SETTINGS"].uploads, Limits())
    batch = receive(session, actor, now, file_name="a.csv", sha256=kept.sha256, storage_key=kept.key)
    session.commit()
    workshop = Workshop(app, clock=lambda: now)
    ledger = ledger_of(workshop)
    assert do_job(workshop, ledger, batch.job_id, threading.Event()) == "finished"
    job = flow.ask_to_import(session, actor, now, batch.id)
    session.commit()

    real = flow.write_inventory

    def cancelled(*args: object) -> dict[str, int]:
        real(*args)
        raise Cancelled

    monkeypatch.setattr(flow, "write_inventory", cancelled)
    assert do_job(workshop, ledger, job.id, threading.Event()) == "cancelled"
    session.expire_all()
    assert session.scalar(sa.select(sa.func.count()).select_from(Proposal)) == 0
    monkeypatch.undo()

    again = flow.ask_to_import(session, actor, now, batch.id)
    session.commit()
    assert do_job(workshop, ledger, again.id, threading.Event()) == "finished"
    session.execute(sa.update(Job).where(Job.id == again.id).values(state=JobState.QUEUED, attempts=0))
    session.commit()
    assert do_job(workshop, ledger, again.id, threading.Event()) == "finished"
    session.expire_all()
    assert again.result["created"] == 1
    assert session.scalar(sa.select(sa.func.count()).select_from(Proposal)) == 1


@pytest.mark.parametrize(
    ("given", "broker"),
    [
        ({}, None),
        ({"database_url": "postgresql+psycopg://h/d"}, "postgresql+psycopg://h/d"),
        ({"database_url": "postgresql+psycopg://h/d", "redis_url": "redis://r"}, "redis://r"),
        ({"redis_url": "redis://r", "queue_url": "redis://q"}, "redis://q"),
    ],
)
def test_the_broker_follows_the_settings(given: dict[str, str], broker: str | None, tmp_path: Path) -> None:
    settings = Settings(instance=tmp_path, secret_key="s" * 48, **{"database_url": "sqlite://", **given})
    assert broker_url(settings) == broker
