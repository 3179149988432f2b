"""What no source tells and a full demonstration needs: invented, and said to be so on every page.

Days count from the day the demonstration is loaded; negative days lie before it. Months count calendar
months from the load day's month: -1 is last month. Money is in whole dollars.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from incubator.demonstration.illustrated_rounds import Council
from incubator.demonstration.published import Better
from incubator.demonstration.reading import Provenance

CRITERIA = ("problem", "impact", "alignment", "feasibility", "learning", "scale", "risk")
SECTIONS = (
    "problem",
    "tried",
    "users",
    "pilot",
    "outcomes",
    "cost",
    "contract",
    "data",
    "access",
    "risks",
    "owner",
    "reuse",
    "exit",
)
COSTS = ("staff", "licenses", "services", "travel")


class Standing(StrEnum):
    """Where a proposal stands on the load day."""

    DRAFT_IDEA = "draft_idea"
    DRAFT_FULL = "draft_full"
    AWAITING_SIGN_OFF = "awaiting_sign_off"
    IN_SCREENING = "in_screening"
    INFORMATION_REQUESTED = "information_requested"
    IN_REVIEW = "in_review"
    AWAITING_SELECTION = "awaiting_selection"
    IN_DESIGN = "in_design"
    ON_HOLD = "on_hold"
    STOPPED = "stopped"
    PILOT_STARTED = "pilot_started"
    PILOT_RUNNING = "pilot_running"
    SCALE_OVERDUE = "scale_overdue"
    STOPPED_AFTER_PILOT = "stopped_after_pilot"
    IN_SERVICE = "in_service"


class Role(StrEnum):
    SUBMITTER = "submitter"
    AGENCY_LEAD = "agency_lead"
    COORDINATOR = "coordinator"
    REVIEWER = "reviewer"
    GATEKEEPER = "gatekeeper"
    PILOT_LEAD = "pilot_lead"
    EVALUATOR = "evaluator"
    LEADERSHIP = "leadership"
    ADMINISTRATOR = "administrator"


class Gate(StrEnum):
    SCREENING = "G0"
    SELECTION = "G1"
    LAUNCH = "G2"
    MIDPOINT = "G3"
    SCALE = "G4"
    BENEFIT = "G5"


class GateOutcome(StrEnum):
    ADVANCE = "advance"
    ADVANCE_WITH_CONDITIONS = "advance_with_conditions"
    HOLD = "hold"
    STOP = "stop"


class Recommendation(StrEnum):
    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


class Side(StrEnum):
    AGENCY = "agency"
    INCUBATOR = "incubator"


class MetricKind(StrEnum):
    GOAL = "goal"
    GUARDRAIL = "guardrail"
    CONTEXT = "context"


class ReportStatus(StrEnum):
    SUBMITTED = "submitted"
    SENT_BACK = "sent_back"
    ACCEPTED = "accepted"


class PilotState(StrEnum):
    RUNNING = "running"
    DECISION_OVERDUE = "decision_overdue"
    STOPPED = "stopped"
    IN_SERVICE = "in_service"


@dataclass(frozen=True)
class Person:
    """An invented account. ``limited_to`` names agencies; empty means all of them."""

    key: str
    name: str
    email: str
    title: str
    agency: str
    roles: tuple[Role, ...]
    limited_to: tuple[str, ...]
    expertise: tuple[str, ...]
    provenance: Provenance
    unit: str | None = None


@dataclass(frozen=True)
class Need:
    """A need as its agency ranks it (1 first); ``size`` counts those affected; answers are idea keys."""

    key: str
    title: str
    problem: str
    affected: str
    size: int
    rank: int
    answered_by: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True)
class Commitment:
    side: Side
    text: str
    due_day: int
    done_day: int | None = None


@dataclass(frozen=True)
class Meeting:
    day: int
    title: str
    notes: str
    people: tuple[str, ...]


@dataclass(frozen=True)
class Response:
    """Answers to the survey's questions in order, each 1 to 5."""

    day: int
    scores: tuple[int, ...]
    comment: str | None = None


@dataclass(frozen=True)
class Survey:
    title: str
    opened_day: int
    closed_day: int
    questions: tuple[str, ...]
    provenance: Provenance


@dataclass(frozen=True)
class Account:
    """The incubator's relation with one agency; ``lead`` looks after it, ``invited`` to the survey."""

    agency: str
    lead: str
    invited: int
    needs: tuple[Need, ...]
    commitments: tuple[Commitment, ...]
    meetings: tuple[Meeting, ...]
    responses: tuple[Response, ...]
    provenance: Provenance


