"""What people do with a proposal before the panel: add and strike notes, vote, sum up, mark as discussed."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.panels import NoteAudience, Vote, may_strike
from incubator.extensions import db
from incubator.flows import deliberation as flow
from incubator.forms.panels import StrikeForm, SummaryForm, VoteForm
from incubator.queries import panels as query
from incubator.queries.rounds import RoundHead
from incubator.web.call_pages import render_call
from incubator.web.conflicts import show_conflict
from incubator.web.failures import show_on
from incubator.web.panels.blueprint import ITEM, blueprint, in_the_room, item_of
from incubator.web.panels.proposal import note_form, page, summary_form
from incubator.web.pilots.blueprint import carry_out, status_of
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, seen_version, transaction


def _item(call: RoundHead, number: str) -> query.AgendaRow:
    return item_of(call, query.find_meeting(db.session(), call.id), number)


def _address(call: RoundHead, number: str, part: str) -> str:
    return url_for("panels.proposal", slug=call.slug, number=number, _anchor=part)


@blueprint.post(f"{ITEM}/notes")
@in_the_room()
def write_note(call: RoundHead, number: str) -> Any:
    proposal_id = _item(call, number).id
    form = note_form(call)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.write_note(
                    session,
                    current_actor(),
                    proposal_id=proposal_id,
                    audience=NoteAudience(form.audience.data),
                    text=form.text.data or "",
                    now=now(),
                )
                target = leads_to(session, _address(call, number, "notes"))
            return redirect(target, 303)
        except DomainError as error:
            show_on(form, error)
    return page(call, number, note=form)


@blueprint.route(f"{ITEM}/notes/<int:note_id>/strike", methods=["GET", "POST"])
@in_the_room()
def strike_note(call: RoundHead, number: str, note_id: int) -> Any:
    row = _item(call, number)
    notes = query.notes_of(db.session(), [row.id]).get(row.id, [])
    note = next((one for one in notes if one.id == note_id), None)
    if note is None:
        raise NotFound
    answer = may_strike(current_actor(), note.author_id, call.facts)
    if not answer:
        raise Forbidden(answer.reason)
    form = StrikeForm()
    if form.validate_on_submit():
        done = carry_out(
            lambda session: flow.strike_note(
                session, current_actor(), note_id=note_id, reason=form.reason.data or "", now=now()
            ),
            to=_address(call, number, "notes"),
            said=_("The note is struck. The panel still sees it, with your reason."),
            form=form,
        )
        if done is not None:
            return done
    return render_call("pages/panels/strike.html", call, form=form, row=row, note=note), status_of(form)


@blueprint.post(f"{ITEM}/vote")
@in_the_room(Action.VOTE)
def vote(call: RoundHead, number: str) -> Any:
    proposal_id = _item(call, number).id
    form = VoteForm()
    if form.validate_on_submit():
        done = carry_out(
            lambda session: flow.vote(
                session, current_actor(), proposal_id=proposal_id, choice=Vote(form.vote.data), now=now()
            ),
            to=_address(call, number, "votes"),
            said=_("Your vote is in. You can change it until the meeting is closed."),
            form=form,
        )
        if done is not None:
            return done
    return page(call, number, vote=form)


@blueprint.post(f"{ITEM}/summary")
@in_the_room()
def write_summary(call: RoundHead, number: str) -> Any:
    """Save the summary. When somebody else saved meanwhile, both texts are shown and nothing is overwritten."""
    proposal_id = _item(call, number).id
    form = SummaryForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.write_summary(
                    session,
                    current_actor(),
                    proposal_id=proposal_id,
                    text=form.summary.data or "",
                    recommendation=form.chosen(),
                    seen=seen_version(),
                    now=now(),
                )
                target = leads_to(session, _address(call, number, "said"))
            return redirect(target, 303)
        except StaleVersion:
            db.session.rollback()
            saved = query.summaries(db.session(), [proposal_id]).get(proposal_id, query.SummaryRow())
            return show_conflict(
                form,
                summary_form(saved),
                version=saved.version,
                reload_url=_address(call, number, "said"),
                action=request.path,
            )
        except DomainError as error:
            show_on(form, error)
    return page(call, number, summary=form)


@blueprint.post(f"{ITEM}/discussed")
@in_the_room()
def mark_discussed(call: RoundHead, number: str) -> Any:
    """Mark the proposal as discussed, or take the mark off (`discussed` is then empty)."""
    proposal_id = _item(call, number).id
    discussed = bool(request.form.get("discussed"))
    return carry_out(
        lambda session: flow.mark_discussed(
            session, current_actor(), proposal_id=proposal_id, discussed=discussed, now=now()
        ),
        to=_address(call, number, "main"),
        said=_("Marked as discussed.") if discussed else _("The mark is taken off."),
    )
