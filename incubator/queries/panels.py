"""A call's panel: its meeting, the people in the room, and the agenda as one of them may see it.

Whoever has a conflict with a proposal, belongs to its agency or wrote it has no row of it anywhere: every
SELECT here goes through `takes_part`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.database import folded
from incubator.domain.agenda import AgendaItem, by_closeness
from incubator.domain.panels import (
    MeetingState,
    NoteAudience,
    Tally,
    Vote,
    meeting_state,
    sees_how_others_voted,
    tally,
)
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Actor
from incubator.domain.stages import Outcome, Step
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.calls import Call
from incubator.models.panels import PanelMeeting, PanelNote, PanelSummary, PanelVote
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from incubator.queries.panel_people import barred_people, is_barred, is_member, people_in_the_room
from incubator.queries.panel_ranks import NO_RANKS, ranks_for
from incubator.queries.reviews import may_not_judge, may_see_scores
from incubator.queries.rounds import RoundHead
from incubator.queries.visibility import has_scored, is_author, is_revealed, of_newest_revision, visible


def takes_part(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether the actor deliberates on a proposal, as a condition of a SELECT over Proposal. Their role in the
    call is for the guard and the flow to ask."""
    return sa.and_(visible(actor), may_see_scores(actor), ~is_author(actor.person_id))


def kept_out(actor: Actor) -> sa.ColumnElement[bool]:
    """Whether a proposal is closed to the actor for a conflict, their own agency or their own hand in it."""
    return sa.or_(may_not_judge(actor), is_author(actor.person_id))


def on_agenda() -> sa.ColumnElement[bool]:
    """What is in review, and what the panel has spoken of before it was decided."""
    spoken = (
        sa.exists().where(table.proposal_id == Proposal.id).correlate(Proposal)
        for table in (PanelSummary, PanelVote, PanelNote)
    )
    return sa.or_(Proposal.step == Step.REVIEW, *spoken)


@dataclass(frozen=True, slots=True)
class MeetingHead:
    """The meeting of a call; one that nobody has set yet has version 0."""

    meets_at: datetime | None = None
    place: str = ""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    version: int = 0

    @property
    def state(self) -> MeetingState:
        return meeting_state(self.opened_at, self.closed_at)


def find_meeting(session: Session, call_id: int) -> MeetingHead:
    row = session.execute(
        sa.select(
            PanelMeeting.meets_at,
            PanelMeeting.place,
            PanelMeeting.opened_at,
            PanelMeeting.closed_at,
            PanelMeeting.version,
        ).where(PanelMeeting.call_id == call_id)
    ).one_or_none()
    return MeetingHead() if row is None else MeetingHead(*row)


@dataclass(frozen=True, slots=True)
class AgendaRow:
    """One proposal on the agenda. `must_leave` are the names of those in the room who may not hear of it.
    `voted` of `voters` have voted; `tally` says how, or is None while that is kept from the reader. `band` is
    where the analysis puts it toward the line."""

    id: int
    number: str
    title: str
    agency_name: str
    step: Step
    mean: float | None
    spread: float | None
    reviews_in: int
    band: str | None
    must_leave: tuple[str, ...]
    discussed_at: datetime | None
    has_summary: bool
    recommendation: Outcome | None
    own_vote: Vote | None
    voted: int
    voters: int
    tally: Tally | None


def agenda(session: Session, actor: Actor, call: RoundHead, meeting: MeetingHead) -> list[AgendaRow]:
    """What the reader deliberates on, the closest to the line first, in eight statements at most."""
    found = _items(session, actor, call.id)
    known = ranks_for(session, call.id, kept_out(actor)) if found else NO_RANKS
    order = by_closeness(
        (AgendaItem(row.id, row.number, row.mean) for row in found),
        places=call.places,
        ranks={row.id: known.ranks[row.number] for row in found if row.number in known.ranks},
        line=known.line,
    )
    rows = {row.id: row for row in _rows(session, actor, call.id, meeting, found, known.bands)}
    return [rows[one] for one in order]


def find_item(
    session: Session, actor: Actor, call_id: int, meeting: MeetingHead, number: str
) -> AgendaRow | None:
    """One row of the agenda without its place in the order; None for what the reader may not know of."""
    found = _items(session, actor, call_id, Proposal.number == number)
    return next(iter(_rows(session, actor, call_id, meeting, found, {})), None)


