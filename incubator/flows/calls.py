"""Calls for proposals: made, copied, changed and archived."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.clock import closing_day
from incubator.domain.errors import DomainError, Forbidden, NotFound
from incubator.domain.events import EventKind
from incubator.domain.gates import GATES, GateKey
from incubator.domain.proposal_form import CURRENT_VERSION, FORMS
from incubator.domain.releases import AgencySees
from incubator.domain.roles import Actor, Role
from incubator.domain.rubrics import DEFAULT_CRITERIA, DEFAULT_NAME
from incubator.flows import ranking
from incubator.flows.record import record
from incubator.flows.rubrics import draft_rubric, publish_rubric
from incubator.flows.versions import check_version
from incubator.models.calls import Call, Rubric
from incubator.queries.calls import chairs

MOST_GATE_DAYS = 730
RESERVED_SLUGS = frozenset({"new", "rubrics"})
LIMITED_GATES: tuple[GateKey, ...] = (GateKey.G0, GateKey.G1, GateKey.G2, GateKey.G4, GateKey.G5)
"""Gates whose limit is a number of days; the midpoint lies halfway through the pilot."""


@dataclass(frozen=True, slots=True)
class CallDetails:
    """What a call says. `gate_days` holds limits in days by gate key, where they differ from the
    gates' own; `budget_cents`, `teams` and `places` bound what can be selected. `reviews_most` is how many
    reviews one person takes on where nothing else is said."""

    title: str
    summary: str
    opens_at: datetime
    closes_at: datetime
    rubric_id: int
    reviews_due_on: date | None = None
    reviews_required: int = 3
    names_hidden: bool = False
    shares_scores: bool = True
    reviews_most: int | None = None
    revisions_due_on: date | None = None
    agency_sees: AgencySees = AgencySees.TOTAL
    decides_together: bool = False
    allows_draw: bool = False
    chair_id: int | None = None
    places: int | None = None
    gate_days: Mapping[str, int] = field(default_factory=dict)
    budget_cents: int | None = None
    teams: int | None = None
    form_version: int = CURRENT_VERSION


def may_keep(actor: Actor, call_id: int | None = None) -> bool:
    """Whether the actor may change calls, or this call where the role is limited to one."""
    return actor.holds_for(Role.COORDINATOR, call_id=call_id) or actor.holds_for(
        Role.ADMINISTRATOR, call_id=call_id
    )


def create_call(
    session: Session, actor: Actor, now: datetime, details: CallDetails, *, copied_from: int | None = None
) -> Call:
    """Make a call; `copied_from` is the call whose settings it began with."""
    check_keeper(actor)
    _check(session, details)
    source = session.get(Call, copied_from) if copied_from is not None else None
    call = Call(
        **{**asdict(details), "gate_days": dict(details.gate_days)},
        slug=free_slug(session, details.title),
        copied_from_id=source.id if source else None,
        created_at=now,
    )
    session.add(call)
    if source is None:
        record(session, actor, now, EventKind.CALL_CREATED, call=call.title)
    else:
        record(session, actor, now, EventKind.CALL_COPIED, call=call.title, source=source.title)
    return call


def change_call(
    session: Session, actor: Actor, now: datetime, call_id: int, details: CallDetails, *, seen: int | None
) -> Call:
    """Change a call. Its address stays, so that links keep working."""
    check_keeper(actor, call_id)
    call = _locked(session, call_id)
    check_version(call, seen, details_of(call))
    _check(session, details, current_rubric=call.rubric_id, call_id=call_id)
    values = {**asdict(details), "gate_days": dict(details.gate_days)}
    changed = sorted(name for name, value in values.items() if getattr(call, name) != value)
    if not changed:
        return call
    for name in changed:
        setattr(call, name, values[name])
    record(session, actor, now, EventKind.CALL_CHANGED, call=call.title, changed=changed)
    if {"places", "rubric_id"}.intersection(changed):
        ranking.ask_again(session, [call.id], now)
    return call


def archive_call(
    session: Session, actor: Actor, now: datetime, call_id: int, *, archived: bool = True
) -> None:
    """Take a call off the lists, or put it back. Nothing that belongs to it is lost."""
    check_keeper(actor, call_id)
    call = _locked(session, call_id)
    if (call.archived_at is not None) == archived:
        return
    if archived and call.opens_at <= now < call.closes_at:
        raise DomainError("This call is open. Change its closing day first.")
    call.archived_at = now if archived else None
    record(session, actor, now, EventKind.CALL_CHANGED, call=call.title, changed=["archived_at"])


def details_of(call: Call) -> dict[str, object]:
    """A call's details as they stand, by name."""
    return {name: getattr(call, name) for name in CallDetails.__dataclass_fields__}


