"""Days as inventories write them: the raw text always kept, a day only where one is stated, guesses named."""

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from incubator.domain.input import LEAST_YEAR, MOST_YEAR, InputError, month_number, parse_partial_date
from incubator.imports.date_order import NUMERIC, Order, in_order
from incubator.imports.values import is_missing, tidy


class Precision(StrEnum):
    """How much of a date is known; `parsed` is the first day of that span."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ReadDate:
    """What one cell says about a date. `raw` is verbatim.

    `parsed` is None whenever the precision is none. `guess` is true when another reading is possible, and
    `note` then names the assumption; `note` is also why nothing was parsed.
    """

    kind: str
    raw: str
    parsed: dt.date | None
    precision: Precision
    note: str = ""
    guess: bool = False


@dataclass(frozen=True, slots=True)
class _Found:
    parsed: dt.date | None
    precision: Precision
    note: str = ""
    guess: bool = False


_EXCEL_EPOCH = dt.date(1899, 12, 30)
_SERIAL_YEARS = range(1950, 2101)
_SERIAL_DAYS = range(20_000, 80_000)

_MONTH_YEAR = re.compile(r"([A-Za-z]{3,9})[-' ]{1,2}([0-9]{2})")
_YEAR_MONTH = re.compile(r"([0-9]{2})-([A-Za-z]{3})")
_YEAR = re.compile(r"([0-9]{4})(?:\.0)?")
_YEARS = re.compile(r"([0-9]{4}) ?[-–] ?([0-9]{4})")
_SERIAL = re.compile(r"([0-9]{5})(?:\.0+)?")
_FISCAL_QUARTER = re.compile(
    r"(?:Q([1-4])[ -]?FY ?([0-9]{2}|[0-9]{4})|FY ?([0-9]{2}|[0-9]{4})[ -]?Q([1-4]))", re.I
)
_QUARTER = re.compile(r"(?:Q([1-4])[ -/]?([0-9]{4})|([0-9]{4})[ -/]?Q([1-4]))", re.I)
_FISCAL_YEAR = re.compile(r"FY ?([0-9]{2}|[0-9]{4})", re.I)
_SHORT_DATE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{2})")
_OPEN = re.compile(r"(?:pre|before|prior to|after|since)[- ]?([0-9]{4})", re.I)
_ONGOING = re.compile(r"(?:on-?going|current|continuous)\b.*", re.I | re.DOTALL)
_NO_ANSWER = re.compile(r"(?:n/?a|not applicable|tbd|to be determined)\b.*", re.I | re.DOTALL)
_STATED_ISO = re.compile(r"([0-9]{4}-[0-9]{2}(?:-[0-9]{2})?)(?![0-9-])[ ,;(]+(.*)", re.DOTALL)
_ANY_DATE = re.compile(r"[0-9]{4}-[0-9]{2}|[0-9]{1,2}/[0-9]{1,2}/[0-9]{2,4}")
_UNSURE = re.compile(r"estimat|approx|about|circa|around|expected|planned|tentative|\?", re.I)


def read_date(
    raw: str,
    kind: str,
    *,
    order: Order = Order.MONTH_FIRST,
    typed_as_date: bool = False,
    typed_in_year: int | None = None,
) -> ReadDate:
    """Read one cell; never raises. `order` is that of its column (see `date_order`).

    `typed_as_date` says that the spreadsheet held a real date. With `typed_in_year`, such a date in that year is
    taken for a month and year which Excel turned into a day ("Jul-22" typed in 2024 became 22 July 2024).
    """
    text = tidy(raw)
    found = _read(in_order(text, order))
    if order is Order.DAY_FIRST and found.parsed is None and NUMERIC.fullmatch(text):
        found = _nothing("not a possible date: read as day, month, year")
    if typed_as_date and typed_in_year is not None and found.parsed and found.parsed.year == typed_in_year:
        found = _mangled(found.parsed.month, found.parsed.day)
    return ReadDate(kind, raw, found.parsed, found.precision, found.note, found.guess)


def _read(text: str) -> _Found:
    if is_missing(text):
        return _nothing("no date given")
    if len(text) > 500:
        return _nothing("too long to be a date")
    whole = _whole_date(text)
    if whole is not None:
        return whole
    for reader in (_month_and_year, _year_alone, _fiscal, _short_date, _serial_day, _with_remark):
        found = reader(text)
        if found is not None:
            return found
    return _words(text)


def _whole_date(text: str) -> _Found | None:
    try:
        parsed, precision = parse_partial_date(text)
    except InputError as error:
        if error.template.startswith(("Enter a date like", "This is too long", "“%(word)s”")):
            return None
        return _nothing(f"not a possible date: {error}")
    serial = (parsed - _EXCEL_EPOCH).days
    if parsed.year == 1905 and serial in _SERIAL_YEARS:
        note = f"the number {serial} shown as a date by Excel; read as the year {serial}"
        return _Found(dt.date(serial, 1, 1), Precision.YEAR, note, guess=True)
    return _Found(parsed, Precision(precision.value))


def _month_and_year(text: str) -> _Found | None:
    match = _MONTH_YEAR.fullmatch(text)
    if match:
        month, year = month_number(match[1]), _century(match[2])
        if month is None:
            return None
        note = f"two-digit year read as {year}"
        return _Found(dt.date(year, month, 1), Precision.MONTH, note, guess=True)
    match = _YEAR_MONTH.fullmatch(text)
    month = month_number(match[2]) if match else None
    if match and month is not None:
        return _mangled(month, int(match[1]))
    return None


def _mangled(month: int, number: int) -> _Found:
    year = _century(f"{number:02d}")
    note = f"a month and year shown as a day by Excel; read as {year}-{month:02d}"
    return _Found(dt.date(year, month, 1), Precision.MONTH, note, guess=True)


def _year_alone(text: str) -> _Found | None:
    match = _YEAR.fullmatch(text)
    if match:
        return _year(int(match[1]))
    match = _YEARS.fullmatch(text)
    if match:
        first = _year(int(match[1]))
        return _Found(first.parsed, first.precision, "several years; the first is read", guess=True)
    return None


def _year(year: int, note: str = "") -> _Found:
    if not LEAST_YEAR <= year <= MOST_YEAR:
        return _nothing(f"not a possible date: the year {year}")
    return _Found(dt.date(year, 1, 1), Precision.YEAR, note)


def _fiscal(text: str) -> _Found | None:
    note = "a fiscal year, taken to begin in October of the year before"
    match = _FISCAL_QUARTER.fullmatch(text)
    if match:
        quarter, year = int(match[1] or match[4]), _century(match[2] or match[3])
        return _quarter(year - (quarter == 1), (quarter + 2) % 4, note, guess=True)
    match = _QUARTER.fullmatch(text)
    if match:
        return _quarter(int(match[2] or match[3]), int(match[1] or match[4]) - 1, "", guess=False)
    match = _FISCAL_YEAR.fullmatch(text)
    if match:
        year = _century(match[1])
        if not LEAST_YEAR < year <= MOST_YEAR:
            return _nothing(f"not a possible date: the year {year}")
        return _Found(dt.date(year - 1, 10, 1), Precision.YEAR, note, guess=True)
    return None


def _quarter(year: int, index: int, note: str, *, guess: bool) -> _Found:
    if not LEAST_YEAR <= year <= MOST_YEAR:
        return _nothing(f"not a possible date: the year {year}")
    return _Found(dt.date(year, index * 3 + 1, 1), Precision.QUARTER, note, guess)


def _short_date(text: str) -> _Found | None:
    match = _SHORT_DATE.fullmatch(text)
    if match:
        year = _century(match[3])
        return _safe_day(year, int(match[1]), int(match[2]), f"two-digit year read as {year}")
    return None


def _safe_day(year: int, month: int, day: int, note: str) -> _Found | None:
    if not LEAST_YEAR <= year <= MOST_YEAR:
        return None
    try:
        return _Found(dt.date(year, month, day), Precision.DAY, note, guess=True)
    except ValueError:
        return None


def _serial_day(text: str) -> _Found | None:
    match = _SERIAL.fullmatch(text)
    if match and int(match[1]) in _SERIAL_DAYS:
        day = _EXCEL_EPOCH + dt.timedelta(days=int(match[1]))
        return _Found(
            day, Precision.DAY, f"a number read as Excel's count of days: {day.isoformat()}", guess=True
        )
    return None


def _with_remark(text: str) -> _Found | None:
    """A full or month date at the start, words after it: "2022-08 (estimated)"."""
    match = _STATED_ISO.fullmatch(text)
    if not match:
        return None
    found = _whole_date(match[1])
    if found is None or found.parsed is None:
        return found
    if _ANY_DATE.search(match[2]):
        return _Found(found.parsed, found.precision, "several dates; the first is read", guess=True)
    unsure = bool(_UNSURE.search(match[2]))
    note = "said to be an estimate" if unsure else "a remark follows the date"
    return _Found(found.parsed, found.precision, note, guess=unsure)


def _words(text: str) -> _Found:
    opened = _OPEN.fullmatch(text)
    if opened:
        return _nothing("an open span, not a date")
    if _ONGOING.fullmatch(text):
        return _nothing("ongoing, no date")
    if _NO_ANSWER.fullmatch(text):
        return _nothing("no date given, with a remark")
    return _nothing("not understood as a date")


def _century(digits: str) -> int:
    """Two digits as a year from 1970 to 2069; four digits as they are."""
    number = int(digits)
    if len(digits) > 2:
        return number
    return number + (2000 if number < 70 else 1900)


def _nothing(note: str) -> _Found:
    return _Found(None, Precision.NONE, note)
