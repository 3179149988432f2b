"""Text and numbers as a chart shows them: short, printable, never a surprise to the drawing library."""

import math
import unicodedata
from collections.abc import Iterable

from incubator.domain.numbers import COMPUTED
from incubator.domain.numbers import number as written
from incubator.domain.pilots import beside_unit
from incubator.domain.pilots import with_unit as written_with_unit

LONGEST = 200
HUGE = 1e12

_STEPS = ((1e3, "k"), (1e6, "M"), (1e9, "B"))
# Invisible marks that reorder what stands around them; right-to-left letters need none of them.
_REORDERING = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F)}


def clean(text: str, longest: int = LONGEST) -> str:
    """One line of at most `longest` characters without control characters, lone surrogates or reordering marks."""
    spaced = "".join(_printable(char) for char in text[: longest * 20])
    line = " ".join(spaced.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _printable(char: str) -> str:
    if char in _REORDERING or unicodedata.category(char) in {"Cs", "Cn", "Co"}:
        return ""
    return " " if unicodedata.category(char) in {"Cc", "Zl", "Zp"} else char


def finite(value: float | None) -> float | None:
    """The value as a float, or None when it is missing, NaN, infinite or beyond a float."""
    if value is None:
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def number(value: float, significant: int = COMPUTED) -> str:
    """A reading as every page writes it, from a million on in short form: 29, 0.0042, 12,400, 1.2M."""
    return _short(value).replace("-", "−") if 1e6 <= abs(value) < HUGE else written(value, significant)


def tenths(value: float) -> str:
    """A score or rank with one decimal always, so that a column of them lines up: 4.0, −0.3, 71.4."""
    if abs(value) >= 1e6:
        return number(value)
    text = f"{_half_up(value, 1):,.1f}"
    return "0.0" if text == "-0.0" else text.replace("-", "−")


def signed(value: float) -> str:
    """A difference in at most two decimals with its sign: +0.4, −1.25, 0."""
    text = number(round(value, 2))
    return f"+{text}" if value > 0 and text != "0" else text


def count(value: int) -> str:
    """A whole number with thousands commas, from ten million on in short form."""
    if abs(value) < 10_000_000:
        return f"{value:,}".replace("-", "−")
    try:
        return number(float(value))
    except OverflowError:
        return "more than 1e308"


def money(cents: float) -> str:
    """Cents as short dollars: $0, $850, $12.5k, $1.2M."""
    dollars = cents / 100
    sign = "−" if dollars < 0 else ""
    size = abs(dollars)
    if size >= HUGE * 1000:
        return f"{sign}${size:.3g}"
    return f"{sign}${_short(size) if size >= 1000 else f'{size:,.0f}'}"


def percent(fraction: float) -> str:
    """A fraction as whole percent; what is not quite nothing or not quite all does not read so."""
    if 0 < fraction < 0.005:
        return "<1%"
    if 0.995 <= fraction < 1:
        return ">99%"
    return f"{number(_half_up(fraction * 100, 0))}%"


def in_percent(fraction: float | None) -> float | None:
    """A fraction as a table beside a chart gives it, in percent as the chart does: .7195 is 71.95."""
    return None if fraction is None else round(fraction * 100, 10)


def with_unit(value: float, unit: str, significant: int = COMPUTED) -> str:
    """A reading with its unit as every page writes it, from a million on in short form: 29 min, 71%, $12, $1.2M."""
    unit = clean(unit, 20)
    if 1e6 <= abs(value) < HUGE:
        return beside_unit(number(value), unit)
    return written_with_unit(value, unit, significant)


def plural(n: int, one: str, many: str | None = None) -> str:
    """'1 pilot', '3 pilots'."""
    return f"{count(n)} {one if n == 1 else many or one + 's'}"


def listed(names: Iterable[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    known = list(names)
    if len(known) < 2:
        return "".join(known)
    return f"{', '.join(known[:-1])} and {known[-1]}"


def distinct(names: Iterable[str]) -> list[str]:
    """The names as column heads: cleaned, and repeated or empty ones told apart by their place."""
    found: list[str] = []
    for place, name in enumerate(names, start=1):
        text = clean(name, 100)
        found.append(text if text and text not in found else f"{text} ({place})".lstrip())
    return found


def short(value: float) -> str:
    """A whole amount in few signs: 850, 12.5k, 1.9M."""
    return _short(value) if abs(value) >= 1000 else f"{value:,.0f}"


def _short(value: float) -> str:
    for step, letter in _STEPS:
        scaled = value / step
        rounded = _half_up(scaled, 0 if abs(scaled) >= 99.95 else 1)
        if abs(rounded) < 1000 or letter == _STEPS[-1][1]:
            return f"{rounded:,.1f}".removesuffix(".0") + letter
    raise AssertionError("the last step always answers")


def _half_up(value: float, digits: int) -> float:
    """Rounded as people do it by hand: 320.5 is 321."""
    factor = 10.0**digits
    return math.copysign(math.floor(abs(value) * factor + 0.5) / factor, value)
