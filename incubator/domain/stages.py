"""Stages, steps and the outcomes of a gate, as data.

A record (a proposal that may become a pilot) stands in one *step*; every step belongs to one
*stage*. The stage is what everybody talks about, the step says whose move it is.
"""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    IDEA = "idea"
    DESIGN = "design"
    PILOT = "pilot"
    SCALE = "scale"
    IN_SERVICE = "in_service"
    ON_HOLD = "on_hold"
    CLOSED = "closed"


MAIN_STAGES: tuple[Stage, ...] = (Stage.IDEA, Stage.DESIGN, Stage.PILOT, Stage.SCALE, Stage.IN_SERVICE)


class Step(StrEnum):
    DRAFT = "draft"
    SIGN_OFF = "sign_off"
    SCREENING = "screening"
    INFORMATION = "information"
    REVIEW = "review"
    DESIGN = "design"
    RUNNING = "running"
    SCALING = "scaling"
    IN_SERVICE = "in_service"
    ON_HOLD = "on_hold"
    CLOSED = "closed"


STAGE_OF: dict[Step, Stage] = {
    Step.DRAFT: Stage.IDEA,
    Step.SIGN_OFF: Stage.IDEA,
    Step.SCREENING: Stage.IDEA,
    Step.INFORMATION: Stage.IDEA,
    Step.REVIEW: Stage.IDEA,
    Step.DESIGN: Stage.DESIGN,
    Step.RUNNING: Stage.PILOT,
    Step.SCALING: Stage.SCALE,
    Step.IN_SERVICE: Stage.IN_SERVICE,
    Step.ON_HOLD: Stage.ON_HOLD,
    Step.CLOSED: Stage.CLOSED,
}

ENTRY_STEP: dict[Stage, Step] = {
    Stage.IDEA: Step.SCREENING,
    Stage.DESIGN: Step.DESIGN,
    Stage.PILOT: Step.RUNNING,
    Stage.SCALE: Step.SCALING,
    Stage.IN_SERVICE: Step.IN_SERVICE,
    Stage.ON_HOLD: Step.ON_HOLD,
    Stage.CLOSED: Step.CLOSED,
}

PRIVATE_STEPS: frozenset[Step] = frozenset({Step.DRAFT, Step.SIGN_OFF})
"""Steps in which the proposal is the agency's own business: nobody else knows of it."""


class Outcome(StrEnum):
    ADVANCE = "advance"
    ADVANCE_WITH_CONDITIONS = "advance_with_conditions"
    HOLD = "hold"
    REWORK = "rework"
    STOP = "stop"
    GOAL_MET = "goal_met"
    TRANSFER = "transfer"
    MERGE = "merge"
    REVIVE = "revive"
    EXTEND = "extend"
    WITHDRAW = "withdraw"
    ENDED = "ended"
    """It ended elsewhere, and what was decided is not recorded."""


class EndReason(StrEnum):
    DEMAND = "demand"
    FEASIBILITY = "feasibility"
    GOALS_MET = "goals_met"
    REDUNDANT = "redundant"
    MERGED = "merged"
    OTHER_FUNDING = "other_funding"
    SECURITY_PRIVACY = "security_privacy"
    VENDOR = "vendor"
    TIME_LIMIT = "time_limit"
    WITHDRAWN = "withdrawn"
    TRANSFERRED = "transferred"
    UNKNOWN = "unknown"
    NO_EFFECT = "no_effect"


class Precision(StrEnum):
    """How much of a date the source really stated."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    FISCAL_YEAR = "fiscal_year"
    NONE = "none"


class Origin(StrEnum):
    """Where a record came from."""

    ENTERED = "entered"
    INVENTORY = "inventory"
    DEMONSTRATION = "demonstration"


class Provenance(StrEnum):
    """What a figure is: measured here, published elsewhere, or made up to show the page."""

    MEASURED = "measured"
    PUBLISHED = "published"
    ILLUSTRATION = "illustration"
