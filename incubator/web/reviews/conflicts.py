"""Conflicts of interest with one record: recorded by coordinators, set aside by the chair of its call's panel."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action, can_on_record
from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, Forbidden, NotFound
from incubator.extensions import db
from incubator.flows import conflicts as flow
from incubator.flows.reviews import require
from incubator.forms.reviews import ConflictForm, SetAsideForm
from incubator.queries.conflicts import conflicts_of
from incubator.queries.records import RecordHead
from incubator.queries.rounds import chair_of
from incubator.web.failures import show_on
from incubator.web.guards import on_record
from incubator.web.record_pages import render_record
from incubator.web.reviews.blueprint import blueprint
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


@blueprint.route("/pilots/<number>/reviews/own-conflict", methods=["GET", "POST"])
@on_record(Action.SEE_REVIEWS)
def declare_own(record: RecordHead) -> Any:
    """A gatekeeper, coordinator or reviewer declares a conflict of interest of their own with the record."""
    require(can_on_record(current_actor(), Action.DECLARE_CONFLICT, record.facts))
    form = ConflictForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.declare_conflict(
                    session,
                    current_actor(),
                    proposal_id=record.id,
                    person_id=current_actor().person_id or 0,
                    kind=ConflictKind(form.kind.data),
                    reason=form.reason.data or "",
                    now=now(),
                )
                location = leads_to(session, url_for("pages.home"))
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(
                _("Your conflict of interest with %(number)s is recorded.", number=record.number), "success"
            )
            return redirect(location, 303)
    return (
        render_record("pages/reviews/own_conflict.html", record, form=form),
        422 if form.errors else 200,
    )


@blueprint.route(
    "/pilots/<number>/reviews/conflicts/<int(max=2147483647):person_id>", methods=["GET", "POST"]
)
@on_record(Action.SEE_INTERNAL)
def set_aside(record: RecordHead, person_id: int) -> Any:
    """The chair lets somebody judge in spite of a conflict, with a written reason."""
    actor = current_actor()
    chair_id = chair_of(db.session(), record.call_id)
    if chair_id is None or chair_id != actor.person_id:
        raise Forbidden("Only the chair of the call's panel sets a conflict aside.")
    rows = [
        row
        for row in conflicts_of(db.session(), record.id)
        if row.person_id == person_id and row.set_aside_at is None
    ]
    if not rows or person_id == actor.person_id:
        raise NotFound
    form = SetAsideForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.set_aside(
                    session,
                    actor,
                    proposal_id=record.id,
                    person_id=person_id,
                    reason=form.reason.data or "",
                    now=now(),
                )
                location = leads_to(session, url_for("reviews.on_record", number=record.number))
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
        else:
            flash(_("The conflict of interest is set aside."), "success")
            return redirect(location, 303)
    return (
        render_record("pages/reviews/set_aside.html", record, rows=rows, form=form),
        422 if form.errors else 200,
    )
