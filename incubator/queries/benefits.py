"""What came of a scaled pilot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.stages import Stage
from incubator.models.accounts import Person
from incubator.models.benefits import Benefit
from incubator.models.proposals import StageSpell


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
        .where(Benefit.proposal_id == proposal_id)
        .order_by(Benefit.months)
    )
    return [BenefitRow(**row._mapping) for row in rows]


def scaled_at(session: Session, proposal_id: int) -> datetime | None:
    """When the record first came into scaling; None before that."""
    return session.scalar(
        sa.select(sa.func.min(StageSpell.entered_at)).where(
            StageSpell.proposal_id == proposal_id, StageSpell.stage == Stage.SCALE
        )
    )
