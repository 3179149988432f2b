"""Every open step of every record is in the list of somebody who can do it, and every count equals its list."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.clock import office_day
from incubator.domain.pilots import ReportState
from incubator.domain.reviews import OPEN_STATES
from incubator.domain.roles import Role
from incubator.domain.stages import Stage, Step
from incubator.extensions import db
from incubator.models.accounts import Person
from incubator.models.ai import AiScreening
from incubator.models.calls import Call
from incubator.models.evaluation import EvaluationLock, GuardrailAlert
from incubator.models.gates import Condition, ContraryDecision
from incubator.models.pilots import Metric, Milestone, Pilot, ProgressReport
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review
from incubator.queries import home
from incubator.queries.accounts import load_actor
from incubator.queries.gate_queue import Wanted, find_queue
from incubator.queries.home_rows import Kind
from incubator.queries.next_steps import next_steps

ALL = 10_000


class Lists:
    """What each person finds on the home page and in the list of decisions, by what its address names."""

    def __init__(self, session, now):
        self.of = defaultdict(set)
        self.kinds = defaultdict(set)
        self.names = {}
        self.wrong_counts = []
        for person in session.scalars(sa.select(Person).where(Person.disabled_at.is_(None))):
            actor = load_actor(session, person.id)
            self.names[person.id] = person.name
            for group in home.work(session, actor, now, shown=ALL):
                if group.total != len(group.tasks):
                    self.wrong_counts.append((person.name, group.kind, group.total, len(group.tasks)))
                for task in group.tasks:
                    self.of[person.id].add(task.ref)
                    self.kinds[group.kind].add(task.ref)
            queue = find_queue(
                session, actor, Wanted(), now=now, sort="due", descending=False, limit=ALL, offset=0
            )
            late = find_queue(
                session,
                actor,
                Wanted(when="overdue"),
                now=now,
                sort="due",
                descending=False,
                limit=ALL,
                offset=0,
            )
            ready = find_queue(
                session,
                actor,
                Wanted(when="ready"),
                now=now,
                sort="due",
                descending=False,
                limit=ALL,
                offset=0,
            )
            counted = (queue.totals.waiting, queue.totals.overdue, queue.totals.ready)
            listed = (len(queue.rows), len(late.rows), len(ready.rows))
            if counted != listed or queue.totals.overdue != sum(row.next.overdue for row in queue.rows):
                self.wrong_counts.append((person.name, "decisions", counted, listed))


def unlisted(session, now):
    """Open steps that some person named for them does not find, or that name nobody."""
    lists, faults = Lists(session, now), []
    records = {row.id: row for row in session.execute(sa.select(Proposal.id, Proposal.number, Proposal.step, Call.slug).outerjoin(Call))}  # fmt: skip
    reviews = defaultdict(set)
    for row in session.execute(sa.select(Review.id, Review.proposal_id, Review.reviewer_id).where(Review.state.in_(OPEN_STATES))):  # fmt: skip
        reviews[row.proposal_id, row.reviewer_id].add(str(row.id))
    some = 0
    for key, found in next_steps(session, records, now=now).items():
        if not found.is_open:
            continue
        some += 1
        record = records[key]
        if not found.people:
            faults.append(f"{record.number} {record.step}: {found.roles} and nobody")
        for one in found.people:
            refs = {record.number} | reviews[key, one.id]
            if found.release or found.roles == (Role.REVIEWER,):
                refs.add(record.slug)
            if not refs & lists.of[one.id]:
                faults.append(f"{record.number} {record.step} is not in the lists of {one.name}")
    faults += [f"count: {fault}" for fault in lists.wrong_counts]
    faults += list(_duties(session, lists, office_day(now)))
    return some, faults


def _duties(session, lists, today):
    """What is open beside the steps, each as the kind of list in which somebody finds it."""
    lasting = Proposal.stage != Stage.CLOSED
    running = Proposal.stage.in_((Stage.PILOT, Stage.SCALE))
    later = sa.orm.aliased(ProgressReport)
    sent_anew = sa.and_(
        ProgressReport.state == ReportState.RETURNED,
        sa.exists().where(
            later.proposal_id == ProgressReport.proposal_id,
            later.id > ProgressReport.id,
            later.state.in_((ReportState.SENT, ReportState.ACCEPTED)),
            later.period.startswith(ProgressReport.period),
        ),
    )
    duties = {
        Kind.CONDITION: sa.select(Proposal.number)
        .join(Condition, Condition.proposal_id == Proposal.id)
        .where(lasting, Condition.closed_at.is_(None)),
        Kind.ALERT: sa.select(Proposal.number)
        .join(Pilot, Pilot.proposal_id == Proposal.id)
        .join(Metric, Metric.pilot_id == Pilot.id)
        .join(GuardrailAlert, GuardrailAlert.metric_id == Metric.id)
        .where(running, GuardrailAlert.answered_at.is_(None)),
        Kind.MILESTONE: sa.select(Proposal.number)
        .join(Milestone, Milestone.proposal_id == Proposal.id)
        .where(
            running, Milestone.reached_on.is_(None), Milestone.removed_at.is_(None), Milestone.due_on < today
        ),
        Kind.REPORT: sa.select(Proposal.number)
        .join(ProgressReport, ProgressReport.proposal_id == Proposal.id)
        .where(running, ProgressReport.state.in_((ReportState.DRAFT, ReportState.RETURNED)), ~sent_anew),
        Kind.ACCEPT: sa.select(Proposal.number)
        .join(ProgressReport, ProgressReport.proposal_id == Proposal.id)
        .where(running, ProgressReport.state == ReportState.SENT),
        Kind.SECOND_NAME: sa.select(Proposal.number)
        .join(Pilot, Pilot.proposal_id == Proposal.id)
        .join(EvaluationLock, EvaluationLock.pilot_id == Pilot.id)
        .where(
            Proposal.step == Step.DESIGN,
            EvaluationLock.confirmed_at.is_(None),
            EvaluationLock.withdrawn_at.is_(None),
        ),
        Kind.SIGN: sa.select(Proposal.number)
        .join(ContraryDecision, ContraryDecision.proposal_id == Proposal.id)
        .where(
            Proposal.step == Step.RUNNING,
            ContraryDecision.decision_id.is_(None),
            ContraryDecision.withdrawn_at.is_(None),
        ),
        Kind.ESCALATION: sa.select(Proposal.number)
        .join(AiScreening, AiScreening.proposal_id == Proposal.id)
        .where(lasting, AiScreening.escalated_at.is_not(None), AiScreening.escalation_answer.is_(None)),
    }
    for kind, select in duties.items():
        for number in session.scalars(select):
            if number not in lists.kinds[kind]:
                yield f"{number}: nobody finds its {kind}"


def test_in_the_demonstration(demonstration):
    now = demonstration.extensions["incubator.clock"]()
    with demonstration.app_context():
        session = db.session()
        some, faults = unlisted(session, now)
    assert faults == []
    assert some > 10


def test_in_an_office_where_most_roles_are_not_filled(session, world, now: datetime):
    """No agency lead, evaluator, leadership or pilot lead: what they would do is in somebody's list all the same."""
    agency = world.agency("ROAD", "Roads")
    author = world.person("Ann", (Role.SUBMITTER, agency), agency=agency)
    gone = world.person("Gone")
    gone.disabled_at = now
    world.person("Cora", Role.COORDINATOR)
    world.person("Gail", Role.GATEKEEPER)
    today = office_day(now)
    for step in Step:
        for due_on in (today - timedelta(days=40), today + timedelta(days=5), today + timedelta(days=200)):
            for midpoint in (False, True) if step is Step.RUNNING else (False,):
                values = {"resume_stage": Stage.PILOT} if step is Step.ON_HOLD else {}
                record = world.proposal(
                    agency=agency,
                    step=step,
                    authors=(author,),
                    due_on=None if step in (Step.DRAFT, Step.SIGN_OFF, Step.CLOSED) else due_on,
                    midpoint_passed=midpoint,
                    **values,
                )
                if step in (Step.DESIGN, Step.RUNNING, Step.SCALING, Step.IN_SERVICE):
                    world.pilot(record, lead_id=gone.id if midpoint else None)
    session.flush()
    some, faults = unlisted(session, now)
    assert faults == []
    assert some > 20


@pytest.mark.parametrize("role", [Role.GATEKEEPER, Role.LEADERSHIP])
def test_overdue_is_the_same_number_on_every_page(world, browser, role):
    agency, today = world.agency("ROAD", "Roads"), office_day(world.now)
    for step, days in ((Step.RUNNING, 5), (Step.SCALING, 3), (Step.IN_SERVICE, 60), (Step.SCREENING, 2)):
        world.pilot(world.proposal(agency=agency, step=step, due_on=today - timedelta(days=days)))
    visitor = browser(world.person("Pat", role))
    tiles = [item for item in visitor.get("/").tree.iter("li") if item.find("strong") is not None]
    assert [tile.find("strong").text for tile in tiles if tile.find("a").text == "Decision overdue"] == ["4"]
    assert "4 records" in visitor.get("/portfolio?due=overdue").text
    assert "One more decision is overdue where others decide." in visitor.get("/decisions").text
    assert "3 decisions" in visitor.get("/decisions?when=overdue").text
