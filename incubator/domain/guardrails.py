"""When a guardrail is past its limit, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from incubator.domain.pilots import Direction


def past(direction: Direction, limit: float, value: float) -> bool:
    """Whether a value is beyond the limit, on the worse side; the limit itself is still kept."""
    return value < limit if direction is Direction.UP else value > limit


@dataclass(frozen=True, slots=True)
class Breach:
    """Readings past the limit without a break up to the latest: since when, the worst (the first of equals), and
    the latest."""

    since: date
    worst_on: date
    worst: float
    latest_on: date
    latest: float


def breach(readings: Sequence[tuple[date, float]], direction: Direction, limit: float) -> Breach | None:
    """The breach in which the readings of one site end, oldest first; None when the latest is within the limit."""
    run: list[tuple[date, float]] = []
    for day, value in reversed(readings):
        if not past(direction, limit, value):
            break
        run.append((day, value))
    if not run:
        return None
    pick = min if direction is Direction.UP else max
    worst_on, worst = pick(reversed(run), key=lambda reading: reading[1])
    return Breach(run[-1][0], worst_on, worst, *run[0])
