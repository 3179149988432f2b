"""The whole of the published federal inventories: nothing lost, and the same in every format."""

import csv
import datetime as dt
import io
from collections import Counter

import pytest

from incubator.imports.dates import Precision
from incubator.imports.inventory import read_inventory
from incubator.imports.profiles import propose
from incubator.imports.tables import read_table
from tests.imports.conftest import FILES

ROWS = {"2025 csv": 3611, "2025 xlsx": 3611, "2024 csv": 2133, "2024 xls": 2133, "2024 first": 1757}
STAGES_2025 = {"design": 1479, "pilot": 440, "in_service": 1040, "closed": 314, "": 338}
# Initiated 370 + Planned 20 + Ideation 9; Operation 874 + In production 14 + In mission 4; Retired 142 + complete 5.
STAGES_2024 = {"idea": 399, "design": 404, "pilot": 287, "in_service": 892, "closed": 147, "": 4}


@pytest.mark.parametrize("name", FILES)
def test_every_row_is_accounted_for(inventory_of, name):
    table, inventory = inventory_of(name)
    report = inventory.report
    assert (len(table.rows), report.rows_read, report.rows_ready, report.refused) == (
        ROWS[name],
        ROWS[name],
        ROWS[name],
        [],
    )
    assert (
        report.unaccounted((row.row for row in inventory.rows), (row.number for row in table.rows)) == set()
    )
    assert sum(report.stages.values()) == ROWS[name]
    assert len({row.identity.key for row in inventory.rows}) == ROWS[name]


@pytest.mark.parametrize("name", FILES)
def test_every_cell_can_be_exported_again(inventory_of, name):
    table, inventory = inventory_of(name)
    kept = [header for header in table.headers if header not in inventory.report.dropped]
    assert [list(row.source) for row in inventory.rows] == [kept] * len(table.rows)
    assert [list(row.source.values()) for row in inventory.rows] == [
        [row.cells[header] for header in kept] for row in table.rows
    ]


@pytest.mark.parametrize(
    ("name", "encoding"), [("2025 csv", "utf-8-sig"), ("2024 csv", "cp1252"), ("2024 first", "utf-8-sig")]
)
def test_cells_are_those_of_the_file(inventory_of, inventory_path, name, encoding):
    table, inventory = inventory_of(name)
    text = inventory_path(name).read_bytes().decode(encoding)
    header, *records = list(csv.reader(io.StringIO(text, newline="")))
    assert list(table.original_headers) == header
    assert [list(row.cells.values()) for row in table.rows] == records
    assert [row.row for row in inventory.rows] == list(range(2, ROWS[name] + 2))


@pytest.mark.parametrize(
    ("name", "stages"),
    [
        ("2025 csv", STAGES_2025),
        ("2025 xlsx", STAGES_2025),
        ("2024 csv", STAGES_2024),
        ("2024 xls", STAGES_2024),
    ],
)
def test_stages_are_the_published_counts(inventory_of, name, stages):
    assert inventory_of(name)[1].report.stages == stages


def test_raw_stage_words_of_2024_are_all_kept(inventory_of):
    words = Counter(row.stage_raw for row in inventory_of("2024 csv")[1].rows)
    assert words == {
        "Operation and Maintenance": 874,
        "Acquisition and/or Development": 404,
        "Initiated": 370,
        "Implementation and Assessment": 287,
        "Retired": 142,
        "Planned": 20,
        "In production": 14,
        "Ideation": 9,
        "Research or  Administrative Action Complete": 5,
        "In mission": 4,
        "": 4,
    }


def test_csv_and_excel_of_2025_give_the_same_rows(inventory_of):
    one = {row.identity.key: row for row in inventory_of("2025 csv")[1].rows}
    other = {row.identity.key: row for row in inventory_of("2025 xlsx")[1].rows}
    assert one.keys() == other.keys()
    names = ("external_id", "agency_name", "agency_code", "unit", "title", "expected_outcome")
    names += ("technology", "topic", "stage", "vendor")
    for key, row in one.items():
        assert [getattr(row, name) for name in names] == [getattr(other[key], name) for name in names]
        assert _read_dates(row) == _read_dates(other[key])
    # One cell of the workbook holds a control character, which is kept out.
    assert [key for key, row in one.items() if row.problem != other[key].problem] == ["va # va-25-3617"]
    assert inventory_of("2025 xlsx")[1].report.warnings["file: control characters shown as \ufffd"].count == 1


