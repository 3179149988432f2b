"""The portfolio in figures. Everything is summed in SQL over the records the actor may know of.

`gather` runs a fixed number of statements whatever the number of records. Each figure can be found
again as rows: the list takes the same conditions as filters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.flow import AgeLimits, StageCount, age_limits, kaplan_meier
from incubator.domain.clock import office_day, office_time
from incubator.domain.roles import Actor
from incubator.domain.stages import MAIN_STAGES, EndReason, Precision, Stage, Step
from incubator.models.agencies import Agency
from incubator.models.proposals import Proposal, StageSpell
from incubator.queries.guardrails import has_breach
from incubator.queries.portfolio import Filters, conditions, is_own, year_span
from incubator.queries.reviews import shown_effort, shown_value
from incubator.queries.stays import Ended, due_within, entered_in, how_it_ended, in_flow

OLDEST_DRAWN = 40
BUBBLES_DRAWN = 150
OVERDUE_NAMED = 10

AGEING_STAGES = (Stage.IDEA, Stage.DESIGN, Stage.PILOT, Stage.SCALE)


@dataclass(frozen=True, slots=True)
class Tiles:
    """Counts, and the office's own money spent so far on work whose decision is overdue, in whole cents."""

    records: int
    in_pilot: int
    waiting: int
    overdue: int
    overdue_cents: int
    scaled_this_year: int
    past_guardrails: int


@dataclass(frozen=True, slots=True)
class StageSum:
    """The records of a stage from one source and their whole cents; `unplanned` are those with spending and no
    budget, which cannot be compared with a plan."""

    stage: Stage
    records: int
    planned_cents: int
    spent_cents: int
    unplanned: int = 0
    unplanned_cents: int = 0


@dataclass(frozen=True, slots=True)
class Aged:
    number: str
    days: int


@dataclass(frozen=True, slots=True)
class StageAges:
    """Open work in one stage: how many, how many of them `timed` because it is known when they came, how many longer
    there than usual, and the oldest."""

    stage: Stage
    limits: AgeLimits
    median_days: float | None
    open: int
    timed: int
    past_limit: int
    oldest: tuple[Aged, ...]


@dataclass(frozen=True, slots=True)
class Bubble:
    number: str
    title: str
    stage: Stage
    value: float
    effort: float
    cents: int


@dataclass(frozen=True, slots=True)
class Overdue:
    id: int
    number: str
    title: str
    agency_name: str
    stage: Stage
    step: Step
    due_on: date
    spent_cents: int


@dataclass(frozen=True, slots=True)
class Statistics:
    tiles: Tiles
    flow: tuple[StageCount, ...]
    ages: tuple[StageAges, ...]
    bubbles: tuple[Bubble, ...]
    bubbles_in_all: int
    ends: tuple[tuple[EndReason, int], ...]
    money: tuple[StageSum, ...]
    """The office's own."""
    money_elsewhere: tuple[StageSum, ...]
    """What others published or an import brought; never added to the office's own."""
    overdue: tuple[Overdue, ...]


def gather(session: Session, actor: Actor, filters: Filters, now: datetime) -> Statistics:
    """All figures of the records that the actor may know of and the filters ask for: eight statements."""
    today = office_day(now)
    condition = conditions(actor, filters, today)
    bubbles, in_all = _bubbles(session, actor, condition)
    money, money_elsewhere, ends = _sums(session, condition)
    return Statistics(
        tiles=_tiles(session, condition, today),
        flow=_flow(session, condition),
        ages=_ages(session, condition, now),
        bubbles=bubbles,
        bubbles_in_all=in_all,
        ends=ends,
        money=money,
        money_elsewhere=money_elsewhere,
        overdue=overdue_records(session, actor, filters, today, OVERDUE_NAMED),
    )


def _tiles(session: Session, condition: sa.ColumnElement[bool], today: date) -> Tiles:
    late = due_within(today, soon=False)
    count = sa.func.count()
    row = session.execute(
        sa.select(
            count,
            count.filter(Proposal.stage == Stage.PILOT),
            count.filter(due_within(today, soon=True)),
            count.filter(late),
            sa.func.coalesce(
                sa.func.sum(sa.case((sa.and_(late, is_own()), Proposal.spent_cents), else_=0)), 0
            ),
            count.filter(entered_in(Stage.SCALE, *year_span(today.year))),
            count.filter(has_breach()),
        )
        .select_from(Proposal)
        .where(condition)
    ).one()
    return Tiles(row[0], row[1], row[2], row[3], int(row[4]), row[5], row[6])


