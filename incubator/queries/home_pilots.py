"""What waits for somebody on pilots: plans, readings, alerts, verdicts, and the hand-over with its benefits."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.ai_rules import check_due
from incubator.domain.benefits import BENEFIT_MONTHS
from incubator.domain.clock import end_of_day, office_day
from incubator.domain.evaluation import Arm, Verdict
from incubator.domain.pilots import Cadence, ReportState, last_day_before, reading_due
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Stage, Step
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.ai import AiCheck, AiScreening
from incubator.models.benefits import Benefit, PromisedBenefit
from incubator.models.evaluation import CriterionVerdict, EvaluationLock, GuardrailAlert
from incubator.models.pilots import Metric, Milestone, Pilot, ProgressReport, Reading
from incubator.models.proposals import Proposal, StageSpell
from incubator.models.scaling import ScaleReadiness
from incubator.queries.ai import DEPLOYED
from incubator.queries.gate_facts import FACTS, STANDING, carries_the_decision
from incubator.queries.home_rows import SOON, Group, Kind, Task, of_records, rows_of
from incubator.queries.metrics import last_empty
from incubator.queries.open_answers import answers_wait_for, leads
from incubator.queries.stays import worked_on_here
from incubator.queries.visibility import covered, visible

MILESTONES_AHEAD = timedelta(days=30)
UNDER_WAY = (Stage.PILOT, Stage.SCALE)
MEASURED = (Stage.DESIGN, *UNDER_WAY, Stage.IN_SERVICE)
"""Where measurements are taken: the baseline before the pilot, and the benefit after it."""
STAFF = (Role.COORDINATOR, Role.EVALUATOR)


def of_pilots(actor: Actor, today: date) -> Iterator[sa.Select[Any]]:
    yield from _of_pilot_leads(actor, today)
    yield from _to_confirm(actor, today)
    yield _alerts(actor)
    yield _to_take_over(actor)
    yield from _benefits_due(actor, today)
    if actor.holds(Role.EVALUATOR):
        yield _to_verify(actor)
    if actor.holds(*STAFF):
        yield _verdicts_due(actor, today)
    if actor.holds(*STAFF, Role.GATEKEEPER):
        yield _second_names(actor)
    if actor.holds(Role.AGENCY_LEAD):
        yield _to_endorse(actor)
    if actor.holds(Role.LEADERSHIP, Role.COORDINATOR):
        yield _escalations(actor)


def _not_led_by(actor: Actor) -> sa.ColumnElement[bool]:
    return sa.func.coalesce(Pilot.lead_id, 0) != (actor.person_id or 0)


def _of_pilot_leads(actor: Actor, today: date) -> Iterator[sa.Select[Any]]:
    leading = sa.and_(leads(actor), Proposal.stage.in_(UNDER_WAY))
    yield (
        rows_of(
            Kind.REPORT,
            Proposal.number,
            Proposal.title,
            ProgressReport.period,
            ProgressReport.due_on,
            ProgressReport.state,
        )
        .join_from(Pilot, Proposal, Proposal.id == Pilot.proposal_id)
        .join(ProgressReport, ProgressReport.proposal_id == Proposal.id)
        .where(leading, ProgressReport.state.in_((ReportState.DRAFT, ReportState.RETURNED)), ~_replaced())
        .order_by(ProgressReport.due_on.is_(None), ProgressReport.due_on, ProgressReport.id)
    )
    yield (
        rows_of(Kind.MILESTONE, Proposal.number, Milestone.title, Proposal.title, Milestone.due_on)
        .join_from(Pilot, Proposal, Proposal.id == Pilot.proposal_id)
        .join(Milestone, Milestone.proposal_id == Proposal.id)
        .where(
            leading,
            Milestone.reached_on.is_(None),
            Milestone.removed_at.is_(None),
            Milestone.due_on <= today + MILESTONES_AHEAD,
        )
        .order_by(Milestone.due_on, Milestone.id)
    )
    yield (
        of_records(Kind.PLAN, actor)
        .join(Pilot, Pilot.proposal_id == Proposal.id)
        .where(
            Proposal.step == Step.DESIGN,
            Pilot.lead_id == actor.person_id,
            # Once its lock is proposed the plan waits for a second name.
            ~sa.exists().where(EvaluationLock.pilot_id == Pilot.id, EvaluationLock.withdrawn_at.is_(None)),
        )
    )


def _replaced() -> sa.ColumnElement[bool]:
    """Whether a report was sent anew as another one, which begins with the name of the same period."""
    later = aliased(ProgressReport)
    return sa.and_(
        ProgressReport.state == ReportState.RETURNED,
        sa.exists().where(
            later.proposal_id == ProgressReport.proposal_id,
            later.id > ProgressReport.id,
            later.state.in_((ReportState.SENT, ReportState.ACCEPTED)),
            sa.func.substr(later.period, 1, sa.func.length(ProgressReport.period)) == ProgressReport.period,
        ),
    )


def _to_confirm(actor: Actor, today: date) -> Iterator[sa.Select[Any]]:
    """Records with a must-meet that is the actor's to answer and has no answer yet at the gate that comes next."""
    yield (
        of_records(Kind.CONFIRM, actor)
        .outerjoin(Pilot, Pilot.proposal_id == Proposal.id)
        .where(answers_wait_for(actor, today + SOON, today))
    )


