"""What stands for each argument of an address, for one's own agency, another's, and nothing that exists."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from werkzeug.routing import Rule

from incubator.domain.stages import Step
from tests.house.town import Side, Town

FIXED: dict[str, str] = {
    "filename": "css/base.css",
    "token": "x",
    "gate": "g3",
    "key": "nothing",
    "name": "flow",
    "figure": "ranks",
    "form": "csv",
    "shape": "long",
    "section": "problem",
    "months": "12",
    "revision": "1",
    "how": "decline",
    "act": "take-back",
    "area": "privacy",
    "practice": "risk_assessment",
}
"""Arguments that name no row: one value for all."""

UNKNOWN: dict[str, str] = {"number": "ZZ-9999", "code": "ZZ", "slug": "no-such-call"}
NO_ROW = "987654"

TARGETS = ("own", "own draft", "other", "other draft", "unknown")


def values(rule: Rule, town: Town, target: str) -> dict[str, Any] | None:
    """The rule's arguments for a target; None when the target says nothing new for this rule."""
    names = rule.arguments
    if "draft" in target and "number" not in names:
        return None
    rows = names - FIXED.keys()
    if not rows and target != "own":
        return None
    side = town.own if target.startswith("own") else town.other
    found = {name: _value(name, side, target) for name in names}
    if names >= {"slug", "number"}:
        # Below a call it is the number that may be unknown: whether there is the call, everybody may know.
        found["slug"] = side.call.slug
    return found


def _value(name: str, side: Side, target: str) -> Any:
    if name in FIXED:
        return FIXED[name]
    if target == "unknown":
        return UNKNOWN.get(name, NO_ROW)
    if name == "number":
        return side.records[Step.DRAFT if "draft" in target else Step.RUNNING].number
    if name == "code":
        return side.agency.code
    if name == "slug":
        return side.call.slug
    return side.ids.get(name, NO_ROW)


def unknown_arguments(rules: Iterator[Rule], town: Town) -> list[str]:
    """Arguments nobody has said a value for."""
    known = {*FIXED, *UNKNOWN, *town.own.ids}
    return sorted({f"{name} in {rule.rule}" for rule in rules for name in rule.arguments - known})
