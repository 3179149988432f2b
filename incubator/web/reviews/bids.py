"""What a reviewer would like to review in a call."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incubator.domain.access import Action
from incubator.domain.assignment import BidKind
from incubator.domain.errors import NotFound
from incubator.extensions import db
from incubator.flows import bids as flow
from incubator.forms.assignment import CONFLICT, BidsForm, bids_form
from incubator.queries import bids as query
from incubator.queries.expertise import levels_of
from incubator.web.guards import allowed
from incubator.web.reviews.blueprint import blueprint
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


@blueprint.route("/reviews/bids/<slug>", methods=["GET", "POST"])
@allowed(Action.REVIEW_ANY)
def bids(slug: str) -> Any:
    """Every proposal of the call one may review, with one question each."""
    actor, session = current_actor(), db.session()
    call = query.reviews_in(session, actor, slug)
    if call is None:
        raise NotFound
    rows = query.bid_rows(session, actor, call.id)
    form = bids_form(rows)
    if form.validate_on_submit():
        return redirect(_save(call, form, [row.id for row in rows]), 303)
    assert actor.person_id is not None
    return (
        render_template(
            "pages/reviews/bids.html",
            call=call,
            rows=rows,
            form=form,
            says_nothing=not levels_of(session, actor.person_id),
        ),
        422 if form.errors else 200,
    )


def _save(call: query.BiddingCall, form: BidsForm, asked: list[int]) -> str:
    answers = {
        proposal_id: form.answer(proposal_id) for proposal_id in asked if form[f"bid_{proposal_id}"].raw_data
    }
    gone = {name for name in request.form if name.startswith("bid_")} - form._fields.keys()
    conflicts = [proposal_id for proposal_id, answer in answers.items() if answer == CONFLICT]
    with transaction() as session:
        flow.save_bids(
            session,
            current_actor(),
            slug=call.slug,
            bids={
                proposal_id: BidKind(answer) if answer else None
                for proposal_id, answer in answers.items()
                if answer != CONFLICT
            },
            conflicts=conflicts,
            now=now(),
        )
        location = leads_to(session, url_for("reviews.bids", slug=call.slug))
    if conflicts:
        flash(
            ngettext(
                "Saved. Your conflict of interest with one proposal is recorded; you will not be asked about it.",
                "Saved. Your conflicts of interest with %(num)s proposals are recorded; you will not be asked about them.",
                len(conflicts),
            ),
            "success",
        )
    else:
        flash(_("Saved. You may change your answers until you are asked to review."), "success")
    if gone:
        flash(_("Some proposals are no longer open to you; your answers to the others are saved."), "info")
    return location
