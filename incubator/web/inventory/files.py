"""What an import gives back: its refused rows, its report, and every source row again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Response

from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.exports.tables import CSV_TYPE, JSON_TYPE, Table, to_csv
from incubator.extensions import db
from incubator.models.inventory import ImportState
from incubator.queries import inventory as query
from incubator.web.guards import allowed
from incubator.web.inventory.blueprint import BATCH, blueprint, find_batch


@blueprint.get(f"{BATCH}/refused.csv")
@allowed(Action.IMPORT)
def refused(batch_id: int) -> Any:
    """The rows that were not taken in, as they stood, with the reason before them."""
    batch = find_batch(batch_id)
    rows = [
        [one["row"], one["reason"], *(one["raw"].get(column, "") for column in batch.columns)]
        for one in batch.report.get("refused", [])
    ]
    table = Table("Refused rows", ["Row", "Reason", *batch.columns], rows)
    return download(b"".join(to_csv(table)), CSV_TYPE, f"import-{batch_id}-refused.csv")


@blueprint.get(f"{BATCH}/report.json")
@allowed(Action.IMPORT)
def report(batch_id: int) -> Any:
    batch = find_batch(batch_id)
    content = {
        "file": batch.file_name,
        "sha256": batch.sha256,
        "state": batch.state.value,
        "mapping": batch.mapping,
        **{key: value for key, value in batch.report.items() if key not in ("samples", "scores")},
    }
    body = json.dumps(content, ensure_ascii=False, indent=2).encode()
    return download(body, JSON_TYPE, f"import-{batch_id}-report.json")


@blueprint.get(f"{BATCH}/source.csv", endpoint="source_rows")
@allowed(Action.IMPORT)
def source(batch_id: int) -> Any:
    """Every row of the file with its own column names; only contact addresses are left out."""
    batch = find_batch(batch_id)
    if batch.state is not ImportState.APPLIED:
        raise NotFound
    rows: Iterator[list[str]] = query.source_cells(db.session(), batch_id)
    table = Table("Source", batch.report.get("original_columns") or batch.columns, rows)
    return download(b"".join(to_csv(table)), CSV_TYPE, f"import-{batch_id}-source.csv")


def download(body: bytes, media_type: str, name: str) -> Response:
    """A file for the reader's disk, never for the window."""
    response = Response(body, content_type=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
