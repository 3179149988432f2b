"""Requests that lost a race against another one: what that is, and the second attempt each gets.

The first attempt was rolled back as a whole, so the second one begins with what the winner saved and gives the
ordinary answer to it: the winner's page, a sentence beside the field, or a 409 with both versions.
"""

from __future__ import annotations

from contextlib import suppress

import sqlalchemy as sa
from flask import Flask, Response, g, request
from sqlalchemy.orm.exc import ObjectDeletedError, StaleDataError

from incubator.extensions import db

LOST_RACES = (StaleDataError, ObjectDeletedError, sa.exc.NoResultFound, sa.exc.IntegrityError)
"""What may mean a lost race; OperationalError may too, see `is_lost_race`."""

POSTGRESQL_CODES = frozenset({"23503", "23505", "23P01", "40001", "40P01"})
"""Foreign key, unique and exclusion violations, serialization failure, deadlock."""
SQLITE_CODES = frozenset(
    {
        "SQLITE_CONSTRAINT_UNIQUE",
        "SQLITE_CONSTRAINT_PRIMARYKEY",
        "SQLITE_CONSTRAINT_FOREIGNKEY",
        "SQLITE_CONSTRAINT_ROWID",
    }
)


def is_lost_race(error: Exception) -> bool:
    """Whether another transaction that was faster explains the fault."""
    if not isinstance(error, sa.exc.DBAPIError):
        return isinstance(error, LOST_RACES)
    fault = error.orig
    code = getattr(fault, "sqlstate", None) or getattr(fault, "sqlite_errorname", None)
    return code in POSTGRESQL_CODES or code in SQLITE_CODES


def try_again(app: Flask) -> Response | None:
    """The answer of a second attempt at this request; None when it was the second already."""
    if g.get("tried_again"):
        return None
    g.tried_again = True
    g.pop("_login_user", None)
    db.session.remove()
    for file in request.files.values():
        with suppress(OSError, ValueError):
            file.seek(0)
    app.logger.info("a lost race at %s: trying again", request.endpoint)
    try:
        return app.make_response(app.dispatch_request())
    except Exception as fault:
        return app.make_response(app.handle_user_exception(fault))
