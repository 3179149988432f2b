"""The scores of one proposal as dots on a line, small enough for a table's cell."""

from __future__ import annotations

from dataclasses import dataclass

from incubator.analytics.panel_sheet import Sheet
from incubator.web.formats import number
from incubator.web.ranking.rows import ScoreRow

WIDTH, EDGE = 128.0, 6.0
HEIGHT, MIDDLE = 22.0, 11.0
NEAR = 5.0
"""Dots closer than this would hide each other; they are stacked."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Where the dots, the mean and the calibrated score lie, the better end at the right; `words` says them."""

    dots: tuple[tuple[float, float], ...]
    mean: float | None
    calibrated: float | None
    words: str


def strip(sheet: Sheet, row: ScoreRow) -> Strip | None:
    """The strip of a proposal; None without scores."""
    if not row.totals:
        return None

    def x(score: float) -> float:
        share = (score - sheet.scale_min) / (sheet.scale_max - sheet.scale_min)
        share = min(max(1 - share if sheet.lower_is_better else share, 0.0), 1.0)
        return round(EDGE + (WIDTH - 2 * EDGE) * share, 1)

    places = sorted(x(total) for total in row.totals)
    dots: list[tuple[float, float]] = []
    for place in places:
        level = sum(place - other < NEAR for other, _ in dots)
        dots.append((place, MIDDLE - 3.0 * min(level, 3)))
    return Strip(
        dots=tuple(dots),
        mean=None if row.mean is None else x(row.mean),
        calibrated=None if row.calibrated is None else x(row.calibrated),
        words=", ".join(number(total) for total in row.totals),
    )