def default_rubric(session: Session, actor: Actor, now: datetime) -> Rubric:
    """The rubric an installation starts with: made and published once, and found again after that."""
    found = session.scalars(
        sa.select(Rubric).where(Rubric.name == DEFAULT_NAME, Rubric.number == 1)
    ).one_or_none()
    if found is not None:
        return found
    rubric = draft_rubric(session, actor, now, DEFAULT_NAME, DEFAULT_CRITERIA)
    publish_rubric(session, actor, now, rubric.id)
    return rubric


def slug_of(title: str) -> str:
    """An address from a title: "Spring 2027: Waiting" → spring-2027-waiting."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-") or "call"


def free_slug(session: Session, title: str) -> str:
    """An address from a title that no other call has."""
    base = slug_of(title)
    taken = set(session.scalars(sa.select(Call.slug).where(Call.slug.like(f"{base}%")))) | RESERVED_SLUGS
    slug, count = base, 1
    while slug in taken:
        count += 1
        slug = f"{base}-{count}"
    return slug


def check_keeper(actor: Actor, call_id: int | None = None) -> None:
    """Raises Forbidden where `may_keep` says no; what runs without a person may."""
    if actor.person_id is not None and not may_keep(actor, call_id):
        raise Forbidden("Coordinators and administrators keep the calls.")


def _check(
    session: Session, details: CallDetails, *, current_rubric: int | None = None, call_id: int | None = None
) -> None:
    if not details.title.strip():
        raise DomainError("Enter a title.", "title")
    if details.closes_at <= details.opens_at:
        raise DomainError("The call must close after it opens.", "closes_on")
    if details.reviews_due_on is not None and details.reviews_due_on < closing_day(details.closes_at):
        raise DomainError("Reviews are due after the call closes.", "reviews_due_on")
    if not 1 <= details.reviews_required <= 20:
        raise DomainError("Ask for 1 to 20 reviews.", "reviews_required")
    if details.budget_cents is not None and details.budget_cents < 0:
        raise DomainError("The budget cannot be negative.", "budget")
    if details.teams is not None and not 1 <= details.teams <= 1_000:
        raise DomainError("Enter 1 to 1,000 teams.", "teams")
    if details.form_version not in FORMS:
        raise DomainError("There is no such version of the form.")
    if details.places is not None and not 1 <= details.places <= 10_000:
        raise DomainError("Enter 1 to 10,000 places.", "places")
    if details.reviews_most is not None and not 1 <= details.reviews_most <= 500:
        raise DomainError("Enter 1 to 500 reviews.", "reviews_most")
    if details.revisions_due_on is not None and (
        details.reviews_due_on is None or details.revisions_due_on < details.reviews_due_on
    ):
        raise DomainError("Reviews are revised after the day on which they are due.", "revisions_due_on")
    for key, days in details.gate_days.items():
        if key not in LIMITED_GATES or not 1 <= days <= MOST_GATE_DAYS:
            name = GATES[GateKey(key)].name if key in GATES else key
            raise DomainError(
                "Enter 1 to %(most)s days for %(gate)s.", f"days_{key}", most=MOST_GATE_DAYS, gate=name
            )
    _check_rubric(session, details.rubric_id, current_rubric)
    if details.chair_id is not None and details.chair_id not in {one for one, _ in chairs(session, call_id)}:
        raise DomainError("Choose a gatekeeper of this call.", "chair_id")


def _check_rubric(session: Session, rubric_id: int, current: int | None) -> None:
    published = session.scalar(sa.select(Rubric.published_at).where(Rubric.id == rubric_id))
    if published is None and rubric_id != current:
        raise DomainError("Choose a published rubric.", "rubric_id")


def _locked(session: Session, call_id: int) -> Call:
    call = session.scalars(
        sa.select(Call).where(Call.id == call_id).with_for_update().execution_options(populate_existing=True)
    ).one_or_none()
    if call is None:
        raise NotFound
    return call
