"""Lessons and close-outs: one to read, many to search, and those like what somebody is working on.

A lesson is found by whoever may know of its record, and by nobody else: `visible` stands in every statement.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.folding import fold
from incubator.domain.lessons import LEARNT_STAGES, Kind, likest
from incubator.domain.roles import Actor
from incubator.domain.scaling import CLOSE_OUT_PARTS
from incubator.domain.stages import Outcome, Stage, Step
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.pilots import Pilot
from incubator.models.proposals import Proposal
from incubator.models.scaling import CloseOut, LessonTag, LessonUse
from incubator.queries.similar import words_of
from incubator.queries.visibility import visible

MOST_COMPARED = 1_000
MOST_WORDS = 40
SEARCHED_PARTS = ("evidence", "worked", "did_not_work", "next_and_risks", "hypothesis")


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list is narrowed to; an empty value narrows nothing."""

    q: str = ""
    tag: str = ""
    technology: str = ""
    agency: str = ""
    outcome: Outcome | None = None
    stage: Stage | None = None

    def given(self) -> dict[str, str]:
        found = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: str(value) for name, value in found.items() if value not in (None, "")}


@dataclass(frozen=True, slots=True)
class LessonRow:
    """A lesson as a list shows it. `text` is the paragraph of the pilot, else what did not or did work."""

    id: int
    number: str
    title: str
    agency_name: str
    technology: str
    stage: Stage
    step: Step
    outcome: Outcome | None
    text: str
    has_close_out: bool
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CloseOutRow:
    """`parts` has every part by its field; all empty, with version 0, before anybody wrote."""

    parts: dict[str, str]
    tags: tuple[str, ...] = ()
    written_at: datetime | None = None
    written_by: str | None = None
    version: int = 0


def close_out_of(session: Session, proposal_id: int) -> CloseOutRow:
    row = session.execute(
        sa.select(
            CloseOut.id,
            *(getattr(CloseOut, name) for name in CLOSE_OUT_PARTS),
            CloseOut.written_at,
            CloseOut.version,
            Person.name,
        )
        .outerjoin(Person, Person.id == CloseOut.written_by_id)
        .where(CloseOut.proposal_id == proposal_id)
    ).one_or_none()
    if row is None:
        return CloseOutRow(dict.fromkeys(CLOSE_OUT_PARTS, ""))
    tags = session.scalars(
        sa.select(LessonTag.tag).where(LessonTag.close_out_id == row.id).order_by(LessonTag.tag)
    ).all()
    parts = {name: getattr(row, name) for name in CLOSE_OUT_PARTS}
    return CloseOutRow(parts, tuple(tags), row.written_at, row.name, row.version)


_TEXT = sa.case(
    (sa.func.coalesce(Pilot.lesson, "") != "", Pilot.lesson),
    (sa.func.coalesce(CloseOut.did_not_work, "") != "", CloseOut.did_not_work),
    else_=sa.func.coalesce(CloseOut.worked, ""),
)
_TAUGHT = sa.or_(CloseOut.id.is_not(None), sa.func.coalesce(Pilot.lesson, "") != "")


def _taught(actor: Actor, *columns: Any) -> sa.Select[Any]:
    """The records with a lesson that the actor may know of."""
    return (
        sa.select(*columns)
        .select_from(Proposal)
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Pilot, Pilot.proposal_id == Proposal.id)
        .outerjoin(CloseOut, CloseOut.proposal_id == Proposal.id)
        .where(_TAUGHT, visible(actor))
    )


def has_lesson(session: Session, actor: Actor, proposal_id: int) -> bool:
    """Whether the record teaches something the actor may read."""
    found = session.scalar(_taught(actor, Proposal.id).where(Proposal.id == proposal_id))
    return found is not None


_COLUMNS = (
    Proposal.id,
    Proposal.number,
    Proposal.title,
    Agency.name.label("agency_name"),
    Proposal.technology,
    Proposal.stage,
    Proposal.step,
    Proposal.outcome,
    _TEXT.label("text"),
    CloseOut.id.is_not(None).label("has_close_out"),
)


