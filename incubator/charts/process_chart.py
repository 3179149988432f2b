"""The readings of one metric against the limits of its baseline and its target."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import pairwise
from statistics import median
from typing import ClassVar

from incubator.analytics.direction import Direction
from incubator.analytics.process_chart import Assurance, Meaning, NoLimits, ProcessAnalysis, analyse
from incubator.charts import words
from incubator.charts.chart import Chart, Table
from incubator.domain.pilots import is_percent

_STATE = {
    Meaning.IMPROVEMENT: "shows a signal for the better",
    Meaning.CONCERN: "shows a signal for the worse",
}
_PROMISE = {
    Assurance.MEETS: "a process within these limits meets the target every time",
    Assurance.MISSES: "a process within these limits misses the target every time",
    Assurance.HIT_AND_MISS: "a process within these limits hits or misses the target by chance",
}


_NO_LIMITS = {
    NoLimits.FEW: "Limits need at least two readings",
    NoLimits.SAME: "No limits: all readings%(source)s are the same, so they do not show how much is chance",
    NoLimits.RARE: "Too few events for limits: most readings%(source)s are zero",
}

VARIATION = {
    Meaning.ROUTINE: "Routine variation",
    Meaning.IMPROVEMENT: "Signal for the better",
    Meaning.CONCERN: "Signal for the worse",
}
ASSURANCE = {
    Assurance.MEETS: "Usual variation meets the target",
    Assurance.MISSES: "Usual variation misses the target",
    Assurance.HIT_AND_MISS: "Usual variation hits or misses the target by chance",
}
ASSURANCE_BEFORE = {
    Assurance.MEETS: "Variation before the pilot meets the target",
    Assurance.MISSES: "Variation before the pilot misses the target",
    Assurance.HIT_AND_MISS: "Variation before the pilot reaches the target by chance",
}
_FOR_A_LIMIT = {
    _PROMISE[Assurance.MEETS]: "a process within these bounds stays within the limit every time",
    _PROMISE[Assurance.MISSES]: "a process within these bounds is past the limit every time",
    _PROMISE[Assurance.HIT_AND_MISS]: "a process within these bounds passes the limit by chance now and then",
    ASSURANCE[Assurance.MEETS]: "Usual variation stays within the limit",
    ASSURANCE[Assurance.MISSES]: "Usual variation lies past the limit",
    ASSURANCE[Assurance.HIT_AND_MISS]: "Usual variation can pass the limit by chance",
    ASSURANCE_BEFORE[Assurance.MEETS]: "Variation before the pilot stays within the limit",
    ASSURANCE_BEFORE[Assurance.MISSES]: "Variation before the pilot lies past the limit",
    ASSURANCE_BEFORE[Assurance.HIT_AND_MISS]: "Variation before the pilot can pass the limit by chance",
}


GAP = 1.75
"""A step this many times as long as the usual one has a period without a reading in it."""


def unbroken(days: Sequence[date]) -> tuple[range, ...]:
    """The places of days in order without a gap between them: where a period or more is missing, a new run begins."""
    steps = [(later - day).days for day, later in pairwise(days)]
    usual = median([step for step in steps if step > 0] or [0])
    starts = [0, *(i + 1 for i, step in enumerate(steps) if step > GAP * usual), len(days)]
    return tuple(range(start, stop) for start, stop in pairwise(starts))


@dataclass(frozen=True)
class Reading:
    """One measurement in the metric's unit; None or a number that is not finite is left out, and counted."""

    when: date
    value: float | None


