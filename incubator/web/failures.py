"""What people see when something is refused or breaks: calm, and with a way on."""

from __future__ import annotations

import errno
import math
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.throttling import TooManyTries
from incubator.extensions import db, login_manager
from incubator.flows.record import record
from incubator.queries import accounts as accounts_query
from incubator.web import kept_text
from incubator.web.lost_races import LOST_RACES, is_lost_race, try_again
from incubator.web.sessions import Visitor, now

RETRY_AFTER_SECONDS = "5"
DATABASE_AWAY = (sa.exc.OperationalError, sa.exc.InterfaceError, sa.exc.TimeoutError)
DISK_FULL = "53100"
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS})


def asked_for_json() -> bool:
    """Whether a script asked, which reads an answer and no page."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def failure(status: int, message: str = "", template: str | None = None, **shown: Any) -> Response:
    """The error page of that status, or JSON where the script asked for it."""
    if asked_for_json():
        response = make_response(jsonify(error=message, message=message or _unsaved(status)), status)
    else:
        _load_reader()
        if not shown.keys() & {"kept", "typed"}:
            shown["typed"] = _typed()
        response = make_response(
            render_template(template or f"errors/{status}.html", message=message, **shown), status
        )
    return response


def _unsaved(status: int) -> str:
    """Why a script could not save, where nothing says it better."""
    if status == 404:
        return _("Not saved: this is no longer open to you. Copy your text to keep it.")
    return _("Not saved: the service could not take it. Copy your text to keep it.")


def _load_reader() -> None:
    """Load who is signed in, or nobody when the database does not answer: the page is then shown without."""
    try:
        current_user._get_current_object()
    except DATABASE_AWAY:
        _forget_reader()


def _forget_reader() -> None:
    g._login_user = login_manager.anonymous_user()


def end_transaction() -> None:
    """Roll back what was begun, also over a connection that is gone."""
    try:
        db.session.rollback()
    except sa.exc.DBAPIError:
        db.session.remove()


def domain_message(error: DomainError) -> str:
    """The rule's message in the reader's language."""
    return _(error.template, **error.params) if error.params else _(error.template)


def show_on(form: Any, error: DomainError) -> None:
    """Put a rule's message beside its field, or above the form when it belongs to none."""
    message = domain_message(error)
    field = getattr(form, "_fields", {}).get(error.field or "")
    if field is None:
        form.form_errors.append(message)
    else:
        field.errors = [*field.errors, message]


def conflict_page(form: Any, error: StaleVersion, *, reload_url: str) -> Response:
    """Answer 409 with what stands now beside what was typed, field by field."""
    end_transaction()
    rows = [
        {"label": field.label.text, "theirs": error.theirs[name], "yours": field.data}
        for name, field in form._fields.items()
        if name in error.theirs
    ]
    return make_response(
        render_template("errors/409.html", message=domain_message(error), rows=rows, reload_url=reload_url),
        409,
    )


def _typed() -> list[tuple[str, str]]:
    """What a refused form carried, by readable names, so that a page gone stale loses no text."""
    kept = _posted()
    return kept.shown if kept else []


def _posted() -> kept_text.KeptText | None:
    """What a form of ours carried, for whoever sent it: the token was right, or the browser vouches for it."""
    if request.method != "POST" or not (g.get("csrf_valid") or kept_text.sent_from_here()):
        return None
    try:
        return kept_text.posted_text(0)
    except HTTPException:  # too large, or no form that can be read
        return None


def unavailable(status: int, message: str = "") -> Response:
    """A page that asks the database nothing, with what was typed and a button that sends it again."""
    _forget_reader()
    kept = None if asked_for_json() else _posted()
    if kept is not None and any("password" in name for name in request.form):
        kept = None
    shown: dict[str, Any] = {}
    if kept is not None and kept.shown:
        shown = {"kept": kept, "action": kept_text.action(kept)}
    response = failure(status, message, **shown)
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    return response


def without_database(error: Exception) -> Response:
    """The answer while the database is away, locked or full."""
    end_transaction()
    fault = getattr(error, "orig", None) or error
    current_app.logger.warning("the database did not answer: %s", fault)
    return unavailable(507 if "disk is full" in str(fault) or _code(fault) == DISK_FULL else 503)


def _code(fault: object) -> str:
    """PostgreSQL's code of a fault, or nothing."""
    return getattr(fault, "sqlstate", None) or ""


