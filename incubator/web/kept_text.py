"""Text typed into a form whose sending was refused because the session had ended: nothing is lost.

The sign-in page carries the fields along, signed and bound to the person who had typed them. After signing
in as the same person a page shows them, and one button sends them to where they were meant to go.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from flask import current_app, render_template, request, session
from flask_babel import gettext as _
from itsdangerous import BadData, URLSafeTimedSerializer

from incubator.extensions import db
from incubator.queries import accounts as query
from incubator.web.next_page import local_path, this_page
from incubator.web.sessions import token_hash

LARGEST = 1_500_000
LASTS = timedelta(days=1)
NEVER_KEPT = ("kept",)
SECRET = ("password", "token")
UNSEEN = ("version", "go", "then", "more")


@dataclass(frozen=True, slots=True)
class KeptText:
    """`fields` are (name, value) in the order of the form; `files` names what has to be chosen again."""

    address: str
    person_id: int
    fields: list[tuple[str, str]]
    files: list[str]

    @property
    def shown(self) -> list[tuple[str, str]]:
        """What a person recognizes: a readable name and the text."""
        return [
            (name.replace("_", " ").replace("-", " ").strip().capitalize(), value)
            for name, value in self.fields
            if not name.startswith("_") and name not in UNSEEN and value.strip()
        ]


def posted_text(person_id: int) -> KeptText | None:
    """What this request carried, without tokens, passwords and files; None when it is too large to carry."""
    fields = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in NEVER_KEPT and not any(word in name for word in SECRET)
    ]
    if sum(len(name) + len(value) for name, value in fields) > LARGEST:
        return None
    files = [file.filename for file in request.files.values() if file.filename]
    return KeptText(this_page(), person_id, fields, files)


def owner_of_ended_session() -> int | None:
    """Who was signed in with this browser's cookie."""
    token = session.get("_user_id")
    return query.owner_of_token(db.session(), token_hash(token)) if token else None


def action(kept: KeptText) -> str | None:
    """Where the text was meant to go, when that is an address of ours."""
    return local_path(kept.address)


def sealed(kept: KeptText) -> str:
    return str(_signer().dumps(asdict(kept)))


def unsealed(text: str | None) -> KeptText | None:
    """The text as it was sealed here, or None."""
    if not text:
        return None
    try:
        values: dict[str, Any] = _signer().loads(text, max_age=int(LASTS.total_seconds()))
    except BadData:
        return None
    fields = [(name, value) for name, value in values["fields"]]
    return KeptText(values["address"], values["person_id"], fields, values["files"])


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.config["SECRET_KEY"], salt="kept text")


def kept_page(kept: KeptText, why: str = "") -> str:
    """The page that shows the text and sends it on with a fresh token."""
    return render_template(
        "pages/accounts/kept.html",
        kept=kept,
        action=action(kept),
        why=why or _("You are signed in again. Nothing has been saved yet."),
    )


def sent_from_here() -> bool:
    """Whether the browser itself vouches that one of our own pages sent this."""
    host = request.headers.get("Origin", "").partition("://")[2]
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin" and host == request.host
