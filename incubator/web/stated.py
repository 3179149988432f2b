"""What a published source states of a decision, in words: the facts that were frozen with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incubator.web.formats import money
from incubator.web.languages import lazy_gettext as _l

_LABELS = {
    "fiscal_year": _l("Fiscal year"),
    "phase": _l("Phase"),
    "ceiling_dollars": _l("Ceiling"),
    "outcome": _l("At the end of the phase"),
    "page": _l("Page"),
}
_ENDS = {
    "advance": _l("Approved for the next phase"),
    "stop": _l("Stopped"),
    "goal_met": _l("Ended with its goal met"),
    "cancelled": _l("Canceled"),
    "hold": _l("On hold"),
    "in_progress": _l("Still in progress"),
    "approved_not_started": _l("Approved, not started"),
}


def stated_facts(source: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and value of each fact, in the order in which they were frozen."""
    return [
        (str(_LABELS[name]) if name in _LABELS else name.replace("_", " ").capitalize(), _value(name, value))
        for name, value in source.items()
    ]


def _value(name: str, value: Any) -> str:
    if name == "ceiling_dollars":
        return money(value * 100)
    return str(_ENDS[value]) if name == "outcome" and value in _ENDS else str(value)
