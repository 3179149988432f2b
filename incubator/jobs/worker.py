"""The worker: takes jobs from the queue, does them by their kind, and what recurs."""

from __future__ import annotations

import logging
import threading
from typing import Any

import sqlalchemy as sa
from flask import Flask

from incubator.charts.cache import Cache
from incubator.charts.rendering import load
from incubator.domain.clock import office_zone
from incubator.extensions import db
from incubator.flows.assignment import WORK_OUT
from incubator.flows.dossiers import SEAL
from incubator.flows.inventory import APPLY, READ
from incubator.flows.jobs import CHARTS, EVALUATE, REVEAL
from incubator.jobs import exports
from incubator.jobs.assignment import work_out
from incubator.jobs.dossiers import seal_dossier, seal_what_waits, try_failed_again
from incubator.jobs.evaluation import evaluate_one, evaluate_where_behind
from incubator.jobs.inventory import apply_upload, read_upload
from incubator.jobs.ledger import BEATS, Ledger, Run
from incubator.jobs.mail import send_waiting
from incubator.jobs.queue import queue_of
from incubator.jobs.ranking import analyse_scores, ask_where_behind
from incubator.jobs.reminders import write_reminders
from incubator.jobs.revealing import reveal_due_reviews, reveal_one
from incubator.jobs.upkeep import tidy_up
from incubator.jobs.workshop import Work, Workshop
from incubator.models.jobs import Job
from incubator.queries.jobs import ANALYSE

log = logging.getLogger(__name__)

MAIL = "mail"
WORKER_PATIENCE_MS = 30_000


def _send_mail(workshop: Workshop, _run: Run) -> dict[str, Any]:
    return {"sent": send_waiting(workshop)}


def draw_charts(workshop: Workshop) -> int:
    """Draw the portfolio's charts into the cache; how many. What is there already is not drawn again.

    matplotlib's list of fonts and our cut ones take seconds when they are made for the first time.
    """
    load(Cache(workshop.settings.chart_cache).fonts)
    drawn: int = workshop.app.extensions["incubator.charts_ahead"](workshop.app, workshop.clock())
    return drawn


def _draw_charts(workshop: Workshop, _run: Run) -> dict[str, Any]:
    return {"drawn": draw_charts(workshop)}


KINDS: dict[str, Work] = {
    READ: read_upload,
    APPLY: apply_upload,
    WORK_OUT: work_out,
    MAIL: _send_mail,
    exports.KIND: exports.export_records,
    CHARTS: _draw_charts,
    ANALYSE: analyse_scores,
    SEAL: seal_dossier,
    EVALUATE: evaluate_one,
    REVEAL: reveal_one,
}


def ledger_of(workshop: Workshop) -> Ledger:
    """The job table as the worker writes it."""
    table = Job.__table__
    assert isinstance(table, sa.Table)
    return Ledger(table, workshop.writing, workshop.clock, beats=workshop.settings.instance / BEATS)


def do_job(workshop: Workshop, ledger: Ledger, job_id: int, stop: threading.Event) -> str | None:
    """Do one job, if it is there to be done; the state it ended in."""

    def work(run: Run) -> dict[str, Any]:
        known = KINDS.get(run.kind)
        if known is None:
            raise LookupError(f"there is no work of the kind “{run.kind}”")
        with office_zone(workshop.settings.time_zone):
            return known(workshop, run)

    return ledger.run(job_id, work, stop)


def run_worker(app: Flask, stop: threading.Event, workers: int = 1) -> None:
    """Work until `stop` is set; jobs under way are waited for, or put back where they notice it."""
    workshop = Workshop(app)
    _wait_longer_for_the_writer(app)
    ledger, queue = ledger_of(workshop), queue_of(app)

    def waiting_mail() -> None:
        send_waiting(workshop)

    def reminders() -> None:
        write_reminders(workshop)

    def reveals() -> None:
        reveal_due_reviews(workshop)

    def dossiers() -> None:
        seal_what_waits(workshop)

    def upkeep() -> None:
        log.info("upkeep: %s", tidy_up(workshop))

    def charts() -> None:
        draw_charts(workshop)

    def scores() -> None:
        ask_where_behind(workshop)

    def evaluations() -> None:
        evaluate_where_behind(workshop)

    def all_evaluations() -> None:
        evaluate_where_behind(workshop, everything=True)

    queue.every(1, waiting_mail)
    queue.every(5, scores)
    queue.every(5, evaluations)
    queue.every(24 * 60, all_evaluations)
    queue.every(5, dossiers)
    queue.every(60, charts)
    queue.every(30, reminders)
    queue.every(10, reveals)
    queue.every(60, upkeep)

    def handle(job_id: int) -> None:
        do_job(workshop, ledger, job_id, stop)

    try_failed_again(workshop)
    queue.run_worker(handle, stop, workers=workers, recover=ledger.lost)


def _wait_longer_for_the_writer(app: Flask) -> None:
    """A page must answer soon; a job may wait until another one has written its thousands of rows."""
    with app.app_context():
        engine = db.engine
    if engine.dialect.name != "sqlite":
        return

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA busy_timeout={WORKER_PATIENCE_MS}")

    engine.dispose()
