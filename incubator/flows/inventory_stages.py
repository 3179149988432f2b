"""Where an imported record stands: its stage as the source gives it, and since when, as far as that is stated.

Imported records never passed our gates. They stand in the first step of their stage, no decision of ours is
due on them, and nothing is counted as submitted here. A record without a known stage stands under Idea. What
the source calls retired, completed or canceled has ended, and how is not recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time

from incubator.domain.stages import ENTRY_STEP, MAIN_STAGES, EndReason, Outcome, Precision, Stage, Step
from incubator.flows.inventory_plan import Stated
from incubator.models.proposals import DateKind

# The days that may say since when a record is in a stage, the first that is stated counts.
_SINCE: dict[Stage, tuple[DateKind, ...]] = {
    Stage.IDEA: (DateKind.SUBMITTED, DateKind.INITIATED),
    Stage.DESIGN: (DateKind.DEVELOPMENT_BEGAN,),
    Stage.PILOT: (DateKind.STARTED, DateKind.IMPLEMENTED),
    Stage.SCALE: (DateKind.OPERATIONAL, DateKind.IMPLEMENTED),
    Stage.IN_SERVICE: (DateKind.OPERATIONAL, DateKind.IMPLEMENTED),
    Stage.CLOSED: (DateKind.RETIRED, DateKind.ENDED),
}
_WAS_OPERATIONAL = (DateKind.OPERATIONAL, DateKind.IMPLEMENTED)


@dataclass(frozen=True, slots=True)
class Placement:
    """The columns of a proposal that say where it stands; `precision` is that of `since`."""

    stage: Stage
    since: datetime
    precision: Precision
    resume_stage: Stage | None = None

    def columns(self, now: datetime) -> dict[str, object]:
        closed = self.stage is Stage.CLOSED
        return {
            "stage": self.stage,
            "step": ENTRY_STEP[self.stage] if not closed else Step.CLOSED,
            "resume_stage": self.resume_stage,
            "outcome": Outcome.ENDED if closed else None,
            "end_reason": EndReason.UNKNOWN if closed else None,
            "closed_at": self.since if closed else None,
            "stage_entered_at": self.since,
            "step_entered_at": self.since,
            "due_on": None,
            "hold_until": None,
            "merged_into_id": None,
        }


def place(
    stage: Stage | None,
    dates: Mapping[DateKind, Stated],
    now: datetime,
    *,
    before: Stage | None = None,
    not_before: datetime | None = None,
) -> Placement:
    """Where a record stands. `before` is the main stage it was in until now, `not_before` since when.

    What ended, without our knowing how far it had come, ended in service when the source states a day on which
    it went into operation, else as an idea.
    """
    stage = stage or Stage.IDEA
    since, precision = _since(stage, dates, now, not_before)
    resume = None
    if stage is Stage.CLOSED:
        resume = before or (
            Stage.IN_SERVICE if any(kind in dates for kind in _WAS_OPERATIONAL) else Stage.IDEA
        )
    return Placement(stage, since, precision, resume)


def leaving(before: Stage, after: Stage) -> Outcome:
    """How the stay in a stage ended, judged by the stages alone."""
    if after is Stage.CLOSED:
        return Outcome.ENDED
    if before in (Stage.CLOSED, Stage.ON_HOLD):
        return Outcome.REVIVE
    return Outcome.REWORK if is_backward(before, after) else Outcome.ADVANCE


def is_backward(before: Stage, after: Stage) -> bool:
    return (
        before in MAIN_STAGES
        and after in MAIN_STAGES
        and MAIN_STAGES.index(after) < MAIN_STAGES.index(before)
    )


def _since(
    stage: Stage, dates: Mapping[DateKind, Stated], now: datetime, not_before: datetime | None
) -> tuple[datetime, Precision]:
    for kind in _SINCE.get(stage, ()):
        stated = dates.get(kind)
        if stated is None or stated.parsed is None:
            continue
        # Noon, so that the day is the same day in every zone of the country.
        moment = datetime.combine(stated.parsed, time(12), UTC)
        if moment <= now and (not_before is None or moment >= not_before):
            return moment, stated.precision
    return now, Precision.NONE
