"""The queue of this application, and handing a job over to it."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING

from flask import Flask

from incubator.jobs.broker import broker_url

if TYPE_CHECKING:
    from incubator.jobs.engine import Engine

log = logging.getLogger(__name__)

_KEY = "incubator.queue"


def queue_of(app: Flask) -> Engine:
    """The application's queue; nothing is loaded or opened before its first use, so that the server starts fast."""
    from incubator.jobs.engine import make_engine

    engine: Engine | None = app.extensions.get(_KEY)
    if engine is None:
        settings = app.config["SETTINGS"]
        # Several installations may share one broker; the database is what tells them apart.
        mark = hashlib.sha256(settings.database_url.encode()).hexdigest()[:10]
        engine = make_engine(broker_url(settings), settings.queue_file, f"incubator_{mark}")
        app.extensions[_KEY] = engine
    return engine


def dispatch(app: Flask, job_id: int) -> None:
    """Hand a committed job to the workers.

    A broker that does not answer is no failure: the job waits in the database and the next sweep finds it.
    """
    try:
        queue_of(app).enqueue(job_id)
    except Exception:
        log.exception("job %s could not be handed to the queue; the next sweep will find it", job_id)
