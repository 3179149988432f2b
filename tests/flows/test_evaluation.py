"""Verdicts recorded at the horizon, alerts raised and answered, analyses kept."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from incubator.analytics.criterion import Method
from incubator.analytics.criterion_answer import answer
from incubator.domain.errors import DomainError, Forbidden, StaleVersion
from incubator.domain.evaluation import Advice, AlertKind, Verdict
from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey
from incubator.domain.pilots import CriterionKind, Direction
from incubator.domain.stages import Outcome, Stage
from incubator.flows import evaluation as flow
from incubator.models.evaluation import CriterionVerdict, GuardrailAlert
from incubator.models.gates import Decision
from incubator.models.history import Event
from incubator.models.pilots import Reading
from incubator.models.proposals import Proposal
from incubator.queries import evaluation as query
from incubator.queries.advice import standing
from incubator.queries.guardrails import has_breach, standing_breaches
from incubator.queries.pilot_summary import summary_of
from tests.judged import Judged, months

LATER = datetime(2016, 1, 4, 12, tzinfo=UTC)


@pytest.fixture
def judged(world):
    return Judged(world)


def answers(session, proposal_id):
    return {
        each.id: (each.inputs_sha256, answer(each.question, each.asked))
        for each in query.criteria_of(session, proposal_id)
        if each.question is not None
    }


def give(judged, session, who=None, now=LATER):
    return flow.give_verdicts(
        session,
        judged.world.actor(who or judged.evan),
        judged.proposal.id,
        answers(session, judged.proposal.id),
        now=now,
    )


def events(session, kind):
    return session.scalars(sa.select(Event).where(Event.kind == kind).order_by(Event.id)).all()


def test_one_met_one_inconclusive_and_a_harmed_guardrail(judged, session):
    goal = judged.infections(target=10.0)
    unclear = judged.share("Staff who would keep it", (30, 60), (34, 60), target=60.0)
    guard = judged.share("Rooms ready in time", (55, 60), (40, 60), target=88.0, kind=CriterionKind.GUARDRAIL)
    rows = {row.metric_id: row for row in give(judged, session)}
    assert rows[goal.id].verdict is Verdict.MET
    assert rows[unclear.id].verdict is Verdict.INCONCLUSIVE
    assert (rows[guard.id].verdict, rows[guard.id].harm) == (Verdict.NOT_MET, True)
    assert rows[goal.id].completeness == 1.0
    assert rows[goal.id].content["method"] == Method.SERIES.value
    (event,) = events(session, EventKind.VERDICTS_GIVEN)
    assert event.details["count"] == 3
    assert standing(session, judged.proposal.id).advice is Advice.STOP


def test_recording_again_changes_nothing_and_new_readings_replace(judged, session):
    goal = judged.infections()
    (first,) = give(judged, session)
    assert give(judged, session) == []
    judged.read(goal, date(2015, 10, 20), 40.0, numerator=64, denominator=16_000)
    (second,) = give(judged, session)
    session.flush()
    session.refresh(first)
    assert first.replaced_at == LATER
    assert second.replaced_at is None
    assert second.estimate > first.estimate
    assert session.scalar(sa.select(sa.func.count()).select_from(CriterionVerdict)) == 2


def test_readings_after_the_horizon_change_no_verdict(judged, session):
    goal = judged.infections()
    (before,) = query.criteria_of(session, judged.proposal.id)
    judged.read(goal, date(2015, 12, 1), 60.0, numerator=96, denominator=16_000)
    (after,) = query.criteria_of(session, judged.proposal.id)
    assert len(after.observations) == len(before.observations) + 1
    assert after.inputs_sha256 == before.inputs_sha256


def test_no_verdict_before_the_horizon(judged, session):
    judged.infections()
    with pytest.raises(DomainError, match="has reached its horizon"):
        give(judged, session, now=datetime(2015, 10, 31, 23, tzinfo=UTC))
    assert session.scalar(sa.select(sa.func.count()).select_from(CriterionVerdict)) == 0


def test_no_verdict_on_too_few_of_the_planned_readings(judged, session):
    goal = judged.metric("Wait", unit="min", baseline=50.0, target=30.0)
    for number, day in enumerate(months(date(2013, 11, 5), 12)):
        judged.read(goal, day, 50.0 + number % 3)
    for number, day in enumerate(months(date(2014, 11, 5), 9)):
        judged.read(goal, day, 20.0 + number % 3)
    with pytest.raises(DomainError):
        give(judged, session)
    judged.read(goal, date(2015, 8, 20), 21.0)
    (row,) = give(judged, session)
    assert (row.verdict, round(row.completeness, 2)) == (Verdict.MET, 0.83)


def test_what_changed_since_it_was_shown_is_stale(judged, session):
    goal = judged.infections()
    seen = answers(session, judged.proposal.id)
    judged.read(goal, date(2015, 10, 20), 40.0, numerator=64, denominator=16_000)
    with pytest.raises(StaleVersion):
        flow.give_verdicts(session, judged.world.actor(judged.evan), judged.proposal.id, seen, now=LATER)


def test_the_pilots_lead_records_no_verdict(judged, session):
    judged.infections()
    with pytest.raises(Forbidden, match="other than the pilot's lead"):
        give(judged, session, who=judged.lead)


def test_what_was_added_afterwards_carries_nothing(judged, session, world):
    judged.infections(post_hoc_at=world.now)
    (row,) = give(judged, session)
    assert (row.verdict, row.post_hoc) == (Verdict.MET, True)
    assert standing(session, judged.proposal.id).advice is Advice.WAIT


def guardrail(judged, **more):
    metric = judged.metric(
        "Complaints",
        unit="a week",
        baseline=10.0,
        target=20.0,
        kind=CriterionKind.GUARDRAIL,
        direction=Direction.DOWN,
        **more,
    )
    for day, value in zip(months(date(2014, 1, 1), 10), (9, 11, 10, 9, 10, 11, 10, 9, 11, 10), strict=True):
        judged.read(metric, day, value)
    return metric


def test_a_guardrail_past_its_limit_alerts_at_once_and_once(judged, session):
    metric = guardrail(judged)
    judged.read(metric, date(2014, 12, 1), 25)
    raised = flow.raise_alerts(session, metric, judged.proposal.id, now=LATER)
    assert [alert.kind for alert in raised] == [AlertKind.LIMIT], "one reading, one alert"
    assert flow.raise_alerts(session, metric, judged.proposal.id, now=LATER) == []
    assert len(events(session, EventKind.GUARDRAIL_ALERTED)) == 1


def test_past_the_limit_only_a_worse_reading_alerts_again_and_coming_back_does(judged, session):
    metric = guardrail(judged)
    raised = []
    for day, value in zip(months(date(2014, 12, 1), 7), (25, 26, 25.5, 26, 11, 10, 21), strict=True):
        judged.read(metric, day, value)
        raised.append(
            sorted(alert.kind for alert in flow.raise_alerts(session, metric, judged.proposal.id, now=LATER))
        )
    limit = [AlertKind.LIMIT]
    assert raised == [limit, limit, [], [], [], [], limit]


def test_readings_that_come_in_together_alert_with_the_worst(judged, session):
    """A quarter at once: the limit is passed in its first month and the last month is not the worst."""
    metric = guardrail(judged)
    for day, value in zip(months(date(2014, 12, 1), 4), (18, 24, 26, 22), strict=True):
        judged.read(metric, day, value)
    (alert,) = flow.raise_alerts(session, metric, judged.proposal.id, now=LATER)
    assert (alert.kind, session.get_one(Reading, alert.reading_id).value) == (AlertKind.LIMIT, 26)
    judged.read(metric, date(2015, 4, 1), 25)
    assert flow.raise_alerts(session, metric, judged.proposal.id, now=LATER) == []


def test_one_answer_answers_the_guardrails_earlier_alerts_and_no_later_one(judged, session):
    metric, raised = guardrail(judged), []
    for day, value in zip(months(date(2014, 12, 1), 3), (25, 26, 27), strict=True):
        judged.read(metric, day, value)
        raised += flow.raise_alerts(session, metric, judged.proposal.id, now=LATER)
        session.flush()
    actor = judged.world.actor(judged.evan)
    flow.answer_alert(session, actor, judged.proposal.id, raised[1].id, "A new form.", now=LATER)
    assert [alert.answer for alert in raised] == ["A new form.", "A new form.", ""]


@pytest.mark.parametrize("direction", list(Direction))
def test_a_breach_stands_until_readings_or_a_decision_end_it(judged, session, world, direction):
    """Two sites of unlike size: only the one that is past its limit counts, from the day it got there."""
    down = direction is Direction.DOWN
    metric = judged.metric(
        "Complaints",
        unit="a week",
        baseline=10.0 if down else 30.0,
        target=20.0,
        kind=CriterionKind.GUARDRAIL,
        direction=direction,
    )

    def read(day, north, south):
        for site, value in (("North", north), ("South", south)):
            judged.read(metric, day, value if down else 40 - value, unit=site)
        return standing_breaches(session, [judged.proposal.id]).get(judged.proposal.id, ())

    def known():
        return [
            summary_of(session, judged.proposal.id, date(2015, 6, 1)).breaches != (),
            session.scalar(sa.select(has_breach()).where(Proposal.id == judged.proposal.id)),
        ]

    assert read(date(2014, 10, 1), 90, 90) == (), "before the launch"
    assert read(date(2014, 12, 1), 20, 12) == (), "the limit itself is kept"
    assert known() == [False, False]
    read(date(2015, 1, 1), 21, 12)
    (found,) = read(date(2015, 2, 1), 25, 13)
    assert (found.site, found.since, found.latest) == ("North", date(2015, 1, 1), 25.0 if down else 15.0)
    assert known() == [True, True]
    world.add(Decision(**decided(judged, GateKey.G3, Outcome.ADVANCE, world.now)))
    assert known() == [True, True], "the midpoint goes on with the pilot and its breach"
    world.add(Decision(**decided(judged, GateKey.G4, Outcome.ADVANCE, world.now)))
    assert known() == [False, False]


def decided(judged, gate, outcome, at):
    return {
        "proposal_id": judged.proposal.id,
        "gate": gate,
        "outcome": outcome,
        "from_stage": Stage.PILOT,
        "to_stage": Stage.PILOT,
        "reason": "Because.",
        "decided_at": at,
        "evidence": {},
        "evidence_sha256": "0" * 64,
    }


def test_a_breach_ends_with_a_reading_within_the_limit(judged, session):
    metric = guardrail(judged)
    for day, value in zip(months(date(2014, 12, 1), 2), (25, 20), strict=True):
        judged.read(metric, day, value)
    assert standing_breaches(session, [judged.proposal.id]) == {}


def test_more_than_routine_variation_alerts_within_the_limit_too(judged, session):
    metric = guardrail(judged)
    raised = []
    for day, value in zip(months(date(2014, 12, 1), 3), (16, 17, 25), strict=True):
        judged.read(metric, day, value)
        raised.append(
            [alert.kind for alert in flow.raise_alerts(session, metric, judged.proposal.id, now=LATER)]
        )
    assert raised == [[AlertKind.SIGNAL], [], [AlertKind.LIMIT]]


def test_a_guardrail_within_its_limits_is_quiet(judged, session):
    metric = guardrail(judged)
    judged.read(metric, date(2014, 12, 1), 11)
    assert flow.raise_alerts(session, metric, judged.proposal.id, now=LATER) == []


def test_readings_before_the_launch_and_goals_raise_no_alert(judged, session):
    metric = guardrail(judged)
    judged.read(metric, date(2014, 10, 28), 45)
    assert flow.raise_alerts(session, metric, judged.proposal.id, now=LATER) == []
    goal = judged.metric("Wait", unit="min", baseline=10.0, target=5.0)
    judged.read(goal, date(2014, 12, 1), 45)
    assert flow.raise_alerts(session, goal, judged.proposal.id, now=LATER) == []


def test_an_alert_is_answered_in_words_and_once(judged, session):
    metric = guardrail(judged)
    judged.read(metric, date(2014, 12, 1), 25)
    (alert,) = flow.raise_alerts(session, metric, judged.proposal.id, now=LATER)
    session.flush()
    actor = judged.world.actor(judged.evan)
    with pytest.raises(DomainError):
        flow.answer_alert(session, actor, judged.proposal.id, alert.id, "  ", now=LATER)
    flow.answer_alert(session, actor, judged.proposal.id, alert.id, "A holiday week.", now=LATER)
    with pytest.raises(StaleVersion):
        flow.answer_alert(session, actor, judged.proposal.id, alert.id, "Again.", now=LATER)
    row = session.get_one(GuardrailAlert, alert.id)
    assert (row.answer, row.answered_by_id) == ("A holiday week.", judged.evan.id)
    (event,) = events(session, EventKind.GUARDRAIL_ANSWERED)
    assert event.details["answer"] == "A holiday week."
