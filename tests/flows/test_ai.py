"""A use of AI on its way: who answers, endorses, escalates and decides; what other answers void."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace

import pytest

from incubator.domain.ai import AiLevel, EscalationAnswer, PracticeState
from incubator.domain.ai_rules import AiAnswers
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import ai
from incubator.models.history import Event
from incubator.models.proposals import Section
from incubator.queries import ai as query

LOW = AiAnswers(purpose="Sorts letters")
MEDIUM = replace(LOW, personal=True)
HIGH = replace(LOW, principal=True)


@pytest.fixture
def scene(world):
    agency = world.agency()
    author = world.person("Ada", (Role.SUBMITTER, agency), agency=agency)
    proposal = world.proposal(
        "Letter sorter", agency=agency, step=Step.RUNNING, uses_ai=True, authors=(author,)
    )
    people = {
        "author": author,
        "director": world.person("Dora", (Role.AGENCY_LEAD, agency), agency=agency),
        "cora": world.person("Cora", Role.COORDINATOR),
        "leader": world.person("Leo", Role.LEADERSHIP),
        "stranger": world.person("Sam"),
    }
    return SimpleNamespace(
        id=proposal.id,
        proposal=proposal,
        agency=agency,
        **{name: world.actor(person) for name, person in people.items()},
    )


def events(session, proposal_id):
    rows = session.query(Event).filter_by(proposal_id=proposal_id).order_by(Event.id)
    return [row.kind for row in rows]


def state(session, proposal_id):
    return query.ai_state(session, [proposal_id])[proposal_id]


def settle(session, scene, *keys, now):
    for key in keys:
        ai.record_practice(
            session, scene.author, scene.id, key, PracticeState.DONE, "Report 4", seen=0, now=now
        )


def test_a_low_use_goes_through_the_front_door_alone(session, scene, now):
    row = ai.screen(session, scene.author, scene.id, LOW, seen_version=0, now=now)
    assert (row.level, row.high_impact) == (AiLevel.LOW, False)
    ai.endorse(session, scene.director, scene.id, seen_version=row.version, now=now)
    settle(session, scene, "risk_assessment", now=now)
    assert state(session, scene.id).ready
    assert events(session, scene.id) == [
        EventKind.AI_SCREENED,
        EventKind.AI_ENDORSED,
        EventKind.AI_PRACTICE_RECORDED,
    ]
    with pytest.raises(DomainError, match="Only what is rated high"):
        ai.escalate(session, scene.author, scene.id, seen_version=row.version, now=now)


def test_a_high_use_goes_up_and_comes_back_with_limits(session, scene, now):
    row = ai.screen(session, scene.author, scene.id, HIGH, seen_version=0, now=now)
    with pytest.raises(DomainError, match="endorses the use first"):
        ai.escalate(session, scene.author, scene.id, seen_version=row.version, now=now)
    ai.endorse(session, scene.director, scene.id, seen_version=row.version, now=now)
    ai.escalate(session, scene.author, scene.id, seen_version=row.version, now=now)
    assert not state(session, scene.id).escalation_settled
    with pytest.raises(DomainError) as refused:
        ai.answer_escalation(
            session, scene.leader, scene.id, EscalationAnswer.ALLOWED, "", seen_version=row.version, now=now
        )
    assert refused.value.field == "note"
    ai.answer_escalation(
        session,
        scene.leader,
        scene.id,
        EscalationAnswer.ALLOWED_WITH_LIMITS,
        "Only for adults",
        seen_version=row.version,
        now=now,
    )
    assert state(session, scene.id).escalation_settled
    shown = query.screening_of(session, scene.id)
    assert (shown.endorsed_by, shown.escalated_by, shown.answered_by) == ("Dora", "Ada", "Leo")
    assert shown.escalation_note == "Only for adults"
    with pytest.raises(DomainError, match="answered already"):
        ai.answer_escalation(
            session, scene.leader, scene.id, EscalationAnswer.REFUSED, "No", seen_version=row.version, now=now
        )


def test_other_answers_void_the_endorsement_and_the_escalation(session, scene, now):
    row = ai.screen(session, scene.author, scene.id, HIGH, seen_version=0, now=now)
    ai.endorse(session, scene.director, scene.id, seen_version=row.version, now=now)
    ai.escalate(session, scene.author, scene.id, seen_version=row.version, now=now)
    ai.answer_escalation(
        session, scene.leader, scene.id, EscalationAnswer.ALLOWED, "Yes", seen_version=row.version, now=now
    )
    same = ai.screen(session, scene.author, scene.id, HIGH, seen_version=row.version, now=now)
    assert same.endorsed_at is not None
    changed = replace(HIGH, data_leave=True)
    row = ai.screen(session, scene.author, scene.id, changed, seen_version=row.version, now=now)
    assert (row.endorsed_at, row.escalated_at, row.escalation_answer, row.escalation_note) == (
        None,
        None,
        None,
        "",
    )
    last = session.query(Event).filter_by(kind=EventKind.AI_SCREENED).order_by(Event.id.desc()).first()
    assert last.details["voided"] is True


def test_who_does_what(session, scene, now):
    row = ai.screen(session, scene.cora, scene.id, HIGH, seen_version=0, now=now)
    with pytest.raises(Forbidden, match="front door"):
        ai.endorse(session, scene.cora, scene.id, seen_version=row.version, now=now)
    ai.endorse(session, scene.director, scene.id, seen_version=row.version, now=now)
    with pytest.raises(DomainError, match="endorsed already"):
        ai.endorse(session, scene.director, scene.id, seen_version=row.version, now=now)
    ai.escalate(session, scene.cora, scene.id, seen_version=row.version, now=now)
    allowed = EscalationAnswer.ALLOWED
    with pytest.raises(Forbidden, match="others answer"):
        ai.answer_escalation(
            session, scene.director, scene.id, allowed, "x", seen_version=row.version, now=now
        )
    with pytest.raises(DomainError, match="somebody else records"):
        ai.answer_escalation(session, scene.cora, scene.id, allowed, "x", seen_version=row.version, now=now)
    with pytest.raises(NotFound):
        ai.screen(session, scene.stranger, scene.id, LOW, seen_version=row.version, now=now)
    with pytest.raises(Forbidden):
        ai.screen(session, scene.leader, scene.id, LOW, seen_version=row.version, now=now)


def test_nothing_moves_before_the_questions_are_answered_or_after_the_end(session, scene, world, now):
    for act in (ai.endorse,):
        with pytest.raises(DomainError, match="not answered yet"):
            act(session, scene.director, scene.id, seen_version=0, now=now)
    ended = world.proposal("Ended", agency=scene.agency, step=Step.CLOSED, uses_ai=True)
    with pytest.raises(Forbidden, match="ended"):
        ai.screen(session, scene.cora, ended.id, LOW, seen_version=0, now=now)
    with pytest.raises(DomainError, match="ended"):
        ai.endorse(session, scene.director, ended.id, seen_version=0, now=now)


def test_stale_answers_are_refused_with_what_stands_now(session, scene, now):
    ai.screen(session, scene.author, scene.id, HIGH, seen_version=0, now=now)
    with pytest.raises(StaleVersion) as stale:
        ai.screen(session, scene.cora, scene.id, LOW, seen_version=0, now=now)
    assert stale.value.theirs["principal"] is True
    with pytest.raises(StaleVersion):
        ai.endorse(session, scene.director, scene.id, seen_version=0, now=now)


def test_the_purpose_is_needed_where_ai_is_involved(session, scene, now):
    with pytest.raises(DomainError) as refused:
        ai.screen(session, scene.author, scene.id, AiAnswers(), seen_version=0, now=now)
    assert refused.value.field == "purpose"
    row = ai.screen(session, scene.author, scene.id, AiAnswers(involved=False), seen_version=0, now=now)
    assert row.level is AiLevel.LOW


def test_what_was_said_to_use_no_ai_is_known_to_use_it_once_screened(session, scene, now):
    scene.proposal.uses_ai = False
    session.flush()
    assert state(session, scene.id).ready
    ai.screen(session, scene.author, scene.id, MEDIUM, seen_version=0, now=now)
    assert scene.proposal.uses_ai is True
    assert not state(session, scene.id).ready


def test_practices_need_evidence_and_only_those_of_the_level_are_kept(session, scene, now):
    ai.screen(session, scene.author, scene.id, LOW, seen_version=0, now=now)
    for key in ("appeal", "nonsense"):
        with pytest.raises(NotFound):
            settle(session, scene, key, now=now)
    with pytest.raises(DomainError) as refused:
        ai.record_practice(
            session, scene.author, scene.id, "risk_assessment", PracticeState.DONE, "", seen=0, now=now
        )
    assert refused.value.field == "evidence"
    with pytest.raises(DomainError, match="Every use"):
        ai.record_practice(
            session, scene.author, scene.id, "risk_assessment", PracticeState.NOT_NEEDED, "x", seen=0, now=now
        )
    settle(session, scene, "risk_assessment", now=now)
    with pytest.raises(StaleVersion) as stale:
        settle(session, scene, "risk_assessment", now=now)
    assert stale.value.theirs == {"state": PracticeState.DONE, "evidence": "Report 4"}


CHECK = {
    "checked_on": date(2026, 11, 19),
    "found": "Nothing drifts",
    "incident": False,
    "response": "",
    "next_on": date(2027, 2, 19),
}


def test_checks_name_the_next_one_and_an_incident_its_answer(session, scene, now):
    ai.screen(session, scene.author, scene.id, MEDIUM, seen_version=0, now=now)
    ai.record_check(session, scene.author, scene.id, **CHECK, now=now)
    second = {**CHECK, "incident": True, "response": "Switched off for a day", "found": "Wrong letters"}
    ai.record_check(session, scene.cora, scene.id, **second, now=now)
    rows = query.checks_of(session, scene.id)
    assert [(row.found, row.incident, row.recorded_by) for row in rows] == [
        ("Wrong letters", True, "Cora"),
        ("Nothing drifts", False, "Ada"),
    ]
    due = query.next_check(scene.proposal.stage, AiLevel.MEDIUM, None, rows)
    assert due == date(2027, 2, 19)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"checked_on": date(2026, 11, 21)}, "checked_on"),
        ({"found": ""}, "found"),
        ({"incident": True}, "response"),
        ({"next_on": None}, "next_on"),
        ({"next_on": date(2026, 11, 19)}, "next_on"),
        ({"next_on": date(2199, 1, 1)}, "next_on"),
    ],
)
def test_an_incomplete_check_is_refused_beside_its_field(session, scene, now, changes, field):
    ai.screen(session, scene.author, scene.id, MEDIUM, seen_version=0, now=now)
    with pytest.raises(DomainError) as refused:
        ai.record_check(session, scene.author, scene.id, **{**CHECK, **changes}, now=now)
    assert refused.value.field == field


def test_a_check_waits_for_the_launch(session, scene, world, now):
    early = world.proposal("Early", agency=scene.agency, step=Step.DESIGN, uses_ai=True)
    ai.screen(session, scene.cora, early.id, MEDIUM, seen_version=0, now=now)
    with pytest.raises(DomainError, match="once the pilot runs"):
        ai.record_check(session, scene.cora, early.id, **CHECK, now=now)


def test_the_first_check_is_due_from_the_launch(session, scene, world, now):
    world.pilot(scene.proposal, launched_at=now - timedelta(days=100))
    launched = query.launched_on(session, scene.id)
    assert launched == (now - timedelta(days=100)).date()
    assert (
        query.next_check(scene.proposal.stage, AiLevel.HIGH, launched, [])
        == (now - timedelta(days=10)).date()
    )


def test_what_the_proposal_said_is_not_asked_again(session, scene, world, now):
    for key, answers in (
        ("ai", {"ai_purpose": "Sorts letters", "ai_kind": "generative", "ai_principal": True}),
        ("data", {"personal": True}),
    ):
        world.add(Section(proposal_id=scene.id, key=key, answers=answers, complete=True, saved_at=now))
    assert query.known_answers(session, scene.id) == AiAnswers(
        purpose="Sorts letters", generative=True, principal=True, personal=True
    )


def test_the_shares_count_each_agency_and_only_what_the_reader_may_see(session, scene, world, now):
    ai.screen(session, scene.author, scene.id, HIGH, seen_version=0, now=now)
    world.proposal("Waiting", agency=scene.agency, step=Step.DESIGN, uses_ai=True)
    world.proposal("Plain", agency=scene.agency, step=Step.DESIGN)
    elsewhere = world.proposal("Elsewhere", agency=world.agency(), step=Step.DESIGN, uses_ai=True)
    ai.screen(session, scene.cora, elsewhere.id, LOW, seen_version=0, now=now)
    counted = [
        (share.high, share.medium, share.low, share.waiting) for share in query.shares(session, scene.cora)
    ]
    assert sorted(counted) == [(0, 0, 1, 0), (1, 0, 0, 1)]
    mine = [(share.high, share.low, share.waiting) for share in query.shares(session, scene.author)]
    assert mine == [(1, 0, 1)]
    assert query.shares(session, scene.stranger) == []
