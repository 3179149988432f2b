"""The portfolio's list: what may be asked of it, in which order, and the rows.

Everything that somebody may not see is NULL before it is sorted, counted or shown: the conditions of
`visible` and of `queries.reviews` are part of every statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.ai import AiLevel
from incubator.domain.clock import office_day, start_of_day
from incubator.domain.folding import fold
from incubator.domain.roles import Actor
from incubator.domain.stages import EndReason, Origin, Outcome, Stage, Step
from incubator.models.agencies import Agency, Theme
from incubator.models.ai import AiScreening
from incubator.models.calls import Call
from incubator.models.proposals import Proposal
from incubator.queries.guardrails import has_breach
from incubator.queries.next_steps import NextStep, next_steps, readable
from incubator.queries.pilot_summary import PilotSummary, summaries_of
from incubator.queries.reviews import shown_reviews_in, shown_score
from incubator.queries.stays import Ended, due_within, entered_in, last_stay, where_known
from incubator.queries.visibility import visible


class Due(StrEnum):
    OVERDUE = "overdue"
    SOON = "soon"


class Source(StrEnum):
    """Whose figures a record holds: the office's own, or those that others published or that an import brought."""

    OWN = "own"
    ELSEWHERE = "elsewhere"


class Money(StrEnum):
    """Records with an amount of this kind."""

    PLANNED = "planned"
    SPENT = "spent"


class Guardrail(StrEnum):
    """Records of which a guardrail is past its limit."""

    PAST = "past"


class Ai(StrEnum):
    """Records that use AI, by how the use is rated."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    RATED = "rated"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list or a set of figures is narrowed to; an empty value narrows nothing.

    `reached` with `then` asks for the records whose latest stay in that stage ended that way (or
    lasts); `reached_in` for those that ever came into it in that calendar year. `year` is the one in
    which the proposal was handed in, or written down where that is not known.
    """

    q: str = ""
    stage: Stage | None = None
    step: Step | None = None
    agency: str = ""
    call: str = ""
    theme: int | None = None
    technology: str = ""
    origin: Origin | None = None
    due: Due | None = None
    reason: EndReason | None = None
    year: int | None = None
    reached: Stage | None = None
    then: Ended | None = None
    reached_in: int | None = None
    source: Source | None = None
    money: Money | None = None
    guardrail: Guardrail | None = None
    ai: Ai | None = None

    def given(self) -> dict[str, Any]:
        """The filters that narrow something, as they stand in an address."""
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) for name, value in found.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class Row:
    id: int
    number: str
    title: str
    agency_code: str
    agency_name: str
    stage: Stage
    step: Step
    outcome: Outcome | None
    due_on: date | None
    reviews_in: int | None
    score: float | None
    planned_cents: int
    spent_cents: int
    changed_at: datetime
    origin: Origin


def year_span(year: int) -> tuple[datetime, datetime]:
    """The first moment of the office's year, and of the year after."""
    return start_of_day(date(year, 1, 1)), start_of_day(date(year + 1, 1, 1))


BEGUN = sa.func.coalesce(Proposal.submitted_at, Proposal.created_at)
"""When the proposal was handed in, or written down where that is not known."""


def begun_in(year: int) -> sa.ColumnElement[bool]:
    first, after = year_span(year)
    return BEGUN.between(first, after - timedelta(microseconds=1))


_STAGE_ORDER = sa.case({stage: position for position, stage in enumerate(Stage)}, value=Proposal.stage)


def sorts(actor: Actor) -> Mapping[str, Any]:
    """The columns a list can be ordered by; hidden scores order as if there were none."""
    return {
        "number": Proposal.number,
        "title": Proposal.title_key,
        "agency": Agency.name,
        "stage": _STAGE_ORDER,
        "status": Proposal.step,
        "due": Proposal.due_on,
        "score": shown_score(actor),
        "planned": Proposal.planned_cents,
        "spent": Proposal.spent_cents,
        "changed": Proposal.changed_at,
    }


SORTS: tuple[str, ...] = (
    "number",
    "title",
    "agency",
    "stage",
    "status",
    "due",
    "score",
    "planned",
    "spent",
    "changed",
)
_MAY_BE_EMPTY = frozenset({"due", "score"})


