"""Who reviews in a call, with the most reviews of each, and asking what they would like."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from incubator.domain.access import Action
from incubator.domain.errors import DomainError
from incubator.extensions import db
from incubator.flows import call_reviewers as flow
from incubator.forms.assignment import AddReviewersForm, LimitsForm, limits_form
from incubator.queries import assignment as query
from incubator.queries.call_people import could_review
from incubator.queries.rounds import RoundHead
from incubator.web.assignment.blueprint import ROOT, blueprint
from incubator.web.call_pages import render_call
from incubator.web.failures import show_on
from incubator.web.guards import on_call
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


@blueprint.get(f"{ROOT}/reviewers")
@on_call(Action.ASSIGN_IN_CALL)
def reviewers(call: RoundHead) -> Any:
    """Everybody on the call's list, and who else could be."""
    return _page(call)


def _page(
    call: RoundHead,
    *,
    limits: LimitsForm | None = None,
    adding: AddReviewersForm | None = None,
    status: int = 200,
) -> Any:
    session = db.session()
    standing = query.reviewing(session, call.id, seen_by=current_actor())
    shown = standing.unsealed()
    others = could_review(session, call.id)
    listed = [one for one in standing.people.values() if one.most is not None]
    if adding is None:
        offered = flow.limit_offered(call, standing, more=len(others))
        adding = AddReviewersForm(formdata=None, data={"most": offered})
    adding.people.choices = [(one.id, one.name) for one in others]
    return (
        render_call(
            "pages/assignment/reviewers.html",
            call,
            listed=listed,
            others=others,
            limits=limits or limits_form(listed, formdata=None),
            adding=adding,
            load=shown.load(shown.reviews),
            bids=standing.bids,
            wanted=len(standing.proposals) * call.reviews_required,
        ),
        status,
    )


@blueprint.post(f"{ROOT}/reviewers")
@on_call(Action.ASSIGN_IN_CALL)
def change_reviewers(call: RoundHead) -> Any:
    """Change limits and take people off the list."""
    standing = query.reviewing(db.session(), call.id, seen_by=current_actor())
    listed = [one for one in standing.people.values() if one.most is not None]
    form = limits_form(listed)
    if form.validate():
        try:
            with transaction() as session:
                flow.change_reviewers(
                    session,
                    current_actor(),
                    slug=call.slug,
                    limits=form.limits([one.id for one in listed]),
                    taken_out=form.taken_out([one.id for one in listed]),
                    now=now(),
                )
                location = leads_to(session, url_for("assignment.reviewers", slug=call.slug))
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(_("The list is saved."), "success")
            return redirect(location, 303)
    return _page(call, limits=form, status=422)


@blueprint.post(f"{ROOT}/reviewers/add")
@on_call(Action.ASSIGN_IN_CALL)
def add_reviewers(call: RoundHead) -> Any:
    """Put the chosen people on the list, or everybody who could be."""
    others = could_review(db.session(), call.id)
    form = AddReviewersForm()
    form.people.choices = [(one.id, one.name) for one in others]
    everybody = request.form.get("go") == "all"
    if form.validate():
        try:
            with transaction() as session:
                flow.add_reviewers(
                    session,
                    current_actor(),
                    slug=call.slug,
                    people=[one.id for one in others] if everybody else form.people.data or [],
                    most=form.most.data or 0,
                    now=now(),
                )
                location = leads_to(session, url_for("assignment.reviewers", slug=call.slug))
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(_("Added to the list of reviewers."), "success")
            return redirect(location, 303)
    return _page(call, adding=form, status=422)


@blueprint.post(f"{ROOT}/ask")
@on_call(Action.ASSIGN_IN_CALL)
def ask(call: RoundHead) -> Any:
    """Mail everybody on the list who was not asked yet."""
    with transaction() as session:
        asked = flow.ask_for_bids(session, current_actor(), slug=call.slug, now=now())
        location = leads_to(session, url_for("assignment.show", slug=call.slug))
    flash(
        ngettext(
            "One person is asked by mail what they would like to review.",
            "%(num)s people are asked by mail what they would like to review.",
            asked,
        ),
        "success",
    )
    return redirect(location, 303)
