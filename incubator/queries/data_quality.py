"""How good the readings of a metric are: in against the cadence, late, revised, not verified."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.completeness import Completeness, Received, completeness
from incubator.domain.clock import office_day
from incubator.domain.evaluation import Arm
from incubator.models.pilots import EmptyPeriod, Reading
from incubator.queries.metrics import MetricRow
from incubator.queries.pilots import PlanRow


@dataclass(frozen=True, slots=True)
class Quality:
    """The readings since the start; `unverified` counts those nobody has verified yet, of both arms."""

    found: Completeness
    unverified: int


def quality_of(session: Session, metric: MetricRow, plan: PlanRow, today: date) -> Quality | None:
    """None before the pilot starts; one statement."""
    if plan.starts_on is None or today < plan.starts_on:
        return None
    readings = sa.select(
        Reading.taken_on,
        Reading.recorded_at,
        Reading.arm,
        Reading.replaces_id,
        Reading.verified_at.is_(None).label("unverified"),
    ).where(Reading.metric_id == metric.id, Reading.replaced_at.is_(None))
    empty = sa.select(
        EmptyPeriod.taken_on, EmptyPeriod.recorded_at, EmptyPeriod.arm, sa.null(), sa.false()
    ).where(EmptyPeriod.metric_id == metric.id)
    found: sa.Result[Any] = session.execute(sa.union_all(readings, empty).order_by("taken_on"))
    rows = found.all()
    received = [
        Received(row.taken_on, office_day(row.recorded_at), row.replaces_id is not None)
        for row in rows
        if row.arm is Arm.PILOT
    ]
    return Quality(
        completeness(
            received,
            cadence=metric.cadence,
            launched_on=plan.starts_on,
            horizon=metric.horizon_on or plan.ends_on,
            today=today,
        ),
        sum(row.unverified for row in rows if row.taken_on >= plan.starts_on),
    )
