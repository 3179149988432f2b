"""Reading tables as they come: encodings, delimiters, headers, ragged rows, and files made to do harm."""

import csv
import datetime as dt
import io
import random
import zipfile
from contextlib import suppress
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from incubator.imports.excel_cells import cell_text
from incubator.imports.limits import Limits
from incubator.imports.problems import ImportProblem
from incubator.imports.tables import Table, read_table, read_text, unique_headers

SMALL = "name,agency,note\nBus lanes,DOT,first\nCafé,DOH,second\n"


def cells(table: Table) -> list[list[str]]:
    return [list(row.cells.values()) for row in table.rows]


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8 with byte-order mark"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_encodings(made, encoding, said):
    table = read_table(made(SMALL.encode(encoding)))
    assert (table.encoding, table.headers) == (said, ("name", "agency", "note"))
    assert cells(table) == [["Bus lanes", "DOT", "first"], ["Café", "DOH", "second"]]
    assert table.remarks == {}


def test_stray_windows_bytes_in_utf8_are_read_and_counted(made):
    table = read_table(made("name,note\né ü ö,“quoted”\n".encode() + b"caf\xe9,don\x92t\n"))
    assert cells(table) == [["é ü ö", "“quoted”"], ["café", "don’t"]]
    assert table.remarks == {"stray bytes read as Windows-1252": 2}


def test_bytes_no_encoding_has_are_marked(made):
    table = read_table(made(b"name,note\ncaf\xe9,a\x81b\n"))
    assert cells(table) == [["café", "a\ufffdb"]]
    assert table.remarks == {"unreadable bytes": 1}


def test_nothing_is_deleted_from_cells(made):
    table = read_table(made("name,note\na\x00b,c\x1b[31md\nThe company\x92s,two\x0blines\n"))
    assert cells(table) == [["a\ufffdb", "c\ufffd[31md"], ["The company’s", "two lines"]]
    assert table.remarks == {
        "control characters shown as \ufffd": 2,
        "signs of Windows-1252 read as such": 1,
    }


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(made, delimiter):
    text = SMALL.replace(",", delimiter).replace(
        "first", "one, two; three | four" if delimiter == "\t" else "first"
    )
    table = read_table(made(text))
    assert (table.delimiter, len(table.headers), len(table.rows)) == (delimiter, 3, 2)


def test_a_semicolon_file_with_commas_in_its_text(made):
    table = read_table(made("name;cost\nA, then B;1,5\nC, D, E;2,5\n"))
    assert cells(table) == [["A, then B", "1,5"], ["C, D, E", "2,5"]]


def test_one_column(made):
    assert cells(read_table(made("name\nalpha\nbeta\n"))) == [["alpha"], ["beta"]]


def test_quotes_newlines_and_row_numbers(made):
    table = read_table(made('name,note\r\n"two\r\nlines","say ""hi"""\r\n\r\nlast,x\r\n'))
    assert [(row.number, list(row.cells.values())) for row in table.rows] == [
        (2, ["two\r\nlines", 'say "hi"']),
        (4, ["last", "x"]),
    ]
    assert table.blank_rows == (3,)


def test_an_unclosed_quote_is_said(made):
    table = read_table(made('name,note\na,b\nc,"never closed\nd,e\n'))
    assert table.remarks == {"quotation mark never closed": 1}
    assert cells(table)[-1] == ["c", "never closed\nd,e\n"]


def test_header_under_titles_sections_and_blank_rows(made):
    text = (
        "Inventory of pilots 2026,,,,\n,,,,\nIdentity,,Details,,\nSection,Section,Section,Section,Section\n"
        "title,agency,stage,cost,note\nBus lanes,DOT,Pilot,5,\n"
    )
    table = read_table(made(text))
    assert (table.header_row, table.headers) == (5, ("title", "agency", "stage", "cost", "note"))
    assert [number for number, _ in table.preamble] == [1, 2, 3, 4]
    assert [row.number for row in table.rows] == [6]
    assert read_table(made(text), header_row=3).headers[0] == "Identity"


