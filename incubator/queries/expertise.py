"""What somebody says they know, and the vendors they are tied to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.conflicts import TieKind
from incubator.models.assignment import Expertise
from incubator.models.conflicts import VendorTie


def levels_of(session: Session, person_id: int) -> dict[str, int]:
    """Level by field, of the fields the person says they know."""
    rows = session.execute(
        sa.select(Expertise.tag, Expertise.level)
        .where(Expertise.person_id == person_id)
        .order_by(Expertise.tag)
    )
    return {row.tag: row.level for row in rows}


@dataclass(frozen=True, slots=True)
class TieRow:
    """A tie that holds, or a contract that ended and may still bar."""

    id: int
    kind: TieKind
    vendor: str
    ended_on: date | None
    note: str
    declared_at: datetime


def ties_of(session: Session, person_id: int) -> list[TieRow]:
    """The person's ties to vendors, in the order in which they were declared; those taken back left out."""
    rows = session.execute(
        sa.select(
            VendorTie.id,
            VendorTie.kind,
            VendorTie.vendor,
            VendorTie.ended_on,
            VendorTie.note,
            VendorTie.declared_at,
        )
        .where(VendorTie.person_id == person_id, VendorTie.removed_at.is_(None))
        .order_by(VendorTie.declared_at, VendorTie.id)
    )
    return [TieRow(**row._mapping) for row in rows]
