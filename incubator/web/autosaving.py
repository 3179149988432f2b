"""Saving in the background while somebody writes: field by field, with words for what could not be saved."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import jsonify
from flask_babel import gettext as _
from flask_login import current_user

from incubator.web.formats import clock
from incubator.web.sessions import now


def signed_out_as_json(view: Callable[..., Any]) -> Callable[..., Any]:
    """Scripts are told 401 instead of being led to the sign-in page; they keep the text."""

    @wraps(view)
    def asked(*args: Any, **kwargs: Any) -> Any:
        if not current_user.is_authenticated:
            return jsonify(message=_("You have been signed out. Your text is kept in this tab.")), 401
        return view(*args, **kwargs)

    return asked


def put_back_wrong(form: Any, saved: Any) -> dict[str, str]:
    """Where the validated form holds what cannot be saved, let it hold what is saved; messages by input name.

    `saved` is the same form filled from the database alone. The fields still show what was typed.
    """
    problems = {}
    for name in form.errors:
        if name is not None:
            field = form[name]
            problems[field.name] = f"{field.label.text}: {field.errors[0]}"
            field.data = saved[name].data
    return problems


def has_news(form: Any, saved: Any) -> bool:
    """Whether the form holds anything that is not saved."""
    names = [name for name in form._fields if name != "csrf_token"]
    return any(_given(form[name].data) != _given(saved[name].data) for name in names)


def _given(value: Any) -> Any:
    """An unanswered question is None in the database and an empty text in a form."""
    return None if value in ("", []) else value


def not_saved(problems: dict[str, str]) -> Any:
    """The answer where nothing but fields that cannot be saved was changed."""
    problem = next(iter(problems.values()))
    return jsonify(message=_("Not saved yet: %(problem)s", problem=problem), problems=problems), 422


def saved_answer(version: int, problems: dict[str, str]) -> Any:
    """The answer of a background save: when, and which fields were left as they were and why."""
    if not problems:
        return jsonify(version=version, message=_("Saved %(time)s", time=clock(now())))
    message = _(
        "Saved %(time)s, except what is marked: %(problem)s",
        time=clock(now()),
        problem=next(iter(problems.values())),
    )
    return jsonify(version=version, message=message, problems=problems)
