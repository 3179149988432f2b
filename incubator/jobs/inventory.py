"""Reading an inventory for a dry run, bringing it in, and the same from the command line.

The file is read and compared before the transaction begins, because SQLite has one writer: the write itself
then takes few seconds, and either all of it is there afterwards or nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from incubator.domain.errors import DomainError
from incubator.domain.stages import Stage
from incubator.flows import inventory as flow
from incubator.flows.inventory_agencies import AgencyLine, Directory, agency_lines
from incubator.flows.inventory_plan import known_keys, plan
from incubator.flows.inventory_records import meanings
from incubator.flows.inventory_stages import is_backward
from incubator.flows.jobs import CHARTS, request_job
from incubator.imports.agency_guess import guess_agency
from incubator.imports.date_order import date_columns, undecided_dates
from incubator.imports.identity import Known, identify_within, suggest_merges
from incubator.imports.inventory import Inventory, InventoryRow, read_inventory
from incubator.imports.limits import Limits
from incubator.imports.mapping import Mapping, fingerprint
from incubator.imports.problems import ImportProblem
from incubator.imports.profiles import Proposal, propose, unknown_stage_words
from incubator.imports.report import Duplicates
from incubator.imports.tables import Table, read_table
from incubator.imports.values import count_emails
from incubator.jobs.ledger import Run
from incubator.jobs.workshop import Workshop
from incubator.models.inventory import ImportState
from incubator.queries import inventory as query

STEPS = 4
_SAMPLES = 3
_SAMPLE_CHARACTERS = 120
_PREVIEWED_ROWS = 10

Told = Callable[[str], None]


def upload_path(workshop: Workshop, storage_key: str) -> Path:
    """Where an uploaded file lies. Raises DomainError for a key that is none of ours or a link."""
    path = workshop.settings.uploads / storage_key
    if not storage_key.isalnum() or path.is_symlink():
        raise DomainError("The file is gone. Upload it again.")
    return path


def read_upload(workshop: Workshop, run: Run) -> dict[str, Any]:
    """Work of kind `inventory_read`: a dry run. Changes nothing but the import's own row."""
    batch_id = int(run.payload["batch_id"])
    batch = _batch(workshop, batch_id)
    if batch.state is not ImportState.READING:
        return {"batch_id": batch_id}
    try:
        workshop.tell(run, 0, STEPS, "Opening the file")
        table = _open(workshop, batch)
        workshop.tell(run, 1, STEPS, f"Reading {len(table.rows):,} rows")
        proposal = _proposal(workshop, batch, table)
        settled = proposal.mapping.confirmed and not undecided_dates(table, proposal.mapping)
        inventory = read_inventory(table, proposal.mapping) if settled else None
        if inventory is not None:
            workshop.tell(run, 2, STEPS, "Comparing with the records")
            report = preview(workshop, inventory, proposal.mapping)
        else:
            report = {"rows_read": len(table.rows)}
    except (ImportProblem, DomainError) as problem:
        with workshop.writing() as session:
            flow.give_up(session, batch_id, str(problem))
        return {"batch_id": batch_id, "problem": str(problem)}
    with workshop.writing() as session:
        flow.keep_reading(
            session,
            batch_id,
            profile=proposal.mapping.profile,
            mapping=json.loads(proposal.mapping.to_json()),
            columns=kept_columns(table, proposal.mapping),
            report={**report, **what_was_found(table, proposal)},
            settled=inventory is not None,
        )
    return {"batch_id": batch_id}


