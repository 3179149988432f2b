"""The smallest change a pilot would detect, month by month, beside the smallest one that is worthwhile."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from incubator.analytics.detectability import Step
from incubator.charts import words
from incubator.charts.chart import Chart, Table
from incubator.domain.pilots import is_percent


@dataclass(frozen=True, kw_only=True)
class DetectabilityCurve(Chart):
    """`says` is the analysis' own sentence; `worthwhile` a size in the metric's unit, `horizon` in months (None:
    where the steps end)."""

    EMPTY: ClassVar[str] = "No change could be detected with this plan"

    metric: str
    unit: str
    steps: tuple[Step, ...]
    says: str = ""
    worthwhile: float | None = None
    horizon: float | None = None

    @cached_property
    def known(self) -> tuple[tuple[float, float], ...]:
        """Months and smallest detectable change, where anything could be detected."""
        found = [
            (months, change)
            for step in self.steps
            if (months := words.finite(step.months)) is not None
            and (change := words.finite(step.change)) is not None
            and months > 0 and change >= 0
        ]  # fmt: skip
        return tuple(sorted(found))

    @property
    def wanted(self) -> float | None:
        """The smallest worthwhile change, None unless it is one."""
        size = words.finite(self.worthwhile)
        return abs(size) if size else None

    @property
    def end(self) -> float:
        """The horizon in months."""
        return words.finite(self.horizon) or self.known[-1][0]

    @property
    def enough_from(self) -> float | None:
        """Months from which on the worthwhile change would always be detected; None when it would not."""
        if self.wanted is None or not self.known:
            return None
        found = None
        for months, change in reversed(self.known):
            if change > self.wanted:
                break
            found = months
        return found

    @property
    def is_empty(self) -> bool:
        return not self.known

    def amount(self, change: float) -> str:
        """'3.4 min', '5 points' of a share."""
        if is_percent(self.unit):
            return f"{words.number(_short(change))} points"
        return words.with_unit(_short(change), self.unit)

    def finding(self) -> str:
        if self.says:
            return words.clean(self.says).removesuffix(".")
        months, change = self.known[-1]
        return f"A change of {self.amount(change)} can be detected by month {words.number(_half(months))}"

    def numbers(self) -> str:
        months, change = self.known[-1]
        metric = words.clean(self.metric, 60)
        text = f"{metric}: {self.amount(change)} at month {words.number(_half(months))}"
        if self.wanted is None:
            return f"{text}; no smallest worthwhile change is given."
        wanted = self.amount(self.wanted)
        if self.enough_from is None:
            return f"{text}, more than the smallest worthwhile change of {wanted}."
        return f"{text}; the smallest worthwhile change of {wanted} from month {words.number(_half(self.enough_from))} on."

    def table(self) -> Table:
        header = (
            "Month",
            "Cases",
            "Smallest detectable change",
            "Relative to the baseline",
            "Smallest worthwhile change",
        )
        rows = [
            (words.finite(s.months), words.finite(s.cases), words.finite(s.change), words.finite(s.relative), self.wanted)
            for s in self.steps
        ]  # fmt: skip
        return Table(header, list(rows))


def _half(months: float) -> float:
    return round(months * 2) / 2


def _short(value: float) -> float:
    """To three figures: more would promise what a forecast cannot keep."""
    return float(f"{value:.3g}")
