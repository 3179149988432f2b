"""Answers from one group's readings over time: before and after, and the interrupted series."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from incubator.analytics import interrupted_series as series
from incubator.analytics.criterion import (
    Answer,
    Estimate,
    GroupName,
    Method,
    Observation,
    Question,
    Sentence,
    Trace,
)
from incubator.analytics.criterion_periods import Periods, periods
from incubator.analytics.criterion_readings import AS_THEY_STAND, NO_SPREAD, Refused, after, before, scale_of
from incubator.analytics.criterion_words import Voice, found
from incubator.analytics.short_series import Fits, ShortSeries
from incubator.analytics.two_groups import quantile
from incubator.domain.evaluation import FEWEST_PERIODS, Design, Measure

FEWEST_SITES = 4
"""Sites from which on their different changes count as chance; with fewer the result speaks of these sites alone."""
LEFT_OVER = 8
"""Periods beyond the columns of the regression."""

ONE_NUMBER = (
    "The baseline is one number: without readings from before the launch nobody can see how much it varies by itself, "
    "so no verdict is possible."
)
TOO_FEW = (
    "Too few periods with readings, %(before)s before and %(after)s after the launch: at least %(fewest)s on each side "
    "are needed to see how much they vary by themselves."
)
BELOW_NOTHING = (
    "Carried on, the line from before the launch leads to %(reference)s, which cannot be: a straight line does not fit "
    "these readings, so no verdict is possible."
)
OTHER_CAUSES = "There is no comparison group, so whatever else changed since the launch counts as an effect of the pilot."
TREND_GOES_ON = "It assumes that the trend from before the launch would have gone on unchanged."
STEADY_TREND = (
    "A steady trend and, from 200 days on, a season are taken off before the two sides are compared."
)
SHORT_OF_SEASONS = (
    "Under two full years of readings, a season is hard to tell from an effect; the interval is wider for it."
)
THESE_SITES = "It speaks of these %(sites)s sites: so few do not show how differently others would change."
SITES_APART = "The sites changed differently; the interval is wider for it."
IN_BLOCKS = "Readings close together were averaged into %(periods)s longer periods."


def one_series(question: Question, readings: Sequence[Observation]) -> Answer:
    """The pilot's readings against their own past carried on. The effect of before and after is a step, that of a
    series the mean distance of two lines that may part."""
    if not after(question, readings):
        raise Refused("There are no readings since the launch yet.")
    if not before(question, readings):
        raise Refused(ONE_NUMBER)
    given = periods(question, readings)
    fewest = FEWEST_PERIODS[question.design]
    parts = series.segments(given.days, question.launched_on, bend=question.design is Design.SERIES)
    lacking = LEFT_OVER + parts.design.shape[1] - len(given.days)
    if min(given.early, given.late) < fewest or lacking > 0:
        raise Refused(
            TOO_FEW,
            before=str(given.early),
            after=str(given.late),
            fewest=str(max(fewest, -(-(LEFT_OVER + parts.design.shape[1]) // 2))),
        )
    scale = scale_of(given.values)
    try:
        fits = ShortSeries(parts.design, parts.gaps, parts.after, given.chance).fit(given.values / scale)
    except ValueError:
        raise Refused(NO_SPREAD) from None
    return _answer(question, given, parts, fits, scale, len({each.day for each in readings}))


def _answer(
    question: Question, given: Periods, parts: series.Segments, fits: Fits, scale: float, days: int
) -> Answer:
    voice = Voice(question)
    effect = fits.effect(parts.effect, question.confidence)
    change = _of_sites(
        given,
        Estimate(*(float(each[0]) * scale for each in (effect.estimate, effect.low, effect.high))),
        question.confidence,
    )
    late = given.after == 1
    level = float((given.values / scale)[late].mean()) * scale
    reference = level - change.estimate
    if _impossible(question, reference):
        raise Refused(BELOW_NOTHING, reference=voice.level(reference))
    if question.measure is Measure.SHARE:
        change = Estimate(change.estimate, max(change.low, -100.0), min(change.high, 100.0))
    beta = fits.beta[:, 0] * scale
    figures = {
        "readings_before": float(given.early),
        "readings_after": float(given.late),
        "waves": float(parts.waves),
        "df": fits.df,
        "correlation": float(fits.correlation[0]),
        "slope_before": float(beta[1]),
        "level_change": float(beta[2]),
    }
    if parts.bend:
        figures["slope_change"] = float(beta[3])
    limits = [*given.limits, Sentence(TREND_GOES_ON if parts.bend else STEADY_TREND)]
    if question.measure is not Measure.VALUE and given.chance is None:
        limits.append(Sentence(AS_THEY_STAND))
    if len(given.days) < days:
        limits.append(Sentence(IN_BLOCKS, {"periods": str(len(given.days))}))
    if parts.waves and not series.full_seasons(given.days):
        limits.append(Sentence(SHORT_OF_SEASONS))
    if 1 < given.sites < FEWEST_SITES:
        limits.append(Sentence(THESE_SITES, {"sites": str(given.sites)}))
    elif given.sites > 1 and given.apart > 0:
        limits.append(Sentence(SITES_APART))
    limits.append(Sentence(OTHER_CAUSES))
    return Answer(
        Method.SERIES if parts.bend else Method.BEFORE_AFTER,
        Sentence(""),
        change=change,
        reference=reference,
        level=level,
        groups=(given.group(GroupName.BEFORE), given.group(GroupName.AFTER)),
        says=found(
            question,
            change,
            level,
            reference,
            before=float((given.values / scale)[~late].mean()) * scale,
        ),
        caution=Sentence(OTHER_CAUSES),
        limits=tuple(limits),
        recipe=tuple(_recipe(voice, parts, change, float(effect.error[0]) * scale, level, reference)),
        figures=figures,
        fitted=_trace(question, given, fits, parts.design, np.ones(len(late), dtype=bool), scale),
        without=_trace(question, given, fits, parts.without, late, scale),
    )


def _of_sites(given: Periods, change: Estimate, confidence: float) -> Estimate:
    """The interval with what sites add that change differently, where there are enough of them to tell."""
    if given.sites < FEWEST_SITES or given.apart == 0:
        return change
    more = quantile(confidence, given.sites - 1) * given.apart
    return Estimate(
        change.estimate,
        change.estimate - math.hypot(change.estimate - change.low, more),
        change.estimate + math.hypot(change.high - change.estimate, more),
    )


def _impossible(question: Question, level: float) -> bool:
    if question.measure is Measure.VALUE:
        return False
    return level < 0 or (question.measure is Measure.SHARE and level > 100)


def _trace(
    question: Question, given: Periods, fits: Fits, design: np.ndarray, which: np.ndarray, scale: float
) -> Trace:
    line, width = fits.lines(design[which], question.confidence)
    low, high = (line - width) * scale, (line + width) * scale
    if question.measure is not Measure.VALUE:
        most = 100.0 if question.measure is Measure.SHARE else np.inf
        line, low, high = (
            np.clip(each, 0.0, most / factor) for each, factor in ((line, scale), (low, 1.0), (high, 1.0))
        )
    return Trace(
        tuple(day.isoformat() for day, shown in zip(given.days, which, strict=True) if shown),
        *(tuple(float(each) for each in part) for part in (line * scale, low, high)),
    )


def _recipe(
    voice: Voice, parts: series.Segments, change: Estimate, error: float, level: float, reference: float
) -> list[Sentence]:
    columns = (
        "Beside each period's level write four columns: 1; its number in time; 0 before the launch and 1 after; the periods since the first one after the launch (0 before)."
        if parts.bend
        else "Beside each period's level write three columns: 1; its number in time; 0 before the launch and 1 after."
    )
    steps = [Sentence(columns)]
    if parts.waves:
        steps.append(
            Sentence(
                "Add a pair of columns for the season: sine and cosine of the day of the year as a part of the circle."
                if parts.waves == 1
                else "Add two pairs of columns for the season: sine and cosine of the day of the year as a part of the circle, the second pair twice as fast."
            )
        )
    return [
        *steps,
        Sentence(
            "Regress the levels on these columns by generalized least squares, once for each pattern in the list: neighbors correlated by 0, .3, .5, .7, .85 or .95, "
            "none or half of the variance fresh in each period, and the spread after the launch smaller, the same or larger."
        ),
        Sentence(
            "Weight each of these fits by its restricted likelihood times the list's weight for its pattern: the weighted mean of the effects is %(change)s, with a standard error of %(error)s.",
            {"change": voice.signed(change.estimate), "error": voice.change(error)},
        ),
        Sentence(
            "The mean level after the launch is %(level)s; less the effect, %(reference)s is what would have been expected without the pilot.",
            {"level": voice.level(level), "reference": voice.level(reference)},
        ),
        Sentence(
            "The interval holds the middle %(confidence)s of the fits' Student t distributions, weighted in the same way: %(low)s to %(high)s.",
            {
                "confidence": voice.confidence,
                "low": voice.signed(change.low),
                "high": voice.signed(change.high),
            },
        ),
    ]
