"""Two people changed the same thing: both versions, and a way to keep one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, make_response, render_template
from flask_babel import gettext as _
from wtforms import BooleanField, FieldList, FormField, RadioField, SelectField

from incubator.extensions import db

TECHNICAL = frozenset({"csrf_token", "version"})


def typed_text(field: Any) -> str:
    """What a field holds, as a person would read it."""
    if isinstance(field, BooleanField):
        return _("Yes") if field.data else _("No")
    if isinstance(field, SelectField | RadioField):
        return next(
            (str(label) for value, label, chosen, *_rest in field.iter_choices() if chosen and value), ""
        )
    if isinstance(field, FieldList):
        return "\n".join(filter(None, map(typed_text, field.entries)))
    if isinstance(field, FormField):
        return ", ".join(filter(None, map(typed_text, field.form)))
    return str(field._value())


def posted_values(form: Any) -> dict[str, str]:
    """The form's own values, to be sent again as they are."""
    values: dict[str, str] = {}
    for name, field in form._fields.items():
        if isinstance(field, FieldList):
            for entry in field.entries:
                values |= posted_values(entry.form)
        elif name not in TECHNICAL and field.raw_data:
            values[field.name] = str(field.raw_data[0])
    return values


def show_conflict(
    form: Any,
    saved: Any,
    *,
    version: object,
    reload_url: str,
    action: str,
    more: Mapping[str, str] | None = None,
) -> Response:
    """Answer 409 with what stands now (`saved`, the same form filled with it) beside what was typed.

    One button sends the typed version again over `version`; a link opens the saved one.
    """
    db.session.rollback()
    rows = [
        {"label": field.label.text, "theirs": typed_text(saved._fields[name]), "yours": typed_text(field)}
        for name, field in form._fields.items()
        if name not in TECHNICAL and name in saved._fields
    ]
    return make_response(
        render_template(
            "errors/409.html",
            rows=rows,
            reload_url=reload_url,
            action=action,
            hidden={**posted_values(form), **(more or {}), "version": version},
        ),
        409,
    )
