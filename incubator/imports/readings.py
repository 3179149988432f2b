"""Pasted or uploaded metric readings: what was understood, and which rows were refused and why."""

import csv
import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from incubator.domain.evaluation import Arm
from incubator.domain.input import InputError, parse_number, parse_partial_date
from incubator.imports.date_order import Order, evidence
from incubator.imports.dates import Precision, read_date
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
_NUMERIC = re.compile(r"[-−+$(]*[0-9][0-9.,\s]*[%)]?")
# "1,5", "12,25", "1.234,5": no number of the United States, and one of Europe.
_COMMA = re.compile(r"[-−]?(?:[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+)\s?%?")
# With a comma before decimals a point marks thousands: exactly three digits follow it, and no zero leads.
_EUROPEAN = re.compile(r"[^0-9.,]*(?:[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+)?(?:,[0-9]*)?[^0-9.,]*")
_BY_PLACE = ("date", "value", "denominator", "note")


@dataclass(frozen=True, slots=True)
class Reading:
    """One understood row. `row` is its line in the table; with precision "month", `on` is the month's first day.

    `metric` is one of the names offered, "" when the table has no such column. `percent` and `dollars` say that the
    value was written with the sign; "12 %" is 12. `cells` is the row as it was written. `value` is None where only the count (`numerator`) was given. `remarks` are plain sentences to show beside it.
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
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person says of the columns: which of day and month comes first ("mdy", "dmy"), and whether a comma or a
    point comes before decimals ("comma", "point"). "" where the cells decide or nobody was asked."""

    order: str = ""
    decimals: str = ""


class Undecided(ImportProblem):
    """The columns can be read in two ways; `asks` is "order" or "decimals", `text` the table as it can be pasted."""

    def __init__(self, asks: str, text: str, template: str, **values: object) -> None:
        super().__init__(template, **values)
        self.asks, self.text = asks, text


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
    `empty` are rows of a period without a case (0 of 0), without a value: reported, and nothing to measure.
    """

    understood: tuple[Reading, ...]
    refused: tuple[RefusedReading, ...]
    blank: tuple[int, ...]
    empty: tuple[Reading, ...]
    columns: dict[str, str]
    ignored: tuple[str, ...]
    above: tuple[int, ...]
    remarks: dict[str, int]


def preview_text(
    text: str,
    *,
    today: dt.date,
    metrics: Collection[str] = (),
    name: str = "",
    answers: Answers = Answers(),
) -> ReadingsPreview:
    """Readings pasted from a spreadsheet or typed as CSV; see `preview_file`."""
    return _preview(
        lambda header_row: read_text(text, limits=LIMITS, header_row=header_row),
        today,
        metrics,
        name,
        answers,
    )


def preview_file(
    path: Path,
    *,
    name: str = "",
    today: dt.date,
    metrics: Collection[str] = (),
    metric: str = "",
    answers: Answers = Answers(),
) -> ReadingsPreview:
    """Readings from an uploaded CSV or Excel file.

    Columns are found by their names (date, value, counted, denominator, arm, unit, note, metric); the value also by
    the metric's own name, or as the only other column of numbers. Without a header line they are taken in the order
    date, value, denominator, note. A row is refused for a date or number that is not understood, a date after
    `today`, a denominator below zero, a metric not among `metrics`, or more cells than the header. Raises
    `ImportProblem` when there is no table, or none with a date and a value, and `Undecided` when a person has to say
    how the columns are to be read.
    """
    return _preview(
        lambda header_row: read_table(path, name=name, limits=LIMITS, header_row=header_row),
        today,
        metrics,
        metric,
        answers,
    )


def _preview(
    read: Callable[[int | None], Table],
    today: dt.date,
    metrics: Collection[str],
    metric: str,
    answers: Answers,
) -> ReadingsPreview:
    table = read(None)
    columns = _by_name(table.headers)
    rows = list(table.rows)
    surplus = _unnamed(table)
    if "date" not in columns.values():
        table, rows, surplus, columns = _without_header(read)
    if not set(columns.values()) & {"value", "numerator"}:
        columns |= _by_metric(table, columns, metric)
    found = set(columns.values())
    if "date" not in found or not found & {"value", "numerator"}:
        raise ImportProblem("Name the columns “date” and “value” in the first line.")
    order = _order(table, rows, columns, answers)
    comma = _decimal_comma(table, rows, columns, answers)
    reader = _Reader(columns, surplus, today, {plain_header(name): name for name in metrics}, order, comma)
    understood, refused, empty = [], [], []
    for row in rows:
        reading = reader.read(row)
        if isinstance(reading, RefusedReading):
            refused.append(reading)
        elif reading.denominator == 0:
            empty.append(reading)
        else:
            understood.append(reading)
    return ReadingsPreview(
        understood=tuple(_with_repeats(understood)),
        refused=tuple(refused),
        blank=table.blank_rows,
        empty=tuple(empty),
        columns=columns,
        ignored=tuple(header for header in table.headers if header not in columns),
        above=tuple(number for number, cells in table.preamble if any(cell.strip() for cell in cells)),
        remarks=table.remarks,
    )


def _by_metric(table: Table, columns: dict[str, str], metric: str) -> dict[str, str]:
    """The column of values under the metric's own name, or the only other one that is filled with numbers."""
    others = [header for header in table.headers if header not in columns]
    named = [header for header in others if metric and plain_header(header) == plain_header(metric)]
    numbers = [header for header in others if _is_numbers(table, header)]
    chosen = named or (numbers if len(numbers) == 1 else [])
    return dict.fromkeys(chosen[:1], "value")


