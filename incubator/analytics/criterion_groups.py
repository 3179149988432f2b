"""Answers from two groups of readings, or from one against a baseline that is known as a number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from incubator.analytics import rates, two_groups
from incubator.analytics.criterion import Answer, Estimate, Method, Question, Sentence
from incubator.analytics.criterion_readings import Refused, Side, spread
from incubator.analytics.criterion_words import Voice, found
from incubator.analytics.difference import DRIFTED, drift
from incubator.domain.evaluation import Design, Measure

FEWEST = 8
"""Readings a side under which the spread itself is too uncertain for a verdict."""
MANY_LOPSIDED = 40
"""Readings a side from which the bootstrap held its error in simulated pilots (exponential and lognormal)."""
NO_SPREAD = "All readings are the same, so they do not show how much is chance: no interval can be given."
AS_THEY_STAND = (
    "Not every reading says of how many cases it speaks, so each reading counts the same, large or small."
)
UNKNOWN_BASELINE = "The baseline is one number from the plan: its own uncertainty is not known, so the interval is too narrow."
OTHER_CAUSES = "Whatever else changed at the time of the launch is counted as an effect of the pilot."
ALIKE = (
    "Readings that follow each other are alike (correlation %(correlation)s), so the interval is too narrow."
)
SAME_UNITS = "Several readings come from the same unit and are counted as if they were independent."
DRIFTING = (
    "Before the launch the readings already moved by %(slope)s from one to the next, more than chance explains: "
    "part of the change may be that trend, which only a series of readings can tell apart."
)
LOPSIDED = (
    "The readings lean to one side, with a few far from the rest: with under %(enough)s a side the interval misses "
    "the truth more often than it says, up to 10 times in 100 on one side."
)
MORE_THAN_CHANCE = "The readings vary %(times)s times as much as chance alone would have them; the interval is widened for it."


@dataclass
class _Notes:
    limits: list[Sentence]
    figures: dict[str, float]
    weak: bool = False


def two_sides(question: Question, pilot: Side, other: Side) -> Answer:
    """The pilot's readings against those before the launch, or against the comparison's. The change is the pilot's
    level less the other's, whatever the order of `Answer.groups`, whose names say which is which."""
    given = _two_sides(question, pilot, other)
    if question.design is not Design.BEFORE_AFTER or len(set(other.days)) < max(len(other.days), FEWEST):
        return given
    trend = drift(other.days, other.values)
    if trend is None:
        return given
    given = replace(given, figures=given.figures | {"trend_before": trend.slope, "trend_p": trend.p})
    if trend.p >= DRIFTED:
        return given
    said = Sentence(DRIFTING, {"slope": Voice(question).signed(trend.slope)})
    return replace(given, limits=(said, *given.limits), weak=True)


def _two_sides(question: Question, pilot: Side, other: Side) -> Answer:
    if question.measure is Measure.VALUE or pilot.counts is None or other.counts is None:
        return _two_means(question, pilot, other)
    for side in (pilot, other):
        if side.size < 1:
            raise Refused("There are no cases on the side “%(side)s”.", side=side.name)
    if question.measure is Measure.SHARE:
        return _two_shares(question, pilot, other)
    return _two_rates(question, pilot, other)


def one_side(question: Question, pilot: Side, baseline: float) -> Answer:
    """The pilot's readings against the baseline that the plan gave as a number."""
    voice = Voice(question)
    notes = _notes(question, pilot)
    notes.limits.insert(0, Sentence(UNKNOWN_BASELINE))
    notes.weak = True
    ratio = None
    if pilot.counts is None or question.measure is Measure.VALUE:
        _enough(pilot)
        if question.measure is not Measure.VALUE:
            notes.limits.append(Sentence(AS_THEY_STAND))
        method = Method.ONE_MEAN
        mean = _with_spread(lambda: two_groups.one_mean(pilot.values, baseline, question.confidence))
        change = mean.change
        notes.figures.update(df=mean.df or 0.0, t=mean.statistic or 0.0, p=mean.p or 0.0)
        steps = [
            _mean_step(voice, pilot),
            Sentence(
                "Divide the standard deviation by the square root of the number of readings: %(error)s.",
                {"error": voice.change(mean.error)},
            ),
            _t_step(question, mean.df or 0.0),
        ]
    else:
        if pilot.size < 1:
            raise Refused("There are no cases on the side “%(side)s”.", side=pilot.name)
        inflated = _inflated(question, notes, pilot)
        if question.measure is Measure.SHARE:
            method = Method.ONE_SHARE
            interval = two_groups.share(pilot.count, pilot.size, question.confidence, inflated)
            how = "Look up Wilson's interval of that share: %(low)s to %(high)s."
        else:
            method = Method.ONE_RATE
            interval = rates.exact_rate(pilot.count / inflated, pilot.size / inflated, question.confidence)
            how = "Look up the exact Poisson interval of that count and divide by the exposure: %(low)s to %(high)s."
        level = Estimate(*(pilot.per * bound for bound in (interval.estimate, interval.low, interval.high)))
        change = Estimate(level.estimate - baseline, level.low - baseline, level.high - baseline)
        if method is Method.ONE_RATE and baseline > 0:
            ratio = Estimate(level.estimate / baseline, level.low / baseline, level.high / baseline)
        steps = [
            _pool_step(voice, pilot),
            *_inflated_steps(inflated),
            Sentence(how, {"low": voice.level(level.low), "high": voice.level(level.high)}),
        ]
    steps.append(
        Sentence(
            "Take the baseline of %(baseline)s off the level and off both bounds.",
            {"baseline": voice.level(baseline)},
        )
    )
    return _answer(question, method, change, ratio, pilot, baseline, (pilot,), steps, notes)


