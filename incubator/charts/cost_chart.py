"""Planned and actual spending of a pilot, month by month, against its budget."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import accumulate
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Dollars, Month, Table


@dataclass(frozen=True)
class MonthSpend:
    """Whole cents planned and spent in the month that begins on `month`; `actual` None: not yet over."""

    month: date
    planned: int
    actual: int | None


@dataclass(frozen=True, kw_only=True)
class CostChart(Chart):
    """Months in time order without gaps; `budget` in whole cents. Without any planned amount there is no plan to
    compare with, which is not a plan of $0."""

    VERSION: ClassVar[int] = 3
    EMPTY: ClassVar[str] = "No spending planned or recorded yet"

    months: tuple[MonthSpend, ...]
    budget: int | None = None

    @cached_property
    def ordered(self) -> tuple[MonthSpend, ...]:
        return tuple(sorted(self.months, key=lambda spend: spend.month))

    @cached_property
    def planned(self) -> tuple[int, ...]:
        """Cents planned up to and with each month."""
        return tuple(accumulate(spend.planned for spend in self.ordered))

    @cached_property
    def actual(self) -> tuple[int, ...]:
        """Cents spent up to and with each month; ends before the first month without a figure."""
        known: list[int] = []
        for spend in self.ordered:
            if spend.actual is None:
                break
            known.append(spend.actual)
        return tuple(accumulate(known))

    @property
    def has_plan(self) -> bool:
        return self.budget is not None or any(spend.planned for spend in self.months)

    @property
    def is_empty(self) -> bool:
        return not self.months

    def finding(self) -> str:
        if not self.actual:
            return f"No spending is recorded; {words.money(self.planned[-1])} planned"
        spent, plan = self.actual[-1], self.planned[len(self.actual) - 1]
        if not self.has_plan:
            return f"{words.money(spent)} spent; no budget is recorded"
        if self.budget is not None and spent > self.budget:
            return f"Spending is {words.money(spent - self.budget)} over the budget of {words.money(self.budget)}"
        if spent == plan:
            return f"Spending is on plan at {words.money(spent)}"
        way = "above" if spent > plan else "below"
        return f"Spending is {words.money(abs(spent - plan))} {way} plan at {words.money(spent)}"

    def numbers(self) -> str:
        if not self.actual:
            return f"No spending recorded against {words.money(self.planned[-1])} planned."
        spent = self.actual[-1]
        if self.budget is None:
            return f"{words.money(spent)} spent, no budget recorded."
        if self.budget <= 0:
            return f"{words.money(spent)} spent of a budget of {words.money(self.budget)}."
        return f"{words.money(spent)} of {words.money(self.budget)} spent, {words.percent(spent / self.budget)} of the budget."

    def table(self) -> Table:
        header = ("Month", "Planned", "Actual", "Planned so far", "Actual so far")
        rows = []
        for i, spend in enumerate(self.ordered):
            so_far = self.actual[i] if i < len(self.actual) else None
            planned = (spend.planned, self.planned[i]) if self.has_plan else (None, None)
            cents = (planned[0], spend.actual, planned[1], so_far)
            amounts = [None if each is None else Dollars(each / 100) for each in cents]
            rows.append((Month.of(spend.month), *amounts))
        return Table(header, list(rows))
