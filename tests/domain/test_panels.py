"""A panel's rules: when it may speak, who keeps the meeting, what the votes say and who sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from incubator.domain.gates import GATES, GateKey
from incubator.domain.panels import (
    READERS,
    RECOMMENDATIONS,
    MeetingState,
    NoteAudience,
    Tally,
    Vote,
    audiences,
    may_keep_meeting,
    may_speak,
    may_strike,
    may_sum_up,
    meeting_state,
    sees_how_others_voted,
    tally,
)
from incubator.domain.roles import AGENCY_ROLES, SYSTEM, Actor, Grant, Role
from incubator.domain.rounds import Round
from incubator.domain.stages import Step

AHEAD, OPEN, CLOSED = MeetingState
ONCE = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
CALL, CHAIR = 4, 7


def test_a_meeting_is_ahead_then_open_then_closed():
    assert meeting_state(None, None) is AHEAD
    assert meeting_state(ONCE, None) is OPEN
    assert meeting_state(ONCE, ONCE) is CLOSED


def test_notes_and_votes_are_taken_while_the_meeting_is_open_and_the_proposal_in_review():
    allowed = {(state, step) for state, step in product(MeetingState, Step) if may_speak(state, step)}
    assert allowed == {(OPEN, Step.REVIEW)}


def test_the_summary_is_written_from_the_opening_until_the_decision():
    allowed = {(state, step) for state, step in product(MeetingState, Step) if may_sum_up(state, step)}
    assert allowed == {(OPEN, Step.REVIEW), (CLOSED, Step.REVIEW)}


def test_every_refusal_says_why():
    for state, step in product(MeetingState, Step):
        for answer in (may_speak(state, step), may_sum_up(state, step)):
            assert bool(answer.reason) is not bool(answer)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("chairs", [True, False])
def test_the_chair_and_the_calls_coordinators_keep_the_meeting(role, chairs):
    limit = {"agency_id": 3} if role in AGENCY_ROLES else {}
    round_ = Round(CALL, chair_id=CHAIR)
    person = CHAIR if chairs else CHAIR + 1

    def may(grant: Grant, round_: Round = round_) -> bool:
        return bool(may_keep_meeting(Actor(person, "Kim", grants=(grant,)), round_))

    expected = role is Role.COORDINATOR or (chairs and role is Role.GATEKEEPER)
    assert may(Grant(role, **limit)) is expected
    assert may(Grant(role, call_id=CALL, **limit)) is expected
    assert not may(Grant(role, call_id=CALL + 1))
    assert not may(Grant(role, agency_id=3))
    assert not may(Grant(role, **limit), Round(CALL, chair_id=CHAIR, owes_a_review=True))


def test_nobody_chairs_a_call_without_a_chair():
    member = Actor(CHAIR, "Kim", grants=(Grant(Role.GATEKEEPER),))
    assert not may_keep_meeting(member, Round(CALL))
    assert not may_keep_meeting(SYSTEM, Round(CALL))
    assert not may_strike(SYSTEM, 9, Round(CALL))


@pytest.mark.parametrize(("person", "allowed"), [(9, True), (CHAIR, True), (8, False), (None, False)])
def test_the_author_or_the_chair_strikes_a_note(person, allowed):
    assert bool(may_strike(Actor(person, "Kim"), 9, Round(CALL, chair_id=CHAIR))) is allowed


def test_how_others_voted_is_seen_after_ones_own_vote_or_the_close():
    seen = {
        (own, state)
        for own, state in product((True, False), MeetingState)
        if sees_how_others_voted(own_vote_in=own, state=state)
    }
    assert seen == {(True, AHEAD), (True, OPEN), (True, CLOSED), (False, CLOSED)}


def test_votes_are_counted_of_those_who_may_vote():
    votes = {1: Vote.YES, 2: Vote.YES, 3: Vote.NO, 4: Vote.ABSTAIN, 5: Vote.NO}
    assert tally(votes, {1, 2, 3, 4, 6}) == Tally(yes=2, no=1, abstain=1, voters=5)
    assert tally(votes, {1, 2, 3, 4, 6}).voted == 4
    assert tally(votes, ()) == Tally(0, 0, 0, 0)
    assert tally({}, {1, 2}) == Tally(0, 0, 0, 2)


def test_a_call_that_keeps_reviewers_apart_has_no_notes_for_them():
    assert audiences(shares_scores=True) == (
        NoteAudience.PANEL,
        NoteAudience.REVIEWERS,
        NoteAudience.AGENCY,
    )
    assert audiences(shares_scores=False) == (NoteAudience.PANEL, NoteAudience.AGENCY)


def test_every_audience_says_who_reads():
    assert set(READERS) == set(NoteAudience)
    assert len(set(READERS.values())) == 3


def test_the_panel_recommends_what_the_gate_can_decide():
    assert GATES[GateKey.G1].outcomes == RECOMMENDATIONS
