"""The release: all signed decisions at once or none, each its signer's, with every obstacle named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, Forbidden, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey, NewCondition
from incubator.domain.releases import ANSWERS, AgencySees
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Outcome, Stage, Step
from incubator.flows import prepared as flow
from incubator.flows import release as release_flow
from incubator.flows.decision_mail import decision_mail
from incubator.models.accounts import RoleGrant
from incubator.models.conflicts import Conflict
from incubator.models.gates import Condition, Decision, GateCheck
from incubator.models.history import Event
from incubator.models.jobs import Message
from incubator.models.proposals import Proposal
from incubator.models.releases import PreparedDecision, Release
from tests.flows.deciders import confirm
from tests.flows.releasing import BASE_URL, found_panel


@pytest.fixture
def panel(world):
    return found_panel(world)


def refused(panel, **values) -> release_flow.ReleaseRefused:
    before = stands(panel.world.session)
    with pytest.raises(release_flow.ReleaseRefused) as error, panel.world.session.begin_nested():
        panel.release(**values)
    assert stands(panel.world.session) == before
    return error.value


def stands(session) -> tuple:
    """Everything a release would change."""
    session.expire_all()
    return (
        session.scalar(sa.select(sa.func.count()).select_from(Release)),
        session.scalar(sa.select(sa.func.count()).select_from(Decision)),
        session.scalar(sa.select(sa.func.count()).select_from(Message)),
        session.scalar(sa.select(sa.func.count()).select_from(Event)),
        session.scalars(sa.select(Proposal.step).order_by(Proposal.id)).all(),
        session.scalars(sa.select(PreparedDecision.id).order_by(PreparedDecision.id)).all(),
    )


def test_all_signed_decisions_become_known_at_one_moment(session, panel, now):
    due = now.date() + timedelta(days=60)
    condition = NewCondition("Triage privacy", due, "Cory Coordinator", panel.coordinator.id)
    proposals = {
        Outcome.ADVANCE: panel.signed("Sees"),
        Outcome.ADVANCE_WITH_CONDITIONS: panel.signed("Hears", Outcome.ADVANCE_WITH_CONDITIONS, conditions=(condition,)),
        Outcome.HOLD: panel.signed("Waits", Outcome.HOLD, hold_until=due),
        Outcome.REWORK: panel.signed("Returns", Outcome.REWORK, place=1),
        Outcome.STOP: panel.signed("Ends", Outcome.STOP, place=1, reason="Nobody asked for it."),
    }  # fmt: skip
    made = panel.release()
    assert (made.call_id, made.released_at, made.released_by_id, made.decisions) == (
        panel.call.id, now, panel.chair.id, 5,
    )  # fmt: skip
    decisions = {
        one.outcome: one for one in session.scalars(sa.select(Decision).where(Decision.gate == GateKey.G1))
    }
    assert decisions.keys() == proposals.keys()
    for outcome, one in decisions.items():
        assert (one.release_id, one.decided_by_id, one.decided_at) == (made.id, panel.second.id, now)
        assert one.proposal_id == proposals[outcome].id
        assert one.evidence["reviews"]["mean"] == 3.5
    assert (decisions[Outcome.STOP].reason, decisions[Outcome.STOP].what_would_change, decisions[Outcome.STOP].end_reason) == (
        "Nobody asked for it.", "Ask five counties first.", EndReason.DEMAND,
    )  # fmt: skip
    assert {outcome: (one.stage, one.step) for outcome, one in proposals.items()} == {
        Outcome.ADVANCE: (Stage.DESIGN, Step.DESIGN),
        Outcome.ADVANCE_WITH_CONDITIONS: (Stage.DESIGN, Step.DESIGN),
        Outcome.HOLD: (Stage.ON_HOLD, Step.ON_HOLD),
        Outcome.REWORK: (Stage.IDEA, Step.INFORMATION),
        Outcome.STOP: (Stage.CLOSED, Step.CLOSED),
    }
    kept = session.scalars(sa.select(Condition)).one()
    assert (kept.text, kept.owner_id, kept.due_on) == ("Triage privacy", panel.coordinator.id, due)
    assert session.scalars(sa.select(PreparedDecision)).all() == []
    events = session.scalars(sa.select(Event).where(Event.kind == EventKind.GATE_DECIDED)).all()
    assert {one.actor_id for one in events} == {panel.second.id}
    last = session.scalars(sa.select(Event).order_by(Event.id.desc())).first()
    assert (last.kind, last.actor_id, last.details) == (
        EventKind.DECISIONS_RELEASED, panel.chair.id, {"call": "Spring", "count": 5},
    )  # fmt: skip


def test_each_of_the_agencys_people_gets_one_mail_for_each_proposal(session, world, panel):
    gone = world.person("Gone", disabled_at=world.now)
    session.add(
        RoleGrant(
            person_id=gone.id, role=Role.AGENCY_LEAD, agency_id=panel.agencies[0].id, granted_at=world.now
        )
    )
    # Who is author and lead at once is told once.
    session.add(
        RoleGrant(
            person_id=panel.authors[0].id,
            role=Role.AGENCY_LEAD,
            agency_id=panel.agencies[0].id,
            granted_at=world.now,
        )
    )
    session.flush()
    first, second = panel.signed("Sees"), panel.signed("Hears", Outcome.STOP, place=1)
    panel.release()
    mails = session.scalars(sa.select(Message).order_by(Message.id)).all()
    told = sorted((mail.recipient_id, mail.subject) for mail in mails)
    assert told == sorted(
        [
            (panel.authors[0].id, f"The decision on {first.number}: Sees"),
            (panel.leads[0].id, f"The decision on {first.number}: Sees"),
            (panel.authors[1].id, f"The decision on {second.number}: Hears"),
            (panel.leads[1].id, f"The decision on {second.number}: Hears"),
        ]
    )
    body = next(mail.body for mail in mails if mail.recipient_id == panel.leads[1].id)
    assert body == (
        f"The decisions of the call “Spring” are made. This is the one on your proposal “Hears” ({second.number}).\n\n"
        "It is not selected.\n\n"
        "The reason:\n\nClear need.\n\n"
        "What would change the answer:\n\nAsk five counties first.\n\n"
        f"You find it here, with what the reviewers said:\n{BASE_URL}/pilots/{second.number}/gates#decisions\n\n"
        "If something in it is unclear, write to the coordinators of the call.\n"
    )


@pytest.mark.parametrize("outcome", ANSWERS)
def test_the_mail_says_each_outcome_and_gives_nothing_away_in_its_subject(now, outcome):
    due = now.date() + timedelta(days=9)
    mail = decision_mail(
        number="CDOT-0001",
        title="Sees",
        call="Spring",
        outcome=outcome,
        reason="Because.",
        what_would_change="",
        hold_until=due if outcome is Outcome.HOLD else None,
        conditions=[NewCondition("Triage it", due, "Eve")]
        if outcome is Outcome.ADVANCE_WITH_CONDITIONS
        else [],
        with_scores=False,
        base_url=BASE_URL,
    )
    assert mail.subject == "The decision on CDOT-0001: Sees"
    assert ANSWERS[outcome] in mail.body
    assert ("The day is November 29, 2026." in mail.body) is (outcome is Outcome.HOLD)
    assert ("- Triage it (Eve, by November 29, 2026)" in mail.body) is (
        outcome is Outcome.ADVANCE_WITH_CONDITIONS
    )
    assert "What would change" not in mail.body
    assert "reviewers" not in mail.body


def test_only_the_chair_releases(panel, world):
    panel.signed()
    for person in (panel.second, panel.coordinator, world.person("", Role.LEADERSHIP, Role.ADMINISTRATOR)):
        with pytest.raises(Forbidden):
            panel.release(by=person, seen="")
    panel.call.chair_id = None
    with pytest.raises(Forbidden, match="no chair yet"):
        panel.release()


def test_a_chair_who_is_no_gatekeeper_any_more_does_not_release(session, panel):
    panel.signed()
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == panel.chair.id))
    with pytest.raises(Forbidden):
        panel.release(seen="")


def test_what_is_not_signed_stops_the_release_unless_it_is_left_out(session, panel):
    signed, unsigned, unprepared = panel.signed("A"), panel.ready("B"), panel.ready("C")
    panel.prepare(unsigned)
    error = refused(panel)
    assert [(one.number, one.sentence, one.unsigned) for one in error.obstacles] == [
        (unsigned.number, "It is not signed.", True),
        (unprepared.number, "It is not prepared.", True),
    ]
    panel.release(without_unsigned=True)
    assert [one.step for one in (signed, unsigned, unprepared)] == [Step.DESIGN, Step.REVIEW, Step.REVIEW]
    assert session.scalars(sa.select(PreparedDecision.proposal_id)).all() == [unsigned.id]
    panel.sign(unsigned)
    assert panel.release(without_unsigned=True).decisions == 1
    assert unsigned.step is Step.DESIGN
    assert session.scalars(sa.select(Release.decisions).order_by(Release.id)).all() == [1, 1]


def test_a_proposal_changed_since_its_signature_stops_all_of_them(session, panel, now):
    panel.signed("A")
    changed = panel.signed("B")
    changed.summary = "Something else."
    session.flush()
    for without in (False, True):
        error = refused(panel, without_unsigned=without)
        assert [(one.number, one.sentence) for one in error.obstacles] == [
            (changed.number, "The proposal changed since it was signed. Read it and sign again.")
        ]
    panel.sign(changed)
    assert panel.release().decisions == 2


def test_every_obstacle_is_named_at_once(session, world, panel, now):
    """A lost role, a conflict since, a must-meet taken back, a day that came, somebody who left."""
    third = world.person("Toni Third", Role.GATEKEEPER)
    left = world.person("Lou Left", Role.GATEKEEPER)
    lost = panel.ready("Lost")
    panel.prepare(lost)
    panel.sign(lost, by=third)
    conflict = panel.signed("Conflict")
    unready = panel.signed("Unready")
    panel.signed("Held", Outcome.HOLD, hold_until=now.date() + timedelta(days=1))
    gone = panel.ready("Gone")
    panel.prepare(gone)
    panel.sign(gone, by=left)
    panel.signed("Fine")
    session.execute(sa.delete(RoleGrant).where(RoleGrant.person_id == third.id))
    world.add(
        Conflict(person_id=panel.second.id, proposal_id=conflict.id, kind=ConflictKind.OTHER, declared_at=now)
    )
    session.execute(sa.update(GateCheck).where(GateCheck.proposal_id == unready.id).values(met=False))
    left.disabled_at = now
    session.flush()
    error = refused(panel, now=now + timedelta(days=1))
    assert [(one.title, one.sentence) for one in error.obstacles] == [
        ("Lost", "Toni Third, who signed it, may no longer decide on it. Another gatekeeper signs it."),
        ("Conflict", "Gale Gatekeeper, who signed it, may no longer decide on it. Another gatekeeper signs it."),
        ("Unready", "It cannot advance yet. Still missing: no red flag is open."),
        ("Held", "The day must lie in the future."),
        ("Gone", "Who signed it can no longer sign in. Another gatekeeper signs it."),
    ]  # fmt: skip
    assert (error.hidden, error.message) == (0, "Nothing was released. Something stands in the way.")


def test_a_chair_with_a_conflict_releases_it_unseen_and_learns_no_name(session, world, panel):
    """The chair makes known what others signed; what stands in its way is said without saying where."""
    seen, unseen = panel.signed("Seen"), panel.ready("Kestrel")
    world.add(
        Conflict(
            person_id=panel.chair.id, proposal_id=unseen.id, kind=ConflictKind.OTHER, declared_at=world.now
        )
    )
    error = refused(panel)
    assert (error.obstacles, error.hidden) == ((), 1)
    panel.prepare(unseen, Outcome.STOP)
    panel.sign(unseen)
    assert panel.release().decisions == 2
    assert (seen.step, unseen.step) == (Step.DESIGN, Step.CLOSED)


def test_nothing_signed_is_nothing_to_release(panel):
    with pytest.raises(DomainError, match="No signed decision"):
        panel.release()
    panel.ready()
    with pytest.raises(DomainError, match="No signed decision"):
        panel.release(without_unsigned=True)


def test_the_chair_releases_what_was_seen(session, panel):
    proposal = panel.signed()
    seen = panel.seen()
    panel.prepare(proposal, Outcome.STOP, seen=flow.prepared_for(session, proposal.id).version)
    panel.sign(proposal)
    with pytest.raises(StaleVersion):
        panel.release(seen=seen)
    panel.ready("New in the meantime")
    assert panel.release(without_unsigned=True).decisions == 1


def test_proposals_of_other_calls_and_without_a_call_stay(session, world, panel):
    other = found_panel_elsewhere(world, panel)
    panel.signed()
    panel.release()
    assert other.step is Step.REVIEW


def found_panel_elsewhere(world, panel) -> Proposal:
    elsewhere = world.call("Autumn", decides_together=True)
    proposal = world.proposal(agency=panel.agencies[0], call=elsewhere, step=Step.REVIEW)
    world.add(
        PreparedDecision(
            proposal_id=proposal.id,
            outcome=Outcome.STOP,
            reason="No.",
            prepared_at=world.now,
            signed_by_id=panel.second.id,
            signed_at=world.now,
            seen_version=proposal.version,
        )
    )
    return proposal


def test_if_one_part_cannot_be_written_nothing_is_released(session, panel, monkeypatch):
    """The last thing written is the event; a fault there leaves not even a mail behind."""
    panel.signed("A")
    panel.signed("B", Outcome.STOP)
    before = stands(session)
    seen = panel.seen()

    def broken(*_args, **_kwargs):
        raise OSError("the disk is full")

    monkeypatch.setattr(release_flow, "record", broken)
    with pytest.raises(OSError, match="disk is full"), session.begin_nested():
        panel.release(seen=seen)
    monkeypatch.undo()
    assert stands(session) == before
    assert panel.release().decisions == 2


def test_a_second_round_is_decided_anew(session, panel, now):
    """Sent back, answered, reviewed again: prepared from nothing, released again."""
    proposal = panel.signed("Returns", Outcome.REWORK)
    panel.release()
    proposal.step = Step.REVIEW
    confirm(panel.world, proposal, GateKey.G1)
    assert flow.prepared_for(session, proposal.id) is None
    panel.prepare(proposal)
    panel.sign(proposal)
    panel.release(now=now + timedelta(days=1))
    outcomes = session.scalars(
        sa.select(Decision.outcome).where(Decision.gate == GateKey.G1).order_by(Decision.id)
    ).all()
    assert outcomes == [Outcome.REWORK, Outcome.ADVANCE]


def test_statements_grow_evenly_with_the_decisions(panel, statements):
    """Forty at once are no surprise: each decision costs the same."""
    counts = []
    for many in (2, 4):
        for _one in range(many):
            panel.signed()
        seen = panel.seen()
        with statements() as run:
            panel.release(seen=seen, now=datetime(2026, 11, 20, 18, many, tzinfo=UTC))
        counts.append(len(run))
    each = (counts[1] - counts[0]) / 2
    assert each <= 40
    assert counts[0] <= 2 * each + 25


def test_no_scores_promised_no_scores_mentioned(session, world):
    panel = found_panel(world, agency_sees=AgencySees.NOTHING)
    panel.signed()
    panel.release()
    assert "You find it here:\n" in session.scalars(sa.select(Message.body)).first()
