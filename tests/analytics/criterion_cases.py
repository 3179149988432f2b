"""One pilot for each analysis."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.special import ndtri

from incubator.analytics.criterion import Method, Observation, Question
from incubator.domain.evaluation import Arm, Design, Measure
from tests.analytics.criterion_world import LAUNCH, counts, question, values


def _both(rows: list[Observation], other: list[Observation]) -> list[Observation]:
    return rows + [replace(each, arm=Arm.COMPARISON) for each in other]


def cases() -> dict[str, tuple[Question, list[Observation], Method]]:
    """One pilot for each analysis, from the same seeded noise."""
    rng = np.random.default_rng(12)
    steady, better = rng.normal(40, 4, 30), rng.normal(33, 4, 30)
    lopsided = rng.permutation(np.exp(3 + ndtri((np.arange(30) + 0.5) / 30)))
    events, fewer = rng.poisson(30, 30), rng.poisson(20, 30)
    value, share, rate = Measure.VALUE, Measure.SHARE, Measure.RATE
    numbers = values(steady, better)
    parts = counts([(each, 100) for each in events], [(each, 100) for each in fewer])
    calm = counts(
        [(each, 100) for each in rng.poisson(30, 30)], [(each, 100) for each in rng.poisson(30, 30)]
    )
    plain = values(rng.normal(40, 4, 30), rng.normal(40, 4, 30))
    units = [replace(each, unit=f"unit {index % 5}") for index, each in enumerate(numbers)]
    others = [replace(each, unit=f"other {index % 6}") for index, each in enumerate(plain)]
    after = [each for each in numbers if each.day >= LAUNCH]
    parts_after = [each for each in parts if each.day >= LAUNCH]
    return {
        "means": (question(Design.BEFORE_AFTER, value), numbers, Method.TWO_MEANS),
        "skewed": (
            question(Design.BEFORE_AFTER, value),
            values(lopsided, lopsided[::-1] / 2),
            Method.TWO_MEANS_SKEWED,
        ),
        "shares": (question(Design.BEFORE_AFTER, share), parts, Method.TWO_SHARES),
        "rates": (question(Design.BEFORE_AFTER, rate, per=100.0), parts, Method.TWO_RATES),
        "one mean": (question(baseline=40.0), after, Method.ONE_MEAN),
        "one share": (question(measure=share, baseline=30.0), parts_after, Method.ONE_SHARE),
        "one rate": (question(measure=rate, baseline=30.0, per=100.0), parts_after, Method.ONE_RATE),
        "series": (question(Design.SERIES, value), numbers, Method.SERIES_VALUES),
        "series of shares": (question(Design.SERIES, share), parts, Method.SERIES_VALUES),
        "series of counts": (question(Design.SERIES, rate, per=100.0), parts, Method.SERIES_COUNTS),
        "units": (question(Design.COMPARISON, value), _both(units, others), Method.DIFFERENCE),
        "periods": (question(Design.COMPARISON, value), _both(numbers, plain), Method.DIFFERENCE),
        "rates beside rates": (
            question(Design.COMPARISON, rate, per=100.0),
            _both(parts, calm),
            Method.DIFFERENCE,
        ),
        "drawn means": (question(Design.RANDOMISED, value), _both(numbers, plain), Method.TWO_MEANS),
        "drawn shares": (question(Design.RANDOMISED, share), _both(parts, calm), Method.TWO_SHARES),
        "drawn rates": (
            question(Design.RANDOMISED, rate, per=100.0),
            _both(parts, calm),
            Method.TWO_RATES,
        ),
    }


CASES = cases()
