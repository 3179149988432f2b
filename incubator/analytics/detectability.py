"""What a pilot could detect: the smallest change its plan would show, period by period up to the horizon.

Randomized groups of values go by the noncentral t, shares by the arcsine and counts by the square root, the scales
on which their spread does not depend on their level (J. Cohen, 1988, chapters 2 and 6; M. S. Bartlett, "The Use
of Transformations", Biometrics 3, 1947). What is followed over time is simulated: the very analysis that will be
made, on noise with the spread and autocorrelation of the baseline's own readings.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

import numpy as np

from incubator.analytics.baseline_noise import Noise, noise
from incubator.analytics.criterion import Sentence
from incubator.analytics.detectability_words import finding, no_finding, on_promise, on_worthwhile
from incubator.analytics.planned_series import shortfalls
from incubator.analytics.power import CONFIDENCE, POWER, arcsine, shift_to_see
from incubator.domain.evaluation import FEWEST_PERIODS, Design, Measure
from incubator.domain.pilots import Cadence, Direction

FEWEST_VALUES = 8
"""Values in a group below which no analysis of them is made."""
SIMULATED = 5
"""Periods for which a series is simulated, the last among them."""
BEYOND = (1.0, 1.5, 2.0)
"""Multiples of the promised change at which the chance of a met verdict is said."""
MOST_STEPS = 120
"""Periods worked out; of longer plans evenly spaced ones, the last always among them."""
LONGEST = 240
"""Months to a horizon beyond which there is no plan to speak of."""

DAYS_A_MONTH = 365.25 / 12
MONTHS: dict[Cadence, float] = {
    Cadence.DAILY: 12 / 365.25,
    Cadence.WEEKLY: 12 * 7 / 365.25,
    Cadence.MONTHLY: 1.0,
    Cadence.QUARTERLY: 3.0,
    Cadence.YEARLY: 12.0,
}


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is known before the pilot: readings in time order, or only a level (and, of values, a spread).

    Readings are as in `Observation.value`; `denominators` are the cases or the exposure behind each, empty where
    every reading is one case. `spread` is the standard deviation of one case; it serves where there are fewer than
    two readings.
    """

    readings: tuple[float, ...] = ()
    denominators: tuple[float, ...] = ()
    level: float | None = None
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """How the pilot will be measured. `cases` and `comparison_cases` come in each period of the cadence, counted
    like the baseline's denominators (exposure for a rate); without denominators a case is a reading. `worthwhile`
    is the smallest worthwhile change and `promised` the promised one, sizes in the metric's unit."""

    design: Design
    measure: Measure
    direction: Direction
    cadence: Cadence
    months: float
    cases: float
    comparison_cases: float = 0.0
    worthwhile: float | None = None
    promised: float | None = None
    per: float = 1.0
    confidence: float = CONFIDENCE
    power: float = POWER


@dataclass(frozen=True, slots=True)
class Step:
    """After so many periods: the months gone, the cases seen, and the smallest detectable change as a size, in
    the metric's unit and as a fraction of the baseline. None where nothing could be detected."""

    period: int
    months: float
    cases: float
    change: float | None
    relative: float | None


@dataclass(frozen=True, slots=True)
class Detectability:
    """`refused` says why nothing was worked out; `steps` is then empty.

    `worthwhile_from` is the first step from which on the smallest worthwhile change would be seen. `underpowered` is
    True when the horizon does not reach it and None when no worthwhile change is known. `autocorrelation` is the
    series' own, `overdispersion` how many times more than chance shares or rates varied.
    """

    refused: Sentence | None = None
    steps: tuple[Step, ...] = ()
    baseline: float | None = None
    worthwhile: float | None = None
    worthwhile_from: Step | None = None
    underpowered: bool | None = None
    says: Sentence | None = None
    worthwhile_says: Sentence | None = None
    met: tuple[float, ...] = ()
    """The chance of a met verdict at the horizon for a pilot that delivers each multiple in `BEYOND` of its promise."""
    met_says: Sentence | None = None
    autocorrelation: float | None = None
    overdispersion: float | None = None

    @property
    def at_horizon(self) -> Step | None:
        return self.steps[-1] if self.steps else None


