"""Numbers and names in addresses: only those a row can have."""

from __future__ import annotations

from typing import Any

from werkzeug.routing import BaseConverter, IntegerConverter, Map

LARGEST = 2**31 - 1


class RowId(IntegerConverter):
    """`<int:…>`: a number beyond the databases' reach is an address that leads nowhere, not a fault."""

    def __init__(self, map: Map, **kwargs: Any) -> None:  # noqa: A002 - the framework's name
        super().__init__(map, **{"max": LARGEST, **kwargs})


class RowName(BaseConverter):
    """`<…>`: a name with a NUL, which PostgreSQL refuses to compare, leads nowhere either."""

    regex = r"[^/\x00]+"
