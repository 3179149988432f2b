"""When somebody may not judge a proposal: the rules that follow from what is known of both.

Own agency is a conflict by itself and is looked up with the person's roles (`access.own_agency`); it is
never set aside. The other rules are worked out here and kept as rows, so that every query asks the same
table; `flows.conflicts` keeps the rows in step.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from incubator.domain.folding import fold


class ConflictKind(StrEnum):
    OWN_AGENCY = "own_agency"
    MANAGEMENT = "management"
    VENDOR = "vendor"
    AUTHOR = "author"
    CONTRACT = "contract"
    OTHER = "other"


class TieKind(StrEnum):
    """How somebody is tied to a vendor."""

    INTEREST = "interest"
    CONTRACT = "contract"


CONTRACT_YEARS = 2
"""A contract with a vendor bars for this long after its last day."""


@dataclass(frozen=True, slots=True)
class Tie:
    """A tie to a vendor, by the name as it is compared; `ended_on` is a contract's last day."""

    kind: TieKind
    vendor_key: str
    ended_on: date | None = None


@dataclass(frozen=True, slots=True)
class Judge:
    """What the rules ask about a person."""

    person_id: int
    manager_id: int | None = None
    ties: tuple[Tie, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules ask about a proposal. `writers` are its authors and all who helped to write it,
    `managers` the people these report to."""

    proposal_id: int
    writers: frozenset[int] = frozenset()
    managers: frozenset[int] = frozenset()
    vendor_key: str = ""


def vendor_key(name: str) -> str:
    """A vendor's name as it is compared: lower case, no accents, no punctuation, without a company's
    legal form at its end.

    >>> vendor_key("Acmé Systems, Inc.")
    'acme systems'
    """
    words = re.sub(r"[\W_]+", " ", fold(name)).split()
    while len(words) > 1 and words[-1] in _LEGAL_FORMS:
        words.pop()
    return " ".join(words)


_LEGAL_FORMS = frozenset({"inc", "llc", "ltd", "corp", "corporation", "company", "co", "plc", "gmbh", "lp"})


def names_vendor(line: str, key: str) -> bool:
    """Whether a line that may name several vendors ("Acme and Beta, Inc.") names this one, as whole words."""
    return bool(key) and f" {key} " in f" {vendor_key(line)} "


def conflicts(judge: Judge, judged: Judged, today: date) -> frozenset[ConflictKind]:
    """The rules that bar this person from judging this proposal."""
    found = set()
    if judge.person_id in judged.writers:
        found.add(ConflictKind.AUTHOR)
    elif judge.manager_id in judged.writers or judge.person_id in judged.managers:
        found.add(ConflictKind.MANAGEMENT)
    for tie in judge.ties:
        if not names_vendor(judged.vendor_key, tie.vendor_key):
            continue
        if tie.kind is TieKind.INTEREST:
            found.add(ConflictKind.VENDOR)
        elif is_recent(tie.ended_on, today):
            found.add(ConflictKind.CONTRACT)
    return frozenset(found)


def is_recent(ended_on: date | None, today: date) -> bool:
    """Whether a contract still runs (no last day) or ended within `CONTRACT_YEARS`."""
    if ended_on is None:
        return True
    try:
        until = ended_on.replace(year=ended_on.year + CONTRACT_YEARS)
    except ValueError:  # 29 February
        until = date(ended_on.year + CONTRACT_YEARS, 3, 1)
    return today <= until


MAY_BE_SET_ASIDE: frozenset[ConflictKind] = frozenset(ConflictKind) - {ConflictKind.OWN_AGENCY}
"""What the panel's chair may set aside with a written reason."""


def may_be_set_aside(kinds: Iterable[ConflictKind]) -> bool:
    return MAY_BE_SET_ASIDE.issuperset(kinds)
