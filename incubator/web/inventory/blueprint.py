"""The area's blueprint, and what its views have in common."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect
from werkzeug.wrappers import Response

from incubator.domain.errors import NotFound
from incubator.extensions import db
from incubator.flows.inventory import check_importer
from incubator.jobs.queue import dispatch
from incubator.queries import inventory as query
from incubator.web.sessions import current_actor

blueprint = Blueprint("inventory", __name__)

BATCH = "/imports/<int:batch_id>"


def find_batch(batch_id: int) -> query.Batch:
    """The import, for somebody who may import; NotFound or Forbidden otherwise."""
    check_importer(current_actor())
    batch = query.find_batch(db.session(), batch_id)
    if batch is None:
        raise NotFound
    return batch


def start_job(job_id: int | None, target: str) -> Response:
    """After the commit: hand the job over and go to its page."""
    if job_id is not None:
        dispatch(current_app._get_current_object(), job_id)  # type: ignore[attr-defined]
    return redirect(target, 303)
