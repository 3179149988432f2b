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

from incubator.database import folded
from incubator.domain.evaluation import Arm, Design, Measure, Promise, Verdict
from incubator.domain.pilots import Cadence, CriterionKind, Direction, Standing, reading_due, standing
from incubator.domain.stages import Provenance
from incubator.models.accounts import Person
from incubator.models.evaluation import CriterionVerdict, MetricTarget
from incubator.models.pilots import EmptyPeriod, Metric, Pilot, Reading

KIND_ORDER = (CriterionKind.GOAL, CriterionKind.GUARDRAIL, CriterionKind.CONTEXT)


@dataclass(frozen=True, slots=True)
class Point:
    """What the pilot stood at on a day, as charts need it: several units together, weighted by their cases.
    `cases` is None unless every reading of the day says how many stand behind it."""

    taken_on: date
    value: float
    verified: bool
    cases: float | None = None


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
    measure: Measure = Measure.VALUE
    per: float = 1.0
    baseline_from: date | None = None
    baseline_to: date | None = None
    baseline_cases: float | None = None
    promise: Promise = Promise.CHANGE
    smallest_change: float | None = None
    design: Design | None = None
    denominator: str = ""
    exclusions: str = ""
    horizon_on: date | None = None
    rule: str = ""
    expected_cases: float | None = None
    post_hoc_at: datetime | None = None
    verdict: Verdict | None = None
    empty_on: date | None = None
    """The last day on which the pilot reported a period without a case."""
    points: tuple[Point, ...] = ()

    @property
    def day_is_known(self) -> bool:
        """False for a single figure that a source published without the day on which it was measured."""
        return not (self.provenance is Provenance.PUBLISHED and self.cadence is Cadence.ONCE)

    @property
    def latest(self) -> Point | None:
        return self.points[-1] if self.points else None

    @property
    def unverified(self) -> int:
        return sum(not point.verified for point in self.points)

    @property
    def state(self) -> Verdict | Standing:
        """The recorded verdict; until there is one, where the latest measurement lies."""
        if self.verdict is not None and self.verdict is not Verdict.NOT_YET:
            return self.verdict
        return standing(self.kind, self.direction, self.target, self.latest.value if self.latest else None)

    def due_on(self, starts_on: date | None, ends_on: date | None) -> date | None:
        """By when the next reading is expected, in a pilot that runs between these days; none after the horizon."""
        reported = (self.latest.taken_on if self.latest else None, self.empty_on)
        latest = max((day for day in reported if day is not None), default=None)
        return reading_due(self.cadence, latest, starts_on, self.horizon_on or ends_on)


@dataclass(frozen=True, slots=True)
class ReadingRow:
    """A reading as its table shows it. `was` is the value it corrected, `reason` why."""

    id: int
    taken_on: date
    arm: Arm
    unit: str
    value: float
    numerator: float | None
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
    arm: Arm
    unit: str
    was: float
    now: float
    reason: str
    at: datetime
    by: str | None


def last_empty(metric_id: Any) -> sa.ScalarSelect[Any]:
    """The last day of a metric, by its column, on which the pilot reported a period without a case."""
    return (
        sa.select(sa.func.max(EmptyPeriod.taken_on))
        .where(EmptyPeriod.metric_id == metric_id, EmptyPeriod.arm == Arm.PILOT)
        .correlate(Metric)
        .scalar_subquery()
    )


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
    Metric.measure,
    Metric.per,
    Metric.baseline_from,
    Metric.baseline_to,
    Metric.baseline_cases,
    Metric.promise,
    Metric.smallest_change,
    Metric.design,
    Metric.denominator,
    Metric.exclusions,
    Metric.horizon_on,
    Metric.rule,
    Metric.expected_cases,
    Metric.post_hoc_at,
    sa.select(CriterionVerdict.verdict)
    .where(CriterionVerdict.metric_id == Metric.id, CriterionVerdict.replaced_at.is_(None))
    .correlate(Metric)
    .scalar_subquery()
    .label("verdict"),
    last_empty(Metric.id).label("empty_on"),
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
    points = points_of(session, [row.id for row in rows])
    return [MetricRow(**row._mapping, points=points.get(row.id, ())) for row in rows]


