"""Metrics with their readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.pilots import Cadence, CriterionKind, Direction, Standing, reading_due, standing
from incubator.domain.stages import Provenance
from incubator.models.accounts import Person
from incubator.models.pilots import Metric, Pilot, Reading

KIND_ORDER = (CriterionKind.GOAL, CriterionKind.GUARDRAIL, CriterionKind.CONTEXT)


@dataclass(frozen=True, slots=True)
class Point:
    """A current reading as charts need it."""

    taken_on: date
    value: float
    verified: bool


@dataclass(frozen=True, slots=True)
class MetricRow:
    """A metric with its current readings in time order."""

    id: int
    name: str
    unit: str
    direction: Direction
    kind: CriterionKind
    baseline: float | None
    baseline_note: str
    target: float | None
    cadence: Cadence
    owner_name: str
    source: str
    source_url: str
    provenance: Provenance
    archived_at: datetime | None
    version: int
    points: tuple[Point, ...] = ()

    @property
    def latest(self) -> Point | None:
        return self.points[-1] if self.points else None

    @property
    def unverified(self) -> int:
        return sum(not point.verified for point in self.points)

    @property
    def standing(self) -> Standing:
        return standing(self.direction, self.target, self.latest.value if self.latest else None)

    def due_on(self, starts_on: date | None) -> date | None:
        """By when the next reading is expected."""
        return reading_due(self.cadence, self.latest.taken_on if self.latest else None, starts_on)


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A reading as its table shows it. `was` is the value it corrected, `reason` why."""

    id: int
    taken_on: date
    value: float
    denominator: float | None
    note: str
    recorded_at: datetime
    recorded_by_id: int | None
    recorded_by: str | None
    verified_at: datetime | None
    verified_by: str | None
    was: float | None
    reason: str


@dataclass(frozen=True, slots=True)
class CorrectionRow:
    taken_on: date
    was: float
    now: float
    reason: str
    at: datetime
    by: str | None


_COLUMNS = (
    Metric.id,
    Metric.name,
    Metric.unit,
    Metric.direction,
    Metric.kind,
    Metric.baseline,
    Metric.baseline_note,
    Metric.target,
    Metric.cadence,
    Metric.owner_name,
    Metric.source,
    Metric.source_url,
    Metric.provenance,
    Metric.archived_at,
    Metric.version,
)


def metrics_of(session: Session, proposal_id: int) -> list[MetricRow]:
    """The metrics in use, goals first, with their readings; two statements."""
    rows = session.execute(
        sa.select(*_COLUMNS)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(Pilot.proposal_id == proposal_id, Metric.archived_at.is_(None))
        .order_by(
            sa.case({kind.value: place for place, kind in enumerate(KIND_ORDER)}, value=Metric.kind),
            Metric.position,
            Metric.id,
        )
    ).all()
    points = _points(session, [row.id for row in rows])
    return [MetricRow(**row._mapping, points=points.get(row.id, ())) for row in rows]


def set_aside(session: Session, proposal_id: int) -> list[tuple[int, str]]:
    """Metrics no longer in use, by id and name."""
    rows = session.execute(
        sa.select(Metric.id, Metric.name)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(Pilot.proposal_id == proposal_id, Metric.archived_at.is_not(None))
        .order_by(Metric.name, Metric.id)
    )
    return [(row.id, row.name) for row in rows]


def find_metric(session: Session, proposal_id: int, metric_id: int) -> MetricRow | None:
    """One metric of this record with its readings, set aside or not."""
    row = session.execute(
        sa.select(*_COLUMNS)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(Pilot.proposal_id == proposal_id, Metric.id == metric_id)
    ).one_or_none()
    if row is None:
        return None
    return MetricRow(**row._mapping, points=_points(session, [row.id]).get(row.id, ()))


def main_metric(metrics: Sequence[MetricRow]) -> MetricRow | None:
    """The metric a pilot is summed up by: the first goal with readings, else the first goal, else the first."""
    goals = [metric for metric in metrics if metric.kind is CriterionKind.GOAL]
    return next((goal for goal in goals if goal.points), None) or next(iter([*goals, *metrics]), None)


