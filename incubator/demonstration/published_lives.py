"""The real projects, with the histories their program published. Nothing here is invented: where the
source knows years only, days are a convention for ordering and every date says so."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import partial

from sqlalchemy.orm import Session

from incubator.demonstration import published as pub
from incubator.demonstration.cast import TECHNOLOGIES, Cast, add_agency
from incubator.demonstration.decisions import Past, ensure_pilot, lay_down
from incubator.demonstration.facts import Demonstration, fiscal_year_days, placed
from incubator.demonstration.timeline import Timeline
from incubator.domain.clock import office_day
from incubator.domain.events import EventKind
from incubator.domain.folding import fold
from incubator.domain.gates import GateKey
from incubator.domain.roles import Actor
from incubator.domain.stages import EndReason, Origin, Outcome, Precision, Provenance, Stage, Step
from incubator.flows.record import record
from incubator.flows.stages import move
from incubator.imports.dates import read_date
from incubator.models.pilots import BudgetLine, Cadence, CriterionKind, Direction, Metric, Pilot, Reading
from incubator.models.proposals import DateKind, Proposal, StageSpell, StatedDate

PUBLISHED_RECORD = Actor(person_id=None, name="Published record")

STAGE_OF_PHASE = {1: Stage.DESIGN, 2: Stage.PILOT, 3: Stage.SCALE, 4: Stage.IN_SERVICE}
"""Investigation is our design stage, discovery the pilot, development scaling, and the last phase service."""

GATE_AFTER_PHASE = {1: GateKey.G2, 2: GateKey.G4, 3: GateKey.G5}

LAST_REPORT = 2019
"""The last yearly report that the source holds; what was open then has no known end."""

NO_KNOWN_END = (
    "Open when the last report was printed; nothing later is published about it. "
    "The record is closed here without a known end."
)


def load_projects(session: Session, facts: Demonstration, cast: Cast, timeline: Timeline) -> None:
    for project in facts.projects:
        _ProjectLife(session, project, cast, timeline).plan()


class _ProjectLife:
    """One project's way through the phases, as happenings on the time line."""

    def __init__(self, session: Session, project: pub.Project, cast: Cast, timeline: Timeline) -> None:
        self.session = session
        self.project = project
        self.cast = cast
        self.timeline = timeline
        self.proposal: Proposal | None = None

    def plan(self) -> None:
        phases = placed(self.project)
        self._at(phases[0].first_day, lambda now: self._select(phases[0], now), hour=9)
        for position, phase in enumerate(phases):
            following = phases[position + 1] if position + 1 < len(phases) else None
            if position:
                self._at(phase.first_day, lambda now, phase=phase: self._fund(phase.phase, now), hour=10)
            self._plan_end(phase.phase, phase.last_day, following is not None)
        self._plan_later()

    def _at(self, day: date, happening: object, *, hour: int) -> None:
        self.timeline.on(day, happening, hour=hour)  # type: ignore[arg-type]

    def _select(self, placed_phase: object, now: datetime) -> None:
        phase = self.project.phases[0]
        agency = self.cast.agencies[self.project.agency]
        unit = self.cast.units.get((self.project.agency, self.project.unit))
        before = STAGE_OF_PHASE[phase.phase]
        proposal = Proposal(
            number=self.cast.number(agency),
            title=self.project.title,
            title_key=fold(self.project.title),
            summary=self.project.description,
            agency_id=agency.id,
            unit_id=unit.id if unit else None,
            theme_id=self.cast.themes[self.project.theme].id,
            technology=TECHNOLOGIES[self.project.technology],
            uses_ai=self.project.technology == "ai",
            origin=Origin.DEMONSTRATION,
            source_note=self._source_note(),
            stage=Stage.IDEA,
            step=Step.REVIEW,
            created_at=now,
            changed_at=now,
            submitted_at=now,
            stage_entered_at=now,
            step_entered_at=now,
        )
        self.session.add(proposal)
        self.session.flush()
        self.proposal = proposal
        self.session.add(
            StageSpell(
                proposal_id=proposal.id,
                stage=Stage.IDEA,
                entered_at=now,
                precision=Precision.FISCAL_YEAR,
            )
        )
        first, last = fiscal_year_days(phase.fiscal_year)
        self.session.add(
            StatedDate(
                proposal_id=proposal.id,
                kind=DateKind.APPROVED,
                raw=f"FY{phase.fiscal_year % 100}",
                parsed=first,
                precision=Precision.FISCAL_YEAR,
                note=f"The source gives the fiscal year, {first:%B %-d, %Y} to {last:%B %-d, %Y}, and no day.",
            )
        )
        record(
            self.session,
            PUBLISHED_RECORD,
            now,
            EventKind.PROPOSAL_STARTED,
            proposal_id=proposal.id,
            agency_id=agency.id,
        )
        self._decide(GateKey.G1, Outcome.ADVANCE, f"Selected for phase {phase.phase}.", phase, now)
        if before is not Stage.DESIGN:
            self._jump(before, phase, now)
        self._fund(phase, now)

    def _jump(self, stage: Stage, phase: pub.Phase, now: datetime) -> None:
        """The ledger starts in a later phase: its earlier ones are not in the source."""
        reason = f"The published ledger begins with phase {phase.phase}; earlier phases are not in it."
        for gate in (GateKey.G2, GateKey.G4, GateKey.G5)[: list(STAGE_OF_PHASE.values()).index(stage)]:
            self._decide(gate, Outcome.ADVANCE, reason, phase, now)

    def _fund(self, phase: pub.Phase, now: datetime) -> None:
        proposal = self._record()
        cents = phase.ceiling_dollars * 100
        self.session.add(
            BudgetLine(
                proposal_id=proposal.id,
                category=f"Phase {phase.phase} ceiling",
                planned_on=office_day(now),
                cents=cents,
                note=f"A ceiling, not spending. {phase.funding}, page {phase.page} of the FY{phase.fiscal_year % 100} report.",
                provenance=Provenance.PUBLISHED,
            )
        )
        proposal.planned_cents += cents
        proposal.requested_cents = proposal.planned_cents
        record(
            self.session,
            PUBLISHED_RECORD,
            now,
            EventKind.BUDGET_CHANGED,
            proposal_id=proposal.id,
            agency_id=proposal.agency_id,
            amount=f"${proposal.planned_cents // 100:,}",
        )

    def _plan_end(self, phase: pub.Phase, day: date, goes_on: bool) -> None:
        gate = GATE_AFTER_PHASE.get(phase.phase)
        if gate is None:
            return

        def end(now: datetime) -> None:
            if phase.outcome is pub.Outcome.ADVANCE:
                self._decide(gate, Outcome.ADVANCE, phase.reason, phase, now)
            elif phase.outcome is pub.Outcome.GOAL_MET:
                self._decide(gate, Outcome.GOAL_MET, phase.reason, phase, now, EndReason.GOALS_MET)
            elif phase.outcome in (pub.Outcome.STOP, pub.Outcome.CANCELLED):
                why = EndReason(phase.end_reason) if phase.end_reason else EndReason.UNKNOWN
                self._decide(gate, Outcome.STOP, phase.reason, phase, now, why)
            elif phase.outcome is pub.Outcome.HOLD:
                until = fiscal_year_days(phase.fiscal_year + 1)[1]
                reason = f"{phase.reason} The source gives no day until which it was held."
                self._decide(gate, Outcome.HOLD, reason, phase, now, hold_until=until)
                self._record().hold_until = self._record().due_on = None
            elif goes_on:
                self._decide(gate, Outcome.ADVANCE, phase.reason, phase, now)

        self._at(day, end, hour=17)

    def _plan_later(self) -> None:
        """What the source tells after the ledgers; otherwise, work still open gets no invented end."""
        for order, later in enumerate(self.project.later, start=1):
            year = later.fiscal_year or LAST_REPORT + order
            day = fiscal_year_days(year)[1]

            def tell(now: datetime, later: pub.Later = later) -> None:
                self._tell(later, now)

            self._at(day, tell, hour=18 + min(order, 4))
        if not self.project.later:
            self._at(fiscal_year_days(LAST_REPORT)[1], self._close_unknown, hour=20)

    def _tell(self, later: pub.Later, now: datetime) -> None:
        proposal = self._record()
        target = {
            pub.LaterEvent.PHASE_3: Stage.SCALE,
            pub.LaterEvent.PHASE_4: Stage.IN_SERVICE,
            pub.LaterEvent.GRADUATED: Stage.IN_SERVICE,
        }[later.event]
        reason = f"{later.text} ({later.told_by})"
        ways = {Stage.DESIGN: GateKey.G2, Stage.PILOT: GateKey.G4, Stage.SCALE: GateKey.G5}
        while proposal.stage in ways and proposal.stage is not target:
            self._decide(ways[proposal.stage], Outcome.ADVANCE, reason, self.project.phases[-1], now)

    def _close_unknown(self, now: datetime) -> None:
        gates = {Stage.DESIGN: GateKey.G2, Stage.PILOT: GateKey.G4, Stage.SCALE: GateKey.G5}
        gate = gates.get(self._record().stage)
        if gate is not None:
            self._decide(gate, Outcome.STOP, NO_KNOWN_END, self.project.phases[-1], now, EndReason.UNKNOWN)

    def _decide(
        self,
        gate: GateKey,
        outcome: Outcome,
        reason: str,
        phase: pub.Phase,
        now: datetime,
        end_reason: EndReason | None = None,
        hold_until: date | None = None,
    ) -> None:
        proposal = self._record()
        if proposal.stage in (Stage.CLOSED, Stage.ON_HOLD):
            return
        lay_down(
            self.session,
            PUBLISHED_RECORD,
            proposal,
            Past(
                gate,
                outcome,
                reason,
                end_reason,
                hold_until,
                Precision.FISCAL_YEAR,
                {
                    "fiscal_year": phase.fiscal_year,
                    "phase": phase.phase,
                    "ceiling_dollars": phase.ceiling_dollars,
                    "outcome": phase.outcome.value,
                    "page": phase.page,
                },
            ),
            now,
        )
        if proposal.stage is Stage.DESIGN:
            ensure_pilot(self.session, proposal)
        if proposal.stage is Stage.IN_SERVICE:
            # Whether the benefit came about is for the source to tell; nobody here is asked for it.
            proposal.due_on = None

    def _record(self) -> Proposal:
        assert self.proposal is not None, "a project is selected before anything else happens to it"
        return self.proposal

    def _source_note(self) -> str:
        notes = [
            "A real project of GSA's 10x program, from its published reports. The dates are fiscal years; "
            "the description is ours, the figures and decisions are theirs."
        ]
        if not self.project.origin_stated:
            notes.append("The source does not say which office sent in the idea.")
        if self.project.formerly:
            notes.append(f"Formerly: {', '.join(self.project.formerly)}.")
        notes += [
            note for note in (self.project.source_note, *(p.source_note for p in self.project.phases)) if note
        ]
        return " ".join(notes)


