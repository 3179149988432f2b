"""A panel's deliberation: who reads a note, and how a member votes."""

from __future__ import annotations

from enum import StrEnum


class NoteAudience(StrEnum):
    """Who reads a note of the panel, the narrowest first."""

    PANEL = "panel"
    REVIEWERS = "reviewers"
    AGENCY = "agency"


class Vote(StrEnum):
    YES = "yes"
    NO = "no"
    ABSTAIN = "abstain"
