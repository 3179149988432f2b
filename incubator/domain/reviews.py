"""The states and rules of a review."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class ReviewState(StrEnum):
    ASSIGNED = "assigned"
    STARTED = "started"
    SUBMITTED = "submitted"
    ABSTAINED = "abstained"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


OPEN_STATES: frozenset[ReviewState] = frozenset({ReviewState.ASSIGNED, ReviewState.STARTED})


class Recommendation(StrEnum):
    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


class ConflictKind(StrEnum):
    OWN_AGENCY = "own_agency"
    MANAGEMENT = "management"
    VENDOR = "vendor"
    AUTHOR = "author"
    CONTRACT = "contract"
    OTHER = "other"


SCALE_MIN, SCALE_MAX = 1, 5


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """One criterion's answer: a value from 1 to 5, or None for not applicable."""

    weight: int
    value: int | None


def weighted_total(scores: Iterable[CriterionScore]) -> float | None:
    """Σ w·s / Σ w over the answered criteria; None when none is answered.

    A criterion that does not apply is left out; it is not a zero.
    """
    answered = [(score.weight, score.value) for score in scores if score.value is not None]
    weights = sum(weight for weight, _ in answered)
    if not weights:
        return None
    return sum(weight * value for weight, value in answered) / weights
