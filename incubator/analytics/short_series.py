"""Regression of a short series whose readings follow each other, without pretending to know how closely.

A dozen readings a side do not show how alike neighbors are, nor whether the spread changed at the launch. A fit that
takes its best guess of both as known gives intervals that are too narrow (REML with AR(1) errors: 8 to 18 false
alarms in 100 instead of 5). Here every pattern of a fixed list is fitted by generalized least squares, weighted by its
restricted likelihood and a prior that leans toward alike neighbors, and the interval is taken from the weighted
mixture of Student's t distributions. Sources: D. A. Harville, JASA 72 (1977) for the restricted likelihood;
A. Zellner, G. C. Tiao, JASA 59 (1964) for integrating over the correlation.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from incubator.analytics.criterion_readings import Numbers

CORRELATIONS = (0.3, 0.5, 0.7, 0.85, 0.95)
"""Of two neighboring readings, beside none."""
SHARED = (0.3, 0.5, 0.7)
"""Of two neighbors where two groups are compared within each period: what lasts moves both."""
FRESH = (0.0, 0.5)
"""The part of the variance that does not carry over from one reading to the next."""
SPREADS = (-1.6, -0.8, 0.0, 0.8, 1.6)
"""Logarithm of the variance after the launch over that before."""
SPREAD_PRIOR = 1.5
HALVINGS = 60


@dataclass(frozen=True)
class Pattern:
    """One way in which the errors may hang together, with the weight it has before the data."""

    covariance: Numbers
    prior: float
    correlation: float


def patterns(gaps: Numbers, after: Numbers | None, chance: Numbers | None) -> Iterator[Pattern]:
    """The patterns for readings at distances `gaps` (whole periods). `after` is 1 since the launch, else 0; without it
    two groups are compared within each period. `chance` is the variance by chance alone of each reading, up to a
    factor."""
    places = np.concatenate([[0.0], np.cumsum(gaps)])
    apart = np.abs(places[:, None] - places[None, :])
    even = np.ones(len(places))
    own = even if chance is None else _relative(chance)
    around = even if chance is None or after is None else _by_side(own, after)
    variances = [own] if chance is None else [own, around]
    for variance in variances:
        yield Pattern(np.diag(variance), _prior(0.0, after) / len(variances), 0.0)
    for correlation in CORRELATIONS if after is not None else SHARED:
        follows = np.sqrt(np.outer(around, around)) * correlation**apart
        for fresh in FRESH:
            yield Pattern(
                (1 - fresh) * follows + fresh * np.diag(own),
                _prior(correlation, after) / len(FRESH),
                correlation * (1 - fresh),
            )


def spreads(length: int, after: Numbers | None) -> list[tuple[Numbers, float]]:
    """By what factor the standard deviation of each reading may differ before and after, and the weight of that."""
    if after is None:
        return [(np.ones(length), 1.0)]
    return [
        (np.exp(spread / 2 * (after - 0.5)), math.exp(-((spread / SPREAD_PRIOR) ** 2) / 2))
        for spread in SPREADS
    ]


def _prior(correlation: float, after: Numbers | None) -> float:
    """Weighs close correlation more than none: a short series hides it, and what it hides costs coverage."""
    return 1.0 if after is None else 0.3 + 0.7 * correlation / (1.05 - correlation) / 3


def _relative(chance: Numbers) -> Numbers:
    """Variances around 1; one reading never counts for more than a hundred others."""
    typical = float(np.median(chance))
    if not typical > 0:
        return np.ones(len(chance))
    return np.clip(chance / typical, 0.01, 100.0)


def _by_side(variance: Numbers, after: Numbers) -> Numbers:
    """The mean variance of each side at each of its readings."""
    means = [float(variance[after == which].mean()) for which in (0.0, 1.0)]
    return np.where(after == 1.0, means[1], means[0])


@dataclass(frozen=True)
class Effect:
    """A linear combination of coefficients for each of the series that were fitted."""

    estimate: Numbers
    low: Numbers
    high: Numbers
    error: Numbers


@dataclass(frozen=True)
class Fits:
    """Several series (columns of the readings) fitted under every pattern (first axis)."""

    betas: Numbers
    roots: Numbers
    variances: Numbers
    weights: Numbers
    correlation: Numbers
    df: float
    values: Numbers
    covariances: Numbers

    @property
    def beta(self) -> Numbers:
        """The coefficients, one column a series."""
        return np.asarray(np.einsum("kd,kpd->pd", self.weights, self.betas))

    def lines(self, design: Numbers, confidence: float) -> tuple[Numbers, Numbers]:
        """Of the first series: the line at each row of the design, and how far its band reaches."""
        from scipy import special

        centers = self.betas[:, :, 0] @ design.T
        spreads = np.square(design @ self.roots).sum(axis=2) * self.variances[:, :1]
        weights = self.weights[:, :1]
        line = (weights * centers).sum(axis=0)
        width = np.sqrt((weights * (spreads + (centers - line) ** 2)).sum(axis=0))
        return line, width * float(special.stdtrit(self.df, (1 + confidence) / 2))

    def effect(self, contrast: Numbers, confidence: float) -> Effect:
        """The combination with its interval: the middle part of the mixture."""
        centers = np.einsum("p,kpd->kd", contrast, self.betas)
        spreads = np.sqrt(np.square(contrast @ self.roots).sum(axis=1)[:, None] * self.variances)
        return self._middle(centers, spreads, confidence)

    def mean(self, confidence: float) -> Effect:
        """The plain mean of the readings with its interval."""
        even = np.full(self.covariances.shape[1], 1 / self.covariances.shape[1])
        centers = np.broadcast_to(even @ self.values, self.weights.shape)
        spreads = np.sqrt((even @ self.covariances @ even)[:, None] * self.variances)
        return self._middle(centers, spreads, confidence)

    def _middle(self, centers: Numbers, spreads: Numbers, confidence: float) -> Effect:
        from scipy import special

        estimate = (self.weights * centers).sum(axis=0)
        error = np.sqrt((self.weights * (spreads**2 + (centers - estimate) ** 2)).sum(axis=0))
        heavy = self.weights.max(axis=1) > 1e-6
        weights, centers, spreads = self.weights[heavy], centers[heavy], spreads[heavy]
        weights = weights / weights.sum(axis=0)

        def quantile(level: float) -> Numbers:
            # With many series at once a coarse search is enough, and a wide one is only for the single answer.
            width, halvings = (60, HALVINGS) if len(estimate) == 1 else (8, HALVINGS // 4)
            low, high = estimate - width * error, estimate + width * error
            for _ in range(halvings):
                middle = (low + high) / 2
                below = (weights * special.stdtr(self.df, (middle - centers) / spreads)).sum(axis=0) < level
                low, high = np.where(below, middle, low), np.where(below, high, middle)
            return np.asarray((low + high) / 2)

        return Effect(estimate, quantile((1 - confidence) / 2), quantile((1 + confidence) / 2), error)


class ShortSeries:
    """What does not depend on the readings: the design turned under every pattern. ValueError when the columns
    depend on each other or leave nothing over."""

    def __init__(
        self, design: Numbers, gaps: Numbers, after: Numbers | None = None, chance: Numbers | None = None
    ) -> None:
        rows, columns = design.shape
        if rows <= columns:
            raise ValueError("the series is shorter than its regression")
        if np.linalg.cond(design / np.abs(design).max(axis=0)) > 1e8:
            raise ValueError("the columns of the regression depend on each other")
        listed = list(patterns(gaps, after, chance))
        turns = spreads(rows, after)
        self.covariances = np.array([each.covariance for each in listed for _ in turns])
        lower = np.linalg.cholesky(np.array([each.covariance for each in listed]))
        inverse = np.linalg.inv(lower)
        # A pattern of another spread is the same one with its rows scaled.
        self.turns = np.concatenate(
            [each / np.array([turn for turn, _ in turns])[:, None, :] for each in inverse]
        )
        self.bases, uppers = np.linalg.qr(self.turns @ design)
        self.roots = np.linalg.inv(uppers)
        self.df = float(rows - columns)
        self.correlations = np.array([each.correlation for each in listed for _ in turns])
        self.logs = (
            np.log([each.prior * prior for each in listed for _, prior in turns])
            - np.repeat(np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1), len(turns))
            - np.tile([float(np.log(turn).sum()) for turn, _ in turns], len(listed))
            - np.log(np.abs(np.diagonal(uppers, axis1=1, axis2=2))).sum(axis=1)
        )

    def fit(self, values: Numbers) -> Fits:
        """The fits of each column of `values`. ValueError where the line leaves nothing over."""
        columns = values if values.ndim == 2 else values[:, None]
        turned = self.turns @ columns
        found = np.swapaxes(self.bases, 1, 2) @ turned
        left = np.square(turned - self.bases @ found).sum(axis=1)
        if not (
            left.min(axis=0) > 1e-22 * np.maximum(np.square(turned).sum(axis=1).max(axis=0), 1e-300)
        ).all():
            raise ValueError("readings without any spread carry no interval")
        logs = self.logs[:, None] - self.df / 2 * np.log(left)
        weights = np.exp(logs - logs.max(axis=0))
        weights /= weights.sum(axis=0)
        return Fits(
            self.roots @ found,
            self.roots,
            left / self.df,
            weights,
            (weights * self.correlations[:, None]).sum(axis=0),
            self.df,
            columns,
            self.covariances,
        )
