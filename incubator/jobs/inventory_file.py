"""Importing an inventory from the command line: one sheet of a file, in one transaction."""

from __future__ import annotations

import json
from collections.abc import Callable
from collections.abc import Mapping as MappingType
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from flask import Flask

from incubator.domain.roles import Actor, Grant, Role
from incubator.flows import inventory as flow
from incubator.flows.inventory_agencies import AgencyLine, Directory
from incubator.flows.jobs import CHARTS, request_job
from incubator.imports.date_order import DateColumn, date_columns
from incubator.imports.inventory import Inventory, read_inventory
from incubator.imports.limits import Limits
from incubator.imports.mapping import Mapping
from incubator.imports.problems import ImportProblem
from incubator.imports.profiles import Proposal
from incubator.imports.tables import Table, read_table
from incubator.jobs.agency_answers import answer_agencies
from incubator.jobs.inventory import (
    find_duplicates,
    kept_columns,
    preview,
    propose_columns,
    resolve_agencies,
    what_was_found,
)
from incubator.jobs.workshop import Workshop
from incubator.models.inventory import ImportBatch, ImportState

COMMAND_LINE = Actor(person_id=None, name="Command line", grants=(Grant(Role.ADMINISTRATOR),))

Told = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the command line says of a file. `agency_is` gives the code here for a name in the file.

    `day_first` and `month_first` are headers of date columns. With `new_agencies` those that are not known are made.
    """

    mapping: Mapping | None = None
    agency: str = ""
    agency_is: MappingType[str, str] = field(default_factory=dict)
    new_agencies: bool = False
    day_first: tuple[str, ...] = ()
    month_first: tuple[str, ...] = ()
    sheet: str | None = None
    header_row: int | None = None
    dry_run: bool = False


class Unsettled(Exception):
    """Something about the file has to be settled by a person first; `mapping` is the proposal."""

    def __init__(
        self, table: Table, proposal: Proposal, dates: list[DateColumn], agencies: list[AgencyLine]
    ) -> None:
        super().__init__(f"Something about “{table.name}” has to be settled first.")
        self.table, self.mapping, self.agency_from = table, proposal.mapping, proposal.agency_from
        self.dates, self.agencies = dates, agencies


@dataclass(frozen=True, slots=True)
class Imported:
    """What was done: the reader's report, the agencies of the rows and the counts (of a dry run foreseen)."""

    inventory: Inventory
    mapping: Mapping
    directory: Directory
    counts: dict[str, int]
    dry_run: bool


def read_mapping(path: Path) -> Mapping:
    """A mapping that a person has looked over. Raises ImportProblem when the file holds something else."""
    try:
        return replace(Mapping.from_json(path.read_text("utf-8")), confirmed=True)
    except (ValueError, OSError) as error:
        raise ImportProblem("%(file)s does not hold a mapping of columns.", file=path.name) from error


def propose_mapping(app: Flask, path: Path, answers: Answers) -> tuple[Table, Proposal]:
    """The table of a file and the meaning of its columns as far as it is known. Changes nothing."""
    workshop = Workshop(app)
    given = answers.mapping
    table = read_table(
        path,
        limits=Limits.of_megabytes(workshop.settings.import_megabytes),
        sheet=answers.sheet or (given.sheet if given else "") or None,
        header_row=answers.header_row or (given.header_row if given else None),
    )
    with workshop.reading() as session:
        proposal = propose_columns(session, table) if given is None else Proposal(given)
    mapping = proposal.mapping
    if answers.agency:
        mapping = replace(mapping, agency_name=answers.agency, agency_code="")
        known = mapping.profile != "proposed" and not mapping.problems(table.headers)
        mapping = replace(mapping, confirmed=mapping.confirmed or known)
    orders = {**mapping.date_orders, **dict.fromkeys(answers.day_first, "dmy")}
    mapping = replace(mapping, date_orders=orders | dict.fromkeys(answers.month_first, "mdy"))
    for header in (*answers.day_first, *answers.month_first):
        if header not in mapping.dates.values():
            raise ImportProblem("“%(name)s” is not a column of dates.", name=header)
    return table, replace(proposal, mapping=mapping)


def import_file(app: Flask, path: Path, answers: Answers, tell: Told) -> Imported:
    """Import a sheet in one transaction. `tell` is given a line for each step.

    Raises ImportProblem for a file that cannot be read and Unsettled when a person has to answer first.
    """
    workshop = Workshop(app)
    tell("Opening the file")
    table, proposal = propose_mapping(app, path, answers)
    undecided = [column for column in date_columns(table, proposal.mapping) if not column.order]
    mapping = proposal.mapping
    if not mapping.confirmed or mapping.problems(table.headers) or undecided:
        raise Unsettled(table, proposal, undecided, [])
    tell(f"Reading {len(table.rows):,} rows")
    inventory = read_inventory(table, mapping)
    tell("Comparing with the records")
    with workshop.reading() as session:
        _, directory = resolve_agencies(session, inventory, mapping.agencies)
        said, open_lines = answer_agencies(
            directory, mapping.agencies, answers.agency_is, new_agencies=answers.new_agencies
        )
        mapping = replace(mapping, agencies=said)
        inventory, directory = resolve_agencies(session, inventory, mapping.agencies)
        duplicates = (
            [] if answers.dry_run or open_lines else find_duplicates(session, inventory.rows, directory)
        )
    if open_lines and not answers.dry_run:
        raise Unsettled(table, replace(proposal, mapping=mapping), [], open_lines)
    if answers.dry_run:
        counts = preview(workshop, inventory, mapping)["preview"]
        return Imported(inventory, mapping, directory, counts, dry_run=True)

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
            report={**inventory.report.to_dict(), **what_was_found(table, Proposal(mapping))},
            uploaded_at=now,
        )
        session.add(batch)
        session.flush()
        counts = flow.apply_inventory(session, COMMAND_LINE, now, batch.id, inventory, duplicates, told)
        request_job(session, COMMAND_LINE, CHARTS, {}, now)
        if mapping.profile == "proposed":
            flow.remember_mapping(session, COMMAND_LINE, now, asdict(mapping.for_other_files()))
    return Imported(inventory, mapping, directory, counts, dry_run=False)