def test_section_row_above_question_headers_in_a_workbook(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Identifiers", None, None, "Data", None, None])
    sheet.merge_cells("A1:C1")
    sheet.append(
        [
            "Use Case Name",
            "Agency\nName",
            "Is it new?",
            "If Other, please explain.",
            "Date",
            "If Other, please explain.",
        ]
    )
    sheet.append(["Chat", "DOT", True, 7.0, dt.date(2026, 1, 31), 0.5])
    sheet.append([None] * 6)
    sheet.append(["Sort", "DOH", False, "x", dt.datetime.fromisoformat("2026-01-31T09:30"), "=1+1"])
    book.create_sheet("Notes").append(["read me"])
    path = tmp_path / "book.xlsx"
    book.save(path)
    table = read_table(path)
    assert (table.kind, table.sheet, table.header_row) == ("xlsx", "Sheet", 2)
    assert table.headers[3:] == ("If Other, please explain.", "Date", "If Other, please explain..1")
    assert table.original_headers[1] == "Agency\nName"
    assert [(row.number, list(row.cells.values())[:5]) for row in table.rows] == [
        (3, ["Chat", "DOT", "TRUE", "7", "2026-01-31"]),
        (5, ["Sort", "DOH", "FALSE", "x", "2026-01-31 09:30:00"]),
    ]
    assert table.rows[0].dated == {"Date"}
    assert (table.blank_rows, [(one.name, one.rows) for one in table.sheets if one.name != table.sheet]) == (
        (4,),
        [("Notes", 1)],
    )
    assert read_table(path, sheet="Notes").headers == ("read me",)
    with pytest.raises(ImportProblem, match="no sheet called “Elsewhere”"):
        read_table(path, sheet="Elsewhere")


def test_ragged_rows_lose_nothing(made):
    table = read_table(made("a,b,c\n1x,2x\n1y,2y,3y,4y,5y\n"))
    assert table.headers == ("a", "b", "c", "Column 4", "Column 5")
    assert cells(table) == [["1x", "2x", "", "", ""], ["1y", "2y", "3y", "4y", "5y"]]
    assert [row.width for row in table.rows] == [2, 5]
    assert table.ragged_rows == (2, 3)


def test_repeated_headers_never_collide():
    assert unique_headers(["a", "a", "a.1", " a ", "", ""]) == (
        "a",
        "a.2",
        "a.1",
        "a.3",
        "Column 5",
        "Column 6",
    )


def test_cells_of_workbooks_read_like_on_screen():
    written = [
        cell_text(one) for one in (2025.0, 0.1, 1e22, True, dt.date(2026, 1, 2), dt.time(9, 5), None, 3)
    ]
    assert written == ["2025", "0.1", "1e+22", "TRUE", "2026-01-02", "09:05:00", "", "3"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b" \n,,,\n\n", "every cell is blank"),
        (b"%PDF-1.7 ...", "a PDF"),
        (b"\x89PNG\r\n\x1a\n....", "a picture"),
        (b"<html><table><tr><td>1</td></tr></table>", "web page"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>', "web page or XML"),
        (b"PK\x03\x04 not really a zip", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000), "not an Excel workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"),
            "locked with a password",
        ),
        (b"\x1f\x8b\x08" + bytes(50), "compressed"),
        (b"<!-- saved --><div><table><tr><td>Title", "web page"),
        (b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n<html>", "web page"),
        (random.Random(1).randbytes(5000), "binary data"),
        (bytes(300), "binary"),
    ],
)
def test_files_that_are_no_table(made, content, message):
    with pytest.raises(ImportProblem, match=message):
        read_table(made(content))


