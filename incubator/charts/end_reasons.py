"""Why work ended, with counts and shares."""

from dataclasses import dataclass
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Table


@dataclass(frozen=True)
class EndReason:
    """A reason in words and how many ended for it; `success` for goals met and the like, `recorded` False for those
    of which nobody knows."""

    reason: str
    count: int
    success: bool = False
    recorded: bool = True


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
        known = [r for r in self.ranked if r.recorded]
        if not known:
            return f"{words.plural(self.total, self.noun)} ended, no reason is recorded"
        tied = [r for r in known if r.count == known[0].count]
        ended = words.plural(sum(r.count for r in known), self.noun)
        if len(known) < len(self.ranked):
            ended += " with a recorded reason"
        if len(tied) > 3:
            return f"No single reason stands out among {ended}"
        names = words.listed(words.clean(r.reason, 40).lower() for r in tied)
        lead = "Most common reason for ending" if len(tied) == 1 else "Most common reasons for ending"
        return (
            f"{lead}: {names} ({words.count(known[0].count)} of {ended}{', each' if len(tied) > 1 else ''})"
        )

    def numbers(self) -> str:
        good = sum(r.count for r in self.ranked if r.success)
        said = f"{words.plural(self.total, self.noun)} ended, {words.count(good)} of them as a success"
        unknown = sum(r.count for r in self.ranked if not r.recorded)
        return f"{said}; no reason recorded for {words.count(unknown)}." if unknown else f"{said}."

    def table(self) -> Table:
        rows = [(words.clean(r.reason), r.count, words.in_percent(r.count / self.total)) for r in self.ranked]
        return Table(("Reason", "Count", "Share, %"), list(rows))
