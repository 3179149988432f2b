"""A list's page, order and address, read forgivingly from the query string."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import request

PAGE_SIZE = 50
LAST_PAGE = 100_000


@dataclass(slots=True)
class Listing:
    """`sort` is one of the keys offered; `total` is set when the rows are known."""

    path: str
    sort: str
    descending: bool
    page: int
    size: int = PAGE_SIZE
    filters: Mapping[str, str] = field(default_factory=dict)
    total: int = 0

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first(self) -> int:
        return min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        return min(self.offset + self.size, self.total)

    def url(self, **changes: Any) -> str:
        """This list with something changed; None drops a parameter. A new order or filter starts at page 1."""
        parameters: dict[str, Any] = {**self.filters, "sort": self.sort, "page": self.page}
        if self.descending:
            parameters["order"] = "desc"
        if changes.keys() - {"page"}:
            parameters["page"] = 1
        if "descending" in changes:
            parameters["order"] = "desc" if changes.pop("descending") else None
        parameters |= changes
        kept = {
            key: value
            for key, value in parameters.items()
            if value not in (None, "") and (key, value) != ("page", 1)
        }
        return f"{self.path}?{urlencode(kept)}" if kept else self.path


def read_listing(
    sorts: Mapping[str, Any] | tuple[str, ...],
    *,
    default: str,
    descending: bool = False,
    filters: Mapping[str, str] | None = None,
    size: int = PAGE_SIZE,
) -> Listing:
    """What the address asks for; nonsense falls back to the default instead of failing."""
    sort = request.args.get("sort", "")
    known = sort in sorts
    order = request.args.get("order")
    return Listing(
        path=request.path,
        sort=sort if known else default,
        descending=order == "desc" if (known or order) else descending,
        page=_page(request.args.get("page", "")),
        size=size,
        filters=filters or {},
    )


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        return 1
    return min(max(int(text), 1), LAST_PAGE)


LARGEST_ID = 2**31 - 1


def read_cursor(name: str) -> int | None:
    """The row's id from which a list goes on, or None; one that no row can have means the largest."""
    text = request.args.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return None
    return min(int(text), LARGEST_ID)
