"""The pilot's part of a dossier: what its criteria say, its readings, its plan, what is ready and what was promised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask_babel import ngettext

from incubator.charts import ForestRow, ProcessChart, Reading, VerdictForest
from incubator.domain.evaluation import Advice, AlertKind, Design, Measure, Verdict, never_negative
from incubator.domain.gates import GateKey
from incubator.domain.pilots import PRACTICES, CriterionKind, Direction
from incubator.exports.documents import Heading, Items, Notice, Paragraph, TableBlock
from incubator.web.dossiers.parts import (
    Evidence,
    Figure,
    Part,
    amount,
    as_day,
    facts,
    section,
    written,
    yes_or_no,
)
from incubator.web.formats import number
from incubator.web.gates.advising import because
from incubator.web.languages import gettext as _
from incubator.web.words import change, label

ADVICE_TONES = {Advice.SCALE: "success", Advice.STOP: "danger", Advice.EXTEND: "warning"}


def verdicts(evidence: Evidence) -> list[Part]:
    """What the criteria say, with the chart of all and a line to each."""
    evaluation = evidence.get("evaluation") or {}
    criteria = evaluation.get("criteria") or []
    if not criteria:
        return []
    made: list[Part] = []
    if evidence["gate"] == GateKey.G4:
        advice = Advice(evaluation["advice"])
        made.append(
            Notice(
                because(advice, criteria),
                title=_("The criteria propose: %(advice)s", advice=label(advice)),
                tone=ADVICE_TONES.get(advice, "info"),  # type: ignore[arg-type]
            )
        )
    made.append(Paragraph(_locked_line(evaluation)))
    judged = [one for one in criteria if one["kind"] != CriterionKind.CONTEXT]
    if judged:
        made.append(
            Figure(
                forest(judged),
                _(
                    "The measured change of each criterion as a share of the promised one, with its 95% confidence interval"
                ),
            )
        )
    made.append(
        TableBlock(
            [
                _("Criterion"),
                _("What for"),
                _("Verdict"),
                _("Change and 95% interval"),
                _("Promised"),
                _("Judged on"),
            ],
            [_criterion_row(one) for one in criteria],
            _("The criteria with their verdicts"),
            shares=(2.7, 1.4, 1.6, 2.5, 1.6, 2.2),
        )
    )
    made += _found(evidence, criteria)
    made += _alerts(evaluation.get("alerts") or [])
    return section(_("What the criteria say"), made)


def forest(criteria: list[Mapping[str, Any]]) -> VerdictForest:
    """The chart of the verdicts from the frozen criteria."""
    return VerdictForest(
        rows=tuple(
            ForestRow(
                label=one["name"],
                kind=CriterionKind(one["kind"]),
                verdict=Verdict(one["verdict"]),
                direction=Direction(one["direction"]),
                unit=one["unit"],
                promised=one["promised"],
                change=one["estimate"],
                low=one["low"],
                high=one["high"],
                better=one["better"],
                harm=one["harm"],
                post_hoc=one["post_hoc"],
            )
            for one in criteria
        )
    )


def _criterion_row(one: Mapping[str, Any]) -> list[str]:
    unit = one["unit"]
    kind = label(CriterionKind(one["kind"]))
    if one["post_hoc"]:
        kind += "\n" + _("added after the lock, carries nothing")
    if one.get("removed"):
        kind += "\n" + _("taken out of the plan since")
    verdict = "–"
    if one["kind"] != CriterionKind.CONTEXT:
        given = Verdict(one["verdict"])
        verdict = _("Not recorded yet") if given is Verdict.NOT_YET else label(given)
        if one["harm"] and one["verdict"] != Verdict.MET:
            verdict += "\n" + _("worse than before")
    found = "–" if one["estimate"] is None else change(one["estimate"], unit)
    if one["low"] is not None and one["high"] is not None:
        found += "\n" + _("%(low)s to %(high)s", low=change(one["low"], unit), high=change(one["high"], unit))
    promised = "–" if one["promised"] is None else change(one["promised"], unit)
    on = one.get("horizon_on")
    return [one["name"], kind, verdict, found, promised, as_day(on)]


def _locked_line(evaluation: Mapping[str, Any]) -> str:
    lock = evaluation.get("lock")
    if not lock:
        return _("The plan was not locked, so nothing shows that the criteria came before the data.")
    said = _(
        "Criteria locked on %(day)s by %(one)s and %(other)s.",
        day=as_day(lock["confirmed_at"]),
        one=lock["proposed_by"] or _("somebody"),
        other=lock["confirmed_by"] or _("somebody"),
    )
    count = len(evaluation.get("amendments") or [])
    return f"{said} " + (
        ngettext("One amendment since.", "%(num)s amendments since.", count)
        if count
        else _("No amendment since.")
    )


def _found(evidence: Evidence, criteria: list[Mapping[str, Any]]) -> list[Part]:
    """What each analysis found, why it was chosen and what it cannot tell."""
    names = {one["metric_id"]: one["name"] for one in criteria}
    made: list[Part] = []
    for one in evidence.get("analyses") or []:
        said = [text for key in ("says", "refused", "reason") if (text := _said(one.get(key)))]
        limits = [text for limit in one.get("limits") or [] if (text := _said(limit))]
        if one["metric_id"] in names and (said or limits):
            made.append(Heading(names[one["metric_id"]], 2))
            made += [Paragraph(" ".join(said))] if said else []
            made += [Items(limits)] if limits else []
    return made


def _said(sentence: Any) -> str:
    if not isinstance(sentence, Mapping) or not sentence.get("text"):
        return ""
    params = sentence.get("params") or {}
    return _(sentence["text"], **params) if params else _(sentence["text"])


def _alerts(alerts: list[Mapping[str, Any]]) -> list[Part]:
    if not alerts:
        return []
    rows = [
        [
            one["metric"],
            label(AlertKind(one["kind"])),
            as_day(one["raised_at"]),
            _("%(day)s: %(answer)s", day=as_day(one["answered_at"]), answer=one["answer"])
            if one["answered_at"]
            else _("Not answered"),
        ]
        for one in alerts
    ]
    header = [_("Guardrail"), _("What it said"), _("Raised"), _("Answer")]
    return [TableBlock(header, rows, _("Alerts of guardrails"), shares=(2, 2, 2.2, 3))]


def readings(evidence: Evidence) -> list[Part]:
    """A process chart for each goal and guardrail, and what changed how their numbers come about."""
    made: list[Part] = []
    for one in evidence.get("series") or []:
        if one["points"]:
            made.append(
                Figure(
                    process(one),
                    _("%(metric)s, in %(unit)s", metric=one["name"], unit=one["unit"])
                    if one["unit"]
                    else one["name"],
                    source=one["provenance"],
                    note=one["source"],
                )
            )
            unverified = sum(not point[2] for point in one["points"])
            if unverified:
                made.append(
                    Paragraph(
                        _(
                            "%(part)s of %(all)s readings of “%(metric)s” were not verified by a second person.",
                            part=number(unverified),
                            all=number(len(one["points"])),
                            metric=one["name"],
                        )
                    )
                )
        else:
            made.append(Paragraph(_("“%(metric)s” has no reading.", metric=one["name"])))
    changes = (evidence.get("evaluation") or {}).get("process_changes") or []
    if changes:
        rows = [
            [
                as_day(one["happened_on"]),
                one["what"],
                one["metric"] or _("All metrics"),
                yes_or_no(one["new_limits"]),
            ]
            for one in changes
        ]
        header = [_("Day"), _("What changed"), _("Touches"), _("New limits")]
        made.append(TableBlock(header, rows, _("Changes of the process"), shares=(2.2, 3.8, 1.9, 1.1)))
    return section(_("Readings through time"), made)


def process(one: Mapping[str, Any]) -> ProcessChart:
    """The process chart of a frozen series."""
    launch = one["launch"]
    return ProcessChart(
        metric=one["name"],
        unit=one["unit"],
        direction=Direction(one["direction"]).value,
        readings=tuple(Reading(date.fromisoformat(on), value) for on, value, _verified in one["points"]),
        launch=date.fromisoformat(launch) if launch else None,
        baseline=one["baseline"],
        target=one["target"],
        is_limit=one["kind"] == CriterionKind.GUARDRAIL,
        changes=tuple(date.fromisoformat(on) for on in one["changes"]),
        never_negative=never_negative(Measure(one.get("measure", Measure.VALUE)), one["unit"]),
    )


def plan(evidence: Evidence) -> list[Part]:
    """The evaluation plan as it stood, and every amendment of it."""
    found = evidence.get("plan")
    if not found:
        return []
    evaluation = evidence.get("evaluation") or {}
    design = evaluation.get("design")
    lock = evaluation.get("lock") or {}
    made = facts(
        (_("Question"), evaluation.get("question")),
        (_("Design"), label(Design(design)) if design else None),
        (_("Compared with"), evaluation.get("comparison")),
        (_("Digest of the locked plan"), lock.get("sha256")),
        (_("Locked with too little data because"), lock.get("accepted_reason")),
    )
    for key, name in PRACTICES.items():
        made += written(_(name), found.get(key))
    made += written(_("Exit"), found.get("exit_plan"))
    amendments = evaluation.get("amendments") or []
    if amendments:
        rows = [
            [
                _("%(day)s\n%(name)s", day=as_day(one["at"]), name=one["by"] or _("somebody")),
                one["what"],
                one["reason"],
                ngettext("Yes, %(num)s reading", "Yes, %(num)s readings", one["readings_in"])
                if one["data_seen"]
                else _("No"),
            ]
            for one in amendments
        ]
        header = [_("When and who"), _("What was amended"), _("Why"), _("Data seen before")]
        made.append(TableBlock(header, rows, _("Amendments of the locked plan"), shares=(2.2, 2.4, 3.2, 1.4)))
    return section(_("Evaluation plan"), made or [Paragraph(_("Nothing is written down."))])


def milestones(evidence: Evidence) -> list[Part]:
    rows = [
        [one["title"], as_day(one["due_on"]), as_day(one["reached_on"])]
        for one in evidence.get("milestones") or []
    ]
    header = [_("Milestone"), _("Due"), _("Reached")]
    return section(_("Milestones"), [TableBlock(header, rows, shares=(4, 2, 2))] if rows else [])


def metrics_as_frozen(evidence: Evidence) -> list[Part]:
    """The metrics where their readings were not frozen."""
    if "series" in evidence or not evidence.get("metrics"):
        return []
    rows = [
        [
            one["name"],
            label(CriterionKind(one["kind"])),
            amount(one["baseline"], one["unit"]),
            amount(one["target"], one["unit"]),
            amount(one["latest"], one["unit"]),
            number(one["readings"]),
        ]
        for one in evidence["metrics"]
    ]
    header = [_("Metric"), _("What for"), _("Baseline"), _("Target"), _("Latest"), _("Readings")]
    return section(_("Metrics"), [TableBlock(header, rows, _("Metrics"), numeric=(2, 3, 4, 5))])