def test_limits(made, tmp_path):
    with pytest.raises(ImportProblem, match="up to 0 MB"):
        read_table(made(SMALL), limits=Limits(file_bytes=10))
    with pytest.raises(ImportProblem, match="row 3; at most 2"):
        read_table(made(SMALL), limits=Limits(rows=2))
    with pytest.raises(ImportProblem, match="3 columns wide; at most 2"):
        read_table(made(SMALL), limits=Limits(columns=2))
    with pytest.raises(ImportProblem, match="cannot be opened"):
        read_table(tmp_path / "nothing.csv")


def sheet_with(xml: str) -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["name", "note"])
    plain, changed = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            data = source.read(part)
            target.writestr(
                part,
                data.replace(b"</sheetData>", xml.encode() + b"</sheetData>") if "sheet1" in part else data,
            )
    return changed.getvalue()


def test_a_workbook_that_unpacks_to_far_too_much(made):
    bomb = sheet_with("<row r='2'><c r='A2' t='inlineStr'><is><t>" + "a" * 30_000_000 + "</t></is></c></row>")
    assert len(bomb) < 100_000
    with pytest.raises(ImportProblem, match="unpacks to more than 20 MB"):
        read_table(made(bomb), limits=Limits(inflated_bytes=20_000_000))


def test_a_workbook_that_lies_about_its_size(made):
    bomb = bytearray(
        sheet_with("<row r='2'><c r='A2' t='inlineStr'><is><t>" + "a" * 30_000_000 + "</t></is></c></row>")
    )
    place = 0
    while (place := bomb.find(b"PK\x01\x02", place)) >= 0:
        bomb[place + 24 : place + 28] = (1000).to_bytes(4, "little")
        place += 4
    with pytest.raises(ImportProblem, match="unpacks to more than 20 MB"):
        read_table(made(bytes(bomb)), limits=Limits(inflated_bytes=20_000_000))


@pytest.mark.parametrize("place", ["XFD1048576", "A1048576", "ZZZ1"])
def test_one_cell_at_the_end_of_the_world(made, place):
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    book = sheet_with(f'<row r="{row}"><c r="{place}"><v>1</v></c></row>')
    with pytest.raises(ImportProblem, match="at most"):
        read_table(made(book))


def test_too_little_memory_ends_the_reader_and_not_the_application(made):
    book = sheet_with(
        "".join(
            f'<row r="{n}"><c r="A{n}"><v>1</v></c><c r="HA{n}"><v>2</v></c></row>' for n in range(2, 40_000)
        )
    )
    with pytest.raises(ImportProblem, match="too large"):
        read_table(made(book), limits=Limits(memory_bytes=150_000_000))


def test_another_kind_of_zip(made):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(ImportProblem, match="not an Excel workbook"):
        read_table(made(data.getvalue()))


def test_damaged_workbooks_are_refused_or_read_but_never_crash(made):
    book = sheet_with('<row r="2"><c r="A2"><v>1</v></c></row>')
    chance = random.Random(7)
    for _ in range(25):
        damaged = bytearray(book)
        for _ in range(chance.randrange(1, 40)):
            damaged[chance.randrange(4, len(damaged))] = chance.randrange(256)
        with suppress(ImportProblem):
            assert read_table(made(bytes(damaged))).kind == "xlsx"


def test_one_cell_of_a_megabyte(made):
    text = "é" * 1_000_000
    assert cells(read_table(made(f"name,note\na,{text}\n"))) == [["a", text]]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400))
def test_any_bytes_give_a_table_or_a_plain_problem(made, content):
    with suppress(ImportProblem):
        table = read_table(made(content))
        assert len(set(table.headers)) == len(table.headers)
        numbers = [row.number for row in table.rows] + list(table.blank_rows)
        numbers += [table.header_row] + [number for number, _ in table.preamble]
        assert sorted(numbers) == list(range(1, len(numbers) + 1))


