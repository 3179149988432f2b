"""How far each metric of a pilot has come from baseline to target."""

from dataclasses import dataclass
from typing import ClassVar

from incubator.analytics.direction import Direction
from incubator.analytics.progress import progress
from incubator.charts import words
from incubator.charts.chart import Chart, Table


@dataclass(frozen=True)
class MetricRow:
    """One metric in its own unit; `low` and `high` are the 95 % interval of the value, when known."""

    name: str
    unit: str
    direction: Direction
    baseline: float
    target: float
    value: float | None
    low: float | None = None
    high: float | None = None

    def share(self, value: float | None) -> float | None:
        """Progress of a value as a fraction; None without a value or without a way to go."""
        known = words.finite(value)
        try:
            return None if known is None else progress(self.baseline, self.target, known, self.direction)
        except ValueError:
            return None

    @property
    def progress(self) -> float | None:
        return self.share(self.value)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Progress at both ends of the interval, the smaller first."""
        ends = [end for end in (self.share(self.low), self.share(self.high)) if end is not None]
        return (min(ends), max(ends)) if len(ends) == 2 else None

    @property
    def words(self) -> str:
        """'29 min, target 30 min (was 51)'."""
        target = words.finite(self.target)
        was = words.finite(self.baseline)
        value = words.finite(self.value)
        now = "no reading yet" if value is None else words.with_unit(value, self.unit)
        goal = "" if target is None else f", target {words.with_unit(target, self.unit)}"
        return f"{now}{goal}" + ("" if was is None else f" (was {words.number(was)})")


@dataclass(frozen=True, kw_only=True)
class MetricProgress(Chart):
    """One row per metric, in the order given."""

    VERSION: ClassVar[int] = 3
    EMPTY: ClassVar[str] = "No metrics with a baseline and a target yet"

    rows: tuple[MetricRow, ...]

    @property
    def is_empty(self) -> bool:
        return not self.rows

    def finding(self) -> str:
        at_target = [row for row in self.rows if (row.progress or 0) >= 1]
        measured = [row for row in self.rows if row.progress is not None]
        if not measured:
            return (
                "The metric has no reading yet"
                if len(self.rows) == 1
                else f"None of {len(self.rows)} metrics has a reading yet"
            )
        if len(self.rows) == 1:
            return f"{words.clean(self.rows[0].name, 80)}: latest reading {_way(measured[0].progress or 0.0)}"
        if not at_target:
            return f"The latest reading of none of {len(self.rows)} metrics is at its target"
        if len(at_target) == len(self.rows):
            return f"The latest readings of all {len(self.rows)} metrics are at their targets"
        one = len(at_target) == 1
        return (
            f"The latest reading{'' if one else 's'} of {len(at_target)} of {len(self.rows)} metrics"
            f" {'is at its target' if one else 'are at their targets'}"
        )

    def numbers(self) -> str:
        known = [(row.progress, row) for row in self.rows if row.progress is not None]
        if not known:
            return "Baselines and targets are set."
        share, row = min(known, key=lambda pair: pair[0])
        if share >= 1:
            return "At or past its target." if len(known) == 1 else "All are at or past their targets."
        worse = sum(part < 0 for part, _ in known)
        text = f"Furthest from its target: {words.clean(row.name, 60)}, {_way(share)}"
        return text + (f"; {words.plural(worse, 'metric')} worse than the baseline." if worse > 1 else ".")

    def table(self) -> Table:
        header = (
            "Metric",
            "Unit",
            "Better",
            "Baseline",
            "Target",
            "Latest",
            "Interval low",
            "Interval high",
            "Progress, %",
        )
        rows = [
            (
                words.clean(row.name), words.clean(row.unit), row.direction, words.finite(row.baseline),
                words.finite(row.target), words.finite(row.value), words.finite(row.low), words.finite(row.high),
                words.in_percent(row.progress),
            )
            for row in self.rows
        ]  # fmt: skip
        return Table(header, list(rows))


def _way(share: float) -> str:
    """How far the latest reading has come: a share of the way, or that it is no nearer than at the start."""
    if share >= 1:
        return "at its target"
    if share < 0:
        return "worse than its baseline"
    return f"{words.percent(share)} of the way from baseline to target"
