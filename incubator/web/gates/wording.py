"""What the gates' pages say: hints for outcomes, places to fix what is missing, evidence to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from incubator.domain.gates import CheckKind, Gate, GateKey, MustMeet, applies, is_denied, is_met
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome, Stage
from incubator.domain.words import OUTCOMES, ROLES, STAGES
from incubator.queries.gates import Check, GateState
from incubator.queries.next_steps import Someone
from incubator.queries.records import RecordHead
from incubator.web.next_steps import MOST_NAMES

FIXED_AT = {
    "signed_off": "proposals.read",
    "screened": "screening.show",
    "reviews_in": "reviews.on_record",
    **dict.fromkeys(
        (
            "objectives",
            "methodology",
            "scalability",
            "analysis",
            "communication",
            "end_and_exit",
            "pilot_lead",
            "product_owner",
            "lesson",
        ),
        "pilots.plan",
    ),
    "benefit": "pilots.benefits",
    "baseline": "pilots.metrics",
    "data_arriving": "pilots.metrics",
    "plan_locked": "pilots.plan",
    "guardrails": "evaluation.results",
    "verdicts": "evaluation.results",
    **dict.fromkeys(
        ("owner_accepted", "funding", "procurement", "support", "approvals", "typical_site"), "scaling.show"
    ),
    "ai": "ai.show",
}
"""Where the fact behind an automatic must-meet is changed."""

AGENCY_MOVES = frozenset({Role.AGENCY_LEAD, Role.PILOT_LEAD, Role.SUBMITTER})
"""Whose moves an agency is shown; the rest of the list is the incubator's own."""

OUTCOME_HINTS = {
    Outcome.ADVANCE_WITH_CONDITIONS: _l(
        "Each with somebody who sees to it and a day; closed before the next gate."
    ),
    Outcome.HOLD: _l("Waits until a day you name, then comes back to this list."),
    Outcome.EXTEND: _l("The pilot goes on in its stage, and the decision is due later. Once in a stage."),
    Outcome.REWORK: _l("Goes back to an earlier stage. What was confirmed there is looked at again."),
    Outcome.STOP: _l("Ends here. A stop that saves money and time is a result too."),
    Outcome.GOAL_MET: _l("Ends here as a success: it has shown what it set out to show."),
    Outcome.TRANSFER: _l("Another office takes it over."),
    Outcome.MERGE: _l("Goes on as part of another proposal."),
}


REVIEWS_IN = "reviews_in"


@dataclass(frozen=True, slots=True)
class Need:
    """A line of the readiness list as it is read."""

    key: str
    words: str
    status: str
    tone: str
    met: bool
    mover: str
    names: tuple[str, ...]
    check: Check | None
    fix_url: str
    answer_url: str


def readiness_list(
    gate: Gate,
    state: GateState,
    record: RecordHead,
    *,
    people: Mapping[str, tuple[Someone, ...]],
    answerable: Mapping[str, bool],
    whole: bool,
    sealed: bool = False,
) -> list[Need]:
    """The must-meets of a gate, open ones first. An agency (`whole` False) reads its own moves only; to whom
    the reviews are `sealed` does not read whether they are in."""
    needs = [
        _need(gate, need, state, record, people.get(need.key, ()), answerable.get(need.key, False))
        for need in gate.must_meets
        if (whole or need.mover in AGENCY_MOVES) and not (sealed and need.key == REVIEWS_IN)
    ]
    return sorted(needs, key=lambda need: need.met)


def _need(
    gate: Gate,
    need: MustMeet,
    state: GateState,
    record: RecordHead,
    people: tuple[Someone, ...],
    answerable: bool,
) -> Need:
    met = is_met(need, state.readiness)
    status, tone = (_("Met"), "done") if met else (_("Missing"), "wait")
    if not applies(need, state.readiness):
        status, tone = _("Does not apply"), "neutral"
    elif is_denied(need, state.readiness):
        status, tone = _("Refused") if need.kind is CheckKind.AUTOMATIC else _("No"), "stop"
    if need.key == REVIEWS_IN and not met:
        status = _("%(in)s of %(of)s in", **{"in": state.reviews_in, "of": state.reviews_required})
    return Need(
        key=need.key,
        words=_(need.words),
        status=status,
        tone=tone,
        met=met,
        mover=_(ROLES[need.mover].staff),
        names=tuple(one.name for one in people) if len(people) <= MOST_NAMES else (),
        check=state.checks.get(need.key),
        fix_url=_fix_url(need, record) if not met else "",
        answer_url=url_for("gates.check", number=record.number, gate=gate.key.value, key=need.key)
        if answerable and need.kind is CheckKind.CONFIRMED
        else "",
    )


def _fix_url(need: MustMeet, record: RecordHead) -> str:
    if need.key == "conditions_closed":
        return url_for("gates.on_record", number=record.number) + "#conditions"
    endpoint = FIXED_AT.get(need.key, "")
    return url_for(endpoint, number=record.number) if endpoint in current_app.view_functions else ""


def outcome_choices(outcomes: list[Outcome]) -> list[tuple[str, str]]:
    return [(outcome.value, _(OUTCOMES[outcome].staff)) for outcome in outcomes]


def outcome_hints(gate: Gate, stage: Stage) -> dict[str, str]:
    """A sentence below each outcome: where it leads."""
    hints = {outcome.value: str(hint) for outcome, hint in OUTCOME_HINTS.items()}
    if gate.key is GateKey.G0:
        onward = _("Goes on to the reviewers.")
    elif gate.target is gate.stage or gate.target is stage:
        onward = _("Goes on in the same stage.")
    else:
        onward = _("Goes on to the stage “%(stage)s”.", stage=_(STAGES[gate.target].staff))
    hints[Outcome.ADVANCE.value] = onward
    if stage is Stage.IDEA:
        hints[Outcome.REWORK.value] = _("Goes back to the agency for changes.")
    return hints


def stage_choices(stages: tuple[Stage, ...]) -> list[tuple[str, str]]:
    return [(stage.value, _(STAGES[stage].staff)) for stage in stages]


def readable(evidence: Mapping[str, Any]) -> dict[str, Any]:
    """Frozen evidence with its ISO days and moments made into values that templates can format."""
    return {key: _readable(value) for key, value in evidence.items()}


def _readable(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {
            key: _moment(item) if key == "at" or key.endswith(("_at", "_on")) else _readable(item)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_readable(item) for item in value]
    return value


def _moment(value: Any) -> date | datetime | None:
    if not isinstance(value, str):
        return None
    try:
        return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    except ValueError:
        return None