def apply_upload(workshop: Workshop, run: Run) -> dict[str, Any]:
    """Work of kind `inventory_apply`. Run again after it was done, it changes nothing."""
    batch_id = int(run.payload["batch_id"])
    batch = _batch(workshop, batch_id)
    if batch.state is ImportState.APPLIED:
        return {"batch_id": batch_id, **batch.report["outcome"]}
    actor = workshop.actor_of(run.job_id)
    workshop.tell(run, 0, STEPS, "Opening the file")
    table = _open(workshop, batch)
    mapping = Mapping.from_json(json.dumps(batch.mapping))
    inventory = read_inventory(table, mapping)
    workshop.tell(run, 1, STEPS, "Looking for the same records")
    with workshop.reading() as session:
        inventory, directory = resolve_agencies(session, inventory, mapping.agencies)
        duplicates = find_duplicates(session, inventory.rows, directory)
    workshop.tell(run, 2, STEPS, f"Writing {len(inventory.rows):,} rows")
    inside = workshop.progress_inside

    def tell(message: str, done: int, total: int) -> None:
        if inside:
            run.progress(2, STEPS, f"{message} ({done:,} of {total:,})")

    with workshop.writing() as session:
        outcome = flow.apply_inventory(
            session, actor, workshop.clock(), batch_id, inventory, duplicates, tell
        )
        request_job(session, actor, CHARTS, {}, workshop.clock())
    upload_path(workshop, batch.storage_key).unlink(missing_ok=True)
    return {"batch_id": batch_id, **outcome}


def resolve_agencies(
    session: Session, inventory: Inventory, answers: dict[str, str]
) -> tuple[Inventory, Directory]:
    """The rows known by the agencies that are meant here, under whatever name the file has them."""
    directory = agency_lines(session, inventory.rows, answers)
    codes = [directory.line_of(row).code for row in inventory.rows]
    names = {code: directory.names_of(code) for code in set(codes)}
    known = [replace(row.known(), agency=code) for row, code in zip(inventory.rows, codes, strict=True)]
    identities = identify_within(known, [names[code] for code in codes])
    rows = tuple(
        replace(row, identity=identity) for row, identity in zip(inventory.rows, identities, strict=True)
    )
    return replace(inventory, rows=rows), directory


def find_duplicates(session: Session, rows: Sequence[InventoryRow], directory: Directory) -> list[Duplicates]:
    """Pairs that may be one, among the rows and with what is stored; rows known by their key are left out."""
    codes = [directory.line_of(row).code for row in rows]
    mine = query.records_of_keys(session, list(known_keys(session, rows).values()))
    found = [replace(row.known(), agency=code) for row, code in zip(rows, codes, strict=True)]
    stored = [
        Known(f"record {one.id}", one.agency_code, one.external_id, one.title, one.unit)
        for one in query.stored_records(session, set(codes))
        if one.id not in mine
    ]
    return suggest_merges(found, stored)


def kept_columns(table: Table, mapping: Mapping) -> list[str]:
    """The columns of a file that are kept, in order: all but those for contact addresses."""
    return [header for header in table.headers if header not in mapping.dropped]


def _batch(workshop: Workshop, batch_id: int) -> query.Batch:
    with workshop.reading() as session:
        batch = query.find_batch(session, batch_id)
    if batch is None:
        raise DomainError("This import is gone.")
    return batch


def _open(workshop: Workshop, batch: query.Batch) -> Table:
    chosen = batch.mapping
    table = read_table(
        upload_path(workshop, batch.storage_key),
        name=batch.file_name,
        limits=Limits.of_megabytes(workshop.settings.import_megabytes),
        sheet=chosen.get("sheet") or None,
        header_row=chosen.get("header_row"),
    )
    if table.sha256 != batch.sha256:
        raise DomainError("The file is no longer the one that was uploaded. Upload it again.")
    return table


def _proposal(workshop: Workshop, batch: query.Batch, table: Table) -> Proposal:
    given = Mapping.from_json(json.dumps(batch.mapping)) if batch.mapping else None
    if given is not None and given.confirmed:
        return Proposal(given)
    with workshop.reading() as session:
        proposal = propose_columns(session, table)
    if given is None:
        return proposal
    # A person chose the sheet or the row with the column names, and nothing else yet.
    chosen = replace(proposal.mapping, sheet=given.sheet, header_row=given.header_row)
    return replace(proposal, mapping=chosen)