def _items(session: Session, actor: Actor, call_id: int, *wanted: sa.ColumnElement[bool]) -> list[Any]:
    totals = (
        sa.select(
            Review.proposal_id,
            sa.func.count().label("reviews_in"),
            sa.func.avg(Review.total).label("mean"),
            (sa.func.max(Review.total) - sa.func.min(Review.total)).label("spread"),
        )
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(Review.state == ReviewState.SUBMITTED, of_newest_revision())
        .group_by(Review.proposal_id)
        .subquery()
    )
    return list(
        session.execute(
            sa.select(
                Proposal.id,
                Proposal.number,
                Proposal.title,
                Agency.name.label("agency_name"),
                Proposal.step,
                totals.c.mean,
                totals.c.spread,
                sa.func.coalesce(totals.c.reviews_in, 0).label("reviews_in"),
                PanelSummary.discussed_at,
                sa.func.coalesce(PanelSummary.text != "", sa.false()).label("has_summary"),
                PanelSummary.recommendation,
            )
            .join(Agency, Agency.id == Proposal.agency_id)
            .outerjoin(totals, totals.c.proposal_id == Proposal.id)
            .outerjoin(PanelSummary, PanelSummary.proposal_id == Proposal.id)
            .where(Proposal.call_id == call_id, on_agenda(), takes_part(actor), *wanted)
            .order_by(Proposal.number, Proposal.id)
        )
    )


