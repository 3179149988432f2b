"""The criteria of a pilot with everything that is known of them: readings, analyses kept, verdicts given, alerts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.completeness import Completeness, Received, completeness
from incubator.analytics.criterion import METHOD_VERSION, Answer, Observation, Question
from incubator.analytics.plain_record import from_plain
from incubator.domain.canonical import digest
from incubator.domain.clock import office_day
from incubator.domain.evaluation import (
    AlertKind,
    Arm,
    Design,
    Judged,
    Measure,
    Promise,
    Verdict,
    judge,
    promised_change,
)
from incubator.domain.pilots import Cadence, CriterionKind, Direction
from incubator.domain.stages import Provenance
from incubator.models.accounts import Person
from incubator.models.evaluation import CriterionVerdict, GuardrailAlert, MetricAnalysis
from incubator.models.pilots import EmptyPeriod, Metric, Pilot, Reading
from incubator.models.proposals import Proposal
from incubator.queries.metrics import KIND_ORDER


@dataclass(frozen=True, slots=True)
class Kept:
    """An analysis as it is kept, with the digest of what it was made from."""

    inputs_sha256: str
    content: dict[str, Any]


@dataclass(frozen=True, slots=True)
class GivenVerdict:
    """A verdict as it was recorded. `answer` is the analysis behind it."""

    judged: Judged
    post_hoc: bool
    promised: float | None
    completeness: float
    horizon_on: date | None
    answer: Answer
    inputs_sha256: str
    plan_sha256: str
    at: datetime
    by: str | None


@dataclass(frozen=True)
class Criterion:
    """A metric in use as the evaluation sees it. `launched_on` is empty before the launch; design and horizon
    are its own or else the plan's, the design before and after where neither says."""

    id: int
    proposal_id: int
    name: str
    unit: str
    direction: Direction
    kind: CriterionKind
    measure: Measure
    per: float
    design: Design
    baseline: float | None
    target: float | None
    promise: Promise
    smallest_change: float | None
    horizon_on: date | None
    cadence: Cadence
    rule: str
    denominator: str
    exclusions: str
    provenance: Provenance
    post_hoc: bool
    launched_on: date | None
    observations: tuple[Observation, ...] = ()
    taken: tuple[Received, ...] = ()
    unverified: int = 0
    kept: Kept | None = None
    given: GivenVerdict | None = None

    @property
    def question(self) -> Question | None:
        """What is asked of the readings; None before the launch and for context, which is asked nothing."""
        if self.launched_on is None or self.kind is CriterionKind.CONTEXT:
            return None
        return Question(
            direction=self.direction.value,
            design=self.design,
            measure=self.measure,
            launched_on=self.launched_on,
            baseline=self.baseline,
            target=self.target,
            per=self.per,
            unit=self.unit,
        )

    @property
    def promised(self) -> float | None:
        """The change that was planned or, for a guardrail, would still be accepted, in the unit."""
        return self.promised_in(None)

    def promised_in(self, answer: Answer | None) -> float | None:
        """The change the rule asks for, given what this analysis says of the level without the pilot."""
        reference = answer.reference if answer is not None else None
        return promised_change(self.promise, self.baseline, self.target, reference)

    @property
    def asked(self) -> tuple[Observation, ...]:
        """The readings the analysis may see: those up to the horizon, whatever came later."""
        if self.horizon_on is None:
            return self.observations
        return tuple(one for one in self.observations if one.day <= self.horizon_on)

    @cached_property
    def inputs_sha256(self) -> str:
        """The digest of all that the analysis depends on."""
        return digest(
            {
                "method": METHOD_VERSION,
                "question": _asked(self.question),
                "readings": [
                    (one.day.isoformat(), one.value, one.numerator, one.denominator, one.arm, one.unit)
                    for one in self.asked
                ],
            }
        )

    @property
    def known_answer(self) -> Answer | None:
        """The kept analysis, when it was made from what stands now."""
        if self.kept is None or self.kept.inputs_sha256 != self.inputs_sha256:
            return None
        answer: Answer = from_plain(Answer, self.kept.content)
        return answer

    def at_horizon(self, today: date) -> bool:
        return self.horizon_on is not None and today >= self.horizon_on

    def quality(self, today: date) -> Completeness | None:
        """The readings against their cadence; None before the launch and for what is read once."""
        if self.launched_on is None:
            return None
        return completeness(
            self.taken,
            cadence=self.cadence,
            launched_on=self.launched_on,
            horizon=self.horizon_on,
            today=today,
        )

    def completeness(self, today: date) -> float:
        """The part of the planned readings that are in, 0 to 1."""
        quality = self.quality(today)
        return quality.share if quality is not None else 0.0

    def judged(self, answer: Answer | None, *, today: date) -> Judged:
        """What the rule says today, from this analysis."""
        change = answer.change if answer is not None else None
        promised = self.promised_in(answer)
        if promised is None:
            verdict = Verdict.INCONCLUSIVE if self.at_horizon(today) else Verdict.NOT_YET
            return Judged(verdict)
        return judge(
            self.direction,
            promised=promised,
            low=change.low if change else None,
            high=change.high if change else None,
            today=today,
            horizon=self.horizon_on,
            completeness=self.completeness(today),
        )


