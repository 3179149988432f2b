"""Whether a column writes the month or the day first, decided from all its cells."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from incubator.imports.mapping import Mapping
from incubator.imports.tables import Table

NUMERIC = re.compile(r"\s*([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})((?:[T ,].*)?)", re.DOTALL)
# So many cells to one decide against it; the one is then kept as text and told.
_CLEARLY = 10


class Order(StrEnum):
    """Which comes first in "3/4/2025"."""

    MONTH_FIRST = "mdy"
    DAY_FIRST = "dmy"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the cells of a column say: how many can only be read one way, and how many both ways.

    `order` is None when there is something to decide and nothing decides it. `example` is a cell that decided, or
    one that can be read both ways.
    """

    order: Order | None
    month_first: int = 0
    day_first: int = 0
    either: int = 0
    example: str = ""

    @property
    def matters(self) -> bool:
        """Whether any cell depends on the order."""
        return bool(self.month_first or self.day_first or self.either)


def evidence(cells: Iterable[str]) -> Evidence:
    """The order of a column's dates. Days above 12 decide; a column in which both stand is not decided."""
    month_first = day_first = either = 0
    examples: dict[str, str] = {}
    for cell in cells:
        match = NUMERIC.fullmatch(cell) if len(cell) < 60 else None
        if match is None:
            continue
        first, second = int(match[1]), int(match[3])
        if first == second:
            continue
        if first > 12 >= second:
            day_first += 1
            examples.setdefault("dmy", cell.strip())
        elif second > 12 >= first:
            month_first += 1
            examples.setdefault("mdy", cell.strip())
        elif max(first, second) <= 12:
            either += 1
            examples.setdefault("either", cell.strip())
    order: Order | None = None
    if month_first > _CLEARLY * day_first or not (month_first or day_first or either):
        order = Order.MONTH_FIRST
    elif day_first > _CLEARLY * month_first:
        order = Order.DAY_FIRST
    example = examples.get(order.value if order else "either", "") or examples.get("dmy", "")
    return Evidence(order, month_first, day_first, either, example)


def in_order(text: str, order: Order) -> str:
    """A date in figures with its month first, as the rest of the application reads it; other text unchanged."""
    match = NUMERIC.fullmatch(text) if order is Order.DAY_FIRST else None
    return f"{match[3]}{match[2]}{match[1]}{match[2]}{match[4]}{match[5]}" if match else text


@dataclass(frozen=True, slots=True)
class DateColumn:
    """A date column whose cells depend on the order: `order` as it is used, "" until somebody is asked.

    `by_person` says that it was chosen and not found.
    """

    header: str
    order: str
    by_person: bool
    month_first: int
    day_first: int
    either: int
    example: str


def date_columns(table: Table, mapping: Mapping) -> list[DateColumn]:
    """The mapped date columns in which the order of day and month matters."""
    found = []
    for header in mapping.dates.values():
        seen = evidence(row.cells[header] for row in table.rows if header not in row.dated)
        chosen = mapping.date_orders.get(header, "")
        if seen.matters:
            order = chosen or (seen.order.value if seen.order else "")
            found.append(
                DateColumn(
                    header, order, bool(chosen), seen.month_first, seen.day_first, seen.either, seen.example
                )
            )
    return found


def undecided_dates(table: Table, mapping: Mapping) -> list[str]:
    """The date columns about whose order a person has to be asked."""
    return [column.header for column in date_columns(table, mapping) if not column.order]
