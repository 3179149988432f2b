"""What people type for numbers, money and days."""

import datetime as dt
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.domain.input import (
    InputError,
    Precision,
    parse_date,
    parse_money,
    parse_number,
    parse_partial_date,
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1,234.5", "1234.5"),
        ("12 %", "12"),
        ("$3", "3"),
        ("$ 1,000,000", "1000000"),
        ("-3", "-3"),
        ("−3", "-3"),
        ("-$3", "-3"),
        ("$-3", "-3"),
        ("(1,200)", "-1200"),
        ("+4", "4"),
        (".5", "0.5"),
        ("5.", "5"),
        ("007", "7"),
        ("1.2E+05", "120000"),
        ("\u00a012\u202f", "12"),
        ("0.30000000000000004", "0.30000000000000004"),
    ],
)
def test_numbers_as_people_write_them(text, value):
    assert parse_number(text) == Decimal(value)


def test_minus_zero_is_zero_and_not_negative():
    assert str(parse_number("-0")) == "0"
    assert parse_number("-0.0", allow_negative=False) == 0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "Enter a value"),
        ("   ", "Enter a value"),
        ("nan", "Enter a number like"),
        ("sNaN", "Enter a number like"),
        ("inf", "Enter a number like"),
        ("-Infinity", "Enter a number like"),
        ("1_000", "Enter a number like"),
        ("1,23", "Enter a number like"),
        ("1.234,5", "Enter a number like"),
        ("1,234,56", "Enter a number like"),
        ("1 000", "Enter a number like"),
        ("--3", "Enter a number like"),
        ("(-3)", "Enter a number like"),
        ("$$3", "Enter a number like"),
        ("$3%", "Enter a number like"),
        ("12 apples", "Enter a number like"),
        ("0x10", "Enter a number like"),
        (".", "Enter a number like"),
        ("1\x00", "Enter a number like"),
        ("\ud800", "Enter a number like"),
        ("1\n2", "Enter a number like"),
        ("١٢", "digits 0 to 9"),
        ("１２", "digits 0 to 9"),
        ("1²", "digits 0 to 9"),
        ("1e400", "Enter a number like"),
        ("1e99", "too large"),
        ("1e15", "too large"),
        ("1e-99", "too small"),
        ("123456789012345678901234567890", "more than 20 digits"),
        ("e" + "\u0301" * 100_000, "too long"),
    ],
)
def test_numbers_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_number(text)


@pytest.mark.parametrize("text", ["-1", "(1)", "$-1", "−0.01"])
def test_negative_where_none_may_be(text):
    with pytest.raises(InputError, match="not negative"):
        parse_number(text, allow_negative=False)
    with pytest.raises(InputError, match="not negative"):
        parse_money(text)


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("$1,234.50", 123450),
        ("1234.5", 123450),
        ("0", 0),
        ("USD 5", 500),
        ("5 usd", 500),
        ("US$ 7", 700),
        (".07", 7),
    ],
)
def test_money(text, cents):
    assert parse_money(text) == cents


def test_money_may_be_negative_when_asked():
    assert parse_money("($1,234.56)", allow_negative=True) == -123456


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1.005", "whole cents"),
        ("12%", "amount in dollars"),
        ("1e3", "amount in dollars"),
        ("free", "amount in dollars"),
        ("€5", "amount in dollars"),
        ("10,000,000,000,000.01", "too large"),
        ("", "Enter a value"),
    ],
)
def test_money_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_money(text)


@pytest.mark.parametrize(
    "text",
    [
        "1/31/2026",
        "01/31/2026",
        "1-31-2026",
        "2026-01-31",
        "2026/1/31",
        "Jan 31, 2026",
        "January 31st, 2026",
        "31 January 2026",
        "31-Jan-2026",
        "2026-01-31T09:30:00",
        "2026-01-31 00:00:00",
        "01/31/2026 12:00:00 AM",
        " 1/31/2026 0:00 ",
    ],
)
def test_one_day_in_many_forms(text):
    assert parse_date(text) == dt.date(2026, 1, 31)


@pytest.mark.parametrize(
    "text", ["2026-01", "Jan 2026", "January 2026", "1/2026", "01/2026", "2026 Jan", "Jan-2026"]
)
def test_a_month_alone(text):
    assert parse_partial_date(text) == (dt.date(2026, 1, 1), Precision.MONTH)
    with pytest.raises(InputError, match="Enter the day too"):
        parse_date(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("2/30/2026", "February 2026 has no day 30"),
        ("2026-02-30", "February 2026 has no day 30"),
        ("2/29/2025", "no day 29"),
        ("31/1/2026", "no month 31"),
        ("1/0/2026", "no day 0"),
        ("1/1/0001", "year from 1900 to 2200"),
        ("0001-01-01", "year from 1900 to 2200"),
        ("9999-12-31", "year from 1900 to 2200"),
        ("12/31/1899", "year from 1900 to 2200"),
        ("1/1/26", "Enter a date like"),
        ("2026", "Enter a date like"),
        ("tomorrow", "Enter a date like"),
        ("Foo 3, 2026", "“Foo” is not a month"),
        ("١/٣/٢٠٢٦", "Enter a date like"),
        ("2026-01-31 25:00", "Enter a date like"),
        ("", "Enter a value"),
        ("1/31/2026" + "0" * 200, "too long"),
    ],
)
def test_dates_refused(text, message):
    with pytest.raises(InputError, match=message):
        parse_date(text)


def test_messages_keep_their_parts_for_translation():
    with pytest.raises(InputError) as caught:
        parse_date("2/30/2026")
    assert caught.value.template == "%(month)s %(year)s has no day %(day)s."
    assert caught.value.values == {"month": "February", "year": 2026, "day": "30"}


@given(st.text(max_size=120))
def test_any_text_is_understood_or_plainly_refused(text):
    for parse in (parse_number, parse_money, parse_date):
        with suppress(InputError):
            value = parse(text)
            assert not isinstance(value, Decimal) or value.is_finite()


@given(st.decimals(min_value=-(10**13), max_value=10**13, places=2, allow_nan=False))
def test_written_money_comes_back(amount):
    assert parse_money(f"{amount:,}", allow_negative=True) == int(amount * 100)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2200, 12, 31)))
def test_written_days_come_back(day):
    forms = (
        day.isoformat(),
        f"{day.month}/{day.day}/{day.year}",
        day.strftime("%B %d, %Y"),
        day.strftime("%d-%b-%Y"),
    )
    assert {parse_date(form) for form in forms} == {day}
