"""What the command line says about an import."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from incubator.domain.errors import DomainError
from incubator.domain.stages import Stage
from incubator.domain.words import STAGES
from incubator.flows.inventory_agencies import AgencyLine, Found
from incubator.imports.mapping import NO_AGENCY
from incubator.imports.problems import ImportProblem
from incubator.jobs.agency_answers import describe_agencies
from incubator.jobs.inventory_file import Imported, Unsettled

_MOST_LINES = 20
_WIDTH = 110
_MOST_AGENCIES = 60


@contextmanager
def importing_problems() -> Iterator[None]:
    """Turn what is wrong with a file into a message and exit code 1."""
    try:
        yield
    except (ImportProblem, DomainError) as problem:
        raise click.ClickException(str(problem)) from problem


def describe_import(done: Imported) -> str:
    """The report: what was read, whose it is, what became of it, what was assumed."""
    report, counts = done.inventory.report, done.counts
    read = f"{report.kind}, {report.encoding}" if report.encoding else report.kind
    read += f", sheet “{report.sheet}”" if report.sheet else ""
    lines = [
        "",
        f"{report.file} ({read}), known as {report.profile}",
        f"  {report.rows_read:>7,} rows read",
        f"  {counts['created']:>7,} {'would be new' if done.dry_run else 'new'}",
        f"  {counts['updated']:>7,} {'would be updated' if done.dry_run else 'updated'}",
        f"  {counts['unchanged']:>7,} unchanged",
    ]
    if counts["left"]:
        lines.append(
            f"  {counts['left']:>7,} changed in the file, but the record is worked on here or was merged"
        )
    lines += [f"  {counts['refused']:>7,} refused", "", "Agencies"]
    shown = sorted(done.directory.lines.values(), key=lambda line: -line.rows)
    lines += [f"  {line.rows:>7,} {_agency(line, done)}"[:_WIDTH] for line in shown[:_MOST_AGENCIES]]
    if len(shown) > _MOST_AGENCIES:
        lines.append(f"  and {len(shown) - _MOST_AGENCIES:,} more")
    lines += ["", "Stages"]
    for stage, count in sorted(report.stages.items(), key=lambda item: -item[1]):
        lines.append(f"  {count:>7,} {STAGES[Stage(stage)].staff if stage else 'none that is known'}")
    if report.dropped:
        lines += ["", "Contact columns, never kept"]
        lines += [f"  {count:>7,} cells of {name[:_WIDTH]}" for name, count in report.dropped.items()]
    if report.date_columns:
        lines += ["", "Dates in figures"]
        lines += [
            f"  {ORDER_WORDS[str(one['order'])]} in {one['header']}"[:_WIDTH] for one in report.date_columns
        ]
    if report.warnings:
        lines += ["", "Assumed or noticed"]
        for kind, found in report.warnings.items():
            example = next((f", such as row {one.row}: {one.text}" for one in found.examples if one.row), "")
            if not example and found.examples and found.examples[0].text:
                example = f": {found.examples[0].text}"
            lines.append(f"  {found.count:>7,} {kind}{example}"[:_WIDTH])
    if report.refused:
        lines += ["", "Refused"]
        lines += [f"  row {one.row}: {one.reason}" for one in report.refused[:_MOST_LINES]]
        if len(report.refused) > _MOST_LINES:
            lines.append(f"  and {len(report.refused) - _MOST_LINES:,} more")
    return "\n".join([*lines, "", _ending(done)])


def _ending(done: Imported) -> str:
    if done.dry_run:
        return "Nothing was changed."
    report, left = done.inventory.report, done.counts["left"]
    if not report.refused and not left:
        return "All rows are in."
    outside = [_counted(len(report.refused), "refused")] if report.refused else []
    outside += [_counted(left, "without effect")] if left else []
    inside = report.rows_read - len(report.refused) - left
    return f"{inside:,} of {report.rows_read:,} rows are in; {' and '.join(outside)}."


def _counted(count: int, what: str) -> str:
    return f"{count:,} {'was' if count == 1 else 'were'} {what}"


def _agency(line: AgencyLine, done: Imported) -> str:
    given = " · ".join(text for text in (line.given_code, line.given_name) if text)
    here = f"{line.code} {line.name}"
    if line.code not in done.directory.names:
        return f"{given}: {'would be created' if done.dry_run else 'created'} as {here}"
    return here if line.found in (Found.CODE, Found.NAME) else f"{given}: {here}"


ORDER_WORDS = {"mdy": "month, day, year", "dmy": "day, month, year"}


def describe_unsettled(found: Unsettled, file: Path, written: Path | None) -> str:
    """What has to be settled, and commands that do so."""
    mapping, table = found.mapping, found.table
    problems = mapping.problems(table.headers)
    columns_known = mapping.profile != "proposed" or mapping.confirmed
    command = f"incubator import inventory {shlex.quote(str(file))}"
    if found.agencies:
        if mapping.agency_name:
            command += f" --agency {shlex.quote(mapping.agency_name)}"
        return describe_agencies(found.agencies, command)
    lines = [""]
    if not columns_known:
        lines += [f"The columns of {file.name} are not known yet. This is what they seem to mean:", ""]
        lines += _columns(found)
        lines += ["", *(one for one in problems if one != NO_AGENCY)]
    if NO_AGENCY in problems or (mapping.agency_name and not mapping.confirmed):
        agency = mapping.agency_name
        places = {"title": "the rows above the table", "sheet": "the sheet's name", "file": "the file's name"}
        lines.append(f"No column of {file.name} names the agency. Say which agency the whole file is from.")
        if agency:
            lines.append(f"It may be “{agency}”, because of {places.get(found.agency_from, 'the file')}.")
        command += f" --agency {shlex.quote(agency or 'CODE OR NAME')}"
    for one in found.dates:
        lines += [
            "",
            f"In the column “{one.header}” nothing decides whether the month or the day comes first, "
            f"such as in {one.example}.",
        ]
        command += f" --month-first {shlex.quote(one.header)}"
    if found.dates:
        lines.append("Write --day-first instead of --month-first where the day comes first.")
    lines += ["", "Nothing was changed. To go on:"]
    if not columns_known:
        shown = written or Path("columns.json")
        step = f"{command} --write-mapping {shown}, and look it over"
        lines.append(f"  1. look over {written} and change what is wrong" if written else f"  1. {step}")
        lines.append(f"  2. {command} --mapping {shown}")
    else:
        lines.append(f"  {command}")
    return "\n".join(lines)


def _columns(found: Unsettled) -> list[str]:
    mapping = found.mapping
    lines = [f"  {name:<18} {', '.join(headers)}"[:_WIDTH] for name, headers in mapping.fields.items()]
    lines += [f"  {'date: ' + kind:<18} {header}"[:_WIDTH] for kind, header in mapping.dates.items()]
    lines += [f"  {'never kept':<18} {header}"[:_WIDTH] for header in mapping.dropped]
    used = mapping.used() | set(mapping.dropped)
    return lines + [
        f"  {'(kept as it is)':<18} {one}"[:_WIDTH] for one in found.table.headers if one not in used
    ]
