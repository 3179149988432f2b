"""What an inventory's rows would change: each row against the record that is known by the same key."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.proposal_form import TECHNOLOGIES
from incubator.domain.stages import Origin, Precision, Stage
from incubator.models.agencies import Unit
from incubator.models.gates import Decision
from incubator.models.inventory import ImportBatch, ImportedRow, InventoryIdentity, RowState
from incubator.models.pilots import Pilot
from incubator.models.proposals import DateKind, Proposal, Section, StatedDate

if TYPE_CHECKING:
    from incubator.imports.inventory import InventoryRow

T = TypeVar("T")

# The change of a record that a mapped column leads to, where the two have different names.
_FIELD_CHANGES = {"expected_outcome": "other_outcomes"}

AT_A_TIME = 500
MOST_TITLE = 300
MOST_SUMMARY = 1_000
_AI_PROFILES = ("omb_",)

TAKEN_UP = "The record is worked on here, so the file changed nothing in it."
MERGED = "The record was merged into another, so the file changed nothing in it."
SAID_TWICE = "An earlier row of this file is the same record; this row changed nothing."
CELL = "column: "
"""Begins the name of a change in a cell that is used for nothing, or that says the same or nothing now."""


@dataclass(frozen=True, slots=True)
class Stated:
    """A date as it is kept: what the file says, the day read from it, how precisely, and what was assumed."""

    raw: str
    parsed: date | None
    precision: Precision
    note: str

    def says_the_same(self, other: Stated) -> bool:
        """The same day in another spelling, as the formats of one file have it; or the same text."""
        if self.parsed is not None:
            return (self.parsed, self.precision) == (other.parsed, other.precision)
        return self.raw == other.raw


@dataclass(frozen=True, slots=True)
class Wanted:
    """A row in this application's own terms. `stage` is None where the file gives none that is known."""

    title: str
    summary: str
    unit: str
    technology: str
    uses_ai: bool
    stage: Stage | None
    dates: dict[DateKind, Stated]
    sections: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Standing:
    """The record a row is about, as it stands."""

    id: int
    number: str
    identity_id: int
    digest: str
    title: str
    summary: str
    unit: str
    technology: str
    stage: Stage
    resume_stage: Stage | None
    stage_entered_at: datetime
    taken_up: bool
    merged: bool


