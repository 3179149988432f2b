"""Who reaches a view. A view without a guard does not start; an object is only had through one."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask
from flask_login import current_user

from incubator.domain.access import Action, can, can_on_agency, can_on_record
from incubator.domain.errors import Forbidden, NotFound
from incubator.domain.rounds import can_on_call
from incubator.extensions import db, login_manager
from incubator.queries import agencies as agency_query
from incubator.queries import records
from incubator.queries.rounds import find_round
from incubator.web.sessions import current_actor

View = Callable[..., Any]


def _mark(view: View, guard: str) -> View:
    view.guard = guard  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Anybody, signed in or not."""
    return _mark(view, "public")


def signed_in(view: View) -> View:
    """Anybody who is signed in: for one's own account and for pages that filter what they show."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return login_manager.unauthorized()
        return view(*args, **kwargs)

    return _mark(guarded, "signed in")


def allowed(action: Action) -> Callable[[View], View]:
    """People whose roles allow the action somewhere; the view still filters by `visible`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return login_manager.unauthorized()
            answer = can(current_actor(), action)
            if not answer:
                raise Forbidden(answer.reason)
            return view(*args, **kwargs)

        return _mark(guarded, f"allowed: {action}")

    return decorate


def on_record(action: Action) -> Callable[[View], View]:
    """Load the record named by `number` and check the action on it; the view gets `record`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, number: str, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return login_manager.unauthorized()
            actor = current_actor()
            record = records.find_record(db.session(), actor, number)
            if record is None:
                raise NotFound
            answer = can_on_record(actor, action, record.facts)
            if not answer:
                raise Forbidden(answer.reason) if answer.known else NotFound
            return view(*args, record=record, **kwargs)

        return _mark(guarded, f"on record: {action}")

    return decorate


def on_agency(action: Action) -> Callable[[View], View]:
    """Load the agency named by `code` and check the action on it; the view gets `agency`."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, code: str, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return login_manager.unauthorized()
            agency = agency_query.find_agency(db.session(), code)
            if agency is None:
                raise NotFound
            answer = can_on_agency(current_actor(), action, agency.id)
            if not answer:
                raise Forbidden(answer.reason) if answer.known else NotFound
            return view(*args, agency=agency, **kwargs)

        return _mark(guarded, f"on agency: {action}")

    return decorate


def on_call(action: Action) -> Callable[[View], View]:
    """Load the call named by `slug` and check the action on it as a whole; the view gets `call`.

    Of a panel run elsewhere there is the ranking and nothing else.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, slug: str, **kwargs: Any) -> Any:
            if not current_user.is_authenticated:
                return login_manager.unauthorized()
            actor = current_actor()
            call = find_round(db.session(), actor, slug)
            if call is None or (call.outside and action is not Action.SEE_RANKING):
                raise NotFound
            answer = can_on_call(actor, action, call.facts)
            if not answer:
                raise Forbidden(answer.reason)
            return view(*args, call=call, **kwargs)

        return _mark(guarded, f"on call: {action}")

    return decorate


def polls(view: View) -> View:
    """A view that scripts ask again and again: it does not keep a session alive."""
    view.polls = True  # type: ignore[attr-defined]
    return view


FRAMEWORK_VIEWS = frozenset({"static", "public_sans"})


def require_guards(app: Flask) -> None:
    """Refuse to start with a view that forgot its guard."""
    bare = sorted(
        name
        for name, view in app.view_functions.items()
        if name not in FRAMEWORK_VIEWS and not hasattr(view, "guard")
    )
    if bare:
        raise RuntimeError(f"views without a guard: {', '.join(bare)}")