def _flow(session: Session, condition: sa.ColumnElement[bool]) -> tuple[StageCount, ...]:
    place = sa.func.row_number().over(
        partition_by=(StageSpell.proposal_id, StageSpell.stage),
        order_by=(StageSpell.entered_at.desc(), StageSpell.id.desc()),
    )
    stays = (
        sa.select(StageSpell.stage, how_it_ended(StageSpell).label("how"), place.label("place"))
        .join(Proposal, Proposal.id == StageSpell.proposal_id)
        .where(condition, in_flow(), StageSpell.stage.in_(MAIN_STAGES))
        .subquery()
    )
    rows = session.execute(
        sa.select(stays.c.stage, stays.c.how, sa.func.count())
        .where(stays.c.place == 1)
        .group_by(stays.c.stage, stays.c.how)
    )
    counts = {(stage, how): number for stage, how, number in rows}
    return tuple(
        StageCount(
            stage=stage.value,
            entered=sum(counts.get((stage, how.value), 0) for how in Ended),
            here_now=counts.get((stage, Ended.HERE.value), 0),
            advanced=counts.get((stage, Ended.ADVANCED.value), 0),
            stopped=counts.get((stage, Ended.STOPPED.value), 0),
            goal_met=counts.get((stage, Ended.GOAL_MET.value), 0),
            unknown=counts.get((stage, Ended.UNKNOWN.value), 0),
            returned=counts.get((stage, Ended.RETURNED.value), 0),
        )
        for stage in MAIN_STAGES
    )


def _days_between(start: Any, end: Any, offset: int) -> sa.ColumnElement[int]:
    """Days from the office's day of one moment to that of the other, as a record's pages count them. `offset` is
    the zone's now, in seconds: a moment within an hour of midnight in the other half of the year may count one
    day off, which no limit made of all stays can feel."""

    def day(moment: Any) -> Any:
        return (sa.cast(sa.extract("epoch", moment), sa.BigInteger) + offset) // 86_400

    return sa.cast(day(end) - day(start), sa.Integer)


def _is_timed(spell: type[StageSpell]) -> sa.ColumnElement[bool]:
    """Whether it is known when the stay began; a year that stands in for a day makes no length."""
    return spell.precision.in_((Precision.DAY, Precision.MONTH))


def _ages(session: Session, condition: sa.ColumnElement[bool], now: datetime) -> tuple[StageAges, ...]:
    """How old open work is, against limits from all stays the office knows: the same for every reader and filter."""
    every, _ = _stay_lengths(session, sa.true(), now)
    lengths, untimed = _stay_lengths(session, condition, now)
    oldest = _oldest(session, condition, now)
    return tuple(
        _stage_ages(
            stage, every.get(stage, ()), lengths.get(stage, ()), oldest.get(stage, ()), untimed.get(stage, 0)
        )
        for stage in AGEING_STAGES
    )


Lengths = Sequence[tuple[int, bool, int]]
"""Days, whether the stay has ended, and how many stays were so."""


def _stay_lengths(
    session: Session, condition: sa.ColumnElement[bool], now: datetime
) -> tuple[dict[Stage, list[tuple[int, bool, int]]], dict[Stage, int]]:
    """Lengths by stage, and how many open stays are not timed."""
    timed = _is_timed(StageSpell).label("timed")
    until = sa.func.coalesce(StageSpell.left_at, sa.literal(now, StageSpell.left_at.type))
    ahead = office_time(now).utcoffset() or timedelta()
    days = _days_between(StageSpell.entered_at, until, int(ahead.total_seconds())).label("days")
    ended = StageSpell.left_at.is_not(None).label("ended")
    rows = session.execute(
        sa.select(StageSpell.stage, days, ended, timed, sa.func.count())
        .join(Proposal, Proposal.id == StageSpell.proposal_id)
        .where(condition, StageSpell.stage.in_(AGEING_STAGES))
        .group_by(StageSpell.stage, "days", "ended", "timed")
    )
    found: dict[Stage, list[tuple[int, bool, int]]] = {}
    untimed: dict[Stage, int] = {}
    for stage, length, over, known, number in rows:
        if not known:
            untimed[stage] = untimed.get(stage, 0) + (0 if over else number)
            continue
        # A day that the source only knew by its year can lie ahead of the moment it was left.
        found.setdefault(stage, []).append((max(0, length), bool(over), number))
    return found, untimed


def _oldest(session: Session, condition: sa.ColumnElement[bool], now: datetime) -> dict[Stage, list[Aged]]:
    place = sa.func.row_number().over(
        partition_by=Proposal.stage, order_by=(Proposal.stage_entered_at, Proposal.id)
    )
    ranked = (
        sa.select(Proposal.stage, Proposal.number, Proposal.stage_entered_at, place.label("place"))
        .where(
            condition,
            Proposal.stage.in_(AGEING_STAGES),
            sa.exists().where(
                StageSpell.proposal_id == Proposal.id, StageSpell.left_at.is_(None), _is_timed(StageSpell)
            ),
        )
        .subquery()
    )
    rows = session.execute(
        sa.select(ranked.c.stage, ranked.c.number, ranked.c.stage_entered_at)
        .where(ranked.c.place <= OLDEST_DRAWN)
        .order_by(ranked.c.stage, ranked.c.place)
    )
    found: dict[Stage, list[Aged]] = {}
    today = office_day(now)
    for stage, number, entered in rows:
        found.setdefault(stage, []).append(Aged(number, max(0, (today - office_day(entered)).days)))
    return found


