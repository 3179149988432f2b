"""What a pilot promises and whether it came about, some months after scaling.

A promise may be changed until the decision to scale fixes it. One that is added later is fixed by its first
measurement and stays marked as late, so that no forecast is fitted to what came of it.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.benefits import BENEFIT_MONTHS, BenefitKind, Certainty
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.input import MOST_CENTS
from incubator.domain.pilots import months_after
from incubator.domain.roles import SYSTEM, Actor
from incubator.domain.stages import Stage
from incubator.flows.pilots import begin_change
from incubator.flows.record import record
from incubator.flows.stages import set_due
from incubator.flows.versions import check_version
from incubator.models.benefits import Benefit, PromisedBenefit
from incubator.models.proposals import Proposal
from incubator.queries.benefits import scaled_at

MOST_YEARS = 20
EARLIEST = timedelta(days=31)
"""A measurement may be recorded so long before its day; earlier it would measure something else."""


@dataclass(frozen=True, slots=True)
class BenefitDetails:
    """Money (whole cents a year) and time (hours a year) are kept apart: saved hours are not dollars."""

    months: int
    forecast: str
    realised: str
    unknown_reason: str
    cents_per_year: int | None
    hours_per_year: float | None


@dataclass(frozen=True, slots=True)
class Promise:
    """A forecast for a year, in hundredths of the unit (cents for cash); `baseline` in the same."""

    name: str
    kind: BenefitKind
    unit: str
    owner_name: str
    baseline: int | None
    baseline_note: str
    low: int
    likely: int
    high: int
    years: int
    starts_on: date | None
    budget_line: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of a promise: `amount` a year in hundredths of its unit, `low` and `high` where it was measured
    as a range, `realized` what that rests on. Unknown has a reason and no amount."""

    months: int
    certainty: Certainty
    amount: int | None
    low: int | None
    high: int | None
    realised: str
    unknown_reason: str


def promise_benefit(
    session: Session, actor: Actor, proposal_id: int, promise: Promise, *, now: datetime
) -> PromisedBenefit:
    """Put a benefit on the register, from the pilot on."""
    _begin(session, actor, proposal_id, now)
    _check_promise(promise, now)
    row = PromisedBenefit(proposal_id=proposal_id, **asdict(promise))
    session.add(row)
    record(
        session, actor, now, EventKind.BENEFIT_PROMISED, proposal_id=proposal_id, benefit=promise.name,
        promise=_plain(asdict(promise)), late=scaled_at(session, proposal_id) is not None,
    )  # fmt: skip
    return row


def change_promise(
    session: Session,
    actor: Actor,
    proposal_id: int,
    promise_id: int,
    promise: Promise,
    *,
    seen_version: int | None,
    now: datetime,
) -> PromisedBenefit:
    """Change a promise that is not fixed; what stood before is kept in the event."""
    _begin(session, actor, proposal_id, now)
    row = find_promise(session, proposal_id, promise_id)
    new = asdict(promise)
    check_version(row, seen_version, {name: getattr(row, name) for name in new})
    _require_open(row)
    _check_promise(promise, now)
    before = {name: getattr(row, name) for name, value in new.items() if getattr(row, name) != value}
    for name in before:
        setattr(row, name, new[name])
    if before:
        after = {name: new[name] for name in before}
        _tell_change(session, actor, row, now, before=_plain(before), after=_plain(after))
    return row


def remove_promise(
    session: Session, actor: Actor, proposal_id: int, promise_id: int, *, now: datetime, undo: bool = False
) -> PromisedBenefit:
    """Take a promise that is not fixed off the register, or with `undo` put it back."""
    proposal = _begin(session, actor, proposal_id, now)
    row = find_promise(session, proposal_id, promise_id, removed=True)
    if (row.removed_at is None) != undo:
        if not undo:
            _require_open(row)
        row.removed_at = None if undo else now
        _tell_change(session, actor, row, now, change="put back" if undo else "removed")
        session.flush()
        set_due(session, proposal)
    return row


def fix_promises(session: Session, proposal_id: int, now: datetime) -> int:
    """Fix all standing promises with the decision to scale; how many. The proposal must be locked."""
    rows = session.scalars(
        sa.select(PromisedBenefit)
        .where(
            PromisedBenefit.proposal_id == proposal_id,
            PromisedBenefit.removed_at.is_(None),
            PromisedBenefit.fixed_at.is_(None),
        )
        .order_by(PromisedBenefit.id)
        .execution_options(populate_existing=True)
    ).all()
    for row in rows:
        row.fixed_at = now
    if rows:
        names = [row.name for row in rows]
        record(session, SYSTEM, now, EventKind.BENEFITS_FIXED, proposal_id=proposal_id, benefits=names)
    return len(rows)


def measure_benefit(
    session: Session,
    actor: Actor,
    proposal_id: int,
    promise_id: int,
    measured: Measured,
    *,
    seen: int | None,
    now: datetime,
) -> Benefit:
    """Record what came of a promise after some months, or why nobody knows. A second record for the same
    month takes its place and keeps in its event what stood; `seen` is the stamp of the one that was shown."""
    proposal = _begin(session, actor, proposal_id, now)
    promise = find_promise(session, proposal_id, promise_id)
    _require_due(session, proposal, measured.months, now)
    row = session.scalars(
        sa.select(Benefit)
        .where(Benefit.promise_id == promise_id, Benefit.months == measured.months)
        .execution_options(populate_existing=True)
    ).one_or_none()
    names = tuple(asdict(measured))
    standing = stamp(None if row is None else row.recorded_at)
    if seen != standing:
        raise StaleVersion({} if row is None else {name: getattr(row, name) for name in names}, standing)
    _check_measured(measured)
    before = {} if row is None else {name: getattr(row, name) for name in names}
    after = asdict(measured)
    if row is not None and before == after:
        return row
    if row is None:
        row = Benefit(proposal_id=proposal_id, promise_id=promise_id)
        session.add(row)
    for name, value in after.items():
        setattr(row, name, value)
    row.recorded_at, row.recorded_by_id = now, actor.person_id
    promise.fixed_at = promise.fixed_at or now
    session.flush()
    set_due(session, proposal)
    record(
        session, actor, now, EventKind.BENEFIT_MEASURED, proposal_id=proposal_id, benefit=promise.name,
        months=measured.months, before=_plain(before), after=_plain(after),
    )  # fmt: skip
    return row


