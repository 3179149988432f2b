"""A table of plain values as CSV, XLSX or JSON. What is dangerous in a cell is made harmless here alone."""

from __future__ import annotations

import csv
import io
import json
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
JSON_TYPE = "application/json"

CELL_LIMIT = 32_767  # characters in one cell, set by the format
ROW_LIMIT = 1_048_576
CUT_MARK = " […cut]"

# Full-width forms are turned into the plain sign by some spreadsheets on opening.
_FORMULA_SIGNS = frozenset("=+-@\t\r＝＋－＠﹢﹣﹦﹫−")
# Controls but tab, line feed and carriage return; lone surrogates; the two that XML forbids.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_EARLIEST, _LATEST = date(1900, 3, 1), date(9999, 12, 31)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole cents, shown in dollars."""

    cents: int

    def __post_init__(self) -> None:
        if not isinstance(self.cents, int) or isinstance(self.cents, bool):
            raise TypeError("money is whole cents")

    @property
    def dollars(self) -> Decimal:
        return Decimal(self.cents) / 100


Cell = str | int | float | Decimal | bool | date | datetime | Money | None


@dataclass(frozen=True, slots=True)
class Table:
    """`name` becomes the sheet's name; `rows` may be a generator and is read once.

    `notes` (source, filters, day) follow the rows in XLSX on a sheet of their own and stand in JSON beside
    them; CSV holds the header and the rows alone, so that it can be read back by any program.
    """

    name: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]
    notes: Sequence[str] = ()


