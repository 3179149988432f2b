"""What reviewers know and would like to review, as data."""

from __future__ import annotations

from enum import StrEnum

from incubator.domain.proposal_form import TECHNOLOGIES


class BidKind(StrEnum):
    WANT = "want"
    CAN = "can"
    RATHER_NOT = "rather_not"


LEVELS: tuple[tuple[int, str], ...] = ((1, "A little"), (2, "Well"), (3, "Thoroughly"))
"""How well somebody says they know a field."""

AI_TAG = "ai"
THEME_PREFIX = "theme:"

FIELDS: dict[str, str] = {
    **{key: words for key, words in TECHNOLOGIES if key and key != "other"},
    AI_TAG: "Artificial intelligence",
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
