"""Changing a call's ranked list: its limits, and moves by hand. Every change is recorded with its reason."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, can
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.priorities import Limits, rank
from incubator.domain.roles import Actor
from incubator.flows.record import record
from incubator.models.calls import Call
from incubator.models.priorities import PriorityList, PriorityMove
from incubator.models.proposals import Proposal
from incubator.queries import priorities as query

LONGEST_REASON = 1_000
MOST_TEAMS = 10_000


def check_limits(budget_cents: int | None, teams: int | None) -> None:
    """Raises DomainError for limits that nobody can have."""
    if budget_cents is not None and budget_cents < 0:
        raise DomainError("Enter an amount that is not negative.", "budget")
    if teams is not None and not 0 <= teams <= MOST_TEAMS:
        raise DomainError("Enter a number of teams from 0 to %(most)s.", "teams", most=f"{MOST_TEAMS:,}")


def set_limits(
    session: Session,
    actor: Actor,
    now: datetime,
    call_id: int,
    *,
    budget_cents: int | None,
    teams: int | None,
    seen_version: int | None,
) -> None:
    """Adopt other limits than the call's for everybody. None is no limit; `seen_version` 0 for a list never changed."""
    found = _list(session, actor, now, call_id, seen_version)
    check_limits(budget_cents, teams)
    if (found.budget_cents, found.teams) == (budget_cents, teams):
        return
    found.budget_cents, found.teams, found.changed_at = budget_cents, teams, now
    title = session.scalar(sa.select(Call.title).where(Call.id == call_id))
    record(session, actor, now, EventKind.PRIORITY_LIST_CHANGED, list=title)


def move_proposal(
    session: Session,
    actor: Actor,
    now: datetime,
    call_id: int,
    proposal_id: int,
    *,
    to_position: int | None,
    reason: str,
    seen_version: int | None,
) -> None:
    """Put a proposal at a position (from 1) by hand.

    Raises DomainError where the position is none of the list's or the one it holds, or no reason is given.
    """
    found = _list(session, actor, now, call_id, seen_version)
    rows = query.ranked_proposals(session, actor, call_id)
    moves = [one.move for one in query.standing_moves(session, found.id, [row.id for row in rows])]
    places = rank((row.candidate for row in rows), Limits(found.budget_cents, found.teams), moves).places
    here = next((place for place in places if place.candidate.key == proposal_id), None)
    if here is None:
        raise NotFound
    if to_position is None or not 1 <= to_position <= len(places):
        raise DomainError("Enter a position from 1 to %(last)s.", "position", last=len(places))
    if to_position == here.position:
        raise DomainError("It already stands there. Enter another position.", "position")
    reason = _reason(reason)
    session.add(
        PriorityMove(
            list_id=found.id,
            proposal_id=proposal_id,
            from_position=here.position,
            to_position=to_position,
            reason=reason,
            moved_by_id=actor.person_id,
            moved_at=now,
        )
    )
    found.changed_at = now
    _bump(session, found)
    number = next(row.number for row in rows if row.id == proposal_id)
    record(
        session,
        actor,
        now,
        EventKind.PRIORITY_MOVED,
        proposal_id=proposal_id,
        number=number,
        reason=f"{here.position} → {to_position}. {reason}",
    )


def undo_move(
    session: Session, actor: Actor, now: datetime, call_id: int, move_id: int, *, seen_version: int | None
) -> None:
    """Take a move back; the proposal's move before it, if any, counts again."""
    found = _list(session, actor, now, call_id, seen_version)
    move = session.scalars(
        sa.select(PriorityMove).where(PriorityMove.id == move_id, PriorityMove.list_id == found.id)
    ).one_or_none()
    if move is None:
        raise NotFound
    if move.undone_at is not None:
        raise DomainError("This move was already taken back.")
    move.undone_at = now
    found.changed_at = now
    _bump(session, found)
    record(
        session,
        actor,
        now,
        EventKind.PRIORITY_MOVED,
        proposal_id=move.proposal_id,
        number=session.scalar(sa.select(Proposal.number).where(Proposal.id == move.proposal_id)),
        reason=f"{move.to_position} → {move.from_position}, taken back. {move.reason}",
    )


def _reason(text: str) -> str:
    reason = text.strip()
    if not reason:
        raise DomainError("Say why you move it: the reason is shown beside the row.", "reason")
    if len(reason) > LONGEST_REASON:
        raise DomainError("Shorten the reason to %(most)s characters.", "reason", most=f"{LONGEST_REASON:,}")
    return reason


def _list(session: Session, actor: Actor, now: datetime, call_id: int, seen: int | None) -> PriorityList:
    """The call's list, locked and as the actor saw it; made with the call's limits when it is the first change."""
    answer = can(actor, Action.PRIORITISE)
    if not answer:
        raise Forbidden(answer.reason)
    # The call's row is what two first changes at once wait for.
    call = session.scalars(sa.select(Call).where(Call.id == call_id).with_for_update()).one_or_none()
    if call is None:
        raise NotFound
    refusal = query.may_change(session, actor, call_id)
    if refusal:
        raise Forbidden(refusal)
    found = session.scalars(
        sa.select(PriorityList)
        .where(PriorityList.call_id == call_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    current = 0 if found is None else found.version
    if seen != current:
        limits = call if found is None else found
        raise StaleVersion({"budget": limits.budget_cents, "teams": limits.teams}, current)
    if found is None:
        found = PriorityList(
            call_id=call_id, budget_cents=call.budget_cents, teams=call.teams, changed_at=now
        )
        session.add(found)
        session.flush()
    return found


def _bump(session: Session, found: PriorityList) -> None:
    """Count the list's version up although only its moves changed, even twice in one moment."""
    sa.orm.attributes.flag_modified(found, "changed_at")
    session.flush()
