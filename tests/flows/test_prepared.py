"""Preparing and signing: what each needs, who may, and what a change undoes."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.choices import Choice
from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey, NewCondition
from incubator.domain.releases import PREPARED_OUTCOMES
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Outcome, Step
from incubator.flows import gates as gate_flow
from incubator.flows import prepared as flow
from incubator.flows import proposals as proposal_flow
from incubator.models.conflicts import Conflict
from incubator.models.gates import GateCheck
from incubator.models.history import Event
from incubator.models.releases import PreparedDecision
from tests.flows.deciders import decide
from tests.flows.releasing import draft, found_panel


@pytest.fixture
def panel(world):
    return found_panel(world)


def kinds(session) -> list[EventKind]:
    return list(session.scalars(sa.select(Event.kind).order_by(Event.id)))


WHOLE = {
    Outcome.ADVANCE: {},
    Outcome.ADVANCE_WITH_CONDITIONS: {"conditions": "due"},
    Outcome.HOLD: {"hold_until": "due"},
    Outcome.REWORK: {},
    Outcome.STOP: {},
}


@pytest.mark.parametrize("outcome", PREPARED_OUTCOMES)
def test_each_outcome_is_kept_with_what_it_needs(session, panel, now, outcome):
    due = now.date() + timedelta(days=40)
    more = {
        name: (NewCondition("Triage it", due, "Eve"),) if name == "conditions" else due
        for name in WHOLE[outcome]
    }
    proposal = panel.ready()
    version, changed_at = proposal.version, proposal.changed_at
    one = panel.prepare(proposal, outcome, **more)
    assert (one.outcome, one.prepared_by_id, one.signed_at) == (outcome, panel.coordinator.id, None)
    assert one.what_would_change == draft(outcome).what_would_change
    assert one.end_reason is (EndReason.DEMAND if outcome is Outcome.STOP else None)
    assert one.hold_until == more.get("hold_until")
    assert flow.draft_of(one).conditions == more.get("conditions", ())
    session.flush()
    assert (proposal.step, proposal.version, proposal.changed_at) == (Step.REVIEW, version, changed_at)
    assert kinds(session) == [EventKind.DECISION_PREPARED]
    assert session.scalars(sa.select(Event.details)).one() == {}


@pytest.mark.parametrize(
    ("outcome", "values", "field", "message"),
    [
        (Outcome.ADVANCE, {"reason": " \n"}, "reason", "Write the reason for the decision."),
        (Outcome.STOP, {"what_would_change": " "}, "what_would_change", "Write what would change the answer."),
        (Outcome.HOLD, {"what_would_change": "", "hold_until": 9}, "what_would_change", "Write what would change the answer."),
        (Outcome.REWORK, {"what_would_change": ""}, "what_would_change", "Write what would change the answer."),
        (Outcome.STOP, {"end_reason": None}, "end_reason", "Choose why it ends."),
        (Outcome.STOP, {"end_reason": EndReason.MERGED}, "end_reason", "Choose why it ends."),
        (Outcome.HOLD, {"hold_until": None}, "hold_until", "Enter the day until which it is held."),
        (Outcome.HOLD, {"hold_until": 0}, "hold_until", "The day must lie in the future."),
        (Outcome.ADVANCE_WITH_CONDITIONS, {}, "conditions-0-text", "Write at least one condition."),
        (Outcome.TRANSFER, {}, "outcome", "This is decided on the gate's own page, not prepared."),
        (Outcome.MERGE, {}, "outcome", "This is decided on the gate's own page, not prepared."),
        (Outcome.STOP, {"reason": "x" * 5_001}, "reason", "Use at most 5,000 characters."),
    ],
)  # fmt: skip
def test_what_is_not_whole_is_refused_beside_its_field(session, panel, now, outcome, values, field, message):
    if isinstance(values.get("hold_until"), int):
        values = {**values, "hold_until": now.date() + timedelta(days=values["hold_until"])}
    with pytest.raises(DomainError) as refused:
        panel.prepare(panel.ready(), outcome, **values)
    assert (refused.value.field, refused.value.message) == (field, message)
    assert session.scalars(sa.select(PreparedDecision)).all() == []


def test_what_the_gate_would_refuse_cannot_be_prepared(session, panel, now):
    proposal = panel.ready()
    session.execute(sa.update(GateCheck).values(met=False))
    for outcome in (Outcome.ADVANCE, Outcome.ADVANCE_WITH_CONDITIONS):
        with pytest.raises(DomainError) as refused:
            panel.prepare(proposal, outcome)
        assert refused.value.message == "It cannot advance yet. Still missing: no red flag is open."
    assert panel.prepare(proposal, Outcome.STOP).outcome is Outcome.STOP


def test_parts_that_do_not_belong_to_the_outcome_are_left_out(panel, now):
    due = now.date() + timedelta(days=9)
    one = panel.prepare(
        panel.ready(),
        Outcome.ADVANCE,
        what_would_change="Nothing.",
        end_reason=EndReason.DEMAND,
        hold_until=due,
        conditions=(NewCondition("Do it", due, "Eve"),),
    )
    assert (one.what_would_change, one.end_reason, one.hold_until, one.conditions) == ("", None, None, [])


def test_only_people_of_the_panel_without_a_tie_prepare(session, world, panel):
    proposal = panel.ready()
    for role in Role:
        if role in (Role.SUBMITTER, Role.AGENCY_LEAD):
            continue
        somebody = world.person("", role)
        if role in (Role.COORDINATOR, Role.GATEKEEPER):
            seen = 0 if (one := flow.prepared_for(session, proposal.id)) is None else one.version
            assert panel.prepare(proposal, by=somebody, seen=seen).outcome is Outcome.ADVANCE
        else:
            with pytest.raises((Forbidden, NotFound)):
                panel.prepare(proposal, by=somebody)
    for barred in (*panel.authors, *panel.leads):
        with pytest.raises((Forbidden, NotFound)):
            panel.prepare(proposal, by=barred)


def test_a_conflicted_gatekeeper_finds_nothing_and_a_conflicted_coordinator_is_refused(session, world, panel):
    proposal = panel.ready()
    panel.prepare(proposal)
    for person in (panel.second, panel.coordinator):
        world.add(
            Conflict(
                person_id=person.id, proposal_id=proposal.id, kind=ConflictKind.OTHER, declared_at=world.now
            )
        )
    with pytest.raises(NotFound):
        panel.sign(proposal)
    with pytest.raises(Forbidden):
        panel.prepare(proposal, Outcome.STOP, seen=1)


def test_whoever_owes_a_review_in_the_call_waits(world, panel):
    owing = world.person("", Role.GATEKEEPER, Role.REVIEWER)
    world.review(panel.ready("Another"), owing)
    with pytest.raises(Forbidden, match="once your own reviews"):
        panel.prepare(panel.ready(), by=owing)


def test_only_what_waits_at_selection_is_prepared(world, panel):
    for step in (Step.SCREENING, Step.INFORMATION, Step.DESIGN, Step.CLOSED):
        proposal = world.proposal(agency=panel.agencies[0], call=panel.call, step=step)
        with pytest.raises(Forbidden, match="not waiting"):
            panel.prepare(proposal)
    with pytest.raises(NotFound):
        panel.prepare(world.proposal(agency=panel.agencies[0], step=Step.REVIEW))


def test_the_second_of_two_who_prepare_is_told(session, panel):
    proposal = panel.ready()
    panel.prepare(proposal)
    with pytest.raises(StaleVersion):
        panel.prepare(proposal, Outcome.STOP)
    assert session.scalars(sa.select(PreparedDecision.outcome)).one() is Outcome.ADVANCE


def test_saving_the_same_again_keeps_signature_and_history(session, panel):
    proposal = panel.signed()
    before = kinds(session)
    one = flow.prepared_for(session, proposal.id)
    panel.prepare(proposal, by=panel.chair, seen=one.version)
    assert (one.signed_by_id, one.prepared_by_id) == (panel.second.id, panel.coordinator.id)
    assert kinds(session) == before


@pytest.mark.parametrize(
    "change",
    [{"reason": "Clearer need."}, {"outcome": Outcome.STOP}],
)
def test_any_change_takes_the_signature_off(session, panel, change):
    proposal = panel.signed()
    one = flow.prepared_for(session, proposal.id)
    panel.prepare(proposal, seen=one.version, **change)
    assert (one.signed_by_id, one.signed_at, one.seen_version) == (None, None, None)
    assert kinds(session)[-2:] == [EventKind.DECISION_UNSIGNED, EventKind.DECISION_PREPARED]


def test_signing_binds_to_the_version_that_was_read(session, panel, now):
    proposal = panel.ready()
    panel.prepare(proposal)
    (one,) = panel.sign(proposal)
    assert (one.signed_by_id, one.signed_at, one.seen_version) == (panel.second.id, now, proposal.version)
    assert kinds(session) == [EventKind.DECISION_PREPARED, EventKind.DECISION_SIGNED]
    panel.sign(proposal)
    assert len(kinds(session)) == 2, "signing the same again changes nothing"


@pytest.mark.parametrize("stale", ["prepared", "proposal"])
def test_signing_what_changed_since_it_was_read_is_refused(session, panel, stale):
    proposal, other = panel.ready(), panel.ready()
    for one in (proposal, other):
        panel.prepare(one)
    kept = flow.prepared_for(session, proposal.id)
    seen = flow.Seen(kept.version - (stale == "prepared"), proposal.version - (stale == "proposal"))
    whole = flow.Seen(flow.prepared_for(session, other.id).version, other.version)
    with pytest.raises(StaleVersion):
        flow.sign(
            session,
            panel.actor(panel.second),
            call_id=panel.call.id,
            seen={proposal.id: seen, other.id: whole},
            now=panel.world.now,
        )


def test_who_prepared_it_does_not_sign_it(panel):
    proposal = panel.ready()
    panel.prepare(proposal, by=panel.second)
    with pytest.raises(Forbidden, match="another gatekeeper signs"):
        panel.sign(proposal)
    assert panel.sign(proposal, by=panel.chair)[0].signed_by_id == panel.chair.id


def test_a_coordinator_does_not_sign(panel):
    proposal = panel.ready()
    panel.prepare(proposal, by=panel.second)
    with pytest.raises(Forbidden):
        panel.sign(proposal, by=panel.coordinator)


def test_a_hold_whose_day_came_is_not_signed(panel, now):
    proposal = panel.ready()
    one = panel.prepare(proposal, Outcome.HOLD, hold_until=now.date() + timedelta(days=1))
    with pytest.raises(DomainError) as refused:
        flow.sign(
            panel.world.session,
            panel.actor(panel.second),
            call_id=panel.call.id,
            seen={proposal.id: flow.Seen(one.version, proposal.version)},
            now=now + timedelta(days=1),
        )
    assert refused.value.message == f"{proposal.number} cannot be signed: The day must lie in the future."


def test_the_signature_is_taken_off_and_only_once(session, panel, now):
    proposal = panel.signed()
    for _time in range(2):
        flow.unsign(session, panel.actor(panel.coordinator), proposal_id=proposal.id, now=now)
    assert kinds(session).count(EventKind.DECISION_UNSIGNED) == 1


def test_decisions_of_another_call_are_not_signed_through_this_one(world, panel):
    proposal = panel.ready()
    one = panel.prepare(proposal)
    with pytest.raises(NotFound):
        flow.sign(
            world.session,
            panel.actor(panel.second),
            call_id=world.call().id,
            seen={proposal.id: flow.Seen(one.version, proposal.version)},
            now=world.now,
        )


def together(panel, proposals, shared, own=("", ""), by=None, seen=0):
    return flow.prepare_together(
        panel.world.session,
        panel.actor(by or panel.coordinator),
        call_id=panel.call.id,
        draft=shared,
        own={one.id: flow.Own(*own, seen=seen) for one in proposals},
        now=panel.world.now,
    )


def test_many_are_given_the_same_outcome_each_with_words_of_its_own(session, panel):
    proposals = [panel.ready(), panel.ready(place=1)]
    together(
        panel,
        proposals,
        draft(Outcome.STOP, reason="Many good ones.", what_would_change=""),
        ("Yours lacks a site.", "Find one."),
    )
    rows = session.scalars(sa.select(PreparedDecision)).all()
    assert {(one.reason, one.what_would_change, one.end_reason) for one in rows} == {
        ("Many good ones.\n\nYours lacks a site.", "Find one.", EndReason.DEMAND)
    }
    assert kinds(session) == [EventKind.DECISION_PREPARED] * 2


def test_one_that_lacks_its_words_stops_them_all_beside_its_field(session, panel):
    first, second = panel.ready(), panel.ready()
    with pytest.raises(DomainError) as refused:
        flow.prepare_together(
            session,
            panel.actor(panel.coordinator),
            call_id=panel.call.id,
            draft=draft(Outcome.STOP, what_would_change=""),
            own={first.id: flow.Own("", "Find a site.", 0), second.id: flow.Own("", "", 0)},
            now=panel.world.now,
        )
    assert refused.value.field == f"change-{second.id}"


def test_conditions_are_not_given_to_many(panel):
    with pytest.raises(DomainError, match="Prepare it by itself"):
        together(panel, [panel.ready()], draft(Outcome.ADVANCE_WITH_CONDITIONS))


def test_many_with_one_prepared_meanwhile_is_stale(panel):
    first, second = panel.ready(), panel.ready()
    panel.prepare(second)
    with pytest.raises(StaleVersion):
        together(panel, [first, second], draft(Outcome.STOP))


@pytest.mark.parametrize("outcome", PREPARED_OUTCOMES)
def test_the_gate_itself_refuses_while_the_call_decides_together(session, panel, now, outcome):
    proposal = panel.ready()
    with pytest.raises(DomainError, match="releases its decisions together"):
        decide(session, panel.actor(panel.second), proposal, GateKey.G1, outcome, now)
    assert proposal.step is Step.REVIEW


def test_a_transfer_is_decided_by_itself_and_takes_the_prepared_one_along(session, panel, now):
    proposal = panel.ready()
    panel.prepare(proposal, Outcome.STOP)
    decide(
        session, panel.actor(panel.second), proposal, GateKey.G1, Outcome.TRANSFER, now, transferred_to="OIT"
    )
    assert proposal.step is Step.CLOSED
    assert session.scalars(sa.select(PreparedDecision)).all() == []


def test_a_merge_is_decided_by_itself(session, panel, now):
    proposal, target = panel.ready(), panel.ready()
    decide(
        session, panel.actor(panel.second), proposal, GateKey.G1, Outcome.MERGE, now, merged_into_id=target.id
    )
    assert proposal.merged_into_id == target.id


def test_a_call_that_does_not_decide_together_decides_at_the_gate(session, world, now):
    panel = found_panel(world, decides_together=False)
    proposal = panel.ready()
    panel.prepare(proposal, Outcome.STOP)
    decision = gate_flow.decide(
        session,
        panel.actor(panel.second),
        proposal_id=proposal.id,
        choice=Choice(GateKey.G1, Outcome.ADVANCE, "Good."),
        seen_version=proposal.version,
        now=now,
    )
    assert (decision.release_id, proposal.step) == (None, Step.DESIGN)
    assert session.scalars(sa.select(PreparedDecision)).all() == []


def test_a_proposal_withdrawn_leaves_its_prepared_decision_behind(session, panel, now):
    proposal = panel.signed()
    proposal_flow.withdraw(session, panel.actor(panel.leads[0]), now, proposal.id, "We found money.")
    assert proposal.step is Step.CLOSED
    assert session.scalars(sa.select(PreparedDecision)).all() == []
