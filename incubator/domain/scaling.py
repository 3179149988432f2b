"""What must stand before a pilot is scaled, and what a close-out tells."""

from __future__ import annotations

from enum import StrEnum

from incubator.domain.words import Words


class ApprovalArea(StrEnum):
    SECURITY = "security"
    PRIVACY = "privacy"
    ACCESSIBILITY = "accessibility"


class ApprovalState(StrEnum):
    OPEN = "open"
    APPROVED = "approved"
    NOT_NEEDED = "not_needed"
    REFUSED = "refused"


APPROVAL_AREAS: dict[ApprovalArea, Words] = {
    ApprovalArea.SECURITY: Words("Security"),
    ApprovalArea.PRIVACY: Words("Privacy"),
    ApprovalArea.ACCESSIBILITY: Words("Accessibility"),
}

APPROVAL_STATES: dict[ApprovalState, Words] = {
    ApprovalState.OPEN: Words("Not answered yet", tone="wait"),
    ApprovalState.APPROVED: Words("Approved", tone="done"),
    ApprovalState.NOT_NEEDED: Words("Not needed", tone="neutral"),
    ApprovalState.REFUSED: Words("Refused", tone="stop"),
}

SETTLED: frozenset[ApprovalState] = frozenset({ApprovalState.APPROVED, ApprovalState.NOT_NEEDED})
"""What lets a pilot be scaled."""

CLOSE_OUT_PARTS: dict[str, str] = {
    "started_from": "Where you started",
    "hypothesis": "What you expected",
    "how_tested": "How you tested it",
    "evidence": "What evidence confirmed or disconfirmed it",
    "did_differently": "What you did differently from the plan",
    "user_needs": "User needs, and how they changed",
    "next_and_risks": "What comes next, and the biggest risks",
    "worked": "What worked",
    "did_not_work": "What did not work",
    "would_reopen": "What would justify reopening",
}
"""The close-out's field and its heading, in the order in which it is written."""
