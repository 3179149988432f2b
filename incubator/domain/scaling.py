"""What must stand before a pilot is scaled, and what a close-out tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
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

FISCAL_YEAR_BEGINS = 7
"""The month in which the state's fiscal year begins; it is named after the year in which it ends."""
FISCAL_YEARS_AHEAD = 10


def fiscal_year_of(day: date) -> int:
    """The fiscal year a day lies in: July 1, 2026 lies in 2027."""
    return day.year + (day.month >= FISCAL_YEAR_BEGINS)


def fiscal_years(today: date) -> range:
    """The fiscal years that may be named as the first to carry the cost."""
    current = fiscal_year_of(today)
    return range(current, current + FISCAL_YEARS_AHEAD + 1)


@dataclass(frozen=True, slots=True)
class ScaleState:
    """What stands of a pilot's readiness to scale. The default is a record for which nothing was prepared."""

    owner_accepted: bool = False
    funding: bool = False
    procurement: bool = False
    approvals: bool = False
    typical_site: bool = False
    support: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        """The keys of NEEDS that do not stand yet, in their order."""
        return tuple(key for key in NEEDS if not getattr(self, key))

    @property
    def ready(self) -> bool:
        return not self.missing


NEEDS: dict[str, str] = {
    "owner_accepted": "The product owner accepts the product",
    "funding": "The recurring cost has a funding line and a fiscal year",
    "procurement": "The procurement route is clear",
    "support": "Support after the pilot is arranged",
    "typical_site": "It is said how typical the sites were",
    "approvals": "Security, privacy and accessibility are settled",
}
"""What must stand before a pilot is scaled, by the name it has in ScaleState."""


def scale_state(
    *,
    owner_id: int | None,
    accepted_by_id: int | None,
    accepted_at: datetime | None,
    recurring_cents: int | None,
    funding_line: str,
    fiscal_year: int | None,
    procurement: str,
    support: str,
    typicality: str,
    approvals: Mapping[ApprovalArea, ApprovalState],
) -> ScaleState:
    """What stands. An acceptance holds only for the one who gave it: with another product owner it lapses."""
    return ScaleState(
        owner_accepted=accepted_at is not None and owner_id is not None and accepted_by_id == owner_id,
        funding=recurring_cents is not None and bool(funding_line.strip()) and fiscal_year is not None,
        procurement=bool(procurement.strip()),
        approvals=all(approvals.get(area) in SETTLED for area in ApprovalArea),
        typical_site=bool(typicality.strip()),
        support=bool(support.strip()),
    )
