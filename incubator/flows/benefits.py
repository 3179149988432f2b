"""Whether the benefit came about, some months after scaling."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.benefits import BENEFIT_MONTHS, Certainty
from incubator.domain.errors import DomainError, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.domain.stages import Stage
from incubator.flows.pilots import begin_change
from incubator.flows.record import record
from incubator.flows.stages import set_due
from incubator.models.benefits import Benefit


@dataclass(frozen=True, slots=True)
class BenefitDetails:
    """Money (whole cents a year) and time (hours a year) are kept apart: saved hours are not dollars."""

    months: int
    forecast: str
    realised: str
    unknown_reason: str
    cents_per_year: int | None
    hours_per_year: float | None


def stamp(recorded_at: datetime | None) -> int:
    """What a form shows of a benefit's state, to notice that somebody else recorded it meanwhile."""
    return 0 if recorded_at is None else round(recorded_at.timestamp() * 1_000_000)


def record_benefit(
    session: Session,
    actor: Actor,
    proposal_id: int,
    details: BenefitDetails,
    *,
    seen: int | None,
    now: datetime,
) -> Benefit:
    """Record what came of it, or why nobody knows; a second record for the same month takes its place."""
    proposal = begin_change(session, actor, Action.WRITE_LESSON, proposal_id, now)
    if (proposal.resume_stage or proposal.stage) not in (Stage.SCALE, Stage.IN_SERVICE):
        raise DomainError("The benefit is recorded once the pilot is being scaled.")
    row = session.scalars(
        sa.select(Benefit)
        .where(
            Benefit.proposal_id == proposal_id,
            Benefit.months == details.months,
            Benefit.promise_id.is_(None),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()
    standing = stamp(None if row is None else row.recorded_at)
    if seen != standing:
        names = () if row is None else tuple(asdict(details))
        raise StaleVersion({name: getattr(row, name) for name in names}, standing)
    _check(details)
    if row is None:
        row = Benefit(proposal_id=proposal_id)
        session.add(row)
    for name, value in asdict(details).items():
        setattr(row, name, value)
    row.certainty = Certainty.UNKNOWN if details.unknown_reason else Certainty.ESTIMATED
    row.recorded_at, row.recorded_by_id = now, actor.person_id
    session.flush()
    set_due(session, proposal)
    record(session, actor, now, EventKind.BENEFIT_RECORDED, proposal_id=proposal_id, months=details.months)
    return row


def _check(details: BenefitDetails) -> None:
    if details.months not in BENEFIT_MONTHS:
        raise DomainError("Choose 6, 12 or 24 months.", "months")
    if not details.realised and not details.unknown_reason:
        raise DomainError("Say what came of it, or why it is unknown.", "realised")
    if details.realised and details.unknown_reason:
        raise DomainError("Say either what came of it or why it is unknown, not both.", "unknown_reason")
    if details.hours_per_year is not None and not math.isfinite(details.hours_per_year):
        raise DomainError("Enter a number that is not infinite.", "hours_per_year")
