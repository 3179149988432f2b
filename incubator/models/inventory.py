"""Imports of inventories: what was read, where every row went, and what may belong together."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.models.proposals import Proposal


class ImportState(enum.StrEnum):
    UPLOADED = "uploaded"
    MAPPING = "mapping"
    READING = "reading"
    PREVIEWED = "previewed"
    APPLYING = "applying"
    APPLIED = "applied"
    FAILED = "failed"
    DISCARDED = "discarded"


class RowState(enum.StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    LEFT = "left"
    """The row says something new, but its record is worked on here or was merged: nothing was changed in it."""
    REFUSED = "refused"


class ImportBatch(Base):
    """One file handed in. `columns` are its headers in order; `report` is what was understood."""

    __tablename__ = "import_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str]
    sha256: Mapped[str] = mapped_column(index=True)
    storage_key: Mapped[str] = mapped_column(default="")
    profile: Mapped[str] = mapped_column(default="")
    state: Mapped[ImportState] = mapped_column(text_enum(ImportState, "state"), default=ImportState.UPLOADED)
    mapping: Mapped[dict[str, Any]] = mapped_column(default=dict)
    columns: Mapped[list[Any]] = mapped_column(default=list)
    report: Mapped[dict[str, Any]] = mapped_column(default=dict)
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"), index=True)
    uploaded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    uploaded_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]


class ImportedRow(Base):
    """One source row: every cell as it stood, and the record it became or why it did not."""

    __tablename__ = "imported_row"
    __table_args__ = (
        sa.UniqueConstraint("batch_id", "row_number"),
        sa.CheckConstraint("state <> 'refused' OR reason <> ''", name="refused_for_a_reason"),
        sa.CheckConstraint("(state = 'refused') = (proposal_id IS NULL)", name="in_or_refused"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("import_batch.id"))
    row_number: Mapped[int]
    proposal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    state: Mapped[RowState] = mapped_column(text_enum(RowState, "state"))
    reason: Mapped[str] = mapped_column(default="")
    notes: Mapped[list[Any]] = mapped_column(default=list)
    cells: Mapped[list[Any]]


class InventoryIdentity(Base):
    """How a record is known in an inventory: agency and external id, or a weaker key from its title.

    `digest` is that of the row last read under this key; records merged by hand have several keys.
    """

    __tablename__ = "inventory_identity"
    __table_args__ = (sa.UniqueConstraint("key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    weak: Mapped[bool]
    external_id: Mapped[str] = mapped_column(default="")
    digest: Mapped[str] = mapped_column(default="")
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)

    proposal: Mapped[Proposal] = relationship(lazy="raise_on_sql")


class HeaderMapping(Base):
    """A person's answers about a file's headers, remembered for the next file that looks alike."""

    __tablename__ = "header_mapping"

    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    mapping: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    saved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)


class MergeState(enum.StrEnum):
    OPEN = "open"
    MERGED = "merged"
    DISMISSED = "dismissed"


class MergeSuggestion(Base):
    """Two records that may be one. People decide; nothing is merged by itself."""

    __tablename__ = "merge_suggestion"
    __table_args__ = (sa.UniqueConstraint("first_id", "second_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(sa.ForeignKey("import_batch.id"), index=True)
    first_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    second_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    reason: Mapped[str]
    similarity: Mapped[float]
    state: Mapped[MergeState] = mapped_column(text_enum(MergeState, "state"), default=MergeState.OPEN)
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    decided_at: Mapped[datetime | None]
