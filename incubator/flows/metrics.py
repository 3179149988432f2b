"""What is measured: defining and changing a metric."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.access import Action
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.evaluation import Design, Measure, Promise, never_negative
from incubator.domain.evaluation_plan import (
    ADDED,
    CRITERION_FIELDS,
    JUDGED,
    SET_ASIDE,
    carries,
    differences,
)
from incubator.domain.events import EventKind
from incubator.domain.folding import fold
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from incubator.domain.roles import Actor
from incubator.flows.amendments import Amending, amend, check_amending, locked
from incubator.flows.pilots import begin_change, ensure_plan
from incubator.flows.record import record
from incubator.flows.versions import check_version
from incubator.models.evaluation import EvaluationLock
from incubator.models.pilots import Metric, Pilot
from incubator.queries.evaluation_plan import plain, plain_values, readings_since_launch

LARGEST = 1e15
"""Beyond this no reading of a pilot is meant."""


@dataclass(frozen=True, slots=True)
class Definition:
    """Baseline, target and smallest worthwhile change in the metric's own unit; a rate is counted for `per`.

    `target` is the limit where it is a guardrail. Without `design` or `horizon_on` the plan's hold.
    """

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


def define_metric(
    session: Session,
    actor: Actor,
    proposal_id: int,
    definition: Definition,
    *,
    now: datetime,
    amending: Amending | None = None,
) -> Metric:
    """Define a metric. One that comes after the plan's lock is an amendment and cannot carry the decision."""
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    pilot = ensure_plan(session, proposal_id)
    _check(session, pilot.id, definition, None)
    lock = locked(session, pilot.id)
    amending = check_amending(amending) if lock else None
    last = session.scalar(sa.select(sa.func.max(Metric.position)).where(Metric.pilot_id == pilot.id))
    metric = Metric(pilot_id=pilot.id, position=(last or 0) + 1, **asdict(definition))
    metric.post_hoc_at = now if lock else None
    session.add(metric)
    if amending is None:
        record(session, actor, now, EventKind.METRIC_DEFINED, proposal_id=proposal_id, metric=definition.name)
        return metric
    readings_in = readings_since_launch(session, pilot.id, None)
    session.flush()
    amend(
        session,
        actor,
        pilot,
        metric,
        what=metric.name,
        changes={ADDED: {"was": False, "is": True}},
        readings_in=readings_in,
        amending=amending,
        now=now,
    )
    return metric


def define_metrics(
    session: Session,
    actor: Actor,
    proposal_id: int,
    definitions: Sequence[Definition],
    *,
    now: datetime,
    amending: Amending | None = None,
) -> list[Metric]:
    """Define several at once, all or none."""
    if not definitions:
        raise DomainError("Tick at least one criterion.", "chosen")
    return [
        define_metric(session, actor, proposal_id, definition, now=now, amending=amending)
        for definition in definitions
    ]


def change_metric(
    session: Session,
    actor: Actor,
    proposal_id: int,
    metric_id: int,
    definition: Definition,
    *,
    seen_version: int | None,
    now: datetime,
    amending: Amending | None = None,
) -> Metric:
    """Change what is measured. What stood before is kept in the event, so that a moved target can be seen;
    once the plan is locked the change is an amendment."""
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    metric = find_metric(session, proposal_id, metric_id)
    new = asdict(definition)
    check_version(metric, seen_version, {name: getattr(metric, name) for name in new})
    _check(session, metric.pilot_id, definition, metric.id)
    changes = differences(
        plain_values(metric, CRITERION_FIELDS), {name: plain(new[name]) for name in CRITERION_FIELDS}
    )
    if not changes:
        return metric
    lock = locked(session, metric.pilot_id)
    amending = check_amending(amending) if lock else None
    readings_in = readings_since_launch(session, metric.pilot_id, metric.id) if lock else 0
    for name in changes:
        setattr(metric, name, new[name])
    if lock is not None and amending is not None:
        _mark(metric, lock, now)
        _amend(session, actor, metric, changes, readings_in, amending, now)
    else:
        record(
            session,
            actor,
            now,
            EventKind.METRIC_CHANGED,
            proposal_id=proposal_id,
            metric=definition.name,
            before={name: each["was"] for name, each in changes.items()},
            after={name: each["is"] for name, each in changes.items()},
        )
    return metric


