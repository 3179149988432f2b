"""Who decides at a gate, who approves what goes against the advice, and who answers a must-meet."""

from __future__ import annotations

from incubator.domain.access import Action, Answer, Record, can_on_record
from incubator.domain.gates import Gate, MustMeet
from incubator.domain.roles import Actor, Role


def may_decide(actor: Actor, gate: Gate, record: Record) -> Answer:
    """May the actor decide at this gate? The record's rules first, then who decides at the gate."""
    answer = can_on_record(actor, Action.DECIDE, record)
    if not answer:
        return answer
    if any(
        actor.holds_for(role, agency_id=record.agency_id, call_id=record.call_id) for role in gate.deciders
    ):
        return answer
    return Answer(False, "Others decide at this gate.")


def may_approve(actor: Actor, gate: Gate, record: Record, *, proposed_by_id: int | None) -> Answer:
    """May the actor approve what somebody proposed against the advice? Who decides at the gate may, but never
    the one who proposed it."""
    answer = may_decide(actor, gate, record)
    if answer and proposed_by_id is not None and actor.person_id == proposed_by_id:
        return Answer(False, "Somebody else approves what you proposed.")
    return answer


_CHECKED_BY_STAFF = (Role.COORDINATOR, Role.EVALUATOR)


def may_check(actor: Actor, need: MustMeet, record: Record) -> Answer:
    """May the actor answer this must-meet? A pilot's lead does not vouch for what others look after,
    and what is the agency's move its lead and the product owner answer themselves."""
    if need.mover is Role.AGENCY_LEAD and _speaks_for_agency(actor, record):
        return can_on_record(actor, Action.VIEW, record)
    answer = can_on_record(actor, Action.CHECK_READINESS, record)
    if not answer or need.mover not in _CHECKED_BY_STAFF:
        return answer
    limits = {"agency_id": record.agency_id, "call_id": record.call_id}
    if any(actor.holds_for(role, **limits) for role in _CHECKED_BY_STAFF):
        return answer
    return Answer(False, "A coordinator or an evaluator answers this.")


def _speaks_for_agency(actor: Actor, record: Record) -> bool:
    return record.is_product_owner or actor.holds_for(Role.AGENCY_LEAD, agency_id=record.agency_id)
