"""What an XLSX sheet says of its cells beside their values: percent formats, errors, formulas without a result.

The Excel reader gives values alone. The sheet's own XML is read once more, streaming, and only when a first look at
the archive says that there is something to find. Document types, and so entities, are refused.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from incubator.imports.problems import ImportProblem

_PIECE = 1 << 18
_BUILT_IN_PERCENT = frozenset({9, 10})
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_TEXT = frozenset({"t", "is", "r", "rPr"})
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")

Place = tuple[int, int]
Start = Callable[[str, dict[str, str]], None]


@dataclass(slots=True)
class Marks:
    """Cells as (row, column) from 0: shown as percent, holding an error (with its text), a formula without result."""

    percent: set[Place] = field(default_factory=set)
    errors: dict[Place, str] = field(default_factory=dict)
    uncalculated: list[Place] = field(default_factory=list)


def read_marks(path: Path, sheet: str) -> Marks:
    """The marks of one sheet of an XLSX file whose parts have been measured before."""
    try:
        with zipfile.ZipFile(path) as archive:
            part, calculates = _sheet_part(archive, sheet)
            if part not in archive.namelist():
                return Marks()
            reader = _Sheet(_percent_styles(archive), never_calculated=calculates)
            _parse(archive, part, reader.start, reader.end, reader.text)
            return reader.marks
    except (expat.ExpatError, KeyError, ValueError, zipfile.BadZipFile) as error:
        if isinstance(error, ImportProblem):
            raise
        raise ImportProblem(
            "This Excel file is damaged. Open it in Excel and save it as a new .xlsx file."
        ) from error


def _parse(
    archive: zipfile.ZipFile,
    part: str,
    start: Start,
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.buffer_text = True
    with archive.open(part) as stream:
        while piece := stream.read(_PIECE):
            parser.Parse(piece)
    parser.Parse(b"", True)


def _no_doctype(*_: object) -> None:
    raise ImportProblem("This Excel file is damaged. Open it in Excel and save it as a new .xlsx file.")


def _sheet_part(archive: zipfile.ZipFile, wanted: str) -> tuple[str, bool]:
    """The part that holds the sheet, and whether the file asks Excel to calculate everything when it is opened."""
    relation, targets, calculates = "", {}, False

    def in_workbook(name: str, attributes: dict[str, str]) -> None:
        nonlocal relation, calculates
        name = _local(name)
        if name == "sheet" and attributes.get("name") == wanted:
            relation = next((text for key, text in attributes.items() if key.endswith(":id")), "")
        elif name == "calcPr":
            calculates = attributes.get("fullCalcOnLoad") in ("1", "true")

    def in_relations(name: str, attributes: dict[str, str]) -> None:
        if _local(name) == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(archive, "xl/workbook.xml", in_workbook)
    _parse(archive, "xl/_rels/workbook.xml.rels", in_relations)
    target = targets.get(relation, "")
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(f"xl/{target}"), calculates


def _percent_styles(archive: zipfile.ZipFile) -> frozenset[int]:
    """The places in the list of cell styles whose number format shows a percentage."""
    if "xl/styles.xml" not in archive.namelist():
        return frozenset()
    formats, styles, inside = set(_BUILT_IN_PERCENT), list[int](), False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal inside
        name = _local(name)
        if name == "numFmt" and "%" in _QUOTED.sub("", attributes.get("formatCode", "")):
            formats.add(int(attributes.get("numFmtId", "-1")))
        elif name == "cellXfs":
            inside = True
        elif name == "xf" and inside:
            styles.append(int(attributes.get("numFmtId", "0")))

    def end(name: str) -> None:
        nonlocal inside
        if _local(name) == "cellXfs":
            inside = False

    _parse(archive, "xl/styles.xml", start, end)
    return frozenset(place for place, number in enumerate(styles) if number in formats)


class _Sheet:
    """Collects the marks while the cells of a sheet stream by."""

    def __init__(self, percent: frozenset[int], *, never_calculated: bool) -> None:
        self.marks = Marks()
        self._percent, self._never = percent, never_calculated
        self._row = self._column = -1
        self._kind = self._value = ""
        self._style, self._formula, self._in_value = 0, False, False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in _TEXT:
            return
        name = _local(name)
        if name == "c":
            place = _PLACE.fullmatch(attributes.get("r", ""))
            self._column = _column(place[1]) if place else self._column + 1
            self._row = int(place[2]) - 1 if place else self._row
            self._style = int(attributes.get("s", "0"))
            self._kind = attributes.get("t", "n")
            self._value, self._formula = "", False
        elif name == "row":
            self._row = int(attributes["r"]) - 1 if attributes.get("r", "").isdigit() else self._row + 1
            self._column = -1
        elif name == "f":
            self._formula = True
        elif name == "v":
            self._in_value = True

    def text(self, text: str) -> None:
        if self._in_value:
            self._value += text

    def end(self, name: str) -> None:
        if name in _TEXT:
            return
        name = _local(name)
        if name == "v":
            self._in_value = False
        elif name == "c":
            self._finish((self._row, self._column), self._value.strip())

    def _finish(self, place: Place, value: str) -> None:
        if self._kind == "e":
            self.marks.errors[place] = value
        elif self._formula and (not value or (self._never and value == "0")):
            self.marks.uncalculated.append(place)
        elif value and self._kind == "n" and self._style in self._percent:
            self.marks.percent.add(place)


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