def detectability(baseline: Baseline, plan: Plan) -> Detectability:
    """The smallest change that would be seen with the plan's power after each period.

    Nothing is raised for data that make no sense: the answer is then refused in words. ValueError when confidence
    or power are no shares.
    """
    shift_to_see(confidence=plan.confidence, power=plan.power)
    known = noise(
        plan.measure, baseline.readings, baseline.denominators, baseline.level, baseline.spread, plan.per
    )
    refused = known if isinstance(known, Sentence) else _refusal(known, plan)
    if refused is not None or isinstance(known, Sentence):
        return Detectability(refused=refused)
    size = _sizes(known, plan)
    steps = tuple(_step(k, known, plan, size) for k in _periods(plan))
    met = _chances(known, plan, steps[-1])
    worthwhile = None if plan.worthwhile is None or not _usable(plan.worthwhile) else abs(plan.worthwhile)
    enough = _lasting(steps, worthwhile)
    seen = steps[-1].change is not None
    return Detectability(
        steps=steps,
        baseline=known.level,
        worthwhile=worthwhile or None,
        worthwhile_from=enough[0] if enough else None,
        underpowered=not enough if worthwhile else None,
        says=finding(plan, steps, known.level) if seen else no_finding(plan, steps[-1].months),
        worthwhile_says=on_worthwhile(plan, worthwhile, enough, steps[-1]) if worthwhile else None,
        met=met,
        met_says=on_promise(plan, met) if met else None,
        autocorrelation=known.autocorrelation if plan.design is Design.SERIES else None,
        overdispersion=known.dispersion
        if known.dispersion > 1 and plan.design is not Design.SERIES
        else None,
    )


def _lasting(steps: tuple[Step, ...], worthwhile: float | None) -> list[Step]:
    """The steps from the first one on after which the change would always be seen; of a series whose line before
    the launch is carried far, the end may show less than the middle."""
    found: list[Step] = []
    for step in reversed(steps):
        if not worthwhile or step.change is None or step.change > worthwhile:
            break
        found.insert(0, step)
    return found


def _usable(value: float) -> bool:
    return math.isfinite(value) and value != 0


def _refusal(known: Noise, plan: Plan) -> Sentence | None:
    """Why this plan cannot be worked out."""
    if not 0 < plan.months <= LONGEST:
        return Sentence("Give the day of the horizon: at most 20 years after the launch.")
    if not 0 < plan.per <= 1e12:
        return Sentence("Say for how much exposure the rate is counted.")
    if plan.design is not Design.SERIES and not 0 < plan.cases <= 1e12:
        return Sentence("Say how many cases are planned: without cases nothing can be detected.")
    compared = plan.design in {Design.COMPARISON, Design.RANDOMISED}
    if compared and not 0 < plan.comparison_cases <= 1e12:
        return Sentence("Say how many cases the comparison has: this design compares with them.")
    fewest = FEWEST_PERIODS.get(plan.design)
    if fewest is not None and plan.cadence is Cadence.ONCE:
        return Sentence(
            "No verdict is possible with this design: it needs measurements again and again, not one."
        )
    if fewest is not None and known.readings < fewest:
        return Sentence(
            "No verdict is possible with this design: it needs at least %(needed)s measurements before the launch, and "
            "there are %(found)s.",
            {"needed": str(fewest), "found": str(known.readings)},
        )
    return None


def _periods(plan: Plan) -> list[int]:
    """The periods to work out, the last of them at the horizon."""
    every = MONTHS.get(plan.cadence, plan.months)
    last = max(1, math.floor(plan.months / every + 1e-6))
    fewest = FEWEST_PERIODS.get(plan.design)
    if fewest is not None:
        shown = range(max(last - MOST_STEPS, fewest), last + 1)
        some = (
            {shown[round(i * (len(shown) - 1) / (SIMULATED - 1))] for i in range(SIMULATED)}
            if shown
            else set()
        )
        return sorted({*range(1, min(fewest, last + 1)), *some})
    if last <= MOST_STEPS:
        return list(range(1, last + 1))
    return sorted({round(last * i / MOST_STEPS) for i in range(1, MOST_STEPS + 1)})


