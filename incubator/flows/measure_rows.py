"""The rows of a file of measures as they stood, beside the records they became."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from datetime import datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.roles import Actor
from incubator.models.inventory import ImportBatch, ImportedRow, ImportState, RowState

if TYPE_CHECKING:
    from incubator.imports.measures import Measures


def keep_rows(
    session: Session,
    actor: Actor,
    now: datetime,
    measures: Measures,
    records: Mapping[str, int],
    created: Set[str],
    *,
    agencies: int,
) -> None:
    """Every row of the file with every cell, for the record's page "Source" and the list of imports."""
    report = measures.report
    states = {key: RowState.CREATED if key in created else RowState.UNCHANGED for key in records}
    counts = Counter(states[row.program] if row.program else RowState.REFUSED for row in measures.rows)
    batch = ImportBatch(
        file_name=report.file,
        sha256=report.sha256,
        profile="measures",
        state=ImportState.APPLIED,
        columns=list(measures.columns),
        report={
            "rows_read": report.rows,
            "kind": "delimited",
            "encoding": "",
            "sheet": "",
            "header_row": 1,
            "preamble": [],
            "blank_rows": [],
            "dropped": {},
            "unmapped": [],
            "warnings": {},
            "refused": [
                {
                    "row": row.number,
                    "reason": row.reason,
                    "raw": dict(zip(measures.columns, row.cells, strict=True)),
                }
                for row in measures.rows
                if row.reason
            ],
            "outcome": {
                **{state.value: counts[state] for state in RowState},
                "agencies": agencies,
                "suggestions": 0,
                "backward": 0,
            },
        },
        uploaded_by_id=actor.person_id,
        uploaded_at=now,
        applied_at=now,
    )
    session.add(batch)
    session.flush()
    rows = [
        {
            "batch_id": batch.id,
            "row_number": row.number,
            "proposal_id": records.get(row.program),
            "state": RowState.REFUSED if row.reason else states[row.program],
            "reason": row.reason,
            "notes": [row.kind.value] if row.kind else [],
            "cells": list(row.cells),
        }
        for row in measures.rows
    ]
    session.execute(sa.insert(ImportedRow), rows)
