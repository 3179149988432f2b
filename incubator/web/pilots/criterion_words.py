"""The decision rule of a criterion, and what was amended of it, in plain words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from incubator.analytics.criterion import Sentence
from incubator.domain.evaluation import DESIGNS, MEASURES, PROMISES, Design, Measure, Promise
from incubator.domain.evaluation_plan import CHANGE_NAMES
from incubator.domain.pilots import (
    CADENCES,
    DIRECTIONS,
    KINDS,
    Cadence,
    CriterionKind,
    Direction,
    is_percent,
    with_unit,
)
from incubator.queries.metrics import MetricRow
from incubator.queries.pilots import PlanRow
from incubator.web.formats import day, number
from incubator.web.languages import gettext as _
from incubator.web.pilots.blueprint import blueprint

CHOICES: dict[str, Any] = {
    "design": lambda value: DESIGNS[Design(value)].staff,
    "measure": lambda value: MEASURES[Measure(value)].staff,
    "promise": lambda value: PROMISES[Promise(value)].staff,
    "direction": lambda value: DIRECTIONS[Direction(value)].staff,
    "kind": lambda value: KINDS[CriterionKind(value)].staff,
    "cadence": lambda value: CADENCES[Cadence(value)].staff,
}
DAYS = frozenset({"starts_on", "ends_on", "baseline_from", "baseline_to", "horizon_on"})


@dataclass(frozen=True, slots=True)
class Change:
    """One field of an amendment as people read it."""

    name: str
    was: str
    now: str


def general_rule() -> str:
    """The rule before there are numbers to put into it."""
    return _(
        "Met when the whole 95% interval of the change lies at or beyond the change that was promised (target less baseline); not met when it lies wholly short of it; inconclusive in between."
    )


def rule(metric: MetricRow, plan: PlanRow) -> str:
    """When the criterion is met, from its own numbers."""
    if metric.kind is CriterionKind.CONTEXT:
        return _("Shown beside the others; no verdict is given on it.")
    if metric.baseline is None or metric.target is None:
        return general_rule()
    promised = metric.target - metric.baseline
    unit = "percentage points" if metric.measure is Measure.SHARE or is_percent(metric.unit) else metric.unit
    sign = "+" if promised > 0 else ""
    places = {
        "change": sign + with_unit(promised, unit),
        "before": with_unit(metric.baseline, metric.unit),
        "target": with_unit(metric.target, metric.unit),
    }
    worse = promised < 0 if metric.direction is Direction.UP else promised > 0
    if metric.promise is Promise.LEVEL:
        text = _(
            "Met when the whole 95%% interval of the level with the pilot lies at or beyond %(target)s; not met when it lies wholly short of that; inconclusive in between.",
            **places,
        )
    elif worse:
        text = _(
            "Met when the whole 95%% interval of the change stays within %(change)s of the baseline (%(before)s, limit %(target)s); not met when it lies wholly past that; inconclusive in between.",
            **places,
        )
    else:
        text = _(
            "Met when the whole 95%% interval of the change lies at or beyond %(change)s (from %(before)s to %(target)s); not met when it lies wholly short of that; inconclusive in between.",
            **places,
        )
    horizon = metric.horizon_on or plan.ends_on
    if horizon is not None:
        text += " " + _("The verdict is due on %(day)s.", day=day(horizon))
    return text


def said(sentence: Sentence | Mapping[str, Any] | None) -> str:
    """An analysis' sentence in the reader's language; also as it was kept in a lock."""
    if sentence is None:
        return ""
    if isinstance(sentence, Sentence):
        return _(sentence.text, **sentence.params)
    return _(sentence["text"], **sentence.get("params", {}))


@blueprint.app_template_filter("plan_changes")
def plan_changes(changes: Mapping[str, Mapping[str, Any]]) -> list[Change]:
    """The fields of an amendment with what each was and is, as people read them."""
    return [
        Change(
            _(CHANGE_NAMES.get(field, field)),
            written(field, sides.get("was")),
            written(field, sides.get("is")),
        )
        for field, sides in changes.items()
    ]


def written(field: str, value: Any) -> str:
    """A value of the plan as its JSON holds it, in words."""
    if value is None or value == "":
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    try:
        if field in CHOICES:
            return _(CHOICES[field](value))
        if field in DAYS:
            return day(date.fromisoformat(value))
    except ValueError:
        return str(value)
    if isinstance(value, int | float):
        return number(value) if math.isfinite(value) else "–"
    return str(value)
