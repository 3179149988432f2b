"""Why work ended, with counts and shares."""

from dataclasses import dataclass
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Table


@dataclass(frozen=True)
class EndReason:
    """A reason in words and how many ended for it; `success` for goals met and the like."""

    reason: str
    count: int
    success: bool = False


@dataclass(frozen=True, kw_only=True)
class EndReasons(Chart):
    """Drawn with the most frequent first."""

    EMPTY: ClassVar[str] = "Nothing has ended yet"

    reasons: tuple[EndReason, ...]
    noun: str = "project"

    @property
    def ranked(self) -> tuple[EndReason, ...]:
        found = [reason for reason in self.reasons if reason.count > 0]
        return tuple(sorted(found, key=lambda r: (-r.count, r.reason)))

    @property
    def total(self) -> int:
        return sum(reason.count for reason in self.ranked)

    @property
    def is_empty(self) -> bool:
        return not self.ranked

    def finding(self) -> str:
        first = self.ranked[0]
        tied = [r for r in self.ranked if r.count == first.count]
        names = words.listed(words.clean(r.reason, 40).lower() for r in tied[:3])
        share = f"{words.count(first.count)} of {words.plural(self.total, self.noun)}"
        if len(tied) > 3:
            return f"No single reason dominates the ends of {words.plural(self.total, self.noun)}"
        return f"Most often work ended for {names}: {share}{' each' if len(tied) > 1 else ''}"

    def numbers(self) -> str:
        good = sum(r.count for r in self.ranked if r.success)
        return f"{words.plural(self.total, self.noun)} ended, {words.count(good)} of them as a success."

    def table(self) -> Table:
        rows = [(words.clean(r.reason), r.count, r.count / self.total) for r in self.ranked]
        return Table(("Reason", "Count", "Share"), list(rows))
