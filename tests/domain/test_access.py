"""Who may do what: every role, every action, every tie, against a table written by hand."""

from __future__ import annotations

from itertools import product

import pytest

from incubator.domain.access import (
    OVERSIGHT,
    WHOLE,
    Action,
    Record,
    can,
    can_on_agency,
    can_on_record,
)
from incubator.domain.gate_rules import may_check, may_decide
from incubator.domain.gates import GATES, GateKey
from incubator.domain.roles import AGENCY_ROLES, Actor, Grant, Role
from incubator.domain.rounds import CALL_ROLES
from incubator.domain.stages import STAGE_OF, Stage, Step

HERE, ELSEWHERE = 1, 2

LETTERS = {
    "S": Role.SUBMITTER,
    "L": Role.AGENCY_LEAD,
    "C": Role.COORDINATOR,
    "R": Role.REVIEWER,
    "G": Role.GATEKEEPER,
    "P": Role.PILOT_LEAD,
    "E": Role.EVALUATOR,
    "D": Role.LEADERSHIP,
    "A": Role.ADMINISTRATOR,
}
ALL = "SLCRGPEDA"
RELATIONS = ("own", "other", "author", "assigned", "conflicted", "lead")
TIES = {
    "author": {"is_author": True},
    "assigned": {"is_assigned": True},
    "conflicted": {"is_conflicted": True},
    "lead": {"is_pilot_lead": True},
}

# action, step: for each relation the letters of the roles that may; - is nobody
TABLE = """
view             review       SLCGEDA  CGEDA  SLCRGPEDA  SLCRGPEDA  CEDA   SLCRGPEDA
view             sign_off     SL       -      SLCRGPEDA  -          -      -
view             draft        L        -      SLCRGPEDA  -          -      -
write            information  L        -      SLCRGPEDA  -          -      -
write            draft        L        -      SLCRGPEDA  -          -      -
write            review       -        -      -          -          -      -
sign_off         sign_off     L        -      -          -          -      -
withdraw         review       L        -      SLCRGPEDA  -          -      -
withdraw         design       -        -      -          -          -      -
answer           information  L        -      SLCRGPEDA  -          -      -
screen           screening    C        C      C          C          C      C
assign           review       C        C      C          C          -      C
score            review       -        -      -          SLCRGPEDA  -      -
see_reviews      review       -        CGEDA  CGEDA      SLCRGPEDA  -      CGEDA
see_scores       review       -        CG     CG         -          -      CG
see_scores       design       -        CGD    CGD        -          -      CGD
declare_conflict review       CG       CG     CG         SLCRGPEDA  -      CG
check_readiness  running      CE       CE     CE         CE         -      SLCRGPEDA
decide           screening    -        C      -          C          -      -
decide           information  -        C      -          C          -      -
decide           review       -        G      -          G          -      -
decide           design       -        G      -          G          -      -
decide           running      -        GD     -          GD         -      -
decide           scaling      -        GD     -          GD         -      -
plan             design       CE       CE     CE         CE         CE     SLCRGPEDA
plan             review       -        -      -          -          -      -
write_lesson     running      CE       CE     CE         CE         CE     SLCRGPEDA
write_lesson     closed       CE       CE     CE         CE         CE     SLCRGPEDA
write_lesson     design       -        -      -          -          -      -
record_readings  running      CE       CE     CE         CE         CE     SLCRGPEDA
verify_readings  running      CE       CE     CE         CE         CE     -
report_progress  running      C        C      C          C          C      SLCRGPEDA
accept_progress  running      C        C      C          C          C      -
confirm_plan     design       CGE      CGE    CGE        CGE        CE     -
confirm_plan     scaling      -        -      -          -          -      -
give_verdicts    running      CE       CE     CE         CE         CE     -
give_verdicts    design       -        -      -          -          -      -
accept_ownership running      -        -      -          -          -      -
prepare_scaling  running      LCE      CE     CE         CE         CE     SLCRGPEDA
prepare_scaling  review       -        -      -          -          -      -
approve_scaling  running      CE       CE     CE         CE         CE     -
approve_scaling  in_service   -        -      -          -          -      -
use_lesson       review       LCE      CE     SLCRGPEDA  CE         CE     SLCRGPEDA
screen_ai        review       LCE      CE     SLCRGPEDA  CE         CE     SLCRGPEDA
screen_ai        closed       -        -      -          -          -      -
endorse_ai       review       L        -      -          -          -      -
answer_escalation review      -        CD     CD         CD         CD     CD
see_internal     running      -        CGEDA  CGEDA      CGEDA      -      CGEDA
"""


