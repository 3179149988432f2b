"""Excel files, new and old, to records of text; guarded against files made to exhaust the reader."""

import io
import json
import re
import subprocess
import sys
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from incubator.imports import excel_cells
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
    answer = _ask_reader(path, limits, sheet)
    if "problem" in answer:
        raise _refusal(answer, limits)
    dated = frozenset((record, cell) for record, cell in answer["dated"])
    others = tuple((name, height) for name, height in answer["others"])
    return Sheet(answer["name"], answer["records"], dated, others)


def _ask_reader(path: Path, limits: Limits, sheet: str | None) -> dict[str, Any]:
    given = {"sheet": sheet, "rows": limits.rows, "columns": limits.columns, "memory": limits.memory_bytes}
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
            return ImportProblem(
                "This workbook is locked with a password. Remove it and send the file again."
            )
        case "no such sheet":
            return ImportProblem("The workbook has no sheet called “%(name)s”.", name=answer["name"])
        case "too many":
            try:
                limits.check_rows(answer["rows"])
                limits.check_columns(answer["columns"])
            except ImportProblem as problem:
                return problem
    return ImportProblem("The workbook holds no sheet with cells.")


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
