"""What people type for numbers, money and days, read forgivingly and never guessed.

United States habits: month before day, comma between thousands, point before decimals.
"""

import calendar
import datetime as dt
import re
from decimal import Decimal
from enum import StrEnum

LEAST_YEAR, MOST_YEAR = 1900, 2200
MOST_CENTS = 10**15
_MOST_TEXT = 100
_MOST_DIGITS = 20
_MOST_NUMBER = Decimal(10) ** 15

_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}

_SPACES = re.compile(r"[ \t\u00a0\u2007\u2009\u202f]+")
_NUMBER = re.compile(
    r"(?P<whole>[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)?(?:\.(?P<part>[0-9]*))?(?:[eE](?P<power>[+-]?[0-9]{1,2}))?"
)
_CLOCK = re.compile(r"[T ]\s*([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?\s*(?:[AaPp]\.?[Mm]\.?|Z)?$")
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r"(?P<y>[0-9]{4})[-/.](?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})",
        r"(?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})[-/.](?P<y>[0-9]{4})",
        r"(?P<w>[A-Za-z]{3,9})\.? (?P<d>[0-9]{1,2})(?:st|nd|rd|th)?,? (?P<y>[0-9]{4})",
        r"(?P<d>[0-9]{1,2})(?:st|nd|rd|th)?[- ](?P<w>[A-Za-z]{3,9})\.?,?[- ](?P<y>[0-9]{4})",
        r"(?P<y>[0-9]{4})[-/](?P<m>[0-9]{1,2})",
        r"(?P<m>[0-9]{1,2})/(?P<y>[0-9]{4})",
        r"(?P<w>[A-Za-z]{3,9})\.?,?[- ](?P<y>[0-9]{4})",
        r"(?P<y>[0-9]{4}) (?P<w>[A-Za-z]{3,9})",
    )
)


class InputError(ValueError):
    """What was typed is not understood. `template` and `values` are apart so that it can be translated."""

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values
        super().__init__(template % values if values else template)


class Precision(StrEnum):
    """How exactly a day was written."""

    DAY = "day"
    MONTH = "month"


def parse_number(text: str, *, allow_negative: bool = True) -> Decimal:
    """A finite number below a thousand million million, with at most 20 digits.

    Reads "1,234.5", "12 %" (as 12), "$3", "(3)" and "−3" (as −3), "1.2E+05". Raises `InputError`, a
    `ValueError`, for everything else: "nan", "1_000", "1,23", digits of other scripts, figures too large.
    """
    trimmed = _trimmed(text)
    if "$" in trimmed and "%" in trimmed:
        raise _not_a_number(trimmed)
    compact, negative = _sign(trimmed)
    compact = compact.removeprefix("$").removesuffix("%").strip()
    match = _NUMBER.fullmatch(compact)
    if match is None or not (match["whole"] or match["part"]):
        raise _not_a_number(compact)
    if sum(character.isdigit() for character in compact) > _MOST_DIGITS:
        raise InputError("This number has more than %(most)s digits.", most=_MOST_DIGITS)
    value = Decimal(compact.replace(",", ""))
    if value >= _MOST_NUMBER:
        raise InputError("This number is too large.")
    if match["power"] and value.adjusted() < -_MOST_DIGITS and value:
        raise InputError("This number is too small to keep.")
    if not value:
        return Decimal(0)
    if negative and not allow_negative:
        raise InputError("Enter a number that is not negative.")
    return -value if negative else value


def parse_money(text: str, *, allow_negative: bool = False) -> int:
    """An amount in dollars, "$1,234.50" or "1234.5", as whole cents; at most ten million million dollars.

    Raises `InputError` for parts of a cent, percentages, exponents and whatever is no number.
    """
    trimmed = _trimmed(text).upper().removesuffix("USD").removeprefix("USD").removeprefix("US").strip()
    if "%" in trimmed or "E" in trimmed:
        raise InputError("Enter an amount in dollars, for example 1,234.50.")
    try:
        dollars = parse_number(trimmed, allow_negative=allow_negative)
    except InputError as error:
        if error.template.startswith("Enter a number like"):
            raise InputError("Enter an amount in dollars, for example 1,234.50.") from error
        raise
    cents = dollars * 100
    if cents != cents.to_integral_value():
        raise InputError("Enter dollars and whole cents: at most two digits after the point.")
    if abs(cents) > MOST_CENTS:
        raise InputError("This amount is too large.")
    return int(cents)


