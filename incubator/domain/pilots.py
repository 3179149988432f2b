"""What a pilot is measured and steered by: the words of its metrics, risks and reports, and simple rules on them."""

from __future__ import annotations

import math
from calendar import monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from incubator.domain.benefits import BENEFIT_MONTHS
from incubator.domain.numbers import COMPUTED, number
from incubator.domain.words import Words


class Direction(StrEnum):
    UP = "up"
    DOWN = "down"


class Cadence(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"
    ONCE = "once"


class CriterionKind(StrEnum):
    GOAL = "goal"
    GUARDRAIL = "guardrail"
    CONTEXT = "context"


class ReportState(StrEnum):
    DRAFT = "draft"
    SENT = "sent"
    RETURNED = "returned"
    ACCEPTED = "accepted"


DIRECTIONS: dict[Direction, Words] = {
    Direction.UP: Words("Higher is better"),
    Direction.DOWN: Words("Lower is better"),
}

CADENCES: dict[Cadence, Words] = {
    Cadence.DAILY: Words("Every day"),
    Cadence.WEEKLY: Words("Every week"),
    Cadence.MONTHLY: Words("Every month"),
    Cadence.QUARTERLY: Words("Every quarter"),
    Cadence.YEARLY: Words("Every year"),
    Cadence.ONCE: Words("Once"),
}

KINDS: dict[CriterionKind, Words] = {
    CriterionKind.GOAL: Words("Goal", tone="go"),
    CriterionKind.GUARDRAIL: Words("Guardrail", tone="wait"),
    CriterionKind.CONTEXT: Words("Context", tone="neutral"),
}

KIND_HINTS: dict[CriterionKind, str] = {
    CriterionKind.GOAL: "What the pilot is to improve. Scaling is decided on these.",
    CriterionKind.GUARDRAIL: "What must not get worse meanwhile.",
    CriterionKind.CONTEXT: "What helps to understand the others, such as how many people took part.",
}

REPORT_STATES: dict[ReportState, Words] = {
    ReportState.DRAFT: Words("Draft", tone="neutral"),
    ReportState.SENT: Words("Sent, waiting for an answer", tone="go"),
    ReportState.RETURNED: Words("Sent back", tone="late"),
    ReportState.ACCEPTED: Words("Accepted", tone="done"),
}

BUDGET_CATEGORIES: tuple[str, ...] = (
    "Staff",
    "Contractors",
    "Software and services",
    "Equipment",
    "Training",
    "Travel",
    "Evaluation",
    "Other",
)

PRACTICES: dict[str, str] = {
    "objectives": "Objectives",
    "methodology": "Assessment method",
    "scalability": "Criteria for scaling",
    "analysis": "Data analysis plan",
    "communication": "Keeping stakeholders informed",
}
"""The five practices of a sound pilot: the plan's field and its name."""

_CADENCE_DAYS = {
    Cadence.DAILY: 1,
    Cadence.WEEKLY: 7,
    Cadence.MONTHLY: 31,
    Cadence.QUARTERLY: 92,
    Cadence.YEARLY: 366,
}


class Standing(StrEnum):
    """Where the latest measurement of a metric lies."""

    NO_READING = "no_reading"
    NO_TARGET = "no_target"
    AT_TARGET = "at_target"
    SHORT_OF_TARGET = "short_of_target"
    WITHIN_LIMIT = "within_limit"
    PAST_LIMIT = "past_limit"


STANDINGS: dict[Standing, Words] = {
    Standing.NO_READING: Words("No evidence recorded", tone="wait"),
    Standing.NO_TARGET: Words("No target", tone="neutral"),
    Standing.AT_TARGET: Words("Latest at target", tone="go"),
    Standing.SHORT_OF_TARGET: Words("Latest short of target", tone="neutral"),
    Standing.WITHIN_LIMIT: Words("Within its limit", tone="neutral"),
    Standing.PAST_LIMIT: Words("Past its limit", tone="stop"),
}


def standing(
    kind: CriterionKind, direction: Direction, target: float | None, latest: float | None
) -> Standing:
    """Where the latest measurement lies; what was promised is judged by the verdict alone. The target of a
    guardrail is the limit it must not pass."""
    if latest is None:
        return Standing.NO_READING
    if target is None:
        return Standing.NO_TARGET
    reached = latest >= target if direction is Direction.UP else latest <= target
    if kind is CriterionKind.GUARDRAIL:
        return Standing.WITHIN_LIMIT if reached else Standing.PAST_LIMIT
    return Standing.AT_TARGET if reached else Standing.SHORT_OF_TARGET


def reading_due(
    cadence: Cadence, latest: date | None, starts_on: date | None, ends_on: date | None = None
) -> date | None:
    """The day by which the next reading is expected; None for a single reading, before a start, and where it
    would fall after `ends_on`, the day on which measuring ends."""
    if cadence is Cadence.ONCE:
        return None
    basis = latest or starts_on
    if basis is None:
        return None
    due = basis + timedelta(days=_CADENCE_DAYS[cadence])
    return None if ends_on is not None and due > ends_on else due


def arriving(cadence: Cadence, latest: date | None, today: date) -> bool:
    """Whether the latest reading is no older than two cadences; a one-off counts once taken."""
    if latest is None:
        return False
    due = reading_due(cadence, latest, None)
    return due is None or today <= due + (due - latest)


def arriving_since(cadence: Cadence, today: date) -> date:
    """The first day whose reading still counts as arriving today; any day for a one-off."""
    if cadence is Cadence.ONCE:
        return date.min
    return today - timedelta(days=2 * _CADENCE_DAYS[cadence])


def benefit_due(scaled_on: date | None, recorded: Collection[int]) -> date | None:
    """The day of the first benefit check, 6, 12 or 24 months after scaling, that is not recorded yet;
    None when all are, or while nothing was scaled."""
    months = next((months for months in BENEFIT_MONTHS if months not in recorded), None)
    return None if scaled_on is None or months is None else months_after(scaled_on, months)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    return first.replace(day=min(day.day, monthrange(first.year, first.month)[1]))


def last_day_before(today: date, months: int) -> date:
    """The last day from which so many months have passed by today, as `months_after` counts them."""
    day = months_after(today, -months)
    ends = monthrange(today.year, today.month)[1]
    return day.replace(day=monthrange(day.year, day.month)[1]) if today.day == ends else day


@dataclass(frozen=True, slots=True)
class Severity:
    """A risk's weight: likelihood times impact (1 to 25), in a word with a tone."""

    score: int
    label: str
    tone: str


def severity(likelihood: int, impact: int) -> Severity:
    score = likelihood * impact
    if score >= 15:
        return Severity(score, "High", "stop")
    return Severity(score, "Medium", "late") if score >= 6 else Severity(score, "Low", "neutral")


_DOLLARS = ("$", "dollar", "dollars", "usd", "us$")
_PERCENT = ("%", "percent", "per cent")


def with_unit(value: float, unit: str, significant: int = COMPUTED) -> str:
    """A reading as people write it: 29 min, 1 day, 71%, $12, 0.0042 tons; a computed one in so many digits."""
    if not math.isfinite(value):
        return "–"
    if is_dollars(unit) and abs(value) >= 0.1 and not float(value).is_integer():
        return beside_unit(f"{'−' if value < 0 else ''}{abs(value):,.2f}", unit)
    return beside_unit(number(value, significant), unit)


def beside_unit(text: str, unit: str) -> str:
    """A written number with its unit."""
    if is_percent(unit):
        return f"{text}%"
    if is_dollars(unit):
        return text.replace("−", "−$") if text.startswith("−") else f"${text}"
    return f"{text} {_singular(unit) if text == '1' else unit}".rstrip()


def is_percent(unit: str) -> bool:
    return unit.strip().casefold() in _PERCENT


def is_dollars(unit: str) -> bool:
    return unit.strip().casefold() in _DOLLARS


def bound_unit(unit: str) -> str:
    """The unit written at each end of an interval: a $, which stands before its number; others stand once."""
    return unit if is_dollars(unit) else ""


def _singular(unit: str) -> str:
    """The unit of one thing: "days" is "day", "calls a month" is "call a month"."""
    thing, space, rest = unit.partition(" ")
    if thing.endswith("ies") and len(thing) > 4:
        thing = f"{thing[:-3]}y"
    elif thing.endswith("s") and not thing.endswith(("ss", "us", "is")) and len(thing) > 3:
        thing = thing[:-1]
    return f"{thing}{space}{rest}"


def signed(value: float, unit: str) -> str:
    """A change as people write it: +3.1%, −12 min; no change has no sign."""
    text = with_unit(value, unit)
    return f"+{text}" if value > 0 else text


def dollars(cents: int) -> str:
    """An amount for a sentence: $1,234, $1,234.50, −$12."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'−' if cents < 0 else ''}${whole:,}" + (f".{rest:02}" if rest else "")
