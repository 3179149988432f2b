"""The rules against published limits and vectors, and what must not change when the data are turned."""

import itertools
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.analytics.process_chart import (
    Assurance,
    Limits,
    Meaning,
    NoLimits,
    Signal,
    analyse,
    assurance,
    natural_limits,
    why_no_limits,
)
from tests.analytics.shared_data import shared

FLIP = {
    Meaning.ROUTINE: Meaning.ROUTINE,
    Meaning.IMPROVEMENT: Meaning.CONCERN,
    Meaning.CONCERN: Meaning.IMPROVEMENT,
}
STEADY = [10.0, 12.0, 11.0, 9.0, 10.0, 12.0, 11.0, 9.0, 10.0, 12.0, 11.0, 9.0]
readings = st.lists(st.integers(-500, 500).map(float), min_size=0, max_size=40)


def column(name, index):
    lines = shared("charts_spc", "qcc", name).read_text().split("\n")[1:]
    return [line.split() for line in lines if line.strip()], index


def published(name):
    text = shared("charts_spc", "EXPECTED.json").read_text()
    return json.loads(text)["published_by_qcc_3.0_docs"][name]


def test_viscosity_trial_limits_are_the_published_ones():
    rows, _ = column("viscosity.txt", 1)
    values = [float(row[1]) for row in rows if row[2] == "TRUE"]
    found = natural_limits(values, screen=False)
    assert len(values) == 20
    assert [round(x, 5) for x in (found.mean, found.lower, found.upper)] == published("viscosity XmR (trial)")


def test_antifreeze_limits_are_the_published_ones():
    rows, _ = column("antifreeze.txt", 0)
    found = natural_limits([float(row[0]) for row in rows])
    assert [round(x, 6) for x in (found.mean, found.lower, found.upper)] == published("antifreeze XmR")


def test_a_moving_range_beyond_the_screen_is_left_out_once():
    rows, _ = column("viscosity.txt", 1)
    values = [float(row[1]) for row in rows if row[2] == "TRUE"]
    ranges = [abs(b - a) for a, b in itertools.pairwise(values)]
    kept = [r for r in ranges if r < 3.267 * sum(ranges) / len(ranges)]
    assert len(kept) == len(ranges) - 1
    assert natural_limits(values).moving_range == pytest.approx(sum(kept) / len(kept), abs=1e-12)


def test_limits_of_one_two_three_by_hand():
    found = natural_limits([1, 2, 3])
    assert (found.mean, found.moving_range, found.n, found.trial) == (2.0, 1.0, 3, True)
    assert (round(found.lower, 2), round(found.upper, 2)) == (-0.66, 4.66)
    assert (round(found.near_lower, 2), round(found.near_upper, 2)) == (0.23, 3.77)


def test_twelve_points_end_the_trial():
    assert natural_limits(STEADY[:11]).trial is True
    assert natural_limits(STEADY).trial is False


@pytest.mark.parametrize("values", [[], [4.0]])
def test_too_few_points_have_no_limits_and_no_signals(values):
    found = analyse(values, "up", target=1)
    assert found.limits is None
    assert found.assurance is None
    assert [point.meaning for point in found.points] == [Meaning.ROUTINE] * len(values)


def signals(tail, direction="down"):
    found = analyse(STEADY + tail, direction, baseline=12)
    return [point.signal for point in found.points[12:]], [point.meaning for point in found.points[12:]]


def test_a_point_outside_the_limits():
    assert signals([30.0]) == ([Signal.OUTSIDE], [Meaning.CONCERN])
    assert signals([-20.0]) == ([Signal.OUTSIDE], [Meaning.IMPROVEMENT])
    assert signals([-20.0], "up") == ([Signal.OUTSIDE], [Meaning.CONCERN])


def test_seven_rising_points_are_a_trend_and_six_are_not():
    rising = [8.7, 9.2, 9.9, 10.4, 10.9, 11.6, 12.2]
    assert signals([12.0, *rising])[0] == [None] + [Signal.TREND] * 7
    assert signals([12.0, *rising[1:]])[0] == [None] * 7
    assert signals([12.0, 8.7, 9.2, 9.9, 9.9, 10.9, 11.6, 12.2])[0] == [None] * 8


def test_two_of_three_need_the_warning_zone_and_one_side():
    zone = natural_limits(STEADY)
    near = (zone.near_upper + zone.upper) / 2
    inside = zone.mean + 0.5
    below = zone.mean - 0.5
    assert signals([near, inside, near])[0] == [Signal.NEAR_LIMIT, None, Signal.NEAR_LIMIT]
    assert signals([near, below, near])[0] == [None, None, None]
    assert signals([near, inside, inside, near])[0] == [None] * 4
    assert signals([near, inside, inside, near, near])[0] == [None] * 3 + [Signal.NEAR_LIMIT] * 2


