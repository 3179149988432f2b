"""Every criterion of a pilot on one scale: the share of its promised change, with the interval and the verdict."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from incubator.charts import words
from incubator.charts.chart import Chart, Table
from incubator.domain.evaluation import Verdict
from incubator.domain.pilots import CriterionKind, Direction, bound_unit, is_percent

GROUPS: dict[CriterionKind, str] = {
    CriterionKind.GOAL: "Goals",
    CriterionKind.GUARDRAIL: "Guardrails",
    CriterionKind.CONTEXT: "Context",
}

_WORDS: dict[Verdict, str] = {
    Verdict.MET: "Met",
    Verdict.NOT_MET: "Not met",
    Verdict.INCONCLUSIVE: "Inconclusive",
    Verdict.NOT_YET: "Not yet",
}


@dataclass(frozen=True)
class ForestRow:
    """One criterion. `change` with its interval is in the metric's unit, `promised` the change its rule asks for:
    target less baseline for a goal, for a guardrail the change that would still be accepted."""

    label: str
    kind: CriterionKind
    verdict: Verdict
    direction: Direction
    unit: str = ""
    promised: float | None = None
    change: float | None = None
    low: float | None = None
    high: float | None = None
    better: bool = False
    harm: bool = False
    post_hoc: bool = False

    @property
    def _sign(self) -> int:
        return 1 if self.direction is Direction.UP else -1

    @property
    def threshold(self) -> float | None:
        """Where the rule's line stands: 1 for a promise, -1 for a worsening still accepted, 0 for none at all."""
        known = words.finite(self.promised)
        return None if known is None else float((known > 0) - (known < 0)) * self._sign

    @property
    def _length(self) -> float | None:
        """The change that is one on the scale; a criterion that promises none is measured by its own interval."""
        known = words.finite(self.promised)
        if known is None:
            return None
        ends = [abs(end) for value in (self.change, self.low, self.high) if (end := words.finite(value))]
        return abs(known) or max(ends, default=1.0)

    def share(self, value: float | None) -> float | None:
        """A change as a share of the promised one, better upwards; None where either is not known."""
        known, length = words.finite(value), self._length
        if known is None or length is None:
            return None
        return words.finite(self._sign * known / length)

    @property
    def interval(self) -> tuple[float, float] | None:
        """Both ends as shares, the worse first."""
        ends = [end for end in (self.share(self.low), self.share(self.high)) if end is not None]
        return (min(ends), max(ends)) if len(ends) == 2 else None

    @property
    def mark(self) -> str:
        """'harm' where the interval lies on the worse side and the criterion is not met, else the verdict."""
        return "harm" if self.harm and self.verdict in _OPEN_TO_HARM else self.verdict.value

    @property
    def word(self) -> str:
        if self.mark == "harm":
            return "Harm"
        if self.harm and self.verdict is Verdict.MET:
            return "Met, though worse"
        if self.better and self.verdict in _OPEN_TO_HARM:
            return f"{_WORDS[self.verdict]}, but better"
        return _WORDS[self.verdict]

    @property
    def numbers(self) -> str:
        """'−21 min (−26 to −16)'."""
        change = words.finite(self.change)
        if change is None:
            return "no result"
        text = signed_with_unit(change, self.unit)
        low, high = words.finite(self.low), words.finite(self.high)
        if low is None or high is None:
            return text
        return f"{text} ({signed_bound(low, self.unit)} to {signed_bound(high, self.unit)})"


_OPEN_TO_HARM = {Verdict.NOT_MET, Verdict.INCONCLUSIVE}


