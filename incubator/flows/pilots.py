"""The pilot's plan: its texts, dates, people, sites and lesson."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.database import folded
from incubator.domain.access import Action, Record, can_on_record
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.evaluation import Design
from incubator.domain.evaluation_plan import PLAN_FIELDS, differences, field_names
from incubator.domain.events import EventKind
from incubator.domain.folding import fold
from incubator.domain.plausible import check_start
from incubator.domain.roles import Actor
from incubator.domain.stages import Origin
from incubator.flows.amendments import Amending, amend, check_amending, locked
from incubator.flows.record import record
from incubator.flows.stages import lock_proposal, set_due
from incubator.flows.versions import check_version
from incubator.models.accounts import Person
from incubator.models.pilots import Pilot, Site
from incubator.models.proposals import Proposal
from incubator.queries.evaluation_plan import plain_values, readings_since_launch
from incubator.queries.records import record_facts

MOST_DAYS = 3_660


@dataclass(frozen=True, slots=True)
class Plan:
    """What the plan says. Empty texts are allowed: the launch gate asks for them, not the form."""

    starts_on: date | None
    ends_on: date | None
    lead_id: int | None
    product_owner_id: int | None
    objectives: str
    methodology: str
    scalability: str
    analysis: str
    communication: str
    exit_plan: str
    question: str = ""
    design: Design | None = None
    comparison: str = ""


@dataclass(frozen=True, slots=True)
class SiteDetails:
    name: str
    participants: int | None
    starts_on: date | None
    note: str


def permit(session: Session, actor: Actor, action: Action, proposal_id: int) -> Record:
    """The actor's ties to the record; NotFound or Forbidden unless the action is allowed on it."""
    facts = record_facts(session, actor, proposal_id)
    if facts is None:
        raise NotFound
    answer = can_on_record(actor, action, facts)
    if not answer:
        raise Forbidden(answer.reason) if answer.known else NotFound
    return facts


def begin_change(session: Session, actor: Actor, action: Action, proposal_id: int, now: datetime) -> Proposal:
    """The record, locked until the transaction ends, with the action allowed and its last change set to now."""
    proposal = lock_proposal(session, proposal_id)
    permit(session, actor, action, proposal_id)
    proposal.changed_at = now
    return proposal


def find_plan(session: Session, proposal_id: int) -> Pilot | None:
    """The plan as it stands in the database now, not as it was loaded earlier."""
    return session.scalars(
        sa.select(Pilot).where(Pilot.proposal_id == proposal_id).execution_options(populate_existing=True)
    ).one_or_none()


def ensure_plan(session: Session, proposal_id: int) -> Pilot:
    """The plan, begun when there is none yet. The proposal must be locked."""
    pilot = find_plan(session, proposal_id)
    if pilot is None:
        pilot = Pilot(proposal_id=proposal_id)
        session.add(pilot)
        session.flush()
    return pilot


def save_plan(
    session: Session,
    actor: Actor,
    proposal_id: int,
    plan: Plan,
    *,
    seen_version: int | None,
    now: datetime,
    amending: Amending | None = None,
) -> Pilot:
    """Save the whole plan. `seen_version` is that of the form, 0 when there was no plan yet.

    Once the plan is locked, what the lock holds changes only with `amending`.
    Raises StaleVersion, with the saved values, when somebody saved meanwhile.
    """
    proposal = begin_change(session, actor, Action.PLAN, proposal_id, now)
    pilot = find_plan(session, proposal_id)
    if pilot is None and seen_version != 0:
        raise StaleVersion({}, 0)
    if pilot is not None:
        check_version(pilot, seen_version, {name: getattr(pilot, name) for name in asdict(plan)})
    _check_plan(session, plan)
    if proposal.origin is Origin.ENTERED:
        check_start(
            plan.starts_on, office_day(proposal.created_at), before=pilot.starts_on if pilot else None
        )
    pilot = pilot or ensure_plan(session, proposal_id)
    amended = {}
    if locked(session, pilot.id):
        amended = differences(plain_values(pilot, PLAN_FIELDS), plain_values(plan, PLAN_FIELDS))
    amending = check_amending(amending) if amended else None
    readings_in = readings_since_launch(session, pilot.id, None) if amended else 0
    changed = _apply(pilot, asdict(plan))
    if amending is not None:
        amend(
            session,
            actor,
            pilot,
            None,
            what=", ".join(field_names(amended)),
            changes=amended,
            readings_in=readings_in,
            amending=amending,
            now=now,
        )
    if changed:
        session.flush()
        set_due(session, proposal)
    if untold := [field for field in changed if field not in amended]:
        record(session, actor, now, EventKind.PLAN_CHANGED, proposal_id=proposal_id, changed=untold)
    return pilot


