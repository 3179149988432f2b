from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.gates import GATES, GateKey
from incubator.domain.reviews import IncompleteReview, Recommendation, ReviewAnswers, ReviewState, ScoreAnswer
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import confirming, conflicts, refusing
from incubator.flows import reviews as flow
from incubator.flows import scoring as writing
from incubator.models.calls import Criterion
from incubator.models.conflicts import Conflict
from incubator.models.history import Event
from incubator.models.jobs import Message
from incubator.models.reviews import Review, Score
from incubator.queries import record_reviews, records, scoring
from incubator.queries import reviews as review_queries
from incubator.queries.gates import gate_state


def keyed_rubric(world, session):
    """A rubric of four criteria, weights 40, 30, 20 and 10, under the standard keys."""
    rubric = world.rubric(40, 30, 20, 10)
    criteria = session.scalars(
        sa.select(Criterion).where(Criterion.rubric_id == rubric.id).order_by(Criterion.position)
    ).all()
    for criterion, key in zip(criteria, ("problem", "impact", "feasibility", "risk"), strict=True):
        criterion.key = key
    session.flush()
    return rubric, [criterion.id for criterion in criteria]


def answers(ids, *values, **more):
    scores = {
        key: ScoreAnswer(applies=False)
        if value == "na"
        else ScoreAnswer(value, True, f"Because {value}" if value else "")
        for key, value in zip(ids, values, strict=True)
    }
    return ReviewAnswers(scores=scores, **{"confidence": 2, "recommendation": Recommendation.YES, **more})


@pytest.fixture
def scene(world, session):
    class Scene:
        rubric, criteria = keyed_rubric(world, session)
        call = world.call(rubric=rubric)
        proposal = world.proposal("Permit helper", call=call, step=Step.REVIEW)
        coordinator = world.person("Cora Dean", Role.COORDINATOR)
        reviewer = world.person("Rae Bell", Role.REVIEWER)

    return Scene


def save(scene, world, now, review, given, *, hand_in=False, person=None, version=None):
    act = writing.hand_in if hand_in else writing.save_draft
    return act(
        world.session,
        world.actor(person or scene.reviewer),
        review_id=review.id,
        answers=given,
        seen_version=review.version if version is None else version,
        now=now,
    )


def test_assigning_writes_the_review_the_event_and_one_mail_each(scene, world, session, now):
    other = world.person("Ola Finch", Role.REVIEWER)
    due = now.date() + timedelta(days=14)
    made = flow.assign(
        session,
        world.actor(scene.coordinator),
        proposal_id=scene.proposal.id,
        people=[scene.reviewer.id, other.id, other.id],
        due_on=due,
        now=now,
    )
    assert [(r.reviewer_id, r.state, r.due_on) for r in made] == [
        (scene.reviewer.id, ReviewState.ASSIGNED, due),
        (other.id, ReviewState.ASSIGNED, due),
    ]
    mails = session.scalars(sa.select(Message).order_by(Message.id)).all()
    assert [mail.recipient_id for mail in mails] == [scene.reviewer.id, other.id]
    assert "Permit helper" in mails[0].subject
    assert "December 4, 2026" in mails[0].body
    events = session.scalars(sa.select(Event).where(Event.kind == EventKind.REVIEW_ASSIGNED)).all()
    assert [event.details["person"] for event in events] == ["Rae Bell", "Ola Finch"]


@pytest.mark.parametrize("tie", ["agency", "lead", "declared", "author", "no role", "already", "other call"])
def test_people_with_a_tie_cannot_be_assigned(scene, world, session, now, tie):
    agency = scene.proposal.agency_id
    person = world.person("Tia Knot", Role.REVIEWER)
    if tie == "agency":
        person.agency_id = agency
    elif tie == "lead":
        world.session.add(
            flow_grant(person, Role.AGENCY_LEAD, agency, now),
        )
    elif tie == "declared":
        conflicts.declare_conflict(
            session,
            world.actor(scene.coordinator),
            proposal_id=scene.proposal.id,
            person_id=person.id,
            kind=ConflictKind.VENDOR,
            reason="",
            now=now,
        )
    elif tie == "author":
        from incubator.models.proposals import Author

        world.add(Author(proposal_id=scene.proposal.id, person_id=person.id, added_at=now))
    elif tie == "no role":
        person = world.person("Nobody Special", Role.EVALUATOR)
    elif tie == "other call":
        person = world.person("Elsewhere", (Role.REVIEWER, None, world.call()))
    elif tie == "already":
        world.review(scene.proposal, person)
    session.flush()
    with pytest.raises(DomainError) as refused:
        flow.assign(
            session,
            world.actor(scene.coordinator),
            proposal_id=scene.proposal.id,
            people=[scene.reviewer.id, person.id],
            due_on=None,
            now=now,
        )
    assert refused.value.field == "people"
    assert (
        session.scalar(
            sa.select(sa.func.count()).select_from(Review).where(Review.reviewer_id == scene.reviewer.id)
        )
        == 0
    )


