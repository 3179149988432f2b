"""The panel's meeting and what is said in it: who may, when, and what stays of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.panels import MeetingState, NoteAudience, Tally, Vote
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome, Step
from incubator.flows import deliberation, panels
from incubator.flows.conflicts import declare_conflict, set_aside
from incubator.flows.panels import MeetingPlan
from incubator.models.history import Event
from incubator.models.jobs import Message
from incubator.models.panels import PanelNote, PanelVote
from incubator.models.proposals import Author
from incubator.queries import panels as query
from incubator.queries.rounds import round_of
from tests.panel_scene import PanelScene

DAY = datetime(2026, 12, 3, 16, 30, tzinfo=UTC)
PANEL = NoteAudience.PANEL


@pytest.fixture
def scene(world):
    return PanelScene(world)


class Room:
    """Somebody in the room, acting through the flows."""

    def __init__(self, scene, person):
        self.session, self.scene = scene.world.session, scene
        self.actor, self.now = scene.world.actor(person), scene.world.now

    def plan(self, plan, seen=0, **more):
        values = {"now": self.now, **more}
        panels.set_meeting(
            self.session, self.actor, call_id=self.scene.call.id, plan=plan, seen=seen, **values
        )

    def open(self):
        panels.open_meeting(self.session, self.actor, call_id=self.scene.call.id, now=self.now)

    def close(self):
        panels.close_meeting(self.session, self.actor, call_id=self.scene.call.id, now=self.now)

    def note(self, proposal, text="Costs look low.", audience=PANEL):
        return deliberation.write_note(
            self.session, self.actor, proposal_id=proposal.id, audience=audience, text=text, now=self.now
        )

    def strike(self, note, reason="Wrong proposal"):
        deliberation.strike_note(self.session, self.actor, note_id=note.id, reason=reason, now=self.now)

    def vote(self, proposal, choice=Vote.YES):
        deliberation.vote(self.session, self.actor, proposal_id=proposal.id, choice=choice, now=self.now)

    def sum_up(self, proposal, text="Strong.", recommendation=None, seen=0):
        deliberation.write_summary(
            self.session,
            self.actor,
            proposal_id=proposal.id,
            text=text,
            recommendation=recommendation,
            seen=seen,
            now=self.now,
        )

    def mark(self, proposal, discussed=True):
        deliberation.mark_discussed(
            self.session, self.actor, proposal_id=proposal.id, discussed=discussed, now=self.now
        )

    def agenda(self):
        call = round_of(self.session, self.actor, self.scene.call.id)
        return query.agenda(self.session, self.actor, call, query.find_meeting(self.session, call.id))

    def row(self, proposal):
        return next((row for row in self.agenda() if row.id == proposal.id), None)

    def everything(self, proposal, note):
        """Every way to say something of a proposal."""
        return (
            lambda: self.note(proposal),
            lambda: self.strike(note),
            lambda: self.vote(proposal),
            lambda: self.sum_up(proposal),
            lambda: self.mark(proposal),
        )


@pytest.fixture
def room(scene):
    return lambda person: Room(scene, person)


def kinds(session):
    return list(session.scalars(sa.select(Event.kind).order_by(Event.id)))


def mailed(session):
    return {row.recipient_id: row.body for row in session.scalars(sa.select(Message).order_by(Message.id))}


def test_the_meeting_is_set_and_its_members_are_told_without_any_score(scene, room, session):
    room(scene.coordinator).plan(MeetingPlan(DAY, "Room 4"))
    found = query.find_meeting(session, scene.call.id)
    assert (found.meets_at, found.place, found.version) == (DAY, "Room 4", 1)
    assert found.state is MeetingState.AHEAD
    assert kinds(session) == [EventKind.PANEL_MEETING_CHANGED]
    told = mailed(session)
    assert set(told) == {scene.chair.id, scene.member.id, scene.kept_out.id}
    body = told[scene.member.id]
    assert "Thursday, December 3, 2026, 9:30 a.m. MST" in body
    assert "Where: Room 4" in body
    for secret in ("3.4", "4.5", "1.6", *(one.title for one in (scene.near, scene.top, scene.low))):
        assert all(secret not in text for text in told.values())


def test_a_member_kept_from_every_item_is_not_told(scene, room, session):
    for proposal in (scene.top, scene.low):
        scene.conflict(scene.kept_out, proposal)
    owner = scene.world.person("Own Agency", Role.GATEKEEPER, agency=scene.agency)
    disabled = scene.world.person("Gone", Role.GATEKEEPER, disabled_at=scene.world.now)
    elsewhere = scene.world.person(
        "Elsewhere", (Role.GATEKEEPER, None, scene.world.call("Another", slug="another"))
    )
    room(scene.chair).plan(MeetingPlan(DAY))
    assert set(mailed(session)) == {scene.chair.id, scene.member.id}
    assert {owner.id, disabled.id, elsewhere.id}.isdisjoint(mailed(session))


def test_one_conflict_set_aside_brings_the_mail_back(scene, room, session):
    for proposal in (scene.top, scene.low):
        scene.conflict(scene.kept_out, proposal)
    set_aside(
        session,
        scene.world.actor(scene.chair),
        proposal_id=scene.low.id,
        person_id=scene.kept_out.id,
        reason="Long ago",
        now=scene.world.now,
    )
    room(scene.chair).plan(MeetingPlan(DAY))
    assert scene.kept_out.id in mailed(session)


def test_a_call_without_proposals_yet_tells_all_its_members(scene, room, session):
    for proposal in (scene.top, scene.near, scene.low):
        proposal.call_id = None
    session.flush()
    room(scene.coordinator).plan(MeetingPlan(DAY))
    assert set(mailed(session)) == {scene.chair.id, scene.member.id, scene.kept_out.id}


def test_only_a_changed_day_or_place_ahead_is_mailed(scene, room, session):
    coordinator = room(scene.coordinator)
    coordinator.plan(MeetingPlan(None, "Room 4"))
    assert mailed(session) == {}
    coordinator.plan(MeetingPlan(DAY, "Room 4"), seen=1)
    coordinator.plan(MeetingPlan(DAY, "Room 4"), seen=2)
    count = sa.select(sa.func.count()).select_from(Message)
    assert session.scalar(count) == 3
    coordinator.plan(MeetingPlan(scene.world.now - timedelta(days=1), "Room 4"), seen=2)
    assert session.scalar(count) == 3
    coordinator.plan(MeetingPlan(DAY, "Room 5"), seen=3)
    assert session.scalar(count) == 6
    assert kinds(session) == [EventKind.PANEL_MEETING_CHANGED] * 4


def test_a_meeting_somebody_else_set_first_is_not_overwritten(scene, room, session):
    room(scene.coordinator).plan(MeetingPlan(DAY, "Room 4"))
    with pytest.raises(StaleVersion) as stale:
        room(scene.chair).plan(MeetingPlan(DAY, "Room 9"))
    assert stale.value.theirs["place"] == "Room 4"
    assert str(stale.value.theirs["meets_time"]) == "09:30:00"
    assert query.find_meeting(session, scene.call.id).place == "Room 4"


@pytest.mark.parametrize("who", ["member", "kept_out", "reviewer", "leader", "administrator", "other"])
def test_nobody_else_keeps_the_meeting(scene, room, session, who):
    person = {
        "member": scene.member,
        "kept_out": scene.kept_out,
        "reviewer": scene.reviewers[0],
        "leader": scene.world.person("Lee", Role.LEADERSHIP),
        "administrator": scene.world.person("Ada", Role.ADMINISTRATOR),
        "other": scene.world.person(
            "Oli", (Role.COORDINATOR, None, scene.world.call("Another", slug="another"))
        ),
    }[who]
    for act in (lambda: room(person).plan(MeetingPlan(DAY)), room(person).open, room(person).close):
        with pytest.raises(Forbidden):
            act()
    assert kinds(session) == []


def test_opening_closing_and_opening_again(scene, room, session):
    chair = room(scene.chair)
    with pytest.raises(DomainError, match="not been opened"):
        chair.close()
    chair.open()
    chair.open()
    room(scene.coordinator).close()
    chair.close()
    assert query.find_meeting(session, scene.call.id).state is MeetingState.CLOSED
    chair.open()
    assert query.find_meeting(session, scene.call.id).state is MeetingState.OPEN
    assert kinds(session) == [EventKind.PANEL_OPENED, EventKind.PANEL_CLOSED, EventKind.PANEL_OPENED]


def test_a_panel_that_ran_elsewhere_has_no_meeting_here(scene, room, session):
    scene.call.outside = True
    session.flush()
    for act in (lambda: room(scene.coordinator).plan(MeetingPlan(DAY)), room(scene.coordinator).open):
        with pytest.raises(NotFound):
            act()


def test_before_the_opening_and_after_the_close_nothing_is_added(scene, room, session):
    member = room(scene.member)
    for act in (lambda: member.note(scene.near), lambda: member.vote(scene.near)):
        with pytest.raises(DomainError, match="has not been opened"):
            act()
    meeting = scene.meeting(closed=True)
    for act in (lambda: member.note(scene.near), lambda: member.vote(scene.near)):
        with pytest.raises(DomainError, match="is closed"):
            act()
    member.sum_up(scene.near)
    meeting.closed_at = None
    session.flush()
    member.note(scene.near)
    scene.near.step, scene.near.stage = Step.DESIGN, "design"
    session.flush()
    for act in (
        lambda: member.note(scene.near),
        lambda: member.vote(scene.near),
        lambda: member.sum_up(scene.near, "Other", seen=1),
        lambda: member.mark(scene.near),
    ):
        with pytest.raises(DomainError, match="no longer in review"):
            act()


def test_notes_keep_their_audience_and_are_struck_with_a_reason(scene, room, session):
    scene.meeting()
    member, coordinator, chair = room(scene.member), room(scene.coordinator), room(scene.chair)
    first = member.note(scene.near, "  For us.  ")
    second = coordinator.note(scene.near, "For reviewers.", NoteAudience.REVIEWERS)
    third = chair.note(scene.near, "For the agency.", NoteAudience.AGENCY)
    notes = query.notes_of(session, [scene.near.id])[scene.near.id]
    assert [(one.author_name, one.audience, one.text) for one in notes] == [
        ("Mo Member", NoteAudience.PANEL, "For us."),
        ("Cora Dean", NoteAudience.REVIEWERS, "For reviewers."),
        ("Quinn Chair", NoteAudience.AGENCY, "For the agency."),
    ]
    with pytest.raises(Forbidden, match="Whoever wrote the note"):
        member.strike(second)
    with pytest.raises(DomainError, match="Say why"):
        member.strike(first, "  ")
    member.strike(first)
    chair.strike(second, "Names a reviewer")
    with pytest.raises(DomainError, match="already been struck"):
        chair.strike(second)
    found = {one.id: one for one in query.notes_of(session, [scene.near.id])[scene.near.id]}
    assert (found[second.id].struck_by, found[second.id].struck_reason) == (
        "Quinn Chair",
        "Names a reviewer",
    )
    assert found[second.id].text == "For reviewers."
    assert found[third.id].struck_at is None
    assert [kind for kind in kinds(session) if kind is EventKind.PANEL_NOTE_STRUCK] == [
        EventKind.PANEL_NOTE_STRUCK
    ] * 2


@pytest.mark.parametrize(("text", "message"), [(" \n ", "Write the note"), ("x" * 4_001, "at most 4,000")])
def test_a_note_has_text_but_not_too_much(scene, room, session, text, message):
    scene.meeting()
    with pytest.raises(DomainError, match=message):
        room(scene.member).note(scene.near, text)
    assert session.scalar(sa.select(sa.func.count()).select_from(PanelNote)) == 0


def test_a_call_that_keeps_reviewers_apart_takes_no_note_for_them(scene, room, session):
    scene.meeting()
    scene.call.shares_scores = False
    session.flush()
    with pytest.raises(DomainError) as refused:
        room(scene.member).note(scene.near, audience=NoteAudience.REVIEWERS)
    assert refused.value.field == "audience"


def test_the_latest_vote_counts_and_the_history_does_not_say_how(scene, room, session):
    scene.meeting()
    member, chair = room(scene.member), room(scene.chair)
    member.vote(scene.near, Vote.YES)
    member.vote(scene.near, Vote.NO)
    member.vote(scene.near, Vote.NO)
    chair.vote(scene.near, Vote.ABSTAIN)
    assert member.row(scene.near).tally == Tally(yes=0, no=1, abstain=1, voters=2)
    assert member.row(scene.near).own_vote is Vote.NO
    assert kinds(session) == [EventKind.PANEL_VOTED] * 3
    assert list(session.scalars(sa.select(Event.details))) == [{}, {}, {}]


def test_how_others_voted_is_kept_until_ones_own_vote_or_the_close(scene, room, session):
    scene.meeting()
    room(scene.member).vote(scene.near)
    for reader in (scene.chair, scene.coordinator):
        row = room(reader).row(scene.near)
        assert (row.voted, row.voters, row.tally) == (1, 2, None)
    room(scene.chair).vote(scene.near, Vote.NO)
    assert room(scene.chair).row(scene.near).tally == Tally(1, 1, 0, 2)
    assert room(scene.coordinator).row(scene.near).tally is None
    room(scene.chair).close()
    assert room(scene.coordinator).row(scene.near).tally == Tally(1, 1, 0, 2)


def test_a_coordinator_writes_but_does_not_vote(scene, room, session):
    scene.meeting()
    coordinator = room(scene.coordinator)
    coordinator.note(scene.near)
    coordinator.sum_up(scene.near)
    coordinator.mark(scene.near)
    with pytest.raises(Forbidden):
        coordinator.vote(scene.near)


def kept_out(scene, how):
    """Somebody who would be in the room but for one thing."""
    world = scene.world
    if how == "declared":
        return scene.kept_out
    if how == "own agency":
        return world.person("Ona", Role.GATEKEEPER, agency=scene.agency)
    if how == "works for it":
        return world.person("Wim", Role.GATEKEEPER, (Role.AGENCY_LEAD, scene.agency))
    if how == "author":
        person = world.person("Aki", Role.GATEKEEPER)
        world.add(Author(proposal_id=scene.near.id, person_id=person.id, added_at=world.now))
        return person
    if how == "coordinator":
        person = world.person("Cor", Role.COORDINATOR)
        scene.conflict(person, scene.near)
        return person
    person = world.person("Chi", Role.COORDINATOR, Role.GATEKEEPER)
    scene.conflict(person, scene.near)
    return person


@pytest.mark.parametrize(
    "how", ["declared", "own agency", "works for it", "author", "coordinator", "both roles"]
)
def test_whoever_has_a_conflict_says_nothing_and_sees_no_row(scene, room, session, how):
    scene.meeting()
    note = room(scene.member).note(scene.near)
    person = kept_out(scene, how)
    for act in room(person).everything(scene.near, note):
        with pytest.raises(NotFound):
            act()
    assert room(person).row(scene.near) is None
    assert scene.near.id not in {row.id for row in room(person).agenda()}
    # The others see them called out by name, and never as one whose vote is awaited.
    row = room(scene.chair).row(scene.near)
    assert person.name in row.must_leave
    assert row.voters == 2
    assert kinds(session) == [EventKind.PANEL_NOTE_WRITTEN]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.LEADERSHIP, Role.ADMINISTRATOR, Role.EVALUATOR])
def test_other_roles_have_no_seat(scene, room, role):
    scene.meeting()
    note = room(scene.member).note(scene.near)
    outsider = room(scene.world.person("Out Sider", role))
    for act in outsider.everything(scene.near, note):
        with pytest.raises((Forbidden, NotFound)):
            act()


def test_whoever_owes_a_review_in_the_call_has_no_seat_at_all(scene, room):
    scene.meeting()
    note = room(scene.member).note(scene.near)
    busy = scene.world.person("Bo Busy", Role.REVIEWER, Role.GATEKEEPER)
    scene.world.review(scene.low, busy)
    for act in room(busy).everything(scene.near, note):
        with pytest.raises(Forbidden, match="once your own reviews"):
            act()


def test_a_conflict_found_during_the_meeting_takes_the_vote_out_and_the_proposal_away(scene, room, session):
    scene.meeting()
    member, chair = room(scene.member), room(scene.chair)
    member.vote(scene.near, Vote.YES)
    chair.vote(scene.near, Vote.NO)
    assert chair.row(scene.near).tally == Tally(1, 1, 0, 2)
    declare_conflict(
        session,
        member.actor,
        proposal_id=scene.near.id,
        person_id=scene.member.id,
        kind=ConflictKind.CONTRACT,
        reason="",
        now=scene.world.now,
    )
    row = chair.row(scene.near)
    assert (row.tally, row.voted, row.voters) == (Tally(0, 1, 0, 1), 1, 1)
    assert row.must_leave == ("Con Flict", "Mo Member")
    names = [one.name for one in query.voters_of(session, row, scene.call.id, shown=True)]
    assert names == ["Quinn Chair"]
    assert member.row(scene.near) is None
    assert [one.id for one in member.agenda()] == [scene.top.id, scene.low.id]
    with pytest.raises(NotFound):
        member.vote(scene.near, Vote.NO)


def test_a_vote_stays_when_the_role_ends_later(scene, room, session):
    scene.meeting()
    room(scene.member).vote(scene.near, Vote.YES)
    scene.member.disabled_at = scene.world.now
    session.flush()
    room(scene.chair).close()
    assert room(scene.chair).row(scene.near).tally == Tally(1, 0, 0, 2)


def test_the_summary_is_written_together_without_losing_a_text(scene, room, session):
    scene.meeting()
    room(scene.member).sum_up(scene.near, "First.", Outcome.ADVANCE)
    with pytest.raises(StaleVersion) as stale:
        room(scene.chair).sum_up(scene.near, "Second.", Outcome.STOP)
    assert stale.value.theirs == {"summary": "First.", "recommendation": "advance"}
    assert stale.value.version == 1
    room(scene.chair).sum_up(scene.near, "Both.", Outcome.STOP, seen=1)
    room(scene.chair).sum_up(scene.near, "Both.", Outcome.STOP, seen=2)
    said = query.summaries(session, [scene.near.id])[scene.near.id]
    assert (said.text, said.recommendation, said.changed_by, said.version) == (
        "Both.",
        Outcome.STOP,
        "Quinn Chair",
        2,
    )
    assert kinds(session) == [EventKind.PANEL_SUMMARY_WRITTEN] * 2


def test_a_summary_says_something_that_the_gate_can_decide(scene, room):
    scene.meeting()
    with pytest.raises(DomainError, match="Write a summary"):
        room(scene.member).sum_up(scene.near, "  ")
    with pytest.raises(DomainError, match="decided at this gate"):
        room(scene.member).sum_up(scene.near, "Fine.", Outcome.REVIVE)
    with pytest.raises(DomainError, match="at most 10,000"):
        room(scene.member).sum_up(scene.near, "x" * 10_001)


def test_the_mark_of_the_discussion_disturbs_nobody_who_is_writing(scene, room, session):
    scene.meeting()
    member, chair = room(scene.member), room(scene.chair)
    chair.mark(scene.near)
    chair.mark(scene.near)
    assert member.row(scene.near).discussed_at == scene.world.now
    member.sum_up(scene.near, "Begun before the mark.", seen=0)
    version = query.summaries(session, [scene.near.id])[scene.near.id].version
    chair.mark(scene.near, discussed=False)
    member.sum_up(scene.near, "And gone on.", seen=version)
    assert member.row(scene.near).discussed_at is None
    answers = session.scalars(
        sa.select(Event.details).where(Event.kind == EventKind.PANEL_DISCUSSED).order_by(Event.id)
    ).all()
    assert [one["answer"] for one in answers] == ["discussed", "not discussed"]


def test_what_the_panel_said_stays_on_the_agenda_after_the_decision(scene, room, session):
    scene.meeting()
    room(scene.member).sum_up(scene.near)
    for proposal in (scene.near, scene.top):
        proposal.step, proposal.stage = Step.DESIGN, "design"
    session.flush()
    assert [row.id for row in room(scene.chair).agenda()] == [scene.near.id, scene.low.id]


def test_reviewers_read_their_notes_once_their_own_is_in_and_all_are_opened(scene, room, session, now):
    scene.meeting()
    world, chair = scene.world, room(scene.chair)
    chair.note(scene.near, "To reviewers.", NoteAudience.REVIEWERS)
    chair.note(scene.near, "CANARY panel")
    chair.note(scene.near, "CANARY agency", NoteAudience.AGENCY)
    chair.strike(chair.note(scene.near, "CANARY struck", NoteAudience.REVIEWERS))
    done, other = scene.reviewers
    open_one = world.person("Ola Open", Role.REVIEWER)
    world.review(scene.near, open_one)

    def read(person):
        return [one.text for one in query.notes_for_reviewers(session, world.actor(person), scene.near.id)]

    assert read(done) == ["To reviewers."]
    assert read(open_one) == []
    assert read(world.person("Not Asked", Role.REVIEWER)) == []
    scene.conflict(other, scene.near)
    assert read(other) == []
    scene.near.reviews_revealed_at = None
    session.flush()
    assert read(done) == []
    scene.near.reviews_revealed_at = now
    scene.call.shares_scores = False
    session.flush()
    assert read(done) == []


def test_notes_for_the_agency_carry_no_name(scene, room, session):
    scene.meeting()
    chair = room(scene.chair)
    chair.note(scene.near, "To the agency.", NoteAudience.AGENCY)
    chair.note(scene.near, "CANARY panel")
    chair.note(scene.near, "CANARY reviewers", NoteAudience.REVIEWERS)
    chair.strike(chair.note(scene.near, "CANARY struck", NoteAudience.AGENCY))
    chair.note(scene.low, "CANARY other", NoteAudience.AGENCY)
    found = query.notes_for_agency(session, [scene.near.id])
    assert found == {scene.near.id: [query.AgencyNote("To the agency.", scene.world.now)]}


def test_no_table_keeps_an_earlier_vote(scene, room, session):
    scene.meeting()
    member = room(scene.member)
    for choice in Vote:
        member.vote(scene.low, choice)
    assert [row.vote for row in session.scalars(sa.select(PanelVote))] == [Vote.ABSTAIN]