def _rows(
    session: Session,
    actor: Actor,
    call_id: int,
    meeting: MeetingHead,
    found: list[Any],
    bands: Mapping[str, str],
) -> list[AgendaRow]:
    if not found:
        return []
    ids = [row.id for row in found]
    room = people_in_the_room(session, call_id)
    members = {person.id for person in room if person.is_member}
    barred = barred_people(session, ids, call_id)
    votes: dict[int, dict[int, Vote]] = defaultdict(dict)
    for proposal_id, person_id, vote in session.execute(
        sa.select(PanelVote.proposal_id, PanelVote.person_id, PanelVote.vote).where(
            PanelVote.proposal_id.in_(ids)
        )
    ):
        votes[proposal_id][person_id] = vote
    rows = []
    for item in found:
        # Whoever voted stays a voter when the role ends later: the minutes do not change behind the panel.
        voters = (members | votes[item.id].keys()) - barred[item.id]
        counted = tally(votes[item.id], voters)
        own = votes[item.id].get(actor.person_id) if actor.person_id is not None else None
        shown = sees_how_others_voted(own_vote_in=own is not None, state=meeting.state)
        rows.append(
            AgendaRow(
                id=item.id,
                number=item.number,
                title=item.title,
                agency_name=item.agency_name,
                step=item.step,
                mean=None if item.mean is None else float(item.mean),
                spread=None if item.spread is None else float(item.spread),
                reviews_in=item.reviews_in,
                band=bands.get(item.number),
                must_leave=tuple(person.name for person in room if person.id in barred[item.id]),
                discussed_at=item.discussed_at,
                has_summary=bool(item.has_summary),
                recommendation=item.recommendation,
                own_vote=own,
                voted=counted.voted,
                voters=counted.voters,
                tally=counted if shown else None,
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """What the panel says of a proposal; one that nobody has written yet has version 0."""

    text: str = ""
    recommendation: Outcome | None = None
    discussed_at: datetime | None = None
    changed_at: datetime | None = None
    changed_by: str | None = None
    version: int = 0


def summaries(session: Session, proposal_ids: Collection[int]) -> dict[int, SummaryRow]:
    """The panel's summaries of proposals that the caller knows the reader deliberates on."""
    rows = session.execute(
        sa.select(
            PanelSummary.proposal_id,
            PanelSummary.text,
            PanelSummary.recommendation,
            PanelSummary.discussed_at,
            PanelSummary.changed_at,
            Person.name,
            sa.case((PanelSummary.changed_by_id.is_(None), 0), else_=PanelSummary.version),
        )
        .outerjoin(Person, Person.id == PanelSummary.changed_by_id)
        .where(PanelSummary.proposal_id.in_(proposal_ids))
    )
    return {row.proposal_id: SummaryRow(*row[1:]) for row in rows}


@dataclass(frozen=True, slots=True)
class NoteRow:
    """A note; a struck one says who struck it, when and why."""

    id: int
    proposal_id: int
    author_id: int
    author_name: str
    audience: NoteAudience
    text: str
    written_at: datetime
    struck_at: datetime | None
    struck_by: str | None
    struck_reason: str


def notes_of(session: Session, proposal_ids: Collection[int]) -> dict[int, list[NoteRow]]:
    """Every note, oldest first, on proposals that the caller knows the reader deliberates on."""
    return _notes(session, PanelNote.proposal_id.in_(proposal_ids))


def notes_for_reviewers(session: Session, actor: Actor, proposal_id: int) -> list[NoteRow]:
    """What the panel wrote for a proposal's reviewers, for one of them: once their own review is in, the
    reviews are opened and the call shares scores."""
    found = _notes(
        session,
        PanelNote.proposal_id == proposal_id,
        PanelNote.audience == NoteAudience.REVIEWERS,
        PanelNote.struck_at.is_(None),
        visible(actor),
        may_see_scores(actor),
        has_scored(actor.person_id),
        is_revealed(),
        sa.exists().where(Call.id == Proposal.call_id, Call.shares_scores).correlate(Proposal),
    )
    return found.get(proposal_id, [])


def _notes(session: Session, *wanted: sa.ColumnElement[bool]) -> dict[int, list[NoteRow]]:
    striker = aliased(Person)
    found: dict[int, list[NoteRow]] = defaultdict(list)
    for row in session.execute(
        sa.select(
            PanelNote.id,
            PanelNote.proposal_id,
            PanelNote.author_id,
            Person.name.label("author_name"),
            PanelNote.audience,
            PanelNote.text,
            PanelNote.written_at,
            PanelNote.struck_at,
            striker.name.label("struck_by"),
            PanelNote.struck_reason,
        )
        .join(Proposal, Proposal.id == PanelNote.proposal_id)
        .join(Person, Person.id == PanelNote.author_id)
        .outerjoin(striker, striker.id == PanelNote.struck_by_id)
        .where(*wanted)
        .order_by(PanelNote.id)
    ):
        found[row.proposal_id].append(NoteRow(**row._mapping))
    return found


@dataclass(frozen=True, slots=True)
class AgencyNote:
    text: str
    written_at: datetime


def notes_for_agency(session: Session, proposal_ids: Collection[int]) -> dict[int, list[AgencyNote]]:
    """What the panel wrote for each proposal's agency, oldest first, without names and without what was struck.

    The caller must know that the decision is released, or shows it to those who prepare it: before that nobody
    outside the panel reads them.
    """
    rows = session.execute(
        sa.select(PanelNote.proposal_id, PanelNote.text, PanelNote.written_at)
        .where(
            PanelNote.proposal_id.in_(proposal_ids),
            PanelNote.audience == NoteAudience.AGENCY,
            PanelNote.struck_at.is_(None),
        )
        .order_by(PanelNote.id)
    )
    found: dict[int, list[AgencyNote]] = defaultdict(list)
    for row in rows:
        found[row.proposal_id].append(AgencyNote(row.text, row.written_at))
    return found


@dataclass(frozen=True, slots=True)
class VoterRow:
    """Somebody who votes on a proposal. `vote` is None before they did, and while it is kept from the reader."""

    person_id: int
    name: str
    has_voted: bool
    vote: Vote | None


def voters_of(session: Session, row: AgendaRow, call_id: int, *, shown: bool) -> list[VoterRow]:
    """Who votes on a proposal, by name: the members who are not kept from it, and whoever voted as one."""
    voted = sa.and_(PanelVote.proposal_id == row.id, PanelVote.person_id == Person.id)
    rows = session.execute(
        sa.select(Person.id, Person.name, PanelVote.vote)
        .select_from(Person)
        .join(Proposal, Proposal.id == row.id)
        .outerjoin(PanelVote, voted)
        .where(
            sa.or_(PanelVote.vote.is_not(None), sa.and_(Person.disabled_at.is_(None), is_member(call_id))),
            ~is_barred(),
        )
        .order_by(folded(Person.name), Person.id)
    )
    return [VoterRow(one.id, one.name, one.vote is not None, one.vote if shown else None) for one in rows]
