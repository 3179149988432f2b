"""Invented lives of ideas that were scaled years ago, with what they promised and what came of it.

One pilot says little of how forecasts fare; the program's page needs several. The titles are real ideas of the
program, everything else is invented and says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.demonstration.cast import TECHNOLOGIES, Cast
from incubator.demonstration.decisions import Past, ensure_pilot, lay_down
from incubator.demonstration.facts import Demonstration
from incubator.demonstration.timeline import Timeline
from incubator.domain.benefits import BenefitKind, Certainty
from incubator.domain.clock import office_day
from incubator.domain.events import EventKind
from incubator.domain.folding import fold
from incubator.domain.gates import GateKey
from incubator.domain.roles import Actor
from incubator.domain.stages import Origin, Outcome, Stage, Step
from incubator.flows.benefits import Measured, Promise, measure_benefit, promise_benefit
from incubator.flows.money import Payment, record_expense
from incubator.flows.record import record
from incubator.models.benefits import PromisedBenefit
from incubator.models.proposals import Proposal, StageSpell
from incubator.models.scaling import ScaleReadiness

SOURCE_NOTE = (
    "Illustration. The idea was selected by GSA's 10x program and its title is real; its pilot, its costs, what "
    "it promised and what came of it are invented to show the benefits register."
)
FIRST_NUMBER = 901
"""Numbers of their own, so that those of the other records, which guides and pictures name, stay."""
DAYS = {6: 184, 12: 367, 24: 732}
OWNER = "Head of the service"
LESSON = "The service is in daily use. For the first weeks many kept the old way; a named contact in each office helped."
COUNTED = "Counted in the office's own system, the same months a year before as the baseline."


@dataclass(frozen=True, slots=True)
class Forecast:
    """`low`, `likely`, `high` a year in whole dollars or hours; `found` is what came of it by months: an amount
    with its range and certainty, or the reason why nobody knows."""

    name: str
    budget_line: str
    low: int
    likely: int
    high: int
    years: int
    found: dict[int, tuple[int, int, int, Certainty] | str]


@dataclass(frozen=True, slots=True)
class Scaled:
    """An idea, the day it was scaled (counted from the load day), what its pilot cost and what a year costs."""

    idea: str
    scaled_day: int
    spent: int
    recurring: int | None
    forecasts: tuple[Forecast, ...]


CONFIRMED, ESTIMATED = Certainty.CONFIRMED, Certainty.ESTIMATED

SCALED = (
    Scaled("ensuring-equitable-disaster-management", -760, 95_000, 14_000, (
        Forecast("Vouchers paid twice", "Shelter vouchers", 20_000, 30_000, 45_000, 5, {
            6: (12_000, 8_000, 16_000, ESTIMATED), 12: (16_000, 14_000, 18_000, CONFIRMED),
            24: (18_500, 17_000, 20_000, CONFIRMED),
        }),
        Forecast("Overtime after disasters", "Overtime, field offices", 40_000, 60_000, 85_000, 5, {
            6: (31_000, 24_000, 38_000, ESTIMATED), 12: (38_000, 33_000, 43_000, CONFIRMED),
            24: (44_000, 40_000, 48_000, CONFIRMED),
        }),
        Forecast("Time of caseworkers", "", 1_200, 2_000, 3_000, 5, {
            6: (900, 600, 1_300, ESTIMATED), 12: (1_300, 1_100, 1_500, CONFIRMED),
            24: (1_450, 1_300, 1_600, CONFIRMED),
        }),
    )),
    Scaled("reimagining-public-access-to-geospatial-imagery", -800, 120_000, 30_000, (
        Forecast("Licenses no longer bought", "Software licenses", 70_000, 90_000, 100_000, 4, {
            6: (92_000, 92_000, 92_000, CONFIRMED), 12: (95_000, 95_000, 95_000, CONFIRMED),
            24: (95_000, 95_000, 95_000, CONFIRMED),
        }),
    )),
    Scaled("connecting-the-vocational-rehabilitation-data-landscape", -420, 60_000, None, (
        Forecast("Data bought from vendors", "Data licenses", 25_000, 32_000, 40_000, 3, {
            6: (30_000, 28_000, 32_000, CONFIRMED), 12: (33_000, 32_000, 34_000, CONFIRMED),
        }),
        Forecast("Time of analysts", "", 500, 900, 1_400, 3, {
            6: (350, 250, 480, ESTIMATED), 12: "The team was reorganized and nobody kept the time sheets.",
        }),
    )),
    Scaled("expanding-and-serving-the-user-base-for-complex-economic-data", -790, 80_000, 9_000, (
        Forecast("Printing and postage", "Printing", 20_000, 25_000, 30_000, 5, {
            6: (19_500, 18_000, 21_000, CONFIRMED), 12: (21_000, 20_000, 22_000, CONFIRMED),
            24: (22_500, 22_000, 23_000, CONFIRMED),
        }),
        Forecast("Time of the help desk", "", 800, 1_500, 2_500, 5, {
            6: (700, 500, 900, ESTIMATED), 12: (820, 700, 950, ESTIMATED), 24: (760, 690, 830, CONFIRMED),
        }),
    )),
    Scaled("a-knowledge-graph-of-the-code-of-federal-regulations", -410, 150_000, 45_000, (
        Forecast("Time of attorneys", "", 900, 1_800, 2_600, 5, {
            6: (500, 200, 900, ESTIMATED), 12: (760, 640, 880, CONFIRMED),
        }),
        Forecast("Outside research contracts", "Contracts, legal research", 60_000, 120_000, 180_000, 5, {
            6: (20_000, 5_000, 40_000, ESTIMATED), 12: (48_000, 40_000, 56_000, CONFIRMED),
        }),
    )),
    Scaled("reimagining-tribal-consultation", -400, 45_000, 6_000, (
        Forecast("Travel of the office", "Travel", 15_000, 18_000, 22_000, 5, {
            6: (17_000, 15_000, 19_000, CONFIRMED), 12: "The travel budget was cut in the same year for other reasons.",
        }),
        Forecast("Time of preparing consultations", "", 300, 450, 600, 5, {
            6: (380, 300, 460, ESTIMATED), 12: (430, 390, 470, CONFIRMED),
        }),
    )),
    Scaled("coming-to-the-united-states", -395, 110_000, 20_000, (
        Forecast("Calls answered by the contractor", "Call center contract", 90_000, 140_000, 200_000, 4, {
            6: (62_000, 50_000, 74_000, ESTIMATED), 12: (71_000, 66_000, 76_000, CONFIRMED),
        }),
        Forecast("Time of officers at the counter", "", 2_000, 3_200, 4_500, 4, {
            6: (1_500, 1_000, 2_100, ESTIMATED), 12: (1_900, 1_700, 2_100, CONFIRMED),
        }),
    )),
    Scaled("creative-incentives-and-tools-for-increased-public-participation-in-user-research", -405, 30_000, 2_000, (
        Forecast("Recruiting of participants", "Contracts, research", 8_000, 12_000, 16_000, 5, {
            6: (12_500, 12_000, 13_000, CONFIRMED), 12: (13_400, 13_000, 13_800, CONFIRMED),
        }),
    )),
    Scaled("de-biasing-public-infrastructure-investments", -390, 70_000, 10_000, (
        Forecast("Outside appraisals", "Contracts, appraisals", 30_000, 50_000, 75_000, 5, {
            6: (24_000, 16_000, 32_000, ESTIMATED), 12: (31_000, 28_000, 34_000, ESTIMATED),
        }),
        Forecast("Time of reviewers", "", 400, 700, 1_000, 5, {
            6: (420, 300, 540, ESTIMATED), 12: (510, 450, 570, CONFIRMED),
        }),
    )),
)  # fmt: skip


def load_scaled(session: Session, facts: Demonstration, cast: Cast, timeline: Timeline) -> None:
    lead = cast.actors[facts.illustration.pilots[0].lead]
    for position, source in enumerate(SCALED):
        life = _Life(session, source, facts, cast, lead, FIRST_NUMBER + position)
        begun = source.scaled_day - 500
        timeline.after_days(begun, life.start, hour=14)
        for days, gate, reason in (
            (40, GateKey.G1, "A clear problem and a small first step."),
            (90, GateKey.G2, "The plan says how it will be known whether it works."),
        ):
            timeline.after_days(begun + days, partial(life.decide, gate, reason))
        timeline.after_days(begun + 300, life.pay)
        timeline.after_days(source.scaled_day - 20, life.promise)
        timeline.after_days(
            source.scaled_day, partial(life.decide, GateKey.G4, "It works where it was tried."), hour=17
        )
        for months, days in DAYS.items():
            if source.scaled_day + days < 0:
                timeline.after_days(source.scaled_day + days, partial(life.measure, months))
        timeline.after_days(
            source.scaled_day + DAYS[6] + 7, partial(life.decide, GateKey.G5, "In daily use."), hour=17
        )


class _Life:
    def __init__(
        self, session: Session, source: Scaled, facts: Demonstration, cast: Cast, lead: Actor, number: int
    ) -> None:
        self.session = session
        self.source = source
        self.idea = facts.idea(source.idea)
        self.cast = cast
        self.lead = lead
        self.agency = cast.agencies[self.idea.agency]
        self.number = f"{self.agency.code}-{number:04}"
        self.proposal: Proposal | None = None

    def start(self, now: datetime) -> None:
        self.proposal = proposal = Proposal(
            number=self.number,
            title=self.idea.title,
            title_key=fold(self.idea.title),
            summary=self.idea.description,
            agency_id=self.agency.id,
            theme_id=self.cast.themes[self.idea.theme].id,
            technology=TECHNOLOGIES[self.idea.technology],
            uses_ai=self.idea.technology == "ai",
            origin=Origin.ENTERED,
            source_note=SOURCE_NOTE,
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
        self.session.add(StageSpell(proposal_id=proposal.id, stage=Stage.IDEA, entered_at=now))
        pilot = ensure_pilot(self.session, proposal)
        pilot.lead_id = self.lead.person_id
        record(
            self.session,
            self.cast.actors["coordinator"],
            now,
            EventKind.PROPOSAL_STARTED,
            proposal_id=proposal.id,
            agency_id=self.agency.id,
        )

    def decide(self, gate: GateKey, reason: str, now: datetime) -> None:
        proposal = self._record()
        decider = self.cast.actors["gatekeeper"]
        lay_down(self.session, decider, proposal, Past(gate, Outcome.ADVANCE, reason), now)
        if gate is GateKey.G2:
            ensure_pilot(self.session, proposal).launched_at = now
        self.session.flush()

    def pay(self, now: datetime) -> None:
        payment = Payment("Contractors", office_day(now), self.source.spent * 100, "The pilot, in all")
        record_expense(self.session, self.lead, self._record().id, payment, now=now)
        if self.source.recurring is not None:
            self.session.add(
                ScaleReadiness(proposal_id=self._record().id, recurring_cents=self.source.recurring * 100)
            )

    def promise(self, now: datetime) -> None:
        ensure_pilot(self.session, self._record()).lesson = LESSON
        for source in self.source.forecasts:
            promise = Promise(
                name=source.name,
                kind=BenefitKind.CASH if source.budget_line else BenefitKind.HOURS,
                unit="",
                owner_name=OWNER,
                baseline=None,
                baseline_note="The twelve months before the pilot",
                low=source.low * 100,
                likely=source.likely * 100,
                high=source.high * 100,
                years=source.years,
                starts_on=None,
                budget_line=source.budget_line,
            )
            promise_benefit(self.session, self.lead, self._record().id, promise, now=now)

    def measure(self, months: int, now: datetime) -> None:
        for source in self.source.forecasts:
            found = source.found.get(months)
            if found is None:
                continue
            promise_id = self.session.scalars(
                sa.select(PromisedBenefit.id).where(
                    PromisedBenefit.proposal_id == self._record().id, PromisedBenefit.name == source.name
                )
            ).one()
            if isinstance(found, str):
                measured = Measured(months, Certainty.UNKNOWN, None, None, None, "", found)
            else:
                amount, low, high, certainty = found
                measured = Measured(months, certainty, amount * 100, low * 100, high * 100, COUNTED, "")
            measure_benefit(self.session, self.lead, self._record().id, promise_id, measured, seen=0, now=now)

    def _record(self) -> Proposal:
        assert self.proposal is not None, "a record is started before anything else happens to it"
        return self.proposal
