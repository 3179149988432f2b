"""A sheet's scores as the model takes them: one order for all, better always higher."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from incubator.analytics.crossed import Crossed
from incubator.analytics.severity import (
    Connection,
    MixedFit,
    checked,
    components,
    fit_design,
    mode,
    told_apart,
)
from incubator.analytics.variance_posterior import Cell, cells

Scored = Mapping[str, tuple[tuple[str, float], ...]]
"""For each proposal its (reviewer, value) pairs, as `Sheet.totals` gives them."""


class Withheld(StrEnum):
    """Why the reviews of a panel cannot be calibrated."""

    NO_REVIEWS = "no reviews"
    ONE_PROPOSAL = "one proposal"
    DISCONNECTED = "no part of the panel that shares reviewers holds most of its proposals"
    ONE_REVIEW_EACH = "one review for each proposal"


@dataclass(frozen=True, eq=False)
class PanelFit:
    """The fitted model of one sheet; values count so that higher is better (`sign` turns them back).

    `items` and `raters` are the keys of the levels, in order; only what has a value is among them.
    `cells` is empty when all values are equal: then there is nothing to be uncertain about.
    """

    items: tuple[str, ...]
    raters: tuple[str, ...]
    sign: int
    design: Crossed
    told: tuple[bool, bool]
    fit: MixedFit
    cells: tuple[Cell, ...]
    connection: Connection

    @property
    def withheld(self) -> Withheld | None:
        """Why calibrated scores of this panel would mean nothing; None when they mean something."""
        if len(self.items) == 1:
            return Withheld.ONE_PROPOSAL
        if not self.told[0]:
            return Withheld.ONE_REVIEW_EACH
        return None if self.main_part is not None else Withheld.DISCONNECTED

    @cached_property
    def main_part(self) -> int | None:
        """The part of the review graph that holds more than half of the proposals; None when none does."""
        part, size = Counter(self.connection.of_items).most_common(1)[0]
        return part if 2 * size > len(self.items) else None


def fit_panel(scored: Scored, *, lower_is_better: bool) -> PanelFit | None:
    """Fit the crossed model to the values and lay the grid over its variances; None without any value.

    Levels are numbered in the order of their keys, so that no digit depends on the order of the sheet.
    """
    rows = [(item, rater, value) for item in sorted(scored) for rater, value in sorted(scored[item])]
    if not rows:
        return None
    items = tuple(sorted({item for item, _, _ in rows}))
    raters = tuple(sorted({rater for _, rater, _ in rows}))
    item_code = {key: place for place, key in enumerate(items)}
    rater_code = {key: place for place, key in enumerate(raters)}
    sign = -1 if lower_is_better else 1
    item, rater, value = checked(
        np.array([item_code[row[0]] for row in rows]),
        np.array([rater_code[row[1]] for row in rows]),
        sign * np.array([row[2] for row in rows], dtype=np.float64),
    )
    design, told = Crossed(item, rater, value), told_apart(item, rater)
    angles = mode(design, told) if np.any(design.y) else None
    return PanelFit(
        items=items,
        raters=raters,
        sign=sign,
        design=design,
        told=told,
        fit=fit_design(design, told, angles),
        cells=cells(design, told, angles) if angles else (),
        connection=components(item, rater),
    )
