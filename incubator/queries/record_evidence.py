"""What a dossier needs of a record besides the gate's own evidence, as plain JSON values.

- `proposal`: `agency`, `unit`, `call`, `summary`, `vendor`, `uses_ai`, `submitted_at`, `form_version` and
  `answers`, the texts of the revision that was handed in, by the form's key.
- `agreement`: how far the reviewers agree, without a name: `reviews`, `alpha` (Krippendorff's, ordinal, over the
  criteria of this one proposal; None where it cannot be had), `criteria` counted in it, `spread` (the standard
  deviation of the totals), `scores` (`title`, `lowest`, `highest`, `count`); None below two reviews.
- `series`: the readings of each goal and guardrail: `metric_id`, `name`, `unit`, `kind`, `direction`, `measure`,
  `baseline`, `target`, `launch`, `changes` (the days that start new limits), `provenance`, `source`, and
  `points`, each `[day, value, verified]`.
- `analyses`: what the analysis behind each standing verdict says: `metric_id`, `method`, `reason`, `says`,
  `refused` and `limits`, each sentence as its `text` and `params`.
"""

from __future__ import annotations

from statistics import stdev
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.pilots import CriterionKind
from incubator.domain.proposal_form import CURRENT_VERSION
from incubator.domain.reviews import ReviewState
from incubator.models.agencies import Agency, Unit
from incubator.models.calls import Call, Criterion
from incubator.models.evaluation import CriterionVerdict
from incubator.models.pilots import Metric, Pilot
from incubator.models.proposals import Proposal, Revision
from incubator.models.reviews import Review, Score
from incubator.queries import metrics as metric_query
from incubator.queries.process_changes import days_for, limit_days
from incubator.queries.visibility import of_newest_revision

TOLD = (
    "affected",
    "sponsor",
    "problem",
    "baseline",
    "tried",
    "evidence",
    "metric",
    "from_value",
    "to_value",
    "risks",
    "owner",
    "funding_line",
)
"""The answers of a proposal that a decision is read beside; the whole of it stands in its revision."""


def proposal_told(session: Session, proposal_id: int) -> dict[str, Any]:
    """The proposal as it was handed in, in one statement."""
    row = session.execute(
        sa.select(
            Agency.name.label("agency"),
            Unit.name.label("unit"),
            Call.title.label("call"),
            Proposal.summary,
            Proposal.vendor,
            Proposal.uses_ai,
            Proposal.submitted_at,
            Revision.content,
            Revision.form_version,
        )
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Unit, Unit.id == Proposal.unit_id)
        .outerjoin(Call, Call.id == Proposal.call_id)
        .outerjoin(
            Revision,
            sa.and_(Revision.proposal_id == Proposal.id, Revision.number == Proposal.revision_number),
        )
        .where(Proposal.id == proposal_id)
    ).one()
    written: dict[str, Any] = {}
    for section in (row.content or {}).get("answers", {}).values():
        written |= section if isinstance(section, dict) else {}
    return {
        "agency": row.agency,
        "unit": row.unit,
        "call": row.call,
        "summary": row.summary,
        "vendor": row.vendor,
        "uses_ai": row.uses_ai,
        "submitted_at": row.submitted_at and row.submitted_at.isoformat(timespec="seconds"),
        "form_version": row.form_version or CURRENT_VERSION,
        "answers": {key: text for key in TOLD if isinstance(text := written.get(key), str) and text.strip()},
    }


def agreement(session: Session, proposal_id: int) -> dict[str, Any] | None:
    """How far the reviews of one record agree, in one statement.

    Source: K. Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), with the criteria as its units.
    """
    rows = session.execute(
        sa.select(Review.id, Review.total, Criterion.id.label("criterion_id"), Criterion.title, Score.value)
        .outerjoin(Score, sa.and_(Score.review_id == Review.id, Score.value.is_not(None)))
        .outerjoin(Criterion, Criterion.id == Score.criterion_id)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(Review.proposal_id == proposal_id, Review.state == ReviewState.SUBMITTED, of_newest_revision())
        .order_by(Criterion.position, Criterion.id, Score.value, Review.id)
    ).all()
    totals = {row.id: row.total for row in rows}
    if len(totals) < 2:
        return None
    known = [total for total in totals.values() if total is not None]
    values: dict[int, tuple[str, list[int]]] = {}
    for row in rows:
        if row.criterion_id is not None:
            values.setdefault(row.criterion_id, (row.title, []))[1].append(row.value)
    found, criteria = _alpha([scores for _title, scores in values.values()])
    return {
        "reviews": len(totals),
        "spread": round(stdev(known), 4) if len(known) > 1 else None,
        "alpha": found,
        "criteria": criteria,
        "scores": [
            {"title": title, "lowest": min(scores), "highest": max(scores), "count": len(scores)}
            for title, scores in values.values()
        ],
    }


def _alpha(units: list[list[int]]) -> tuple[float | None, int]:
    if not any(len(unit) > 1 for unit in units):
        return None, 0
    from incubator.analytics.reliability import alpha  # brings numpy along, which few pages need

    found = alpha(units, "ordinal", seed=0, resamples=0)
    return (round(found.value, 4), found.proposals) if found else (None, 0)


def series(session: Session, proposal_id: int) -> list[dict[str, Any]]:
    """The goals and guardrails in use with every reading of the pilot, in four statements."""
    starts_on = session.scalar(sa.select(Pilot.starts_on).where(Pilot.proposal_id == proposal_id))
    limits = limit_days(session, proposal_id)
    return [
        {
            "metric_id": metric.id,
            "name": metric.name,
            "unit": metric.unit,
            "kind": metric.kind.value,
            "direction": metric.direction.value,
            "measure": metric.measure.value,
            "baseline": metric.baseline,
            "target": metric.target,
            "launch": starts_on and starts_on.isoformat(),
            "changes": [day.isoformat() for day in days_for(limits, metric.id)],
            "provenance": metric.provenance.value,
            "source": metric.source,
            "points": [[point.taken_on.isoformat(), point.value, point.verified] for point in metric.points],
        }
        for metric in metric_query.metrics_of(session, proposal_id)
        if metric.kind is not CriterionKind.CONTEXT
    ]


def analyses(session: Session, proposal_id: int) -> list[dict[str, Any]]:
    """What was found behind each standing verdict, in one statement."""
    rows = session.execute(
        sa.select(CriterionVerdict.metric_id, CriterionVerdict.content)
        .join(Metric, Metric.id == CriterionVerdict.metric_id)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(Pilot.proposal_id == proposal_id, CriterionVerdict.replaced_at.is_(None))
        .order_by(CriterionVerdict.metric_id)
    )
    return [
        {
            "metric_id": row.metric_id,
            **{key: row.content.get(key) for key in ("method", "reason", "says", "refused", "limits")},
        }
        for row in rows
    ]
