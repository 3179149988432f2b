"""What a decision rests on, as plain JSON values, so that it can be frozen with the decision.

The content: `shape` (SHAPE; earlier evidence has none), `taken_at`, `gate`, `number`, `title`, `revision`, `money`,
`plan` (None before there is a pilot), `readiness`, `reviews`, `metrics`, `risks`, `conditions`, `decisions`,
`proposal` and `agreement` (see `queries/record_evidence`); for a record with a pilot also what
`queries/pilot_evidence` names. A decision against the advice adds `against_advice`: `advice`, `reason`,
`proposed_by`, `proposed_at`, `approved_by`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from statistics import fmean, median
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.canonical import canonical as canonical
from incubator.domain.canonical import digest as digest
from incubator.domain.gates import Gate, applies, is_met
from incubator.domain.reviews import ReviewState
from incubator.models.accounts import Person
from incubator.models.gates import Decision
from incubator.models.pilots import Pilot, Risk
from incubator.models.proposals import Proposal, Revision
from incubator.models.reviews import Review
from incubator.queries import feedback, pilot_evidence, record_evidence
from incubator.queries import gates as query
from incubator.queries.advice import Standing
from incubator.queries.gate_metrics import MetricState
from incubator.queries.visibility import of_newest_revision

SHAPE = 2
"""The form of the evidence from which a dossier can be sealed; what was frozen before holds less."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """`content` is what is frozen, `state` and `conditions` the rows it was made from, for the page.
    `standing` is what its criteria propose, None before there is a pilot."""

    content: dict[str, Any]
    standing: Standing | None
    state: query.GateState
    conditions: tuple[query.ConditionRow, ...]
    decisions: tuple[query.DecisionRow, ...]


def gather(session: Session, proposal_id: int, gate: Gate, *, now: datetime) -> Evidence:
    """The evidence on a record at a gate as it stands now, in eleven statements at most before there is a pilot."""
    state = query.gate_state(session, proposal_id, gate, now=now)
    conditions = query.conditions(session, proposal_id)
    decisions = query.decisions(session, proposal_id)
    head = _head(session, proposal_id)
    content: dict[str, Any] = {
        "shape": SHAPE,
        "taken_at": now.isoformat(timespec="seconds"),
        "gate": gate.key.value,
        **head,
        "readiness": _readiness(gate, state),
        "reviews": review_evidence(session, [proposal_id])[proposal_id],
        "metrics": [_metric(metric) for metric in state.metrics],
        "risks": _risks(session, proposal_id),
        "conditions": [_condition(condition) for condition in conditions],
        "decisions": [_decision(decision) for decision in reversed(decisions)],
        "proposal": record_evidence.proposal_told(session, proposal_id),
        "agreement": record_evidence.agreement(session, proposal_id),
    }
    found = None
    if head["plan"] is not None:
        part, found = pilot_evidence.gather(session, proposal_id)
        content |= part
    return Evidence(content, found, state, conditions, decisions)


def frozen(session: Session, proposal_id: int) -> dict[int, dict[str, Any]]:
    """The evidence of each of the record's decisions as it was frozen, by decision."""
    rows = session.execute(
        sa.select(Decision.id, Decision.evidence).where(Decision.proposal_id == proposal_id)
    )
    return {row.id: row.evidence for row in rows}


@cache
def _head_statement() -> sa.Select[*tuple[Any, ...]]:
    """Built once: putting a statement together costs more than running it."""
    lead, owner = aliased(Person), aliased(Person)
    return (
        sa.select(
            Proposal.number,
            Proposal.title,
            Proposal.revision_number,
            Revision.sha256,
            Proposal.requested_cents,
            Proposal.planned_cents,
            Proposal.spent_cents,
            Pilot.id.label("pilot_id"),
            Pilot.starts_on,
            Pilot.ends_on,
            *(getattr(Pilot, key) for key in query.PLAN_TEXTS),
            Pilot.exit_plan,
            Pilot.lesson,
            lead.name.label("lead"),
            owner.name.label("product_owner"),
        )
        .outerjoin(
            Revision,
            sa.and_(Revision.proposal_id == Proposal.id, Revision.number == Proposal.revision_number),
        )
        .outerjoin(Pilot, Pilot.proposal_id == Proposal.id)
        .outerjoin(lead, lead.id == Pilot.lead_id)
        .outerjoin(owner, owner.id == Pilot.product_owner_id)
        .where(Proposal.id == sa.bindparam("proposal_id"))
    )


