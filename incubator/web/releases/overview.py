"""The decisions of a call: what is prepared, signed, and what they would take of money and places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request

from incubator.domain.access import Action, Answer
from incubator.domain.gates import GATES, Missing, missing
from incubator.domain.releases import PREPARED_OUTCOMES, RELEASED_AT, Preparation, may_sign
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Outcome
from incubator.extensions import db
from incubator.queries import releases as query
from incubator.queries.gates import gate_states
from incubator.queries.releases import Waiting
from incubator.queries.rounds import RoundHead
from incubator.web.call_pages import render_call
from incubator.web.guards import on_call
from incubator.web.listing import read_listing
from incubator.web.releases.blueprint import blueprint
from incubator.web.sessions import current_actor, now

SORTS = ("score", "number", "agency", "state", "money")
SIZE = 100
STATES = tuple(Preparation)


@dataclass(frozen=True, slots=True)
class Limit:
    """A bound of the call and how much of it the selected proposals would take."""

    used: int
    of: int | None

    @property
    def over(self) -> bool:
        return self.of is not None and self.used > self.of


@blueprint.get("/calls/<slug>/release")
@on_call(Action.PREPARE_DECISIONS)
def show(call: RoundHead) -> Any:
    actor, session = current_actor(), db.session()
    rows = query.waiting(session, actor, call.id)
    wanted = {name: _known(name) for name in ("state", "outcome", "agency")}
    listing = read_listing(SORTS, default="score", descending=True, filters=wanted, size=SIZE)
    matching = _sorted([row for row in rows if _matches(row, wanted)], listing.sort, listing.descending)
    listing.total = len(matching)
    shown = matching[listing.offset : listing.offset + listing.size]
    counted = query.tally(rows)
    before, cents_before = query.selected_before(session, actor, call.id)
    return render_call(
        "pages/releases/show.html",
        call,
        rows=shown,
        missing=missing_at_the_gate(shown),
        listing=listing,
        wanted=wanted,
        all=len(rows),
        states={state: sum(row.state is state for row in rows) for state in STATES},
        outcomes=PREPARED_OUTCOMES,
        agencies=sorted({(row.agency_code, row.agency_name) for row in rows}, key=lambda one: one[1]),
        before=before,
        places=Limit(before + counted.selected, call.places),
        teams=Limit(before + counted.selected, call.teams),
        budget=Limit(cents_before + counted.cents, call.budget_cents),
        signs=signs(actor, call),
        released=query.released(session, actor, call.id),
    )


def signs(actor: Actor, call: RoundHead) -> bool:
    """Whether the person signs decisions of this call at all."""
    return actor.holds_for(Role.GATEKEEPER, call_id=call.id)


def may_sign_row(actor: Actor, row: Waiting) -> Answer:
    return may_sign(actor, row.facts, prepared_by_id=row.prepared.by_id if row.prepared else None)


def missing_at_the_gate(rows: list[Waiting] | tuple[Waiting, ...]) -> dict[int, tuple[Missing, ...]]:
    """What is still missing at the gate, by proposal, in three statements."""
    gate = GATES[RELEASED_AT]
    states = gate_states(db.session(), {row.id: gate for row in rows}, now=now())
    return {row.id: missing(gate, states[row.id].readiness) for row in rows}


def _known(name: str) -> str:
    """The filter of the address; what is not known is left out."""
    value = request.args.get(name, "")
    if name == "state":
        return value if value in set(Preparation) else ""
    if name == "outcome":
        return value if value in set(PREPARED_OUTCOMES) else ""
    return value[:40].replace("\x00", "")


def _matches(row: Waiting, wanted: dict[str, str]) -> bool:
    outcome = row.prepared.outcome.value if row.prepared is not None else ""
    return (
        wanted["state"] in ("", row.state.value)
        and wanted["outcome"] in ("", outcome)
        and wanted["agency"] in ("", row.agency_code)
    )


def _sorted(rows: list[Waiting], by: str, descending: bool) -> list[Waiting]:
    """In the order asked for; rows without a score come last either way."""
    if by == "score":
        scored = [row for row in rows if row.score is not None]
        scored.sort(key=lambda row: row.score or 0.0, reverse=descending)
        return [*scored, *(row for row in rows if row.score is None)]
    order = list(Outcome)
    keys: dict[str, Any] = {
        "number": lambda row: row.number,
        "agency": lambda row: (row.agency_name, row.number),
        "state": lambda row: (
            STATES.index(row.state),
            order.index(row.prepared.outcome) if row.prepared else 0,
        ),
        "money": lambda row: row.cents,
    }
    return sorted(rows, key=keys[by], reverse=descending)
