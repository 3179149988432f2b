"""When reviews were handed in, counted from the day they were due."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Table


@dataclass(frozen=True, kw_only=True)
class ReviewTimeliness(Chart):
    """`steps` are days from the due day (negative: before) with the share of all `n` reviews handed in by then.

    `at_due` is that share at the end of the due day, None while it has not passed. `n` counts every review
    asked for, `open_reviews` those of them not handed in.
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
        return self.n < 1 or not any(share > 0 for _, share in self.known)

    def finding(self) -> str:
        share, asked = self.share_at_due, words.plural(self.n, "review")
        if share is None:
            done = max(self.n - self.open_reviews, 0)
            if done >= self.n:
                return f"{_all(self.n)} in before the due day has passed"
            return f"{words.count(done)} of {asked} handed in so far"
        in_time = _part(share, self.n)
        if in_time >= self.n:
            return f"{_all(self.n)} handed in by the due day"
        if in_time == 0:
            return f"None of {asked} was handed in by the due day"
        were = "was" if in_time == 1 else "were"
        return f"{words.count(in_time)} of {asked} {were} handed in by the due day"

    def numbers(self) -> str:
        share = self.share_at_due
        parts = [] if share is None else [f"{words.percent(share)} by the due day"]
        still = words.plural(self.open_reviews, "review") if self.open_reviews > 0 else "no review"
        parts.append(f"{still} still open")
        last = max(day for day, share in self.known if share > 0)
        parts.append(f"the latest came {_when(last)}")
        text = "; ".join(parts)
        return f"{text[0].upper()}{text[1:]}."

    def table(self) -> Table:
        return Table(
            ("Days from the due day", "Share handed in", "Reviews handed in"),
            [(day, share, _part(share, self.n)) for day, share in self.known],
        )


def _all(n: int) -> str:
    return "The one review was" if n == 1 else f"All {words.count(n)} reviews were"


def _part(share: float, n: int) -> int:
    return round(share * n) if words.finite(n) is not None else n if share == 1 else 0


def _when(day: int) -> str:
    if day == 0:
        return "on the due day"
    return f"{words.plural(abs(day), 'day')} {'after' if day > 0 else 'before'} it was due"
