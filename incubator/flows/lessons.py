"""What a pilot leaves to others, and who takes it up."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.lessons import MOST_TAGS
from incubator.domain.roles import Actor
from incubator.domain.scaling import CLOSE_OUT_PARTS
from incubator.flows.pilots import begin_change
from incubator.flows.record import record
from incubator.flows.versions import check_version
from incubator.models.proposals import Proposal
from incubator.models.scaling import CloseOut, LessonTag, LessonUse
from incubator.queries.lessons import has_lesson
from incubator.queries.records import record_facts


def write_close_out(
    session: Session,
    actor: Actor,
    proposal_id: int,
    parts: dict[str, str],
    tags: tuple[str, ...],
    *,
    seen_version: int | None,
    now: datetime,
) -> CloseOut:
    """Write the close-out's parts and tags. `seen_version` is 0 when nobody had written one.

    `parts` has a text for each of CLOSE_OUT_PARTS, some of them empty; `tags` are normalized.
    """
    begin_change(session, actor, Action.WRITE_LESSON, proposal_id, now)
    row = session.scalars(
        sa.select(CloseOut)
        .where(CloseOut.proposal_id == proposal_id)
        .options(selectinload(CloseOut.tags))
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is not None:
        stands = {name: getattr(row, name) for name in CLOSE_OUT_PARTS}
        check_version(row, seen_version, {**stands, "tags": sorted(one.tag for one in row.tags)})
    elif seen_version != 0:
        raise StaleVersion({}, 0)
    if not any(parts.values()):
        raise DomainError("Write at least one part.", next(iter(CLOSE_OUT_PARTS)))
    if len(tags) > MOST_TAGS:
        raise DomainError("Use at most %(most)s tags.", "own_tags", most=MOST_TAGS)
    before = set() if row is None else {one.tag for one in row.tags}
    if row is None:
        row = CloseOut(proposal_id=proposal_id, tags=[])
        session.add(row)
    elif before == set(tags) and all(getattr(row, name) == text for name, text in parts.items()):
        return row
    for name in CLOSE_OUT_PARTS:
        setattr(row, name, parts[name])
    row.written_at, row.written_by_id = now, actor.person_id
    kept = {one.tag: one for one in row.tags}
    row.tags = [kept.get(tag) or LessonTag(tag=tag) for tag in tags]
    session.flush()
    record(session, actor, now, EventKind.CLOSE_OUT_WRITTEN, proposal_id=proposal_id, tags=list(tags))
    return row


def _source(session: Session, actor: Actor, proposal_id: int, source_id: int) -> Proposal:
    """The record whose lesson is taken up; NotFound where the actor may not know of it or it has none."""
    source = session.get(Proposal, source_id)
    if source is None or source_id == proposal_id or record_facts(session, actor, source_id) is None:
        raise NotFound
    return source


def _standing(session: Session, proposal_id: int, source_id: int) -> LessonUse | None:
    return session.scalars(
        sa.select(LessonUse).where(
            LessonUse.proposal_id == proposal_id,
            LessonUse.source_id == source_id,
            LessonUse.removed_at.is_(None),
        )
    ).one_or_none()


def use_lesson(
    session: Session, actor: Actor, proposal_id: int, source_id: int, note: str, *, now: datetime
) -> LessonUse:
    """Note that the work takes up what another record taught, and how. The same again changes the note."""
    begin_change(session, actor, Action.USE_LESSON, proposal_id, now)
    source = _source(session, actor, proposal_id, source_id)
    if not has_lesson(session, actor, source_id):
        raise NotFound
    if not note:
        raise DomainError("Write what you take from it.", "note")
    row = _standing(session, proposal_id, source_id)
    if row is not None and row.note == note:
        return row
    if row is None:
        row = LessonUse(proposal_id=proposal_id, source_id=source_id, marked_at=now)
        session.add(row)
    row.note, row.marked_at, row.marked_by_id = note, now, actor.person_id
    session.flush()
    record(
        session, actor, now, EventKind.LESSON_USED, proposal_id=proposal_id, source=source.number, note=note
    )
    return row


def remove_use(session: Session, actor: Actor, proposal_id: int, source_id: int, *, now: datetime) -> None:
    """Take back that a lesson is used; what was taken back already stays so."""
    begin_change(session, actor, Action.USE_LESSON, proposal_id, now)
    source = _source(session, actor, proposal_id, source_id)
    row = _standing(session, proposal_id, source_id)
    if row is None:
        return
    row.removed_at = now
    session.flush()
    record(session, actor, now, EventKind.LESSON_USE_REMOVED, proposal_id=proposal_id, source=source.number)


def restore_use(session: Session, actor: Actor, proposal_id: int, source_id: int, *, now: datetime) -> None:
    """Undo that: the use taken back last stands again, with its note."""
    begin_change(session, actor, Action.USE_LESSON, proposal_id, now)
    source = _source(session, actor, proposal_id, source_id)
    row = session.scalars(
        sa.select(LessonUse)
        .where(LessonUse.proposal_id == proposal_id, LessonUse.source_id == source_id)
        .order_by(LessonUse.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotFound
    if row.removed_at is None:
        return
    row.removed_at = None
    session.flush()
    record(
        session,
        actor,
        now,
        EventKind.LESSON_USED,
        proposal_id=proposal_id,
        source=source.number,
        note=row.note,
    )
