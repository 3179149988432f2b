"""Decisions before their release: prepared by one person, signed by another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.gates import GATES, NewCondition
from incubator.domain.releases import (
    PREPARED_OUTCOMES,
    PREPARED_TOGETHER,
    RELEASED_AT,
    asks_what_would_change,
    may_prepare,
    may_sign,
)
from incubator.domain.roles import Actor
from incubator.domain.rounds import can_on_call
from incubator.domain.stages import EndReason, Outcome
from incubator.flows.decision_parts import (
    check_conditions,
    check_hold,
    ending,
    require,
    ties_of,
    written,
)
from incubator.flows.gates import require_ready
from incubator.flows.record import record
from incubator.flows.stages import lock_proposal
from incubator.models.proposals import Proposal
from incubator.models.releases import PreparedDecision
from incubator.queries import gates as gate_query
from incubator.queries import releases as query
from incubator.queries.rounds import round_of

TEXT_LIMIT = 5_000
NO_VERSION = 0
"""What a form shows as the version of a decision that nobody has prepared yet."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What is to be decided. Which of the parts count depends on the outcome."""

    outcome: Outcome
    reason: str
    what_would_change: str = ""
    end_reason: EndReason | None = None
    hold_until: date | None = None
    conditions: tuple[NewCondition, ...] = ()


def prepare(
    session: Session, actor: Actor, *, proposal_id: int, draft: Draft, seen: int | None, now: datetime
) -> PreparedDecision:
    """Prepare the decision on a proposal or change it; a change takes the signature off.

    `seen` is the version that the form showed, NO_VERSION where nothing was prepared. Raises StaleVersion
    with what stands now, by field.
    """
    proposal = lock_proposal(session, proposal_id)
    _check_preparer(session, actor, proposal)
    known = prepared_for(session, proposal_id)
    if seen != (known.version if known is not None else NO_VERSION):
        raise StaleVersion({}, known.version if known is not None else NO_VERSION)
    checked = _checked(session, proposal, draft, now)
    return _keep(session, actor, proposal, known, checked, now)


@dataclass(frozen=True, slots=True)
class Own:
    """What is said about one of several proposals that are given the same outcome."""

    reason: str
    what_would_change: str
    seen: int | None


def prepare_together(
    session: Session,
    actor: Actor,
    *,
    call_id: int,
    draft: Draft,
    own: Mapping[int, Own],
    now: datetime,
) -> list[PreparedDecision]:
    """Give several proposals the same outcome: the shared words, each followed by its own. All or none.

    Errors stand beside `reason-<id>` and `change-<id>` where they are about one proposal.
    """
    if draft.outcome not in PREPARED_TOGETHER:
        raise DomainError("Conditions are written for one proposal. Prepare it by itself.", "outcome")
    if not own:
        raise DomainError("Choose at least one proposal.")
    kept = []
    for proposal_id in sorted(own):
        words = own[proposal_id]
        single = Draft(
            outcome=draft.outcome,
            reason=_joined(draft.reason, words.reason),
            what_would_change=_joined(draft.what_would_change, words.what_would_change),
            end_reason=draft.end_reason,
            hold_until=draft.hold_until,
        )
        _check_call(session, proposal_id, call_id)
        try:
            kept.append(
                prepare(session, actor, proposal_id=proposal_id, draft=single, seen=words.seen, now=now)
            )
        except StaleVersion:
            raise
        except DomainError as error:
            raise _about(session, proposal_id, error) from error
    return kept


def _about(session: Session, proposal_id: int, error: DomainError) -> DomainError:
    """The same rule's message beside the words of the proposal it is about."""
    places = {"reason": f"reason-{proposal_id}", "what_would_change": f"change-{proposal_id}"}
    if error.field in places:
        return DomainError(error.template, places[error.field], **error.params)
    if error.field != "outcome":
        return error
    number = session.scalars(sa.select(Proposal.number).where(Proposal.id == proposal_id)).one()
    return DomainError("%(number)s: %(why)s", "outcome", number=number, why=error.message)


def _joined(*texts: str) -> str:
    return "\n\n".join(text.strip() for text in texts if text.strip())


@dataclass(frozen=True, slots=True)
class Seen:
    """The versions of the prepared decision and of its proposal that a signer read."""

    prepared: int | None
    proposal: int | None


