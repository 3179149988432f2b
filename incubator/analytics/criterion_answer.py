"""The analysis of a criterion, chosen by the design, the measure and the data that there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from incubator.analytics.criterion import Answer, Estimate, Observation, Question, Sentence
from incubator.analytics.criterion_differences import differences
from incubator.analytics.criterion_groups import randomised
from incubator.analytics.criterion_readings import TOO_LARGE, Refused, arm, counted, in_order
from incubator.analytics.criterion_series import one_series
from incubator.analytics.process_chart import NoLimits, why_no_limits
from incubator.domain.evaluation import Arm, Design, Measure

REASONS: dict[Design, str] = {
    Design.BEFORE_AFTER: "The plan compares levels before and after the launch, so the step at the launch is estimated beside a steady trend.",
    Design.RANDOMISED: "Chance decided who takes part, so the two groups are compared after the launch.",
    Design.SERIES: "The plan looks at a series, so its level and trend before the launch are carried on and compared with what came after. The effect is the mean distance of the two lines since the launch.",
    Design.COMPARISON: "The plan has a comparison, so the pilot's change since the launch is compared with the comparison's change.",
}


REBUILT = (
    "Where only a share or a rate was recorded, the count follows from it and the cases, as a whole number: 62.8% of 4,300 "
    "cases are 2,700, which is 62.79%."
)
MOSTLY_NOTHING = (
    "Most readings are zero: so few events say too little as values. Record them as counts, as a share of cases or a "
    "rate, and their chance can be worked out."
)


def answer(question: Question, observations: Sequence[Observation]) -> Answer:
    """What the readings say about the criterion: one analysis, with the reason why it was chosen.

    Data that cannot carry the analysis give an Answer with `refused`; a reading, baseline or target that is
    no finite number is a ValueError. The order of the readings is of no consequence.
    """
    reason = Sentence(REASONS[question.design])
    try:
        readings = in_order(question, observations)
        if not readings:
            raise Refused("There are no readings yet.")
        own_past = question.design in (Design.BEFORE_AFTER, Design.SERIES)
        if (
            own_past
            and question.measure is Measure.VALUE
            and why_no_limits([one.value for one in readings]) is NoLimits.RARE
        ):
            raise Refused(MOSTLY_NOTHING)
        # Numbers near the largest that there are may run over on the way; what comes out is looked at.
        with np.errstate(over="ignore", invalid="ignore"):
            given = DESIGNS[question.design](question, readings)
        if not _finite(given):
            raise Refused(TOO_LARGE)
        if counted(question, readings) and any(one.numerator is None for one in readings):
            given = replace(given, limits=(*given.limits, Sentence(REBUILT)))
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


def _own_past(question: Question, readings: list[Observation]) -> Answer:
    pilot = arm(readings, Arm.PILOT)
    if not pilot:
        raise Refused("There are no readings of the pilot yet.")
    return one_series(question, pilot)


DESIGNS = {
    Design.BEFORE_AFTER: _own_past,
    Design.RANDOMISED: randomised,
    Design.SERIES: _own_past,
    Design.COMPARISON: differences,
}