def flow_grant(person, role, agency_id, now):
    from incubator.models.accounts import RoleGrant

    return RoleGrant(person_id=person.id, role=role, agency_id=agency_id, granted_at=now)


def test_only_coordinators_assign(scene, world, session, now):
    panel = world.person("Gale Keeper", Role.GATEKEEPER)
    with pytest.raises(Forbidden):
        flow.assign(
            session, world.actor(panel), proposal_id=scene.proposal.id, people=[1], due_on=None, now=now
        )
    stranger = world.person("Una Known")
    with pytest.raises(NotFound):
        flow.assign(
            session, world.actor(stranger), proposal_id=scene.proposal.id, people=[1], due_on=None, now=now
        )


def test_a_draft_may_be_incomplete_and_counts_for_nothing(scene, world, session, now):
    review = world.review(scene.proposal, scene.reviewer)
    save(scene, world, now, review, answers(scene.criteria, 5, None, None, None, confidence=None))
    session.refresh(scene.proposal)
    assert (review.state, review.total, review.confidence) == (ReviewState.STARTED, 5.0, None)
    assert (scene.proposal.reviews_in, scene.proposal.score, scene.proposal.value) == (0, None, None)
    kinds = session.scalars(sa.select(Event.kind).where(Event.proposal_id == scene.proposal.id)).all()
    assert kinds == [EventKind.REVIEW_SAVED]
    save(scene, world, now, review, answers(scene.criteria, 5, 4, None, None))
    assert (
        session.scalars(sa.select(Event.kind).where(Event.proposal_id == scene.proposal.id)).all() == kinds
    ), "saving again is no news"


def test_handing_in_names_everything_that_is_missing(scene, world, now):
    review = world.review(scene.proposal, scene.reviewer)
    first, second, third, fourth = scene.criteria
    given = ReviewAnswers(
        scores={
            first: ScoreAnswer(4, True, "  "),
            second: ScoreAnswer(3, True, "Sound"),
            third: ScoreAnswer(),
        }
    )
    with pytest.raises(IncompleteReview) as refused:
        save(scene, world, now, review, given, hand_in=True)
    assert [problem.field for problem in refused.value.problems] == [
        f"why_{first}",
        f"score_{third}",
        f"score_{fourth}",
        "confidence",
        "recommendation",
    ]


def test_a_review_that_applies_nothing_is_none(scene, world, now):
    review = world.review(scene.proposal, scene.reviewer)
    with pytest.raises(IncompleteReview, match="at least one"):
        save(scene, world, now, review, answers(scene.criteria, "na", "na", "na", "na"), hand_in=True)


def test_handing_in_keeps_the_record_in_step(scene, world, session, now):
    other = world.person("Ola Finch", Role.REVIEWER)
    mine, theirs = world.review(scene.proposal, scene.reviewer), world.review(scene.proposal, other)
    save(scene, world, now, mine, answers(scene.criteria, 5, 4, 2, "na"), hand_in=True)
    save(scene, world, now, theirs, answers(scene.criteria, 2, 1, 3, 5), hand_in=True, person=other)
    session.refresh(scene.proposal)
    # (40·5 + 30·4 + 20·2) / 90 and (40·2 + 30·1 + 20·3 + 10·5) / 100
    assert mine.total == pytest.approx(4.0)
    assert theirs.total == pytest.approx(2.2)
    assert scene.proposal.reviews_in == 2
    assert scene.proposal.score == pytest.approx(3.1)
    assert scene.proposal.value == pytest.approx((5 + 4 + 2 + 1) / 4)
    assert scene.proposal.effort == pytest.approx(6 - (2 + 3) / 2)
    kept = session.scalars(sa.select(Score).where(Score.review_id == mine.id, ~Score.applies)).one()
    assert kept.value is None


def test_a_stale_window_saves_nothing_and_sees_what_stands(scene, world, session, now):
    review = world.review(scene.proposal, scene.reviewer)
    shown = review.version
    save(scene, world, now, review, answers(scene.criteria, 5, None, None, None))
    with pytest.raises(StaleVersion) as stale:
        save(scene, world, now, review, answers(scene.criteria, 1, 1, 1, 1), version=shown)
    first = scene.criteria[0]
    assert stale.value.theirs[f"score_{first}"] == "5"
    assert stale.value.theirs[f"why_{first}"] == "Because 5"
    assert stale.value.version == review.version
    assert scoring.scores_of(session, review.id)[first].value == 5


