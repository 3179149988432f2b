"""How many points each reviewer tends to give above or below the panel. Meant for the coordinator and that reviewer."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Table


@dataclass(frozen=True)
class SeverityRow:
    """One reviewer: points given above (+) or below (−) the panel for the same proposals, with 95 % interval."""

    label: str
    effect: float
    low: float | None
    high: float | None
    reviews: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends, the lower first; None unless both are known."""
        ends = [end for end in (words.finite(self.low), words.finite(self.high)) if end is not None]
        return (min(ends), max(ends)) if len(ends) == 2 else None

    @property
    def clear(self) -> bool:
        """True when the interval lies wholly on one side of zero."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)


@dataclass(frozen=True, kw_only=True)
class ReviewerSeverity(Chart):
    """Reviewers in the order given; order them by name, for this is no league table.

    `own` is the label of the reviewer who looks. With `lower_is_better` more points are the stricter ones.
    """

    EMPTY: ClassVar[str] = "Too few reviews to compare reviewers"

    rows: tuple[SeverityRow, ...]
    own: str = ""
    lower_is_better: bool = False

    @cached_property
    def known(self) -> tuple[SeverityRow, ...]:
        return tuple(row for row in self.rows if words.finite(row.effect) is not None)

    @property
    def is_empty(self) -> bool:
        return not self.known

    @property
    def ends(self) -> tuple[str, str]:
        """What fewer and what more points than the panel mean."""
        return ("kinder", "stricter") if self.lower_is_better else ("stricter", "kinder")

    def finding(self) -> str:
        own = self._own
        if own is not None:
            if not own.clear:
                return "You give about the same points as the rest of the panel"
            more = "more" if own.effect > 0 else "less"
            return f"You tend to give {words.number(abs(round(own.effect, 2)))} points {more} than the rest of the panel"
        clear = sum(row.clear for row in self.known)
        if not clear:
            return "No reviewer gives clearly more or fewer points than the rest of the panel"
        gives = "gives" if clear == 1 else "give"
        return (
            f"{words.count(clear)} of {words.plural(len(self.known), 'reviewer')} {gives}"
            " clearly more or fewer points than the rest of the panel"
        )

    def numbers(self) -> str:
        own = self._own
        if own is not None:
            text = f"Difference {words.signed(own.effect)} points"
            if own.interval is not None:
                text += f", 95% interval {words.signed(own.interval[0])} to {words.signed(own.interval[1])}"
            return f"{text}, from {words.plural(own.reviews, 'review')}."
        low, high = (pick(row.effect for row in self.known) for pick in (min, max))
        run = f"Differences run from {words.signed(low)} to {words.signed(high)} points"
        return f"{run}; a bar that crosses zero may be chance."

    @property
    def _own(self) -> SeverityRow | None:
        return next((row for row in self.known if self.own and row.label == self.own), None)

    def table(self) -> Table:
        header = (
            "Reviewer",
            "Reviews",
            "Points above or below the panel",
            "95% low",
            "95% high",
            "Clear difference",
        )
        return Table(
            header,
            [
                (
                    words.clean(row.label), row.reviews, row.effect, words.finite(row.low), words.finite(row.high),
                    "yes" if row.clear else "no",
                )
                for row in self.known
            ],
        )  # fmt: skip
