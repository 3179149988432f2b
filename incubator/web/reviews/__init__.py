"""Reviewing: my reviews, the reviews of a record, and their export."""

from incubator.web.reviews import bids, expertise, exports, mine, records, wanted
from incubator.web.reviews.blueprint import blueprint

__all__ = ["bids", "blueprint", "expertise", "exports", "mine", "records", "wanted"]
