"""The plain data of one review panel: who gave what to which proposal."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Item:
    """A proposal. `group` is what it is counted under (its agency); `selected` None: not decided yet."""

    key: str
    label: str
    group: str = ""
    discussed: bool = True
    selected: bool | None = None


@dataclass(frozen=True, slots=True)
class Rater:
    """A reviewer."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class SheetCriterion:
    """A line of the rubric with its weight, in any unit common to all lines."""

    key: str
    title: str
    weight: float


@dataclass(frozen=True, slots=True)
class SheetReview:
    """One reviewer's numbers for one proposal, on the sheet's scale.

    `total` is the overall or weighted total as it stands, None while there is none; a criterion that is
    None was "not applicable". `first_total` and `first_scores` hold what was said in round one where it
    was revised later, and are None and empty where nothing changed.
    """

    item: str
    rater: str
    total: float | None
    scores: Mapping[str, float | None] = field(default_factory=dict)
    first_total: float | None = None
    first_scores: Mapping[str, float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Sheet:
    """One panel. Keys are unique, and a reviewer reviews a proposal once; ValueError otherwise.

    ValueError also for a review of an unknown proposal, reviewer or criterion, a number that is not
    finite, a negative weight, and a scale that does not rise.
    """

    items: tuple[Item, ...]
    raters: tuple[Rater, ...]
    criteria: tuple[SheetCriterion, ...]
    reviews: tuple[SheetReview, ...]
    lower_is_better: bool
    scale_min: float
    scale_max: float

    def __post_init__(self) -> None:
        items = _unique("proposal", [item.key for item in self.items])
        raters = _unique("reviewer", [rater.key for rater in self.raters])
        criteria = _unique("criterion", [criterion.key for criterion in self.criteria])
        if any(not math.isfinite(one.weight) or one.weight < 0 for one in self.criteria):
            raise ValueError("weights must be finite and not negative")
        if not (math.isfinite(self.scale_min) and math.isfinite(self.scale_max)):
            raise ValueError("the scale must be finite")
        if self.scale_min >= self.scale_max:
            raise ValueError("the scale must rise from its lowest to its highest value")
        pairs = set()
        for review in self.reviews:
            if review.item not in items or review.rater not in raters:
                raise ValueError(f"review of {review.item!r} by {review.rater!r}: one of them is not known")
            if (review.item, review.rater) in pairs:
                raise ValueError(f"{review.rater!r} reviews {review.item!r} twice")
            pairs.add((review.item, review.rater))
            unknown = (set(review.scores) | set(review.first_scores)) - criteria
            if unknown:
                raise ValueError(f"no criterion {', '.join(sorted(unknown))}")
            numbers = (
                review.total,
                review.first_total,
                *review.scores.values(),
                *review.first_scores.values(),
            )
            if any(number is not None and not math.isfinite(number) for number in numbers):
                raise ValueError("scores must be finite")

    def totals(self) -> dict[str, tuple[tuple[str, float], ...]]:
        """For each proposal the (reviewer, total) pairs known, by reviewer's key; empty where there are none.

        Proposals and pairs come in the order of their keys, whatever the order of the sheet.
        """
        found: dict[str, list[tuple[str, float]]] = {key: [] for key in sorted(i.key for i in self.items)}
        for review in self.reviews:
            if review.total is not None:
                found[review.item].append((review.rater, float(review.total)))
        return {key: tuple(sorted(pairs)) for key, pairs in found.items()}

    def scored(self, criterion: str) -> dict[str, tuple[tuple[str, float], ...]]:
        """The same as `totals` for the scores of one criterion."""
        found: dict[str, list[tuple[str, float]]] = {key: [] for key in sorted(i.key for i in self.items)}
        for review in self.reviews:
            score = review.scores.get(criterion)
            if score is not None:
                found[review.item].append((review.rater, float(score)))
        return {key: tuple(sorted(pairs)) for key, pairs in found.items()}

    def round_one(self) -> "Sheet":
        """The sheet as it stood before anybody had seen what the others said."""
        return replace(self, reviews=tuple(map(_first, self.reviews)))


def digest(sheet: Sheet) -> str:
    """SHA-256 (hex) over every number, key and flag of the sheet, whatever its order.

    Labels and titles are left out: a new name changes no result.
    """
    plain = {
        "items": sorted([i.key, i.group, i.discussed, i.selected] for i in sheet.items),
        "raters": sorted(rater.key for rater in sheet.raters),
        "criteria": sorted([c.key, float(c.weight)] for c in sheet.criteria),
        "reviews": [
            [
                review.item,
                review.rater,
                _number(review.total),
                _numbers(review.scores),
                _number(review.first_total),
                _numbers(review.first_scores),
            ]
            for review in sorted(sheet.reviews, key=lambda review: (review.item, review.rater))
        ],
        "lower_is_better": sheet.lower_is_better,
        "scale": [_number(sheet.scale_min), _number(sheet.scale_max)],
    }
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def _first(review: SheetReview) -> SheetReview:
    return replace(
        review,
        total=review.total if review.first_total is None else review.first_total,
        scores={**review.scores, **review.first_scores},
        first_total=None,
        first_scores={},
    )


def _unique(what: str, keys: list[str]) -> set[str]:
    found = set(keys)
    if len(found) != len(keys):
        twice = sorted(key for key in found if keys.count(key) > 1)
        raise ValueError(f"{what} named twice: {', '.join(twice)}")
    return found


def _number(value: float | None) -> float | None:
    # 4 and 4.0, 0.0 and -0.0 are the same score.
    return None if value is None else float(value) + 0.0


def _numbers(scores: Mapping[str, float | None]) -> list[list[str | float | None]]:
    return [[key, _number(scores[key])] for key in sorted(scores)]
