"""Pasted or uploaded metric readings: what was understood, and which rows were refused and why."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from incubator.domain.evaluation import Arm
from incubator.domain.input import InputError, Precision, parse_number, parse_partial_date
from incubator.imports.limits import Limits
from incubator.imports.mapping import plain_header
from incubator.imports.problems import ImportProblem
from incubator.imports.tables import Row, Table, read_table, read_text
from incubator.imports.values import tidy

LIMITS = Limits(file_bytes=5_000_000, inflated_bytes=50_000_000, rows=20_000, columns=50)
_MOST_NOTE = 2_000

_COLUMNS: dict[str, frozenset[str]] = {
    "date": frozenset({"date", "day", "period", "month", "when", "measured on", "reading date"}),
    "value": frozenset({"value", "reading", "measure", "measurement", "result", "count", "amount"}),
    "numerator": frozenset({"numerator", "counted", "events", "successes", "hits"}),
    "denominator": frozenset(
        {
            "denominator",
            "out of",
            "of",
            "n",
            "total",
            "base",
            "sample",
            "sample size",
            "size",
            "cases",
            "number of cases",
        }
    ),
    "note": frozenset({"note", "notes", "comment", "comments", "remark", "remarks"}),
    "metric": frozenset({"metric", "indicator", "kpi", "metric name"}),
    "arm": frozenset({"arm", "group", "side", "whose"}),
    "unit": frozenset({"unit", "site", "agency", "office", "location", "case"}),
}
_EXPOSURES = frozenset(
    {"days", "patient days", "bed days", "person days", "device days", "exposure", "hours", "visits", "miles"}
)
_COUNTS = frozenset({"n", "cases", "number of cases"})
_ARMS: dict[str, Arm] = {
    "": Arm.PILOT,
    "pilot": Arm.PILOT,
    "treatment": Arm.PILOT,
    "treated": Arm.PILOT,
    "intervention": Arm.PILOT,
    "comparison": Arm.COMPARISON,
    "control": Arm.COMPARISON,
    "compared": Arm.COMPARISON,
}
_MOST_UNIT = 120
_BY_PLACE = ("date", "value", "denominator", "note")


@dataclass(frozen=True, slots=True)
class Reading:
    """One understood row. `row` is its line in the table; with precision "month", `on` is the month's first day.

    `metric` is one of the names offered, "" when the table has no such column. `percent` and `dollars` say that the
    value was written with the sign; "12 %" is 12. `value` is None where only the count (`numerator`) was given. `remarks` are plain sentences to show beside it.
    """

    row: int
    metric: str
    on: dt.date
    precision: Precision
    value: Decimal | None
    denominator: Decimal | None
    note: str
    percent: bool
    dollars: bool
    remarks: tuple[str, ...]
    numerator: Decimal | None = None
    arm: Arm = Arm.PILOT
    unit: str = ""


@dataclass(frozen=True, slots=True)
class RefusedReading:
    """One row that was not understood: each cell as it was, and every reason."""

    row: int
    cells: tuple[str, ...]
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadingsPreview:
    """What a table of readings says; its rows below the header = understood + refused + blank.

    `columns` gives header → meaning, `ignored` the headers without one, `above` the filled rows over the header.
    """

    understood: tuple[Reading, ...]
    refused: tuple[RefusedReading, ...]
    blank: tuple[int, ...]
    columns: dict[str, str]
    ignored: tuple[str, ...]
    above: tuple[int, ...]
    remarks: dict[str, int]


def preview_text(text: str, *, today: dt.date, metrics: Collection[str] = ()) -> ReadingsPreview:
    """Readings pasted from a spreadsheet or typed as CSV; see `preview`."""
    return _preview(lambda header_row: read_text(text, limits=LIMITS, header_row=header_row), today, metrics)


def preview_file(
    path: Path, *, name: str = "", today: dt.date, metrics: Collection[str] = ()
) -> ReadingsPreview:
    """Readings from an uploaded CSV or Excel file.

    Columns are found by their names (date, value, counted, denominator, arm, unit, note, metric); without a header line they are taken
    in the order date, value, denominator, note. A row is refused for a date or number that is not understood, a date
    after `today`, a denominator that is not above zero, a metric not among `metrics`, or more cells than the header.
    Raises `ImportProblem` when there is no table, or none with a date and a value.
    """
    return _preview(
        lambda header_row: read_table(path, name=name, limits=LIMITS, header_row=header_row), today, metrics
    )


def _preview(
    read: Callable[[int | None], Table], today: dt.date, metrics: Collection[str]
) -> ReadingsPreview:
    table = read(None)
    columns = _by_name(table.headers)
    rows = list(table.rows)
    surplus = _unnamed(table)
    if "date" not in columns.values():
        table, rows, surplus, columns = _without_header(read)
    found = set(columns.values())
    if "date" not in found or not found & {"value", "numerator"}:
        raise ImportProblem("Name the columns “date” and “value” in the first line.")
    reader = _Reader(columns, surplus, today, {plain_header(name): name for name in metrics})
    understood, refused = [], []
    for row in rows:
        reading = reader.read(row)
        if isinstance(reading, Reading):
            understood.append(reading)
        else:
            refused.append(reading)
    return ReadingsPreview(
        understood=tuple(_with_repeats(understood)),
        refused=tuple(refused),
        blank=table.blank_rows,
        columns=columns,
        ignored=tuple(header for header in table.headers if header not in columns),
        above=tuple(number for number, cells in table.preamble if any(cell.strip() for cell in cells)),
        remarks=table.remarks,
    )


def _by_name(headers: tuple[str, ...]) -> dict[str, str]:
    """What each header means. Beside a column of exposure “n” is what was counted, not out of how many."""
    plain = {plain_header(header): header for header in headers}
    exposure = next((plain[name] for name in plain if name in _EXPOSURES), None)
    found: dict[str, str] = {}
    if exposure is not None and not plain.keys() & (_COLUMNS["denominator"] - _COUNTS):
        found[exposure] = "denominator"
        counted = next((plain[name] for name in plain if name in _COUNTS), None)
        if counted is not None and not plain.keys() & _COLUMNS["numerator"]:
            found[counted] = "numerator"
    for header in headers:
        if header in found:
            continue
        for meaning, names in _COLUMNS.items():
            if plain_header(header) in names and meaning not in found.values():
                found[header] = meaning
    return found


def _without_header(
    read: Callable[[int | None], Table],
) -> tuple[Table, list[Row], frozenset[str], dict[str, str]]:
    """The same table when its first filled line is already data; columns go by their place."""
    table = read(None)
    if any(any(cell.strip() for cell in cells) for _, cells in table.preamble):
        table = read(
            1 + next(n for n, (_, cells) in enumerate(table.preamble) if any(c.strip() for c in cells))
        )
    first = Row(
        table.header_row,
        dict(zip(table.headers, table.original_headers, strict=True)),
        len([name for name in table.original_headers if name.strip()]),
    )
    try:
        parse_partial_date(table.original_headers[0])
    except InputError:
        raise ImportProblem("Name the columns “date” and “value” in the first line.") from None
    rows = [first, *table.rows]
    width = Counter(row.width for row in rows).most_common(1)[0][0]
    columns = dict(zip(table.headers, _BY_PLACE[:width], strict=False))
    return table, rows, frozenset(table.headers[width:]), columns


def _unnamed(table: Table) -> frozenset[str]:
    pairs = zip(table.headers, table.original_headers, strict=True)
    return frozenset(header for header, original in pairs if not original.strip())


@dataclass(frozen=True, slots=True)
class _Reader:
    columns: dict[str, str]
    surplus: frozenset[str]
    today: dt.date
    metrics: dict[str, str]

    def read(self, row: Row) -> Reading | RefusedReading:
        cells = {meaning: row.cells[header] for header, meaning in self.columns.items()}
        reasons: list[str] = []
        remarks: list[str] = []
        if any(row.cells[header].strip() for header in self.surplus):
            reasons.append("more cells than columns; put a number or date with a comma in quotation marks")
        on, precision = self._date(cells["date"], reasons, remarks)
        written = cells.get("value", "")
        numerator = None
        if cells.get("numerator", "").strip():
            numerator = _number(cells["numerator"], "counted", reasons)
            if numerator is not None and numerator < 0:
                reasons.append("counted: must not be below zero")
        value = None
        if numerator is None or written.strip():
            value = _number(written, "value", reasons)
        denominator = None
        if cells.get("denominator", "").strip():
            denominator = _number(cells["denominator"], "denominator", reasons)
            if denominator is not None and denominator <= 0:
                reasons.append("denominator: must be above zero")
        metric = self._metric(cells.get("metric", ""), reasons)
        arm = _ARMS.get(plain_header(cells.get("arm", "")))
        if arm is None:
            reasons.append("arm: neither pilot nor comparison")
        unit = tidy(cells.get("unit", ""))
        if len(unit) > _MOST_UNIT:
            reasons.append(f"unit: longer than {_MOST_UNIT} characters")
        note = tidy(cells.get("note", ""))
        if len(note) > _MOST_NOTE:
            reasons.append(f"note: longer than {_MOST_NOTE} characters")
        if reasons or on is None or arm is None or (value is None and numerator is None):
            return RefusedReading(row.number, tuple(row.cells.values()), tuple(reasons))
        return Reading(
            row=row.number,
            metric=metric,
            on=on,
            precision=precision,
            value=value,
            denominator=denominator,
            note=note,
            percent="%" in written,
            dollars="$" in written,
            remarks=tuple(remarks),
            numerator=numerator,
            arm=arm,
            unit=unit,
        )

    def _date(self, text: str, reasons: list[str], remarks: list[str]) -> tuple[dt.date | None, Precision]:
        try:
            on, precision = parse_partial_date(text)
        except InputError as error:
            reasons.append(f"date: {error}")
            return None, Precision.DAY
        if on > self.today:
            reasons.append(f"date: {on.isoformat()} lies in the future")
        if precision is Precision.MONTH:
            remarks.append(f"a month alone: kept under its first day, {on.isoformat()}")
        return on, precision

    def _metric(self, text: str, reasons: list[str]) -> str:
        if "metric" not in self.columns.values() or not self.metrics:
            return tidy(text)
        name = self.metrics.get(plain_header(text))
        if name is None:
            reasons.append(f"metric: this pilot has none called “{tidy(text)[:80]}”")
        return name or ""


def _number(text: str, name: str, reasons: list[str]) -> Decimal | None:
    try:
        return parse_number(text)
    except InputError as error:
        reasons.append(f"{name}: {error}")
        return None


def _with_repeats(readings: list[Reading]) -> list[Reading]:
    """The readings, later ones for the same metric, date, arm and unit with a remark naming the earlier row."""
    first: dict[tuple[str, dt.date, Arm, str], int] = {}
    marked = []
    for reading in readings:
        earlier = first.setdefault((reading.metric, reading.on, reading.arm, reading.unit), reading.row)
        remarks = reading.remarks
        if earlier != reading.row:
            remarks = (*remarks, f"the same date as row {earlier}")
        marked.append(
            Reading(**{name: getattr(reading, name) for name in reading.__slots__} | {"remarks": remarks})
        )
    return marked