def _two_means(question: Question, pilot: Side, other: Side) -> Answer:
    voice = Voice(question)
    _enough(pilot)
    _enough(other)
    notes = _notes(question, pilot, other)
    if question.measure is not Measure.VALUE:
        notes.limits.append(Sentence(AS_THEY_STAND))
    lopsided = two_groups.skewed(pilot.values) or two_groups.skewed(other.values)
    compare = two_groups.bootstrapped if lopsided else two_groups.welch
    if (spread(pilot.values) or 0.0) + (spread(other.values) or 0.0) == 0:
        raise Refused(NO_SPREAD)
    means = _with_spread(lambda: compare(pilot.values, other.values, question.confidence))
    steps = [_mean_step(voice, pilot), _mean_step(voice, other), _difference_step(voice, means.change)]
    if means.df is None:
        if min(len(pilot.values), len(other.values)) < MANY_LOPSIDED:
            notes.limits.append(Sentence(LOPSIDED, {"enough": str(MANY_LOPSIDED)}))
            notes.weak = True
        steps.append(
            Sentence(
                "Draw as many readings from each side, with replacement, take the difference of the means and repeat "
                "%(times)s times; the interval holds the middle %(confidence)s, corrected for bias and skew (BCa).",
                {"times": f"{two_groups.RESAMPLES:,}", "confidence": voice.confidence},
            )
        )
    else:
        notes.figures.update(df=means.df, t=means.statistic or 0.0, p=means.p or 0.0)
        steps += [
            Sentence(
                "Square each standard deviation, divide by its number of readings, add the two and take the root: %(error)s.",
                {"error": voice.change(means.error)},
            ),
            _t_step(question, means.df),
        ]
    method = Method.TWO_MEANS if means.df is not None else Method.TWO_MEANS_SKEWED
    return _answer(question, method, means.change, None, pilot, other.level, (other, pilot), steps, notes)


def _two_shares(question: Question, pilot: Side, other: Side) -> Answer:
    voice = Voice(question)
    notes = _notes(question, pilot, other)
    inflated = _inflated(question, notes, pilot, other)
    part = two_groups.newcombe(
        pilot.count, pilot.size, other.count, other.size, question.confidence, inflated
    )
    change = Estimate(100 * part.estimate, 100 * part.low, 100 * part.high)
    steps = [
        _pool_step(voice, pilot),
        _pool_step(voice, other),
        _difference_step(voice, change),
        *_inflated_steps(inflated),
        *(_wilson_step(voice, side, inflated) for side in (pilot, other)),
        Sentence(
            "Lower bound: the difference less the root of the sum of two squares, the pilot's distance to its lower and the other's to its upper bound. "
            "Upper bound: the difference plus the same with upper and lower exchanged (Newcombe)."
        ),
    ]
    return _answer(
        question, Method.TWO_SHARES, change, None, pilot, other.level, (other, pilot), steps, notes
    )


def _two_rates(question: Question, pilot: Side, other: Side) -> Answer:
    voice = Voice(question)
    notes = _notes(question, pilot, other)
    if pilot.count + other.count == 0:
        notes.limits.append(Sentence("Nothing was counted on either side."))
    inflated = _inflated(question, notes, pilot, other)
    df = notes.figures["dispersion_df"] if inflated > 1 else None
    two = rates.two_rates(pilot.count, pilot.size, other.count, other.size, question.confidence, inflated, df)
    notes.figures.update(z=two.z, p=two.p)
    change = Estimate(
        *(pilot.per * bound for bound in (two.change.estimate, two.change.low, two.change.high))
    )
    steps = [
        _pool_step(voice, pilot),
        _pool_step(voice, other),
        _difference_step(voice, change),
        *_inflated_steps(inflated),
        *(
            _score_step(voice, side, inflated, two_groups.quantile(question.confidence, df))
            for side in (pilot, other)
        ),
        Sentence(
            "Lower bound: the difference less the root of the sum of two squares, the pilot's distance to its lower and the other's to its upper bound. "
            "Upper bound: the difference plus the same with upper and lower exchanged."
        ),
        Sentence(
            "The ratio's interval is Wilson's for the pilot's part of all %(events)s events, turned into odds and divided by the ratio of the exposures.",
            {"events": f"{pilot.count + other.count:,.0f}"},
        ),
    ]
    ratio = two.ratio if np.isfinite(two.ratio.high) else None
    return _answer(
        question, Method.TWO_RATES, change, ratio, pilot, other.level, (other, pilot), steps, notes
    )


