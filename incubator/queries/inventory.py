"""Imports of inventories, as their pages show them, and what the importer compares with."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.roles import Actor
from incubator.domain.stages import Origin, Precision, Stage
from incubator.models.accounts import Person
from incubator.models.agencies import Agency, AgencyName, Unit
from incubator.models.inventory import (
    HeaderMapping,
    ImportBatch,
    ImportedRow,
    ImportState,
    InventoryIdentity,
    MergeState,
    MergeSuggestion,
    RowState,
)
from incubator.models.jobs import Job, JobState
from incubator.models.proposals import DateKind, Proposal, StatedDate
from incubator.queries.visibility import visible

ROWS_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class BatchRow:
    """An import in the list; `outcome` holds its counts once the rows are in."""

    id: int
    file_name: str
    state: ImportState
    uploaded_at: datetime
    applied_at: datetime | None
    uploaded_by: str | None
    outcome: dict[str, int]
    rows_read: int


def list_batches(session: Session, *, limit: int = 50, offset: int = 0) -> tuple[list[BatchRow], int]:
    """The imports, newest first, and how many there are."""
    total = session.scalar(sa.select(sa.func.count()).select_from(ImportBatch)) or 0
    rows = session.execute(
        sa.select(
            ImportBatch.id,
            ImportBatch.file_name,
            ImportBatch.state,
            ImportBatch.uploaded_at,
            ImportBatch.applied_at,
            Person.name.label("uploaded_by"),
            # The whole report may have megabytes, so only these parts of it are asked for.
            ImportBatch.report["outcome"].label("outcome"),
            ImportBatch.report["rows_read"].label("rows_read"),
        )
        .outerjoin(Person, Person.id == ImportBatch.uploaded_by_id)
        .order_by(ImportBatch.id.desc())
        .limit(limit)
        .offset(offset)
    )
    return [
        BatchRow(**{**row._mapping, "outcome": row.outcome or {}, "rows_read": row.rows_read or 0})
        for row in rows
    ], total


@dataclass(frozen=True, slots=True)
class Batch:
    """One import with all that was understood of it."""

    id: int
    file_name: str
    sha256: str
    storage_key: str
    profile: str
    state: ImportState
    mapping: dict[str, Any]
    columns: list[str]
    report: dict[str, Any]
    job_id: int | None
    job_state: JobState | None
    uploaded_at: datetime
    uploaded_by: str | None
    applied_at: datetime | None

    @property
    def under_way(self) -> bool:
        """Whether a worker has it, or will: its job has not ended."""
        waits = self.state in (ImportState.READING, ImportState.APPLYING)
        return waits and self.job_state in (JobState.QUEUED, JobState.RUNNING, JobState.CANCELLING)


def find_batch(session: Session, batch_id: int) -> Batch | None:
    row = session.execute(
        sa.select(
            ImportBatch.id,
            ImportBatch.file_name,
            ImportBatch.sha256,
            ImportBatch.storage_key,
            ImportBatch.profile,
            ImportBatch.state,
            ImportBatch.mapping,
            ImportBatch.columns,
            ImportBatch.report,
            ImportBatch.job_id,
            Job.state.label("job_state"),
            ImportBatch.uploaded_at,
            Person.name.label("uploaded_by"),
            ImportBatch.applied_at,
        )
        .outerjoin(Job, Job.id == ImportBatch.job_id)
        .outerjoin(Person, Person.id == ImportBatch.uploaded_by_id)
        .where(ImportBatch.id == batch_id)
    ).one_or_none()
    return Batch(**row._mapping) if row is not None else None


def earlier_import(session: Session, sha256: str, batch_id: int) -> BatchRow | None:
    """The last import of the very same file whose rows are in."""
    row = session.execute(
        sa.select(
            ImportBatch.id,
            ImportBatch.file_name,
            ImportBatch.state,
            ImportBatch.uploaded_at,
            ImportBatch.applied_at,
        )
        .where(
            ImportBatch.sha256 == sha256,
            ImportBatch.id != batch_id,
            ImportBatch.state == ImportState.APPLIED,
        )
        .order_by(ImportBatch.id.desc())
        .limit(1)
    ).one_or_none()
    return BatchRow(**row._mapping, uploaded_by=None, outcome={}, rows_read=0) if row is not None else None


def remembered_mapping(session: Session, fingerprint: str) -> dict[str, Any] | None:
    """A person's answers about a file with these headers."""
    return session.scalar(sa.select(HeaderMapping.mapping).where(HeaderMapping.fingerprint == fingerprint))


@dataclass(frozen=True, slots=True)
class RowLine:
    """A row of a file and the record it became."""

    row_number: int
    state: RowState
    reason: str
    notes: list[str]
    number: str | None
    title: str | None
    stage: Stage | None


