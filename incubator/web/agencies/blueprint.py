"""The blueprint of the agencies' pages, and what their views have in common."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, render_template
from flask_babel import gettext as _

from incubator.domain.access import Action, can_on_agency
from incubator.domain.clock import office_day
from incubator.models.agencies import Agency, CommitmentState, NeedState, Party
from incubator.web.sessions import current_actor, now

blueprint = Blueprint("agencies", __name__)


def office_today() -> date:
    """The day it is at the office."""
    return office_day(now())


def render_agency(template: str, agency: Agency, status: int = 200, **context: Any) -> Any:
    """Render a page of an agency. `keeps` and `states` say what the reader may do there."""
    actor = current_actor()
    page = render_template(
        template,
        agency=agency,
        keeps=bool(can_on_agency(actor, Action.KEEP_AGENCY, agency.id)),
        states=bool(can_on_agency(actor, Action.STATE_NEED, agency.id)),
        today=office_today(),
        **context,
    )
    return page, status


@blueprint.app_template_global()
def need_tag(state: NeedState) -> tuple[str, str]:
    """The word and the tone of a need's state."""
    return {
        NeedState.OPEN: (_("Open"), "go"),
        NeedState.ANSWERED: (_("Answered"), "done"),
        NeedState.DROPPED: (_("Dropped"), "stop"),
    }[state]


@blueprint.app_template_global()
def commitment_tag(commitment: Any, today: date) -> tuple[str, str]:
    """The word and the tone of a commitment's state; what is open and past its day is overdue."""
    if commitment.state is CommitmentState.OPEN:
        overdue = commitment.due_on is not None and commitment.due_on < today
        return (_("Overdue"), "late") if overdue else (_("Open"), "go")
    if commitment.state is CommitmentState.KEPT:
        return _("Kept"), "done"
    return _("Dropped"), "stop"


def party_words(party: Party, agency: Agency) -> str:
    return agency.name if party is Party.AGENCY else _("The incubator")
