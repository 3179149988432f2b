"""The demonstration as it stands in the database after loading."""

from __future__ import annotations

from collections import Counter

import pytest
import sqlalchemy as sa

from incubator.demonstration.evaluation_plans import WAITING_CRITERIA
from incubator.demonstration.facts import load
from incubator.demonstration.published_lives import NO_KNOWN_END
from incubator.domain.benefits import BenefitKind
from incubator.domain.evaluation import Advice
from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey
from incubator.domain.releases import AgencySees
from incubator.domain.reviews import ReviewState
from incubator.domain.stages import Origin, Outcome, Provenance, Stage, Step
from incubator.extensions import db
from incubator.models.accounts import Person
from incubator.models.assignment import AssignmentPlan, Bid, CallReviewer, PlanState
from incubator.models.benefits import Benefit, PromisedBenefit
from incubator.models.calls import Call
from incubator.models.evaluation import Amendment, CriterionVerdict, EvaluationLock
from incubator.models.gates import ContraryDecision, Decision
from incubator.models.history import Event
from incubator.models.jobs import Job, Message, MessageState
from incubator.models.panels import PanelNote
from incubator.models.pilots import BudgetLine, Metric, Reading
from incubator.models.proposals import Proposal, StageSpell
from incubator.models.ranking import OutsideItem, OutsideReview
from incubator.models.releases import PreparedDecision
from incubator.models.reviews import Review, Score
from incubator.queries import gate_evidence
from incubator.queries.contrary import scale_decisions
from incubator.queries.jobs import ANALYSE


@pytest.fixture(scope="module")
def session(demonstration):
    with demonstration.app_context():
        yield db.session()
        db.session.remove()


def decisions(session, title):
    return session.execute(
        sa.select(Decision.gate, Decision.outcome)
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .where(Proposal.title == title)
        .order_by(Decision.id)
    ).all()


def test_every_real_project_is_there_with_its_ceilings(session):
    facts = load()
    published = session.execute(
        sa.select(Proposal.title, sa.func.sum(BudgetLine.cents))
        .join(BudgetLine, BudgetLine.proposal_id == Proposal.id)
        .where(Proposal.origin == Origin.DEMONSTRATION, BudgetLine.category.like("Phase %"))
        .group_by(Proposal.id, Proposal.title)
    ).all()
    assert dict(tuple(row) for row in published) == {
        project.title: sum(phase.ceiling_dollars for phase in project.phases) * 100
        for project in facts.projects
    }


def test_a_project_that_went_all_the_way_keeps_each_gate(session):
    assert decisions(session, "U.S. Data Federation") == [
        (GateKey.G1, Outcome.ADVANCE),
        (GateKey.G2, Outcome.ADVANCE),
        (GateKey.G4, Outcome.ADVANCE),
        (GateKey.G5, Outcome.ADVANCE),
    ]


def test_real_ends_are_goals_met_stops_and_unknown(session):
    facts = load()
    met = sum(project.phases[-1].outcome.value == "goal_met" for project in facts.projects)
    closed = Counter(
        session.scalars(
            sa.select(Proposal.outcome).where(
                Proposal.origin == Origin.DEMONSTRATION, Proposal.stage == Stage.CLOSED
            )
        )
    )
    assert closed[Outcome.GOAL_MET] == met == 6
    unknown = session.scalar(
        sa.select(sa.func.count()).select_from(Decision).where(Decision.reason == NO_KNOWN_END)
    )
    assert unknown > 0


def test_nothing_real_is_open_without_a_decision_of_the_source(session):
    open_real = session.execute(
        sa.select(Proposal.stage, Proposal.due_on).where(
            Proposal.origin == Origin.DEMONSTRATION, Proposal.stage != Stage.CLOSED
        )
    ).all()
    assert {stage for stage, _due in open_real} == {Stage.IN_SERVICE, Stage.ON_HOLD}
    assert {due for _stage, due in open_real} == {None}


def test_todays_work_stands_at_every_step(session):
    steps = set(session.scalars(sa.select(Proposal.step).where(Proposal.origin == Origin.ENTERED)))
    assert steps == set(Step) - {Step.SCALING}


