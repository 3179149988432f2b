"""The blueprint of a panel's pages, and what their views have in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Blueprint

from incubator.domain.access import Action
from incubator.domain.errors import NotFound
from incubator.extensions import db
from incubator.queries import panels as query
from incubator.queries.rounds import RoundHead
from incubator.web.guards import View, on_call
from incubator.web.languages import gettext as _
from incubator.web.sessions import current_actor

blueprint = Blueprint("panels", __name__)

ROOM = "/calls/<slug>/panel"
ITEM = f"{ROOM}/<number>"

BANDS = {
    "accept": ("Above the line", "done"),
    "too close to call": ("Too close to call", "wait"),
    "decline": ("Below the line", "stop"),
}
"""The analysis's bands as tags."""


def in_the_room(action: Action = Action.DELIBERATE) -> Callable[[View], View]:
    """The guard of a panel's pages: a panel that ran elsewhere has none here."""

    def decorate(view: View) -> View:
        @wraps(view)
        def seated(*args: Any, call: RoundHead, **kwargs: Any) -> Any:
            if call.outside:
                raise NotFound
            return view(*args, call=call, **kwargs)

        return on_call(action)(seated)

    return decorate


def item_of(call: RoundHead, meeting: query.MeetingHead, number: str) -> query.AgendaRow:
    """The proposal of that number on this call's agenda; NotFound where the reader may not know of it."""
    row = query.find_item(db.session(), current_actor(), call.id, meeting, number)
    if row is None:
        raise NotFound
    return row


@blueprint.app_template_global()
def band_tag(band: str) -> tuple[str, str]:
    """The word and the tone of where a proposal lies toward the line."""
    word, tone = BANDS.get(band, (band, "neutral"))
    return _(word), tone
