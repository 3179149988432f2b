"""Decisions of a call that are prepared, signed, and released together."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from incubator.database import Base, text_enum
from incubator.domain.stages import EndReason, Outcome


class Release(Base):
    """The moment at which a call's decisions became known."""

    __tablename__ = "release"

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id"), index=True)
    released_at: Mapped[datetime]
    released_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    decisions: Mapped[int]


class PreparedDecision(Base):
    """A decision that is not known to the agency yet. A gatekeeper without a conflict signs it, having seen
    `seen_version` of the proposal; the release makes it a decision of that signer.

    `conditions` lists what must be done after an advance with conditions: text, owner's id, day.
    """

    __tablename__ = "prepared_decision"
    __table_args__ = (
        sa.UniqueConstraint("proposal_id"),
        sa.CheckConstraint("(signed_at IS NULL) = (seen_version IS NULL)", name="signed_on_what_was_seen"),
        sa.CheckConstraint("outcome <> 'hold' OR hold_until IS NOT NULL", name="held_until_a_day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"))
    outcome: Mapped[Outcome] = mapped_column(text_enum(Outcome, "outcome"))
    reason: Mapped[str] = mapped_column(default="")
    what_would_change: Mapped[str] = mapped_column(default="")
    end_reason: Mapped[EndReason | None] = mapped_column(text_enum(EndReason, "end_reason"))
    hold_until: Mapped[date | None]
    conditions: Mapped[list[Any]] = mapped_column(default=list)
    prepared_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    prepared_at: Mapped[datetime]
    signed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    signed_at: Mapped[datetime | None]
    seen_version: Mapped[int | None]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}
