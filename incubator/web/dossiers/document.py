"""One way from evidence to a dossier, for the page and for the file."""

from __future__ import annotations

from datetime import datetime

from flask import current_app

from incubator.charts import Cache
from incubator.domain.clock import office_day
from incubator.domain.gates import GATES, Gate, GateKey
from incubator.domain.words import GATE_LABELS
from incubator.exports.documents import Document, Enclosed, Items, Notice, TagLine, to_pdf
from incubator.queries.dossiers import Decided
from incubator.queries.gate_evidence import SHAPE, canonical
from incubator.web.dossiers import outcome_parts, pilot_parts, record_parts
from incubator.web.dossiers.parts import Evidence, Part, as_day, on_paper, section
from incubator.web.languages import gettext as _
from incubator.web.words import plain


def parts_of(evidence: Evidence, found: Decided | None, *, sees_scores: bool) -> list[Part]:
    """The dossier from top to bottom. Without a decision it is a draft of what stands now.

    Nothing but the evidence and the decision itself goes into it. Scores, and whether the reviews are in, are left
    out for who may not see them.
    """
    gate = GATES[GateKey(evidence["gate"])]
    made: list[Part] = [TagLine([_(gate.name), plain(found.outcome) if found else _("Draft")])]
    if current_app.config["DEMONSTRATION"]:
        made.append(
            Notice(_("Demonstration data. Nothing here is a real decision of this office."), tone="warning")
        )
    made += record_parts.decision(found) if found else _draft_notice(evidence, gate)
    made += record_parts.head(evidence)
    made += pilot_parts.verdicts(evidence)
    made += pilot_parts.readings(evidence)
    made += pilot_parts.metrics_as_frozen(evidence)
    made += record_parts.proposal(evidence)
    if sees_scores:
        made += record_parts.scores(evidence)
    made += pilot_parts.plan(evidence)
    made += record_parts.readiness(evidence, sees_scores=sees_scores)
    made += record_parts.cost(evidence)
    made += record_parts.risks(evidence)
    made += record_parts.conditions(evidence)
    made += pilot_parts.milestones(evidence)
    made += outcome_parts.scaling(evidence)
    made += outcome_parts.artificial_intelligence(evidence)
    made += outcome_parts.benefits(evidence)
    made += outcome_parts.lessons(evidence)
    made += record_parts.source(evidence)
    made += record_parts.history(evidence)
    made += _missing(evidence)
    return made


def _draft_notice(evidence: Evidence, gate: Gate) -> list[Part]:
    return [
        Notice(
            _(
                "%(question)s Nothing is decided yet. What is decided is decided from the evidence as it stands then, "
                "which is frozen with the decision.",
                question=_(gate.question),
            ),
            title=_("Draft: as it stands on %(day)s", day=as_day(evidence.get("taken_at"))),
            tone="warning",
        )
    ]


def _missing(evidence: Evidence) -> list[Part]:
    """What earlier decisions did not freeze, said rather than left open."""
    if evidence.get("shape", 1) >= SHAPE:
        return []
    wanted = [
        ("proposal", _("The proposal's answers")),
        ("agreement", _("How far the reviewers agreed")),
        ("risks", _("Risks")),
        ("conditions", _("Conditions of earlier decisions")),
    ]
    if evidence.get("plan"):
        wanted += [
            ("evaluation", _("The locked plan, its amendments and the verdicts")),
            ("series", _("The readings behind the charts")),
            ("costs", _("Cost by category")),
            ("benefits", _("Benefits promised")),
        ]
    absent = [words for key, words in wanted if key not in evidence]
    if not absent:
        return []
    return section(
        _("What was not frozen with this decision"),
        [Items(absent)],
    )


def document_of(evidence: Evidence, found: Decided | None, made_at: datetime) -> Document:
    """The whole dossier as a document, with everything that was frozen. Sealed where there is a decision."""
    gate = GATES[GateKey(evidence["gate"])]
    parts = parts_of(evidence, found, sees_scores=True)
    enclosed = None
    keywords = [_("Draft")]
    if found is not None:
        parts += record_parts.seal(found, found.evidence_sha256)
        keywords = marks(found)
        text = canonical(found.evidence)
        enclosed = Enclosed(
            "evidence.json",
            "application/json",
            text.decode("utf-8", "replace"),
            _("The evidence as it was frozen with the decision"),
        )
    return Document(
        title=evidence["title"],
        subtitle=_("Evidence dossier · %(gate)s", gate=_(gate.name)),
        blocks=on_paper(parts),
        number=evidence["number"],
        day=office_day(found.at if found else made_at),
        page_words=(_("Page "), _(" of ")),
        keywords=keywords,
        enclosed=enclosed,
    )


def marks(found: Decided) -> list[str]:
    """What the file's metadata says it is: read again when a file is checked."""
    return [f"record {found.number}", f"decision {found.id}", f"evidence-sha256 {found.evidence_sha256}"]


def file_of(evidence: Evidence, found: Decided | None, made_at: datetime) -> bytes:
    """The dossier as a PDF."""
    cache = Cache(current_app.config["SETTINGS"].chart_cache)
    return to_pdf(document_of(evidence, found, made_at), made_at, fonts=cache.cut_fonts())


def file_name(number: str, gate: GateKey, *, draft: bool = False) -> str:
    """CDOT-0042-scale-dossier.pdf."""
    word = GATE_LABELS[gate].lower().replace(" ", "-")
    return f"{number}-{word}-dossier{'-draft' if draft else ''}.pdf"
