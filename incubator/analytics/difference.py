"""Difference in differences: the pilot's change less that of whom it is compared with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from incubator.analytics.criterion import Estimate
from incubator.analytics.criterion_readings import Numbers, scale_of
from incubator.analytics.interrupted_series import axis, fit_ar1
from incubator.analytics.two_groups import TwoMeans, quantile, two_sided, welch

DRIFTED = 0.05
"""The p value under which a trend before the launch is pointed out."""


@dataclass(frozen=True)
class Slope:
    """A trend in one period, with the p value of there being none."""

    slope: float
    p: float


def by_unit(pilot: Numbers, comparison: Numbers, confidence: float = 0.95) -> TwoMeans:
    """From the change of each unit (its level after less its level before): each unit counts once.

    One number a unit leaves nothing that clusters; Welch's error of them is the cluster-robust error with the
    small-sample correction of R. M. Bell, D. F. McCaffrey (Survey Methodology 28, 2002) where every unit has
    as many readings, and its degrees of freedom are never more than clusters − 1. Source: M. Bertrand,
    E. Duflo, S. Mullainathan, QJE 119 (2004). ValueError under two units a side.
    """
    return welch(pilot, comparison, confidence)


@dataclass(frozen=True)
class ByPeriod:
    change: Estimate
    error: float
    df: float
    correlation: float


def by_period(
    days: Sequence[date], differences: Numbers, after: npt.NDArray[np.bool_], confidence: float = 0.95
) -> ByPeriod:
    """From the difference of two series in each period: its mean after less its mean before, with errors that
    follow each other. All that one unit alone went through remains in it. ValueError without any spread."""
    design = np.column_stack([np.ones(len(days)), after * 1.0])
    fit = fit_ar1(design, differences, axis(days).gaps)
    error = math.sqrt(float(fit.shape[1, 1])) * fit.sigma
    reach = quantile(confidence, fit.df) * error
    estimate = float(fit.beta[1])
    return ByPeriod(Estimate(estimate, estimate - reach, estimate + reach), error, fit.df, fit.rho)


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
