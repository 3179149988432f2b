"""The evaluation plan: what is locked of it, its lock, and what was amended since."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.canonical import digest
from incubator.domain.clock import office_day
from incubator.domain.evaluation_plan import CRITERION_FIELDS, PLAN_FIELDS
from incubator.models.accounts import Person
from incubator.models.evaluation import Amendment, EvaluationLock
from incubator.models.pilots import Metric, Pilot, Reading


@dataclass(frozen=True, slots=True)
class AmendmentRow:
    """A change after the lock. `metric_id` is None for the plan itself; `changes` holds "was" and "is" per field."""

    id: int
    metric_id: int | None
    what: str
    changes: dict[str, Any]
    reason: str
    data_seen: bool
    readings_in: int
    made_at: datetime
    made_by: str | None
    sha256: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A plan that was proposed for its lock and waits for the second name. `underpowered` lists the criteria
    that could not detect what would be worthwhile, each with its name and what it can."""

    id: int
    proposed_at: datetime
    proposed_by: str
    proposed_by_id: int
    sha256: str
    underpowered: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class LockState:
    """Whether the plan is locked, by whom, and what was amended since (oldest first). Everything is empty
    while no plan was proposed; `waiting` while the second name is missing."""

    lock_id: int | None = None
    locked_at: datetime | None = None
    proposed_at: datetime | None = None
    proposed_by: str = ""
    confirmed_by: str = ""
    sha256: str = ""
    underpowered: tuple[dict[str, Any], ...] = ()
    accepted_reason: str = ""
    amendments: tuple[AmendmentRow, ...] = ()
    waiting: Waiting | None = None

    @property
    def is_locked(self) -> bool:
        return self.locked_at is not None

    @property
    def standing_sha256(self) -> str:
        """The digest of the plan as it stands: that of the last amendment, else that of the lock."""
        return self.amendments[-1].sha256 if self.amendments else self.sha256

    def of_metric(self, metric_id: int) -> tuple[AmendmentRow, ...]:
        """The amendments of one criterion."""
        return tuple(each for each in self.amendments if each.metric_id == metric_id)

    @property
    def of_plan(self) -> tuple[AmendmentRow, ...]:
        """The amendments of the plan as a whole."""
        return tuple(each for each in self.amendments if each.metric_id is None)

    def beside(self, metric_id: int) -> tuple[AmendmentRow, ...]:
        """The amendments to show beside a criterion's result: its own and those of the whole plan."""
        return tuple(each for each in self.amendments if each.metric_id in (None, metric_id))


@cache
def _lock_statement() -> sa.Select[*tuple[Any, ...]]:
    """Built once: putting a statement together costs more than running it."""
    proposer, confirmer = aliased(Person), aliased(Person)
    return (
        sa.select(
            EvaluationLock.id,
            EvaluationLock.pilot_id,
            EvaluationLock.proposed_at,
            EvaluationLock.proposed_by_id,
            proposer.name.label("proposed_by"),
            EvaluationLock.confirmed_at,
            confirmer.name.label("confirmed_by"),
            EvaluationLock.sha256,
            EvaluationLock.underpowered,
            EvaluationLock.accepted_reason,
        )
        .join(Pilot, Pilot.id == EvaluationLock.pilot_id)
        .join(proposer, proposer.id == EvaluationLock.proposed_by_id)
        .outerjoin(confirmer, confirmer.id == EvaluationLock.confirmed_by_id)
        .where(Pilot.proposal_id == sa.bindparam("proposal_id"), EvaluationLock.withdrawn_at.is_(None))
    )


def lock_of(session: Session, proposal_id: int) -> LockState:
    """The lock of the record's plan with its amendments; two statements, one while nothing is locked."""
    row = session.execute(_lock_statement(), {"proposal_id": proposal_id}).one_or_none()
    if row is None:
        return LockState()
    if row.confirmed_at is None:
        return LockState(
            waiting=Waiting(
                row.id,
                row.proposed_at,
                row.proposed_by,
                row.proposed_by_id,
                row.sha256,
                tuple(row.underpowered),
            )
        )
    return LockState(
        lock_id=row.id,
        locked_at=row.confirmed_at,
        proposed_at=row.proposed_at,
        proposed_by=row.proposed_by,
        confirmed_by=row.confirmed_by,
        sha256=row.sha256,
        underpowered=tuple(row.underpowered),
        accepted_reason=row.accepted_reason,
        amendments=_amendments(session, row.pilot_id),
    )


def _amendments(session: Session, pilot_id: int) -> tuple[AmendmentRow, ...]:
    rows = session.execute(
        sa.select(
            Amendment.id,
            Amendment.metric_id,
            Amendment.what,
            Amendment.changes,
            Amendment.reason,
            Amendment.data_seen,
            Amendment.readings_in,
            Amendment.made_at,
            Person.name.label("made_by"),
            Amendment.sha256,
        )
        .outerjoin(Person, Person.id == Amendment.made_by_id)
        .where(Amendment.pilot_id == pilot_id)
        .order_by(Amendment.made_at, Amendment.id)
    )
    return tuple(AmendmentRow(**row._mapping) for row in rows)


def plain_values(row: Any, fields: Mapping[str, str]) -> dict[str, Any]:
    """The fields of a plan or a criterion as plain JSON values."""
    return {field: plain(getattr(row, field)) for field in fields}


def plain(value: Any) -> Any:
    """A value of the plan as JSON holds it: days as ISO text, numbers as floats, choices by their value."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def plan_content(session: Session, proposal_id: int) -> dict[str, Any]:
    """Plan and criteria in use as plain JSON: what is locked, in one order whatever the page shows."""
    session.flush()
    pilot = session.execute(
        sa.select(Pilot.id, *(getattr(Pilot, field) for field in PLAN_FIELDS)).where(
            Pilot.proposal_id == proposal_id
        )
    ).one_or_none()
    if pilot is None:
        return {"plan": dict.fromkeys(PLAN_FIELDS), "criteria": []}
    criteria = session.execute(
        sa.select(Metric.id, Metric.post_hoc_at, *(getattr(Metric, field) for field in CRITERION_FIELDS))
        .where(Metric.pilot_id == pilot.id, Metric.archived_at.is_(None))
        .order_by(Metric.id)
    ).all()
    return {
        "plan": plain_values(pilot, PLAN_FIELDS),
        "criteria": [
            {"id": row.id, "post_hoc": row.post_hoc_at is not None, **plain_values(row, CRITERION_FIELDS)}
            for row in criteria
        ],
    }


def plan_digest(content: dict[str, Any]) -> str:
    """The digest under which a plan is locked: SHA-256 of its canonical JSON."""
    return digest(content)


def readings_since_launch(session: Session, pilot_id: int, metric_id: int | None) -> int:
    """How many current readings of the metric (of all the pilot's without one) lie on or after the start."""
    start, launched = session.execute(
        sa.select(Pilot.starts_on, Pilot.launched_at).where(Pilot.id == pilot_id)
    ).one()
    day = start or (office_day(launched) if launched else None)
    if day is None:
        return 0
    chosen = [Metric.pilot_id == pilot_id] if metric_id is None else [Metric.id == metric_id]
    return (
        session.scalar(
            sa.select(sa.func.count(Reading.id))
            .join(Metric, Metric.id == Reading.metric_id)
            .where(*chosen, Reading.replaced_at.is_(None), Reading.taken_on >= day)
        )
        or 0
    )
