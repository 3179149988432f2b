"""What the body of a request may hold: a form, with files only in the fields that take files."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, abort, request
from werkzeug.datastructures import ImmutableMultiDict

FORM_TYPES = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data"})


def takes_file(name: str) -> bool:
    """Whether a form field of that name takes a file; every other field takes text."""
    return name == "file" or name.startswith("upload_")


class FormRequest(Request):
    """A request whose file parts are dropped where a form expects text."""

    def _load_form_data(self) -> None:
        super()._load_form_data()
        sent: Any = self.__dict__["files"]
        if all(takes_file(name) for name in sent):
            return
        kept = []
        for name, file in sent.items(multi=True):
            if takes_file(name):
                kept.append((name, file))
            else:
                file.close()
        self.__dict__["files"] = ImmutableMultiDict(kept)


def register_request_body(app: Flask) -> None:
    app.request_class = FormRequest

    @app.before_request
    def refuse_other_bodies() -> None:
        if request.method == "POST" and request.mimetype not in FORM_TYPES:
            abort(415)