@dataclass(frozen=True)
class Call:
    key: str
    opens_day: int
    closes_day: int
    decides_day: int
    focus: str
    budget_dollars: int
    teams: int
    provenance: Provenance
    council: Council | None = None


@dataclass(frozen=True)
class Condition:
    text: str
    owner: str
    due_day: int
    closed_day: int | None = None


@dataclass(frozen=True)
class Decision:
    day: int
    gate: Gate
    outcome: GateOutcome
    by: str
    reason: str
    hold_until_day: int | None = None
    conditions: tuple[Condition, ...] = ()
    against_criteria: str = ""
    second: str | None = None


@dataclass(frozen=True)
class Question:
    """What the coordinator asked before screening could go on."""

    text: str
    asked_day: int
    due_day: int
    by: str


@dataclass(frozen=True)
class Proposal:
    """An invented life of a published idea (``idea`` is its key).

    The idea form reads: "I have observed that ``observed``; if ``action``, it will result in ``benefit``
    for ``group``." ``answers`` maps sections of the full proposal to text, ``cost_dollars`` cost categories
    to whole dollars. Readiness is a technology readiness level, 1 to 9.
    """

    idea: str
    standing: Standing
    author: str
    created_day: int
    observed: str
    action: str
    benefit: str
    group: str
    provenance: Provenance
    call: str | None = None
    signed_off_day: int | None = None
    submitted_day: int | None = None
    people_affected: int | None = None
    need: str | None = None
    staff_hours: int | None = None
    weeks: int | None = None
    readiness_now: int | None = None
    readiness_expected: int | None = None
    end_reason: str | None = None
    cost_dollars: Mapping[str, int] | None = None
    answers: Mapping[str, str] | None = None
    question: Question | None = None
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True)
class Review:
    """One reviewer's scores: criterion → (1 to 5, the reason). ``confidence`` runs from 1 to 3."""

    idea: str
    reviewer: str
    day: int
    confidence: int
    recommendation: Recommendation
    mentoring: bool
    comment: str
    scores: Mapping[str, tuple[int, str]]
    provenance: Provenance


@dataclass(frozen=True)
class Assigned:
    """A review still to be written."""

    idea: str
    reviewer: str
    due_day: int
    provenance: Provenance


@dataclass(frozen=True)
class Site:
    name: str
    kind: str


@dataclass(frozen=True)
class Metric:
    """A measure and its monthly readings; ``counts`` are denominators. Months before the start: baseline."""

    key: str
    title: str
    unit: str
    direction: Better
    kind: MetricKind
    baseline: float
    data_source: str
    cadence: str
    owner: str
    first_month: int
    values: tuple[float, ...]
    provenance: Provenance
    target: float | None = None
    smallest_worthwhile: float | None = None
    denominator: str | None = None
    counts: tuple[int, ...] | None = None


@dataclass(frozen=True)
class Spending:
    """One cost category: the budget for the whole pilot and what was spent month by month."""

    category: str
    budget_dollars: int
    first_month: int
    dollars: tuple[int, ...]


@dataclass(frozen=True)
class Milestone:
    title: str
    due_day: int
    done_day: int | None = None


@dataclass(frozen=True)
class Risk:
    """Likelihood and impact run from 1 to 5."""

    text: str
    likelihood: int
    impact: int
    response: str


@dataclass(frozen=True)
class Report:
    day: int
    title: str
    text: str
    status: ReportStatus
    remark: str | None = None


@dataclass(frozen=True)
class BenefitCheck:
    """What was found after scaling; ``known`` is False where nobody could tell."""

    day: int
    text: str
    value: str
    known: bool


@dataclass(frozen=True)
class Pilot:
    """Plan and record of the pilot of one proposal (``idea`` is the idea's key)."""

    idea: str
    state: PilotState
    start_day: int
    midpoint_day: int
    end_day: int
    participants: int
    lead: str
    product_owner: str
    objective: str
    method: str
    scalability: str
    data_plan: str
    communication: str
    sites: tuple[Site, ...]
    metrics: tuple[Metric, ...]
    spending: tuple[Spending, ...]
    milestones: tuple[Milestone, ...]
    risks: tuple[Risk, ...]
    reports: tuple[Report, ...]
    provenance: Provenance
    lesson: str | None = None
    closeout: str | None = None
    benefit_check: BenefitCheck | None = None