def register_failures(app: Flask) -> None:
    @app.errorhandler(DomainError)
    def refused(error: DomainError) -> Response:
        end_transaction()
        return failure(422, domain_message(error), "errors/400.html")

    @app.errorhandler(StaleVersion)
    def stale(error: StaleVersion) -> Response:
        end_transaction()
        return failure(409, domain_message(error))

    @app.errorhandler(Forbidden)
    def forbidden(error: Forbidden) -> Response:
        end_transaction()
        try:
            _record_refusal(error.reason)
        except DATABASE_AWAY as fault:
            return without_database(fault)
        except TooManyTries as limit:
            return too_many(limit)
        return failure(403, _(error.reason))

    @app.errorhandler(NotFound)
    def not_found(_error: NotFound) -> Response:
        end_transaction()
        return failure(404)

    @app.errorhandler(TooManyTries)
    def too_many(error: TooManyTries) -> Response:
        end_transaction()
        seconds = max(1, math.ceil((error.until - now()).total_seconds()))
        minutes = math.ceil(seconds / 60)
        words = ngettext(
            "There were too many tries. Try again in one minute.",
            "There were too many tries. Try again in %(num)s minutes.",
            minutes,
        )
        response = failure(429, words)
        response.headers["Retry-After"] = str(seconds)
        return response

    @app.errorhandler(CSRFError)
    def forged(error: CSRFError) -> Response:
        _load_reader()
        if not current_user.is_authenticated:
            return _signed_out()
        if asked_for_json():
            return failure(
                400, _("Not saved: you signed in again after this page was opened. Choose Save to go on.")
            )
        kept = _text_of_a_stale_page()
        if kept is not None:
            why = _("This page was open while you signed in anew, so it was not sent. Nothing is saved yet.")
            return make_response(kept_text.kept_page(kept, why), 400)
        return failure(
            400,
            _(
                "This page was open for too long or came from elsewhere. Go back, load it again and repeat your change."
            ),
        )

    def lost_or_away(error: Exception) -> Response:
        if is_lost_race(error):
            end_transaction()
            again = try_again(app)
            if again is not None:
                return again
        if isinstance(error, (StaleDataError, sa.exc.IntegrityError)) and is_lost_race(error):
            return failure(409, _("Someone else saved a change at the same moment. Yours was not saved."))
        if isinstance(error, DATABASE_AWAY):
            return without_database(error)
        return broken(error)

    for kind in (*LOST_RACES, *DATABASE_AWAY):
        app.register_error_handler(kind, lost_or_away)

    @app.errorhandler(OSError)
    def disk(error: OSError) -> Response:
        if error.errno not in NO_SPACE:
            return broken(error)
        end_transaction()
        app.logger.error("nothing can be written: %s", error)
        return unavailable(507)

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response | HTTPException:
        if error.code is None or error.code < 400:
            return error
        known = error.code in (400, 403, 404, 409, 413, 415, 429, 500, 503)
        response = failure(error.code, "", None if known else "errors/400.html")
        for name, value in error.get_headers():
            if name in ("Allow", "Retry-After"):
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        end_transaction()
        app.logger.exception("unexpected fault at %s", request.endpoint)
        if app.testing:
            raise error
        _forget_reader()
        return failure(500)


def _signed_out() -> Response:
    """The answer to a form whose session is gone, with its cookie: nobody can say any more whose text it is."""
    words = _("You were signed out before this was sent.")
    title = _("You are signed out")
    status = 401 if asked_for_json() else 400
    response = failure(status, words, "errors/400.html", title=title, signs_in=True)
    response.headers["Cache-Control"] = "no-store"
    return response


def _text_of_a_stale_page() -> kept_text.KeptText | None:
    """What was typed into a page of ours that was opened before this session began."""
    if not kept_text.sent_from_here():
        return None
    return kept_text.posted_text(current_user.id)


def _record_refusal(reason: str) -> None:
    visitor = g.get("_login_user")
    if not isinstance(visitor, Visitor):
        return
    from incubator.database import begin_as_reader

    begin_as_reader(False)
    most = current_app.config["SETTINGS"].refusals
    until = accounts_query.refused_until(db.session(), visitor.id, most, now())
    if until is not None:
        raise TooManyTries(until)
    record(
        db.session(),
        visitor.actor,
        now(),
        EventKind.ACCESS_REFUSED,
        endpoint=f"{request.method} {request.path}"[:300],
        reason=reason,
    )
    db.session.commit()
