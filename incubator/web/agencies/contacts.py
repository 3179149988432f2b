"""People at the agency to call."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext as _

from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.extensions import db
from incubator.flows import agencies as flow
from incubator.forms.agencies import ContactForm
from incubator.models.agencies import Agency
from incubator.queries import agencies as query
from incubator.web.agencies.blueprint import blueprint, render_agency
from incubator.web.guards import on_agency
from incubator.web.pilots.blueprint import carry_out, status_of, undoable
from incubator.web.sessions import current_actor, now


@blueprint.route("/agencies/<code>/contacts/new", methods=["GET", "POST"])
@on_agency(Action.KEEP_AGENCY)
def add_contact(agency: Agency) -> Any:
    form: Any = ContactForm()
    if form.validate_on_submit():
        details = flow.ContactDetails(
            form.name.data, form.job_title.data or "", form.email.data or "", form.phone.data or ""
        )
        answer = carry_out(
            lambda session: flow.add_contact(session, current_actor(), now(), agency.id, details),
            to=_address(agency),
            said=_("%(name)s is added.", name=details.name),
            form=form,
        )
        if answer is not None:
            return answer
    return render_agency("pages/agencies/contact_form.html", agency, status_of(form), form=form)


@blueprint.post("/agencies/<code>/contacts/<int:contact_id>/remove")
@on_agency(Action.KEEP_AGENCY)
def remove_contact(agency: Agency, contact_id: int) -> Any:
    name = _name(agency, contact_id)
    return carry_out(
        lambda session: flow.remove_contact(session, current_actor(), now(), contact_id),
        to=_address(agency),
        said=undoable(
            _("%(name)s is removed.", name=name),
            url_for("agencies.restore_contact", code=agency.code, contact_id=contact_id),
        ),
    )


@blueprint.post("/agencies/<code>/contacts/<int:contact_id>/restore")
@on_agency(Action.KEEP_AGENCY)
def restore_contact(agency: Agency, contact_id: int) -> Any:
    name = _name(agency, contact_id)
    return carry_out(
        lambda session: flow.remove_contact(session, current_actor(), now(), contact_id, removed=False),
        to=_address(agency),
        said=_("%(name)s is back.", name=name),
    )


def _name(agency: Agency, contact_id: int) -> str:
    contact = query.find_contact(db.session(), agency.id, contact_id)
    if contact is None:
        raise NotFound
    return contact.name


def _address(agency: Agency) -> str:
    return f"{url_for('agencies.show', code=agency.code)}#people"