_COLUMNS = (
    Metric.id,
    Metric.name,
    Metric.unit,
    Metric.direction,
    Metric.kind,
    Metric.measure,
    Metric.per,
    Metric.baseline,
    Metric.target,
    Metric.promise,
    Metric.smallest_change,
    Metric.cadence,
    Metric.rule,
    Metric.denominator,
    Metric.exclusions,
    Metric.provenance,
)


def criteria_of(session: Session, proposal_id: int) -> list[Criterion]:
    """The criteria in use of one record, goals first; four statements."""
    return criteria_of_all(session, [proposal_id]).get(proposal_id, [])


def criteria_of_all(session: Session, proposal_ids: Collection[int]) -> dict[int, list[Criterion]]:
    """The same for several records, in as many statements."""
    rows = session.execute(
        sa.select(
            *_COLUMNS,
            Pilot.proposal_id,
            sa.func.coalesce(Metric.design, Pilot.design).label("design"),
            sa.func.coalesce(Metric.horizon_on, Pilot.ends_on).label("horizon_on"),
            Metric.post_hoc_at,
            Pilot.launched_at,
            Pilot.starts_on,
        )
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(Pilot.proposal_id.in_(sorted(proposal_ids)), Metric.archived_at.is_(None))
        .order_by(
            sa.case({kind.value: place for place, kind in enumerate(KIND_ORDER)}, value=Metric.kind),
            Metric.position,
            Metric.id,
        )
    ).all()
    ids = [row.id for row in rows]
    readings, kept, given = _readings(session, ids), _kept(session, ids), _given(session, ids)
    found: dict[int, list[Criterion]] = defaultdict(list)
    for row in rows:
        observations, taken, unverified = readings.get(row.id, ((), (), 0))
        found[row.proposal_id].append(
            Criterion(
                **{column.key: getattr(row, column.key) for column in _COLUMNS},
                proposal_id=row.proposal_id,
                design=row.design or Design.BEFORE_AFTER,
                horizon_on=row.horizon_on,
                post_hoc=row.post_hoc_at is not None,
                launched_on=_launch_day(row.launched_at, row.starts_on),
                observations=observations,
                taken=taken,
                unverified=unverified,
                kept=kept.get(row.id),
                given=given.get(row.id),
            )
        )
    return dict(found)


def launched_with_criteria(session: Session, *, behind: bool = False) -> list[int]:
    """The records whose pilot was launched and has criteria, by id; with `behind` those that changed since an
    analysis of theirs was made."""
    statement = (
        sa.select(Pilot.proposal_id)
        .join(Metric, Metric.pilot_id == Pilot.id)
        .where(
            Pilot.launched_at.is_not(None),
            Metric.archived_at.is_(None),
            Metric.kind != CriterionKind.CONTEXT,
        )
        .distinct()
        .order_by(Pilot.proposal_id)
    )
    if behind:
        statement = (
            statement.join(Proposal, Proposal.id == Pilot.proposal_id)
            .outerjoin(MetricAnalysis, MetricAnalysis.metric_id == Metric.id)
            .where(
                sa.or_(MetricAnalysis.metric_id.is_(None), MetricAnalysis.computed_at <= Proposal.changed_at)
            )
        )
    return list(session.scalars(statement))


@dataclass(frozen=True, slots=True)
class AlertRow:
    """A guardrail's alert with the reading that raised it."""

    id: int
    metric_id: int
    metric: str
    unit: str
    kind: AlertKind
    taken_on: date
    value: float
    limit: float | None
    raised_at: datetime
    answered_at: datetime | None
    answered_by: str | None
    answer: str


