"""Handing over what somebody is responsible for before their account is deactivated."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, can
from incubator.domain.errors import DomainError, Forbidden
from incubator.domain.events import EventKind
from incubator.domain.reviews import OPEN_STATES, ReviewState
from incubator.domain.roles import Actor
from incubator.flows.reassigning import Left, reassign
from incubator.flows.record import record
from incubator.flows.reviews import name_of, reveal_when_due
from incubator.flows.stages import lock_proposal
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.calls import Call
from incubator.models.gates import Condition
from incubator.models.pilots import Pilot
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from incubator.queries.agencies import director_choices, manager_choices
from incubator.queries.calls import chairs
from incubator.queries.duties import Duty, DutyKind, duties_of
from incubator.queries.pilots import possible_leads, possible_owners


def hand_over_duties(
    session: Session,
    actor: Actor,
    person_id: int,
    *,
    successor_id: int | None,
    reviews: bool,
    now: datetime,
) -> list[Duty]:
    """Give a person's open duties to a successor and, with `reviews`, their open reviews to other reviewers; what
    could not be given because the successor may not have it, or because nobody was named."""
    answer = can(actor, Action.KEEP_PEOPLE)
    if not answer:
        raise Forbidden(answer.reason)
    successor = session.get(Person, successor_id) if successor_id is not None else None
    if successor_id is not None and (successor is None or successor.disabled_at is not None):
        raise DomainError("Choose somebody with an active account.", "successor")
    left = []
    for duty in duties_of(session, person_id):
        if duty.kind is DutyKind.REVIEW:
            given = reviews
            if reviews:
                _end_review(session, actor, duty, person_id, now)
        else:
            given = successor is not None and _give(session, actor, duty, successor, now)
        if not given:
            left.append(duty)
    return left


def _end_review(session: Session, actor: Actor, duty: Duty, person_id: int, now: datetime) -> None:
    proposal_id = session.scalar(sa.select(Review.proposal_id).where(Review.id == duty.row_id))
    assert proposal_id is not None
    proposal = lock_proposal(session, proposal_id)
    review = session.get_one(Review, duty.row_id)
    if review.state not in OPEN_STATES:
        return  # of an earlier revision: it waits for a confirmation that will not come, and counts for nothing
    review.state, review.reason = ReviewState.WITHDRAWN, "The account is deactivated."
    record(
        session,
        actor,
        now,
        EventKind.REVIEW_UNASSIGNED,
        proposal_id=proposal.id,
        person=name_of(session, person_id),
    )
    reassign(session, proposal, person_id, Left.DEACTIVATED, now)
    reveal_when_due(session, proposal, now)


def _give(session: Session, actor: Actor, duty: Duty, successor: Person, now: datetime) -> bool:
    """Whether the successor may have the duty, and now has it."""
    match duty.kind:
        case DutyKind.PILOT_LEAD | DutyKind.PRODUCT_OWNER:
            return _give_pilot(session, actor, duty, successor, now)
        case DutyKind.CONDITION:
            condition = session.get_one(Condition, duty.row_id)
            condition.owner_id, condition.owner_name = successor.id, ""
            record(
                session,
                actor,
                now,
                EventKind.PLAN_CHANGED,
                proposal_id=condition.proposal_id,
                changed=["condition_owner"],
            )
        case DutyKind.CHAIR:
            if successor.id not in {one for one, _ in chairs(session, duty.row_id)}:
                return False
            call = session.get_one(Call, duty.row_id)
            call.chair_id = successor.id
            record(session, actor, now, EventKind.CALL_CHANGED, call=call.title, changed=["chair_id"])
        case _:
            return _give_agency(session, actor, duty, successor, now)
    return True


def _give_agency(session: Session, actor: Actor, duty: Duty, successor: Person, now: datetime) -> bool:
    agency = session.get_one(Agency, duty.row_id)
    if duty.kind is DutyKind.IT_DIRECTOR:
        name, allowed = "it_director_id", director_choices(session, agency.id)
    else:
        name, allowed = "relationship_manager_id", manager_choices(session)
    if successor.id not in {one[0] for one in allowed}:
        return False
    setattr(agency, name, successor.id)
    record(
        session,
        actor,
        now,
        EventKind.AGENCY_CHANGED,
        agency_id=agency.id,
        agency=agency.name,
        changed=[name],
    )
    return True


def _give_pilot(session: Session, actor: Actor, duty: Duty, successor: Person, now: datetime) -> bool:
    pilot = session.get_one(Pilot, duty.row_id)
    proposal = session.get_one(Proposal, pilot.proposal_id)
    leads = duty.kind is DutyKind.PILOT_LEAD
    allowed = possible_leads(session, None) if leads else possible_owners(session, proposal.agency_id, None)
    if successor.id not in {one for one, _ in allowed}:
        return False
    name = "lead_id" if leads else "product_owner_id"
    setattr(pilot, name, successor.id)
    record(session, actor, now, EventKind.PLAN_CHANGED, proposal_id=proposal.id, changed=[name])
    return True
