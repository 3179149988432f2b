"""Evaluation plans of the illustrated pilots: question, design, lock by two people, an amendment, and one that waits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.demonstration import illustrated as ill
from incubator.demonstration.cast import Cast
from incubator.demonstration.facts import month_days
from incubator.demonstration.timeline import Timeline
from incubator.domain.clock import office_day
from incubator.domain.evaluation import Design, Measure
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from incubator.domain.stages import Provenance
from incubator.flows import evaluation_plan, metrics, pilots, readings
from incubator.flows.amendments import Amending
from incubator.models.pilots import Metric, Pilot
from incubator.models.proposals import Proposal
from incubator.queries.evaluation_plan import lock_of, plan_content, plan_digest

PROPOSED_BEFORE_START, CONFIRMED_BEFORE_START = 20, 18


@dataclass(frozen=True, slots=True)
class Sketch:
    """What the pilot's own file does not say of its plan."""

    question: str
    design: Design
    accepted: str = "It is cheap, can be switched off in a day, and a rough answer is better than none."


@dataclass(frozen=True, slots=True)
class Change:
    """A criterion amended on a day: what is left out from then on."""

    metric: str
    day: int
    exclusions: str
    reason: str
    data_seen: bool


SKETCHES: dict[str, Sketch] = {
    "bringing-mutual-aid-to-underserved-communities-for-post-disaster-rebuilding": Sketch(
        "Do permits after a storm take fewer working days when towns lend each other inspectors?",
        Design.SERIES,
    ),
    "secure-digital-storage-for-eligibility-documents": Sketch(
        "Are people asked less often for the same paper, without shutting out those who have only a phone?",
        Design.BEFORE_AFTER,
    ),
    "data-driven-service-to-tribal-nations": Sketch(
        "Do modeled figures for small areas come closer to what the nations count themselves?",
        Design.BEFORE_AFTER,
        "Nobody has figures from before; the first months will show how much they vary.",
    ),
    "increasing-public-participation-in-statistical-surveys": Sketch(
        "Do more farms answer when they are reminded, at no higher cost of an answer?", Design.SERIES
    ),
    "improving-access-to-translated-content-on-government-sites": Sketch(
        "Where must the language switch stand so that more visitors find their language?",
        Design.BEFORE_AFTER,
    ),
    "privacy-protected-engagement-with-online-government-services": Sketch(
        "Do advertising trackers leave the public sites, and stay away?", Design.BEFORE_AFTER
    ),
}

CHANGES: dict[str, Change] = {
    "increasing-public-participation-in-statistical-surveys": Change(
        "response",
        -280,
        "Farms that closed before the survey began",
        "Closed farms were counted as silent. They are left out of both periods alike.",
        True,
    )
}

NO_SHARES = frozenset({"errors-found", "difference"})
"""Given in percent, but no share of counted cases."""


def measure_of(source: ill.Metric) -> Measure:
    return Measure.SHARE if source.unit == "percent" and source.key not in NO_SHARES else Measure.VALUE


def complete(metric: Metric, source: ill.Metric, pilot: Pilot, load_day: date) -> None:
    """The criterion's further fields, from the readings the illustration has before the start."""
    metric.measure = measure_of(source)
    if metric.measure is Measure.SHARE:
        metric.unit = "%"
    metric.smallest_change = source.smallest_worthwhile
    if metric.smallest_change is None and metric.target is not None and metric.baseline is not None:
        metric.smallest_change = abs(metric.target - metric.baseline) / 2
    metric.denominator = source.denominator or ""
    start = pilot.starts_on or load_day
    days = [month_days(load_day, source.first_month + place) for place in range(len(source.values))]
    before = [place for place, (_first, last) in enumerate(days) if last < start]
    if before:
        metric.baseline_from, metric.baseline_to = days[before[0]][0], days[before[-1]][1]
    if source.counts:
        counts = source.counts
        metric.baseline_cases = float(sum(counts[place] for place in before)) or None
        metric.expected_cases = float(round(sum(counts) / len(counts)))


class Locking:
    """The lock of one pilot's plan, and what was amended afterwards."""

    def __init__(
        self, session: Session, source: ill.Pilot, cast: Cast, proposal: Callable[[], Proposal]
    ) -> None:
        self.session, self.source, self.cast, self.proposal = session, source, cast, proposal
        self.sketch = SKETCHES[source.idea]

    def schedule(self, timeline: Timeline) -> None:
        start = self.source.start_day
        timeline.after_days(start - PROPOSED_BEFORE_START, self.propose, hour=16)
        timeline.after_days(start - CONFIRMED_BEFORE_START, self.confirm, hour=16)
        change = CHANGES.get(self.source.idea)
        if change is not None:
            timeline.after_days(change.day, partial(self.amend, change), hour=16)

    def propose(self, now: datetime) -> None:
        _propose(self.session, self.cast, self.source.lead, self.proposal().id, now)

    def confirm(self, now: datetime) -> None:
        proposal_id = self.proposal().id
        waiting = lock_of(self.session, proposal_id).waiting
        assert waiting is not None, "proposed two days before"
        evaluation_plan.confirm_lock(
            self.session,
            self.cast.actors["evaluator"],
            proposal_id,
            waiting.id,
            seen_sha256=waiting.sha256,
            reason=self.sketch.accepted,
            now=now,
        )

    def amend(self, change: Change, now: datetime) -> None:
        source = next(each for each in self.source.metrics if each.key == change.metric)
        metric = self.session.scalars(
            sa.select(Metric)
            .join(Pilot, Pilot.id == Metric.pilot_id)
            .where(Pilot.proposal_id == self.proposal().id, Metric.name == source.title)
        ).one()
        values = {name: getattr(metric, name) for name in metrics.Definition.__dataclass_fields__}
        metrics.change_metric(
            self.session,
            self.cast.actors[self.source.lead],
            self.proposal().id,
            metric.id,
            metrics.Definition(**values | {"exclusions": change.exclusions}),
            seen_version=metric.version,
            now=now,
            amending=Amending(change.reason, data_seen=change.data_seen),
        )


