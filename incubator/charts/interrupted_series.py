"""Readings before and after a launch, with what was fitted and what would have been had nothing changed."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import ClassVar

from incubator.analytics.criterion import Trace
from incubator.charts import words
from incubator.charts.chart import Cell, Chart, Table
from incubator.charts.process_chart import Reading
from incubator.charts.verdict_forest import signed_bound, signed_with_unit


@dataclass(frozen=True)
class ProcessChange:
    """A recorded change of the process, by its day."""

    when: date
    name: str = ""


@dataclass(frozen=True)
class Stretch:
    """A line through days, with the band around it where it has one."""

    points: tuple[tuple[date, float], ...]
    band: tuple[tuple[date, float, float], ...] = ()


@dataclass(frozen=True, kw_only=True)
class InterruptedSeries(Chart):
    """`fitted` and `without` come from the analysis; `comparison` are the readings of whoever has no pilot.

    `change` with `low` and `high` is the effect in the metric's unit against what would have been.
    """

    VERSION: ClassVar[int] = 4
    EMPTY: ClassVar[str] = "No readings yet"

    metric: str
    unit: str
    readings: tuple[Reading, ...]
    launch: date | None = None
    comparison: tuple[Reading, ...] = ()
    name: str = "Pilot"
    comparison_name: str = "Comparison"
    fitted: Trace | None = None
    without: Trace | None = None
    changes: tuple[ProcessChange, ...] = ()
    change: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float = 0.95
    caution: str = ""
    """What must be read with the effect."""

    @cached_property
    def known(self) -> tuple[tuple[date, float], ...]:
        """Day and value of the usable readings in time order."""
        return _known(self.readings)

    @cached_property
    def compared(self) -> tuple[tuple[date, float], ...]:
        return _known(self.comparison)

    @cached_property
    def fitted_stretches(self) -> tuple[Stretch, ...]:
        """The fitted line, parted at the launch so that a jump is no slope."""
        return _stretches(self.fitted, self.launch)

    @cached_property
    def without_stretch(self) -> Stretch | None:
        """The line had nothing changed, as far as the analysis drew it."""
        found = _stretches(self.without, None)
        return found[0] if found else None

    @property
    def is_empty(self) -> bool:
        return not self.known

    @property
    def before(self) -> int:
        """How many usable readings lie before the launch."""
        launch = self.launch
        return len(self.known) if launch is None else sum(day < launch for day, _ in self.known)

    @property
    def interval(self) -> tuple[float, float] | None:
        ends = [end for end in (words.finite(self.low), words.finite(self.high)) if end is not None]
        return (min(ends), max(ends)) if len(ends) == 2 else None

    def finding(self) -> str:
        metric, change = words.clean(self.metric, 80), words.finite(self.change)
        if change is None:
            return f"{metric}: {words.plural(len(self.known), 'reading')}, no analysis of the effect yet"
        if change == 0 or (self.interval is not None and self.interval[0] <= 0 <= self.interval[1]):
            return f"{metric} is not clearly different from what was expected without the pilot"
        size = signed_with_unit(abs(change), self.unit).lstrip("+")
        return f"{metric} is {size} {'higher' if change > 0 else 'lower'} than expected without the pilot"

    def numbers(self) -> str:
        change, after = words.finite(self.change), len(self.known) - self.before
        readings = f"{words.plural(self.before, 'reading')} before the launch, {words.count(after)} after"
        if self.compared:
            readings += f", {words.count(len(self.compared))} of the comparison"
        if change is None:
            return f"{readings}."
        text = f"Effect {signed_with_unit(change, self.unit)}"
        if self.interval is not None:
            low, high = (signed_bound(end, self.unit) for end in self.interval)
            text += f", {words.percent(self.confidence)} interval {low} to {high}"
        return f"{text}; {readings}. {self.caution}".rstrip()

    def table(self) -> Table:
        fitted = dict(point for stretch in self.fitted_stretches for point in stretch.points)
        without = dict(self.without_stretch.points) if self.without_stretch else {}
        band = (
            {day: (low, high) for day, low, high in self.without_stretch.band} if self.without_stretch else {}
        )
        named = {change.when: words.clean(change.name) or "yes" for change in self.changes}
        rows: list[tuple[Cell, ...]] = []
        for name, readings in ((self.name, self.known), (self.comparison_name, self.compared)):
            own = readings is self.known
            for day, value in readings:
                low, high = band.get(day, (None, None)) if own else (None, None)
                rows.append(
                    (
                        words.clean(name), day, value, fitted.get(day) if own else None,
                        without.get(day) if own else None, low, high, named.get(day) if own else None,
                    )
                )  # fmt: skip
        header = (
            "Readings of", "Date", "Value", "Fitted", "Without the pilot", "Band low", "Band high", "Process change",
        )  # fmt: skip
        return Table(header, rows)


def _known(readings: tuple[Reading, ...]) -> tuple[tuple[date, float], ...]:
    found = [(r.when, value) for r in readings if (value := words.finite(r.value)) is not None]
    return tuple(sorted(found, key=lambda pair: pair[0]))


def _stretches(trace: Trace | None, cut: date | None) -> tuple[Stretch, ...]:
    """A trace as drawn: usable days in order, in two parts where it crosses the cut."""
    if trace is None:
        return ()
    banded = len(trace.low) == len(trace.high) == len(trace.values)
    rows = []
    for i, (text, raw) in enumerate(zip(trace.days, trace.values, strict=False)):
        value = words.finite(raw)
        if value is None:
            continue
        low, high = (words.finite(trace.low[i]), words.finite(trace.high[i])) if banded else (None, None)
        rows.append((date.fromisoformat(text), value, low, high))
    rows.sort(key=lambda row: row[0])
    parts = [rows] if cut is None else [[r for r in rows if r[0] < cut], [r for r in rows if r[0] >= cut]]
    return tuple(
        Stretch(
            tuple((day, value) for day, value, _, _ in part),
            tuple((day, low, high) for day, _, low, high in part if low is not None and high is not None),
        )
        for part in parts
        if part
    )
