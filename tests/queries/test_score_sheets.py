from __future__ import annotations

import pytest

from incubator.analytics.panel_sheet import digest
from incubator.domain.gates import GateKey
from incubator.domain.reviews import ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Outcome, Stage, Step
from incubator.models.accounts import RoleGrant
from incubator.models.conflicts import Conflict
from incubator.models.gates import Decision
from incubator.models.ranking import OutsideItem, OutsideReview, OutsideScore
from incubator.models.reviews import FirstScore
from incubator.queries.score_sheets import fingerprint, packed, sheet_of, terms_of, unpacked
from tests.scored import scored_call

SCORES = ((5, 4), (3, 2), (4, None))


@pytest.fixture
def scene(world, session):
    return scored_call(world, session, SCORES)


def sheet(scene, session, left_out=()):
    session.flush()
    return sheet_of(session, terms_of(session, scene.call.id), left_out)


def mark(scene, session, left_out=()):
    session.flush()
    return fingerprint(session, terms_of(session, scene.call.id), left_out)


def pairs(found):
    return {(review.item, review.rater) for review in found.reviews}


def key(scene, i, j):
    return scene.proposals[i].number, str(scene.reviewers[j].id)


def decide(world, scene, i, outcome, step=Step.DESIGN):
    proposal = scene.proposals[i]
    world.add(
        Decision(
            proposal_id=proposal.id,
            gate=GateKey.G1,
            outcome=outcome,
            from_stage=Stage.IDEA,
            to_stage=Stage.DESIGN,
            reason="Because.",
            decided_at=world.now,
            evidence={},
            evidence_sha256="0" * 64,
            hold_until=world.now.date() if outcome is Outcome.HOLD else None,
        )
    )
    proposal.step, proposal.stage = step, Stage.DESIGN


def test_a_sheet_holds_what_counts(scene, world, session):
    world.proposal("Only screened", call=scene.call, step=Step.SCREENING)
    elsewhere = world.proposal("Of another call", call=world.call(), step=Step.REVIEW)
    world.review(elsewhere, scene.reviewers[0], state=ReviewState.SUBMITTED, total=5)
    world.review(scene.proposals[2], scene.reviewers[1], state=ReviewState.STARTED, total=1)
    found = sheet(scene, session)
    assert [item.key for item in found.items] == [proposal.number for proposal in scene.proposals]
    assert [item.group for item in found.items] == ["Department 00", "Department 01", "Department 02"]
    assert pairs(found) == {
        key(scene, 0, 0),
        key(scene, 0, 1),
        key(scene, 1, 0),
        key(scene, 1, 1),
        key(scene, 2, 0),
    }
    first = next(r for r in found.reviews if (r.item, r.rater) == key(scene, 0, 0))
    # 50·5 + 30·4 + 20·5 over 100
    assert first.total == pytest.approx(4.7)
    assert first.scores == {"criterion_1": 5.0, "criterion_2": 4.0, "criterion_3": 5.0}
    assert [(c.key, c.weight) for c in found.criteria] == [
        ("criterion_1", 50.0),
        ("criterion_2", 30.0),
        ("criterion_3", 20.0),
    ]
    assert (found.scale_min, found.scale_max, found.lower_is_better) == (1.0, 5.0, False)


@pytest.mark.parametrize("how", ["declared", "agency", "lead"])
def test_a_review_by_somebody_with_a_conflict_does_not_count(scene, world, session, how):
    reviewer, proposal = scene.reviewers[0], scene.proposals[0]
    before = mark(scene, session)
    if how == "declared":
        world.add(
            Conflict(person_id=reviewer.id, proposal_id=proposal.id, kind="vendor", declared_at=world.now)
        )
    elif how == "agency":
        reviewer.agency_id = proposal.agency_id
    else:
        world.add(
            RoleGrant(
                person_id=reviewer.id,
                role=Role.AGENCY_LEAD,
                agency_id=proposal.agency_id,
                granted_at=world.now,
            )
        )
    assert key(scene, 0, 0) not in pairs(sheet(scene, session))
    assert key(scene, 1, 0) in pairs(sheet(scene, session))
    assert mark(scene, session) != before


def test_a_conflict_set_aside_or_lapsed_does_not_take_a_review_away(scene, world, session):
    before = mark(scene, session)
    for i, more in enumerate(
        (
            {"overridden_at": world.now, "override_reason": "Nobody else"},
            {"lapsed_at": world.now, "by_rule": True},
        )
    ):
        world.add(
            Conflict(
                person_id=scene.reviewers[0].id,
                proposal_id=scene.proposals[i].id,
                kind="vendor",
                declared_at=world.now,
                **more,
            )
        )
    assert len(sheet(scene, session).reviews) == 5
    assert mark(scene, session) == before


def test_decisions_at_the_selection_gate_keep_a_proposal_and_say_whether_it_was_selected(
    scene, world, session
):
    before = mark(scene, session)
    decide(world, scene, 0, Outcome.ADVANCE)
    decide(world, scene, 1, Outcome.HOLD)
    scene.proposals[2].step = Step.SCREENING
    found = sheet(scene, session)
    assert {item.key: item.selected for item in found.items} == {
        scene.proposals[0].number: True,
        scene.proposals[1].number: None,
    }
    assert mark(scene, session) != before


