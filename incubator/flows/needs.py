"""What agencies need: stated, changed, put in order, dropped, and linked to what answers it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.domain.stages import Provenance
from incubator.flows.agencies import check_on_agency, locked_agency
from incubator.flows.record import record
from incubator.flows.versions import check_version
from incubator.models.agencies import Need, NeedState, Theme
from incubator.models.proposals import NeedLink, Proposal
from incubator.queries import visibility


@dataclass(frozen=True, slots=True)
class NeedDetails:
    """A need in the agency's own words: what is wrong, who is affected and how much."""

    title: str
    problem: str
    affected: str = ""
    size: str = ""
    theme_id: int | None = None


def state_need(session: Session, actor: Actor, now: datetime, agency_id: int, details: NeedDetails) -> Need:
    """Write a need down; it goes to the end of the agency's order."""
    check_on_agency(actor, Action.STATE_NEED, agency_id)
    locked_agency(session, agency_id)
    _check(session, details)
    need = Need(
        agency_id=agency_id,
        rank=len(_ranked(session, agency_id)) + 1,
        provenance=Provenance.MEASURED,
        stated_by_id=actor.person_id,
        stated_at=now,
        **asdict(details),
    )
    session.add(need)
    session.flush()
    record(session, actor, now, EventKind.NEED_STATED, agency_id=agency_id, need=need.title, need_id=need.id)
    return need


def change_need(
    session: Session, actor: Actor, now: datetime, need_id: int, details: NeedDetails, *, seen: int | None
) -> Need:
    need = _kept_need(session, actor, need_id)
    check_version(need, seen, asdict(details_of(need)))
    _check(session, details, current_theme=need.theme_id)
    changed = sorted(name for name, value in asdict(details).items() if getattr(need, name) != value)
    if not changed:
        return need
    for name in changed:
        setattr(need, name, getattr(details, name))
    record(
        session,
        actor,
        now,
        EventKind.NEED_CHANGED,
        agency_id=need.agency_id,
        need=need.title,
        need_id=need.id,
        changed=changed,
    )
    return need


def move_need(session: Session, actor: Actor, now: datetime, need_id: int, *, place: int) -> Need:
    """Put a need at that place of the agency's order; places beyond the ends mean the ends."""
    need = _kept_need(session, actor, need_id)
    if need.state is NeedState.DROPPED:
        raise DomainError("This need was dropped, so it has no place in the order.")
    order = _ranked(session, need.agency_id)
    before = order.index(need)
    after = min(max(place, 1), len(order)) - 1
    if before == after:
        return need
    order.insert(after, order.pop(before))
    _number(session, order)
    record(
        session,
        actor,
        now,
        EventKind.NEED_MOVED,
        agency_id=need.agency_id,
        need=need.title,
        need_id=need.id,
        rank=after + 1,
        before=before + 1,
    )
    return need


def drop_need(session: Session, actor: Actor, now: datetime, need_id: int, reason: str) -> Need:
    """Say that a need is none any more. Those below it move up."""
    need = _kept_need(session, actor, need_id)
    if need.state is NeedState.DROPPED:
        raise DomainError(
            "This need has already been dropped. Reopen it to drop it for another reason.", "reason"
        )
    if not reason.strip():
        raise DomainError("Say why the need is dropped.", "reason")
    need.state = NeedState.DROPPED
    session.flush()
    _number(session, _ranked(session, need.agency_id))
    record(
        session,
        actor,
        now,
        EventKind.NEED_DROPPED,
        agency_id=need.agency_id,
        need=need.title,
        need_id=need.id,
        reason=reason.strip(),
    )
    return need


