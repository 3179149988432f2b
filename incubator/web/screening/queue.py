"""What waits for screening."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.extensions import db
from incubator.queries import screening as query
from incubator.web.guards import allowed
from incubator.web.listing import read_listing
from incubator.web.screening.blueprint import blueprint
from incubator.web.sessions import current_actor, now

SHOWN = frozenset({"screening", "information", "overdue", query.IMPORTED})


@blueprint.get("/screening", endpoint="queue")
@allowed(Action.SCREEN_ANY)
def waiting() -> Any:
    """What the coordinator screens and what waits for an agency, the most overdue first."""
    session, actor, today = db.session(), current_actor(), office_day(now())
    wanted = _wanted()
    filters = {"agency": wanted.agency, "call": wanted.call, "show": wanted.show}
    listing = read_listing(query.ORDERS, default="due", filters=filters)
    rows, listing.total = query.queue(
        session,
        actor,
        wanted,
        today=today,
        sort=listing.sort,
        descending=listing.descending,
        limit=listing.size,
        offset=listing.offset,
    )
    agencies, calls = query.filter_choices(session, actor, wanted)
    return render_template(
        "pages/screening/queue.html",
        rows=rows,
        listing=listing,
        wanted=wanted,
        counts=query.counts(session, actor, today),
        agencies=agencies,
        calls=calls,
        today=today,
    )


def _wanted() -> query.Wanted:
    """The filters of the address; what is not known is left out."""
    show = request.args.get("show", "")
    return query.Wanted(
        agency=request.args.get("agency", "")[:60].replace("\x00", ""),
        call=request.args.get("call", "")[:200].replace("\x00", ""),
        show=show if show in SHOWN else "",
    )
