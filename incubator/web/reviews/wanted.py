"""The list of proposals that lack reviews, for those who find reviewers."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.extensions import db
from incubator.queries import reviewers_wanted as query
from incubator.queries.redaction import lacking_copies
from incubator.web.guards import allowed
from incubator.web.listing import read_listing
from incubator.web.reviews.blueprint import blueprint
from incubator.web.sessions import current_actor, now


@blueprint.get("/reviews/assignments")
@allowed(Action.SCREEN_ANY)
def assignments() -> Any:
    """Proposals in review whose reviews are not all in, the next to be decided first."""
    session, actor = db.session(), current_actor()
    call = request.args.get("call", "")[:200].replace("\x00", "")
    show = "unasked" if request.args.get("show") == "unasked" else ""
    listing = read_listing((), default="", filters={"call": call, "show": show})
    lacking = query.count_wanting(session, actor, call=call)
    unasked = query.count_wanting(session, actor, call=call, unasked_only=True)
    listing.total = unasked if show else lacking
    return render_template(
        "pages/reviews/assignments.html",
        rows=query.wanting(
            session,
            actor,
            call=call,
            unasked_only=bool(show),
            limit=listing.size,
            offset=listing.offset,
        ),
        listing=listing,
        lacking=lacking,
        unasked=unasked,
        call=call,
        show=show,
        calls=query.call_choices(session, actor),
        lacking_copies=[] if listing.page > 1 else lacking_copies(session, actor, call=call),
        today=office_day(now()),
    )
