"""Panels run elsewhere whose scores were brought in: their calls, and from which file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.events import EventKind
from incubator.models.calls import Call
from incubator.models.history import Event
from incubator.models.ranking import OutsideItem, OutsideReview


def imported_before(session: Session, source: str) -> Call | None:
    """The call into which a panel of this source (a digest of file, meaning and name) was brought, if it was."""
    call_id = session.scalar(
        sa.select(Event.details["call_id"].as_integer())
        .where(Event.kind == EventKind.PANEL_IMPORTED, Event.details["source"].as_string() == source)
        .order_by(Event.id.desc())
        .limit(1)
    )
    return None if call_id is None else session.get(Call, call_id)


@dataclass(frozen=True, slots=True)
class OutsideCall:
    """A panel run elsewhere on the calls' page."""

    slug: str
    title: str
    summary: str
    created_at: datetime
    archived_at: datetime | None
    places: int | None
    proposals: int
    reviews: int


def outside_calls(session: Session) -> list[OutsideCall]:
    """All of them, the one brought in last first."""
    proposals = (
        sa.select(sa.func.count()).where(OutsideItem.call_id == Call.id).correlate(Call).scalar_subquery()
    )
    reviews = (
        sa.select(sa.func.count())
        .select_from(OutsideReview)
        .join(OutsideItem, OutsideItem.id == OutsideReview.item_id)
        .where(OutsideItem.call_id == Call.id)
        .correlate(Call)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            Call.slug,
            Call.title,
            Call.summary,
            Call.created_at,
            Call.archived_at,
            Call.places,
            proposals,
            reviews,
        )
        .where(Call.outside)
        .order_by(Call.created_at.desc(), Call.id.desc())
    )
    return [OutsideCall(*row) for row in rows]