def set_aside(session: Session, proposal_id: int) -> list[tuple[int, str]]:
    """Metrics no longer in use, by id and name."""
    rows = session.execute(
        sa.select(Metric.id, Metric.name)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(Pilot.proposal_id == proposal_id, Metric.archived_at.is_not(None))
        .order_by(folded(Metric.name), Metric.id)
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
    return MetricRow(**row._mapping, points=points_of(session, [row.id]).get(row.id, ()))


def main_metric(metrics: Sequence[MetricRow]) -> MetricRow | None:
    """The metric a pilot is summed up by: the first goal with readings, else the first goal, else the first."""
    goals = [metric for metric in metrics if metric.kind is CriterionKind.GOAL]
    return next((goal for goal in goals if goal.points), None) or next(iter([*goals, *metrics]), None)


def points_of(session: Session, metric_ids: Sequence[int]) -> dict[int, tuple[Point, ...]]:
    """The pilot's own current readings by metric, one point a day in time order; none of whom it is compared with."""
    if not metric_ids:
        return {}
    rows = session.execute(
        sa.select(
            Reading.metric_id,
            Reading.taken_on,
            Reading.value,
            Reading.denominator,
            Reading.verified_at,
        )
        .where(Reading.metric_id.in_(metric_ids), Reading.replaced_at.is_(None), Reading.arm == Arm.PILOT)
        .order_by(Reading.metric_id, Reading.taken_on, Reading.id)
    )
    return {
        metric_id: tuple(
            _together(day, list(members)) for day, members in groupby(group, key=lambda row: row.taken_on)
        )
        for metric_id, group in groupby(rows, key=lambda row: row.metric_id)
    }


def _together(day: date, rows: Sequence[Any]) -> Point:
    """The readings of a day as one."""
    verified = all(row.verified_at is not None for row in rows)
    weights = [row.denominator for row in rows if row.denominator is not None]
    weighted = len(weights) == len(rows)
    if len(rows) == 1:
        return Point(day, rows[0].value, verified, rows[0].denominator)
    shares = weights if weighted else [1.0] * len(rows)
    heaviest = max(shares)
    total = sum(share / heaviest for share in shares)
    value = sum(row.value * (share / heaviest / total) for row, share in zip(rows, shares, strict=True))
    return Point(day, value, verified, sum(weights) if weighted else None)


@cache
def _readings_statement() -> sa.Select[*tuple[Any, ...]]:
    """Built once: putting a statement together costs more than running it."""
    recorder, verifier, before = aliased(Person), aliased(Person), aliased(Reading)
    return (
        sa.select(
            Reading.id,
            Reading.taken_on,
            Reading.arm,
            Reading.unit,
            Reading.value,
            Reading.numerator,
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
    session: Session, metric_id: int, *, limit: int | None = None, offset: int = 0, arm: Arm | None = None
) -> list[ReadingRow]:
    """Current readings, newest first, with who recorded, verified and corrected them; of one arm or of both."""
    statement = _readings_statement()
    if arm is not None:
        statement = statement.where(Reading.arm == arm)
    rows = session.execute(statement.limit(limit).offset(offset), {"metric_id": metric_id})
    return [ReadingRow(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many current readings of a metric there are on each side, and whether any names its unit."""

    pilot: int
    comparison: int
    units: bool
    empty: int
    """Periods that were reported without a case."""

    @property
    def all(self) -> int:
        return self.pilot + self.comparison


@dataclass(frozen=True, slots=True)
class EmptyRow:
    """A period that was reported without a case."""

    taken_on: date
    arm: Arm
    unit: str
    note: str
    recorded_at: datetime
    recorded_by: str | None


def empty_periods(session: Session, metric_id: int) -> list[EmptyRow]:
    """The periods without a case, newest first."""
    rows = session.execute(
        sa.select(
            EmptyPeriod.taken_on,
            EmptyPeriod.arm,
            EmptyPeriod.unit,
            EmptyPeriod.note,
            EmptyPeriod.recorded_at,
            Person.name,
        )
        .outerjoin(Person, Person.id == EmptyPeriod.recorded_by_id)
        .where(EmptyPeriod.metric_id == metric_id)
        .order_by(EmptyPeriod.taken_on.desc(), EmptyPeriod.id.desc())
    )
    return [EmptyRow(*row) for row in rows]


def recorded(session: Session, metric_id: int) -> Recorded:
    """How many readings stand, by arm."""
    row = session.execute(
        sa.select(
            sa.func.count(sa.case((Reading.arm == Arm.PILOT, 1))).label("pilot"),
            sa.func.count(sa.case((Reading.arm == Arm.COMPARISON, 1))).label("comparison"),
            sa.func.count(sa.case((Reading.unit != "", 1))).label("named"),
            sa.select(sa.func.count())
            .select_from(EmptyPeriod)
            .where(EmptyPeriod.metric_id == metric_id)
            .scalar_subquery()
            .label("empty"),
        ).where(Reading.metric_id == metric_id, Reading.replaced_at.is_(None))
    ).one()
    return Recorded(row.pilot, row.comparison, row.named > 0, row.empty)


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
            Reading.arm,
            Reading.unit,
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


@dataclass(frozen=True, slots=True)
class Current:
    """A current reading as it was handed in."""

    taken_on: date
    value: float
    denominator: float | None
    note: str
    arm: Arm
    unit: str
    numerator: float | None


def current_values(session: Session, metric_id: int) -> list[Current]:
    """Every current reading, of both arms, without who recorded it."""
    rows = session.execute(
        sa.select(
            Reading.taken_on,
            Reading.value,
            Reading.denominator,
            Reading.note,
            Reading.arm,
            Reading.unit,
            Reading.numerator,
        )
        .where(Reading.metric_id == metric_id, Reading.replaced_at.is_(None))
        .order_by(Reading.taken_on, Reading.id)
    )
    return [Current(**row._mapping) for row in rows]


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target for one period as an edition of its source gives it; `value` is None where it is only words."""

    label: str
    edition: str
    due_on: date
    value: float | None
    written: str


def targets_of(session: Session, metric_id: int) -> list[TargetRow]:
    """Targets by period, the newest first, in the order of the source's editions."""
    rows = session.execute(
        sa.select(
            MetricTarget.label,
            MetricTarget.edition,
            MetricTarget.due_on,
            MetricTarget.value,
            MetricTarget.written,
        )
        .where(MetricTarget.metric_id == metric_id)
        .order_by(MetricTarget.due_on.desc(), MetricTarget.id)
    )
    return [TargetRow(**row._mapping) for row in rows]
