"""The cells of a workbook as text, read in a process of its own: `python -I excel_cells.py FILE LIMITS`.

Damaged or hostile workbooks can make the Excel reader panic or ask for more memory than there is, and either ends
the process. This file is therefore run by itself (see `workbooks`) and imports nothing of the application.
"""

import datetime as dt
import json
import re
import sys
from pathlib import Path

import xlrd
from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

try:
    import resource
except ImportError:  # Windows has no such limits; the parent's time limit remains.
    resource = None  # type: ignore[assignment]


_COMPOUND = b"\xd0\xcf\x11\xe0"
"""How files of Excel before 2007 begin. The reader of cells tells nothing of their formats."""
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')
_TOP = 30
_SAMPLE = 200


def read(
    path: str, wanted: str | None, most_rows: int, most_columns: int, words: list[str]
) -> dict[str, object]:
    """The wanted sheet or the likeliest table: name, records, dated positions, and all sheets with cells.

    Of the sheets, those that Excel shows come first, then those with a row of column names over filled rows, then
    those whose names hold one of `words`, then the larger. A refusal is {"problem": code}, with its numbers or names.
    """
    with CalamineWorkbook.from_path(path) as book:
        hidden = {
            meta.name: meta.visible != SheetVisibleEnum.Visible
            for meta in book.sheets_metadata
            if meta.typ == SheetTypeEnum.WorkSheet
        }
        if wanted is not None and wanted not in hidden:
            return {"problem": "no such sheet", "name": wanted}
        sheets = [book.get_sheet_by_name(name) for name in hidden]
    if not any(sheet.height for sheet in sheets):
        return {"problem": "no cells"}

    def rank(sheet: CalamineSheet) -> tuple[object, ...]:
        area = sheet.height * sheet.width
        return (sheet.name == wanted, area > 0, not hidden[sheet.name], *likeness(sheet, words), area)

    chosen = max(sheets, key=rank) if len(sheets) > 1 else sheets[0]
    if chosen.total_height > most_rows or chosen.total_width > most_columns:
        return {"problem": "too many", "rows": chosen.total_height, "columns": chosen.total_width}
    records, dated = as_text(chosen)
    percent = shown_as_percent(path, chosen.name)
    told = [
        {"name": sheet.name, "rows": sheet.height, "hidden": hidden[sheet.name]}
        for sheet in sheets
        if sheet.height
    ]
    return {"name": chosen.name, "records": records, "dated": dated, "percent": percent, "sheets": told}


def shown_as_percent(path: str, sheet: str) -> list[tuple[int, int]]:
    """The (row, cell) positions of an old Excel sheet that it shows as percent; an XLSX file's stand in its XML."""
    with Path(path).open("rb") as file:
        if file.read(4) != _COMPOUND:
            return []
    try:
        with xlrd.open_workbook(path, formatting_info=True, on_demand=True) as book:
            table = book.sheet_by_name(sheet)
            percent = {
                place
                for place, style in enumerate(book.xf_list)
                if "%" in _QUOTED.sub("", book.format_map[style.format_key].format_str)
            }
            return [
                (row, column)
                for row in range(table.nrows)
                for column in range(table.row_len(row))
                if table.cell_type(row, column) == xlrd.XL_CELL_NUMBER
                and table.cell_xf_index(row, column) in percent
            ]
    # The cells were read; a format this reader does not know must not cost the file.
    except Exception:
        return []


def likeness(sheet: CalamineSheet, words: list[str]) -> tuple[bool, int]:
    """Whether the sheet looks like a table with column names, and how many of its names hold a known word."""
    rows = [
        [cell for cell in row if cell not in ("", None)]
        for row in sheet.to_python(skip_empty_area=True, nrows=_SAMPLE)
    ]
    best = (False, 0)
    for place, cells in enumerate(rows[:_TOP]):
        names = {cell.strip().casefold() for cell in cells if isinstance(cell, str)}
        if len(names) < 2 or len(names) * 3 < len(cells) * 2:
            continue
        below = [len(row) for row in rows[place + 1 :]]
        table = bool(below) and sum(below) * 10 >= len(below) * len(cells) * 3
        known = sum(any(word in words for word in name.replace("_", " ").split()) for name in names)
        best = max(best, (table and known > 0, known))
    return best


def as_text(sheet: CalamineSheet) -> tuple[list[list[str]], list[tuple[int, int]]]:
    """The sheet's records from its first row on, and the (record, cell) positions that were real dates."""
    records: list[list[str]] = []
    dated: list[tuple[int, int]] = []
    for number, cells in enumerate(sheet.to_python(skip_empty_area=False)):
        records.append([cell if isinstance(cell, str) else cell_text(cell) for cell in cells])
        dated += [(number, place) for place, cell in enumerate(cells) if isinstance(cell, dt.date)]
    return records, dated


def cell_text(cell: object) -> str:
    """A typed cell as a person would see it: whole numbers without ".0", days as ISO, TRUE and FALSE."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        whole_day = cell.time() == dt.time(0)
        text = cell.isoformat(sep=" ", timespec="seconds")
        return text[:10] if whole_day else text
    return "" if cell is None else str(cell)


def main(path: str, limits: str) -> None:
    """Write `read`'s answer to standard output as JSON."""
    given = json.loads(limits)
    if resource:
        resource.setrlimit(resource.RLIMIT_AS, (given["memory"], given["memory"]))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = read(path, given["sheet"], given["rows"], given["columns"], given["words"])
    except PasswordError:
        answer = {"problem": "locked"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
