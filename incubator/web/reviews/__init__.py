"""Reviewing: my reviews, the reviews of a record, and their export."""

from incubator.web.reviews import exports, files, mine, records, wanted
from incubator.web.reviews.blueprint import blueprint

__all__ = ["blueprint", "exports", "files", "mine", "records", "wanted"]
