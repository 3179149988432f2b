"""Facts of real programs, as their publishers told them. Words are ours; figures and names are theirs.

Money is in whole dollars, as published. A fiscal year N runs from 1 October N-1 to 30 September N.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from incubator.demonstration.reading import Provenance


class Outcome(StrEnum):
    """How a phase ended, or stood when the report was printed."""

    ADVANCE = "advance"
    STOP = "stop"
    GOAL_MET = "goal_met"
    CANCELLED = "cancelled"
    HOLD = "hold"
    IN_PROGRESS = "in_progress"
    APPROVED_NOT_STARTED = "approved_not_started"


class LaterEvent(StrEnum):
    """What the source tells of a project after the two ledgers."""

    PHASE_3 = "phase_3"
    PHASE_4 = "phase_4"
    GRADUATED = "graduated"


class FeaturedStatus(StrEnum):
    IN_PROGRESS = "in_progress"
    DONE = "done"
    GRADUATED = "graduated"


class Better(StrEnum):
    """Which way a figure should move; ``context`` has no better side."""

    HIGHER = "higher"
    LOWER = "lower"
    CONTEXT = "context"


class Qualifier(StrEnum):
    """How exactly a figure was published."""

    EXACT = "exact"
    ABOUT = "about"
    OVER = "over"


@dataclass(frozen=True)
class Theme:
    key: str
    title: str
    description: str


@dataclass(frozen=True)
class Technology:
    key: str
    title: str


@dataclass(frozen=True)
class Unit:
    """Part of an agency. ``path`` is the chain of units from the agency down, joined by slashes."""

    code: str
    name: str
    path: str


@dataclass(frozen=True)
class Agency:
    code: str
    name: str
    provenance: Provenance
    units: tuple[Unit, ...] = ()


@dataclass(frozen=True)
class Phase:
    """One phase of a project in one fiscal year. ``ceiling_dollars`` is a limit, not spending.

    ``funding`` is the printed abbreviation and ``page`` the page of that year's report; ``end_reason`` is
    our sorting of the printed reason.
    """

    fiscal_year: int
    phase: int
    ceiling_dollars: int
    outcome: Outcome
    reason: str
    funding: str
    page: int
    end_reason: str | None = None
    source_note: str | None = None


@dataclass(frozen=True)
class Later:
    """A later stage of life; ``fiscal_year`` is None where the source gives no year."""

    event: LaterEvent
    text: str
    told_by: str
    fiscal_year: int | None = None


@dataclass(frozen=True)
class Project:
    """A project of the ledgers. ``origin_stated`` is False where the source names no submitting office."""

    key: str
    title: str
    description: str
    agency: str
    unit: str
    origin_stated: bool
    theme: str
    technology: str
    provenance: Provenance
    phases: tuple[Phase, ...]
    formerly: tuple[str, ...] = ()
    later: tuple[Later, ...] = ()
    featured: str | None = None
    source_note: str | None = None


@dataclass(frozen=True)
class Idea:
    """An idea selected for funding. ``cohort`` is a fiscal year."""

    key: str
    title: str
    cohort: int
    announced: date
    agency: str
    origin_stated: bool
    description: str
    theme: str
    technology: str
    provenance: Provenance
    unit: str | None = None
    joint_with: tuple[str, ...] = ()
    featured: str | None = None


@dataclass(frozen=True)
class Featured:
    key: str
    title: str
    phase: int
    status: FeaturedStatus
    theme: str
    technology: str
    problem: str
    approach: str
    impact: str
    next_steps: str
    provenance: Provenance
    status_note: str | None = None


@dataclass(frozen=True)
class Year:
    """The program in one fiscal year.

    ``ideas_printed`` holds the source's own number where it is taken for an error (``suspect``).
    """

    fiscal_year: int
    ideas_received: int
    suspect: bool
    kicked_off: int
    closed_out: int
    told_by: str
    ideas_printed: int | None = None
    note: str | None = None


@dataclass(frozen=True)
class PhaseBudget:
    """Plan and result of one phase in one fiscal year; None where the source is silent."""

    fiscal_year: int
    phase: int
    told_by: str
    planned_projects: int | None = None
    planned_dollars: int | None = None
    actual_projects: int | None = None
    actual_dollars: int | None = None
    hours_worked: int | None = None
    note: str | None = None


@dataclass(frozen=True)
class Funnel:
    fiscal_year: int
    ideas: int
    investigated: int
    developed: int
    note: str
    told_by: str


@dataclass(frozen=True)
class EndReason:
    """Why projects ended, with its share in whole percent."""

    key: str
    title: str
    percent: int
    fiscal_year: int
    told_by: str


@dataclass(frozen=True)
class Criterion:
    key: str
    title: str
    question: str
    told_by: str


@dataclass(frozen=True)
class Programme:
    years: tuple[Year, ...]
    budgets: tuple[PhaseBudget, ...]
    funnel: Funnel
    end_reasons: tuple[EndReason, ...]
    criteria: tuple[Criterion, ...]
    provenance: Provenance


@dataclass(frozen=True)
class Figure:
    """One published value with its page and what was read there."""

    metric: str
    value: float
    unit: str
    qualifier: Qualifier
    direction: Better
    source_url: str
    verification: str


@dataclass(frozen=True)
class StatePilot:
    """A government pilot; ``started`` and ``length`` are the source's own words and precision."""

    key: str
    title: str
    jurisdiction: str
    sponsor: str
    technology: str
    description: str
    caveat: str
    provenance: Provenance
    figures: tuple[Figure, ...]
    started: str | None = None
    length: str | None = None
    participants: int | None = None
    agencies: int | None = None
    cost_dollars: int | None = None


@dataclass(frozen=True)
class CmsPilot:
    """``completed`` is False where the source leaves its status blank."""

    key: str
    title: str
    agency: str
    unit: str
    office: str
    theme: str
    technology: str
    objective: str
    result: str
    completed: bool
    verification: str
    provenance: Provenance
