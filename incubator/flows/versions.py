"""Two people editing at once: the version a form showed against the version that stands."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from incubator.domain.errors import StaleVersion


class Versioned(Protocol):
    version: Any


def check_version(row: Versioned, seen: int | None, theirs: Mapping[str, Any] | None = None) -> None:
    """Raise StaleVersion, with the values as they stand now, unless `seen` is the current version."""
    if seen != row.version:
        raise StaleVersion(theirs, row.version)
