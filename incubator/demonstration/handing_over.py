"""What the illustrated pilots prepare for scaling and leave to others, and how their uses of AI were rated.

All of it is invented (`handing_over_facts`) and laid down through the flows themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.demonstration.cast import Cast
from incubator.demonstration.handing_over_facts import (
    CLOSE_OUTS,
    READINESS,
    SCREENINGS,
    USES,
    Ended,
    Readiness,
    Screening,
)
from incubator.demonstration.timeline import Timeline
from incubator.domain.ai import EscalationAnswer, PracticeState
from incubator.domain.clock import office_day
from incubator.domain.roles import Actor
from incubator.domain.scaling import CLOSE_OUT_PARTS, ApprovalArea, ApprovalState, fiscal_year_of
from incubator.domain.stages import Origin
from incubator.flows import ai, lessons, scaling
from incubator.models.ai import AiScreening
from incubator.models.proposals import Proposal
from incubator.queries.lessons import close_out_of
from incubator.queries.scaling import readiness_of

Record = Callable[[], Proposal]


def plan_handing_over(session: Session, idea: str, cast: Cast, timeline: Timeline, proposal: Record) -> None:
    """Put what is prepared, written, taken up and screened of one illustrated record into the order of time."""
    work = _HandingOver(session, cast, timeline, proposal)
    if idea in SCREENINGS:
        work.plan_screening(SCREENINGS[idea])
    if idea in READINESS:
        work.plan_readiness(READINESS[idea])
    if idea in CLOSE_OUTS:
        ended = CLOSE_OUTS[idea]
        timeline.after_days(ended.day, lambda now: work.close_out(ended, now), hour=21)
    if idea in USES:
        day, who, title, note = USES[idea]
        timeline.after_days(day, lambda now: work.use(who, title, note, now), hour=21)


class _HandingOver:
    def __init__(self, session: Session, cast: Cast, timeline: Timeline, proposal: Record) -> None:
        self.session, self.cast, self.timeline, self.proposal = session, cast, timeline, proposal

    def plan_readiness(self, source: Readiness) -> None:
        at = self.timeline.after_days
        at(source.day, lambda now: self.prepare(source, now), hour=21)
        for area, (state, note) in source.approvals.items():
            at(source.day + 2, lambda now, a=area, s=state, n=note: self.approve(a, s, n, now), hour=21)  # type: ignore[misc]
        if source.owner_accepts is not None:
            at(source.owner_accepts, self.accept, hour=21)

    def prepare(self, source: Readiness, now: datetime) -> None:
        prepared = source.preparation
        if source.funded:
            prepared = replace(prepared, fiscal_year=fiscal_year_of(office_day(now)) + 1)
        lead = self.cast.actors["pilot-lead"]
        scaling.prepare(self.session, lead, self.proposal().id, prepared, seen_version=0, now=now)

    def approve(self, area: ApprovalArea, state: ApprovalState, note: str, now: datetime) -> None:
        evaluator = self.cast.actors["evaluator"]
        scaling.give_approval(self.session, evaluator, self.proposal().id, area, state, note, seen=0, now=now)

    def _agency_lead(self) -> Actor:
        mine = self.proposal().agency_id
        return self.cast.lead_of(next(one for one in self.cast.agencies.values() if one.id == mine))

    def accept(self, now: datetime) -> None:
        seen = readiness_of(self.session, self.proposal().id).version
        scaling.accept_ownership(
            self.session,
            self._agency_lead(),
            self.proposal().id,
            "Accepted with the two positions it needs.",
            seen_version=seen,
            now=now,
        )

    def close_out(self, source: Ended, now: datetime) -> None:
        parts = dict.fromkeys(CLOSE_OUT_PARTS, "") | dict(source.parts)
        seen = close_out_of(self.session, self.proposal().id).version
        lessons.write_close_out(
            self.session,
            self.cast.actors["pilot-lead"],
            self.proposal().id,
            parts,
            source.tags,
            seen_version=seen,
            now=now,
        )

    def use(self, who: str, title: str, note: str, now: datetime) -> None:
        source_id = self.session.scalars(
            sa.select(Proposal.id).where(Proposal.title == title, Proposal.origin == Origin.ENTERED)
        ).one()
        lessons.use_lesson(self.session, self.cast.actors[who], self.proposal().id, source_id, note, now=now)

    def plan_screening(self, source: Screening) -> None:
        at = self.timeline.after_days
        at(source.day, lambda now: self.screen(source, now), hour=21)
        if source.endorsed is not None:
            at(source.endorsed, self.endorse, hour=21)
        for number, (practice, evidence) in enumerate((source.practices or {}).items()):
            at(
                source.day + 6 + number,
                lambda now, p=practice, e=evidence: self.practise(p, e, now),  # type: ignore[misc]
                hour=22,
            )
        if source.escalated is not None:
            at(source.escalated, self.escalate, hour=21)
        if source.answered is not None:
            day, answer, note = source.answered
            at(day, lambda now: self.answer(answer, note, now), hour=21)
        for day, found, response in source.checks:
            at(day, lambda now, f=found, r=response: self.check(f, r, source.next_after, now), hour=21)  # type: ignore[misc]

    def _version(self) -> int:
        mine = AiScreening.proposal_id == self.proposal().id
        return int(self.session.scalars(sa.select(AiScreening.version).where(mine)).one())

    def screen(self, source: Screening, now: datetime) -> None:
        coordinator = self.cast.actors["coordinator"]
        ai.screen(self.session, coordinator, self.proposal().id, source.answers, seen_version=0, now=now)

    def endorse(self, now: datetime) -> None:
        lead, seen = self._agency_lead(), self._version()
        ai.endorse(self.session, lead, self.proposal().id, seen_version=seen, now=now)

    def practise(self, practice: str, evidence: str, now: datetime) -> None:
        ai.record_practice(
            self.session,
            self.cast.actors["coordinator"],
            self.proposal().id,
            practice,
            PracticeState.DONE,
            evidence,
            seen=0,
            now=now,
        )

    def escalate(self, now: datetime) -> None:
        ai.escalate(
            self.session,
            self.cast.actors["coordinator"],
            self.proposal().id,
            seen_version=self._version(),
            now=now,
        )

    def answer(self, answer: EscalationAnswer, note: str, now: datetime) -> None:
        ai.answer_escalation(
            self.session,
            self.cast.actors["leadership"],
            self.proposal().id,
            answer,
            note,
            seen_version=self._version(),
            now=now,
        )

    def check(self, found: str, response: str, next_after: int, now: datetime) -> None:
        ai.record_check(
            self.session,
            self.cast.actors["pilot-lead"],
            self.proposal().id,
            checked_on=office_day(now),
            found=found,
            incident=bool(response),
            response=response,
            next_on=office_day(now) + timedelta(days=next_after),
            now=now,
        )
