"""Whose move a gate waits for: must-meets that somebody has to confirm and nobody has answered yet, and what
is to be prepared for evaluating and scaling and is not."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from incubator.domain.gates import GATES, CheckKind, Gate, GateKey
from incubator.domain.reviews import REVIEWS_REQUIRED
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Step
from incubator.models.calls import Call
from incubator.models.gates import GateCheck
from incubator.models.pilots import Pilot
from incubator.models.proposals import Proposal
from incubator.queries.gate_facts import FACTS
from incubator.queries.visibility import covered

REVIEWS_NEEDED = sa.func.coalesce(
    sa.select(Call.reviews_required).where(Call.id == Proposal.call_id).correlate(Proposal).scalar_subquery(),
    REVIEWS_REQUIRED,
)
"""How many reviews a record's call asks for, correlated to Proposal."""

_ASKING = tuple(GATES[key] for key in (GateKey.G1, GateKey.G2, GateKey.G3, GateKey.G4))


def answers_wait_for(actor: Actor, near: date) -> sa.ColumnElement[bool]:
    """The record's next gate has a must-meet that is the actor's to answer and has no answer.

    For a SELECT of Proposal outer-joined to Pilot. `near` is the last day on which a decision counts as
    coming soon.
    """
    return sa.or_(*(sa.and_(_at(gate, near), _whose(actor, gate)) for gate in _ASKING))


def _at(gate: Gate, near: date) -> sa.ColumnElement[bool]:
    """The record stands before this gate and its must-meets can be looked at by now: the reviews are in, the
    plan is being made, the midpoint is near, or the pilot is over or its lesson written."""
    soon = Proposal.due_on <= near
    match gate.key:
        case GateKey.G1:
            return sa.and_(Proposal.step == Step.REVIEW, Proposal.reviews_in >= REVIEWS_NEEDED)
        case GateKey.G2:
            return Proposal.step == Step.DESIGN
        case GateKey.G3:
            return sa.and_(Proposal.step == Step.RUNNING, ~Proposal.midpoint_passed, soon)
        case _:
            told = sa.func.coalesce(Pilot.lesson, "") != ""
            return sa.and_(Proposal.step == Step.RUNNING, Proposal.midpoint_passed, sa.or_(soon, told))


def _whose(actor: Actor, gate: Gate) -> sa.ColumnElement[bool]:
    """One of the gate's must-meets that wait for an answer is the move of a role the actor has here."""
    led = sorted(actor.agencies(Role.AGENCY_LEAD))
    roles: dict[Role, sa.ColumnElement[bool]] = {
        Role.AGENCY_LEAD: sa.or_(Pilot.product_owner_id == actor.person_id, Proposal.agency_id.in_(led)),
        Role.PILOT_LEAD: Pilot.lead_id == actor.person_id,
    }
    for role in (Role.COORDINATOR, Role.EVALUATOR):
        if actor.holds(role):
            roles[role] = covered(actor, role)
    return sa.or_(sa.false(), *(sa.and_(holds, _unanswered(gate, role)) for role, holds in roles.items()))


def _unanswered(gate: Gate, role: Role) -> sa.ColumnElement[bool]:
    """Fewer of the role's must-meets are answered than the gate asks of it, or one that is read from what it
    prepares elsewhere does not stand."""
    prepared = [~FACTS[need.key] for need in gate.must_meets if need.mover is role and need.key in FACTS]
    return sa.or_(sa.false(), unconfirmed(gate, role), *prepared)


def unconfirmed(gate: Gate, role: Role) -> sa.ColumnElement[bool]:
    keys = [need.key for need in gate.must_meets if need.mover is role and need.kind is CheckKind.CONFIRMED]
    if not keys:
        return sa.false()
    answered = (
        sa.select(sa.func.count())
        .where(GateCheck.proposal_id == Proposal.id, GateCheck.gate == gate.key, GateCheck.key.in_(keys))
        .correlate(Proposal)
        .scalar_subquery()
    )
    return answered < len(keys)
