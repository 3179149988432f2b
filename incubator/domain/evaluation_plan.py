"""The evaluation plan as it is locked: what belongs to it, what it still lacks, and what came after the lock."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from incubator.domain.evaluation import Design, Measure
from incubator.domain.pilots import PRACTICES, CriterionKind

PLAN_FIELDS: dict[str, str] = {
    "question": "Question",
    "design": "Design",
    "comparison": "Who it is compared with",
    "starts_on": "Start",
    "ends_on": "End",
    **PRACTICES,
}
"""What is locked of the plan itself: field and name. Who leads it, its sites and its lesson may change freely."""

CRITERION_FIELDS: dict[str, str] = {
    "name": "What is measured",
    "unit": "Unit",
    "direction": "Which way is better",
    "kind": "What it is for",
    "measure": "How a reading is read",
    "per": "Counted for",
    "baseline": "Baseline",
    "baseline_note": "How the baseline was measured",
    "baseline_from": "Baseline from",
    "baseline_to": "Baseline to",
    "baseline_cases": "Cases in the baseline",
    "target": "Target or limit",
    "promise": "What is promised",
    "smallest_change": "Smallest worthwhile change",
    "design": "Design",
    "denominator": "What counts as a case",
    "exclusions": "What is left out",
    "horizon_on": "Horizon",
    "rule": "Decision rule",
    "expected_cases": "Cases expected in a period",
    "cadence": "How often it is read",
    "owner_name": "Who reads it",
    "source": "Where the numbers come from",
    "source_url": "Address of the source",
}
"""What is locked of each criterion."""

ADDED, SET_ASIDE = "added", "set_aside"
"""Beside the fields an amendment can say that a criterion was added or set aside."""

CHANGE_NAMES: dict[str, str] = {
    **PLAN_FIELDS,
    **CRITERION_FIELDS,
    ADDED: "Added to the plan",
    SET_ASIDE: "Set aside",
}

JUDGED = (CriterionKind.GOAL, CriterionKind.GUARDRAIL)
"""The kinds of criteria a verdict is given on."""

COMPARES = (Design.COMPARISON, Design.RANDOMISED)
"""Designs that need somebody to compare with."""

_NEEDED_OF_PLAN = {
    "question": "Write the question the pilot is to answer.",
    "design": "Choose the design.",
    "starts_on": "Enter the day the pilot starts.",
    "ends_on": "Enter the day the pilot ends.",
    "objectives": "Write the objectives.",
    "methodology": "Write the assessment method.",
    "scalability": "Write the criteria for scaling.",
    "analysis": "Write the data analysis plan.",
    "communication": "Write how stakeholders are kept informed.",
}

_NEEDED_OF_CRITERION = {
    "baseline": "%(criterion)s: enter the baseline.",
    "target": "%(criterion)s: enter the target or the limit.",
    "smallest_change": "%(criterion)s: enter the smallest worthwhile change.",
    "source": "%(criterion)s: say where the numbers come from.",
    "owner_name": "%(criterion)s: say who reads it.",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """Something a plan lacks before it can be locked: `template` with its `params`, the field it concerns,
    and the criterion when it is one's."""

    template: str
    field: str
    metric_id: int | None = None
    criterion: str = ""

    @property
    def params(self) -> dict[str, str]:
        return {"criterion": self.criterion} if self.criterion else {}

    def __str__(self) -> str:
        return self.template % self.params if self.params else self.template


def missing(content: Mapping[str, Any]) -> list[Missing]:
    """What the plan (as `plan_content` gives it) lacks before it can be locked, in the order of its page."""
    plan, criteria = content["plan"], content["criteria"]
    lacks = [Missing(text, field) for field, text in _NEEDED_OF_PLAN.items() if _blank(plan.get(field))]
    designs = {plan.get("design"), *(each.get("design") for each in criteria)}
    if designs & {design.value for design in COMPARES} and _blank(plan.get("comparison")):
        lacks.append(Missing("Say who the pilot is compared with.", "comparison"))
    judged = [each for each in criteria if each["kind"] in JUDGED]
    if not any(each["kind"] == CriterionKind.GOAL for each in judged):
        lacks.append(Missing("Define at least one goal.", "criteria"))
    for each in judged:
        name, key = each["name"], each["id"]
        lacks += [
            Missing(text, field, key, name)
            for field, text in _NEEDED_OF_CRITERION.items()
            if _blank(each.get(field))
        ]
        horizon, start = each.get("horizon_on") or plan.get("ends_on"), plan.get("starts_on")
        if horizon and start and horizon <= start:
            lacks.append(
                Missing("%(criterion)s: the horizon must lie after the start.", "horizon_on", key, name)
            )
    return lacks


def _blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The fields that differ between two states of a plan or a criterion, each with what it was and is."""
    return {
        field: {"was": was.get(field), "is": now.get(field)}
        for field in {**was, **now}
        if was.get(field) != now.get(field)
    }


def value_of(measure: Measure, numerator: float, denominator: float, per: float) -> float | None:
    """The percentage or rate that a count out of so many comes to; None where it is no number."""
    if measure is Measure.VALUE or not denominator > 0:
        return None
    return numerator / denominator * (100.0 if measure is Measure.SHARE else per)


def carries(content: Mapping[str, Any], metric_id: int) -> bool:
    """Whether the locked plan holds this metric as a goal or a guardrail, so that it may carry the decision."""
    return any(each["id"] == metric_id and each["kind"] in JUDGED for each in content["criteria"])


def field_names(changes: Mapping[str, Any]) -> Sequence[str]:
    """The changed fields in words."""
    return [CHANGE_NAMES.get(field, field) for field in changes]