def sign(
    session: Session, actor: Actor, *, call_id: int, seen: Mapping[int, Seen], now: datetime
) -> list[PreparedDecision]:
    """Sign prepared decisions, by proposal; all or none. Signing the same again changes nothing.

    Raises StaleVersion when one of them, or its proposal, changed since it was read.
    """
    if not seen:
        raise DomainError("Choose at least one decision to sign.")
    signed = []
    for proposal_id in sorted(seen):
        proposal = lock_proposal(session, proposal_id)
        _check_call(session, proposal_id, call_id)
        _check_preparer(session, actor, proposal)
        one = prepared_for(session, proposal_id)
        if one is None:
            raise StaleVersion({}, NO_VERSION)
        ties = ties_of(session, actor, proposal_id)
        require(may_sign(actor, ties, prepared_by_id=one.prepared_by_id))
        if seen[proposal_id] != Seen(one.version, proposal.version):
            raise StaleVersion({}, one.version)
        try:
            _checked(session, proposal, draft_of(one), now)
        except DomainError as error:
            raise DomainError(
                "%(number)s cannot be signed: %(why)s", number=proposal.number, why=error.message
            ) from error
        signed.append(one)
        if (one.signed_by_id, one.seen_version) == (actor.person_id, proposal.version):
            continue
        one.signed_by_id, one.signed_at, one.seen_version = actor.person_id, now, proposal.version
        record(session, actor, now, EventKind.DECISION_SIGNED, proposal_id=proposal_id)
    return signed


def unsign(session: Session, actor: Actor, *, proposal_id: int, now: datetime) -> None:
    """Take the signature off a prepared decision. One that bears none stays as it is."""
    proposal = lock_proposal(session, proposal_id)
    _check_preparer(session, actor, proposal)
    one = prepared_for(session, proposal_id)
    if one is None:
        raise NotFound
    _take_off(session, actor, one, now)


def prepared_for(session: Session, proposal_id: int) -> PreparedDecision | None:
    """The decision prepared on a proposal, as it stands now. The proposal must be locked."""
    return session.scalars(
        sa.select(PreparedDecision)
        .where(PreparedDecision.proposal_id == proposal_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def draft_of(one: PreparedDecision) -> Draft:
    return Draft(
        outcome=one.outcome,
        reason=one.reason,
        what_would_change=one.what_would_change,
        end_reason=one.end_reason,
        hold_until=one.hold_until,
        conditions=query.planned_conditions(one.conditions),
    )


def _check_preparer(session: Session, actor: Actor, proposal: Proposal) -> None:
    ties = ties_of(session, actor, proposal.id)
    head = round_of(session, actor, proposal.call_id) if proposal.call_id is not None else None
    if head is None:
        raise NotFound
    require(can_on_call(actor, Action.PREPARE_DECISIONS, head.facts))
    require(may_prepare(actor, ties))


def _check_call(session: Session, proposal_id: int, call_id: int) -> None:
    if session.scalar(sa.select(Proposal.call_id).where(Proposal.id == proposal_id)) != call_id:
        raise NotFound


def _checked(session: Session, proposal: Proposal, draft: Draft, now: datetime) -> Draft:
    """The draft with each part held against the gate's own rule."""
    if draft.outcome not in PREPARED_OUTCOMES:
        raise DomainError("This is decided on the gate's own page, not prepared.", "outcome")
    gate = GATES[RELEASED_AT]
    require_ready(gate, draft.outcome, gate_query.readiness(session, proposal.id, gate, now=now))
    end_reason = ending(draft.outcome, draft.end_reason)
    check_hold(draft.outcome, draft.hold_until, now)
    conditions = check_conditions(draft.outcome, draft.conditions, now)
    reason = written(draft.reason, "reason", "Write the reason for the decision.", TEXT_LIMIT)
    change = ""
    if asks_what_would_change(draft.outcome):
        change = written(
            draft.what_would_change, "what_would_change", "Write what would change the answer.", TEXT_LIMIT
        )
    hold_until = draft.hold_until if draft.outcome is Outcome.HOLD else None
    return Draft(draft.outcome, reason, change, end_reason, hold_until, conditions)


def _keep(
    session: Session,
    actor: Actor,
    proposal: Proposal,
    known: PreparedDecision | None,
    draft: Draft,
    now: datetime,
) -> PreparedDecision:
    values: dict[str, Any] = {
        "outcome": draft.outcome,
        "reason": draft.reason,
        "what_would_change": draft.what_would_change,
        "end_reason": draft.end_reason,
        "hold_until": draft.hold_until,
        "conditions": [_kept(condition) for condition in draft.conditions],
    }
    if known is None:
        known = PreparedDecision(proposal_id=proposal.id)
        session.add(known)
    elif all(getattr(known, name) == value for name, value in values.items()):
        return known
    else:
        _take_off(session, actor, known, now)
    for name, value in values.items():
        setattr(known, name, value)
    known.prepared_by_id, known.prepared_at = actor.person_id, now
    record(session, actor, now, EventKind.DECISION_PREPARED, proposal_id=proposal.id)
    return known


def _take_off(session: Session, actor: Actor, one: PreparedDecision, now: datetime) -> None:
    if one.signed_at is None:
        return
    one.signed_by_id, one.signed_at, one.seen_version = None, None, None
    record(session, actor, now, EventKind.DECISION_UNSIGNED, proposal_id=one.proposal_id)


def _kept(condition: NewCondition) -> dict[str, Any]:
    return {
        "text": condition.text.strip(),
        "owner": condition.owner_name.strip(),
        "owner_id": condition.owner_id,
        "due_on": condition.due_on.isoformat() if condition.due_on else None,
    }
