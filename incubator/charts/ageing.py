"""How long each piece of open work has been in its stage, against what is usual there.

Whether a decision is overdue goes by the day of each record and is not said here."""

from dataclasses import dataclass
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Table


@dataclass(frozen=True)
class AgeingItem:
    """One open piece of work by its short number, with its days in the stage so far."""

    label: str
    days: float


@dataclass(frozen=True)
class AgeingStage:
    """A stage with its items and usual stays in days: the 50, 85 and 95 % points of past work, or the policy limit."""

    name: str
    items: tuple[AgeingItem, ...]
    policy: float | None = None
    quantiles: tuple[float | None, float | None, float | None] | None = None

    @property
    def old(self) -> float | None:
        """Days beyond which an item is old: the 85 % point, else the policy limit."""
        usual = words.finite(self.quantiles[1]) if self.quantiles else None
        return usual if usual is not None else words.finite(self.policy)

    @property
    def known(self) -> tuple[tuple[str, float], ...]:
        """Label and days of the usable items, the oldest first."""
        found = [(words.clean(i.label, 40), d) for i in self.items if (d := words.finite(i.days)) is not None]
        return tuple(sorted(found, key=lambda pair: (-pair[1], pair[0])))

    @property
    def overdue(self) -> tuple[tuple[str, float], ...]:
        limit = self.old
        return () if limit is None else tuple(pair for pair in self.known if pair[1] > limit)


@dataclass(frozen=True, kw_only=True)
class Ageing(Chart):
    """Stages in their order."""

    VERSION: ClassVar[int] = 3
    EMPTY: ClassVar[str] = "Nothing is waiting in any stage"

    stages: tuple[AgeingStage, ...]
    noun: str = "pilot"

    @property
    def is_empty(self) -> bool:
        return not any(stage.known for stage in self.stages)

    def finding(self) -> str:
        late = sum(len(stage.overdue) for stage in self.stages)
        everything = sum(len(stage.known) for stage in self.stages)
        if all(stage.old is None for stage in self.stages):
            in_all = words.plural(everything, self.noun)
            return f"{in_all} in a stage; too few have ended to say how long is usual"
        if not late:
            return f"None of {words.plural(everything, self.noun)} has been in its stage longer than usual"
        have = "has" if late == 1 else "have"
        return f"{words.count(late)} of {words.plural(everything, self.noun)} {have} been in the stage longer than usual"

    def numbers(self) -> str:
        days, label, stage = max((d, label, stage.name) for stage in self.stages for label, d in stage.known)
        return f"Longest: {label}, {words.plural(round(days), 'day')} in {words.clean(stage, 60)}."

    def table(self) -> Table:
        header = ("Stage", "Item", "Days in stage", "Usual at most, in days", "Longer than usual")
        rows = [
            (
                words.clean(stage.name),
                label,
                days,
                stage.old,
                "yes" if (label, days) in stage.overdue else "no",
            )
            for stage in self.stages
            for label, days in stage.known
        ]
        return Table(header, list(rows))
