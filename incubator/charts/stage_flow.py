"""How many entered each stage, are there now, and stopped there."""

from dataclasses import dataclass
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Table


@dataclass(frozen=True)
class Stage:
    """Counts of one stage; `advanced` of those that entered have gone on to the next or a later one."""

    name: str
    entered: int
    here_now: int
    advanced: int
    stopped: int
    goal_met: int = 0
    unknown: int = 0
    returned: int = 0


@dataclass(frozen=True, kw_only=True)
class StageFlow(Chart):
    """Stages in their order; `noun` names one piece of work ('proposal')."""

    VERSION: ClassVar[int] = 3
    EMPTY: ClassVar[str] = "No record is known from its first stage on yet"

    stages: tuple[Stage, ...]
    noun: str = "proposal"

    @property
    def is_empty(self) -> bool:
        return not any(stage.entered > 0 for stage in self.stages)

    def finding(self) -> str:
        first, last = self.stages[0], self.stages[-1]
        if len(self.stages) < 2 or not first.entered:
            return f"{words.plural(sum(stage.here_now for stage in self.stages), self.noun)} in a stage now"
        if last.entered > first.entered:
            return f"{words.plural(last.entered, self.noun)} reached {words.clean(last.name, 40)}"
        reached = f"{words.count(last.entered)} of {words.plural(first.entered, self.noun)}"
        share = f" ({words.percent(last.entered / first.entered)})" if first.entered >= 10 else ""
        return f"{reached} reached {words.clean(last.name, 40)}{share}"

    def numbers(self) -> str:
        most = max(self.stages, key=lambda stage: stage.stopped)
        now = sum(stage.here_now for stage in self.stages)
        stops = (
            f"most stops in {words.clean(most.name, 40)} ({words.count(most.stopped)})"
            if most.stopped
            else "no stops"
        )
        return f"{words.count(now)} in a stage now; {stops}."

    def table(self) -> Table:
        header = (
            "Stage", "Entered", "Here now", "Advanced", "Stopped", "Goal met", "Outcome not recorded", "Paused or went back",
        )  # fmt: skip
        rows = [
            (
                words.clean(s.name), s.entered, s.here_now, s.advanced, s.stopped, s.goal_met, s.unknown, s.returned,
            )
            for s in self.stages
        ]  # fmt: skip
        return Table(header, list(rows))
