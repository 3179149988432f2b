"""How a pilot is judged: designs, kinds of measure, verdicts, and the rules that hold criteria to what was fixed
before the data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from incubator.domain.gates import ADVANCES, GateKey
from incubator.domain.pilots import CriterionKind, Direction
from incubator.domain.stages import Outcome
from incubator.domain.words import Words


class Design(StrEnum):
    """How the plan means to tell the pilot's effect from everything else."""

    BEFORE_AFTER = "before_after"
    SERIES = "series"
    COMPARISON = "comparison"
    RANDOMISED = "randomised"


class Measure(StrEnum):
    """How a reading is read: a value as it stands, a percentage of the cases, or a count per exposure."""

    VALUE = "value"
    SHARE = "share"
    RATE = "rate"


class Promise(StrEnum):
    """What a criterion promises, fixed at the lock: how far the pilot moves the measure, or where it ends up."""

    CHANGE = "change"
    LEVEL = "level"


class Arm(StrEnum):
    """Whose reading it is: the pilot's, or that of whom it is compared with."""

    PILOT = "pilot"
    COMPARISON = "comparison"


class Verdict(StrEnum):
    """What the rule says of a criterion at its horizon."""

    MET = "met"
    NOT_MET = "not_met"
    INCONCLUSIVE = "inconclusive"
    NOT_YET = "not_yet"


class Advice(StrEnum):
    """What the verdicts together propose for the scale decision."""

    SCALE = "scale"
    EXTEND = "extend"
    STOP = "stop"
    WAIT = "wait"


class AlertKind(StrEnum):
    """Why a guardrail calls for attention before any verdict is due."""

    LIMIT = "limit"
    SIGNAL = "signal"


ALERT_KINDS: dict[AlertKind, Words] = {
    AlertKind.LIMIT: Words("Past its limit", tone="stop"),
    AlertKind.SIGNAL: Words("More than routine variation, for the worse", tone="late"),
}

DESIGNS: dict[Design, Words] = {
    Design.BEFORE_AFTER: Words("Before and after"),
    Design.SERIES: Words("Interrupted series"),
    Design.COMPARISON: Words("With a comparison agency"),
    Design.RANDOMISED: Words("Randomized"),
}

DESIGN_HINTS: dict[Design, str] = {
    Design.BEFORE_AFTER: "Cases before the launch against cases after it. Weak where things change by themselves.",
    Design.SERIES: "At least 12 readings before and 12 after, so that a trend is not taken for an effect.",
    Design.COMPARISON: "The same readings from somebody without the pilot, before and after.",
    Design.RANDOMISED: "Chance decides who takes part: the strongest design.",
}

_TIMES = "s sec second min minute h hr hour d day wk week mo month yr year"
_COUNTED = (
    "agency applicant application appointment call case citation click complaint county department document employee "
    "error farm filing form hearing household incident inspection letter mail message minute page paper patient "
    "payment people permit person request resident site staff street student survey ticket user visit visitor"
)
_NEVER_NEGATIVE = frozenset(f"{_TIMES} {_COUNTED}".split())


def never_negative(measure: Measure, unit: str) -> bool:
    """Whether no measurement can lie below zero: shares, rates, lengths of time, and counts of people and things.
    A unit that is not known, such as points of a score, may."""
    if measure is not Measure.VALUE:
        return True
    last = unit.casefold().split()[-1:] or [""]
    singular = last[0].removesuffix("s"), last[0].removesuffix("es"), last[0].removesuffix("ies") + "y"
    return not _NEVER_NEGATIVE.isdisjoint({last[0], *singular})


MEASURES: dict[Measure, Words] = {
    Measure.VALUE: Words("A value, such as minutes or dollars"),
    Measure.SHARE: Words("A share of the cases, in percent"),
    Measure.RATE: Words("A count for so much exposure, such as errors in 1,000 cases"),
}

PROMISES: dict[Promise, Words] = {
    Promise.CHANGE: Words("A change: target less baseline, whatever the measured baseline turns out to be"),
    Promise.LEVEL: Words("A level: the target itself, however far from the measured baseline"),
}

ARMS: dict[Arm, Words] = {
    Arm.PILOT: Words("Pilot"),
    Arm.COMPARISON: Words("Comparison"),
}

VERDICTS: dict[Verdict, Words] = {
    Verdict.MET: Words("Met", tone="done"),
    Verdict.NOT_MET: Words("Not met", tone="stop"),
    Verdict.INCONCLUSIVE: Words("Inconclusive", tone="wait"),
    Verdict.NOT_YET: Words("Not yet", tone="neutral"),
}

