"""Two groups beside each other, every value of a few and the shape of many, and the difference between them."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Table
from incubator.charts.verdict_forest import signed_bound, signed_with_unit
from incubator.domain.pilots import Direction

MOST_DOTS = 60
"""From so many values on a group is drawn as columns, not as dots."""


@dataclass(frozen=True)
class Side:
    """One group: its values, or for shares and rates none, its level with the interval, and the cases behind it.

    `said` names it within a sentence ("after the launch"); without it the sentence says "for" and the name."""

    name: str
    values: tuple[float, ...] = ()
    level: float | None = None
    low: float | None = None
    high: float | None = None
    cases: float | None = None
    said: str = ""

    @property
    def within(self) -> str:
        return self.said or f"for {words.clean(self.name, 40)}"

    @property
    def known(self) -> tuple[float, ...]:
        found = (words.finite(value) for value in self.values)
        return tuple(sorted(value for value in found if value is not None))

    @property
    def centre(self) -> float | None:
        """The level, or the mean of the values."""
        level = words.finite(self.level)
        if level is not None or not self.known:
            return level
        n = len(self.known)
        return sum(value / n for value in self.known)

    @property
    def interval(self) -> tuple[float, float] | None:
        return _interval(self.low, self.high)

    @property
    def size(self) -> str:
        """'40 values', or '1,200 cases'."""
        if self.known:
            return words.plural(len(self.known), "value")
        cases = words.finite(self.cases)
        return "" if cases is None else f"{words.number(cases)} {'case' if cases == 1 else 'cases'}"


@dataclass(frozen=True, kw_only=True)
class GroupComparison(Chart):
    """The pilot's side and what it is compared with. `change` is the pilot's level less the reference's, with its
    interval, in the metric's unit."""

    VERSION: ClassVar[int] = 3
    EMPTY: ClassVar[str] = "Nothing to compare yet"

    metric: str
    unit: str
    direction: Direction
    pilot: Side
    reference: Side | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float = 0.95

    @cached_property
    def known(self) -> tuple[Side, ...]:
        """The sides that can be drawn, the pilot's first."""
        return tuple(side for side in (self.pilot, self.reference) if side and side.centre is not None)

    @property
    def pair(self) -> tuple[Side, Side] | None:
        """The pilot and its reference, where both can be drawn."""
        if self.reference is None or self.pilot.centre is None or self.reference.centre is None:
            return None
        return self.pilot, self.reference

    @property
    def interval(self) -> tuple[float, float] | None:
        return _interval(self.low, self.high)

    @property
    def difference(self) -> float | None:
        """The change as analyzed, or the plain difference of the two levels."""
        change = words.finite(self.change)
        if change is not None or self.pair is None:
            return change
        pilot, reference = self.pair
        return words.finite((pilot.centre or 0.0) - (reference.centre or 0.0))

    @property
    def clear(self) -> bool:
        """True when the interval of the difference leaves zero out."""
        return self.interval is not None and not self.interval[0] <= 0 <= self.interval[1]

    @property
    def improved(self) -> bool:
        return ((self.difference or 0.0) > 0) is (self.direction is Direction.UP)

    @property
    def is_empty(self) -> bool:
        return not self.known

    def finding(self) -> str:
        metric, change = words.clean(self.metric, 60), self.difference
        if self.pair is None or change is None:
            side = self.known[0]
            return f"{metric}: {words.with_unit(side.centre or 0.0, self.unit)} {side.within}, nothing to compare with yet"
        pilot, reference = (side.within for side in self.pair)
        if self.interval is not None and not self.clear:
            return f"{metric} is not clearly higher or lower {pilot} than {reference}"
        if change == 0:
            return f"{metric} is the same {pilot} and {reference}"
        way = "higher" if change > 0 else "lower"
        size = signed_with_unit(abs(change), self.unit).lstrip("+")
        verdict = ("better" if self.improved else "worse") if self.clear else "not tested"
        return f"{metric} is {size} {way} {pilot} than {reference}: {verdict}"

    def numbers(self) -> str:
        parts = [
            f"{words.clean(side.name, 40)} {words.with_unit(side.centre or 0.0, self.unit)}" + (f" ({side.size})" if side.size else "")
            for side in self.known
        ]  # fmt: skip
        if self.difference is not None:
            text = f"difference {signed_with_unit(self.difference, self.unit)}"
            if self.interval is not None:
                low, high = (signed_bound(end, self.unit) for end in self.interval)
                text += f", {words.percent(self.confidence)} interval {low} to {high}"
            parts.append(text)
        return "; ".join(parts) + "."

    def table(self) -> Table:
        header = ("Group", "What", "Value", "Interval low", "Interval high", "Cases")
        rows: list[tuple[str | float | None, ...]] = []
        for side in self.known:
            low, high = side.interval or (None, None)
            cases = float(len(side.known)) if side.known else words.finite(side.cases)
            rows.append((words.clean(side.name), "level", side.centre, low, high, cases))
        if self.difference is not None:
            low, high = self.interval or (None, None)
            rows.append((None, "difference", self.difference, low, high, None))
        rows += [
            (words.clean(s.name), "value", value, None, None, None) for s in self.known for value in s.known
        ]
        return Table(header, list(rows))


def _interval(low: float | None, high: float | None) -> tuple[float, float] | None:
    ends = [end for end in (words.finite(low), words.finite(high)) if end is not None]
    return (min(ends), max(ends)) if len(ends) == 2 else None
