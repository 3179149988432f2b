"""The copy of a proposal that reviewers read where their call hides names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base


class RedactedCopy(Base):
    """A revision with what names people or the agency taken out by the office. Reviewers read it once it is
    `ready_at`; `answers` has the shape of a revision's answers."""

    __tablename__ = "redacted_copy"
    __table_args__ = (sa.UniqueConstraint("proposal_id", "revision_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    revision_number: Mapped[int]
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    prepared_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    prepared_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    files: Mapped[list[RedactedFile]] = relationship(lazy="raise_on_sql", back_populates="copy")

    __mapper_args__ = {"version_id_col": version}


class RedactedFile(Base):
    """What reviewers get in place of an attachment: another file, the same one found clean, or nothing
    (`storage_key` None)."""

    __tablename__ = "redacted_file"
    __table_args__ = (sa.UniqueConstraint("copy_id", "attachment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[int] = mapped_column(sa.ForeignKey("redacted_copy.id"))
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("attachment.id"), index=True)
    as_it_is: Mapped[bool] = mapped_column(default=False)
    name: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str] = mapped_column(default="")
    size: Mapped[int] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(default="")
    storage_key: Mapped[str | None] = mapped_column(unique=True)
    added_at: Mapped[datetime]
    added_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)

    copy: Mapped[RedactedCopy] = relationship(lazy="raise_on_sql", back_populates="files")
