"""What a pilot itself contributes to a decision's evidence, as plain JSON values.

`gather` answers, for a record with a pilot (each key is there, empty where nothing was recorded):

- `evaluation`: `question`, `design`, `comparison`; `lock` (`sha256`, `proposed_at`, `proposed_by`,
  `confirmed_at`, `confirmed_by`, `underpowered`, `accepted_reason`) or None; `amendments` (`what`, `reason`,
  `data_seen`, `readings_in`, `sha256`, `at`, `by`); `criteria` (`metric_id`, `name`, `unit`, `kind`,
  `direction`, `baseline`, `target`, `post_hoc`, `removed`, `carries`, `verdict`, `better`, `harm`, `promised`,
  `estimate`, `low`, `high`, `completeness`, `horizon_on`, `given_at`, `given_by`; the figures are changes in the
  unit); `advice`; `alerts` (`metric`, `kind`, `raised_at`, `answered_at`, `answer`); `process_changes`
  (`metric` or None for all, `happened_on`, `what`, `new_limits`).
- `scaling`: `owner_accepted_at`, `owner_accepted_by`, `owner_note`, `recurring_cents`, `funding_line`,
  `fiscal_year`, `procurement`, `support`, `typicality`, and `approvals` (`area`, `state`, `note`, `given_at`,
  `given_by`); None before anything was prepared.
- `ai`: `level`, `high_impact`, `assessed_at`, `endorsed_at`, `endorsed_by`, `escalated_at`,
  `escalation_answer`, `escalation_note`, `practices` (`practice`, `state`, `evidence`); None without a screening.
- `benefits`: `name`, `kind`, `unit`, `owner`, `baseline`, `baseline_note`, `low`, `likely`, `high` (hundredths of
  the unit, a year), `years`, `starts_on`, `budget_line`, and `checks` (`months`, `certainty`, `amount`, `low` and
  `high` in the same hundredths, `realized`: in words, what the amount rests on, and `unknown_reason`).
- `close_out`: its parts by name, `tags`, `written_at`, `written_by`; or None.
- `series` and `analyses` as `queries/record_evidence` names them.
- `milestones`: `title`, `due_on`, `reached_on`. `costs`: `category`, `planned_cents`, `spent_cents`.

Days and moments are ISO text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from enum import Enum
from math import isfinite
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.scaling import CLOSE_OUT_PARTS
from incubator.models.accounts import Person
from incubator.models.ai import AiPractice, AiScreening
from incubator.models.benefits import Benefit, PromisedBenefit
from incubator.models.evaluation import GuardrailAlert, ProcessChange
from incubator.models.pilots import BudgetLine, Expense, Metric, Milestone, Pilot
from incubator.models.scaling import CloseOut, LessonTag, ScaleApproval, ScaleReadiness
from incubator.queries import record_evidence
from incubator.queries.advice import Standing, standing
from incubator.queries.evaluation_plan import AmendmentRow, LockState


def gather(session: Session, proposal_id: int) -> tuple[dict[str, Any], Standing]:
    """The pilot's part of the evidence and what its criteria propose, in twenty-one statements at most."""
    found = standing(session, proposal_id)
    content = {
        "evaluation": _evaluation(session, proposal_id, found),
        "scaling": _scaling(session, proposal_id),
        "ai": _ai(session, proposal_id),
        "benefits": _benefits(session, proposal_id),
        "close_out": _close_out(session, proposal_id),
        "milestones": _rows(
            session,
            sa.select(Milestone.title, Milestone.due_on, Milestone.reached_on)
            .where(Milestone.proposal_id == proposal_id, Milestone.removed_at.is_(None))
            .order_by(Milestone.due_on, Milestone.id),
        ),
        "costs": _costs(session, proposal_id),
        "series": plain(record_evidence.series(session, proposal_id)),
        "analyses": plain(record_evidence.analyses(session, proposal_id)),
    }
    return content, found


