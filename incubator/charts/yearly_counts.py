"""How many ideas or projects each year, with a mark where the number needs a caveat."""

from dataclasses import dataclass
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Table


@dataclass(frozen=True)
class YearCount:
    """A year and its number; `note` says what is wrong or special about it. None: not known."""

    year: int
    count: int | None
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class YearlyCounts(Chart):
    """Columns in year order; years without an entry between the first and the last stay empty."""

    EMPTY: ClassVar[str] = "No years to show yet"

    years: tuple[YearCount, ...]
    noun: str = "idea"

    @property
    def ordered(self) -> tuple[YearCount, ...]:
        return tuple(sorted(self.years, key=lambda year: year.year))

    @property
    def known(self) -> tuple[tuple[int, int], ...]:
        """Year and number where the number is known (and no larger than a float)."""
        return tuple(
            (y.year, y.count)
            for y in self.ordered
            if y.count is not None and words.finite(y.count) is not None
        )

    @property
    def is_empty(self) -> bool:
        return not self.known

    def finding(self) -> str:
        year, most = max(self.known, key=lambda pair: pair[1])
        last_year, last = self.known[-1]
        if len(self.known) == 1:
            return f"{words.plural(most, self.noun)} in {year}"
        if last_year == year:
            return f"{year} brought the most {self.noun}s so far: {words.count(most)}"
        return (
            f"{words.plural(last, self.noun)} in {last_year}, after a high of {words.count(most)} in {year}"
        )

    def numbers(self) -> str:
        total = sum(count for _, count in self.known)
        noted = [y for y in self.ordered if y.note]
        text = f"{words.plural(total, self.noun)} in {words.plural(len(self.known), 'year')}"
        return text + (f"; {words.plural(len(noted), 'year')} with a caveat." if noted else ".")

    def table(self) -> Table:
        return Table(
            ("Year", "Count", "Note"), [(y.year, y.count, words.clean(y.note) or None) for y in self.ordered]
        )
