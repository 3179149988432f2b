"""Value against effort of what might be done, sized by money."""

from dataclasses import dataclass
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Dollars, Table

MIDDLE = 3.0


@dataclass(frozen=True)
class Bubble:
    """One proposal: effort and value as reviewers' medians on the 1-5 scale, budget in whole cents."""

    label: str
    effort: float
    value: float
    budget: int
    group: str


@dataclass(frozen=True, kw_only=True)
class ValueEffort(Chart):
    """Groups (stages) take their shape and color in the order given; beyond five they share the last."""

    VERSION: ClassVar[int] = 4
    EMPTY: ClassVar[str] = "No reviewed proposals yet"

    bubbles: tuple[Bubble, ...]
    groups: tuple[str, ...]
    noun: str = "proposal"

    @property
    def known(self) -> tuple[Bubble, ...]:
        """The bubbles with both scores on the scale, the biggest first so that small ones stay in sight."""
        found = [b for b in self.bubbles if _on_scale(b.effort) and _on_scale(b.value)]
        return tuple(sorted(found, key=lambda b: (-b.budget, b.label)))

    @property
    def is_empty(self) -> bool:
        return not self.known

    def finding(self) -> str:
        wins = sum(b.value > MIDDLE >= b.effort for b in self.known)
        bets = sum(b.value > MIDDLE and b.effort > MIDDLE for b in self.known)
        if wins == bets == 0:
            return f"No {self.noun} stands out in value"
        return f"{words.plural(wins, 'quick win')} and {words.plural(bets, 'big bet')} among {words.plural(len(self.known), self.noun)}"

    def numbers(self) -> str:
        left_out = len(self.bubbles) - len(self.known)
        text = f"Budgets together {words.money(sum(b.budget for b in self.known))}"
        return text + (f"; {words.plural(left_out, self.noun)} without scores left out." if left_out else ".")

    def table(self) -> Table:
        header = ("Proposal", "Group", "Effort", "Value", "Budget")
        rows = [
            (words.clean(b.label), words.clean(b.group), b.effort, b.value, Dollars(b.budget / 100))
            for b in self.known
        ]
        return Table(header, list(rows))


def _on_scale(value: float) -> bool:
    known = words.finite(value)
    return known is not None and 0 <= known <= 5