def _is_numbers(table: Table, header: str) -> bool:
    cells = [cell for row in table.rows if (cell := row.cells[header].strip())]
    return bool(cells) and sum(_NUMERIC.fullmatch(cell) is not None for cell in cells) * 10 >= len(cells) * 8


def _order(table: Table, rows: list[Row], columns: dict[str, str], answers: Answers) -> Order:
    if answers.order:
        return Order(answers.order)
    header = next(name for name, meaning in columns.items() if meaning == "date")
    seen = evidence(row.cells[header] for row in rows if header not in row.dated)
    if seen.order is None and seen.month_first and seen.day_first:
        raise Undecided(
            "order",
            _as_csv(table, rows),
            "Some dates have the month first and some the day, such as %(cell)s. Say which is right: rows that do not fit "
            "are refused.",
            cell=seen.example,
        )
    if seen.order is None:
        raise Undecided(
            "order",
            _as_csv(table, rows),
            "Say whether the month or the day comes first: %(cell)s can be read both ways, and no other date decides.",
            cell=seen.example,
        )
    return seen.order


def _decimal_comma(table: Table, rows: list[Row], columns: dict[str, str], answers: Answers) -> bool:
    """Whether a comma comes before decimals. Asked when cells such as "1,5" stand in a column of numbers."""
    if answers.decimals:
        return answers.decimals == "comma"
    for header, meaning in columns.items():
        if meaning in ("value", "numerator", "denominator"):
            odd = next((row.cells[header] for row in rows if _COMMA.fullmatch(row.cells[header].strip())), "")
            if odd:
                raise Undecided(
                    "decimals",
                    _as_csv(table, rows),
                    "Say whether a comma or a point comes before decimals in “%(column)s”, as in %(cell)s.",
                    column=header,
                    cell=odd.strip(),
                )
    return False


def _as_csv(table: Table, rows: list[Row]) -> str:
    page = io.StringIO()
    writer = csv.writer(page, lineterminator="\n")
    if rows and rows[0].number > table.header_row:
        writer.writerow(table.headers)
    writer.writerows(row.cells.values() for row in rows)
    return page.getvalue()


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
    if not _is_date(table.original_headers[0]):
        raise ImportProblem("Name the columns “date” and “value” in the first line.")
    rows = [first, *table.rows]
    width = Counter(row.width for row in rows).most_common(1)[0][0]
    columns = dict(zip(table.headers, _BY_PLACE[:width], strict=False))
    return table, rows, frozenset(table.headers[width:]), columns