def test_figures_say_what_they_are(session):
    kinds = Counter(session.scalars(sa.select(Metric.provenance)))
    assert kinds[Provenance.PUBLISHED] == sum(len(pilot.figures) for pilot in load().state_pilots)
    assert kinds[Provenance.MEASURED] == 0
    of_pilots = sum(len(pilot.metrics) for pilot in load().illustration.pilots)
    assert kinds[Provenance.ILLUSTRATION] == of_pilots + WAITING_CRITERIA


def test_every_pilot_was_locked_by_two_and_one_plan_waits(session):
    locks = session.scalars(sa.select(EvaluationLock)).all()
    confirmed = [lock for lock in locks if lock.confirmed_at is not None]
    assert len(confirmed) == len(load().illustration.pilots)
    assert len(locks) == len(confirmed) + 1
    assert session.scalar(sa.select(sa.func.count(Amendment.id))) == 1
    assert all(lock.accepted_reason for lock in confirmed if lock.underpowered)


def test_scores_and_readings_came_along(session):
    facts = load().illustration
    assert session.scalar(sa.select(sa.func.count()).select_from(Review)) == len(facts.reviews) + len(
        facts.assigned
    )
    assert session.scalar(sa.select(sa.func.count()).select_from(Score)) == 7 * len(facts.reviews)
    readings = session.scalar(
        sa.select(sa.func.count()).select_from(Reading).where(Reading.recorded_by_id.is_not(None))
    )
    assert readings >= sum(len(m.values) for p in facts.pilots for m in p.metrics) - 2 * len(facts.pilots) * 3


def test_events_lie_in_the_order_of_time(session):
    moments = session.scalars(sa.select(Event.at).order_by(Event.id)).all()
    assert moments == sorted(moments)
    assert len(moments) > 1_000


def test_every_record_has_one_open_stay(session):
    counted = session.execute(
        sa.select(StageSpell.proposal_id, sa.func.count())
        .where(StageSpell.left_at.is_(None))
        .group_by(StageSpell.proposal_id)
    ).all()
    assert {count for _id, count in counted} == {1}
    assert len(counted) == session.scalar(sa.select(sa.func.count()).select_from(Proposal))


def test_evidence_is_frozen_with_its_hash(session):
    for decision in session.scalars(sa.select(Decision)):
        assert gate_evidence.digest(decision.evidence) == decision.evidence_sha256


def test_there_is_an_account_for_every_role(session):
    from incubator.domain.roles import Role
    from incubator.models.accounts import RoleGrant

    assert set(session.scalars(sa.select(RoleGrant.role))) == set(Role)
    assert session.scalar(sa.select(sa.func.count()).select_from(Person)) == len(load().illustration.people)


def test_the_last_call_is_ready_to_be_decided_together(session):
    call = session.scalars(sa.select(Call).where(Call.decides_together)).one()
    chair = session.get_one(Person, call.chair_id)
    assert (chair.email, call.places, call.agency_sees) == (
        "quinn.valley@example.gov",
        4,
        AgencySees.COMMENTS,
    )
    rounds = load().illustration.rounds
    listed = session.execute(
        sa.select(CallReviewer.person_id, CallReviewer.most).where(CallReviewer.call_id == call.id)
    ).all()
    assert sorted(most for _id, most in listed) == sorted(expert.most for expert in rounds.experts)
    assert session.scalar(sa.select(sa.func.count()).select_from(Bid)) == len(rounds.bids)
    assert Counter(session.scalars(sa.select(PanelNote.audience))) == Counter(
        note.audience for note in rounds.notes
    )
    prepared = session.execute(sa.select(PreparedDecision.outcome, PreparedDecision.signed_by_id)).all()
    assert sorted(prepared) == [(Outcome.ADVANCE, None), (Outcome.STOP, None)]
    plan = session.scalars(sa.select(AssignmentPlan).where(AssignmentPlan.call_id == call.id)).one()
    assert plan.state is PlanState.DRAFT
    assert "impossible" not in plan.outcome


def test_only_the_proposal_with_an_open_review_is_still_sealed(session):
    sealed = session.execute(
        sa.select(Proposal.title, Person.email)
        .select_from(Review)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .join(Person, Person.id == Review.reviewer_id)
        .where(Proposal.step == Step.REVIEW, Proposal.reviews_revealed_at.is_(None))
        .where(Review.state == ReviewState.ASSIGNED)
    ).all()
    assert sealed == [("Hearing Resident Perspectives on Federal Housing", "sam.canyon@example.gov")]
    assert (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Proposal)
            .where(Proposal.step == Step.REVIEW, Proposal.reviews_revealed_at.is_not(None))
        )
        == 6
    )


