"""When a reviewer may revise their own review."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import product

import pytest

from incubator.domain.reviews import ReviewState, RevisionFacts, why_not_revise

TODAY = date(2026, 11, 20)
MAY = RevisionFacts(ReviewState.SUBMITTED, is_open_to_reviewers=True, in_review=True)


def test_it_is_possible_once_after_the_reveal_until_the_decision():
    assert why_not_revise(MAY, TODAY) == ""
    for state, is_open, in_review, revised in product(ReviewState, *[(True, False)] * 3):
        facts = RevisionFacts(state, is_open, in_review, revised)
        allowed = state is ReviewState.SUBMITTED and is_open and in_review and not revised
        assert (why_not_revise(facts, TODAY) == "") is allowed, facts


@pytest.mark.parametrize(("days", "allowed"), [(-1, False), (0, True), (1, True)])
def test_the_last_day_counts(days, allowed):
    facts = replace(MAY, until=TODAY + timedelta(days=days))
    assert (why_not_revise(facts, TODAY) == "") is allowed


@pytest.mark.parametrize("state", [state for state in ReviewState if state is not ReviewState.SUBMITTED])
def test_whoever_has_not_handed_in_learns_nothing_of_the_others(state):
    """The same words whether or not the reviews are open, and whatever the day."""
    said = {
        why_not_revise(RevisionFacts(state, is_open, in_review, until=until), TODAY)
        for is_open, in_review, until in product((True, False), (True, False), (None, date(2020, 1, 1)))
    }
    assert said == {"Only a review that is in can be revised."}
