"""Signing in and out, and the one-time links of invitations and forgotten passwords."""

from __future__ import annotations

import time
from typing import Any

from flask import (
    Response,
    current_app,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user
from wtforms.widgets import PasswordInput

from incubator.database import reading
from incubator.demonstration.cast import PASSWORD
from incubator.domain import passwords
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.throttling import Tried
from incubator.extensions import db, login_manager
from incubator.flows import accounts as flow
from incubator.flows import links
from incubator.forms.accounts import ChoosePasswordForm, ResetForm, SignInForm
from incubator.models.accounts import LinkPurpose
from incubator.queries import accounts as query
from incubator.queries.ready_accounts import ReadyAccount, ready_accounts
from incubator.web import kept_text
from incubator.web.accounts.blueprint import blueprint
from incubator.web.failures import asked_for_json, show_on
from incubator.web.guards import public, signed_in
from incubator.web.known_browsers import know_this_browser, this_try
from incubator.web.next_page import local_path, this_page
from incubator.web.sessions import browser_name, current_actor, enter, leave, new_token, now, token_hash
from incubator.web.transaction import SAFE, transaction

RESET_SECONDS = 0.25
"""How long asking for a reset takes at least: writing the mail to a known account would show otherwise."""


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Any:
    if request.method != "POST" and current_user.is_authenticated:
        return redirect(local_path(request.args.get("next")) or url_for("pages.home"), 303)
    form = SignInForm()
    if form.validate_on_submit():
        person = _sign_in(form.email.data, form.password.data)
        if person is not None:
            return know_this_browser(_go_on(person), person.email)
        form.password.errors = [_("The e-mail address or the password is not right.")]
    return sign_in_page(form, kept_text.unsealed(request.form.get("kept")), 422 if form.errors else 200)


def _sign_in(email: str, password: str) -> query.Credentials | None:
    """Check the password outside of any transaction, for it takes long, then begin the session or count
    the failure."""
    attempt = this_try(email)
    before = current_user.sign_in.sign_in_id if current_user.is_authenticated else None
    actor = current_actor() if before else None
    db.session.rollback()
    with reading():
        flow.refuse_too_many(db.session(), attempt, Tried.SIGN_IN, now())
        person = query.find_credentials(db.session(), attempt.email_key)
        db.session.rollback()
    right = passwords.matches(password, person.password_hash if person is not None else "")
    checked = person if right else None
    token = new_token()
    with transaction() as session:
        begun = flow.sign_in(
            session,
            attempt,
            email=email,
            checked=checked,
            token_hash=token_hash(token),
            browser=browser_name(),
            now=now(),
        )
        if begun and actor is not None and before is not None:
            flow.end_sign_in(session, actor, before, now())
    if not begun:
        return None
    enter(token)
    return checked


def _go_on(person: query.Credentials) -> Response:
    kept = kept_text.unsealed(request.form.get("kept"))
    if kept is not None and kept.person_id == person.person_id:
        return make_response(kept_text.kept_page(kept))
    if kept is not None:
        flash(_("The text typed before belongs to somebody else's session and was not kept."), "warning")
    return make_response(redirect(local_path(request.args.get("next")) or url_for("pages.home"), 303))


def sign_in_page(
    form: SignInForm, kept: kept_text.KeptText | None = None, status: int = 200, *, lost: bool = False
) -> Response:
    """The sign-in page; `kept` is carried along, `lost` says that it was too large for that."""
    ready = _ready_accounts()
    chosen = next((one for one in ready if one.email == request.args.get("email")), None)
    if chosen is not None and not form.is_submitted():
        form.email.data = chosen.email
        form.password.data, form.password.widget = PASSWORD, PasswordInput(hide_value=False)
    page = render_template(
        "pages/accounts/sign_in.html",
        form=form,
        ready=ready,
        chosen=chosen,
        printed=PASSWORD if ready else "",
        kept=kept,
        sealed=kept_text.sealed(kept) if kept is not None else "",
        lost=lost,
        next=local_path(request.args.get("next")) if request.endpoint == "accounts.sign_in" else None,
        idle_minutes=current_app.config["SETTINGS"].idle_minutes,
    )
    return make_response(page, status)


def _ready_accounts() -> tuple[ReadyAccount, ...]:
    """Accounts anybody may use: the demonstration's, and none anywhere else."""
    if not current_app.config["SETTINGS"].demonstration:
        return ()
    with reading():
        found = ready_accounts(db.session())
        db.session.rollback()
    return found


@login_manager.unauthorized_handler
def sign_in_first() -> Any:
    """Nobody is signed in: lead to the sign-in page, and keep what was being sent."""
    if asked_for_json():
        return jsonify(message=_("You have been signed out. Your text is not saved.")), 401
    if request.method in SAFE:
        return redirect(url_for("accounts.sign_in", next=this_page()), 303)
    if request.endpoint == "accounts.sign_out":
        return redirect(url_for("accounts.sign_in"), 303)
    owner = kept_text.owner_of_ended_session()
    kept = kept_text.posted_text(owner) if owner is not None else None
    lost = owner is not None and kept is None
    return sign_in_page(SignInForm(formdata=None), kept, 401, lost=lost)


@blueprint.post("/sign-out")
@signed_in
def sign_out() -> Any:
    with transaction() as session:
        flow.end_sign_in(session, current_actor(), current_user.sign_in.sign_in_id, now())
    leave()
    return redirect(url_for("accounts.sign_in"), 303)


@blueprint.route("/reset", methods=["GET", "POST"])
@public
def reset() -> Any:
    """Ask for a new password. The answer is the same whether there is such an account or not."""
    form = ResetForm()
    begun = time.monotonic()
    if form.validate_on_submit():
        settings = current_app.config["SETTINGS"]
        with transaction() as session:
            flow.ask_for_reset(
                session,
                this_try(form.email.data),
                now(),
                base_url=settings.base_url,
                office=settings.office_name,
            )
        time.sleep(max(0.0, begun + RESET_SECONDS - time.monotonic()))
        return redirect(url_for("accounts.reset_sent"), 303)
    return render_template("pages/accounts/reset.html", form=form), 422 if form.errors else 200


@blueprint.get("/reset/sent")
@public
def reset_sent() -> Any:
    return render_template("pages/accounts/reset_sent.html")


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@public
def choose_after_reset(token: str) -> Any:
    return _choose_password(token, LinkPurpose.RESET)


@blueprint.route("/invitation/<token>", methods=["GET", "POST"])
@public
def invitation(token: str) -> Any:
    return _choose_password(token, LinkPurpose.INVITATION)


def _choose_password(token: str, purpose: LinkPurpose) -> Any:
    """Opening the link changes nothing, for mail programs open links too; choosing a password uses it up."""
    form = ChoosePasswordForm()
    with reading():
        person = query.link_credentials(db.session(), links.token_hash(token), purpose, now())
        db.session.rollback()
    if person is None:
        return _dead_link(purpose)
    if form.validate_on_submit():
        try:
            _check(form.password.data, person)
            password_hash = passwords.hash_password(form.password.data)
            with transaction() as session:
                flow.choose_password(
                    session, token=token, purpose=purpose, password_hash=password_hash, now=now()
                )
        except NotFound:
            return _dead_link(purpose)
        except DomainError as error:
            show_on(form, error)
        else:
            leave()
            flash(_("Your password is set. Sign in with it."), "success")
            return know_this_browser(make_response(redirect(url_for("accounts.sign_in"), 303)), person.email)
    page = render_template(
        "pages/accounts/choose_password.html",
        form=form,
        person=person,
        invited=purpose is LinkPurpose.INVITATION,
    )
    return page, 422 if form.errors else 200


def _check(password: str, person: query.Credentials) -> None:
    settings = current_app.config["SETTINGS"]
    passwords.check_new_password(
        password, about=(person.name, person.email, settings.product_name, settings.office_name)
    )
    check_differs(password, person)


def check_differs(password: str, person: query.Credentials) -> None:
    """Raise DomainError for the password that the person has already: whoever changes it wants to be rid of it."""
    if person.password_hash and passwords.matches(password, person.password_hash):
        raise DomainError("This is the password you have. Choose another one.", "password")


def _dead_link(purpose: LinkPurpose) -> Any:
    page = render_template("pages/accounts/dead_link.html", invited=purpose is LinkPurpose.INVITATION)
    return page, 410
