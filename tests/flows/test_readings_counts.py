"""Readings with counts, of two sides and several units; notes on changes of the process."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.evaluation import Arm, Measure, never_negative
from incubator.domain.events import EventKind
from incubator.domain.roles import Role
from incubator.flows import metrics, process_changes, readings
from incubator.flows.process_changes import NewChange
from incubator.flows.readings import NewReading, Recorded
from incubator.queries import metrics as metric_query
from incubator.queries.data_quality import quality_of
from incubator.queries.detectability import months_between, power_of
from incubator.queries.pilots import plan_of
from incubator.queries.process_changes import changes_of, days_for, limit_days
from tests.flows.test_evaluation_plan import WAIT, Scene

DAY = date(2026, 10, 1)
SHARE = replace(WAIT, name="Finished", unit="%", measure=Measure.SHARE, baseline=60.0, target=50.0)
RATE = replace(WAIT, name="Errors", unit="errors in 1,000", measure=Measure.RATE, per=1_000.0)


@pytest.fixture
def scene(session, world, now):
    return Scene(session, world, now)


def define(scene, definition):
    return metrics.define_metric(scene.session, scene.lead, scene.proposal.id, definition, now=scene.now)


def take(scene, metric, *rows, reason=""):
    return readings.record_readings(
        scene.session, scene.lead, scene.proposal.id, metric.id, rows, now=scene.now, reason=reason
    )


def points(scene, metric):
    found = metric_query.find_metric(scene.session, scene.proposal.id, metric.id)
    return [(point.taken_on, point.value, point.cases) for point in found.points]


def test_a_share_and_a_rate_follow_from_their_counts(scene):
    share, rate = define(scene, SHARE), define(scene, RATE)
    take(scene, share, NewReading(DAY, None, 20.0, numerator=13.0))
    take(scene, rate, NewReading(DAY, None, 4_000.0, numerator=6.0))
    take(scene, rate, NewReading(DAY + timedelta(days=1), None, 20.0, numerator=0.0))
    assert points(scene, share) == [(DAY, 65.0, 20.0)]
    assert points(scene, rate) == [(DAY, 1.5, 4_000.0), (DAY + timedelta(days=1), 0.0, 20.0)]


@pytest.mark.parametrize(
    ("reading", "field"),
    [
        (NewReading(DAY, None), "value"),
        (NewReading(DAY, None, 10.0), "value"),
        (NewReading(DAY, None, numerator=3.0), "value"),
        (NewReading(DAY, 30.0, numerator=3.0), "denominator"),
        (NewReading(DAY, None, 10.0, numerator=11.0), "numerator"),
        (NewReading(DAY, None, 10.0, numerator=-1.0), "numerator"),
        (NewReading(DAY, 80.0, 10.0, numerator=3.0), "value"),
        (NewReading(DAY, 100.5), "value"),
        (NewReading(DAY, -0.5), "value"),
        (NewReading(DAY, 5.0, 0.0), "denominator"),
        (NewReading(DAY, None, 0.0, numerator=2.0), "value"),
        (NewReading(DAY, None, 10.0, numerator=float("nan")), "value"),
        (NewReading(DAY, 1e308, 10.0), "value"),
    ],
)
def test_a_share_that_cannot_be_is_refused(scene, reading, field):
    with pytest.raises(DomainError) as refused:
        take(scene, define(scene, SHARE), reading)
    assert refused.value.field == field


def test_a_value_has_no_count_and_a_rate_is_not_negative(scene):
    with pytest.raises(DomainError) as refused:
        take(scene, scene.metric, NewReading(DAY, 5.0, 10.0, numerator=5.0))
    assert refused.value.field == "numerator"
    with pytest.raises(DomainError) as refused:
        take(scene, define(scene, RATE), NewReading(DAY, -1.0))
    assert refused.value.field == "value"


@pytest.mark.parametrize(
    ("unit", "measure", "never"),
    [
        ("min", Measure.VALUE, True),
        ("working days", Measure.VALUE, True),
        ("Calls", Measure.VALUE, True),
        ("agencies", Measure.VALUE, True),
        ("$", Measure.VALUE, False),
        ("points", Measure.VALUE, False),
        ("", Measure.VALUE, False),
        ("°F", Measure.VALUE, False),
        ("points", Measure.RATE, True),
        ("%", Measure.SHARE, True),
    ],
)
def test_what_is_counted_or_takes_time_is_never_negative(scene, unit, measure, never):
    assert never_negative(measure, unit) is never
    if measure is Measure.VALUE:
        metric = define(scene, replace(WAIT, name="M", unit=unit))
        if never:
            with pytest.raises(DomainError) as refused:
                take(scene, metric, NewReading(DAY, -5.0))
            assert refused.value.field == "value"
            with pytest.raises(DomainError):
                define(scene, replace(WAIT, name="N", unit=unit, target=-1.0))
        else:
            take(scene, metric, NewReading(DAY, -5.0))


def test_a_rounded_value_beside_its_counts_is_taken(scene):
    assert take(scene, define(scene, SHARE), NewReading(DAY, 33.0, 3.0, numerator=1.0)).added == 1


def test_units_of_a_day_are_weighted_and_the_comparison_stays_apart(scene):
    share = define(scene, SHARE)
    rows = (
        NewReading(DAY, 50.0, 100.0, unit="North"),
        NewReading(DAY, 80.0, 300.0, unit="South"),
        NewReading(DAY, 10.0, 50.0, unit="North", arm=Arm.COMPARISON),
    )
    assert take(scene, share, *rows) == Recorded(3, 0, 0)
    assert take(scene, share, *rows) == Recorded(0, 0, 3)
    assert points(scene, share) == [(DAY, 72.5, 400.0)]
    assert metric_query.recorded(scene.session, share.id) == metric_query.Recorded(2, 1, True, 0)
    of_comparison = metric_query.readings_of(scene.session, share.id, arm=Arm.COMPARISON)
    assert [(row.unit, row.value) for row in of_comparison] == [("North", 10.0)]


def test_units_without_cases_count_alike_and_huge_ones_do_not_break(scene):
    take(
        scene,
        scene.metric,
        NewReading(DAY, 10.0, unit="A"),
        NewReading(DAY, 20.0, 5.0, unit="B"),
        NewReading(DAY + timedelta(days=1), 1e308, 1e308, unit="A"),
        NewReading(DAY + timedelta(days=1), 1e308, 1e308, unit="B"),
    )
    first, second = points(scene, scene.metric)
    assert (first, second[1]) == ((DAY, 15.0, None), 1e308)


def test_a_correction_touches_its_own_unit_only(scene):
    share = define(scene, SHARE)
    take(scene, share, NewReading(DAY, 50.0, 100.0, unit="A"), NewReading(DAY, 70.0, 100.0, unit="B"))
    assert take(scene, share, NewReading(DAY, 60.0, 100.0, unit="A"), reason="Typed wrong").corrected == 1
    assert [(row.unit, row.value) for row in metric_query.readings_of(scene.session, share.id)] == [
        ("A", 60.0),
        ("B", 70.0),
    ]
    (correction,) = metric_query.corrections_of(scene.session, share.id)
    assert (correction.unit, correction.was, correction.now) == ("A", 50.0, 60.0)


def test_how_good_the_readings_are(scene):
    scene.read_baseline()
    take(scene, scene.metric, NewReading(date(2026, 9, 1), 40.0), NewReading(date(2026, 11, 1), 41.0))
    take(scene, scene.metric, NewReading(date(2026, 9, 1), 42.0), reason="Typed wrong")
    row = metric_query.find_metric(scene.session, scene.proposal.id, scene.metric.id)
    plan = plan_of(scene.session, scene.proposal.id)
    quality = quality_of(scene.session, row, plan, date(2026, 11, 20))
    assert (quality.found.planned, quality.found.filled, quality.found.missing) == (
        12,
        2,
        (date(2026, 10, 1),),
    )
    assert (quality.found.revised, quality.unverified) == (1, 2)
    assert quality_of(scene.session, row, plan, date(2026, 8, 31)) is None


# what could be detected


def a_year_before(scene, metric, cases=50):
    """Twelve months of readings before the launch, for the plan to know how months vary."""
    starts_on = plan_of(scene.session, scene.proposal.id).starts_on
    # Six in ten, and a standard error off it in turn.
    turns = (1, -1, 0, 2, -2, 0, 1, 0, -1, 1, 0, -1)
    counts = [round(0.6 * cases + turn * (0.24 * cases) ** 0.5) for turn in turns]
    days = [starts_on - timedelta(days=30 * back) for back in range(12, 0, -1)]
    take(
        scene,
        metric,
        *(
            NewReading(day, None, float(cases), numerator=float(count))
            for day, count in zip(days, counts, strict=True)
        ),
    )


def test_more_cases_detect_smaller_changes(scene):
    """Months of many cases vary less, and the power of the plan comes from how its own months vary."""
    found = {}
    for cases in (50, 5_000):
        wanted = replace(SHARE, name=f"{cases} cases", smallest_change=5.0, expected_cases=float(cases))
        share = define(scene, wanted)
        a_year_before(scene, share, cases)
        found[cases] = next(
            each for each in power_of(scene.session, scene.proposal.id) if each.metric_id == share.id
        )
    few, many = found[50].found, found[5_000].found
    assert few.at_horizon.change > many.at_horizon.change > 0
    assert len(many.steps) == 12
    assert (found[50].enough, found[5_000].enough) == (False, True)


def test_without_a_baseline_or_a_volume_nothing_counts_as_enough(scene):
    bare = define(scene, replace(SHARE, baseline=None, target=None))
    idle = define(scene, replace(SHARE, name="Idle"))
    found = {each.metric_id: each for each in power_of(scene.session, scene.proposal.id)}
    assert [found[row.id].enough for row in (bare, idle)] == [False, False]
    assert str(found[idle.id].why_not).startswith("Say how many cases are planned")


def test_a_horizon_counts_its_own_day(scene):
    starts_on = plan_of(scene.session, scene.proposal.id).starts_on
    for name, days in (("A year", 364), ("A day less", 363)):
        horizon = starts_on + timedelta(days=days)
        a_year_before(
            scene, define(scene, replace(SHARE, name=name, expected_cases=50.0, horizon_on=horizon))
        )
    found = {each.name: len(each.found.steps) for each in power_of(scene.session, scene.proposal.id)}
    assert (found["A year"], found["A day less"]) == (12, 11)


@pytest.mark.parametrize(
    ("start", "end", "months"),
    [
        (date(2026, 3, 1), date(2027, 3, 1), 12.0),
        (date(2027, 2, 28), date(2027, 8, 28), 6.0),
        (date(9998, 12, 31), date(9999, 12, 31), 12.0),
    ],
)
def test_a_year_has_twelve_months(start, end, months):
    assert months_between(start, end) == months


# changes of the process


def test_a_change_starts_new_limits_only_when_asked_and_until_struck(scene):
    def note(**values):
        change = NewChange(DAY, "A second clerk", **values)
        return process_changes.note_change(
            scene.session, scene.lead, scene.proposal.id, change, now=scene.now
        )

    note()
    assert limit_days(scene.session, scene.proposal.id) == {}
    own, whole = note(metric_id=scene.metric.id, new_limits=True), note(new_limits=True)
    other = define(scene, SHARE)
    found = limit_days(scene.session, scene.proposal.id)
    assert (days_for(found, scene.metric.id), days_for(found, other.id)) == ((DAY,), (DAY,))
    process_changes.strike_change(
        scene.session, scene.lead, scene.proposal.id, whole.id, reason="Wrong day", now=scene.now
    )
    found = limit_days(scene.session, scene.proposal.id)
    assert (days_for(found, scene.metric.id), days_for(found, other.id)) == ((DAY,), ())
    rows = changes_of(scene.session, scene.proposal.id, scene.metric.id)
    assert [(row.id, row.strike_reason) for row in rows if row.new_limits] == [
        (whole.id, "Wrong day"),
        (own.id, ""),
    ]
    assert scene.kinds()[-1] is EventKind.PROCESS_CHANGE_STRUCK
    with pytest.raises(StaleVersion):
        process_changes.strike_change(
            scene.session, scene.lead, scene.proposal.id, whole.id, reason="Again", now=scene.now
        )


@pytest.mark.parametrize(
    ("change", "field"),
    [(NewChange(DAY, " "), "what"), (NewChange(date(9999, 12, 31), "Later"), "happened_on")],
)
def test_a_note_says_what_and_lies_in_the_past(scene, change, field):
    with pytest.raises(DomainError) as refused:
        process_changes.note_change(scene.session, scene.lead, scene.proposal.id, change, now=scene.now)
    assert refused.value.field == field


def test_notes_belong_to_the_record_and_to_those_who_record(scene, world, now):
    other = Scene(scene.session, world, now)
    change = NewChange(DAY, "A second clerk", metric_id=other.metric.id)
    with pytest.raises(NotFound):
        process_changes.note_change(scene.session, scene.lead, scene.proposal.id, change, now=scene.now)
    row = process_changes.note_change(scene.session, other.lead, other.proposal.id, change, now=scene.now)
    with pytest.raises(NotFound):
        process_changes.strike_change(
            scene.session, scene.lead, scene.proposal.id, row.id, reason="Mine", now=scene.now
        )
    stranger = world.actor(world.person("Ray", Role.GATEKEEPER))
    with pytest.raises(Forbidden):
        process_changes.note_change(
            scene.session, stranger, scene.proposal.id, NewChange(DAY, "x"), now=scene.now
        )