def _is_date(text: str) -> bool:
    return any(read_date(text, "", order=order).parsed for order in Order)


def _unnamed(table: Table) -> frozenset[str]:
    pairs = zip(table.headers, table.original_headers, strict=True)
    return frozenset(header for header, original in pairs if not original.strip())


@dataclass(frozen=True, slots=True)
class _Reader:
    columns: dict[str, str]
    surplus: frozenset[str]
    today: dt.date
    metrics: dict[str, str]
    order: Order
    comma: bool

    def read(self, row: Row) -> Reading | RefusedReading:
        """The reading, or why it is refused; one of 0 cases is a period without a case and has no value."""
        cells = {meaning: row.cells[header] for header, meaning in self.columns.items()}
        reasons: list[str] = []
        remarks: list[str] = []
        if any(row.cells[header].strip() for header in self.surplus):
            reasons.append("more cells than columns; put a number or date with a comma in quotation marks")
        on, precision = self._date(cells["date"], reasons, remarks)
        written = cells.get("value", "")
        numerator = None
        if cells.get("numerator", "").strip():
            numerator = self._number(cells["numerator"], "counted", reasons)
            if numerator is not None and numerator < 0:
                reasons.append("counted: must not be below zero")
        value = None
        if written.strip() or (numerator is None and not _is_zero(cells.get("denominator", ""))):
            value = self._number(written, "value", reasons)
        denominator = None
        if cells.get("denominator", "").strip():
            denominator = self._number(cells["denominator"], "denominator", reasons)
            if denominator == 0 and not numerator and not value:
                value = numerator = None
            elif denominator is not None and denominator <= 0:
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
        if reasons or on is None or arm is None or (value is None and numerator is None and denominator != 0):
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
            cells=tuple(row.cells.values()),
        )

    def _date(self, text: str, reasons: list[str], remarks: list[str]) -> tuple[dt.date | None, Precision]:
        found = read_date(text, "", order=self.order)
        on = found.parsed
        if on is None or found.precision not in (Precision.DAY, Precision.MONTH):
            reasons.append(f"date: {self._why_no_date(text, found.note)}")
            return None, Precision.DAY
        if self._ahead(on):
            reasons.append(f"date: {on.isoformat()} is in the future")
        if found.note:
            remarks.append(f"“{tidy(text)}”: {found.note}")
        if found.precision is Precision.MONTH:
            remarks.append(f"a month alone: kept under its first day, {on.isoformat()}")
        return on, found.precision

    def _ahead(self, on: dt.date) -> bool:
        return on > self.today

    def _why_no_date(self, text: str, note: str) -> str:
        if self.order is Order.DAY_FIRST:
            return note
        try:
            parse_partial_date(text)
        except InputError as error:
            return str(error)
        return note or "enter a day or a month"

    def _number(self, text: str, name: str, reasons: list[str]) -> Decimal | None:
        if text.strip().startswith("#"):
            reasons.append(f"{name}: the cell holds the Excel error {text.strip()}")
            return None
        if self.comma:
            if not _EUROPEAN.fullmatch(text.strip()):
                reasons.append(f"{name}: {text.strip()} is not written with a comma before decimals")
                return None
            text = text.replace(".", "").replace(",", ".")
        try:
            return parse_number(text)
        except InputError as error:
            reasons.append(f"{name}: {error}")
            return None

    def _metric(self, text: str, reasons: list[str]) -> str:
        if "metric" not in self.columns.values() or not self.metrics:
            return tidy(text)
        name = self.metrics.get(plain_header(text))
        if name is None:
            reasons.append(f"metric: this pilot has none called “{tidy(text)[:80]}”")
        return name or ""


def _is_zero(text: str) -> bool:
    return text.strip() in ("0", "0.0")


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
