"""What a pilot promised, and what came of it once it was scaled."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.benefits import BENEFIT_MONTHS, BenefitKind, Certainty
from incubator.domain.clock import office_day
from incubator.domain.pilots import months_after
from incubator.domain.stages import Stage
from incubator.models.accounts import Person
from incubator.models.benefits import Benefit, PromisedBenefit
from incubator.models.proposals import Proposal, StageSpell
from incubator.models.scaling import ScaleReadiness


@dataclass(frozen=True, slots=True)
class BenefitRow:
    months: int
    forecast: str
    realised: str
    unknown_reason: str
    cents_per_year: int | None
    hours_per_year: float | None
    recorded_at: datetime
    recorded_by: str | None


def benefits_of(session: Session, proposal_id: int) -> list[BenefitRow]:
    """The checks of the record as a whole."""
    rows = session.execute(
        sa.select(
            Benefit.months,
            Benefit.forecast,
            Benefit.realised,
            Benefit.unknown_reason,
            Benefit.cents_per_year,
            Benefit.hours_per_year,
            Benefit.recorded_at,
            Person.name.label("recorded_by"),
        )
        .outerjoin(Person, Person.id == Benefit.recorded_by_id)
        .where(Benefit.proposal_id == proposal_id, Benefit.promise_id.is_(None))
        .order_by(Benefit.months)
    )
    return [BenefitRow(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class MeasuredRow:
    """What came of a promise after so many months; amounts a year in hundredths of the promise's unit."""

    promise_id: int
    months: int
    certainty: Certainty
    amount: int | None
    low: int | None
    high: int | None
    realised: str
    unknown_reason: str
    recorded_at: datetime
    recorded_by: str | None


@dataclass(frozen=True, slots=True)
class PromiseRow:
    """A promise with its measurements by months. `late`: it was added after the decision to scale."""

    id: int
    name: str
    kind: BenefitKind
    unit: str
    owner_name: str
    baseline: int | None
    baseline_note: str
    low: int
    likely: int
    high: int
    years: int
    starts_on: date | None
    budget_line: str
    fixed_at: datetime | None
    version: int
    scaled_at: datetime | None
    measured: tuple[MeasuredRow, ...]

    @property
    def late(self) -> bool:
        return added_late(self.fixed_at, self.scaled_at)

    @property
    def counts(self) -> bool:
        return says_of_forecasts(self.fixed_at, self.scaled_at)

    def at(self, months: int) -> MeasuredRow | None:
        return next((row for row in self.measured if row.months == months), None)

    @property
    def latest(self) -> MeasuredRow | None:
        """The measurement of the latest month, whatever its certainty."""
        return max(self.measured, key=lambda row: row.months, default=None)

    def due_on(self, months: int) -> date | None:
        return None if self.scaled_at is None else months_after(office_day(self.scaled_at), months)

    @property
    def next_due(self) -> tuple[int, date] | None:
        """The first measurement that is not recorded, with its day; None before scaling or when all are."""
        known = {row.months for row in self.measured}
        months = next((months for months in BENEFIT_MONTHS if months not in known), None)
        day = None if months is None else self.due_on(months)
        return None if months is None or day is None else (months, day)


@dataclass(frozen=True, slots=True)
class Costs:
    """What a record's benefits stand against: spent once, and a year in service (None: not given yet)."""

    spent_cents: int
    recurring_cents: int | None


def says_of_forecasts(fixed_at: datetime | None, scaled_at: datetime | None) -> bool:
    """Whether a promise was fixed before it was measured, so that what came of it says something of forecasts."""
    return fixed_at is not None and not added_late(fixed_at, scaled_at)


def added_late(fixed_at: datetime | None, scaled_at: datetime | None) -> bool:
    """Whether a promise came after the decision to scale; those that stood were fixed with it."""
    return scaled_at is not None and (fixed_at is None or fixed_at > scaled_at)


def promises_of(session: Session, proposal_id: int) -> list[PromiseRow]:
    """The standing promises, in the order in which they were made."""
    rows = session.execute(
        sa.select(
            PromisedBenefit.id,
            PromisedBenefit.name,
            PromisedBenefit.kind,
            PromisedBenefit.unit,
            PromisedBenefit.owner_name,
            PromisedBenefit.baseline,
            PromisedBenefit.baseline_note,
            PromisedBenefit.low,
            PromisedBenefit.likely,
            PromisedBenefit.high,
            PromisedBenefit.years,
            PromisedBenefit.starts_on,
            PromisedBenefit.budget_line,
            PromisedBenefit.fixed_at,
            PromisedBenefit.version,
        )
        .where(PromisedBenefit.proposal_id == proposal_id, PromisedBenefit.removed_at.is_(None))
        .order_by(PromisedBenefit.id)
    ).all()
    since = scaled_at(session, proposal_id)
    measured = measurements(session, Benefit.proposal_id == proposal_id)
    return [
        PromiseRow(**row._mapping, scaled_at=since, measured=tuple(measured.get(row.id, ()))) for row in rows
    ]


def measurements(session: Session, condition: sa.ColumnElement[bool]) -> dict[int, list[MeasuredRow]]:
    """Measurements by promise, in the order of their months."""
    rows = session.execute(
        sa.select(
            Benefit.promise_id,
            Benefit.months,
            Benefit.certainty,
            Benefit.amount,
            Benefit.low,
            Benefit.high,
            Benefit.realised,
            Benefit.unknown_reason,
            Benefit.recorded_at,
            Person.name.label("recorded_by"),
        )
        .outerjoin(Person, Person.id == Benefit.recorded_by_id)
        .where(Benefit.promise_id.is_not(None), condition)
        .order_by(Benefit.promise_id, Benefit.months)
    )
    found: dict[int, list[MeasuredRow]] = defaultdict(list)
    for row in rows:
        found[row.promise_id].append(MeasuredRow(**row._mapping))
    return found


def costs_of(session: Session, proposal_id: int) -> Costs:
    row = session.execute(
        sa.select(Proposal.spent_cents, ScaleReadiness.recurring_cents)
        .outerjoin(ScaleReadiness, ScaleReadiness.proposal_id == Proposal.id)
        .where(Proposal.id == proposal_id)
    ).one()
    return Costs(row.spent_cents, row.recurring_cents)


def scaled_at(session: Session, proposal_id: int) -> datetime | None:
    """When the record first came into scaling; None before that."""
    return session.scalar(
        sa.select(sa.func.min(StageSpell.entered_at)).where(
            StageSpell.proposal_id == proposal_id, StageSpell.stage == Stage.SCALE
        )
    )
