"""The scale of a score: where it ends, which end is better, and how its numbers are written."""

from dataclasses import dataclass

from incubator.charts import words

WHOLE_FROM = 20.0
"""Scales this long are written in whole points."""


@dataclass(frozen=True)
class Points:
    """`lowest` and `highest` as configured; ends that make no scale are mended rather than refused."""

    lowest: float
    highest: float
    lower_is_better: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """The lower and the higher end, never equal."""
        known = [end for end in (words.finite(self.lowest), words.finite(self.highest)) if end is not None]
        low, high = (min(known), max(known)) if known else (0.0, 1.0)
        return (low, high) if low < high else (low, low + max(1.0, abs(low) / 8))

    @property
    def worst_first(self) -> tuple[float, float]:
        low, high = self.ends
        return (high, low) if self.lower_is_better else (low, high)

    def inside(self, value: float) -> float:
        """The value, or the end it lies beyond."""
        low, high = self.ends
        return min(max(value, low), high)

    def share(self, value: float) -> float:
        """How far from the worse end (0) to the better end (1)."""
        worst, best = self.worst_first
        return (self.inside(value) / 2 - worst / 2) / (best / 2 - worst / 2)

    def better(self, one: float, other: float) -> bool:
        return one < other if self.lower_is_better else one > other

    def write(self, value: float) -> str:
        low, high = self.ends
        return words.number(round(value)) if high / 2 - low / 2 >= WHOLE_FROM / 2 else words.tenths(value)
