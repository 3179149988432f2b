"""Measurements: recorded once, corrected with the old value kept, verified by somebody else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, Forbidden
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.flows.metrics import find_metric
from incubator.flows.pilots import begin_change
from incubator.flows.record import record
from incubator.models.pilots import Metric, Reading


@dataclass(frozen=True, slots=True)
class NewReading:
    """One measurement in the metric's unit; `denominator` is how many cases stand behind it."""

    taken_on: date
    value: float
    denominator: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Difference:
    """A day that already has a reading, and another value was handed in for it."""

    taken_on: date
    recorded: float
    handed_in: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """What handed-in readings mean beside those that stand: new days, the same again, other values."""

    new: tuple[NewReading, ...]
    same: tuple[NewReading, ...]
    different: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    added: int
    corrected: int
    unchanged: int


def compare(current: Iterable[NewReading], handed_in: Sequence[NewReading]) -> Comparison:
    """Sort handed-in readings (each day once) by what recording them would do. Notes alone are no difference."""
    known = {reading.taken_on: reading for reading in current}
    new, same, different = [], [], []
    for reading in handed_in:
        stands = known.get(reading.taken_on)
        if stands is None:
            new.append(reading)
        elif (stands.value, stands.denominator) == (reading.value, reading.denominator):
            same.append(reading)
        else:
            different.append(Difference(reading.taken_on, stands.value, reading.value))
    return Comparison(tuple(new), tuple(same), tuple(different))


def record_readings(
    session: Session,
    actor: Actor,
    proposal_id: int,
    metric_id: int,
    readings: Sequence[NewReading],
    *,
    now: datetime,
    reason: str = "",
) -> Recorded:
    """Record measurements. Handing in the same ones again changes nothing.

    Days that have another value are corrected when `reason` says why, and are left as they stand
    otherwise. Raises DomainError for a number that is not finite, a day in the future or given twice.
    """
    begin_change(session, actor, Action.RECORD_READINGS, proposal_id, now)
    metric = find_metric(session, proposal_id, metric_id)
    _check(readings, now)
    current = _current(session, metric.id, readings)
    comparison = compare(map(_as_new, current.values()), readings)
    session.add_all(_row(metric, reading, actor, now) for reading in comparison.new)
    if comparison.new:
        record(
            session,
            actor,
            now,
            EventKind.READINGS_RECORDED,
            proposal_id=proposal_id,
            metric=metric.name,
            count=len(comparison.new),
        )
    corrected = comparison.different if reason else ()
    if corrected:
        handed_in = {reading.taken_on: reading for reading in readings}
        _correct(
            session, actor, metric, current, [handed_in[each.taken_on] for each in corrected], reason, now
        )
        _record_corrections(session, actor, proposal_id, metric, corrected, reason, now)
    return Recorded(len(comparison.new), len(corrected), len(comparison.same))


def record_reading(
    session: Session,
    actor: Actor,
    proposal_id: int,
    metric_id: int,
    reading: NewReading,
    *,
    now: datetime,
    reason: str = "",
) -> Recorded:
    """Record one measurement; a day that has another value asks for the reason of the correction."""
    done = record_readings(session, actor, proposal_id, metric_id, [reading], now=now, reason=reason)
    if not (done.added or done.corrected or done.unchanged):
        raise DomainError(
            "This day already has another reading. To correct it, say why; the old value is kept.", "reason"
        )
    return done


def verify_readings(
    session: Session, actor: Actor, proposal_id: int, metric_id: int, *, up_to_id: int, now: datetime
) -> int:
    """Verify the readings the actor was shown (ids up to `up_to_id`) and did not record; how many."""
    begin_change(session, actor, Action.VERIFY_READINGS, proposal_id, now)
    metric = find_metric(session, proposal_id, metric_id)
    waiting = (
        Reading.metric_id == metric.id,
        Reading.replaced_at.is_(None),
        Reading.verified_at.is_(None),
        Reading.id <= up_to_id,
    )
    # A reading without a recorder came from a file or the system: nobody verifies their own work then.
    others = sa.or_(Reading.recorded_by_id.is_(None), Reading.recorded_by_id != actor.person_id)
    rows = session.scalars(sa.select(Reading).where(*waiting, others).order_by(Reading.id)).all()
    if not rows:
        if session.scalar(sa.select(sa.exists().where(*waiting))):
            raise Forbidden("You recorded these readings yourself, so somebody else verifies them.")
        return 0
    for row in rows:
        row.verified_at, row.verified_by_id = now, actor.person_id
    record(
        session,
        actor,
        now,
        EventKind.READING_VERIFIED,
        proposal_id=proposal_id,
        metric=metric.name,
        count=len(rows),
    )
    return len(rows)


def _check(readings: Sequence[NewReading], now: datetime) -> None:
    for reading in readings:
        numbers = (reading.value, reading.denominator if reading.denominator is not None else 1.0)
        if not all(math.isfinite(number) for number in numbers):
            raise DomainError("Enter a number that is not infinite.", "value")
        if reading.denominator is not None and reading.denominator <= 0:
            raise DomainError("The number of cases must be above zero.", "denominator")
        if reading.taken_on > now.date():
            raise DomainError("A reading cannot lie in the future.", "taken_on")
    if len({reading.taken_on for reading in readings}) != len(readings):
        raise DomainError("A day appears twice with different values.", "rows")


def _current(session: Session, metric_id: int, readings: Sequence[NewReading]) -> dict[date, Reading]:
    if not readings:
        return {}
    days = [reading.taken_on for reading in readings]
    rows = session.scalars(
        sa.select(Reading).where(
            Reading.metric_id == metric_id,
            Reading.replaced_at.is_(None),
            Reading.taken_on.between(min(days), max(days)),
        )
    )
    return {row.taken_on: row for row in rows}


def _as_new(row: Reading) -> NewReading:
    return NewReading(row.taken_on, row.value, row.denominator, row.note)


def _row(metric: Metric, reading: NewReading, actor: Actor, now: datetime) -> Reading:
    return Reading(
        metric_id=metric.id,
        taken_on=reading.taken_on,
        value=reading.value,
        denominator=reading.denominator,
        note=reading.note,
        recorded_at=now,
        recorded_by_id=actor.person_id,
    )


def _correct(
    session: Session,
    actor: Actor,
    metric: Metric,
    current: dict[date, Reading],
    readings: list[NewReading],
    reason: str,
    now: datetime,
) -> None:
    for reading in readings:
        current[reading.taken_on].replaced_at = now
    # The old rows must leave the index of current readings before the new ones enter it.
    session.flush()
    for reading in readings:
        row = _row(metric, reading, actor, now)
        row.replaces_id = current[reading.taken_on].id
        row.correction_reason = reason
        session.add(row)


def _record_corrections(
    session: Session,
    actor: Actor,
    proposal_id: int,
    metric: Metric,
    corrected: Sequence[Difference],
    reason: str,
    now: datetime,
) -> None:
    record(
        session,
        actor,
        now,
        EventKind.READING_CORRECTED,
        proposal_id=proposal_id,
        metric=metric.name,
        reason=reason,
        corrections=[
            {"day": each.taken_on.isoformat(), "was": each.recorded, "is": each.handed_in}
            for each in corrected
        ],
    )
