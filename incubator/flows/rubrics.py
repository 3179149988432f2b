"""Rubrics: drafted, changed while drafts, published once and then frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, selectinload

from incubator.domain.access import Action, can
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.domain.rubrics import CriterionSpec, check_criteria, criterion_key
from incubator.flows.record import record
from incubator.models.calls import Criterion, Rubric


def fingerprint(name: str, criteria: Sequence[CriterionSpec]) -> str:
    """A short mark of what a form showed, so that a later save can tell whether it still stands."""
    content = [[name], *([c.key, c.title, c.description, c.weight, list(c.anchors)] for c in criteria)]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:16]


def specs_of(rubric: Rubric) -> list[CriterionSpec]:
    """The criteria of a loaded rubric as plain values."""
    return [
        CriterionSpec(
            criterion.key,
            criterion.title,
            criterion.description,
            criterion.weight,
            _five(criterion.anchors),
        )
        for criterion in rubric.criteria
    ]


def _five(anchors: Sequence[str]) -> tuple[str, str, str, str, str]:
    first, second, third, fourth, fifth, *_rest = [*anchors, "", "", "", "", ""]
    return first, second, third, fourth, fifth


def draft_rubric(
    session: Session, actor: Actor, now: datetime, name: str, criteria: Sequence[CriterionSpec]
) -> Rubric:
    """A new draft: the next version of that name, or the first."""
    _may_keep(actor)
    name = " ".join(name.split())
    if not name:
        raise DomainError("Enter a name.", "name")
    check_criteria(criteria)
    latest = session.scalar(sa.select(sa.func.max(Rubric.number)).where(Rubric.name == name)) or 0
    rubric = Rubric(name=name, number=latest + 1, created_at=now)
    session.add(rubric)
    session.flush()
    _write(session, rubric.id, criteria)
    record(session, actor, now, EventKind.RUBRIC_CREATED, rubric=title_of(rubric))
    return rubric


def next_version(session: Session, actor: Actor, now: datetime, rubric_id: int) -> Rubric:
    """A draft that starts as a copy of an existing version. Another open draft of the name is refused."""
    source = _locked(session, rubric_id)
    draft = session.scalar(
        sa.select(Rubric.number).where(Rubric.name == source.name, Rubric.published_at.is_(None)).limit(1)
    )
    if draft is not None:
        raise DomainError(
            "Version %(number)s is still a draft. Publish or change that one first.", number=draft
        )
    return draft_rubric(session, actor, now, source.name, specs_of(source))


def change_rubric(
    session: Session,
    actor: Actor,
    now: datetime,
    rubric_id: int,
    criteria: Sequence[CriterionSpec],
    *,
    seen: str,
) -> None:
    """Replace a draft's criteria. `seen` is the fingerprint of what the form showed."""
    _may_keep(actor)
    rubric = _locked(session, rubric_id)
    _still_a_draft(rubric)
    before = specs_of(rubric)
    if seen != fingerprint(rubric.name, before):
        raise StaleVersion({criterion.key: criterion.title for criterion in before})
    check_criteria(criteria)
    if list(criteria) == before:
        return
    session.execute(sa.delete(Criterion).where(Criterion.rubric_id == rubric_id))
    _write(session, rubric_id, criteria)
    session.expire(rubric)
    record(session, actor, now, EventKind.RUBRIC_CREATED, rubric=title_of(rubric))


def publish_rubric(session: Session, actor: Actor, now: datetime, rubric_id: int) -> None:
    """Freeze a draft so that calls may use it."""
    _may_keep(actor)
    rubric = _locked(session, rubric_id)
    _still_a_draft(rubric)
    check_criteria(specs_of(rubric))
    rubric.published_at = now
    record(session, actor, now, EventKind.RUBRIC_PUBLISHED, rubric=title_of(rubric))


def title_of(rubric: Rubric) -> str:
    return f"“{rubric.name}”, version {rubric.number}"


def _may_keep(actor: Actor) -> None:
    answer = can(actor, Action.KEEP_RUBRICS)
    if actor.person_id is not None and not answer:
        raise Forbidden(answer.reason)


def _still_a_draft(rubric: Rubric) -> None:
    if rubric.published_at is not None:
        raise DomainError("This version is published and stays as it is. Draft a new version instead.")


def _locked(session: Session, rubric_id: int) -> Rubric:
    rubric = session.scalars(
        sa.select(Rubric)
        .where(Rubric.id == rubric_id)
        .options(selectinload(Rubric.criteria))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one_or_none()
    if rubric is None:
        raise NotFound
    return rubric


def _write(session: Session, rubric_id: int, criteria: Sequence[CriterionSpec]) -> None:
    taken: list[str] = []
    for position, criterion in enumerate(criteria):
        key = criterion.key if criterion.key and criterion.key not in taken else ""
        key = key or criterion_key(criterion.title, taken)
        taken.append(key)
        session.add(
            Criterion(
                rubric_id=rubric_id,
                key=key,
                title=criterion.title,
                description=criterion.description,
                weight=criterion.weight,
                position=position,
                anchors=list(criterion.anchors),
            )
        )
    session.flush()
