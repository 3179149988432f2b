"""Plans, readings, money, milestones, risks and reports of the illustrated pilots."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from incubator.demonstration import illustrated as ill
from incubator.demonstration import published as pub
from incubator.demonstration.cast import Cast
from incubator.demonstration.decisions import ensure_pilot
from incubator.demonstration.evaluation_plans import SKETCHES, Locking, complete
from incubator.demonstration.facts import month_days
from incubator.demonstration.timeline import Timeline
from incubator.demonstration.verdicts import Judging, Watching
from incubator.domain.clock import office_day
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.domain.stages import Provenance
from incubator.flows.record import record
from incubator.flows.stages import set_due
from incubator.models.benefits import Benefit
from incubator.models.pilots import (
    BudgetLine,
    Cadence,
    CriterionKind,
    Direction,
    Expense,
    Metric,
    Milestone,
    Pilot,
    ProgressReport,
    Reading,
    ReportState,
    Risk,
    Site,
)
from incubator.models.proposals import Proposal

PLANNED_BEFORE_START = 45
ANSWERED_AFTER_HOURS = 2
CATEGORIES = {
    "staff": "Staff",
    "licenses": "Software and services",
    "services": "Contractors",
    "travel": "Travel",
}
REPORT_STATES = {
    ill.ReportStatus.SUBMITTED: ReportState.SENT,
    ill.ReportStatus.SENT_BACK: ReportState.RETURNED,
    ill.ReportStatus.ACCEPTED: ReportState.ACCEPTED,
}


def lay_down_pilot(
    session: Session, source: ill.Pilot, cast: Cast, timeline: Timeline, proposal: Callable[[], Proposal]
) -> None:
    work = _Work(session, source, cast, timeline, proposal)
    timeline.after_days(source.start_day - PLANNED_BEFORE_START, work.plan, hour=19)
    Locking(session, source, cast, proposal).schedule(timeline)
    Judging(session, source, cast, proposal).schedule(timeline)
    for metric in source.metrics:
        work.plan_readings(metric)
    for spending in source.spending:
        work.plan_expenses(spending)
    for milestone in source.milestones:
        if milestone.done_day is not None:
            timeline.after_days(milestone.done_day, partial(work.reach, milestone), hour=20)
    for report in source.reports:
        timeline.after_days(report.day, partial(work.report, report), hour=20)
    if source.lesson:
        timeline.after_days(min(source.end_day + 10, -1), work.write_lesson, hour=20)
    if source.benefit_check is not None:
        timeline.after_days(source.benefit_check.day, work.check_benefit, hour=14)


class _Work:
    def __init__(
        self,
        session: Session,
        source: ill.Pilot,
        cast: Cast,
        timeline: Timeline,
        proposal: Callable[[], Proposal],
    ) -> None:
        self.session = session
        self.source = source
        self.cast = cast
        self.timeline = timeline
        self.proposal = proposal
        self.metrics: dict[str, Metric] = {}
        self.watching = Watching(session, cast, proposal, timeline.load_moment)

    @property
    def lead(self) -> Actor:
        return self.cast.actors[self.source.lead]

    def plan(self, now: datetime) -> None:
        source, timeline = self.source, self.timeline
        pilot = ensure_pilot(self.session, self.proposal())
        pilot.lead_id = self.lead.person_id
        owner = self.cast.people.get(source.product_owner)
        pilot.product_owner_id = owner.id if owner else self.cast.lead_of(self._agency()).person_id
        pilot.starts_on = timeline.month_near(source.start_day)
        pilot.ends_on = timeline.month_near(source.end_day) - timedelta(days=1)
        pilot.objectives, pilot.methodology = source.objective, source.method
        pilot.scalability, pilot.analysis = source.scalability, source.data_plan
        pilot.communication = source.communication
        sketch = SKETCHES[source.idea]
        pilot.question, pilot.design = sketch.question, sketch.design
        pilot.exit_plan = "The old way stays in place beside the pilot; it is switched back within a day."
        self._tell(EventKind.PLAN_CHANGED, now)
        for position, site in enumerate(source.sites):
            share = source.participants // len(source.sites)
            first = source.participants - share * (len(source.sites) - 1)
            self.session.add(
                Site(
                    pilot_id=pilot.id,
                    name=site.name,
                    note=site.kind,
                    participants=share if position else first,
                    starts_on=pilot.starts_on,
                )
            )
            self._tell(EventKind.SITE_CHANGED, now, site=site.name)
        for position, metric in enumerate(source.metrics):
            self._define(pilot, metric, position, now)
        self._budget(now)
        for milestone in source.milestones:
            self.session.add(
                Milestone(
                    proposal_id=self.proposal().id,
                    title=milestone.title,
                    due_on=timeline.day(milestone.due_day),
                )
            )
            self._tell(EventKind.MILESTONE_CHANGED, now, milestone=milestone.title)
        for risk in source.risks:
            self.session.add(
                Risk(
                    proposal_id=self.proposal().id,
                    title=risk.text,
                    likelihood=risk.likelihood,
                    impact=risk.impact,
                    response=risk.response,
                    owner_name=self.lead.name,
                )
            )
            self._tell(EventKind.RISK_CHANGED, now, risk=risk.text)
        self.session.flush()
        set_due(self.session, self.proposal())

    def _agency(self) -> Any:
        return next(
            agency for agency in self.cast.agencies.values() if agency.id == self.proposal().agency_id
        )

    def _define(self, pilot: Pilot, source: ill.Metric, position: int, now: datetime) -> None:
        metric = Metric(
            pilot_id=pilot.id,
            name=source.title,
            unit=source.unit,
            direction=Direction.DOWN if source.direction is pub.Better.LOWER else Direction.UP,
            kind=CriterionKind(source.kind.value),
            baseline=source.baseline,
            baseline_note="Mean of the months before the start.",
            target=source.target,
            cadence=Cadence(source.cadence),
            owner_name=self.cast.people[source.owner].name
            if source.owner in self.cast.people
            else source.owner,
            source=source.data_source,
            provenance=Provenance.ILLUSTRATION,
            position=position,
        )
        complete(metric, source, pilot, self.timeline.load_day)
        self.session.add(metric)
        self.session.flush()
        self.metrics[source.key] = metric
        self._tell(EventKind.METRIC_DEFINED, now, metric=source.title)

    def _budget(self, now: datetime) -> None:
        proposal = self.proposal()
        for spending in self.source.spending:
            cents = spending.budget_dollars * 100
            self.session.add(
                BudgetLine(
                    proposal_id=proposal.id,
                    category=CATEGORIES.get(spending.category, spending.category.capitalize()),
                    cents=cents,
                    provenance=Provenance.ILLUSTRATION,
                )
            )
            proposal.planned_cents += cents
        self._tell(EventKind.BUDGET_CHANGED, now, amount=f"${proposal.planned_cents // 100:,}")

    def plan_readings(self, source: ill.Metric) -> None:
        """The months before the start come in with the plan, later ones when their month is over."""
        planned = self.timeline.day(self.source.start_day - PLANNED_BEFORE_START)
        early: list[int] = []
        for place in range(len(source.values)):
            last = month_days(self.timeline.load_day, source.first_month + place)[1]
            if last <= planned:
                early.append(place)
            else:
                self._schedule(source, [place], last + timedelta(days=3), hour=15)
        if early:
            self._schedule(source, early, planned, hour=20)

    def _schedule(self, source: ill.Metric, places: list[int], day: date, *, hour: int) -> None:
        self.timeline.on(day, partial(self._read, source, places), hour=hour)
        self.timeline.on(day, partial(self._answer, source), hour=hour + ANSWERED_AFTER_HOURS)

    def _read(self, source: ill.Metric, places: list[int], now: datetime) -> None:
        metric = self.metrics[source.key]
        for place in places:
            taken_on = month_days(self.timeline.load_day, source.first_month + place)[0]
            self.session.add(
                Reading(
                    metric_id=metric.id,
                    taken_on=taken_on,
                    value=source.values[place],
                    denominator=float(source.counts[place]) if source.counts else None,
                    recorded_at=now,
                    recorded_by_id=self.lead.person_id,
                    verified_at=now if place < len(source.values) - 2 else None,
                    verified_by_id=self.cast.people["evaluator"].id
                    if place < len(source.values) - 2
                    else None,
                )
            )
        self._tell(EventKind.READINGS_RECORDED, now, metric=source.title, count=len(places))
        self.watching.look(metric, now)

    def _answer(self, source: ill.Metric, now: datetime) -> None:
        self.watching.answer(self.metrics[source.key], now)

    def plan_expenses(self, source: ill.Spending) -> None:
        for place, dollars in enumerate(source.dollars):
            last = month_days(self.timeline.load_day, source.first_month + place)[1]
            if dollars and last < self.timeline.load_day:
                self.timeline.on(last, partial(self._spend, source.category, dollars), hour=21)

    def _spend(self, category: str, dollars: int, now: datetime) -> None:
        proposal = self.proposal()
        label = CATEGORIES.get(category, category.capitalize())
        what = f"{label}, {office_day(now):%B %Y}"
        self.session.add(
            Expense(
                proposal_id=proposal.id,
                category=label,
                spent_on=office_day(now),
                cents=dollars * 100,
                what=what,
                recorded_at=now,
                recorded_by_id=self.lead.person_id,
                provenance=Provenance.ILLUSTRATION,
            )
        )
        proposal.spent_cents += dollars * 100
        self._tell(EventKind.EXPENSE_RECORDED, now, amount=f"${dollars:,}", what=what)

    def reach(self, source: ill.Milestone, now: datetime) -> None:
        row = (
            self.session.query(Milestone).filter_by(proposal_id=self.proposal().id, title=source.title).one()
        )
        row.reached_on = office_day(now)
        self._tell(EventKind.MILESTONE_REACHED, now, milestone=source.title)

    def report(self, source: ill.Report, now: datetime) -> None:
        state = REPORT_STATES[source.status]
        coordinator = self.cast.actors["coordinator"]
        decided = state in (ReportState.RETURNED, ReportState.ACCEPTED)
        self.session.add(
            ProgressReport(
                proposal_id=self.proposal().id,
                period=source.title,
                done=source.text,
                state=state,
                written_by_id=self.lead.person_id,
                sent_at=now,
                return_reason=(source.remark or "") if state is ReportState.RETURNED else "",
                decided_at=now if decided else None,
                decided_by_id=coordinator.person_id if decided else None,
            )
        )
        self._tell(EventKind.PROGRESS_SENT, now, period=source.title)
        if state is ReportState.RETURNED:
            self._tell(
                EventKind.PROGRESS_RETURNED,
                now,
                by=coordinator,
                period=source.title,
                reason=source.remark or "",
            )
        elif state is ReportState.ACCEPTED:
            self._tell(EventKind.PROGRESS_ACCEPTED, now, by=coordinator, period=source.title)

    def write_lesson(self, now: datetime) -> None:
        pilot = ensure_pilot(self.session, self.proposal())
        pilot.lesson = "\n\n".join(text for text in (self.source.lesson, self.source.closeout) if text)
        self._tell(EventKind.LESSON_WRITTEN, now)

    def check_benefit(self, now: datetime) -> None:
        check = self.source.benefit_check
        assert check is not None, "planned only when there is one"
        self.session.add(
            Benefit(
                proposal_id=self.proposal().id,
                months=6,
                forecast=self.source.scalability,
                realised=f"{check.text} {check.value}" if check.known else "",
                unknown_reason="" if check.known else check.text,
                recorded_at=now,
                recorded_by_id=self.lead.person_id,
            )
        )
        self._tell(EventKind.BENEFIT_RECORDED, now, months=6)

    def _tell(self, kind: EventKind, now: datetime, by: Actor | None = None, **details: Any) -> None:
        proposal = self.proposal()
        record(
            self.session,
            by or self.lead,
            now,
            kind,
            proposal_id=proposal.id,
            agency_id=proposal.agency_id,
            **details,
        )
