"""What is measured: defining and changing a metric."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from incubator.domain.roles import Actor
from incubator.flows.pilots import begin_change, ensure_plan
from incubator.flows.record import record
from incubator.flows.versions import check_version
from incubator.models.pilots import Metric, Pilot


@dataclass(frozen=True, slots=True)
class Definition:
    """Baseline and target in the metric's own unit."""

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


def define_metric(
    session: Session, actor: Actor, proposal_id: int, definition: Definition, *, now: datetime
) -> Metric:
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    pilot = ensure_plan(session, proposal_id)
    _check(session, pilot.id, definition, None)
    last = session.scalar(sa.select(sa.func.max(Metric.position)).where(Metric.pilot_id == pilot.id))
    metric = Metric(pilot_id=pilot.id, position=(last or 0) + 1, **asdict(definition))
    session.add(metric)
    record(session, actor, now, EventKind.METRIC_DEFINED, proposal_id=proposal_id, metric=definition.name)
    return metric


def change_metric(
    session: Session,
    actor: Actor,
    proposal_id: int,
    metric_id: int,
    definition: Definition,
    *,
    seen_version: int | None,
    now: datetime,
) -> Metric:
    """Change what is measured. What stood before is kept in the event, so that a moved target can be seen."""
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    metric = find_metric(session, proposal_id, metric_id)
    new = asdict(definition)
    check_version(metric, seen_version, {name: getattr(metric, name) for name in new})
    _check(session, metric.pilot_id, definition, metric.id)
    before = {name: getattr(metric, name) for name, value in new.items() if getattr(metric, name) != value}
    for name in before:
        setattr(metric, name, new[name])
    if before:
        record(
            session,
            actor,
            now,
            EventKind.METRIC_CHANGED,
            proposal_id=proposal_id,
            metric=definition.name,
            before=_plain(before),
            after=_plain({name: new[name] for name in before}),
        )
    return metric


def remove_metric(
    session: Session, actor: Actor, proposal_id: int, metric_id: int, *, now: datetime, undo: bool = False
) -> Metric:
    """Set a metric aside with its readings, or with `undo` bring it back."""
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    metric = find_metric(session, proposal_id, metric_id)
    if (metric.archived_at is None) != undo:
        metric.archived_at = None if undo else now
        change = "brought back" if undo else "set aside"
        record(
            session,
            actor,
            now,
            EventKind.METRIC_CHANGED,
            proposal_id=proposal_id,
            metric=metric.name,
            change=change,
        )
    return metric


def find_metric(session: Session, proposal_id: int, metric_id: int) -> Metric:
    """The metric of this record; NotFound when it is another's. Locked through the record."""
    metric = session.scalars(
        sa.select(Metric)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(Metric.id == metric_id, Pilot.proposal_id == proposal_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if metric is None:
        raise NotFound
    return metric


def _check(session: Session, pilot_id: int, definition: Definition, own_id: int | None) -> None:
    same = session.scalar(
        sa.select(Metric.id).where(
            Metric.pilot_id == pilot_id,
            sa.func.lower(Metric.name) == definition.name.lower(),
            Metric.archived_at.is_(None),
            Metric.id != (own_id or 0),
        )
    )
    if same is not None:
        raise DomainError("There is already a metric of this name.", "name")
    baseline, target = definition.baseline, definition.target
    if baseline is None or target is None:
        return
    if baseline == target:
        raise DomainError("The target must differ from the baseline.", "target")
    better = target > baseline if definition.direction is Direction.UP else target < baseline
    if definition.kind is CriterionKind.GOAL and not better:
        raise DomainError(
            "This target is worse than the baseline. Check the target, or which direction is better.",
            "target",
        )


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, str) else value for name, value in values.items()}
