"""One commit for one thing a person does, once even when the button was pressed twice."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask, Response, redirect, request
from flask_login import current_user
from sqlalchemy.orm import Session

from incubator.database import begin_as_reader
from incubator.extensions import db
from incubator.flows import submissions
from incubator.web.sessions import now

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
KEY_FIELD = "_key"


class AlreadyDone(Exception):
    """This very form was acted on before; `location` is where that led."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


def register_transactions(app: Flask) -> None:
    app.jinja_env.globals["new_key"] = lambda: secrets.token_urlsafe(16)

    @app.before_request
    def choose_intent() -> None:
        begin_as_reader(request.method in SAFE)

    @app.teardown_request
    def reset_intent(_fault: BaseException | None) -> None:
        begin_as_reader(False)

    @app.errorhandler(AlreadyDone)
    def replay(done: AlreadyDone) -> Response:
        return redirect(done.location, 303)  # type: ignore[return-value]


@contextmanager
def transaction() -> Iterator[Session]:
    """Commit what the flow did, or nothing of it.

    When the form carried a key that was seen before, raises AlreadyDone instead of doing it twice.
    Name the place to go with `leads_to` before the block ends, so that a replay lands there too.
    """
    session = db.session()
    try:
        key = _key()
        if key and current_user.is_authenticated:
            first = submissions.claim(session, key=key, person_id=current_user.id, now=now())
            if not first:
                location = submissions.location(session, key=key, person_id=current_user.id)
                raise AlreadyDone(location or request.path)
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise


def _key() -> str:
    """What makes this post the same as another: the form's key, its address and what it holds; empty when the
    form carried no key. The same key with other text is another post, so that no text is dropped."""
    key = request.form.get(KEY_FIELD, "")
    if not key:
        return ""
    held = [
        (name, value)
        for name, values in request.form.lists()
        for value in values
        if name not in (KEY_FIELD, "csrf_token")
    ]
    files = [(name, file.filename) for name, file in request.files.items(multi=True)]
    said = json.dumps([key, request.path, sorted(held), sorted(files, key=str)])
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def leads_to(session: Session, location: str) -> str:
    """Remember where this form leads, in its own transaction, and give it back."""
    key = _key()
    if key and current_user.is_authenticated:
        submissions.remember(session, key=key, person_id=current_user.id, location=location)
    return location


def seen_version() -> int | None:
    """The version the form showed, or None when it carried none that can be."""
    text = request.form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
