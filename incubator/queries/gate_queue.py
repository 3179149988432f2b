"""The records that wait for a decision this person makes: what is ready, overdue and what it ties up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.access import AGENCY_WATCH
from incubator.domain.clock import office_day
from incubator.domain.evaluation import Arm
from incubator.domain.gates import GATES, STEP_GATES, CheckKind, GateKey
from incubator.domain.next_steps import LEADERSHIP_STAGES, SOON
from incubator.domain.reviews import OPEN_STATES
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Step
from incubator.models.agencies import Agency
from incubator.models.benefits import Benefit
from incubator.models.calls import Call
from incubator.models.conflicts import Conflict
from incubator.models.gates import GateCheck
from incubator.models.pilots import Cadence, Metric, Pilot, Reading
from incubator.models.proposals import Author, Proposal
from incubator.models.reviews import Review
from incubator.queries.gate_facts import FACTS
from incubator.queries.next_steps import NextStep, next_steps
from incubator.queries.stays import worked_on_here
from incubator.queries.visibility import covered, stands

SORTS = ("urgency", "due", "age", "money")
MOST_READY = 100
"""Of those that could be ready, so many of the longest due are looked at: more than a sitting decides."""

DECIDED_STEPS: dict[Role, tuple[Step, ...]] = {
    Role.COORDINATOR: (Step.SCREENING,),
    Role.GATEKEEPER: (
        Step.REVIEW,
        Step.DESIGN,
        Step.RUNNING,
        Step.SCALING,
        Step.IN_SERVICE,
        Step.ON_HOLD,
    ),
    Role.LEADERSHIP: (Step.RUNNING, Step.SCALING, Step.IN_SERVICE, Step.ON_HOLD),
}

_SOONEST = Proposal.due_on.asc().nulls_last()

CONFIRMED_STEPS = tuple(
    step
    for step, keys in STEP_GATES.items()
    if any(need.kind is CheckKind.CONFIRMED for need in GATES[keys[0]].must_meets)
)
"""Steps at whose gate somebody confirms something, so that nothing is ready without a first confirmation."""

LONGEST_ARRIVING = timedelta(days=2 * 92)
"""Two quarters, the longest cadence: what was last measured before has no data arriving."""

HOLD = "hold"
"""In place of a gate: work on hold whose day has come, to be taken up again or closed."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is narrowed to. `gate` is a gate's key or HOLD, `when` 'overdue', 'ready' or 'now': what
    waits for the person's decision today, because it can be decided or is overdue."""

    gate: str = ""
    agency: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One record of the list with what it waits for."""

    id: int
    number: str
    title: str
    agency_code: str
    agency_name: str
    call_slug: str | None
    stage_entered_at: datetime
    tied_cents: int
    next: NextStep


@dataclass(frozen=True, slots=True)
class Totals:
    waiting: int
    overdue: int
    overdue_cents: int
    ready: int


@dataclass(frozen=True, slots=True)
class Queue:
    """A page of the list; `agencies` (code and name) are those with work that waits, for the filter."""

    rows: tuple[Waiting, ...]
    matching: int
    totals: Totals
    agencies: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _AgencyTotals:
    code: str
    name: str
    waiting: int
    overdue: int
    overdue_cents: int


def tied_cents() -> sa.ColumnElement[int]:
    """The money a record ties up: what is planned for it, or else what was asked for."""
    return sa.case(
        (Proposal.planned_cents > 0, Proposal.planned_cents),
        else_=sa.func.coalesce(Proposal.requested_cents, 0),
    )


def waits_for(actor: Actor, today: date) -> sa.ColumnElement[bool]:
    """Records at a gate at which this person decides; never of their own agency or pilot,
    never their own words, never conflicted."""
    mine = [
        sa.and_(
            Proposal.step.in_(DECIDED_STEPS[grant.role]),
            *_stages_of(grant.role),
            *([Proposal.agency_id == grant.agency_id] if grant.agency_id is not None else []),
            *([Proposal.call_id == grant.call_id] if grant.call_id is not None else []),
        )
        for grant in actor.grants
        if grant.role in DECIDED_STEPS
    ]
    own = sorted({*actor.agencies(*AGENCY_WATCH), *([actor.agency_id] if actor.agency_id else [])})
    # Whoever decides somewhere may know of it too (a test holds this within `visible`); asking that
    # again for every row would cost more than the rest of the page.
    return sa.and_(
        sa.or_(sa.false(), *mine),
        worked_on_here(),
        sa.or_(Proposal.step != Step.ON_HOLD, Proposal.due_on <= today),
        sa.or_(Proposal.step != Step.IN_SERVICE, Proposal.due_on <= today + SOON),
        *([Proposal.agency_id.not_in(own)] if own else []),
        Proposal.id.not_in(_barred(actor.person_id)),
    )


def _barred(person_id: int | None) -> sa.CompoundSelect[tuple[int]]:
    """The records this person wrote, leads or has a conflict with: read once, not for every row."""
    return sa.union_all(
        sa.select(Conflict.proposal_id).where(Conflict.person_id == person_id, stands()),
        sa.select(Author.proposal_id).where(Author.person_id == person_id),
        sa.select(Pilot.proposal_id).where(Pilot.lead_id == person_id),
    )


def _stages_of(role: Role) -> list[sa.ColumnElement[bool]]:
    if role is not Role.LEADERSHIP:
        return []
    return [sa.func.coalesce(Proposal.resume_stage, Proposal.stage).in_(LEADERSHIP_STAGES)]


def find_queue(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    now: datetime,
    sort: str,
    descending: bool,
    limit: int,
    offset: int,
) -> Queue:
    """A page of the list, in at most eighteen statements. Readiness is exact, not a stored guess."""
    today = office_day(now)
    waits = sa.or_(waits_for(actor, today), _to_prepare(actor))
    known = next_steps(session, _could_be_decided(session, waits, today), now=now)
    ready = [key for key, one in known.items() if one.ready]
    decided = [key for key, one in known.items() if one.decides]
    narrowed = sa.and_(waits, *_narrowed(wanted, today, ready, decided))
    agencies = _by_agency(session, waits, today)
    waiting = sum(row.waiting for row in agencies)
    plain = wanted == Wanted()
    matching = waiting if plain else session.scalar(sa.select(sa.func.count()).where(narrowed)) or 0
    if sort == "urgency":
        first = list(ready) if plain else _among(session, ready, narrowed)
        ids = _ready_first(session, narrowed, first, limit=limit, offset=offset)
    else:
        ids = _page(session, narrowed, _order(sort, descending), limit=limit, offset=offset)
    return Queue(
        _rows(session, ids, known, now),
        matching,
        Totals(
            waiting,
            sum(row.overdue for row in agencies),
            sum(row.overdue_cents for row in agencies),
            len(ready),
        ),
        tuple((row.code, row.name) for row in agencies),
    )


def _by_agency(session: Session, waits: sa.ColumnElement[bool], today: date) -> list[_AgencyTotals]:
    """What waits, agency by agency: the totals and the filter's choices from one reading of the index."""
    overdue = Proposal.due_on < today
    # Plus nothing: grouped by the bare column, SQLite reads every row in the agencies' order instead.
    agency_id = (Proposal.agency_id + 0).label("agency_id")
    counted = (
        sa.select(
            agency_id,
            sa.func.count().label("waiting"),
            sa.func.sum(sa.case((overdue, 1), else_=0)).label("overdue"),
            sa.func.sum(sa.case((overdue, tied_cents()), else_=0)).label("overdue_cents"),
        )
        .where(waits)
        .group_by(agency_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(Agency.code, Agency.name, counted.c.waiting, counted.c.overdue, counted.c.overdue_cents)
        .join(counted, counted.c.agency_id == Agency.id)
        .order_by(folded(Agency.name), Agency.id)
    )
    return [
        _AgencyTotals(row.code, row.name, row.waiting, int(row.overdue), int(row.overdue_cents))
        for row in rows
    ]


def _to_prepare(actor: Actor) -> sa.ColumnElement[bool]:
    """Proposals whose decision the actor prepares as a coordinator, because their call releases it with others."""
    own = sorted({*actor.agencies(*AGENCY_WATCH), *([actor.agency_id] if actor.agency_id else [])})
    owed = sa.select(Review.proposal_id).where(
        Review.reviewer_id == actor.person_id, Review.state.in_(OPEN_STATES)
    )
    return sa.and_(
        covered(actor, Role.COORDINATOR),
        Proposal.step == Step.REVIEW,
        decides_together(),
        *([Proposal.agency_id.not_in(own)] if own else []),
        Proposal.id.not_in(_barred(actor.person_id)),
        Proposal.id.not_in(owed),
    )


def decides_together() -> sa.ColumnElement[bool]:
    """Whether the record's call releases its decisions on selection together."""
    return Proposal.call_id.in_(sa.select(Call.id).where(Call.decides_together))


def _could_be_decided(session: Session, waits: sa.ColumnElement[bool], today: date) -> list[int]:
    """The waiting records that could be decided today, the longest due first.

    Hardly any record at a gate has had its must-meets confirmed, or is evaluated and prepared for scaling, so
    those where it has begun are found by index and only they are looked at closely.
    """
    begun = (
        sa.exists()
        .where(GateCheck.proposal_id == Proposal.id, GateCheck.gate == _gate_of_step())
        .correlate(Proposal)
    )
    benefit = sa.exists().where(Benefit.proposal_id == Proposal.id).correlate(Proposal)
    measured = (
        sa.exists()
        .where(
            Pilot.proposal_id == Proposal.id,
            Metric.pilot_id == Pilot.id,
            Metric.archived_at.is_(None),
            Reading.metric_id == Metric.id,
            Reading.replaced_at.is_(None),
            Reading.arm == Arm.PILOT,
            sa.or_(Reading.taken_on >= today - LONGEST_ARRIVING, Metric.cadence == Cadence.ONCE),
        )
        .correlate(Proposal)
    )
    running = Proposal.step == Step.RUNNING
    near = Proposal.due_on <= today + SOON
    found = session.scalars(
        sa.select(Proposal.id)
        .where(
            waits,
            sa.or_(
                Proposal.step == Step.ON_HOLD,
                sa.and_(Proposal.step == Step.SCALING, benefit),
                sa.and_(Proposal.step.in_(CONFIRMED_STEPS), begun, ~decides_together()),
                sa.and_(running, ~Proposal.midpoint_passed, near, FACTS["guardrails"], measured),
                sa.and_(running, Proposal.midpoint_passed, FACTS["owner_accepted"], FACTS["verdicts"]),
            ),
        )
        .order_by(_SOONEST, Proposal.id)
        .limit(MOST_READY)
    )
    return list(found)


def _gate_of_step() -> sa.ColumnElement[GateKey]:
    return sa.cast(
        sa.case(*((Proposal.step == step, STEP_GATES[step][0]) for step in CONFIRMED_STEPS)),
        GateCheck.gate.type,
    )


def _narrowed(
    wanted: Wanted, today: date, ready: Iterable[int], decided: Iterable[int]
) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.gate == HOLD:
        conditions.append(Proposal.step == Step.ON_HOLD)
    elif wanted.gate:
        key = GateKey(wanted.gate)
        conditions.append(Proposal.step.in_([step for step, keys in STEP_GATES.items() if key in keys]))
        if key in (GateKey.G3, GateKey.G4):
            conditions.append(Proposal.midpoint_passed.is_(key is GateKey.G4))
    if wanted.agency:
        conditions.append(Proposal.agency_id.in_(sa.select(Agency.id).where(Agency.code == wanted.agency)))
    if wanted.when == "overdue":
        conditions.append(Proposal.due_on < today)
    if wanted.when == "ready":
        conditions.append(Proposal.id.in_(list(ready)))
    if wanted.when == "now":
        conditions.append(sa.or_(Proposal.id.in_(list(decided)), Proposal.due_on < today))
    return conditions


def _order(sort: str, descending: bool) -> sa.ColumnElement[Any]:
    if sort == "due":
        return Proposal.due_on.desc().nulls_last() if descending else _SOONEST
    if sort == "age":
        return Proposal.stage_entered_at.asc() if descending else Proposal.stage_entered_at.desc()
    return tied_cents().desc() if descending else tied_cents().asc()


def _page(
    session: Session,
    narrowed: sa.ColumnElement[bool],
    order: sa.ColumnElement[Any],
    *,
    limit: int,
    offset: int,
) -> list[int]:
    ids = sa.select(Proposal.id).where(narrowed).order_by(order, Proposal.id)
    return list(session.scalars(ids.limit(limit).offset(offset)))


def _among(session: Session, ready: list[int], narrowed: sa.ColumnElement[bool]) -> list[int]:
    """The ready ones that the list is narrowed to, soonest first."""
    if not ready:
        return []
    return _page(session, sa.and_(Proposal.id.in_(ready), narrowed), _SOONEST, limit=len(ready), offset=0)


def _ready_first(
    session: Session, narrowed: sa.ColumnElement[bool], ready: list[int], *, limit: int, offset: int
) -> list[int]:
    """A page of the ready ones and then the others, each soonest first.

    The others are only looked for when the ready ones do not fill the page: sorting all that waits by
    whether it is ready costs several times as much.
    """
    ids = ready[offset : offset + limit]
    if len(ids) < limit:
        others = sa.and_(narrowed, Proposal.id.not_in(ready)) if ready else narrowed
        skip = max(0, offset - len(ready))
        ids += _page(session, others, _SOONEST, limit=limit - len(ids), offset=skip)
    return ids


def _rows(
    session: Session, ids: Iterable[int], known: Mapping[int, NextStep], now: datetime
) -> tuple[Waiting, ...]:
    wanted = list(ids)
    rows = {
        row.id: row
        for row in session.execute(
            sa.select(
                Proposal.id,
                Proposal.number,
                Proposal.title,
                Agency.code.label("agency_code"),
                Agency.name.label("agency_name"),
                Call.slug.label("call_slug"),
                Proposal.stage_entered_at,
                tied_cents().label("tied_cents"),
            )
            .join(Agency, Agency.id == Proposal.agency_id)
            .outerjoin(Call, Call.id == Proposal.call_id)
            .where(Proposal.id.in_(wanted))
        )
    }
    unknown = [key for key in wanted if key not in known]
    steps = {**known, **(next_steps(session, unknown, now=now) if unknown else {})}
    return tuple(Waiting(**rows[key]._mapping, next=steps[key]) for key in wanted)
