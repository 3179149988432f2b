"""Calls for proposals and the rubrics they are scored with."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.releases import AgencySees


class Rubric(Base):
    """A version of the scoring rubric. Published rubrics are never changed: a change is a new version.

    Our own rubrics are scored from 1 to 5, more being better; a panel run elsewhere keeps its own scale.
    """

    __tablename__ = "rubric"
    __table_args__ = (sa.UniqueConstraint("name", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    number: Mapped[int]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    scale_min: Mapped[float] = mapped_column(default=1.0)
    scale_max: Mapped[float] = mapped_column(default=5.0)
    lower_is_better: Mapped[bool] = mapped_column(default=False)

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

    `gate_days` overrides the gates' limits (days by gate key); `budget_cents`, `teams` and `places` bound
    what can be selected. `revisions_due_on` is the last day on which reviewers may revise after the reveal.
    An `outside` call holds the scores of a panel run elsewhere, to be analysed here; nobody proposes in it.
    """

    __tablename__ = "call"
    __table_args__ = (
        sa.CheckConstraint("closes_at > opens_at", name="closes_after_it_opens"),
        sa.CheckConstraint("places >= 1", name="at_least_one_place"),
    )

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
    reviews_most: Mapped[int | None]
    revisions_due_on: Mapped[date | None]
    names_hidden: Mapped[bool] = mapped_column(default=False)
    shares_scores: Mapped[bool] = mapped_column(default=True)
    agency_sees: Mapped[AgencySees] = mapped_column(
        text_enum(AgencySees, "agency_sees"), default=AgencySees.TOTAL
    )
    decides_together: Mapped[bool] = mapped_column(default=False)
    allows_draw: Mapped[bool] = mapped_column(default=False)
    outside: Mapped[bool] = mapped_column(default=False)
    chair_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
    gate_days: Mapped[dict[str, Any]] = mapped_column(default=dict)
    budget_cents: Mapped[int | None] = mapped_column(sa.BigInteger)
    teams: Mapped[int | None]
    places: Mapped[int | None]
    copied_from_id: Mapped[int | None] = mapped_column(sa.ForeignKey("call.id"), index=True)
    created_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    rubric: Mapped[Rubric] = relationship(lazy="raise_on_sql")

    __mapper_args__ = {"version_id_col": version}