def _propose(session: Session, cast: Cast, lead: str, proposal_id: int, now: datetime) -> None:
    evaluation_plan.propose_lock(
        session,
        cast.actors[lead],
        proposal_id,
        seen_sha256=plan_digest(plan_content(session, proposal_id)),
        now=now,
    )


WAITING_IDEA = "equitable-form-design"
WAITING_CRITERIA = 2
WAITING_PLANNED, WAITING_PROPOSED = -30, -6
CORRECTED = (12.4, 13.1, 11.8, 12.9, 12.2, 12.6, 11.6, 12.7, 13.3, 12.0, 12.5, 12.3)
FORMS_A_MONTH = (1_840.0, 1_910.0, 1_760.0, 1_805.0, 1_950.0, 1_880.0) * 2


class WaitingPlan:
    """A plan in the design stage that was proposed for its lock and waits for the second name."""

    def __init__(
        self, session: Session, cast: Cast, timeline: Timeline, proposal: Callable[[], Proposal]
    ) -> None:
        self.session, self.cast, self.timeline, self.proposal = session, cast, timeline, proposal
        timeline.after_days(WAITING_PLANNED, self.plan, hour=16)
        timeline.after_days(WAITING_PROPOSED, self.propose, hour=16)

    def plan(self, now: datetime) -> None:
        session, proposal_id = self.session, self.proposal().id
        lead = self.cast.actors["pilot-lead"]
        version = session.scalar(sa.select(Pilot.version).where(Pilot.proposal_id == proposal_id)) or 0
        pilots.save_plan(
            session,
            self.cast.actors["coordinator"],
            proposal_id,
            pilots.Plan(
                starts_on=self.timeline.day(30),
                ends_on=self.timeline.day(273),
                lead_id=lead.person_id,
                product_owner_id=None,
                objectives="Learn which template for names and background leads to the fewest corrections.",
                methodology="Two live forms, twelve months before and eight months with the templates in turn.",
                scalability="Both form owners keep the template, and its guide fits on two pages.",
                analysis="Share of forms corrected by hand, before against after; one verdict at the end.",
                communication="A note to both form owners each month; the guide is published at the end.",
                exit_plan="The former fields return with one release.",
                question="Are fewer forms corrected by hand when the fields fit people's names?",
                design=Design.BEFORE_AFTER,
            ),
            seen_version=version,
            now=now,
        )
        self._define(
            lead.name,
            "Forms corrected by hand",
            CriterionKind.GOAL,
            Direction.DOWN,
            (12.45, 7.0, 2.0),
            CORRECTED,
            now,
        )
        self._define(
            lead.name,
            "Forms completed",
            CriterionKind.GUARDRAIL,
            Direction.UP,
            (81.5, 79.0, 2.5),
            tuple(94 - value for value in CORRECTED),
            now,
        )

    def _define(
        self,
        owner: str,
        name: str,
        kind: CriterionKind,
        direction: Direction,
        levels: tuple[float, float, float],
        values: tuple[float, ...],
        now: datetime,
    ) -> None:
        session, proposal_id, lead = self.session, self.proposal().id, self.cast.actors["pilot-lead"]
        days = [month_days(office_day(now), place - len(values)) for place in range(len(values))]
        baseline, target, smallest = levels
        metric = metrics.define_metric(
            session,
            lead,
            proposal_id,
            metrics.Definition(
                name=name,
                unit="%",
                direction=direction,
                kind=kind,
                baseline=baseline,
                baseline_note="Mean of the twelve months before.",
                target=target,
                cadence=Cadence.MONTHLY,
                owner_name=owner,
                source="Logs of the two forms",
                source_url="",
                measure=Measure.SHARE,
                baseline_from=days[0][0],
                baseline_to=days[-1][1],
                baseline_cases=sum(FORMS_A_MONTH),
                smallest_change=smallest,
                denominator="Every form begun in the month",
                exclusions="Forms begun by testers",
                expected_cases=1_850.0,
            ),
            now=now,
        )
        metric.provenance = Provenance.ILLUSTRATION
        session.flush()
        readings.record_readings(
            session,
            lead,
            proposal_id,
            metric.id,
            [
                readings.NewReading(first, value, cases)
                for (first, _last), value, cases in zip(days, values, FORMS_A_MONTH, strict=True)
            ],
            now=now,
        )

    def propose(self, now: datetime) -> None:
        _propose(self.session, self.cast, "pilot-lead", self.proposal().id, now)
