"""The figures: each is the number of rows it leads to, for everybody, and nothing unseen is in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from incubator.domain.events import EventKind
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import EndReason, Origin, Outcome, Stage, Step
from incubator.flows.record import record
from incubator.models.proposals import StageSpell
from incubator.queries.portfolio import Due, Filters, count_records
from incubator.queries.remembered import memory
from incubator.queries.statistics import gather
from incubator.queries.stays import Ended


@pytest.fixture
def history(world):
    """Records of two agencies that moved on, stopped, went back and came again."""
    roads, health = world.agency("ROAD", "Roads"), world.agency("HLTH", "Health")

    def went(proposal, stage, days_ago, days, exit_, next_):
        entered = world.now - timedelta(days=days_ago)
        world.add(
            StageSpell(
                proposal_id=proposal.id,
                stage=stage,
                entered_at=entered,
                left_at=entered + timedelta(days=days),
                exit=exit_,
                next_stage=next_,
            )
        )

    today = world.now.date()
    running = world.proposal(
        "Running",
        agency=roads,
        step=Step.RUNNING,
        due_on=today - timedelta(days=2),
        planned_cents=90_000,
        spent_cents=40_000,
        score=4.0,
        value=4.0,
        effort=2.0,
        reviews_in=3,
    )
    went(running, Stage.IDEA, 200, 50, Outcome.ADVANCE, Stage.DESIGN)
    went(running, Stage.DESIGN, 150, 60, Outcome.ADVANCE_WITH_CONDITIONS, Stage.PILOT)
    stopped = world.proposal(
        "Stopped",
        agency=health,
        step=Step.CLOSED,
        end_reason=EndReason.DEMAND,
        resume_stage=Stage.DESIGN,
        spent_cents=7_000,
    )
    went(stopped, Stage.IDEA, 300, 30, Outcome.ADVANCE, Stage.DESIGN)
    went(stopped, Stage.DESIGN, 270, 40, Outcome.STOP, Stage.CLOSED)
    scaled = world.proposal("Scaled", agency=health, step=Step.SCALING, due_on=today + timedelta(days=20))
    went(scaled, Stage.PILOT, 190, 90, Outcome.ADVANCE, Stage.SCALE)
    again = world.proposal("Again", agency=health, step=Step.DESIGN, due_on=today + timedelta(days=60))
    went(again, Stage.DESIGN, 90, 20, Outcome.HOLD, Stage.ON_HOLD)
    world.proposal("Draft", agency=health, step=Step.DRAFT, due_on=today - timedelta(days=9), spent_cents=1)
    world.proposal(
        "Idea",
        agency=roads,
        step=Step.REVIEW,
        due_on=today - timedelta(days=1),
        value=5.0,
        effort=1.0,
        score=4.9,
        reviews_in=2,
    )
    world.roads, world.health = roads, health
    return world


def everybody(world):
    return {
        "leadership": world.person("L", Role.LEADERSHIP),
        "agency": world.person("S", (Role.SUBMITTER, world.roads), agency=world.roads),
        "other agency": world.person("A", (Role.AGENCY_LEAD, world.health), agency=world.health),
        "reviewer": world.person("R", Role.REVIEWER),
        "part": world.person("P", (Role.COORDINATOR, world.health)),
    }


@pytest.mark.parametrize("who", ["leadership", "agency", "other agency", "reviewer", "part"])
@pytest.mark.parametrize("year", [None, 2026, 2020])
def test_every_figure_is_the_number_of_its_rows(session, history, now, who, year):
    actor = history.actor(everybody(history)[who])
    base = Filters(year=year)
    figures = gather(session, actor, base, now)

    def rows(**narrower):
        return count_records(session, actor, replace(base, **narrower), now.date())

    tiles = figures.tiles
    assert (tiles.records, tiles.in_pilot) == (rows(), rows(stage=Stage.PILOT))
    assert (tiles.waiting, tiles.overdue) == (rows(due=Due.SOON), rows(due=Due.OVERDUE))
    assert tiles.scaled_this_year == rows(reached=Stage.SCALE, reached_in=now.year)
    for count in figures.flow:
        stage = Stage(count.stage)
        assert count.entered == rows(reached=stage)
        assert count.here_now == rows(reached=stage, then=Ended.HERE)
        assert count.advanced == rows(reached=stage, then=Ended.ADVANCED)
        assert count.stopped == rows(reached=stage, then=Ended.STOPPED)
    assert [one.records for one in figures.money] == [rows(stage=stage) for stage in Stage]
    assert [number for _, number in figures.ends] == [rows(reason=reason) for reason, _ in figures.ends]
    for ages in figures.ages:
        assert ages.open == rows(stage=ages.stage)


def test_the_figures_of_a_known_history(session, history, now):
    figures = gather(session, history.actor(history.person("L", Role.LEADERSHIP)), Filters(), now)
    tiles = figures.tiles
    assert (tiles.records, tiles.in_pilot, tiles.waiting, tiles.overdue) == (5, 1, 3, 2)
    assert (tiles.overdue_cents, tiles.scaled_this_year) == (40_000, 1)
    assert [(c.stage, c.entered, c.here_now, c.advanced, c.stopped) for c in figures.flow] == [
        ("idea", 3, 1, 2, 0),
        ("design", 3, 1, 1, 1),
        ("pilot", 2, 1, 1, 0),
        ("scale", 1, 1, 0, 0),
        ("in_service", 0, 0, 0, 0),
    ]
    assert figures.ends == ((EndReason.DEMAND, 1),)
    assert [(o.number, o.step) for o in figures.overdue] == [
        (next(n for n in (o.number for o in figures.overdue) if n.startswith("ROAD")), Step.RUNNING),
        (figures.overdue[1].number, Step.REVIEW),
    ]
    assert {one.stage: (one.planned_cents, one.spent_cents) for one in figures.money}[Stage.PILOT] == (
        90_000,
        40_000,
    )


def test_imported_and_merged_records_are_no_loss_on_the_way(session, history, now):
    leader = history.actor(history.person("L", Role.LEADERSHIP))
    before = gather(session, leader, Filters(), now)
    history.proposal(agency=history.roads, step=Step.IN_SERVICE, origin=Origin.INVENTORY)
    history.proposal(agency=history.roads, step=Step.CLOSED, end_reason=EndReason.MERGED)
    after = gather(session, leader, Filters(), now)
    assert after.tiles.records == before.tiles.records + 2
    assert after.flow == before.flow


def test_what_one_may_not_see_changes_no_figure(session, history, now):
    actor = history.actor(history.person("S", (Role.SUBMITTER, history.roads), agency=history.roads))
    before = gather(session, actor, Filters(), now)
    for step in (Step.RUNNING, Step.CLOSED, Step.DRAFT, Step.SCALING):
        history.proposal(
            agency=history.health, step=step, spent_cents=99_999, due_on=now.date() - timedelta(days=1)
        )
    assert gather(session, actor, Filters(), now) == before


def test_the_marks_of_a_sealed_review_are_in_no_bubble(session, history, now):
    reviewer = history.person("R", Role.REVIEWER, Role.COORDINATOR)
    seen = [b.title for b in gather(session, history.actor(reviewer), Filters(), now).bubbles]
    assert sorted(seen) == ["Idea", "Running"]
    idea = session.query(type(history.proposal())).filter_by(title="Idea").one()
    history.review(idea, reviewer, state=ReviewState.STARTED)
    figures = gather(session, history.actor(reviewer), Filters(), now)
    assert ([b.title for b in figures.bubbles], figures.bubbles_in_all) == (["Running"], 1)


def test_leadership_sees_no_marks_before_the_decision(session, history, now):
    figures = gather(session, history.actor(history.person("L", Role.LEADERSHIP)), Filters(), now)
    assert [b.title for b in figures.bubbles] == ["Running"]


def test_nothing_at_all_is_figures_too(session, world, now):
    figures = gather(session, world.actor(world.person("L", Role.LEADERSHIP)), Filters(), now)
    assert (figures.tiles.records, figures.tiles.overdue_cents, figures.bubbles, figures.overdue) == (
        0,
        0,
        (),
        (),
    )
    assert all(ages.open == 0 and ages.median_days is None for ages in figures.ages)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_number_of_statements_does_not_grow(session, world, statements, now, rows):
    for _ in range(rows):
        world.proposal(step=Step.RUNNING, value=1.0, effort=1.0, score=1.0)
    actor = world.actor(world.person("L", Role.LEADERSHIP))
    with statements() as seen:
        gather(session, actor, Filters(), now)
    assert len(seen) == 8, "one of them the stays of all, for limits that are the same for every reader"


def test_an_answer_is_worked_out_once_until_something_happens(session, world, now):
    actor = world.actor(world.person("L", Role.LEADERSHIP))
    other = world.actor(world.person("M", Role.LEADERSHIP))
    asked = []

    def ask(who, days=0):
        return memory(session, who, now.date() + timedelta(days=days)).of(
            "count", lambda: asked.append(who.name) or len(asked)
        )

    assert (ask(actor), ask(actor), asked) == (1, 1, ["L"])
    record(session, actor, now, EventKind.SIGNED_IN)
    assert (ask(actor), asked) == (1, ["L"])
    assert (ask(other), asked) == (2, ["L", "M"])
    record(session, actor, now, EventKind.AGENCY_CHANGED, agency_id=world.agency().id)
    assert (ask(actor), asked) == (3, ["L", "M", "L"])
    assert (ask(actor, days=1), asked) == (4, ["L", "M", "L", "L"])


def test_the_limits_of_a_stage_are_the_same_for_every_reader_and_filter(world, now):
    roads, health = world.agency("ROAD"), world.agency("HLTH")
    for agency, days in ((roads, 10), (roads, 20), (health, 300), (health, 400)):
        for step in (Step.DESIGN, Step.CLOSED):
            entered = now - timedelta(days=days + 50)
            record = world.proposal(agency=agency, step=step, stage_entered_at=entered)
            if step is Step.CLOSED:
                world.add(
                    StageSpell(
                        proposal_id=record.id, stage=Stage.DESIGN, entered_at=entered,
                        left_at=entered + timedelta(days=days), exit=Outcome.STOP, next_stage=Stage.CLOSED,
                    )
                )  # fmt: skip
    whole = world.actor(world.person("Lea", Role.LEADERSHIP))
    part = world.actor(world.person("Lim", (Role.LEADERSHIP, roads)))
    limits = [
        [ages.limits for ages in gather(world.session, actor, filters, now).ages]
        for actor, filters in ((whole, Filters()), (part, Filters()), (whole, Filters(agency="HLTH")))
    ]
    assert limits[0] == limits[1] == limits[2]