def test_scores_that_arrive_after_the_decision_are_refused(scene, world, session, now):
    review = world.review(scene.proposal, scene.reviewer)
    scene.proposal.step, scene.proposal.stage = Step.DESIGN, "design"
    session.flush()
    for hand_in in (False, True):
        with pytest.raises(DomainError, match="gate was decided"):
            save(scene, world, now, review, answers(scene.criteria, 5, 5, 5, 5), hand_in=hand_in)
    assert scoring.scores_of(session, review.id) == {}


def test_nobody_writes_in_anothers_review(scene, world, now):
    review = world.review(scene.proposal, scene.reviewer)
    for person in (scene.coordinator, world.person("Ola Finch", Role.REVIEWER)):
        with pytest.raises(NotFound):
            save(scene, world, now, review, answers(scene.criteria, 5, 5, 5, 5), person=person)


def test_moving_to_the_agency_bars_from_scoring(scene, world, session, now):
    review = world.review(scene.proposal, scene.reviewer)
    scene.reviewer.agency_id = scene.proposal.agency_id
    session.flush()
    with pytest.raises(Forbidden, match="agency that proposed"):
        save(scene, world, now, review, answers(scene.criteria, 5, 5, 5, 5))


@pytest.mark.parametrize(
    ("act", "state", "kind"),
    [
        (refusing.decline, ReviewState.DECLINED, EventKind.REVIEW_DECLINED),
        (refusing.abstain, ReviewState.ABSTAINED, EventKind.REVIEW_ABSTAINED),
    ],
)
def test_refusing_needs_a_reason(scene, world, session, now, act, state, kind):
    review = world.review(scene.proposal, scene.reviewer)
    with pytest.raises(DomainError) as refused:
        act(session, world.actor(scene.reviewer), review_id=review.id, reason=" ", now=now)
    assert refused.value.field == "reason"
    act(session, world.actor(scene.reviewer), review_id=review.id, reason="Not my field", now=now)
    assert (review.state, review.reason) == (state, "Not my field")
    assert session.scalars(sa.select(Event).where(Event.kind == kind)).one().details == {
        "reason": "Not my field"
    }


def test_declaring_a_conflict_ends_the_review_and_takes_its_scores_out(scene, world, session, now):
    other = world.person("Ola Finch", Role.REVIEWER)
    mine, theirs = world.review(scene.proposal, scene.reviewer), world.review(scene.proposal, other)
    save(scene, world, now, mine, answers(scene.criteria, 5, 5, 5, 5), hand_in=True)
    save(scene, world, now, theirs, answers(scene.criteria, 2, 2, 2, 2), hand_in=True, person=other)
    conflicts.declare_conflict(
        session,
        world.actor(scene.reviewer),
        proposal_id=scene.proposal.id,
        person_id=scene.reviewer.id,
        kind=ConflictKind.VENDOR,
        reason="My brother works there",
        now=now,
    )
    session.refresh(scene.proposal)
    assert mine.state is ReviewState.WITHDRAWN
    assert (scene.proposal.reviews_in, scene.proposal.score) == (1, 2.0)
    with pytest.raises(NotFound):
        save(scene, world, now, mine, answers(scene.criteria, 1, 1, 1, 1))


def test_a_begun_review_is_only_taken_back_with_a_reason(scene, world, session, now):
    begun = world.review(scene.proposal, scene.reviewer, state=ReviewState.STARTED, started_at=now)
    idle = world.review(scene.proposal, world.person("Ida Low", Role.REVIEWER))
    actor = world.actor(scene.coordinator)
    flow.unassign(session, actor, review_id=idle.id, reason="", now=now)
    assert idle.state is ReviewState.WITHDRAWN
    with pytest.raises(DomainError) as refused:
        flow.unassign(session, actor, review_id=begun.id, reason="", now=now)
    assert refused.value.field == "reason"
    flow.unassign(session, actor, review_id=begun.id, reason="On leave", now=now)
    assert (begun.state, begun.reason) == (ReviewState.WITHDRAWN, "On leave")
    again = flow.assign(
        session,
        actor,
        proposal_id=scene.proposal.id,
        people=[scene.reviewer.id],
        due_on=date(2026, 12, 1),
        now=now,
    )
    assert [(r.id, r.state, r.reason) for r in again] == [(begun.id, ReviewState.ASSIGNED, "")]


