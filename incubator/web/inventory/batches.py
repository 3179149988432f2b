"""Imports of inventories: a file handed in, looked over, brought in or discarded."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.domain.stages import Precision, Stage
from incubator.extensions import db
from incubator.flows import inventory as flow
from incubator.forms.inventory import UploadForm
from incubator.imports.limits import Limits
from incubator.imports.mapping import Mapping
from incubator.imports.problems import ImportProblem
from incubator.models.inventory import ImportState, RowState
from incubator.models.proposals import DateKind
from incubator.queries import inventory as query
from incubator.web.formats import stated_day
from incubator.web.guards import allowed, on_record
from incubator.web.inventory.blueprint import BATCH, blueprint, find_batch, start_job
from incubator.web.inventory.uploads import keep_table, shown_name
from incubator.web.inventory.words import FIELD_WORDS, FOUND_WORDS, ORDER_WORDS, PROFILE_WORDS
from incubator.web.listing import read_listing
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction
from incubator.web.words import label


@blueprint.get("/imports")
@allowed(Action.IMPORT)
def index() -> Any:
    return _list(UploadForm())


def _list(form: UploadForm) -> str:
    flow.check_importer(current_actor())
    listing = read_listing((), default="")
    batches, listing.total = query.list_batches(db.session(), limit=listing.size, offset=listing.offset)
    return render_template(
        "pages/inventory/index.html",
        form=form,
        batches=batches,
        listing=listing,
        merges=query.open_suggestions(db.session()),
    )


@blueprint.post("/imports")
@allowed(Action.IMPORT)
def upload() -> Any:
    flow.check_importer(current_actor())
    form = UploadForm()
    if not form.validate_on_submit():
        return _list(form), 422
    settings = current_app.config["SETTINGS"]
    try:
        limits = Limits.of_megabytes(settings.import_megabytes)
        kept = keep_table(form.file.data.stream, settings.uploads, limits)
    except ImportProblem as problem:
        form.file.errors = [_(problem.template, **problem.values) if problem.values else _(problem.template)]
        return _list(form), 422
    try:
        with transaction() as session:
            batch = flow.receive(
                session,
                current_actor(),
                now(),
                file_name=shown_name(form.file.data.filename),
                sha256=kept.sha256,
                storage_key=kept.key,
            )
            job_id = batch.job_id
            target = leads_to(session, url_for("inventory.show", batch_id=batch.id))
    except BaseException:
        kept.path.unlink(missing_ok=True)
        raise
    return start_job(job_id, target)


@blueprint.get(BATCH)
@allowed(Action.IMPORT)
def show(batch_id: int) -> Any:
    batch = find_batch(batch_id)
    session = db.session()
    return render_template(
        "pages/inventory/show.html",
        batch=batch,
        report=batch.report,
        earlier=query.earlier_import(session, batch.sha256, batch.id),
        merges=query.open_suggestions(session, batch.id) if batch.state is ImportState.APPLIED else 0,
        states=ImportState,
        asks=_asks(batch),
        profile=_(PROFILE_WORDS.get(batch.profile, batch.profile)) if batch.profile else "",
        **_understood(batch.report),
    )


def _asks(batch: query.Batch) -> dict[str, Any]:
    """What a person has to say of a file before its rows can be read."""
    if batch.state is not ImportState.MAPPING:
        return {}
    mapping = Mapping.from_json(json.dumps(batch.mapping))
    dates = batch.report.get("date_columns", [])
    known = mapping.profile != "proposed" and not mapping.column_problems(batch.report["headers"])
    return {
        "columns": not known,
        "agency": not (mapping.headers_of("agency_name") or mapping.headers_of("agency_code")),
        "dates": [one["header"] for one in dates if not one["order"]],
    }


def _understood(report: dict[str, Any]) -> dict[str, Any]:
    """The report with its stages, dates and columns as words can be found for them."""
    lines = report.get("preview", {}).get("agency_lines", [])
    counts = sorted(report.get("stages", {}).items(), key=lambda one: -one[1])
    return {
        "stage_rows": [(Stage(stage) if stage else None, count) for stage, count in counts],
        "moves": [
            {**move, "before": Stage(move["before"]), "after": Stage(move["after"])}
            for move in report.get("preview", {}).get("moves", [])
        ],
        "sample_rows": [
            {
                **row,
                "stage": Stage(row["stage"]) if row["stage"] else None,
                "dates": [
                    {**one, "kind": DateKind(one["kind"]), "read_as": _read_as(one)} for one in row["dates"]
                ],
            }
            for row in report.get("sample_rows", [])
        ],
        "agency_lines": sorted(lines, key=lambda line: (line["settled"], -line["rows"])),
        "agencies_open": sum(not line["settled"] for line in lines),
        "found_words": FOUND_WORDS,
        "order_words": ORDER_WORDS,
        "mapped": [(_used_as(name), headers) for name, headers in report.get("mapped", {}).items()],
    }


def _read_as(one: dict[str, Any]) -> str:
    """The date as exactly as the file gives it; empty where none was read."""
    if not one["parsed"]:
        return ""
    return stated_day(date.fromisoformat(one["parsed"]), Precision(one.get("precision") or Precision.DAY))


def _used_as(name: str) -> str:
    kind = name.removeprefix("date: ")
    return _(FIELD_WORDS[name]) if kind == name else _("Date: %(kind)s", kind=label(DateKind(kind)))


@blueprint.get(f"{BATCH}/rows")
@allowed(Action.IMPORT)
def rows(batch_id: int) -> Any:
    batch = find_batch(batch_id)
    state = request.args.get("state", "")
    state = state if state in set(RowState) else ""
    listing = read_listing((), default="", filters={"state": state})
    lines, listing.total = query.list_rows(
        db.session(), batch_id, state=state, limit=listing.size, offset=listing.offset
    )
    return render_template(
        "pages/inventory/rows.html",
        batch=batch,
        rows=lines,
        listing=listing,
        state=state,
        state_choices=[(one.value, label(one)) for one in RowState],
    )


@blueprint.post(f"{BATCH}/import")
@allowed(Action.IMPORT)
def bring_in(batch_id: int) -> Any:
    with transaction() as session:
        job = flow.ask_to_import(session, current_actor(), now(), batch_id)
        job_id = job.id
        target = leads_to(session, url_for("inventory.show", batch_id=batch_id))
    return start_job(job_id, target)


@blueprint.post(f"{BATCH}/read")
@allowed(Action.IMPORT)
def read_again(batch_id: int) -> Any:
    with transaction() as session:
        job = flow.read_again(session, current_actor(), now(), batch_id)
        job_id = job.id
        target = leads_to(session, url_for("inventory.show", batch_id=batch_id))
    return start_job(job_id, target)


@blueprint.post(f"{BATCH}/discard")
@allowed(Action.IMPORT)
def discard(batch_id: int) -> Any:
    with transaction() as session:
        key = flow.discard(session, current_actor(), batch_id)
        target = leads_to(session, url_for("inventory.index"))
    if key:
        (current_app.config["SETTINGS"].uploads / key).unlink(missing_ok=True)
    return redirect(target, 303)


@blueprint.get("/pilots/<number>/source", endpoint="source")
@on_record(Action.VIEW)
def record_source(record: Any) -> Any:
    found = query.source_of(db.session(), record.id)
    if found is None:
        raise NotFound
    return render_record(
        "pages/inventory/source.html",
        record,
        source=found,
        filled=[(column, cell) for column, cell in found.cells if cell.strip()],
        blank=[column for column, cell in found.cells if not cell.strip()],
    )
