"""Two people editing at once: the version a form showed against the version that stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.errors import StaleVersion

Row = TypeVar("Row")


class Versioned(Protocol):
    version: Any


def check_version(row: Versioned, seen: int | None, theirs: Mapping[str, Any] | None = None) -> None:
    """Raise StaleVersion, with the values as they stand now, unless `seen` is the current version."""
    if seen != row.version:
        raise StaleVersion(theirs, row.version)


def locked(session: Session, kind: type[Row], key: int) -> Row | None:
    """The row as it stands now, held until the transaction ends; None when there is none.

    `Session.get` with a lock raises StaleDataError instead when an older version of the row was loaded before.
    """
    table = sa.inspect(kind)
    statement = sa.select(kind).where(table.primary_key[0] == key).with_for_update()
    return session.scalars(statement.execution_options(populate_existing=True)).one_or_none()
