"""Who works on a call as a whole, for every role and every limit of it."""

from __future__ import annotations

import pytest

from incubator.domain.access import Action
from incubator.domain.roles import AGENCY_ROLES, Actor, Grant, Role
from incubator.domain.rounds import CALL_ROLES, Round, can_on_call
from tests.domain.test_access import ALL, HERE, LETTERS

CALL = 4
CALL_TABLE = {
    Action.ASSIGN_IN_CALL: "C",
    Action.SEE_RANKING: "CG",
    Action.DELIBERATE: "CG",
    Action.VOTE: "G",
    Action.PREPARE_DECISIONS: "CG",
}


@pytest.mark.parametrize("action", CALL_ROLES)
@pytest.mark.parametrize("letter", ALL)
def test_who_works_on_a_call_as_a_whole(action, letter):
    role = LETTERS[letter]
    where = {"agency_id": HERE} if role in AGENCY_ROLES else {}
    anywhere = Actor(7, "Anywhere", grants=(Grant(role, **where),))
    in_it = Actor(7, "In it", grants=(Grant(role, call_id=CALL, **where),))
    elsewhere = Actor(7, "Elsewhere", grants=(Grant(role, call_id=CALL + 1, **where),))
    one_agency = Actor(7, "One agency", grants=(Grant(role, agency_id=HERE),))
    round_ = Round(CALL, chair_id=7)
    allowed = letter in (CALL_TABLE.get(action) or "G")
    assert bool(can_on_call(anywhere, action, round_)) is allowed
    assert bool(can_on_call(in_it, action, round_)) is allowed
    assert not can_on_call(elsewhere, action, round_)
    assert not can_on_call(one_agency, action, round_)


def test_whoever_owes_a_review_sees_nothing_of_the_whole_call():
    everything = Actor(7, "All", grants=tuple(Grant(role) for role in Role if role not in AGENCY_ROLES))
    for action in CALL_ROLES:
        sealed = can_on_call(everything, action, Round(CALL, chair_id=7, owes_a_review=True))
        assert bool(sealed) is (action is Action.ASSIGN_IN_CALL), action


def test_leadership_sees_the_ranking_once_the_decisions_are_known():
    leader = Actor(7, "Lee", grants=(Grant(Role.LEADERSHIP),))
    assert not can_on_call(leader, Action.SEE_RANKING, Round(CALL))
    assert can_on_call(leader, Action.SEE_RANKING, Round(CALL, released=True))
    assert not can_on_call(leader, Action.DELIBERATE, Round(CALL, released=True))


def test_only_the_chair_releases():
    panel = Actor(7, "Pat", grants=(Grant(Role.GATEKEEPER),))
    assert can_on_call(panel, Action.RELEASE_DECISIONS, Round(CALL, chair_id=7))
    assert "no chair" in can_on_call(panel, Action.RELEASE_DECISIONS, Round(CALL)).reason
    assert "Only the chair" in can_on_call(panel, Action.RELEASE_DECISIONS, Round(CALL, chair_id=8)).reason
