import csv
import io
import json
import tracemalloc
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import openpyxl
import pytest
from python_calamine import CalamineWorkbook

from incubator.exports.tables import CELL_LIMIT, Cell, Money, Table, to_csv, to_json, to_xlsx

DANGEROUS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\tplain",
    "\rplain",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM",
    "﹣1",
    "−1",
    "  =1+1",
    "\u200b=1+1",
    "\ufeff\u2060 =HYPERLINK(1)",
    "\u202e=1",
    "\n=1",
    "\u3000=1",
    "\x00=1",
    "\x1f\x00@x",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://e","x")',
]
HARMLESS = [
    "",
    "a=1",
    'O\'Brien, "Pat"',
    "5 - 3",
    "é\u0301",
    "𝒳 😀",
    "שלום",
    "1e5",
    "007",
    "https://a.gov",
    "_x0041_",
]


def read_csv(table: Table) -> list[list[str]]:
    raw = b"".join(to_csv(table))
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))


def read_xlsx(table: Table) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(to_xlsx(table)))


def column(values: list[Cell], title: str = "Text") -> Table:
    return Table("Sheet of things", [title], [[value] for value in values])


@pytest.mark.parametrize("text", DANGEROUS)
def test_csv_leaves_no_formula(text: str) -> None:
    header, [cell] = read_csv(Table("t", [text], [[text]]))
    assert header == [cell]
    assert cell.startswith("'")
    assert cell[1:] == text.replace("\x00", "").replace("\x1f", "")


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_unchanged(text: str) -> None:
    assert read_csv(Table("t", ["a", "b"], [[text, "x"]]))[1] == [text, "x"]
    content = to_xlsx(Table("t", ["a", "b"], [[text, "x"]]))
    assert CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()[1] == [
        text,
        "x",
    ]


@pytest.mark.parametrize("text", DANGEROUS)
def test_xlsx_keeps_dangerous_text_as_text_without_a_formula(text: str) -> None:
    table = column([text])
    cell = read_xlsx(table).worksheets[0]["A2"]
    assert cell.data_type == "s"
    assert not isinstance(cell.value, int | float)
    with zipfile.ZipFile(io.BytesIO(to_xlsx(table))) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml").decode()
        assert "<f>" not in sheet
        assert "<hyperlink" not in sheet


def test_csv_is_bom_crlf_and_numbers_stay_numbers() -> None:
    row: list[Cell] = [
        -5,
        -1.5,
        Decimal("-0.10"),
        Money(-123_456),
        True,
        None,
        date(2026, 2, 3),
        datetime(2026, 2, 3, 4, 5, 6, tzinfo=timezone(timedelta(hours=-7))),
        float("nan"),
        Decimal("Infinity"),
        10**30,
    ]
    raw = b"".join(to_csv(Table("t", [str(n) for n in range(len(row))], [row])))
    assert raw.startswith(b"\xef\xbb\xbf0,1,2")
    assert raw.endswith(b"\r\n")
    assert raw.decode("utf-8-sig").splitlines()[1] == (
        "-5,-1.5,-0.10,-1234.56,yes,,2026-02-03,2026-02-03 11:05:06+00:00,,,1000000000000000000000000000000"
    )


@pytest.mark.slow
def test_csv_streams() -> None:
    taken = 0

    def rows() -> Iterator[list[Cell]]:
        nonlocal taken
        for number in range(200_000):
            taken = number
            yield [number, "some text of a usual length", Money(number)]

    tracemalloc.start()
    pieces = to_csv(Table("t", ["n", "text", "cost"], rows()))
    first = next(pieces)
    assert taken < 5_000
    assert sum(len(piece) for piece in pieces) + len(first) > 8_000_000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken == 199_999
    assert peak < 2_000_000


