"""The order of a panel's agenda: the closest to the line first."""

from __future__ import annotations

import itertools
import random

import pytest

from incubator.domain.agenda import AgendaItem, RankRange, by_closeness


def items(**means: float | None) -> list[AgendaItem]:
    return [AgendaItem(int(name[1:]), f"DOT-{int(name[1:]):04}", mean) for name, mean in means.items()]


def test_the_distance_of_the_mean_from_that_of_the_last_place():
    # Two places: the line is the mean of the second, 4.0.
    found = by_closeness(items(p1=4.9, p2=4.0, p3=3.7, p4=1.5, p5=None, p6=4.2), places=3)
    assert found == [2, 6, 3, 1, 4, 5]


def test_equal_distances_go_by_number():
    # 4.1 and 3.9 lie equally far from 4.0, though their differences do not agree in binary.
    assert 4.1 - 4.0 != 4.0 - 3.9
    assert by_closeness(items(p3=4.1, p1=4.0, p2=3.9), places=2) == [1, 2, 3]


@pytest.mark.parametrize("places", [None, 0, 3, 4, 100])
def test_without_a_line_by_number(places):
    assert by_closeness(items(p3=4.9, p1=None, p2=1.0, p4=3.0), places=places) == [1, 2, 3, 4]


def test_without_any_review_by_number():
    assert by_closeness(items(p2=None, p1=None), places=1) == [1, 2]
    assert by_closeness([], places=1) == []


RANKS = {
    1: RankRange(1.2, 1, 2),
    2: RankRange(2.9, 2, 5),
    3: RankRange(3.4, 2, 4),
    4: RankRange(5.5, 5, 6),
    5: RankRange(4.8, 4, 6),
}


def test_with_an_analysis_by_the_gap_between_range_and_line_then_by_the_expected_rank():
    listed = items(p1=5.0, p2=4.0, p3=4.0, p4=1.0, p5=2.0, p6=4.0)
    # 2 and 3 hold the line; 1 and 5 lie one rank from it, 5 nearer in expectation; 6 is not ranked.
    assert by_closeness(listed, places=3, ranks=RANKS, line=3.0) == [2, 3, 5, 1, 4, 6]


def test_what_is_too_close_to_call_comes_before_what_is_clear():
    clear, close = RankRange(3.0, 3.0, 4.0), RankRange(5.0, 1.0, 9.0, close=True)
    assert by_closeness(items(p1=4.0, p2=4.0), places=3, ranks={1: clear, 2: close}, line=3.0) == [2, 1]


def test_an_analysis_wins_over_the_means_and_no_line_falls_back_to_them():
    listed = items(p1=4.0, p2=1.0, p4=4.1)
    assert by_closeness(listed, places=1, ranks=RANKS, line=3.0) == [2, 1, 4]
    assert by_closeness(listed, places=1, ranks=RANKS, line=None) == [4, 1, 2]
    assert by_closeness(listed, places=1, ranks={}, line=3.0) == [4, 1, 2]


def test_the_order_does_not_depend_on_the_order_of_the_input():
    listed = items(p1=4.0, p2=4.0, p3=None, p4=2.0, p5=4.1)
    for ranks, line in ((None, None), (RANKS, 3.0)):
        orders = {
            tuple(by_closeness(some, places=2, ranks=ranks, line=line))
            for some in itertools.permutations(listed)
        }
        assert len(orders) == 1


def test_every_item_comes_once():
    chance = random.Random(4)
    for count in range(12):
        listed = [
            AgendaItem(one, f"N-{one}", chance.choice([None, round(chance.uniform(1, 5), 1)]))
            for one in range(count)
        ]
        ranks = {one: RankRange(chance.uniform(1, 9), 1, 9) for one in range(0, count, 2)}
        for known in (None, ranks):
            found = by_closeness(listed, places=3, ranks=known, line=4.0)
            assert sorted(found) == list(range(count))
