"""What a pilot could detect, in one plain sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from incubator.analytics.criterion import Sentence
from incubator.domain.evaluation import Design, Measure
from incubator.domain.pilots import Cadence

if TYPE_CHECKING:
    from incubator.analytics.detectability import Plan, Step

_TWICE = {
    Cadence.DAILY: "With %(cases)s cases a day you can detect %(early)s after %(soon)s months, %(late)s after %(end)s.",
    Cadence.WEEKLY: "With %(cases)s cases a week you can detect %(early)s after %(soon)s months, %(late)s after %(end)s.",
    Cadence.MONTHLY: "With %(cases)s cases a month you can detect %(early)s after %(soon)s months, %(late)s after %(end)s.",
    Cadence.QUARTERLY: "With %(cases)s cases a quarter you can detect %(early)s after %(soon)s months, %(late)s after %(end)s.",
    Cadence.YEARLY: "With %(cases)s cases a year you can detect %(early)s after %(soon)s months, %(late)s after %(end)s.",
}
_ONCE = {
    Cadence.DAILY: "With %(cases)s cases a day you can detect %(late)s by month %(end)s.",
    Cadence.WEEKLY: "With %(cases)s cases a week you can detect %(late)s by month %(end)s.",
    Cadence.MONTHLY: "With %(cases)s cases a month you can detect %(late)s by month %(end)s.",
    Cadence.QUARTERLY: "With %(cases)s cases a quarter you can detect %(late)s by month %(end)s.",
    Cadence.YEARLY: "With %(cases)s cases a year you can detect %(late)s by month %(end)s.",
    Cadence.ONCE: "With %(cases)s cases you can detect %(late)s by month %(end)s.",
}
_SERIES_TWICE = {
    Cadence.DAILY: "With a reading every day you can detect %(early)s after %(soon)s months, %(late)s after %(end)s.",
    Cadence.WEEKLY: "With a reading every week you can detect %(early)s after %(soon)s months, %(late)s after %(end)s.",
    Cadence.MONTHLY: "With a reading every month you can detect %(early)s after %(soon)s months, %(late)s after %(end)s.",
    Cadence.QUARTERLY: "With a reading every quarter you can detect %(early)s after %(soon)s months, %(late)s after %(end)s.",
    Cadence.YEARLY: "With a reading every year you can detect %(early)s after %(soon)s months, %(late)s after %(end)s.",
}
_SERIES_ONCE = {
    Cadence.DAILY: "With a reading every day you can detect %(late)s by month %(end)s.",
    Cadence.WEEKLY: "With a reading every week you can detect %(late)s by month %(end)s.",
    Cadence.MONTHLY: "With a reading every month you can detect %(late)s by month %(end)s.",
    Cadence.QUARTERLY: "With a reading every quarter you can detect %(late)s by month %(end)s.",
    Cadence.YEARLY: "With a reading every year you can detect %(late)s by month %(end)s.",
}


def finding(plan: Plan, steps: Sequence[Step], level: float) -> Sentence:
    """After a third of the time and at the horizon; only at the horizon where the third shows nothing."""
    readings = plan.design is not Design.RANDOMISED or (plan.cases == 1 and plan.cadence in _SERIES_ONCE)
    last = steps[-1]
    early = _early(steps)
    params = {
        "cases": plain(plan.cases),
        "late": size(plan.measure, last, level),
        "end": _months(last.months),
    }
    if early is None or plan.cadence is Cadence.ONCE:
        return Sentence((_SERIES_ONCE if readings else _ONCE)[plan.cadence], params)
    params |= {"early": size(plan.measure, early, level), "soon": _months(early.months)}
    return Sentence((_SERIES_TWICE if readings else _TWICE)[plan.cadence], params)


def no_finding(plan: Plan, months: float) -> Sentence:
    """When even the horizon shows nothing."""
    if plan.design is Design.SERIES:
        text = "No verdict is possible by month %(end)s with this design: it needs at least 12 measurements after the launch."
    elif plan.design is not Design.RANDOMISED:
        text = "No verdict is possible by month %(end)s with this design: it needs at least 8 measurements after the launch, and more room than this baseline gives."
    else:
        text = "With so few cases no change can be detected by month %(end)s."
    return Sentence(text, {"end": _months(months)})


def on_worthwhile(plan: Plan, worthwhile: float, enough: Sequence[Step], last: Step) -> Sentence:
    """Whether, and from when on, the smallest worthwhile change would be seen."""
    params = {"change": amount(plan.measure, worthwhile)}
    if enough:
        params["months"] = _months(enough[0].months)
        return Sentence(
            "The smallest worthwhile change, %(change)s, can be detected from month %(months)s on.", params
        )
    params["months"] = _months(last.months)
    return Sentence(
        "The smallest worthwhile change, %(change)s, is too small to be detected by month %(months)s.", params
    )


def on_promise(plan: Plan, met: Sequence[float]) -> Sentence:
    """How likely a met verdict is for a pilot that delivers its promise, and for one that goes beyond it."""
    return Sentence(
        "“Met” asks for the whole interval beyond the promised change of %(promised)s: a pilot that delivers exactly that has a chance of about "
        "%(at)s; one that delivers one and a half times as much, %(more)s; twice as much, %(twice)s.",
        {
            "promised": amount(plan.measure, abs(plan.promised or 0.0)),
            **dict(zip(("at", "more", "twice"), (f"{100 * chance:.0f}%" for chance in met), strict=True)),
        },
    )


def _early(steps: Sequence[Step]) -> Step | None:
    """The step nearest to a third of the time in whole months, two at least, or the first after it that shows
    anything."""
    wanted = max(2, round(steps[-1].months / 3))
    near = min(steps, key=lambda step: abs(step.months - wanted))
    seen = [step for step in steps[:-1] if step.change is not None and step.months >= near.months]
    return seen[0] if seen else None


def _months(value: float) -> str:
    """To the nearest half."""
    return plain(max(round(value * 2) / 2, 0.5))


def size(measure: Measure, step: Step, level: float) -> str:
    """A detectable change: of shares in percentage points, of the rest as a part of the baseline."""
    if step.change is None:
        return ""
    if measure is Measure.SHARE or step.relative is None or level <= 0:
        return amount(measure, step.change)
    return f"{_digits(step.relative * 100)}%"


def amount(measure: Measure, change: float) -> str:
    """A change in the metric's unit."""
    return f"{_digits(change)} percentage points" if measure is Measure.SHARE else plain(change)


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")


def plain(value: float) -> str:
    """A number in at most three figures or whole: 40, 1,200, 7.25, 0.0312."""
    if value == round(value) and abs(value) < 1e12:
        return f"{value:,.0f}"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e12 else f"{value:.3g}"
