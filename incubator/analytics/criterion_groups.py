"""Answers from two groups since the launch, where chance decided who takes part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from incubator.analytics import difference, two_groups
from incubator.analytics.criterion import Answer, Estimate, GroupName, Method, Observation, Question, Sentence
from incubator.analytics.criterion_readings import (
    AS_THEY_STAND,
    NO_SPREAD,
    Refused,
    Side,
    after,
    arm,
    by_day,
    by_unit,
    counted,
    enough_events,
    side,
    spread,
)
from incubator.analytics.criterion_words import Voice, found
from incubator.domain.evaluation import Arm, Measure

FEWEST = 8
"""Readings a side under which the spread itself is too uncertain for a verdict."""
FEWEST_UNITS = 4
"""Units a side under which their spread is."""
MANY_LOPSIDED, UNEVEN = 40, 1.5
"""Readings a side, and how many times as many the larger side may have, with which Welch's interval held its error in
simulated skewed groups (exponential and lognormal): the skew of two sides alike in size cancels."""

LOPSIDED = (
    "The readings lean to one side, with a few far from the rest: with under %(enough)s a side, or sides of unequal size, "
    "an interval would miss the truth too often, so no verdict is possible."
)
TOO_FEW_UNITS = (
    "Too few units, %(pilot)s with the pilot and %(comparison)s without: at least %(fewest)s on each side are needed "
    "to see how much units differ by themselves."
)
TOGETHER = "Readings of one unit are alike, so those of a unit are put together and each unit counts once."
BY_PERIOD = "Both groups report in the same periods, so they are compared within each period."


def randomised(question: Question, readings: Sequence[Observation]) -> Answer:
    """The pilot's group against the comparison's since the launch: by unit where readings name theirs, by period
    where both groups report on the same days, else reading by reading."""
    later = after(question, readings)
    pilot, other = arm(later, Arm.PILOT), arm(later, Arm.COMPARISON)
    if not pilot:
        raise Refused("There are no readings of the pilot since the launch yet.")
    if not other:
        raise Refused("There are no readings of the comparison group since the launch yet.")
    counts = counted(question, later)
    if counts:
        enough_events(question, GroupName.PILOT, pilot, GroupName.COMPARISON, other)
    limits = [] if counts or question.measure is Measure.VALUE else [Sentence(AS_THEY_STAND)]
    if any(each.unit for each in later):
        pilot, other = by_unit(question, pilot), by_unit(question, other)
        if min(len(pilot), len(other)) < FEWEST_UNITS:
            raise Refused(
                TOO_FEW_UNITS,
                pilot=str(len(pilot)),
                comparison=str(len(other)),
                fewest=str(FEWEST_UNITS),
            )
        limits.append(Sentence(TOGETHER))
    elif len({each.day for each in pilot} & {each.day for each in other}) >= FEWEST and (
        counts or len({each.day for each in pilot}) == len(pilot)
    ):
        return _by_period(question, pilot, other, limits)
    return _two_means(
        question,
        side(question, GroupName.PILOT, pilot, counts=counts),
        side(question, GroupName.COMPARISON, other, counts=counts),
        limits,
        units=any(each.unit for each in later),
    )


def _by_period(
    question: Question, pilot: Sequence[Observation], other: Sequence[Observation], limits: list[Sentence]
) -> Answer:
    voice = Voice(question)
    days = {each.day for each in pilot} & {each.day for each in other}
    one, two = (
        by_day(question, name, [each for each in readings if each.day in days])
        for name, readings in ((GroupName.PILOT, pilot), (GroupName.COMPARISON, other))
    )
    try:
        gap = difference.level(one.days, one.values - two.values, question.confidence)
    except ValueError:
        raise Refused(NO_SPREAD) from None
    level, reference = one.plain, two.plain
    steps = [
        Sentence(
            "In each of the %(periods)s periods that both groups report, take the comparison's level off the pilot's.",
            {"periods": str(len(one.days))},
        ),
        *difference.recipe(voice, gap),
    ]
    return Answer(
        Method.PERIODS,
        Sentence(""),
        change=gap.change,
        reference=reference,
        level=level,
        groups=(two.evenly, one.evenly),
        says=found(question, gap.change, level, reference),
        limits=(*limits, Sentence(BY_PERIOD)),
        recipe=tuple(steps),
        figures={"df": gap.df, "correlation": gap.correlation},
    )


def _two_means(
    question: Question, pilot: Side, other: Side, limits: list[Sentence], *, units: bool
) -> Answer:
    """Means of readings or, with `units`, of the units' levels, each of which counts once."""
    voice = Voice(question)
    if not units:
        _enough(pilot)
        _enough(other)
    if (spread(pilot.values) or 0.0) + (spread(other.values) or 0.0) == 0:
        raise Refused(NO_SPREAD)
    lopsided = two_groups.skewed(pilot.values) or two_groups.skewed(other.values)
    sizes = sorted((len(pilot.values), len(other.values)))
    if lopsided and (sizes[0] < MANY_LOPSIDED or sizes[1] > UNEVEN * sizes[0]):
        raise Refused(LOPSIDED, enough=str(MANY_LOPSIDED))
    means = _with_spread(lambda: two_groups.welch(pilot.values, other.values, question.confidence, few=units))
    level, reference = pilot.plain, other.plain
    change = means.change
    if question.measure is Measure.SHARE:
        change = Estimate(change.estimate, max(change.low, -100.0), min(change.high, 100.0))
    steps = [_mean_step(voice, pilot), _mean_step(voice, other)]
    steps.append(
        Sentence(
            "Take one level off the other: the change is %(change)s.",
            {"change": voice.signed(change.estimate)},
        )
    )
    df = means.df or 0.0
    steps += [
        Sentence(
            "Square each standard deviation, divide by its number of readings, add the two and take the root: %(error)s.",
            {"error": voice.change(means.error)},
        ),
        Sentence(
            "The interval reaches %(reach)s times that to each side (Student's t with %(df)s degrees of freedom).",
            {"reach": f"{two_groups.quantile(question.confidence, df):.3f}", "df": f"{df:.1f}"},
        ),
    ]
    return Answer(
        Method.TWO_MEANS,
        Sentence(""),
        change=change,
        reference=reference,
        level=level,
        groups=(other.evenly, pilot.evenly),
        says=found(question, change, level, reference),
        limits=tuple(limits),
        recipe=tuple(steps),
        figures={"df": df, "t": means.statistic or 0.0, "p": means.p or 0.0},
    )


def _enough(side: Side) -> None:
    if len(side.values) < FEWEST:
        raise Refused(
            "Too few readings (%(count)s) on the side “%(side)s”: under %(fewest)s the spread is too uncertain for an interval.",
            count=str(len(side.values)),
            side=side.name,
            fewest=str(FEWEST),
        )


def _with_spread(compute: Callable[[], two_groups.TwoMeans]) -> two_groups.TwoMeans:
    try:
        return compute()
    except ValueError:
        raise Refused(NO_SPREAD) from None


def _mean_step(voice: Voice, side: Side) -> Sentence:
    return Sentence(
        "%(side)s: the mean of %(count)s readings is %(level)s, their standard deviation %(spread)s.",
        {
            "side": side.name,
            "count": str(len(side.values)),
            "level": voice.level(side.plain),
            "spread": voice.change(spread(side.values) or 0.0),
        },
    )
