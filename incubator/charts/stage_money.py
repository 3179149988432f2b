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
    """Stages in their order. `unplanned` are whole cents of the spending on so many `unplanned_records` without a
    plan; `current` says that the stage is the one in which the work is now."""

    VERSION: ClassVar[int] = 2
    EMPTY: ClassVar[str] = "No money planned or spent yet"

    stages: tuple[StageSum, ...]
    unplanned: int = 0
    unplanned_records: int = 0
    current: bool = True

    @property
    def is_empty(self) -> bool:
        return not any(stage.planned or stage.actual for stage in self.stages)

    def finding(self) -> str:
        most = max(self.stages, key=lambda stage: stage.actual)
        if most.actual <= 0:
            return f"{words.money(sum(s.planned for s in self.stages))} planned, nothing spent yet"
        whole = sum(max(stage.actual, 0) for stage in self.stages)
        name, share = words.clean(most.name, 60), words.percent(most.actual / whole)
        what = f"Work now in the stage “{name}”" if self.current else name
        return f"{what} accounts for {share} of all spending"

    def numbers(self) -> str:
        planned, actual = sum(s.planned for s in self.stages), sum(s.actual for s in self.stages)
        if not self.unplanned_records:
            return f"{words.money(actual)} spent of {words.money(planned)} planned."
        records = words.plural(self.unplanned_records, "record")
        return (
            f"{words.money(planned)} planned and {words.money(actual)} spent, {words.money(self.unplanned)} of it"
            f" on {records} without a budget."
        )

    def table(self) -> Table:
        rows = [(words.clean(s.name), Dollars(s.planned / 100), Dollars(s.actual / 100)) for s in self.stages]
        return Table(("Stage", "Planned", "Actual"), list(rows))