def _head(session: Session, proposal_id: int) -> dict[str, Any]:
    row = session.execute(_head_statement(), {"proposal_id": proposal_id}).one()
    plan = {
        "lead": row.lead,
        "product_owner": row.product_owner,
        "starts_on": row.starts_on and row.starts_on.isoformat(),
        "ends_on": row.ends_on and row.ends_on.isoformat(),
        **{key: getattr(row, key) for key in (*query.PLAN_TEXTS, "exit_plan", "lesson")},
    }
    return {
        "number": row.number,
        "title": row.title,
        "revision": {"number": row.revision_number, "sha256": row.sha256},
        "money": {
            "requested_cents": row.requested_cents,
            "planned_cents": row.planned_cents,
            "spent_cents": row.spent_cents,
        },
        "plan": plan if row.pilot_id is not None else None,
    }


def _readiness(gate: Gate, state: query.GateState) -> list[dict[str, Any]]:
    rows = []
    for need in gate.must_meets:
        check = state.checks.get(need.key)
        rows.append(
            {
                "key": need.key,
                "words": need.words,
                "met": is_met(need, state.readiness),
                "applies": applies(need, state.readiness),
                "note": check.note if check else "",
                "by": check.by if check else None,
                "at": check.at.isoformat(timespec="seconds") if check else None,
            }
        )
    return rows


def review_evidence(session: Session, proposal_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Totals and the means of the criteria without names, by proposal, in two statements: who scored what
    stays with the reviews themselves."""
    rows = session.execute(
        sa.select(Review.proposal_id, Review.state, Review.total, Review.recommendation)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(
            of_newest_revision(),
            Review.proposal_id.in_(sorted(proposal_ids)),
            Review.state.in_((ReviewState.SUBMITTED, ReviewState.ABSTAINED)),
        )
        .order_by(Review.total, Review.id)
    ).all()
    criteria = feedback.criterion_means(session, proposal_ids)
    return {
        key: _reviews([row for row in rows if row.proposal_id == key], criteria.get(key, []))
        for key in proposal_ids
    }


def _reviews(rows: list[Any], criteria: list[dict[str, Any]]) -> dict[str, Any]:
    handed_in = [row for row in rows if row.state is ReviewState.SUBMITTED]
    totals = [round(row.total, 4) for row in handed_in if row.total is not None]
    said = [row.recommendation.value for row in handed_in if row.recommendation is not None]
    return {
        "handed_in": len(handed_in),
        "abstained": len(rows) - len(handed_in),
        "totals": totals,
        "mean": round(fmean(totals), 4) if totals else None,
        "median": round(median(totals), 4) if totals else None,
        "recommendations": {word: said.count(word) for word in ("yes", "maybe", "no")},
        "criteria": criteria,
    }


def _metric(metric: MetricState) -> dict[str, Any]:
    return {
        "name": metric.name,
        "unit": metric.unit,
        "kind": metric.kind.value,
        "baseline": metric.baseline,
        "target": metric.target,
        "latest": metric.latest,
        "latest_on": metric.latest_on and metric.latest_on.isoformat(),
        "readings": metric.readings,
    }


def _risks(session: Session, proposal_id: int) -> list[dict[str, Any]]:
    rows = session.execute(
        sa.select(Risk.title, Risk.likelihood, Risk.impact, Risk.response, Risk.owner_name.label("owner"))
        .where(Risk.proposal_id == proposal_id, Risk.closed_at.is_(None))
        .order_by((Risk.likelihood * Risk.impact).desc(), Risk.id)
    )
    return [dict(row._mapping) for row in rows]


def _condition(condition: query.ConditionRow) -> dict[str, Any]:
    return {
        "text": condition.text,
        "owner": condition.owner,
        "due_on": condition.due_on.isoformat(),
        "closed": condition.closed_at is not None,
        "closing_note": condition.closing_note,
    }


def _decision(decision: query.DecisionRow) -> dict[str, Any]:
    return {
        "id": decision.id,
        "gate": decision.gate.value,
        "outcome": decision.outcome.value,
        "reason": decision.reason,
        "by": decision.by,
        "advice": decision.advice.value if decision.advice else None,
        "against_advice": decision.against_advice,
        "approved_by": decision.approved_by,
        "at": decision.at.isoformat(timespec="seconds"),
        "sha256": decision.evidence_sha256,
    }