ADVICE: dict[Advice, Words] = {
    Advice.SCALE: Words("Scale", tone="done"),
    Advice.EXTEND: Words("Extend or decide without proof", tone="wait"),
    Advice.STOP: Words("Stop", tone="stop"),
    Advice.WAIT: Words("Wait for the horizon", tone="neutral"),
}

FEWEST_PERIODS: dict[Design, int] = {Design.BEFORE_AFTER: 8, Design.SERIES: 12, Design.COMPARISON: 8}
"""Readings before and after the launch below which these designs are not analyzed."""

COMPLETE_ENOUGH = 0.8
"""The share of the planned readings that must be in before a verdict is given."""


BASELINE_OFF = 0.25
"""From which part of the planned change on a measured baseline is called off the planned one."""


def promised_change(
    promise: Promise, baseline: float | None, target: float | None, reference: float | None
) -> float | None:
    """The change the rule asks for. `reference` is the level the measurements show without the pilot, None before an
    analysis: a level is that far from it, a change is what the plan says."""
    if target is None:
        return None
    start = reference if promise is Promise.LEVEL and reference is not None else baseline
    return None if start is None else target - start


def baseline_is_off(baseline: float | None, target: float | None, reference: float | None) -> bool:
    """Whether the measured baseline lies so far from the planned one that change and level part."""
    if baseline is None or target is None or reference is None:
        return False
    return abs(reference - baseline) > BASELINE_OFF * abs(target - baseline)


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict with what else the interval says."""

    verdict: Verdict
    better: bool = False
    """The interval lies wholly on the better side of the baseline."""
    harm: bool = False
    """The interval lies wholly on the worse side of the baseline."""


def judge(
    direction: Direction,
    *,
    promised: float,
    low: float | None,
    high: float | None,
    today: date,
    horizon: date | None,
    completeness: float,
) -> Judged:
    """The verdict from the interval of the change, against the change that was promised (target less baseline).

    Only at the horizon and with the planned readings in; before, looking again and again would raise the rate
    of false successes. An analysis that was refused (no interval) is inconclusive at the horizon.
    For a guardrail `promised` is the change that would still be accepted.
    """
    if horizon is None or today < horizon:
        return Judged(Verdict.NOT_YET)
    if completeness < COMPLETE_ENOUGH:
        return Judged(Verdict.NOT_YET)
    if low is None or high is None:
        return Judged(Verdict.INCONCLUSIVE)
    if direction is Direction.DOWN:
        promised, low, high = -promised, -high, -low
    verdict = Verdict.MET if low >= promised else Verdict.NOT_MET if high < promised else Verdict.INCONCLUSIVE
    return Judged(verdict, better=low > 0, harm=high < 0)


@dataclass(frozen=True, slots=True)
class Weighed:
    """One criterion as the scale decision looks at it."""

    kind: CriterionKind
    judged: Judged
    post_hoc: bool = False


def propose(criteria: list[Weighed]) -> Advice:
    """What the criteria that were fixed before the data propose together.

    A harmed or broken guardrail, or a goal that was not met, proposes to stop; everything met proposes to
    scale; in between it takes more data or a decision that says it is made without proof. Context and what
    was added after the lock carry nothing.
    """
    carried = [each for each in criteria if each.kind is not CriterionKind.CONTEXT and not each.post_hoc]
    goals = [each.judged for each in carried if each.kind is CriterionKind.GOAL]
    guardrails = [each.judged for each in carried if each.kind is CriterionKind.GUARDRAIL]
    if not goals or any(each.verdict is Verdict.NOT_YET for each in (*goals, *guardrails)):
        return Advice.WAIT
    # Slightly worse, but surely within what was accepted, is no harm to stop for.
    if any(
        each.verdict is Verdict.NOT_MET or (each.harm and each.verdict is not Verdict.MET)
        for each in guardrails
    ):
        return Advice.STOP
    if any(each.verdict is Verdict.NOT_MET for each in goals):
        return Advice.STOP
    if all(each.verdict is Verdict.MET for each in (*goals, *guardrails)):
        return Advice.SCALE
    return Advice.EXTEND


AGAINST_ADVANCING: frozenset[Advice] = frozenset({Advice.STOP, Advice.EXTEND, Advice.WAIT})


def contradicts(advice: Advice | None, outcome: Outcome, gate: GateKey) -> bool:
    """Whether a decision goes against what the verdicts propose. Only the scale decision can: to scale without
    the proof, with or without conditions, or to stop what met all that was promised. A goal met, a transfer, a
    merger, a hold and rework follow reasons of their own."""
    if advice is None or gate is not GateKey.G4:
        return False
    if outcome in ADVANCES:
        return advice in AGAINST_ADVANCING
    return outcome is Outcome.STOP and advice is Advice.SCALE