def conditions(actor: Actor, filters: Filters, today: date) -> sa.ColumnElement[bool]:
    """The records the actor may know of and the filters ask for."""
    found = [visible(actor)]
    if filters.q:
        found.append(_matches(filters.q))
    if filters.stage is not None:
        found.append(Proposal.stage == filters.stage)
    if filters.step is not None:
        found.append(Proposal.step == filters.step)
    if filters.agency:
        found.append(
            Proposal.agency_id.in_(
                sa.select(Agency.id).where(Agency.code == filters.agency).scalar_subquery()
            )
        )
    if filters.call:
        found.append(
            Proposal.call_id.in_(sa.select(Call.id).where(Call.slug == filters.call).scalar_subquery())
        )
    if filters.theme is not None:
        found.append(Proposal.theme_id == filters.theme)
    if filters.technology:
        found.append(Proposal.technology == filters.technology)
    if filters.origin is not None:
        found.append(Proposal.origin == filters.origin)
    if filters.reason is not None:
        found.append(Proposal.end_reason == filters.reason)
    if filters.due is not None:
        found.append(due_within(today, soon=filters.due is Due.SOON))
    if filters.year is not None:
        found.append(begun_in(filters.year))
    if filters.reached is not None:
        found.append(_reached(filters))
    if filters.source is not None:
        found.append(is_own() if filters.source is Source.OWN else ~is_own())
    if filters.money is not None:
        found.append(
            (Proposal.planned_cents if filters.money is Money.PLANNED else Proposal.spent_cents) != 0
        )
    if filters.guardrail is not None:
        found.append(has_breach())
    if filters.ai is not None:
        found.append(_ai(filters.ai))
    return sa.and_(*found)


def is_own() -> sa.ColumnElement[bool]:
    """The record was made here, so that its money is the office's own; figures that others published or that an
    import brought are never added to it."""
    return Proposal.origin == Origin.ENTERED


def uses_ai() -> sa.ColumnElement[bool]:
    """The record says that it uses AI, or its use was rated."""
    return sa.or_(Proposal.uses_ai, _rated())