def test_seven_on_one_side_are_a_shift():
    low = [10.0, 9.9, 10.0, 9.8, 10.1, 9.9, 10.0]
    assert signals([12.0, *low]) == (
        [None] + [Signal.SHIFT] * 7,
        [Meaning.ROUTINE] + [Meaning.IMPROVEMENT] * 7,
    )
    assert signals([12.0, *low[:6]])[0] == [None] * 7
    # A point on the mean is on neither side.
    assert signals([12.0, *low[:3], 10.5, *low[3:6]])[0] == [None] * 8


@pytest.mark.parametrize(
    ("zone", "wanted"),
    [
        ([1, 0, 1], [1, 0, 1]),
        ([0, 1, 1], [0, 1, 1]),
        ([1, 1, 0], [1, 1, 0]),
        ([0, 0, 1, 0, 1, 0, 0], [0, 0, 1, 0, 1, 0, 0]),
        ([0, 0, 1, 1, 0, 0, 0], [0, 0, 1, 1, 0, 0, 0]),
        ([1, 0, 0, 1], [0, 0, 0, 0]),
        ([1, 0, 0, 1, 1], [0, 0, 0, 1, 1]),
    ],
)
def test_two_of_three_vectors_of_nhs_rplotthedots(zone, wanted):
    """Its test of ptd_part_of_two_in_three: 1 for a point close to a limit, all on one side."""
    limits = natural_limits(STEADY)
    near = (limits.near_upper + limits.upper) / 2
    found = signals([near if close else limits.mean + 0.5 for close in zone])[0]
    assert [signal is Signal.NEAR_LIMIT for signal in found] == [bool(flag) for flag in wanted]


@pytest.mark.parametrize(
    ("values", "last"),
    [
        ([1, 2, 3, 4, 5, 6], None),
        ([1, 2, 3, 3, 4, 5, 6], None),
        ([1, 2, 3, 4, 5, 6, 7], 6),
        ([2, 1, 2, 3, 4, 5, 6, 7, 3], 7),
        ([7, 6, 5, 4, 3, 2, 1], 6),
        ([2, 7, 6, 5, 4, 3, 2, 1, 3], 7),
    ],
)
def test_trend_vectors_of_nhs_rplotthedots(values, last):
    """Its test of ptd_seven_point_trend: where the seventh point stands, if there is a trend."""
    apart = 12.0 if values[1] > values[0] else 9.0
    found = signals([apart, *(9.7 + value * 0.2 for value in values)])[0][1:]
    trend = [i for i, signal in enumerate(found) if signal is Signal.TREND]
    assert trend == ([] if last is None else list(range(last - 6, last + 1)))


@pytest.mark.parametrize("side", [1, -1])
def test_shift_vectors_of_nhs_rplotthedots(side):
    """Its test of ptd_seven_point_one_side_mean: six are none, eight all count, the ninth on the other side not."""
    mean = natural_limits(STEADY).mean
    step = [mean + side * (0.4 + 0.1 * (i % 2)) for i in range(8)]
    other = mean - side * 0.4
    assert signals([other, *step[:6]])[0] == [None] * 7
    assert signals([other, *step[:6], other])[0] == [None] * 8
    assert signals([other, *step, other])[0] == [None, *[Signal.SHIFT] * 8, None]


def test_the_rules_are_asked_in_order():
    falling = [9.9, 8.0, 6.5, 5.0, 3.0, 1.0, -3.0]
    found = signals([12.0, *falling])[0]
    limit = natural_limits(STEADY).lower
    assert falling[-1] < limit < falling[0]
    assert found == [Signal.OUTSIDE if value < limit else Signal.TREND for value in [12.0, *falling]]


def test_limits_stay_frozen_at_launch():
    wild = [50.0, -40.0, 90.0]
    assert analyse(STEADY + wild, "up", baseline=12).limits == natural_limits(STEADY)
    assert analyse(STEADY + wild, "up").limits == natural_limits(STEADY + wild)


def test_a_recorded_change_starts_new_limits_and_keeps_the_old():
    later = [value - 6 for value in STEADY]
    found = analyse(STEADY + later, "down", baseline=12, changes=[12], target=8.7)
    assert [(s.start, s.stop, s.limits.mean) for s in found.segments] == [(0, 12, 10.5), (12, 24, 4.5)]
    assert {point.meaning for point in found.points} == {Meaning.ROUTINE}
    assert found.assurance is Assurance.MEETS
    assert analyse(STEADY, "down", baseline=12, target=8.7).assurance is Assurance.HIT_AND_MISS


def test_a_change_just_now_keeps_the_last_limits():
    found = analyse([*STEADY, 4.0], "down", changes=[12])
    assert found.segments[1].limits == natural_limits(STEADY)


