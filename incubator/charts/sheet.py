"""A sheet to draw on in pixels: fixed margins and own scales, so no layout engine has to run."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from incubator.charts import theme

LARGEST = 1.7e308
DASH = (0, (5, 3))
DOTS = (0, (1, 2))


@dataclass(frozen=True)
class Scale:
    """Maps values from `low`..`high` to pixels `start`..`end`, safely for any finite numbers."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value / 2 - self.low / 2) / (self.high / 2 - self.low / 2)
        return self.start + (self.end - self.start) * share


class Sheet:
    """One figure whose only axes are its pixels: x to the right, y down from the top edge."""

    def __init__(self, narrow: bool, height: float) -> None:
        self.narrow = narrow
        self.width = float(theme.NARROW if narrow else theme.WIDE)
        self.height = float(height)
        inch = theme.UNITS_PER_INCH
        self.figure = Figure(figsize=(self.width / inch, self.height / inch), dpi=inch)
        self.axes: Axes = self.figure.add_axes((0, 0, 1, 1))
        self.axes.set_axis_off()
        self.axes.set_xlim(0, self.width)
        self.axes.set_ylim(self.height, 0)
        self._layer = 1.0

    def _above(self) -> float:
        self._layer += 0.001
        return self._layer

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        color: str = theme.INK,
        size: float = theme.SIZE,
        weight: int = 400,
        align: str = "left",
        middle: bool = True,
        turned: bool = False,
    ) -> None:
        """One line of text; `middle` centers it on y, otherwise y is its base line.

        `turned` text reads upwards from y, its middle on x.
        """
        if not text:
            return
        drop = size * 0.355 if middle else 0.0
        x, y = (x + drop, y) if turned else (x, y + drop)
        self.axes.text(
            x, y, text, color=color, fontsize=size, fontweight=weight, ha=align, va="baseline",
            rotation=90 if turned else 0, rotation_mode="anchor", clip_on=False, zorder=self._above(),
        )  # fmt: skip

    def line(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        color: str,
        width: float = 1.0,
        dash: tuple[int, tuple[int, int]] | None = None,
    ) -> None:
        """A line through points."""
        self.axes.add_artist(
            Line2D(
                list(xs), list(ys), color=color, linewidth=width, linestyle=dash or "-", solid_joinstyle="round",
                clip_on=False, zorder=self._above(),
            )
        )  # fmt: skip

    def marks(
        self,
        xs: Sequence[float],
        ys: Sequence[float],
        marker: str,
        color: str,
        size: float = 8.0,
        *,
        hollow: bool = False,
    ) -> None:
        """Marks of one shape with a thin edge that parts them from what lies behind."""
        self.axes.add_artist(
            Line2D(
                list(xs), list(ys), linestyle="none", marker=marker, markersize=size,
                markerfacecolor=theme.SURFACE if hollow else color,
                markeredgecolor=color if hollow else theme.SURFACE, markeredgewidth=1.6 if hollow else 1.0,
                clip_on=False, zorder=self._above(),
            )
        )  # fmt: skip

    def box(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """A filled rectangle from its top left corner."""
        self.axes.add_artist(
            Rectangle((x, y), width, height, facecolor=color, edgecolor="none", linewidth=0, clip_on=False,
                      zorder=self._above())
        )  # fmt: skip

    def outline(self, x: float, y: float, width: float, height: float, color: str) -> None:
        """The edge of a rectangle, drawn inside it."""
        self.axes.add_artist(
            Rectangle((x + 0.75, y + 0.75), max(width - 1.5, 0), max(height - 1.5, 0), facecolor="none",
                      edgecolor=color, linewidth=1.5, clip_on=False, zorder=self._above())
        )  # fmt: skip

    def corner(self, x: float, y: float, size: float, color: str) -> None:
        """A filled triangle in the top right corner of a box."""
        self.polygon([(x - size, y), (x, y), (x, y + size)], color)

    def polygon(self, points: Sequence[tuple[float, float]], color: str) -> None:
        """A filled area with straight edges."""
        path = Path([*points, points[0]], [1, *[2] * (len(points) - 1), 79])
        self.axes.add_artist(
            PathPatch(
                path, facecolor=color, edgecolor="none", linewidth=0, clip_on=False, zorder=self._above()
            )
        )

    def ribbon(
        self, x0: float, x1: float, left: tuple[float, float], right: tuple[float, float], color: str
    ) -> None:
        """A band that flows from one vertical span (top, bottom) to another."""
        bend = (x0 + x1) / 2
        path = Path(
            [
                (x0, left[0]), (bend, left[0]), (bend, right[0]), (x1, right[0]),
                (x1, right[1]), (bend, right[1]), (bend, left[1]), (x0, left[1]), (x0, left[0]),
            ],
            [1, 4, 4, 4, 2, 4, 4, 4, 79],
        )  # fmt: skip
        self.axes.add_artist(
            PathPatch(
                path, facecolor=color, edgecolor="none", linewidth=0, clip_on=False, zorder=self._above()
            )
        )


def calm(narrow: bool, message: str) -> Figure:
    """The figure of a chart without data: one quiet line."""
    sheet = Sheet(narrow, 96)
    sheet.box(0, 0, sheet.width, sheet.height, theme.PALE)
    sheet.text(sheet.width / 2, 48, theme.fit(message, sheet.width - 24), color=theme.MUTED, align="center")
    return sheet.figure


def span(values: Sequence[float], *, zero: bool = False, pad: float = 0.06) -> tuple[float, float]:
    """Lowest and highest of finite values with a little air; never empty, never beyond a float."""
    known = [value for value in values if math.isfinite(value)] or [0.0]
    low, high = min(known), max(known)
    if zero:
        low, high = min(low, 0.0), max(high, 0.0)
    if high - low < 1e-300:
        room = abs(low) * 0.1 or 1.0
        low, high = (low, low + room) if zero and low == 0 else (low - room, high + room)
    air = (high / 2 - low / 2) * 2 * pad if high / 2 - low / 2 < LARGEST / 4 else 0.0
    below = 0.0 if zero and low == 0 else air
    above = 0.0 if zero and high == 0 else air
    return max(low - below, -LARGEST), min(high + above, LARGEST)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Round numbers between low and high, at most about so many."""
    size = max(abs(low), abs(high)) or 1.0
    unit = 10.0 ** max(min(math.floor(math.log10(size)), 307), -307)
    first, last = low / unit, high / unit
    raw = (last - first) / max(most - 1, 1)
    if raw < 1e-300 or not math.isfinite(raw):
        return [low]
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw * 0.999)
    start, stop = math.ceil(first / step - 1e-9), math.floor(last / step + 1e-9)
    found = [round(i * step, 12) * unit for i in range(start, stop + 1)]
    return [0.0 if value == 0 else value for value in found if math.isfinite(value)]


def spread(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions as near as possible to the wanted ones, in their order, at least `gap` apart, within bounds."""
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    placed = list(wanted)
    edge = low
    for i in order:
        placed[i] = max(placed[i], edge)
        edge = placed[i] + gap
    edge = high
    for i in reversed(order):
        placed[i] = min(placed[i], edge)
        edge = placed[i] - gap
    return placed