def load_state_pilots(session: Session, facts: Demonstration, cast: Cast, timeline: Timeline) -> None:
    """Published pilots of governments elsewhere: figures with their pages, and no decision of ours."""
    for source in facts.state_pilots:
        timeline.at(
            datetime.combine(date(2025, 1, 15), time(12), UTC),
            partial(_add_state_pilot, session, source, cast),
        )


def _add_state_pilot(session: Session, source: pub.StatePilot, cast: Cast, now: datetime) -> None:
    code = {"Pennsylvania": "PA", "Colorado": "CO", "Utah": "UT", "New Jersey": "NJ"}.get(
        source.jurisdiction, "UK"
    )
    agency = add_agency(cast, code, f"{source.jurisdiction} (published pilots)", now)
    proposal = Proposal(
        number=cast.number(agency),
        title=source.title,
        title_key=fold(source.title),
        summary=source.description,
        agency_id=agency.id,
        technology="artificial_intelligence",
        sponsor=source.sponsor,
        uses_ai=True,
        origin=Origin.DEMONSTRATION,
        source_note=f"A published pilot of {source.jurisdiction}. {source.caveat} What was decided afterwards is not in the source.",
        stage=Stage.IDEA,
        step=Step.REVIEW,
        created_at=now,
        changed_at=now,
        stage_entered_at=now,
        step_entered_at=now,
        planned_cents=(source.cost_dollars or 0) * 100,
        requested_cents=source.cost_dollars * 100 if source.cost_dollars else None,
    )
    session.add(proposal)
    session.flush()
    session.add(
        StageSpell(proposal_id=proposal.id, stage=Stage.IDEA, entered_at=now, precision=Precision.NONE)
    )
    record(
        session,
        PUBLISHED_RECORD,
        now,
        EventKind.PROPOSAL_STARTED,
        proposal_id=proposal.id,
        agency_id=agency.id,
    )
    if source.cost_dollars:
        session.add(
            BudgetLine(
                proposal_id=proposal.id,
                category="Published cost",
                cents=source.cost_dollars * 100,
                note=source.figures[0].verification,
                provenance=Provenance.PUBLISHED,
            )
        )
    for gate in (GateKey.G1, GateKey.G2):
        lay_down(
            session,
            PUBLISHED_RECORD,
            proposal,
            Past(
                gate,
                Outcome.ADVANCE,
                "The pilot took place; how it was chosen is not published.",
                precision=Precision.NONE,
            ),
            now,
        )
    pilot = ensure_pilot(session, proposal)
    _add_figures(session, pilot, source, now)
    _end(session, proposal, source, now)
    if source.started:
        found = read_date(source.started.removesuffix(" summer"), "started")
        session.add(
            StatedDate(
                proposal_id=proposal.id,
                kind=DateKind.STARTED,
                raw=source.started,
                parsed=found.parsed,
                precision=Precision(found.precision.value),
                note=_length(source.length),
            )
        )


