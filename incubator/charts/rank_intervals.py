"""Where each proposal could stand in the ranking, and which ones the line cannot tell apart."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal

from incubator.charts import words
from incubator.charts.chart import Chart, Table

Band = Literal["accept", "too_close", "decline"]

BANDS: dict[str, str] = {
    "accept": "Clearly above the line",
    "too_close": "Too close to call",
    "decline": "Clearly below the line",
}


@dataclass(frozen=True)
class RankRow:
    """One proposal: expected rank, the ends of its 90 % rank interval (1 is best), and how it lies to the line."""

    label: str
    expected: float
    low: float | None
    high: float | None
    band: Band | None = None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends, the better rank first; None unless both are known."""
        ends = [end for end in (words.finite(self.low), words.finite(self.high)) if end is not None]
        return (min(ends), max(ends)) if len(ends) == 2 else None


@dataclass(frozen=True, kw_only=True)
class RankIntervals(Chart):
    """Ranks drawn from the uncertainty of the scores (Heyard, Ott, Salanti & Egger 2022).

    `line` is the provisional line as a rank: the expected rank of the last proposal there is room for.
    `places` says how many there is room for. Rows whose expected rank is no number are left out.
    """

    EMPTY: ClassVar[str] = "No ranking yet"

    rows: tuple[RankRow, ...]
    line: float | None = None
    places: int | None = None

    @cached_property
    def known(self) -> tuple[RankRow, ...]:
        """The rows that can be drawn, the best expected rank first, equal ones as given."""
        return tuple(
            sorted((row for row in self.rows if words.finite(row.expected) is not None), key=_expected)
        )

    @property
    def is_empty(self) -> bool:
        return not self.known

    def in_band(self, band: str) -> int:
        """How many proposals lie so to the line."""
        return sum(row.band == band for row in self.known)

    def finding(self) -> str:
        if words.finite(self.line) is not None and any(row.band for row in self.known):
            return self._around_the_line()
        first = [row for row in self.known if row.expected == self.known[0].expected]
        if len(first) > 1:
            return f"{words.plural(len(first), 'proposal')} of {len(self.known)} share the first rank"
        name, interval = words.clean(first[0].label, 100), first[0].interval
        if len(self.known) == 1 or interval is None:
            return f"{name} ranks first of {words.plural(len(self.known), 'proposal')}"
        return f"{name} ranks first of {len(self.known)} proposals, {_ranks(*interval)}"

    def _around_the_line(self) -> str:
        above, close, below = (self.in_band(band) for band in BANDS)
        if not close:
            return f"The line is clear: {words.count(above)} above it, {words.count(below)} below it, none too close to call"
        are = "is" if close == 1 else "are"
        rest = f"{words.count(above)} clearly above the line" if above else "none clearly above the line"
        return f"{words.count(close)} of {words.plural(len(self.known), 'proposal')} {are} too close to call; {rest}"

    def numbers(self) -> str:
        line = words.finite(self.line)
        parts = ["Each bar has a 90% chance of holding the proposal's rank"]
        if line is not None:
            room = "" if self.places is None else f" for {words.plural(self.places, 'place')}"
            parts.append(f"the line{room} lies at rank {words.tenths(line)}")
        wide = [ends[1] - ends[0] for row in self.known if (ends := row.interval)]
        if wide and (widest := words.finite(max(wide))) is not None:
            parts.append(f"the widest bar spans {words.tenths(widest)} ranks")
        return "; ".join(parts) + "."

    def table(self) -> Table:
        header = ("Proposal", "Expected rank", "Interval low", "Interval high", "To the line")
        return Table(
            header,
            [
                (
                    words.clean(row.label), row.expected, words.finite(row.low), words.finite(row.high),
                    BANDS[row.band] if row.band else None,
                )
                for row in self.known
            ],
        )  # fmt: skip


def _expected(row: RankRow) -> float:
    return row.expected


def _ranks(low: float, high: float) -> str:
    """'likely between 1 and 3' for the whole ranks an interval touches."""
    ends = (words.number(round(low)), words.number(round(high)))
    return f"likely at rank {ends[0]}" if ends[0] == ends[1] else f"likely between {ends[0]} and {ends[1]}"
