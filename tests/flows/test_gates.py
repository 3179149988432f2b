"""Deciding at a gate: who, when, what it needs, and what it leaves behind."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey, NewCondition
from incubator.domain.pilots import benefit_due
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Outcome, Stage, Step
from incubator.flows import gates as flow
from incubator.flows import returning
from incubator.models.agencies import Need
from incubator.models.conflicts import Conflict
from incubator.models.gates import Condition, Decision, GateCheck
from incubator.models.history import Event
from incubator.models.pilots import Metric, Pilot
from incubator.models.proposals import Attachment, Author, NeedLink, StageSpell
from incubator.queries.gate_evidence import digest
from tests.evaluated import lock
from tests.flows.deciders import add_benefit, confirm, decide, fill_plan, read


@pytest.fixture
def agency(world):
    return world.agency("CDOT")


@pytest.fixture
def panel(world):
    return world.actor(world.person("Pat Panel", Role.GATEKEEPER))


@pytest.fixture
def coordinator(world):
    return world.actor(world.person("Cory Coordinator", Role.COORDINATOR))


@pytest.fixture
def selected(session, world, agency, panel, coordinator, now):
    """Screened, reviewed by three and selected: in the design stage, by the flow itself."""
    proposal = world.proposal("Cameras", agency=agency, step=Step.SCREENING, requested_cents=100_00)
    confirm(world, proposal, GateKey.G0)
    decide(session, coordinator, proposal, GateKey.G0, Outcome.ADVANCE, now)
    for total in (3.0, 4.0, 4.4):
        world.review(proposal, world.person(), state=ReviewState.SUBMITTED, total=total)
    confirm(world, proposal, GateKey.G1)
    decide(session, panel, proposal, GateKey.G1, Outcome.ADVANCE, now)
    return proposal


def pilot_of(session, proposal) -> Pilot:
    return session.scalars(sa.select(Pilot).where(Pilot.proposal_id == proposal.id)).one()


def test_screening_passed_goes_to_review(session, world, coordinator, now):
    proposal = world.proposal(step=Step.SCREENING)
    confirm(world, proposal, GateKey.G0)
    decision = decide(session, coordinator, proposal, GateKey.G0, Outcome.ADVANCE, now)
    assert (proposal.stage, proposal.step) == (Stage.IDEA, Step.REVIEW)
    assert proposal.due_on == now.date() + timedelta(days=42)
    assert (decision.from_stage, decision.to_stage) == (Stage.IDEA, Stage.IDEA)
    event = session.scalars(sa.select(Event).order_by(Event.id.desc())).first()
    assert (event.details["outcome"], event.proposal_id) == ("Moved on", proposal.id)


def test_whole_way_from_screening_to_service(session, world, panel, selected, now):
    pilot = pilot_of(session, selected)
    assert (pilot.launched_at, selected.stage) == (None, Stage.DESIGN)
    fill_plan(world, selected, world.person("Lee Lead"), pilot)
    confirm(world, selected, GateKey.G2)
    decide(session, panel, selected, GateKey.G2, Outcome.ADVANCE, now)
    assert (selected.stage, pilot.launched_at) == (Stage.PILOT, now)
    assert selected.due_on == now.date() + timedelta(days=100)
    read(world, pilot)
    confirm(world, selected, GateKey.G3)
    decide(session, panel, selected, GateKey.G3, Outcome.ADVANCE, now)
    assert (selected.stage, selected.midpoint_passed) == (Stage.PILOT, True)
    assert selected.due_on == pilot.ends_on + timedelta(days=42)
    pilot.lesson = "Clean the lenses."
    confirm(world, selected, GateKey.G4)
    decide(session, panel, selected, GateKey.G4, Outcome.ADVANCE, now)
    assert selected.stage is Stage.SCALE
    add_benefit(world, selected)
    decide(session, panel, selected, GateKey.G5, Outcome.ADVANCE, now)
    assert (selected.stage, selected.due_on) == (Stage.IN_SERVICE, benefit_due(now.date(), [6]))
    spells = session.scalars(sa.select(StageSpell).order_by(StageSpell.id)).all()
    assert [(s.stage, s.exit, s.next_stage) for s in spells] == [
        (Stage.IDEA, Outcome.ADVANCE, Stage.DESIGN),
        (Stage.DESIGN, Outcome.ADVANCE, Stage.PILOT),
        (Stage.PILOT, Outcome.ADVANCE, Stage.SCALE),
        (Stage.SCALE, Outcome.ADVANCE, Stage.IN_SERVICE),
        (Stage.IN_SERVICE, None, None),
    ]


def test_evidence_is_frozen_as_it_stood(session, world, panel, selected, now):
    decision = session.scalars(sa.select(Decision).where(Decision.gate == GateKey.G1)).one()
    frozen = decision.evidence
    assert frozen["reviews"] == {
        "handed_in": 3, "abstained": 0, "totals": [3.0, 4.0, 4.4], "mean": 3.8, "median": 4.0,
        "recommendations": {"yes": 0, "maybe": 0, "no": 0}, "criteria": [],
    }  # fmt: skip
    assert [(need["key"], need["met"]) for need in frozen["readiness"]] == [
        ("screened", True),
        ("reviews_in", True),
        ("no_red_flag", True),
    ]
    assert [earlier["gate"] for earlier in frozen["decisions"]] == ["g0"]
    assert frozen["money"]["requested_cents"] == 100_00
    assert decision.evidence_sha256 == digest(frozen)
    selected.title, selected.requested_cents = "Renamed", 5
    world.review(selected, world.person(), state=ReviewState.SUBMITTED, total=1.0)
    session.flush()
    session.expire(decision)
    assert (decision.evidence, decision.evidence_sha256) == (frozen, digest(decision.evidence))


def test_nothing_advances_with_something_missing(session, world, panel, selected, now):
    pilot = fill_plan(world, selected, world.person("Lee Lead"), pilot_of(session, selected))
    confirm(world, selected, GateKey.G2, "privacy", "security")
    lock(world, selected)
    with pytest.raises(DomainError, match=r"Still missing: accessibility is triaged\.") as refused:
        decide(session, panel, selected, GateKey.G2, Outcome.ADVANCE, now)
    assert refused.value.field == "outcome"
    due = [NewCondition("Triage accessibility", now.date() + timedelta(days=9), "Eve")]
    pilot.lead_id = None
    with pytest.raises(DomainError, match="a pilot lead is named"):
        decide(session, panel, selected, GateKey.G2, Outcome.ADVANCE_WITH_CONDITIONS, now, conditions=due)
    pilot.lead_id = pilot.product_owner_id
    decide(session, panel, selected, GateKey.G2, Outcome.ADVANCE_WITH_CONDITIONS, now, conditions=due)
    assert selected.stage is Stage.PILOT


def test_a_no_is_not_covered_by_a_condition(session, world, panel, selected, now):
    fill_plan(world, selected, world.person("Lee Lead"), pilot_of(session, selected))
    confirm(world, selected, GateKey.G2, "privacy", met=False)
    due = [NewCondition("Settle privacy", now.date(), "Eve")]
    with pytest.raises(DomainError, match="privacy is triaged"):
        decide(session, panel, selected, GateKey.G2, Outcome.ADVANCE_WITH_CONDITIONS, now, conditions=due)


def test_open_conditions_hold_up_the_next_gate(session, world, panel, selected, now):
    fill_plan(world, selected, world.person("Lee Lead"), pilot_of(session, selected))
    confirm(world, selected, GateKey.G2)
    earlier = session.scalars(sa.select(Decision).where(Decision.gate == GateKey.G1)).one()
    condition = world.add(
        Condition(decision_id=earlier.id, proposal_id=selected.id, text="Ask", due_on=now.date())
    )
    with pytest.raises(DomainError, match="conditions of earlier gates are closed"):
        decide(session, panel, selected, GateKey.G2, Outcome.ADVANCE, now)
    condition.closed_at, condition.closing_note = now, "Asked."
    decide(session, panel, selected, GateKey.G2, Outcome.ADVANCE, now)
    assert selected.stage is Stage.PILOT


def test_conflicted_reviews_do_not_count(session, world, agency, panel, coordinator, now):
    proposal = world.proposal(agency=agency, step=Step.SCREENING)
    confirm(world, proposal, GateKey.G0)
    decide(session, coordinator, proposal, GateKey.G0, Outcome.ADVANCE, now)
    confirm(world, proposal, GateKey.G1)
    own, conflicted = world.person(agency=agency), world.person()
    for reviewer in (own, conflicted, world.person(), world.person()):
        world.review(proposal, reviewer, state=ReviewState.SUBMITTED, total=4)
    conflict = Conflict(
        person_id=conflicted.id, proposal_id=proposal.id, kind=ConflictKind.VENDOR, declared_at=now
    )
    world.add(conflict)
    with pytest.raises(DomainError, match="the reviews asked for are in"):
        decide(session, panel, proposal, GateKey.G1, Outcome.ADVANCE, now)
    world.review(proposal, world.person(), state=ReviewState.SUBMITTED, total=4)
    decide(session, panel, proposal, GateKey.G1, Outcome.ADVANCE, now)
    assert proposal.stage is Stage.DESIGN


@pytest.mark.parametrize(("days", "arriving"), [(0, True), (14, True), (15, False)])
def test_data_arrive_within_two_cadences(session, world, panel, now, days, arriving):
    proposal = world.proposal(step=Step.RUNNING)
    pilot = fill_plan(world, proposal, world.person("Lee Lead"))
    read(world, pilot, days_ago=days)
    confirm(world, proposal, GateKey.G3)
    if arriving:
        decide(session, panel, proposal, GateKey.G3, Outcome.ADVANCE, now)
        assert proposal.midpoint_passed
    else:
        with pytest.raises(DomainError, match="data are arriving"):
            decide(session, panel, proposal, GateKey.G3, Outcome.ADVANCE, now)


def test_a_goal_without_a_target_is_not_measurable(session, world, panel, selected, now):
    fill_plan(world, selected, world.person("Lee Lead"), pilot_of(session, selected))
    confirm(world, selected, GateKey.G2)
    metric = session.scalars(sa.select(Metric)).one()
    metric.target = None
    with pytest.raises(DomainError, match="every goal and guardrail"):
        decide(session, panel, selected, GateKey.G2, Outcome.ADVANCE, now)


def test_benefit_in_service_must_be_newer_than_the_last_check(session, world, panel, now):
    proposal = world.proposal(step=Step.IN_SERVICE, step_entered_at=now)
    add_benefit(world, proposal, recorded_at=now - timedelta(days=1))
    with pytest.raises(DomainError, match="the realized benefit is recorded"):
        decide(session, panel, proposal, GateKey.G5, Outcome.ADVANCE, now)
    add_benefit(world, proposal, months=12)
    decide(session, panel, proposal, GateKey.G5, Outcome.ADVANCE, now + timedelta(days=1))
    assert proposal.stage is Stage.IN_SERVICE


def test_people_with_a_conflict_never_decide(session, world, agency, now):
    proposal = world.proposal(agency=agency, step=Step.REVIEW)
    own = world.actor(world.person("Owen", Role.GATEKEEPER, agency=agency))
    torn = world.person("Connie", Role.GATEKEEPER, Role.COORDINATOR)
    world.add(Conflict(person_id=torn.id, proposal_id=proposal.id, kind=ConflictKind.OTHER, declared_at=now))
    writer = world.person("Wren", Role.GATEKEEPER)
    written = world.proposal(step=Step.REVIEW, authors=(writer,))
    led = world.proposal(step=Step.RUNNING)
    world.pilot(led, lead_id=writer.id)
    for actor, record, gate in (
        (own, proposal, GateKey.G1),
        (world.actor(torn), proposal, GateKey.G1),
        (world.actor(writer), written, GateKey.G1),
        (world.actor(writer), led, GateKey.G4),
        (world.actor(world.person("Cory", Role.COORDINATOR)), proposal, GateKey.G1),
        (world.actor(world.person("Lea", Role.LEADERSHIP)), proposal, GateKey.G1),
    ):
        with pytest.raises(Forbidden):
            decide(session, actor, record, gate, Outcome.STOP, now, end_reason=EndReason.DEMAND)
    stranger = world.actor(world.person("Stan", (Role.AGENCY_LEAD, world.agency())))
    with pytest.raises(NotFound):
        decide(session, stranger, proposal, GateKey.G1, Outcome.STOP, now, end_reason=EndReason.DEMAND)
    assert session.scalar(sa.select(sa.func.count()).select_from(Decision)) == 0


def test_only_an_open_gate_is_decided(session, world, panel, now):
    running = world.proposal(step=Step.RUNNING)
    with pytest.raises(DomainError, match="cannot be decided at the moment"):
        decide(session, panel, running, GateKey.G2, Outcome.STOP, now, end_reason=EndReason.DEMAND)


@pytest.mark.parametrize(
    ("outcome", "more", "field"),
    [
        (Outcome.STOP, {}, "end_reason"),
        (Outcome.STOP, {"end_reason": EndReason.GOALS_MET}, "end_reason"),
        (Outcome.STOP, {"end_reason": EndReason.DEMAND, "reason": " \n"}, "reason"),
        (Outcome.STOP, {"end_reason": EndReason.DEMAND, "reason": "x" * 5001}, "reason"),
        (Outcome.HOLD, {}, "hold_until"),
        (Outcome.TRANSFER, {"transferred_to": " "}, "transferred_to"),
        (Outcome.MERGE, {"merged_into_id": 10**9}, "merged_into"),
        (Outcome.REWORK, {"back_to": Stage.SCALE}, "back_to"),
        (Outcome.ADVANCE_WITH_CONDITIONS, {}, "conditions-0-text"),
    ],
)
def test_what_an_outcome_needs(session, world, panel, now, outcome, more, field):
    proposal = world.proposal(step=Step.DESIGN)
    with pytest.raises(DomainError) as refused:
        decide(session, panel, proposal, GateKey.G2, outcome, now, **more)
    assert refused.value.field == field
    assert proposal.step is Step.DESIGN


@pytest.mark.parametrize(
    ("outcome", "more", "reason"),
    [
        (Outcome.STOP, {"end_reason": EndReason.VENDOR}, EndReason.VENDOR),
        (Outcome.GOAL_MET, {"end_reason": EndReason.DEMAND}, EndReason.GOALS_MET),
        (Outcome.TRANSFER, {"transferred_to": "The county"}, EndReason.TRANSFERRED),
    ],
)
def test_endings_close_with_their_reason(session, world, panel, now, outcome, more, reason):
    proposal = world.proposal(step=Step.RUNNING)
    decision = decide(session, panel, proposal, GateKey.G4, outcome, now, **more)
    assert (proposal.stage, proposal.outcome, proposal.end_reason) == (Stage.CLOSED, outcome, reason)
    assert (proposal.closed_at, proposal.resume_stage, proposal.due_on) == (now, Stage.PILOT, None)
    assert decision.end_reason is reason


def test_merging_names_the_record_it_goes_on_in(session, world, panel, now):
    proposal, target = world.proposal(step=Step.REVIEW), world.proposal(step=Step.DESIGN)
    closed = world.proposal(step=Step.CLOSED)
    for wrong in (proposal.id, closed.id, world.proposal(step=Step.DRAFT).id):
        with pytest.raises(DomainError):
            decide(session, panel, proposal, GateKey.G1, Outcome.MERGE, now, merged_into_id=wrong)
    decide(session, panel, proposal, GateKey.G1, Outcome.MERGE, now, merged_into_id=target.id)
    assert (proposal.outcome, proposal.end_reason) == (Outcome.MERGE, EndReason.MERGED)
    assert proposal.merged_into_id == target.id


def test_what_is_merged_at_a_gate_hands_over_authors_needs_and_files(session, world, agency, panel, now):
    ann, bob = world.person("Ann", agency=agency), world.person("Bob", agency=agency)
    proposal = world.proposal(step=Step.REVIEW, agency=agency, authors=(ann, bob))
    target = world.proposal(step=Step.DESIGN, agency=agency, authors=(bob,))
    need = world.add(Need(agency_id=agency.id, title="Permits", problem="Slow", rank=1, stated_at=now))
    world.add(NeedLink(proposal_id=proposal.id, need_id=need.id))
    files = [
        world.add(
            Attachment(
                proposal_id=proposal.id, name="a.pdf", media_type="application/pdf", size=1, sha256="0",
                storage_key=key, added_at=now, removed_at=removed,
            )
        )
        for key, removed in (("kept", None), ("removed", now))
    ]  # fmt: skip
    decide(session, panel, proposal, GateKey.G1, Outcome.MERGE, now, merged_into_id=target.id)
    authors = sa.select(Author.person_id).where(Author.proposal_id == target.id)
    assert set(session.scalars(authors)) == {ann.id, bob.id}
    assert session.get(NeedLink, (target.id, need.id)) is not None
    assert [file.proposal_id for file in files] == [target.id, proposal.id]
    told = session.execute(
        sa.select(Event.proposal_id, Event.details).where(Event.kind == EventKind.PROPOSAL_MERGED)
    ).all()
    said = {"number": proposal.number, "target": target.number}
    assert dict(told) == {proposal.id: said, target.id: said}


def test_rework_sends_back_and_asks_for_confirmations_anew(session, world, panel, now):
    proposal = world.proposal(step=Step.RUNNING, midpoint_passed=True)
    world.pilot(proposal)
    for gate in (GateKey.G1, GateKey.G2, GateKey.G3):
        confirm(world, proposal, gate)
    decide(session, panel, proposal, GateKey.G4, Outcome.REWORK, now, back_to=Stage.DESIGN)
    assert (proposal.step, proposal.midpoint_passed) == (Step.DESIGN, False)
    left = session.scalars(sa.select(GateCheck.gate)).all()
    assert left == [GateKey.G1]


def test_hold_then_resume_then_stop_then_revive(session, world, panel, selected, now):
    day = now.date() + timedelta(days=30)
    decide(session, panel, selected, GateKey.G2, Outcome.HOLD, now, hold_until=day)
    assert (selected.stage, selected.due_on, selected.resume_stage) == (Stage.ON_HOLD, day, Stage.DESIGN)
    more = {"proposal_id": selected.id, "now": now}
    with pytest.raises(DomainError):
        returning.resume(session, panel, reason=" ", seen_version=selected.version, **more)
    returning.resume(session, panel, reason="Money came.", seen_version=selected.version, **more)
    assert (selected.step, selected.hold_until, selected.resume_stage) == (Step.DESIGN, None, None)
    with pytest.raises(DomainError):
        returning.resume(session, panel, reason="Again", seen_version=selected.version, **more)
    decide(session, panel, selected, GateKey.G2, Outcome.STOP, now, end_reason=EndReason.VENDOR)
    with pytest.raises(DomainError):
        returning.revive(session, panel, reason="x", stage=Stage.PILOT, seen_version=selected.version, **more)
    with pytest.raises(StaleVersion):
        returning.revive(session, panel, reason="x", seen_version=selected.version - 1, **more)
    returning.revive(
        session, panel, reason="New vendor.", stage=Stage.IDEA, seen_version=selected.version, **more
    )
    assert (selected.step, selected.outcome, selected.closed_at) == (Step.REVIEW, None, None)
    kinds = [event.kind.value for event in session.scalars(sa.select(Event).order_by(Event.id))]
    assert kinds[-4:] == ["gate_decided", "record_resumed", "gate_decided", "record_revived"]


def test_what_was_stopped_at_screening_is_screened_again(session, world, panel, coordinator, now):
    proposal = world.proposal(step=Step.SCREENING)
    decide(session, coordinator, proposal, GateKey.G0, Outcome.STOP, now, end_reason=EndReason.REDUNDANT)
    returning.revive(
        session, panel, proposal_id=proposal.id, reason="Not so.", seen_version=proposal.version, now=now
    )
    assert proposal.step is Step.SCREENING


def test_an_amendment_is_a_new_entry(session, world, panel, selected, now):
    decision = session.scalars(sa.select(Decision).where(Decision.gate == GateKey.G1)).one()
    before = (decision.reason, decision.evidence_sha256, decision.outcome)
    values = {"decision_id": decision.id, "now": now}
    amendment = flow.amend(session, panel, reason="Also this.", seen_version=selected.version, **values)
    session.expire(decision)
    assert (decision.reason, decision.evidence_sha256, decision.outcome) == before
    assert (amendment.amends_id, amendment.reason) == (decision.id, "Also this.")
    assert amendment.evidence == {"amends": {"id": decision.id, "sha256": decision.evidence_sha256}}
    coordinator = world.actor(world.person("Other", Role.COORDINATOR))
    with pytest.raises(Forbidden):
        flow.amend(session, coordinator, reason="No.", seen_version=selected.version, **values)
    with pytest.raises(DomainError):
        flow.amend(
            session, panel, decision_id=amendment.id, reason="x", seen_version=selected.version, now=now
        )


def test_a_stale_form_learns_what_was_decided(session, world, panel, now):
    proposal = world.proposal(step=Step.REVIEW)
    seen = proposal.version
    decide(
        session, panel, proposal, GateKey.G1, Outcome.STOP, now, end_reason=EndReason.DEMAND, reason="No use."
    )
    with pytest.raises(StaleVersion) as stale:
        decide(session, panel, proposal, GateKey.G1, Outcome.REWORK, now, seen_version=seen)
    assert stale.value.theirs == {"outcome": "Stop", "reason": "No use."}
