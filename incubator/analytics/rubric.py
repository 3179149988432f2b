"""Totals of a review and agreement of several reviews, by the rubric's weights."""

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

SPLIT_AT = 2.0
"""Reviewers whose totals lie at least this many points apart (on the 1-5 scale) are split."""


def weighted_total(scores: Mapping[str, float | None], weights: Mapping[str, float]) -> float | None:
    """Σ w·s / Σ w over the answered criteria, on the scale of the scores.

    A criterion that is missing or None ("not applicable") is left out, not counted as zero. None when
    nothing with a positive weight was answered. ValueError for a score of an unknown criterion, a
    negative weight, or a number that is not finite.
    """
    unknown = sorted(set(scores) - set(weights))
    if unknown:
        raise ValueError(f"no weight for {', '.join(unknown)}")
    if any(not math.isfinite(weight) or weight < 0 for weight in weights.values()):
        raise ValueError("weights must be finite and not negative")
    answered = [(weights[key], score) for key, score in scores.items() if score is not None]
    if any(not math.isfinite(score) for _, score in answered):
        raise ValueError("scores must be finite")
    whole = math.fsum(weight for weight, _ in answered)
    if whole == 0:
        return None
    return math.fsum(weight * score for weight, score in answered) / whole


@dataclass(frozen=True)
class Agreement:
    """What several reviewers' totals say together.

    `spread` is the distance between the highest and the lowest total, in points of the scale; `split`
    tells that it reaches `SPLIT_AT`, so that the mean hides a disagreement.
    """

    n: int
    mean: float
    median: float
    lowest: float
    highest: float
    split: bool

    @property
    def spread(self) -> float:
        return self.highest - self.lowest


def agreement(totals: Iterable[float | None], split_at: float = SPLIT_AT) -> Agreement | None:
    """Mean, median and spread of reviewers' totals; reviews without a total (None) are left out.

    None when no review has a total. ValueError for a total that is not finite.
    """
    known = [total for total in totals if total is not None]
    if not known:
        return None
    if any(not math.isfinite(total) for total in known):
        raise ValueError("totals must be finite")
    lowest, highest = min(known), max(known)
    return Agreement(
        n=len(known),
        mean=math.fsum(known) / len(known),
        median=statistics.median(known),
        lowest=lowest,
        highest=highest,
        # 4.2 - 2.2 is 1.9999999999999998 in binary; a reader sees two points.
        split=len(known) > 1 and round(highest - lowest, 9) >= split_at,
    )
