"""The course of several metrics side by side, each on its own scale."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from incubator.analytics.direction import Direction
from incubator.charts import words
from incubator.charts.chart import Chart, Table
from incubator.charts.process_chart import Reading


@dataclass(frozen=True)
class Series:
    """One metric in its unit with its readings and, when set, its target."""

    name: str
    unit: str
    direction: Direction
    readings: tuple[Reading, ...]
    target: float | None = None

    @property
    def known(self) -> tuple[tuple[date, float], ...]:
        """Day and value of the usable readings in time order."""
        found = [(r.when, value) for r in self.readings if (value := words.finite(r.value)) is not None]
        return tuple(sorted(found, key=lambda pair: pair[0]))

    @property
    def met(self) -> bool | None:
        """Whether the latest reading is at or past the target; None without one of them."""
        target = words.finite(self.target)
        if target is None or not self.known:
            return None
        latest = self.known[-1][1]
        return latest >= target if self.direction == "up" else latest <= target

    @property
    def words(self) -> str:
        """'29 min, target 30 min: met'."""
        if not self.known:
            return "No readings yet"
        latest = words.with_unit(self.known[-1][1], self.unit)
        target = words.finite(self.target)
        if target is None:
            return f"{latest}, no target"
        return f"{latest}, target {words.with_unit(target, self.unit)}: {'met' if self.met else 'not met'}"


@dataclass(frozen=True, kw_only=True)
class SmallMultiples(Chart):
    """Metrics in the order given."""

    EMPTY: ClassVar[str] = "No readings yet"

    series: tuple[Series, ...]

    @property
    def is_empty(self) -> bool:
        return not any(series.known for series in self.series)

    def finding(self) -> str:
        aimed = [series for series in self.series if series.met is not None]
        met = sum(series.met is True for series in aimed)
        if not aimed:
            return f"{words.plural(len(self.series), 'metric')} followed, none with a target"
        if met == len(aimed):
            return (
                "The one metric with a target meets it"
                if met == 1
                else f"All {met} metrics with a target meet it"
            )
        return f"{met if met else 'None'} of {words.plural(len(aimed), 'metric')} with a target {'meets' if met <= 1 else 'meet'} it"

    def numbers(self) -> str:
        days = [day for series in self.series for day, _ in series.known]
        first, last = min(days), max(days)
        return f"{words.plural(len(days), 'reading')} from {first:%B} {first.year} to {last:%B} {last.year}."

    def table(self) -> Table:
        rows = [
            (words.clean(s.name), words.clean(s.unit), day, value, words.finite(s.target))
            for s in self.series
            for day, value in s.known
        ]
        return Table(("Metric", "Unit", "Date", "Value", "Target"), list(rows))
