"""The audit trail: one row per change, chained by keyed hashes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column, relationship

from incubator.database import Base, text_enum
from incubator.domain.events import EventKind
from incubator.models.accounts import Person


class Event(Base):
    """Something that happened, who did it, and to what. Rows are written once and never changed:
    triggers refuse it, and `digest` chains each row to the one before (`previous`)."""

    __tablename__ = "event"
    __table_args__ = (
        sa.Index("ix_event_proposal", "proposal_id", "id"),
        sa.Index("ix_event_agency", "agency_id", "id"),
        sa.Index("ix_event_actor", "actor_id", "id"),
        sa.Index("ix_event_kind", "kind", "id"),
        sa.Index("ix_event_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[EventKind] = mapped_column(text_enum(EventKind, "kind"))
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    actor_name: Mapped[str]
    on_behalf_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    proposal_id: Mapped[int | None] = mapped_column(sa.ForeignKey("proposal.id"))
    agency_id: Mapped[int | None] = mapped_column(sa.ForeignKey("agency.id"))
    details: Mapped[dict[str, Any]]
    previous: Mapped[str] = mapped_column(unique=True)
    digest: Mapped[str] = mapped_column(unique=True)

    actor: Mapped[Person | None] = relationship(lazy="raise_on_sql", foreign_keys=[actor_id])


class ChainHead(Base):
    """The end of the chain, locked while a transaction adds to it."""

    __tablename__ = "chain_head"
    __table_args__ = (sa.CheckConstraint("id = 1", name="there_is_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str]
    events: Mapped[int]


def audit_key(session: Session) -> bytes:
    """The key of the chain, carried by the engine so that flows need no application."""
    options: Mapping[str, Any] = session.connection().get_execution_options()
    key: bytes = options["audit_key"]
    return key


_SQLITE_REFUSAL = """
CREATE TRIGGER event_refuses_%(verb)s BEFORE %(verb)s ON event
BEGIN SELECT RAISE(ABORT, 'events are written once'); END
"""

_POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION event_refuses() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'events are written once'; END $$
"""

_POSTGRESQL_REFUSAL = """
CREATE TRIGGER event_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE ON event
FOR EACH STATEMENT EXECUTE FUNCTION event_refuses()
"""

TRIGGERS: dict[str, tuple[str, ...]] = {
    "sqlite": (_SQLITE_REFUSAL % {"verb": "update"}, _SQLITE_REFUSAL % {"verb": "delete"}),
    "postgresql": (_POSTGRESQL_FUNCTION, _POSTGRESQL_REFUSAL),
}

for _dialect, _statements in TRIGGERS.items():
    for _statement in _statements:
        sa.event.listen(
            Event.__table__,
            "after_create",
            sa.DDL(_statement.replace("%", "%%")).execute_if(dialect=_dialect),  # type: ignore[no-untyped-call]
        )
