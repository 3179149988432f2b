"""Calls for proposals and the rubrics they are scored with."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base


class Rubric(Base):
    """A version of the scoring rubric. Published rubrics are never changed: a change is a new version."""

    __tablename__ = "rubric"
    __table_args__ = (sa.UniqueConstraint("name", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    number: Mapped[int]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]

    criteria: Mapped[list[Criterion]] = relationship(
        lazy="raise_on_sql", back_populates="rubric", order_by="Criterion.position"
    )


class Criterion(Base):
    """One criterion of a rubric. `anchors` holds five sentences, for the scores 1 to 5."""

    __tablename__ = "criterion"
    __table_args__ = (
        sa.CheckConstraint("weight > 0 AND weight <= 100", name="weight_is_a_percentage"),
        sa.UniqueConstraint("rubric_id", "key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rubric_id: Mapped[int] = mapped_column(sa.ForeignKey("rubric.id"))
    key: Mapped[str]
    title: Mapped[str]
    description: Mapped[str] = mapped_column(default="")
    weight: Mapped[int]
    position: Mapped[int]
    anchors: Mapped[list[Any]]

    rubric: Mapped[Rubric] = relationship(lazy="raise_on_sql", back_populates="criteria")


class Call(Base):
    """A round with its dates, form version, rubric and settings.

    `gate_days` overrides the gates' limits (days by gate key); `budget_cents` and `teams` bound what
    can be selected.
    """

    __tablename__ = "call"
    __table_args__ = (sa.CheckConstraint("closes_at > opens_at", name="closes_after_it_opens"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    summary: Mapped[str] = mapped_column(default="")
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    reviews_due_on: Mapped[date | None]
    form_version: Mapped[int]
    rubric_id: Mapped[int] = mapped_column(sa.ForeignKey("rubric.id"), index=True)
    reviews_required: Mapped[int] = mapped_column(default=3)
    names_hidden: Mapped[bool] = mapped_column(default=False)
    shares_scores: Mapped[bool] = mapped_column(default=True)
    gate_days: Mapped[dict[str, Any]] = mapped_column(default=dict)
    budget_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    teams: Mapped[int | None]
    copied_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("call.id"), index=True)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    rubric: Mapped[Rubric] = relationship(lazy="raise_on_sql")

    __mapper_args__ = {"version_id_col": version}
