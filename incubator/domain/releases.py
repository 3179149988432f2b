"""Decisions that are prepared and released together, and what the agency is shown with them."""

from __future__ import annotations

from enum import StrEnum

from incubator.domain.stages import Outcome


class AgencySees(StrEnum):
    """What a call promises its agencies about the scores, each adding to the one before."""

    NOTHING = "nothing"
    TOTAL = "total"
    CRITERIA = "criteria"
    COMMENTS = "comments"

    def includes(self, other: AgencySees) -> bool:
        order = list(AgencySees)
        return order.index(self) >= order.index(other)


PREPARED_OUTCOMES: tuple[Outcome, ...] = (
    Outcome.ADVANCE,
    Outcome.ADVANCE_WITH_CONDITIONS,
    Outcome.HOLD,
    Outcome.REWORK,
    Outcome.STOP,
)
"""What can wait for a release. A transfer or a merge changes another record at once, so it is decided by
itself."""