def _narrowed(select: sa.Select[Any], filters: Filters) -> sa.Select[Any]:
    for word in filters.q.split()[:8]:
        select = select.where(_holds(word))
    if filters.tag:
        tagged = sa.exists().where(LessonTag.close_out_id == CloseOut.id, LessonTag.tag == filters.tag)
        select = select.where(tagged.correlate(CloseOut))
    if filters.technology:
        select = select.where(Proposal.technology == filters.technology)
    if filters.agency:
        select = select.where(Agency.code == filters.agency)
    if filters.outcome is not None:
        select = select.where(Proposal.outcome == filters.outcome)
    if filters.stage is not None:
        select = select.where(Proposal.stage == filters.stage)
    return select


def _holds(word: str) -> sa.ColumnElement[bool]:
    parts = [getattr(CloseOut, name) for name in SEARCHED_PARTS]
    tagged = sa.exists().where(
        LessonTag.close_out_id == CloseOut.id, LessonTag.tag.contains(word.casefold(), autoescape=True)
    )
    return sa.or_(
        folded(Proposal.title_key).contains(fold(word), autoescape=True),
        *(text.icontains(word, autoescape=True) for text in (Pilot.lesson, *parts)),
        tagged.correlate(CloseOut),
    )


def count_lessons(session: Session, actor: Actor, filters: Filters) -> int:
    return session.scalar(_narrowed(_taught(actor, sa.func.count()), filters)) or 0


def list_lessons(
    session: Session, actor: Actor, filters: Filters, *, limit: int, offset: int
) -> list[LessonRow]:
    """A page of lessons, what changed last first."""
    rows = session.execute(
        _narrowed(_taught(actor, *_COLUMNS), filters)
        .order_by(Proposal.changed_at.desc(), Proposal.id)
        .limit(limit)
        .offset(offset)
    ).all()
    return _rows(session, rows)


def _rows(session: Session, rows: Collection[Any]) -> list[LessonRow]:
    tags = _tags(session, [row.id for row in rows])
    return [LessonRow(**row._mapping, tags=tags.get(row.id, ())) for row in rows]


