"""Bringing in published performance measures from the command line: read, report, keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from incubator.flows.inventory_agencies import agency_lines
from incubator.flows.jobs import CHARTS, request_job
from incubator.flows.measures import MeasuresImported, departments, import_measures
from incubator.imports.measures import MeasureReport, Measures, read_measures
from incubator.jobs.agency_answers import UnsettledAgencies, answer_agencies
from incubator.jobs.inventory_file import COMMAND_LINE
from incubator.jobs.workshop import Workshop

_MOST_LINES = 12
_WIDTH = 110


class _Undone(Exception):
    """Ends the transaction of a dry run without a trace."""


@dataclass(frozen=True)
class ImportedMeasures:
    measures: Measures
    done: MeasuresImported
    dry_run: bool


def import_measures_file(
    app: Flask,
    path: Path,
    *,
    dry_run: bool,
    source_url: str = "",
    agency_is: Mapping[str, str] | None = None,
    new_agencies: bool = False,
) -> ImportedMeasures:
    """Read a file and bring its measures in, all of them or none. Raises `ImportProblem` for one that cannot be
    used and `UnsettledAgencies` where it names agencies that nobody here knows. A dry run does the same and takes
    it back."""
    measures = read_measures(path)
    workshop = Workshop(app)
    with workshop.reading() as session:
        answers, left = answer_agencies(
            agency_lines(session, departments(measures)), {}, agency_is or {}, new_agencies=new_agencies
        )
    if left:
        raise UnsettledAgencies(left)
    done = MeasuresImported()
    try:
        with workshop.writing() as session:
            now = workshop.clock()
            done = import_measures(
                session, COMMAND_LINE, now, measures, source_url=source_url, answers=answers
            )
            if dry_run:
                raise _Undone
            if done.changes:
                request_job(session, COMMAND_LINE, CHARTS, {}, now)
    except _Undone:
        pass
    return ImportedMeasures(measures, done, dry_run)


def describe_measures(imported: ImportedMeasures) -> str:
    """The report: where every row went, what was written, what was guessed, and what to look at."""
    report, done = imported.measures.report, imported.done
    lines = ["", report.file, f"  {report.rows:>7,} rows read, editions: {', '.join(report.editions)}"]
    lines += [f"  {number:>7,} {kind.value}" for kind, number in report.read.most_common()]
    lines.append(f"  {len(report.refused):>7,} refused")
    lines += ["", "Would be written" if imported.dry_run else "Written"]
    for number, words in (
        (done.agencies, "new agencies"),
        (done.records, "new records, one for each program"),
        (done.metrics, "new measures"),
        (done.readings, "values, dated June 30 of their fiscal year"),
        (done.targets, "targets, one for each year and edition"),
        (done.corrected, "values corrected, with what stood kept"),
        (done.targets_changed, "targets changed"),
        (done.kept, "values left as a person recorded them, though the file differs"),
        (done.ahead, "values of a year that is not over, left out"),
    ):
        if number or words.startswith(("new", "values, dated")):
            lines.append(f"  {number:>7,} {words}")
    lines += ["", "Guessed or noticed", *_noticed(report)]
    lines += _some("Not understood, or not available; kept as written", report.unclear)
    lines += _some("Read with a remark, millions or a unit of their own", report.own_units)
    lines += _differences(report)
    if report.refused:
        lines += ["", "Refused"]
        lines += [f"  row {row}: {reason}"[:_WIDTH] for row, reason in report.refused[:_MOST_LINES]]
        if len(report.refused) > _MOST_LINES:
            lines.append(f"  and {len(report.refused) - _MOST_LINES:,} more")
    nothing = imported.dry_run or not done.changes
    lines += ["", "Nothing was changed." if nothing else "All of it is in."]
    return "\n".join(lines)


def _noticed(report: MeasureReport) -> Iterator[str]:
    yield f"  {report.guessed:>7,} measures whose better direction was guessed from their words"
    yield f"  {report.without_direction:>7,} whose words do not say; they are context and judge nothing"
    yield f"  {report.repeated:>7,} rows that say a thing again for the same edition; the later row counts"
    for sentence in report.noticed[:_MOST_LINES]:
        yield f"          {sentence}"[:_WIDTH]


def _some(title: str, rows: Sequence[tuple[int, str, str]]) -> Iterator[str]:
    if rows:
        yield from ("", title)
        yield from (
            f"  row {row}: “{written}” ({measure})"[:_WIDTH] for row, measure, written in rows[:_MOST_LINES]
        )
    if len(rows) > _MOST_LINES:
        yield f"  and {len(rows) - _MOST_LINES:,} more"


def _differences(report: MeasureReport) -> Iterator[str]:
    found = report.differences
    if found:
        actuals = sum(not one.is_target for one in found)
        yield from (
            "",
            f"Editions disagree on {actuals:,} values and {len(found) - actuals:,} targets; the latest edition counts",
        )
        for one in found[:_MOST_LINES]:
            others = ", ".join(f"“{written}” in {edition}" for edition, written in one.others)
            what = "target" if one.is_target else "value"
            yield f"  {one.period} {what} “{one.stands}”, {others} ({one.measure})"[:_WIDTH]
        if len(found) > _MOST_LINES:
            yield f"  and {len(found) - _MOST_LINES:,} more"
