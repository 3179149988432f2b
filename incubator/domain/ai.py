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


class Autonomy(StrEnum):
    HUMAN_DECIDES = "human_decides"
    HUMAN_CHECKS = "human_checks"
    ACTS_ALONE = "acts_alone"


class Affected(StrEnum):
    STAFF = "staff"
    SOME = "some"
    MANY = "many"


class Reversibility(StrEnum):
    EASILY = "easily"
    WITH_EFFORT = "with_effort"
    NEVER = "never"


AUTONOMIES: dict[Autonomy, Words] = {
    Autonomy.HUMAN_DECIDES: Words("A person decides; the AI only informs"),
    Autonomy.HUMAN_CHECKS: Words("The AI acts and a person checks each result"),
    Autonomy.ACTS_ALONE: Words("The AI acts alone"),
}

AFFECTED: dict[Affected, Words] = {
    Affected.STAFF: Words("Only the agency's own staff"),
    Affected.SOME: Words("Up to 1,000 members of the public a year"),
    Affected.MANY: Words("More than 1,000 members of the public a year"),
}

REVERSIBILITIES: dict[Reversibility, Words] = {
    Reversibility.EASILY: Words("Yes, at once and without harm"),
    Reversibility.WITH_EFFORT: Words("Yes, but it takes time, money or an appeal"),
    Reversibility.NEVER: Words("No"),
}
