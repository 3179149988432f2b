"""Readings and questions for the tests of the analyses."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from incubator.analytics.criterion import Observation, Question
from incubator.domain.evaluation import Arm, Design, Measure

LAUNCH = date(2024, 1, 1)


def question(
    design: Design = Design.BEFORE_AFTER, measure: Measure = Measure.VALUE, **given: Any
) -> Question:
    fixed: dict[str, Any] = {
        "direction": "down",
        "launched_on": LAUNCH,
        "baseline": None,
        "target": None,
        "unit": {Measure.VALUE: "min", Measure.SHARE: "%", Measure.RATE: "errors"}[measure],
    }
    return Question(design=design, measure=measure, **(fixed | given))


def days_around(before: int, after: int, step: int = 7) -> list[date]:
    return [LAUNCH + timedelta(days=step * index) for index in range(-before, after)]


def values(before: Sequence[float], after: Sequence[float], **given: Any) -> list[Observation]:
    days = days_around(len(before), len(after))
    return [
        Observation(day, float(value), **given) for day, value in zip(days, [*before, *after], strict=True)
    ]


def counts(
    before: Sequence[tuple[float, float]],
    after: Sequence[tuple[float, float]],
    per: float = 100,
    **given: Any,
) -> list[Observation]:
    """Readings of (counted, of how many) pairs."""
    days = days_around(len(before), len(after))
    return [
        Observation(day, per * counted / cases if cases else 0.0, counted, cases, **given)
        for day, (counted, cases) in zip(days, [*before, *after], strict=True)
    ]


def two_arms(pilot: Sequence[float], comparison: Sequence[float]) -> list[Observation]:
    """Readings of two groups after the launch, one a day."""
    return [
        Observation(LAUNCH + timedelta(days=index), float(value), arm=which)
        for which, readings in ((Arm.PILOT, pilot), (Arm.COMPARISON, comparison))
        for index, value in enumerate(readings)
    ]
