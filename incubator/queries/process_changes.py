"""What changed how a pilot's metrics come about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.models.accounts import Person
from incubator.models.evaluation import ProcessChange
from incubator.models.pilots import Metric, Pilot


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A note; `metric_id` None where it touches every metric."""

    id: int
    metric_id: int | None
    metric: str | None
    happened_on: date
    what: str
    new_limits: bool
    recorded_at: datetime
    recorded_by: str | None
    struck_at: datetime | None
    strike_reason: str


def changes_of(session: Session, proposal_id: int, metric_id: int | None = None) -> list[ChangeRow]:
    """The notes that touch a metric (of the whole pilot without one), newest first, struck ones among them."""
    statement = (
        sa.select(
            ProcessChange.id,
            ProcessChange.metric_id,
            Metric.name.label("metric"),
            ProcessChange.happened_on,
            ProcessChange.what,
            ProcessChange.new_limits,
            ProcessChange.recorded_at,
            Person.name.label("recorded_by"),
            ProcessChange.struck_at,
            ProcessChange.strike_reason,
        )
        .join(Pilot, Pilot.id == ProcessChange.pilot_id)
        .outerjoin(Metric, Metric.id == ProcessChange.metric_id)
        .outerjoin(Person, Person.id == ProcessChange.recorded_by_id)
        .where(Pilot.proposal_id == proposal_id)
        .order_by(ProcessChange.happened_on.desc(), ProcessChange.id.desc())
    )
    if metric_id is not None:
        statement = statement.where(
            sa.or_(ProcessChange.metric_id.is_(None), ProcessChange.metric_id == metric_id)
        )
    return [ChangeRow(**row._mapping) for row in session.execute(statement)]


def find_change(session: Session, proposal_id: int, change_id: int) -> ChangeRow | None:
    return next((row for row in changes_of(session, proposal_id) if row.id == change_id), None)


def limit_days(session: Session, proposal_id: int) -> dict[int | None, tuple[date, ...]]:
    """The days from which new limits were asked for, by metric; under None those that touch every metric."""
    rows = session.execute(
        sa.select(ProcessChange.metric_id, ProcessChange.happened_on)
        .join(Pilot, Pilot.id == ProcessChange.pilot_id)
        .where(
            Pilot.proposal_id == proposal_id,
            ProcessChange.new_limits.is_(True),
            ProcessChange.struck_at.is_(None),
        )
        .order_by(ProcessChange.happened_on)
    )
    found: dict[int | None, tuple[date, ...]] = {}
    for row in rows:
        found[row.metric_id] = (*found.get(row.metric_id, ()), row.happened_on)
    return found


def days_for(found: dict[int | None, tuple[date, ...]], metric_id: int) -> tuple[date, ...]:
    """The days that start new limits in the chart of one metric."""
    return tuple(sorted({*found.get(None, ()), *found.get(metric_id, ())}))