def find_promise(
    session: Session, proposal_id: int, promise_id: int, *, removed: bool = False
) -> PromisedBenefit:
    """The standing promise of this record, or with `removed` also one taken off; NotFound for another's."""
    row = session.scalars(
        sa.select(PromisedBenefit)
        .where(PromisedBenefit.id == promise_id, PromisedBenefit.proposal_id == proposal_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None or (row.removed_at is not None and not removed):
        raise NotFound
    return row


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


def _begin(session: Session, actor: Actor, proposal_id: int, now: datetime) -> Proposal:
    proposal = begin_change(session, actor, Action.WRITE_LESSON, proposal_id, now)
    if (proposal.resume_stage or proposal.stage) not in (Stage.PILOT, Stage.SCALE, Stage.IN_SERVICE):
        raise DomainError("Benefits are promised once there is a pilot.")
    return proposal


def _require_open(row: PromisedBenefit) -> None:
    if row.fixed_at is not None:
        raise DomainError("This forecast is fixed and is not changed any more. Add a new one beside it.")


def _require_due(session: Session, proposal: Proposal, months: int, now: datetime) -> None:
    if (proposal.resume_stage or proposal.stage) not in (Stage.SCALE, Stage.IN_SERVICE):
        raise DomainError("The benefit is measured once the pilot is being scaled.")
    if months not in BENEFIT_MONTHS:
        raise DomainError("Choose 6, 12 or 24 months.", "months")
    since = scaled_at(session, proposal.id)
    if since is not None and office_day(now) < months_after(office_day(since), months) - EARLIEST:
        raise DomainError(
            "It is too early to say what came of it after %(months)s months.", months=str(months)
        )


def _check_promise(promise: Promise, now: datetime) -> None:
    if not promise.name:
        raise DomainError("Name the benefit.", "name")
    if not promise.owner_name:
        raise DomainError("Say who answers for it.", "owner_name")
    if promise.kind is BenefitKind.CASH and not promise.budget_line:
        raise DomainError("Name the budget line that falls. Without one it is not cash.", "budget_line")
    if promise.kind is not BenefitKind.CASH and promise.budget_line:
        raise DomainError(
            "Only cash has a budget line that falls. Choose cash, or take it out.", "budget_line"
        )
    if promise.kind is BenefitKind.OTHER and not promise.unit:
        raise DomainError("Say in which unit it is counted.", "unit")
    for name in ("low", "likely", "high", "baseline"):
        if abs(getattr(promise, name) or 0) > MOST_CENTS:
            raise DomainError("This number is too large.", name)
    if promise.likely <= 0:
        raise DomainError("Enter more than nothing: a benefit is a gain.", "likely")
    if promise.low > promise.likely:
        raise DomainError("The low figure is above the likely one.", "low")
    if promise.high < promise.likely:
        raise DomainError("The high figure is below the likely one.", "high")
    if not 1 <= promise.years <= MOST_YEARS:
        raise DomainError("Enter 1 to 20 years.", "years")
    if promise.starts_on is not None and promise.starts_on.year > office_day(now).year + MOST_YEARS:
        raise DomainError("It begins within 20 years. Check the year.", "starts_on")


def _check_measured(measured: Measured) -> None:
    figures = (measured.amount, measured.low, measured.high)
    if measured.certainty is Certainty.UNKNOWN:
        if not measured.unknown_reason:
            raise DomainError("Say why it is unknown.", "unknown_reason")
        if any(figure is not None for figure in figures) or measured.realised:
            raise DomainError("Unknown has no figures. Take them out, or choose estimated.", "certainty")
        return
    if measured.unknown_reason:
        raise DomainError("Say either what came of it or why it is unknown, not both.", "unknown_reason")
    if measured.amount is None:
        raise DomainError("Enter the amount, or choose unknown.", "amount")
    if not measured.realised:
        raise DomainError("Say what the figure rests on.", "realised")
    if (measured.low is None) != (measured.high is None):
        raise DomainError(
            "Enter both ends of the range, or neither.", "low" if measured.low is None else "high"
        )
    if any(abs(figure or 0) > MOST_CENTS for figure in figures):
        raise DomainError("This number is too large.", "amount")
    if measured.low is not None and measured.high is not None:
        if measured.low > measured.amount:
            raise DomainError("The low figure is above the amount.", "low")
        if measured.high < measured.amount:
            raise DomainError("The high figure is below the amount.", "high")


def _tell_change(session: Session, actor: Actor, row: PromisedBenefit, now: datetime, **details: Any) -> None:
    record(
        session, actor, now, EventKind.BENEFIT_PROMISE_CHANGED, proposal_id=row.proposal_id,
        benefit=row.name, **details,
    )  # fmt: skip


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, str | date) else value for name, value in values.items()}