def _step(k: int, known: Noise, plan: Plan, size: Callable[[int], float | None]) -> Step:
    change = size(k)
    months = k * MONTHS.get(plan.cadence, plan.months)
    relative = None if change is None or known.level == 0 else change / abs(known.level)
    return Step(k, months, k * plan.cases, change, relative)


def _sizes(known: Noise, plan: Plan) -> Callable[[int], float | None]:
    """The smallest detectable change after k periods."""
    better = 1 if plan.direction is Direction.UP else -1

    def within(size: float) -> float | None:
        """A level can neither fall below nothing nor rise above all."""
        room = math.inf
        if plan.measure is Measure.SHARE:
            room = 100 - known.level if better > 0 else known.level
        elif plan.measure is Measure.RATE and better < 0:
            room = known.level
        return size if math.isfinite(size) and size <= room else None

    @cache
    def shift(freedom: float) -> float:
        return shift_to_see(freedom, plan.confidence, plan.power)

    def series(k: int) -> float | None:
        found = _shortfalls(known, plan, k)
        return None if found is None else within(float(np.quantile(found, plan.power)))

    def values(k: int) -> float | None:
        groups = _groups(known, plan, k)
        if min(groups) < FEWEST_VALUES:
            return None
        freedom = sum(groups) - len(groups)
        return within(shift(freedom) * known.spread * _root_of_shares(groups))

    def counts(k: int) -> float | None:
        groups = _groups(known, plan, k)
        if k < FEWEST_VALUES and plan.cadence is not Cadence.ONCE:
            return None
        far = shift(math.inf) * math.sqrt(known.dispersion) * _root_of_shares(groups)
        if plan.measure is Measure.SHARE:
            angle = arcsine(known.level / 100) + better * far
            if not 0 <= angle <= math.pi:
                return None
            return within(abs(100 * math.sin(angle / 2) ** 2 - known.level))
        root = math.sqrt(known.level / plan.per) + better * far / 2
        return within(abs(root * root * plan.per - known.level)) if root >= 0 else None

    if plan.design in FEWEST_PERIODS:
        return series
    return values if plan.measure is Measure.VALUE else counts


def _shortfalls(known: Noise, plan: Plan, k: int) -> np.ndarray | None:
    """By how much the interval's worse bound falls short of the truth in simulated series, in the metric's unit."""
    if k < FEWEST_PERIODS[plan.design]:
        return None
    # Two series that are compared vary each by itself; the season is common to both.
    compared = plan.design is Design.COMPARISON
    try:
        found = shortfalls(
            known.readings,
            k,
            round(10 * known.autocorrelation),
            max(round(MONTHS[plan.cadence] * DAYS_A_MONTH), 1),
            bend=plan.design is Design.SERIES,
            season=not compared,
            confidence=plan.confidence,
        )
    except ValueError:
        return None
    return found * known.reading_spread * (math.sqrt(2) if compared else 1.0)


def _chances(known: Noise, plan: Plan, last: Step) -> tuple[float, ...]:
    """The chance that the whole interval lies at or beyond the promise, for each multiple of it in `BEYOND`."""
    promised = abs(plan.promised or 0.0)
    if not _usable(promised) or last.change is None:
        return ()
    beyond = [(times - 1) * promised for times in BEYOND]
    if plan.design in FEWEST_PERIODS:
        found = _shortfalls(known, plan, last.period)
        return () if found is None else tuple(float((found <= room).mean()) for room in beyond)
    error = last.change / shift_to_see(confidence=plan.confidence, power=plan.power)
    edge = NormalDist().inv_cdf((1 + plan.confidence) / 2)
    return tuple(NormalDist().cdf(room / error - edge) for room in beyond)


def _groups(known: Noise, plan: Plan, k: int) -> list[float]:
    """Cases in each of two randomized groups."""
    return [k * plan.cases, k * plan.comparison_cases]


def _root_of_shares(groups: list[float]) -> float:
    return float(np.sqrt(sum(1 / n for n in groups)))
