"""What reviewers know and would like to review, and what keeps a pair apart, as data."""

from __future__ import annotations

import math
from enum import StrEnum

from incubator.domain.proposal_form import TECHNOLOGIES


class BidKind(StrEnum):
    WANT = "want"
    CAN = "can"
    RATHER_NOT = "rather_not"


class Barrier(StrEnum):
    """Why somebody may not be given a proposal to review; `REVIEWS_IT` for who has done or does so."""

    OWN_AGENCY = "own_agency"
    CONFLICT = "conflict"
    REFUSED = "refused"
    TAKEN_BACK = "taken_back"
    OUT_OF_REACH = "out_of_reach"
    BY_HAND = "by_hand"
    REVIEWS_IT = "has_it"
    LIMIT = "cap"


class FitGrade(StrEnum):
    """How well somebody fits a proposal, in five steps."""

    HARDLY = "hardly"
    A_LITTLE = "a_little"
    FAIRLY = "fairly"
    WELL = "well"
    VERY_WELL = "very_well"


def fit_grade(fit: float) -> FitGrade:
    """The step of a fit from 0 to 1; each is a fifth."""
    return tuple(FitGrade)[min(4, int(round(fit * 100) // 20))]


LEVELS: tuple[tuple[int, str], ...] = ((1, "A little"), (2, "Well"), (3, "Thoroughly"))
"""How well somebody says they know a field."""

AI_TAG = "artificial_intelligence"
"""Its own technology in the form, and a field of whatever else uses it."""
THEME_PREFIX = "theme:"

FIELDS: dict[str, str] = {
    **{key: words for key, words in TECHNOLOGIES if key and key != "other"},
    "accessibility": "Accessibility",
    "evaluation": "Evaluation and statistics",
    "privacy": "Privacy and data protection",
    "procurement": "Procurement",
    "service_design": "Service design",
}
"""Fields a reviewer may know and a proposal may need, by tag; themes of the state come beside them as
`theme:<id>`."""


def theme_tag(theme_id: int) -> str:
    return f"{THEME_PREFIX}{theme_id}"


def tags_of(
    *, technology: str, uses_ai: bool, theme_id: int | None, added: tuple[str, ...]
) -> frozenset[str]:
    """The fields of a proposal: from its own answers, and those a coordinator added."""
    found = {technology} & FIELDS.keys()
    if uses_ai:
        found.add(AI_TAG)
    if theme_id is not None:
        found.add(theme_tag(theme_id))
    return frozenset(found | set(added))


SPARE_REVIEWS = 2
"""How many reviews beyond an even share a limit leaves room for, so that conflicts and fields can be heeded."""


def usual_limit(*, proposals: int, wanted: int, people: int) -> int:
    """The most reviews to ask of one person where neither they nor their call says: an even share, and two."""
    return max(1, math.ceil(proposals * wanted / max(1, people)) + SPARE_REVIEWS)