def alerts_of(session: Session, proposal_id: int) -> list[AlertRow]:
    """The record's alerts, the unanswered first, then the newest."""
    rows = session.execute(
        sa.select(
            GuardrailAlert.id,
            GuardrailAlert.metric_id,
            Metric.name.label("metric"),
            Metric.unit,
            GuardrailAlert.kind,
            Reading.taken_on,
            Reading.value,
            Metric.target.label("limit"),
            GuardrailAlert.raised_at,
            GuardrailAlert.answered_at,
            Person.name.label("answered_by"),
            GuardrailAlert.answer,
        )
        .join(Metric, Metric.id == GuardrailAlert.metric_id)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .join(Reading, Reading.id == GuardrailAlert.reading_id)
        .outerjoin(Person, Person.id == GuardrailAlert.answered_by_id)
        .where(Pilot.proposal_id == proposal_id)
        .order_by(
            GuardrailAlert.answered_at.is_not(None), GuardrailAlert.raised_at.desc(), GuardrailAlert.id.desc()
        )
    )
    return [AlertRow(**row._mapping) for row in rows]


def _launch_day(launched_at: datetime | None, starts_on: date | None) -> date | None:
    """The first day that counts as after: the planned start once launched, else the day of the launch."""
    if launched_at is None:
        return None
    return starts_on or office_day(launched_at)


def _readings(
    session: Session, metric_ids: Collection[int]
) -> Mapping[int, tuple[tuple[Observation, ...], tuple[Received, ...], int]]:
    if not metric_ids:
        return {}
    measured = sa.select(
        Reading.metric_id,
        Reading.taken_on,
        Reading.arm,
        Reading.unit,
        Reading.id,
        Reading.value,
        Reading.numerator,
        Reading.denominator,
        Reading.recorded_at,
        Reading.replaces_id,
        Reading.verified_at.is_(None).label("unverified"),
    ).where(Reading.metric_id.in_(metric_ids), Reading.replaced_at.is_(None))
    # A period without a case has no value, and it counts as reported.
    empty = sa.select(
        EmptyPeriod.metric_id,
        EmptyPeriod.taken_on,
        EmptyPeriod.arm,
        EmptyPeriod.unit,
        EmptyPeriod.id,
        *(sa.null(), sa.null(), sa.null()),
        EmptyPeriod.recorded_at,
        sa.null(),
        sa.false(),
    ).where(EmptyPeriod.metric_id.in_(metric_ids))
    rows: sa.Result[Any] = session.execute(
        sa.union_all(measured, empty).order_by("metric_id", "taken_on", "arm", "unit", "id")
    )
    observations: dict[int, list[Observation]] = defaultdict(list)
    taken: dict[int, list[Received]] = defaultdict(list)
    unverified: dict[int, int] = defaultdict(int)
    for row in rows:
        if row.value is not None:
            observations[row.metric_id].append(
                Observation(row.taken_on, row.value, row.numerator, row.denominator, row.arm, row.unit)
            )
        unverified[row.metric_id] += row.unverified
        if row.arm is Arm.PILOT:
            taken[row.metric_id].append(
                Received(row.taken_on, office_day(row.recorded_at), row.replaces_id is not None)
            )
    return {key: (tuple(observations[key]), tuple(taken[key]), unverified[key]) for key in unverified}


def _kept(session: Session, metric_ids: Collection[int]) -> dict[int, Kept]:
    if not metric_ids:
        return {}
    rows = session.execute(
        sa.select(MetricAnalysis.metric_id, MetricAnalysis.inputs_sha256, MetricAnalysis.content).where(
            MetricAnalysis.metric_id.in_(metric_ids)
        )
    )
    return {row.metric_id: Kept(row.inputs_sha256, row.content) for row in rows}


def _given(session: Session, metric_ids: Collection[int]) -> dict[int, GivenVerdict]:
    if not metric_ids:
        return {}
    rows = session.execute(
        sa.select(CriterionVerdict, Person.name)
        .outerjoin(Person, Person.id == CriterionVerdict.given_by_id)
        .where(CriterionVerdict.metric_id.in_(metric_ids), CriterionVerdict.replaced_at.is_(None))
    )
    return {
        row.metric_id: GivenVerdict(
            Judged(row.verdict, row.better, row.harm),
            row.post_hoc,
            row.promised,
            row.completeness,
            row.horizon_on,
            from_plain(Answer, row.content),
            row.inputs_sha256,
            row.plan_sha256,
            row.given_at,
            name,
        )
        for row, name in rows
    }


def _asked(question: Question | None) -> dict[str, Any] | None:
    if question is None:
        return None
    return {**asdict(question), "launched_on": question.launched_on.isoformat()}
