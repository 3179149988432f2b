"""One's own account: details, password, and where one is signed in."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user

from incubator.database import reading
from incubator.domain import passwords
from incubator.domain.access import Action, can
from incubator.domain.errors import DomainError, StaleVersion
from incubator.domain.throttling import Tried
from incubator.extensions import db
from incubator.flows import accounts as flow
from incubator.forms.accounts import ChangePasswordForm, DetailsForm
from incubator.queries import accounts as query
from incubator.web.accounts.blueprint import blueprint
from incubator.web.accounts.browsers import browser_words
from incubator.web.accounts.sign_in import check_differs
from incubator.web.failures import conflict_page, show_on
from incubator.web.guards import signed_in
from incubator.web.known_browsers import this_try
from incubator.web.sessions import current_actor, enter, leave, new_token, now, oldest_living, token_hash
from incubator.web.transaction import leads_to, seen_version, transaction

ZONES = (
    ("America/New_York", "Eastern Time"),
    ("America/Chicago", "Central Time"),
    ("America/Denver", "Mountain Time"),
    ("America/Phoenix", "Arizona"),
    ("America/Los_Angeles", "Pacific Time"),
    ("America/Anchorage", "Alaska"),
    ("Pacific/Honolulu", "Hawaii"),
    ("America/Puerto_Rico", "Puerto Rico and the Virgin Islands"),
    ("Pacific/Guam", "Guam and the Northern Marianas"),
    ("Pacific/Pago_Pago", "American Samoa"),
    ("UTC", "UTC"),
)


@blueprint.get("/account")
@signed_in
def account() -> Any:
    session = db.session()
    return render_template(
        "pages/accounts/account.html",
        account=query.own_account(session, current_user.id),
        zone_words=dict(zone_choices()),
        declares_ties=bool(can(current_actor(), Action.DECLARE_TIES)),
        sees_jobs=bool(can(current_actor(), Action.SEE_JOBS)),
        sign_ins=query.living_sign_ins(session, current_user.id, **oldest_living()),
        browser_words=browser_words,
    )


def zone_choices() -> list[tuple[str, str]]:
    """The zones offered: the office's first, those of the states and territories, and one's own."""
    office = current_app.config["SETTINGS"].time_zone
    own = current_user.time_zone
    named = [(name, _(words)) for name, words in ZONES]
    if own and own not in dict(ZONES):
        named.append((own, own.replace("_", " ")))
    return [("", _("The office's zone, %(zone)s", zone=dict(ZONES).get(office, office))), *named]


@blueprint.route("/account/details", methods=["GET", "POST"])
@signed_in
def details() -> Any:
    own = query.own_account(db.session(), current_user.id)
    form = DetailsForm(obj=own, zones=zone_choices())
    if form.validate_on_submit():
        try:
            with transaction() as session:
                flow.change_details(
                    session,
                    current_actor(),
                    seen=seen_version(),
                    name=form.name.data,
                    time_zone=form.time_zone.data,
                    now=now(),
                )
                target = leads_to(session, url_for("accounts.account"))
            flash(_("Your details are saved."), "success")
            return redirect(target, 303)
        except StaleVersion as error:
            return conflict_page(form, error, reload_url=url_for("accounts.details"))
        except DomainError as error:
            show_on(form, error)
    page = render_template("pages/accounts/details.html", form=form, version=seen_version() or own.version)
    return page, 422 if form.errors else 200


@blueprint.route("/account/password", methods=["GET", "POST"])
@signed_in
def password() -> Any:
    form = ChangePasswordForm()
    if form.validate_on_submit():
        try:
            _change_password(form.present_password.data, form.password.data)
        except DomainError as error:
            show_on(form, error)
        else:
            flash(_("Your new password counts from now on. Your other sessions have ended."), "success")
            return redirect(url_for("accounts.account"), 303)
    return render_template("pages/accounts/password.html", form=form), 422 if form.errors else 200


def _change_password(present: str, new: str) -> None:
    """Check and hash outside of any transaction; tries at the present password count like sign-ins."""
    actor, sign_in_id = current_actor(), current_user.sign_in.sign_in_id
    db.session.rollback()
    with reading():
        seen = query.own_credentials(db.session(), current_user.id)
        attempt = this_try(seen.email)
        flow.refuse_too_many(db.session(), attempt, Tried.SIGN_IN, now())
        db.session.rollback()
    if not passwords.matches(present, seen.password_hash):
        with transaction() as session:
            flow.count_wrong_password(session, attempt, email=seen.email, now=now())
        raise DomainError("This is not your present password.", "present_password")
    settings = current_app.config["SETTINGS"]
    passwords.check_new_password(
        new, about=(seen.name, seen.email, settings.product_name, settings.office_name)
    )
    check_differs(new, seen)
    password_hash = passwords.hash_password(new)
    token = new_token()
    with transaction() as session:
        flow.change_password(
            session,
            actor,
            seen=seen,
            password_hash=password_hash,
            sign_in_id=sign_in_id,
            token_hash=token_hash(token),
            now=now(),
        )
    enter(token)


@blueprint.post("/account/sessions/<int:sign_in_id>/end")
@signed_in
def end_session(sign_in_id: int) -> Any:
    here = sign_in_id == current_user.sign_in.sign_in_id
    with transaction() as session:
        flow.end_sign_in(session, current_actor(), sign_in_id, now())
        target = leads_to(session, url_for("accounts.account"))
    if here:
        leave()
        return redirect(url_for("accounts.sign_in"), 303)
    flash(_("That session has ended."), "success")
    return redirect(target, 303)


@blueprint.post("/account/sign-out-everywhere")
@signed_in
def sign_out_everywhere() -> Any:
    with transaction() as session:
        flow.sign_out_everywhere(session, current_actor(), now())
    leave()
    flash(_("You are signed out everywhere."), "success")
    return redirect(url_for("accounts.sign_in"), 303)
