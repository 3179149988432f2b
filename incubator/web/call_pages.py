"""The frame of the pages on which people work on a call as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, render_template, request, url_for

from incubator.domain.access import Action
from incubator.domain.rounds import can_on_call
from incubator.queries.rounds import RoundHead
from incubator.web.languages import lazy_gettext as _l
from incubator.web.sessions import current_actor


@dataclass(frozen=True, slots=True)
class CallEntry:
    """`outside` entries are all that a panel run elsewhere has."""

    endpoint: str
    label: Any
    action: Action
    outside: bool = False


ENTRIES: tuple[CallEntry, ...] = (
    CallEntry("assignment.show", _l("Assignment"), Action.ASSIGN_IN_CALL),
    CallEntry("ranking.show", _l("Scores and ranking"), Action.SEE_RANKING, outside=True),
    CallEntry("panels.show", _l("Panel meeting"), Action.DELIBERATE),
    CallEntry("releases.show", _l("Decisions to release"), Action.PREPARE_DECISIONS),
)


def working_pages(call: RoundHead) -> list[dict[str, Any]]:
    """The pages of the call that this person may open."""
    actor = current_actor()
    area = (request.endpoint or "").partition(".")[0]
    return [
        {
            "url": url_for(entry.endpoint, slug=call.slug),
            "label": entry.label,
            "current": entry.endpoint.partition(".")[0] == area,
        }
        for entry in ENTRIES
        if entry.endpoint in current_app.view_functions
        and (entry.outside or not call.outside)
        and can_on_call(actor, entry.action, call.facts)
    ]


def render_call(template: str, call: RoundHead, **context: Any) -> str:
    """Render a working page of a call inside its frame (`pages/calls/frame.html`)."""
    actor = current_actor()
    return render_template(
        template,
        call=call,
        side=working_pages(call),
        may=lambda name: bool(can_on_call(actor, Action(name), call.facts)),
        **context,
    )
