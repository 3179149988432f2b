"""Benefits: their kinds, how sure one is of them, and when they are looked at."""

from __future__ import annotations

from enum import StrEnum

from incubator.domain.words import Words


class BenefitKind(StrEnum):
    """Cash and hours stay apart: saved hours are money only where a budget line falls."""

    CASH = "cash"
    HOURS = "hours"
    OTHER = "other"


class Certainty(StrEnum):
    CONFIRMED = "confirmed"
    ESTIMATED = "estimated"
    UNKNOWN = "unknown"


BENEFIT_KINDS: dict[BenefitKind, Words] = {
    BenefitKind.CASH: Words("Cash"),
    BenefitKind.HOURS: Words("Staff hours"),
    BenefitKind.OTHER: Words("Something else that is counted"),
}

CERTAINTIES: dict[Certainty, Words] = {
    Certainty.CONFIRMED: Words("Confirmed", tone="done"),
    Certainty.ESTIMATED: Words("Estimated", tone="wait"),
    Certainty.UNKNOWN: Words("Unknown", tone="neutral"),
}

BENEFIT_MONTHS: tuple[int, ...] = (6, 12, 24)
DISCOUNT_RATES: tuple[float, ...] = (0.03, 0.07)
"""The yearly rates at which a benefit's present value is shown."""