def readings_due(session: Session, actor: Actor, today: date, shown: int) -> Group:
    """Metrics of the actor's pilots whose next reading is due."""
    latest = (
        sa.select(sa.func.max(Reading.taken_on))
        .where(Reading.metric_id == Metric.id, Reading.replaced_at.is_(None), Reading.arm == Arm.PILOT)
        .scalar_subquery()
    )
    empty = last_empty(Metric.id)
    rows = session.execute(
        sa.select(
            Metric.name,
            Proposal.number,
            Proposal.title,
            Metric.cadence,
            Pilot.starts_on,
            sa.func.coalesce(Metric.horizon_on, Pilot.ends_on),
            latest,
            empty,
        )
        .join_from(Pilot, Proposal, Proposal.id == Pilot.proposal_id)
        .join(Metric, Metric.pilot_id == Pilot.id)
        .where(
            leads(actor),
            Proposal.stage.in_(UNDER_WAY),
            Metric.archived_at.is_(None),
            Metric.cadence != Cadence.ONCE,
        )
        .order_by(Metric.id)
    )
    due = []
    for name, number, title, cadence, starts_on, ends_on, *reported in rows:
        taken = max((day for day in reported if day is not None), default=None)
        on = reading_due(cadence, taken, starts_on, ends_on)
        if on is not None and on <= today:
            due.append(Task(Kind.READING, number, name, title, on, ""))
    due.sort(key=lambda task: (task.due_on or date.max, task.title, task.ref))
    return Group(Kind.READING, tuple(due[:shown]), len(due))


def _to_verify(actor: Actor) -> sa.Select[Any]:
    """Pilots with readings of others nobody has verified, those with most first."""
    number = sa.func.count().label("number")
    waiting = (
        sa.select(Metric.pilot_id, number)
        .join(Reading, Reading.metric_id == Metric.id)
        .where(
            Reading.verified_at.is_(None),
            Reading.replaced_at.is_(None),
            Metric.archived_at.is_(None),
            sa.func.coalesce(Reading.recorded_by_id, 0) != (actor.person_id or 0),
        )
        .group_by(Metric.pilot_id)
        .subquery()
    )
    return (
        rows_of(Kind.VERIFY, Proposal.number, Proposal.title, Agency.name, None, waiting.c.number)
        .join_from(waiting, Pilot, Pilot.id == waiting.c.pilot_id)
        .join(Proposal, Proposal.id == Pilot.proposal_id)
        .join(Agency, Agency.id == Proposal.agency_id)
        .where(
            visible(actor),
            covered(actor, Role.EVALUATOR),
            worked_on_here(),
            Proposal.stage.in_(MEASURED),
            _not_led_by(actor),
        )
        .order_by(waiting.c.number.desc(), Proposal.id)
    )


def _alerts(actor: Actor) -> sa.Select[Any]:
    """The latest unanswered alert of each guardrail, by the day of the reading; answering it answers the earlier
    ones. The address takes both numbers."""
    newer = aliased(GuardrailAlert)
    latest = ~sa.exists().where(
        newer.metric_id == GuardrailAlert.metric_id,
        newer.answered_at.is_(None),
        newer.id > GuardrailAlert.id,
    )
    return (
        rows_of(
            Kind.ALERT,
            Proposal.number,
            Metric.name,
            Proposal.title,
            Reading.taken_on,
            sa.cast(GuardrailAlert.id, sa.Text()),
        )
        .join_from(GuardrailAlert, Metric, Metric.id == GuardrailAlert.metric_id)
        .join(Reading, Reading.id == GuardrailAlert.reading_id)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .join(Proposal, Proposal.id == Pilot.proposal_id)
        .where(
            visible(actor),
            sa.or_(Pilot.lead_id == actor.person_id, covered(actor, *STAFF)),
            GuardrailAlert.answered_at.is_(None),
            latest,
            Proposal.stage.in_(UNDER_WAY),
        )
        .order_by(Reading.taken_on, GuardrailAlert.id)
    )


