"""Invented lives of published ideas, from a draft of this week to a service checked for its benefit."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any

from sqlalchemy.orm import Session

from incubator.demonstration import illustrated as ill
from incubator.demonstration.answers import answers, breath
from incubator.demonstration.cast import TECHNOLOGIES, Cast
from incubator.demonstration.decisions import Past, ensure_pilot, lay_down, propose_against
from incubator.demonstration.evaluation_plans import WAITING_IDEA, WaitingPlan
from incubator.demonstration.facts import Demonstration
from incubator.demonstration.handing_over import plan_handing_over
from incubator.demonstration.pilots_at_work import lay_down_pilot
from incubator.demonstration.scoring import plan_reviews
from incubator.demonstration.timeline import Timeline
from incubator.domain.events import EventKind
from incubator.domain.folding import fold
from incubator.domain.gates import GATES, CheckKind, GateKey
from incubator.domain.proposal_form import FORMS, find_section, unanswered
from incubator.domain.roles import Actor
from incubator.domain.stages import EndReason, Origin, Outcome, Stage, Step
from incubator.flows.record import record
from incubator.flows.revisions import freeze
from incubator.flows.second import Second
from incubator.flows.stages import move
from incubator.models.agencies import Need
from incubator.models.calls import Call
from incubator.models.gates import Condition, GateCheck
from incubator.models.proposals import Author, NeedLink, Proposal, Section, StageSpell
from incubator.models.screening import InformationRequest

SOURCE_NOTE = (
    "Illustration. The idea was selected by GSA's 10x program and its title is real; everything else here – "
    "answers, scores, people, decisions, readings and costs – is invented to show how the record works."
)

END_REASONS = {"demand": EndReason.DEMAND, "feasibility": EndReason.FEASIBILITY}

SIGNED_WITHIN = 2
"""Days between proposing against the criteria and the second name."""
PROPOSED_HOUR = 11
PASSED_NOTE = "Checked for the demonstration."


def load_lives(
    session: Session,
    facts: Demonstration,
    cast: Cast,
    calls: dict[str, Call],
    needs: dict[str, Need],
    timeline: Timeline,
) -> None:
    for source in facts.illustration.proposals:
        _Life(session, source, facts, cast, calls, needs, timeline).plan()


class _Life:
    def __init__(
        self,
        session: Session,
        source: ill.Proposal,
        facts: Demonstration,
        cast: Cast,
        calls: dict[str, Call],
        needs: dict[str, Need],
        timeline: Timeline,
    ) -> None:
        self.session = session
        self.source = source
        self.facts = facts
        self.idea = facts.idea(source.idea)
        self.cast = cast
        self.call = calls[source.call] if source.call else None
        self.needs = needs
        self.timeline = timeline
        self.author = cast.actors[source.author]
        self.agency = cast.agencies[self.idea.agency]
        self.proposal: Proposal | None = None

    def plan(self) -> None:
        source, timeline = self.source, self.timeline
        timeline.after_days(source.created_day, self._start, hour=14)
        if source.answers:
            timeline.after_days(min(source.created_day + 4, -1), self._write, hour=15)
        if source.standing is ill.Standing.AWAITING_SIGN_OFF:
            timeline.after_days(-2, self._ask_sign_off, hour=16)
        if source.submitted_day is not None:
            timeline.after_days(source.submitted_day, self._ask_sign_off, hour=14)
            timeline.after_days(source.submitted_day, self._submit, hour=16)
        if source.question is not None:
            timeline.after_days(source.question.asked_day, self._ask, hour=16)
        if source.standing is ill.Standing.AWAITING_SELECTION:
            timeline.after_days(-3, self._clear_for_selection, hour=20)
        for decision in source.decisions:
            if decision.second is not None:
                timeline.after_days(
                    decision.day - SIGNED_WITHIN, partial(self._propose_against, decision), hour=PROPOSED_HOUR
                )
            timeline.after_days(decision.day, partial(self._decide, decision), hour=17)
            self._plan_conditions(decision)
        plan_reviews(self.session, self.facts, self.idea.key, self.call, self.cast, timeline, self._record)
        pilot = next((one for one in self.facts.illustration.pilots if one.idea == source.idea), None)
        if pilot is not None:
            lay_down_pilot(self.session, pilot, self.cast, timeline, self._record)
        if source.idea == WAITING_IDEA:
            WaitingPlan(self.session, self.cast, timeline, self._record)
        plan_handing_over(self.session, source.idea, self.cast, timeline, self._record)

    def _start(self, now: datetime) -> None:
        agency = self.agency
        unit = self.cast.units.get((self.idea.agency, self.idea.unit or ""))
        proposal = Proposal(
            number=self.cast.number(agency),
            title=self.idea.title,
            title_key=fold(self.idea.title),
            summary=breath(self.source),
            agency_id=agency.id,
            unit_id=unit.id if unit else None,
            call_id=self.call.id if self.call else None,
            theme_id=self.cast.themes[self.idea.theme].id,
            technology=TECHNOLOGIES[self.idea.technology],
            uses_ai=self.idea.technology == "ai",
            sponsor=self.cast.lead_of(agency).name,
            origin=Origin.ENTERED,
            source_note=SOURCE_NOTE,
            stage=Stage.IDEA,
            step=Step.DRAFT,
            created_at=now,
            created_by_id=self.author.person_id,
            changed_at=now,
            stage_entered_at=now,
            step_entered_at=now,
        )
        self.session.add(proposal)
        self.session.flush()
        self.proposal = proposal
        self.session.add_all(
            (
                StageSpell(proposal_id=proposal.id, stage=Stage.IDEA, entered_at=now),
                Author(proposal_id=proposal.id, person_id=self.author.person_id, added_at=now),
            )
        )
        self._tell(EventKind.PROPOSAL_STARTED, self.author, now)
        self._save_section("idea", self._answers()["idea"], now)
        if self.source.need is not None:
            need = self.needs[self.source.need]
            self.session.add(NeedLink(proposal_id=proposal.id, need_id=need.id))
            self._tell(EventKind.NEED_LINKED, self.author, now, number=proposal.number, need=need.title)

    def _write(self, now: datetime) -> None:
        for key, values in self._answers().items():
            if key != "idea":
                self._save_section(key, values, now)
        proposal = self._record()
        cents = self._answers().get("cost", {}).get("requested")
        proposal.requested_cents = cents
        proposal.changed_at = now

    def _save_section(self, key: str, values: dict[str, Any], now: datetime) -> None:
        spec = find_section(max(FORMS), key, uses_ai=True)
        assert spec is not None, f"the form has no section {key}"
        self.session.add(
            Section(
                proposal_id=self._record().id,
                key=key,
                answers=values,
                complete=not unanswered(spec, values),
                saved_at=now,
                saved_by_id=self.author.person_id,
            )
        )
        self._tell(EventKind.SECTION_SAVED, self.author, now, section=spec.title)

    def _ask_sign_off(self, now: datetime) -> None:
        self._move(Stage.IDEA, Step.SIGN_OFF, Outcome.ADVANCE, now)
        self._tell(EventKind.SIGN_OFF_ASKED, self.author, now)

    def _submit(self, now: datetime) -> None:
        proposal = self._record()
        lead = self.cast.lead_of(self.agency)
        freeze(self.session, lead, now, proposal)
        proposal.submitted_at = now
        self._move(Stage.IDEA, Step.SCREENING, Outcome.ADVANCE, now)
        self._tell(EventKind.PROPOSAL_SUBMITTED, lead, now, revision=1)

    def _ask(self, now: datetime) -> None:
        question = self.source.question
        assert question is not None, "planned only when there is a question"
        asker = self.cast.actors[question.by]
        self.session.add(
            InformationRequest(
                proposal_id=self._record().id,
                question=question.text,
                asked_by_id=asker.person_id,
                asked_at=now,
            )
        )
        self._move(Stage.IDEA, Step.INFORMATION, Outcome.REWORK, now)
        self._tell(EventKind.INFORMATION_ASKED, asker, now)

    def _decide(self, source: ill.Decision, now: datetime) -> None:
        proposal = self._record()
        gate = GateKey(source.gate.value.lower())
        decider = self.cast.actors[source.by]
        if source.outcome in (ill.GateOutcome.ADVANCE, ill.GateOutcome.ADVANCE_WITH_CONDITIONS):
            self._confirm(gate, decider, now)
        decision = lay_down(self.session, decider, proposal, self._past(source), now)
        for condition in source.conditions:
            owner = self.cast.people.get(condition.owner)
            self.session.add(
                Condition(
                    decision_id=decision.id,
                    proposal_id=proposal.id,
                    text=condition.text,
                    owner_id=owner.id if owner else None,
                    owner_name=owner.name if owner else condition.owner,
                    due_on=self.timeline.day(condition.due_day),
                )
            )
        if proposal.stage is Stage.DESIGN:
            ensure_pilot(self.session, proposal)
        if gate is GateKey.G2 and proposal.stage is Stage.PILOT:
            ensure_pilot(self.session, proposal).launched_at = now
        self.session.flush()

    def _past(self, source: ill.Decision) -> Past:
        second = None
        if source.second is not None:
            proposed = self.timeline.day(source.day - SIGNED_WITHIN)
            second = Second(
                self.cast.actors[source.second],
                source.against_criteria,
                datetime.combine(proposed, time(PROPOSED_HOUR), UTC),
            )
        return Past(
            GateKey(source.gate.value.lower()),
            Outcome(source.outcome.value),
            source.reason,
            self._end_reason(source),
            self._day(source.hold_until_day),
            second=second,
        )

    def _propose_against(self, source: ill.Decision, now: datetime) -> None:
        propose_against(
            self.session,
            self.cast.actors[source.by],
            self._record(),
            self._past(source),
            source.against_criteria,
            now,
        )

    def _plan_conditions(self, source: ill.Decision) -> None:
        for condition in source.conditions:
            if condition.closed_day is not None:
                self.timeline.after_days(condition.closed_day, partial(self._close, condition), hour=18)

    def _close(self, source: ill.Condition, now: datetime) -> None:
        row = self.session.query(Condition).filter_by(proposal_id=self._record().id, text=source.text).one()
        row.closed_at = now
        row.closing_note = "Done."
        row.closed_by_id = self.cast.people["coordinator"].id
        self._tell(EventKind.CONDITION_CLOSED, self.cast.actors["coordinator"], now, condition=source.text)

    def _clear_for_selection(self, now: datetime) -> None:
        """The coordinator has looked for red flags: the panel can decide."""
        coordinator = self.cast.actors["coordinator"]
        self._confirm(GateKey.G1, coordinator, now)
        need = next(need for need in GATES[GateKey.G1].must_meets if need.kind is CheckKind.CONFIRMED)
        self._tell(
            EventKind.READINESS_CHECKED,
            coordinator,
            now,
            need=need.words,
            gate=GATES[GateKey.G1].name,
            answer="met",
        )

    def _confirm(self, gate: GateKey, by: Actor, now: datetime) -> None:
        """The must-meets that people confirm, as they stood when it was decided."""
        for need in GATES[gate].must_meets:
            if need.kind is CheckKind.CONFIRMED:
                not_ai = need.key == "ai" and not self._record().uses_ai
                self.session.add(
                    GateCheck(
                        proposal_id=self._record().id,
                        gate=gate,
                        key=need.key,
                        met=None if not_ai else True,
                        note="It uses no AI." if not_ai else PASSED_NOTE,
                        checked_by_id=by.person_id,
                        checked_at=now,
                    )
                )
        self.session.flush()

    def _end_reason(self, source: ill.Decision) -> EndReason | None:
        if source.outcome is not ill.GateOutcome.STOP:
            return None
        return END_REASONS.get(self.source.end_reason or "", EndReason.DEMAND)

    def _day(self, offset: int | None) -> date | None:
        return None if offset is None else self.timeline.day(offset)

    def _move(self, stage: Stage, step: Step, leaving_as: Outcome, now: datetime) -> None:
        move(self.session, self._record(), stage=stage, step=step, leaving_as=leaving_as, now=now)

    def _tell(self, kind: EventKind, actor: Actor, now: datetime, **details: Any) -> None:
        proposal = self._record()
        record(
            self.session,
            actor,
            now,
            kind,
            proposal_id=proposal.id,
            agency_id=proposal.agency_id,
            **details,
        )

    def _answers(self) -> dict[str, dict[str, Any]]:
        return answers(self.source, self.idea, self.cast.lead_of(self.agency).name)

    def _record(self) -> Proposal:
        assert self.proposal is not None, "a proposal is started before anything else happens to it"
        return self.proposal