def propose_columns(session: Session, table: Table) -> Proposal:
    """The meaning of the columns as remembered, known or guessed; with the agency where only a name shows it."""
    kept = query.remembered_mapping(session, fingerprint(table.headers))
    proposal = propose(table, Mapping.from_json(json.dumps(kept)) if kept else None)
    if proposal.mapping.names_agency():
        return proposal
    guess = guess_agency(table, query.agency_names(session))
    return replace(
        proposal, mapping=replace(proposal.mapping, agency_name=guess.name), agency_from=guess.place
    )


def what_was_found(table: Table, proposal: Proposal) -> dict[str, Any]:
    """What the mapping page shows of the file: its headers, a few cells of each, unknown stage words."""
    dropped = set(proposal.mapping.dropped)
    samples = {}
    for header in table.headers:
        filled = (row.cells[header].strip() for row in table.rows)
        distinct = dict.fromkeys(cell[:_SAMPLE_CHARACTERS] for cell in filled if cell)
        samples[header] = [] if header in dropped else list(distinct)[:_SAMPLES]
    originals = dict(zip(table.headers, table.original_headers, strict=True))
    return {
        "headers": list(table.headers),
        "original_columns": [originals[header] for header in kept_columns(table, proposal.mapping)],
        "samples": samples,
        "scores": {one.header: one.score for one in proposal.suggestions},
        "stage_words": {
            word: asdict(one) for word, one in unknown_stage_words(table, proposal.mapping).items()
        },
        "agency_from": proposal.agency_from,
        "date_columns": [asdict(one) for one in date_columns(table, proposal.mapping)],
        "sheet": table.sheet,
        "sheets": [asdict(one) for one in table.sheets],
        "header_row": table.header_row,
        # Contact addresses are shown nowhere, so cells that hold one are left out.
        "top_rows": [
            ["…" if count_emails(cell) else cell[:_SAMPLE_CHARACTERS] for cell in row]
            for row in table.top_rows
        ],
    }


def preview(workshop: Workshop, inventory: Inventory, mapping: Mapping) -> dict[str, Any]:
    with workshop.reading() as session:
        inventory, directory = resolve_agencies(session, inventory, mapping.agencies)
        planned = plan(session, inventory.rows, mapping.profile, meanings(asdict(mapping)))
        pairs = len(find_duplicates(session, inventory.rows, directory))
    counts = Counter(one.state.value for one in planned)
    moves = Counter(
        (one.standing.stage.value, one.new_stage.value) for one in planned if one.standing and one.new_stage
    )
    report = inventory.report.to_dict()
    # The pairs are found again, among the records of the day, when the rows are brought in.
    report.pop("duplicates")
    return {
        **report,
        "preview": {
            "created": counts["created"],
            "updated": counts["updated"],
            "unchanged": counts["unchanged"],
            "left": counts["left"],
            "refused": len(inventory.report.refused),
            "agencies": len({line.code for line in directory.lines.values()}),
            "agency_lines": [line_as_json(line, directory) for line in directory.lines.values()],
            "pairs": pairs,
            "moves": [
                {"before": before, "after": after, "count": count, "backward": _backward(before, after)}
                for (before, after), count in sorted(moves.items())
            ],
        },
        "sample_rows": [_sample(row) for row in inventory.rows[:_PREVIEWED_ROWS]],
    }


def line_as_json(line: AgencyLine, directory: Directory) -> dict[str, Any]:
    """One way in which the file names an agency, as the pages show it and ask about it."""
    return {
        **asdict(line),
        "settled": line not in directory.open_lines(),
        "new": line.code not in directory.names,
    }


def _backward(before: str, after: str) -> bool:
    return is_backward(Stage(before), Stage(after))


def _sample(row: InventoryRow) -> dict[str, Any]:
    return {
        "row": row.row,
        "agency": row.agency_name,
        "title": row.title[:200],
        "stage": row.stage,
        "stage_raw": row.stage_raw[:80],
        "dates": [
            {
                "kind": one.kind,
                "raw": one.raw[:80],
                "parsed": one.parsed.isoformat() if one.parsed else None,
                "precision": one.precision,
            }
            for one in row.dates
        ],
    }
