"""The summary of a pilot in the reader's language, as pages and documents lead with it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import ngettext

from incubator.domain.pilot_summary import Said
from incubator.domain.pilots import CriterionKind, bound_unit
from incubator.exports.documents import Block, KeyValues, Notice
from incubator.queries.advice import CriterionNow
from incubator.queries.pilot_summary import OpenCondition, PilotSummary
from incubator.web.formats import day, whole_dollars
from incubator.web.languages import gettext as _
from incubator.web.words import change, label

NO_RESULT = "–"


def say(sentence: Said) -> str:
    """A sentence of the summary, its days written out."""
    values: dict[str, Any] = {
        name: day(value) if isinstance(value, date) else value for name, value in sentence.params.items()
    }
    if sentence.count is not None:
        return ngettext(sentence.text, sentence.many, sentence.count, **values)
    return _(sentence.text, **values) if values else _(sentence.text)


def result_words(summary: PilotSummary) -> str:
    """The result in a word; a dash before there is a pilot to judge."""
    return label(summary.result) if summary.is_pilot else NO_RESULT


def breach_words(summary: PilotSummary) -> str:
    """The guardrails past their limits, one sentence each; empty where all are kept."""
    return " ".join(say(one.sentence()) for one in summary.breaches)


def passed_limits(summary: PilotSummary) -> list[str]:
    """How many guardrails are past their limits, for a cell of a table; empty where all are kept."""
    if not summary.breaches:
        return []
    return [
        ngettext(
            "%(num)s guardrail past its limit", "%(num)s guardrails past their limits", len(summary.breaches)
        )
    ]


def sentences(summary: PilotSummary) -> list[str]:
    return [say(one) for one in summary.sentences()]


def criterion_words(one: CriterionNow) -> str:
    """“Wait: change of −3 min, likely between −6 and +1 min. Promised: −10 min.” and what must be read with it."""
    caution = "" if one.caution is None else " " + _(one.caution.text, **one.caution.params)
    if one.estimate is None or one.low is None or one.high is None:
        return _("%(name)s: no estimate was possible.", name=one.name) + caution
    values = {
        "name": one.name,
        "estimate": change(one.estimate, one.unit),
        "low": change(one.low, bound_unit(one.unit)),
        "high": change(one.high, bound_unit(one.unit)),
    }
    found = _("%(name)s: change of %(estimate)s, likely between %(low)s and %(high)s.", **values)
    if one.promised is None:
        return found + caution
    promised = change(one.promised, one.unit)
    if one.kind is CriterionKind.GUARDRAIL:
        return f"{found} {_('At most %(change)s was accepted.', change=promised)}{caution}"
    return f"{found} {_('Promised: %(change)s.', change=promised)}{caution}"


def judged(summary: PilotSummary) -> list[CriterionNow]:
    """The criteria with a recorded verdict."""
    return [one for one in summary.criteria if one.carries and one.verdict_id is not None]


def next_words(summary: PilotSummary, who: str) -> str:
    """“Scale decision due October 9, 2026. Waiting on: Pat Lead.”"""
    waiting = _("Waiting on: %(who)s.", who=who)
    if summary.due_on is None:
        return waiting
    if summary.gate is None:
        return f"{_('Next benefit check due %(day)s.', day=day(summary.due_on))} {waiting}"
    due = _("%(gate)s decision due %(day)s.", gate=_(summary.gate.name), day=day(summary.due_on))
    return f"{due} {waiting}"


def condition_words(one: OpenCondition, today: date) -> str:
    owner = one.owner or _("nobody named")
    if one.due_on < today:
        return _("%(text)s (%(owner)s, was due %(day)s)", text=one.text, owner=owner, day=day(one.due_on))
    return _("%(text)s (%(owner)s, due %(day)s)", text=one.text, owner=owner, day=day(one.due_on))


def money_words(summary: PilotSummary) -> str:
    """What was spent of what was planned; figures published elsewhere are called so."""
    planned, spent = whole_dollars(summary.planned_cents), whole_dollars(summary.spent_cents)
    if summary.from_elsewhere:
        if not summary.planned_cents and not summary.spent_cents:
            return _("No amount is published.")
        if not summary.spent_cents:
            return _("Published: up to %(planned)s planned. No spending is published.", planned=planned)
        return _("Published: %(spent)s spent, up to %(planned)s planned.", spent=spent, planned=planned)
    if not summary.planned_cents and not summary.spent_cents:
        return _("No budget and no expense is recorded.")
    if not summary.planned_cents:
        return _("%(spent)s spent; no budget is recorded.", spent=spent)
    found = _("%(spent)s spent of %(planned)s planned.", spent=spent, planned=planned)
    over = summary.spent_cents - summary.planned_cents
    return f"{found} {_('Over budget by %(amount)s.', amount=whole_dollars(over))}" if over > 0 else found


def blocks(summary: PilotSummary, who: str) -> list[Block]:
    """The head of a document about the pilot; `who` are those who must act."""
    lines = [
        *sentences(summary),
        *(f"{label(one.verdict)} – {criterion_words(one)}" for one in judged(summary)),
    ]
    facts = [(_("Next decision"), next_words(summary, who)), (_("Money"), money_words(summary))]
    facts += [(_("Open condition"), condition_words(one, summary.today)) for one in summary.conditions]
    return [
        Notice(
            "\n".join(lines), title=_("Result: %(result)s", result=label(summary.result)), tone=summary.tone
        ),
        KeyValues(facts),
    ]
