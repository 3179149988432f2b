"""The cells of a workbook as text, read in a process of its own: `python -I excel_cells.py FILE LIMITS`.

Damaged or hostile workbooks can make the Excel reader panic or ask for more memory than there is, and either ends
the process. This file is therefore run by itself (see `workbooks`) and imports nothing of the application.
"""

import datetime as dt
import json
import sys

from python_calamine import CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

try:
    import resource
except ImportError:  # Windows has no such limits; the parent's time limit remains.
    resource = None  # type: ignore[assignment]


def read(path: str, wanted: str | None, most_rows: int, most_columns: int) -> dict[str, object]:
    """The wanted sheet or the one with most cells: name, records, dated positions, other sheets and their heights.

    A refusal is {"problem": code}, with its numbers or names beside it.
    """
    with CalamineWorkbook.from_path(path) as book:
        names = [meta.name for meta in book.sheets_metadata if meta.typ == SheetTypeEnum.WorkSheet]
        if wanted is not None and wanted not in names:
            return {"problem": "no such sheet", "name": wanted}
        sheets = [book.get_sheet_by_name(name) for name in names]
    if not any(sheet.height for sheet in sheets):
        return {"problem": "no cells"}
    chosen = max(sheets, key=lambda sheet: (sheet.name == wanted, sheet.height * sheet.width))
    if chosen.total_height > most_rows or chosen.total_width > most_columns:
        return {"problem": "too many", "rows": chosen.total_height, "columns": chosen.total_width}
    records, dated = as_text(chosen)
    others = [(sheet.name, sheet.height) for sheet in sheets if sheet.name != chosen.name and sheet.height]
    return {"name": chosen.name, "records": records, "dated": dated, "others": others}


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
        answer = read(path, given["sheet"], given["rows"], given["columns"])
    except PasswordError:
        answer = {"problem": "locked"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
