"""The administrator's pages: who has an account, and what each may do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.roles import Role
from incubator.domain.words import ROLES
from incubator.extensions import db
from incubator.flows import leaving
from incubator.flows import people as flow
from incubator.forms.people import DeactivateForm, DetailsForm, InvitationForm, RoleForm, number_or_none
from incubator.queries import accounts as account_query
from incubator.queries import people as query
from incubator.queries.duties import duties_of, successors
from incubator.queries.people import AccountState, Wanted
from incubator.web.accounts.blueprint import blueprint
from incubator.web.accounts.browsers import browser_words
from incubator.web.failures import conflict_page, domain_message, show_on
from incubator.web.guards import allowed
from incubator.web.listing import Listing, read_listing
from incubator.web.sessions import current_actor, now, oldest_living
from incubator.web.transaction import leads_to, seen_version, transaction


def state_choices() -> list[tuple[str, str]]:
    return [
        (AccountState.ACTIVE.value, _("Active")),
        (AccountState.INVITED.value, _("Invited, not accepted yet")),
        (AccountState.DISABLED.value, _("Disabled")),
    ]


def role_choices() -> list[tuple[str, str]]:
    return [(role.value, _(words.staff)) for role, words in ROLES.items()]


def _wanted() -> Wanted:
    role, state = request.args.get("role", ""), request.args.get("state", "")
    return Wanted(
        text=request.args.get("q", "").replace("\0", "").strip()[:200],
        role=Role(role) if role in set(Role) else None,
        agency_id=number_or_none(request.args.get("agency", "")),
        state=AccountState(state) if state in set(AccountState) else None,
    )


@blueprint.get("/people")
@allowed(Action.KEEP_PEOPLE)
def people() -> Any:
    session = db.session()
    wanted = _wanted()
    filters = {
        "q": wanted.text,
        "role": wanted.role.value if wanted.role else "",
        "agency": str(wanted.agency_id or ""),
        "state": wanted.state.value if wanted.state else "",
    }
    listing = read_listing(query.SORTS, default="name", filters=filters)
    listing.total = query.count_people(session, wanted)
    listing.page = min(listing.page, listing.pages)
    agencies = query.agency_choices(session)
    return render_template(
        "pages/accounts/people.html",
        people=query.list_people(
            session,
            wanted,
            sort=listing.sort,
            descending=listing.descending,
            offset=listing.offset,
            size=listing.size,
        ),
        listing=listing,
        filters_now=filters,
        chips=_chips(listing, filters, agencies),
        agencies=agencies,
        roles=role_choices(),
        states=state_choices(),
    )


def _chips(
    listing: Listing, filters: dict[str, str], agencies: list[tuple[int, str]]
) -> list[dict[str, str]]:
    words = {
        "role": dict(role_choices()),
        "state": dict(state_choices()),
        "agency": {str(key): name for key, name in agencies},
    }
    labels = {"q": _("Search"), "role": _("Role"), "agency": _("Agency"), "state": _("State")}
    return [
        {
            "label": labels[name],
            "value": words.get(name, {}).get(value, value),
            "url": listing.url(**{name: None}),
        }
        for name, value in filters.items()
        if value
    ]


@blueprint.route("/people/new", methods=["GET", "POST"])
@allowed(Action.KEEP_PEOPLE)
def new_person() -> Any:
    form = InvitationForm()
    agencies = query.agency_choices(db.session())
    form.offer_agencies(agencies)
    form.offer_scopes(roles=role_choices(), agencies=agencies, calls=query.call_choices(db.session()))
    if form.validate_on_submit():
        settings = current_app.config["SETTINGS"]
        try:
            with transaction() as session:
                sent = flow.invite(
                    session,
                    current_actor(),
                    name=form.name.data,
                    email=form.email.data,
                    job_title=form.job_title.data,
                    agency_id=form.agency_id.data,
                    role=Role(form.role.data),
                    scope=flow.Scope(form.scope_agency_id.data, form.call_id.data),
                    base_url=settings.base_url,
                    office=settings.office_name,
                    now=now(),
                )
                leads_to(session, url_for("accounts.person", person_id=sent.person_id))
            return _show_link(sent, invited=True)
        except DomainError as error:
            show_on(form, error)
    return render_template("pages/accounts/new_person.html", form=form), 422 if form.errors else 200


def _show_link(sent: flow.Sent, *, invited: bool) -> Any:
    """The one page that shows a link, where no mail can be sent; it is kept nowhere and cannot be shown again.

    Where mail is sent, the link is for its recipient alone."""
    if current_app.config["SETTINGS"].mail_server:
        flash(
            _("The invitation is on its way.") if invited else _("A link for a new password is on its way."),
            "success",
        )
        return redirect(url_for("accounts.person", person_id=sent.person_id), 303)
    person = query.find_person(db.session(), sent.person_id)
    return render_template(
        "pages/accounts/link.html",
        person=person,
        link=sent.link,
        invited=invited,
    )


@blueprint.get("/people/<int:person_id>")
@allowed(Action.KEEP_PEOPLE)
def person(person_id: int) -> Any:
    return _person_page(person_id, RoleForm(formdata=None), status=200)


def _person_page(person_id: int, form: RoleForm, status: int) -> Any:
    session = db.session()
    found = query.find_person(session, person_id)
    if found is None:
        raise NotFound
    form.offer_scopes(
        roles=role_choices(), agencies=query.agency_choices(session), calls=query.call_choices(session)
    )
    page = render_template(
        "pages/accounts/person.html",
        person=found,
        own=found.id == current_user.id,
        form=form,
        states=dict(state_choices()),
        duties=duties_of(session, person_id),
        sign_ins=account_query.living_sign_ins(session, person_id, **oldest_living()),
        events=query.account_events(session, person_id),
        browser_words=browser_words,
    )
    return page, status


@blueprint.route("/people/<int:person_id>/details", methods=["GET", "POST"])
@allowed(Action.KEEP_PEOPLE)
def change_person(person_id: int) -> Any:
    found = query.find_person(db.session(), person_id)
    if found is None:
        raise NotFound
    form = DetailsForm(obj=found)
    agencies = query.agency_choices(db.session())
    if found.agency_id is not None and found.agency_id not in dict(agencies):
        agencies.append((found.agency_id, found.agency or ""))
    form.offer_agencies(agencies)
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.change_person(
                    session,
                    current_actor(),
                    person_id,
                    seen=seen_version(),
                    name=form.name.data,
                    email=form.email.data,
                    job_title=form.job_title.data,
                    agency_id=form.agency_id.data,
                    manager=form.manager.data or "",
                    now=now(),
                )
                target = leads_to(session, url_for("accounts.person", person_id=person_id))
            flash(_("The details of %(name)s are saved.", name=form.name.data), "success")
            return redirect(target, 303)
        except StaleVersion as error:
            return conflict_page(
                form, error, reload_url=url_for("accounts.change_person", person_id=person_id)
            )
        except DomainError as error:
            show_on(form, error)
    page = render_template(
        "pages/accounts/change_person.html",
        form=form,
        person=found,
        version=seen_version() or found.version,
    )
    return page, 422 if form.errors else 200


@blueprint.post("/people/<int:person_id>/roles")
@allowed(Action.KEEP_PEOPLE)
def give_role(person_id: int) -> Any:
    form = RoleForm()
    form.offer_scopes(
        roles=role_choices(),
        agencies=query.agency_choices(db.session()),
        calls=query.call_choices(db.session()),
    )
    if form.validate():
        try:
            with transaction() as session:
                flow.grant(
                    session,
                    current_actor(),
                    person_id=person_id,
                    role=Role(form.role.data),
                    scope=flow.Scope(form.scope_agency_id.data, form.call_id.data),
                    now=now(),
                )
                target = leads_to(session, url_for("accounts.person", person_id=person_id))
            flash(_("The role is given. It counts from the next page the person opens."), "success")
            return redirect(target, 303)
        except DomainError as error:
            show_on(form, error)
    return _person_page(person_id, form, status=422)


def _act(person_id: int, act: Callable[[Session], Any], done: str, undo: str = "") -> Any:
    """One thing done to an account by a button: back to the person, with what was done or why not."""
    back = url_for("accounts.person", person_id=person_id)
    try:
        with transaction() as session:
            act(session)
            leads_to(session, back)
    except DomainError as error:
        flash(domain_message(error), "error")
        return redirect(back, 303)
    message: Any = {"text": done, "undo_url": undo} if undo else done
    flash(message, "success")
    return redirect(back, 303)


@blueprint.post("/people/<int:person_id>/roles/<int:grant_id>/remove")
@allowed(Action.KEEP_PEOPLE)
def take_role(person_id: int, grant_id: int) -> Any:
    return _act(
        person_id,
        lambda session: flow.revoke(
            session, current_actor(), person_id=person_id, grant_id=grant_id, now=now()
        ),
        _("The role is taken away. It counts from the next page the person opens."),
    )


@blueprint.route("/people/<int:person_id>/disable", methods=["GET", "POST"])
@allowed(Action.KEEP_PEOPLE)
def disable(person_id: int) -> Any:
    """The open duties of somebody whose account is to be deactivated, and who takes them over."""
    found = query.find_person(db.session(), person_id)
    if found is None:
        raise NotFound
    form = DeactivateForm()
    form.offer([(key, f"{name} ({email})") for key, name, email in successors(db.session(), person_id)])
    if form.validate_on_submit():
        back = url_for("accounts.person", person_id=person_id)
        try:
            with transaction() as session:
                left = leaving.hand_over_duties(
                    session,
                    current_actor(),
                    person_id,
                    successor_id=form.successor.data,
                    reviews=form.reviews.data,
                    now=now(),
                )
                flow.disable(session, current_actor(), person_id, now())
                leads_to(session, back)
        except DomainError as error:
            flash(domain_message(error), "error")
            return redirect(back, 303)
        message: Any = {
            "text": _("The account is deactivated and signed out everywhere."),
            "undo_url": url_for("accounts.enable", person_id=person_id),
        }
        flash(message, "success")
        if left:
            flash(
                ngettext(
                    "%(num)s duty still needs somebody. It is listed on this page.",
                    "%(num)s duties still need somebody. They are listed on this page.",
                    len(left),
                ),
                "warning",
            )
        return redirect(back, 303)
    page = render_template(
        "pages/accounts/disable.html", person=found, form=form, duties=duties_of(db.session(), person_id)
    )
    return page, 422 if form.errors else 200


@blueprint.post("/people/<int:person_id>/enable")
@allowed(Action.KEEP_PEOPLE)
def enable(person_id: int) -> Any:
    return _act(
        person_id,
        lambda session: flow.enable(session, current_actor(), person_id, now()),
        _("The account is open again."),
    )


@blueprint.post("/people/<int:person_id>/sign-out")
@allowed(Action.KEEP_PEOPLE)
def sign_person_out(person_id: int) -> Any:
    return _act(
        person_id,
        lambda session: flow.sign_out(session, current_actor(), person_id, now()),
        _("The person is signed out everywhere."),
    )


@blueprint.post("/people/<int:person_id>/invitation")
@allowed(Action.KEEP_PEOPLE)
def invite_again(person_id: int) -> Any:
    settings = current_app.config["SETTINGS"]
    with transaction() as session:
        sent = flow.invite_again(
            session,
            current_actor(),
            person_id,
            base_url=settings.base_url,
            office=settings.office_name,
            now=now(),
        )
        leads_to(session, url_for("accounts.person", person_id=person_id))
    return _show_link(sent, invited=True)


@blueprint.post("/people/<int:person_id>/reset")
@allowed(Action.KEEP_PEOPLE)
def reset_for(person_id: int) -> Any:
    """Send somebody a link for a new password. It is shown here only where no mail can be sent."""
    settings = current_app.config["SETTINGS"]
    with transaction() as session:
        sent = flow.send_reset(
            session,
            current_actor(),
            person_id,
            base_url=settings.base_url,
            office=settings.office_name,
            now=now(),
        )
        leads_to(session, url_for("accounts.person", person_id=person_id))
    return _show_link(sent, invited=False)
