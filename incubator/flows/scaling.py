"""Preparing a pilot to be scaled: the owner accepts, the money and the route are named, approvals are given."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.domain.scaling import (
    APPROVAL_AREAS,
    APPROVAL_STATES,
    ApprovalArea,
    ApprovalState,
    fiscal_years,
)
from incubator.flows.pilots import begin_change, find_plan
from incubator.flows.record import record
from incubator.flows.versions import check_version
from incubator.models.scaling import ScaleApproval, ScaleReadiness


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is prepared. Everything may be empty: the scale gate asks for it, not the form."""

    recurring_cents: int | None = None
    funding_line: str = ""
    fiscal_year: int | None = None
    procurement: str = ""
    support: str = ""
    typicality: str = ""


def _find(session: Session, proposal_id: int) -> ScaleReadiness | None:
    return session.scalars(
        sa.select(ScaleReadiness)
        .where(ScaleReadiness.proposal_id == proposal_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def prepare(
    session: Session,
    actor: Actor,
    proposal_id: int,
    preparation: Preparation,
    *,
    seen_version: int | None,
    now: datetime,
) -> ScaleReadiness:
    """Save what is prepared. `seen_version` is that of the form, 0 when nothing was saved yet.

    Raises StaleVersion, with the saved values, when somebody saved meanwhile.
    """
    begin_change(session, actor, Action.PREPARE_SCALING, proposal_id, now)
    row = _find(session, proposal_id)
    values = asdict(preparation)
    _check_seen(row, seen_version, values)
    standing = None if row is None else row.fiscal_year
    years = fiscal_years(office_day(now))
    if preparation.fiscal_year not in (None, standing) and preparation.fiscal_year not in years:
        raise DomainError(
            "Enter a fiscal year from %(first)s to %(last)s.",
            "fiscal_year",
            first=years[0],
            last=years[-1],
        )
    before = asdict(Preparation()) if row is None else {name: getattr(row, name) for name in values}
    changed = [name for name, value in values.items() if before[name] != value]
    if row is None:
        if not changed:
            raise DomainError("Fill in at least one of the answers.")
        row = ScaleReadiness(proposal_id=proposal_id)
        session.add(row)
    for name in changed:
        setattr(row, name, values[name])
    session.flush()
    if changed:
        record(
            session, actor, now, EventKind.SCALE_READINESS_CHANGED, proposal_id=proposal_id, changed=changed
        )
    return row


def _check_seen(row: ScaleReadiness | None, seen: int | None, values: dict[str, object]) -> None:
    if row is not None:
        check_version(row, seen, {name: getattr(row, name) for name in values})
    elif seen != 0:
        raise StaleVersion({}, 0)


def accept_ownership(
    session: Session, actor: Actor, proposal_id: int, note: str, *, seen_version: int | None, now: datetime
) -> ScaleReadiness:
    """The product owner accepts in person. With another product owner the acceptance no longer holds."""
    begin_change(session, actor, Action.ACCEPT_OWNERSHIP, proposal_id, now)
    plan = find_plan(session, proposal_id)
    row = _find(session, proposal_id)
    _check_seen(row, seen_version, {"owner_note": ""})
    if row is None:
        row = ScaleReadiness(proposal_id=proposal_id)
        session.add(row)
    elif row.owner_accepted_at is not None and plan and row.owner_accepted_by_id == plan.product_owner_id:
        raise DomainError("You have accepted the product already.", "note")
    row.owner_accepted_at, row.owner_accepted_by_id, row.owner_note = now, actor.person_id, note
    session.flush()
    record(session, actor, now, EventKind.OWNERSHIP_ACCEPTED, proposal_id=proposal_id, note=note)
    return row


def give_approval(
    session: Session,
    actor: Actor,
    proposal_id: int,
    area: ApprovalArea,
    state: ApprovalState,
    note: str,
    *,
    seen: int | None,
    now: datetime,
) -> ScaleApproval:
    """Answer for security, privacy or accessibility; opening an answer again needs no note.

    `seen` is the stamp of the answer the form showed, 0 when nobody had answered.
    """
    begin_change(session, actor, Action.APPROVE_SCALING, proposal_id, now)
    row = session.scalars(
        sa.select(ScaleApproval)
        .where(ScaleApproval.proposal_id == proposal_id, ScaleApproval.area == area)
        .execution_options(populate_existing=True)
    ).one_or_none()
    standing = 0 if row is None else round(row.given_at.timestamp() * 1_000_000)
    if seen != standing:
        raise StaleVersion({} if row is None else {"state": row.state, "note": row.note}, standing)
    if state is not ApprovalState.OPEN and not note:
        raise DomainError("Write who said so and on what ground.", "note")
    if row is None:
        row = ScaleApproval(proposal_id=proposal_id, area=area)
        session.add(row)
    elif (row.state, row.note) == (state, note):
        return row
    row.state, row.note, row.given_at, row.given_by_id = state, note, now, actor.person_id
    session.flush()
    record(
        session,
        actor,
        now,
        EventKind.SCALE_APPROVAL_GIVEN,
        proposal_id=proposal_id,
        area=APPROVAL_AREAS[area].staff,
        state=APPROVAL_STATES[state].staff,
        note=note,
    )
    return row
