"""What a panel says of one proposal: notes, the summary, votes, and whether it was discussed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, Answer
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.panels import (
    NOTE_LIMIT,
    REASON_LIMIT,
    RECOMMENDATIONS,
    SUMMARY_LIMIT,
    MeetingState,
    NoteAudience,
    Vote,
    audiences,
    may_speak,
    may_strike,
    may_sum_up,
    meeting_state,
)
from incubator.domain.roles import Actor
from incubator.domain.rounds import can_on_call
from incubator.domain.stages import Outcome
from incubator.flows.record import record
from incubator.flows.reviews import require
from incubator.flows.stages import lock_proposal
from incubator.flows.versions import check_version, locked
from incubator.models.panels import PanelMeeting, PanelNote, PanelSummary, PanelVote
from incubator.models.proposals import Proposal
from incubator.queries.panels import takes_part
from incubator.queries.rounds import RoundHead, round_of


@dataclass(frozen=True, slots=True)
class _Seat:
    """A place at the panel for one proposal, whose row is locked, with the meeting as it stands."""

    call: RoundHead
    proposal: Proposal
    state: MeetingState


@dataclass(slots=True)
class _NotYet:
    """The summary that nobody has written: its first version is 0."""

    version: int = 0


def write_note(
    session: Session, actor: Actor, *, proposal_id: int, audience: NoteAudience, text: str, now: datetime
) -> PanelNote:
    """Add a note for the audience its author chose."""
    seat = _seat(session, actor, proposal_id)
    _refuse(may_speak(seat.state, seat.proposal.step))
    if audience not in audiences(shares_scores=seat.call.shares_scores):
        raise DomainError(
            "In this call reviewers do not read each other, so there are no notes for them.", "audience"
        )
    if not text.strip():
        raise DomainError("Write the note.", "text")
    if len(text) > NOTE_LIMIT:
        raise DomainError("A note has at most %(most)s characters.", "text", most=f"{NOTE_LIMIT:,}")
    note = PanelNote(
        proposal_id=proposal_id,
        author_id=actor.person_id,
        audience=audience,
        text=text.strip(),
        written_at=now,
    )
    session.add(note)
    record(session, actor, now, EventKind.PANEL_NOTE_WRITTEN, proposal_id=proposal_id)
    return note


def strike_note(session: Session, actor: Actor, *, note_id: int, reason: str, now: datetime) -> None:
    """Strike a note, with a reason. It stays for the panel to see; nobody else reads it any more."""
    found = session.execute(
        sa.select(PanelNote.proposal_id, PanelNote.author_id).where(PanelNote.id == note_id)
    ).one_or_none()
    if found is None:
        raise NotFound
    seat = _seat(session, actor, found.proposal_id)
    require(may_strike(actor, found.author_id, seat.call.facts))
    _refuse(may_sum_up(seat.state, seat.proposal.step))
    note = locked(session, PanelNote, note_id)
    if note is None:
        raise NotFound
    if note.struck_at is not None:
        raise DomainError("This note has already been struck.")
    if not reason.strip():
        raise DomainError("Say why the note is struck.", "reason")
    if len(reason) > REASON_LIMIT:
        raise DomainError("Give the reason in at most %(most)s characters.", "reason", most=REASON_LIMIT)
    note.struck_at, note.struck_by_id, note.struck_reason = now, actor.person_id, reason.strip()
    record(session, actor, now, EventKind.PANEL_NOTE_STRUCK, proposal_id=note.proposal_id)


def write_summary(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    text: str,
    recommendation: Outcome | None,
    seen: int | None,
    now: datetime,
) -> None:
    """Write what the panel says of the proposal and what it recommends.

    Raises StaleVersion, with the text that stands, when somebody else saved meanwhile.
    """
    seat = _seat(session, actor, proposal_id)
    _refuse(may_sum_up(seat.state, seat.proposal.step))
    if recommendation is not None and recommendation not in RECOMMENDATIONS:
        raise DomainError("Choose what can be decided at this gate.", "recommendation")
    if len(text) > SUMMARY_LIMIT:
        raise DomainError(
            "The summary has at most %(most)s characters.", "summary", most=f"{SUMMARY_LIMIT:,}"
        )
    row = _summary(session, proposal_id)
    # A row that only carries the mark of the discussion has no text yet, and so no version.
    check_version(row if row and row.changed_by_id is not None else _NotYet(), seen, _as_shown(row))
    if row is not None and (row.text, row.recommendation) == (text.strip(), recommendation):
        return
    if row is None:
        if not text.strip() and recommendation is None:
            raise DomainError("Write a summary or choose what the panel recommends.", "summary")
        row = PanelSummary(proposal_id=proposal_id)
        session.add(row)
    row.text, row.recommendation = text.strip(), recommendation
    row.changed_at, row.changed_by_id = now, actor.person_id
    record(session, actor, now, EventKind.PANEL_SUMMARY_WRITTEN, proposal_id=proposal_id)


def mark_discussed(
    session: Session, actor: Actor, *, proposal_id: int, discussed: bool, now: datetime
) -> None:
    """Mark a proposal as discussed by the panel, or take the mark off."""
    seat = _seat(session, actor, proposal_id)
    _refuse(may_sum_up(seat.state, seat.proposal.step))
    row = _summary(session, proposal_id)
    if discussed is (row is not None and row.discussed_at is not None):
        return
    if row is None:
        session.add(PanelSummary(proposal_id=proposal_id, discussed_at=now, changed_at=now))
    else:
        # The mark is no part of the text: whoever is writing the summary must not be told that it changed.
        session.execute(
            sa.update(PanelSummary)
            .where(PanelSummary.proposal_id == proposal_id)
            .values(discussed_at=now if discussed else None)
        )
    answer = "discussed" if discussed else "not discussed"
    record(session, actor, now, EventKind.PANEL_DISCUSSED, proposal_id=proposal_id, answer=answer)


def vote(session: Session, actor: Actor, *, proposal_id: int, choice: Vote, now: datetime) -> None:
    """Vote, or vote anew: the latest counts. The history tells that somebody voted, never how."""
    seat = _seat(session, actor, proposal_id, Action.VOTE)
    _refuse(may_speak(seat.state, seat.proposal.step))
    row = session.get(PanelVote, (proposal_id, actor.person_id), populate_existing=True)
    if row is None:
        row = PanelVote(proposal_id=proposal_id, person_id=actor.person_id)
        session.add(row)
    elif row.vote is choice:
        return
    row.vote, row.at = choice, now
    record(session, actor, now, EventKind.PANEL_VOTED, proposal_id=proposal_id)


def _seat(session: Session, actor: Actor, proposal_id: int, action: Action = Action.DELIBERATE) -> _Seat:
    """The actor's seat. NotFound where they may not know that the proposal is on the agenda; Forbidden where
    their role in the call does not include the action.

    Meeting and proposal are locked first, so that neither a close nor a conflict slips in between.
    """
    call_id = session.scalar(sa.select(Proposal.call_id).where(Proposal.id == proposal_id))
    if call_id is None:
        raise NotFound
    meeting = session.execute(
        sa.select(PanelMeeting.opened_at, PanelMeeting.closed_at)
        .where(PanelMeeting.call_id == call_id)
        .with_for_update(read=True)
    ).one_or_none()
    proposal = lock_proposal(session, proposal_id)
    call = round_of(session, actor, call_id)
    if call is None or call.outside:
        raise NotFound
    require(can_on_call(actor, Action.DELIBERATE, call.facts))
    if session.scalar(sa.select(Proposal.id).where(Proposal.id == proposal_id, takes_part(actor))) is None:
        raise NotFound
    require(can_on_call(actor, action, call.facts))
    state = MeetingState.AHEAD if meeting is None else meeting_state(meeting.opened_at, meeting.closed_at)
    return _Seat(call, proposal, state)


def _refuse(answer: Answer) -> None:
    """What cannot be done now is a rule, not a lack of rights: the form is shown again with the reason."""
    if not answer:
        raise DomainError(answer.reason)


def _summary(session: Session, proposal_id: int) -> PanelSummary | None:
    return locked(session, PanelSummary, proposal_id)


def _as_shown(row: PanelSummary | None) -> dict[str, Any]:
    if row is None:
        return {"summary": "", "recommendation": ""}
    return {"summary": row.text, "recommendation": row.recommendation.value if row.recommendation else ""}
