"""The evaluation plan: complete before its lock, locked by two, and amended openly afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.evaluation import Design, Measure
from incubator.domain.evaluation_plan import missing
from incubator.domain.events import EventKind
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import evaluation_plan, metrics, pilots, readings
from incubator.flows.amendments import Amending
from incubator.flows.readings import NewReading
from incubator.models.evaluation import Amendment, EvaluationLock
from incubator.models.history import Event
from incubator.models.pilots import Metric, Pilot
from incubator.queries.evaluation_plan import lock_of, plan_content, plan_digest

START, END = date(2026, 9, 1), date(2027, 9, 1)
PLAN = pilots.Plan(
    starts_on=START,
    ends_on=END,
    lead_id=None,
    product_owner_id=None,
    objectives="Shorter waits",
    methodology="Read every month",
    scalability="Two counties ask for it",
    analysis="The change of the mean",
    communication="A letter each quarter",
    exit_plan="",
    question="Do people wait less?",
    design=Design.BEFORE_AFTER,
)
WAIT = metrics.Definition(
    name="Average wait",
    unit="min",
    direction=Direction.DOWN,
    kind=CriterionKind.GOAL,
    baseline=50.0,
    baseline_note="",
    target=30.0,
    cadence=Cadence.MONTHLY,
    owner_name="Service desk",
    source="Case system",
    source_url="",
    smallest_change=15.0,
)
BEFORE = (48.0, 52.0, 50.0, 47.0, 53.0, 51.0, 49.0, 50.0)
BECAUSE = Amending("The counter was closed for three weeks.", data_seen=False)


class Scene:
    """A designed pilot with its lead, an evaluator and a gatekeeper."""

    def __init__(self, session, world, now):
        self.session, self.world, self.now = session, world, now
        self.proposal = world.proposal("Permit helper", step=Step.DESIGN)
        self.lead = world.actor(world.person("Lena", Role.PILOT_LEAD))
        self.evan = world.actor(world.person("Evan", Role.EVALUATOR))
        self.gail = world.actor(world.person("Gail", Role.GATEKEEPER))
        self.plan = replace(PLAN, lead_id=self.lead.person_id)
        cora = world.actor(world.person("Cora", Role.COORDINATOR))
        pilots.save_plan(session, cora, self.proposal.id, self.plan, seen_version=0, now=now)
        self.metric = metrics.define_metric(session, self.lead, self.proposal.id, WAIT, now=now)

    def read_baseline(self):
        days = [date(2026, month, 1) for month in range(1, 9)]
        rows = [NewReading(day, value) for day, value in zip(days, BEFORE, strict=True)]
        readings.record_readings(
            self.session, self.lead, self.proposal.id, self.metric.id, rows, now=self.now
        )

    @property
    def sha256(self):
        return plan_digest(plan_content(self.session, self.proposal.id))

    @property
    def state(self):
        return lock_of(self.session, self.proposal.id)

    def propose(self, actor=None, seen=None):
        return evaluation_plan.propose_lock(
            self.session,
            actor or self.lead,
            self.proposal.id,
            seen_sha256=seen or self.sha256,
            now=self.now,
        )

    def confirm(self, lock, actor=None, seen=None, reason=""):
        return evaluation_plan.confirm_lock(
            self.session,
            actor or self.gail,
            self.proposal.id,
            lock.id,
            seen_sha256=seen or lock.sha256,
            reason=reason,
            now=self.now + timedelta(days=1),
        )

    def lock(self):
        self.read_baseline()
        return self.confirm(self.propose())

    def change(self, amending=None, **changes):
        return metrics.change_metric(
            self.session,
            self.lead,
            self.proposal.id,
            self.metric.id,
            replace(WAIT, **changes),
            seen_version=self.metric.version,
            now=self.now,
            amending=amending,
        )

    def kinds(self):
        rows = self.session.query(Event).filter_by(proposal_id=self.proposal.id).order_by(Event.id)
        return [row.kind for row in rows]


@pytest.fixture
def scene(session, world, now):
    return Scene(session, world, now)


# before the lock


def test_a_plan_is_locked_under_a_digest_with_two_names(scene):
    lock = scene.lock()
    assert scene.state.is_locked
    assert (scene.state.proposed_by, scene.state.confirmed_by) == ("Lena", "Gail")
    assert (scene.state.locked_at, scene.state.sha256) == (scene.now + timedelta(days=1), scene.sha256)
    assert lock.content["plan"]["question"] == "Do people wait less?"
    assert [each["target"] for each in lock.content["criteria"]] == [30.0]
    assert scene.kinds()[-2:] == [EventKind.PLAN_LOCK_PROPOSED, EventKind.PLAN_LOCKED]
    assert lock.underpowered == []


@pytest.mark.parametrize(
    ("plan", "criterion", "field"),
    [
        ({"question": " "}, {}, "question"),
        ({"design": None}, {}, "design"),
        ({"analysis": ""}, {}, "analysis"),
        ({"ends_on": None}, {}, "ends_on"),
        ({"design": Design.COMPARISON}, {}, "comparison"),
        ({}, {"kind": CriterionKind.CONTEXT}, "criteria"),
        ({}, {"kind": CriterionKind.GUARDRAIL}, "criteria"),
        ({}, {"baseline": None}, "baseline"),
        ({}, {"target": None}, "target"),
        ({}, {"smallest_change": None}, "smallest_change"),
        ({}, {"source": ""}, "source"),
        ({}, {"owner_name": ""}, "owner_name"),
        ({}, {"horizon_on": START}, "horizon_on"),
        ({}, {"design": Design.RANDOMISED}, "comparison"),
    ],
)
def test_what_lacks_is_named_and_not_locked(scene, plan, criterion, field):
    version = scene.session.query(Pilot).one().version
    pilots.save_plan(
        scene.session,
        scene.lead,
        scene.proposal.id,
        replace(scene.plan, **plan),
        seen_version=version,
        now=scene.now,
    )
    if criterion:
        scene.change(**criterion)
    assert [each.field for each in missing(plan_content(scene.session, scene.proposal.id))] == [field]
    with pytest.raises(DomainError):
        scene.propose()
    assert scene.session.query(EvaluationLock).count() == 0


def test_an_underpowered_plan_needs_a_reason_with_a_name(scene):
    lock = scene.propose()
    assert [each["name"] for each in lock.underpowered] == ["Average wait"]
    with pytest.raises(DomainError) as refused:
        scene.confirm(lock)
    assert (refused.value.field, scene.state.is_locked) == ("reason", False)
    scene.confirm(lock, reason="The old system is switched off in May.")
    assert (scene.state.accepted_reason, scene.state.confirmed_by) == (
        "The old system is switched off in May.",
        "Gail",
    )


def test_too_small_a_worthwhile_change_counts_as_underpowered(scene):
    scene.read_baseline()
    scene.change(smallest_change=0.5)
    assert [each["text"].split(",")[0] for each in scene.propose().underpowered] == [
        "The smallest worthwhile change"
    ]


def test_who_proposed_does_not_confirm_and_nor_does_the_lead(scene):
    scene.read_baseline()
    lock = scene.propose(scene.evan)
    with pytest.raises(Forbidden):
        scene.confirm(lock, scene.evan)
    with pytest.raises(Forbidden):
        scene.confirm(lock, scene.lead)
    with pytest.raises(Forbidden):
        scene.propose(scene.gail)
    assert not scene.state.is_locked


def test_a_plan_that_changed_meanwhile_is_proposed_again(scene):
    scene.read_baseline()
    seen = scene.sha256
    first = scene.propose()
    scene.change(target=35.0)
    with pytest.raises(StaleVersion):
        scene.confirm(first)
    with pytest.raises(StaleVersion):
        scene.propose(seen=seen)
    second = scene.propose()
    assert (first.withdrawn_at, second.sha256) == (scene.now, scene.sha256)
    with pytest.raises(StaleVersion):
        scene.confirm(first)
    with pytest.raises(StaleVersion):
        scene.confirm(second, seen=first.sha256)
    scene.confirm(second)
    assert scene.state.lock_id == second.id


def test_the_same_plan_waits_once_and_is_locked_once(scene):
    scene.read_baseline()
    lock = scene.propose()
    with pytest.raises(DomainError, match="waits for its second name"):
        scene.propose(scene.evan)
    scene.confirm(lock)
    with pytest.raises(StaleVersion):
        scene.confirm(lock, scene.evan)
    with pytest.raises(DomainError, match="locked already"):
        scene.propose()
    assert scene.session.query(EvaluationLock).count() == 1


def test_only_who_proposed_takes_it_back(scene):
    scene.read_baseline()
    lock = scene.propose()
    with pytest.raises(Forbidden):
        evaluation_plan.withdraw_lock(scene.session, scene.evan, scene.proposal.id, lock.id, now=scene.now)
    evaluation_plan.withdraw_lock(scene.session, scene.lead, scene.proposal.id, lock.id, now=scene.now)
    assert scene.state.waiting is None
    with pytest.raises(StaleVersion):
        scene.confirm(lock)


def test_a_lock_of_another_record_is_not_found(scene, world, now):
    other = Scene(scene.session, world, now)
    lock = other.propose()
    with pytest.raises(NotFound):
        evaluation_plan.confirm_lock(
            scene.session, scene.gail, scene.proposal.id, lock.id, seen_sha256=lock.sha256, now=now
        )


# after the lock


@pytest.mark.parametrize(
    ("amending", "field"),
    [
        (None, "amend_reason"),
        (Amending("", data_seen=True), "amend_reason"),
        (Amending(" \n", data_seen=True), "amend_reason"),
        (Amending("Because", data_seen=None), "data_seen"),
    ],
)
def test_a_locked_criterion_does_not_change_without_a_reason(scene, amending, field):
    scene.lock()
    with pytest.raises(DomainError) as refused:
        scene.change(amending, target=45.0)
    assert refused.value.field == field
    assert (scene.metric.target, scene.session.query(Amendment).count()) == (30.0, 0)


def test_an_amendment_keeps_what_was_and_counts_what_was_in(scene):
    scene.lock()
    after = [NewReading(date(2026, month, 1), 40.0) for month in (9, 10, 11)]
    readings.record_readings(
        scene.session, scene.lead, scene.proposal.id, scene.metric.id, after, now=scene.now
    )
    scene.change(BECAUSE, target=40.0, horizon_on=date(2027, 12, 1))
    (row,) = scene.state.amendments
    assert row.changes == {
        "target": {"was": 30.0, "is": 40.0},
        "horizon_on": {"was": None, "is": "2027-12-01"},
    }
    assert (row.reason, row.data_seen, row.readings_in) == (BECAUSE.reason, False, 3)
    assert (row.metric_id, row.made_by, row.what) == (scene.metric.id, "Lena", "Average wait")
    assert row.sha256 == scene.sha256 == scene.state.standing_sha256 != scene.state.sha256
    assert scene.kinds()[-1] is EventKind.PLAN_AMENDED
    assert scene.state.beside(scene.metric.id) == (row,)
    assert scene.state.of_plan == ()


def test_a_locked_date_is_amended_and_the_count_follows_the_old_start(scene):
    scene.lock()
    readings.record_reading(
        scene.session,
        scene.lead,
        scene.proposal.id,
        scene.metric.id,
        NewReading(date(2026, 10, 1), 41.0),
        now=scene.now,
    )
    version = scene.session.query(Pilot).one().version
    moved = replace(scene.plan, starts_on=date(2026, 11, 1), exit_plan="Back within a day")
    pilots.save_plan(
        scene.session,
        scene.lead,
        scene.proposal.id,
        moved,
        seen_version=version,
        now=scene.now,
        amending=BECAUSE,
    )
    (row,) = scene.state.amendments
    assert row.changes == {"starts_on": {"was": "2026-09-01", "is": "2026-11-01"}}
    assert (row.metric_id, row.what, row.readings_in) == (None, "Start", 1)
    assert scene.kinds()[-2:] == [EventKind.PLAN_AMENDED, EventKind.PLAN_CHANGED]


def test_people_and_the_exit_change_without_an_amendment(scene):
    scene.lock()
    version = scene.session.query(Pilot).one().version
    pilots.save_plan(
        scene.session,
        scene.lead,
        scene.proposal.id,
        replace(scene.plan, exit_plan="Back within a day", lead_id=scene.evan.person_id),
        seen_version=version,
        now=scene.now,
    )
    assert (scene.state.amendments, scene.state.sha256) == ((), scene.sha256)


def test_saving_a_locked_criterion_unchanged_amends_nothing(scene):
    scene.lock()
    scene.change()
    assert scene.state.amendments == ()


def test_what_is_added_after_the_lock_is_marked(scene):
    scene.lock()
    late = metrics.define_metric(
        scene.session,
        scene.lead,
        scene.proposal.id,
        replace(WAIT, name="Visits"),
        now=scene.now,
        amending=BECAUSE,
    )
    (row,) = scene.state.amendments
    assert (late.post_hoc_at, scene.metric.post_hoc_at) == (scene.now, None)
    assert (row.metric_id, row.changes) == (late.id, {"added": {"was": False, "is": True}})


def test_a_context_that_becomes_a_goal_after_the_lock_is_marked(scene):
    visits = replace(WAIT, name="Visits", kind=CriterionKind.CONTEXT)
    context = metrics.define_metric(scene.session, scene.lead, scene.proposal.id, visits, now=scene.now)
    scene.lock()
    metrics.change_metric(
        scene.session,
        scene.lead,
        scene.proposal.id,
        context.id,
        replace(visits, kind=CriterionKind.GOAL),
        seen_version=context.version,
        now=scene.now,
        amending=BECAUSE,
    )
    assert context.post_hoc_at == scene.now


def test_a_criterion_set_aside_comes_back_as_what_it_was(scene):
    dropped = metrics.define_metric(
        scene.session, scene.lead, scene.proposal.id, replace(WAIT, name="Visits"), now=scene.now
    )
    metrics.remove_metric(scene.session, scene.lead, scene.proposal.id, dropped.id, now=scene.now)
    scene.lock()

    def move(metric, undo):
        metrics.remove_metric(
            scene.session,
            scene.lead,
            scene.proposal.id,
            metric.id,
            now=scene.now,
            undo=undo,
            amending=BECAUSE,
        )

    with pytest.raises(DomainError):
        metrics.remove_metric(scene.session, scene.lead, scene.proposal.id, scene.metric.id, now=scene.now)
    move(scene.metric, False)
    move(scene.metric, True)
    move(dropped, True)
    assert (scene.metric.post_hoc_at, dropped.post_hoc_at) == (None, scene.now)
    assert [row.changes["set_aside"]["is"] for row in scene.state.amendments] == [True, False, False]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"baseline": float("nan")}, "baseline"),
        ({"target": float("inf")}, "target"),
        ({"target": -1e308}, "target"),
        ({"smallest_change": 0.0}, "smallest_change"),
        ({"smallest_change": -1.0}, "smallest_change"),
        ({"per": 0.0}, "per"),
        ({"expected_cases": float("inf")}, "expected_cases"),
        ({"measure": Measure.SHARE, "baseline": 101.0}, "baseline"),
        ({"measure": Measure.SHARE, "target": -1.0}, "target"),
        ({"measure": Measure.RATE, "target": -1.0}, "target"),
        ({"baseline_from": date(2026, 2, 1), "baseline_to": date(2026, 1, 1)}, "baseline_to"),
        ({"kind": CriterionKind.GUARDRAIL, "target": 50.0}, "target"),
    ],
)
def test_numbers_that_cannot_be_are_refused(scene, changes, field):
    with pytest.raises(DomainError) as refused:
        scene.change(**changes)
    assert refused.value.field == field


def test_nothing_is_amended_by_somebody_who_may_not(scene):
    scene.lock()
    with pytest.raises(Forbidden):
        metrics.change_metric(
            scene.session,
            scene.gail,
            scene.proposal.id,
            scene.metric.id,
            replace(WAIT, target=45.0),
            seen_version=scene.metric.version,
            now=scene.now,
            amending=BECAUSE,
        )
    assert scene.session.scalar(sa.select(Metric.target)) == 30.0