_CELL = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=12)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(2, 6).flatmap(
        lambda width: st.lists(st.lists(_CELL, min_size=width, max_size=width), max_size=12)
    )
)
def test_what_is_written_is_what_is_read(rows):
    """Every row comes back cell for cell, whatever delimiters, quotes and newlines stand in it."""
    width = len(rows[0]) if rows else 2
    out = io.StringIO(newline="")
    csv.writer(out).writerows([[f"header {place}" for place in range(width)], *rows])
    table = read_text(out.getvalue(), header_row=1)
    if table.delimiter == ",":
        blank = [number for number, row in enumerate(rows, start=2) if not any(cell.strip() for cell in row)]
        assert list(table.blank_rows) == blank
        assert cells(table) == [row for number, row in enumerate(rows, start=2) if number not in blank]


def workbook(*sheets, tmp_path):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows, hidden in sheets:
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if hidden else "visible"
        for row in rows:
            sheet.append(row)
    path = tmp_path / "book.xlsx"
    return book, path


def test_percent_errors_and_formulas_are_read_as_excel_shows_them(tmp_path):
    book, path = workbook(
        ("A", [["month", "share"], ["2026-01", 0.45], ["2026-02", 1], ["2026-03", 0.5]], 0), tmp_path=tmp_path
    )
    sheet = book["A"]
    sheet["B2"].number_format, sheet["B3"].number_format = "0.0%", '0"%"'
    sheet["B4"].number_format = "[Red]0.00%;-0.00%"
    sheet["A5"], sheet["B5"] = "2026-04", "#DIV/0!"
    sheet["B5"].data_type = "e"
    sheet["A6"], sheet["B6"] = "2026-05", "=1/4"
    sheet.cell(1_048_576, 1).number_format = "0%"
    book.save(path)
    table = read_table(path)
    assert [row.cells["share"] for row in table.rows] == ["45%", "1", "50%", "#DIV/0!", ""]
    assert list(table.remarks.values()) == [1, 1]
    assert [kind[:30] for kind in table.remarks] == [
        "cells with an Excel error",
        "formulas without a result, rea",
    ]
    sheet.cell(1_048_576, 1).value = "x"
    book.save(path)
    with pytest.raises(ImportProblem, match="a filled cell in row 1,048,576"):
        read_table(path)


def test_a_shown_table_comes_before_hidden_and_larger_lists(tmp_path):
    lists = [[f"choice {row} {cell}" for cell in range(9)] for row in range(60)]
    plain = [["Title", "Agency", "Stage"], ["A", "Roads", "Pilot"]]
    book, path = workbook(("Lists", lists, 0), ("Old", plain * 90, 1), ("Data", plain, 0), tmp_path=tmp_path)
    book.save(path)
    table = read_table(path)
    assert (table.sheet, [(one.name, one.rows, one.hidden) for one in table.sheets]) == (
        "Data",
        [("Lists", 60, False), ("Old", 180, True), ("Data", 2, False)],
    )


def test_a_row_of_groups_above_the_names_is_no_header():
    text = (
        "Project,,,Dates,,Money\nTitle,Agency,Stage,Start Date,End Date,Budget\nA,Roads,Pilot,2024-01-02,,5\n"
    )
    table = read_text(text)
    assert (table.header_row, table.headers[:2], len(table.rows)) == (2, ("Title", "Agency"), 1)
    assert read_text("Title,Agency,\nA,Roads,x\nB,Roads,y\n").header_row == 1


def test_cells_that_old_excel_shows_as_percent_are_read_so() -> None:
    """The file was written for this test: .45, 1 and .125 shown as percent, .5 with the word in quotes, 37 plain."""
    table = read_table(Path(__file__).parent / "data" / "percent.xls")
    assert [row.cells["value"] for row in table.rows] == ["45%", "100%", "12.5%", "0.5", "37"]
    assert [row.cells["date"] for row in table.rows][:2] == ["2026-01-31", "2026-02-28"]
