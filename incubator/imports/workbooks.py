"""Excel files, new and old, to records of text; guarded against files made to exhaust the reader."""

import datetime as dt
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from incubator.imports.limits import Limits
from incubator.imports.problems import ImportProblem

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_CHUNK = 1 << 18
_MOST_PARTS = 2_000
# 'r="AB12"' of a cell and 'r="12"' of a row: the reader below lays out every cell up to the farthest one.
_PLACE = re.compile(rb"""\br=["']([A-Z]{0,3})(\d{1,9})["']""")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet's records as text, from its first spreadsheet row on.

    `dated` holds the (record, cell) positions that were real dates in the file and not text.
    """

    name: str
    records: list[list[str]]
    dated: frozenset[tuple[int, int]]
    others: tuple[tuple[str, int], ...]


def read_workbook(path: Path, kind: str, limits: Limits, sheet: str | None = None) -> Sheet:
    """The named sheet, or else the one with the most cells. `kind` is "xlsx" or "xls".

    Raises `ImportProblem` for a damaged, locked, oversized or foreign file.
    """
    if kind == "xlsx":
        _check_parts(path, limits)
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            return _read(book, limits, sheet)
    except PasswordError as error:
        raise ImportProblem(
            "This workbook is locked with a password. Remove it and send the file again."
        ) from error
    except (CalamineError, OSError, EOFError) as error:
        raise ImportProblem(
            "This Excel file is damaged or of an unknown kind. Open it in Excel and save it as a new .xlsx file."
        ) from error


def _read(book: CalamineWorkbook, limits: Limits, wanted: str | None) -> Sheet:
    names = [meta.name for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
    if wanted is not None and wanted not in names:
        raise ImportProblem("The workbook has no sheet called “%(name)s”.", name=wanted)
    if not names:
        raise ImportProblem("The workbook holds no sheet with cells.")
    sheets = [book.get_sheet_by_name(name) for name in names]
    chosen = max(sheets, key=lambda one: (one.name == wanted, one.height * one.width))
    limits.check_rows(chosen.total_height)
    limits.check_columns(chosen.total_width)
    others = tuple((one.name, one.height) for one in sheets if one.name != chosen.name and one.height)
    return _as_text(chosen, others)


def _as_text(sheet: CalamineSheet, others: tuple[tuple[str, int], ...]) -> Sheet:
    rows: list[list[str]] = []
    dated: set[tuple[int, int]] = set()
    for number, cells in enumerate(sheet.to_python(skip_empty_area=False)):
        row = []
        for place, cell in enumerate(cells):
            if isinstance(cell, str):
                row.append(cell)
                continue
            row.append(cell_text(cell))
            if isinstance(cell, dt.date):
                dated.add((number, place))
        rows.append(row)
    return Sheet(sheet.name, rows, frozenset(dated), others)


def cell_text(cell: object) -> str:
    """A typed cell as a person would see it: whole numbers without ".0", days as ISO, TRUE and FALSE."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        whole_day = cell.time() == dt.time(0)
        return cell.date().isoformat() if whole_day else cell.isoformat(sep=" ", timespec="seconds")
    return "" if cell is None else str(cell)


def _check_parts(path: Path, limits: Limits) -> None:
    """Inflate every part under a ceiling before the reader sees the file; sizes written in a zip may lie."""
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "xl/workbook.xml" not in names:
                raise ImportProblem(
                    "This is a compressed file, but not an Excel workbook (.xlsx). Save the table as .xlsx or CSV."
                )
            declared = sum(part.file_size for part in parts)
            if len(parts) > _MOST_PARTS or declared > limits.inflated_bytes:
                raise _too_large(limits)
            room = limits.inflated_bytes
            for part in parts:
                room -= _measure(raw, part, room, limits)
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError) as error:
        if isinstance(error, ImportProblem):
            raise
        raise ImportProblem(
            "This Excel file is damaged. Open it in Excel and save it as a new .xlsx file."
        ) from error


def _measure(raw: io.BufferedReader, part: zipfile.ZipInfo, room: int, limits: Limits) -> int:
    raw.seek(part.header_offset)
    header = raw.read(30)
    if len(header) < 30 or header[:4] != ZIP_MAGIC:
        raise zipfile.BadZipFile
    raw.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise zipfile.BadZipFile
    inflate = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    is_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
    extent = _Extent(limits) if is_sheet else None
    left, size = part.compress_size, 0
    while left > 0 and (packed := raw.read(min(_CHUNK, left))):
        left -= len(packed)
        while packed:
            plain = inflate.decompress(packed, _CHUNK * 4) if inflate else packed
            packed = inflate.unconsumed_tail if inflate else b""
            size += len(plain)
            if size > room:
                raise _too_large(limits)
            if extent:
                extent.add(plain)
    return size


class _Extent:
    """The farthest row and column a sheet speaks of, found while its XML streams by."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.tail = b""

    def add(self, chunk: bytes) -> None:
        text = self.tail + chunk
        self.tail = text[-24:]
        places = set(_PLACE.findall(text))
        if not places:
            return
        self.limits.check_rows(max(int(row) for _, row in places))
        self.limits.check_columns(max(_column(letters) for letters, _ in places))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _too_large(limits: Limits) -> ImportProblem:
    return ImportProblem(
        "This workbook unpacks to more than %(limit)s MB. Send the table alone, as CSV.",
        limit=limits.inflated_bytes // 1_000_000,
    )
