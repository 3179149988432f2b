"""Performance measures as governments publish them with a budget: each row one measure, period and edition.

The figures are written for readers, not for machines: "1,234", "98%", "3.2M", "8 Weeks", "354 (calendar year)",
"N/A%". What is clear is read, what is not is kept as it is written, and every row is counted once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from incubator.imports.measure_figures import Figure, Guess, Kind, guess, read_figure
from incubator.imports.problems import ImportProblem
from incubator.imports.tables import Table, read_table

COLUMNS = ("edition", "department", "program", "measure", "period_label", "value")
_EDITION = re.compile(r"fy([0-9]{2})[ _](adopted|recommended)", re.IGNORECASE)
_PERIOD = re.compile(r"FY([0-9]{2}) (Actual|Target)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, order=True)
class Edition:
    """A published budget; later years rank higher, and adopted above recommended."""

    year: int
    adopted: bool

    @property
    def label(self) -> str:
        return f"FY{self.year % 100:02} {'adopted' if self.adopted else 'recommended'}"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the file that has its place: of a measure, for a fiscal year, in an edition."""

    row: int
    edition: Edition
    year: int
    is_target: bool
    figure: Figure

    @property
    def ends_on(self) -> date:
        """The last day of the fiscal year, June 30."""
        return date(self.year, 6, 30)

    @property
    def period(self) -> str:
        return f"FY{self.year % 100:02}"


@dataclass(frozen=True, slots=True)
class Difference:
    """A period for which editions disagree: the value that stands, and the others with their edition."""

    measure: str
    period: str
    is_target: bool
    stands: str
    others: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Measure:
    """A measure of a program over all editions. `key` knows it again in the next file."""

    key: str
    name: str
    guess: Guess
    entries: tuple[Entry, ...]

    def actuals(self) -> list[Entry]:
        """One for each year with a value: from the latest edition that has one."""
        return _standing(entry for entry in self.entries if not entry.is_target)

    def targets(self) -> list[Entry]:
        """Every edition's target that is written, newest year first, adopted before recommended."""
        written: dict[tuple[int, Edition], Entry] = {}
        for entry in self.entries:
            if entry.is_target and entry.figure.kind is not Kind.BLANK:
                written[entry.year, entry.edition] = entry
        return [written[key] for key in sorted(written, reverse=True)]

    def target(self) -> Entry | None:
        """The one to hold the latest value against: that of its own year, else the newest."""
        standing = {entry.year: entry for entry in _standing(e for e in self.entries if e.is_target)}
        actuals = self.actuals()
        if actuals and actuals[-1].year in standing:
            return standing[actuals[-1].year]
        return standing[max(standing)] if standing else None

    def differences(self) -> list[Difference]:
        found = []
        groups: dict[tuple[int, bool], list[Entry]] = {}
        for entry in self.entries:
            if entry.figure.value is not None:
                groups.setdefault((entry.year, entry.is_target), []).append(entry)
        for (_year, is_target), entries in sorted(groups.items()):
            if len({entry.figure.value for entry in entries}) > 1:
                first, *rest = sorted(entries, key=lambda entry: entry.edition, reverse=True)
                others = tuple(
                    (entry.edition.label, entry.figure.written)
                    for entry in rest
                    if entry.figure.value != first.figure.value
                )
                found.append(Difference(self.name, first.period, is_target, first.figure.written, others))
        return found


@dataclass(frozen=True)
class Program:
    """A program of a department: the record its measures belong to, named as its latest edition names it."""

    key: str
    department: str
    name: str
    row: int
    measures: tuple[Measure, ...]


@dataclass(frozen=True)
class MeasureReport:
    """Where every row went: `read` by kind of figure, `refused` with the reason, `repeated` rows that say a
    thing again for the same edition; they are among those read. `unclear` and `noticed` name rows."""

    file: str
    sha256: str
    rows: int
    read: Counter[Kind]
    refused: tuple[tuple[int, str], ...]
    repeated: int
    unclear: tuple[tuple[int, str, str], ...]
    own_units: tuple[tuple[int, str, str], ...]
    noticed: tuple[str, ...]
    editions: tuple[str, ...]
    differences: tuple[Difference, ...]
    without_direction: int
    guessed: int


@dataclass(frozen=True)
class SourceRow:
    """A row of the file as it stands: the program it belongs to and what its figure is, or why it was refused."""

    number: int
    cells: tuple[str, ...]
    program: str
    kind: Kind | None
    reason: str


@dataclass(frozen=True)
class Measures:
    """`columns` are the file's headers and `rows` all of its rows, in order."""

    programs: tuple[Program, ...]
    report: MeasureReport
    columns: tuple[str, ...]
    rows: tuple[SourceRow, ...]


@dataclass
class _Building:
    names: dict[tuple[str, ...], tuple[Edition, str, str, str]] = field(default_factory=dict)
    rows: dict[tuple[str, str], int] = field(default_factory=dict)
    entries: dict[tuple[str, ...], list[Entry]] = field(default_factory=dict)


def read_measures(path: Path) -> Measures:
    """Read a file of measures. Raises `ImportProblem` when a column is missing or it is no table."""
    return understand(read_table(path))


