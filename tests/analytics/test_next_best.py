from dataclasses import replace

import pytest
from hypothesis import given, settings

from incubator.analytics.assignment import Bar, Candidate, Reluctance, Round, RuledOut, next_best
from tests.analytics.test_assignment import barred, rounds

ROUND = Round(
    [1, 2, 3],
    {11: 2, 12: 2, 13: 4, 14: 2, 15: 1, 16: 3},
    2,
    {(1, 11): 0.9, (1, 12): 0.9, (1, 13): 0.8, (1, 14): 0.8, (1, 15): 0.7, (1, 16): 1.0},
    kept=[(1, 12), (2, 13), (2, 14), (3, 15)],
    barred=[Bar(1, 11, "declined"), Bar(1, 11, "vendor")],
    reluctant=[(1, 16)],
)


def test_the_best_free_reviewer_with_the_lightest_load_takes_over():
    found = next_best(ROUND, 1)
    assert found.candidates == (
        Candidate(13, 0.8, reviews=1, cap=4, reluctant=False),
        Candidate(14, 0.8, reviews=1, cap=2, reluctant=False),
        Candidate(16, 1.0, reviews=0, cap=3, reluctant=True),
    )
    assert found.best == found.candidates[0]
    assert found.ruled_out == (
        RuledOut(11, ("declined", "vendor")),
        RuledOut(12, ("has_it",)),
        RuledOut(15, ("cap",)),
    )
    assert next_best(replace(ROUND, reluctance=Reluctance.ALLOWED), 1).best.reviewer == 16


def test_nobody_left_says_why():
    found = next_best(
        replace(ROUND, reviewers={11: 2, 12: 2, 13: 1, 14: 1, 15: 1, 16: 0}, forbidden=[(1, 13)]), 1
    )
    assert found.best is None
    assert found.ruled_out == (
        RuledOut(11, ("declined", "vendor")),
        RuledOut(12, ("has_it",)),
        RuledOut(13, ("by_hand", "cap")),
        RuledOut(14, ("cap",)),
        RuledOut(15, ("cap",)),
        RuledOut(16, ("cap",)),
    )
    never = next_best(replace(ROUND, reluctance=Reluctance.NEVER), 1)
    assert RuledOut(16, ("rather_not",)) in never.ruled_out
    with pytest.raises(ValueError, match="4"):
        next_best(ROUND, 4)


@settings(deadline=None)
@given(rounds())
def test_everybody_is_a_candidate_or_ruled_out(round_):
    for proposal in round_.proposals:
        found = next_best(round_, proposal)
        free = {one.reviewer for one in found.candidates}
        out = {one.reviewer for one in found.ruled_out}
        assert free | out == set(round_.reviewers)
        assert not free & out
        taken = set(round_.kept) | set(round_.pinned)
        for one in found.candidates:
            assert (proposal, one.reviewer) not in barred(round_) | taken
            assert one.reviews == sum(pair[1] == one.reviewer for pair in taken) < one.cap
        willing = [(one.reluctant, -one.fit) for one in found.candidates]
        if round_.reluctance is not Reluctance.ALLOWED:
            assert willing == sorted(willing)
