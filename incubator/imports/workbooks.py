"""Excel files, new and old, to records of text; guarded against files made to exhaust the reader."""

import io
import json
import re
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from incubator.imports import excel_cells
from incubator.imports.excel_marks import Marks, read_marks
from incubator.imports.limits import Limits
from incubator.imports.problems import ImportProblem

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

_CHUNK = 1 << 18
_TAIL = 256
_MOST_PARTS = 2_000
# The reader below lays out every cell up to the farthest one that holds something; cells with a format alone, as
# <c r="A9" s="1"/> or <c r="A9" s="1"></c>, are nothing to it. A row's number counts where its cells have none.
_FILLED = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Z]{1,3})(\d{1,9})["'][^>/]*>(?!</)""")
_UNPLACED = re.compile(rb"""<(?:\w+:)?c(?:>|\s(?![^>]*\br=))""")
_ROW = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\br=["'](\d{1,9})["']""")
_MARKED = re.compile(rb"""<(?:\w+:)?f[\s>/]|\st=["']e["']""")
_PERCENT = re.compile(rb"""formatCode=["'][^>]*%|numFmtId=["'](?:9|10)["']""")
# Words in the names of columns that tell a list of projects or readings from a list of choices.
_COLUMN_WORDS = (
    "title name agency department bureau stage status phase project pilot use case id date start end value metric "
    "month period vendor problem description reviewer score proposal"
)


@dataclass(frozen=True, slots=True)
class SheetInfo:
    """A sheet of a workbook: how many rows it has, and whether Excel shows it."""

    name: str
    rows: int
    hidden: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet's records as text, from its first spreadsheet row on.

    `dated` holds the (record, cell) positions that were real dates in the file and not text. `sheets` are all sheets
    with cells; `remarks` count errors and formulas without a result, `places` name one of each.
    """

    name: str
    records: list[list[str]]
    dated: frozenset[tuple[int, int]]
    sheets: tuple[SheetInfo, ...]
    remarks: dict[str, int]


def read_workbook(path: Path, kind: str, limits: Limits, sheet: str | None = None) -> Sheet:
    """The named sheet, or else the one that looks most like a table. `kind` is "xlsx" or "xls".

    Cells shown as percent come as "45%", errors as "#DIV/0!". Raises `ImportProblem` for a damaged, locked,
    oversized or foreign file.
    """
    if kind == "xls":
        _check_compound(path)
    marked = _check_parts(path, limits) if kind == "xlsx" else False
    answer = _ask_reader(path, limits, sheet)
    if "problem" in answer:
        raise _refusal(answer, limits)
    records, remarks = answer["records"], dict[str, int]()
    if marked:
        _apply_marks(records, read_marks(path, answer["name"]), remarks)
    _apply_marks(records, Marks(percent={(row, column) for row, column in answer["percent"]}), remarks)
    dated = frozenset((record, cell) for record, cell in answer["dated"])
    return Sheet(answer["name"], records, dated, tuple(SheetInfo(**one) for one in answer["sheets"]), remarks)


def _check_compound(path: Path) -> None:
    """Old Excel files, locked new ones, and files of Word and Outlook are one kind of container; its names tell."""
    data = path.read_bytes()
    if _name("EncryptedPackage") in data:
        raise _locked()
    if _name("Workbook") not in data and _name("Book") not in data:
        raise ImportProblem(
            "This is not an Excel workbook, whatever its name says. Save the table as .xlsx or CSV."
        )


def _name(text: str) -> bytes:
    return text.encode("utf-16-le")


def _locked() -> ImportProblem:
    return ImportProblem(
        "This workbook is locked with a password. Open it in Excel, remove the password, save it and send it again."
    )


def _apply_marks(records: list[list[str]], marks: Marks, remarks: dict[str, int]) -> None:
    for row, column in marks.percent:
        if row < len(records) and column < len(records[row]):
            records[row][column] = _as_percent(records[row][column])
    for (row, column), text in marks.errors.items():
        if row < len(records) and column < len(records[row]):
            records[row][column] = text
    for row, column in marks.uncalculated:
        if row < len(records) and column < len(records[row]):
            records[row][column] = ""
    if marks.errors:
        remarks["cells with an Excel error"] = len(marks.errors)
    if marks.uncalculated:
        row, column = marks.uncalculated[0]
        kind = f"formulas without a result, read as blank, such as {_letters(column)}{row + 1}"
        remarks[f"{kind}; open the file in Excel and save it to keep their results"] = len(marks.uncalculated)


def _as_percent(text: str) -> str:
    try:
        return f"{(Decimal(text) * 100).normalize():f}%"
    except InvalidOperation:
        return text


def _letters(column: int) -> str:
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _ask_reader(path: Path, limits: Limits, sheet: str | None) -> dict[str, Any]:
    given = {
        "sheet": sheet,
        "rows": limits.rows,
        "columns": limits.columns,
        "memory": limits.memory_bytes,
        "words": _COLUMN_WORDS.split(),
    }
    command = [sys.executable, "-I", excel_cells.__file__, str(path.absolute()), json.dumps(given)]
    try:
        # No shell; the program is our own and the path is an argument, not a command.
        done = subprocess.run(command, capture_output=True, timeout=limits.seconds, check=False)  # noqa: S603
    except subprocess.TimeoutExpired as error:
        raise ImportProblem("This workbook takes too long to read. Send the table alone, as CSV.") from error
    if done.returncode != 0:
        raise ImportProblem(
            "This Excel file is damaged, too large or of an unknown kind. "
            "Open it in Excel and save the table as a new .xlsx or .csv file."
        )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _refusal(answer: dict[str, Any], limits: Limits) -> ImportProblem:
    match answer["problem"]:
        case "locked":
            return _locked()
        case "no such sheet":
            return ImportProblem("The workbook has no sheet called “%(name)s”.", name=answer["name"])
        case "too many":
            try:
                limits.check_rows(answer["rows"])
                limits.check_columns(answer["columns"])
            except ImportProblem as problem:
                return problem
    return ImportProblem("The workbook holds no sheet with cells.")


def _check_parts(path: Path, limits: Limits) -> bool:
    """Inflate every part under a ceiling before the reader sees the file; sizes written in a zip may lie.

    Whether there are percent formats, errors or formulas in it, so that the cells are worth a second look.
    """
    marked = False
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
                size, found = _measure(raw, part, room, limits)
                room -= size
                marked = marked or found
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError) as error:
        if isinstance(error, ImportProblem):
            raise
        raise ImportProblem(
            "This Excel file is damaged. Open it in Excel and save it as a new .xlsx file."
        ) from error
    return marked


def _measure(raw: io.BufferedReader, part: zipfile.ZipInfo, room: int, limits: Limits) -> tuple[int, bool]:
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
    telling = _MARKED if is_sheet else _PERCENT if part.filename == "xl/styles.xml" else None
    marked, before = False, b""
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
            if telling and not marked:
                marked = telling.search(before + plain) is not None
                before = plain[-_TAIL:]
    return size, marked


class _Extent:
    """The farthest row and column in which a sheet holds something, found while its XML streams by."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.tail = b""
        self.row = 0

    def add(self, chunk: bytes) -> None:
        text = self.tail + chunk
        self.tail = text[-_TAIL:]
        places = set(_FILLED.findall(text))
        self.row = max([self.row, *map(int, _ROW.findall(text))])
        deepest = self.row if _UNPLACED.search(text) else 0
        self.limits.check_rows(max([deepest, *(int(row) for _, row in places)]))
        self.limits.check_columns(max((_column(letters) for letters, _ in places), default=0))


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