@dataclass(frozen=True, kw_only=True)
class ProcessChart(Chart):
    """`launch` freezes the limits at the readings before it; `changes` are the days of recorded process changes.

    `baseline` is the value stated in the plan, drawn when no readings before the launch give a mean.
    """

    VERSION: ClassVar[int] = 8
    EMPTY: ClassVar[str] = "No readings yet"

    metric: str
    unit: str
    direction: Direction
    readings: tuple[Reading, ...]
    launch: date | None = None
    baseline: float | None = None
    target: float | None = None
    judged: bool = False
    """A verdict is given: whether the latest reading is at the target says nothing beside it."""
    is_limit: bool = False
    """True for a guardrail, whose target is the limit it must not pass."""
    changes: tuple[date, ...] = ()
    never_negative: bool = False
    """True for counts and rates, whose limits end at zero. Those of a percentage end at 0 and 100 by themselves."""

    @cached_property
    def known(self) -> tuple[tuple[date, float], ...]:
        """Day and value of the usable readings in time order."""
        found = [(r.when, value) for r in self.readings if (value := words.finite(r.value)) is not None]
        return tuple(sorted(found, key=lambda pair: pair[0]))

    @cached_property
    def before_launch(self) -> int:
        """How many usable readings lie before the launch."""
        launch = self.launch
        return 0 if launch is None else sum(day < launch for day, _ in self.known)

    @cached_property
    def analysis(self) -> ProcessAnalysis:
        days = [day for day, _ in self.known]
        found = {sum(day < change for day in days) for change in self.changes}
        return analyse(
            [value for _, value in self.known],
            self.direction,
            baseline=self.before_launch or None,
            target=words.finite(self.target),
            changes=sorted(cut for cut in found if 0 < cut < len(days)),
            floor=0.0 if self.never_negative or self._is_share else None,
            ceiling=100.0 if self._is_share else None,
        )

    @property
    def _is_share(self) -> bool:
        return is_percent(self.unit) and all(0 <= value <= 100 for _, value in self.known)

    @property
    def limits_frozen(self) -> bool:
        """True when the limits in force are those of the readings before the launch."""
        return self.before_launch >= 2 and len(self.analysis.segments) == 1

    @property
    def only_since_launch(self) -> bool:
        """True when every reading was taken since the launch: they show no change that the pilot made."""
        return self.launch is not None and not self.before_launch and bool(self.known)

    @property
    def limits_name(self) -> str:
        """What the limits are called: trial limits below twelve points."""
        limits = self.analysis.limits
        return "Trial limits" if limits is not None and limits.trial else "Limits"

    @property
    def variation(self) -> str:
        """What the latest reading says, in words; empty without limits, or where they say nothing of the pilot."""
        if self.only_since_launch:
            return ""
        return VARIATION[self.analysis.points[-1].meaning] if self.known and self.analysis.limits else ""

    @property
    def assurance(self) -> str:
        """What the limits promise about the target, in words; empty without limits or a target."""
        found = self.analysis.assurance
        if found is None:
            return ""
        # Limits frozen at the launch speak of the process the pilot set out to change.
        return self._named((ASSURANCE_BEFORE if self.limits_frozen else ASSURANCE)[found])

    def _named(self, words_of_target: str) -> str:
        return words_of_target if not self.is_limit else _FOR_A_LIMIT[words_of_target]

    @property
    def is_empty(self) -> bool:
        return not self.known

    @property
    def target_name(self) -> str:
        return "Limit" if self.is_limit else "Target"

    @property
    def meets_target(self) -> bool | None:
        """Whether the latest reading is at or past the target; None without a target."""
        target = words.finite(self.target)
        if target is None or not self.known:
            return None
        latest = self.known[-1][1]
        return latest >= target if self.direction == "up" else latest <= target

    def finding(self) -> str:
        metric = words.clean(self.metric, 80)
        latest = words.with_unit(self.known[-1][1], self.unit)
        if len(self.known) == 1:
            return f"{metric}: one reading so far, {latest}"
        if self.analysis.limits is None or self.only_since_launch:
            sentence = f"{metric}: {self._without_limits()}"
        else:
            sentence = f"{metric} {self._state()}: latest {latest}"
        target = words.finite(self.target)
        if target is None or (self.judged and not self.is_limit):
            return sentence
        goal = words.with_unit(target, self.unit)
        if not self.is_limit:
            return f"{sentence}, target {goal}"
        side = "within its limit" if self.meets_target else "past its limit"
        return f"{sentence}, {side} of {goal}"

    def _state(self) -> str:
        """What the latest reading shows; where it is routine, what the readings since the launch, or since the last
        process change, showed before."""
        meanings = [point.meaning for point in self.analysis.points]
        if meanings[-1] is not Meaning.ROUTINE:
            return _STATE[meanings[-1]]
        start = max(self.before_launch, self.analysis.segments[-1].start)
        since = meanings[start:] or meanings
        better, worse = since.count(Meaning.IMPROVEMENT), since.count(Meaning.CONCERN)
        if not better and not worse:
            return "shows routine variation only"
        told = [f"for the {word} in {n}" for n, word in ((better, "better"), (worse, "worse")) if n]
        launched = " since the launch" if start == self.before_launch > 0 else ""
        return f"is back within routine variation, after signals {' and '.join(told)} of {len(since)} readings{launched}"

    @cached_property
    def runs(self) -> tuple[range, ...]:
        """The places of readings without a gap between them."""
        return unbroken([day for day, _ in self.known])

    def _without_limits(self) -> str:
        """The latest reading, and for rare events how often there was one."""
        latest = words.with_unit(self.known[-1][1], self.unit)
        if self.analysis.no_limits is not NoLimits.RARE:
            return f"latest {latest}"
        some = [day for day, value in self.known if value != 0]
        said = f"{len(some)} of {words.plural(len(self.known), 'reading')} above zero"
        if not some or some[-1] == self.known[-1][0]:
            return f"{said}, latest {latest}"
        last = some[-1]
        return f"{said}, none since {last:%B} {last.day}, {last.year}"

    def numbers(self) -> str:
        limits = self.analysis.limits
        left_out = len(self.readings) - len(self.known)
        parts = []
        if limits is not None:
            ends = [words.finite(limits.lower), words.finite(limits.upper)]
            reach = " to ".join(words.number(end) for end in ends if end is not None)
            reach = reach if None not in ends else "too wide to show"
            source = " before the launch" if self.limits_frozen else ""
            parts.append(
                f"Mean {words.with_unit(limits.mean, self.unit)}, {self.limits_name.lower()} {reach}"
                f" from {words.plural(limits.n, 'reading')}{source}"
            )
        else:
            source = " before the launch" if self.limits_frozen else ""
            parts.append(_NO_LIMITS[self.analysis.no_limits or NoLimits.FEW] % {"source": source})
        if self.only_since_launch:
            parts.append("nothing was measured before the launch, so signals only compare the readings since")
        if self.analysis.assurance is not None:
            parts.append(self._named(_PROMISE[self.analysis.assurance]))
        anew = len(self.analysis.segments) - 1
        if anew > 0:
            parts.append(f"limits set anew after {words.plural(anew, 'process change')}")
        if left_out:
            parts.append(f"{words.plural(left_out, 'reading')} without a usable number left out")
        return "; ".join(parts) + "."

    def table(self) -> Table:
        segments = {i: s.limits for s in self.analysis.segments for i in range(s.start, s.stop)}
        rows = []
        for i, ((day, value), point) in enumerate(zip(self.known, self.analysis.points, strict=True)):
            limits = segments[i]
            low, high = (limits.lower, limits.upper) if limits else (None, None)
            signal = point.signal.value if point.signal else None
            rows.append((day, value, point.meaning.value, signal, low, high, words.finite(self.target)))
        header = ("Date", "Value", "Meaning", "Signal", "Lower limit", "Upper limit", self.target_name)
        return Table(header, list(rows))