def _second_names(actor: Actor) -> sa.Select[Any]:
    """Plans somebody else proposed to lock; the address takes both numbers."""
    return (
        rows_of(
            Kind.SECOND_NAME,
            Proposal.number,
            Proposal.title,
            Person.name,
            None,
            sa.cast(EvaluationLock.id, sa.Text()),
        )
        .join_from(EvaluationLock, Pilot, Pilot.id == EvaluationLock.pilot_id)
        .join(Proposal, Proposal.id == Pilot.proposal_id)
        .join(Person, Person.id == EvaluationLock.proposed_by_id)
        .where(
            visible(actor),
            covered(actor, *STAFF, Role.GATEKEEPER),
            EvaluationLock.confirmed_at.is_(None),
            EvaluationLock.withdrawn_at.is_(None),
            EvaluationLock.proposed_by_id != actor.person_id,
            _not_led_by(actor),
            Proposal.stage.in_((Stage.DESIGN, Stage.PILOT)),
        )
        .order_by(EvaluationLock.proposed_at, EvaluationLock.id)
    )


def _verdicts_due(actor: Actor, today: date) -> sa.Select[Any]:
    """Launched pilots with criteria past their horizon that have no verdict, by the earliest of these days."""
    horizon = sa.func.coalesce(Metric.horizon_on, Pilot.ends_on)
    judged = (
        sa.exists()
        .where(CriterionVerdict.metric_id == Metric.id, STANDING, CriterionVerdict.verdict != Verdict.NOT_YET)
        .correlate(Metric)
    )
    waiting = (
        sa.select(Metric.pilot_id, sa.func.min(horizon).label("since"), sa.func.count().label("number"))
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(
            Pilot.launched_at.is_not(None),
            horizon <= today,
            carries_the_decision(),
            ~judged,
        )
        .group_by(Metric.pilot_id)
        .subquery()
    )
    return (
        rows_of(Kind.VERDICT, Proposal.number, Proposal.title, Agency.name, waiting.c.since, waiting.c.number)
        .join_from(waiting, Pilot, Pilot.id == waiting.c.pilot_id)
        .join(Proposal, Proposal.id == Pilot.proposal_id)
        .join(Agency, Agency.id == Proposal.agency_id)
        .where(visible(actor), covered(actor, *STAFF), _not_led_by(actor), Proposal.stage.in_(UNDER_WAY))
        .order_by(waiting.c.since, Proposal.id)
    )


def _to_endorse(actor: Actor) -> sa.Select[Any]:
    return (
        of_records(Kind.ENDORSE, actor, detail=AiScreening.level)
        .join(AiScreening, AiScreening.proposal_id == Proposal.id)
        .where(
            Proposal.agency_id.in_(sorted(actor.agencies(Role.AGENCY_LEAD))),
            AiScreening.endorsed_at.is_(None),
            Proposal.stage != Stage.CLOSED,
        )
    )


def _escalations(actor: Actor) -> sa.Select[Any]:
    """Uses of AI that went up and wait for the answer; nobody answers their own agency's."""
    own = [] if actor.agency_id is None else [actor.agency_id]
    return (
        of_records(Kind.ESCALATION, actor)
        .join(AiScreening, AiScreening.proposal_id == Proposal.id)
        .where(
            covered(actor, Role.LEADERSHIP, Role.COORDINATOR),
            AiScreening.escalated_at.is_not(None),
            AiScreening.escalation_answer.is_(None),
            Proposal.agency_id.not_in(own),
            Proposal.stage != Stage.CLOSED,
        )
    )


def _to_take_over(actor: Actor) -> sa.Select[Any]:
    """Products their owner has not accepted, once scaling is prepared or comes next."""
    prepared = sa.exists().where(ScaleReadiness.proposal_id == Proposal.id).correlate(Proposal)
    return (
        of_records(Kind.TAKE_OVER, actor)
        .join(Pilot, Pilot.proposal_id == Proposal.id)
        .where(
            Pilot.product_owner_id == actor.person_id,
            Proposal.stage.in_(UNDER_WAY),
            sa.or_(prepared, Proposal.midpoint_passed),
            ~FACTS["owner_accepted"],
        )
    )


