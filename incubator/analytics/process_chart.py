"""The process chart of single values (XmR): limits, signals and what they say about the target.

Method: W. A. Shewhart's individuals chart with the rules of NHS England's "Making Data Count" as the R
package NHSRplotthedots applies them.
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from incubator.analytics.direction import Direction, sign

LIMIT_FACTOR = 3 / 1.128
"""Three sigma in mean moving ranges: 3 / d2 for pairs, the 2.66 of the textbooks before rounding."""
SCREEN_FACTOR = 3.267
"""A moving range above this many mean moving ranges is left out once (D4 for pairs)."""
TRIAL_UNDER = 12
"""Limits made from fewer points than this are trial limits."""
RUN = 7

Numbers = npt.NDArray[np.float64]


class Signal(StrEnum):
    """Why a point is more than routine variation, in the order in which the rules are asked."""

    OUTSIDE = "outside limits"
    TREND = "seven-point trend"
    NEAR_LIMIT = "two of three near a limit"
    SHIFT = "seven on one side"


class Meaning(StrEnum):
    """What a point says."""

    ROUTINE = "routine"
    IMPROVEMENT = "improvement"
    CONCERN = "concern"


class NoLimits(StrEnum):
    """Why readings give no limits."""

    FEW = "too few readings"
    SAME = "all readings are the same"
    RARE = "most readings are zero"


class Assurance(StrEnum):
    """What the limits promise about the target if nothing changes."""

    MEETS = "consistently meets"
    MISSES = "consistently misses"
    HIT_AND_MISS = "hit and miss"


@dataclass(frozen=True)
class Limits:
    """Center and limits in the metric's unit, from `n` points with this mean moving range."""

    mean: float
    lower: float
    upper: float
    moving_range: float
    n: int

    @property
    def trial(self) -> bool:
        """True when fewer than twelve points stand behind the limits."""
        return self.n < TRIAL_UNDER

    @property
    def near_lower(self) -> float:
        """Where the warning zone begins below the mean: two thirds of the way to the limit."""
        return self.mean - LIMIT_FACTOR * self.moving_range * 2 / 3

    @property
    def near_upper(self) -> float:
        """Where the warning zone begins above the mean."""
        return self.mean + LIMIT_FACTOR * self.moving_range * 2 / 3


@dataclass(frozen=True)
class Segment:
    """Points `start` up to but without `stop` judged by one set of limits, or the reason why there are none."""

    start: int
    stop: int
    limits: Limits | None
    no_limits: NoLimits | None = None


@dataclass(frozen=True)
class Point:
    """One value with what it says and, unless routine, the first rule that fired."""

    value: float
    meaning: Meaning
    signal: Signal | None


@dataclass(frozen=True)
class ProcessAnalysis:
    """Every point judged, every set of limits in order, and the assurance of the last one."""

    points: tuple[Point, ...]
    segments: tuple[Segment, ...]
    assurance: Assurance | None

    @property
    def limits(self) -> Limits | None:
        """The limits in force now."""
        return self.segments[-1].limits if self.segments else None

    @property
    def no_limits(self) -> NoLimits | None:
        """Why there are no limits now."""
        return self.segments[-1].no_limits if self.segments else None


def why_no_limits(values: Sequence[float]) -> NoLimits | None:
    """Why no limits are made from these values, None where they are.

    Moving ranges of single values say how much is chance only where the values vary. Of events so rare that most
    readings are zero, or of values that never differ, they would give limits without width, and every other value
    would be more than chance.
    """
    series = _finite(values)
    if len(series) < 2:
        return NoLimits.FEW
    if np.all(series == series[0]):
        return NoLimits.SAME
    if np.all(series >= 0) and 2 * int((series == 0).sum()) >= len(series):
        return NoLimits.RARE
    return None


def natural_limits(values: Sequence[float], *, screen: bool = True) -> Limits | None:
    """Mean ± 2.66 mean moving ranges of values in time order; None for fewer than two.

    With `screen`, moving ranges of 3.267 means or more are left out once and the mean moving range is
    taken again, so that one accident does not widen the limits; not where all others are nothing, which would leave
    no width at all. ValueError for a value not finite.
    """
    series = _finite(values)
    if len(series) < 2:
        return None
    # Working on numbers near 1 keeps huge readings from overflowing; a power of two loses no digit.
    scale = math.ldexp(1.0, min(math.frexp(float(np.max(np.abs(series))))[1], 1023))
    unit = series / scale
    mean = float(np.mean(unit))
    ranges = np.abs(np.diff(unit))
    typical = float(np.mean(ranges))
    if screen:
        kept = ranges[ranges < SCREEN_FACTOR * typical]
        typical = float(np.mean(kept)) if kept.any() else typical
    reach = LIMIT_FACTOR * typical
    return Limits(
        mean=mean * scale,
        lower=(mean - reach) * scale,
        upper=(mean + reach) * scale,
        moving_range=typical * scale,
        n=len(series),
    )


