"""How a use of AI is rated, which practices it must follow, and where it goes from there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import asdict, dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from incubator.domain.ai import Affected, AiLevel, Autonomy, EscalationAnswer, Reversibility


@dataclass(frozen=True, slots=True)
class AiAnswers:
    """What was answered about a use of AI. Where `involved` is no, the rest does not count."""

    involved: bool = True
    purpose: str = ""
    generative: bool = False
    principal: bool = False
    personal: bool = False
    autonomy: Autonomy = Autonomy.HUMAN_DECIDES
    affected: Affected = Affected.STAFF
    reversibility: Reversibility = Reversibility.EASILY
    data_leave: bool = False
    vendor_model: bool = False

    @property
    def reaches_public(self) -> bool:
        return self.affected is not Affected.STAFF

    def kept(self) -> dict[str, Any]:
        """As JSON values, for the database."""
        return {
            name: str(value) if isinstance(value, StrEnum) else value for name, value in asdict(self).items()
        }


_KINDS: dict[str, type[StrEnum]] = {
    "autonomy": Autonomy,
    "affected": Affected,
    "reversibility": Reversibility,
}


def answers_from(kept: Mapping[str, Any]) -> AiAnswers:
    """Read answers back; a question that did not exist when they were given has its default."""
    values: dict[str, Any] = {}
    for field in fields(AiAnswers):
        if field.name in kept:
            kind = _KINDS.get(field.name)
            values[field.name] = kept[field.name] if kind is None else kind(kept[field.name])
    return AiAnswers(**values)


@dataclass(frozen=True, slots=True)
class Rule:
    """A ground for a level, as the end of a sentence that begins “High because …”."""

    key: str
    level: AiLevel
    because: str
    holds: Callable[[AiAnswers], bool]


RULES: tuple[Rule, ...] = (
    Rule(
        "principal",
        AiLevel.HIGH,
        "its output is a principal basis for decisions about people's rights, services or safety",
        lambda a: a.principal,
    ),
    Rule(
        "alone_on_the_public",
        AiLevel.HIGH,
        "it acts alone in matters of the public",
        lambda a: a.autonomy is Autonomy.ACTS_ALONE and a.reaches_public,
    ),
    Rule(
        "irreversible_for_the_public",
        AiLevel.HIGH,
        "a mistake about a member of the public could not be put right",
        lambda a: a.reversibility is Reversibility.NEVER and a.reaches_public,
    ),
    Rule("personal", AiLevel.MEDIUM, "it handles personal information", lambda a: a.personal),
    Rule(
        "many",
        AiLevel.MEDIUM,
        "it affects more than 1,000 members of the public a year",
        lambda a: a.affected is Affected.MANY,
    ),
    Rule(
        "generated_for_the_public",
        AiLevel.MEDIUM,
        "what it generates reaches the public",
        lambda a: a.generative and a.reaches_public,
    ),
    Rule(
        "alone",
        AiLevel.MEDIUM,
        "it acts alone",
        lambda a: a.autonomy is Autonomy.ACTS_ALONE and not a.reaches_public,
    ),
    Rule(
        "hard_to_reverse",
        AiLevel.MEDIUM,
        "a mistake is not put right easily",
        lambda a: (
            a.reversibility is Reversibility.WITH_EFFORT
            or (a.reversibility is Reversibility.NEVER and not a.reaches_public)
        ),
    ),
    Rule("data_leave", AiLevel.MEDIUM, "data leave the systems the state controls", lambda a: a.data_leave),
)
"""The rule table. The highest level of the rules that hold is the level; without one it is low."""

NOTHING_RAISES_IT = "nothing in the answers raises it"
NOT_INVOLVED = "no AI is involved"


@dataclass(frozen=True, slots=True)
class Rating:
    """`because` are the grounds of the level itself, `also` those of a lower one."""

    level: AiLevel
    high_impact: bool
    because: tuple[str, ...]
    also: tuple[str, ...] = ()


def rate(answers: AiAnswers) -> Rating:
    """The level that follows from the answers. High impact is what is a principal basis for decisions with a
    significant effect on rights, services or safety (OMB M-25-21); it is always high."""
    if not answers.involved:
        return Rating(AiLevel.LOW, False, (NOT_INVOLVED,))
    held = [rule for rule in RULES if rule.holds(answers)]
    if not held:
        return Rating(AiLevel.LOW, False, (NOTHING_RAISES_IT,))
    level = held[0].level  # the table begins with the highest
    return Rating(
        level,
        answers.principal,
        tuple(rule.because for rule in held if rule.level is level),
        tuple(rule.because for rule in held if rule.level is not level),
    )


@dataclass(frozen=True, slots=True)
class Practice:
    """`before_launch`: the pilot does not start without it. `firm`: it is never “not needed”."""

    key: str
    name: str
    asks: str
    applies: Callable[[AiAnswers, AiLevel], bool]
    before_launch: bool = True
    firm: bool = False


def _from_medium(_answers: AiAnswers, level: AiLevel) -> bool:
    return level is not AiLevel.LOW


def _when_high(_answers: AiAnswers, level: AiLevel) -> bool:
    return level is AiLevel.HIGH


PRACTICES: tuple[Practice, ...] = (
    Practice(
        "risk_assessment",
        "Risk assessment",
        "Go through the four functions of the NIST AI Risk Management Framework: govern, map, measure, manage.",
        lambda answers, level: True,
        firm=True,
    ),
    Practice(
        "vendor_facts",
        "The vendor's own account",
        "Get from the vendor what the model was trained on, what it is known to get wrong, and what becomes of your data.",
        lambda answers, level: answers.vendor_model,
    ),
    Practice(
        "notice",
        "People are told",
        "Tell people that they deal with something an AI made.",
        lambda answers, level: answers.generative and answers.reaches_public,
    ),
    Practice(
        "testing",
        "Testing before use",
        "Test it on your own cases, for the groups of people it will meet, before anybody relies on it.",
        _from_medium,
    ),
    Practice("training", "Training", "Train the people who use it, on what it gets wrong too.", _from_medium),
    Practice(
        "monitoring",
        "Monitoring in use",
        "Say what is watched, how often and by whom, and what would make you stop.",
        _from_medium,
        before_launch=False,
    ),
    Practice(
        "impact_assessment",
        "Impact assessment",
        "Write down who gains, who may be harmed, and why the gain is worth the risk.",
        _when_high,
    ),
    Practice(
        "oversight",
        "Human oversight",
        "Name the person who may overrule it, and see that they have the time to.",
        _when_high,
    ),
    Practice(
        "appeal",
        "Appeal",
        "Give people a way to have a person look at the decision again.",
        _when_high,
    ),
    Practice(
        "feedback",
        "Feedback",
        "Ask those affected how it goes, and act on it.",
        _when_high,
        before_launch=False,
    ),
)


def practices_for(answers: AiAnswers, level: AiLevel) -> tuple[Practice, ...]:
    """The practices this use must follow; none where no AI is involved."""
    if not answers.involved:
        return ()
    return tuple(practice for practice in PRACTICES if practice.applies(answers, level))


def find_practice(key: str) -> Practice | None:
    return next((practice for practice in PRACTICES if practice.key == key), None)


@dataclass(frozen=True, slots=True)
class Owed:
    """Something that is missing, and whose move it is."""

    what: str
    who: str


AUTHORS = "The authors or the pilot's lead"
FRONT_DOOR = "The agency's IT director"
GOVERNORS_OFFICE = "The Governor's Office"
INCUBATOR = "The authors or the incubator"


@dataclass(frozen=True, slots=True)
class AiState:
    """Where a record stands with its use of AI. `relevant` is whether there is anything to ask at all:
    what uses no AI is ready. `owed` is what a launch still waits for, in the order in which it is done."""

    relevant: bool = False
    screened: bool = False
    level: AiLevel | None = None
    endorsed: bool = False
    escalation_settled: bool = False
    refused: bool = False
    owed: tuple[Owed, ...] = ()

    @property
    def ready(self) -> bool:
        return not self.owed

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(owed.what for owed in self.owed)


def ai_state(
    *,
    uses_ai: bool,
    answers: AiAnswers | None,
    endorsed: bool = False,
    escalated: bool = False,
    answer: EscalationAnswer | None = None,
    settled: Set[str] = frozenset(),
) -> AiState:
    """Colorado's routing: the agency's IT director is the front door, low and medium go through evaluation,
    high goes up to the Governor's Office. `settled` are the practices done or not needed."""
    if answers is None:
        if not uses_ai:
            return AiState()
        return AiState(relevant=True, owed=(Owed("The AI questions are answered", AUTHORS),))
    rating = rate(answers)
    high = rating.level is AiLevel.HIGH
    owed: list[Owed] = []
    if not endorsed:
        owed.append(Owed("The agency's IT director endorses the use", FRONT_DOOR))
    if high and not escalated:
        owed.append(Owed("The use is escalated to the Governor's Office", INCUBATOR))
    elif high and answer is None:
        owed.append(Owed("The Governor's Office answers the escalation", GOVERNORS_OFFICE))
    refused = high and answer is EscalationAnswer.REFUSED
    if refused:
        owed.append(Owed("The Governor's Office has refused this use: change it and ask again", AUTHORS))
    owed.extend(
        Owed(practice.name, AUTHORS)
        for practice in practices_for(answers, rating.level)
        if practice.before_launch and practice.key not in settled
    )
    return AiState(
        relevant=True,
        screened=True,
        level=rating.level,
        endorsed=endorsed,
        escalation_settled=not high or (answer is not None and not refused),
        refused=refused,
        owed=tuple(owed),
    )


FIRST_CHECK_DAYS = 90
"""By when a use of medium or high level is looked at for the first time after its launch."""
MOST_CHECK_DAYS = 400


def check_due(
    level: AiLevel | None, launched_on: date | None, last_next_on: date | None, *, checked: bool
) -> date | None:
    """When the AI in use is to be looked at next; None when nothing is due: low levels are watched freely."""
    if checked and last_next_on is not None:
        return last_next_on
    if checked or level in (None, AiLevel.LOW) or launched_on is None:
        return None
    return launched_on + timedelta(days=FIRST_CHECK_DAYS)