def _tags(session: Session, ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    found: dict[int, tuple[str, ...]] = {}
    if not ids:
        return found
    for proposal_id, tag in session.execute(
        sa.select(CloseOut.proposal_id, LessonTag.tag)
        .join(LessonTag, LessonTag.close_out_id == CloseOut.id)
        .where(CloseOut.proposal_id.in_(ids))
        .order_by(LessonTag.tag)
    ):
        found[proposal_id] = (*found.get(proposal_id, ()), tag)
    return found


@dataclass(frozen=True, slots=True)
class Choices:
    """What the list's filters offer: only what the actor's lessons have."""

    tags: tuple[str, ...]
    technologies: tuple[str, ...]
    agencies: tuple[tuple[str, str], ...]
    outcomes: tuple[Outcome, ...]


def choices(session: Session, actor: Actor) -> Choices:
    tags = session.scalars(
        _taught(actor, LessonTag.tag)
        .join(LessonTag, LessonTag.close_out_id == CloseOut.id)
        .distinct()
        .order_by(LessonTag.tag)
    ).all()
    technologies = session.scalars(
        _taught(actor, Proposal.technology).where(Proposal.technology != "").distinct()
    ).all()
    agencies = session.execute(_taught(actor, Agency.code, Agency.name).distinct()).all()
    outcomes = session.scalars(
        _taught(actor, Proposal.outcome).where(Proposal.outcome.is_not(None)).distinct()
    ).all()
    return Choices(
        tuple(tags),
        tuple(sorted(technologies)),
        tuple(sorted(((row.code, row.name) for row in agencies), key=lambda one: one[1])),
        tuple(outcome for outcome in Outcome if outcome in outcomes),
    )


def similar_lessons(session: Session, actor: Actor, title: str, *, limit: int = 3) -> list[LessonRow]:
    """What ended or scaled work taught that is like a title: rare words in common, or tags it names."""
    telling = _telling(title, "")
    wanted = Kind(telling, telling)
    rows = _comparable(session, actor, but=None) if wanted.words else []
    return _likest(session, actor, wanted, rows, _tags(session, [row.id for row in rows]), limit)


def lessons_like(session: Session, actor: Actor, proposal_id: int, *, limit: int = 3) -> list[LessonRow]:
    """The same for a record that stands: rare words in common, tags, technology and theme.

    One statement where there are no lessons, four where some are like it.
    """
    rows = _comparable(session, actor, but=proposal_id)
    own = (
        session.execute(
            sa.select(Proposal.title, Proposal.summary, Proposal.technology, Proposal.theme_id).where(
                Proposal.id == proposal_id, visible(actor)
            )
        ).one_or_none()
        if rows
        else None
    )
    if own is None:
        return []
    tags = _tags(session, [proposal_id, *(row.id for row in rows)])
    wanted = _kind(own, tags.get(proposal_id, ()))
    return _likest(session, actor, wanted, rows, tags, limit)


def _telling(title: str, summary: str) -> frozenset[str]:
    return frozenset(words_of(f"{title} {summary}")[:MOST_WORDS])


def _kind(row: Any, tags: tuple[str, ...]) -> Kind:
    return Kind(
        _telling(row.title, row.summary),
        _telling(row.title, ""),
        frozenset(tags),
        row.technology,
        row.theme_id,
    )


def _comparable(session: Session, actor: Actor, *, but: int | None) -> list[Any]:
    columns = (Proposal.id, Proposal.title, Proposal.summary, Proposal.technology, Proposal.theme_id)
    return list(
        session.execute(
            _taught(actor, *columns)
            .where(Proposal.stage.in_(LEARNT_STAGES), Proposal.id != (but or 0))
            .order_by(Proposal.changed_at.desc(), Proposal.id)
            .limit(MOST_COMPARED)
        )
    )


def _likest(
    session: Session,
    actor: Actor,
    wanted: Kind,
    rows: Collection[Any],
    tags: Mapping[int, tuple[str, ...]],
    limit: int,
) -> list[LessonRow]:
    kinds = {row.id: _kind(row, tags.get(row.id, ())) for row in rows}
    best = likest(wanted, kinds, limit=limit)
    if not best:
        return []
    found = session.execute(_taught(actor, *_COLUMNS).where(Proposal.id.in_(best))).all()
    return sorted(_rows(session, found), key=lambda row: best.index(row.id))


@dataclass(frozen=True, slots=True)
class UseRow:
    """A link between two records as seen from one of them: the other's number and title."""

    number: str
    title: str
    source_id: int
    note: str
    marked_at: datetime
    marked_by: str | None


def uses_of(session: Session, actor: Actor, proposal_id: int) -> list[UseRow]:
    """The lessons this record uses, of records the actor may know of."""
    return _uses(session, actor, LessonUse.proposal_id == proposal_id, LessonUse.source_id)


def used_by(session: Session, actor: Actor, proposal_id: int) -> list[UseRow]:
    """The records that use this one's lesson, those the actor may know of."""
    return _uses(session, actor, LessonUse.source_id == proposal_id, LessonUse.proposal_id)


def _uses(session: Session, actor: Actor, which: sa.ColumnElement[bool], other: Any) -> list[UseRow]:
    rows = session.execute(
        sa.select(
            Proposal.number,
            Proposal.title,
            LessonUse.source_id,
            LessonUse.note,
            LessonUse.marked_at,
            Person.name.label("marked_by"),
        )
        .join(Proposal, Proposal.id == other)
        .outerjoin(Person, Person.id == LessonUse.marked_by_id)
        .where(which, LessonUse.removed_at.is_(None), visible(actor))
        .order_by(LessonUse.marked_at, LessonUse.id)
    )
    return [UseRow(**row._mapping) for row in rows]
