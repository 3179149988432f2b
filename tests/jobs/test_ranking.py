from __future__ import annotations

import threading
from datetime import timedelta

import pytest
import sqlalchemy as sa

from incubator.analytics.panel_analysis import SEED
from incubator.domain.access import Action
from incubator.domain.conflicts import ConflictKind
from incubator.domain.errors import DomainError, Forbidden
from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.rounds import Round, can_on_call
from incubator.flows import calls as call_flow
from incubator.flows import conflicts as conflict_flow
from incubator.flows import ranking as flow
from incubator.flows import reviews as review_flow
from incubator.jobs import ranking as work
from incubator.jobs.ledger import Interrupted, Ledger, Settings
from incubator.jobs.worker import KINDS, do_job
from incubator.jobs.workshop import Workshop
from incubator.models.conflicts import Conflict
from incubator.models.history import Event
from incubator.models.jobs import Job, JobState
from incubator.models.ranking import AnalysisState, Draw, ScoreAnalysis
from incubator.queries import ranking as query
from incubator.queries.jobs import ANALYSE, list_jobs
from tests.scored import TWELVE, scored_call, worked_out


@pytest.fixture
def scene(world, session):
    return scored_call(world, session, TWELVE[:4])


@pytest.fixture
def workshop(app, now):
    return Workshop(app, lambda: now)


def jobs(session):
    return session.scalars(sa.select(Job).where(Job.kind == ANALYSE).order_by(Job.id)).all()


def rows(session):
    session.expire_all()
    return session.scalars(sa.select(ScoreAnalysis).order_by(ScoreAnalysis.left_out)).all()


def test_changes_do_not_pile_up_jobs(scene, world, session, now):
    coordinator = world.actor(scene.coordinator)
    for j in range(3):
        review_flow.give_back(
            session, coordinator, review_id=scene.reviews[0, j].id, reason="Say more.", now=now
        )
    assert [(job.state, job.payload, job.requested_by_id) for job in jobs(session)] == [
        (JobState.QUEUED, {"call_id": scene.call.id}, None)
    ]
    jobs(session)[0].state = JobState.RUNNING
    session.flush()
    review_flow.give_back(session, coordinator, review_id=scene.reviews[1, 0].id, reason="Say more.", now=now)
    assert [job.state for job in jobs(session)] == [JobState.RUNNING, JobState.QUEUED]


@pytest.mark.parametrize("change", ["places", "declared", "set aside", "title"])
def test_what_else_has_the_scores_worked_out_again(app, scene, world, session, now, change):
    worked_out(app, session, scene.call, now)
    coordinator = world.actor(scene.coordinator)
    proposal, person = scene.proposals[0], scene.gatekeeper
    if change in ("places", "title"):
        details = call_flow.details_of(scene.call) | {"reviews_due_on": None}
        details |= {"places": 2} if change == "places" else {"title": "Another title"}
        call_flow.change_call(
            session,
            coordinator,
            now,
            scene.call.id,
            call_flow.CallDetails(**details),
            seen=scene.call.version,
        )
    elif change == "declared":
        conflict_flow.declare_conflict(
            session,
            coordinator,
            proposal_id=proposal.id,
            person_id=person.id,
            kind=ConflictKind.VENDOR,
            reason="",
            now=now,
        )
    else:
        chair = world.person("The Chair", Role.GATEKEEPER)
        scene.call.chair_id = chair.id
        world.add(Conflict(person_id=person.id, proposal_id=proposal.id, kind="vendor", declared_at=now))
        conflict_flow.set_aside(
            session,
            world.actor(chair),
            proposal_id=proposal.id,
            person_id=person.id,
            reason="No tie.",
            now=now,
        )
    assert len(jobs(session)) == (0 if change == "title" else 1)


def test_a_conflict_before_there_are_scores_asks_for_nothing(scene, world, session, now):
    conflict_flow.declare_conflict(
        session,
        world.actor(scene.coordinator),
        proposal_id=scene.proposals[0].id,
        person_id=scene.gatekeeper.id,
        kind=ConflictKind.VENDOR,
        reason="",
        now=now,
    )
    assert jobs(session) == []


def test_an_analysis_is_made_once_for_each_state_of_the_data(app, scene, session, now):
    assert worked_out(app, session, scene.call, now) == 1
    (row,) = rows(session)
    assert (row.left_out, row.state, row.seed, row.computed_at) == (
        "",
        AnalysisState.READY,
        SEED,
        now,
    )
    assert len(row.result["analysis"]["ranking"]["items"]) == 4
    first = (row.data_sha256, row.result)
    assert worked_out(app, session, scene.call, now) == 0
    # A reviewer writes on without changing a number: the mark is new, the numbers are not made again.
    scene.reviews[0, 0].comment = "One more word."
    mark, later = row.fingerprint, now.replace(hour=18)
    assert worked_out(app, session, scene.call, later) == 0
    (row,) = rows(session)
    assert row.fingerprint != mark
    assert (row.data_sha256, row.result, row.computed_at) == (*first, now)
    scene.reviews[0, 0].total = 1.0
    assert worked_out(app, session, scene.call, later) == 1
    (row,) = rows(session)
    assert row.data_sha256 != first[0]
    assert row.computed_at == later