def _rated(*conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(AiScreening.proposal_id == Proposal.id, *conditions)


def _ai(rated: Ai) -> sa.ColumnElement[bool]:
    if rated is Ai.WAITING:
        return sa.and_(uses_ai(), ~_rated())
    if rated is Ai.RATED:
        return _rated()
    return _rated(AiScreening.level == AiLevel(rated.value))


def _matches(typed: str) -> sa.ColumnElement[bool]:
    return sa.or_(
        folded(Proposal.title_key).contains(fold(typed), autoescape=True),
        Proposal.number.istartswith(typed, autoescape=True),
    )


def _reached(filters: Filters) -> sa.ColumnElement[bool]:
    assert filters.reached is not None
    if filters.reached_in is not None:
        return entered_in(filters.reached, *year_span(filters.reached_in))
    return last_stay(filters.reached, filters.then)


def count_records(session: Session, actor: Actor, filters: Filters, today: date) -> int:
    select = sa.select(sa.func.count()).select_from(Proposal).where(conditions(actor, filters, today))
    return session.scalar(select) or 0


def list_records(
    session: Session,
    actor: Actor,
    filters: Filters,
    today: date,
    *,
    sort: str,
    descending: bool,
    limit: int,
    offset: int,
) -> list[Row]:
    """A page of the list; rows without a value in the sorted column come last, either way."""
    rows: Any = session.execute(
        sa.select(
            Proposal.id,
            Proposal.number,
            Proposal.title,
            Agency.code,
            Agency.name,
            Proposal.stage,
            Proposal.step,
            Proposal.outcome,
            Proposal.due_on,
            shown_reviews_in(actor),
            shown_score(actor),
            Proposal.planned_cents,
            Proposal.spent_cents,
            Proposal.changed_at,
            Proposal.origin,
        )
        .join(Agency, Agency.id == Proposal.agency_id)
        .where(conditions(actor, filters, today))
        .order_by(*_order(actor, sort, descending))
        .limit(limit)
        .offset(offset)
    )
    return [Row(*row) for row in rows]


def _order(actor: Actor, sort: str, descending: bool) -> list[sa.ColumnElement[Any]]:
    column = sorts(actor)[sort]
    order = [column.is_(None)] if sort in _MAY_BE_EMPTY else []
    return [
        *order,
        column.desc() if descending else column.asc(),
        Proposal.id.desc() if descending else Proposal.id.asc(),
    ]


@dataclass(frozen=True, slots=True)
class ExportRow:
    id: int
    number: str
    title: str
    agency_code: str
    agency_name: str
    call_title: str | None
    theme: str | None
    technology: str
    stage: Stage
    step: Step
    due_on: date | None
    reviews_in: int | None
    score: float | None
    requested_cents: int | None
    planned_cents: int
    spent_cents: int
    submitted_at: datetime | None
    stage_entered_at: datetime | None
    closed_at: datetime | None
    outcome: Outcome | None
    end_reason: EndReason | None
    origin: Origin
    uses_ai: bool
    changed_at: datetime


def export_records(
    session: Session, actor: Actor, filters: Filters, now: datetime, *, sort: str, descending: bool
) -> Iterator[tuple[ExportRow, PilotSummary, NextStep | None, bool]]:
    """Every row of the list in its order with its summary, what open work waits for, and whether the actor is
    told by name who must act; fetched a few hundred at a time."""
    today = office_day(now)
    rows: Any = session.execute(
        sa.select(
            Proposal.id,
            Proposal.number,
            Proposal.title,
            Agency.code,
            Agency.name,
            Call.title,
            Theme.name,
            Proposal.technology,
            Proposal.stage,
            Proposal.step,
            Proposal.due_on,
            shown_reviews_in(actor),
            shown_score(actor),
            Proposal.requested_cents,
            Proposal.planned_cents,
            Proposal.spent_cents,
            Proposal.submitted_at,
            where_known(Proposal.stage_entered_at),
            where_known(Proposal.closed_at),
            Proposal.outcome,
            Proposal.end_reason,
            Proposal.origin,
            Proposal.uses_ai,
            Proposal.changed_at,
        )
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Call, Call.id == Proposal.call_id)
        .outerjoin(Theme, Theme.id == Proposal.theme_id)
        .where(conditions(actor, filters, today))
        .order_by(*_order(actor, sort, descending))
        .execution_options(yield_per=500)
    )
    for part in rows.partitions():
        found = [ExportRow(*row) for row in part]
        summaries = summaries_of(session, [row.id for row in found], today)
        lasting = [row.id for row in found if row.stage is not Stage.CLOSED]
        steps = next_steps(session, lasting, now=now)
        told = readable(session, actor, lasting)
        yield from ((row, summaries[row.id], steps.get(row.id), row.id in told) for row in found)


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen in the filters, from the records the actor may know of: pairs of value and words."""

    agencies: tuple[tuple[str, str], ...]
    calls: tuple[tuple[str, str], ...]
    themes: tuple[tuple[str, str], ...]
    technologies: tuple[tuple[str, str], ...]
    years: tuple[tuple[str, str], ...]


def filter_choices(session: Session, actor: Actor) -> Choices:
    """In one statement, whatever the number of records."""
    text = sa.Text()

    def part(kind: str, value: Any, words: Any) -> sa.Select[Any]:
        return sa.select(sa.literal(kind).label("kind"), sa.cast(value, text), words.label("words"))

    def edge(begun: Any) -> sa.Select[Any]:
        """The first or last of each year by UTC: the office's years are those of these moments."""
        seconds = sa.cast(sa.extract("epoch", begun), sa.BigInteger)
        return part("begun", seconds, sa.literal("")).group_by(sa.extract("year", seen.c.begun))

    mine = sa.select(
        Proposal.agency_id, Proposal.call_id, Proposal.theme_id, Proposal.technology, BEGUN.label("begun")
    )
    seen = mine.where(visible(actor)).cte("seen")
    statement = sa.union_all(
        part("agency", Agency.code, Agency.name).where(Agency.id.in_(sa.select(seen.c.agency_id))),
        part("call", Call.slug, Call.title).where(Call.id.in_(sa.select(seen.c.call_id))),
        part("theme", Theme.id, Theme.name).where(Theme.id.in_(sa.select(seen.c.theme_id))),
        part("technology", seen.c.technology, seen.c.technology).where(seen.c.technology != "").distinct(),
        edge(sa.func.min(seen.c.begun)),
        edge(sa.func.max(seen.c.begun)),
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for kind, value, words in session.execute(statement):
        found.setdefault(kind, []).append((value, words))
    begun = {office_day(datetime.fromtimestamp(int(at), UTC)).year for at, _ in found.pop("begun", ())}
    for pairs in found.values():
        pairs.sort(key=lambda pair: (fold(pair[1]), pair[0]))
    return Choices(
        agencies=tuple(found.get("agency", ())),
        calls=tuple(found.get("call", ())),
        themes=tuple(found.get("theme", ())),
        technologies=tuple(found.get("technology", ())),
        years=tuple((str(year), str(year)) for year in sorted(begun, reverse=True)),
    )
