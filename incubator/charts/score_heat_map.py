"""Scores of every proposal by criterion or reviewer, with a mark where reviewers disagree."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Cell, Chart, Table
from incubator.charts.points import Points


@dataclass(frozen=True)
class HeatCell:
    """A score, the points between the highest and lowest reviewer, and whether that counts as a disagreement."""

    value: float | None
    spread: float | None = None
    split: bool = False

    @property
    def known(self) -> float | None:
        return words.finite(self.value)


BLANK = HeatCell(None)


@dataclass(frozen=True)
class HeatRow:
    """One proposal with a cell per column; missing cells are blank."""

    label: str
    cells: tuple[HeatCell, ...]

    @property
    def mean(self) -> float | None:
        """Plain mean of the cells that hold a number."""
        found = [value for cell in self.cells if (value := cell.known) is not None]
        return words.finite(math.fsum(value / len(found) for value in found)) if found else None


@dataclass(frozen=True, kw_only=True)
class ScoreHeatMap(Chart):
    """Proposals in the order given, columns as given; the stronger the fill, the better the score."""

    EMPTY: ClassVar[str] = "No scores yet"

    rows: tuple[HeatRow, ...]
    columns: tuple[str, ...]
    lowest: float = 1.0
    highest: float = 5.0
    lower_is_better: bool = False

    @property
    def points(self) -> Points:
        return Points(self.lowest, self.highest, self.lower_is_better)

    def cells(self, row: HeatRow) -> tuple[HeatCell, ...]:
        """As many cells as there are columns."""
        missing = len(self.columns) - len(row.cells)
        return (*row.cells[: len(self.columns)], *[BLANK] * missing)

    @property
    def is_empty(self) -> bool:
        return not self._known

    @property
    def _known(self) -> list[tuple[str, HeatCell]]:
        """Column and cell of every score."""
        return [
            (column, cell)
            for row in self.rows
            for column, cell in zip(self.columns, self.cells(row), strict=True)
            if cell.known is not None
        ]

    def finding(self) -> str:
        known = self._known
        split = Counter(column for column, cell in known if cell.split)
        n = words.plural(len(known), "score")
        if not split and any(words.finite(cell.spread) is not None for _, cell in known):
            return (
                f"Reviewers disagree on none of {n}"
                if len(known) > 1
                else "Reviewers do not disagree on the one score"
            )
        if not split:
            return f"{words.plural(len(self.rows), 'proposal')} with {n}; {self._best()}"
        most = max(split.values())
        where = [words.clean(column, 60) for column in split if split[column] == most]
        sentence = f"Reviewers disagree on {words.count(sum(split.values()))} of {n}"
        return sentence if len(where) > 2 else f"{sentence}, most often on {words.listed(where)}"

    def numbers(self) -> str:
        missing = len(self.rows) * len(self.columns) - len(self._known)
        text = self._best()
        gaps = f"; {words.plural(missing, 'score')} missing" if missing else ""
        return f"{text[0].upper()}{text[1:]}{gaps}."

    def _best(self) -> str:
        """'best average 4.2 for Benefit screener'."""
        shown = [HeatRow(row.label, self.cells(row)) for row in self.rows]
        means = [(mean, row.label) for row in shown if (mean := row.mean) is not None]
        if not means:
            return "no average can be given"
        pick = min if self.lower_is_better else max
        mean, label = pick(means, key=lambda pair: pair[0])
        return f"best average {self.points.write(mean)} for {words.clean(label, 80)}"

    def table(self) -> Table:
        """A row per proposal with its scores, and how far apart reviewers are where they disagree."""
        names = words.distinct(self.columns)
        rows: list[tuple[Cell, ...]] = []
        for row in self.rows:
            cells = self.cells(row)
            apart = [_apart(name, cell) for name, cell in zip(names, cells, strict=True) if cell.split]
            rows.append((words.clean(row.label), *(cell.known for cell in cells), ", ".join(apart) or None))
        return Table(("Proposal", *names, "Reviewers disagree on"), rows)


def _apart(name: str, cell: HeatCell) -> str:
    spread = words.finite(cell.spread)
    return name if spread is None else f"{name} ({words.number(round(spread, 2))} points apart)"
