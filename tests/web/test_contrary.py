"""Deciding against the criteria, as the one who proposes, the one who signs and the agency see it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from incubator.domain.evaluation import Verdict
from incubator.domain.gates import GateKey
from incubator.domain.pilots import CriterionKind
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome, Stage, Step
from incubator.models.gates import ContraryDecision, Decision
from incubator.models.proposals import Proposal
from tests.evaluated import criterion, judge_all, lock, pilot_of, prepare_scaling, verdict

WHY = "The counting in May was wrong; the recount is on file."
REASON = "The agency needs it before the winter."
SIGN = "Waiting for your second signature"


@pytest.fixture
def agency(world):
    return world.agency("CDOT", "Department of Transportation")


@pytest.fixture
def pat(world):
    return world.person("Pat Panel", Role.GATEKEEPER)


@pytest.fixture
def lea(world):
    return world.person("Lea Leader", Role.LEADERSHIP)


@pytest.fixture
def running(world, agency):
    author = world.person("Ann Author", (Role.SUBMITTER, agency), agency=agency)
    proposal = world.proposal(
        "Cameras", agency=agency, step=Step.RUNNING, midpoint_passed=True, authors=(author,)
    )
    pilot_of(world, proposal).lesson = "Clean the lenses."
    lock(world, proposal, proposed_by_id=world.person("Eve Evaluator").id,
         confirmed_by_id=world.person("Cory Coordinator").id)  # fmt: skip
    judge_all(world, proposal, Verdict.NOT_MET)
    complaints = criterion(world, proposal, "Complaints", CriterionKind.GUARDRAIL, unit="a week")
    verdict(world, complaints, Verdict.INCONCLUSIVE, harm=True, estimate=2.0, low=0.5, high=3.5, promised=3.0)
    late = criterion(world, proposal, "Praise", post_hoc_at=world.now)
    verdict(world, late, Verdict.MET)
    prepare_scaling(world, proposal)
    return proposal


def url(proposal, more=""):
    return f"/pilots/{proposal.number}/{more or 'gates'}"


def propose(visitor, proposal, **values):
    values = {"outcome": "advance", "reason": REASON, "against_advice": WHY, **values}
    return visitor.submit(url(proposal, "gates/g4"), holding="outcome", **values)


def waiting(world):
    world.session.expire_all()
    return world.session.scalars(sa.select(ContraryDecision).order_by(ContraryDecision.id.desc())).first()


def test_the_gates_page_says_what_the_criteria_propose_and_why(browser, pat, running):
    page = browser(pat).get(url(running))
    for words in (
        "The criteria propose: Stop",
        "The goal “Wait” is not met. The guardrail “Complaints” does not hold.",
        "Change: −34 minutes; the data are compatible with −37.5 to −31. Promised: −30 minutes.",
        "Change: +2 a week; the data are compatible with +0.5 to +3.5. At most +3 a week was accepted.",
        "Worse than before",
        "Added after the plan was locked: it carries nothing.",
        "by Eve Evaluator and Cory Coordinator. No amendment since.",
        "The rule proposes; people decide.",
    ):
        assert words in page.text


def test_a_share_changes_by_points(browser, world, pat, running):
    share = criterion(world, running, "Complete", unit="%", baseline=60, target=70)
    verdict(world, share, Verdict.NOT_MET, estimate=4.0, low=1.5, high=6.5, promised=10.0)
    page = browser(pat).get(url(running))
    assert "Change: +4 points; the data are compatible with +1.5 to +6.5. Promised: +10 points." in page.text


def test_context_has_no_verdict_to_wait_for(browser, world, pat, running):
    criterion(world, running, "Calls", CriterionKind.CONTEXT)
    page = browser(pat).get(url(running))
    assert "Calls ContextContext: it carries nothing." in page.text
    assert "No verdict before the horizon" not in page.text


def test_before_the_scale_decision_nothing_is_proposed(browser, world, pat, running):
    running.midpoint_passed = False
    page = browser(pat).get(url(running))
    assert "The criteria so far" in page.text
    assert "The criteria propose" not in page.text


def test_the_agency_reads_no_advice_before_the_decision(browser, world, agency, pat, running):
    propose(browser(pat), running)
    lead = world.person("Lena Lead", (Role.AGENCY_LEAD, agency), agency=agency)
    page = browser(lead).get(url(running))
    for words in ("The criteria propose", WHY, "second signature", "Pat Panel"):
        assert words not in page.text
    history = browser(lead).get(url(running, "history"))
    assert "against the verdicts" not in history.text


def test_without_a_reason_nothing_is_proposed_and_the_words_are_kept(browser, world, pat, running):
    page = browser(pat).submit(
        url(running, "gates/g4"), holding="outcome", outcome="advance", reason=REASON, against_advice=" ",
        status=422,
    )  # fmt: skip
    assert "Write why you decide against the criteria." in page.text
    assert REASON in page.html
    assert waiting(world) is None
    assert world.session.scalars(sa.select(Decision)).all() == []


def test_proposed_signed_and_told(browser, world, pat, lea, running):
    visitor, other = browser(pat), browser(lea)
    assert SIGN not in other.get("/").text
    page = propose(visitor, running)
    assert "Proposed: Advance. It is decided when a second person approves it." in page.text
    assert "A decision waits for its second signature" in page.text
    row = waiting(world)
    address = url(running, f"contrary/{row.id}")
    assert SIGN in other.get("/").text
    assert address in other.get("/").links()
    assert SIGN not in visitor.get("/").text
    queue = other.get("/decisions")
    assert "One decision waits for your second signature" in queue.text
    assert "Pat Panel proposes “Advance”; the criteria propose “Stop”." in queue.text
    page = other.get(address)
    assert page.heading == "Second signature: Scale"
    for words in (
        REASON,
        WHY,
        "The goal “Wait” is not met.",
        "Prepared for scaling",
        "General fund, operations",
    ):
        assert words in page.text
    page = other.submit(page, holding=None)
    assert "You approved it: the decision is taken." in page.text
    for words in (
        "Decided against the criteria because",
        WHY,
        "Lea Leader approved it.",
        "What the criteria proposed",
    ):
        assert words in page.text
    made = world.session.scalars(sa.select(Decision)).one()
    assert (made.decided_by_id, made.approved_by_id, made.against_advice) == (pat.id, lea.id, WHY)
    assert SIGN not in other.get("/").text
    assert other.client.get(address).headers["Location"] == url(running)
    assert "It does not wait for a signature any more." in other.get(url(running)).text


def test_who_proposed_it_reads_it_without_a_button_and_cannot_post(browser, world, pat, running):
    visitor = browser(pat)
    propose(visitor, running)
    address = url(running, f"contrary/{waiting(world).id}")
    page = visitor.get(address)
    assert "You proposed this" in page.text
    assert "Approve: decide it this way" not in page.text
    visitor.submit(page, holding=None, status=403)
    assert world.session.scalars(sa.select(Decision)).all() == []


def test_taken_back_with_a_reason(browser, world, pat, lea, running):
    visitor = browser(pat)
    propose(visitor, running)
    row_id = waiting(world).id
    page = visitor.submit(url(running, f"contrary/{row_id}/send-back"), reason=" ", status=422)
    assert "Write why it is not decided." in page.text
    page = visitor.submit(page, reason="A slip of mine.")
    assert "It is taken back." in page.text
    assert "A decision waits for its second signature" not in page.text
    assert waiting(world).withdrawn_by_id == pat.id
    history = browser(lea).get(url(running, "history"))
    assert (
        "Pat Panel took what was proposed against the verdicts off the table: A slip of mine." in history.text
    )


def test_a_record_that_changed_is_not_approved(browser, world, pat, lea, running):
    propose(browser(pat), running)
    address = url(running, f"contrary/{waiting(world).id}")
    visitor = browser(lea)
    page = visitor.get(address)
    world.session.get_one(Proposal, running.id).title = "Renamed"
    world.session.commit()
    answer = visitor.submit(page, holding=None, status=409)
    assert answer.heading
    assert "The record changed since" in visitor.get(address).text
    assert world.session.scalars(sa.select(Decision)).all() == []


def test_other_verdicts_since_are_said(browser, world, pat, lea, running):
    propose(browser(pat), running)
    address = url(running, f"contrary/{waiting(world).id}")
    visitor = browser(lea)
    page = visitor.get(address)
    judge_all(world, running, Verdict.MET)
    world.session.commit()
    page = visitor.submit(page, holding=None, status=422)
    assert "Other verdicts stand than when this was proposed." in page.text


def test_under_another_records_number_there_is_nothing(browser, world, pat, running):
    propose(browser(pat), running)
    row_id = waiting(world).id
    other = world.proposal("Other", step=Step.RUNNING)
    visitor = browser(pat)
    visitor.get(url(other, f"contrary/{row_id}"), status=404)
    visitor.get(url(running, f"contrary/{row_id + 100}"), status=404)


def test_the_agency_reads_that_it_was_decided_otherwise_but_not_the_inner_reason(
    browser, world, agency, pat, lea, running
):
    propose(browser(pat), running)
    visitor = browser(lea)
    visitor.submit(url(running, f"contrary/{waiting(world).id}"), holding=None)
    lead = world.person("Lena Lead", (Role.AGENCY_LEAD, agency), agency=agency)
    page = browser(lead).get(url(running))
    assert REASON in page.text
    assert "Decided against what the criteria proposed. Lea Leader approved it." in page.text
    assert WHY not in page.text


def test_a_decision_that_follows_the_criteria_is_taken_at_once(browser, world, pat, running):
    page = browser(pat).submit(
        url(running, "gates/g4"), holding="outcome", outcome="stop", end_reason="demand", reason=REASON
    )
    assert "Your decision is recorded: Stop." in page.text
    made = world.session.scalars(sa.select(Decision)).one()
    assert (made.advice.value, made.against_advice, made.to_stage) == ("stop", "", Stage.CLOSED)
    assert waiting(world) is None


def test_a_pilot_without_a_plan_may_still_wait_or_stop_but_not_scale_alone(browser, world, agency, pat):
    bare = world.proposal("Bare", agency=agency, step=Step.RUNNING, midpoint_passed=True)
    visitor = browser(pat)
    page = visitor.submit(
        url(bare, "gates/g4"), holding="outcome", outcome="advance_with_conditions", reason=REASON,
        against_advice=WHY, **{"conditions-0-text": "Measure", "conditions-0-owner": "Eve",
        "conditions-0-due_on": "2027-11-01"},
    )  # fmt: skip
    assert "It is decided when a second person approves it." in page.text
    row = waiting(world)
    assert (row.gate, row.outcome, row.advice.value) == (
        GateKey.G4, Outcome.ADVANCE_WITH_CONDITIONS, "wait",
    )  # fmt: skip
