"""The record's part of a dossier: the decision, the proposal, its reviews, readiness, money, risks and history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from incubator.domain.clock import office_day
from incubator.domain.evaluation import Advice
from incubator.domain.gates import GATES, GateKey
from incubator.domain.pilots import severity
from incubator.domain.proposal_form import CURRENT_VERSION, FORMS, sections
from incubator.domain.stages import Outcome, Precision
from incubator.exports.documents import Heading, KeyValues, Notice, Paragraph, TableBlock
from incubator.queries.dossiers import Decided
from incubator.web.dossiers.parts import Evidence, Part, as_day, facts, section
from incubator.web.formats import day, money, number, stated_day
from incubator.web.languages import gettext as _
from incubator.web.proposals.answers import answer_text
from incubator.web.stated import stated_facts
from incubator.web.words import label, plain

REVIEWS_IN = "reviews_in"
OUTCOME_TONES = {"done": "success", "stop": "danger", "wait": "warning"}


def _decided_on(found: Decided) -> str:
    if found.precision is Precision.DAY:
        return day(found.at)
    if found.precision is Precision.NONE:
        return _("Date not recorded")
    return stated_day(office_day(found.at), found.precision)


def decision(found: Decided) -> list[Part]:
    """Who decided what, when and why."""
    gate = GATES[found.gate]
    made: list[Part] = [
        Notice(
            found.reason,
            title=_("%(gate)s: %(outcome)s", gate=_(gate.name), outcome=plain(found.outcome)),
            tone="info",
        )
    ]
    made += facts(
        (_("Decided by"), found.by or _("not recorded")),
        (_("Approved by"), found.approved_by),
        (
            _("Decided on"),
            _decided_on(found),
        ),
        (_("The question at this gate"), _(gate.question)),
        (_("Why it ended"), label(found.end_reason) if found.end_reason else None),
        (
            _("On hold until"),
            day(found.hold_until) if found.hold_until and found.precision is Precision.DAY else None,
        ),
        (_("Handed over to"), found.transferred_to),
        (_("What would change the decision"), found.what_would_change),
    )
    if found.against_advice:
        made.append(
            Notice(
                found.against_advice,
                title=_(
                    "Decided against what the criteria propose (%(advice)s), because",
                    advice=label(found.advice),
                ),
                tone="warning",
            )
        )
    if found.conditions:
        rows = [[one.text, one.owner or "–", day(one.due_on)] for one in found.conditions]
        header = [_("Condition"), _("Who sees to it"), _("Due")]
        made.append(TableBlock(header, rows, _("Conditions of this decision"), shares=(5, 2.2, 2.2)))
    return made


def head(evidence: Evidence) -> list[Part]:
    """What the record is, at one look."""
    proposal, plan = evidence.get("proposal") or {}, evidence.get("plan") or {}
    runs = None
    if plan.get("starts_on") or plan.get("ends_on"):
        runs = _("%(start)s to %(end)s", start=as_day(plan.get("starts_on")), end=as_day(plan.get("ends_on")))
    return facts(
        (_("Agency"), proposal.get("agency")),
        (_("Unit"), proposal.get("unit")),
        (_("Call"), proposal.get("call")),
        (_("Pilot lead"), plan.get("lead")),
        (_("Product owner"), plan.get("product_owner")),
        (_("Runs"), runs),
        (_("Evidence as of"), as_day(evidence.get("taken_at"))),
    )


def proposal(evidence: Evidence) -> list[Part]:
    """The proposal as it was handed in; the whole of it stands in its revision."""
    found = evidence.get("proposal") or {}
    revision = evidence.get("revision") or {}
    made: list[Part] = [Paragraph(found["summary"])] if (found.get("summary") or "").strip() else []
    version = found.get("form_version")
    form = version if version in FORMS else CURRENT_VERSION
    answers = found.get("answers") or {}
    asked = [field for part in sections(form, uses_ai=False) for field in part.fields]
    made += facts(*((_(field.label), answer_text(field, answers.get(field.key))) for field in asked))
    made += facts(
        (_("Vendor"), found.get("vendor")),
        (_("Handed in"), as_day(found["submitted_at"]) if found.get("submitted_at") else None),
        (
            _("Revision"),
            _("%(number)s, SHA-256 %(sha)s", number=revision["number"], sha=revision["sha256"])
            if revision.get("number") and revision.get("sha256")
            else None,
        ),
    )
    return section(_("Proposal"), made)


def scores(evidence: Evidence) -> list[Part]:
    """What the reviewers scored and how far they agree, without a name."""
    found = evidence.get("reviews")
    if found is None:
        return []
    if not found["handed_in"]:
        return section(_("Reviews"), [Paragraph(_("No review was handed in."))])
    said = found["recommendations"]
    agreed = evidence.get("agreement") or {}
    made = facts(
        (_("Handed in"), number(found["handed_in"])),
        (_("Abstained"), number(found["abstained"]) if found.get("abstained") else None),
        (_("Mean and median total"), f"{number(found['mean'], 2)} · {number(found['median'], 2)}"),
        (_("Each total, without names"), " · ".join(number(total, 2) for total in found["totals"])),
        (_("Say yes, maybe, no"), " · ".join(number(said[word]) for word in ("yes", "maybe", "no"))),
        (
            _("Spread of the totals"),
            _("standard deviation %(value)s", value=number(agreed["spread"], 2))
            if agreed.get("spread") is not None
            else None,
        ),
        (_("Agreement"), _agreement(agreed) if agreed else None),
    )
    ranges = {one["title"]: one for one in agreed.get("scores") or []}
    rows = [
        [
            one["title"],
            f"{one['weight']}%" if one.get("weight") is not None else "–",
            number(one["mean"], 2),
            _("%(low)s to %(high)s", low=ranges[one["title"]]["lowest"], high=ranges[one["title"]]["highest"])
            if one["title"] in ranges
            else "–",
        ]
        for one in found.get("criteria") or []
    ]
    if rows:
        header = [_("Criterion"), _("Weight"), _("Mean"), _("Lowest to highest")]
        made.append(
            TableBlock(
                header, rows, _("Scores by criterion, 1 to 5"), numeric=(1, 2, 3), shares=(5, 1.2, 1.2, 2)
            )
        )
    return section(_("Reviews"), made)


def _agreement(found: Mapping[str, Any]) -> str:
    if found.get("alpha") is None:
        return _("cannot be had from these scores")
    return _(
        "Krippendorff's α %(alpha)s over %(count)s criteria of this one proposal "
        "(1 is full agreement, 0 what chance gives; few criteria make it uncertain)",
        alpha=number(found["alpha"], 2),
        count=number(found["criteria"]),
    )


def readiness(evidence: Evidence, *, sees_scores: bool) -> list[Part]:
    """The must-meets of the gate with who answered them."""
    rows = []
    for need in evidence.get("readiness") or []:
        if need["key"] == REVIEWS_IN and not sees_scores:
            continue
        state = (
            _("Does not apply") if need.get("applies") is False else _("Met") if need["met"] else _("Not met")
        )
        who = f"{need['by']}, {as_day(need['at'])}" if need.get("by") else ""
        rows.append(
            [_(need["words"]), state, "\n".join(one for one in (need.get("note") or "", who) if one) or "–"]
        )
    header = [_("Must-meet"), _("State"), _("Note")]
    table = [TableBlock(header, rows, shares=(4, 1.3, 3.7))] if rows else []
    return section(_("Readiness for this gate"), table)


def cost(evidence: Evidence) -> list[Part]:
    """What was asked for, planned and spent, by category."""
    found = evidence.get("money") or {}
    made = facts(
        (_("Asked for"), money(found.get("requested_cents"))),
        (_("Planned"), money(found.get("planned_cents"))),
        (_("Spent"), money(found.get("spent_cents"))),
    )
    rows = [
        [one["category"], money(one["planned_cents"]), money(one["spent_cents"])]
        for one in evidence.get("costs") or []
    ]
    if rows:
        header = [_("Category"), _("Planned"), _("Spent")]
        made.append(TableBlock(header, rows, _("By category"), numeric=(1, 2), shares=(4, 2, 2)))
    return section(_("Cost"), made)


def risks(evidence: Evidence) -> list[Part]:
    rows = []
    for one in evidence.get("risks") or []:
        weight = severity(one["likelihood"], one["impact"])
        rows.append(
            [
                one["title"],
                _("%(word)s (%(likelihood)s × %(impact)s)", word=_(weight.label), likelihood=one["likelihood"],
                  impact=one["impact"]),
                one.get("response") or "–",
                one.get("owner") or "–",
            ]
        )  # fmt: skip
    header = [_("Open risk"), _("Weight"), _("What is done about it"), _("Who watches it")]
    table = (
        [TableBlock(header, rows, shares=(3, 1.5, 3.6, 1.8))]
        if rows
        else [Paragraph(_("No open risk is recorded."))]
    )
    return section(_("Risks"), table)


def conditions(evidence: Evidence) -> list[Part]:
    """Conditions of earlier decisions, and whether they were closed by then."""
    rows = [
        [
            one["text"],
            one["owner"] or "–",
            as_day(one["due_on"]),
            "\n".join(
                text
                for text in (_("Closed") if one["closed"] else _("Open"), one.get("closing_note") or "")
                if text
            ),
        ]
        for one in evidence.get("conditions") or []
    ]
    header = [_("Condition"), _("Who sees to it"), _("Due"), _("State")]
    return section(
        _("Conditions of earlier decisions"),
        [TableBlock(header, rows, shares=(3.6, 1.9, 2.2, 2.3))] if rows else [],
    )


def history(evidence: Evidence) -> list[Part]:
    """The decisions before this one."""
    rows = []
    for one in evidence.get("decisions") or []:
        advice = one.get("advice")
        more = _("The criteria proposed: %(advice)s", advice=label(Advice(advice))) if advice else ""
        if one.get("against_advice"):
            more = _("%(advice)s. Decided against it: %(why)s", advice=more, why=one["against_advice"])
        rows.append(
            [
                as_day(one["at"]),
                f"{_(GATES[GateKey(one['gate'])].name)}\n{plain(Outcome(one['outcome']))}",
                "\n".join(text for text in (one["reason"], more) if text),
                one["by"] or "–",
            ]
        )
    header = [_("Day"), _("Gate and outcome"), _("Reason"), _("By")]
    table = [TableBlock(header, rows, shares=(2.2, 2, 3.9, 1.7))] if rows else []
    return section(_("Decisions before this one"), table or [Paragraph(_("This is the first decision."))])


def source(evidence: Evidence) -> list[Part]:
    """What a published source says of the decision."""
    found = evidence.get("source")
    if not isinstance(found, Mapping):
        return []
    return section(
        _("From the source"),
        facts(*stated_facts(found)),
    )


def seal(found: Decided, digest: str) -> list[Part]:
    """What the file is and how anybody can check it: the end of a sealed dossier."""
    return [
        Heading(_("This file and what it was made from")),
        KeyValues(
            [
                (_("Record"), found.number),
                (_("Decision"), str(found.id)),
                (_("SHA-256 of the evidence"), digest),
            ]
        ),
        Paragraph(
            _(
                "The evidence was frozen with the decision. It is attached to this file as evidence.json, whose own "
                "SHA-256 is the one above. The file was made from it once, stored, and written into the audit trail "
                "with its digest."
            )
        ),
        Paragraph(
            _(
                "To check that nothing was changed since, run on the server: incubator verify dossier and the file's name."
            )
        ),
    ]
