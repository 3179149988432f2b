"""The parts of a decision, each held against its rule, and what every change at a gate asks first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain import gates
from incubator.domain.access import Answer, Record
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.gates import GateKey, NewCondition
from incubator.domain.roles import Actor
from incubator.domain.stages import EndReason, Outcome, Stage, Step
from incubator.domain.words import OUTCOMES
from incubator.models.gates import Condition, Decision, GateCheck
from incubator.models.pilots import Pilot
from incubator.models.proposals import Proposal
from incubator.queries import gates as query
from incubator.queries import records

REASON_LIMIT = 5_000
CONDITION_LIMIT = 500
NAME_LIMIT = 200
MOST_EXTENSION = 90
"""Days."""
LONGEST_HOLD = timedelta(days=2 * 365)
LONGEST_CONDITION = timedelta(days=5 * 365)


def written(text: str, field: str, message: str, limit: int = REASON_LIMIT) -> str:
    """The text without white space around it; a rule's error when nothing is left or it is too long."""
    text = text.strip()
    if not text:
        raise DomainError(message, field)
    if len(text) > limit:
        raise DomainError("Use at most %(limit)s characters.", field, limit=f"{limit:,}")
    return text


def ties_of(session: Session, actor: Actor, proposal_id: int) -> Record:
    """The actor's ties to the record; NotFound when they may not know of it."""
    ties = records.record_facts(session, actor, proposal_id)
    if ties is None:
        raise NotFound
    return ties


def require(answer: Answer) -> None:
    """Raise the refusal an answer stands for."""
    if not answer:
        raise Forbidden(answer.reason) if answer.known else NotFound


def ending(outcome: Outcome, given: EndReason | None) -> EndReason | None:
    if outcome not in gates.ENDINGS:
        return None
    implied = gates.IMPLIED_END_REASON.get(outcome)
    if implied is not None:
        return implied
    if given not in gates.STOP_REASONS:
        raise DomainError("Choose why it ends.", "end_reason")
    return given


def check_hold(outcome: Outcome, until: date | None, now: datetime) -> None:
    if outcome is not Outcome.HOLD:
        return
    if until is None:
        raise DomainError("Enter the day until which it is held.", "hold_until")
    if until <= office_day(now):
        raise DomainError("The day must lie in the future.", "hold_until")
    if until > office_day(now) + LONGEST_HOLD:
        raise DomainError("Hold it for two years at most. Closed work can be revived later.", "hold_until")


def check_extension(
    session: Session, outcome: Outcome, proposal: Proposal, days: int | None, now: datetime
) -> int:
    """How many days more the decision gets; 0 where it is not put off. Time is given once in each stage."""
    if outcome is not Outcome.EXTEND:
        return 0
    if proposal.due_on is None:
        raise DomainError("No decision is due that could be put off.", "outcome")
    if query.extended_since(session, proposal.id, proposal.stage_entered_at):
        raise DomainError(
            "More time was given once already in this stage. Now it is to be decided.", "outcome"
        )
    return checked_days(proposal.due_on, days, "extend_days", now)


def checked_days(due_on: date, days: int | None, field: str, now: datetime) -> int:
    """The days given beyond the due date. They must lead past today, because more time is given only once."""
    if days is None or not 1 <= days <= MOST_EXTENSION:
        raise DomainError("Enter from 1 to %(most)s days.", field, most=MOST_EXTENSION)
    least = (office_day(now) - due_on).days + 1
    if least > MOST_EXTENSION:
        raise DomainError(
            "The decision is overdue by %(late)s days and can be put off by at most %(most)s. Decide now.",
            field,
            late=least - 1,
            most=MOST_EXTENSION,
        )
    if days < least:
        raise DomainError(
            "The new due date would already be past: the decision is overdue by %(late)s days. "
            "Enter from %(least)s to %(most)s days.",
            field,
            late=least - 1,
            least=least,
            most=MOST_EXTENSION,
        )
    return days


def receiver(outcome: Outcome, name: str) -> str:
    if outcome is not Outcome.TRANSFER:
        return ""
    return written(name, "transferred_to", "Enter who takes it over.", NAME_LIMIT)


def merge_target(session: Session, actor: Actor, proposal: Proposal, merged_into_id: int | None) -> Proposal:
    target = session.get(Proposal, merged_into_id) if merged_into_id is not None else None
    ties = records.record_facts(session, actor, target.id) if target is not None else None
    if target is None or ties is None:
        raise DomainError(
            "Enter the number of the proposal it is merged into, such as DOT-0001.", "merged_into"
        )
    if target.id == proposal.id:
        raise DomainError("A proposal cannot be merged into itself.", "merged_into")
    if target.stage is Stage.CLOSED or target.step in (Step.DRAFT, Step.SIGN_OFF):
        raise DomainError("Merge into work that is under way.", "merged_into")
    return target


def check_conditions(
    outcome: Outcome, given: Sequence[NewCondition], now: datetime
) -> tuple[NewCondition, ...]:
    if outcome is not Outcome.ADVANCE_WITH_CONDITIONS:
        return ()
    if not given:
        raise DomainError("Write at least one condition.", "conditions-0-text")
    for place, condition in enumerate(given):
        name = f"conditions-{place}"
        written(condition.text, f"{name}-text", "Write the condition.", CONDITION_LIMIT)
        if condition.owner_id is None:
            written(condition.owner_name, f"{name}-owner", "Enter who sees to it.", NAME_LIMIT)
        if condition.due_on is None:
            raise DomainError("Enter by when it is done.", f"{name}-due_on")
        if not office_day(now) <= condition.due_on <= office_day(now) + LONGEST_CONDITION:
            raise DomainError("The day must lie in the next five years.", f"{name}-due_on")
    return tuple(given)


def condition_row(decision: Decision, condition: NewCondition) -> Condition:
    return Condition(
        decision_id=decision.id,
        proposal_id=decision.proposal_id,
        text=condition.text.strip(),
        owner_id=condition.owner_id,
        owner_name=condition.owner_name.strip(),
        due_on=condition.due_on,
    )


def check_seen(session: Session, proposal: Proposal, seen: int) -> None:
    """Raise StaleVersion with what was decided meanwhile, in the form's own fields."""
    if seen == proposal.version:
        return
    latest = next(iter(query.decisions(session, proposal.id)), None)
    theirs = (
        {"outcome": OUTCOMES[latest.outcome].staff, "reason": latest.reason} if latest is not None else {}
    )
    raise StaleVersion(theirs, proposal.version)


def lapse_checks(session: Session, proposal_id: int, keys: Sequence[GateKey]) -> None:
    """Confirmations do not outlive being sent back: what changes must be looked at again. They stay
    readable in the events and in the evidence frozen with earlier decisions."""
    session.execute(
        sa.delete(GateCheck).where(GateCheck.proposal_id == proposal_id, GateCheck.gate.in_(keys))
    )


def open_pilot(session: Session, proposal: Proposal) -> Pilot:
    """The record's pilot, begun when there is none yet."""
    pilot = session.scalars(sa.select(Pilot).where(Pilot.proposal_id == proposal.id)).one_or_none()
    if pilot is None:
        pilot = Pilot(proposal_id=proposal.id)
        session.add(pilot)
        session.flush()
    return pilot
