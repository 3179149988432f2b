"""Measurements: recorded once, corrected with the old value kept, verified by somebody else."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, Forbidden
from incubator.domain.evaluation import Arm, Measure, never_negative
from incubator.domain.evaluation_plan import value_of
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.flows.evaluation import raise_alerts
from incubator.flows.metrics import find_metric
from incubator.flows.pilots import begin_change
from incubator.flows.record import record
from incubator.models.pilots import EmptyPeriod, Metric, Reading

Key = tuple[date, Arm, str]
"""What there is one current reading of: a day, whose it is, and of which unit."""


@dataclass(frozen=True, slots=True)
class NewReading:
    """One measurement in the metric's unit. `denominator` is how many cases stand behind it, or the exposure of a
    rate; `numerator` the count among them. Without `value` it follows from the two. Of 0 cases there is none: that
    reports a period in which there was nothing to measure."""

    taken_on: date
    value: float | None
    denominator: float | None = None
    note: str = ""
    arm: Arm = Arm.PILOT
    unit: str = ""
    numerator: float | None = None

    @property
    def key(self) -> Key:
        return self.taken_on, self.arm, self.unit

    @property
    def without_cases(self) -> bool:
        return self.denominator == 0 and not self.numerator and not self.value

    @property
    def numbers(self) -> tuple[float | None, float | None, float | None]:
        return self.value, self.numerator, self.denominator


@dataclass(frozen=True, slots=True)
class Difference:
    """A reading that stands, and another was handed in for its day, arm and unit."""

    taken_on: date
    recorded: float
    handed_in: float
    arm: Arm = Arm.PILOT
    unit: str = ""

    @property
    def key(self) -> Key:
        return self.taken_on, self.arm, self.unit


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


def completed(reading: NewReading, measure: Measure, per: float) -> NewReading:
    """The reading with the value that follows from its counts, where only these were handed in."""
    if reading.value is not None or reading.numerator is None or reading.denominator is None:
        return reading
    value = value_of(measure, reading.numerator, reading.denominator, per)
    return reading if value is None else replace(reading, value=value)


def follows_from_counts(reading: NewReading, measure: Measure, per: float) -> bool:
    """Whether the value is what the counts give, as people round it: a share to the whole percent, a rate to three
    figures. Yes where there is nothing to compare."""
    if reading.value is None or reading.numerator is None or reading.denominator is None:
        return True
    follows = value_of(measure, reading.numerator, reading.denominator, per)
    near = {"abs_tol": 0.5} if measure is Measure.SHARE else {"rel_tol": 0.005}
    return follows is not None and math.isclose(reading.value, follows, **near)


def compare(current: Iterable[NewReading], handed_in: Sequence[NewReading]) -> Comparison:
    """Sort handed-in readings (each day, arm and unit once) by what recording them would do. Notes alone are no
    difference."""
    known = {reading.key: reading for reading in current}
    new, same, different = [], [], []
    for reading in handed_in:
        stands = known.get(reading.key)
        if stands is None:
            new.append(reading)
        elif stands.numbers == reading.numbers:
            same.append(reading)
        else:
            different.append(
                Difference(
                    reading.taken_on, stands.value or 0.0, reading.value or 0.0, reading.arm, reading.unit
                )
            )
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
    otherwise. Raises DomainError for a number that is not finite, a day in the future or given twice, and for a
    day said to be without cases that has a reading.
    """
    begin_change(session, actor, Action.RECORD_READINGS, proposal_id, now)
    metric = find_metric(session, proposal_id, metric_id)
    readings = [completed(reading, metric.measure, metric.per) for reading in readings]
    _check_days(readings, now)
    current = _current(session, metric.id, readings)
    empty = _record_empty(session, actor, metric, readings, current, now)
    readings = [reading for reading in readings if not reading.without_cases]
    _check(readings, metric)
    comparison = compare(map(_as_new, current.values()), readings)
    session.add_all(_row(metric, reading, actor, now) for reading in comparison.new)
    if comparison.new or empty:
        details: dict[str, Any] = {"without_cases": [day.isoformat() for day in empty]} if empty else {}
        record(
            session,
            actor,
            now,
            EventKind.READINGS_RECORDED,
            proposal_id=proposal_id,
            metric=metric.name,
            count=len(comparison.new) + len(empty),
            **details,
        )
    corrected = comparison.different if reason else ()
    if corrected:
        handed_in = {reading.key: reading for reading in readings}
        _correct(session, actor, metric, current, [handed_in[each.key] for each in corrected], reason, now)
        _record_corrections(session, actor, proposal_id, metric, corrected, reason, now)
    if comparison.new or corrected:
        raise_alerts(session, metric, proposal_id, now=now)
    return Recorded(len(comparison.new) + len(empty), len(corrected), len(comparison.same))


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
    if not reading.without_cases and not (done.added or done.corrected or done.unchanged):
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


