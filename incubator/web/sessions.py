"""Who is signed in: a row in the database, found by the hash of the cookie's token."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Flask, current_app, g, request, session
from flask_login import current_user

from incubator.domain.roles import Actor
from incubator.extensions import db, login_manager
from incubator.flows import accounts as flow
from incubator.queries import accounts as query

TOUCH_AFTER = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Visitor:
    """The signed-in person as Flask-Login and the templates see them."""

    sign_in: query.CurrentSignIn

    is_authenticated = True
    is_active = True
    is_anonymous = False

    @property
    def actor(self) -> Actor:
        return self.sign_in.actor

    @property
    def id(self) -> int:
        return self.sign_in.person_id

    @property
    def name(self) -> str:
        return self.sign_in.actor.name

    @property
    def time_zone(self) -> str:
        return self.sign_in.time_zone

    def get_id(self) -> str:
        return str(session.get("_user_id", ""))


def wall_clock() -> datetime:
    return datetime.now(UTC)


def now() -> datetime:
    """The moment of this request: one clock reading for all it does."""
    if "now" not in g:
        g.now = current_app.extensions["incubator.clock"]()
    moment: datetime = g.now
    return moment


def current_actor() -> Actor:
    """The signed-in person; guards have made sure that there is one."""
    actor: Actor = current_user.actor
    return actor


def token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    return secrets.token_urlsafe(32)


def browser_name() -> str:
    return request.user_agent.string[:200]


def enter(token: str) -> None:
    """Let the browser carry the token of a session that was begun; nothing from before survives it."""
    session.clear()
    session["_user_id"] = token
    session.permanent = True
    g.pop("csrf_token", None)
    g.pop("_login_user", None)


def leave() -> None:
    """Let the browser forget everything."""
    session.clear()
    g.pop("_login_user", None)


def oldest_living() -> dict[str, datetime]:
    """Sessions not used since `idle_since` or begun before `begun_since` are over."""
    settings = current_app.config["SETTINGS"]
    return {
        "idle_since": now() - timedelta(minutes=settings.idle_minutes),
        "begun_since": now() - timedelta(hours=settings.session_hours),
    }


def register_sessions(app: Flask) -> None:
    app.extensions["incubator.clock"] = wall_clock
    login_manager.session_protection = None

    @login_manager.user_loader
    def load(token: str) -> Visitor | None:
        found = query.find_sign_in(db.session(), token_hash(token), **oldest_living())
        return Visitor(found) if found is not None else None

    @app.after_request
    def touch(response: Any) -> Any:
        view = app.view_functions.get(request.endpoint or "")
        visitor = g.get("_login_user")
        if (
            isinstance(visitor, Visitor)
            and response.status_code < 500
            and not getattr(view, "polls", False)
            and now() - visitor.sign_in.seen_at > TOUCH_AFTER
        ):
            _renew(visitor.sign_in.sign_in_id)
        return response


def _renew(sign_in_id: int) -> None:
    """In a transaction of its own, after the answer is made: reading a page stays a reading."""
    from incubator.database import begin_as_reader

    db.session.rollback()
    begin_as_reader(False)
    try:
        flow.renew_sign_in(db.session(), sign_in_id, now())
        db.session.commit()
    except (sa.exc.DBAPIError, sa.exc.TimeoutError):
        db.session.remove()
