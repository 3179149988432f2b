"""Judging a pilot: analyses kept, verdicts recorded at the horizon, alerts raised and answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.criterion import Answer
from incubator.analytics.plain_record import to_plain
from incubator.analytics.process_chart import Meaning, analyse
from incubator.domain.access import Action
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.evaluation import AlertKind, Arm, Verdict
from incubator.domain.events import EventKind
from incubator.domain.guardrails import breach
from incubator.domain.pilots import CriterionKind
from incubator.domain.roles import SYSTEM, Actor
from incubator.flows.pilots import begin_change
from incubator.flows.record import record
from incubator.models.evaluation import CriterionVerdict, GuardrailAlert, MetricAnalysis
from incubator.models.pilots import Metric, Pilot, Reading
from incubator.queries import evaluation as query
from incubator.queries.evaluation import Criterion
from incubator.queries.evaluation_plan import lock_of
from incubator.queries.guardrails import settled_at


def keep_analysis(
    session: Session, metric_id: int, inputs_sha256: str, answer: Answer, *, now: datetime
) -> None:
    """Keep an analysis for the pages; it is no record of anything and can be made again at any time."""
    row = session.get(MetricAnalysis, metric_id) or MetricAnalysis(metric_id=metric_id)
    row.inputs_sha256, row.content, row.computed_at = inputs_sha256, to_plain(answer), now
    session.add(row)


def keep_as_they_stand(session: Session, metric_ids: Sequence[int], *, now: datetime) -> None:
    """Note that these analyses were looked at and are still of what stands."""
    if metric_ids:
        session.execute(
            sa.update(MetricAnalysis).where(MetricAnalysis.metric_id.in_(metric_ids)).values(computed_at=now)
        )


def give_verdicts(
    session: Session,
    actor: Actor,
    proposal_id: int,
    answers: Mapping[int, tuple[str, Answer]],
    *,
    now: datetime,
) -> list[CriterionVerdict]:
    """Record the verdicts of every criterion whose horizon is reached and whose readings are in.

    `answers` holds the analysis of each such criterion with the digest of what it was made from. Raises
    StaleVersion when readings or criteria have changed since, DomainError when no criterion can be judged yet.
    Recording again what stands already changes nothing; a verdict that differs takes the older one's place.
    """
    begin_change(session, actor, Action.GIVE_VERDICTS, proposal_id, now)
    today = office_day(now)
    plan = _plan_digest(session, proposal_id)
    given: list[CriterionVerdict] = []
    ready = False
    for criterion in query.criteria_of(session, proposal_id):
        if criterion.question is None or not criterion.at_horizon(today):
            continue
        inputs = criterion.inputs_sha256
        known = answers.get(criterion.id)
        if known is None or known[0] != inputs:
            raise StaleVersion({}, 0)
        judged = criterion.judged(known[1], today=today)
        if judged.verdict is Verdict.NOT_YET:
            continue
        ready = True
        if criterion.given is not None and (
            criterion.given.inputs_sha256,
            criterion.given.plan_sha256,
            criterion.given.judged,
        ) == (inputs, plan, judged):
            continue
        given.append(_replace(session, actor, criterion, known[1], plan, now))
    if not ready:
        raise DomainError("No criterion has reached its horizon with its readings in.")
    session.add_all(given)
    if given:
        record(
            session,
            actor,
            now,
            EventKind.VERDICTS_GIVEN,
            proposal_id=proposal_id,
            count=len(given),
            verdicts={str(row.metric_id): row.verdict.value for row in given},
        )
    return given


def _replace(
    session: Session, actor: Actor, criterion: Criterion, answer: Answer, plan: str, now: datetime
) -> CriterionVerdict:
    session.execute(
        sa.update(CriterionVerdict)
        .where(CriterionVerdict.metric_id == criterion.id, CriterionVerdict.replaced_at.is_(None))
        .values(replaced_at=now)
    )
    judged = criterion.judged(answer, today=office_day(now))
    change = answer.change
    return CriterionVerdict(
        metric_id=criterion.id,
        verdict=judged.verdict,
        better=judged.better,
        harm=judged.harm,
        post_hoc=criterion.post_hoc,
        promised=criterion.promised_in(answer),
        estimate=change.estimate if change else None,
        low=change.low if change else None,
        high=change.high if change else None,
        completeness=criterion.completeness(office_day(now)),
        horizon_on=criterion.horizon_on,
        content=to_plain(answer),
        inputs_sha256=criterion.inputs_sha256,
        plan_sha256=plan,
        given_at=now,
        given_by_id=actor.person_id,
    )


def _plan_digest(session: Session, proposal_id: int) -> str:
    """The digest of the locked plan with its amendments; empty where it was never locked."""
    lock = lock_of(session, proposal_id)
    return lock.standing_sha256 if lock.is_locked else ""


def raise_alerts(
    session: Session, metric: Metric, proposal_id: int, *, now: datetime
) -> list[GuardrailAlert]:
    """Alert at once when the readings of a guardrail call for attention: past its limit, or more than routine
    variation for the worse. A site alerts as it gets past the limit and again with every reading that is worse
    than all since; of readings that come in together, with the worst. A reading that does both alerts once. That
    it stays there is `queries.guardrails`."""
    if metric.kind is not CriterionKind.GUARDRAIL or metric.archived_at is not None:
        return []
    session.flush()
    rows = session.execute(
        sa.select(Reading.id, Reading.taken_on, Reading.value, Reading.unit, Reading.recorded_at)
        .where(Reading.metric_id == metric.id, Reading.replaced_at.is_(None), Reading.arm == Arm.PILOT)
        .order_by(Reading.taken_on, Reading.unit, Reading.id)
    ).all()
    pilot = session.get_one(Pilot, metric.pilot_id)
    if not rows or pilot.launched_at is None:
        return []
    first = pilot.starts_on or office_day(pilot.launched_at)
    last_day = rows[-1].taken_on
    if last_day < first:
        return []
    settled = settled_at(session, proposal_id)
    found: list[tuple[int, AlertKind]] = []
    past = False
    for site in _by_site(rows, first, settled):
        if metric.target is None:
            break
        run = breach([(row.taken_on, row.value) for row in site], metric.direction, metric.target)
        if run is not None:
            found.append((next(row.id for row in site if row.taken_on == run.worst_on), AlertKind.LIMIT))
            past = past or run.latest_on == last_day
    if not past and len({row.taken_on for row in rows}) == len(rows):
        before = sum(row.taken_on < first for row in rows)
        points = analyse(
            [row.value for row in rows], metric.direction.value, baseline=before if before >= 2 else None
        ).points
        if [point.meaning is Meaning.CONCERN for point in points[-2:]] in ([True], [False, True]):
            found.append((rows[-1].id, AlertKind.SIGNAL))
    known = {
        (row.reading_id, row.kind)
        for row in session.scalars(sa.select(GuardrailAlert).where(GuardrailAlert.metric_id == metric.id))
    }
    alerts = [
        GuardrailAlert(metric_id=metric.id, reading_id=reading_id, kind=kind, raised_at=now)
        for reading_id, kind in found
        if (reading_id, kind) not in known
    ]
    session.add_all(alerts)
    if alerts:
        record(session, SYSTEM, now, EventKind.GUARDRAIL_ALERTED, proposal_id=proposal_id, metric=metric.name)
    return alerts


def _by_site(rows: Sequence[Any], first: date, settled: datetime | None) -> list[list[Any]]:
    """The readings since the launch, and since the decision that settled the earlier ones, of each site."""
    sites: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        if row.taken_on >= first and (settled is None or row.recorded_at > settled):
            sites[row.unit].append(row)
    return list(sites.values())


def answer_alert(
    session: Session, actor: Actor, proposal_id: int, alert_id: int, answer: str, *, now: datetime
) -> GuardrailAlert:
    """Answer an alert: what was found, and what is done about it. An answer is given once; it answers the
    guardrail's earlier alerts that are still open as well."""
    begin_change(session, actor, Action.CHECK_READINESS, proposal_id, now)
    found = session.execute(
        sa.select(GuardrailAlert, Metric.name)
        .join(Metric, Metric.id == GuardrailAlert.metric_id)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(GuardrailAlert.id == alert_id, Pilot.proposal_id == proposal_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound
    alert, metric = found
    if alert.answered_at is not None:
        raise StaleVersion({"answer": alert.answer}, 0)
    answer = answer.strip()
    if not answer:
        raise DomainError("Say what was found and what is done about it.", "answer")
    session.execute(
        sa.update(GuardrailAlert)
        .where(
            GuardrailAlert.metric_id == alert.metric_id,
            GuardrailAlert.id <= alert.id,
            GuardrailAlert.answered_at.is_(None),
        )
        .values(answered_at=now, answered_by_id=actor.person_id, answer=answer)
    )
    record(
        session,
        actor,
        now,
        EventKind.GUARDRAIL_ANSWERED,
        proposal_id=proposal_id,
        metric=metric,
        answer=answer,
    )
    return alert
