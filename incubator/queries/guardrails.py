"""Guardrails past their limit: which records have one, and since when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.domain.evaluation import Arm
from incubator.domain.gates import ADVANCES, ENDINGS, GateKey
from incubator.domain.guardrails import breach
from incubator.domain.pilot_summary import StandingBreach
from incubator.domain.pilots import CriterionKind, Direction
from incubator.domain.stages import Outcome, Stage
from incubator.models.gates import Decision
from incubator.models.pilots import Metric, Pilot, Reading
from incubator.models.proposals import Proposal

ENDS_A_BREACH = sa.or_(
    sa.and_(Decision.gate == GateKey.G4, Decision.outcome.in_(sorted(ADVANCES))),
    Decision.outcome.in_(sorted((*ENDINGS, Outcome.WITHDRAW))),
)
"""Decisions that settle what the readings showed by then: to scale, or to end the work. The midpoint goes on
with the pilot, and with its breach."""

_CURRENT = sa.and_(Reading.replaced_at.is_(None), Reading.arm == Arm.PILOT)
_SINCE_LAUNCH = Reading.taken_on >= sa.func.coalesce(Pilot.starts_on, sa.func.date(Pilot.launched_at))


def past_the_limit() -> sa.ColumnElement[bool]:
    """The reading is beyond its metric's limit, on the worse side."""
    return sa.or_(
        sa.and_(Metric.direction == Direction.DOWN, Reading.value > Metric.target),
        sa.and_(Metric.direction == Direction.UP, Reading.value < Metric.target),
    )


def _breaching(*columns: Any) -> sa.Select[Any]:
    """The latest reading of each guardrail and site that is past its limit and not settled by a decision."""
    later = aliased(Reading)
    newer = sa.exists().where(
        later.metric_id == Reading.metric_id,
        later.unit == Reading.unit,
        later.arm == Arm.PILOT,
        later.replaced_at.is_(None),
        later.taken_on > Reading.taken_on,
    )
    settled = sa.exists().where(
        Decision.proposal_id == Pilot.proposal_id, ENDS_A_BREACH, Decision.decided_at >= Reading.recorded_at
    )
    return (
        sa.select(*columns)
        .select_from(Reading)
        .join(Metric, Metric.id == Reading.metric_id)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .where(
            Metric.kind == CriterionKind.GUARDRAIL,
            Metric.archived_at.is_(None),
            Pilot.launched_at.is_not(None),
            _CURRENT,
            _SINCE_LAUNCH,
            past_the_limit(),
            ~newer,
            ~settled,
        )
    )


def has_breach() -> sa.ColumnElement[bool]:
    """The record has a guardrail past its limit; a condition on Proposal."""
    return sa.and_(
        Proposal.stage != Stage.CLOSED,
        _breaching(Reading.id).where(Pilot.proposal_id == Proposal.id).correlate(Proposal).exists(),
    )


def standing_breaches(
    session: Session, proposal_ids: Collection[int]
) -> dict[int, tuple[StandingBreach, ...]]:
    """The breaches of these records, in the order of their plans; one statement."""
    ends = (
        _breaching(Reading.metric_id, Reading.unit)
        .join(Proposal, Proposal.id == Pilot.proposal_id)
        .where(Proposal.id.in_(sorted(proposal_ids)), Proposal.stage != Stage.CLOSED)
        .subquery()
    )
    settled_at = (
        sa.select(sa.func.max(Decision.decided_at))
        .where(Decision.proposal_id == Pilot.proposal_id, ENDS_A_BREACH)
        .correlate(Pilot)
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(
            Pilot.proposal_id,
            Metric.id,
            Metric.name,
            Metric.unit,
            Metric.direction,
            Metric.target,
            Reading.unit.label("site"),
            Reading.taken_on,
            Reading.value,
        )
        .join(Metric, Metric.id == Reading.metric_id)
        .join(Pilot, Pilot.id == Metric.pilot_id)
        .join(ends, sa.and_(ends.c.metric_id == Reading.metric_id, ends.c.unit == Reading.unit))
        .where(_CURRENT, _SINCE_LAUNCH, sa.or_(settled_at.is_(None), Reading.recorded_at > settled_at))
        .order_by(Metric.position, Metric.id, Reading.unit, Reading.taken_on)
    ).all()
    found: dict[int, list[StandingBreach]] = defaultdict(list)
    for _key, group in groupby(rows, key=lambda row: (row.id, row.site)):
        readings = list(group)
        first = readings[0]
        run = breach([(row.taken_on, row.value) for row in readings], first.direction, first.target)
        if run is not None:
            found[first.proposal_id].append(
                StandingBreach(
                    metric_id=first.id,
                    name=first.name,
                    unit=first.unit,
                    direction=first.direction,
                    limit=first.target,
                    site=first.site,
                    since=run.since,
                    latest_on=run.latest_on,
                    latest=run.latest,
                )
            )
    return {key: tuple(rows) for key, rows in found.items()}


def settled_at(session: Session, proposal_id: int) -> datetime | None:
    """When a decision last settled what the readings showed."""
    return session.scalar(
        sa.select(sa.func.max(Decision.decided_at)).where(Decision.proposal_id == proposal_id, ENDS_A_BREACH)
    )
