"""Which part of the work an event belongs to, for filters."""

from __future__ import annotations

from enum import StrEnum
from itertools import takewhile

from incubator.domain.events import EVENTS, Audience, EventKind


class EventGroup(StrEnum):
    ACCOUNTS = "accounts"
    AGENCIES = "agencies"
    CALLS = "calls"
    PROPOSALS = "proposals"
    SCREENING = "screening"
    REVIEWS = "reviews"
    GATES = "gates"
    PILOTS = "pilots"
    PRIORITIES = "priorities"
    IMPORTS = "imports"


WORDS: dict[EventGroup, str] = {
    EventGroup.ACCOUNTS: "Accounts and access",
    EventGroup.AGENCIES: "Agencies",
    EventGroup.CALLS: "Calls and rubrics",
    EventGroup.PROPOSALS: "Proposals",
    EventGroup.SCREENING: "Screening",
    EventGroup.REVIEWS: "Reviews",
    EventGroup.GATES: "Gates and decisions",
    EventGroup.PILOTS: "Pilots",
    EventGroup.PRIORITIES: "Priorities",
    EventGroup.IMPORTS: "Imports",
}

_FIRST: dict[EventGroup, EventKind] = {
    EventGroup.ACCOUNTS: EventKind.PERSON_INVITED,
    EventGroup.AGENCIES: EventKind.AGENCY_CREATED,
    EventGroup.CALLS: EventKind.CALL_CREATED,
    EventGroup.PROPOSALS: EventKind.PROPOSAL_STARTED,
    EventGroup.SCREENING: EventKind.INFORMATION_ASKED,
    EventGroup.REVIEWS: EventKind.REVIEW_ASSIGNED,
    EventGroup.GATES: EventKind.READINESS_CHECKED,
    EventGroup.PILOTS: EventKind.PLAN_CHANGED,
    EventGroup.PRIORITIES: EventKind.PRIORITY_LIST_CHANGED,
    EventGroup.IMPORTS: EventKind.INVENTORY_IMPORTED,
}


def _members(first: EventKind) -> tuple[EventKind, ...]:
    """The kinds from `first` on, up to where the next group begins."""
    kinds = list(EventKind)
    rest = kinds[kinds.index(first) + 1 :]
    starts = set(_FIRST.values())
    return first, *takewhile(lambda kind: kind not in starts, rest)


GROUPS: dict[EventGroup, tuple[EventKind, ...]] = {group: _members(first) for group, first in _FIRST.items()}

RECORD_GROUPS: tuple[EventGroup, ...] = (
    EventGroup.PROPOSALS,
    EventGroup.SCREENING,
    EventGroup.REVIEWS,
    EventGroup.GATES,
    EventGroup.PILOTS,
    EventGroup.AGENCIES,
    EventGroup.PRIORITIES,
    EventGroup.IMPORTS,
)
"""Groups that can stand on a record's timeline."""

REVIEW_KINDS: tuple[EventKind, ...] = GROUPS[EventGroup.REVIEWS]
"""Kinds that tell of other people's reviews."""


def kinds_for(*audiences: Audience) -> tuple[EventKind, ...]:
    return tuple(kind for kind, words in EVENTS.items() if words.audience in audiences)
