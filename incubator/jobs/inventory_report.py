"""What the command line says about an import."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from incubator.domain.errors import DomainError
from incubator.domain.stages import Stage
from incubator.domain.words import STAGES
from incubator.imports.problems import ImportProblem
from incubator.jobs.inventory import Imported, UnknownHeaders

_MOST_LINES = 20
_WIDTH = 100


@contextmanager
def importing_problems() -> Iterator[None]:
    """Turn what is wrong with a file into a message and exit code 1."""
    try:
        yield
    except (ImportProblem, DomainError) as problem:
        raise click.ClickException(str(problem)) from problem


def describe_import(done: Imported) -> str:
    """The report: what was read, what became of it, what was assumed."""
    report, counts = done.inventory.report, done.counts
    read = f"{report.kind}, {report.encoding}" if report.encoding else report.kind
    lines = [
        "",
        f"{report.file} ({read}), known as {report.profile}",
        f"  {report.rows_read:>7,} rows read",
        f"  {counts['created']:>7,} {'would be new' if done.dry_run else 'new'}",
        f"  {counts['updated']:>7,} {'would be updated' if done.dry_run else 'updated'}",
        f"  {counts['unchanged']:>7,} unchanged",
        f"  {counts['refused']:>7,} refused",
        "",
        "Stages",
    ]
    for stage, count in sorted(report.stages.items(), key=lambda item: -item[1]):
        lines.append(f"  {count:>7,} {STAGES[Stage(stage)].staff if stage else 'none that is known'}")
    if report.dropped:
        lines += ["", "Contact columns, never kept"]
        lines += [f"  {count:>7,} cells of {name[:_WIDTH]}" for name, count in report.dropped.items()]
    if report.warnings:
        lines += ["", "Assumed or noticed"]
        for kind, found in report.warnings.items():
            example = next((f", such as row {one.row}: {one.text}" for one in found.examples if one.row), "")
            lines.append(f"  {found.count:>7,} {kind}{example}"[:_WIDTH])
    if report.refused:
        lines += ["", "Refused"]
        lines += [f"  row {one.row}: {one.reason}" for one in report.refused[:_MOST_LINES]]
        if len(report.refused) > _MOST_LINES:
            lines.append(f"  and {len(report.refused) - _MOST_LINES:,} more")
    lines += ["", "Nothing was changed." if done.dry_run else "All of it is in."]
    return "\n".join(lines)


def describe_columns(unknown: UnknownHeaders, file: Path, written: Path | None) -> str:
    """The proposal for unknown columns, and how to confirm it."""
    mapping = unknown.mapping
    lines = ["", f"The columns of {file.name} are not known yet. This is what they seem to mean:", ""]
    lines += [f"  {name:<18} {', '.join(headers)}"[:_WIDTH] for name, headers in mapping.fields.items()]
    lines += [f"  {'date: ' + kind:<18} {header}"[:_WIDTH] for kind, header in mapping.dates.items()]
    lines += [f"  {'never kept':<18} {header}"[:_WIDTH] for header in mapping.dropped]
    used = mapping.used() | set(mapping.dropped)
    lines += [f"  {'(kept as it is)':<18} {one}"[:_WIDTH] for one in unknown.table.headers if one not in used]
    problems = mapping.problems(unknown.table.headers)
    if problems:
        lines += ["", *problems]
    lines += ["", "Nothing was changed. To go on:"]
    if written:
        lines += [f"  1. look over {written} and change what is wrong"]
    else:
        lines += [f"  1. incubator import inventory {file} --write-mapping columns.json, and look it over"]
    lines += [f"  2. incubator import inventory {file} --mapping {written or 'columns.json'}"]
    return "\n".join(lines)