def plain(value: Any) -> Any:
    """A value as JSON holds it: days as ISO text, enum members as their value, nothing that is no number."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _rows(session: Session, chosen: sa.Select[*tuple[Any, ...]]) -> list[dict[str, Any]]:
    return [plain(dict(row._mapping)) for row in session.execute(chosen)]


def _one(session: Session, chosen: sa.Select[*tuple[Any, ...]]) -> dict[str, Any] | None:
    return next(iter(_rows(session, chosen)), None)


def _lock(lock: LockState) -> dict[str, Any] | None:
    if not lock.is_locked:
        return None
    told: dict[str, Any] = plain(
        {
            "sha256": lock.sha256,
            "proposed_at": lock.proposed_at,
            "proposed_by": lock.proposed_by,
            "confirmed_at": lock.locked_at,
            "confirmed_by": lock.confirmed_by,
            "underpowered": list(lock.underpowered),
            "accepted_reason": lock.accepted_reason,
        }
    )
    return told


def _amendment(row: AmendmentRow) -> dict[str, Any]:
    told: dict[str, Any] = plain(
        {
            "what": row.what,
            "reason": row.reason,
            "data_seen": row.data_seen,
            "readings_in": row.readings_in,
            "sha256": row.sha256,
            "at": row.made_at,
            "by": row.made_by,
        }
    )
    return told


def told(found: Standing) -> dict[str, Any]:
    """The lock, the amendments, the criteria and the advice, as they are frozen."""
    return {
        "lock": _lock(found.lock),
        "amendments": [_amendment(one) for one in found.lock.amendments],
        "criteria": [{**plain(asdict(one)), "carries": one.carries} for one in found.criteria],
        "advice": found.advice.value,
    }


def _evaluation(session: Session, proposal_id: int, found: Standing) -> dict[str, Any]:
    plan = _one(
        session,
        sa.select(Pilot.question, Pilot.design, Pilot.comparison).where(Pilot.proposal_id == proposal_id),
    )
    alerts = (
        sa.select(
            Metric.name.label("metric"),
            GuardrailAlert.kind,
            GuardrailAlert.raised_at,
            GuardrailAlert.answered_at,
            GuardrailAlert.answer,
        )
        .join(Metric, Metric.id == GuardrailAlert.metric_id)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(Pilot.proposal_id == proposal_id)
        .order_by(GuardrailAlert.raised_at, GuardrailAlert.id)
    )
    changes = (
        sa.select(
            Metric.name.label("metric"),
            ProcessChange.happened_on,
            ProcessChange.what,
            ProcessChange.new_limits,
        )
        .join(Pilot, Pilot.id == ProcessChange.pilot_id)
        .outerjoin(Metric, Metric.id == ProcessChange.metric_id)
        .where(Pilot.proposal_id == proposal_id, ProcessChange.struck_at.is_(None))
        .order_by(ProcessChange.happened_on, ProcessChange.id)
    )
    return {
        **(plan or {}),
        **told(found),
        "alerts": _rows(session, alerts),
        "process_changes": _rows(session, changes),
    }


def _scaling(session: Session, proposal_id: int) -> dict[str, Any] | None:
    ready = _one(
        session,
        sa.select(
            ScaleReadiness.owner_accepted_at,
            Person.name.label("owner_accepted_by"),
            ScaleReadiness.owner_note,
            ScaleReadiness.recurring_cents,
            ScaleReadiness.funding_line,
            ScaleReadiness.fiscal_year,
            ScaleReadiness.procurement,
            ScaleReadiness.support,
            ScaleReadiness.typicality,
        )
        .outerjoin(Person, Person.id == ScaleReadiness.owner_accepted_by_id)
        .where(ScaleReadiness.proposal_id == proposal_id),
    )
    approvals = _rows(
        session,
        sa.select(
            ScaleApproval.area,
            ScaleApproval.state,
            ScaleApproval.note,
            ScaleApproval.given_at,
            Person.name.label("given_by"),
        )
        .outerjoin(Person, Person.id == ScaleApproval.given_by_id)
        .where(ScaleApproval.proposal_id == proposal_id)
        .order_by(ScaleApproval.id),
    )
    return {**(ready or {}), "approvals": approvals} if ready or approvals else None


def _ai(session: Session, proposal_id: int) -> dict[str, Any] | None:
    endorser = aliased(Person)
    screening = _one(
        session,
        sa.select(
            AiScreening.level,
            AiScreening.high_impact,
            AiScreening.assessed_at,
            AiScreening.endorsed_at,
            endorser.name.label("endorsed_by"),
            AiScreening.escalated_at,
            AiScreening.escalation_answer,
            AiScreening.escalation_note,
        )
        .outerjoin(endorser, endorser.id == AiScreening.endorsed_by_id)
        .where(AiScreening.proposal_id == proposal_id),
    )
    if screening is None:
        return None
    practices = (
        sa.select(AiPractice.practice, AiPractice.state, AiPractice.evidence)
        .join(AiScreening, AiScreening.id == AiPractice.screening_id)
        .where(AiScreening.proposal_id == proposal_id)
        .order_by(AiPractice.id)
    )
    return {**screening, "practices": _rows(session, practices)}


def _benefits(session: Session, proposal_id: int) -> list[dict[str, Any]]:
    promised = _rows(
        session,
        sa.select(
            PromisedBenefit.id,
            PromisedBenefit.name,
            PromisedBenefit.kind,
            PromisedBenefit.unit,
            PromisedBenefit.owner_name.label("owner"),
            PromisedBenefit.baseline,
            PromisedBenefit.baseline_note,
            PromisedBenefit.low,
            PromisedBenefit.likely,
            PromisedBenefit.high,
            PromisedBenefit.years,
            PromisedBenefit.starts_on,
            PromisedBenefit.budget_line,
        )
        .where(PromisedBenefit.proposal_id == proposal_id, PromisedBenefit.removed_at.is_(None))
        .order_by(PromisedBenefit.id),
    )
    if not promised:
        return []
    checks = _rows(
        session,
        sa.select(
            Benefit.promise_id,
            Benefit.months,
            Benefit.certainty,
            Benefit.realised,
            Benefit.unknown_reason,
            Benefit.amount,
            Benefit.low,
            Benefit.high,
        )
        .where(Benefit.proposal_id == proposal_id, Benefit.promise_id.is_not(None))
        .order_by(Benefit.months, Benefit.id),
    )
    of: dict[int, list[dict[str, Any]]] = {}
    for check in checks:
        of.setdefault(check.pop("promise_id"), []).append(check)
    return [{**one, "checks": of.get(one.pop("id"), [])} for one in promised]


def _close_out(session: Session, proposal_id: int) -> dict[str, Any] | None:
    written = _one(
        session,
        sa.select(
            *(getattr(CloseOut, key) for key in CLOSE_OUT_PARTS),
            CloseOut.written_at,
            Person.name.label("written_by"),
        )
        .outerjoin(Person, Person.id == CloseOut.written_by_id)
        .where(CloseOut.proposal_id == proposal_id),
    )
    if written is None:
        return None
    tags = session.scalars(
        sa.select(LessonTag.tag)
        .join(CloseOut, CloseOut.id == LessonTag.close_out_id)
        .where(CloseOut.proposal_id == proposal_id)
        .order_by(LessonTag.tag)
    )
    return {**written, "tags": list(tags)}


def _costs(session: Session, proposal_id: int) -> list[dict[str, Any]]:
    none = sa.literal(0, sa.BigInteger)
    planned = sa.select(
        BudgetLine.category, BudgetLine.cents.label("planned_cents"), none.label("spent_cents")
    ).where(BudgetLine.proposal_id == proposal_id)
    spent = sa.select(
        Expense.category, none.label("planned_cents"), Expense.cents.label("spent_cents")
    ).where(Expense.proposal_id == proposal_id, Expense.struck_at.is_(None))
    each = sa.union_all(planned, spent).subquery()
    rows = session.execute(
        sa.select(each.c.category, sa.func.sum(each.c.planned_cents), sa.func.sum(each.c.spent_cents))
        .group_by(each.c.category)
        .order_by(each.c.category)
    )
    return [
        {"category": category, "planned_cents": int(planned), "spent_cents": int(spent)}
        for category, planned, spent in rows
    ]
