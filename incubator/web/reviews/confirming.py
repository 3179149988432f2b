"""Confirming a review of an earlier revision, or taking it up again to change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import DomainError
from incubator.extensions import db
from incubator.flows import confirming as flow
from incubator.models.reviews import Review
from incubator.web.guards import allowed
from incubator.web.reviews.blueprint import blueprint
from incubator.web.reviews.mine import load
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


@blueprint.post("/reviews/<int(max=2147483647):review_id>/confirm")
@allowed(Action.REVIEW_ANY)
def confirm(review_id: int) -> Any:
    """The actor's review counts for the revision that was shown."""
    return _act(review_id, flow.confirm, _("Your review is confirmed and counted."))


@blueprint.post("/reviews/<int(max=2147483647):review_id>/reopen")
@allowed(Action.REVIEW_ANY)
def reopen(review_id: int) -> Any:
    """The actor's review becomes a draft again."""
    done = _("You can change your review now. It isn't counted until you submit it again.")
    return _act(review_id, flow.reopen, done)


def _act(review_id: int, act: Callable[..., Review], done: str) -> Any:
    load(review_id)
    address = url_for("reviews.score", review_id=review_id)
    try:
        with transaction() as session:
            act(
                session,
                current_actor(),
                review_id=review_id,
                seen_revision=request.form.get("revision", 0, type=int),
                now=now(),
            )
            location = leads_to(session, address)
    except DomainError as error:
        db.session.rollback()
        flash(_(error.template, **error.params), "error")
        return redirect(address, 303)
    flash(done, "success")
    return redirect(location, 303)
