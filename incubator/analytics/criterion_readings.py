"""The readings of a criterion, put in order and on their sides before anything is computed from them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import numpy.typing as npt

from incubator.analytics.criterion import Group, GroupName, Observation, Question, Sentence
from incubator.domain.evaluation import Arm, Measure

Numbers = npt.NDArray[np.float64]

LARGEST = 1e100
"""Counts and cases beyond this are a slip of the pen, and their sums soon no number any more."""
NO_SPREAD = "All readings are the same, so they do not show how much is chance: no interval can be given."
AS_THEY_STAND = (
    "Not every reading says of how many cases it speaks, so each reading counts the same, large or small."
)
FEWEST_EVENTS = 10
"""Events that each side would have if nothing had changed, under which counts are too lopsided for an interval."""
TOO_FEW_EVENTS = (
    "Too few were counted to tell a change from chance: %(one)s on the side “%(side)s” and %(two)s on the side "
    "“%(other)s”, where at least %(fewest)s on each side are needed."
)
TOO_FEW_REST = (
    "Almost every case counts, so a change cannot be told from chance: all but %(one)s on the side “%(side)s” and all "
    "but %(two)s on the side “%(other)s”, where at least %(fewest)s others on each side are needed."
)
TOO_LARGE = "The readings are too large to compute with: choose a larger unit."


class Refused(Exception):
    """The data do not carry the analysis; the sentence says why."""

    def __init__(self, text: str, **params: str) -> None:
        super().__init__(text)
        self.sentence = Sentence(text, params)


@dataclass(frozen=True)
class Side:
    """The readings on one side of a comparison, in the order of their days.

    `counts` and `cases` (numerators and denominators) are None where the analysis can only take the readings
    as they stand; `per` is what the level of a count is given for (100 for a share).
    """

    name: str
    days: tuple[date, ...]
    units: tuple[str, ...]
    values: Numbers
    counts: Numbers | None
    cases: Numbers | None
    per: float

    @property
    def count(self) -> float:
        return 0.0 if self.counts is None else float(self.counts.sum())

    @property
    def size(self) -> float:
        return float(len(self.values)) if self.cases is None else float(self.cases.sum())

    @property
    def level(self) -> float:
        """The pooled share or rate, else the mean of the readings."""
        if self.counts is None:
            return mean(self.values)
        return self.per * self.count / self.size

    @property
    def plain(self) -> float:
        """The mean of the readings, each of which counts the same."""
        return mean(self.values)

    @property
    def evenly(self) -> Group:
        return Group(GroupName(self.name), len(self.values), self.size, self.plain, spread(self.values))

    @property
    def group(self) -> Group:
        return Group(GroupName(self.name), len(self.values), self.size, self.level, spread(self.values))


def scale_of(*parts: Numbers) -> float:
    """A power of two near the largest number, so that squares of 1e308 and of 1e-308 stay numbers."""
    largest = max((float(np.abs(part).max()) for part in parts if part.size), default=0.0)
    return math.ldexp(1.0, math.frexp(largest)[1] - 1) if largest > 0 else 1.0


def mean(values: Numbers) -> float:
    scale = scale_of(values)
    return float((values / scale).mean() * scale)


def spread(values: Numbers) -> float | None:
    if len(values) < 2:
        return None
    scale = scale_of(values)
    return float((values / scale).std(ddof=1)) * scale


def in_order(question: Question, observations: Sequence[Observation]) -> list[Observation]:
    """The readings by day, so that the answer does not hang on the order in which they came; those on no case
    at all say nothing and are left out.

    ValueError for what is no number; Refused for a share or a count that cannot be.
    """
    for each in observations:
        for number in (each.value, each.numerator, each.denominator):
            if number is not None and not math.isfinite(number):
                raise ValueError("a reading must be a finite number")
        if max(each.denominator or 0.0, each.numerator or 0.0) > LARGEST:
            raise Refused(TOO_LARGE)
        if each.denominator is not None and each.denominator < 0:
            raise Refused("A reading stands on a negative number of cases.")
        if question.measure is not Measure.VALUE and (each.value < 0 or (each.numerator or 0) < 0):
            raise Refused("A share or a count cannot be negative.")
        if question.measure is Measure.SHARE and each.value > 100:
            raise Refused("A share cannot be more than 100 percent.")
        if (
            question.measure is Measure.SHARE
            and each.denominator
            and (each.numerator or 0) > each.denominator
        ):
            raise Refused("A share cannot count more than its cases.")
    for level in (question.baseline, question.target):
        if level is not None and not math.isfinite(level):
            raise ValueError("baseline and target must be finite numbers")
    if not (math.isfinite(question.per) and question.per > 0 and 0 < question.confidence < 1):
        raise ValueError("the exposure and the confidence must be sensible numbers")
    return sorted(
        (each for each in observations if each.denominator != 0),
        key=lambda each: (
            each.day,
            each.arm,
            each.unit,
            each.value,
            each.denominator or 0.0,
            each.numerator or 0.0,
        ),
    )


def arm(observations: Sequence[Observation], which: Arm) -> list[Observation]:
    return [each for each in observations if each.arm is which]


def before(question: Question, observations: Sequence[Observation]) -> list[Observation]:
    return [each for each in observations if each.day < question.launched_on]


def after(question: Question, observations: Sequence[Observation]) -> list[Observation]:
    return [each for each in observations if each.day >= question.launched_on]


def counted(question: Question, observations: Sequence[Observation]) -> bool:
    """Whether every reading says of how many cases it speaks, so that cases can be counted."""
    return question.measure is not Measure.VALUE and all(
        each.denominator is not None for each in observations
    )


def per(question: Question) -> float:
    return 100.0 if question.measure is Measure.SHARE else question.per


def count_of(question: Question, reading: Observation) -> float:
    """The exact count where it was recorded, else the one that follows from share or rate and cases."""
    if reading.numerator is not None:
        return reading.numerator
    count = reading.value / per(question) * (reading.denominator or 0.0)
    if not count <= LARGEST:
        raise Refused(TOO_LARGE)
    # A share was rounded before it was written down; a count is a whole number.
    whole = float(round(count))
    return min(whole, reading.denominator or 0.0) if question.measure is Measure.SHARE else whole


def side(question: Question, name: str, observations: Sequence[Observation], *, counts: bool) -> Side:
    return Side(
        name,
        tuple(each.day for each in observations),
        tuple(each.unit for each in observations),
        np.array([each.value for each in observations], dtype=float),
        np.array([count_of(question, each) for each in observations], dtype=float) if counts else None,
        np.array([each.denominator for each in observations], dtype=float) if counts else None,
        per(question),
    )


def enough_events(
    question: Question,
    name: GroupName,
    readings: Sequence[Observation],
    other_name: GroupName,
    others: Sequence[Observation],
) -> None:
    """Refused where counts are so few that no interval holds its error; for a share also where almost all count."""
    one, two = side(question, name, readings, counts=True), side(question, other_name, others, counts=True)
    whole = one.size + two.size
    least = min(one.size, two.size) / whole if whole > 0 else 0.0
    texts = {TOO_FEW_EVENTS: (one.count, two.count)}
    if question.measure is Measure.SHARE:
        texts[TOO_FEW_REST] = (one.size - one.count, two.size - two.count)
    for text, numbers in texts.items():
        if sum(numbers) * least < FEWEST_EVENTS:
            raise Refused(
                text,
                one=f"{numbers[0]:,.12g}",
                two=f"{numbers[1]:,.12g}",
                side=name,
                other=other_name,
                fewest=str(FEWEST_EVENTS),
            )


def by_unit(question: Question, observations: Sequence[Observation]) -> list[Observation]:
    """One reading a unit: its cases added up where they are counted, else the mean of its readings."""
    units: dict[str, list[Observation]] = {}
    for each in observations:
        units.setdefault(each.unit, []).append(each)
    counts = counted(question, observations)
    merged = []
    for unit in sorted(units):
        whole = side(question, unit, units[unit], counts=counts)
        first = units[unit][0]
        merged.append(
            replace(
                first,
                value=whole.level,
                numerator=whole.count if counts else None,
                denominator=whole.size if counts else None,
            )
        )
    return merged


def by_day(question: Question, name: str, observations: Sequence[Observation]) -> Side:
    """One reading a day: those of several units together, weighted by their cases where these are known."""
    counts = counted(question, observations)
    weighted = all(each.denominator is not None for each in observations)
    days: dict[date, list[Observation]] = {}
    for each in observations:
        days.setdefault(each.day, []).append(each)
    readings = []
    for day in sorted(days):
        members = days[day]
        if counts:
            total = sum(count_of(question, each) for each in members)
            cases = sum(each.denominator or 0.0 for each in members)
            readings.append(Observation(day, per(question) * total / cases, total, cases))
            continue
        if len(members) == 1:
            readings.append(Observation(day, members[0].value))
            continue
        values = np.array([each.value for each in members])
        weights = np.array([(each.denominator or 1.0) if weighted else 1.0 for each in members])
        scale, heaviest = scale_of(values), scale_of(weights)
        shares = weights / heaviest / (weights / heaviest).sum()
        readings.append(Observation(day, float((values / scale) @ shares) * scale))
    return side(question, name, readings, counts=counts)
