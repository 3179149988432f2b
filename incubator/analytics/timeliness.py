"""When reviews come in, counted from the day they are due."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from incubator.analytics.flow import kaplan_meier


@dataclass(frozen=True)
class Due:
    """A review that was asked for: due on a day, handed in on a day (None: still open)."""

    due_on: date
    handed_in_on: date | None


@dataclass(frozen=True)
class Timeliness:
    """Share of reviews handed in by day relative to the due day (0; negative is early).

    `days` are the days on which one came in, `share` the share in by then; open reviews count as "not yet"
    (Kaplan-Meier), so the last share stays below 1 while the latest ones are open. `on_time` is the share
    in by the due day, None when no review has got that far.
    """

    days: tuple[int, ...]
    share: tuple[float, ...]
    on_time: float | None
    handed_in: int
    still_open: int
    overdue: int


def timeliness(reviews: Iterable[Due], *, today: date) -> Timeliness:
    """Timeliness of reviews as known at the end of `today`.

    What was handed in after today counts as open. Reviews that are open are known to have lasted to today,
    not longer: a review due in three days says nothing about the days after.
    """
    ends: list[tuple[int, bool]] = []
    for review in reviews:
        done = review.handed_in_on is not None and review.handed_in_on <= today
        last = review.handed_in_on if done and review.handed_in_on else today
        ends.append(((last - review.due_on).days, done))
    if not ends:
        return Timeliness((), (), None, 0, 0, 0)
    # Kaplan and Meier count from a start: the earliest day stands for it.
    first = min(day for day, _ in ends)
    curve = kaplan_meier([day - first for day, _ in ends], [done for _, done in ends])
    days = tuple(int(time) + first for time in curve.times)
    share = tuple(1 - left for left in curve.share)
    by_due = [part for day, part in zip(days, share, strict=True) if day <= 0]
    reached = any(day >= 0 for day, _ in ends) or bool(share and share[-1] == 1.0)
    return Timeliness(
        days=days,
        share=share,
        on_time=(by_due[-1] if by_due else 0.0) if reached else None,
        handed_in=sum(done for _, done in ends),
        still_open=sum(not done for _, done in ends),
        overdue=sum(not done and day > 0 for day, done in ends),
    )
