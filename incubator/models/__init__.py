"""The tables, one file per area."""

from incubator.models import (
    accounts,
    agencies,
    calls,
    gates,
    history,
    inventory,
    jobs,
    pilots,
    priorities,
    proposals,
    reviews,
    screening,
)

__all__ = [
    "accounts",
    "agencies",
    "calls",
    "gates",
    "history",
    "inventory",
    "jobs",
    "pilots",
    "priorities",
    "proposals",
    "reviews",
    "screening",
]
