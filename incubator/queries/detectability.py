"""What a pilot could detect, criterion by criterion, from its baseline readings and its planned volume."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.criterion import Sentence
from incubator.analytics.detectability import Baseline, Detectability, Plan, detectability
from incubator.domain.evaluation import Design, Measure
from incubator.domain.evaluation_plan import COMPARES, JUDGED
from incubator.domain.pilots import Direction
from incubator.models.pilots import Metric, Pilot
from incubator.queries.metrics import Point, points_of

DAYS_A_MONTH = 365.25 / 12

NOT_PLANNED = {
    "design": Sentence("Choose the design first."),
    "starts_on": Sentence("Enter the day the pilot starts."),
    "horizon_on": Sentence("Enter the day the pilot ends, or a horizon of its own."),
}


@dataclass(frozen=True, slots=True)
class Power:
    """What one criterion could show. `worthwhile_known` is False while nobody said which change would be
    worthwhile; `cases` is what the plan counts on in each period."""

    metric_id: int
    name: str
    unit: str
    measure: Measure
    found: Detectability
    design: Design | None
    horizon_on: date | None
    cases: float | None

    @property
    def enough(self) -> bool:
        """True when the smallest worthwhile change would be seen at the horizon. What cannot be worked out
        does not count as enough."""
        return self.found.underpowered is False

    @property
    def why_not(self) -> Sentence:
        """Why this criterion counts as underpowered."""
        return (
            self.found.refused
            or self.found.worthwhile_says
            or Sentence("The smallest worthwhile change is not known.")
        )


def power_of(session: Session, proposal_id: int) -> list[Power]:
    """The goals and guardrails in use, in the order they were defined; three statements at most."""
    pilot = session.execute(
        sa.select(Pilot.id, Pilot.design, Pilot.starts_on, Pilot.ends_on).where(
            Pilot.proposal_id == proposal_id
        )
    ).one_or_none()
    if pilot is None:
        return []
    rows = session.execute(
        sa.select(
            Metric.id,
            Metric.name,
            Metric.unit,
            Metric.direction,
            Metric.measure,
            Metric.per,
            Metric.design,
            Metric.baseline,
            Metric.baseline_from,
            Metric.baseline_to,
            Metric.smallest_change,
            Metric.target,
            Metric.horizon_on,
            Metric.expected_cases,
            Metric.cadence,
        )
        .where(Metric.pilot_id == pilot.id, Metric.archived_at.is_(None), Metric.kind.in_(JUDGED))
        .order_by(Metric.position, Metric.id)
    ).all()
    points = points_of(session, [row.id for row in rows])
    return [_power(row, pilot, points.get(row.id, ())) for row in rows]


def _power(row: sa.Row, pilot: sa.Row, points: tuple[Point, ...]) -> Power:  # type: ignore[type-arg]
    design, horizon = row.design or pilot.design, row.horizon_on or pilot.ends_on
    needed = {"design": design, "starts_on": pilot.starts_on, "horizon_on": horizon}
    lacking = next((name for name, value in needed.items() if value is None), None)
    before = _before(row, pilot.starts_on, points)
    weighted = bool(before) and all(point.cases is not None for point in before)
    # A value without cases behind it is one case: then a period brings one reading, whatever is handled in it.
    cases = 1.0 if before and not weighted and row.measure is Measure.VALUE else row.expected_cases
    if lacking is not None:
        found = Detectability(refused=NOT_PLANNED[lacking])
    else:
        found = detectability(
            Baseline(
                tuple(point.value for point in before),
                tuple(point.cases or 0.0 for point in before) if weighted else (),
                row.baseline,
            ),
            Plan(
                design=design,
                measure=row.measure,
                direction=row.direction,
                cadence=row.cadence,
                months=months_between(pilot.starts_on, _day_after(horizon)),
                cases=cases or 0.0,
                comparison_cases=(cases or 0.0) if design in COMPARES else 0.0,
                worthwhile=row.smallest_change,
                promised=_promised(row),
                per=row.per,
            ),
        )
    return Power(row.id, row.name, row.unit, row.measure, found, design, horizon, cases)


def _promised(row: sa.Row) -> float | None:  # type: ignore[type-arg]
    """The change for the better that is promised; None for a limit on what may get worse."""
    if row.target is None or row.baseline is None:
        return None
    change = float(row.target - row.baseline)
    return change if (change > 0) is (row.direction is Direction.UP) else None


def months_between(start: date, end: date) -> float:
    """Calendar months from one day to another: a year is twelve, whatever its days."""
    whole = (end.year - start.year) * 12 + end.month - start.month
    return whole + (end.day - start.day) / DAYS_A_MONTH


def _day_after(day: date) -> date:
    """A horizon's own day still counts: from January 4 to January 3 it is a year."""
    return day if day == date.max else day + timedelta(days=1)


def _before(row: sa.Row, starts_on: date | None, points: tuple[Point, ...]) -> list[Point]:  # type: ignore[type-arg]
    """The readings of the baseline: those in its window, else those before the pilot starts."""
    if row.baseline_from and row.baseline_to:
        inside = [point for point in points if row.baseline_from <= point.taken_on <= row.baseline_to]
        if len(inside) >= 2:
            return inside
    return [point for point in points if starts_on is None or point.taken_on < starts_on]
