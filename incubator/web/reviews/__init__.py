"""Reviewing: my reviews, the reviews of a record, and their export."""

from incubator.web.reviews import conflicts, exports, files, mine, records, revising, wanted
from incubator.web.reviews.blueprint import blueprint

__all__ = ["blueprint", "conflicts", "exports", "files", "mine", "records", "revising", "wanted"]
