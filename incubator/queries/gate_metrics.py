"""What a gate asks of a record's metrics: that they can be judged, and that their readings come in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.evaluation import Arm
from incubator.domain.pilots import arriving
from incubator.models.pilots import Cadence, CriterionKind, Metric, Pilot, Reading


@dataclass(frozen=True, slots=True)
class MetricState:
    """A metric with its latest current reading and how many there are, the comparison group's left out."""

    name: str
    unit: str
    kind: CriterionKind
    cadence: Cadence
    baseline: float | None
    target: float | None
    latest: float | None
    latest_on: date | None
    readings: int

    def arriving(self, today: date) -> bool:
        return arriving(self.cadence, self.latest_on, today)


def measurable(metrics: Sequence[MetricState]) -> bool:
    """Whether there is a goal, and every goal and guardrail has a baseline and a target."""
    judged = [metric for metric in metrics if metric.kind is not CriterionKind.CONTEXT]
    return any(metric.kind is CriterionKind.GOAL for metric in judged) and all(
        metric.baseline is not None and metric.target is not None for metric in judged
    )


def all_arriving(metrics: Sequence[MetricState], today: date) -> bool:
    """Whether there is a goal, and every goal's readings come in at their cadence."""
    goals = [metric for metric in metrics if metric.kind is CriterionKind.GOAL]
    return bool(goals) and all(metric.arriving(today) for metric in goals)


def metric_states(session: Session, ids: Iterable[int]) -> dict[int, tuple[MetricState, ...]]:
    """The living metrics of these records in their order, each with the pilot's latest current reading."""
    current = (Reading.metric_id == Metric.id, Reading.replaced_at.is_(None), Reading.arm == Arm.PILOT)
    newest = sa.select(Reading.value).where(*current).order_by(Reading.taken_on.desc()).limit(1)
    rows = session.execute(
        sa.select(
            Pilot.proposal_id,
            Metric.name,
            Metric.unit,
            Metric.kind,
            Metric.cadence,
            Metric.baseline,
            Metric.target,
            newest.correlate(Metric).scalar_subquery().label("latest"),
            sa.select(sa.func.max(Reading.taken_on))
            .where(*current)
            .correlate(Metric)
            .scalar_subquery()
            .label("latest_on"),
            sa.select(sa.func.count())
            .select_from(Reading)
            .where(*current)
            .correlate(Metric)
            .scalar_subquery()
            .label("readings"),
        )
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(Pilot.proposal_id.in_(sorted(ids)), Metric.archived_at.is_(None))
        .order_by(Metric.position, Metric.id)
    )
    found: dict[int, tuple[MetricState, ...]] = {}
    for row in rows:
        values = dict(row._mapping)
        proposal_id = values.pop("proposal_id")
        found[proposal_id] = (*found.get(proposal_id, ()), MetricState(**values))
    return found
