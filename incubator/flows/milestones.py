"""Milestones on the way, and what may go wrong on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.flows.pilots import begin_change
from incubator.flows.record import record
from incubator.flows.versions import check_version
from incubator.models.pilots import Milestone, Risk


@dataclass(frozen=True, slots=True)
class MilestoneDetails:
    title: str
    due_on: date


@dataclass(frozen=True, slots=True)
class RiskDetails:
    """`likelihood` and `impact` from 1 (very low) to 5 (very high)."""

    title: str
    likelihood: int
    impact: int
    response: str
    owner_name: str


def add_milestone(
    session: Session, actor: Actor, proposal_id: int, details: MilestoneDetails, *, now: datetime
) -> Milestone:
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    row = Milestone(proposal_id=proposal_id, **asdict(details))
    session.add(row)
    _milestone_event(session, actor, row, now, change="added")
    return row


def change_milestone(
    session: Session,
    actor: Actor,
    proposal_id: int,
    milestone_id: int,
    details: MilestoneDetails,
    *,
    seen_version: int | None,
    now: datetime,
) -> Milestone:
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    row = _milestone(session, proposal_id, milestone_id)
    check_version(row, seen_version, {"title": row.title, "due_on": row.due_on})
    due_before = row.due_on
    if (row.title, row.due_on) != (details.title, details.due_on):
        row.title, row.due_on = details.title, details.due_on
        _milestone_event(session, actor, row, now, change="changed", due_before=due_before.isoformat())
    return row


def reach_milestone(
    session: Session, actor: Actor, proposal_id: int, milestone_id: int, reached_on: date, *, now: datetime
) -> Milestone:
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    row = _milestone(session, proposal_id, milestone_id)
    if reached_on > office_day(now):
        raise DomainError("A milestone cannot be reached in the future.", "reached_on")
    if row.reached_on is None:
        row.reached_on = reached_on
        record(
            session,
            actor,
            now,
            EventKind.MILESTONE_REACHED,
            proposal_id=proposal_id,
            milestone=row.title,
            day=reached_on.isoformat(),
        )
    return row


def reopen_milestone(
    session: Session, actor: Actor, proposal_id: int, milestone_id: int, *, now: datetime, reason: str = ""
) -> Milestone:
    """Take back that a milestone was reached; the reason stays with the change."""
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    row = _milestone(session, proposal_id, milestone_id)
    if row.reached_on is not None:
        row.reached_on = None
        _milestone_event(session, actor, row, now, change="not reached after all", reason=reason)
    return row


def remove_milestone(
    session: Session, actor: Actor, proposal_id: int, milestone_id: int, *, now: datetime, undo: bool = False
) -> Milestone:
    """Take a milestone off the list, or with `undo` put it back."""
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    row = _milestone(session, proposal_id, milestone_id)
    if (row.removed_at is None) != undo:
        row.removed_at = None if undo else now
        _milestone_event(session, actor, row, now, change="put back" if undo else "removed")
    return row


def add_risk(
    session: Session, actor: Actor, proposal_id: int, details: RiskDetails, *, now: datetime
) -> Risk:
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    _check_risk(details)
    row = Risk(proposal_id=proposal_id, **asdict(details))
    session.add(row)
    _risk_event(session, actor, row, now, change="added")
    return row


def change_risk(
    session: Session,
    actor: Actor,
    proposal_id: int,
    risk_id: int,
    details: RiskDetails,
    *,
    seen_version: int | None,
    now: datetime,
) -> Risk:
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    row = _risk(session, proposal_id, risk_id)
    new = asdict(details)
    check_version(row, seen_version, {name: getattr(row, name) for name in new})
    _check_risk(details)
    changed = [name for name, value in new.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, new[name])
    if changed:
        _risk_event(session, actor, row, now, change="changed")
    return row


def close_risk(
    session: Session, actor: Actor, proposal_id: int, risk_id: int, *, now: datetime, undo: bool = False
) -> Risk:
    """Close a risk that has passed or come about, or with `undo` open it again."""
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    row = _risk(session, proposal_id, risk_id)
    if (row.closed_at is None) != undo:
        row.closed_at = None if undo else now
        _risk_event(session, actor, row, now, change="opened again" if undo else "closed")
    return row


def _check_risk(details: RiskDetails) -> None:
    for field in ("likelihood", "impact"):
        if not 1 <= getattr(details, field) <= 5:
            raise DomainError("Choose a number from 1 to 5.", field)


def _milestone(session: Session, proposal_id: int, milestone_id: int) -> Milestone:
    row = session.scalars(
        sa.select(Milestone)
        .where(Milestone.id == milestone_id, Milestone.proposal_id == proposal_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _risk(session: Session, proposal_id: int, risk_id: int) -> Risk:
    row = session.scalars(
        sa.select(Risk)
        .where(Risk.id == risk_id, Risk.proposal_id == proposal_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _milestone_event(session: Session, actor: Actor, row: Milestone, now: datetime, **details: Any) -> None:
    record(
        session,
        actor,
        now,
        EventKind.MILESTONE_CHANGED,
        proposal_id=row.proposal_id,
        milestone=row.title,
        **details,
    )


def _risk_event(session: Session, actor: Actor, row: Risk, now: datetime, **details: Any) -> None:
    record(
        session, actor, now, EventKind.RISK_CHANGED, proposal_id=row.proposal_id, risk=row.title, **details
    )
