"""The list of decisions that wait for this person."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.gates import GATES, GateKey
from incubator.extensions import db
from incubator.queries import contrary, gate_queue, portfolio
from incubator.web.gates.blueprint import blueprint
from incubator.web.guards import allowed
from incubator.web.listing import read_listing
from incubator.web.next_steps import waiting_words
from incubator.web.sessions import current_actor, now


@blueprint.get("/decisions")
@allowed(Action.DECIDE_ANY)
def queue() -> Any:
    actor, moment = current_actor(), now()
    today = office_day(moment)
    wanted = _wanted()
    filters = {"gate": wanted.gate, "agency": wanted.agency, "when": wanted.when}
    listing = read_listing(gate_queue.SORTS, default="urgency", filters=filters)
    found = gate_queue.find_queue(
        db.session(),
        actor,
        wanted,
        now=moment,
        sort=listing.sort,
        descending=listing.descending,
        limit=listing.size,
        offset=listing.offset,
    )
    listing.total = found.matching
    overdue = portfolio.count_records(
        db.session(), actor, portfolio.Filters(due=portfolio.Due.OVERDUE), today
    )
    return render_template(
        "pages/gates/queue.html",
        found=found,
        waiting=waiting_words({row.id: row.next for row in found.rows}),
        elsewhere=overdue - found.totals.overdue,
        to_sign=contrary.waiting_for(db.session(), actor, today),
        listing=listing,
        wanted=wanted,
        agencies=found.agencies,
        gates=GATES,
        hold=gate_queue.HOLD,
        today=today,
    )


def _wanted() -> gate_queue.Wanted:
    """The filters of the address; what is not known is left out."""
    gate, when = request.args.get("gate", ""), request.args.get("when", "")
    return gate_queue.Wanted(
        gate=gate if gate in {*GateKey, gate_queue.HOLD} else "",
        agency=request.args.get("agency", "")[:40].replace("\x00", ""),
        when=when if when in ("overdue", "ready", "now") else "",
    )