def test_xlsx_types_formats_and_layout() -> None:
    table = Table(
        "Pilots: 2026/27",
        ["Name", "Cost", "Start", "Seen", "n", "Yes", "Old", "Huge", "Nothing"],
        [
            [
                "A name that is rather longer than its heading",
                Money(123_456),
                date(2026, 2, 3),
                datetime(2026, 2, 3, 4, 5, tzinfo=UTC),
                Decimal("1.5"),
                False,
                date(1, 1, 1),
                10**20,
                None,
            ]
        ],
        ["Source: the register"],
    )
    book = read_xlsx(table)
    sheet = book.worksheets[0]
    assert book.sheetnames == ["Pilots 2026 27", "Notes"]
    assert [cell.value for cell in sheet[2]] == [
        "A name that is rather longer than its heading",
        1234.56,
        datetime(2026, 2, 3),  # noqa: DTZ001
        datetime(2026, 2, 3, 4, 5),  # noqa: DTZ001
        1.5,
        "no",
        "0001-01-01",
        "100000000000000000000",
        None,
    ]
    assert sheet["B2"].number_format.startswith("$#,##0.00")
    assert sheet["C2"].number_format == "yyyy-mm-dd"
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:I2"
    assert 45 <= sheet.column_dimensions["A"].width <= 60
    assert book["Notes"]["A1"].value == "Source: the register"


def test_control_characters_and_long_cells() -> None:
    allowed = "tab\there\nand below"
    nasty = "".join(map(chr, range(32))) + "\ud800\ufffe\uffffend"
    long = "😀" * 20_000
    sheet = read_xlsx(column([allowed, nasty, long, "x" * CELL_LIMIT, "y" * 1_000_000])).worksheets[0]
    assert sheet["A2"].value == allowed
    assert sheet["A3"].value.endswith("end")
    assert not {"\x00", "\x1b", "\ufffe", "\ud800"} & set(sheet["A3"].value)
    assert sheet["A4"].value.endswith("😀 […cut]")
    assert len(sheet["A4"].value.encode("utf-16-le")) // 2 in (CELL_LIMIT, CELL_LIMIT - 1)
    assert sheet["A5"].value == "x" * CELL_LIMIT
    assert len(sheet["A6"].value) == CELL_LIMIT


def test_xlsx_tells_nothing_but_its_rows() -> None:
    content = to_xlsx(Table("t", ["Name"], [["x"]]))
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        names = parts.namelist()
        everything = b"".join(parts.read(name) for name in names).decode()
    assert [name for name in names if "comment" in name or "vml" in name or "external" in name] == []
    assert 'state="hidden"' not in everything
    assert "veryHidden" not in everything
    assert ' hidden="1"' not in everything.split("<definedNames>")[0]
    assert "<dc:creator></dc:creator><cp:lastModifiedBy></cp:lastModifiedBy>" in everything
    assert "/home/" not in everything
    assert "/tmp/" not in everything
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert [sheet.sheet_state for sheet in book.worksheets] == ["visible"]
    assert content == to_xlsx(Table("t", ["Name"], [["x"]])), "the same rows give the same bytes"


@pytest.mark.parametrize("name", ["", "'", "[]:*?/\\", "History", "n" * 100, "=1\x00", "Notes"])
def test_any_name_makes_a_readable_book(name: str) -> None:
    book = read_xlsx(Table(name, ["a"], [["b"]], ["a note"]))
    assert book.worksheets[0]["A2"].value == "b"
    assert book.worksheets[1]["A1"].value == "a note"


def test_json_reads_back() -> None:
    table = Table("t", ["n", "cost", "day", "x"], [[1, Money(5), date(2026, 1, 2), float("inf")]], ["why"])
    assert json.loads(to_json(table)) == {
        "name": "t",
        "notes": ["why"],
        "header": ["n", "cost", "day", "x"],
        "rows": [{"n": 1, "cost": "0.05", "day": "2026-01-02", "x": None}],
    }
    with pytest.raises(ValueError, match="same title"):
        to_json(Table("t", ["a", "a"], []))


@pytest.mark.parametrize("make", [lambda table: b"".join(to_csv(table)), to_xlsx])
def test_no_rows_is_a_table_and_a_ragged_row_is_a_fault(make: object) -> None:
    assert make(Table("t", ["a", "b"], []))  # type: ignore[operator]
    with pytest.raises(ValueError, match="a row has 1 cells, the header 2"):
        make(Table("t", ["a", "b"], [["x"]]))  # type: ignore[operator]


def test_money_is_whole_cents() -> None:
    with pytest.raises(TypeError, match="whole cents"):
        Money(1.5)  # type: ignore[arg-type]
