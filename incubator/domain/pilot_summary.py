"""What a pilot comes to, in one word and a few sentences: the same on every page, file and mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from incubator.domain.evaluation import Advice, Verdict, Weighed, propose
from incubator.domain.pilots import CriterionKind, Direction, with_unit
from incubator.domain.words import Words


class Result(StrEnum):
    """The verdict on a whole pilot, or why there is none."""

    NOT_LAUNCHED = "not_launched"
    NO_VERDICT = "no_verdict"
    TOO_EARLY = "too_early"
    DUE = "due"
    MET = "met"
    NOT_MET = "not_met"
    INCONCLUSIVE = "inconclusive"


RESULTS: dict[Result, Words] = {
    Result.NOT_LAUNCHED: Words("Not launched"),
    Result.NO_VERDICT: Words("No verdict"),
    Result.TOO_EARLY: Words("Too early"),
    Result.DUE: Words("Verdict due", tone="late"),
    Result.MET: Words("Met", tone="done"),
    Result.NOT_MET: Words("Not met", tone="stop"),
    Result.INCONCLUSIVE: Words("Inconclusive", tone="wait"),
}

_OF_ADVICE = {
    Advice.SCALE: Result.MET,
    Advice.STOP: Result.NOT_MET,
    Advice.EXTEND: Result.INCONCLUSIVE,
}


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with its values; `many` is its form for any other count than one. Dates stay dates, so that
    each page, file or mail writes them its own way."""

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)
    many: str = ""
    count: int | None = None

    def in_english(self) -> str:
        """The sentence for a mail or a file, which know no reader's language."""
        values = {
            name: f"{value:%B} {value.day}, {value.year}" if isinstance(value, date) else value
            for name, value in self.params.items()
        }
        text = self.text if self.count in (None, 1) else self.many
        return text % {**values, "num": self.count}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One criterion as the summary needs it: NOT_YET before its verdict."""

    name: str
    weighed: Weighed
    horizon_on: date | None

    @property
    def carries(self) -> bool:
        return self.weighed.kind is not CriterionKind.CONTEXT and not self.weighed.post_hoc

    @property
    def waits(self) -> bool:
        return self.weighed.judged.verdict is Verdict.NOT_YET


class Phase(StrEnum):
    """Where the work is: before its launch, running, or past the decision that the verdict is for."""

    BEFORE = "before"
    RUNNING = "running"
    OVER = "over"


def result_of(criteria: Sequence[Criterion], phase: Phase, today: date) -> Result:
    """The pilot's result from the recorded verdicts of what was fixed before the data."""
    carried = [each for each in criteria if each.carries]
    advice = propose([each.weighed for each in carried])
    if advice in _OF_ADVICE:
        return _OF_ADVICE[advice]
    if phase is Phase.BEFORE:
        return Result.NOT_LAUNCHED
    if phase is Phase.OVER or not any(each.weighed.kind is CriterionKind.GOAL for each in carried):
        return Result.NO_VERDICT
    day = verdict_day(criteria)
    return Result.DUE if day is not None and day <= today else Result.TOO_EARLY


def verdict_day(criteria: Sequence[Criterion]) -> date | None:
    """The day from which every verdict that is still missing can be given."""
    days = [each.horizon_on for each in criteria if each.carries and each.waits]
    known = [day for day in days if day is not None]
    return max(known) if known and len(known) == len(days) else None


def result_sentences(criteria: Sequence[Criterion], phase: Phase, today: date) -> list[Said]:
    """The result in sentences: the verdict first, then what else is known."""
    result = result_of(criteria, phase, today)
    carried = [each for each in criteria if each.carries]
    given = [each for each in carried if not each.waits]
    known = [*(_goals(carried) if given else ()), *_guardrails(given)]
    if result in _OF_ADVICE.values():
        return known
    return [_why_none(result, carried, verdict_day(criteria)), *known]


