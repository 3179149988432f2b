"""Revising one's own review, once, with the others' reviews beside it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, Forbidden, StaleVersion
from incubator.domain.reviews import IncompleteReview, why_not_revise
from incubator.extensions import db
from incubator.flows.revision_round import revise as revise_review
from incubator.forms.reviews import ScoringForm
from incubator.web.conflicts import show_conflict
from incubator.web.failures import show_on
from incubator.web.guards import allowed
from incubator.web.reviews.blueprint import blueprint
from incubator.web.reviews.mine import Shown, load, others_of, page_of
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, seen_version, transaction


@blueprint.get("/reviews/<int(max=2147483647):review_id>/revise")
@allowed(Action.REVIEW_ANY)
def revise(review_id: int) -> Any:
    """The own review as a form, filled, beside what the others wrote."""
    shown = load(review_id)
    refusal = why_not_revise(shown.review.revision_facts, office_day(now()))
    if refusal:
        raise Forbidden(refusal)
    return _page(shown, shown.form(revising=True, formdata=None))


@blueprint.post("/reviews/<int(max=2147483647):review_id>/revise")
@allowed(Action.REVIEW_ANY)
def save_revision(review_id: int) -> Any:
    """Hand the revised review in; both versions are kept."""
    shown = load(review_id)
    form = shown.form(revising=True)
    if not form.validate():
        return _page(shown, form, 422)
    try:
        with transaction() as session:
            revise_review(
                session,
                current_actor(),
                review_id=review_id,
                answers=form.answers(shown.criteria),
                reason=form["revision_reason"].data or "",
                seen_version=seen_version(),
                now=now(),
            )
            location = leads_to(session, url_for("reviews.score", review_id=review_id))
    except StaleVersion as error:
        return _conflict(review_id, form, error)
    except IncompleteReview as error:
        db.session.rollback()
        for problem in error.problems:
            show_on(form, problem)
        return _page(shown, form, 422)
    except DomainError as error:
        db.session.rollback()
        show_on(form, error)
        return _page(load(review_id), form, 422)
    flash(_("Your review is revised. What you said first stays beside it."), "success")
    return redirect(location, 303)


def _page(shown: Shown, form: ScoringForm, status: int = 200) -> Any:
    return (
        render_template("pages/reviews/revise.html", **page_of(shown, form), others=others_of(shown.review)),
        status,
    )


def _conflict(review_id: int, form: ScoringForm, error: StaleVersion) -> Any:
    db.session.rollback()
    address = url_for("reviews.revise", review_id=review_id)
    return show_conflict(
        form,
        load(review_id).form(revising=True, formdata=None),
        version=error.version,
        reload_url=url_for("reviews.score", review_id=review_id),
        action=address,
    )