def list_rows(
    session: Session, batch_id: int, *, state: str = "", limit: int = 50, offset: int = 0
) -> tuple[list[RowLine], int]:
    """The rows of an import in the file's order, and how many there are."""
    conditions = [ImportedRow.batch_id == batch_id]
    if state in set(RowState):
        conditions.append(ImportedRow.state == RowState(state))
    total = session.scalar(sa.select(sa.func.count()).select_from(ImportedRow).where(*conditions)) or 0
    rows = session.execute(
        sa.select(
            ImportedRow.row_number,
            ImportedRow.state,
            ImportedRow.reason,
            ImportedRow.notes,
            Proposal.number,
            Proposal.title,
            Proposal.stage,
        )
        .outerjoin(Proposal, Proposal.id == ImportedRow.proposal_id)
        .where(*conditions)
        .order_by(ImportedRow.row_number)
        .limit(limit)
        .offset(offset)
    )
    return [RowLine(**row._mapping) for row in rows], total


def source_cells(session: Session, batch_id: int) -> Iterator[list[str]]:
    """Every row of an import, refused ones too, as cells in the order of the batch's columns."""
    last = -1
    while True:
        rows = session.execute(
            sa.select(ImportedRow.row_number, ImportedRow.cells)
            .where(ImportedRow.batch_id == batch_id, ImportedRow.row_number > last)
            .order_by(ImportedRow.row_number)
            .limit(ROWS_AT_A_TIME)
        ).all()
        if not rows:
            return
        last = rows[-1].row_number
        for row in rows:
            yield row.cells


@dataclass(frozen=True, slots=True)
class DateLine:
    kind: DateKind
    raw: str
    parsed: date | None
    precision: Precision
    note: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where an imported record comes from: `cells` are (column, text) pairs of the newest row about it."""

    file_name: str
    row_number: int
    imported_at: datetime | None
    state: RowState
    notes: list[str]
    cells: list[tuple[str, str]]
    dates: list[DateLine]
    earlier: list[tuple[str, int, datetime | None, RowState]]


def source_of(session: Session, proposal_id: int) -> Source | None:
    """The source of a record, or None when it was not imported. The caller has checked who asks."""
    rows = session.execute(
        sa.select(
            ImportBatch.file_name,
            ImportBatch.columns,
            ImportBatch.applied_at,
            ImportedRow.row_number,
            ImportedRow.state,
            ImportedRow.notes,
            ImportedRow.cells,
        )
        .join(ImportBatch, ImportBatch.id == ImportedRow.batch_id)
        .where(ImportedRow.proposal_id == proposal_id)
        .order_by(ImportedRow.batch_id.desc(), ImportedRow.row_number)
        .limit(20)
    ).all()
    if not rows:
        return None
    newest = rows[0]
    return Source(
        newest.file_name,
        newest.row_number,
        newest.applied_at,
        newest.state,
        newest.notes,
        list(zip(newest.columns, newest.cells, strict=True)),
        stated_dates(session, proposal_id),
        [(row.file_name, row.row_number, row.applied_at, row.state) for row in rows[1:]],
    )


def stated_impact(session: Session, proposal_id: int) -> str:
    """What the newest imported row says of the use's impact, in the source's words; empty where it says nothing."""
    row = session.execute(
        sa.select(ImportBatch.mapping, ImportBatch.columns, ImportedRow.cells)
        .join(ImportBatch, ImportBatch.id == ImportedRow.batch_id)
        .where(ImportedRow.proposal_id == proposal_id)
        .order_by(ImportedRow.batch_id.desc(), ImportedRow.row_number)
        .limit(1)
    ).first()
    if row is None:
        return ""
    headers = row.mapping.get("fields", {}).get("high_impact", ())
    cells = dict(zip(row.columns, row.cells, strict=True))
    return "; ".join(text for header in headers if (text := cells.get(header, "").strip()))


def stated_dates(session: Session, proposal_id: int) -> list[DateLine]:
    """The days a source states for a record, earliest first, those that could not be read last."""
    rows = session.execute(
        sa.select(StatedDate.kind, StatedDate.raw, StatedDate.parsed, StatedDate.precision, StatedDate.note)
        .where(StatedDate.proposal_id == proposal_id)
        .order_by(StatedDate.parsed.is_(None), StatedDate.parsed, StatedDate.id)
    )
    return [DateLine(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record to compare titles with."""

    id: int
    agency_code: str
    external_id: str
    title: str
    unit: str