def parse_date(text: str) -> dt.date:
    """A whole day: "1/31/2026", "2026-01-31", "Jan 31, 2026", "31 January 2026"; a time of day is ignored.

    Raises `InputError` when the day is missing, impossible, or outside the years 1900–2200.
    """
    day, precision = parse_partial_date(text)
    if precision is not Precision.DAY:
        raise InputError("Enter the day too, for example 1/31/2026.")
    return day


def parse_partial_date(text: str) -> tuple[dt.date, Precision]:
    """Like `parse_date`, and also a month alone ("2026-01", "Jan 2026", "1/2026"): then its first day."""
    trimmed = _trimmed(text)
    clock = _CLOCK.search(trimmed)
    if clock and _is_clock(clock):
        trimmed = trimmed[: clock.start()]
    for shape in _SHAPES:
        match = shape.fullmatch(trimmed)
        if match:
            return _day(match.groupdict())
    raise InputError("Enter a date like 1/31/2026 (month, day, year), or a month like January 2026.")


def month_number(word: str) -> int | None:
    """1–12 for an English month name or its usual abbreviation, else None."""
    return _MONTHS.get(word.lower())


def _day(parts: dict[str, str | None]) -> tuple[dt.date, Precision]:
    year = int(parts["y"] or 0)
    word = parts.get("w")
    month = month_number(word) if word else int(parts.get("m") or 0)
    if month is None:
        raise InputError("“%(word)s” is not a month.", word=word)
    if not LEAST_YEAR <= year <= MOST_YEAR:
        raise InputError("Enter a year from %(least)s to %(most)s.", least=LEAST_YEAR, most=MOST_YEAR)
    if not 1 <= month <= 12:
        raise InputError("There is no month %(month)s. Write month, day, year: 1/31/2026.", month=month)
    day = parts.get("d")
    try:
        return dt.date(year, month, int(day or 1)), Precision.DAY if day else Precision.MONTH
    except ValueError:
        raise InputError(
            "%(month)s %(year)s has no day %(day)s.", month=calendar.month_name[month], year=year, day=day
        ) from None


def _is_clock(match: re.Match[str]) -> bool:
    return int(match[1]) < 24 and int(match[2]) < 60 and int(match[3] or 0) < 60


def _trimmed(text: str) -> str:
    if len(text) > _MOST_TEXT:
        raise InputError("This is too long: at most %(most)s characters.", most=_MOST_TEXT)
    trimmed = _SPACES.sub(" ", text).strip()
    if not trimmed:
        raise InputError("Enter a value.")
    return trimmed


def _sign(text: str) -> tuple[str, bool]:
    if text.startswith("(") and text.endswith(")"):
        inner = text[1:-1].strip()
        if inner.startswith(("-", "−", "+", "(")):
            raise _not_a_number(text)
        return inner, True
    # The sign may stand before or after the dollar: "-$3" and "$-3".
    dollar = text.startswith("$")
    rest = text[1:].lstrip() if dollar else text
    negative = rest.startswith(("-", "−"))
    if negative or rest.startswith("+"):
        rest = rest[1:].lstrip()
    if dollar and rest.startswith("$"):
        raise _not_a_number(text)
    return rest, negative


def _not_a_number(text: str) -> InputError:
    if any(character.isdigit() and not character.isascii() for character in text):
        return InputError("Use the digits 0 to 9.")
    return InputError(
        "Enter a number like 1,234.5, with a point before decimals and commas only between thousands."
    )
