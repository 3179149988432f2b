"""What a suggested criterion and a template of a plan are, and the criteria that several templates share."""

from __future__ import annotations

from dataclasses import dataclass

from incubator.domain.evaluation import Measure
from incubator.domain.pilots import Cadence, CriterionKind, Direction

UP, DOWN = Direction.UP, Direction.DOWN
VALUE, SHARE, RATE = Measure.VALUE, Measure.SHARE, Measure.RATE
GOAL, GUARDRAIL, CONTEXT = CriterionKind.GOAL, CriterionKind.GUARDRAIL, CriterionKind.CONTEXT
WEEKLY, MONTHLY, QUARTERLY = Cadence.WEEKLY, Cadence.MONTHLY, Cadence.QUARTERLY


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A criterion to start from. `key` is unique within a template; `per` counts for rates."""

    key: str
    name: str
    unit: str
    direction: Direction
    kind: CriterionKind
    measure: Measure
    denominator: str
    exclusions: str
    source: str
    cadence: Cadence = MONTHLY
    per: float = 1.0


@dataclass(frozen=True, slots=True)
class Template:
    """`question` is an example to rewrite; `prompts` are what to settle while writing the plan."""

    question: str
    prompts: tuple[str, ...]
    criteria: tuple[Suggestion, ...]


TOP_BOX = Suggestion(
    "staff",
    "Staff who say it helps their work",
    "%",
    UP,
    GOAL,
    SHARE,
    "Every member of staff who used it in the period and answered; only the best two of five answers count",
    "People who have used it for less than two weeks",
    "A survey of three questions at the end of the period",
    QUARTERLY,
)
COMPLAINTS = Suggestion(
    "complaints",
    "Complaints",
    "complaints in 1,000 cases",
    DOWN,
    GUARDRAIL,
    RATE,
    "Every case handled in the period",
    "Complaints about the decision itself, not about how it was reached",
    "The agency's complaint register",
    per=1_000,
)
USERS = Suggestion(
    "users",
    "People who used it",
    "people",
    UP,
    CONTEXT,
    VALUE,
    "Each person once in a period",
    "The project's own team and testers",
    "Sign-in records",
)
COST = Suggestion(
    "cost",
    "Cost of a case",
    "$",
    DOWN,
    GOAL,
    VALUE,
    "All costs of the period, staff time included, divided by the cases completed in it",
    "What was spent once on building it",
    "The agency's cost accounts and the time records",
)
DOWNTIME = Suggestion(
    "downtime",
    "Hours not available",
    "hours in a month",
    DOWN,
    GUARDRAIL,
    VALUE,
    "Office hours in which the people who need it could not use it",
    "Maintenance announced at least two days ahead",
    "The monitoring system",
)