@pytest.mark.parametrize("changes", [[0], [12], [5, 5], [6, 3], [-1]])
def test_changes_out_of_order_are_refused(changes):
    with pytest.raises(ValueError, match="rising positions"):
        analyse(STEADY, "up", changes=changes)


def test_assurance_vectors_of_nhs_rplotthedots():
    rows = [Limits(2, 1, 3, 1, 20), Limits(6, 5, 7, 1, 20), Limits(4, 1, 5, 1, 20)]
    up = [assurance(row, 4, "up") for row in rows]
    down = [assurance(row, 4, "down") for row in rows]
    assert up == [Assurance.MISSES, Assurance.MEETS, Assurance.HIT_AND_MISS]
    assert down == [Assurance.MEETS, Assurance.MISSES, Assurance.HIT_AND_MISS]
    assert assurance(rows[0], None, "up") is None


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_values_that_are_no_numbers_are_refused(bad):
    with pytest.raises(ValueError, match="finite"):
        analyse([1.0, bad], "up")


def test_huge_readings_do_not_overflow():
    found = analyse([1e308, -1e308, 1e308, -1e308], "up", target=0)
    assert found.limits.mean == 0
    assert found.assurance is Assurance.HIT_AND_MISS
    assert natural_limits([1.7e308] * 3).mean == pytest.approx(1.7e308)


@given(readings, st.sampled_from([None, 5, 12]))
def test_flipping_the_direction_mirrors_every_meaning(values, baseline):
    up = analyse(values, "up", baseline=baseline)
    down = analyse(values, "down", baseline=baseline)
    assert [FLIP[point.meaning] for point in up.points] == [point.meaning for point in down.points]
    assert [point.signal for point in up.points] == [point.signal for point in down.points]


@given(readings, st.sampled_from([None, 5, 12]))
def test_turning_values_upside_down_with_the_direction_changes_nothing(values, baseline):
    plain = analyse(values, "up", baseline=baseline, target=3.0)
    turned = analyse([-value for value in values], "down", baseline=baseline, target=-3.0)
    assert [(p.meaning, p.signal) for p in plain.points] == [(p.meaning, p.signal) for p in turned.points]
    assert plain.assurance == turned.assurance


@given(readings)
def test_a_power_of_two_of_the_unit_changes_nothing(values):
    plain = analyse(values, "up")
    scaled = analyse([value * 1024 for value in values], "up")
    assert [(p.meaning, p.signal) for p in plain.points] == [(p.meaning, p.signal) for p in scaled.points]


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([0] * 11 + [1], NoLimits.RARE),
        ([0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 2], NoLimits.RARE),
        ([5.0] * 12, NoLimits.SAME),
        ([0.0] * 12, NoLimits.SAME),
        ([0, 1, 2, 1, 0, 3], None),
        ([-1, 0, 0, 1, 0], None),
        ([4], NoLimits.FEW),
    ],
)
def test_no_limits_are_made_of_readings_that_do_not_show_chance(values, why):
    assert why_no_limits(values) is why
    found = analyse([*values, *[0] * 9], "down", baseline=len(values), target=0.5)
    if why in (NoLimits.RARE, NoLimits.SAME):
        assert (found.limits, found.no_limits, found.assurance) == (None, why, None)
        assert {point.meaning for point in found.points} == {Meaning.ROUTINE}


def test_limits_end_where_no_value_can_be():
    values = [92, 99, 95, 100, 88, 97, 99, 90, 100, 94, 98, 91]
    free, cut = analyse(values, "up", target=101), analyse(values, "up", target=101, floor=0, ceiling=100)
    assert free.limits.upper > 100 == cut.limits.upper
    assert cut.limits.lower == free.limits.lower
    low = analyse([1, 0, 3, 0, 2, 5, 1, 2, 0, 1, 4, 2], "down", floor=0)
    assert low.limits.lower == 0


def test_one_accident_among_equal_readings_leaves_limits_some_width():
    limits = natural_limits([10.0] * 11 + [10.1])
    assert limits is not None
    # The only range that is not nothing is kept: a mean range of .1 / 11.
    assert limits.upper - limits.mean == pytest.approx(2.66 * 0.1 / 11, rel=1e-3)
    judged = analyse([10.0] * 6 + [10.1] + [10.0] * 5, "down")
    assert [point.signal for point in judged.points[:6]] == [None] * 6


def test_a_run_does_not_reach_back_over_the_launch():
    before = [10.0, 12.0, 9.0, 11.0, 10.0, 12.0, 9.0, 8.9, 9.1]
    after = [9.0, 9.2, 8.8, 9.1, 9.0]
    judged = analyse(before + after, "down", baseline=len(before))
    assert [point.signal for point in judged.points[: len(before)]] == [None] * len(before)
    longer = analyse(before + after + [9.0, 9.1], "down", baseline=len(before))
    assert [point.signal for point in longer.points[len(before) :]] == [Signal.SHIFT] * 7
