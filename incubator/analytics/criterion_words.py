"""How the finding of an analysis is said to somebody who is no statistician."""

from __future__ import annotations

from dataclasses import dataclass

from incubator.analytics.criterion import Estimate, Question, Sentence
from incubator.domain.evaluation import Measure
from incubator.domain.pilots import is_percent, with_unit


@dataclass(frozen=True)
class Voice:
    """Numbers as people write them in the metric's unit; a share changes by percentage points."""

    question: Question

    def level(self, value: float) -> str:
        return with_unit(value, self._unit)

    def change(self, value: float) -> str:
        """The size of a change, without its sign."""
        return with_unit(abs(value), "percentage points" if is_percent(self._unit) else self._unit)

    def signed(self, value: float) -> str:
        return _sign(value) + self.change(value)

    def short(self, value: float) -> str:
        """The size of a change in three digits: a fourth is beyond what any interval holds."""
        size = abs(value)
        return self.change(float(f"{size:.3g}") if size < 100 else size)

    def short_signed(self, value: float) -> str:
        return _sign(value) + self.short(value)

    @property
    def confidence(self) -> str:
        return f"{100 * self.question.confidence:.4g}%"

    @property
    def _unit(self) -> str:
        if self.question.measure is Measure.SHARE:
            return self.question.unit or "%"
        return self.question.unit


def _sign(value: float) -> str:
    return "+" if value > 0 else "−" if value < 0 else ""


INSTEAD = "%(level)s instead of %(reference)s: "
CARRIED_ON = (
    "%(level)s since the launch and %(before)s before it. Carried on, what was measured without the pilot leads to "
    "%(reference)s: "
)
"""Two ways to begin: against a level that was measured, and against one that the analysis carries on."""
LOWER_BETTER = "lower by %(change)s, which is better. With %(confidence)s confidence the fall lies between %(near)s and %(far)s."
LOWER_WORSE = "lower by %(change)s, which is worse. With %(confidence)s confidence the fall lies between %(near)s and %(far)s."
HIGHER_BETTER = "higher by %(change)s, which is better. With %(confidence)s confidence the rise lies between %(near)s and %(far)s."
HIGHER_WORSE = "higher by %(change)s, which is worse. With %(confidence)s confidence the rise lies between %(near)s and %(far)s."
UNCLEAR = (
    "a change of %(signed)s. With %(confidence)s confidence it lies anywhere between %(low)s and %(high)s, so the data "
    "do not tell it from no change."
)


def found(
    question: Question, change: Estimate, level: float, reference: float, *, before: float | None = None
) -> Sentence:
    """What the analysis found: both levels, the change and between which bounds it lies. `before` is the level before
    the launch where `reference` was not measured but carried on."""
    voice = Voice(question)
    head = INSTEAD if before is None else CARRIED_ON
    named = {
        "level": voice.level(level),
        "reference": voice.level(reference),
        "confidence": voice.confidence,
        **({} if before is None else {"before": voice.level(before)}),
    }
    if change.low > 0 or change.high < 0:
        down = change.high < 0
        near, far = sorted((abs(change.low), abs(change.high)))
        better = down == (question.direction == "down")
        text = (
            (LOWER_BETTER if better else LOWER_WORSE) if down else (HIGHER_BETTER if better else HIGHER_WORSE)
        )
        return Sentence(
            head + text,
            named
            | {
                "change": voice.short(change.estimate),
                "near": voice.short(near),
                "far": voice.short(far),
            },
        )
    return Sentence(
        head + UNCLEAR,
        named
        | {
            "signed": voice.short_signed(change.estimate),
            "low": voice.short_signed(change.low),
            "high": voice.short_signed(change.high),
        },
    )
