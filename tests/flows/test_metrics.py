"""Metrics and readings: defined soundly, recorded once, corrected openly, verified by somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import metrics, readings
from incubator.flows.readings import NewReading, Recorded
from incubator.models.history import Event
from incubator.models.pilots import Cadence, CriterionKind, Direction, Metric, Reading

WAIT = metrics.Definition(
    name="Average wait",
    unit="min",
    direction=Direction.DOWN,
    kind=CriterionKind.GOAL,
    baseline=51.0,
    baseline_note="",
    target=30.0,
    cadence=Cadence.MONTHLY,
    owner_name="",
    source="",
    source_url="",
)
OCTOBER = NewReading(date(2026, 10, 1), 41.5, 120.0)
NOVEMBER = NewReading(date(2026, 11, 1), 38.0, 130.0)


@pytest.fixture
def pilot(session, world, now):
    """A running pilot with one metric: its proposal, its lead, an evaluator and the metric."""
    proposal = world.proposal("Permit helper", step=Step.RUNNING)
    lead = world.person("Lena", Role.PILOT_LEAD)
    world.pilot(proposal, lead_id=lead.id)
    actor = world.actor(lead)
    metric = metrics.define_metric(session, actor, proposal.id, WAIT, now=now)
    return proposal, actor, world.actor(world.person("Evan", Role.EVALUATOR)), metric


def standing(session):
    rows = session.query(Reading).filter(Reading.replaced_at.is_(None)).order_by(Reading.taken_on)
    return [(row.taken_on, row.value) for row in rows]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"target": 51.0}, "target"),
        ({"target": 60.0}, "target"),
        ({"direction": Direction.UP}, "target"),
        ({"name": "average WAIT"}, "name"),
    ],
)
def test_an_unsound_metric_is_refused(session, pilot, now, changes, field):
    proposal, lead, _, _ = pilot
    definition = replace(WAIT, **({"name": "Another"} | changes))
    with pytest.raises(DomainError) as refused:
        metrics.define_metric(session, lead, proposal.id, definition, now=now)
    assert (refused.value.field, session.query(Metric).count()) == (field, 1)


def test_a_guardrail_may_have_a_limit_worse_than_its_baseline(session, pilot, now):
    proposal, lead, _, _ = pilot
    guardrail = replace(WAIT, name="Complaints", kind=CriterionKind.GUARDRAIL, baseline=4.0, target=5.0)
    assert metrics.define_metric(session, lead, proposal.id, guardrail, now=now).target == 5.0


def test_a_moved_target_stays_visible_in_the_history(session, pilot, now):
    proposal, lead, _, metric = pilot
    seen = metric.version
    metrics.change_metric(
        session, lead, proposal.id, metric.id, replace(WAIT, target=35.0), seen_version=seen, now=now
    )
    event = session.query(Event).filter_by(kind=EventKind.METRIC_CHANGED).one()
    assert (event.details["before"], event.details["after"]) == ({"target": 30.0}, {"target": 35.0})
    with pytest.raises(StaleVersion) as stale:
        metrics.change_metric(session, lead, proposal.id, metric.id, WAIT, seen_version=seen, now=now)
    assert stale.value.theirs["target"] == 35.0


def test_the_same_readings_again_change_nothing(session, pilot, now):
    proposal, lead, _, metric = pilot
    both = [OCTOBER, NOVEMBER]
    first = readings.record_readings(session, lead, proposal.id, metric.id, both, now=now)
    again = readings.record_readings(session, lead, proposal.id, metric.id, both, now=now)
    assert (first, again) == (Recorded(2, 0, 0), Recorded(0, 0, 2))
    assert session.query(Reading).count() == 2
    assert session.query(Event).filter_by(kind=EventKind.READINGS_RECORDED).count() == 1


def test_another_value_for_a_day_is_left_alone_without_a_reason(session, pilot, now):
    proposal, lead, _, metric = pilot
    readings.record_reading(session, lead, proposal.id, metric.id, OCTOBER, now=now)
    other = replace(OCTOBER, value=99.0)
    done = readings.record_readings(session, lead, proposal.id, metric.id, [other, NOVEMBER], now=now)
    assert done == Recorded(1, 0, 0)
    assert standing(session) == [(date(2026, 10, 1), 41.5), (date(2026, 11, 1), 38.0)]
    with pytest.raises(DomainError) as refused:
        readings.record_reading(session, lead, proposal.id, metric.id, other, now=now)
    assert refused.value.field == "reason"


def test_a_correction_keeps_the_old_value_and_must_be_verified_anew(session, pilot, now):
    proposal, lead, evan, metric = pilot
    readings.record_reading(session, lead, proposal.id, metric.id, OCTOBER, now=now)
    readings.verify_readings(session, evan, proposal.id, metric.id, up_to_id=10**9, now=now)
    readings.record_reading(
        session, lead, proposal.id, metric.id, replace(OCTOBER, value=40.5), now=now, reason="A typing error"
    )
    old, new = session.query(Reading).order_by(Reading.id)
    assert (old.value, old.replaced_at, old.verified_at) == (41.5, now, now)
    assert (new.value, new.replaces_id, new.correction_reason, new.verified_at) == (
        40.5,
        old.id,
        "A typing error",
        None,
    )
    event = session.query(Event).filter_by(kind=EventKind.READING_CORRECTED).one()
    assert event.details["corrections"] == [{"day": "2026-10-01", "was": 41.5, "is": 40.5}]


@pytest.mark.parametrize(
    ("reading", "field"),
    [
        (NewReading(date(2026, 10, 1), float("nan")), "value"),
        (NewReading(date(2026, 10, 1), float("inf")), "value"),
        (NewReading(date(2026, 10, 1), 1.0, float("inf")), "value"),
        (NewReading(date(2026, 10, 1), 1.0, 0.0), "denominator"),
        (NewReading(date(2026, 11, 21), 1.0), "taken_on"),
    ],
)
def test_an_impossible_reading_is_refused(session, pilot, now, reading, field):
    proposal, lead, _, metric = pilot
    with pytest.raises(DomainError) as refused:
        readings.record_readings(session, lead, proposal.id, metric.id, [NOVEMBER, reading], now=now)
    assert (refused.value.field, session.query(Reading).count()) == (field, 0)


def test_the_lead_never_verifies(session, pilot, now):
    proposal, lead, _, metric = pilot
    readings.record_reading(session, lead, proposal.id, metric.id, OCTOBER, now=now)
    with pytest.raises(Forbidden, match="other than the pilot's lead"):
        readings.verify_readings(session, lead, proposal.id, metric.id, up_to_id=10**9, now=now)
    assert session.query(Reading).one().verified_at is None


def test_nobody_verifies_what_they_recorded(session, pilot, now):
    proposal, lead, evan, metric = pilot
    readings.record_reading(session, evan, proposal.id, metric.id, OCTOBER, now=now)
    with pytest.raises(Forbidden, match="recorded these readings yourself"):
        readings.verify_readings(session, evan, proposal.id, metric.id, up_to_id=10**9, now=now)
    readings.record_reading(session, lead, proposal.id, metric.id, NOVEMBER, now=now)
    assert readings.verify_readings(session, evan, proposal.id, metric.id, up_to_id=10**9, now=now) == 1
    verified = session.query(Reading).filter(Reading.verified_at.is_not(None)).one()
    assert verified.taken_on == date(2026, 11, 1)


def test_a_reading_that_came_after_the_page_was_shown_is_not_verified_unseen(session, pilot, now):
    proposal, lead, evan, metric = pilot
    readings.record_reading(session, lead, proposal.id, metric.id, OCTOBER, now=now)
    shown = session.query(Reading).one().id
    readings.record_reading(session, lead, proposal.id, metric.id, NOVEMBER, now=now)
    assert readings.verify_readings(session, evan, proposal.id, metric.id, up_to_id=shown, now=now) == 1


def test_a_metric_of_another_pilot_does_not_exist(session, world, pilot, now):
    proposal, lead, _, _ = pilot
    other = world.proposal(step=Step.RUNNING)
    foreign = world.add(
        Metric(
            pilot_id=world.pilot(other).id,
            name="Foreign",
            unit="min",
            direction=Direction.UP,
            cadence=Cadence.ONCE,
        )
    )
    with pytest.raises(NotFound):
        readings.record_reading(session, lead, proposal.id, foreign.id, OCTOBER, now=now)
    assert session.query(Reading).count() == 0
