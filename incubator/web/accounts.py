"""Signing in and out, one's own account, and the administrator's pages for people."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user

from incubator.database import reading
from incubator.domain import passwords
from incubator.extensions import db, login_manager
from incubator.flows import accounts as flow
from incubator.forms.accounts import SignInForm
from incubator.queries import accounts as query
from incubator.web.guards import public, signed_in
from incubator.web.sessions import current_actor, now, start_session
from incubator.web.transaction import transaction

blueprint = Blueprint("accounts", __name__)
login_manager.unauthorized_handler(lambda: redirect(url_for("accounts.sign_in", next=request.full_path), 303))


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Any:
    form = SignInForm()
    if form.validate_on_submit():
        with reading():
            person = query.find_person_by_email(db.session(), passwords.email_key(form.email.data))
            stored = person.password_hash if person is not None and person.disabled_at is None else ""
            person_id = person.id if person is not None else 0
            db.session.rollback()
        if passwords.matches(form.password.data, stored):
            with transaction():
                start_session(person_id)
            return redirect(url_for("pages.home"), 303)
        form.password.errors = [_("The e-mail address or the password is not right.")]
    return render_template("pages/accounts/sign_in.html", form=form), 422 if form.errors else 200


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> Any:
    from flask import session as cookie

    with transaction() as session:
        flow.end_sign_in(session, current_actor(), current_user.sign_in.sign_in_id, now())
    cookie.clear()
    return redirect(url_for("accounts.sign_in"), 303)


@blueprint.get("/account")
@signed_in
def account() -> Any:
    return render_template("pages/accounts/account.html")
