"""Whether reviewers agree, and how much of a difference between scores another panel would find again."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

from incubator.analytics.crossed import Numbers
from incubator.analytics.panel_fit import PanelFit, Scored

Level = Literal["nominal", "ordinal", "interval"]
RESAMPLES = 1000
ENOUGH_PROPOSALS = 10
"""With fewer proposals only the interval is shown: no verdict can be based on them."""


class Reliability(StrEnum):
    """What an intraclass correlation is called. Source: T. K. Koo, M. Y. Li, J. Chiropractic Med. 15 (2016)."""

    POOR = "poor"
    MODERATE = "moderate"
    GOOD = "good"
    EXCELLENT = "excellent"


@dataclass(frozen=True)
class Alpha:
    """Krippendorff's α of `proposals` with two reviews or more, and its bootstrap interval (95 %).

    1 is full agreement, 0 what chance would give, less is systematic disagreement. The bounds are None
    when resampling mostly leaves no variation to agree about.
    """

    value: float
    low: float | None
    high: float | None
    proposals: int
    values: int


@dataclass(frozen=True)
class OneWay:
    """One-way intraclass correlation of one review (`single`) and of the mean of `k` (`mean`), 95 % intervals.

    `between` and `within` are the mean squares. `k` is the usual number of reviews, for unequal numbers
    (Σn - Σn² / Σn) / (proposals - 1), and the interval is then approximate. Below 0 there is no agreement;
    what is below -1 is given as -1.
    """

    single: float
    single_low: float
    single_high: float
    mean: float
    mean_low: float
    mean_high: float
    between: float
    within: float
    k: float
    proposals: int


@dataclass(frozen=True)
class Remains:
    """Share of a difference between two scores (means of `k` reviews) that another panel would find again.

    From the crossed model: item variance over the variance of a mean, its interval (95 %) from the
    posterior of the variances; `single` is the same for one review. `reliability` puts a word to it, None
    with fewer than ten proposals.
    """

    share: float
    low: float
    high: float
    single: float
    single_low: float
    single_high: float
    k: float
    proposals: int
    reliability: Reliability | None


def alpha(
    units: Sequence[Sequence[float]], level: Level, *, seed: int, resamples: int = RESAMPLES
) -> Alpha | None:
    """Krippendorff's α over units (proposals), each with the values it got; a missing value is just absent.

    Units with one value say nothing about agreement and are left out. None when no unit has two values or
    all values are equal. The interval is the percentile bootstrap over units, NumPy's PCG64 from `seed`;
    units are sorted first, so their order changes nothing. ValueError for a value not finite. Source:
    K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011); its ordinal difference is that
    of mid-ranks.
    """
    pairable = sorted(sorted(unit) for unit in units if len(unit) > 1)
    if not pairable:
        return None
    values = np.array([value for unit in pairable for value in unit], dtype=np.float64)
    if not np.all(np.isfinite(values)):
        raise ValueError("values must be finite")
    sizes = np.array([len(unit) for unit in pairable])
    distinct, codes = np.unique(values, return_inverse=True)
    if len(distinct) == 1:
        return None
    measure = _Disagreement(sizes, distinct, codes, level)
    value = measure.alpha(np.ones(len(sizes)))
    assert value is not None
    random = np.random.default_rng(seed)
    drawn = []
    for _ in range(resamples):
        times = np.bincount(random.integers(0, len(sizes), len(sizes)), minlength=len(sizes))
        again = measure.alpha(times.astype(np.float64))
        if again is not None:
            drawn.append(again)
    enough = len(drawn) > resamples / 2
    low, high = np.quantile(drawn, [0.025, 0.975]).tolist() if enough else (None, None)
    return Alpha(value, low, high, proposals=len(sizes), values=len(values))


class _Disagreement:
    """Observed and expected disagreement when each unit counts so many times."""

    def __init__(
        self, sizes: npt.NDArray[np.int_], distinct: Numbers, codes: npt.NDArray[np.intp], level: Level
    ) -> None:
        self.sizes, self.codes, self.level, self.distinct = sizes, codes, level, distinct
        self.unit = np.repeat(np.arange(len(sizes)), sizes)
        self.starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        if level == "nominal":
            kinds = self.unit * len(distinct) + codes
            counts = np.bincount(kinds, minlength=len(sizes) * len(distinct)).reshape(len(sizes), -1)
            self.differing = (sizes**2 - (counts**2).sum(axis=1)).astype(np.float64)

    def alpha(self, times: Numbers) -> float | None:
        counts = np.bincount(self.codes, times[self.unit], minlength=len(self.distinct))
        n = counts.sum()
        if self.level == "nominal":
            observed = self.differing
            expected = n**2 - (counts**2).sum()
        else:
            scale = np.cumsum(counts) - counts / 2 if self.level == "ordinal" else self.distinct
            scale = scale - (counts @ scale) / n
            at = scale[self.codes]
            sums = np.add.reduceat(at, self.starts)
            squares = np.add.reduceat(at**2, self.starts)
            observed = 2 * (self.sizes * squares - sums**2)
            expected = 2 * n * (counts @ scale**2)
        if expected <= 0:
            return None
        return float(1 - (n - 1) * (times @ (observed / (self.sizes - 1))) / expected)


def one_way(scored: Scored) -> OneWay | None:
    """ICC(1) and ICC(1, k) with the F interval, over proposals with a review or more.

    None when there are fewer than two proposals, no proposal has two reviews, or all values are equal.
    Source: P. E. Shrout, J. L. Fleiss, Psychological Bulletin 86 (1979), case 1.
    """
    from scipy.stats import f

    groups = [np.array([value for _, value in pairs]) for _, pairs in sorted(scored.items()) if pairs]
    sizes = np.array([len(group) for group in groups])
    proposals, n = len(groups), int(sizes.sum()) if groups else 0
    if proposals < 2 or n == proposals:
        return None
    means = np.array([group.mean() for group in groups])
    grand = float(sizes @ means) / n
    free = (proposals - 1, n - proposals)
    between = float(sizes @ (means - grand) ** 2) / free[0]
    within = math.fsum(float(((g - m) ** 2).sum()) for g, m in zip(groups, means, strict=True)) / free[1]
    if between == 0 and within == 0:
        return None
    k = (n - float(sizes @ sizes) / n) / (proposals - 1)
    ratio = between / within if within else math.inf
    reach_down, reach_up = float(f.ppf(0.975, *free)), float(f.ppf(0.975, *free[::-1]))
    ratios = (ratio, ratio / reach_down, ratio * reach_up)
    single, low, high = ((1 - 1 / r) / (1 + (k - 1) / r) if r else -1 / (k - 1) for r in ratios)
    mean, mean_low, mean_high = (max(1 - 1 / r, -1.0) if r else -1.0 for r in ratios)
    return OneWay(single, low, high, mean, mean_low, mean_high, between, within, k, proposals)


def remains(fitted: PanelFit) -> Remains | None:
    """How much of a difference another panel of as many reviewers would find again.

    `k` is the harmonic mean of the numbers of reviews. None when proposals cannot be told from chance.
    """
    if not fitted.told[0] or not fitted.cells:
        return None
    sizes = fitted.design.size_two if fitted.design.turned else fitted.design.size_one
    k = len(sizes) / float((1 / sizes).sum())
    found = fitted.fit
    sds = (np.array([found.sd_item]), np.array([found.sd_rater]), np.array([found.sd_error]))
    weights = np.array([cell.weight for cell in fitted.cells])
    first = np.array([cell.first for cell in fitted.cells])
    second = np.array([cell.second for cell in fitted.cells])
    item, rater = (second, first) if fitted.design.turned else (first, second)
    one, mean = (float(_share(*sds, reviews)[0]) for reviews in (1.0, k))
    low_one, high_one = _bounds(_share(item, rater, np.ones(1), 1.0), weights)
    low, high = _bounds(_share(item, rater, np.ones(1), k), weights)
    return Remains(
        share=mean,
        # At a border the likeliest value may lie outside the middle 95 %.
        low=min(low, mean),
        high=max(high, mean),
        single=one,
        single_low=min(low_one, one),
        single_high=max(high_one, one),
        k=k,
        proposals=len(sizes),
        reliability=_word(mean) if len(sizes) >= ENOUGH_PROPOSALS else None,
    )


def _share(item: Numbers, rater: Numbers, error: Numbers, reviews: float) -> Numbers:
    return item**2 / (item**2 + (rater**2 + error**2) / reviews)


def _bounds(values: Numbers, weights: Numbers) -> tuple[float, float]:
    """The 2.5 and 97.5 % points of a weighted sample, between its points in proportion."""
    order = np.argsort(values, kind="stable")
    level = np.cumsum(weights[order]) - weights[order] / 2
    low, high = np.interp([0.025, 0.975], level, values[order])
    return float(low), float(high)


def _word(share: float) -> Reliability:
    limits = ((0.5, Reliability.POOR), (0.75, Reliability.MODERATE), (0.9, Reliability.GOOD))
    return next((word for limit, word in limits if share < limit), Reliability.EXCELLENT)