def _answer(
    question: Question,
    method: Method,
    change: Estimate,
    ratio: Estimate | None,
    pilot: Side,
    reference: float,
    sides: tuple[Side, ...],
    steps: list[Sentence],
    notes: _Notes,
) -> Answer:
    return Answer(
        method,
        Sentence(""),
        change=change,
        ratio=ratio,
        reference=reference,
        level=pilot.level,
        groups=tuple(side.group for side in sides),
        says=found(question, change, pilot.level, reference),
        limits=tuple(notes.limits),
        recipe=tuple(steps),
        figures=notes.figures,
        weak=notes.weak,
    )


def _notes(question: Question, *sides: Side) -> _Notes:
    """What every comparison of groups must own up to."""
    notes = _Notes([], {})
    if question.design is not Design.RANDOMISED:
        notes.limits.append(Sentence(OTHER_CAUSES))
    named = [unit for side in sides for unit in side.units if unit]
    if len(set(named)) < len(named) and len(set(named)) > 1:
        notes.limits.append(Sentence(SAME_UNITS))
        notes.weak = True
    correlation = _following(sides)
    if correlation is not None:
        notes.figures["correlation"] = correlation
        if correlation > 2 / np.sqrt(sum(len(side.values) for side in sides)):
            notes.limits.append(Sentence(ALIKE, {"correlation": f"{correlation:.2f}"}))
            notes.weak = True
    return notes


def _following(sides: tuple[Side, ...]) -> float | None:
    """The correlation of each reading with the next, where a side has one reading a day."""
    above, below = 0.0, 0.0
    for side in sides:
        if len(set(side.days)) < max(len(side.days), FEWEST):
            return None
        largest = np.abs(side.values).max() or 1.0
        rest = side.values / largest
        rest = rest - rest.mean()
        scaled = float((rest * rest).sum())
        if scaled > 1e-24:
            above += float((rest[1:] * rest[:-1]).sum()) / scaled
            below += 1.0
    return above / below if below else None


def _inflated(question: Question, notes: _Notes, *sides: Side) -> float:
    """By how much the readings vary beyond chance, where that is more than chance would explain."""
    groups = [
        (side.counts, side.cases) for side in sides if side.counts is not None and side.cases is not None
    ]
    spread_of = two_groups.share_dispersion if question.measure is Measure.SHARE else rates.dispersion
    factor, df, p = spread_of(groups)
    if df:
        notes.figures.update(dispersion=factor, dispersion_df=df)
    if factor <= 1 or p >= rates.OVERDISPERSED_P:
        return 1.0
    notes.limits.append(Sentence(MORE_THAN_CHANCE, {"times": f"{factor:.1f}"}))
    return factor


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
            "level": voice.level(side.level),
            "spread": voice.change(spread(side.values) or 0.0),
        },
    )


def _pool_step(voice: Voice, side: Side) -> Sentence:
    return Sentence(
        "%(side)s: add up %(count)s counted and %(cases)s cases or units of exposure; divided, and for %(per)s of them, the level is %(level)s.",
        {
            "side": side.name,
            "count": f"{side.count:,.12g}",
            "cases": f"{side.size:,.12g}",
            "per": f"{side.per:,.12g}",
            "level": voice.level(side.level),
        },
    )


def _inflated_steps(inflated: float) -> list[Sentence]:
    if inflated == 1:
        return []
    text = "Because the readings vary more than chance, divide all counts and cases by %(times)s before the next step."
    return [Sentence(text, {"times": f"{inflated:.4g}"})]


def _score_step(voice: Voice, side: Side, inflated: float, reach: float) -> Sentence:
    interval = rates.rate_interval(side.count / inflated, side.size / inflated, reach)
    return Sentence(
        "%(side)s: to the count add half the square of %(reach)s, then add and take off %(reach)s times the root of the count plus a quarter of that square; "
        "divided by the exposure, that is %(low)s to %(high)s.",
        {
            "side": side.name,
            "reach": f"{reach:.3f}",
            "low": voice.level(side.per * interval.low),
            "high": voice.level(side.per * interval.high),
        },
    )


def _wilson_step(voice: Voice, side: Side, inflated: float) -> Sentence:
    interval = two_groups.share(side.count, side.size, voice.question.confidence, inflated)
    return Sentence(
        "%(side)s: Wilson's interval of the share is %(low)s to %(high)s.",
        {"side": side.name, "low": voice.level(100 * interval.low), "high": voice.level(100 * interval.high)},
    )


def _difference_step(voice: Voice, change: Estimate) -> Sentence:
    return Sentence(
        "Take one level off the other: the change is %(change)s.", {"change": voice.signed(change.estimate)}
    )


def _t_step(question: Question, df: float) -> Sentence:
    return Sentence(
        "The interval reaches %(reach)s times that to each side (Student's t with %(df)s degrees of freedom).",
        {"reach": f"{two_groups.quantile(question.confidence, df):.3f}", "df": f"{df:.1f}"},
    )
