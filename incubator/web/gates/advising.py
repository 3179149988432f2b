"""What the criteria propose, in words: the advice with its reason, and each verdict with its interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from incubator.domain.evaluation import Advice, Verdict
from incubator.domain.pilots import CriterionKind, bound_unit
from incubator.queries import pilot_evidence
from incubator.queries.advice import Standing
from incubator.web.gates import wording
from incubator.web.words import change


@dataclass(frozen=True, slots=True)
class Proposed:
    """The criteria's part of a page. `evaluation` is as it is frozen, with days and moments to format."""

    advice: Advice
    because: str
    evaluation: dict[str, Any]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A criterion: what it is for, its verdict, what was found. `note` marks what carries nothing."""

    name: str
    kind: CriterionKind
    verdict: Verdict
    harm: bool
    found: str
    note: str


def proposed(found: Standing) -> Proposed:
    """What stands now."""
    return from_frozen(pilot_evidence.told(found))


def from_frozen(evaluation: Mapping[str, Any]) -> Proposed:
    """The same from the evidence of a decision."""
    criteria = evaluation["criteria"]
    advice = Advice(evaluation["advice"])
    return Proposed(
        advice,
        because(advice, criteria),
        wording.readable(evaluation),
        tuple(_line(one) for one in criteria),
    )


def readable(content: Mapping[str, Any]) -> dict[str, Any]:
    """A decision's evidence as its template takes it; `proposed` is there where an evaluation was frozen."""
    evaluation = content.get("evaluation")
    return {**wording.readable(content), "proposed": from_frozen(evaluation) if evaluation else None}


def because(advice: Advice, criteria: Iterable[Mapping[str, Any]]) -> str:
    """Why the criteria propose it, in a sentence that names those it hangs on."""
    carried = [one for one in criteria if one["carries"]]
    goals = [one for one in carried if one["kind"] == CriterionKind.GOAL]
    if not goals:
        return _("No goal was fixed before the data, so nothing is proven.")
    if advice is Advice.SCALE:
        return _("Every goal and guardrail that was fixed before the data is met.")
    if advice is Advice.WAIT:
        open_ones = _named(one for one in carried if one["verdict"] == Verdict.NOT_YET)
        return _("There is no verdict yet on %(names)s.", names=open_ones)
    if advice is Advice.EXTEND:
        unsure = _named(one for one in carried if one["verdict"] != Verdict.MET)
        return _("The data leave open whether what was promised came about: %(names)s.", names=unsure)
    broken = [
        one
        for one in carried
        if one["kind"] == CriterionKind.GUARDRAIL
        and (one["verdict"] == Verdict.NOT_MET or (one["harm"] and one["verdict"] != Verdict.MET))
    ]
    failed = [one for one in goals if one["verdict"] == Verdict.NOT_MET]
    said = []
    if failed:
        said.append(
            ngettext(
                "The goal %(names)s is not met.",
                "The goals %(names)s are not met.",
                len(failed),
                names=_named(failed),
            )
        )
    if broken:
        said.append(
            ngettext(
                "The guardrail %(names)s does not hold.",
                "The guardrails %(names)s do not hold.",
                len(broken),
                names=_named(broken),
            )
        )
    return " ".join(said)


def _named(criteria: Iterable[Mapping[str, Any]]) -> str:
    return ", ".join(_("“%(name)s”", name=one["name"]) for one in criteria)


def _line(one: Mapping[str, Any]) -> Line:
    note = ""
    if one["post_hoc"]:
        note = _("Added after the plan was locked: it carries nothing.")
    elif one["removed"]:
        note = _("Taken out of the plan after its verdict: the verdict goes on counting.")
    elif one["kind"] == CriterionKind.CONTEXT:
        note = _("Context: it carries nothing.")
    return Line(
        one["name"], CriterionKind(one["kind"]), Verdict(one["verdict"]), one["harm"], _found(one), note
    )


def _found(one: Mapping[str, Any]) -> str:
    """The change with its interval beside what was promised."""
    unit = one["unit"]
    if one["kind"] == CriterionKind.CONTEXT:
        return ""
    if one["estimate"] is None:
        if one["verdict"] == Verdict.NOT_YET:
            return _("No verdict before the horizon and the planned readings.")
        return _("The data do not allow an estimate.")
    promised = ""
    if one["promised"] is not None:
        text = (
            _("At most %(change)s was accepted.")
            if one["kind"] == CriterionKind.GUARDRAIL
            else _("Promised: %(change)s.")
        )
        promised = text % {"change": change(one["promised"], unit)}
    if one["low"] is None or one["high"] is None:
        found = _("Change: %(change)s, without an interval.", change=change(one["estimate"], unit))
    else:
        found = _(
            "Change: %(change)s; the data are compatible with %(low)s to %(high)s.",
            change=change(one["estimate"], unit),
            low=change(one["low"], bound_unit(unit)),
            high=change(one["high"], bound_unit(unit)),
        )
    return f"{found} {promised}".strip()
