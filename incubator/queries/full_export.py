"""Every record somebody may see, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.roles import Actor
from incubator.models.agencies import Agency, Unit
from incubator.models.calls import Call
from incubator.models.proposals import Proposal
from incubator.queries.stays import where_known
from incubator.queries.visibility import visible


def count_records(session: Session, actor: Actor) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Proposal).where(visible(actor))) or 0


def page_of_records(session: Session, actor: Actor, *, after: int, limit: int) -> Sequence[Any]:
    """The next records by id; money is in cents."""
    return session.execute(
        sa.select(
            Proposal.id,
            Proposal.number,
            Proposal.title,
            Agency.code.label("agency_code"),
            Agency.name.label("agency_name"),
            Unit.name.label("unit"),
            Call.title.label("call"),
            Proposal.stage,
            Proposal.step,
            Proposal.outcome,
            where_known(Proposal.stage_entered_at).label("stage_entered_at"),
            Proposal.due_on,
            Proposal.submitted_at,
            Proposal.requested_cents,
            Proposal.planned_cents,
            Proposal.spent_cents,
            Proposal.origin,
            Proposal.summary,
        )
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Unit, Unit.id == Proposal.unit_id)
        .outerjoin(Call, Call.id == Proposal.call_id)
        .where(Proposal.id > after, visible(actor))
        .order_by(Proposal.id)
        .limit(limit)
    ).all()
