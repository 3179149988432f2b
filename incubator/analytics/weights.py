"""Who would be among the best if the rubric's weights were somewhat different."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from incubator.analytics.crossed import Numbers
from incubator.analytics.panel_sheet import Sheet

MOVE = 0.20
"""Weights are moved up and down by this share of themselves."""
TRIALS = 1000
AT_ONCE = 100
HAIR = 1e-9
"""Points of the scale below which two means count as equal."""


@dataclass(frozen=True)
class WeightChange:
    """What one criterion's weight times `factor` does: who enters the best `places` and who leaves."""

    criterion: str
    factor: float
    enters: tuple[str, ...]
    leaves: tuple[str, ...]


@dataclass(frozen=True)
class WeightSensitivity:
    """How much the top depends on the weights.

    `top` are the best `places` by the weighted mean as it stands (more when the last ones are equal),
    `in_top` the share of `trials` random changes of all weights in which a proposal is among them.
    """

    places: int
    top: tuple[str, ...]
    changes: tuple[WeightChange, ...]
    in_top: dict[str, float]
    trials: int
    seed: int


def sensitivity(
    sheet: Sheet, *, places: int, seed: int, trials: int = TRIALS, leave_out: Iterable[str] = ()
) -> WeightSensitivity | None:
    """Move each weight by ±20 %, alone and all together, and see who is among the best `places`.

    A proposal's number is the mean over its reviews of Σ w·s / Σ w over the criteria answered there; it
    is computed from the criteria, also where reviewers gave an overall total of their own. Random weights
    are uniform within ±20 %, independent, NumPy's PCG64 from `seed`. None when fewer than two criteria
    have a weight, no review has a score, or `places` parts nobody. ValueError for negative places.
    """
    if places < 0:
        raise ValueError("places must not be negative")
    criteria = sorted((one for one in sheet.criteria if one.weight > 0), key=lambda one: one.key)
    out = set(leave_out)
    reviews = sorted(
        (
            review
            for review in sheet.reviews
            if review.item not in out and any(review.scores.get(one.key) is not None for one in criteria)
        ),
        key=lambda review: (review.item, review.rater),
    )
    keys = sorted({review.item for review in reviews})
    if len(criteria) < 2 or not 0 < places < len(keys):
        return None
    scores = np.array(
        [[_known(review.scores.get(one.key)) for one in criteria] for review in reviews], dtype=np.float64
    )
    place = {key: position for position, key in enumerate(keys)}
    starts = np.searchsorted([place[review.item] for review in reviews], np.arange(len(keys)))
    sign = -1.0 if sheet.lower_is_better else 1.0
    panel = _Panel(sign * scores, starts, places)
    weights = np.array([float(one.weight) for one in criteria])
    top = panel.top(weights[None, :])[0]
    changes = []
    for position, one in enumerate(criteria):
        for factor in (1 - MOVE, 1 + MOVE):
            moved = weights.copy()
            moved[position] *= factor
            then = panel.top(moved[None, :])[0]
            changes.append(
                WeightChange(one.key, factor, _named(keys, then & ~top), _named(keys, top & ~then))
            )
    random = np.random.default_rng(seed)
    factors = random.uniform(1 - MOVE, 1 + MOVE, (trials, len(criteria)))
    counts = np.zeros(len(keys), dtype=np.int64)
    for begin in range(0, trials, AT_ONCE):
        counts += panel.top(weights * factors[begin : begin + AT_ONCE]).sum(axis=0)
    shares = (counts / trials).tolist()
    return WeightSensitivity(
        places=places,
        top=_named(keys, top),
        changes=tuple(changes),
        in_top=dict(zip(keys, shares, strict=True)),
        trials=trials,
        seed=seed,
    )


class _Panel:
    """Scores by review (sorted by proposal) and criterion, NaN where there is none; higher is better."""

    def __init__(self, scores: Numbers, starts: npt.NDArray[np.intp], places: int) -> None:
        self.known = ~np.isnan(scores)
        self.scores = np.where(self.known, scores, 0.0)
        self.starts, self.places = starts, places
        self.sizes = np.diff(starts, append=len(scores))

    def top(self, weights: Numbers) -> npt.NDArray[np.bool_]:
        """For each row of weights, which proposals are among the best; equal ones at the end all are."""
        whole = np.zeros((len(weights), len(self.scores)))
        share = np.zeros_like(whole)
        # One criterion after the other: equal reviews get equal sums, whatever their position.
        for criterion in range(self.scores.shape[1]):
            whole += weights[:, criterion, None] * self.scores[:, criterion]
            share += weights[:, criterion, None] * self.known[:, criterion]
        means = np.add.reduceat(whole / share, self.starts, axis=1) / self.sizes
        last = means.shape[1] - self.places
        cut = np.partition(means, last, axis=1)[:, last]
        return np.asarray(means >= cut[:, None] - HAIR)


def _known(score: float | None) -> float:
    return float("nan") if score is None else float(score)


def _named(keys: list[str], chosen: npt.NDArray[np.bool_]) -> tuple[str, ...]:
    return tuple(key for key, is_in in zip(keys, chosen.tolist(), strict=True) if is_in)
