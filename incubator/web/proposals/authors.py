"""Who writes a proposal with whom, and which needs of the agency it answers."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import DomainError
from incubator.extensions import db
from incubator.flows import drafts as flow
from incubator.forms.proposals import AuthorForm, NeedsForm
from incubator.queries import proposals as query
from incubator.queries.records import RecordHead
from incubator.web.failures import domain_message, show_on
from incubator.web.guards import on_record
from incubator.web.proposals.blueprint import blueprint
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor, now
from incubator.web.transaction import leads_to, transaction


@blueprint.route("/pilots/<number>/proposal/authors", methods=["GET", "POST"])
@on_record(Action.WRITE)
def authors(record: RecordHead) -> Any:
    form = AuthorForm()
    if form.validate_on_submit():
        try:
            with transaction() as session:
                person = flow.add_author(session, current_actor(), now(), record.id, form.named.data)
                address = leads_to(session, url_for("proposals.authors", number=record.number))
            flash(_("%(person)s is an author now.", person=person.name), "success")
            return redirect(address, 303)
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
    return _page(record, form), 422 if form.errors else 200


@blueprint.post("/pilots/<number>/proposal/authors/<int:person_id>/remove")
@on_record(Action.WRITE)
def remove_author(record: RecordHead, person_id: int) -> Any:
    try:
        with transaction() as session:
            flow.remove_author(session, current_actor(), now(), record.id, person_id)
            leads_to(session, url_for("pilots.show", number=record.number))
    except DomainError as error:
        db.session.rollback()
        return _page(record, AuthorForm(formdata=None), (domain_message(error),)), 422
    flash(_("The author is removed."), "success")
    if person_id == current_actor().person_id:
        return redirect(url_for("pages.home"), 303)
    return redirect(url_for("proposals.authors", number=record.number), 303)


@blueprint.route("/pilots/<number>/proposal/needs", methods=["GET", "POST"])
@on_record(Action.WRITE)
def needs(record: RecordHead) -> Any:
    rows = query.needs_of(db.session(), [record.agency_id], record.id)
    form = NeedsForm(data={"needs": [row.id for row in rows if row.linked]})
    form.needs.choices = [(row.id, row.title) for row in rows]
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.change_needs(session, current_actor(), now(), record.id, tuple(form.needs.data or ()))
                address = leads_to(session, url_for("proposals.tasks", number=record.number))
            flash(_("The needs are saved."), "success")
            return redirect(address, 303)
        except DomainError as error:
            db.session.rollback()
            show_on(form, error)
    answer = render_record(
        "pages/proposals/needs.html",
        record,
        form=form,
        hints={row.id: row.problem[:300] for row in rows},
        any_needs=bool(rows),
    )
    return answer, 422 if request.method == "POST" else 200


def _page(record: RecordHead, form: AuthorForm, messages: tuple[str, ...] = ()) -> str:
    session = db.session()
    writers = query.authors_of(session, record.id)
    ids = {writer.person_id for writer in writers}
    return render_record(
        "pages/proposals/authors.html",
        record,
        form=form,
        writers=writers,
        leads=query.leads_of_agency(session, record.agency_id),
        colleagues=[
            person
            for person in query.people_of_agency(session, record.agency_id)
            if person.person_id not in ids
        ],
        messages=messages,
    )