def rows():
    for line in TABLE.strip().splitlines():
        action, step, *letters = line.split()
        for relation, who in zip(RELATIONS, letters, strict=True):
            yield Action(action), Step(step), relation, "" if who == "-" else who


def person(role: Role, home: int) -> Actor:
    grant = Grant(role, home if role in AGENCY_ROLES else None)
    return Actor(person_id=7, name="Somebody", agency_id=home, grants=(grant,))


def record(step: Step, **ties: bool) -> Record:
    return Record(id=1, agency_id=HERE, call_id=None, stage=STAGE_OF[step], step=step, **ties)


@pytest.mark.parametrize(("action", "step", "relation", "who"), list(rows()))
def test_table(action, step, relation, who):
    home = HERE if relation == "own" else ELSEWHERE
    allowed = "".join(
        letter
        for letter, role in LETTERS.items()
        if can_on_record(person(role, home), action, record(step, **TIES.get(relation, {})))
    )
    assert allowed == "".join(letter for letter in ALL if letter in who)


def test_table_names_every_action_on_a_record():
    written = {action for action, *_rest in rows()}
    on_agencies = {Action.VIEW_AGENCY, Action.KEEP_AGENCY, Action.STATE_NEED}
    assert written == set(Action) - set(WHOLE) - set(CALL_ROLES) - on_agencies


def test_nobody_without_a_role_or_a_tie_may_anything():
    nobody = Actor(person_id=9, name="Nobody", agency_id=ELSEWHERE)
    for action, step in product(Action, Step):
        assert not can_on_record(nobody, action, record(step))
        assert not can(nobody, action)
        assert not can_on_agency(nobody, action, HERE)


def test_what_one_may_not_know_of_answers_as_unknown():
    stranger = person(Role.AGENCY_LEAD, ELSEWHERE)
    for action, step in product(Action, Step):
        answer = can_on_record(stranger, action, record(step))
        assert (answer.allowed, answer.known) == (False, False)


def test_own_agency_and_conflict_outweigh_every_role_at_every_gate():
    grants = tuple(Grant(role, HERE if role in AGENCY_ROLES else None) for role in Role)
    staff = tuple(grant for grant in grants if grant.role not in AGENCY_ROLES)
    from_here = Actor(person_id=7, name="Own", agency_id=HERE, grants=staff)
    leads_here = Actor(person_id=7, name="Lead", agency_id=None, grants=grants)
    free = Actor(person_id=7, name="Free", agency_id=ELSEWHERE, grants=staff)
    for gate, step in product(GATES.values(), Step):
        for actor in (from_here, leads_here):
            assert not may_decide(actor, gate, record(step))
        for tie in ("is_conflicted", "is_author", "is_pilot_lead"):
            assert not may_decide(free, gate, record(step, **{tie: True}))
    assert may_decide(free, GATES[GateKey.G1], record(Step.REVIEW))


def test_nobody_decides_on_a_published_record():
    for step in Step:
        refused = [
            can_on_record(person(role, ELSEWHERE), Action.DECIDE, record(step, is_published=True))
            for role in Role
        ]
        assert not any(refused), step


