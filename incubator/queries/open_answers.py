"""Who a gate waits for: must-meets that somebody has to confirm and nobody has answered yet, and what
is to be prepared for evaluating and scaling and is not."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from incubator.domain.gates import GATES, CheckKind, Gate, GateKey
from incubator.domain.reviews import REVIEWS_REQUIRED
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Step
from incubator.models.accounts import Person, RoleGrant
from incubator.models.calls import Call
from incubator.models.gates import GateCheck
from incubator.models.pilots import Pilot
from incubator.models.proposals import Proposal
from incubator.queries.gate_facts import FACTS, PLANNED, data_arrive
from incubator.queries.visibility import covered, is_conflicted

REVIEWS_NEEDED = sa.func.coalesce(
    sa.select(Call.reviews_required).where(Call.id == Proposal.call_id).correlate(Proposal).scalar_subquery(),
    REVIEWS_REQUIRED,
)
"""How many reviews a record's call asks for, correlated to Proposal."""

_ASKING = tuple(GATES[key] for key in (GateKey.G1, GateKey.G2, GateKey.G3, GateKey.G4))


def answers_wait_for(actor: Actor, near: date, today: date) -> sa.ColumnElement[bool]:
    """The record's next gate has a must-meet that is the actor's to answer and has no answer.

    For a SELECT of Proposal outer-joined to Pilot. `near` is the last day on which a decision counts as
    coming soon.
    """
    return sa.or_(*(sa.and_(_at(gate, near), _whose(actor, gate, today)) for gate in _ASKING))


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


def has_lead() -> sa.ColumnElement[bool]:
    """Whether somebody with an open account leads the pilot. For a SELECT with Pilot."""
    return _open_account(Pilot.lead_id)


def leads(actor: Actor) -> sa.ColumnElement[bool]:
    """The pilots whose lead's work is the actor's: their own and, for coordinators, those that nobody leads."""
    return sa.or_(Pilot.lead_id == actor.person_id, sa.and_(covered(actor, Role.COORDINATOR), ~has_lead()))


def _open_account(person_id: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(Person.id == person_id, Person.disabled_at.is_(None))


def _held(role: Role) -> sa.ColumnElement[bool]:
    """Whether anybody with an open account holds the role for the record."""
    return (
        sa.exists()
        .where(
            RoleGrant.role == role,
            RoleGrant.person_id == Person.id,
            Person.disabled_at.is_(None),
            sa.or_(RoleGrant.agency_id.is_(None), RoleGrant.agency_id == Proposal.agency_id),
            sa.or_(RoleGrant.call_id.is_(None), RoleGrant.call_id == Proposal.call_id),
        )
        .correlate(Proposal)
    )


def _whose(actor: Actor, gate: Gate, today: date) -> sa.ColumnElement[bool]:
    """One of the gate's must-meets that wait for an answer is for a role the actor has here, or for one that
    nobody has, in whose place coordinators act."""
    led = sorted(actor.agencies(Role.AGENCY_LEAD))
    roles: dict[Role, sa.ColumnElement[bool]] = {
        Role.AGENCY_LEAD: sa.or_(Pilot.product_owner_id == actor.person_id, Proposal.agency_id.in_(led)),
        # The lead finds a pilot in design among those to plan.
        Role.PILOT_LEAD: sa.false() if gate.key is GateKey.G2 else Pilot.lead_id == actor.person_id,
    }
    free = ~is_conflicted(actor.person_id)
    for role in (Role.COORDINATOR, Role.EVALUATOR):
        if actor.holds(role):
            roles[role] = sa.and_(covered(actor, role), free)
    if actor.holds(Role.COORDINATOR):
        absent = {
            Role.PILOT_LEAD: ~has_lead(),
            Role.AGENCY_LEAD: ~sa.or_(_held(Role.AGENCY_LEAD), _open_account(Pilot.product_owner_id)),
            Role.EVALUATOR: ~_held(Role.EVALUATOR),
        }
        for role, missing in absent.items():
            instead = sa.and_(covered(actor, Role.COORDINATOR), free, missing)
            roles[role] = sa.or_(roles[role], instead) if role in roles else instead
    elif actor.holds(Role.EVALUATOR):
        roles[Role.COORDINATOR] = sa.and_(covered(actor, Role.EVALUATOR), free, ~_held(Role.COORDINATOR))
    return sa.or_(
        sa.false(), *(sa.and_(holds, _unanswered(gate, role, today)) for role, holds in roles.items())
    )


def _unanswered(gate: Gate, role: Role, today: date) -> sa.ColumnElement[bool]:
    """Fewer of the role's must-meets are answered than the gate asks of it, or one that is read from what it
    prepares elsewhere does not stand."""
    known = {**FACTS, **PLANNED, "data_arriving": data_arrive(today)}
    prepared = [~known[need.key] for need in gate.must_meets if need.mover is role and need.key in known]
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
