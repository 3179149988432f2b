"""When reviews were handed in, counted from the day they were due."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Cell, Chart, Table


@dataclass(frozen=True, kw_only=True)
class ReviewTimeliness(Chart):
    """`steps` are days from the due day (negative: before) with the share of reviews handed in by then.

    Shares may be estimates that count open reviews as "not yet" (Kaplan-Meier), so they are turned into counts
    only when nothing is open. `at_due` is the share at the end of the due day, None while no review has got that
    far. `n` counts every review asked for, `open_reviews` those of them not handed in.
    """

    EMPTY: ClassVar[str] = "No reviews handed in yet"

    steps: tuple[tuple[int, float], ...]
    at_due: float | None
    n: int
    open_reviews: int

    @cached_property
    def known(self) -> tuple[tuple[int, float], ...]:
        """The steps in time order, shares within 0 and 1."""
        found = [
            (day, min(max(share, 0.0), 1.0))
            for day, value in self.steps
            if (share := words.finite(value)) is not None and words.finite(day) is not None
        ]
        return tuple(sorted(found))

    @property
    def share_at_due(self) -> float | None:
        known = words.finite(self.at_due)
        return None if known is None else min(max(known, 0.0), 1.0)

    @property
    def is_empty(self) -> bool:
        return words.finite(self.n) is None or self.n < 1 or not any(share > 0 for _, share in self.known)

    @property
    def done(self) -> int:
        """How many reviews are handed in."""
        return min(max(self.n - self.open_reviews, 0), self.n)

    def finding(self) -> str:
        share, asked = self.share_at_due, words.plural(self.n, "review")
        if share is None:
            if self.done == self.n:
                return f"{_all(self.n)} handed in before the due day has passed"
            return f"{words.count(self.done)} of {asked} handed in so far"
        if share == 0:
            return f"None of {asked} handed in by the due day"
        if self.done < self.n:
            return f"About {words.percent(share)} of {asked} handed in by the due day"
        if share == 1:
            return f"{_all(self.n)} handed in by the due day"
        return f"{words.count(round(share * self.n))} of {asked} handed in by the due day"

    def numbers(self) -> str:
        share = self.share_at_due
        some = f"{words.count(self.done)} of {words.plural(self.n, 'review')}"
        parts = [f"{_all(self.n) if self.done == self.n else some} handed in"]
        if share is not None:
            parts.append(f"{words.percent(share)} by the due day")
        last = max(day for day, part in self.known if part > 0)
        parts.append(f"the latest came {_when(last)}")
        return "; ".join(parts) + "."

    def table(self) -> Table:
        rows: list[tuple[Cell, ...]] = [(day, words.in_percent(share)) for day, share in self.known]
        return Table(("Days from the due day", "Share handed in, %"), rows)


def _all(n: int) -> str:
    return "The one review" if n == 1 else f"All {words.count(n)} reviews"


def _when(day: int) -> str:
    if day == 0:
        return "on the due day"
    return f"{words.plural(abs(day), 'day')} {'after' if day > 0 else 'before'} it was due"
