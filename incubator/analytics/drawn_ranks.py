"""Ranks of a panel's proposals over draws from the posterior of their effects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from incubator.analytics.crossed import Numbers
from incubator.analytics.panel_fit import PanelFit
from incubator.analytics.variance_posterior import draw

RANK_LEVEL = 0.9
"""Share of a rank's probability that its interval holds: at most 5 % lies beyond either end."""
MOST = (0.025, 0.975)
"""Bounds of the interval of a reviewer's severity."""
ERRORS = 3
"""Monte Carlo standard errors by which the ends of a rank's interval are set further out."""

MOST_DRAWS = 100_000
FEWEST_DRAWS = 4_000
RANKS_DRAWN = 20_000_000
"""Ranks drawn in all, which bounds the draws of large panels."""
AT_ONCE = 2_000_000
"""Ranks held in memory at a time."""
STREAM = 2022
"""Seed of the draws, the same for every panel, so that no band depends on a number somebody could choose."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class DrawnRanks:
    """What the draws say: of each proposal in the order asked for, of each reviewer in the fit's order.

    `low` and `high` are whole ranks, set out by `ERRORS` Monte Carlo errors; `expected_error` is the standard
    error of each expected rank, `chance_error` that of a probability at the end of an interval. `spread` is the
    standard deviation of mean plus effect; reviewers' bounds are in the fit's direction.
    """

    expected: Numbers
    expected_error: Numbers
    low: Numbers
    high: Numbers
    in_top: Numbers
    spread: Numbers
    reviewer_low: Numbers
    reviewer_high: Numbers
    chance_error: float


def draws_for(proposals: int) -> int:
    """How many draws a panel of that many proposals gets."""
    return min(MOST_DRAWS, max(FEWEST_DRAWS, RANKS_DRAWN // max(proposals, 1)))


def drawn_ranks(
    fitted: PanelFit,
    keys: Sequence[str],
    groups: Sequence[Sequence[int]],
    *,
    places: int,
    draws: int,
    stream: int = STREAM,
    progress: Progress | None = None,
) -> DrawnRanks:
    """Rank the proposals `keys` in each draw and sum up.

    `groups` are the positions of proposals with equal data, every position in one of them: what is said of
    a group is pooled over its members, so that they tie whatever the draws.
    """
    n = len(keys)
    if not fitted.cells:
        return _all_tied(fitted, n, places)
    place = {key: position for position, key in enumerate(fitted.items)}
    columns = np.array([place[key] for key in keys])
    # The ranks of one proposal side by side, in the smallest type that holds them.
    ranks = np.empty((n, draws), dtype=np.int16 if n < 2**15 else np.int32)
    # A point on the scale needs no more than seven digits.
    points = np.empty((len(fitted.raters), draws), dtype=np.float32)
    centre = fitted.fit.mean - fitted.design.centre + fitted.fit.item_effects[columns]
    shift, square = np.zeros(n), np.zeros(n)
    downward = np.arange(n, 0, -1, dtype=ranks.dtype)[None, :]
    random = np.random.default_rng(stream)
    done = 0
    while done < draws:
        at_once = min(draws - done, max(AT_ONCE // n, FEWEST_DRAWS))
        for block in draw(fitted.design, fitted.cells, at_once, random):
            turned = fitted.design.turned
            effects, severity = (block.second, block.first) if turned else (block.first, block.second)
            if n < effects.shape[1]:
                effects = effects[:, columns]
            until = done + len(effects)
            numbered = np.empty(effects.shape, dtype=ranks.dtype)
            np.put_along_axis(numbered, np.argsort(effects, axis=1), downward, axis=1)
            ranks[:, done:until] = numbered.T
            points[:, done:until] = severity.T
            effects += block.mean[:, None]
            effects -= centre
            shift += effects.sum(axis=0)
            square += np.einsum("ij,ij->j", effects, effects)
            done = until
            if progress is not None:
                progress(done, draws)
    points.sort(axis=1)
    below, above = (points[:, max(int(np.ceil(level * draws)) - 1, 0)].astype(np.float64) for level in MOST)
    expected, error, low, high, in_top, spread = (np.empty(n) for _ in range(6))
    for group in groups:
        members = list(group)
        pooled = np.bincount(ranks[members].ravel(), minlength=n + 1)[1:]
        size = draws * len(members)
        expected[members], error[members], low[members], high[members], in_top[members] = _said(
            pooled, places, draws
        )
        mean = shift[members].sum() / size
        spread[members] = np.sqrt(max(square[members].sum() / size - mean**2, 0.0))
    return DrawnRanks(expected, error, low, high, in_top, spread, below, above, _chance_error(draws))


def _chance_error(draws: int) -> float:
    """Standard error of a probability as far out as the end of an interval, at most."""
    tail = (1 - RANK_LEVEL) / 2
    return float(np.sqrt(tail * (1 - tail) / draws))


def _said(counted: npt.NDArray[np.int64], places: int, draws: int) -> tuple[float, float, int, int, float]:
    """Expected rank, its error, both ends of the interval and the chance of a place, from the ranks' counts."""
    n, size = len(counted), int(counted.sum())
    ranks, share = np.arange(1, n + 1), counted / size
    expected = int(counted @ ranks) / size
    variance = float(share @ (ranks - expected) ** 2)
    most = size - max((1 - RANK_LEVEL) / 2 - ERRORS * _chance_error(draws), 0.0) * size
    low = n - int(np.searchsorted(np.cumsum(counted[::-1]), most))
    high = int(np.searchsorted(np.cumsum(counted), most)) + 1
    return expected, float(np.sqrt(variance / draws)), low, high, int(counted[:places].sum()) / size


def _all_tied(fitted: PanelFit, n: int, places: int) -> DrawnRanks:
    """Every rank is as likely as any other."""
    expected, _, low, high, in_top = _said(np.ones(n, dtype=np.int64), places, MOST_DRAWS)
    none, known = np.zeros(n), np.zeros(len(fitted.raters))
    return DrawnRanks(
        expected=np.full(n, expected),
        expected_error=none,
        low=np.full(n, float(low)),
        high=np.full(n, float(high)),
        in_top=np.full(n, in_top),
        spread=none,
        reviewer_low=known,
        reviewer_high=known,
        chance_error=0.0,
    )
