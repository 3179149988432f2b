"""Any delimited or Excel file to a table: where its header is, what its rows hold, nothing dropped unsaid."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from incubator.imports import delimited, encoding, workbooks
from incubator.imports.limits import Limits
from incubator.imports.problems import ImportProblem

HEADER_SEARCH = 30
TOP_ROWS, _TOP_CELLS = 12, 12
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `number` is the row a person sees in a spreadsheet (the first is 1).

    `cells` has every header of the table; `width` is how many cells the row itself had;
    `dated` names the headers under which the file held a real date and not text.
    """

    number: int
    cells: dict[str, str]
    width: int
    dated: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Table:
    """A table as read. Rows of the file = len(preamble) + 1 (header) + len(rows) + len(blank_rows).

    `headers` are tidy and unique ("… explain..1" for the second of a name); `original_headers` are verbatim.
    `sheets` are those of the workbook that hold cells, `top_rows` the first rows of the one that was read, to choose
    the row with the column names from. `remarks` count what was assumed or kept out, by kind.
    """

    name: str
    sha256: str
    kind: str
    encoding: str
    delimiter: str
    sheet: str
    header_row: int
    headers: tuple[str, ...]
    original_headers: tuple[str, ...]
    rows: tuple[Row, ...]
    preamble: tuple[tuple[int, tuple[str, ...]], ...]
    blank_rows: tuple[int, ...]
    ragged_rows: tuple[int, ...]
    sheets: tuple[workbooks.SheetInfo, ...]
    top_rows: tuple[tuple[str, ...], ...]
    remarks: dict[str, int]


@dataclass(frozen=True, slots=True)
class _Source:
    kind: str
    records: list[list[str]]
    remarks: dict[str, int]
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    dated: frozenset[tuple[int, int]] = frozenset()
    sheets: tuple[workbooks.SheetInfo, ...] = ()


def read_table(
    path: Path,
    *,
    name: str = "",
    limits: Limits | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
) -> Table:
    """Read a file: CSV or other delimited text in any common encoding, XLSX or XLS.

    What the file is, its first bytes say, not its name. `header_row` (a spreadsheet row number) and `sheet`
    overrule what is found. Raises `ImportProblem` with a message for people when the file cannot be read.
    """
    limits = limits or Limits()
    try:
        limits.check_bytes(path.stat().st_size)
        data = path.read_bytes()
    except OSError as error:
        raise ImportProblem("The file cannot be opened.") from error
    digest = hashlib.sha256(data).hexdigest()
    if data.startswith((workbooks.ZIP_MAGIC, workbooks.OLE_MAGIC)):
        kind = "xlsx" if data.startswith(workbooks.ZIP_MAGIC) else "xls"
        source = _from_workbook(path, kind, limits, sheet)
    else:
        source = _from_bytes(data, limits)
    return _table(source, name or path.name, digest, header_row)


def read_text(
    text: str, *, name: str = "pasted text", limits: Limits | None = None, header_row: int | None = None
) -> Table:
    """The same for pasted text. Raises `ImportProblem` when there is no table in it."""
    limits = limits or Limits()
    data = text.encode("utf-8", "surrogatepass")
    limits.check_bytes(len(data))
    remarks: dict[str, int] = {}
    source = _from_text(
        encoding.strip_controls(text.removeprefix("\ufeff"), remarks), "utf-8", remarks, limits
    )
    return _table(source, name, hashlib.sha256(data).hexdigest(), header_row)


def _from_bytes(data: bytes, limits: Limits) -> _Source:
    decoded = encoding.decode(data)
    return _from_text(decoded.text, decoded.encoding, decoded.remarks, limits)


def _from_text(text: str, name: str, remarks: dict[str, int], limits: Limits) -> _Source:
    delimiter = delimited.sniff(text)
    records: list[list[str]] = []
    for number, record in enumerate(delimited.records(text, delimiter), start=1):
        limits.check_rows(number)
        limits.check_columns(len(record))
        records.append(record)
    if delimited.ends_inside_quotes(text, delimiter):
        remarks["quotation mark never closed"] = 1
    return _Source("delimited", records, remarks, encoding=name, delimiter=delimiter)


def _from_workbook(path: Path, kind: str, limits: Limits, wanted: str | None) -> _Source:
    sheet = workbooks.read_workbook(path, kind, limits, wanted)
    remarks = dict(sheet.remarks)
    records = [[encoding.strip_controls(cell, remarks) for cell in record] for record in sheet.records]
    return _Source(kind, records, remarks, sheet=sheet.name, dated=sheet.dated, sheets=sheet.sheets)


