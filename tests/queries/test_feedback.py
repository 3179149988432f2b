"""What an agency is told of its reviews: as promised, after the decision, from that round alone, without names."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.gates import GateKey
from incubator.domain.panels import NoteAudience
from incubator.domain.releases import AgencySees
from incubator.domain.stages import Outcome, Step
from incubator.models.calls import Criterion
from incubator.models.panels import PanelNote
from incubator.models.reviews import Review, Score
from incubator.queries.feedback import feedback, feedback_ahead
from incubator.queries.gate_evidence import review_evidence
from tests.flows.deciders import confirm, decide
from tests.flows.releasing import found_panel


@pytest.fixture
def panel(world):
    return found_panel(world)


def words(found) -> set[str]:
    return {text for one in found.criteria for text in one.words}


@pytest.mark.parametrize(
    ("sees", "mean", "criteria", "written"),
    [
        (AgencySees.TOTAL, 3.5, 0, 0),
        (AgencySees.CRITERIA, 3.5, 3, 0),
        (AgencySees.COMMENTS, 3.5, 3, 9),
    ],
)
def test_as_much_as_the_call_promised(session, panel, sees, mean, criteria, written):
    panel.call.agency_sees = sees
    proposal = panel.signed()
    assert feedback(session, proposal.id) is None
    panel.release()
    found = feedback(session, proposal.id)
    assert (found.reviews, found.mean) == (3, mean)
    assert (len(found.criteria), len(words(found))) == (criteria, written)
    assert [one.mean for one in found.criteria] == [round(10 / 3, 4)] * criteria


def test_nothing_promised_is_nothing_told(session, panel):
    panel.call.agency_sees = AgencySees.NOTHING
    proposal = panel.signed()
    panel.release()
    found = feedback(session, proposal.id)
    assert (found.mean, found.criteria, found.notes, found.empty) == (None, (), (), True)


def note(panel, proposal, text, audience=NoteAudience.AGENCY, **values):
    return panel.world.add(
        PanelNote(
            proposal_id=proposal.id,
            author_id=panel.second.id,
            audience=audience,
            text=text,
            **{"written_at": panel.world.now, **values},
        )
    )


@pytest.mark.parametrize("sees", AgencySees)
def test_the_panels_notes_for_the_agency_come_with_the_decision(session, world, panel, now, sees):
    """Whoever writes one means the agency to read it, whatever is promised of the scores."""
    panel.call.agency_sees = sees
    proposal = panel.signed()
    note(panel, proposal, "Talk to DNR.")
    note(panel, proposal, "kestrel panel", NoteAudience.PANEL)
    note(panel, proposal, "kestrel reviewers", NoteAudience.REVIEWERS)
    note(panel, proposal, "kestrel struck", struck_at=now, struck_reason="Wrong.")
    note(panel, panel.ready(), "kestrel other")
    panel.release(without_unsigned=True)
    note(panel, proposal, "kestrel of a later round", written_at=now + timedelta(days=9))
    assert feedback(session, proposal.id).notes == ("Talk to DNR.",)


def test_what_was_written_to_the_panel_stays_there(session, panel):
    """The overall remark is asked for as something for the panel; the agency is promised the reasons."""
    proposal = panel.signed()
    session.execute(sa.update(Review).values(comment="kestrel"))
    panel.release()
    assert "kestrel" not in repr(feedback(session, proposal.id))


def test_the_order_of_the_words_follows_from_the_words_alone(session, panel):
    """Neither the order of the reviews nor their scores shows: handed in the other way round, it is the same."""
    first, second = panel.ready(), panel.ready()
    criterion = session.scalars(sa.select(Criterion.id).order_by(Criterion.position)).first()
    texts = ["Alpha.", "Beta.", "Gamma."]
    for proposal, order in ((first, texts), (second, texts[::-1])):
        reviews = session.scalars(
            sa.select(Review.id).where(Review.proposal_id == proposal.id).order_by(Review.id)
        )
        for review_id, text in zip(reviews, order, strict=True):
            session.execute(
                sa.update(Score)
                .where(Score.review_id == review_id, Score.criterion_id == criterion)
                .values(justification=text)
            )
        panel.prepare(proposal)
        panel.sign(proposal)
    panel.release()
    told = [feedback(session, proposal.id).criteria[0].words for proposal in (first, second)]
    assert told[0] == told[1]
    assert sorted(told[0]) == texts


def test_a_later_round_shows_nothing_of_itself(session, panel, now):
    """After a rework new reviews come in: the agency keeps reading the round that was decided."""
    proposal = panel.signed("Returns", Outcome.REWORK)
    panel.release()
    before = feedback(session, proposal.id)
    proposal.step = Step.REVIEW
    panel.review(proposal, 1.0, submitted_at=now + timedelta(days=5))
    redone = session.scalars(sa.select(Review).order_by(Review.id)).first()
    redone.revised_at, redone.revision_reason = now + timedelta(days=6), "I saw it differently."
    session.execute(
        sa.update(Score).where(Score.review_id == redone.id).values(justification="kestrel", value=1)
    )
    session.flush()
    after = feedback(session, proposal.id)
    assert (after.mean, after.reviews) == (before.mean, before.reviews) == (3.5, 3)
    assert [one.mean for one in after.criteria] == [one.mean for one in before.criteria]
    assert words(after) < words(before)
    assert "kestrel" not in words(after)


def test_an_amendment_is_no_new_decision(session, panel, now):
    from incubator.flows.gates import amend
    from incubator.models.gates import Decision

    proposal = panel.signed()
    panel.release()
    decision = session.scalars(sa.select(Decision).where(Decision.gate == GateKey.G1)).one()
    amend(
        session,
        panel.actor(panel.second),
        decision_id=decision.id,
        reason="More.",
        seen_version=proposal.version,
        now=now + timedelta(days=1),
    )
    assert feedback(session, proposal.id).mean == 3.5


def test_a_decision_at_the_gate_itself_is_told_too(session, world, now):
    panel = found_panel(world, decides_together=False)
    proposal = panel.ready()
    confirm(world, panel.ready(), GateKey.G1, "real_problem")
    decide(session, panel.actor(panel.second), proposal, GateKey.G1, Outcome.ADVANCE, now)
    assert feedback(session, proposal.id).mean == 3.5


@pytest.mark.parametrize("sees", AgencySees)
def test_the_preview_says_what_will_be_said(session, panel, sees):
    panel.call.agency_sees = sees
    proposals = [panel.signed(), panel.signed(place=1)]
    note(panel, proposals[0], "Talk to DNR.")
    ids = [proposal.id for proposal in proposals]
    ahead = feedback_ahead(session, sees, review_evidence(session, ids))
    panel.release()
    assert ahead == {key: feedback(session, key) for key in ids}


def test_highest_and_lowest_are_named_where_they_differ(session, panel):
    proposal = panel.ready()
    ids = session.scalars(sa.select(Criterion.id).order_by(Criterion.position)).all()
    for value, criterion_id in zip((2, 4, 3), ids, strict=True):
        session.execute(sa.update(Score).where(Score.criterion_id == criterion_id).values(value=value))
    panel.prepare(proposal)
    panel.sign(proposal)
    panel.release()
    found = feedback(session, proposal.id)
    assert (found.strongest.title, found.weakest.title) == ("Criterion 2", "Criterion 1")
    session.rollback()


def test_equal_means_name_neither(session, panel):
    proposal = panel.signed()
    panel.release()
    found = feedback(session, proposal.id)
    assert (found.strongest, found.weakest) == (None, None)
