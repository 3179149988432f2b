"""Conflicts of interest with a proposal, and the ties to vendors that some of them come from."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.conflicts import ConflictKind, TieKind
from incubator.models.accounts import Person


class Conflict(Base):
    """A conflict of interest between a person and a proposal.

    `by_rule` tells one that follows from what is known of both from one that somebody declared. A rule
    that no longer holds leaves its row with `lapsed_at`; one that the panel's chair sets aside keeps it
    with who, when and why.
    """

    __tablename__ = "conflict"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "proposal_id", "kind"),
        sa.CheckConstraint(
            "(overridden_at IS NULL) = (override_reason = '')", name="set_aside_for_a_written_reason"
        ),
        sa.CheckConstraint("lapsed_at IS NULL OR by_rule", name="only_a_rule_lapses"),
        sa.Index("ix_conflict_proposal_id_person_id", "proposal_id", "person_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    kind: Mapped[ConflictKind] = mapped_column(text_enum(ConflictKind, "kind"))
    reason: Mapped[str] = mapped_column(default="")
    by_rule: Mapped[bool] = mapped_column(default=False)
    declared_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    declared_at: Mapped[datetime]
    lapsed_at: Mapped[datetime | None]
    overridden_at: Mapped[datetime | None]
    overridden_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    override_reason: Mapped[str] = mapped_column(default="")

    person: Mapped[Person] = relationship(lazy="raise_on_sql", foreign_keys=[person_id])


class VendorTie(Base):
    """A person's own word that they are tied to a vendor. `ended_on` is the last day of a contract;
    `vendor_key` is the name as it is compared."""

    __tablename__ = "vendor_tie"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    kind: Mapped[TieKind] = mapped_column(text_enum(TieKind, "kind"))
    vendor: Mapped[str]
    vendor_key: Mapped[str]
    ended_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    declared_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
