"""How reviews moved from the first round to the final score."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Table
from incubator.charts.points import Points


@dataclass(frozen=True)
class ShiftRow:
    """One review: its total in the first round and at the end."""

    label: str
    before: float | None
    after: float | None

    @property
    def change(self) -> float | None:
        """After minus before; None unless both are known."""
        before, after = words.finite(self.before), words.finite(self.after)
        if before is None or after is None:
            return None
        # 4.2 - 4.0 is not 0.2 in binary; what differs by less than anyone wrote has not changed.
        return words.finite(round(after - before, 9))


@dataclass(frozen=True, kw_only=True)
class ScoreShifts(Chart):
    """All reviews of both rounds in the order given; only those that changed are drawn."""

    EMPTY: ClassVar[str] = "No reviews in two rounds yet"

    rows: tuple[ShiftRow, ...]
    lowest: float = 1.0
    highest: float = 5.0
    lower_is_better: bool = False

    @property
    def points(self) -> Points:
        return Points(self.lowest, self.highest, self.lower_is_better)

    @cached_property
    def known(self) -> tuple[ShiftRow, ...]:
        """The reviews with a total in both rounds."""
        return tuple(row for row in self.rows if row.change is not None)

    @cached_property
    def changed(self) -> tuple[ShiftRow, ...]:
        return tuple(row for row in self.known if row.change)

    @property
    def is_empty(self) -> bool:
        return not self.known

    def improved(self, row: ShiftRow) -> bool:
        """Whether a changed review moved toward the better end."""
        return ((row.change or 0.0) < 0) is self.lower_is_better

    def finding(self) -> str:
        n = len(self.known)
        if not self.changed:
            return "The one review did not change" if n == 1 else f"None of {words.count(n)} reviews changed"
        better = sum(self.improved(row) for row in self.changed)
        worse = len(self.changed) - better
        parts = [
            f"{words.count(many)} {word}" for many, word in ((better, "better"), (worse, "worse")) if many
        ]
        return f"{words.count(len(self.changed))} of {words.plural(n, 'review')} changed: {', '.join(parts)}"

    def numbers(self) -> str:
        if not self.changed:
            return f"{words.plural(len(self.known), 'review')} with the same total in both rounds."
        sizes = [abs(row.change or 0.0) for row in self.changed]
        mean = math.fsum(size / len(sizes) for size in sizes)
        far = max(self.changed, key=lambda row: abs(row.change or 0.0))
        return (
            f"Changed by {words.number(round(mean, 2))} points on average; the furthest,"
            f" {words.clean(far.label, 80)}, by {words.number(round(abs(far.change or 0.0), 2))}."
        )

    def table(self) -> Table:
        return Table(
            ("Review", "First round", "Final", "Change"),
            [(words.clean(row.label), row.before, row.after, row.change) for row in self.known],
        )
