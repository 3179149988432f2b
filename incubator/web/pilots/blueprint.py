"""The blueprint of a pilot's pages, and what their views have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, request
from sqlalchemy.orm import Session

from incubator.domain.errors import DomainError, StaleVersion
from incubator.web.conflicts import show_conflict
from incubator.web.failures import show_on
from incubator.web.transaction import leads_to, transaction

blueprint = Blueprint("pilots", __name__)

Flow = Callable[[Session], Any]


def carry_out(
    flow: Flow,
    *,
    to: str,
    said: Any,
    form: Any = None,
    again: Callable[[StaleVersion], tuple[Any, object]] | None = None,
) -> Any:
    """Run one flow in one transaction, say that it was done and go on to `to`.

    A broken rule is put on the form and answered with None, so that the view shows its page again;
    without a form it is answered by the error page. When the form was stale, `again` gives the same
    form filled with what stands now, and its version.
    """
    try:
        with transaction() as session:
            flow(session)
            leads_to(session, to)
    except StaleVersion as error:
        if again is None:
            raise
        saved, version = again(error)
        return show_conflict(form, saved, version=version, reload_url=request.path, action=request.path)
    except DomainError as error:
        if form is None:
            raise
        show_on(form, error)
        return None
    flash(said, "success")
    return redirect(to, 303)


def undoable(text: Any, undo_url: str) -> dict[str, str]:
    """A message with an Undo button."""
    return {"text": str(text), "undo_url": undo_url}


def status_of(form: Any) -> int:
    """422 when the form was refused."""
    return 422 if form.errors else 200


def attachment(content: bytes, media_type: str, name: str) -> Response:
    """A file made for this answer."""
    response = Response(content)
    response.content_type = media_type
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
