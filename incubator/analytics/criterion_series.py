"""Answers from an interrupted series."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import date

import numpy as np

from incubator.analytics import interrupted_series as series
from incubator.analytics.criterion import (
    Answer,
    Estimate,
    Group,
    GroupName,
    Method,
    Question,
    Sentence,
    Trace,
)
from incubator.analytics.criterion_groups import AS_THEY_STAND, NO_SPREAD
from incubator.analytics.criterion_readings import Numbers, Refused, Side, mean, spread
from incubator.analytics.criterion_words import Voice, found
from incubator.analytics.rates import quasi_poisson
from incubator.analytics.two_groups import quantile
from incubator.domain.evaluation import Measure

FEWEST = 12
"""Readings before and after the launch under which a trend is taken for an effect too easily."""
SHORT = 36
CLOSE = 0.5

TREND_GOES_ON = "It assumes that the trend from before the launch would have gone on unchanged."
TOO_NARROW = "The interval is likely a little too narrow: of 100 such series in which nothing happened, up to ten show an effect."
NO_SEASON = "Under two full years of readings: a season cannot be told from an effect of the pilot."
OTHER_CAUSES = "Whatever else changed at the time of the launch is counted as an effect of the pilot."
NEIGHBOURS = "What the regression leaves over is alike from one reading to the next (correlation %(correlation)s), so the interval is too narrow."


class NothingCounted(Refused):
    """All counts of one side of the launch are 0: its rate is known, but a line of logarithms has no place."""


def one_series(question: Question, pilot: Side) -> Answer:
    """The pilot's series, one reading a day, against its own past carried on."""
    early = sum(day < question.launched_on for day in pilot.days)
    late = len(pilot.days) - early
    if min(early, late) < FEWEST:
        raise Refused(
            "Too few readings, %(before)s before and %(after)s after the launch: under %(fewest)s each a trend would be taken for an effect.",
            before=str(early),
            after=str(late),
            fewest=str(FEWEST),
        )
    parts = series.segments(pilot.days, question.launched_on)
    if question.measure is Measure.RATE and pilot.counts is not None and pilot.cases is not None:
        return _of_counts(question, pilot, parts, pilot.counts, pilot.cases)
    return _of_values(question, pilot, parts)


def _of_values(question: Question, pilot: Side, parts: series.Segments) -> Answer:
    try:
        fit = series.fit_ar1(parts.design, pilot.values, series.axis(pilot.days).gaps)
    except ValueError:
        raise Refused(NO_SPREAD) from None
    effect = series.effect_of_values(parts, fit, question.confidence)
    voice = Voice(question)
    figures = _figures(parts, fit.beta, fit.df) | {"correlation": fit.rho, "spread": fit.sigma}
    turned = [
        Sentence(
            "Take from every row %(rho)s times the row before it and divide by the root of 1 − %(rho)s²; leave the first row as it is. "
            "Where readings are missing between two rows, use that power of %(rho)s.",
            {"rho": f"{fit.rho:.3f}"},
        ),
    ]
    steps = [
        *_columns_steps(parts),
        *(turned if fit.rho >= 0.0005 else []),
        Sentence(
            "Regress the readings on these columns: the step at the launch is %(step)s, the trend changes by %(bend)s a period.",
            {"step": voice.signed(figures["level_change"]), "bend": voice.signed(figures["slope_change"])},
        ),
        *_effect_steps(voice, effect, fit.df),
    ]
    limits = [Sentence(TREND_GOES_ON), Sentence(TOO_NARROW)]
    if question.measure is not Measure.VALUE and pilot.counts is None:
        limits.append(Sentence(AS_THEY_STAND))
    weak = fit.rho > CLOSE or len(pilot.days) < SHORT
    return _answer(question, Method.SERIES_VALUES, pilot, parts, effect, limits, steps, figures, weak)


def _of_counts(
    question: Question, pilot: Side, parts: series.Segments, counts: Numbers, exposure: Numbers
) -> Answer:
    if 0 in (counts[parts.after].sum(), counts[~parts.after].sum()):
        raise NothingCounted("Nothing was counted before or after the launch: there is no trend to follow.")
    try:
        fit = quasi_poisson(parts.design, counts, exposure, at_least=1.0)
    except (ValueError, np.linalg.LinAlgError):
        raise Refused("The counts are too few or too uneven for the trend of a rate.") from None
    effect = _per(series.effect_of_counts(parts, fit, exposure, question.confidence), question.per)
    voice = Voice(question)
    rest = (counts - fit.expected) / np.sqrt(fit.expected)
    left = float((rest * rest).sum())
    correlation = float((rest[1:] * rest[:-1]).sum() / left) if left > 1e-12 else 0.0
    figures = _figures(parts, fit.beta, float(fit.df)) | {
        "dispersion": fit.dispersion,
        "correlation": correlation,
        "level_change": math.exp(float(fit.beta[2])),
        "slope_change": math.exp(float(fit.beta[3])),
        "slope_before": math.exp(float(fit.beta[1])),
    }
    steps = [
        *_columns_steps(parts),
        Sentence(
            "Fit a quasi-Poisson regression of the counts with the logarithm of the exposure as offset: "
            "at the launch the rate is multiplied by %(step)s, its trend by %(bend)s a period; "
            "the counts vary %(times)s times as much as chance.",
            {
                "step": f"{figures['level_change']:.3f}",
                "bend": f"{figures['slope_change']:.4f}",
                "times": f"{fit.dispersion:.2f}",
            },
        ),
        *_effect_steps(voice, effect, float(fit.df)),
    ]
    limits = [Sentence(TREND_GOES_ON)]
    close = correlation > 2 / math.sqrt(len(pilot.days))
    if close:
        limits.append(Sentence(NEIGHBOURS, {"correlation": f"{correlation:.2f}"}))
    weak = close or len(pilot.days) < SHORT
    return _answer(question, Method.SERIES_COUNTS, pilot, parts, effect, limits, steps, figures, weak)