def _table(source: _Source, name: str, digest: str, header_row: int | None) -> Table:
    records = source.records
    at = find_header(records) if header_row is None else header_row - 1
    if not 0 <= at < len(records) or not any(cell.strip() for cell in records[at]):
        raise ImportProblem("No row with column names was found.")
    body = list(enumerate(records[at + 1 :], start=at + 2))
    filled = [(number, record) for number, record in body if any(cell.strip() for cell in record)]
    originals = _widen(records[at], max((len(record) for _, record in filled), default=0))
    headers = unique_headers(originals)
    width = len(records[at])
    return Table(
        name=name,
        sha256=digest,
        kind=source.kind,
        encoding=source.encoding,
        delimiter=source.delimiter,
        sheet=source.sheet,
        header_row=at + 1,
        headers=headers,
        original_headers=originals,
        rows=tuple(_rows(filled, headers, _dated_headers(source.dated, headers))),
        preamble=tuple((number, tuple(record)) for number, record in enumerate(records[:at], start=1)),
        blank_rows=tuple(number for number, record in body if not any(cell.strip() for cell in record)),
        ragged_rows=tuple(number for number, record in filled if len(record) != width),
        sheets=source.sheets,
        top_rows=tuple(tuple(record[:_TOP_CELLS]) for record in records[:TOP_ROWS]),
        remarks=source.remarks,
    )


def _rows(
    filled: Iterable[tuple[int, list[str]]], headers: tuple[str, ...], dated: dict[int, frozenset[str]]
) -> Iterator[Row]:
    for number, record in filled:
        padded = record + [""] * (len(headers) - len(record))
        yield Row(
            number, dict(zip(headers, padded, strict=True)), len(record), dated.get(number, frozenset())
        )


def _dated_headers(places: frozenset[tuple[int, int]], headers: tuple[str, ...]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {}
    for record, cell in places:
        if cell < len(headers):
            found.setdefault(record + 1, set()).add(headers[cell])
    return {number: frozenset(names) for number, names in found.items()}


def _widen(header: list[str], width: int) -> tuple[str, ...]:
    return tuple(header + [""] * (width - len(header)))


def unique_headers(originals: Iterable[str]) -> tuple[str, ...]:
    """Tidy names, each once: white space collapsed, blanks named by position, repeats numbered .1, .2 …"""
    names = [" ".join(name.split()) or f"Column {place}" for place, name in enumerate(originals, start=1)]
    taken, seen = set(names), set[str]()
    unique = []
    for name in names:
        candidate, repeat = name, 0
        while candidate in seen or (repeat and candidate in taken):
            repeat += 1
            candidate = f"{name}.{repeat}"
        seen.add(candidate)
        unique.append(candidate)
    return tuple(unique)


def find_header(records: list[list[str]]) -> int:
    """The index of the first row that is at least half as full as the fullest and holds distinct words.

    Titles and section rows above a header fill a few cells only, or repeat one word over many. A row of groups
    ("Project, , , Dates, , Money") gives way to the row below it when that names every column.
    """
    top = [[cell.strip() for cell in record] for record in records[:HEADER_SEARCH]]
    fullest = max((sum(map(bool, cells)) for cells in top), default=0)
    fallback = -1
    for place, row in enumerate(top):
        cells = [cell for cell in row if cell]
        if not cells:
            continue
        fallback = place if fallback < 0 else fallback
        words = sum(not _is_number(cell) for cell in cells)
        if len(cells) * 2 >= fullest and len(set(cells)) * 3 >= len(cells) * 2 and words * 2 > len(cells):
            return place + _groups_columns(top, place, fullest)
    if fallback < 0:
        raise ImportProblem("The file holds no table: every cell is blank.")
    return fallback


def _groups_columns(top: list[list[str]], place: int, fullest: int) -> bool:
    """Whether the row groups columns and the one below names each of them, itself unlike the rows under it."""
    if place + 1 >= len(top):
        return False
    group, names = top[place], [cell for cell in top[place + 1] if cell]
    gaps = sum(
        bool(name) and not (group[at] if at < len(group) else "") for at, name in enumerate(top[place + 1])
    )
    if gaps * 4 < len(names) or len(names) < fullest or len(set(names)) * 3 < len(names) * 2:
        return False
    below = [cell for row in top[place + 2 :] for cell in row if cell]
    return all(not _is_datum(name) and len(name) <= _LONGEST_NAME for name in names) and (
        any(_is_datum(cell) for cell in below) or not set(names) & set(below)
    )


def _is_datum(cell: str) -> bool:
    """Whether a cell holds a number or a day, as no column name does."""
    return bool(cell) and (_is_number(cell) or _DAY.match(cell) is not None)


def _is_number(cell: str) -> bool:
    return cell.replace(",", "").replace(".", "", 1).lstrip("-+$").rstrip("%").isdigit()


_DAY = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}(?:[-/.][0-9]{1,4})?$")