def stored_records(session: Session, agency_codes: Collection[str]) -> list[StoredRecord]:
    """The records of these agencies that may be the same thing as a row; drafts are left alone."""
    external = (
        sa.select(sa.func.min(InventoryIdentity.external_id))
        .where(InventoryIdentity.proposal_id == Proposal.id)
        .correlate(Proposal)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            Proposal.id,
            Agency.code.label("agency_code"),
            sa.func.coalesce(external, "").label("external_id"),
            Proposal.title,
            sa.func.coalesce(Unit.name, "").label("unit"),
        )
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Unit, Unit.id == Proposal.unit_id)
        .where(
            Agency.code.in_(agency_codes),
            Proposal.merged_into_id.is_(None),
            sa.or_(Proposal.origin == Origin.INVENTORY, Proposal.submitted_at.is_not(None)),
        )
        .order_by(Proposal.id)
    )
    return [StoredRecord(**row._mapping) for row in rows]


def records_of_keys(session: Session, keys: Sequence[str]) -> set[int]:
    """The records behind identity keys."""
    found: set[int] = set()
    for start in range(0, len(keys), ROWS_AT_A_TIME):
        part = keys[start : start + ROWS_AT_A_TIME]
        found |= set(
            session.scalars(sa.select(InventoryIdentity.proposal_id).where(InventoryIdentity.key.in_(part)))
        )
    return found


def agency_names(session: Session) -> dict[str, list[str]]:
    """Every name of every agency, the one in use first, by code."""
    found: dict[str, list[str]] = {}
    own = sa.select(Agency.code, Agency.name).order_by(Agency.id)
    others = sa.select(Agency.code, AgencyName.name).join(Agency, Agency.id == AgencyName.agency_id)
    for row in (*session.execute(own), *session.execute(others)):
        found.setdefault(row.code, []).append(row.name)
    return found


@dataclass(frozen=True, slots=True)
class Side:
    """One of two records that may be the same."""

    id: int
    number: str
    title: str
    summary: str
    unit: str | None
    stage: Stage
    origin: Origin
    external_id: str | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    id: int
    agency: str
    reason: str
    similarity: float
    first: Side
    second: Side


def list_suggestions(
    session: Session,
    actor: Actor,
    *,
    batch_id: int | None = None,
    reason: str = "",
    limit: int = 10,
    offset: int = 0,
) -> tuple[list[Suggestion], int]:
    """Pairs nobody has decided about, the likeliest first, and how many there are."""
    first, second = aliased(Proposal, name="first_record"), aliased(Proposal, name="second_record")
    mine = sa.select(Proposal.id).where(visible(actor))
    conditions = [
        MergeSuggestion.state == MergeState.OPEN,
        MergeSuggestion.first_id.in_(mine),
        MergeSuggestion.second_id.in_(mine),
    ]
    if batch_id is not None:
        conditions.append(MergeSuggestion.batch_id == batch_id)
    if reason:
        conditions.append(MergeSuggestion.reason == reason)
    total = session.scalar(sa.select(sa.func.count()).select_from(MergeSuggestion).where(*conditions)) or 0
    pairs = session.execute(
        sa.select(
            MergeSuggestion.id,
            MergeSuggestion.reason,
            MergeSuggestion.similarity,
            Agency.name.label("agency"),
            *_side(first, "a"),
            *_side(second, "b"),
        )
        .join(first, first.id == MergeSuggestion.first_id)
        .join(second, second.id == MergeSuggestion.second_id)
        .join(Agency, Agency.id == first.agency_id)
        .where(*conditions)
        .order_by(MergeSuggestion.similarity.desc(), MergeSuggestion.id)
        .limit(limit)
        .offset(offset)
    ).all()
    return [
        Suggestion(row.id, row.agency, row.reason, row.similarity, _read_side(row, "a"), _read_side(row, "b"))
        for row in pairs
    ], total


def _side(record: Any, prefix: str) -> list[sa.ColumnElement[Any]]:
    unit = sa.select(Unit.name).where(Unit.id == record.unit_id).scalar_subquery()
    external = (
        sa.select(sa.func.min(InventoryIdentity.external_id))
        .where(InventoryIdentity.proposal_id == record.id)
        .scalar_subquery()
    )
    columns = {
        name: getattr(record, name) for name in ("id", "number", "title", "summary", "stage", "origin")
    }
    columns |= {"unit": unit, "external_id": external}
    return [column.label(f"{prefix}_{name}") for name, column in columns.items()]


def _read_side(row: Any, prefix: str) -> Side:
    return Side(**{name: getattr(row, f"{prefix}_{name}") for name in Side.__dataclass_fields__})


def open_suggestions(session: Session, batch_id: int | None = None) -> int:
    """How many pairs wait for a decision."""
    query = (
        sa.select(sa.func.count())
        .select_from(MergeSuggestion)
        .where(MergeSuggestion.state == MergeState.OPEN)
    )
    if batch_id is not None:
        query = query.where(MergeSuggestion.batch_id == batch_id)
    return session.scalar(query) or 0


def kept_uploads(session: Session) -> set[str]:
    """The storage keys of files that are still needed."""
    return set(session.scalars(sa.select(ImportBatch.storage_key).where(ImportBatch.storage_key != "")))