def test_a_panel_run_elsewhere_waits_to_be_analyzed(session):
    call = session.scalars(sa.select(Call).where(Call.outside)).one()
    assert call.title.startswith("Illustration")
    items, reviews = session.execute(
        sa.select(sa.func.count(sa.distinct(OutsideItem.id)), sa.func.count(OutsideReview.id))
        .join(OutsideReview, OutsideReview.item_id == OutsideItem.id)
        .where(OutsideItem.call_id == call.id)
    ).one()
    assert (items, reviews) == (24, 72)
    asked = session.scalars(sa.select(Job.payload).where(Job.kind == ANALYSE)).all()
    assert {"call_id": call.id} in asked


def test_mail_of_the_past_is_not_sent_today(session):
    assert set(session.scalars(sa.select(Message.state))) == {MessageState.SENT}


def test_forecasts_of_scaled_pilots_fared_in_every_way(session):
    """Enough for the program's chart: fixed before measured, some short of it, some beyond, some unknown."""
    kinds = Counter(
        session.scalars(sa.select(PromisedBenefit.kind).where(PromisedBenefit.fixed_at.is_not(None)))
    )
    assert (kinds[BenefitKind.CASH] >= 8, kinds[BenefitKind.HOURS] >= 6) == (True, True)
    rows = session.execute(
        sa.select(Benefit.months, Benefit.amount, PromisedBenefit.likely, Benefit.recorded_at)
        .join(PromisedBenefit, PromisedBenefit.id == Benefit.promise_id)
        .where(Benefit.recorded_at > PromisedBenefit.fixed_at)
    ).all()
    assert {row.months for row in rows} == {6, 12, 24}
    assert {"unknown" if row.amount is None else row.amount >= row.likely for row in rows} == {
        "unknown",
        True,
        False,
    }
    assert len(rows) == session.scalar(sa.select(sa.func.count()).where(Benefit.promise_id.is_not(None)))


def test_one_goal_is_met_one_not_one_unclear_and_one_guardrail_is_harmed(session):
    given = session.execute(
        sa.select(Metric.name, CriterionVerdict.verdict, CriterionVerdict.harm).join(
            CriterionVerdict, CriterionVerdict.metric_id == Metric.id
        )
    )
    assert {name: (verdict.value, harm) for name, verdict, harm in given} == {
        "Pages that carry an advertising tracker": ("met", False),
        "Alarms that proved wrong": ("inconclusive", False),
        "Visitors who reached a page in their language": ("not_met", False),
        "Visitors who left at once": ("not_met", True),
        "Farms that answered": ("inconclusive", False),
        "Cost of each answer": ("inconclusive", False),
        "Farms that stopped the messages": ("inconclusive", False),
    }


def test_scale_decisions_keep_what_was_proposed_and_one_went_against_it(session):
    found = scale_decisions(session, Proposal.origin == Origin.ENTERED)
    assert [(one.advice, one.outcome, one.against, one.by, one.approved_by) for one in found] == [
        (Advice.EXTEND, Outcome.ADVANCE, True, "Quinn Valley", "Drew Summit"),
        (Advice.STOP, Outcome.STOP, False, "Quinn Valley", None),
    ]
    against = session.get_one(Decision, found[0].decision_id)
    assert against.evidence["against_advice"]["reason"] == against.against_advice
    waited = session.scalars(sa.select(ContraryDecision)).one()
    assert (waited.decision_id, waited.advice) == (against.id, Advice.EXTEND)
    assert (
        waited.proposed_at.isoformat(timespec="seconds")
        == (against.evidence["against_advice"]["proposed_at"])
    )
    told = session.scalars(
        sa.select(Event.kind)
        .where(
            Event.proposal_id == against.proposal_id,
            Event.kind.in_((EventKind.CONTRARY_PROPOSED, EventKind.GATE_DECIDED)),
            Event.at >= waited.proposed_at,
        )
        .order_by(Event.id)
        .limit(2)
    ).all()
    assert told == [EventKind.CONTRARY_PROPOSED, EventKind.GATE_DECIDED]


def test_what_is_published_was_decided_without_advice(session):
    published = session.scalars(
        sa.select(Decision.advice)
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .where(Proposal.origin == Origin.DEMONSTRATION)
    ).all()
    assert set(published) == {None}