def _points(session: Session, metric_ids: Sequence[int]) -> dict[int, tuple[Point, ...]]:
    if not metric_ids:
        return {}
    rows = session.execute(
        sa.select(Reading.metric_id, Reading.taken_on, Reading.value, Reading.verified_at)
        .where(Reading.metric_id.in_(metric_ids), Reading.replaced_at.is_(None))
        .order_by(Reading.metric_id, Reading.taken_on, Reading.id)
    )
    return {
        metric_id: tuple(Point(row.taken_on, row.value, row.verified_at is not None) for row in group)
        for metric_id, group in groupby(rows, key=lambda row: row.metric_id)
    }


@cache
def _readings_statement() -> sa.Select[*tuple[Any, ...]]:
    """Built once: putting a statement together costs more than running it."""
    recorder, verifier, before = aliased(Person), aliased(Person), aliased(Reading)
    return (
        sa.select(
            Reading.id,
            Reading.taken_on,
            Reading.value,
            Reading.denominator,
            Reading.note,
            Reading.recorded_at,
            Reading.recorded_by_id,
            recorder.name.label("recorded_by"),
            Reading.verified_at,
            verifier.name.label("verified_by"),
            before.value.label("was"),
            Reading.correction_reason.label("reason"),
        )
        .outerjoin(recorder, recorder.id == Reading.recorded_by_id)
        .outerjoin(verifier, verifier.id == Reading.verified_by_id)
        .outerjoin(before, before.id == Reading.replaces_id)
        .where(Reading.metric_id == sa.bindparam("metric_id"), Reading.replaced_at.is_(None))
        .order_by(Reading.taken_on.desc(), Reading.id.desc())
    )


def readings_of(
    session: Session, metric_id: int, *, limit: int | None = None, offset: int = 0
) -> list[ReadingRow]:
    """Current readings, newest first, with who recorded, verified and corrected them."""
    rows = session.execute(_readings_statement().limit(limit).offset(offset), {"metric_id": metric_id})
    return [ReadingRow(**row._mapping) for row in rows]


def waiting_for(session: Session, metric_id: int, person_id: int | None) -> tuple[int, int]:
    """How many readings this person could verify, and the highest id among them."""
    count, last = session.execute(
        sa.select(sa.func.count(), sa.func.max(Reading.id)).where(
            Reading.metric_id == metric_id,
            Reading.replaced_at.is_(None),
            Reading.verified_at.is_(None),
            sa.or_(Reading.recorded_by_id.is_(None), Reading.recorded_by_id != person_id),
        )
    ).one()
    return int(count), int(last or 0)


@cache
def _corrections_statement() -> sa.Select[*tuple[Any, ...]]:
    before, person = aliased(Reading), aliased(Person)
    return (
        sa.select(
            Reading.taken_on,
            before.value.label("was"),
            Reading.value.label("now"),
            Reading.correction_reason.label("reason"),
            Reading.recorded_at.label("at"),
            person.name.label("by"),
        )
        .join(before, before.id == Reading.replaces_id)
        .outerjoin(person, person.id == Reading.recorded_by_id)
        .where(Reading.metric_id == sa.bindparam("metric_id"))
        .order_by(Reading.recorded_at.desc(), Reading.id.desc())
    )


def corrections_of(session: Session, metric_id: int) -> list[CorrectionRow]:
    """Every correction of the metric's readings, newest first; none is ever lost."""
    rows = session.execute(_corrections_statement(), {"metric_id": metric_id})
    return [CorrectionRow(**row._mapping) for row in rows]


def current_values(session: Session, metric_id: int) -> list[tuple[date, float, float | None]]:
    """Day, value and number of cases of every current reading."""
    rows = session.execute(
        sa.select(Reading.taken_on, Reading.value, Reading.denominator).where(
            Reading.metric_id == metric_id, Reading.replaced_at.is_(None)
        )
    )
    return [(row.taken_on, row.value, row.denominator) for row in rows]
