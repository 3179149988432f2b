"""The states and rules of a review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from incubator.domain.errors import DomainError


class ReviewState(StrEnum):
    ASSIGNED = "assigned"
    STARTED = "started"
    SUBMITTED = "submitted"
    ABSTAINED = "abstained"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


OPEN_STATES: frozenset[ReviewState] = frozenset({ReviewState.ASSIGNED, ReviewState.STARTED})


class Recommendation(StrEnum):
    NO = "no"
    MAYBE = "maybe"
    YES = "yes"


SCALE_MIN, SCALE_MAX = 1, 5
SCALE_WORDS: tuple[str, ...] = ("Poor", "Partial", "Satisfactory", "Good", "Strong")

REVIEWS_REQUIRED = 3
"""Unconflicted reviews asked for where no call says otherwise."""

VALUE_CRITERIA: frozenset[str] = frozenset({"problem", "impact"})
EFFORT_CRITERIA: frozenset[str] = frozenset({"feasibility"})
"""Criteria of a rubric, by key, that tell how much a proposal is worth and how hard it is."""


def may_reveal(*, submitted: int, open_ones: int, required: int, due_on: date | None, today: date) -> bool:
    """Whether reviewers may see each other's reviews of a proposal: all that were asked for are in, or the
    day on which they were due has passed. Nothing is revealed while none is in."""
    if not submitted:
        return False
    if due_on is not None and today > due_on:
        return True
    return open_ones == 0 and submitted >= required


@dataclass(frozen=True, slots=True)
class RevisionFacts:
    """What decides whether a review may be revised. `is_open_to_reviewers`: the reviews of the proposal were
    revealed and its call lets reviewers read each other's; `in_review`: the gate is not decided yet."""

    state: ReviewState
    is_open_to_reviewers: bool
    in_review: bool
    is_revised: bool = False
    is_current: bool = True
    until: date | None = None
    """The last day of the revision round; without one it lasts until the decision."""


def why_not_revise(facts: RevisionFacts, today: date) -> str:
    """Why a reviewer may not revise their own review now; empty when they may, which is once.

    What is asked first tells nothing of the others' reviews to somebody whose own is not in.
    """
    if facts.state is not ReviewState.SUBMITTED:
        return "Only a review that is in can be revised."
    if not facts.in_review:
        return "The gate has been decided; the reviews stay as they were."
    if not facts.is_current:
        return "The proposal has changed since this review. Confirm or change the review first."
    if facts.is_revised:
        return "You have revised this review. That is possible once."
    if not facts.is_open_to_reviewers:
        return "A review can be revised once the reviews are open to each other's authors."
    if facts.until is not None and today > facts.until:
        return "The day until which reviews could be revised has passed."
    return ""


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """One criterion's answer: a value from 1 to 5, or None for not applicable."""

    weight: int
    value: int | None


def weighted_total(scores: Iterable[CriterionScore]) -> float | None:
    """Σ w·s / Σ w over the answered criteria; None when none is answered.

    A criterion that does not apply is left out; it is not a zero.
    """
    answered = [(score.weight, score.value) for score in scores if score.value is not None]
    weights = sum(weight for weight, _ in answered)
    if not weights:
        return None
    return sum(weight * value for weight, value in answered) / weights


@dataclass(frozen=True, slots=True)
class ScoreAnswer:
    """What a reviewer says on one criterion: a value from 1 to 5, not applicable, or nothing yet."""

    value: int | None = None
    applies: bool = True
    justification: str = ""

    @property
    def given(self) -> bool:
        return self.value is not None or not self.applies


@dataclass(frozen=True, slots=True)
class ReviewAnswers:
    """A review as typed. `scores` goes by the criterion's id; `confidence` is 1 (low) to 3 (high)."""

    scores: Mapping[int, ScoreAnswer] = field(default_factory=dict)
    confidence: int | None = None
    recommendation: Recommendation | None = None
    needs_mentoring: bool = False
    comment: str = ""


class IncompleteReview(DomainError):
    """A review that cannot be handed in yet; `problems` says everything that is missing."""

    def __init__(self, problems: tuple[DomainError, ...]) -> None:
        first = problems[0]
        super().__init__(first.template, first.field, **first.params)
        self.problems = problems


def unfinished(criteria: Mapping[int, str], answers: ReviewAnswers) -> tuple[DomainError, ...]:
    """What still stands between a draft and handing it in, in the form's order.

    `criteria` gives the title of each criterion by its id. Fields are named `score_<id>` and `why_<id>`.
    """
    problems: list[DomainError] = []
    for criterion_id, title in criteria.items():
        answer = answers.scores.get(criterion_id, ScoreAnswer())
        if not answer.given:
            problems.append(
                DomainError(
                    "Score “%(criterion)s”, or choose “not applicable”.",
                    f"score_{criterion_id}",
                    criterion=title,
                )
            )
        elif answer.applies and not answer.justification.strip():
            problems.append(
                DomainError(
                    "Say why you gave “%(criterion)s” this score.", f"why_{criterion_id}", criterion=title
                )
            )
    if criteria and not problems and not any(answers.scores[key].applies for key in criteria):
        problems.append(DomainError("Score at least one criterion."))
    if answers.confidence is None:
        problems.append(DomainError("Say how sure you are of your scores.", "confidence"))
    if answers.recommendation is None:
        problems.append(DomainError("Choose your recommendation.", "recommendation"))
    return tuple(problems)