def understand(table: Table) -> Measures:
    missing = [column for column in COLUMNS if column not in table.headers]
    if missing:
        raise ImportProblem("The file has no column “%(column)s”.", column=missing[0])
    building = _Building()
    refused: list[tuple[int, str]] = []
    read: Counter[Kind] = Counter()
    rows = []
    for row in table.rows:
        problem = _take(building, row.number, row.cells, read)
        if problem:
            refused.append((row.number, problem))
        rows.append(
            SourceRow(
                row.number,
                tuple(row.cells[header] for header in table.headers),
                "" if problem else f"{plain(row.cells['department'])} / {plain(row.cells['program'])}",
                None if problem else read_figure(row.cells["value"]).kind,
                problem,
            )
        )
    programs = _programs(building)
    measures = [measure for program in programs for measure in program.measures]
    entries = [(measure, entry) for measure in measures for entry in measure.entries]
    return Measures(
        programs,
        MeasureReport(
            file=table.name,
            sha256=table.sha256,
            rows=len(table.rows),
            read=read,
            refused=tuple(refused),
            repeated=sum(_repeats(measure.entries) for measure in measures),
            unclear=_named(entries, Kind.UNCLEAR, Kind.MISSING),
            own_units=_named(entries, Kind.OWN_UNIT, Kind.MILLIONS, Kind.REMARK),
            noticed=tuple(_noticed(measures)),
            editions=tuple(
                edition.label for edition in sorted({entry.edition for _m, entry in entries}, reverse=True)
            ),
            differences=tuple(one for measure in measures for one in measure.differences()),
            without_direction=sum(measure.guess.direction is None for measure in measures),
            guessed=sum(measure.guess.direction is not None for measure in measures),
        ),
        table.headers,
        tuple(rows),
    )


def _take(building: _Building, number: int, cells: dict[str, str], read: Counter[Kind]) -> str:
    """Put a row in its place; why it has none, or nothing."""
    department, program, measure = (
        " ".join(cells[name].split()) for name in ("department", "program", "measure")
    )
    if not (department and program and measure):
        return "The department, the program or the measure is not named."
    edition, period = (
        _EDITION.fullmatch(cells["edition"].strip()),
        _PERIOD.fullmatch(cells["period_label"].strip()),
    )
    if edition is None:
        return f"The edition “{cells['edition'][:60]}” is not known."
    if period is None:
        return f"The period “{cells['period_label'][:60]}” is not known."
    issued = Edition(2000 + int(edition[1]), edition[2].lower() == "adopted")
    figure = read_figure(cells["value"])
    read[figure.kind] += 1
    key = (plain(department), plain(program), plain(measure))
    known = building.names.get(key)
    if known is None or known[0] <= issued:
        building.names[key] = (issued, department, program, measure)
    building.rows.setdefault(key[:2], number)
    building.entries.setdefault(key, []).append(
        Entry(number, issued, 2000 + int(period[1]), period[2].lower() == "target", figure)
    )
    return ""


def plain(name: str) -> str:
    """A name without the differences between editions: "&" for "and", capitals, spaces."""
    return " ".join(name.replace("&", " and ").casefold().split())


def _programs(building: _Building) -> tuple[Program, ...]:
    made: dict[tuple[str, str], list[tuple[str, ...]]] = {}
    for key in building.entries:
        made.setdefault((key[0], key[1]), []).append(key)
    departments = {
        key[0]: known for key, known in sorted(building.names.items(), key=lambda item: item[1][0])
    }
    programs = []
    for place, keys in made.items():
        name = max((building.names[key] for key in keys), key=lambda known: known[0])[2]
        department = departments[place[0]][1]
        measures = tuple(_measure(key[2], building.names[key][3], building.entries[key]) for key in keys)
        programs.append(Program(" / ".join(place), department, name, building.rows[place], measures))
    return tuple(programs)


def _measure(key: str, name: str, entries: Sequence[Entry]) -> Measure:
    """The measure in one unit. A figure in another one, or in millions where others are not, keeps its words
    and loses its value: which of the two is meant, the file does not say."""
    guessed = guess(name, [entry.figure for entry in entries])
    mixed = {Kind.MILLIONS, Kind.NUMBER} <= {entry.figure.kind for entry in entries}

    def settled(entry: Entry) -> Entry:
        figure = entry.figure
        foreign = figure.kind is Kind.OWN_UNIT and figure.unit != guessed.unit
        if foreign or (mixed and figure.kind is Kind.MILLIONS):
            return replace(entry, figure=replace(figure, value=None))
        return entry

    return Measure(key, name, guessed, tuple(map(settled, entries)))


def _standing(entries: Iterable[Entry]) -> list[Entry]:
    """For each year the entry with a value of the latest edition; within one the later row. Oldest year first."""
    best: dict[int, Entry] = {}
    for entry in entries:
        if entry.figure.value is None:
            continue
        known = best.get(entry.year)
        if known is None or (known.edition, known.row) < (entry.edition, entry.row):
            best[entry.year] = entry
    return [best[year] for year in sorted(best)]


def _repeats(entries: Sequence[Entry]) -> int:
    return len(entries) - len({(entry.edition, entry.year, entry.is_target) for entry in entries})


def _named(entries: Iterable[tuple[Measure, Entry]], *kinds: Kind) -> tuple[tuple[int, str, str], ...]:
    return tuple(
        sorted(
            (entry.row, measure.name, entry.figure.written)
            for measure, entry in entries
            if entry.figure.kind in kinds
        )
    )


def _noticed(measures: Iterable[Measure]) -> Iterable[str]:
    """Measures whose figures are written in two ways, so that they may not mean the same."""
    for measure in measures:
        kinds = {entry.figure.kind for entry in measure.entries}
        if {Kind.MILLIONS, Kind.NUMBER} <= kinds:
            yield f"“{measure.name}” is written in millions in one place and plainly in another."
        if {Kind.SHARE, Kind.NUMBER} <= kinds:
            yield f"“{measure.name}” is written with % in one place and without in another."
