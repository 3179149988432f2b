"""The fields a proposal needs, so that it finds reviewers who know them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, NotFound
from incubator.extensions import db
from incubator.flows.call_reviewers import set_fields
from incubator.forms.assignment import FieldsForm
from incubator.queries import assignment as query
from incubator.queries.rounds import RoundHead
from incubator.web.assignment.blueprint import ROOT, blueprint
from incubator.web.call_pages import render_call
from incubator.web.failures import show_on
from incubator.web.guards import on_call
from incubator.web.reviews.expertise import field_words
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


@blueprint.route(f"{ROOT}/fields/<int:proposal_id>", methods=["GET", "POST"])
@on_call(Action.ASSIGN_IN_CALL)
def fields(call: RoundHead, proposal_id: int) -> Any:
    """Add fields to those the proposal's own answers give, or take added ones away."""
    standing = query.reviewing(db.session(), call.id, seen_by=current_actor())
    proposal = standing.proposals.get(proposal_id)
    if proposal is None:
        raise NotFound
    words = field_words()
    own = proposal.fields - proposal.added
    form = FieldsForm(data={"fields": sorted(proposal.added)})
    form.fields.choices = [(tag, label) for tag, label in words.items() if tag not in own]
    if form.validate_on_submit():
        try:
            with transaction() as session:
                set_fields(
                    session,
                    current_actor(),
                    slug=call.slug,
                    proposal_id=proposal_id,
                    tags=form.fields.data or [],
                    now=now(),
                )
                location = leads_to(session, url_for("assignment.show", slug=call.slug))
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(_("The fields of “%(title)s” are saved.", title=proposal.title), "success")
            return redirect(location, 303)
    return (
        render_call(
            "pages/assignment/fields.html",
            call,
            proposal=proposal,
            own=[words.get(tag, tag) for tag in sorted(own)],
            form=form,
        ),
        422 if form.errors else 200,
    )