def analyse(
    values: Sequence[float],
    direction: Direction,
    *,
    baseline: int | None = None,
    target: float | None = None,
    changes: Sequence[int] = (),
    screen: bool = True,
    floor: float | None = None,
    ceiling: float | None = None,
) -> ProcessAnalysis:
    """Judge values in time order.

    `baseline` freezes the limits at the first so many points (fewer than two: all points serve, there is
    nothing to freeze). `changes` are the positions where a recorded process change starts new limits, made
    from all points up to the next change; a part too short for limits of its own keeps the last ones.
    Rules do not reach across a change, nor across the end of a baseline. Limits end at `floor` and `ceiling`, the lowest and highest value that
    there can be. ValueError for values not finite or positions out of order.
    """
    series = _finite(values)
    cuts = [0, *changes, len(series)]
    if len(series) == 0:
        return ProcessAnalysis(points=(), segments=(), assurance=None)
    if any(later <= earlier for earlier, later in itertools.pairwise(cuts)):
        raise ValueError("process changes must be rising positions inside the series")
    segments: list[Segment] = []
    points: list[Point] = []
    for start, stop in itertools.pairwise(cuts):
        part = series[start:stop]
        frozen = baseline is not None and start == 0 and min(baseline, len(part)) >= 2
        made_of = part[:baseline].tolist() if frozen else part.tolist()
        no_limits = why_no_limits(made_of)
        limits = None if no_limits else within(natural_limits(made_of, screen=screen), floor, ceiling)
        if no_limits is NoLimits.FEW and segments:
            limits, no_limits = segments[-1].limits, segments[-1].no_limits
        segments.append(Segment(start, stop, limits, no_limits))
        for side in (part[:baseline], part[baseline:]) if frozen else (part,):
            points.extend(_judge(side, limits, sign(direction)))
    return ProcessAnalysis(
        points=tuple(points),
        segments=tuple(segments),
        assurance=assurance(segments[-1].limits, target, direction),
    )


def within(limits: Limits | None, floor: float | None, ceiling: float | None) -> Limits | None:
    """The limits cut off where no value can be."""
    if limits is None:
        return None
    lower = limits.lower if floor is None else max(limits.lower, min(floor, limits.mean))
    upper = limits.upper if ceiling is None else min(limits.upper, max(ceiling, limits.mean))
    return replace(limits, lower=lower, upper=upper)


def assurance(limits: Limits | None, target: float | None, direction: Direction) -> Assurance | None:
    """Whether the process as it runs meets the target; None without limits or without a target."""
    if limits is None or target is None:
        return None
    upward = sign(direction) > 0
    if target > limits.upper:
        return Assurance.MISSES if upward else Assurance.MEETS
    if target < limits.lower:
        return Assurance.MEETS if upward else Assurance.MISSES
    return Assurance.HIT_AND_MISS


def _finite(values: Sequence[float]) -> Numbers:
    series = np.asarray(values, dtype=np.float64)
    if series.ndim != 1 or not np.all(np.isfinite(series)):
        raise ValueError("a process chart needs one row of finite numbers")
    return series


def _judge(part: Numbers, limits: Limits | None, better: int) -> list[Point]:
    if limits is None:
        return [Point(float(value), Meaning.ROUTINE, None) for value in part]
    side = np.sign(part / 2 - limits.mean / 2).astype(int)
    outside = (part > limits.upper) | (part < limits.lower)
    near = ~outside & ((part > limits.near_upper) | (part < limits.near_lower))
    trend = _trend(part)
    shift = _shift(side)
    two_of_three = _two_of_three(near, side)
    judged = []
    for i, value in enumerate(part):
        signal = (
            Signal.OUTSIDE
            if outside[i]
            else Signal.TREND
            if trend[i]
            else Signal.NEAR_LIMIT
            if two_of_three[i]
            else Signal.SHIFT
            if shift[i]
            else None
        )
        # A point of a trend that sits exactly on the mean takes the trend's own way.
        way = int(side[i]) or int(trend[i])
        judged.append(Point(float(value), _meaning(signal, way, better), signal))
    return judged


def _meaning(signal: Signal | None, way: int, better: int) -> Meaning:
    if signal is None:
        return Meaning.ROUTINE
    return Meaning.IMPROVEMENT if way == better else Meaning.CONCERN


def _trend(part: Numbers) -> npt.NDArray[np.int_]:
    """+1 or -1 for each point that belongs to seven points rising or falling without a pause."""
    steps = np.sign(np.diff(part / 2)).astype(int)
    found = np.zeros(len(part), dtype=int)
    for last in range(RUN - 1, len(part)):
        run = steps[last - RUN + 1 : last]
        if abs(int(run.sum())) == RUN - 1:
            found[last - RUN + 1 : last + 1] = run[0]
    return found


def _shift(side: npt.NDArray[np.int_]) -> npt.NDArray[np.bool_]:
    """True for each point that belongs to seven in a row on one side of the mean."""
    found = np.zeros(len(side), dtype=bool)
    for last in range(RUN - 1, len(side)):
        if abs(int(side[last - RUN + 1 : last + 1].sum())) == RUN:
            found[last - RUN + 1 : last + 1] = True
    return found


def _two_of_three(near: npt.NDArray[np.bool_], side: npt.NDArray[np.int_]) -> npt.NDArray[np.bool_]:
    """True for each point in the warning zone with a second among three neighbors on the same side."""
    found = np.zeros(len(near), dtype=bool)
    for first in range(len(near) - 2):
        window = slice(first, first + 3)
        if near[window].sum() >= 2 and abs(int(side[window].sum())) == 3:
            found[window] |= near[window]
    return found
