"""One proposal before the panel: its scores, the notes, the votes, and what the panel says of it."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.domain.panels import (
    READERS,
    audiences,
    may_speak,
    may_strike,
    may_sum_up,
)
from incubator.domain.rounds import can_on_call
from incubator.extensions import db
from incubator.forms.panels import NoteForm, SummaryForm, VoteForm
from incubator.queries import panels as query
from incubator.queries.rounds import RoundHead
from incubator.web.call_pages import render_call
from incubator.web.panels.blueprint import ITEM, blueprint, in_the_room
from incubator.web.sessions import current_actor


@blueprint.get(ITEM)
@in_the_room()
def proposal(call: RoundHead, number: str) -> Any:
    """The proposal, with the way to its neighbors on the agenda."""
    return page(call, number)


def page(
    call: RoundHead,
    number: str,
    *,
    note: NoteForm | None = None,
    vote: VoteForm | None = None,
    summary: SummaryForm | None = None,
) -> Any:
    """The page, with the form that was refused in the place of a fresh one; 422 when there is one."""
    session, actor = db.session(), current_actor()
    meeting = query.find_meeting(session, call.id)
    rows = query.agenda(session, actor, call, meeting)
    place = next((place for place, row in enumerate(rows) if row.number == number), None)
    if place is None:
        raise NotFound
    row, refused = rows[place], any((note, vote, summary))
    said = query.summaries(session, [row.id]).get(row.id, query.SummaryRow())
    speaks = may_speak(meeting.state, row.step)
    sums_up = may_sum_up(meeting.state, row.step)
    return (
        render_call(
            "pages/panels/proposal.html",
            call,
            place=place + 1,
            among=len(rows),
            before=rows[place - 1] if place else None,
            after=rows[place + 1] if place + 1 < len(rows) else None,
            meeting=meeting,
            speaks=speaks,
            sums_up=sums_up,
            votes=speaks and can_on_call(actor, Action.VOTE, call.facts),
            note_form=note or (note_form(call, fresh=True) if speaks else None),
            vote_form=vote or (VoteForm(formdata=None, vote=row.own_vote) if speaks else None),
            summary_form=summary or (summary_form(said) if sums_up else None),
            readers={one.value: _(READERS[one]) for one in audiences(shares_scores=call.shares_scores)},
            **shared(call, meeting, row, said),
        ),
        422 if refused else 200,
    )


def shared(
    call: RoundHead, meeting: query.MeetingHead, row: query.AgendaRow, said: query.SummaryRow
) -> dict[str, Any]:
    """What the page and its refreshed parts both show."""
    session, actor = db.session(), current_actor()
    struck_by_me = may_sum_up(meeting.state, row.step)
    return {
        "row": row,
        "said": said,
        "notes": query.notes_of(session, [row.id]).get(row.id, []),
        "voters": query.voters_of(session, row, call.id, shown=row.tally is not None),
        "may_strike": lambda note: struck_by_me and may_strike(actor, note.author_id, call.facts),
    }


def note_form(call: RoundHead, *, fresh: bool = False) -> NoteForm:
    form = NoteForm(formdata=None) if fresh else NoteForm()
    form.offer(audiences(shares_scores=call.shares_scores))
    return form


def summary_form(said: query.SummaryRow) -> SummaryForm:
    return SummaryForm(
        formdata=None,
        summary=said.text,
        recommendation=said.recommendation.value if said.recommendation else "",
    )