def test_the_gate_says_who_of_those_decides():
    leader = person(Role.LEADERSHIP, ELSEWHERE)
    panel = person(Role.GATEKEEPER, ELSEWHERE)
    coordinator = person(Role.COORDINATOR, ELSEWHERE)
    decided_by = {
        key: {
            actor.grants[0].role
            for actor in (leader, panel, coordinator)
            for step in (Step.SCREENING, Step.REVIEW, Step.DESIGN, Step.RUNNING, Step.SCALING)
            if may_decide(actor, gate, record(step))
        }
        for key, gate in GATES.items()
    }
    assert decided_by == {key: set(gate.deciders) for key, gate in GATES.items()}


def test_roles_are_limited_to_their_agency_and_call():
    limited = Actor(person_id=7, name="Limited", grants=(Grant(Role.GATEKEEPER, ELSEWHERE),))
    by_call = Actor(person_id=7, name="By call", grants=(Grant(Role.GATEKEEPER, None, 5),))
    assert not may_decide(limited, GATES[GateKey.G1], record(Step.REVIEW))
    assert not may_decide(by_call, GATES[GateKey.G1], record(Step.REVIEW))
    in_call = Record(1, HERE, 5, Stage.IDEA, Step.REVIEW)
    assert may_decide(by_call, GATES[GateKey.G1], in_call)


def test_leadership_decides_on_held_and_closed_pilots_but_not_on_held_ideas():
    leader = person(Role.LEADERSHIP, ELSEWHERE)
    for stage, expected in (
        (Stage.PILOT, True),
        (Stage.SCALE, True),
        (Stage.IDEA, False),
        (Stage.DESIGN, False),
    ):
        held = Record(1, HERE, None, Stage.ON_HOLD, Step.ON_HOLD, resume_stage=stage)
        assert bool(can_on_record(leader, Action.DECIDE, held)) is expected


def test_a_pilots_lead_does_not_vouch_for_what_others_look_after():
    lead = Actor(person_id=7, name="Lead")
    led = record(Step.RUNNING, is_pilot_lead=True)
    needs = {need.key: need for gate in GATES.values() for need in gate.must_meets}
    assert may_check(lead, needs["typical_site"], led)
    assert may_check(lead, needs["funding"], led)
    assert not may_check(lead, needs["guardrails"], led)
    assert may_check(person(Role.EVALUATOR, ELSEWHERE), needs["guardrails"], record(Step.RUNNING))


def test_the_agency_answers_for_itself_and_for_nothing_else():
    needs = {need.key: need for gate in GATES.values() for need in gate.must_meets}
    agency_lead, owner = person(Role.AGENCY_LEAD, HERE), Actor(person_id=8, name="Owner")
    owned = record(Step.RUNNING, is_product_owner=True)
    for key in ("owner_accepted", "funding"):
        assert may_check(agency_lead, needs[key], record(Step.RUNNING))
        assert may_check(owner, needs[key], owned)
        assert not may_check(person(Role.SUBMITTER, HERE), needs[key], record(Step.RUNNING))
        assert not may_check(person(Role.AGENCY_LEAD, ELSEWHERE), needs[key], record(Step.RUNNING))
    for key in ("verdicts", "approvals", "procurement", "typical_site", "guardrails"):
        assert not may_check(agency_lead, needs[key], record(Step.RUNNING))
        assert not may_check(owner, needs[key], owned)


def test_what_may_be_done_somewhere_follows_the_roles():
    for action, roles in WHOLE.items():
        for role in Role:
            assert bool(can(person(role, HERE), action)) is (role in roles)
    assert WHOLE[Action.DECIDE_ANY] >= {role for gate in GATES.values() for role in gate.deciders}
    assert set(OVERSIGHT) <= WHOLE[Action.SEE_PORTFOLIO]


def test_the_product_owner_accepts_and_prepares():
    for role in Role:
        owner = record(Step.RUNNING, is_product_owner=True)
        assert can_on_record(person(role, ELSEWHERE), Action.ACCEPT_OWNERSHIP, owner)
        assert can_on_record(person(role, ELSEWHERE), Action.PREPARE_SCALING, owner)
        early = record(Step.DESIGN, is_product_owner=True)
        assert not can_on_record(person(role, ELSEWHERE), Action.ACCEPT_OWNERSHIP, early)