def test_another_number_of_places_is_another_analysis_of_the_same_data(app, scene, session, now):
    worked_out(app, session, scene.call, now)
    data = rows(session)[0].data_sha256
    scene.call.places = 1
    assert worked_out(app, session, scene.call, now) == 1
    (row,) = rows(session)
    assert row.data_sha256 == data
    assert row.result["analysis"]["places"] == 1


def test_whoever_may_not_see_some_scores_has_an_analysis_without_them(app, scene, world, session, now):
    hidden = scene.proposals[0]
    world.add(Conflict(person_id=scene.gatekeeper.id, proposal_id=hidden.id, kind="vendor", declared_at=now))
    world.person("Agency Keeper", Role.GATEKEEPER, agency=scene.agencies[2])
    world.person("Same Ties", Role.GATEKEEPER, agency=scene.agencies[2])
    world.person("Gone Keeper", Role.GATEKEEPER, agency=scene.agencies[3], disabled_at=now)
    world.person("Only here", (Role.GATEKEEPER, None, world.call()), agency=scene.agencies[1])
    worked_out(app, session, scene.call, now)
    assert [row.left_out for row in rows(session)] == ["", str(hidden.id), str(scene.proposals[2].id)]
    by_set = {row.left_out: row.result for row in rows(session)}
    assert hidden.number not in str(by_set[str(hidden.id)])
    assert hidden.title not in str(by_set[str(hidden.id)])
    assert hidden.number in str(by_set[""])

    session.query(Conflict).delete()
    worked_out(app, session, scene.call, now)
    assert [row.left_out for row in rows(session)] == ["", str(scene.proposals[2].id)]


def test_leadership_is_asked_for_only_after_the_release(scene, world, session, now):
    leader = world.actor(world.person("Lee Leader", Role.LEADERSHIP))
    assert not can_on_call(leader, Action.SEE_RANKING, Round(scene.call.id))
    assert query.sets_wanted(session, scene.call.id) == [()]
    from incubator.models.releases import Release

    world.add(Release(call_id=scene.call.id, released_at=now, decisions=1))
    ids = tuple(proposal.id for proposal in scene.proposals)
    assert query.sets_wanted(session, scene.call.id) == [(), ids]


def test_the_worker_does_the_job_and_shows_how_far_it_is(scene, world, session, workshop, now):
    job_id = flow.ask_by_hand(session, world.actor(scene.coordinator), scene.call.id, now)
    session.commit()
    # All of a test goes through one connection, so no second thread may give signs of life.
    ledger = Ledger(Job.__table__, workshop.writing, workshop.clock, Settings(beat=timedelta(hours=1)))
    assert do_job(workshop, ledger, job_id, threading.Event()) == "finished"
    session.expire_all()
    job = session.get_one(Job, job_id)
    assert (job.state, job.progress, job.total, job.result) == (JobState.FINISHED, 100, 100, {"made": 1})
    assert KINDS[ANALYSE] is work.analyse_scores
    with pytest.raises(Forbidden):
        flow.ask_by_hand(session, world.actor(scene.gatekeeper), scene.call.id, now)


def test_a_run_cut_short_goes_on_where_it_was(app, scene, world, session, workshop, now):
    world.person("Agency Keeper", Role.GATEKEEPER, agency=scene.agencies[2])
    session.commit()
    seen = []

    def cut(done, _whole):
        seen.append(done)
        if done > 100:
            raise Interrupted

    with pytest.raises(Interrupted):
        work.work_out(workshop, scene.call.id, cut)
    assert [row.left_out for row in rows(session)] == [""]
    assert rows(session)[0].state is AnalysisState.READY
    assert worked_out(app, session, scene.call, now) == 1
    assert [row.left_out for row in rows(session)] == ["", str(scene.proposals[2].id)]


def test_a_failure_is_kept_beside_the_last_result(app, scene, session, workshop, now, monkeypatch):
    worked_out(app, session, scene.call, now)
    result = rows(session)[0].result
    scene.reviews[0, 0].total = 1.0
    session.commit()

    def fails(*_args, **_more):
        raise ValueError("the scale must rise")

    with monkeypatch.context() as patch:
        patch.setattr(work, "analyse", fails)
        with pytest.raises(ValueError, match="the scale must rise"):
            work.work_out(workshop, scene.call.id, lambda _done, _whole: None)
    (row,) = rows(session)
    assert (row.state, row.error) == (AnalysisState.FAILED, "ValueError: the scale must rise")
    assert row.result == result
    assert work.ask_where_behind(workshop) == 0, "a failure is not tried again and again"
    assert worked_out(app, session, scene.call, now) == 1
    assert rows(session)[0].state is AnalysisState.READY


