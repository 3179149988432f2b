"""What was forecast of each benefit against what came of it, so that optimism shows."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from incubator.charts import words
from incubator.charts.chart import Chart, Dollars, Table

Kept = Literal["cash", "hours"]

LARGEST = 1e300
"""Beyond this a sum of amounts would leave the floats."""


@dataclass(frozen=True)
class BenefitPoint:
    """One benefit: cents for cash, hours for staff time. `low` and `high` go with `realized` where it was
    measured as a range; `confirmed` says that somebody checked it."""

    label: str
    forecast: float | None
    realised: float | None
    low: float | None = None
    high: float | None = None
    confirmed: bool = False

    @property
    def interval(self) -> tuple[float, float] | None:
        ends = [end for end in (_amount(self.low), _amount(self.high)) if end is not None]
        return (min(ends), max(ends)) if len(ends) == 2 else None

    @property
    def is_known(self) -> bool:
        return _amount(self.forecast) is not None and _amount(self.realised) is not None

    @property
    def pair(self) -> tuple[float, float]:
        """Forecast and realized; ask only where both are known."""
        return _amount(self.forecast) or 0.0, _amount(self.realised) or 0.0


@dataclass(frozen=True, kw_only=True)
class ForecastRealised(Chart):
    """Benefits of one kind, cash or hours: the two are never added. `low` and `high` bound the ratio of realized
    to forecast over the program."""

    VERSION: ClassVar[int] = 3
    EMPTY: ClassVar[str] = "No benefit has been measured yet"

    kind: Kept
    benefits: tuple[BenefitPoint, ...]
    low: float | None = None
    high: float | None = None

    @cached_property
    def known(self) -> tuple[BenefitPoint, ...]:
        """The benefits with both numbers."""
        return tuple(benefit for benefit in self.benefits if benefit.is_known)

    @property
    def is_empty(self) -> bool:
        return not self.known

    @property
    def ratio(self) -> float | None:
        """Realized for each unit forecast, all benefits together; None where nothing was forecast."""
        forecast = math.fsum(benefit.pair[0] for benefit in self.known)
        return (
            words.finite(math.fsum(benefit.pair[1] for benefit in self.known) / forecast)
            if forecast > 0
            else None
        )

    def write(self, value: float) -> str:
        """Dollars from cents, or hours."""
        return words.money(value) if self.kind == "cash" else f"{words.short(value)} h".replace("-", "−")

    def finding(self) -> str:
        benefits = words.plural(len(self.known), "benefit")
        if self.ratio is None:
            return f"Nothing was forecast for {benefits}; {self.write(_sum(self.known))} realized"
        return f"{words.percent(self.ratio)} of the forecast was realized, over {benefits}"

    def numbers(self) -> str:
        reached = sum(benefit.pair[1] >= benefit.pair[0] for benefit in self.known)
        confirmed = sum(benefit.confirmed for benefit in self.known)
        parts = [
            f"{words.count(reached)} of {words.count(len(self.known))} reached their forecast, {words.count(confirmed)} confirmed"
        ]
        ends = [end for end in (words.finite(self.low), words.finite(self.high)) if end is not None]
        if len(ends) == 2:
            parts.append(
                f"95% interval of the share {words.percent(min(ends))} to {words.percent(max(ends))}"
            )
        waiting = len(self.benefits) - len(self.known)
        if waiting:
            parts.append(f"{words.plural(waiting, 'benefit')} without a known amount")
        return "; ".join(parts) + "."

    def table(self) -> Table:
        """Cash in dollars."""
        unit, part = ("dollars", 100) if self.kind == "cash" else ("hours", 1)
        header = (
            "Benefit",
            f"Forecast, {unit}",
            f"Realized, {unit}",
            "Low",
            "High",
            "Share of forecast, %",
            "Checked",
        )

        def plain(value: float | None) -> float | None:
            known = words.finite(value)
            if known is None:
                return None
            return Dollars(known / part) if self.kind == "cash" else known / part

        rows = []
        for b in self.benefits:
            share = words.finite(b.pair[1] / b.pair[0]) if b.is_known and b.pair[0] > 0 else None
            checked = (
                "confirmed" if b.confirmed else "unknown" if words.finite(b.realised) is None else "estimated"
            )
            low, high = b.interval or (None, None)
            rows.append(
                (
                    words.clean(b.label),
                    plain(b.forecast),
                    plain(b.realised),
                    plain(low),
                    plain(high),
                    words.in_percent(share),
                    checked,
                )
            )
        return Table(header, list(rows))


def _amount(value: float | None) -> float | None:
    known = words.finite(value)
    return None if known is None or abs(known) > LARGEST else known


def _sum(benefits: tuple[BenefitPoint, ...]) -> float:
    return math.fsum(benefit.pair[1] for benefit in benefits)