@dataclass(frozen=True, kw_only=True)
class VerdictForest(Chart):
    """Goals first, then guardrails, then context, each group in the order given."""

    VERSION: ClassVar[int] = 2
    EMPTY: ClassVar[str] = "No criteria yet"

    rows: tuple[ForestRow, ...]
    confidence: float = 0.95

    @cached_property
    def groups(self) -> tuple[tuple[str, tuple[ForestRow, ...]], ...]:
        """Name and rows of each group that has any."""
        found = ((name, tuple(row for row in self.rows if row.kind is kind)) for kind, name in GROUPS.items())
        return tuple((name, rows) for name, rows in found if rows)

    @property
    def is_empty(self) -> bool:
        return not self.rows

    def _carrying(self, kind: CriterionKind) -> list[ForestRow]:
        return [row for row in self.rows if row.kind is kind and not row.post_hoc]

    def finding(self) -> str:
        goals = self._carrying(CriterionKind.GOAL)
        guardrails = self._carrying(CriterionKind.GUARDRAIL)
        if not goals and not guardrails:
            return "No criterion was fixed before the data"
        if all(row.verdict is Verdict.NOT_YET for row in (*goals, *guardrails)):
            return "No verdict before the horizon"
        parts = [_counted(goals, "goal")] if goals else []
        parts += [_counted(guardrails, "guardrail")] if guardrails else []
        return "; ".join(parts)

    def numbers(self) -> str:
        row = next((r for r in self._carrying(CriterionKind.GOAL) if r.share(r.change) is not None), None)
        if row is None:
            return f"{words.plural(len(self.rows), 'criterion', 'criteria')}; no goal has a result yet."
        text = f"{words.clean(row.label, 60)}: {words.percent(row.share(row.change) or 0.0)} of the promised change"
        if row.interval is not None:
            low, high = (words.percent(end) for end in row.interval)
            text += f", {words.percent(self.confidence)} interval {low} to {high}"
        after = sum(row.post_hoc for row in self.rows)
        return text + (
            f"; {words.plural(after, 'criterion', 'criteria')} added after the data." if after else "."
        )

    def table(self) -> Table:
        header = (
            "Criterion", "Kind", "Verdict", "Fixed before the data", "Unit", "Change", "Interval low",
            "Interval high", "Promised change", "Share of promised, %", "Share low, %", "Share high, %",
        )  # fmt: skip
        rows = []
        for _, group in self.groups:
            for row in group:
                low, high = row.interval or (None, None)
                rows.append(
                    (
                        words.clean(row.label), row.kind.value, row.word, "no" if row.post_hoc else "yes",
                        words.clean(row.unit), words.finite(row.change), words.finite(row.low),
                        words.finite(row.high), words.finite(row.promised),
                        *(words.in_percent(end) for end in (row.share(row.change), low, high)),
                    )
                )  # fmt: skip
        return Table(header, list(rows))


def _counted(rows: list[ForestRow], name: str) -> str:
    """'2 of 3 goals met, 1 inconclusive'."""
    marks = [row.mark for row in rows]
    met = marks.count("met")
    text = (
        f"{'The one' if len(rows) == 1 else f'All {len(rows)}'} {name}{'' if len(rows) == 1 else 's'} met"
        if met == len(rows)
        else f"{met} of {words.plural(len(rows), name)} met"
    )
    names = (
        ("not_met", "not met"),
        ("inconclusive", "inconclusive"),
        ("not_yet", "not yet"),
        ("harm", "harmed"),
    )
    return ", ".join([text, *(f"{marks.count(mark)} {word}" for mark, word in names if mark in marks)])


def signed(value: float) -> str:
    """A change with its sign: +0.042, −21, 0. A computed one has three digits: a fourth is beyond its interval."""
    text = words.number(value, 3)
    return f"+{text}" if value > 0 and text != "0" else text


def signed_bound(value: float, unit: str) -> str:
    """An end of the interval beside a change with its unit: −26, +4.5, −$1.65."""
    return signed_with_unit(value, unit) if bound_unit(unit) else signed(value)


def signed_with_unit(value: float, unit: str) -> str:
    """A change with sign and unit: −21 min, +4.5 points (of a share), +$12."""
    if is_percent(unit):
        return f"{signed(value)} points"
    text = words.with_unit(value, unit, 3)
    return f"+{text}" if value > 0 else text
