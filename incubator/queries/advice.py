"""What the criteria of a pilot propose: its lock, its amendments, the standing verdicts, and the advice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.criterion import NO_LONGER_MADE, OLDER_METHOD, Sentence
from incubator.analytics.plain_record import from_plain
from incubator.domain.evaluation import Advice, Judged, Verdict, Weighed, propose
from incubator.domain.pilots import CriterionKind, Direction
from incubator.models.accounts import Person
from incubator.models.evaluation import CriterionVerdict
from incubator.models.pilots import Metric, Pilot
from incubator.queries.evaluation_plan import LockState, lock_of


@dataclass(frozen=True, slots=True)
class CriterionNow:
    """A criterion with its standing verdict; NOT_YET, without numbers, before there is one.

    `promised`, `estimate`, `low` and `high` are changes in the unit. `removed` is a criterion that was taken
    out of the plan after its verdict: the verdict goes on counting.
    """

    metric_id: int
    name: str
    unit: str
    kind: CriterionKind
    direction: Direction
    baseline: float | None
    target: float | None
    post_hoc: bool
    removed: bool
    verdict_id: int | None
    verdict: Verdict
    better: bool
    harm: bool
    promised: float | None
    estimate: float | None
    low: float | None
    high: float | None
    completeness: float | None
    horizon_on: date | None
    given_at: datetime | None
    given_by: str | None
    caution: Sentence | None = None
    """What must be read with the result wherever it is shown, or why there is none."""

    @property
    def weighed(self) -> Weighed:
        return Weighed(self.kind, Judged(self.verdict, self.better, self.harm), self.post_hoc)

    @property
    def carries(self) -> bool:
        """Whether it has a part in what is proposed."""
        return self.kind is not CriterionKind.CONTEXT and not self.post_hoc


@dataclass(frozen=True, slots=True)
class Standing:
    """`stamp` names the verdicts that stand: two looks with the same stamp saw the same verdicts."""

    lock: LockState
    criteria: tuple[CriterionNow, ...]

    @property
    def advice(self) -> Advice:
        return propose([one.weighed for one in self.criteria])

    @property
    def stamp(self) -> list[int]:
        return sorted(one.verdict_id for one in self.criteria if one.verdict_id is not None)


def standing(session: Session, proposal_id: int) -> Standing:
    """What is fixed and what was found on a record, in three statements, two while nothing is locked."""
    return Standing(lock_of(session, proposal_id), criteria_now(session, [proposal_id]).get(proposal_id, ()))


_KINDS = sa.case((Metric.kind == CriterionKind.GOAL, 0), (Metric.kind == CriterionKind.GUARDRAIL, 1), else_=2)


def criteria_now(session: Session, proposal_ids: Collection[int]) -> dict[int, tuple[CriterionNow, ...]]:
    """The criteria of these records with their standing verdicts, in the order of each plan; one statement."""
    rows = session.execute(
        sa.select(
            Pilot.proposal_id,
            Metric.id.label("metric_id"),
            Metric.name,
            Metric.unit,
            Metric.kind,
            Metric.direction,
            Metric.baseline,
            Metric.target,
            sa.or_(
                Metric.post_hoc_at.is_not(None), sa.func.coalesce(CriterionVerdict.post_hoc, sa.false())
            ).label("post_hoc"),
            Metric.archived_at.is_not(None).label("removed"),
            CriterionVerdict.id.label("verdict_id"),
            sa.func.coalesce(CriterionVerdict.verdict, Verdict.NOT_YET).label("verdict"),
            sa.func.coalesce(CriterionVerdict.better, sa.false()).label("better"),
            sa.func.coalesce(CriterionVerdict.harm, sa.false()).label("harm"),
            CriterionVerdict.promised,
            CriterionVerdict.estimate,
            CriterionVerdict.low,
            CriterionVerdict.high,
            CriterionVerdict.completeness,
            sa.func.coalesce(CriterionVerdict.horizon_on, Metric.horizon_on, Pilot.ends_on).label(
                "horizon_on"
            ),
            CriterionVerdict.given_at,
            Person.name.label("given_by"),
            *(CriterionVerdict.content[name].label(name) for name in _CAUTIONS),
        )
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .outerjoin(
            CriterionVerdict,
            sa.and_(CriterionVerdict.metric_id == Metric.id, CriterionVerdict.replaced_at.is_(None)),
        )
        .outerjoin(Person, Person.id == CriterionVerdict.given_by_id)
        .where(
            Pilot.proposal_id.in_(sorted(proposal_ids)),
            sa.or_(Metric.archived_at.is_(None), CriterionVerdict.id.is_not(None)),
        )
        .order_by(Metric.post_hoc_at.is_not(None), _KINDS, Metric.position, Metric.id)
    )
    found: dict[int, list[CriterionNow]] = defaultdict(list)
    for row in rows:
        values = dict(row._mapping)
        values["caution"] = _caution(*(values.pop(name) for name in _CAUTIONS))
        found[values.pop("proposal_id")].append(CriterionNow(**values))
    return {key: tuple(criteria) for key, criteria in found.items()}


_CAUTIONS = ("refused", "caution", "weak", "method")


def _caution(refused: Any, caution: Any, weak: Any, method: Any) -> Sentence | None:
    if refused or caution:
        found: Sentence = from_plain(Sentence, refused or caution)
        return found
    return Sentence(OLDER_METHOD) if weak or method in NO_LONGER_MADE else None