def _record_empty(
    session: Session,
    actor: Actor,
    metric: Metric,
    readings: Sequence[NewReading],
    current: dict[Key, Reading],
    now: datetime,
) -> list[date]:
    """Keep the periods without cases that are new; a reading that comes later for one takes its place. Their days."""
    days = [reading.taken_on for reading in readings]
    if not days:
        return []
    rows = session.scalars(
        sa.select(EmptyPeriod).where(
            EmptyPeriod.metric_id == metric.id, EmptyPeriod.taken_on.between(min(days), max(days))
        )
    )
    known = {(row.taken_on, row.arm, row.unit): row for row in rows}
    added = []
    for reading in readings:
        if not reading.without_cases:
            if reading.key in known:
                session.delete(known[reading.key])
        elif reading.key in current:
            raise DomainError(
                "This day has a reading, so it had cases. Correct the reading instead.", "denominator"
            )
        elif reading.key not in known:
            added.append(reading.taken_on)
            session.add(
                EmptyPeriod(
                    metric_id=metric.id,
                    taken_on=reading.taken_on,
                    arm=reading.arm,
                    unit=reading.unit,
                    note=reading.note,
                    recorded_at=now,
                    recorded_by_id=actor.person_id,
                )
            )
    return added


def _check_days(readings: Sequence[NewReading], now: datetime) -> None:
    if any(reading.taken_on > office_day(now) for reading in readings):
        raise DomainError("A reading cannot lie in the future.", "taken_on")
    if len({reading.key for reading in readings}) != len(readings):
        raise DomainError("A day appears twice with different values.", "rows")


def _check(readings: Sequence[NewReading], metric: Metric) -> None:
    for reading in readings:
        if reading.value is None:
            raise DomainError("Enter the value, or the count and the number of cases.", "value")
        if not all(math.isfinite(number) for number in reading.numbers if number is not None):
            raise DomainError("Enter a number that is not infinite.", "value")
        if reading.denominator is not None and reading.denominator <= 0:
            raise DomainError("The number of cases must be above zero.", "denominator")
        _check_counts(reading, reading.value, metric)


def _check_counts(reading: NewReading, value: float, metric: Metric) -> None:
    """What a share or a rate can be, and that its value follows from its counts."""
    numerator, denominator, measure = reading.numerator, reading.denominator, metric.measure
    if numerator is not None:
        if measure is Measure.VALUE:
            raise DomainError("A value has no count: leave it empty.", "numerator")
        if numerator < 0:
            raise DomainError("A count cannot be negative.", "numerator")
        if denominator is None:
            raise DomainError("Enter out of how many cases.", "denominator")
        if measure is Measure.SHARE and numerator > denominator:
            raise DomainError("There are more counted than there are cases.", "numerator")
        if not follows_from_counts(reading, measure, metric.per):
            raise DomainError(
                "The value does not follow from the count and the cases. Leave one empty.", "value"
            )
    if measure is Measure.SHARE and not 0 <= value <= 100:
        raise DomainError("A share lies between 0 and 100 percent.", "value")
    if value < 0 and never_negative(measure, metric.unit):
        raise DomainError("No reading of this metric can be negative.", "value")


def _current(session: Session, metric_id: int, readings: Sequence[NewReading]) -> dict[Key, Reading]:
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
    return {(row.taken_on, row.arm, row.unit): row for row in rows}


def _as_new(row: Reading) -> NewReading:
    return NewReading(row.taken_on, row.value, row.denominator, row.note, row.arm, row.unit, row.numerator)


def _row(metric: Metric, reading: NewReading, actor: Actor, now: datetime) -> Reading:
    return Reading(
        metric_id=metric.id,
        taken_on=reading.taken_on,
        arm=reading.arm,
        unit=reading.unit,
        value=reading.value,
        numerator=reading.numerator,
        denominator=reading.denominator,
        note=reading.note,
        recorded_at=now,
        recorded_by_id=actor.person_id,
    )


def _correct(
    session: Session,
    actor: Actor,
    metric: Metric,
    current: dict[Key, Reading],
    readings: list[NewReading],
    reason: str,
    now: datetime,
) -> None:
    for reading in readings:
        current[reading.key].replaced_at = now
    # The old rows must leave the index of current readings before the new ones enter it.
    session.flush()
    for reading in readings:
        row = _row(metric, reading, actor, now)
        row.replaces_id = current[reading.key].id
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
            | ({"arm": each.arm.value} if each.arm is not Arm.PILOT else {})
            | ({"unit": each.unit} if each.unit else {})
            for each in corrected
        ],
    )
