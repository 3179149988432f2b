"""What makes a rubric sound, and the one an installation starts with.

The criteria and weights follow published practice of government incubators; the sentences that say
what each score looks like are this project's own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from incubator.domain.errors import DomainError
from incubator.domain.folding import fold

SCALE_WORDS = ("Poor", "Partial", "Satisfactory", "Good", "Strong")
MOST_CRITERIA = 20
DEFAULT_NAME = "Pilot proposals"


@dataclass(frozen=True, slots=True)
class CriterionSpec:
    """One criterion: `weight` from 1 to 100; `anchors` are five sentences, for the scores 1 to 5."""

    key: str
    title: str
    description: str
    weight: int
    anchors: tuple[str, str, str, str, str]


def criterion_key(title: str, taken: Sequence[str] = ()) -> str:
    """A short stable key from a title, unlike those already taken."""
    base = re.sub(r"[^a-z0-9]+", "_", title.casefold()).strip("_")[:40] or "criterion"
    key, count = base, 1
    while key in taken:
        count += 1
        key = f"{base}_{count}"
    return key


def check_criteria(criteria: Sequence[CriterionSpec]) -> None:
    """Raises DomainError unless there are criteria, each with a title of its own, a weight from 1 to 100
    and five anchor sentences."""
    if not criteria:
        raise DomainError("A rubric needs at least one criterion.")
    if len(criteria) > MOST_CRITERIA:
        raise DomainError("A rubric has at most %(most)s criteria.", most=MOST_CRITERIA)
    seen: set[str] = set()
    for criterion in criteria:
        if not 1 <= criterion.weight <= 100:
            raise DomainError("The weight of “%(title)s” must be from 1 to 100.", title=criterion.title)
        if not criterion.title.strip():
            raise DomainError("Each criterion needs a title.")
        if fold(criterion.title) in seen:
            raise DomainError("Two criteria are called “%(title)s”.", title=criterion.title)
        if not all(anchor.strip() for anchor in criterion.anchors):
            raise DomainError(
                "Say for “%(title)s” what each score from 1 to 5 looks like.", title=criterion.title
            )
        seen.add(fold(criterion.title))


def shares(weights: Sequence[int]) -> tuple[float, ...]:
    """Each weight as a share of one."""
    whole = sum(weights)
    return tuple(weight / whole for weight in weights) if whole else ()


DEFAULT_CRITERIA: tuple[CriterionSpec, ...] = (
    CriterionSpec(
        "problem",
        "Problem and user need",
        "Is there a real problem, felt by people who can be named, and shown by more than an impression?",
        20,
        (
            "A product is asked for; whose problem it would solve is not said.",
            "A problem is named, but who has it and how often is guessed.",
            "The problem and the people who have it are clear; the evidence is anecdotal.",
            "Users were asked or counted, and their words or numbers support the problem.",
            "A measured starting point and evidence from users themselves leave no doubt about the need.",
        ),
    ),
    CriterionSpec(
        "impact",
        "Impact if it works",
        "How much would get better, and for how many people?",
        20,
        (
            "What would get better cannot be told from the proposal.",
            "A benefit is claimed for few people, or without saying how large it is.",
            "A useful benefit for one office or group, with a rough size.",
            "A clear benefit for many residents or staff, with a number that can be checked.",
            "A large benefit where it matters most, with a believable number and the people it reaches.",
        ),
    ),
    CriterionSpec(
        "alignment",
        "Alignment with agency need and state theme",
        "Does it serve what the agency has said it needs and where the state wants to go?",
        15,
        (
            "No link to a need of the agency or a theme of the state.",
            "A theme is mentioned, but the work would not move it.",
            "It fits a theme, or a need that the agency ranks low.",
            "It answers a recorded need of the agency and fits a theme.",
            "It answers one of the agency's first needs, its leaders stand behind it, and it moves a state theme.",
        ),
    ),
    CriterionSpec(
        "feasibility",
        "Feasibility",
        "Can these people do this, in this time, with this money and this technology?",
        15,
        (
            "The technology, the people or the permission to do it are missing.",
            "Important parts are open: staff, data, systems or a way to buy it.",
            "Possible as described, with one or two hard questions still open.",
            "People, data, systems and purchase are worked out; the schedule is realistic.",
            "Everything needed is in place, and something like it has been shown to work nearby.",
        ),
    ),
    CriterionSpec(
        "learning",
        "Learning value and evaluability",
        "Would we know afterwards whether it worked, and would that teach us something?",
        10,
        (
            "There is nothing that could be measured or learned.",
            "Results would be opinions gathered at the end.",
            "One measure is named, but its value today or its target is missing.",
            "A main measure with its value today and a target; a comparison is possible.",
            "Measures, targets and a fair comparison are set in advance, and even a failure would teach us something.",
        ),
    ),
    CriterionSpec(
        "scale",
        "Path to scale and reuse",
        "If it works, who owns it, who pays for it, and who else could use it?",
        10,
        (
            "Nobody would own it or pay for it after the pilot.",
            "An owner is hoped for; money after the pilot is not discussed.",
            "An owner is named; the recurring cost is estimated but has no source.",
            "An owner and a funding source are named, and it can be bought again.",
            "Owner, budget line and purchase route are settled, and other agencies have said that they would use it.",
        ),
    ),
    CriterionSpec(
        "risk",
        "Risk (higher is safer)",
        "What could go wrong for people, data, fairness and trust, and is it in hand?",
        10,
        (
            "People could be harmed, and the proposal does not see it.",
            "Serious risks are named without saying what would be done about them.",
            "The main risks are known; some answers are still general.",
            "Risks to privacy, security, access and fairness each have an answer and somebody who watches them.",
            "Little can go wrong, it would be noticed early, and it can be switched off without harm.",
        ),
    ),
)
