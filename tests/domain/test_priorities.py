"""The ranked list: order, ties, hand moves, the line, and what may not change it."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.domain.priorities import Candidate, Limits, Move, Shortage, rank


def positions(ranking):
    return [place.candidate.key for place in ranking.places]


def funded(ranking):
    return [place.candidate.key for place in ranking.funded]


A, B, C, D = (
    Candidate(1, 4.5, 300),
    Candidate(2, 4.0, 500),
    Candidate(3, 3.5, 100),
    Candidate(4, None, 50),
)


def test_the_best_score_comes_first_and_no_score_last():
    assert positions(rank([D, C, A, B], Limits(None, None))) == [1, 2, 3, 4]


def test_the_order_of_the_input_does_not_matter():
    expected = rank([A, B, C, D], Limits(700, 3))
    assert all(rank(order, Limits(700, 3)) == expected for order in permutations([A, B, C, D]))


def test_equal_scores_share_a_rank_and_the_next_rank_is_left_out():
    places = rank(
        [Candidate(1, 4.0, 1), Candidate(2, 4.0, 1), Candidate(3, 3.0, 1), Candidate(4, 5.0, 1)],
        Limits(None, None),
    ).places
    assert [(p.candidate.key, p.rank, p.tied) for p in places] == [
        (4, 1, False),
        (1, 2, True),
        (2, 2, True),
        (3, 4, False),
    ]


def test_means_that_differ_in_the_last_bit_tie():
    one, other = (0.1 + 0.2) * 10, 3.0
    assert one != other
    places = rank([Candidate(2, one, 1), Candidate(1, other, 1)], Limits(None, None)).places
    assert [(p.candidate.key, p.rank, p.tied) for p in places] == [(1, 1, True), (2, 1, True)]


@pytest.mark.parametrize(
    ("limits", "above", "shortage", "left"),
    [
        (Limits(None, None), [1, 2, 3, 4], None, (None, None)),
        (Limits(950, 4), [1, 2, 3, 4], None, (0, 0)),
        (Limits(949, 4), [1, 2, 3], Shortage.MONEY, (49, 1)),
        (Limits(950, 3), [1, 2, 3], Shortage.TEAMS, (50, 0)),
        (Limits(799, 2), [1], Shortage.MONEY, (499, 1)),
        (Limits(800, 2), [1, 2], Shortage.BOTH, (0, 0)),
        (Limits(900, 2), [1, 2], Shortage.TEAMS, (100, 0)),
        (Limits(0, 4), [], Shortage.MONEY, (0, 4)),
        (Limits(950, 0), [], Shortage.TEAMS, (950, 0)),
        (Limits(0, 0), [], Shortage.BOTH, (0, 0)),
        (Limits(None, 1), [1], Shortage.TEAMS, (None, 0)),
        (Limits(300, None), [1], Shortage.MONEY, (0, None)),
    ],
)
def test_the_line_stands_before_the_first_that_does_not_fit(limits, above, shortage, left):
    ranking = rank([A, B, C, D], limits)
    assert (funded(ranking), ranking.shortage) == (above, shortage)
    assert (ranking.money_left, ranking.teams_left) == left


def test_what_would_still_fit_is_pointed_out_and_not_taken():
    ranking = rank([A, B, C, D], Limits(420, 3))
    assert funded(ranking) == [1]
    assert [(p.candidate.key, p.fits_below) for p in ranking.places] == [
        (1, False),
        (2, False),
        (3, True),
        (4, True),
    ]


def test_nothing_would_still_fit_without_a_team():
    assert not any(p.fits_below for p in rank([A, B, C], Limits(10_000, 1)).places)


def test_an_unknown_cost_takes_a_team_and_no_money():
    ranking = rank([Candidate(1, 5.0, None), Candidate(2, 4.0, 10)], Limits(10, 1))
    assert (funded(ranking), ranking.shortage, ranking.money_left) == ([1], Shortage.TEAMS, 10)


def test_the_running_total_counts_every_row():
    assert [p.spent for p in rank([A, B, C, D], Limits(0, 0)).places] == [300, 800, 900, 950]


def test_a_line_between_equal_scores_says_so():
    pair = [Candidate(1, 4.0, 10), Candidate(2, 4.0, 10)]
    assert rank(pair, Limits(10, None)).splits_tie
    assert not rank(pair, Limits(20, None)).splits_tie
    assert not rank(pair, Limits(0, None)).splits_tie
    assert not rank([A, B], Limits(300, None)).splits_tie


@pytest.mark.parametrize(
    ("moves", "order"),
    [
        ([Move(1, 3, 1)], [3, 1, 2, 4]),
        ([Move(1, 1, 4)], [2, 3, 4, 1]),
        ([Move(1, 1, 99)], [2, 3, 4, 1]),
        ([Move(1, 3, 1), Move(2, 4, 1)], [4, 3, 1, 2]),
        ([Move(2, 4, 1), Move(1, 3, 1)], [4, 3, 1, 2]),
        ([Move(1, 3, 1), Move(2, 3, 4)], [1, 2, 4, 3]),
        ([Move(1, 77, 1)], [1, 2, 3, 4]),
    ],
)
def test_hand_moves_in_the_order_in_which_they_were_made(moves, order):
    ranking = rank([A, B, C, D], Limits(None, None), moves)
    assert positions(ranking) == order
    assert {p.candidate.key for p in ranking.places if p.moved_by} == {m.key for m in moves} & {1, 2, 3, 4}


def test_a_moved_proposal_keeps_the_rank_its_score_earns():
    first = rank([A, B, C, D], Limits(None, None), [Move(9, 3, 1)]).places[0]
    assert (first.candidate.key, first.position, first.rank, first.moved_by) == (3, 1, 3, 9)


def test_the_line_is_drawn_after_the_moves():
    assert funded(rank([A, B, C, D], Limits(400, 4), [Move(1, 3, 1)])) == [3, 1]


@pytest.mark.parametrize(
    ("candidates", "limits"),
    [
        ([A, A], Limits(1, 1)),
        ([Candidate(1, 1.0, -1)], Limits(1, 1)),
        ([A], Limits(-1, 1)),
        ([A], Limits(1, -1)),
    ],
)
def test_nonsense_is_refused(candidates, limits):
    with pytest.raises(ValueError, match=r"negative|same key"):
        rank(candidates, limits)


CANDIDATES = st.lists(
    st.tuples(st.none() | st.floats(1, 5), st.none() | st.integers(0, 10**9)), max_size=12
).map(lambda rows: [Candidate(key, score, cost) for key, (score, cost) in enumerate(rows, 1)])
LIMITS = st.builds(Limits, st.none() | st.integers(0, 10**10), st.none() | st.integers(0, 12))
MOVES = st.lists(st.tuples(st.integers(1, 12), st.integers(1, 14)), max_size=6).map(
    lambda rows: [Move(number, key, to) for number, (key, to) in enumerate(rows, 1)]
)


def shape(ranking):
    return [
        (p.candidate.key, p.rank, p.tied, p.position, p.funded, p.fits_below) for p in ranking.places
    ], ranking.shortage


@given(CANDIDATES, LIMITS, MOVES)
def test_a_thousand_times_all_money_changes_nothing(candidates, limits, moves):
    larger = [Candidate(c.key, c.score, None if c.cost is None else c.cost * 1000) for c in candidates]
    more = Limits(None if limits.budget is None else limits.budget * 1000, limits.teams)
    assert shape(rank(candidates, limits, moves)) == shape(rank(larger, more, moves))


@given(CANDIDATES, LIMITS, MOVES)
def test_the_limits_always_hold(candidates, limits, moves):
    ranking = rank(candidates, limits, moves)
    assert sorted(positions(ranking)) == sorted(c.key for c in candidates)
    assert limits.budget is None or sum(p.candidate.cost or 0 for p in ranking.funded) <= limits.budget
    assert limits.teams is None or len(ranking.funded) <= limits.teams
    assert [p.funded for p in ranking.places] == sorted((p.funded for p in ranking.places), reverse=True)
    assert (ranking.shortage is None) == all(p.funded for p in ranking.places)


@given(CANDIDATES, LIMITS)
def test_a_dominated_proposal_never_passes_its_dominator(candidates, limits):
    places = {p.candidate.key: p for p in rank(candidates, limits).places}
    for better in candidates:
        for worse in candidates:
            if (better.score or 0) > (worse.score or 0) + 1e-6:
                assert places[better.key].position < places[worse.key].position
                assert places[better.key].funded or not places[worse.key].funded


@given(CANDIDATES, LIMITS, MOVES)
def test_more_money_never_takes_less(candidates, limits, moves):
    more = Limits(None if limits.budget is None else limits.budget + 10**6, limits.teams)
    assert len(rank(candidates, more, moves).funded) >= len(rank(candidates, limits, moves).funded)
