"""The analysis of a call's scores as it was last computed, panels run elsewhere, and draws among equals."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.models.calls import Criterion


class AnalysisState(enum.StrEnum):
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class ScoreAnalysis(Base):
    """The analysis of a call's scores. `left_out` names the proposals (ids, rising, joined by commas) that are
    not in it: whoever has a conflict with one is shown the analysis made without it.

    `fingerprint` is the state of the reviews it was asked for, cheap to compare; `data_sha256` is the hash
    of the very data `result` was computed from.
    """

    __tablename__ = "score_analysis"
    __table_args__ = (
        sa.UniqueConstraint("call_id", "left_out"),
        sa.CheckConstraint("state <> 'ready' OR computed_at IS NOT NULL", name="ready_since_a_moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id"))
    left_out: Mapped[str] = mapped_column(default="")
    state: Mapped[AnalysisState] = mapped_column(
        text_enum(AnalysisState, "state"), default=AnalysisState.WAITING
    )
    fingerprint: Mapped[str] = mapped_column(default="")
    data_sha256: Mapped[str] = mapped_column(default="")
    method: Mapped[str] = mapped_column(default="")
    seed: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    error: Mapped[str] = mapped_column(default="")
    job_id: Mapped[int | None] = mapped_column(sa.ForeignKey("job.id"), index=True)
    asked_at: Mapped[datetime]
    computed_at: Mapped[datetime | None]


class Draw(Base):
    """A draw among proposals that the scores cannot tell apart: the seed, who took part, who came first."""

    __tablename__ = "draw"
    __table_args__ = (sa.CheckConstraint("reason <> ''", name="drawn_for_a_written_reason"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id"), index=True)
    seed: Mapped[str]
    reason: Mapped[str]
    places: Mapped[int]
    pool: Mapped[list[Any]]
    chosen: Mapped[list[Any]]
    drawn_at: Mapped[datetime]
    drawn_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)


class OutsideItem(Base):
    """A proposal of a panel run elsewhere, known by that panel's own key. It is no record of this office."""

    __tablename__ = "outside_item"
    __table_args__ = (sa.UniqueConstraint("call_id", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("call.id"))
    key: Mapped[str]
    title: Mapped[str]
    group: Mapped[str] = mapped_column("group_name", default="")
    discussed: Mapped[bool] = mapped_column(default=True)
    selected: Mapped[bool | None]

    reviews: Mapped[list[OutsideReview]] = relationship(lazy="raise_on_sql", back_populates="item")


class OutsideReview(Base):
    """One reviewer's overall score of an outside item, on that panel's own scale."""

    __tablename__ = "outside_review"
    __table_args__ = (sa.UniqueConstraint("item_id", "reviewer"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(sa.ForeignKey("outside_item.id"))
    reviewer: Mapped[str]
    overall: Mapped[float | None]
    confidence: Mapped[str] = mapped_column(default="")
    recommendation: Mapped[str] = mapped_column(default="")
    comment: Mapped[str] = mapped_column(default="")

    item: Mapped[OutsideItem] = relationship(lazy="raise_on_sql", back_populates="reviews")
    scores: Mapped[list[OutsideScore]] = relationship(lazy="raise_on_sql", back_populates="review")


class OutsideScore(Base):
    """A criterion's score in an outside review; a criterion left blank has no row."""

    __tablename__ = "outside_score"

    review_id: Mapped[int] = mapped_column(sa.ForeignKey("outside_review.id"), primary_key=True)
    criterion_id: Mapped[int] = mapped_column(sa.ForeignKey("criterion.id"), primary_key=True, index=True)
    value: Mapped[float]

    review: Mapped[OutsideReview] = relationship(lazy="raise_on_sql", back_populates="scores")
    criterion: Mapped[Criterion] = relationship(lazy="raise_on_sql")
