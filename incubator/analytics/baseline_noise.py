"""How much a baseline varies by itself: spread, more than chance, and how one reading follows the other."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from incubator.analytics.criterion import Sentence
from incubator.domain.evaluation import Measure

LARGEST = 1e150
"""Beyond this size the square of a reading is no number."""
MOST_READINGS = 1000
"""Of longer baselines the last so many serve."""
MOST_ALIKE = 0.9
"""Autocorrelation above this cannot be told from a trend in a short baseline."""

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Noise:
    """`level` in the metric's unit; `spread` the standard deviation of one case, `reading_spread` of one reading
    around a straight line; `cases` the cases behind the level (0 when it is known as one number only);
    `dispersion` how many times more than chance shares or rates vary, at least 1."""

    level: float
    spread: float = 0.0
    reading_spread: float = 0.0
    readings: int = 0
    cases: float = 0.0
    autocorrelation: float = 0.0
    dispersion: float = 1.0


def noise(
    measure: Measure,
    readings: tuple[float, ...],
    denominators: tuple[float, ...],
    level: float | None,
    spread: float | None,
    per: float = 1.0,
) -> Noise | Sentence:
    """The noise of a baseline, or why it cannot be told; `per` as in `Question`."""
    weights = denominators or (1.0,) * len(readings)
    if len(weights) != len(readings):
        return Sentence("Every reading of the baseline needs its number of cases, or none of them.")
    pairs = [
        (value, n)
        for value, n in zip(readings, weights, strict=True)
        if math.isfinite(value) and math.isfinite(n) and abs(value) < LARGEST and 0 < n < LARGEST
    ][-MOST_READINGS:]
    if len(pairs) < 2:
        return _one_number(measure, level if level is not None or not pairs else pairs[-1][0], spread)
    x, n = (np.array(column) for column in zip(*pairs, strict=True))
    centre = float(np.average(x, weights=n))
    if refused := _impossible(measure, centre):
        return refused
    correlation, around = _series(x)
    squares = float(np.sum(n * (x - centre) ** 2)) / (len(x) - 1)
    if around == 0 or squares == 0:
        return Sentence("All readings of the baseline are the same: how much they vary cannot be told.")
    counted = measure is not Measure.VALUE
    return Noise(
        level=centre,
        spread=math.sqrt(squares),
        reading_spread=around,
        readings=len(x),
        # Shares and rates without the cases behind them tell their level and no more.
        cases=float(np.sum(n)) if denominators or not counted else 0.0,
        autocorrelation=correlation,
        dispersion=max(1.0, squares / _chance(measure, centre, per)) if counted and denominators else 1.0,
    )


def _chance(measure: Measure, level: float, per: float) -> float:
    """The variance of one case if chance alone moved it."""
    return level * (100 - level) if measure is Measure.SHARE else level * per


def _one_number(measure: Measure, level: float | None, spread: float | None) -> Noise | Sentence:
    if level is None or not math.isfinite(level) or abs(level) >= LARGEST:
        return Sentence(
            "There is no baseline yet: enter readings from before the pilot, or the level with its spread."
        )
    if measure is not Measure.VALUE:
        return _impossible(measure, level) or Noise(level)
    if spread is None or not math.isfinite(spread) or not 0 < spread < LARGEST:
        return Sentence(
            "How much the values vary is not known: enter at least two readings from before the pilot."
        )
    return Noise(level, spread)


def _impossible(measure: Measure, level: float) -> Sentence | None:
    if measure is Measure.SHARE and not 0 < level < 100:
        return Sentence("The baseline is 0% or 100% of the cases: how much it varies cannot be told.")
    if measure is Measure.RATE and level <= 0:
        return Sentence("The baseline counts nothing: how much it varies cannot be told.")
    return None


def _series(x: Numbers) -> tuple[float, float]:
    """Autocorrelation of lag one and marginal spread around a straight line.

    The correlation left after a line was taken out is too low by about (2 + 4r)/n; half of that is made up
    for with the mean's own 1 + 3r (F. H. C. Marriott and J. A. Pope, Biometrika 41, 1954). Below zero it counts
    as none. The spread divides by what the line leaves of a series so correlated.
    """
    n = len(x)
    if n < 4:
        return 0.0, float(np.std(x, ddof=1))
    scale = float(np.max(np.abs(x - x.mean())))
    if scale == 0:
        return 0.0, 0.0
    design = np.column_stack([np.ones(n), np.arange(n) - (n - 1) / 2])
    maker = np.eye(n) - design @ np.linalg.pinv(design)
    rest = maker @ ((x - x.mean()) / scale)
    squares = float(rest @ rest)
    if squares < 1e-20:
        return 0.0, 0.0
    raw = float(rest[1:] @ rest[:-1]) / squares
    correlation = min(max((n * raw + 2) / (n - 4), 0.0), MOST_ALIKE) if n > 8 else max(raw, 0.0)
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    left = float(np.sum(maker * correlation**distance))
    return correlation, scale * math.sqrt(squares / left)
