"""A dossier as a page, made of the same parts as its file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from incubator.domain.access import Action, can_on_record
from incubator.domain.errors import Forbidden
from incubator.domain.gates import GATES, GateKey
from incubator.exports.documents import Heading
from incubator.queries.dossiers import Decided, Sealed
from incubator.queries.records import RecordHead
from incubator.web.charts import chart_figure
from incubator.web.dossiers.document import parts_of
from incubator.web.dossiers.parts import Evidence, Figure, Part
from incubator.web.record_pages import render_record
from incubator.web.sessions import current_actor


def sees_scores(record: RecordHead) -> bool:
    return bool(can_on_record(current_actor(), Action.SEE_SCORES, record.facts))


def require_all(record: RecordHead) -> None:
    """Raise Forbidden for who may not see all that a file holds."""
    answer = can_on_record(current_actor(), Action.SEE_SCORES, record.facts)
    if not answer:
        raise Forbidden(answer.reason)


def show(record: RecordHead, evidence: Evidence, found: Decided | None, sealed: Sealed | None = None) -> str:
    """The page: a draft without a decision, else the decision's dossier with its file, when it is made."""
    whole = sees_scores(record)
    parts = list(_for_page(parts_of(evidence, found, sees_scores=whole)))
    return render_record(
        "pages/dossiers/show.html",
        record,
        gate=GATES[GateKey(evidence["gate"])],
        found=found,
        sealed=sealed,
        whole=whole,
        parts=parts,
        contents=[(part["anchor"], part["block"].text) for part in parts if part.get("anchor")],
    )


def _for_page(parts: list[Part]) -> Iterator[dict[str, Any]]:
    """Each part with its kind, charts drawn for screens, and an anchor for each main heading."""
    for place, part in enumerate(parts):
        if isinstance(part, Figure):
            figure = chart_figure(
                part.chart,
                f"figure-{place}",
                part.subtitle,
                source=part.source,
                note=part.note,
                with_table=False,
            )
            yield {"kind": "figure", "figure": figure}
        else:
            kind = type(part).__name__.lower()
            anchor = f"part-{place}" if isinstance(part, Heading) and part.level == 1 else ""
            yield {"kind": kind, "block": part, "anchor": anchor, "id": f"block-{place}"}
