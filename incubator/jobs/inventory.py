"""Reading an inventory for a dry run, bringing it in, and the same from the command line.

The file is read and compared before the transaction begins, because SQLite has one writer: the write itself
then takes few seconds, and either all of it is there afterwards or nothing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from incubator.domain.errors import DomainError
from incubator.domain.roles import Actor, Grant, Role
from incubator.domain.stages import Stage
from incubator.flows import inventory as flow
from incubator.flows.inventory_agencies import agency_codes
from incubator.flows.inventory_plan import plan
from incubator.flows.inventory_stages import is_backward
from incubator.flows.jobs import CHARTS, request_job
from incubator.imports.identity import Known, suggest_merges
from incubator.imports.inventory import Inventory, InventoryRow, read_inventory
from incubator.imports.mapping import Mapping, fingerprint
from incubator.imports.problems import ImportProblem
from incubator.imports.profiles import Proposal, propose, unknown_stage_words
from incubator.imports.report import Duplicates
from incubator.imports.tables import Table, read_table
from incubator.jobs.ledger import Run
from incubator.jobs.workshop import Workshop
from incubator.models.inventory import ImportBatch, ImportState
from incubator.queries import inventory as query

COMMAND_LINE = Actor(person_id=None, name="Command line", grants=(Grant(Role.ADMINISTRATOR),))
STEPS = 4
_SAMPLES = 3
_SAMPLE_CHARACTERS = 120
_PREVIEWED_ROWS = 10

Told = Callable[[str], None]


class UnknownHeaders(Exception):
    """The columns of a file have to be settled by a person first; `mapping` is the proposal."""

    def __init__(self, table: Table, mapping: Mapping) -> None:
        super().__init__(f"The columns of “{table.name}” are not known yet.")
        self.table = table
        self.mapping = mapping


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
        inventory = read_inventory(table, proposal.mapping) if proposal.mapping.confirmed else None
        if inventory is not None:
            workshop.tell(run, 2, STEPS, "Comparing with the records")
            report = _preview(workshop, table, inventory, proposal.mapping)
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
            report={**report, **_columns(table, proposal)},
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
    inventory = read_inventory(table, Mapping.from_json(json.dumps(batch.mapping)))
    workshop.tell(run, 1, STEPS, "Looking for the same records")
    with workshop.reading() as session:
        duplicates = find_duplicates(session, inventory.rows)
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


def find_duplicates(session: Session, rows: Sequence[InventoryRow]) -> list[Duplicates]:
    """Pairs that may be one, among the rows and with what is stored; rows known by their key are left out."""
    codes, _ = agency_codes(session, rows)
    known = query.rows_known(session, [row.identity.key for row in rows])
    mine = set(known.values())
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
    table = read_table(upload_path(workshop, batch.storage_key), name=batch.file_name)
    if table.sha256 != batch.sha256:
        raise DomainError("The file is no longer the one that was uploaded. Upload it again.")
    return table


def _proposal(workshop: Workshop, batch: query.Batch, table: Table) -> Proposal:
    with workshop.reading() as session:
        kept = query.remembered_mapping(session, fingerprint(table.headers))
    remembered = Mapping.from_json(json.dumps(kept)) if kept else None
    if batch.mapping:
        mapping = Mapping.from_json(json.dumps(batch.mapping))
        if mapping.confirmed:
            return Proposal(mapping)
    return propose(table, remembered)


def _columns(table: Table, proposal: Proposal) -> dict[str, Any]:
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
        "stage_words": unknown_stage_words(table, proposal.mapping),
    }


def _preview(workshop: Workshop, table: Table, inventory: Inventory, mapping: Mapping) -> dict[str, Any]:
    with workshop.reading() as session:
        planned = plan(session, inventory.rows, mapping.profile)
        codes, new = agency_codes(session, inventory.rows)
        pairs = len(find_duplicates(session, inventory.rows))
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
            "refused": len(inventory.report.refused),
            "agencies": len(set(codes)),
            "new_agencies": [[one.code, one.name] for one in new],
            "pairs": pairs,
            "moves": [
                {"before": before, "after": after, "count": count, "backward": _backward(before, after)}
                for (before, after), count in sorted(moves.items())
            ],
        },
        "sample_rows": [_sample(row) for row in inventory.rows[:_PREVIEWED_ROWS]],
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
            {"kind": one.kind, "raw": one.raw[:80], "parsed": one.parsed.isoformat() if one.parsed else None}
            for one in row.dates
        ],
    }


def read_mapping(path: Path) -> Mapping:
    """A mapping that a person has looked over. Raises ImportProblem when the file holds something else."""
    try:
        return replace(Mapping.from_json(path.read_text("utf-8")), confirmed=True)
    except (ValueError, OSError) as error:
        raise ImportProblem("%(file)s does not hold a mapping of columns.", file=path.name) from error


@dataclass(frozen=True, slots=True)
class Imported:
    """What the command line did: the reader's report and the counts (those of a dry run are foreseen)."""

    inventory: Inventory
    mapping: Mapping
    counts: dict[str, int]
    dry_run: bool


def import_file(app: Flask, path: Path, *, dry_run: bool, mapping: Mapping | None, tell: Told) -> Imported:
    """Import a file in one transaction. `tell` is given a line for each step.

    Raises ImportProblem for a file that cannot be read and UnknownHeaders when its columns are not settled.
    """
    workshop = Workshop(app)
    tell("Opening the file")
    table = read_table(path)
    if mapping is None:
        with workshop.reading() as session:
            kept = query.remembered_mapping(session, fingerprint(table.headers))
        mapping = propose(table, Mapping.from_json(json.dumps(kept)) if kept else None).mapping
    if not mapping.confirmed:
        raise UnknownHeaders(table, mapping)
    tell(f"Reading {len(table.rows):,} rows")
    inventory = read_inventory(table, mapping)
    tell("Comparing with the records")
    if dry_run:
        counts = _preview(workshop, table, inventory, mapping)["preview"]
        return Imported(inventory, mapping, counts, dry_run=True)
    with workshop.reading() as session:
        duplicates = find_duplicates(session, inventory.rows)

    def told(message: str, done: int, total: int) -> None:
        tell(f"{message}: {done:,} of {total:,}")

    now = workshop.clock()
    with workshop.writing() as session:
        batch = ImportBatch(
            file_name=table.name,
            sha256=table.sha256,
            profile=mapping.profile,
            state=ImportState.APPLYING,
            mapping=json.loads(mapping.to_json()),
            columns=kept_columns(table, mapping),
            report={**inventory.report.to_dict(), **_columns(table, Proposal(mapping))},
            uploaded_at=now,
        )
        session.add(batch)
        session.flush()
        counts = flow.apply_inventory(session, COMMAND_LINE, now, batch.id, inventory, duplicates, told)
        request_job(session, COMMAND_LINE, CHARTS, {}, now)
        if mapping.profile == "proposed":
            flow.remember_mapping(session, COMMAND_LINE, now, batch.mapping)
    return Imported(inventory, mapping, counts, dry_run=False)
