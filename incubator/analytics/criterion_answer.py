"""The analysis of a criterion, chosen by the design, the measure and the data that there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from incubator.analytics.criterion import Answer, Estimate, GroupName, Observation, Question, Sentence
from incubator.analytics.criterion_differences import differences
from incubator.analytics.criterion_groups import FEWEST, one_side, two_sides
from incubator.analytics.criterion_readings import (
    TOO_LARGE,
    Refused,
    after,
    arm,
    before,
    by_day,
    by_unit,
    counted,
    in_order,
    side,
)
from incubator.analytics.criterion_series import NothingCounted, one_series
from incubator.domain.evaluation import Arm, Design, Measure

REASONS: dict[tuple[Design, Measure], str] = {
    (Design.BEFORE_AFTER, Measure.VALUE): (
        "The plan compares readings before and after the launch, and they are values: their means are compared."
    ),
    (Design.BEFORE_AFTER, Measure.SHARE): (
        "The plan compares readings before and after the launch, and they are shares: the cases are added up and the two shares compared."
    ),
    (Design.BEFORE_AFTER, Measure.RATE): (
        "The plan compares readings before and after the launch, and they are counts: they are added up and the two rates compared."
    ),
    (Design.RANDOMISED, Measure.VALUE): (
        "Chance decided who takes part, so the means of the two groups after the launch are compared."
    ),
    (Design.RANDOMISED, Measure.SHARE): (
        "Chance decided who takes part, so the shares of the two groups after the launch are compared."
    ),
    (Design.RANDOMISED, Measure.RATE): (
        "Chance decided who takes part, so the rates of the two groups after the launch are compared."
    ),
    (Design.SERIES, Measure.VALUE): (
        "The plan looks at a series, so its level and trend before the launch are carried on and compared with what came after. The effect is the mean distance of the two lines since the launch."
    ),
    (Design.SERIES, Measure.SHARE): (
        "The plan looks at a series, so its level and trend before the launch are carried on and compared with what came after. The effect is the mean distance of the two lines since the launch."
    ),
    (Design.SERIES, Measure.RATE): (
        "The plan looks at a series of counts, so their rate and trend before the launch are carried on and compared with what came after. The effect is the mean distance of the two lines since the launch."
    ),
    (Design.COMPARISON, Measure.VALUE): (
        "The plan has a comparison, so the pilot's change since the launch is compared with the comparison's change."
    ),
    (Design.COMPARISON, Measure.SHARE): (
        "The plan has a comparison, so the pilot's change since the launch is compared with the comparison's change."
    ),
    (Design.COMPARISON, Measure.RATE): (
        "The plan has a comparison, so the pilot's change since the launch is compared with the comparison's change."
    ),
}
WITHOUT_TREND = "The plan looks at a series of counts, but on one side of the launch nothing was counted, so no trend can be followed: the counts before and after it are added up and the two rates compared."
TREND_UNKNOWN = (
    "A trend that was there before the launch cannot be taken off; it is counted as an effect of the pilot."
)
AGAINST_BASELINE = "There are no readings from before the launch, so those after it are compared with the baseline that the plan gave as a number."


TOGETHER = (
    "Several readings of one unit are alike, so those of a unit are put together and each unit counts once."
)


def answer(question: Question, observations: Sequence[Observation]) -> Answer:
    """What the readings say about the criterion: one analysis, with the reason why it was chosen.

    Data that cannot carry the analysis give an Answer with `refused`; a reading, baseline or target that is
    no finite number is a ValueError. The order of the readings is of no consequence.
    """
    reason = Sentence(REASONS[question.design, question.measure])
    try:
        readings = in_order(question, observations)
        if not readings:
            raise Refused("There are no readings yet.")
        if question.design is Design.BEFORE_AFTER and not before(question, arm(readings, Arm.PILOT)):
            reason = Sentence(AGAINST_BASELINE)
        # Numbers near the largest that there are may run over on the way; what comes out is looked at.
        with np.errstate(over="ignore", invalid="ignore"):
            given = DESIGNS[question.design](question, readings)
        if not _finite(given):
            raise Refused(TOO_LARGE)
    except Refused as refusal:
        return Answer(None, reason, refused=refusal.sentence)
    return _plain(given if given.reason.text else replace(given, reason=reason))


def _plain(given: Answer) -> Answer:
    """The answer in Python's own numbers, which can be kept and read again."""

    def interval(found: Estimate | None) -> Estimate | None:
        return found and Estimate(float(found.estimate), float(found.low), float(found.high))

    return replace(
        given,
        change=interval(given.change),
        ratio=interval(given.ratio),
        level=None if given.level is None else float(given.level),
        reference=None if given.reference is None else float(given.reference),
        groups=tuple(
            replace(
                each,
                cases=float(each.cases),
                level=float(each.level),
                spread=None if each.spread is None else float(each.spread),
            )
            for each in given.groups
        ),
        figures={name: float(figure) for name, figure in given.figures.items()},
        weak=bool(given.weak),
    )


