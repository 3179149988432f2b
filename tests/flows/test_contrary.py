"""Deciding against what the criteria propose: written reasons, a second person, nothing half done."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.choices import Choice
from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.evaluation import Advice, Verdict
from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey, NewCondition
from incubator.domain.pilots import CriterionKind
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Outcome, Stage, Step
from incubator.flows import contrary
from incubator.models.accounts import RoleGrant
from incubator.models.conflicts import Conflict
from incubator.models.gates import ContraryDecision, Decision
from incubator.models.history import Event
from incubator.models.jobs import Message
from incubator.models.proposals import Proposal
from incubator.queries import advice, gate_evidence
from incubator.queries import contrary as query
from tests.evaluated import criterion, judge_all, lock, pilot_of, prepare_scaling, verdict
from tests.flows.deciders import decide

URL = "https://incubator.example.gov"


@pytest.fixture
def pat(world):
    return world.person("Pat Panel", Role.GATEKEEPER)


@pytest.fixture
def lea(world):
    return world.person("Lea Leader", Role.LEADERSHIP)


@pytest.fixture
def running(world):
    """Everything is there to scale, but the goal was not met."""
    proposal = world.proposal("Cameras", step=Step.RUNNING, midpoint_passed=True)
    pilot = pilot_of(world, proposal)
    pilot.lesson = "Clean the lenses."
    lock(world, proposal)
    judge_all(world, proposal, Verdict.NOT_MET)
    prepare_scaling(world, proposal)
    return proposal


def propose(session, actor, proposal, now, **more):
    asked = {
        "against_advice": more.pop("against_advice", "The counting was wrong in May."),
        "seen_version": more.pop("seen_version", proposal.version),
    }
    chosen = {"gate": GateKey.G4, "outcome": Outcome.ADVANCE, "reason": "The agency needs it.", **more}
    return contrary.propose(
        session, actor, proposal_id=proposal.id, choice=Choice(**chosen), now=now, base_url=URL, **asked
    )


def events(session, kind):
    return list(session.scalars(sa.select(Event).where(Event.kind == kind).order_by(Event.id)))


def decisions(session):
    return list(session.scalars(sa.select(Decision).order_by(Decision.id)))


@pytest.mark.parametrize(
    ("said", "outcome", "more"),
    [
        (Verdict.NOT_MET, Outcome.ADVANCE, {}),
        (Verdict.INCONCLUSIVE, Outcome.ADVANCE, {}),
        (Verdict.MET, Outcome.STOP, {"end_reason": EndReason.DEMAND}),
    ],
)
def test_nobody_decides_against_the_criteria_alone(session, world, pat, running, now, said, outcome, more):
    judge_all(world, running, said)
    with pytest.raises(DomainError, match="goes against what the criteria propose") as refused:
        decide(session, world.actor(pat), running, GateKey.G4, outcome, now, **more)
    assert refused.value.field == "against_advice"
    assert (decisions(session), running.stage) == ([], Stage.PILOT)


@pytest.mark.parametrize(
    ("said", "outcome", "more"),
    [
        (Verdict.MET, Outcome.ADVANCE, {}),
        (Verdict.NOT_MET, Outcome.STOP, {"end_reason": EndReason.DEMAND}),
        (Verdict.NOT_MET, Outcome.GOAL_MET, {}),
        (Verdict.MET, Outcome.TRANSFER, {"transferred_to": "The county"}),
        (Verdict.NOT_MET, Outcome.REWORK, {"back_to": Stage.DESIGN}),
    ],
)
def test_what_follows_the_criteria_or_goes_its_own_way_is_decided_alone(
    session, world, pat, running, now, said, outcome, more
):
    judge_all(world, running, said)
    made = decide(session, world.actor(pat), running, GateKey.G4, outcome, now, **more)
    expected = Advice.SCALE if said is Verdict.MET else Advice.STOP
    assert (made.advice, made.against_advice, made.approved_by_id) == (expected, "", None)


def test_advancing_with_conditions_before_any_verdict_goes_against_waiting(session, world, pat, now):
    proposal = world.proposal(step=Step.RUNNING)
    due = [NewCondition("Measure it", now.date() + timedelta(days=9), "Eve")]
    with pytest.raises(DomainError, match="goes against"):
        decide(
            session, world.actor(pat), proposal, GateKey.G4, Outcome.ADVANCE_WITH_CONDITIONS, now, conditions=due
        )  # fmt: skip
    row = propose(
        session, world.actor(pat), proposal, now, outcome=Outcome.ADVANCE_WITH_CONDITIONS, conditions=due
    )
    assert row.advice is Advice.WAIT


def test_proposed_by_one_and_approved_by_another(session, world, pat, lea, running, now):
    version = running.version
    row = propose(session, world.actor(pat), running, now)
    assert (running.version, running.stage, decisions(session)) == (version, Stage.PILOT, [])
    assert (row.advice, row.against_advice) == (Advice.STOP, "The counting was wrong in May.")
    later = now + timedelta(days=2)
    made = contrary.approve(session, world.actor(lea), contrary_id=row.id, now=later)
    assert (made.decided_by_id, made.approved_by_id, made.approved_at) == (pat.id, lea.id, later)
    assert (made.advice, made.against_advice) == (Advice.STOP, "The counting was wrong in May.")
    assert (running.stage, row.decision_id, row.withdrawn_at) == (Stage.SCALE, made.id, None)
    assert made.evidence["against_advice"] == {
        "advice": "stop",
        "reason": "The counting was wrong in May.",
        "proposed_by": "Pat Panel",
        "proposed_at": now.isoformat(timespec="seconds"),
        "approved_by": "Lea Leader",
        "approved_at": later.isoformat(timespec="seconds"),
    }
    assert made.evidence["taken_at"] == later.isoformat(timespec="seconds")
    assert made.evidence_sha256 == gate_evidence.digest(made.evidence)
    told = [
        (event.kind, event.actor_name, event.details["outcome"])
        for event in session.scalars(sa.select(Event).order_by(Event.id))
    ]
    assert told == [
        (EventKind.CONTRARY_PROPOSED, "Pat Panel", "Advance"),
        (
            EventKind.GATE_DECIDED,
            "Pat Panel",
            "Moved on, against what the criteria propose, approved by Lea Leader",
        ),
    ]


def test_its_conditions_and_its_reason_to_end_are_kept_until_it_is_approved(
    session, world, pat, lea, running, now
):
    due = now.date() + timedelta(days=30)
    row = propose(
        session,
        world.actor(pat),
        running,
        now,
        outcome=Outcome.ADVANCE_WITH_CONDITIONS,
        conditions=[NewCondition("Count anew", due, "Eve"), NewCondition("Ask", due, "", lea.id)],
    )
    made = contrary.approve(session, world.actor(lea), contrary_id=row.id, now=now)
    session.refresh(made, ["conditions"])
    assert [(one.text, one.due_on, one.owner_id) for one in made.conditions] == [
        ("Count anew", due, None),
        ("Ask", due, lea.id),
    ]


def test_stopping_what_met_everything_ends_for_the_reason_given(session, world, pat, lea, running, now):
    judge_all(world, running, Verdict.MET)
    row = propose(
        session, world.actor(pat), running, now, outcome=Outcome.STOP, end_reason=EndReason.OTHER_FUNDING
    )
    contrary.approve(session, world.actor(lea), contrary_id=row.id, now=now)
    assert (running.stage, running.end_reason) == (Stage.CLOSED, EndReason.OTHER_FUNDING)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"against_advice": " \n"}, "against_advice"),
        ({"against_advice": "x" * 5_001}, "against_advice"),
        ({"reason": " "}, "reason"),
        ({"outcome": Outcome.STOP}, "end_reason"),
        ({"outcome": Outcome.HOLD}, "hold_until"),
        ({"outcome": Outcome.ADVANCE_WITH_CONDITIONS}, "conditions-0-text"),
        ({"outcome": Outcome.STOP, "end_reason": EndReason.DEMAND}, None),
    ],
)
def test_what_cannot_be_proposed(session, world, pat, running, now, more, field):
    with pytest.raises(DomainError) as refused:
        propose(session, world.actor(pat), running, now, **more)
    assert refused.value.field == field
    assert session.scalars(sa.select(ContraryDecision)).all() == []


def test_what_is_missing_stands_in_its_way_too(session, world, pat, running, now):
    pilot_of(world, running).lesson = ""
    with pytest.raises(DomainError, match="a lesson is written down"):
        propose(session, world.actor(pat), running, now)


def test_one_waits_at_a_time(session, world, pat, lea, running, now):
    propose(session, world.actor(pat), running, now)
    with pytest.raises(DomainError, match="waits already"):
        propose(session, world.actor(lea), running, now)


def test_who_may_approve(session, world, pat, running, now):
    row = propose(session, world.actor(pat), running, now)
    agency = session.get_one(type(world.agency()), running.agency_id)
    torn = world.person("Connie", Role.GATEKEEPER, Role.COORDINATOR)
    world.add(Conflict(person_id=torn.id, proposal_id=running.id, kind=ConflictKind.OTHER, declared_at=now))
    for wrong in (
        pat,
        world.person("Owen", Role.GATEKEEPER, Role.COORDINATOR, agency=agency),
        torn,
        world.person("Cory", Role.COORDINATOR),
        world.person("Eve", Role.EVALUATOR),
    ):
        with pytest.raises(Forbidden):
            contrary.approve(session, world.actor(wrong), contrary_id=row.id, now=now)
    stranger = world.actor(world.person("Stan", (Role.AGENCY_LEAD, world.agency())))
    with pytest.raises(NotFound):
        contrary.approve(session, stranger, contrary_id=row.id, now=now)
    with pytest.raises(NotFound):
        contrary.approve(session, world.actor(pat), contrary_id=10**6, now=now)
    assert decisions(session) == []


def test_the_database_knows_no_decision_against_the_advice_without_a_second(session, pat, running, now):
    lonely = Decision(
        proposal_id=running.id, gate=GateKey.G4, outcome=Outcome.ADVANCE, from_stage=Stage.PILOT,
        to_stage=Stage.SCALE, reason="So.", decided_by_id=pat.id, decided_at=now, against_advice="Because.",
        approved_by_id=pat.id, approved_at=now, evidence={}, evidence_sha256="0" * 64,
    )  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError), session.begin_nested():
        session.add(lonely)
        session.flush()


def test_a_record_that_changed_meanwhile_is_looked_at_again(session, world, pat, lea, running, now):
    row = propose(session, world.actor(pat), running, now)
    running.title = "Renamed"
    session.flush()
    with pytest.raises(StaleVersion):
        contrary.approve(session, world.actor(lea), contrary_id=row.id, now=now)
    assert decisions(session) == []


def test_new_readings_do_not_make_it_stale_but_other_verdicts_do(session, world, pat, lea, running, now):
    row = propose(session, world.actor(pat), running, now)
    metric = next(one for one in advice.standing(session, running.id).criteria)
    judge_all(world, running, Verdict.NOT_MET)
    with pytest.raises(DomainError, match="Other verdicts stand"):
        contrary.approve(session, world.actor(lea), contrary_id=row.id, now=now)
    judge_all(world, running, Verdict.MET)
    with pytest.raises(DomainError, match="Other verdicts stand"):
        contrary.approve(session, world.actor(lea), contrary_id=row.id, now=now)
    assert metric.verdict is Verdict.NOT_MET
    assert (decisions(session), row.withdrawn_at) == ([], None)


def test_who_lost_the_right_to_decide_has_proposed_nothing(session, world, pat, lea, running, now):
    row = propose(session, world.actor(pat), running, now)
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == pat.id))
    with pytest.raises(DomainError, match="may no longer decide"):
        contrary.approve(session, world.actor(lea), contrary_id=row.id, now=now)


def test_taken_back_by_who_proposed_it_and_sent_back_by_another(session, world, pat, lea, running, now):
    row = propose(session, world.actor(pat), running, now)
    with pytest.raises(DomainError):
        contrary.withdraw(session, world.actor(pat), contrary_id=row.id, reason=" ", now=now, base_url=URL)
    outsider = world.actor(world.person("Eve", Role.EVALUATOR))
    with pytest.raises(Forbidden):
        contrary.withdraw(session, outsider, contrary_id=row.id, reason="No.", now=now, base_url=URL)
    contrary.withdraw(session, world.actor(pat), contrary_id=row.id, reason="A slip.", now=now, base_url=URL)
    with pytest.raises(StaleVersion):
        contrary.approve(session, world.actor(lea), contrary_id=row.id, now=now)
    again = propose(session, world.actor(pat), running, now)
    contrary.withdraw(
        session, world.actor(lea), contrary_id=again.id, reason="Count anew.", now=now, base_url=URL
    )
    assert [(event.actor_name, event.details["reason"]) for event in events(session, EventKind.CONTRARY_WITHDRAWN)] == [
        ("Pat Panel", "A slip."),
        ("Lea Leader", "Count anew."),
    ]  # fmt: skip
    back = session.scalars(sa.select(Message).where(Message.recipient_id == pat.id)).one()
    assert back.subject == f"Sent back: your decision on {running.number}"
    assert "Count anew." in back.body


def test_another_decision_settles_what_waited(session, world, pat, lea, running, now):
    row = propose(session, world.actor(pat), running, now)
    decide(
        session, world.actor(lea), running, GateKey.G4, Outcome.HOLD, now, hold_until=now.date() + timedelta(days=9)
    )  # fmt: skip
    assert (row.decision_id, row.withdrawn_at, row.withdrawn_by_id) == (None, now, lea.id)
    assert [event.details["reason"] for event in events(session, EventKind.CONTRARY_WITHDRAWN)] == [
        "Something else was decided."
    ]


def test_who_may_approve_gets_one_mail_and_nobody_else(session, world, pat, lea, running, now):
    agency = session.get_one(type(world.agency()), running.agency_id)
    world.person("Owen Own", Role.GATEKEEPER, agency=agency)
    world.person("Gone", Role.GATEKEEPER, disabled_at=now)
    torn = world.person("Connie", Role.GATEKEEPER)
    world.add(Conflict(person_id=torn.id, proposal_id=running.id, kind=ConflictKind.OTHER, declared_at=now))
    world.person("Cory", Role.COORDINATOR)
    elsewhere = world.person("Elle", (Role.GATEKEEPER, world.agency()))
    gil = world.person("Gil Gate", Role.GATEKEEPER, Role.LEADERSHIP)
    row = propose(session, world.actor(pat), running, now)
    mails = session.scalars(sa.select(Message).order_by(Message.id)).all()
    assert [mail.recipient_id for mail in mails] == [gil.id, lea.id]
    assert elsewhere.id not in {mail.recipient_id for mail in mails}
    assert {mail.subject for mail in mails} == {f"A second signature is asked for: {running.number}"}
    assert f"{URL}/pilots/{running.number}/contrary/{row.id}" in mails[0].body
    assert "The counting was wrong" not in mails[0].body


def test_many_possible_approvers_make_no_storm(session, world, pat, running, now):
    for place in range(query.MOST_ASKED + 5):
        world.person(f"Gate {place:02}", Role.GATEKEEPER)
    propose(session, world.actor(pat), running, now)
    assert session.scalar(sa.select(sa.func.count()).select_from(Message)) == query.MOST_ASKED


def test_it_waits_for_those_who_may_sign_and_for_nobody_else(session, world, pat, lea, running, now):
    row = propose(session, world.actor(pat), running, now)
    agency = session.get_one(type(world.agency()), running.agency_id)
    own = world.person("Owen", Role.GATEKEEPER, agency=agency)
    cory = world.person("Cory", Role.COORDINATOR)
    for person, expected in ((lea, [row.id]), (pat, []), (own, []), (cory, [])):
        found = query.waiting_for(session, world.actor(person), now.date())
        assert [one.id for one in found] == expected
    one = query.waiting_for(session, world.actor(lea), now.date())[0]
    assert (one.number, one.outcome, one.advice, one.by) == (
        running.number, Outcome.ADVANCE, Advice.STOP, "Pat Panel",
    )  # fmt: skip


def test_what_came_after_the_lock_is_shown_and_carries_nothing(session, world, running, now):
    late = criterion(world, running, "Praise", post_hoc_at=now)
    verdict(world, late, Verdict.MET)
    found = advice.standing(session, running.id)
    assert [(one.name, one.verdict, one.carries) for one in found.criteria] == [
        ("Wait", Verdict.NOT_MET, True),
        ("Praise", Verdict.MET, False),
    ]
    assert found.advice is Advice.STOP


def test_taking_a_harmed_guardrail_out_of_the_plan_does_not_take_its_verdict_away(
    session, world, running, now
):
    judge_all(world, running, Verdict.MET)
    complaints = criterion(world, running, "Complaints", CriterionKind.GUARDRAIL)
    verdict(world, complaints, Verdict.NOT_MET, harm=True)
    complaints.archived_at = now
    session.flush()
    found = advice.standing(session, running.id)
    assert (found.advice, found.criteria[1].removed) == (Advice.STOP, True)


def test_evidence_freezes_the_evaluation(session, world, pat, running, now):
    judge_all(world, running, Verdict.MET)
    made = decide(session, world.actor(pat), running, GateKey.G4, Outcome.ADVANCE, now)
    frozen = made.evidence
    assert frozen["evaluation"]["advice"] == "scale"
    assert frozen["evaluation"]["lock"]["sha256"] == "1" * 64
    [one] = frozen["evaluation"]["criteria"]
    assert {key: one[key] for key in ("name", "verdict", "promised", "estimate", "low", "high", "completeness")} == {
        "name": "Wait", "verdict": "met", "promised": -30.0, "estimate": -34.0, "low": -37.5, "high": -31.0,
        "completeness": 1.0,
    }  # fmt: skip
    assert frozen["scaling"]["fiscal_year"] == 2027
    assert [one["area"] for one in frozen["scaling"]["approvals"]] == ["security", "privacy", "accessibility"]
    assert (frozen["ai"], frozen["benefits"], frozen["close_out"], frozen["milestones"], frozen["costs"]) == (
        None, [], None, [], [],
    )  # fmt: skip
    assert all(need["met"] for need in frozen["readiness"])
    assert "against_advice" not in frozen


def test_no_infinite_bound_gets_into_the_evidence(session, world, running, now):
    metric = criterion(world, running, "Endless")
    verdict(world, metric, Verdict.INCONCLUSIVE, low=float("-1e308"), high=None)
    content, found = gate_evidence.pilot_evidence.gather(session, running.id)
    assert [one["high"] for one in content["evaluation"]["criteria"]] == [-31.0, None]
    assert gate_evidence.pilot_evidence.plain({"x": [float("inf"), float("nan"), 1.5]}) == {
        "x": [None, None, 1.5]
    }
    assert found.advice is Advice.STOP


def test_the_override_rate_counts_what_could_follow_the_advice(session, world, pat, lea, now):
    for said in (Verdict.MET, Verdict.NOT_MET):
        proposal = world.proposal(step=Step.RUNNING)
        pilot_of(world, proposal).lesson = "So."
        judge_all(world, proposal, said)
        prepare_scaling(world, proposal)
        if said is Verdict.MET:
            decide(session, world.actor(pat), proposal, GateKey.G4, Outcome.ADVANCE, now)
        else:
            row = propose(session, world.actor(pat), proposal, now)
            contrary.approve(session, world.actor(lea), contrary_id=row.id, now=now)
    held = world.proposal(step=Step.RUNNING)
    decide(session, world.actor(pat), held, GateKey.G4, Outcome.GOAL_MET, now)
    found = query.scale_decisions(session, Proposal.id > 0)
    assert [(one.against, one.advice, one.approved_by) for one in found] == [
        (True, Advice.STOP, "Lea Leader"),
        (False, Advice.SCALE, None),
    ]
