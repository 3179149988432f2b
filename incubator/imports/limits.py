"""How much of a foreign file is read before it is refused."""

from dataclasses import dataclass
from typing import Self

from incubator.imports.problems import ImportProblem


@dataclass(frozen=True, slots=True)
class Limits:
    """Ceilings for one file: bytes as sent, bytes once unpacked, rows (blank ones too) and columns.

    A workbook is read in a process of its own, with at most `memory_bytes` and `seconds`.
    """

    file_bytes: int = 60_000_000
    inflated_bytes: int = 300_000_000
    rows: int = 50_000
    columns: int = 500
    memory_bytes: int = 3_000_000_000
    seconds: float = 120.0

    @classmethod
    def of_megabytes(cls, megabytes: int) -> Self:
        """The usual ceilings for files of at most so many megabytes."""
        return cls(file_bytes=megabytes * 1_000_000)

    def check_bytes(self, size: int) -> None:
        """Raises `ImportProblem` when the file is empty or larger than allowed."""
        if size == 0:
            raise ImportProblem("The file is empty.")
        if size > self.file_bytes:
            raise ImportProblem(
                "The file has %(size)s MB. Files of up to %(limit)s MB can be imported.",
                size=round(size / 1_000_000, 1),
                limit=round(self.file_bytes / 1_000_000),
            )

    def check_rows(self, rows: int) -> None:
        """Raises `ImportProblem` when there are more rows than allowed."""
        if rows > self.rows:
            raise ImportProblem(
                "There is a filled cell in row %(rows)s; at most %(limit)s rows are read. "
                "Clear the cells below the table, or split the file.",
                rows=f"{rows:,}",
                limit=f"{self.rows:,}",
            )

    def check_columns(self, columns: int) -> None:
        """Raises `ImportProblem` when there are more columns than allowed."""
        if columns > self.columns:
            raise ImportProblem(
                "The table is %(columns)s columns wide; at most %(limit)s are read.",
                columns=columns,
                limit=self.columns,
            )
