"""The round after the reveal: who is told, who may revise, and what is kept of the first review."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.reviews import IncompleteReview, Recommendation, ReviewAnswers, ReviewState, ScoreAnswer
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.flows import attachments, drafts, refusing, scoring
from incubator.flows import revision_round as flow
from incubator.jobs.revealing import reveal_due_reviews
from incubator.jobs.workshop import Workshop
from incubator.models.calls import Criterion
from incubator.models.conflicts import Conflict
from incubator.models.history import Event
from incubator.models.jobs import Message
from incubator.models.reviews import FirstScore, Score

S = ReviewState


@pytest.fixture
def scene(world, session, now):
    rubric = world.rubric(60, 40)
    asked = world.call(rubric=rubric, reviews_required=2, reviews_due_on=now.date() - timedelta(days=1))
    proposed = world.proposal("Permit helper", call=asked, step=Step.REVIEW)
    reviewers = [world.person(name, Role.REVIEWER) for name in ("Ann Alder", "Bo Birch", "Cy Cedar")]

    class Scene:
        call, proposal, people = asked, proposed, reviewers
        reviews = tuple(world.review(proposed, person) for person in reviewers)
        criteria = session.scalars(
            sa.select(Criterion.id).where(Criterion.rubric_id == rubric.id).order_by(Criterion.position)
        ).all()

    return Scene


def answers(scene, *values, recommendation=Recommendation.MAYBE, comment=""):
    scores = {
        key: ScoreAnswer(value, value is not None, f"Because {value}")
        for key, value in zip(scene.criteria, values, strict=True)
    }
    return ReviewAnswers(scores, 2, recommendation, False, comment)


def hand_in(scene, world, place, *values, at=None):
    review = scene.reviews[place]
    return scoring.hand_in(
        world.session,
        world.actor(scene.people[place]),
        review_id=review.id,
        answers=answers(scene, *values),
        seen_version=review.version,
        now=at or world.now,
    )


def revise(scene, world, given, *, place=0, reason="The others saw more.", seen=None, at=None):
    review = scene.reviews[place]
    return flow.revise(
        world.session,
        world.actor(scene.people[place]),
        review_id=review.id,
        answers=given,
        reason=reason,
        seen_version=review.version if seen is None else seen,
        now=at or world.now,
    )


def mails(session):
    rows = session.scalars(sa.select(Message).where(Message.subject.like("The reviews are open%")))
    return sorted((mail.address, mail.body) for mail in rows)


def test_the_first_values_are_kept_beside_the_revised_ones(scene, world, session, now):
    hand_in(scene, world, 0, 3, 2)
    hand_in(scene, world, 1, 4, 4)
    assert scene.proposal.score == pytest.approx((2.6 + 4.0) / 2)
    later = now + timedelta(hours=1)
    review = revise(
        scene, world, answers(scene, 4, None, recommendation=Recommendation.YES), reason=" Yes. ", at=later
    )
    assert (review.state, review.submitted_at) == (S.SUBMITTED, now)
    assert (review.revised_at, review.revision_reason) == (later, "Yes.")
    assert (review.first_total, review.total) == (pytest.approx(2.6), 4.0)
    assert (review.first_recommendation, review.recommendation) == (Recommendation.MAYBE, Recommendation.YES)
    first = session.execute(
        sa.select(FirstScore.value, FirstScore.applies, FirstScore.justification)
        .where(FirstScore.review_id == review.id)
        .order_by(FirstScore.criterion_id)
    )
    assert [tuple(row) for row in first] == [(3, True, "Because 3"), (2, True, "Because 2")]
    now_stored = session.execute(
        sa.select(Score.value, Score.applies).where(Score.review_id == review.id).order_by(Score.criterion_id)
    )
    assert [tuple(row) for row in now_stored] == [(4, True), (None, False)]
    assert (scene.proposal.score, scene.proposal.reviews_in) == (4.0, 2)
    event = session.scalars(sa.select(Event).where(Event.kind == EventKind.REVIEW_REVISED)).one()
    assert (event.actor_name, event.details) == ("Ann Alder", {})


def test_once_is_once(scene, world):
    hand_in(scene, world, 0, 3, 2)
    revise(scene, world, answers(scene, 4, 4))
    with pytest.raises(DomainError, match="possible once"):
        revise(scene, world, answers(scene, 5, 5))


@pytest.mark.parametrize("case", ["sealed", "apart", "late", "decided", "conflict", "another's", "not in"])
def test_when_it_is_refused(scene, world, session, now, case):
    if case == "sealed":
        scene.call.reviews_due_on = now.date()
    if case == "apart":
        scene.call.shares_scores = False
    hand_in(scene, world, 0, 3, 2)
    error, place = DomainError, 0
    if case == "late":
        scene.call.revisions_due_on = now.date() - timedelta(days=1)
    elif case == "decided":
        scene.proposal.step, scene.proposal.stage = Step.DESIGN, "design"
    elif case == "conflict":
        error = NotFound
        world.add(
            Conflict(
                person_id=scene.people[0].id,
                proposal_id=scene.proposal.id,
                kind=ConflictKind.VENDOR,
                declared_at=now,
            )
        )
    elif case == "not in":
        place = 1
    session.flush()
    with pytest.raises(NotFound if case == "another's" else error):
        if case == "another's":
            flow.revise(
                session,
                world.actor(scene.people[1]),
                review_id=scene.reviews[0].id,
                answers=answers(scene, 5, 5),
                reason="Mine",
                seen_version=scene.reviews[0].version,
                now=now,
            )
        else:
            revise(scene, world, answers(scene, 5, 5), place=place)
    session.expire_all()
    assert scene.reviews[0].total == pytest.approx(2.6)
    assert session.scalars(sa.select(FirstScore)).all() == []


def test_everything_missing_is_said_at_once(scene, world):
    hand_in(scene, world, 0, 3, 2)
    blank = ReviewAnswers({key: ScoreAnswer() for key in scene.criteria})
    with pytest.raises(IncompleteReview) as refused:
        revise(scene, world, blank, reason=" ")
    assert [problem.field for problem in refused.value.problems] == [
        *(f"score_{key}" for key in scene.criteria),
        "confidence",
        "recommendation",
        "revision_reason",
    ]


def test_nothing_changed_and_another_rubric_are_refused(scene, world):
    hand_in(scene, world, 0, 3, 2)
    with pytest.raises(DomainError, match="Nothing has changed"):
        revise(scene, world, answers(scene, 3, 2))
    for scores in ({scene.criteria[0]: ScoreAnswer(5, True, "x")}, {0: ScoreAnswer(5, True, "x")}):
        with pytest.raises(DomainError, match="The rubric has changed"):
            revise(scene, world, ReviewAnswers(scores, 2, Recommendation.YES))
    assert revise(scene, world, answers(scene, 3, 2, comment="Only words")).comment == "Only words"


def test_a_stale_form_meets_what_stands(scene, world):
    hand_in(scene, world, 0, 3, 2)
    with pytest.raises(StaleVersion) as stale:
        revise(scene, world, answers(scene, 5, 5), seen=scene.reviews[0].version - 1)
    assert stale.value.theirs[f"score_{scene.criteria[0]}"] == "3"


def test_those_whose_own_review_is_in_are_told_and_nobody_else(scene, world, session, now):
    scene.call.revisions_due_on = now.date() + timedelta(days=14)
    scene.call.reviews_due_on = now.date()
    hand_in(scene, world, 0, 3, 2)
    hand_in(scene, world, 1, 4, 4)
    assert mails(session) == []
    refusing.decline(
        session, world.actor(scene.people[2]), review_id=scene.reviews[2].id, reason="Too busy", now=now
    )
    told = mails(session)
    assert [address for address, _body in told] == [scene.people[0].email, scene.people[1].email]
    assert {body for _address, body in told} == {
        "You can now read what the others wrote about “Permit helper”: open your review under “My reviews”. "
        "If they change your mind, you may revise your own review once, until December 4, 2026, with a reason."
    }


@pytest.mark.parametrize(
    ("values", "ending"),
    [
        ({}, "once, until the proposal is decided on, with a reason."),
        ({"revisions_due_on": -1}, "“My reviews”."),
    ],
)
def test_the_mail_says_until_when(scene, world, session, now, values, ending):
    for name, days in values.items():
        setattr(scene.call, name, now.date() + timedelta(days=days))
    hand_in(scene, world, 0, 3, 2)
    assert [body.endswith(ending) for _address, body in mails(session)] == [True]


def test_nobody_is_told_where_reviewers_are_kept_apart(scene, world, session):
    scene.call.shares_scores = False
    hand_in(scene, world, 0, 3, 2)
    assert scene.proposal.reviews_revealed_at is not None
    assert mails(session) == []


def test_the_worker_reveals_what_is_past_its_day(app, scene, world, session, now):
    scene.call.reviews_due_on = now.date()
    hand_in(scene, world, 0, 3, 2)
    empty = world.proposal("Nothing in", call=scene.call, step=Step.REVIEW)
    decided = world.proposal("Decided", call=scene.call, step=Step.DESIGN)
    world.review(decided, scene.people[0], state=S.SUBMITTED, total=3.0)
    later_call = world.call(reviews_due_on=now.date() + timedelta(days=5))
    later = world.proposal("Later", call=later_call, step=Step.REVIEW)
    world.review(later, scene.people[0], state=S.SUBMITTED, total=3.0)
    session.commit()
    assert reveal_due_reviews(Workshop(app, clock=lambda: now)) == 0
    tomorrow = now + timedelta(days=1)
    workshop = Workshop(app, clock=lambda: tomorrow)
    assert (reveal_due_reviews(workshop), reveal_due_reviews(workshop)) == (1, 0)
    session.expire_all()
    assert scene.proposal.reviews_revealed_at == tomorrow
    assert [one.reviews_revealed_at for one in (empty, decided, later)] == [None] * 3
    assert [address for address, _body in mails(session)] == [scene.people[0].email]


def test_the_day_ends_when_it_ends_at_the_office(app, scene, world, session, now):
    """Past midnight in Greenwich, the office's evening still belongs to the day that is due."""
    scene.call.reviews_due_on = now.date()
    hand_in(scene, world, 0, 3, 2)
    session.commit()
    evening = now.replace(hour=2) + timedelta(days=1)
    assert reveal_due_reviews(Workshop(app, clock=lambda: evening)) == 0


