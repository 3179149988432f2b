"""Every record a person may see, written to a file in pages, so that no transaction stays open for long."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from incubator.domain.clock import current_office_zone, office_day
from incubator.domain.errors import DomainError
from incubator.domain.pilot_summary import RESULTS
from incubator.domain.words import ORIGINS, OUTCOMES, STAGES, STEPS
from incubator.exports.tables import Cell, Money, Table, to_csv, to_xlsx
from incubator.jobs.ledger import Run
from incubator.jobs.upkeep import exports_folder
from incubator.jobs.workshop import Workshop
from incubator.queries.full_export import count_records, page_of_records
from incubator.queries.pilot_summary import PilotSummary, summaries_of

KIND = "export_portfolio"
OF_THE_OFFICE = ("Stage since", "Submitted")
"""Columns whose days are those of moments, and so depend on a zone, which their headers name."""
HEADER = (
    "Number",
    "Title",
    "Agency code",
    "Agency",
    "Unit",
    "Call",
    "Stage",
    "Step",
    "Outcome",
    "Result",
    "Guardrails past their limit",
    "Open conditions",
    "Stage since",
    "Decision due",
    "Submitted",
    "Asked for",
    "Planned",
    "Spent",
    "Origin",
    "Summary",
)
_PAGE = 1_000


def export_records(workshop: Workshop, run: Run) -> dict[str, Any]:
    """Work of kind `export_portfolio`. `format` is "csv" or "xlsx"; the result names the file."""
    form = run.payload.get("format", "csv")
    if form not in ("csv", "xlsx"):
        raise DomainError("Choose CSV or Excel.")
    actor = workshop.actor_of(run.job_id)
    with workshop.reading() as session:
        total = count_records(session, actor)

    def rows() -> Iterator[list[Cell]]:
        last, done = 0, 0
        while True:
            run.progress(done, total + 1, f"{done:,} of {total:,} records")
            with workshop.reading() as session:
                page = page_of_records(session, actor, after=last, limit=_PAGE)
                found = summaries_of(session, [row.id for row in page], office_day(workshop.clock()))
            if not page:
                return
            last, done = page[-1].id, done + len(page)
            yield from (_cells(row, found[row.id]) for row in page)

    zone = current_office_zone()
    header = [f"{title} ({zone})" if title in OF_THE_OFFICE else title for title in HEADER]
    table = Table("Records", header, rows())
    folder = exports_folder(workshop)
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{secrets.token_hex(16)}.{form}"
    unfinished = folder / f"{name}.part"
    try:
        with unfinished.open("wb") as file:
            for piece in to_csv(table) if form == "csv" else (to_xlsx(table),):
                file.write(piece)
        unfinished.replace(folder / name)
    finally:
        unfinished.unlink(missing_ok=True)
    return {"file": name, "records": total}


def _cells(row: Any, summary: PilotSummary) -> list[Cell]:
    return [
        row.number,
        row.title,
        row.agency_code,
        row.agency_name,
        row.unit,
        row.call,
        STAGES[row.stage].staff,
        STEPS[row.step].staff,
        OUTCOMES[row.outcome].staff if row.outcome else None,
        RESULTS[summary.result].staff if summary.is_pilot else None,
        " ".join(one.sentence().in_english() for one in summary.breaches) or None,
        len(summary.conditions),
        office_day(row.stage_entered_at) if row.stage_entered_at else None,
        row.due_on,
        office_day(row.submitted_at) if row.submitted_at else None,
        Money(row.requested_cents) if row.requested_cents is not None else None,
        Money(row.planned_cents),
        Money(row.spent_cents),
        ORIGINS[row.origin].staff,
        row.summary,
    ]