def test_both_rounds_of_a_revised_review_are_there(scene, world, session, now):
    review = scene.reviews[1, 0]
    review.first_total, review.total = review.total, 4.0
    review.revised_at, review.revision_reason = now, "The others convinced me."
    for criterion, value in zip(scene.criteria, (3, 2, 4), strict=True):
        world.add(FirstScore(review_id=review.id, criterion_id=criterion.id, value=value, justification=""))
    found = next(r for r in sheet(scene, session).reviews if (r.item, r.rater) == key(scene, 1, 0))
    assert (found.first_total, found.total) == (pytest.approx(2.9), 4.0)
    assert found.first_scores == {"criterion_1": 3.0, "criterion_2": 2.0, "criterion_3": 4.0}


def test_what_is_left_out_leaves_no_trace(scene, session):
    found = sheet(scene, session, [scene.proposals[0].id])
    assert scene.proposals[0].number not in str(packed(found))
    assert len(found.reviews) == 3
    hidden = [scene.proposals[0].id]
    before = mark(scene, session, hidden)
    scene.reviews[0, 0].total = 1.0
    assert mark(scene, session, hidden) == before, "another's change does not show"
    scene.reviews[1, 0].total = 1.0
    assert mark(scene, session, hidden) != before


@pytest.mark.parametrize("change", ["total", "state", "places", "rubric", "withdrawn", "agency"])
def test_the_mark_changes_whenever_the_data_may(scene, world, session, change):
    before = mark(scene, session)
    assert mark(scene, session) == before
    if change == "total":
        scene.reviews[0, 0].total = 1.5
    elif change == "state":
        scene.reviews[0, 0].state, scene.reviews[0, 0].submitted_at = ReviewState.STARTED, None
    elif change == "places":
        scene.call.places = 2
    elif change == "rubric":
        scene.call.rubric_id = world.rubric(10, 10).id
    elif change == "withdrawn":
        scene.proposals[0].step = Step.SCREENING
    else:
        scene.agencies[0].name = "Department of Water"
    assert mark(scene, session) != before


def test_sets_of_reviews_with_equal_sums_are_told_apart(world, session):
    scene = scored_call(world, session, ((5, 4), (3, 2)))
    ids = [scene.reviews[i, j].id for i, j in ((0, 0), (0, 1), (1, 0), (1, 1))]
    assert ids[0] + ids[3] == ids[1] + ids[2]
    marks = set()
    for barred in (((0, 0), (1, 1)), ((0, 1), (1, 0))):
        rows = [
            world.add(
                Conflict(
                    person_id=scene.reviewers[j].id,
                    proposal_id=scene.proposals[i].id,
                    kind="vendor",
                    declared_at=world.now,
                )
            )
            for i, j in barred
        ]
        marks.add(mark(scene, session))
        for row in rows:
            session.delete(row)
        session.flush()
    assert len(marks) == 2


def test_a_packed_sheet_has_the_same_digest(scene, session):
    found = sheet(scene, session)
    assert digest(unpacked(packed(found))) == digest(found)
    assert unpacked(packed(found)) == found


def test_a_panel_run_elsewhere_gives_a_sheet_of_its_own(world, session):
    rubric = world.rubric(2, 1)
    rubric.lower_is_better = True
    call = world.call("Elsewhere", rubric=rubric, outside=True)
    item = world.add(OutsideItem(call_id=call.id, key="P1", title="", group="Pilot"))
    world.add(OutsideItem(call_id=call.id, key="P2", title="Second", discussed=False, selected=False))
    review = world.add(OutsideReview(item_id=item.id, reviewer="R7", overall=1.5))
    before = fingerprint(session, terms_of(session, call.id))
    found = sheet_of(session, terms_of(session, call.id))
    assert [(i.key, i.label, i.group, i.discussed, i.selected) for i in found.items] == [
        ("P1", "P1", "Pilot", True, None),
        ("P2", "Second", "", False, False),
    ]
    assert found.lower_is_better
    assert found.reviews[0].scores == {}
    criterion = sheet_criterion(session, rubric)
    world.add(OutsideScore(review_id=review.id, criterion_id=criterion, value=2.5))
    found = sheet_of(session, terms_of(session, call.id))
    assert found.reviews[0].scores == {"criterion_1": 2.5, "criterion_2": None}
    assert found.reviews[0].total == 1.5
    world.add(OutsideReview(item_id=item.id, reviewer="R8", overall=2))
    assert fingerprint(session, terms_of(session, call.id)) != before


def sheet_criterion(session, rubric):
    import sqlalchemy as sa

    from incubator.models.calls import Criterion

    return session.scalar(
        sa.select(Criterion.id).where(Criterion.rubric_id == rubric.id).order_by(Criterion.position).limit(1)
    )
