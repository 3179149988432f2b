"""Selection rates with their funnel, when reviews come in, and the draw."""

import hashlib
from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import binom

from incubator.analytics.intervals import wilson
from incubator.analytics.lottery import Ticket, draw_lots
from incubator.analytics.selection_rates import Standing, funnel_points, selection_rates
from incubator.analytics.timeliness import Due, Timeliness, timeliness


def decided(**groups):
    """Group → (selected, n)."""
    return [(name, turn < chosen) for name, (chosen, n) in groups.items() for turn in range(n)]


def test_funnel_limits_by_hand():
    (at,) = funnel_points(0.5, [10])
    # Binomial(10, ½): P(≤1) = 11/1024, P(≤2) = 56/1024, and .025 lies (56/1024 - .025) / (45/1024) before 2.
    assert at.low == pytest.approx((2 - (56 / 1024 - 0.025) / (45 / 1024)) / 10, abs=1e-12)
    assert at.high == pytest.approx((8 - (1013 / 1024 - 0.975) / (45 / 1024)) / 10, abs=1e-12)
    assert at.far_low < at.low < 0.5 < at.high < at.far_high


def test_funnel_narrows_and_holds_what_it_says():
    points = funnel_points(0.2, range(1, 400))
    widths = [point.high - point.low for point in points[30:]]
    assert max(widths[200:]) < min(widths[:30])
    for point in points[50:]:
        inside = sum(
            binom.pmf(k, point.n, 0.2) for k in range(point.n + 1) if point.low <= k / point.n <= point.high
        )
        assert inside == pytest.approx(0.95, abs=0.05)
    assert {(p.low, p.high) for p in funnel_points(0.0, [1, 50])} == {(0.0, 0.0)}


def test_groups_come_by_name_and_only_large_ones_are_judged():
    found = selection_rates(
        [*decided(b=(60, 100), a=(9, 9), c=(1, 40), d=(20, 50)), ("a", None), ("e", None)]
    )
    assert [(one.group, one.selected, one.n, one.standing, one.above) for one in found.groups] == [
        ("a", 9, 9, None, None),
        ("b", 60, 100, Standing.NEAR, True),
        ("c", 1, 40, Standing.FAR, False),
        ("d", 20, 50, Standing.WITHIN, False),
    ]
    assert found.overall == wilson(90, 199)
    assert found.groups[1].rate == wilson(60, 100)
    sizes = [point.n for point in found.funnel]
    assert sizes == sorted(set(sizes))
    assert {9, 100, 40, 50} <= set(sizes)
    assert (sizes[0], sizes[-1]) == (1, 100)


def test_rates_without_a_decision_or_a_difference():
    assert selection_rates([("a", None)]).overall is None
    all_in = selection_rates(decided(a=(12, 12), b=(30, 30)))
    assert [one.standing for one in all_in.groups] == [Standing.WITHIN] * 2
    rng = np.random.default_rng(1)
    pairs = decided(b=(6, 20), a=(4, 30))
    order = rng.permutation(len(pairs))
    assert selection_rates([pairs[i] for i in order]) == selection_rates(pairs)
    with pytest.raises(ValueError):
        funnel_points(1.2, [3])
    with pytest.raises(ValueError):
        funnel_points(0.2, [0])


DUE = date(2026, 11, 10)


def review(due_in=0, handed_in=None):
    due = DUE + timedelta(days=due_in)
    return Due(due, None if handed_in is None else due + timedelta(days=handed_in))


def test_reviews_by_day_relative_to_the_due_day():
    reviews = [review(0, -3), review(0, 0), review(0, 2), review(5, -3), review(0)]
    found = timeliness(reviews, today=DUE + timedelta(days=4))
    assert found.days == (-3, 0, 2)
    assert found.share == pytest.approx((0.4, 0.6, 0.8))
    assert (found.on_time, found.handed_in, found.still_open, found.overdue) == (pytest.approx(0.6), 4, 1, 1)


def test_open_reviews_count_only_as_long_as_they_were_watched():
    """Two open ones, due in four days, say nothing of the due day: the others alone do."""
    reviews = [review(0, -5), review(0, 0), review(4), review(4)]
    found = timeliness(reviews, today=DUE)
    assert (found.days, found.share) == ((-5, 0), (0.25, 1.0))
    assert (found.still_open, found.overdue) == (2, 0)


def test_nothing_is_known_of_the_due_day_before_it_comes():
    early = timeliness([review(3, -5), review(3)], today=DUE)
    assert (early.days, early.share, early.on_time) == ((-5,), (0.5,), None)
    assert timeliness([], today=DUE) == Timeliness((), (), None, 0, 0, 0)
    later = timeliness([review(0, 3)], today=DUE)
    assert (later.handed_in, later.still_open, later.on_time) == (0, 1, 0.0)


def test_the_draw_is_what_anybody_computes():
    # printf '2026-11-20 evening 482|A-1' | sha256sum, and so on.
    found = draw_lots(["C-3", "A-1", "B-2"], places=2, seed="2026-11-20 evening 482")
    assert found == (
        Ticket("B-2", "2cb81bc35654561ce4f2e2ac9c0f9cd3a43df38a7c55d80d869ba7a1d3368930", True),
        Ticket("A-1", "56e2269005c281d395a155dad6d17e3462ab4b2ec1a61f9f8a8f6246e7a78374", True),
        Ticket("C-3", "f368e76c263d0f3eacccb38289382162fd61c8994eb2ebd994c1b5be5b01cb23", False),
    )
    assert draw_lots(["A-1", "B-2", "C-3"], places=2, seed="2026-11-20 evening 482") == found


def test_the_draw_is_fair_over_seeds_and_hears_umlauts():
    wins = dict.fromkeys("abcde", 0)
    for seed in range(2000):
        for ticket in draw_lots(wins, places=2, seed=str(seed)):
            wins[ticket.key] += ticket.won
    assert all(720 < count < 880 for count in wins.values())
    (one,) = draw_lots(["Brücke"], places=1, seed="ß")
    assert one.number == hashlib.sha256(b"\xc3\x9f|Br\xc3\xbccke").hexdigest()


@pytest.mark.parametrize(("keys", "places", "seed"), [(["a", "a"], 1, "s"), (["a"], -1, "s"), (["a"], 1, "")])
def test_no_draw_without_its_rules(keys, places, seed):
    with pytest.raises(ValueError):
        draw_lots(keys, places=places, seed=seed)
