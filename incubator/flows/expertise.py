"""What people who judge say of themselves: the fields they know, and their ties to vendors."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, can
from incubator.domain.assignment import FIELDS, LEVELS, theme_tag
from incubator.domain.conflicts import TieKind, vendor_key
from incubator.domain.errors import DomainError, NotFound
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.flows.conflicts import apply_rules
from incubator.flows.record import record
from incubator.flows.reviews import require
from incubator.models.assignment import Expertise
from incubator.models.conflicts import VendorTie
from incubator.queries import expertise as query
from incubator.queries.assignment import theme_names

MOST_LEVEL = max(level for level, _ in LEVELS)


def say_what_one_knows(session: Session, actor: Actor, *, levels: Mapping[str, int], now: datetime) -> bool:
    """Keep how well the actor knows each field (0 is not at all); whether that changed anything.

    Fields not named keep what was said. Raises DomainError for a field or a level that is not offered.
    """
    require(can(actor, Action.REVIEW_ANY))
    assert actor.person_id is not None
    offered = FIELDS.keys() | {theme_tag(theme) for theme in theme_names(session)}
    if not levels.keys() <= offered or any(not 0 <= level <= MOST_LEVEL for level in levels.values()):
        raise DomainError("Choose from the fields and answers on the page.")
    known = query.levels_of(session, actor.person_id)
    changed = {tag: level for tag, level in levels.items() if known.get(tag, 0) != level}
    for tag, level in sorted(changed.items()):
        if tag in known:
            session.execute(
                sa.delete(Expertise).where(Expertise.person_id == actor.person_id, Expertise.tag == tag)
            )
        if level:
            session.add(Expertise(person_id=actor.person_id, tag=tag, level=level))
            session.flush()
    if changed:
        record(session, actor, now, EventKind.EXPERTISE_CHANGED, person=actor.name, fields=sorted(changed))
    return bool(changed)


def declare_tie(
    session: Session,
    actor: Actor,
    *,
    kind: TieKind,
    vendor: str,
    ended_on: date | None,
    note: str,
    now: datetime,
) -> int:
    """Declare a tie to a vendor; the conflicts that follow stand at once, and reviews they touch end.

    Answers how many conflicts were found. `ended_on` is the last day of a contract, None while it runs.
    """
    require(can(actor, Action.DECLARE_TIES))
    assert actor.person_id is not None
    key = vendor_key(vendor)
    if not key:
        raise DomainError("Enter the vendor's name.", "vendor")
    if kind is not TieKind.CONTRACT and ended_on is not None:
        raise DomainError(
            "Only a contract has a last day. A tie that has ended need not be declared.", "ended_on"
        )
    if any(
        tie.kind is kind and vendor_key(tie.vendor) == key and tie.ended_on == ended_on
        for tie in query.ties_of(session, actor.person_id)
    ):
        raise DomainError("You have declared this already.", "vendor")
    session.add(
        VendorTie(
            person_id=actor.person_id,
            kind=kind,
            vendor=vendor.strip(),
            vendor_key=key,
            ended_on=ended_on,
            note=note.strip(),
            declared_at=now,
        )
    )
    record(
        session,
        actor,
        now,
        EventKind.VENDOR_TIE_DECLARED,
        person=actor.name,
        vendor=vendor.strip(),
        tie=kind.value,
    )
    return apply_rules(session, now, person_ids=[actor.person_id])


def end_tie(session: Session, actor: Actor, *, tie_id: int, ended_on: date | None, now: datetime) -> None:
    """A tie has ended. A contract gets its last day and bars for two years from then; without a day, and for
    any other tie, it bars no longer. Raises NotFound for somebody else's."""
    require(can(actor, Action.DECLARE_TIES))
    assert actor.person_id is not None
    tie = session.scalars(
        sa.select(VendorTie)
        .where(VendorTie.id == tie_id, VendorTie.person_id == actor.person_id, VendorTie.removed_at.is_(None))
        .with_for_update()
    ).one_or_none()
    if tie is None:
        raise NotFound
    if tie.kind is TieKind.CONTRACT and ended_on is not None:
        tie.ended_on = ended_on
    else:
        tie.removed_at = now
    record(
        session,
        actor,
        now,
        EventKind.VENDOR_TIE_REMOVED,
        person=actor.name,
        vendor=tie.vendor,
        ended_on=None if ended_on is None else ended_on.isoformat(),
    )
    apply_rules(session, now, person_ids=[actor.person_id])
