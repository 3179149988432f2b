"""Money by stage, planned and actual."""

from dataclasses import dataclass
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Dollars, Table


@dataclass(frozen=True)
class StageSum:
    """Whole cents planned and spent in one stage."""

    name: str
    planned: int
    actual: int


@dataclass(frozen=True, kw_only=True)
class StageMoney(Chart):
    """Stages in their order."""

    EMPTY: ClassVar[str] = "No money planned or spent yet"

    stages: tuple[StageSum, ...]

    @property
    def is_empty(self) -> bool:
        return not any(stage.planned or stage.actual for stage in self.stages)

    def finding(self) -> str:
        most = max(self.stages, key=lambda stage: stage.actual)
        if most.actual <= 0:
            return f"{words.money(sum(s.planned for s in self.stages))} planned, nothing spent yet"
        whole = sum(max(stage.actual, 0) for stage in self.stages)
        return f"Work now in the stage “{words.clean(most.name, 60)}” accounts for {words.percent(most.actual / whole)} of all spending"

    def numbers(self) -> str:
        planned, actual = sum(s.planned for s in self.stages), sum(s.actual for s in self.stages)
        return f"{words.money(actual)} spent of {words.money(planned)} planned."

    def table(self) -> Table:
        rows = [(words.clean(s.name), Dollars(s.planned / 100), Dollars(s.actual / 100)) for s in self.stages]
        return Table(("Stage", "Planned", "Actual"), list(rows))