@dataclass(slots=True)
class Planned:
    """What one row does. `changes` gives before and after by field; `notes` are said on the row."""

    row: InventoryRow
    wanted: Wanted
    state: RowState
    standing: Standing | None = None
    changes: dict[str, tuple[str, str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def new_stage(self) -> Stage | None:
        """The stage the record moves to, None when it stays."""
        return Stage(self.changes["stage"][1]) if "stage" in self.changes else None


def plan(
    session: Session, rows: Sequence[InventoryRow], profile: str, meanings: Mapping[str, str]
) -> list[Planned]:
    """One plan for each row, in order. Reads only. `meanings` gives the field or "date: kind" of mapped columns.

    A later file that says nothing in a column does not erase what an earlier one said.
    """
    standing = _standing(session, rows)
    changed = [
        known.id
        for row in rows
        if (known := standing.get(row.row)) and known.digest != row.digest() and not known.taken_up
    ]
    stored = _Stored(
        _dates(session, changed), _sections(session, changed), _cells(session, changed), meanings
    )
    planned, spoken_for = [], set[int]()
    for row in rows:
        known = standing.get(row.row)
        one = Planned(row, wanted(row, profile), RowState.CREATED, known)
        if known is not None:
            _compare(one, known, stored, spoken_for)
        planned.append(one)
    return planned


@dataclass(frozen=True, slots=True)
class _Stored:
    """What the records say that rows have changed: dates, answers, and the cells of the row read last."""

    dates: dict[tuple[int, DateKind], Stated]
    sections: dict[tuple[int, str], dict[str, Any]]
    cells: dict[int, dict[str, str]]
    meanings: Mapping[str, str]


def wanted(row: InventoryRow, profile: str) -> Wanted:
    """The row in this application's terms; texts that are too long for a list are cut, the source keeps them."""
    ai = profile.startswith(_AI_PROFILES)
    title, summary = cut(row.title, MOST_TITLE), cut(" ".join(row.problem.split()), MOST_SUMMARY)
    sections: dict[str, dict[str, Any]] = {"idea": {"title": title, "summary": summary, "uses_ai": ai}}
    if row.problem:
        sections["problem"] = {"problem": row.problem}
    if row.expected_outcome:
        sections["outcomes"] = {"other_outcomes": row.expected_outcome}
    if row.vendor:
        sections["vendor"] = {"vendor": row.vendor}
    return Wanted(
        title=title,
        summary=summary,
        unit=cut(row.unit, MOST_TITLE),
        technology="artificial_intelligence" if ai else _technology(row.technology),
        uses_ai=ai,
        stage=Stage(row.stage) if row.stage else None,
        dates={
            DateKind(one.kind): Stated(one.raw, one.parsed, Precision(one.precision.value), one.note)
            for one in row.dates
        },
        sections=sections,
    )


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _technology(text: str) -> str:
    plain = text.casefold()
    for key, label in TECHNOLOGIES:
        if key and plain in (key, label.casefold()):
            return key
    return "other" if plain else ""


def _compare(one: Planned, known: Standing, stored: _Stored, spoken_for: set[int]) -> None:
    first = known.id not in spoken_for
    spoken_for.add(known.id)
    if known.digest == one.row.digest():
        one.state = RowState.UNCHANGED
        return
    if known.merged or known.taken_up or not first:
        one.state = RowState.LEFT
        one.notes.append(MERGED if known.merged else TAKEN_UP if known.taken_up else SAID_TWICE)
        return
    one.changes = dict(_changes(one.wanted, known, stored))
    one.changes |= dict(_cell_changes(one, stored.cells.get(known.id, {}), stored.meanings))
    one.state = RowState.UPDATED if one.changes else RowState.UNCHANGED


def _changes(new: Wanted, old: Standing, stored: _Stored) -> Iterator[tuple[str, tuple[str, str]]]:
    pairs = {
        "title": (old.title, new.title),
        "summary": (old.summary, new.summary),
        "technology": (old.technology, new.technology),
        "stage": (old.stage.value, new.stage.value if new.stage else ""),
    }
    for kind, one in new.dates.items():
        stored_date = stored.dates.get((old.id, kind))
        if stored_date is None or not stored_date.says_the_same(one):
            pairs[f"date: {kind}"] = (stored_date.raw if stored_date else "", one.raw)
    if old.unit.casefold() != new.unit.casefold():
        pairs["unit"] = (old.unit, new.unit)
    for key, answers in new.sections.items():
        if key == "idea":
            continue
        before = stored.sections.get((old.id, key), {})
        pairs |= {name: (str(before.get(name, "")), str(answer)) for name, answer in answers.items()}
    for name, (before_text, after_text) in pairs.items():
        if after_text and before_text != after_text:
            yield name, (before_text, after_text)


def _cell_changes(
    one: Planned, before: Mapping[str, str], meanings: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Cells that differ from those of the row read last and are not among the changes of the record itself.

    Another spelling of the same day is no change. A file in another format has columns of its own; then only the
    columns that both have are compared.
    """
    source = one.row.source
    alike = len(before.keys() & source.keys()) * 2 >= len(source)
    for header, cell in source.items():
        if header not in before and not (alike and before):
            continue
        old, new = " ".join(before.get(header, "").split()), " ".join(cell.split())
        meaning = meanings.get(header, "")
        same_day = meaning.startswith("date: ") and old and new
        if old != new and not same_day and _FIELD_CHANGES.get(meaning, meaning) not in one.changes:
            yield f"{CELL}{header}", (old, new)


def known_keys(session: Session, rows: Sequence[InventoryRow]) -> dict[int, str]:
    """The stored key that each row is known by, by row number; rows that are new here are left out."""
    wanted_keys = dict.fromkeys(key for row in rows for key in (row.identity.key, *row.identity.others))
    stored = {
        key
        for part in parts(wanted_keys)
        for key in session.scalars(sa.select(InventoryIdentity.key).where(InventoryIdentity.key.in_(part)))
    }
    found = {}
    for row in rows:
        key = next((one for one in (row.identity.key, *row.identity.others) if one in stored), None)
        if key is not None:
            found[row.row] = key
    return found


def _standing(session: Session, rows: Sequence[InventoryRow]) -> dict[int, Standing]:
    """The record behind each row, by row number."""
    keys = known_keys(session, rows)
    own, target = aliased(Proposal), aliased(Proposal)
    statement = (
        sa.select(
            InventoryIdentity.key,
            InventoryIdentity.id.label("identity_id"),
            InventoryIdentity.digest,
            target.id,
            target.number,
            target.title,
            target.summary,
            sa.func.coalesce(Unit.name, "").label("unit"),
            target.technology,
            target.stage,
            target.resume_stage,
            target.stage_entered_at,
            sa.or_(
                target.origin != Origin.INVENTORY,
                target.revision_number > 0,
                sa.exists().where(Decision.proposal_id == target.id),
                sa.exists().where(Pilot.proposal_id == target.id),
            ).label("taken_up"),
            own.merged_into_id.is_not(None).label("merged"),
        )
        .join(own, own.id == InventoryIdentity.proposal_id)
        .join(target, target.id == sa.func.coalesce(own.merged_into_id, own.id))
        .outerjoin(Unit, Unit.id == target.unit_id)
    )
    found = {}
    for part in parts(dict.fromkeys(keys.values())):
        for row in session.execute(statement.where(InventoryIdentity.key.in_(part))):
            values = dict(row._mapping)
            key = values.pop("key")
            found[key] = Standing(**values)
    return {number: found[key] for number, key in keys.items()}


def _cells(session: Session, ids: Iterable[int]) -> dict[int, dict[str, str]]:
    """The cells of the row read last about each record, by column."""
    statement = (
        sa.select(ImportedRow.proposal_id, ImportBatch.columns, ImportedRow.cells)
        .join(ImportBatch, ImportBatch.id == ImportedRow.batch_id)
        .order_by(ImportedRow.batch_id, ImportedRow.row_number.desc())
    )
    return {
        row.proposal_id: dict(zip(row.columns, row.cells, strict=True))
        for part in parts(ids)
        for row in session.execute(statement.where(ImportedRow.proposal_id.in_(part)))
    }


def _dates(session: Session, ids: Iterable[int]) -> dict[tuple[int, DateKind], Stated]:
    statement = sa.select(
        StatedDate.proposal_id,
        StatedDate.kind,
        StatedDate.raw,
        StatedDate.parsed,
        StatedDate.precision,
        StatedDate.note,
    )
    return {
        (row.proposal_id, row.kind): Stated(row.raw, row.parsed, row.precision, row.note)
        for part in parts(ids)
        for row in session.execute(statement.where(StatedDate.proposal_id.in_(part)))
    }


def _sections(session: Session, ids: Iterable[int]) -> dict[tuple[int, str], dict[str, Any]]:
    statement = sa.select(Section.proposal_id, Section.key, Section.answers)
    return {
        (row.proposal_id, row.key): row.answers
        for part in parts(ids)
        for row in session.execute(statement.where(Section.proposal_id.in_(part)))
    }


def parts(items: Iterable[T]) -> Iterator[list[T]]:
    """The items in pieces that fit into one statement."""
    rest = iter(items)
    while part := list(islice(rest, AT_A_TIME)):
        yield part
