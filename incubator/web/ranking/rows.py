"""The proposals of an analysis as rows: raw scores with every dot, and the calibrated score beside them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from incubator.analytics.panel_sheet import Sheet
from incubator.analytics.ranking import Band
from incubator.domain.folding import fold
from incubator.queries.ranking import Analysed

UNRANKED = "unranked"
AROUND = 24
"""Rows that a chart on the page shows at most, those around the line; files hold all."""


@dataclass(frozen=True, slots=True)
class ScoreRow:
    """One proposal. `place` is by expected rank where there is a ranking, else by the raw mean, and `shared`
    when another has the same; `part` is the group of proposals that it can be compared with, from 1."""

    key: str
    title: str
    group: str
    discussed: bool
    selected: bool | None
    totals: tuple[float, ...]
    mean: float | None
    median: float | None
    spread: float | None
    split: bool
    raw_place: int | None
    place: int | None
    shared: bool
    calibrated: float | None
    calibrated_sd: float | None
    expected: float | None
    low: float | None
    high: float | None
    in_top: float | None
    band: Band | None
    part: int | None

    @property
    def band_name(self) -> str:
        """The band as the address has it; those that are not ranked are a band of their own."""
        return UNRANKED if self.place is None else "" if self.band is None else self.band.name.lower()


def rows_of(found: Analysed) -> list[ScoreRow]:
    """All proposals, the best place first, equal ones by key; those without a place last."""
    analysis, sheet = found.analysis, found.sheet
    ranking = analysis.ranking
    ranked = {item.key: item for item in ranking.items}
    raw = {item.key: item for item in analysis.raw}
    totals = sheet.totals()
    places = {key: ranked[key].place if key in ranked else None if ranked else raw[key].place for key in raw}
    shares = Counter(place for place in places.values() if place is not None)
    rows = []
    for item in sheet.items:
        said, place, best = raw[item.key], places[item.key], ranked.get(item.key)
        rows.append(
            ScoreRow(
                key=item.key,
                title=item.label,
                group=item.group,
                discussed=item.discussed,
                selected=item.selected,
                totals=tuple(sorted(total for _, total in totals[item.key])),
                mean=said.mean,
                median=said.median,
                spread=said.spread,
                split=said.split,
                raw_place=said.place,
                place=place,
                shared=place is not None and shares[place] > 1,
                calibrated=best.calibrated if best else None,
                calibrated_sd=best.calibrated_sd if best else None,
                expected=best.expected_rank if best else None,
                low=best.rank_low if best else None,
                high=best.rank_high if best else None,
                in_top=best.in_top if best else None,
                band=best.band if best else None,
                part=ranking.part_of[item.key] + 1 if item.key in ranking.part_of else None,
            )
        )
    return sorted(rows, key=lambda row: (row.place is None, row.place or 0, row.key))


def counts(rows: Sequence[ScoreRow]) -> Counter[str]:
    """How many proposals are in each band."""
    return Counter(row.band_name for row in rows)


SORTS: dict[str, Callable[[ScoreRow], Any]] = {
    "place": lambda row: row.place,
    "title": lambda row: fold(row.title),
    "mean": lambda row: row.mean,
    "spread": lambda row: row.spread,
    "calibrated": lambda row: row.calibrated,
}


def ordered(rows: Sequence[ScoreRow], sort: str, descending: bool) -> list[ScoreRow]:
    """Sorted as asked; what has no value stands at the end either way, equal ones by key."""
    value = SORTS[sort]
    known = sorted((row for row in rows if value(row) is not None), key=lambda row: row.key)
    known.sort(key=value, reverse=descending)
    return known + sorted((row for row in rows if value(row) is None), key=lambda row: row.key)


def around_the_line(rows: Sequence[ScoreRow], places: int | None) -> list[ScoreRow]:
    """The ranked rows nearest to the line, in their order: what a chart on a page has room for."""
    placed = [row for row in rows if row.place is not None]
    if len(placed) <= AROUND:
        return placed
    middle = places if places is not None else 0
    start = min(max(middle - AROUND // 2, 0), len(placed) - AROUND)
    return placed[start : start + AROUND]


def criterion_scores(sheet: Sheet) -> dict[str, dict[str, list[float]]]:
    """For each proposal and criterion (keys) the scores that were given."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for review in sheet.reviews:
        for key, value in review.scores.items():
            if value is not None:
                found[review.item][key].append(value)
    return found
