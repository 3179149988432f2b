"""The record's overview, and the pilot's plan, metrics, money, milestones, risks and reports."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from incubator.domain.access import Action
from incubator.queries.records import RecordHead
from incubator.web.guards import on_record
from incubator.web.record_pages import render_record

blueprint = Blueprint("pilots", __name__)


@blueprint.get("/pilots/<number>")
@on_record(Action.VIEW)
def show(record: RecordHead) -> Any:
    return render_record("pages/pilots/show.html", record)
