"""What a dossier says of what comes after the pilot: scaling, the use of AI, benefits and lessons."""

from __future__ import annotations

from incubator.domain.ai import AiLevel, EscalationAnswer, PracticeState
from incubator.domain.ai_rules import find_practice
from incubator.domain.benefits import BenefitKind, Certainty
from incubator.domain.pilots import with_unit
from incubator.domain.scaling import CLOSE_OUT_PARTS, ApprovalArea, ApprovalState
from incubator.exports.documents import TableBlock
from incubator.web.dossiers.parts import (
    Evidence,
    Part,
    as_day,
    facts,
    section,
    written,
    yes_or_no,
)
from incubator.web.formats import money, number
from incubator.web.languages import gettext as _
from incubator.web.words import label


def scaling(evidence: Evidence) -> list[Part]:
    """What is prepared for scaling."""
    found = evidence.get("scaling")
    if not found:
        return []
    accepted = found.get("owner_accepted_at")
    year = found.get("fiscal_year")
    cents = found.get("recurring_cents")
    made = facts(
        (
            _("Product owner accepted"),
            _("%(name)s, %(day)s", name=found.get("owner_accepted_by") or _("somebody"), day=as_day(accepted))
            if accepted
            else _("Not yet"),
        ),
        (_("What the owner noted"), found.get("owner_note")),
        (_("Cost a year"), money(cents) if cents is not None else None),
        (_("Funding line"), found.get("funding_line")),
        (_("Fiscal year"), str(year) if year else None),
        (_("Procurement"), found.get("procurement")),
        (_("Support"), found.get("support")),
        (_("How typical the sites were"), found.get("typicality")),
    )
    if found.get("approvals"):
        rows = [
            [
                label(ApprovalArea(one["area"])),
                label(ApprovalState(one["state"])),
                one["note"] or "–",
                _("%(name)s, %(day)s", name=one["given_by"] or _("somebody"), day=as_day(one["given_at"]))
                if one["given_at"]
                else "–",
            ]
            for one in found["approvals"]
        ]
        header = [_("Approval"), _("Answer"), _("Note"), _("Given by")]
        made.append(TableBlock(header, rows, _("Approvals"), shares=(1.6, 1.6, 3.4, 2.4)))
    return section(_("Ready to scale"), made)


def artificial_intelligence(evidence: Evidence) -> list[Part]:
    """The AI screening: its level, who stands behind it, and the practices."""
    found = evidence.get("ai")
    if not found:
        return []
    answer = found.get("escalation_answer")
    made = facts(
        (_("Risk level"), label(AiLevel(found["level"])) if found.get("level") else None),
        (_("High impact"), yes_or_no(found.get("high_impact"))),
        (_("Screened"), as_day(found.get("assessed_at"))),
        (
            _("Endorsed"),
            _(
                "%(name)s, %(day)s",
                name=found["endorsed_by"] or _("somebody"),
                day=as_day(found["endorsed_at"]),
            )
            if found.get("endorsed_at")
            else _("Not yet"),
        ),
        (
            _("Escalated"),
            _(
                "%(day)s: %(answer)s",
                day=as_day(found["escalated_at"]),
                answer=label(EscalationAnswer(answer)),
            )
            if found.get("escalated_at") and answer
            else as_day(found.get("escalated_at"))
            if found.get("escalated_at")
            else None,
        ),
        (_("What the answer said"), found.get("escalation_note")),
    )
    rows = []
    for one in found.get("practices") or []:
        known = find_practice(one["practice"])
        rows.append(
            [
                _(known.name) if known else one["practice"],
                label(PracticeState(one["state"])),
                one["evidence"] or "–",
            ]
        )
    if rows:
        header = [_("Practice"), _("State"), _("Evidence")]
        made.append(TableBlock(header, rows, _("Required practices"), shares=(2.4, 1.2, 4)))
    return section(_("Use of artificial intelligence"), made)


def benefits(evidence: Evidence) -> list[Part]:
    """What was promised, and what was found of it so far."""
    rows = []
    for one in evidence.get("benefits") or []:
        unit = (
            ""
            if one["kind"] == BenefitKind.CASH
            else _("hours")
            if one["kind"] == BenefitKind.HOURS
            else one["unit"]
        )
        checks = [line for check in one["checks"] for line in _measured(check, one["kind"], unit)]
        rows.append(
            [
                f"{one['name']}\n{label(BenefitKind(one['kind']))}",
                one["owner"] or "–",
                _hundredths(one["likely"], one["kind"], unit),
                _(
                    "%(low)s to %(high)s",
                    low=_hundredths(one["low"], one["kind"], unit),
                    high=_hundredths(one["high"], one["kind"], unit),
                ),
                "\n".join(checks) or _("Not measured yet"),
            ]
        )
    if not rows:
        return []
    header = [_("Benefit"), _("Owner"), _("Likely a year"), _("Low to high"), _("Measured")]
    return section(
        _("Benefits promised"),
        [TableBlock(header, rows, _("Promised benefits"), shares=(2.6, 1.8, 1.6, 2.2, 2.4))],
    )


def _measured(check: Evidence, kind: str, unit: str) -> list[str]:
    """A check's amount a year with its range, and below it in words what that rests on."""
    certainty = label(Certainty(check["certainty"])) if check["certainty"] else "–"
    if check.get("amount") is None:
        said = certainty
    elif check.get("low") is None or check["low"] == check["high"]:
        said = f"{certainty}, {_hundredths(check['amount'], kind, unit)}"
    else:
        said = _(
            "%(certainty)s, %(amount)s (%(low)s to %(high)s)",
            certainty=certainty,
            amount=_hundredths(check["amount"], kind, unit),
            low=_hundredths(check["low"], kind, unit),
            high=_hundredths(check["high"], kind, unit),
        )
    words = check.get("realised") or check.get("unknown_reason")
    return [
        _("%(months)s months: %(said)s", months=number(check["months"]), said=said),
        *([words] if words else []),
    ]


def _hundredths(value: int | None, kind: str, unit: str) -> str:
    if value is None:
        return "–"
    return money(value) if kind == BenefitKind.CASH else with_unit(value / 100, unit)


def lessons(evidence: Evidence) -> list[Part]:
    """The lesson and the close-out."""
    made = written(_("The lesson"), (evidence.get("plan") or {}).get("lesson"))
    closed = evidence.get("close_out") or {}
    for key, name in CLOSE_OUT_PARTS.items():
        made += written(_(name), closed.get(key))
    made += facts(
        (_("Tags"), ", ".join(closed.get("tags") or [])),
        (
            _("Written"),
            _(
                "%(name)s, %(day)s",
                name=closed["written_by"] or _("somebody"),
                day=as_day(closed["written_at"]),
            )
            if closed.get("written_at")
            else None,
        ),
    )
    return section(_("Lessons and close-out"), made)