def set_need_state(session: Session, actor: Actor, now: datetime, need_id: int, state: NeedState) -> Need:
    """Mark a need as answered, or as open again; one that was dropped comes back at the end of the order."""
    if state is NeedState.DROPPED:
        raise DomainError("Say why the need is dropped.", "reason")
    need = _kept_need(session, actor, need_id)
    if need.state is state:
        return need
    if need.state is NeedState.DROPPED:
        need.rank = len(_ranked(session, need.agency_id)) + 1
    need.state = state
    record(
        session,
        actor,
        now,
        EventKind.NEED_CHANGED,
        agency_id=need.agency_id,
        need=need.title,
        need_id=need.id,
        changed=["state"],
        state=state.value,
    )
    return need


def link_need(session: Session, actor: Actor, now: datetime, need_id: int, number: str) -> Proposal:
    """Say that a proposal or pilot answers the need; it may be one of another agency."""
    need = _kept_need(session, actor, need_id)
    proposal = _proposal(session, actor, number)
    if session.get(NeedLink, (proposal.id, need.id)) is None:
        session.add(NeedLink(proposal_id=proposal.id, need_id=need.id))
        _record_link(session, actor, now, EventKind.NEED_LINKED, need, proposal)
    return proposal


def unlink_need(session: Session, actor: Actor, now: datetime, need_id: int, number: str) -> None:
    need = _kept_need(session, actor, need_id)
    proposal = _proposal(session, actor, number)
    link = session.get(NeedLink, (proposal.id, need.id))
    if link is not None:
        session.delete(link)
        _record_link(session, actor, now, EventKind.NEED_UNLINKED, need, proposal)


def details_of(need: Need) -> NeedDetails:
    return NeedDetails(need.title, need.problem, need.affected, need.size, need.theme_id)


def _record_link(
    session: Session, actor: Actor, now: datetime, kind: EventKind, need: Need, proposal: Proposal
) -> None:
    record(
        session,
        actor,
        now,
        kind,
        agency_id=need.agency_id,
        proposal_id=proposal.id,
        need=need.title,
        need_id=need.id,
        number=proposal.number,
    )


def _kept_need(session: Session, actor: Actor, need_id: int) -> Need:
    """The need, with its agency's order held, when the actor may state needs there."""
    agency_id = session.scalar(sa.select(Need.agency_id).where(Need.id == need_id))
    if agency_id is None:
        raise NotFound
    check_on_agency(actor, Action.STATE_NEED, agency_id)
    locked_agency(session, agency_id)
    return session.get_one(Need, need_id, populate_existing=True)


def _proposal(session: Session, actor: Actor, number: str) -> Proposal:
    found = session.scalars(
        sa.select(Proposal).where(Proposal.number == number.strip().upper(), visibility.visible(actor))
    ).one_or_none()
    if found is None:
        raise DomainError("There is no record with this number that you may see.", "number")
    return found


def _ranked(session: Session, agency_id: int) -> list[Need]:
    """The needs that stand, in the agency's order."""
    return list(
        session.scalars(
            sa.select(Need)
            .where(Need.agency_id == agency_id, Need.state != NeedState.DROPPED)
            .order_by(Need.rank, Need.id)
        )
    )


def _number(session: Session, order: list[Need]) -> None:
    """Give the needs the ranks 1 to n. The row's version stays: whoever is editing the words of a need that
    only moved has nothing to compare."""
    for rank, need in enumerate(order, start=1):
        if need.rank != rank:
            session.execute(
                sa.update(Need)
                .where(Need.id == need.id)
                .values(rank=rank)
                .execution_options(synchronize_session=False)
            )
            set_committed_value(need, "rank", rank)


def _check(session: Session, details: NeedDetails, current_theme: int | None = None) -> None:
    if not details.title.strip():
        raise DomainError("Enter a title.", "title")
    if not details.problem.strip():
        raise DomainError("Say what the problem is.", "problem")
    if details.theme_id is not None and details.theme_id != current_theme:
        theme = session.get(Theme, details.theme_id)
        if theme is None or theme.archived_at is not None:
            raise DomainError("Choose a theme from the list.", "theme_id")
