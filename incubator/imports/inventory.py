"""A table and the meaning of its columns to validated inventory rows and a report on every row."""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from itertools import pairwise

from incubator.imports.date_order import Order, date_columns
from incubator.imports.dates import Precision, ReadDate, read_date
from incubator.imports.identity import Identity, Known, identify, suggest_merges
from incubator.imports.mapping import DATE_KINDS, Mapping
from incubator.imports.problems import ImportProblem
from incubator.imports.report import Report
from incubator.imports.tables import Row, Table
from incubator.imports.values import (
    count_emails,
    is_missing,
    present,
    read_stage,
    split_id,
    tidy,
    tidy_paragraphs,
)
from incubator.imports.words import full_technology, full_topic

_TITLE_FROM_PROBLEM = 80
_ORDERED_KINDS = {kind: place for place, kind in enumerate(DATE_KINDS)}


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """One use case, project or pilot from elsewhere.

    Text fields are tidied and "" when missing. `stage` is one of this application's stages, None when `stage_raw`
    is blank or unknown. `extra` holds the answered columns that are mapped to nothing, tidied; `source` every
    cell as it stood, apart from dropped contact columns. `row` is the spreadsheet row.
    """

    row: int
    identity: Identity
    external_id: str
    agency_name: str
    agency_code: str
    unit: str
    title: str
    problem: str
    expected_outcome: str
    technology: str
    topic: str
    stage: str | None
    stage_raw: str
    dates: tuple[ReadDate, ...]
    vendor: str
    high_impact: str
    extra: dict[str, str]
    source: dict[str, str]

    def digest(self) -> str:
        """A fingerprint of the source cells: equal when a later import brings nothing new for this row."""
        cells = json.dumps(self.source, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(cells.encode("utf-8", "surrogatepass")).hexdigest()

    def known(self) -> Known:
        """The row as `identity` compares it."""
        days = (f"{date.kind} {date.parsed or date.raw}" for date in self.dates)
        # What other formats of the same file agree on comes first; the digest only parts what is left.
        parts = (self.unit, self.problem, self.expected_outcome, *days, *self.extra.values(), self.digest())
        agency = self.agency_code or self.agency_name
        return Known(f"row {self.row}", agency, self.external_id, self.title, self.unit, "\n".join(parts))


@dataclass(frozen=True, slots=True)
class Inventory:
    """The rows ready to be taken in, and what became of all the others."""

    rows: tuple[InventoryRow, ...]
    report: Report


class _Refusal(Exception):
    """Why one row is not taken in."""


_NO_IDENTITY = Identity("", "", weak=True, shared=False)


def read_inventory(table: Table, mapping: Mapping) -> Inventory:
    """Every row of the table, either ready or refused with its reason.

    Refused is only what cannot be told apart or assigned: a row without agency, or without title, id and
    description. Raises `ImportProblem` when the mapping does not fit the table.
    """
    problems = mapping.problems(table.headers)
    if problems:
        raise ImportProblem("The columns are not settled: %(problems)s", problems=" ".join(problems))
    report = _begin(table, mapping)
    for column in report.date_columns:
        if not column["order"]:
            raise ImportProblem(
                "Say whether the month or the day comes first in the column “%(column)s”.",
                column=column["header"],
            )
    orders = {str(one["header"]): Order(str(one["order"])) for one in report.date_columns}
    rows = []
    for row in table.rows:
        report.rows_read += 1
        try:
            rows.append(_read_row(row, mapping, orders, report))
        except _Refusal as refusal:
            report.refuse(row.number, str(refusal), _source(row, mapping))
    known = [row.known() for row in rows]
    ready = tuple(
        replace(row, identity=identity) for row, identity in zip(rows, identify(known), strict=True)
    )
    _count(ready, report)
    report.duplicates = suggest_merges(known)
    return Inventory(ready, report)


def _begin(table: Table, mapping: Mapping) -> Report:
    used, dropped = mapping.used(), set(mapping.dropped)
    report = Report(
        file=table.name,
        sha256=table.sha256,
        kind=table.kind,
        encoding=table.encoding,
        sheet=table.sheet,
        profile=mapping.profile,
        header_row=table.header_row,
        mapped={name: list(headers) for name, headers in mapping.fields.items()}
        | {f"date: {kind}": [header] for kind, header in mapping.dates.items()},
        unmapped=[header for header in table.headers if header not in used and header not in dropped],
        dropped={
            header: sum(1 for row in table.rows if row.cells[header].strip()) for header in mapping.dropped
        },
        blank_rows=list(table.blank_rows),
        preamble=[(number, list(cells)) for number, cells in table.preamble],
        date_columns=[asdict(one) for one in date_columns(table, mapping)],
    )
    for kind, count in table.remarks.items():
        report.warn(f"file: {kind}", count=count)
    for sheet in table.sheets:
        if sheet.name != table.sheet:
            kind = "hidden sheet not read" if sheet.hidden else "sheet not read"
            report.warn(kind, text=f"{sheet.name}: {sheet.rows:,} rows")
    for number in table.ragged_rows:
        report.warn("row with more or fewer cells than the header", row=number)
    return report


def _count(rows: tuple[InventoryRow, ...], report: Report) -> None:
    report.rows_ready = len(rows)
    for row in rows:
        stage = row.stage or ""
        report.stages[stage] = report.stages.get(stage, 0) + 1
        if row.identity.weak:
            report.warn("no id: known by its title", row.row, text=row.title)
        if row.identity.shared:
            report.warn("several rows share one identity", row.row, text=row.identity.base)


def _read_row(row: Row, mapping: Mapping, orders: dict[str, Order], report: Report) -> InventoryRow:
    agency_name = present(_cell(row, mapping, "agency_name")) or mapping.agency_name
    agency_code = present(_cell(row, mapping, "agency_code")) or (
        mapping.agency_code if agency_name in ("", mapping.agency_name) else ""
    )
    if not (agency_name or agency_code):
        raise _Refusal("no agency")
    both = split_id(present(_cell(row, mapping, "id_and_title")))
    external_id = present(_cell(row, mapping, "external_id")) or both[0]
    problem = _joined(row, mapping, "problem")
    title = _title(row, mapping, report, external_id, both[1], problem)
    stage_raw = _cell(row, mapping, "stage")
    result = InventoryRow(
        row=row.number,
        identity=_NO_IDENTITY,
        external_id=external_id,
        agency_name=agency_name or agency_code,
        agency_code=agency_code,
        unit=", ".join(part for part in map(present, _cell(row, mapping, "unit").split("||")) if part),
        title=title,
        problem=problem,
        expected_outcome=_joined(row, mapping, "expected_outcome"),
        technology=full_technology(present(_cell(row, mapping, "technology"))),
        topic=full_topic(present(_cell(row, mapping, "topic"))),
        stage=_stage(row, stage_raw, mapping, report),
        stage_raw=stage_raw,
        dates=_dates(row, mapping, orders, report),
        vendor=present(_cell(row, mapping, "vendor")),
        high_impact=tidy(_cell(row, mapping, "high_impact")),
        extra={
            header: text
            for header in report.unmapped
            if (text := tidy_paragraphs(row.cells[header])) and text != "[]"
        },
        source=_source(row, mapping),
    )
    _note_emails(result, report)
    return result


def _cell(row: Row, mapping: Mapping, name: str) -> str:
    headers = mapping.headers_of(name)
    return row.cells[headers[0]] if headers else ""


def _joined(row: Row, mapping: Mapping, name: str) -> str:
    texts = (row.cells[header] for header in mapping.headers_of(name))
    return "\n\n".join(tidy_paragraphs(text) for text in texts if not is_missing(text))


def _source(row: Row, mapping: Mapping) -> dict[str, str]:
    return {header: cell for header, cell in row.cells.items() if header not in mapping.dropped}


def _title(row: Row, mapping: Mapping, report: Report, external_id: str, rest: str, problem: str) -> str:
    title = present(_cell(row, mapping, "title")) or rest
    if title:
        return title
    if external_id:
        report.warn("no title: the id stands in", row.number, text=external_id)
        return f"Untitled ({external_id})"
    if problem:
        start = tidy(problem)[:_TITLE_FROM_PROBLEM].rstrip()
        report.warn("no title: the description's beginning stands in", row.number, text=start)
        return f"Untitled ({start})"
    raise _Refusal("no title, no id and no description")


def _stage(row: Row, raw: str, mapping: Mapping, report: Report) -> str | None:
    stage = read_stage(raw, mapping.stage_words)
    if stage is None and mapping.headers_of("stage"):
        kind = "no stage given" if is_missing(raw) else "stage not known"
        report.warn(kind, row.number, mapping.headers_of("stage")[0], raw)
    return stage.value if stage else None


def _dates(row: Row, mapping: Mapping, orders: dict[str, Order], report: Report) -> tuple[ReadDate, ...]:
    dates = []
    for kind, header in mapping.dates.items():
        raw = row.cells[header]
        if not raw.strip():
            continue
        order, typed = orders.get(header, Order.MONTH_FIRST), header in row.dated
        date = read_date(raw, kind, order=order, typed_as_date=typed, typed_in_year=mapping.typed_in_year)
        dates.append(date)
        if typed and order is Order.DAY_FIRST and date.parsed and date.parsed.day <= 12:
            report.warn("Excel may have exchanged day and month", row.number, header, raw)
        if date.guess:
            report.warn("date guessed", row.number, header, f"{raw}: {date.note}")
        elif date.parsed is None and not is_missing(raw):
            report.warn("date kept as text only", row.number, header, f"{raw}: {date.note}")
    _note_order(row, dates, report)
    return tuple(dates)


def _note_order(row: Row, dates: list[ReadDate], report: Report) -> None:
    exact = [date for date in dates if date.precision in (Precision.DAY, Precision.MONTH) and date.parsed]
    exact.sort(key=lambda date: _ORDERED_KINDS[date.kind])
    for earlier, later in pairwise(exact):
        # By month, because a month alone counts from its first day.
        if later.parsed and earlier.parsed and later.parsed.replace(day=1) < earlier.parsed.replace(day=1):
            text = f"{later.kind} {later.raw} before {earlier.kind} {earlier.raw}"
            report.warn("dates out of order", row.number, text=text)


def _note_emails(row: InventoryRow, report: Report) -> None:
    for header, cell in row.source.items():
        count = count_emails(cell)
        if count:
            # The address itself stays out of the report, which more people read than the record.
            report.warn("e-mail address in a text column", row.row, header, count=count)
