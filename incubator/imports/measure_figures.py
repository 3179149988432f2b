"""What a published figure says as it is written, and what a measure's words suggest of its unit and direction."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from incubator.domain.input import InputError, parse_number
from incubator.domain.pilots import Direction

_MILLIONS = re.compile(r"\$?(-?[0-9][0-9,.]*) ?M", re.IGNORECASE)
_REMARK = re.compile(r"(.+?) ?\((calendar year|estimate|estimated|projected)\)", re.IGNORECASE)
_OWN_UNIT = re.compile(
    r"(-?[0-9][0-9,.]*) (minutes?|hours?|days?|weeks?|months?|years?|encounters per [0-9,]+ residents)",
    re.IGNORECASE,
)
_MISSING = re.compile(r"(?:n/?a|not available|tbd|tbr|-+)%?", re.IGNORECASE)


class Kind(StrEnum):
    """What a figure's cell turned out to be."""

    NUMBER = "a number"
    SHARE = "a share in percent"
    MILLIONS = "millions, written with M"
    REMARK = "a number with a remark"
    OWN_UNIT = "a number with its own unit"
    MISSING = "said not to be available"
    BLANK = "blank"
    UNCLEAR = "not understood"


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell as read. `unit` only where the cell names one, `remark` what stood in brackets behind it."""

    kind: Kind
    value: float | None
    written: str
    unit: str = ""
    remark: str = ""


def read_figure(text: str) -> Figure:
    """What a cell says; a figure that contradicts itself, such as "1 Hour%", is not understood."""
    written = " ".join(text.split())
    if not written:
        return Figure(Kind.BLANK, None, "")
    if _MISSING.fullmatch(written):
        return Figure(Kind.MISSING, None, written)
    remarked = _REMARK.fullmatch(written)
    if remarked:
        inner = read_figure(remarked[1])
        if inner.kind in (Kind.NUMBER, Kind.SHARE):
            return Figure(Kind.REMARK, inner.value, written, inner.unit, remarked[2].lower())
        return Figure(Kind.UNCLEAR, None, written)
    millions = _MILLIONS.fullmatch(written)
    own = _OWN_UNIT.fullmatch(written)
    try:
        if millions:
            return Figure(Kind.MILLIONS, float(parse_number(millions[1]) * 1_000_000), written)
        if own:
            return Figure(Kind.OWN_UNIT, float(parse_number(own[1])), written, own[2].lower())
        value = float(parse_number(written))
    except InputError:
        return Figure(Kind.UNCLEAR, None, written)
    if written.endswith("%"):
        return Figure(Kind.SHARE, value, written, "%")
    return Figure(Kind.NUMBER, value, written, "$" if "$" in written else "")


@dataclass(frozen=True, slots=True)
class Guess:
    """A measure's unit and direction as its words suggest; no direction where they say neither."""

    unit: str
    direction: Direction | None


_BRACKETED_UNIT = re.compile(
    r"\((days?|hours?|minutes?|mins?|hour|ppm|micrograms/m3|megawatts|cu\. ?ft\.|out of [0-9]+|%)\)",
    re.IGNORECASE,
)
_SCALE = re.compile(r"\((?:out of|scale-? ?[0-9]+ to) ?([0-9]+)", re.IGNORECASE)
_UNIT_WORDS = {
    "day": "days", "days": "days", "hour": "hours", "hours": "hours", "minute": "minutes",
    "minutes": "minutes", "min": "minutes", "mins": "minutes",
}  # fmt: skip
_LEADING_TIME = re.compile(
    r"(?:avg\.?|average|median)? ?(?:#|number of)? ?(days|hours|minutes)\b", re.IGNORECASE
)
_BETTER_UP = re.compile(
    r"\b(on[- ]time|within|satisf\w+|rating|in good repair|attendance|graduat\w+|adoption|recycling|diversion"
    r"|complet\w+|resolved|clear\w+ rate|participa\w+|placed|savings?|leveraged|inclusive|walkab\w+|answered"
    r"|meet\w*|achieved|planted|housed|trained|preserved|digitized|certified|in 24 hours|in 48 hours)\b",
    re.IGNORECASE,
)
_BETTER_SHORT = re.compile(
    r"(?:average|median|avg\.?)? ?(?:time|days|hours|response time) (?:to|from|for)\b", re.IGNORECASE
)
_BETTER_DOWN = re.compile(
    r"\b(average time|response time|days (?:to|from)|hours to|time to|handle time|complaints?|crimes?|homicides?"
    r"|injur\w+|fatal\w+|crash\w*|backlog|overdue|missed|emissions|congestion|wait\w*|unemploy\w+|incidents?"
    r"|shootings?|violence|absentee\w*|overtime|vacan\w+|timeline|downtime|abandon\w+|pm2\.5|ozone|ed visits)\b",
    re.IGNORECASE,
)


def guess(name: str, figures: Sequence[Figure]) -> Guess:
    """The unit and the better direction from a measure's words and figures. Where its words point both ways or
    nowhere there is no direction: a wrong one would turn every judgement round."""
    up, down = _BETTER_UP.search(name), _BETTER_DOWN.search(name)
    unit = _unit(name, figures)
    if unit == "%":
        # A share of complaints may be of those answered: what is bad in its words need not be its measure.
        down = None
    elif _BETTER_SHORT.match(name):
        up, down = None, _BETTER_SHORT.match(name)
    direction = None if bool(up) == bool(down) else Direction.UP if up else Direction.DOWN
    return Guess(unit, direction)


def _unit(name: str, figures: Sequence[Figure]) -> str:
    values = [figure for figure in figures if figure.value is not None]
    shares = sum(figure.unit == "%" for figure in values)
    if values and shares * 2 > len(values):
        return "%"
    own = Counter(figure.unit for figure in values if figure.kind is Kind.OWN_UNIT)
    if own and own.most_common(1)[0][1] * 2 > len(values):
        return own.most_common(1)[0][0]
    scale = _SCALE.search(name)
    if scale:
        return f"out of {scale[1]}"
    bracketed = _BRACKETED_UNIT.search(name)
    if bracketed:
        return _UNIT_WORDS.get(bracketed[1].lower(), bracketed[1])
    if name.startswith("%") and not any(figure.kind is Kind.NUMBER for figure in values):
        return "%"
    leading = _LEADING_TIME.match(name)
    if leading and not name.lower().startswith(("hours completed", "days of")):
        return leading[1].lower()
    if any("$" in figure.written for figure in values):
        return "$"
    return ""
