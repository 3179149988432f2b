"""Verdicts of the illustrated pilots that are over, and the alerts of their guardrails."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.criterion_answer import answer
from incubator.demonstration import illustrated as ill
from incubator.demonstration.cast import Cast
from incubator.demonstration.timeline import Timeline
from incubator.domain.clock import office_day
from incubator.flows import evaluation as flow
from incubator.models.evaluation import GuardrailAlert
from incubator.models.pilots import Metric
from incubator.models.proposals import Proposal
from incubator.queries import evaluation as query

RECORDED_AFTER_END = 15
LEFT_OPEN_DAYS = 160
"""A younger alert still waits for its answer."""
ANSWERS = (
    "Looked at the month case by case: two people were away. Nothing about the pilot explains it; we watch the next reading.",
    "It comes from the pilot: the new way adds a step. The lead changes the order of the steps and reads again in a month.",
    "The count includes a site that is not part of the pilot. The evaluator has asked for the figure without it.",
)


class Judging:
    """What is recorded of one pilot once its horizon is reached."""

    def __init__(
        self, session: Session, source: ill.Pilot, cast: Cast, proposal: Callable[[], Proposal]
    ) -> None:
        self.session, self.source, self.cast, self.proposal = session, source, cast, proposal

    def schedule(self, timeline: Timeline) -> None:
        day = self.source.end_day + RECORDED_AFTER_END
        if day < 0:
            timeline.after_days(day, self.give, hour=13)

    def give(self, now: datetime) -> None:
        proposal_id = self.proposal().id
        answers = {
            each.id: (each.inputs_sha256, answer(each.question, each.asked))
            for each in query.criteria_of(self.session, proposal_id)
            if each.question is not None and each.at_horizon(office_day(now))
        }
        flow.give_verdicts(self.session, self.cast.actors["evaluator"], proposal_id, answers, now=now)


class Watching:
    """Alerts as readings of a pilot come in, and their answers two hours later."""

    def __init__(
        self, session: Session, cast: Cast, proposal: Callable[[], Proposal], load: datetime
    ) -> None:
        self.session, self.cast, self.proposal, self.load = session, cast, proposal, load

    def look(self, metric: Metric, now: datetime) -> None:
        flow.raise_alerts(self.session, metric, self.proposal().id, now=now)
        self.session.flush()

    def answer(self, metric: Metric, now: datetime) -> None:
        if self.load - now < timedelta(days=LEFT_OPEN_DAYS):
            return
        waiting = self.session.scalars(
            sa.select(GuardrailAlert.id)
            .where(GuardrailAlert.metric_id == metric.id, GuardrailAlert.answered_at.is_(None))
            .order_by(GuardrailAlert.id)
        ).all()
        for alert_id in waiting:
            flow.answer_alert(
                self.session,
                self.cast.actors["evaluator"],
                self.proposal().id,
                alert_id,
                ANSWERS[alert_id % len(ANSWERS)],
                now=now,
            )
