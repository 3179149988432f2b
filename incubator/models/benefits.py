"""The benefits register: what was promised at the gate, and what came of it."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from incubator.database import Base, text_enum
from incubator.domain.benefits import BenefitKind, Certainty


class PromisedBenefit(Base):
    """A benefit as it was forecast: `low`, `likely` and `high` for a year, in hundredths of the unit (cents
    for cash, hundredths of an hour for hours). Only cash with the budget line that falls counts as money.
    `fixed_at` is the scale decision that froze the forecast; from then on it is not changed."""

    __tablename__ = "promised_benefit"
    __table_args__ = (
        sa.CheckConstraint("low <= likely AND likely <= high", name="low_to_high"),
        sa.CheckConstraint("kind <> 'cash' OR budget_line <> ''", name="cash_has_a_budget_line"),
        sa.CheckConstraint("years BETWEEN 1 AND 20", name="one_to_twenty_years"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    name: Mapped[str]
    kind: Mapped[BenefitKind] = mapped_column(text_enum(BenefitKind, "kind"))
    unit: Mapped[str] = mapped_column(default="")
    owner_name: Mapped[str]
    baseline: Mapped[int | None] = mapped_column(sa.BigInteger)
    baseline_note: Mapped[str] = mapped_column(default="")
    low: Mapped[int] = mapped_column(sa.BigInteger)
    likely: Mapped[int] = mapped_column(sa.BigInteger)
    high: Mapped[int] = mapped_column(sa.BigInteger)
    years: Mapped[int]
    starts_on: Mapped[date | None]
    budget_line: Mapped[str] = mapped_column(default="")
    fixed_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(nullable=False)

    __mapper_args__ = {"version_id_col": version}


class Benefit(Base):
    """What came of it some months after scaling; `realised` empty means unknown, with the reason.

    With a promise it is the measurement of that promise: `amount` a year in hundredths of its unit, `low` and
    `high` where the measurement has an interval. Without one it is the record's check as a whole.
    """

    __tablename__ = "benefit"
    __table_args__ = (
        sa.CheckConstraint("realised <> '' OR unknown_reason <> ''", name="realised_or_why_unknown"),
        sa.CheckConstraint("(certainty = 'unknown') = (unknown_reason <> '')", name="unknown_for_a_reason"),
        sa.Index(
            "uq_benefit_whole",
            "proposal_id",
            "months",
            unique=True,
            sqlite_where=sa.text("promise_id IS NULL"),
            postgresql_where=sa.text("promise_id IS NULL"),
        ),
        sa.Index(
            "uq_benefit_promise",
            "promise_id",
            "months",
            unique=True,
            sqlite_where=sa.text("promise_id IS NOT NULL"),
            postgresql_where=sa.text("promise_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[int] = mapped_column(sa.ForeignKey("proposal.id"), index=True)
    promise_id: Mapped[int | None] = mapped_column(sa.ForeignKey("promised_benefit.id"))
    months: Mapped[int]
    certainty: Mapped[Certainty] = mapped_column(
        text_enum(Certainty, "certainty"), default=Certainty.ESTIMATED
    )
    forecast: Mapped[str] = mapped_column(default="")
    realised: Mapped[str] = mapped_column(default="")
    unknown_reason: Mapped[str] = mapped_column(default="")
    amount: Mapped[int | None] = mapped_column(sa.BigInteger)
    low: Mapped[int | None] = mapped_column(sa.BigInteger)
    high: Mapped[int | None] = mapped_column(sa.BigInteger)
    cents_per_year: Mapped[int | None] = mapped_column(sa.BigInteger)
    hours_per_year: Mapped[float | None]
    recorded_at: Mapped[datetime]
    recorded_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"), index=True)
