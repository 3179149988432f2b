"""Locking the evaluation plan: one person proposes it, another confirms it, and from then on it is amended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.evaluation_plan import missing
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.flows.pilots import begin_change, find_plan
from incubator.flows.record import record
from incubator.models.accounts import Person
from incubator.models.evaluation import EvaluationLock
from incubator.models.pilots import Pilot
from incubator.queries import detectability
from incubator.queries import evaluation_plan as query


def propose_lock(
    session: Session, actor: Actor, proposal_id: int, *, seen_sha256: str, now: datetime
) -> EvaluationLock:
    """Propose the plan as it stands for its lock; `seen_sha256` is the digest of the plan the person read.

    An earlier proposal that was overtaken by changes gives way. Raises StaleVersion when the plan changed
    meanwhile, DomainError when it lacks something, waits already or is locked.
    """
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    pilot = _plan(session, proposal_id)
    content = query.plan_content(session, proposal_id)
    sha256 = query.plan_digest(content)
    standing = _standing(session, pilot.id)
    if standing is not None and standing.confirmed_at is not None:
        raise DomainError("The plan is locked already. Changes are amendments from now on.")
    if standing is not None and standing.sha256 == sha256:
        raise DomainError("The plan waits for its second name already.")
    if seen_sha256 != sha256:
        raise StaleVersion
    lacks = missing(content)
    if lacks:
        raise DomainError(lacks[0].template, None, **lacks[0].params)
    if standing is not None:
        _withdraw(session, actor, proposal_id, standing, now)
    lock = EvaluationLock(
        pilot_id=pilot.id,
        content=content,
        sha256=sha256,
        proposed_at=now,
        proposed_by_id=_person(actor),
        underpowered=underpowered(session, proposal_id),
    )
    session.add(lock)
    record(session, actor, now, EventKind.PLAN_LOCK_PROPOSED, proposal_id=proposal_id, sha256=sha256)
    return lock


def confirm_lock(
    session: Session,
    actor: Actor,
    proposal_id: int,
    lock_id: int,
    *,
    seen_sha256: str,
    reason: str = "",
    now: datetime,
) -> EvaluationLock:
    """Set the second name under the plan that was proposed; `seen_sha256` is the digest on the page.

    `reason` is needed where criteria are underpowered: the person who confirms locks the plan all the same.
    Raises Forbidden for the person who proposed it, StaleVersion when the plan changed since or somebody was
    faster, and NotFound for a proposal that is not this record's.
    """
    begin_change(session, actor, Action.CONFIRM_PLAN, proposal_id, now)
    pilot = _plan(session, proposal_id)
    lock = _lock(session, pilot, lock_id)
    if lock.withdrawn_at is not None or lock.confirmed_at is not None:
        raise StaleVersion
    if actor.person_id == lock.proposed_by_id:
        raise Forbidden("You proposed this plan, so somebody else confirms it.")
    sha256 = query.plan_digest(query.plan_content(session, proposal_id))
    if seen_sha256 != lock.sha256 or sha256 != lock.sha256:
        raise StaleVersion
    if lock.underpowered and not reason.strip():
        raise DomainError(
            "Say why the plan is locked although it could miss what would be worthwhile.", "reason"
        )
    lock.confirmed_at, lock.confirmed_by_id = now, _person(actor)
    lock.accepted_reason = reason.strip() if lock.underpowered else ""
    session.flush()
    proposer = session.get_one(Person, lock.proposed_by_id).name
    record(
        session,
        actor,
        now,
        EventKind.PLAN_LOCKED,
        proposal_id=proposal_id,
        proposer=proposer,
        sha256=sha256,
        underpowered=[each["name"] for each in lock.underpowered],
        accepted_reason=lock.accepted_reason,
    )
    return lock


def withdraw_lock(
    session: Session, actor: Actor, proposal_id: int, lock_id: int, *, now: datetime
) -> EvaluationLock:
    """Take back a proposal that was not confirmed yet; only who proposed it may."""
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    lock = _lock(session, _plan(session, proposal_id), lock_id)
    if lock.confirmed_at is not None or lock.withdrawn_at is not None:
        raise StaleVersion
    if actor.person_id != lock.proposed_by_id:
        raise Forbidden("Only the person who proposed the lock takes it back.")
    _withdraw(session, actor, proposal_id, lock, now)
    return lock


def underpowered(session: Session, proposal_id: int) -> list[dict[str, Any]]:
    """The criteria that could not detect what would be worthwhile, with why, as plain JSON."""
    return [
        {
            "id": each.metric_id,
            "name": each.name,
            "text": each.why_not.text,
            "params": dict(each.why_not.params),
        }
        for each in detectability.power_of(session, proposal_id)
        if not each.enough
    ]


def _withdraw(session: Session, actor: Actor, proposal_id: int, lock: EvaluationLock, now: datetime) -> None:
    lock.withdrawn_at = now
    session.flush()
    record(session, actor, now, EventKind.PLAN_LOCK_WITHDRAWN, proposal_id=proposal_id, sha256=lock.sha256)


def _plan(session: Session, proposal_id: int) -> Pilot:
    pilot = find_plan(session, proposal_id)
    if pilot is None:
        raise DomainError("There is no plan yet.")
    return pilot


def _standing(session: Session, pilot_id: int) -> EvaluationLock | None:
    return session.scalars(
        sa.select(EvaluationLock)
        .where(EvaluationLock.pilot_id == pilot_id, EvaluationLock.withdrawn_at.is_(None))
        .execution_options(populate_existing=True)
    ).one_or_none()


def _lock(session: Session, pilot: Pilot, lock_id: int) -> EvaluationLock:
    lock = session.scalars(
        sa.select(EvaluationLock)
        .where(EvaluationLock.id == lock_id, EvaluationLock.pilot_id == pilot.id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if lock is None:
        raise NotFound
    return lock


def _person(actor: Actor) -> int:
    if actor.person_id is None:
        raise Forbidden("A person puts their name under a plan.")
    return actor.person_id