@pytest.mark.parametrize("how", ["author", "file"])
def test_who_joins_after_handing_in_no_longer_judges(scene, world, session, now, tmp_path, how):
    """Somebody who reviews becomes an author, or attaches a file, while the agency answers a question."""
    agency = world.agency("LATE")
    proposal = world.proposal("Late joiner", agency=agency, step=Step.INFORMATION)
    reviewer = world.person("Rae Bell", Role.REVIEWER, (Role.AGENCY_LEAD, agency))
    author = world.person("Ada Author", (Role.AGENCY_LEAD, agency))
    world.review(proposal, reviewer)

    def standing():
        return session.execute(
            sa.select(Conflict.kind, Conflict.by_rule).where(
                Conflict.person_id == reviewer.id, Conflict.lapsed_at.is_(None)
            )
        ).all()

    if how == "author":
        drafts.add_author(session, world.actor(author), now, proposal.id, reviewer.email)
    else:
        import io

        attachments.attach(
            session,
            world.actor(reviewer),
            now,
            proposal.id,
            name="a.txt",
            content=io.BytesIO(b"words"),
            description="",
            folder=tmp_path,
            megabytes=1,
        )
    assert standing() == [(ConflictKind.AUTHOR, True)]
    if how == "author":
        drafts.add_author(session, world.actor(author), now, proposal.id, author.email)
        drafts.remove_author(session, world.actor(author), now, proposal.id, reviewer.id)
        assert standing() == [(ConflictKind.AUTHOR, True)], "who had a hand in it had a hand in it"
