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
    lopsided = rng.permutation(np.exp(3 + ndtri((np.arange(40) + 0.5) / 40)))
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
    # Several cases a day are single cases; one reading a day is a period's.
    cases, plain_cases = ([replace(each, day=LAUNCH) for each in rows] for rows in (numbers, plain))
    return {
        "values before and after": (question(Design.BEFORE_AFTER, value), numbers, Method.BEFORE_AFTER),
        "shares before and after": (question(Design.BEFORE_AFTER, share), parts, Method.BEFORE_AFTER),
        "rates before and after": (
            question(Design.BEFORE_AFTER, rate, per=100.0),
            parts,
            Method.BEFORE_AFTER,
        ),
        "series": (question(Design.SERIES, value), numbers, Method.SERIES),
        "series of shares": (question(Design.SERIES, share), parts, Method.SERIES),
        "series of counts": (question(Design.SERIES, rate, per=100.0), parts, Method.SERIES),
        "units": (question(Design.COMPARISON, value), _both(units, others), Method.DIFFERENCE),
        "periods": (question(Design.COMPARISON, value), _both(numbers, plain), Method.DIFFERENCE),
        "rates beside rates": (
            question(Design.COMPARISON, rate, per=100.0),
            _both(parts, calm),
            Method.DIFFERENCE,
        ),
        "drawn means": (question(Design.RANDOMISED, value), _both(cases, plain_cases), Method.TWO_MEANS),
        "skewed": (
            question(Design.RANDOMISED, value),
            [
                Observation(LAUNCH, float(each), arm=which)
                for which, times in ((Arm.PILOT, 0.5), (Arm.COMPARISON, 1.0))
                for each in times * lopsided
            ],
            Method.TWO_MEANS,
        ),
        "drawn periods": (question(Design.RANDOMISED, value), _both(numbers, plain), Method.PERIODS),
        "drawn shares": (question(Design.RANDOMISED, share), _both(parts, calm), Method.PERIODS),
        "drawn rates": (
            question(Design.RANDOMISED, rate, per=100.0),
            _both(parts, calm),
            Method.PERIODS,
        ),
        "drawn units": (question(Design.RANDOMISED, value), _both(units, others), Method.TWO_MEANS),
    }


CASES = cases()
