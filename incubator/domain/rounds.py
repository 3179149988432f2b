"""Who works on a call as a whole: assigning, ranking, deliberating, releasing.

What single proposals allow is asked of each besides (`access.can_on_record`).
"""

from __future__ import annotations

from dataclasses import dataclass

from incubator.domain.access import YES, Action, Answer
from incubator.domain.roles import Actor, Role


@dataclass(frozen=True, slots=True)
class Round:
    """What the rules need to know of a call whose proposals are judged. `owes_a_review`: the actor has
    an open review in it; `released`: its decisions are known."""

    call_id: int
    chair_id: int | None = None
    owes_a_review: bool = False
    released: bool = False


CALL_ROLES: dict[Action, frozenset[Role]] = {
    Action.ASSIGN_IN_CALL: frozenset({Role.COORDINATOR}),
    Action.SEE_RANKING: frozenset({Role.COORDINATOR, Role.GATEKEEPER}),
    Action.DELIBERATE: frozenset({Role.COORDINATOR, Role.GATEKEEPER}),
    Action.VOTE: frozenset({Role.GATEKEEPER}),
    Action.PREPARE_DECISIONS: frozenset({Role.COORDINATOR, Role.GATEKEEPER}),
    Action.RELEASE_DECISIONS: frozenset({Role.GATEKEEPER}),
}
"""Who works on a call as a whole; a role limited to one agency is not enough."""

_SEALED: frozenset[Action] = frozenset(CALL_ROLES) - {Action.ASSIGN_IN_CALL}


def can_on_call(actor: Actor, action: Action, round_: Round) -> Answer:
    """May the actor do this in this call? What single proposals allow is asked of each besides."""
    if action is Action.SEE_RANKING and round_.released:
        roles = CALL_ROLES[action] | {Role.LEADERSHIP}
    else:
        roles = CALL_ROLES.get(action, frozenset())
    if not any(actor.holds_for(role, call_id=round_.call_id) for role in roles):
        return Answer(False, "Your roles in this call do not include this.")
    if round_.owes_a_review and action in _SEALED:
        return Answer(False, "You see this once your own reviews in this call are in.")
    if action is Action.RELEASE_DECISIONS and actor.person_id != round_.chair_id:
        if round_.chair_id is None:
            return Answer(False, "This call has no chair yet. A coordinator names one on the call's page.")
        return Answer(False, "Only the chair of the call's panel releases its decisions.")
    return YES
