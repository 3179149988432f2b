"""Whether agencies are selected more or less often than chance explains, given how few or many they propose."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from incubator.charts import words
from incubator.charts.chart import Chart, Table

Place = Literal["few", "inside", "outside 95%", "outside 99.8%"]

PLACES: dict[Place, str] = {
    "few": "Too few to compare",
    "inside": "Within chance",
    "outside 95%": "Outside the 95% limits",
    "outside 99.8%": "Outside the 99.8% limits",
}


@dataclass(frozen=True)
class FunnelPoint:
    """One agency: proposals, how many were selected, and Wilson's 95 % interval of its share."""

    label: str
    n: int
    selected: int
    low: float | None
    high: float | None

    @property
    def share(self) -> float | None:
        """Selected of all; None without proposals or when the counts make no share."""
        if self.n < 1 or not 0 <= self.selected <= self.n or words.finite(self.n) is None:
            return None
        return self.selected / self.n

    @property
    def interval(self) -> tuple[float, float] | None:
        ends = [_share(end) for end in (self.low, self.high)]
        return None if ends[0] is None or ends[1] is None else (min(ends[0], ends[1]), max(ends[0], ends[1]))


@dataclass(frozen=True)
class FunnelLimit:
    """Shares between which chance keeps an agency with `n` proposals in 95 and in 99.8 % of cases."""

    n: float
    low95: float
    high95: float
    low998: float
    high998: float

    @property
    def known(self) -> bool:
        ends = (self.n, self.low95, self.high95, self.low998, self.high998)
        return all(words.finite(end) is not None for end in ends)

    def towards(self, other: "FunnelLimit", n: float) -> "FunnelLimit":
        """The limits at `n` on the straight lines between two of them."""
        part = (n - self.n) / (other.n - self.n)

        def mixed(one: float, two: float) -> float:
            return one * (1 - part) + two * part

        return FunnelLimit(
            n,
            mixed(self.low95, other.low95),
            mixed(self.high95, other.high95),
            mixed(self.low998, other.low998),
            mixed(self.high998, other.high998),
        )


@dataclass(frozen=True, kw_only=True)
class SelectionFunnel(Chart):
    """`overall` is the share of all proposals selected. Agencies under `enough` proposals are shown, never judged."""

    EMPTY: ClassVar[str] = "No selections yet"

    points: tuple[FunnelPoint, ...]
    overall: float
    limits: tuple[FunnelLimit, ...]
    enough: int = 10

    @cached_property
    def known(self) -> tuple[FunnelPoint, ...]:
        return tuple(point for point in self.points if point.share is not None)

    @cached_property
    def bounds(self) -> tuple[FunnelLimit, ...]:
        """The limits that can be drawn, by rising n, one per n."""
        return tuple({limit.n: limit for limit in sorted(self.limits, key=_n) if limit.known}.values())

    @property
    def is_empty(self) -> bool:
        return not self.known

    def limits_at(self, n: float) -> FunnelLimit | None:
        """The limits for so many proposals, straight between two given ones, those of the nearer end beyond."""
        below = [limit for limit in self.bounds if limit.n <= n]
        above = [limit for limit in self.bounds if limit.n >= n]
        if not below or not above:
            return below[-1] if below else above[0] if above else None
        return below[-1] if below[-1].n == above[0].n else below[-1].towards(above[0], n)

    def place(self, point: FunnelPoint) -> Place:
        """How an agency lies to the limits."""
        if point.n < self.enough:
            return "few"
        limits, share = self.limits_at(point.n), point.share
        if limits is None or share is None or _within(share, limits.low95, limits.high95):
            return "inside"
        return "outside 95%" if _within(share, limits.low998, limits.high998) else "outside 99.8%"

    def above(self, point: FunnelPoint) -> bool:
        return (point.share or 0.0) > self.overall

    @cached_property
    def outside(self) -> tuple[FunnelPoint, ...]:
        return tuple(point for point in self.known if self.place(point).startswith("outside"))

    def finding(self) -> str:
        compared = [point for point in self.known if point.n >= self.enough]
        if not compared:
            return f"No agency has {words.count(self.enough)} proposals yet, too few to compare"
        if not self.outside:
            if len(compared) == 1:
                return f"{words.clean(compared[0].label, 80)} is selected about as often as chance explains"
            return "No agency is selected more or less often than chance explains"
        parts = [part for more in (True, False) if (part := self._named(more))]
        (who, n, way), rest = parts[0], parts[1:]
        sentence = f"{who} {'is' if n == 1 else 'are'} selected {way} often than chance explains"
        return ", ".join([sentence, *(f"{who} {way} often" for who, _, way in rest)])

    def _named(self, more: bool) -> tuple[str, int, str] | None:
        """Who lies above or below the limits, how many they are, and the word for it."""
        names = [words.clean(point.label, 50) for point in self.outside if self.above(point) is more]
        if not names:
            return None
        who = words.listed(names) if len(names) < 3 else f"{len(names)} agencies"
        return who, len(names), "more" if more else "less"

    def numbers(self) -> str:
        n, selected = sum(p.n for p in self.known), sum(p.selected for p in self.known)
        few = sum(self.place(p) == "few" for p in self.known)
        text = f"{words.count(selected)} of {words.plural(n, 'proposal')} selected"
        if words.finite(self.overall) is not None:
            text += f" ({words.percent(self.overall)})"
        if few:
            agencies = words.plural(few, "agency", "agencies")
            text += f"; {agencies} with fewer than {words.count(self.enough)} proposals not compared"
        return text + "."

    def table(self) -> Table:
        return Table(
            ("Agency", "Proposals", "Selected", "Share, %", "95% low, %", "95% high, %", "To the limits"),
            [
                (
                    words.clean(p.label), p.n, p.selected,
                    *(words.in_percent(end) for end in (p.share, *(p.interval or (None, None)))),
                    PLACES[self.place(p)],
                )
                for p in self.known
            ],
        )  # fmt: skip


def _n(limit: FunnelLimit) -> float:
    known = words.finite(limit.n)
    return 0.0 if known is None else known


def _share(value: float | None) -> float | None:
    known = words.finite(value)
    return None if known is None else min(max(known, 0.0), 1.0)


def _within(share: float, low: float, high: float) -> bool:
    return low - 1e-9 <= share <= high + 1e-9
