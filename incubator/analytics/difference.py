"""Difference in differences: the pilot's change less that of whom it is compared with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from incubator.analytics.criterion import Estimate, Sentence
from incubator.analytics.criterion_readings import Numbers, scale_of
from incubator.analytics.criterion_words import Voice
from incubator.analytics.interrupted_series import axis
from incubator.analytics.short_series import Effect, Fits, ShortSeries
from incubator.analytics.two_groups import TwoMeans, quantile, two_sided, welch

DRIFTED = 0.1
"""The p value under which a trend before the launch forbids a verdict."""


@dataclass(frozen=True)
class Slope:
    """A trend in one period, with the p value of there being none."""

    slope: float
    p: float


def by_unit(pilot: Numbers, comparison: Numbers, confidence: float = 0.95) -> TwoMeans:
    """From the change of each unit (its level after less its level before): each unit counts once.

    One number a unit leaves nothing that clusters; Welch's error of them is the cluster-robust error with the
    small-sample correction of R. M. Bell, D. F. McCaffrey (Survey Methodology 28, 2002) where every unit has
    as many readings; its degrees of freedom are at most the units of the smaller side. Source: M. Bertrand,
    E. Duflo, S. Mullainathan, QJE 119 (2004). A unit that stands alone on its side is held against the spread of
    the others, as in T. Conley, C. Taber, Review of Economics and Statistics 93 (2011), with Student's t.
    ValueError with one unit on both sides, or without any spread.
    """
    if min(len(pilot), len(comparison)) >= 2:
        return welch(pilot, comparison, confidence, few=True)
    many, sign = (comparison, 1.0) if len(pilot) == 1 else (pilot, -1.0)
    alone = pilot[0] if len(pilot) == 1 else comparison[0]
    if len(many) < 2:
        raise ValueError("one unit against one shows no spread of units")
    scale = max(scale_of(many), scale_of(np.array([alone])))
    rest = many / scale
    error = float(rest.std(ddof=1)) * math.sqrt(1 + 1 / len(rest))
    if error <= 1e-13 * scale_of(rest):
        raise ValueError("readings without any spread carry no interval")
    df = float(len(rest) - 1)
    gap = sign * (alone / scale - float(rest.mean()))
    reach = quantile(confidence, df) * error
    change = Estimate(gap * scale, (gap - reach) * scale, (gap + reach) * scale)
    return TwoMeans(change, error * scale, df, gap / error, two_sided(gap / error, df))


@dataclass(frozen=True)
class ByPeriod:
    """`slope` is the steady drift a period that was taken off beside the step."""

    change: Estimate
    error: float
    df: float
    correlation: float
    slope: float = 0.0


def step(days: Sequence[date], differences: Numbers, after: Numbers, confidence: float = 0.95) -> ByPeriod:
    """From the difference of two series in each period: its step at the launch beside a steady drift. `after` is 1
    since the launch, else 0. ValueError without any spread."""
    steps = axis(days).steps
    design = np.column_stack([np.ones(len(days)), steps - steps.mean(), after])
    scale = scale_of(differences)
    fits = ShortSeries(design, axis(days).gaps, after).fit(differences / scale)
    found = _found(fits, fits.effect(np.array([0.0, 0.0, 1.0]), confidence), scale)
    return replace(found, slope=float(fits.beta[1, 0]) * scale)


def level(days: Sequence[date], differences: Numbers, confidence: float = 0.95) -> ByPeriod:
    """The mean of the difference of two series in each period. ValueError without any spread."""
    scale = scale_of(differences)
    fits = ShortSeries(np.ones((len(days), 1)), axis(days).gaps).fit(differences / scale)
    return _found(fits, fits.mean(confidence), scale)


def _found(fits: Fits, effect: Effect, scale: float) -> ByPeriod:
    change = Estimate(*(float(each[0]) * scale for each in (effect.estimate, effect.low, effect.high)))
    return ByPeriod(change, float(effect.error[0]) * scale, fits.df, float(fits.correlation[0]))


def recipe(voice: Voice, found: ByPeriod) -> list[Sentence]:
    """How the effect of these differences is worked out again."""
    return [
        Sentence(
            "Regress them by generalized least squares, once for each pattern in the list: neighbors correlated by 0, .3, .5, .7, .85 or .95 and "
            "none or half of the variance fresh in each period. Weighted by restricted likelihood and the list's weights, the mean effect is %(change)s, with a standard error of %(error)s.",
            {"change": voice.signed(found.change.estimate), "error": voice.change(found.error)},
        ),
        Sentence(
            "The interval holds the middle %(confidence)s of the fits' Student t distributions, weighted in the same way: %(low)s to %(high)s.",
            {
                "confidence": voice.confidence,
                "low": voice.signed(found.change.low),
                "high": voice.signed(found.change.high),
            },
        ),
    ]


def drift(days: Sequence[date], differences: Numbers) -> Slope | None:
    """How readings, or the difference of two series, moved per period; None under four periods."""
    if len(days) < 4:
        return None
    steps = axis(days).steps
    scale = scale_of(differences)
    centred = steps - steps.mean()
    scaled = differences / scale
    slope = float(centred @ scaled / (centred @ centred))
    rest = scaled - scaled.mean() - slope * centred
    left = float(rest @ rest)
    if left <= 1e-22 * max(float(scaled @ scaled), 1e-300):
        return Slope(slope * scale, 1.0 if abs(slope) <= 1e-11 else 0.0)
    df = len(days) - 2
    error = math.sqrt(left / df / float(centred @ centred))
    return Slope(slope * scale, two_sided(slope / error, df))