def test_csv_and_old_excel_of_2024_agree(inventory_of):
    one, other = inventory_of("2024 csv")[1].rows, inventory_of("2024 xls")[1].rows
    for row, twin in zip(one, other, strict=True):
        assert (row.identity, row.row, row.title, row.unit, row.stage) == (
            twin.identity,
            twin.row,
            twin.title,
            twin.unit,
            twin.stage,
        )
        assert _read_dates(row) == _read_dates(twin)
    # Signs Windows-1252 does not have became question marks when the CSV was published.
    differing = [
        (row.problem, twin.problem)
        for row, twin in zip(one, other, strict=True)
        if row.problem != twin.problem
    ]
    assert len(differing) == 8
    assert all(text.count("?") > twin.count("?") for text, twin in differing if "\u200b" in twin)


def test_rows_without_name_or_with_a_shared_id(inventory_of):
    rows = inventory_of("2025 csv")[1].rows
    nameless = [row for row in rows if not row.source["use_case_name"].strip()]
    assert [(row.external_id, row.title) for row in nameless] == [("DOI-0015", "Untitled (DOI-0015)")]
    ids = Counter((row.agency_code, row.external_id) for row in rows if row.external_id)
    assert {key for key, count in ids.items() if count > 1} == {("DOJ", "DOJ-0357"), ("DOJ", "DOJ-0160")}
    assert {row.agency_code for row in rows if row.external_id == "10"} == {"NSF", "TREAS"}
    # 704 blank, and the two called "TBD".
    assert sum(row.identity.weak for row in rows) == 706
    duplicates = Counter(one.reason for one in inventory_of("2025 csv")[1].report.duplicates)
    assert duplicates["same id"] == 2


def test_contact_addresses_are_left_behind(inventory_of):
    for name, header in (("2025 csv", "contact_email"), ("2025 xlsx", "Email Address")):
        table, inventory = inventory_of(name)
        assert inventory.report.dropped == {header: 2496}
        addresses = {row.cells[header].strip() for row in table.rows} - {""}
        assert len(addresses) > 150
        kept = "\n".join(cell for row in inventory.rows for cell in row.source.values() if "@" in cell)
        told = inventory.report.to_json()
        assert [address for address in addresses if address in told] == []
        assert sum(address in kept for address in addresses) <= 1
    assert inventory_of("2025 csv")[1].report.warnings["e-mail address in a text column"].count == 1


def test_dates_of_2025_by_precision(inventory_of):
    dates = [date for row in inventory_of("2025 csv")[1].rows for date in row.dates]
    # 258 "Jan-25", 226 "07/2024", 36 bare years, everything else a whole day; 2,209 blank.
    assert Counter(date.precision for date in dates) == {
        Precision.DAY: 882,
        Precision.MONTH: 484,
        Precision.YEAR: 36,
    }
    assert sum(date.guess for date in dates) == 258
    assert len(dates) == 3611 - 2209


def test_dates_of_2024_by_precision(inventory_of):
    rows = inventory_of("2024 csv")[1].rows
    dates = [date for row in rows for date in row.dates]
    serial = [date for date in dates if date.raw.endswith("/1905")]
    assert len(serial) == 134
    assert all((date.precision, date.guess) == (Precision.YEAR, True) for date in serial)
    # Excel counts days from the end of 1899: 7 July 1905 is the number 2015, 16 July is 2024.
    assert {date.raw: date.parsed for date in serial} == {
        f"7/{day}/1905": dt.date(2008 + day, 1, 1) for day in (7, 10, 11, 12, 13, 14, 15, 16)
    }
    assert sum(date.note.startswith("a month and year shown as a day") for date in dates) == 65
    assert [(date.parsed, date.precision) for date in dates if date.raw == "10/12023"] == [
        (None, Precision.NONE)
    ]
    raw = {row.row: row.source for row in rows}
    for row in rows:
        assert {date.raw for date in row.dates} <= set(raw[row.row].values())


def test_headers_that_repeat_stay_apart(inventory_of):
    table, _ = inventory_of("2024 csv")
    repeats = [header for header in table.headers if header.startswith("If Other, please explain.")]
    assert repeats == ["If Other, please explain.", *(f"If Other, please explain..{n}" for n in range(1, 9))]
    assert len(set(table.headers)) == 62


def test_order_of_rows_does_not_change_their_keys(inventory_path, tmp_path):
    """A file sorted otherwise must update the same records, twins included."""
    text = inventory_path("2024 csv").read_bytes().decode("cp1252")
    header, *records = list(csv.reader(io.StringIO(text, newline="")))
    turned = tmp_path / "turned.csv"
    with turned.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([header, *reversed(records)])
    tables = [read_table(inventory_path("2024 csv")), read_table(turned)]
    first, second = (read_inventory(table, propose(table).mapping).rows for table in tables)
    assert {row.identity.key: row.digest() for row in first} == {
        row.identity.key: row.digest() for row in second
    }


def _read_dates(row):
    return [(date.kind, date.parsed, date.precision, date.note, date.guess) for date in row.dates]
