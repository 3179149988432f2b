"""Which proposals somebody works on before the release, what stands in each row, and how often is asked."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from incubator.domain.conflicts import ConflictKind
from incubator.domain.panels import Vote
from incubator.domain.releases import Preparation, may_prepare
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome
from incubator.models.conflicts import Conflict
from incubator.models.panels import PanelMeeting, PanelSummary, PanelVote
from incubator.models.proposals import Proposal
from incubator.queries import releases as query
from incubator.queries.visibility import visible
from tests.flows.releasing import found_panel
from tests.queries.test_visibility import Town


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_select_and_rule_agree_about_everybody(session, world, seed):
    town = Town(world, seed)
    some = 0
    for person in town.people:
        actor = world.actor(person)
        by_select = set(session.scalars(sa.select(Proposal.id).where(query.may_work_on(actor))))
        by_rule = {record.id for record in town.records if may_prepare(actor, town.facts(record, person))}
        assert by_select == by_rule, (person.name, actor.grants)
        assert by_select <= set(session.scalars(sa.select(Proposal.id).where(visible(actor))))
        some += bool(by_rule)
    assert some > 3


def test_rows_say_what_is_known_and_leave_conflicts_out_of_every_sum(session, world, panel):
    first = panel.signed("A")
    second = panel.ready("B", place=1, requested_cents=70_00)
    panel.prepare(second)
    third = panel.signed("C", place=1)
    barred = panel.signed("Kestrel")
    world.add(
        Conflict(
            person_id=panel.chair.id, proposal_id=barred.id, kind=ConflictKind.OTHER, declared_at=world.now
        )
    )
    third.summary = "Changed."
    session.flush()
    rows = query.waiting(session, panel.actor(panel.chair), panel.call.id)
    assert [(row.title, row.state, row.score) for row in rows] == [
        ("A", Preparation.SIGNED, 3.5),
        ("B", Preparation.PREPARED, 3.5),
        ("C", Preparation.CHANGED, 3.5),
    ]
    counted = query.tally(rows)
    assert (counted.selected, counted.cents) == (3, 1_000_00 + 70_00 + 1_000_00)
    assert [(one.code, one.selected) for one in counted.agencies] == [("DNR", 2), ("CDOT", 1)]
    assert rows[0].prepared.signed_by == "Gale Gatekeeper"
    assert len(query.waiting(session, panel.actor(panel.coordinator), panel.call.id)) == 4
    assert first.id == rows[0].id


@pytest.fixture
def panel(world):
    return found_panel(world)


def test_votes_are_told_once_the_meeting_is_closed(session, world, panel):
    proposal = panel.ready("A")
    meeting = world.add(PanelMeeting(call_id=panel.call.id, opened_at=world.now))
    world.add(PanelSummary(proposal_id=proposal.id, recommendation=Outcome.HOLD, changed_at=world.now))
    for vote in (Vote.YES, Vote.YES, Vote.NO, Vote.ABSTAIN):
        world.add(
            PanelVote(
                proposal_id=proposal.id,
                person_id=world.person("", Role.GATEKEEPER).id,
                vote=vote,
                at=world.now,
            )
        )
    actor = panel.actor(panel.second)
    (row,) = query.waiting(session, actor, panel.call.id)
    assert (row.recommendation, row.votes) == (Outcome.HOLD, None)
    meeting.closed_at = world.now
    session.flush()
    (row,) = query.waiting(session, actor, panel.call.id)
    assert row.votes == (2, 1, 1)


def test_one_statement_however_many_wait(panel, statements):
    counts = []
    for many in (1, 5):
        for _one in range(many):
            panel.signed()
        panel.world.session.flush()
        with statements() as run:
            query.waiting(panel.world.session, panel.actor(panel.chair), panel.call.id)
        counts.append(len(run))
    # Two for the actor itself, one for all rows.
    assert counts[0] == counts[1] <= 2


def test_the_fingerprint_changes_with_what_is_prepared_alone(session, panel):
    proposal = panel.signed()
    before = panel.seen()
    panel.ready()
    assert panel.seen() == before
    panel.prepare(proposal, Outcome.STOP, seen=2)
    assert panel.seen() != before


def test_past_releases_hold_what_the_reader_may_know_of(session, world, panel):
    barred, plain = panel.signed("Kestrel"), panel.signed("Plain", Outcome.STOP, place=1)
    panel.release()
    world.add(
        Conflict(
            person_id=panel.second.id, proposal_id=barred.id, kind=ConflictKind.OTHER, declared_at=world.now
        )
    )
    (release,) = query.released(session, panel.actor(panel.second), panel.call.id)
    assert [(row.number, row.outcome) for row in release.rows] == [(plain.number, Outcome.STOP)]
    assert release.by == "Chris Chair"
    (release,) = query.released(session, panel.actor(panel.coordinator), panel.call.id)
    assert len(release.rows) == 2