def remove_metric(
    session: Session,
    actor: Actor,
    proposal_id: int,
    metric_id: int,
    *,
    now: datetime,
    undo: bool = False,
    amending: Amending | None = None,
) -> Metric:
    """Set a metric aside with its readings, or with `undo` bring it back; an amendment once the plan is locked."""
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    metric = find_metric(session, proposal_id, metric_id)
    if (metric.archived_at is None) == undo:
        return metric
    lock = locked(session, metric.pilot_id)
    amending = check_amending(amending) if lock else None
    readings_in = readings_since_launch(session, metric.pilot_id, metric.id) if lock else 0
    if undo:
        _check_name(session, metric.pilot_id, metric.name, metric.id)
    metric.archived_at = None if undo else now
    if lock is not None and amending is not None:
        _mark(metric, lock, now)
        changes = {SET_ASIDE: {"was": undo, "is": not undo}}
        _amend(session, actor, metric, changes, readings_in, amending, now)
        return metric
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


def _mark(metric: Metric, lock: EvaluationLock, now: datetime) -> None:
    """What the lock does not hold as a goal or a guardrail came to be one afterwards."""
    if metric.post_hoc_at is None and metric.archived_at is None and metric.kind in JUDGED:
        metric.post_hoc_at = None if carries(lock.content, metric.id) else now


def _amend(
    session: Session,
    actor: Actor,
    metric: Metric,
    changes: dict[str, Any],
    readings_in: int,
    amending: Amending,
    now: datetime,
) -> None:
    amend(
        session,
        actor,
        session.get_one(Pilot, metric.pilot_id),
        metric,
        what=metric.name,
        changes=changes,
        readings_in=readings_in,
        amending=amending,
        now=now,
    )


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
    _check_name(session, pilot_id, definition.name, own_id)
    _check_numbers(definition)
    first, last = definition.baseline_from, definition.baseline_to
    if first and last and last < first:
        raise DomainError("The baseline must end after it begins.", "baseline_to")
    baseline, target = definition.baseline, definition.target
    if baseline is None or target is None:
        return
    if baseline == target:
        if definition.kind is CriterionKind.GUARDRAIL:
            raise DomainError(
                "A limit equal to the baseline could never be shown to hold. Say how much worse you would accept.",
                "target",
            )
        raise DomainError("The target must differ from the baseline.", "target")
    better = target > baseline if definition.direction is Direction.UP else target < baseline
    if definition.kind is CriterionKind.GOAL and not better:
        raise DomainError(
            "This target is worse than the baseline. Check the target, or which direction is better.",
            "target",
        )


def _check_name(session: Session, pilot_id: int, name: str, own_id: int | None) -> None:
    same = session.scalar(
        sa.select(Metric.id).where(
            Metric.pilot_id == pilot_id,
            folded(Metric.name) == fold(name),
            Metric.archived_at.is_(None),
            Metric.id != (own_id or 0),
        )
    )
    if same is not None:
        raise DomainError("There is already a metric of this name.", "name")


def _check_numbers(definition: Definition) -> None:
    for field in ("baseline", "target", "smallest_change", "per", "baseline_cases", "expected_cases"):
        number = getattr(definition, field)
        if number is None:
            continue
        if not math.isfinite(number) or abs(number) > LARGEST:
            raise DomainError("This number is too large to be meant.", field)
        if field not in ("baseline", "target") and number <= 0:
            raise DomainError("Enter a number above zero.", field)
    for field in ("baseline", "target"):
        number = getattr(definition, field)
        if number is not None and number < 0 and never_negative(definition.measure, definition.unit):
            raise DomainError("No reading of this metric can be negative.", field)
    if definition.measure is Measure.VALUE:
        return
    for field in ("baseline", "target"):
        number = getattr(definition, field)
        if number is not None and number > 100 and definition.measure is Measure.SHARE:
            raise DomainError("A share is at most 100 percent.", field)
    change = definition.smallest_change
    if definition.measure is Measure.SHARE and change is not None and change > 100:
        raise DomainError("A share cannot change by more than 100 percentage points.", "smallest_change")
