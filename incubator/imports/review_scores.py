"""Single scores as people write them, and the steps of the scale they were given on."""

import math
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from incubator.domain.input import InputError, parse_number
from incubator.imports.values import tidy

_MOST_TEXT = 200
_MOST_STEPS = 1_000
_LISTED = 10
# "1,5" and "0,333" cannot be thousands; "1,234.5" and "1,234,567" can be nothing else.
_DECIMAL_COMMA = re.compile(r"[+\-−]?(?:0,\d+|\d+,(?:\d{1,2}|\d{4,}))\s*%?", re.ASCII)
_ANY_COMMA = re.compile(r"([+\-−]?\d+),(\d+)(\s*%?)", re.ASCII)
_THOUSANDS = re.compile(r"[+\-−]?[1-9]\d{0,2}(?:,\d{3})+\.\d+|[+\-−]?[1-9]\d{0,2}(?:,\d{3}){2,}", re.ASCII)
# "8: accept", "5 – Strong", "3 (good)"; no second number may come before the words.
_WORDED = re.compile(r"(?P<number>[+\-−]?[0-9]+(?:[.,][0-9]+)?)\s*(?::|\(|[-–—=]\s)\D*[^\W\d_].*", re.DOTALL)


class ScoreError(ValueError):
    """Why a cell is no score, to follow the column's name."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one cell says. `value` is None when it is blank or says that there was no discussion."""

    value: float | None = None
    not_discussed: bool = False
    percent: bool = False
    worded: bool = False


@dataclass(frozen=True, slots=True)
class ScoreReader:
    """Reads cells of one file. `blank` and `not_discussed` are plain words (see `plain_words`).

    With `decimal_comma`, "1,5" is one and a half.
    """

    blank: frozenset[str]
    not_discussed: frozenset[str]
    decimal_comma: bool

    def is_blank(self, text: str) -> bool:
        """Whether a cell is one of the words for no answer."""
        return len(text) <= _MOST_TEXT and _plain(text) in self.blank

    @lru_cache(maxsize=10_000)  # noqa: B019 - a panel's cells say few things, many times over
    def read(self, text: str) -> Answer:
        """One cell. Raises `ScoreError` for what is neither a number nor one of the words.

        Read are "4", "3.5", "80 %" (as 80), "8: accept" and "3 (good)"; not money, "(3)", "nan", "1e400", "3/5".
        """
        plain = _plain(text) if len(text) <= _MOST_TEXT else None
        if plain in self.not_discussed:
            return Answer(not_discussed=True)
        if plain in self.blank:
            return Answer()
        if plain is None:
            raise ScoreError("a long text is not a number")
        number = tidy(text)
        worded = _WORDED.fullmatch(number)
        number = worded["number"] if worded else number
        if self.decimal_comma:
            number = _ANY_COMMA.sub(r"\1.\2\3", number) if _ANY_COMMA.fullmatch(number) else number
            if "," in number:
                raise ScoreError(f"“{tidy(text)}” is not a number")
        if number.startswith(("(", "$", "-$", "+$", "−$")):
            raise ScoreError(f"“{tidy(text)}” is not a score")
        try:
            value = float(parse_number(number))
        except InputError as error:
            if error.template.startswith("Enter a number like"):
                raise ScoreError(f"“{tidy(text)}” is not a number") from error
            raise ScoreError(str(error)) from error
        return Answer(value, percent=number.endswith("%"), worded=worded is not None)


def plain_words(words: Iterable[str]) -> frozenset[str]:
    """Words ready for comparing with cells."""
    return frozenset(_plain(word) for word in words)


def has_decimal_commas(cells: Iterable[str]) -> bool:
    """Whether these cells write decimals with a comma: some can mean nothing else, and none groups thousands."""
    found = False
    for cell in cells:
        text = cell.strip()
        if len(text) > _MOST_TEXT or "," not in text:
            continue
        worded = _WORDED.fullmatch(text)
        number = worded["number"] if worded else text
        if _THOUSANDS.fullmatch(number):
            return False
        found = found or _DECIMAL_COMMA.fullmatch(number) is not None
    return found


def weighted_mean(scores: Iterable[tuple[float, float | None]]) -> float | None:
    """Σ w·s / Σ w over (weight, score) with a score; None when there is none. A blank is no zero."""
    answered = [(weight, value) for weight, value in scores if value is not None]
    if not answered:
        return None
    whole = math.fsum(weight for weight, _ in answered)
    return math.fsum(weight * value for weight, value in answered) / whole


def step_gaps(used: Sequence[float], least: float, most: float) -> tuple[str, ...]:
    """Sentences on unequal steps between the scores used (ascending), and on scores of the scale never used.

    The scale's scores are those of the widest step on which the ones used and both ends lie.
    """
    exact = [_fraction(value) for value in used]
    if not exact:
        return ()
    said = []
    apart = [later - earlier for earlier, later in pairwise(exact)]
    if len(set(apart)) > 1:
        said.append(
            f"The steps between the scores used are not equal: from {_number(min(apart))} to {_number(max(apart))}."
        )
    places = sorted({*exact, _fraction(least), _fraction(most)})
    step = _widest_step([place - places[0] for place in places[1:]])
    if step is None:
        return tuple(said)
    count = int((places[-1] - places[0]) / step)
    if count > _MOST_STEPS:
        return (*said, "The scores lie on no common step.")
    never = _never(places[0], step, count, set(exact))
    if never:
        more = f" and {len(never) - _LISTED} more" if len(never) > _LISTED else ""
        said.append(f"Never used: {', '.join(_number(one) for one in never[:_LISTED])}{more}.")
    return tuple(said)


def _never(start: Fraction, step: Fraction, count: int, used: Collection[Fraction]) -> list[Fraction]:
    return [place for number in range(count + 1) if (place := start + number * step) not in used]


def _widest_step(lengths: Sequence[Fraction]) -> Fraction | None:
    if not lengths:
        return None
    below = math.lcm(*(length.denominator for length in lengths))
    return Fraction(math.gcd(*(int(length * below) for length in lengths)), below)


def _fraction(value: float) -> Fraction:
    # As written: 0.1 is a tenth, not the nearest binary number.
    return Fraction(repr(float(value)))


def _number(value: Fraction) -> str:
    return f"{float(value):.12g}"


def _plain(text: str) -> str:
    return tidy(text).casefold()
