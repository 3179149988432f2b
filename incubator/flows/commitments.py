"""What an agency and the incubator promised each other."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.plausible import check_due
from incubator.domain.roles import Actor
from incubator.flows.agencies import check_on_agency
from incubator.flows.record import record
from incubator.flows.versions import check_version, locked
from incubator.models.agencies import Commitment, CommitmentState, Party


@dataclass(frozen=True, slots=True)
class CommitmentDetails:
    """Who promised (`party`), what, who sees to it, and by when (None: no day agreed)."""

    party: Party
    promise: str
    owner_name: str = ""
    due_on: date | None = None


def make_commitment(
    session: Session, actor: Actor, now: datetime, agency_id: int, details: CommitmentDetails
) -> Commitment:
    check_on_agency(actor, Action.KEEP_AGENCY, agency_id)
    _check(details)
    check_due(details.due_on, office_day(now))
    commitment = Commitment(agency_id=agency_id, made_at=now, **asdict(details))
    session.add(commitment)
    record(session, actor, now, EventKind.COMMITMENT_MADE, agency_id=agency_id, commitment=commitment.promise)
    return commitment


def change_commitment(
    session: Session,
    actor: Actor,
    now: datetime,
    commitment_id: int,
    details: CommitmentDetails,
    *,
    seen: int | None,
) -> Commitment:
    commitment = _locked(session, actor, commitment_id)
    check_version(commitment, seen)
    _check(details)
    check_due(details.due_on, office_day(now), before=commitment.due_on)
    changed = sorted(name for name, value in asdict(details).items() if getattr(commitment, name) != value)
    if not changed:
        return commitment
    for name in changed:
        setattr(commitment, name, getattr(details, name))
    _record(session, actor, now, EventKind.COMMITMENT_CHANGED, commitment, changed=changed)
    return commitment


def close_commitment(
    session: Session,
    actor: Actor,
    now: datetime,
    commitment_id: int,
    state: CommitmentState,
    note: str = "",
) -> Commitment:
    """Mark it as kept, or as dropped with the reason; a second press changes nothing."""
    commitment = _locked(session, actor, commitment_id)
    note = note.strip()
    if commitment.state is state and note in ("", commitment.note):
        return commitment
    if commitment.state is not CommitmentState.OPEN:
        raise DomainError("This commitment is closed. Open it again first.")
    if state is CommitmentState.DROPPED and not note:
        raise DomainError("Say why the commitment is dropped.", "note")
    commitment.state, commitment.closed_at, commitment.note = state, now, note
    if state is CommitmentState.DROPPED:
        _record(session, actor, now, EventKind.COMMITMENT_DROPPED, commitment, reason=note)
    else:
        _record(session, actor, now, EventKind.COMMITMENT_KEPT, commitment, note=note)
    return commitment


def reopen_commitment(session: Session, actor: Actor, now: datetime, commitment_id: int) -> Commitment:
    commitment = _locked(session, actor, commitment_id)
    if commitment.state is not CommitmentState.OPEN:
        commitment.state, commitment.closed_at = CommitmentState.OPEN, None
        _record(session, actor, now, EventKind.COMMITMENT_CHANGED, commitment, changed=["state"])
    return commitment


def details_of(commitment: Commitment) -> CommitmentDetails:
    return CommitmentDetails(commitment.party, commitment.promise, commitment.owner_name, commitment.due_on)


def _record(
    session: Session, actor: Actor, now: datetime, kind: EventKind, commitment: Commitment, **details: Any
) -> None:
    record(
        session,
        actor,
        now,
        kind,
        agency_id=commitment.agency_id,
        commitment=commitment.promise,
        commitment_id=commitment.id,
        **details,
    )


def _locked(session: Session, actor: Actor, commitment_id: int) -> Commitment:
    commitment = locked(session, Commitment, commitment_id)
    if commitment is None:
        raise NotFound
    check_on_agency(actor, Action.KEEP_AGENCY, commitment.agency_id)
    return commitment


def _check(details: CommitmentDetails) -> None:
    if not details.promise.strip():
        raise DomainError("Say what was promised.", "promise")
