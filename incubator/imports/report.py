"""What became of every row of a file, and what was assumed on the way."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

MOST_EXAMPLES = 5
_EXAMPLE_CHARACTERS = 160


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not taken in: its spreadsheet row number, why, and its cells as they were."""

    row: int
    reason: str
    raw: dict[str, str]


@dataclass(frozen=True, slots=True)
class Example:
    """One place where a warning applies; row 0 is the file as a whole."""

    row: int
    column: str
    text: str


@dataclass(slots=True)
class Warnings:
    """Warnings of one kind: how many cells or rows, and the first few of them."""

    count: int = 0
    examples: list[Example] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Two rows that may be one: their places (row numbers or other references), why, and how alike, 0–1."""

    first: str
    second: str
    reason: str
    similarity: float


@dataclass(slots=True)
class Report:
    """The account of one file: `rows_read` = `rows_ready` + len(`refused`), always.

    `blank_rows` and `preamble` (rows above the header) hold the rest of the file's rows. `dropped` counts, for
    each contact column, the filled cells that were not kept. `stages` counts ready rows, "" where no stage is known.
    `date_columns` say which of day and month comes first (see `date_order.DateColumn`).
    """

    file: str
    sha256: str
    kind: str
    encoding: str
    sheet: str
    profile: str
    header_row: int
    rows_read: int = 0
    rows_ready: int = 0
    refused: list[Refused] = field(default_factory=list)
    warnings: dict[str, Warnings] = field(default_factory=dict)
    stages: dict[str, int] = field(default_factory=dict)
    mapped: dict[str, list[str]] = field(default_factory=dict)
    unmapped: list[str] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    blank_rows: list[int] = field(default_factory=list)
    preamble: list[tuple[int, list[str]]] = field(default_factory=list)
    duplicates: list[Duplicates] = field(default_factory=list)
    date_columns: list[dict[str, object]] = field(default_factory=list)

    def warn(self, kind: str, row: int = 0, column: str = "", text: str = "", count: int = 1) -> None:
        """Count a warning and keep the first few as examples."""
        found = self.warnings.setdefault(kind, Warnings())
        found.count += count
        if len(found.examples) < MOST_EXAMPLES:
            found.examples.append(Example(row, column, text[:_EXAMPLE_CHARACTERS]))

    def refuse(self, row: int, reason: str, raw: dict[str, str]) -> None:
        """Account for a row that is not taken in."""
        self.refused.append(Refused(row, reason, raw))

    def unaccounted(self, ready_rows: Iterable[int], source_rows: Iterable[int]) -> set[int]:
        """Rows of the file that are neither ready nor refused (or are both): empty when nothing was lost."""
        ready, refused = set(ready_rows), {one.row for one in self.refused}
        return (set(source_rows) - ready - refused) | (ready & refused)

    def to_dict(self) -> dict[str, object]:
        """As plain data for JSON."""
        return asdict(self)

    def to_json(self) -> str:
        """As JSON text."""
        return json.dumps(self.to_dict(), ensure_ascii=False)