def _benefits_due(actor: Actor, today: date) -> Iterator[sa.Select[Any]]:
    """Promises with a measurement that is due, `detail` after how many months the first one was; and records
    without a promise whose benefit check is due."""
    scaled = (
        sa.select(sa.func.min(StageSpell.entered_at))
        .where(StageSpell.proposal_id == Proposal.id, StageSpell.stage == Stage.SCALE)
        .correlate(Proposal)
        .scalar_subquery()
    )
    missing = {
        months: sa.and_(
            scaled < end_of_day(last_day_before(today, months)),
            ~sa.exists()
            .where(Benefit.promise_id == PromisedBenefit.id, Benefit.months == months)
            .correlate(PromisedBenefit),
        )
        for months in BENEFIT_MONTHS
    }
    first = sa.case(*((condition, months) for months, condition in missing.items()))
    mine = sa.or_(leads(actor), covered(actor, *STAFF))
    yield (
        rows_of(Kind.BENEFIT, Proposal.number, PromisedBenefit.name, Proposal.title, None, first)
        .join_from(PromisedBenefit, Proposal, Proposal.id == PromisedBenefit.proposal_id)
        .outerjoin(Pilot, Pilot.proposal_id == Proposal.id)
        .where(
            visible(actor),
            mine,
            Proposal.stage.in_((Stage.SCALE, Stage.IN_SERVICE)),
            PromisedBenefit.removed_at.is_(None),
            sa.or_(*missing.values()),
        )
        .order_by(Proposal.id, PromisedBenefit.id)
    )
    promised = (
        sa.exists()
        .where(
            PromisedBenefit.proposal_id == Proposal.id,
            PromisedBenefit.removed_at.is_(None),
            sa.or_(*missing.values()),
        )
        .correlate(Proposal)
    )
    recorded = sa.exists().where(Benefit.proposal_id == Proposal.id).correlate(Proposal)
    yield (
        of_records(Kind.BENEFIT, actor)
        .outerjoin(Pilot, Pilot.proposal_id == Proposal.id)
        .where(
            mine,
            Proposal.due_on <= today + SOON,
            sa.or_(Proposal.step == Step.IN_SERVICE, sa.and_(Proposal.step == Step.SCALING, ~recorded)),
            ~promised,
        )
    )


def ai_checks_due(session: Session, actor: Actor, today: date, shown: int) -> Group:
    """Uses of AI whose next check is due within two weeks or overdue, for those who lead, coordinate or evaluate
    them."""
    newest = sa.func.row_number().over(
        partition_by=AiCheck.proposal_id, order_by=(AiCheck.checked_on.desc(), AiCheck.id.desc())
    )
    checks = sa.select(AiCheck.proposal_id, AiCheck.next_on, newest.label("place")).subquery()
    piloted = (
        sa.select(sa.func.min(StageSpell.entered_at))
        .where(StageSpell.proposal_id == Proposal.id, StageSpell.stage == Stage.PILOT)
        .correlate(Proposal)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            Proposal.number,
            Proposal.title,
            Agency.name,
            AiScreening.level,
            sa.func.coalesce(Pilot.launched_at, piloted, type_=Pilot.launched_at.type).label("launched_at"),
            checks.c.proposal_id.is_not(None).label("checked"),
            checks.c.next_on,
        )
        .join(AiScreening, AiScreening.proposal_id == Proposal.id)
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Pilot, Pilot.proposal_id == Proposal.id)
        .outerjoin(checks, sa.and_(checks.c.proposal_id == Proposal.id, checks.c.place == 1))
        .where(
            visible(actor),
            worked_on_here(),
            sa.or_(leads(actor), covered(actor, *STAFF)),
            Proposal.stage.in_(DEPLOYED),
        )
        .order_by(Proposal.id)
    )
    due = []
    for row in rows:
        launched = office_day(row.launched_at) if row.launched_at else None
        on = check_due(row.level, launched, row.next_on, checked=row.checked)
        if on is not None and on <= today + SOON:
            due.append(Task(Kind.AI_CHECK, row.number, row.title, row.name, on, ""))
    due.sort(key=lambda task: (task.due_on or date.max, task.title, task.ref))
    return Group(Kind.AI_CHECK, tuple(due[:shown]), len(due))