def _finite(given: Answer) -> bool:
    numbers = [*given.figures.values(), given.level or 0.0, given.reference or 0.0]
    for interval in (given.change, given.ratio):
        if interval is not None:
            numbers += [interval.estimate, interval.low, interval.high]
    for trace in (given.fitted, given.without):
        if trace is not None:
            numbers += [*trace.values, *trace.low, *trace.high]
    return bool(np.isfinite(numbers).all())


def _before_after(question: Question, readings: list[Observation]) -> Answer:
    pilot = arm(readings, Arm.PILOT)
    earlier, later = before(question, pilot), after(question, pilot)
    if not later:
        raise Refused("There are no readings since the launch yet.")
    counts = counted(question, pilot)
    now = side(question, GroupName.AFTER, later, counts=counts)
    if earlier:
        return two_sides(question, now, side(question, GroupName.BEFORE, earlier, counts=counts))
    if question.baseline is None:
        raise Refused("There are neither readings from before the launch nor a baseline to compare with.")
    return one_side(question, now, question.baseline)


def _randomised(question: Question, readings: list[Observation]) -> Answer:
    later = after(question, readings)
    pilot, other = arm(later, Arm.PILOT), arm(later, Arm.COMPARISON)
    if not pilot:
        raise Refused("There are no readings of the pilot since the launch yet.")
    if not other:
        raise Refused("There are no readings of the comparison group since the launch yet.")
    limits: tuple[Sentence, ...] = ()
    if _units(pilot) >= FEWEST and _units(other) >= FEWEST and _units(later) < len(later):
        pilot, other = by_unit(question, pilot), by_unit(question, other)
        limits = (Sentence(TOGETHER),)
    counts = counted(question, later)
    given = two_sides(
        question,
        side(question, GroupName.PILOT, pilot, counts=counts),
        side(question, GroupName.COMPARISON, other, counts=counts),
    )
    return replace(given, limits=(*limits, *given.limits))


def _units(readings: Sequence[Observation]) -> int:
    """How many units there are, none where not every reading names its own."""
    return 0 if any(not each.unit for each in readings) else len({each.unit for each in readings})


def _series(question: Question, readings: list[Observation]) -> Answer:
    try:
        return one_series(question, by_day(question, GroupName.PILOT, arm(readings, Arm.PILOT)))
    except NothingCounted:
        given = _before_after(question, readings)
    limits = (Sentence(TREND_UNKNOWN), *given.limits)
    return replace(given, reason=Sentence(WITHOUT_TREND), limits=limits, weak=True)


DESIGNS = {
    Design.BEFORE_AFTER: _before_after,
    Design.RANDOMISED: _randomised,
    Design.SERIES: _series,
    Design.COMPARISON: differences,
}
