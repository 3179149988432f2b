"""The one summary of a record that every page, file and mail leads with.

Its verdict comes from the verdicts as they are recorded, its breaches from the readings as they stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.evaluation import Advice, propose
from incubator.domain.gates import Gate, next_gate
from incubator.domain.pilot_summary import (
    RESULTS,
    Criterion,
    Phase,
    Result,
    Said,
    StandingBreach,
    result_of,
    result_sentences,
)
from incubator.domain.stages import MAIN_STAGES, Origin, Stage, Step
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.gates import Condition
from incubator.models.pilots import Pilot
from incubator.models.proposals import Proposal
from incubator.queries.advice import CriterionNow, criteria_now
from incubator.queries.guardrails import standing_breaches


@dataclass(frozen=True, slots=True)
class OpenCondition:
    """`owner` is empty where nobody was named."""

    text: str
    due_on: date
    owner: str


@dataclass(frozen=True, slots=True)
class PilotSummary:
    """What a record comes to on a day. Money is in whole cents; `from_elsewhere` marks a record whose figures others
    published: they are never added to the office's own."""

    number: str
    title: str
    agency_name: str
    stage: Stage
    step: Step
    phase: Phase
    criteria: tuple[CriterionNow, ...]
    breaches: tuple[StandingBreach, ...]
    conditions: tuple[OpenCondition, ...]
    planned_cents: int
    spent_cents: int
    from_elsewhere: bool
    gate: Gate | None
    due_on: date | None
    today: date

    @property
    def result(self) -> Result:
        return result_of(self._judged, self.phase, self.today)

    @property
    def is_pilot(self) -> bool:
        """Whether a result can be asked for: work in design or later, or a pilot that ended."""
        return self.phase is not Phase.BEFORE or self.stage is Stage.DESIGN or bool(self.criteria)

    @property
    def has_verdict(self) -> bool:
        return self.result in (Result.MET, Result.NOT_MET, Result.INCONCLUSIVE)

    @property
    def advice(self) -> Advice:
        return propose([one.weighed for one in self.criteria])

    def sentences(self) -> list[Said]:
        """The result, then every guardrail past its limit."""
        result = result_sentences(self._judged, self.phase, self.today)
        if self.from_elsewhere and self.result is Result.NO_VERDICT:
            result = [Said("No verdict: the source of this record gives none.")]
        return [
            *result,
            *(one.sentence() for one in self.breaches),
        ]

    def in_english(self) -> str:
        """The result with its breaches in one line, for mail; empty before there is a pilot to judge."""
        if not self.is_pilot:
            return ""
        return " ".join(
            [f"Result: {RESULTS[self.result].staff}.", *(one.in_english() for one in self.sentences())]
        )

    @property
    def tone(self) -> Literal["success", "warning", "info"]:
        """The kind of notice the summary is shown in: a breach is never good news."""
        if self.breaches or self.result is Result.NOT_MET:
            return "warning"
        return "success" if self.result is Result.MET else "info"

    @property
    def late_conditions(self) -> int:
        return sum(one.due_on < self.today for one in self.conditions)

    @property
    def _judged(self) -> list[Criterion]:
        return [Criterion(one.name, one.weighed, one.horizon_on) for one in self.criteria]


def summary_of(session: Session, proposal_id: int, today: date) -> PilotSummary:
    return summaries_of(session, [proposal_id], today)[proposal_id]


def summaries_of(session: Session, proposal_ids: Collection[int], today: date) -> dict[int, PilotSummary]:
    """The summaries of these records in four statements, whatever their number; nothing is asked about nobody.
    Whoever calls has asked whether they may be seen."""
    if not proposal_ids:
        return {}
    ids = sorted(proposal_ids)
    heads = session.execute(
        sa.select(
            Proposal.id,
            Proposal.number,
            Proposal.title,
            Agency.name.label("agency_name"),
            Proposal.stage,
            Proposal.step,
            Proposal.due_on,
            Proposal.midpoint_passed,
            Proposal.planned_cents,
            Proposal.spent_cents,
            Proposal.origin,
            Proposal.resume_stage,
            Pilot.launched_at.is_not(None).label("launched"),
        )
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Pilot, Pilot.proposal_id == Proposal.id)
        .where(Proposal.id.in_(ids))
    ).all()
    criteria = criteria_now(session, ids)
    breaches = standing_breaches(session, ids)
    conditions = _open_conditions(session, ids)
    return {
        row.id: PilotSummary(
            number=row.number,
            title=row.title,
            agency_name=row.agency_name,
            stage=row.stage,
            step=row.step,
            phase=_phase(row.stage, row.resume_stage, bool(row.launched)),
            criteria=criteria.get(row.id, ()),
            breaches=breaches.get(row.id, ()),
            conditions=tuple(conditions.get(row.id, ())),
            planned_cents=row.planned_cents,
            spent_cents=row.spent_cents,
            from_elsewhere=row.origin is not Origin.ENTERED,
            gate=next_gate(row.step, midpoint_passed=row.midpoint_passed),
            due_on=row.due_on,
            today=today,
        )
        for row in heads
    }


def _phase(stage: Stage, resume_stage: Stage | None, launched: bool) -> Phase:
    """Records that came from elsewhere have no launch of their own; the stage they reached says as much."""
    reached = resume_stage or stage
    if not launched and reached in MAIN_STAGES[:2]:
        return Phase.BEFORE
    return Phase.RUNNING if stage is not Stage.CLOSED and reached is Stage.PILOT else Phase.OVER


def _open_conditions(session: Session, ids: Collection[int]) -> dict[int, list[OpenCondition]]:
    rows = session.execute(
        sa.select(
            Condition.proposal_id,
            Condition.text,
            Condition.due_on,
            sa.func.coalesce(Person.name, Condition.owner_name).label("owner"),
        )
        .outerjoin(Person, Person.id == Condition.owner_id)
        .where(Condition.proposal_id.in_(ids), Condition.closed_at.is_(None))
        .order_by(Condition.due_on, Condition.id)
    )
    found: dict[int, list[OpenCondition]] = defaultdict(list)
    for row in rows:
        found[row.proposal_id].append(OpenCondition(row.text, row.due_on, row.owner))
    return found
