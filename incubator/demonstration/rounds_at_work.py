"""How a call is judged besides its reviews: who reviews and what they know, the panel, decisions that wait."""

from __future__ import annotations

from datetime import UTC, datetime, time
from functools import partial
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.demonstration import illustrated_rounds as ill
from incubator.demonstration.cast import Cast
from incubator.demonstration.facts import Demonstration
from incubator.demonstration.timeline import Timeline
from incubator.domain.assignment import theme_tag
from incubator.flows.assignment import work_out
from incubator.flows.bids import save_bids
from incubator.flows.call_reviewers import add_reviewers, ask_for_bids
from incubator.flows.deliberation import mark_discussed, write_note, write_summary
from incubator.flows.expertise import say_what_one_knows
from incubator.flows.panels import MeetingPlan, open_meeting, set_meeting
from incubator.flows.prepared import NO_VERSION, Draft, prepare
from incubator.models.calls import Call
from incubator.models.proposals import Proposal

ASKED_DAY = -39
"""All proposals of the call have passed screening, and most reviews are still to be asked for."""


def plan_round(
    session: Session,
    facts: Demonstration,
    cast: Cast,
    calls: dict[str, Call],
    timeline: Timeline,
    zone: str,
) -> None:
    """Lay the reviewing of one call into the order of time."""
    _Round(session, facts, cast, calls[facts.illustration.rounds.meeting.call], timeline, zone).plan()


class _Round:
    def __init__(
        self,
        session: Session,
        facts: Demonstration,
        cast: Cast,
        call: Call,
        timeline: Timeline,
        zone: str,
    ) -> None:
        self.session = session
        self.facts = facts
        self.source = facts.illustration.rounds
        self.cast = cast
        self.call = call
        self.timeline = timeline
        self.zone = zone
        self.coordinator = cast.actors["coordinator"]

    def plan(self) -> None:
        timeline, source = self.timeline, self.source
        for expert in source.experts:
            timeline.after_days(expert.added_day, partial(self._join, expert), hour=13)
        timeline.after_days(ASKED_DAY, self._ask, hour=19)
        for reviewer in dict.fromkeys(bid.reviewer for bid in source.bids):
            timeline.after_days(ASKED_DAY, partial(self._bid, reviewer), hour=20)
        meeting = source.meeting
        timeline.after_days(meeting.told_day, self._set_meeting, hour=14)
        timeline.after_days(meeting.day, self._open, hour=meeting.hour)
        for note in source.notes:
            timeline.after_days(meeting.day, partial(self._note, note), hour=meeting.hour + 1)
        for summary in source.summaries:
            timeline.after_days(meeting.day, partial(self._sum_up, summary), hour=meeting.hour + 2)
        for prepared in source.prepared:
            timeline.after_days(meeting.day, partial(self._prepare, prepared), hour=meeting.hour + 3)
        timeline.after_days(source.fourth_reader.day, self._plan_fourth_reader, hour=meeting.hour + 4)

    def _join(self, expert: ill.Expert, now: datetime) -> None:
        levels = dict(expert.fields) | {
            theme_tag(self.cast.themes[key].id): level for key, level in expert.themes.items()
        }
        say_what_one_knows(self.session, self.cast.actors[expert.person], levels=levels, now=now)
        add_reviewers(
            self.session,
            self.coordinator,
            slug=self.call.slug,
            people=[self.cast.people[expert.person].id],
            most=expert.most,
            now=now,
        )

    def _ask(self, now: datetime) -> None:
        ask_for_bids(self.session, self.coordinator, slug=self.call.slug, now=now)

    def _bid(self, reviewer: str, now: datetime) -> None:
        bids = {self._proposal(bid.idea).id: bid.bid for bid in self.source.bids if bid.reviewer == reviewer}
        save_bids(self.session, self.cast.actors[reviewer], slug=self.call.slug, bids=bids, now=now)

    def _set_meeting(self, now: datetime) -> None:
        meeting = self.source.meeting
        begins = datetime.combine(self.timeline.day(meeting.day), time(meeting.hour), UTC)
        set_meeting(
            self.session,
            self.coordinator,
            call_id=self.call.id,
            plan=MeetingPlan(begins.astimezone(ZoneInfo(self.zone)), meeting.place),
            seen=0,
            now=now,
        )

    def _open(self, now: datetime) -> None:
        council = next(one.council for one in self.facts.illustration.calls if one.council is not None)
        open_meeting(self.session, self.cast.actors[council.chair], call_id=self.call.id, now=now)

    def _note(self, note: ill.Note, now: datetime) -> None:
        write_note(
            self.session,
            self.cast.actors[note.by],
            proposal_id=self._proposal(note.idea).id,
            audience=note.audience,
            text=note.text,
            now=now,
        )

    def _sum_up(self, summary: ill.Summary, now: datetime) -> None:
        actor, proposal = self.cast.actors[summary.by], self._proposal(summary.idea)
        write_summary(
            self.session,
            actor,
            proposal_id=proposal.id,
            text=summary.text,
            recommendation=summary.recommendation,
            seen=0,
            now=now,
        )
        mark_discussed(self.session, actor, proposal_id=proposal.id, discussed=True, now=now)

    def _prepare(self, source: ill.Prepared, now: datetime) -> None:
        prepare(
            self.session,
            self.cast.actors[source.by],
            proposal_id=self._proposal(source.idea).id,
            draft=Draft(
                outcome=source.outcome,
                reason=source.reason,
                what_would_change=source.what_would_change,
                end_reason=source.end_reason,
            ),
            seen=NO_VERSION,
            now=now,
        )

    def _plan_fourth_reader(self, now: datetime) -> None:
        source = self.source.fourth_reader
        work_out(
            self.session,
            self.cast.actors[source.by],
            slug=self.call.slug,
            wanted=source.wanted,
            keeps_unbegun=True,
            seen=None,
            now=now,
        )

    def _proposal(self, idea: str) -> Proposal:
        title = self.facts.idea(idea).title
        return self.session.scalars(
            sa.select(Proposal).where(Proposal.call_id == self.call.id, Proposal.title == title)
        ).one()