def to_csv(table: Table) -> Iterator[bytes]:
    """UTF-8 with byte order mark, CRLF, in pieces of some 64 kB. Dates are ISO, money has two decimals."""
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_csv_cell(title) for title in table.header])
    for row in table.rows:
        writer.writerow([_csv_cell(value) for value in _checked(row, table)])
        if buffer.tell() > 65_536:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def to_json(table: Table) -> bytes:
    """`{"name", "notes", "header", "rows"}`; rows are objects by header, dates ISO text, money dollars as text."""
    rows = [dict(zip(table.header, map(_json_cell, _checked(row, table)), strict=True)) for row in table.rows]
    content = {"name": table.name, "notes": list(table.notes), "header": list(table.header), "rows": rows}
    if len(set(table.header)) != len(table.header):
        raise ValueError("two columns have the same title")
    return json.dumps(content, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


def to_xlsx(table: Table) -> bytes:
    """One visible sheet (and one of notes, if any), rows written as they come.

    Text stays text, dates are dates, money and numbers are numbers; the header is frozen and filters.
    Cells over 32,767 characters are cut and say so. Raises ValueError past 1,048,576 rows.
    """
    target = io.BytesIO()
    options = {
        "in_memory": False,
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": clean(table.name)[:255], "created": datetime(2000, 1, 1, tzinfo=UTC)})
        sheet = book.add_worksheet(sheet_name(table.name))
        _Sheet(book, sheet, table).write()
        if table.notes:
            _write_notes(book, table.notes, taken=sheet.get_name())
    return target.getvalue()


def clean(text: str) -> str:
    """Text without the characters that no file format carries: controls, NUL, lone surrogates."""
    return _UNPRINTABLE.sub("", text)


def defuse(text: str) -> str:
    """Text that a spreadsheet does not take for a formula, by an apostrophe in front.

    White space, zero-width and other invisible characters before the sign count for nothing.
    """
    for character in text:
        if character in _FORMULA_SIGNS:
            return "'" + text
        if not (character.isspace() or unicodedata.category(character) in {"Cf", "Cc", "Mn"}):
            return text
    return text


def sheet_name(name: str) -> str:
    """A name the format accepts: 1 to 31 characters, none of []:*?/\\, no apostrophe at the ends."""
    kept = re.sub(r"[\[\]:*?/\\\s]+", " ", clean(name)).strip(" '")[:31].strip(" '")
    return "Sheet" if not kept or kept.lower() == "history" else kept


def _checked(row: Sequence[Cell], table: Table) -> Sequence[Cell]:
    if len(row) != len(table.header):
        raise ValueError(f"a row has {len(row)} cells, the header {len(table.header)}")
    return row


def _csv_cell(value: Cell) -> str:
    match value:
        case None:
            return ""
        case str():
            return defuse(clean(value))
        case bool():
            return "yes" if value else "no"
        case Money():
            return f"{value.dollars:.2f}"
        case datetime():
            return _moment(value).isoformat(sep=" ", timespec="seconds")
        case date():
            return value.isoformat()
        case float() if not math.isfinite(value):
            return ""
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case Decimal() if not value.is_finite():
            return ""
        case Decimal():
            return f"{value:f}"
        case _:
            return str(value)


def _json_cell(value: Cell) -> Any:
    match value:
        case str():
            return clean(value)
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else None
        case Money():
            return f"{value.dollars:.2f}"
        case datetime():
            return _moment(value).isoformat(timespec="seconds")
        case Decimal():
            return f"{value:f}" if value.is_finite() else None
        case _:
            return value.isoformat()


def _moment(value: datetime) -> datetime:
    return value.astimezone(UTC) if value.tzinfo else value


class _Sheet:
    def __init__(self, book: Workbook, sheet: Worksheet, table: Table) -> None:
        self.sheet = sheet
        self.table = table
        self.head: Format = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#E6EEF5", "bottom": 1}
        )
        self.text: Format = book.add_format({"text_wrap": True, "valign": "top"})
        top = {"valign": "top"}
        self.money: Format = book.add_format({"num_format": "$#,##0.00;[Red]-$#,##0.00", **top})
        self.number: Format = book.add_format({"num_format": "General", **top})
        self.day: Format = book.add_format({"num_format": "yyyy-mm-dd", "align": "left", **top})
        self.moment: Format = book.add_format(
            {"num_format": 'yyyy-mm-dd hh:mm "UTC"', "align": "left", **top}
        )

    def write(self) -> None:
        rows = iter(self.table.rows)
        first = list(islice(rows, 200))
        self._widths(first)
        for column, title in enumerate(self.table.header):
            self.sheet.write_string(0, column, _cell_text(title), self.head)
        self.sheet.freeze_panes(1, 0)
        self.sheet.repeat_rows(0)
        self.sheet.set_landscape()
        self.sheet.fit_to_pages(1, 0)
        last = 0
        for last, row in enumerate(chain(first, rows), start=1):
            self._row(last, row)
        if self.table.header:
            self.sheet.autofilter(0, 0, last, len(self.table.header) - 1)

    def _widths(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Columns are as wide as their first 200 rows need, between 9 and 60 characters."""
        for column, title in enumerate(self.table.header):
            longest = max((len(_csv_cell(row[column])) for row in rows if column < len(row)), default=0)
            self.sheet.set_column(column, column, min(60, max(9, len(title) + 3, longest + 2)))

    def _row(self, number: int, row: Sequence[Cell]) -> None:
        if number >= ROW_LIMIT:
            raise ValueError(f"a sheet holds {ROW_LIMIT - 1:,} rows; export as CSV instead")
        for column, value in enumerate(_checked(row, self.table)):
            self._cell(number, column, value)

    def _cell(self, row: int, column: int, value: Cell) -> None:
        sheet = self.sheet
        match value:
            case None | "":
                return
            case Money():
                sheet.write_number(row, column, float(value.dollars), self.money)
            case bool():
                sheet.write_string(row, column, "yes" if value else "no", self.text)
            case datetime() if _in_range(value):
                sheet.write_datetime(row, column, _moment(value).replace(tzinfo=None), self.moment)
            case date() if not isinstance(value, datetime) and _in_range(value):
                sheet.write_datetime(row, column, value, self.day)
            case int() | float() | Decimal() if _is_number(value):
                sheet.write_number(row, column, value, self.number)
            case str():
                sheet.write_string(row, column, _cell_text(value), self.text)
            case _:
                sheet.write_string(row, column, _csv_cell(value), self.text)


def _in_range(day: date) -> bool:
    """Days before March 1900 are counted wrongly by the format, so they are written as text."""
    return _EARLIEST.toordinal() <= day.toordinal() <= _LATEST.toordinal()


def _is_number(value: int | float | Decimal) -> bool:
    """Whether the format holds the number exactly as given: finite and of at most 15 digits."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, int):
        return abs(value) < 10**15
    return value.is_finite() and len(value.as_tuple().digits) <= 15


def _cell_text(value: str) -> str:
    """Text cut to a cell's limit, which the format counts in UTF-16 units."""
    text = clean(value)
    units = text.encode("utf-16-le")
    if len(units) <= 2 * CELL_LIMIT:
        return text
    kept = units[: 2 * (CELL_LIMIT - len(CUT_MARK))].decode("utf-16-le", "ignore")
    return kept + CUT_MARK


def _write_notes(book: Workbook, notes: Sequence[str], taken: str) -> None:
    sheet = book.add_worksheet("Notes" if taken.lower() != "notes" else "About")
    sheet.set_column(0, 0, 100)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for row, note in enumerate(notes):
        sheet.write_string(row, 0, _cell_text(note), wrapped)