def test_the_worker_finds_what_nobody_asked_for(app, scene, world, session, workshop, now):
    session.commit()
    assert work.ask_where_behind(workshop) == 1
    assert work.ask_where_behind(workshop) == 0, "it is asked for already"
    session.query(Job).delete()
    worked_out(app, session, scene.call, now)
    assert work.ask_where_behind(workshop) == 0
    world.person("Agency Keeper", Role.GATEKEEPER, agency=scene.agencies[2])
    session.commit()
    assert work.ask_where_behind(workshop) == 1
    session.query(Job).delete()
    worked_out(app, session, scene.call, now)
    scene.reviews[0, 0].total = 1.0
    session.commit()
    assert work.ask_where_behind(workshop) == 1


def test_who_owes_a_review_is_not_told_that_scores_are_worked_out(scene, world, session, now):
    both = world.person("Both Roles", Role.COORDINATOR, Role.REVIEWER)
    flow.ask(session, scene.call.id, now)
    assert list_jobs(session, world.actor(both))[1] == 1
    review = world.review(scene.proposals[0], both)
    assert list_jobs(session, world.actor(both))[1] == 0
    assert list_jobs(session, world.actor(scene.coordinator))[1] == 1
    review.state, review.submitted_at = ReviewState.SUBMITTED, now
    session.flush()
    assert list_jobs(session, world.actor(both))[1] == 1


class TestDraw:
    @pytest.fixture
    def scene(self, world, session):
        same = (3, 3, 3)
        return scored_call(
            world, session, ((5, 5, 5), same, same, same, (1, 1, 1), (1, 1, 1)), places=2, allows_draw=True
        )

    def hold(self, scene, session, actor, now, seed="4 8 15 16 23", reason="Three are equal."):
        return flow.hold_draw(session, actor, call_id=scene.call.id, seed=seed, reason=reason, now=now)

    def test_lots_are_drawn_among_those_too_close_to_call(self, app, scene, world, session, now):
        worked_out(app, session, scene.call, now)
        draw = self.hold(scene, session, world.actor(scene.coordinator), now)
        equal = [proposal.number for proposal in scene.proposals[1:4]]
        assert (draw.pool, draw.places, draw.seed) == (equal, 1, "4 8 15 16 23")
        import hashlib

        numbered = sorted((hashlib.sha256(f"4 8 15 16 23|{key}".encode()).hexdigest(), key) for key in equal)
        assert draw.chosen == [numbered[0][1]]
        event = session.scalars(sa.select(Event).where(Event.kind == EventKind.DRAW_HELD)).one()
        assert event.details == {"call": "Summer round", "seed": "4 8 15 16 23"}

    def test_it_is_held_once(self, app, scene, world, session, now):
        worked_out(app, session, scene.call, now)
        self.hold(scene, session, world.actor(scene.coordinator), now)
        with pytest.raises(DomainError, match="held already"):
            self.hold(scene, session, world.actor(scene.coordinator), now, seed="a better one")
        assert session.query(Draw).count() == 1

    @pytest.mark.parametrize("who", ["chair", "gatekeeper", "conflicted coordinator"])
    def test_by_the_chair_or_a_coordinator_without_a_conflict(self, app, scene, world, session, now, who):
        person = scene.gatekeeper if who != "conflicted coordinator" else scene.coordinator
        if who == "chair":
            scene.call.chair_id = person.id
        if who == "conflicted coordinator":
            # Not even with a proposal that takes no part: that would tell who does.
            world.add(
                Conflict(
                    person_id=person.id, proposal_id=scene.proposals[0].id, kind="vendor", declared_at=now
                )
            )
        worked_out(app, session, scene.call, now)
        if who == "chair":
            assert self.hold(scene, session, world.actor(person), now).drawn_by_id == person.id
        else:
            with pytest.raises(DomainError):
                self.hold(scene, session, world.actor(person), now)
            assert session.query(Draw).count() == 0

    @pytest.mark.parametrize("why", ["not allowed", "stale", "never made", "no seed", "no reason", "room"])
    def test_never_else(self, app, scene, world, session, now, why):
        scene.call.allows_draw = why != "not allowed"
        scene.call.places = 6 if why == "room" else 2
        if why != "never made":
            worked_out(app, session, scene.call, now)
        if why == "stale":
            scene.reviews[0, 0].total = 1.0
            session.flush()
        given = {"seed": " " if why == "no seed" else "1", "reason": " " if why == "no reason" else "Equal."}
        with pytest.raises(DomainError):
            self.hold(scene, session, world.actor(scene.coordinator), now, **given)
        assert session.query(Draw).count() == 0