def _per(effect: series.SeriesEffect, per: float) -> series.SeriesEffect:
    """The effect for `per` units of exposure instead of one."""

    def line(given: series.Line) -> series.Line:
        return series.Line(per * given.values, per * given.low, per * given.high)

    def times(given: Estimate) -> Estimate:
        return Estimate(per * given.estimate, per * given.low, per * given.high)

    return replace(
        effect,
        change=times(effect.change),
        level=per * effect.level,
        reference=per * effect.reference,
        fitted=line(effect.fitted),
        without=line(effect.without),
        levels=effect.levels and (times(effect.levels[0]), times(effect.levels[1]), effect.levels[2]),
    )


def _answer(
    question: Question,
    method: Method,
    pilot: Side,
    parts: series.Segments,
    effect: series.SeriesEffect,
    limits: list[Sentence],
    steps: list[Sentence],
    figures: dict[str, float],
    weak: bool,
) -> Answer:
    change = effect.change
    if parts.waves == 0:
        limits.append(Sentence(NO_SEASON))
    limits.append(Sentence(OTHER_CAUSES))
    return Answer(
        method,
        Sentence(""),
        change=change,
        ratio=effect.ratio,
        reference=effect.reference,
        level=effect.level,
        groups=tuple(
            _group(name, pilot, parts.after == late)
            for name, late in ((GroupName.BEFORE, False), (GroupName.AFTER, True))
        ),
        says=found(question, change, effect.level, effect.reference),
        limits=tuple(limits),
        recipe=tuple(steps),
        figures=figures,
        fitted=_trace(pilot.days, effect.fitted, np.ones(len(pilot.days), dtype=bool)),
        without=_trace(pilot.days, effect.without, parts.after),
        weak=weak,
    )


def _group(name: GroupName, pilot: Side, which: np.ndarray) -> Group:
    values = pilot.values[which]
    if pilot.counts is None or pilot.cases is None:
        return Group(name, len(values), float(len(values)), mean(values), spread(values))
    cases = float(pilot.cases[which].sum())
    level = pilot.per * float(pilot.counts[which].sum()) / cases
    return Group(name, len(values), cases, level, spread(values))


def _trace(days: tuple[date, ...], line: series.Line, which: np.ndarray) -> Trace:
    return Trace(
        tuple(day.isoformat() for day, shown in zip(days, which, strict=True) if shown),
        *(tuple(float(each) for each in part[which]) for part in (line.values, line.low, line.high)),
    )


def _figures(parts: series.Segments, beta: Numbers, df: float) -> dict[str, float]:
    return {
        "readings_before": float((~parts.after).sum()),
        "readings_after": float(parts.after.sum()),
        "waves": float(parts.waves),
        "df": df,
        "slope_before": float(beta[1]),
        "level_change": float(beta[2]),
        "slope_change": float(beta[3]),
    }


def _columns_steps(parts: series.Segments) -> list[Sentence]:
    steps = [
        Sentence(
            "Beside each reading write four columns: 1; its number in time; 0 before the launch and 1 after; the periods since the first reading after the launch (0 before)."
        )
    ]
    if parts.waves:
        steps.append(
            Sentence(
                "Add %(waves)s pair(s) of columns for the season: sine and cosine of the day of the year as a part of the circle, the second pair twice as fast.",
                {"waves": str(parts.waves)},
            )
        )
    return steps


def _effect_steps(voice: Voice, effect: series.SeriesEffect, df: float) -> list[Sentence]:
    both = {"reference": voice.level(effect.reference), "level": voice.level(effect.level)}
    t = {"reach": f"{quantile(voice.question.confidence, df):.3f}", "df": f"{df:.0f}"}
    change = {"change": voice.signed(effect.change.estimate)}
    steps = [
        Sentence(
            "Carry the line on as if the two columns of the launch were 0: over the readings since the launch its mean is %(reference)s; that of the fitted line is %(level)s.",
            both,
        )
    ]
    if effect.levels is None:
        error = {"error": voice.change(effect.error or 0.0)}
        return [
            *steps,
            Sentence(
                "Their difference is %(change)s, with a standard error of %(error)s; the interval reaches %(reach)s times that (Student's t with %(df)s degrees of freedom).",
                change | error | t,
            ),
        ]
    fitted, carried, correlation = effect.levels
    return [
        *steps,
        Sentence(
            "On the logarithm's scale each mean reaches %(reach)s standard errors to both sides (Student's t with %(df)s degrees of freedom): "
            "the fitted one from %(level_low)s to %(level_high)s, the one carried on from %(reference_low)s to %(reference_high)s. The two are correlated by %(correlation)s.",
            t
            | {
                "level_low": voice.level(fitted.low),
                "level_high": voice.level(fitted.high),
                "reference_low": voice.level(carried.low),
                "reference_high": voice.level(carried.high),
                "correlation": f"{correlation:.4f}",
            },
        ),
        Sentence(
            "Their difference is %(change)s. Its lower bound: take the fitted mean's distance to its lower and the other's to its upper bound, add the two squares, "
            "take off twice their product times the correlation; the root of that is how far the bound lies below. The upper bound: the same the other way round.",
            change,
        ),
    ]
