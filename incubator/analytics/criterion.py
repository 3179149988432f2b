"""What is asked of a criterion's data, and what an analysis answers: the plain data between the record and its numbers.

Every answer is about one criterion of a pilot. Its effect is a change in the metric's own unit, against what
would have been without the pilot, so that one rule can compare it with the change that was promised.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from incubator.analytics.direction import Direction
from incubator.domain.evaluation import Arm, Design, Measure

METHOD_VERSION = 3
"""Raised whenever an analysis may come to another result from the same readings."""


class Method(StrEnum):
    """The analysis that was made. Analyses kept with older verdicts may name one that is no longer made."""

    BEFORE_AFTER = "before_after"
    """Before and after in periods: a step beside a steady trend and the season."""
    SERIES = "series_values"
    """Interrupted series: a step and a change of trend."""
    DIFFERENCE = "difference"
    """Difference in differences."""
    TWO_MEANS = "two_means"
    """Two groups: Welch's t, of units where readings belong to units."""
    PERIODS = "periods"
    """Two groups that report in the same periods: their difference in each."""
    SERIES_COUNTS = "series_counts"
    TWO_MEANS_SKEWED = "two_means_skewed"
    TWO_SHARES = "two_shares"
    TWO_RATES = "two_rates"
    ONE_MEAN = "one_mean"
    ONE_SHARE = "one_share"
    ONE_RATE = "one_rate"


NO_LONGER_MADE = frozenset(
    {
        Method.SERIES_COUNTS,
        Method.TWO_MEANS_SKEWED,
        Method.TWO_SHARES,
        Method.TWO_RATES,
        Method.ONE_MEAN,
        Method.ONE_SHARE,
        Method.ONE_RATE,
    }
)


OLDER_METHOD = (
    "An earlier method gave this result and claims more than the data carry: record the verdict again."
)


@dataclass(frozen=True, slots=True)
class Observation:
    """One reading. For SHARE `value` is a percentage (0 to 100) of `denominator` cases, for RATE a count per
    `Question.per` units of exposure with the exposure in `denominator`; `numerator` is the exact count where
    it was recorded (else it follows from the two). `unit` names the site, agency or case it belongs to."""

    day: date
    value: float
    numerator: float | None = None
    denominator: float | None = None
    arm: Arm = Arm.PILOT
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """What the plan fixed before the data. `baseline` and `target` are levels in the metric's unit; the
    promised change is their difference. `launched_on` parts before from after: the day itself is after. `unit`
    is the metric's, for the sentences."""

    direction: Direction
    design: Design
    measure: Measure
    launched_on: date
    baseline: float | None
    target: float | None
    per: float = 1.0
    unit: str = ""
    confidence: float = 0.95


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words with named places, as gettext takes them: `text % params`."""

    text: str
    params: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.text % self.params if self.params else self.text


@dataclass(frozen=True, slots=True)
class Estimate:
    """An estimate with its interval, in the same unit."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Trace:
    """A line over the readings for a chart: what the analysis fitted, or what it says would have been
    without the pilot. `low` and `high` are empty where the line has no band."""

    days: tuple[str, ...]
    values: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


class GroupName(StrEnum):
    """Which readings a group holds. The values are the words that are shown, and kept with each analysis."""

    BEFORE = "Before the launch"
    AFTER = "After the launch"
    PILOT = "Pilot"
    COMPARISON = "Comparison"
    PILOT_BEFORE = "Pilot, before"
    PILOT_AFTER = "Pilot, after"
    COMPARISON_BEFORE = "Comparison, before"
    COMPARISON_AFTER = "Comparison, after"


@dataclass(frozen=True, slots=True)
class Group:
    """A side of a comparison: readings, cases (the sum of denominators, else readings) and its level."""

    name: GroupName
    readings: int
    cases: float
    level: float
    spread: float | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the data say about one criterion.

    `refused` says why no analysis was made; the numbers are then None. `change` is in the metric's unit,
    `ratio` (kept with older verdicts) the level divided by the reference. `reference` is the level had nothing changed
    and `level` the pilot's. `reason` says why this analysis was chosen, `says` what it found in one plain sentence,
    `caution` what must be read with it wherever it is shown, `limits` what it cannot tell, `recipe` the steps by
    which it can be recomputed. `figures` holds the further numbers of the method by name (degrees of freedom,
    autocorrelation, clusters). `weak` marks analyses kept by a method that claimed more than the data carry.
    """

    method: Method | None
    reason: Sentence
    refused: Sentence | None = None
    change: Estimate | None = None
    ratio: Estimate | None = None
    reference: float | None = None
    level: float | None = None
    groups: tuple[Group, ...] = ()
    says: Sentence | None = None
    limits: tuple[Sentence, ...] = ()
    recipe: tuple[Sentence, ...] = ()
    figures: dict[str, float] = field(default_factory=dict)
    fitted: Trace | None = None
    without: Trace | None = None
    weak: bool = False
    caution: Sentence | None = None

    @property
    def read_with(self) -> Sentence | None:
        """What must be said wherever the result is shown; also of one that an older method gave."""
        if self.caution is None and (self.weak or self.method in NO_LONGER_MADE):
            return Sentence(OLDER_METHOD)
        return self.caution