def _spread(lengths: Lengths) -> tuple[list[int], list[bool]]:
    """Each stay by itself: its days, and whether it has ended."""
    return (
        [length for length, _, number in lengths for _ in range(number)],
        [ended for _, ended, number in lengths for _ in range(number)],
    )


def _stage_ages(
    stage: Stage, every: Lengths, lengths: Lengths, oldest: Sequence[Aged], untimed: int
) -> StageAges:
    limits = age_limits(*_spread(every))
    days, over = _spread(lengths)
    old = limits.old
    return StageAges(
        stage=stage,
        limits=limits,
        median_days=kaplan_meier(days, over).median if days else None,
        open=over.count(False) + untimed,
        timed=over.count(False),
        past_limit=sum(
            number for length, ended, number in lengths if not ended and old is not None and length > old
        ),
        oldest=tuple(oldest),
    )


def _bubbles(
    session: Session, actor: Actor, condition: sa.ColumnElement[bool]
) -> tuple[tuple[Bubble, ...], int]:
    """Open work with both marks, the most expensive first; and how many there are in all."""
    value, effort = shown_value(actor), shown_effort(actor)
    money = sa.func.coalesce(sa.func.nullif(Proposal.planned_cents, 0), Proposal.requested_cents, 0)
    marked = (
        sa.select(
            Proposal.id,
            Proposal.number,
            Proposal.title,
            Proposal.stage,
            value.label("value"),
            effort.label("effort"),
            money.label("money"),
        )
        .where(
            condition,
            Proposal.stage != Stage.CLOSED,
            Proposal.value.is_not(None),
            Proposal.effort.is_not(None),
        )
        .subquery()
    )
    rows = session.execute(
        sa.select(
            marked.c.number,
            marked.c.title,
            marked.c.stage,
            marked.c.value,
            marked.c.effort,
            marked.c.money,
            sa.func.count().over(),
        )
        .where(marked.c.value.is_not(None), marked.c.effort.is_not(None))
        .order_by(marked.c.money.desc(), marked.c.id)
        .limit(BUBBLES_DRAWN)
    ).all()
    return tuple(Bubble(*row[:6]) for row in rows), rows[0][6] if rows else 0


def _sums(
    session: Session, condition: sa.ColumnElement[bool]
) -> tuple[tuple[StageSum, ...], tuple[StageSum, ...], tuple[tuple[EndReason, int], ...]]:
    """Money by stage, the office's own and other people's apart, and closed work by reason, the most frequent
    first."""
    own = is_own().label("own")
    unplanned = sa.and_(Proposal.planned_cents == 0, Proposal.spent_cents != 0)
    rows = session.execute(
        sa.select(
            Proposal.stage,
            own,
            Proposal.end_reason,
            sa.func.count(),
            sa.func.sum(Proposal.planned_cents),
            sa.func.sum(Proposal.spent_cents),
            sa.func.count().filter(unplanned),
            sa.func.sum(sa.case((unplanned, Proposal.spent_cents), else_=0)),
        )
        .where(condition)
        .group_by(Proposal.stage, own, Proposal.end_reason)
    )
    sums = {(mine, stage): StageSum(stage, 0, 0, 0) for mine in (True, False) for stage in Stage}
    ends: dict[EndReason, int] = {}
    for stage, mine, reason, number, planned, spent, without, without_cents in rows:
        so_far = sums[bool(mine), stage]
        sums[bool(mine), stage] = StageSum(
            stage,
            so_far.records + number,
            so_far.planned_cents + int(planned),
            so_far.spent_cents + int(spent),
            so_far.unplanned + without,
            so_far.unplanned_cents + int(without_cents),
        )
        if reason is not None:
            ends[reason] = ends.get(reason, 0) + number
    return (
        tuple(sums[True, stage] for stage in Stage),
        tuple(sums[False, stage] for stage in Stage),
        tuple(sorted(ends.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def overdue_records(
    session: Session, actor: Actor, filters: Filters, today: date, limit: int
) -> tuple[Overdue, ...]:
    """Work whose decision is overdue, the longest overdue first."""
    rows = session.execute(
        _decisions_due(actor, filters, today).where(due_within(today, soon=False)).limit(limit)
    )
    return tuple(Overdue(*row) for row in rows)


def pilots_due(
    session: Session, actor: Actor, filters: Filters, today: date, limit: int
) -> tuple[Overdue, ...]:
    """Pilots under way by the day of their next decision, for the briefing."""
    rows = session.execute(
        _decisions_due(actor, replace(filters, stage=Stage.PILOT), today)
        .where(Proposal.due_on.is_not(None))
        .limit(limit)
    )
    return tuple(Overdue(*row) for row in rows)


def _decisions_due(actor: Actor, filters: Filters, today: date) -> Any:
    return (
        sa.select(
            Proposal.id,
            Proposal.number,
            Proposal.title,
            Agency.name,
            Proposal.stage,
            Proposal.step,
            Proposal.due_on,
            Proposal.spent_cents,
        )
        .join(Agency, Agency.id == Proposal.agency_id)
        .where(conditions(actor, filters, today))
        .order_by(Proposal.due_on, Proposal.id)
    )
