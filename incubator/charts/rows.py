"""Charts of one row per thing: roomy for a few, dense for many, names at the left or, on a phone, above."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from incubator.charts import theme, words
from incubator.charts.dressing import bottom_labels, tick_texts
from incubator.charts.points import Points
from incubator.charts.sheet import Scale, Sheet, ticks

MANY = 20
"""Beyond so many rows they move close together and every other one is tinted to lead the eye."""

SHORT = 10.0
"""Length of a scale up to which every point has its mark."""


@dataclass(frozen=True)
class Rows:
    """Places of `n` rows from `top` down; `room` is the width of names at the left, `tail` of words at the right.

    On a phone few rows have their name, and the words at its right, on a line above the plot.
    """

    narrow: bool
    n: int
    room: float = 230.0
    tail: float = 60.0
    roomy: float = 34.0
    dense: float = 20.0
    edge: float = 10.0

    @property
    def many(self) -> bool:
        return self.n > MANY

    @property
    def above(self) -> bool:
        """True when names stand above their rows."""
        return self.narrow and not self.many

    @property
    def step(self) -> float:
        """Height of a row."""
        return self.dense if self.many else self.roomy + 18 if self.narrow else self.roomy

    @property
    def height(self) -> float:
        return self.step * self.n

    @property
    def width(self) -> float:
        return float(theme.NARROW if self.narrow else theme.WIDE)

    @property
    def names(self) -> float:
        """Where names at the left end."""
        return 0.0 if self.above else 118.0 if self.narrow else self.room

    @property
    def left(self) -> float:
        """Where the plot begins."""
        return self.edge if self.above else self.names + 10 + self.edge

    @property
    def right(self) -> float:
        """Where the plot ends."""
        return self.width - self.edge - (0 if self.above else self.tail)

    def y(self, i: int, top: float) -> float:
        """The middle of a row's plot."""
        return top + self.step * i + (self.step / 2 + 9 if self.above else self.step / 2)

    def spans(self, top: float) -> list[tuple[float, float]]:
        """Top and bottom of the plot: in one piece, or row by row where names stand between."""
        if not self.above:
            return [(top, top + self.height)]
        return [(self.y(i, top) - 11, self.y(i, top) + 11) for i in range(self.n)]

    def tint(self, sheet: Sheet, top: float) -> None:
        """A pale stripe behind every other of many rows."""
        if self.many:
            for i in range(0, self.n, 2):
                sheet.box(0, top + self.step * i, sheet.width, self.step, theme.PALE)

    def name(self, sheet: Sheet, i: int, top: float, label: str, tail: str = "", weight: int = 400) -> None:
        """The row's name and the words at its right."""
        text, y = words.clean(label), self.y(i, top)
        if self.above:
            y = top + self.step * i + 11
            room = sheet.width - theme.text_width(tail, theme.SMALL) - 12
            sheet.text(0, y, theme.fit(text, room, theme.SMALL, 600), size=theme.SMALL, weight=600)
        else:
            most = 1 if self.step < 34 else 2
            lines = theme.wrap(text, self.names, most, theme.SMALL, weight)
            for j, line in enumerate(lines):
                at = y + (j - (len(lines) - 1) / 2) * 15
                sheet.text(
                    0 if self.many else self.names, at, line, size=theme.SMALL, weight=weight,
                    align="left" if self.many else "right",
                )  # fmt: skip
        sheet.text(sheet.width, y, tail, color=theme.MUTED, size=theme.SMALL, align="right")

    def axis(
        self, sheet: Sheet, x: Scale, values: Sequence[float], texts: Sequence[str], top: float, caption: str
    ) -> None:
        """Upright lines through the plot, their values below it and, below those, what is measured."""
        for value in values:
            for begin, end in self.spans(top):
                sheet.line([x(value)] * 2, [begin, end], theme.GRID)
        bottom = top + self.height
        bottom_labels(sheet, [x(value) for value in values], texts, bottom + 13)
        sheet.text(self.left - self.edge, bottom + 32, caption, color=theme.MUTED, size=theme.SMALL)

    def score_axis(self, sheet: Sheet, x: Scale, points: Points, top: float, caption: str) -> None:
        """The axis of a score, and which way is better."""
        values = score_marks(points)
        self.axis(sheet, x, values, tick_texts(values), top, caption)
        edge = self.right + self.edge
        sheet.text(
            edge, top + self.height + 32, "better →", color=theme.MUTED, size=theme.SMALL, align="right"
        )


def score_marks(points: Points) -> list[float]:
    """Values to name on the axis of a score: every whole point of a short scale, round ones of a long."""
    low, high = points.ends
    if high / 2 - low / 2 > SHORT / 2:
        return ticks(low, high)
    return [float(whole) for whole in range(math.ceil(low), math.floor(high) + 1)]