def _check_plan(session: Session, plan: Plan) -> None:
    if plan.starts_on and plan.ends_on and plan.ends_on <= plan.starts_on:
        raise DomainError("The pilot must end after it starts.", "ends_on")
    if plan.starts_on and plan.ends_on and (plan.ends_on - plan.starts_on).days > MOST_DAYS:
        raise DomainError("A pilot lasts ten years at most. Check the year.", "ends_on")
    for field in ("lead_id", "product_owner_id"):
        person_id = getattr(plan, field)
        if person_id is not None and session.get(Person, person_id) is None:
            raise DomainError("Choose a person from the list.", field)


def _apply(row: Any, values: dict[str, Any]) -> list[str]:
    """Set what differs; the names of what did."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed


def write_lesson(
    session: Session, actor: Actor, proposal_id: int, lesson: str, *, seen_version: int | None, now: datetime
) -> Pilot:
    """Write down what was learned; the version is the plan's."""
    begin_change(session, actor, Action.WRITE_LESSON, proposal_id, now)
    pilot = find_plan(session, proposal_id)
    if pilot is None and seen_version != 0:
        raise StaleVersion({}, 0)
    if pilot is not None:
        check_version(pilot, seen_version, {"lesson": pilot.lesson})
    if not lesson:
        raise DomainError("Write down what others can learn from this.", "lesson")
    pilot = pilot or ensure_plan(session, proposal_id)
    if _apply(pilot, {"lesson": lesson}):
        record(session, actor, now, EventKind.LESSON_WRITTEN, proposal_id=proposal_id)
    return pilot


def add_site(session: Session, actor: Actor, proposal_id: int, site: SiteDetails, *, now: datetime) -> Site:
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    pilot = ensure_plan(session, proposal_id)
    _check_site_name(session, pilot.id, site.name, None)
    row = Site(pilot_id=pilot.id, **asdict(site))
    session.add(row)
    record(
        session, actor, now, EventKind.SITE_CHANGED, proposal_id=proposal_id, site=site.name, change="added"
    )
    return row


def change_site(
    session: Session, actor: Actor, proposal_id: int, site_id: int, site: SiteDetails, *, now: datetime
) -> Site:
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    row = _site(session, proposal_id, site_id)
    _check_site_name(session, row.pilot_id, site.name, row.id)
    changed = _apply(row, asdict(site))
    if changed:
        record(
            session,
            actor,
            now,
            EventKind.SITE_CHANGED,
            proposal_id=proposal_id,
            site=site.name,
            changed=changed,
        )
    return row


def remove_site(
    session: Session, actor: Actor, proposal_id: int, site_id: int, *, now: datetime, undo: bool = False
) -> Site:
    """Take a site from the plan, or with `undo` put it back."""
    begin_change(session, actor, Action.PLAN, proposal_id, now)
    row = _site(session, proposal_id, site_id)
    if (row.removed_at is None) != undo:
        row.removed_at = None if undo else now
        change = "put back" if undo else "removed"
        record(
            session, actor, now, EventKind.SITE_CHANGED, proposal_id=proposal_id, site=row.name, change=change
        )
    return row


def _site(session: Session, proposal_id: int, site_id: int) -> Site:
    row = session.scalars(
        sa.select(Site)
        .join(Pilot, Pilot.id == Site.pilot_id)
        .where(Site.id == site_id, Pilot.proposal_id == proposal_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row


def _check_site_name(session: Session, pilot_id: int, name: str, own_id: int | None) -> None:
    same = session.scalar(
        sa.select(Site.id).where(
            Site.pilot_id == pilot_id,
            folded(Site.name) == fold(name),
            Site.removed_at.is_(None),
            Site.id != (own_id or 0),
        )
    )
    if same is not None:
        raise DomainError("There is already a site of this name.", "name")