def _length(length: str | None) -> str:
    """How long it ran, as the source says it; a day is written out."""
    if length is None:
        return "The source does not say how long it ran."
    try:
        last = date.fromisoformat(length)
    except ValueError:
        return f"Length in the source's own words: {length}."
    return f"The source says that it ran until {last:%B} {last.day}, {last.year}."


def _end(session: Session, proposal: Proposal, source: pub.StatePilot, now: datetime) -> None:
    """What became of it: the published pages tell figures, not what was decided, so nothing is decided here."""
    in_service = source.length == "in service"
    move(
        session,
        proposal,
        stage=Stage.IN_SERVICE if in_service else Stage.CLOSED,
        step=Step.IN_SERVICE if in_service else Step.CLOSED,
        leaving_as=Outcome.ADVANCE if in_service else Outcome.ENDED,
        now=now,
        end_reason=None if in_service else EndReason.UNKNOWN,
        precision=Precision.NONE,
    )
    # Whether the benefit came about is for the source to tell; nobody here is asked for it.
    proposal.due_on = None


def _add_figures(session: Session, pilot: Pilot, source: pub.StatePilot, now: datetime) -> None:
    words = {pub.Qualifier.EXACT: "", pub.Qualifier.ABOUT: "about", pub.Qualifier.OVER: "more than"}
    for position, figure in enumerate(source.figures):
        metric = Metric(
            pilot_id=pilot.id,
            name=figure.metric[:1].upper() + figure.metric[1:],
            unit=figure.unit,
            direction=Direction.DOWN if figure.direction is pub.Better.LOWER else Direction.UP,
            kind=CriterionKind.CONTEXT,
            cadence=Cadence.ONCE,
            owner_name=source.sponsor,
            source=f"Published by {source.sponsor}. {figure.verification}",
            source_url=figure.source_url,
            provenance=Provenance.PUBLISHED,
            position=position,
        )
        session.add(metric)
        session.flush()
        session.add(
            Reading(
                metric_id=metric.id,
                taken_on=office_day(now),
                value=figure.value,
                note=f"{words[figure.qualifier]} (the day is when it was read, not when it was measured)".strip(),
                recorded_at=now,
            )
        )
