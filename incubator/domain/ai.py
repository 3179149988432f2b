"""Artificial intelligence: how a use is screened, and where it goes."""

from __future__ import annotations

from enum import StrEnum

from incubator.domain.words import Words


class AiLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class PracticeState(StrEnum):
    OPEN = "open"
    DONE = "done"
    NOT_NEEDED = "not_needed"


class EscalationAnswer(StrEnum):
    ALLOWED = "allowed"
    ALLOWED_WITH_LIMITS = "allowed_with_limits"
    REFUSED = "refused"


AI_LEVELS: dict[AiLevel, Words] = {
    AiLevel.LOW: Words("Low", tone="neutral"),
    AiLevel.MEDIUM: Words("Medium", tone="wait"),
    AiLevel.HIGH: Words("High", tone="late"),
}

PRACTICE_STATES: dict[PracticeState, Words] = {
    PracticeState.OPEN: Words("Open", tone="wait"),
    PracticeState.DONE: Words("Done", tone="done"),
    PracticeState.NOT_NEEDED: Words("Not needed", tone="neutral"),
}

ESCALATION_ANSWERS: dict[EscalationAnswer, Words] = {
    EscalationAnswer.ALLOWED: Words("Allowed", tone="done"),
    EscalationAnswer.ALLOWED_WITH_LIMITS: Words("Allowed with limits", tone="wait"),
    EscalationAnswer.REFUSED: Words("Refused", tone="stop"),
}
