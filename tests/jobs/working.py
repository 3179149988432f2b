"""Doing in a test what a worker would do, on the test's own connection."""

from __future__ import annotations

import threading
from datetime import datetime

from flask import Flask

from incubator.jobs.worker import do_job, ledger_of
from incubator.jobs.workshop import Workshop


def work_off(app: Flask, now: datetime) -> list[str | None]:
    """Do every job that waits, in order; the states they ended in."""
    workshop = Workshop(app, clock=lambda: now)
    ledger = ledger_of(workshop)
    return [do_job(workshop, ledger, job_id, threading.Event()) for job_id in ledger.lost()]
