"""The second person behind a decision against the advice, and what a decision does to what waited for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.errors import DomainError
from incubator.domain.evaluation import Advice
from incubator.domain.events import EventKind
from incubator.domain.gate_rules import may_approve
from incubator.domain.gates import Gate
from incubator.domain.roles import Actor
from incubator.flows.decision_parts import require, ties_of, written
from incubator.flows.record import record
from incubator.models.gates import ContraryDecision, Decision
from incubator.models.proposals import Proposal


@dataclass(frozen=True, slots=True)
class Second:
    """Who approves a decision against the advice, and why it was proposed against it, since when."""

    actor: Actor
    against_advice: str
    proposed_at: datetime

    def told(self, proposer: Actor, advice: Advice | None, now: datetime) -> dict[str, Any]:
        """The same for the frozen evidence."""
        return {
            "advice": advice.value if advice else None,
            "reason": self.against_advice,
            "proposed_by": proposer.name,
            "proposed_at": self.proposed_at.isoformat(timespec="seconds"),
            "approved_by": self.actor.name,
            "approved_at": now.isoformat(timespec="seconds"),
        }


def check_second(session: Session, actor: Actor, second: Second | None, at: Gate, proposal: Proposal) -> None:
    """Raise unless somebody else who decides at the gate approves it, with the reason written."""
    if second is None:
        raise DomainError(
            "This goes against what the criteria propose. Write why; a second person approves it.",
            "against_advice",
        )
    ties = ties_of(session, second.actor, proposal.id)
    require(may_approve(second.actor, at, ties, proposed_by_id=actor.person_id))
    written(second.against_advice, "against_advice", "Write why you decide against the criteria.")


def settle(
    session: Session, actor: Actor, proposal: Proposal, now: datetime, *, decision: Decision | None
) -> None:
    """A decision settles what waited for a second person: it became that decision, or falls away."""
    waiting = session.scalars(
        sa.select(ContraryDecision).where(
            ContraryDecision.proposal_id == proposal.id,
            ContraryDecision.decision_id.is_(None),
            ContraryDecision.withdrawn_at.is_(None),
        )
    ).one_or_none()
    if waiting is None:
        return
    if decision is not None:
        waiting.decision_id = decision.id
        return
    waiting.withdrawn_at, waiting.withdrawn_by_id = now, actor.person_id
    record(
        session,
        actor,
        now,
        EventKind.CONTRARY_WITHDRAWN,
        proposal_id=proposal.id,
        agency_id=proposal.agency_id,
        reason="Something else was decided.",
    )