def test_giving_a_review_back_takes_it_out_of_the_mean(scene, world, session, now):
    review = world.review(scene.proposal, scene.reviewer)
    save(scene, world, now, review, answers(scene.criteria, 5, 5, 5, 5), hand_in=True)
    actor = world.actor(scene.coordinator)
    with pytest.raises(DomainError) as refused:
        flow.give_back(session, actor, review_id=review.id, reason="", now=now)
    assert refused.value.field == "reason"
    flow.give_back(session, actor, review_id=review.id, reason="Risk is about another proposal", now=now)
    session.refresh(scene.proposal)
    assert (review.state, review.submitted_at) == (ReviewState.STARTED, None)
    assert (scene.proposal.reviews_in, scene.proposal.score, scene.proposal.effort) == (0, None, None)
    assert session.scalars(sa.select(Message)).one().recipient_id == scene.reviewer.id


class TestANewRevision:
    """Reviews of an earlier revision count for the newest one only when their writers say so."""

    @pytest.fixture
    def reworked(self, scene, world, session, now):
        """Submitted for revision 1; the proposal then comes back as revision 2."""
        review = world.review(scene.proposal, scene.reviewer)
        save(scene, world, now, review, answers(scene.criteria, 4, 4, 3, 3), hand_in=True)
        assert counts(session, scene) == (1, 1, 0)
        scene.proposal.revision_number += 1
        flow.refresh_scores(session, scene.proposal, now)
        confirming.ask_to_confirm(session, scene.proposal, now)
        return review

    def test_it_counts_nowhere_until_it_is_confirmed(self, reworked, scene, world, session, now):
        actor = world.actor(scene.reviewer)
        today = now.date()
        assert counts(session, scene) == (0, 0, 1)
        assert scene.proposal.score is None
        assert review_queries.queue_counts(session, actor, today) == review_queries.QueueCounts(1, 0, 0)
        (message,) = session.scalars(sa.select(Message).where(Message.recipient_id == scene.reviewer.id))
        assert message.subject == "Please confirm your review: Permit helper"
        with pytest.raises(DomainError, match="changed again"):
            confirming.confirm(session, actor, review_id=reworked.id, seen_revision=1, now=now)
        confirming.confirm(session, actor, review_id=reworked.id, seen_revision=2, now=now)
        assert counts(session, scene) == (1, 1, 0)
        assert scene.proposal.score == pytest.approx(3.7)
        assert review_queries.queue_counts(session, actor, today) == review_queries.QueueCounts(0, 0, 1)
        with pytest.raises(DomainError, match="nothing to confirm"):
            confirming.confirm(session, actor, review_id=reworked.id, seen_revision=2, now=now)

    def test_it_is_changed_and_submitted_again(self, reworked, scene, world, session, now):
        actor = world.actor(scene.reviewer)
        confirming.reopen(session, actor, review_id=reworked.id, seen_revision=2, now=now)
        assert (reworked.state, counts(session, scene)) == (ReviewState.STARTED, (0, 0, 0))
        session.flush()
        save(scene, world, now, reworked, answers(scene.criteria, 2, 2, 2, 2), hand_in=True)
        assert (reworked.revision_number, counts(session, scene)) == (2, (1, 1, 0))
        assert scene.proposal.score == pytest.approx(2)

    def test_nobody_else_confirms_it(self, reworked, scene, world, session, now):
        for person in (scene.coordinator, world.person("Ola Finch", Role.REVIEWER)):
            with pytest.raises(NotFound):
                confirming.confirm(
                    session, world.actor(person), review_id=reworked.id, seen_revision=2, now=now
                )


def counts(session, scene):
    """Reviews in by the record, by the gate's facts, and those to confirm."""
    facts = review_queries.review_facts(session, scene.proposal.id)
    assert facts.lacking == max(0, facts.required - facts.submitted - facts.open - facts.to_confirm)
    state = gate_state(session, scene.proposal.id, GATES[GateKey.G1], now=scene.call.opens_at)
    assert state.reviews_in == facts.submitted
    return scene.proposal.reviews_in, facts.submitted, facts.to_confirm


@pytest.mark.parametrize("step", [Step.DESIGN, Step.CLOSED])
def test_what_was_decided_or_withdrawn_is_no_load(scene, world, session, now, step):
    """The list of reviewers counts what they still owe, of proposals that its reader may know of."""
    gone = world.proposal("Gone", call=scene.call, step=step)
    secret = world.proposal("Secret", call=scene.call, step=Step.REVIEW)
    for proposal in (gone, secret):
        world.review(proposal, scene.reviewer, due_on=now.date())
    actor = world.actor(scene.coordinator)

    def load():
        facts = records.record_facts(session, actor, scene.proposal.id)
        return [(one.name, one.load) for one in record_reviews.candidates(session, actor, facts)]

    assert load() == [("Rae Bell", 1)]
    world.add(
        Conflict(
            person_id=scene.coordinator.id, proposal_id=secret.id, kind=ConflictKind.OTHER, declared_at=now
        )
    )
    assert load() == [("Rae Bell", 0)]
