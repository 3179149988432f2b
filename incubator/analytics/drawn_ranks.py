"""Ranks of a panel's proposals over draws from the posterior of their effects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from incubator.analytics.crossed import Numbers
from incubator.analytics.panel_fit import PanelFit
from incubator.analytics.variance_posterior import draw

HALF = (0.25, 0.75)
"""Bounds of the interval that holds a rank with probability one half."""
MOST = (0.025, 0.975)
"""Bounds of the interval of a reviewer's severity."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class DrawnRanks:
    """What the draws say: of each proposal in the order asked for, of each reviewer in the fit's order.

    `spread` is the standard deviation of mean plus effect; reviewers' bounds are in the fit's direction.
    """

    expected: Numbers
    low: Numbers
    high: Numbers
    in_top: Numbers
    spread: Numbers
    reviewer_low: Numbers
    reviewer_high: Numbers


def drawn_ranks(
    fitted: PanelFit,
    keys: Sequence[str],
    groups: Sequence[Sequence[int]],
    *,
    places: int,
    seed: int,
    draws: int,
    progress: Progress | None = None,
) -> DrawnRanks:
    """Rank the proposals `keys` in each draw and sum up.

    `groups` are the positions of proposals with equal data, every position in one of them: what is said of
    a group is pooled over its members, so that they tie whatever the draws.
    """
    if not fitted.cells:
        return _all_tied(fitted, len(keys), places)
    place = {key: position for position, key in enumerate(fitted.items)}
    columns = np.array([place[key] for key in keys])
    turned = fitted.design.turned
    # The ranks of one proposal side by side, in the smallest type that holds them.
    ranks = np.empty((len(keys), draws), dtype=np.int16 if len(keys) < 2**15 else np.int32)
    points = np.empty((len(fitted.raters), draws))
    centre = fitted.fit.mean - fitted.design.centre + fitted.fit.item_effects[columns]
    shift, square = np.zeros(len(keys)), np.zeros(len(keys))
    downward = np.arange(len(keys), 0, -1, dtype=ranks.dtype)[None, :]
    done = 0
    for block in draw(fitted.design, fitted.cells, draws, np.random.default_rng(seed)):
        effects, severity = (block.second, block.first) if turned else (block.first, block.second)
        if len(keys) < effects.shape[1]:
            effects = effects[:, columns]
        until = done + len(effects)
        order = np.argsort(effects, axis=1)
        numbered = np.empty(effects.shape, dtype=ranks.dtype)
        np.put_along_axis(numbered, order, downward, axis=1)
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
    expected, low, high, in_top, spread = (np.empty(len(keys)) for _ in range(5))
    for group in groups:
        members = list(group)
        pooled = ranks[members].ravel()
        n = len(pooled)
        bounds = [_at(level, n) for level in HALF]
        expected[members] = int(pooled.sum(dtype=np.int64)) / n
        in_top[members] = np.count_nonzero(pooled <= places) / n
        pooled.partition(bounds)
        low[members], high[members] = pooled[bounds]
        mean = shift[members].sum() / n
        spread[members] = np.sqrt(max(square[members].sum() / n - mean**2, 0.0))
    below, above = (points[:, _at(level, draws)] for level in MOST)
    return DrawnRanks(expected, low, high, in_top, spread, below, above)


def _at(level: float, n: int) -> int:
    """Where, among n sorted values, the smallest lies that at least this share does not exceed."""
    return max(int(np.ceil(level * n)) - 1, 0)


def _all_tied(fitted: PanelFit, n: int, places: int) -> DrawnRanks:
    middle, none = np.full(n, (n + 1) / 2), np.zeros(n)
    known = np.zeros(len(fitted.raters))
    return DrawnRanks(middle, middle, middle, np.full(n, min(places / n, 1.0)), none, known, known)
