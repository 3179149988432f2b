"""Reviewing: my reviews, what I know and would like to review, the reviews of a record, and their export."""

from incubator.web.reviews import (
    bids,
    confirming,
    conflicts,
    expertise,
    exports,
    files,
    mine,
    records,
    revising,
    wanted,
)
from incubator.web.reviews.blueprint import blueprint

__all__ = [
    "bids",
    "blueprint",
    "confirming",
    "conflicts",
    "expertise",
    "exports",
    "files",
    "mine",
    "records",
    "revising",
    "wanted",
]
