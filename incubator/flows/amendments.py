"""A change of a plan that is locked: allowed, but with its reason, and never unseen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.errors import DomainError
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.flows.record import record
from incubator.models.evaluation import Amendment, EvaluationLock
from incubator.models.pilots import Metric, Pilot
from incubator.queries import evaluation_plan as query


@dataclass(frozen=True, slots=True)
class Amending:
    """Why a locked plan is changed, and whether anybody had seen data when this was decided."""

    reason: str = ""
    data_seen: bool | None = None


def locked(session: Session, pilot_id: int) -> EvaluationLock | None:
    """The plan's lock once two people set it; the record must be locked by the transaction."""
    return session.scalars(
        sa.select(EvaluationLock)
        .where(
            EvaluationLock.pilot_id == pilot_id,
            EvaluationLock.withdrawn_at.is_(None),
            EvaluationLock.confirmed_at.is_not(None),
        )
        .execution_options(populate_existing=True)
    ).one_or_none()


def check_amending(amending: Amending | None) -> Amending:
    """Raises DomainError unless the reason is written and the question of the data answered."""
    amending = amending or Amending()
    if not amending.reason.strip():
        raise DomainError("The plan is locked: say why it is changed.", "amend_reason")
    if amending.data_seen is None:
        raise DomainError("Say whether anybody had seen data when this was decided.", "data_seen")
    return amending


def amend(
    session: Session,
    actor: Actor,
    pilot: Pilot,
    metric: Metric | None,
    *,
    what: str,
    changes: dict[str, Any],
    readings_in: int,
    amending: Amending,
    now: datetime,
) -> Amendment:
    """Write the amendment of a change that was just made. `readings_in` is counted before it, so that a moved
    start hides nothing."""
    session.flush()
    row = Amendment(
        pilot_id=pilot.id,
        metric_id=metric.id if metric is not None else None,
        what=what,
        changes=changes,
        reason=amending.reason.strip(),
        data_seen=bool(amending.data_seen),
        readings_in=readings_in,
        sha256=query.plan_digest(query.plan_content(session, pilot.proposal_id)),
        made_at=now,
        made_by_id=actor.person_id,
    )
    session.add(row)
    record(
        session,
        actor,
        now,
        EventKind.PLAN_AMENDED,
        proposal_id=pilot.proposal_id,
        what=what,
        reason=row.reason,
        changes=changes,
        data_seen=row.data_seen,
        readings=readings_in,
    )
    return row