def _why_none(result: Result, carried: Sequence[Criterion], day: date | None) -> Said:
    if result is Result.NOT_LAUNCHED:
        return Said("No result yet: the pilot hasn't launched.")
    if result is Result.NO_VERDICT:
        goals = any(each.weighed.kind is CriterionKind.GOAL for each in carried)
        return Said("No verdict was recorded.") if goals else Said("No verdict: no goal was set in advance.")
    if result is Result.DUE:
        return Said("A verdict has been due since %(day)s. None is recorded yet.", {"day": day})
    if day is None:
        return Said("No verdict yet: the plan doesn't say when the results are judged.")
    return Said("No verdict before %(day)s.", {"day": day})


def _goals(carried: Sequence[Criterion]) -> list[Said]:
    goals = [each for each in carried if each.weighed.kind is CriterionKind.GOAL]
    verdicts = [each.weighed.judged.verdict for each in goals]
    met = verdicts.count(Verdict.MET)
    found = []
    if len(goals) == 1 and verdicts[0] is not Verdict.NOT_YET:
        found.append(
            {
                Verdict.MET: Said("The goal was met."),
                Verdict.NOT_MET: Said("The goal was not met."),
                Verdict.INCONCLUSIVE: Said("Whether the goal was met is inconclusive."),
            }[verdicts[0]]
        )
    elif len(goals) > 1:
        found.append(Said("Goals met: %(met)s of %(goals)s.", {"met": met, "goals": len(goals)}))
        unclear = verdicts.count(Verdict.INCONCLUSIVE)
        if unclear:
            found.append(
                Said("%(num)s goal is inconclusive.", {}, "%(num)s goals are inconclusive.", unclear)
            )
    return found


def _guardrails(carried: Sequence[Criterion]) -> list[Said]:
    rails = [each for each in carried if each.weighed.kind is CriterionKind.GUARDRAIL]
    broken = [
        each.name
        for each in rails
        if each.weighed.judged.verdict is Verdict.NOT_MET
        or (each.weighed.judged.harm and each.weighed.judged.verdict is not Verdict.MET)
    ]
    unclear = [
        each.name
        for each in rails
        if each.weighed.judged.verdict is Verdict.INCONCLUSIVE and each.name not in broken
    ]
    found = []
    if broken:
        found.append(Said("Guardrail not kept: %(names)s.", {"names": ", ".join(broken)}))
    if unclear:
        found.append(
            Said(
                "Whether this guardrail was kept is inconclusive: %(names)s.",
                {"names": ", ".join(unclear)},
                "Whether these guardrails were kept is inconclusive: %(names)s.",
                len(unclear),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class StandingBreach:
    """A guardrail past its limit until readings or a decision end it; `site` is empty where there is only one."""

    metric_id: int
    name: str
    unit: str
    direction: Direction
    limit: float
    site: str
    since: date
    latest_on: date
    latest: float

    @property
    def side(self) -> str:
        return "under" if self.direction is Direction.UP else "over"

    def sentence(self) -> Said:
        """“Wait (North): over its limit of 10 min since July 1, 2026, now 18.4 min.”"""
        values = {
            "name": f"{self.name} ({self.site})" if self.site else self.name,
            "limit": with_unit(self.limit, self.unit),
            "since": self.since,
            "latest": with_unit(self.latest, self.unit),
            "day": self.latest_on,
        }
        if self.since == self.latest_on:
            text = (
                "%(name)s: under its limit of %(limit)s, at %(latest)s on %(day)s."
                if self.direction is Direction.UP
                else "%(name)s: over its limit of %(limit)s, at %(latest)s on %(day)s."
            )
        else:
            text = (
                "%(name)s: under its limit of %(limit)s since %(since)s, now %(latest)s."
                if self.direction is Direction.UP
                else "%(name)s: over its limit of %(limit)s since %(since)s, now %(latest)s."
            )
        return Said(text, values)
