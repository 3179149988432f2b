"""Every shape of date found in the published inventories, and the impossible ones."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.imports.date_order import Order, evidence
from incubator.imports.dates import Precision, read_date

DAY, MONTH, QUARTER, YEAR, NONE = Precision


def read(text, **options):
    date = read_date(text, "started", **options)
    assert (date.raw, date.kind) == (text, "started")
    return date.parsed and date.parsed.isoformat(), date.precision, date.guess


@pytest.mark.parametrize(
    ("text", "parsed", "precision"),
    [
        ("2025-09-08 00:00:00", "2025-09-08", DAY),
        ("2025-09-08", "2025-09-08", DAY),
        ("09/24/2024 12:00:00 AM", "2024-09-24", DAY),
        ("01/01/2018 00:00:00", "2018-01-01", DAY),
        ("4/1/2025 0:00", "2025-04-01", DAY),
        ("10/1/2024 0:00", "2024-10-01", DAY),
        ("9/30/2025 0:00", "2025-09-30", DAY),
        ("1/1/2021", "2021-01-01", DAY),
        ("11/30/2022", "2022-11-30", DAY),
        ("07/2024", "2024-07-01", MONTH),
        ("2023", "2023-01-01", YEAR),
        ("2023.0", "2023-01-01", YEAR),
        ("May 2024", "2024-05-01", MONTH),
        ("Q2 2024", "2024-04-01", QUARTER),
        ("2022-11-16 (the day it was agreed)", "2022-11-16", DAY),
    ],
)
def test_stated_dates_are_no_guesses(text, parsed, precision):
    assert read(text) == (parsed, precision, False)


@pytest.mark.parametrize(
    ("text", "parsed", "precision", "note"),
    [
        ("Jan-25", "2025-01-01", MONTH, "two-digit year read as 2025"),
        ("Jan-99", "1999-01-01", MONTH, "two-digit year read as 1999"),
        ("22-Jul", "2022-07-01", MONTH, "a month and year shown as a day by Excel; read as 2022-07"),
        ("7/6/1905", "2014-01-01", YEAR, "the number 2014 shown as a date by Excel; read as the year 2014"),
        ("7/16/1905", "2024-01-01", YEAR, "the number 2024 shown as a date by Excel; read as the year 2024"),
        ("Q4FY25", "2025-07-01", QUARTER, "a fiscal year, taken to begin in October of the year before"),
        ("FY25 Q1", "2024-10-01", QUARTER, "a fiscal year, taken to begin in October of the year before"),
        ("FY2025", "2024-10-01", YEAR, "a fiscal year, taken to begin in October of the year before"),
        ("2022-08 (estimated)", "2022-08-01", MONTH, "said to be an estimate"),
        ("2015-2022", "2015-01-01", YEAR, "several years; the first is read"),
        ("2024-02-15 (begun); 2024-08-23 (paid)", "2024-02-15", DAY, "several dates; the first is read"),
        ("1/2/24", "2024-01-02", DAY, "two-digit year read as 2024"),
        ("45000", "2023-03-15", DAY, "a number read as Excel's count of days: 2023-03-15"),
    ],
)
def test_guesses_say_so(text, parsed, precision, note):
    assert read(text) == (parsed, precision, True)
    assert read_date(text, "started").note == note


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("N/A", "no date given"),
        ("\nTBD ", "no date given"),
        ("N/A -Part of another pilot.", "no date given, with a remark"),
        ("To be determined (in 2025)", "no date given, with a remark"),
        ("Ongoing", "ongoing, no date"),
        ("On-going work", "ongoing, no date"),
        ("Pre-2021", "an open span, not a date"),
        ("10/12023", "not understood as a date"),
        ("Meant for FY2025", "not understood as a date"),
        ("12345", "not understood as a date"),
        ("2/30/2024", "not a possible date: February 2024 has no day 30."),
        ("1/1/0001", "not a possible date: Enter a year from 1900 to 2200."),
        ("12/31/9999", "not a possible date: Enter a year from 1900 to 2200."),
        ("0001", "not a possible date: the year 1"),
        ("Q1 9999", "not a possible date: the year 9999"),
        ("2022-02-30 (planned)", "not a possible date: February 2022 has no day 30."),
        ("x" * 5000, "too long to be a date"),
    ],
)
def test_what_is_no_date_stays_text(text, note):
    assert read(text) == (None, NONE, False)
    assert read_date(text, "started").note == note


def test_a_typed_date_in_the_year_of_typing_is_a_mangled_month():
    typed = {"typed_as_date": True, "typed_in_year": 2024}
    assert read("2024-07-22", **typed) == ("2022-07-01", MONTH, True)
    assert read("2023-03-27", **typed) == ("2023-03-27", DAY, False)
    assert read("2024-07-22", typed_in_year=2024) == ("2024-07-22", DAY, False)


@given(st.one_of(st.text(max_size=60), st.from_regex(r"[0-9QFYJan /:.-]{1,14}", fullmatch=True)))
def test_any_text_is_read_without_error_and_kept(text):
    date = read_date(text, "started")
    assert date.raw == text
    assert (date.parsed is None) == (date.precision is NONE)
    assert date.note or (date.parsed and not date.guess)
    assert date.parsed is None or dt.date(1900, 1, 1) <= date.parsed <= dt.date(2200, 12, 31)


@pytest.mark.parametrize(
    ("cells", "order", "read_as"),
    [
        (["03/04/2025", "13/04/2025", "05/06/2025"], "dmy", ["2025-04-03", "2025-04-13", "2025-06-05"]),
        (["01/10/2006", "25/12/2007"], "dmy", ["2006-10-01", "2007-12-25"]),
        (["3/4/2025", "4/13/2025"], "mdy", ["2025-03-04", "2025-04-13"]),
        (["20.05.2020", "01.07.2026"], "dmy", ["2020-05-20", "2026-07-01"]),
        (["1/13/25", "1/2/26"], "mdy", ["2025-01-13", "2026-01-02"]),
        (["01.07.2026"], None, []),
        (["3/4/2025", "5/6/2025"], None, []),
        (["4/13/2025", "13/4/2025"], None, []),
        (["1/1/2025", "2024", "2024-03-04"], "mdy", ["2025-01-01", "2024-01-01", "2024-03-04"]),
        (["4/13/2025"] * 11 + ["13/4/2025"], "mdy", ["2025-04-13"] * 11 + [None]),
    ],
)
def test_one_order_for_a_column_from_all_its_cells(cells, order, read_as):
    assert evidence(cells).order == order
    if order:
        assert [read(cell, order=Order(order))[0] for cell in cells] == read_as
