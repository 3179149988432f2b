"""What the record itself answers of the gates' must-meets about evaluation, scaling and AI.

Each is a condition in SQL correlated to Proposal, so that one statement answers it for many records and the
lists of what waits for whom ask the same.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from incubator.domain.ai import AiLevel, EscalationAnswer
from incubator.domain.evaluation import Arm, Verdict
from incubator.domain.pilots import Cadence, CriterionKind, arriving_since
from incubator.domain.scaling import SETTLED, ApprovalArea, ApprovalState
from incubator.models.ai import AiScreening
from incubator.models.evaluation import CriterionVerdict, EvaluationLock, GuardrailAlert
from incubator.models.pilots import Metric, Pilot, Reading
from incubator.models.proposals import Proposal
from incubator.models.scaling import ScaleApproval, ScaleReadiness

STANDING = CriterionVerdict.replaced_at.is_(None)


def _has(chosen: sa.Select[Any]) -> sa.ColumnElement[bool]:
    return chosen.correlate(Proposal).exists()


def _plan_locked() -> sa.ColumnElement[bool]:
    return _has(
        sa.select(EvaluationLock.id)
        .join(Pilot, Pilot.id == EvaluationLock.pilot_id)
        .where(Pilot.proposal_id == Proposal.id, EvaluationLock.confirmed_at.is_not(None))
    )


def _alerts_answered() -> sa.ColumnElement[bool]:
    return ~_has(
        sa.select(GuardrailAlert.id)
        .join(Metric, Metric.id == GuardrailAlert.metric_id)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(Pilot.proposal_id == Proposal.id, GuardrailAlert.answered_at.is_(None))
    )


def carries_the_decision() -> sa.ColumnElement[bool]:
    """The metric is a goal or guardrail fixed before the data. Taking it out of the plan after its verdict
    does not take the verdict away."""
    judged = sa.exists().where(CriterionVerdict.metric_id == Metric.id, STANDING).correlate(Metric)
    return sa.and_(
        Metric.kind.in_((CriterionKind.GOAL, CriterionKind.GUARDRAIL)),
        Metric.post_hoc_at.is_(None),
        sa.or_(Metric.archived_at.is_(None), judged),
    )


def _verdicts_given() -> sa.ColumnElement[bool]:
    fixed = (
        sa.select(Metric.id)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(Pilot.proposal_id == Proposal.id, carries_the_decision())
    )
    said = (
        sa.exists()
        .where(CriterionVerdict.metric_id == Metric.id, STANDING, CriterionVerdict.verdict != Verdict.NOT_YET)
        .correlate(Metric)
    )
    return sa.and_(_has(fixed.where(Metric.kind == CriterionKind.GOAL)), ~_has(fixed.where(~said)))


def _scaling(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return _has(sa.select(ScaleReadiness.id).where(ScaleReadiness.proposal_id == Proposal.id, *conditions))


def _said(text: Any) -> sa.ColumnElement[bool]:
    return sa.func.trim(text) != ""


def _owner_accepted() -> sa.ColumnElement[bool]:
    """Accepted by who owns the product now: with another owner an acceptance lapses."""
    return _has(
        sa.select(ScaleReadiness.id)
        .join(Pilot, Pilot.proposal_id == ScaleReadiness.proposal_id)
        .where(
            ScaleReadiness.proposal_id == Proposal.id,
            ScaleReadiness.owner_accepted_at.is_not(None),
            ScaleReadiness.owner_accepted_by_id == Pilot.product_owner_id,
        )
    )


def _approved() -> sa.ColumnElement[bool]:
    settled = (
        sa.select(sa.func.count())
        .select_from(ScaleApproval)
        .where(ScaleApproval.proposal_id == Proposal.id, ScaleApproval.state.in_(sorted(SETTLED)))
        .correlate(Proposal)
        .scalar_subquery()
    )
    return settled == len(ApprovalArea)


def _refused() -> sa.ColumnElement[bool]:
    return _has(
        sa.select(ScaleApproval.id).where(
            ScaleApproval.proposal_id == Proposal.id, ScaleApproval.state == ApprovalState.REFUSED
        )
    )


def _no_ai() -> sa.ColumnElement[bool]:
    """Nothing is asked where no AI is used, unless somebody answered the questions all the same."""
    return sa.and_(
        ~Proposal.uses_ai, ~_has(sa.select(AiScreening.id).where(AiScreening.proposal_id == Proposal.id))
    )


def _ai_may_go_on() -> sa.ColumnElement[bool]:
    allowed = (EscalationAnswer.ALLOWED, EscalationAnswer.ALLOWED_WITH_LIMITS)
    return _has(
        sa.select(AiScreening.id).where(
            AiScreening.proposal_id == Proposal.id,
            AiScreening.endorsed_at.is_not(None),
            sa.or_(AiScreening.level != AiLevel.HIGH, AiScreening.escalation_answer.in_(allowed)),
        )
    )


FACTS: dict[str, sa.ColumnElement[bool]] = {
    "plan_locked": _plan_locked(),
    "guardrails": _alerts_answered(),
    "verdicts": _verdicts_given(),
    "owner_accepted": _owner_accepted(),
    "funding": _scaling(
        ScaleReadiness.recurring_cents.is_not(None),
        _said(ScaleReadiness.funding_line),
        ScaleReadiness.fiscal_year.is_not(None),
    ),
    "procurement": _scaling(_said(ScaleReadiness.procurement)),
    "approvals": _approved(),
    "support": _scaling(_said(ScaleReadiness.support)),
    "typical_site": _scaling(_said(ScaleReadiness.typicality)),
    "ai": sa.or_(_no_ai(), _ai_may_go_on()),
}
"""Each must-meet's key and the condition under which it is met. Of AI it is only the part that is the incubator's
move, endorsement and escalation: the practices follow rules that no SQL knows. What the gate itself asks is
`queries/ai.ai_state`, which never goes on where this says no."""


def _planned(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return _has(sa.select(Pilot.id).where(Pilot.proposal_id == Proposal.id, *conditions))


PLANNED: dict[str, sa.ColumnElement[bool]] = {
    "end_and_exit": _planned(Pilot.ends_on.is_not(None), _said(Pilot.exit_plan)),
    "pilot_lead": _planned(Pilot.lead_id.is_not(None)),
    "product_owner": _planned(Pilot.product_owner_id.is_not(None)),
    "lesson": _planned(_said(Pilot.lesson)),
}
"""The same for what the plan and the lesson answer, for the lists; a gate reads them from the record itself."""


def data_arrive(today: date) -> sa.ColumnElement[bool]:
    """Every goal is measured at its cadence, as `gate_metrics.all_arriving` says it."""
    goals = (
        sa.select(Metric.id)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(
            Pilot.proposal_id == Proposal.id,
            Metric.archived_at.is_(None),
            Metric.kind == CriterionKind.GOAL,
        )
    )
    since = sa.case(
        {cadence: sa.literal(arriving_since(cadence, today), sa.Date()) for cadence in Cadence},
        value=Metric.cadence,
    )
    arrives = (
        sa.exists()
        .where(
            Reading.metric_id == Metric.id,
            Reading.replaced_at.is_(None),
            Reading.arm == Arm.PILOT,
            Reading.taken_on >= since,
        )
        .correlate(Metric)
    )
    return sa.and_(_has(goals), ~_has(goals.where(~arrives)))


APPROVAL_REFUSED: sa.ColumnElement[bool] = _refused()
"""Whether security, privacy or accessibility was refused, which no condition can cover."""
