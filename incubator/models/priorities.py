"""The ranked list of proposals that passed review, against a budget and a number of teams."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base
from incubator.models.calls import Call
from incubator.models.proposals import Proposal


class PriorityList(Base):
    """One list for a call. Its limits start as the call's until others are adopted here; None is no limit."""

    __tablename__ = "priority_list"
    __table_args__ = (
        sa.CheckConstraint("budget_cents >= 0", name="budget_not_negative"),
        sa.CheckConstraint("teams >= 0", name="teams_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id"), unique=True)
    budget_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    teams: Mapped[int | None]
    changed_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(nullable=False)

    call: Mapped[Call] = relationship(lazy="raise_on_sql")

    __mapper_args__ = {"version_id_col": version}


class PriorityMove(Base):
    """A proposal placed by hand, with the reason; the latest move of a proposal counts."""

    __tablename__ = "priority_move"
    __table_args__ = (sa.CheckConstraint("reason <> ''", name="moved_for_a_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(sa.ForeignKey("priority_list.id"), index=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    from_position: Mapped[int]
    to_position: Mapped[int]
    reason: Mapped[str]
    moved_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    moved_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    proposal: Mapped[Proposal] = relationship(lazy="raise_on_sql")
