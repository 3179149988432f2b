"""Writing a proposal: begun, saved section by section, by several authors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, can_on_record
from incubator.domain.errors import DomainError, Forbidden, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.folding import fold
from incubator.domain.proposal_form import CURRENT_VERSION, IDEA, FieldKind, SectionSpec, find_section
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Precision, Stage, Step
from incubator.flows.conflicts import apply_rules
from incubator.flows.record import record
from incubator.flows.stages import lock_proposal
from incubator.models.accounts import Person
from incubator.models.agencies import Agency, Need, Theme, Unit
from incubator.models.calls import Call
from incubator.models.proposals import Author, NeedLink, Proposal, Section, StageSpell
from incubator.queries.proposals import AGENCY_ROLES, AuthorRow, people_of_agency
from incubator.queries.records import record_facts

ONE_SITTING = timedelta(minutes=10)
"""Background saves of one person this close together are one event on the timeline."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a proposal belongs. `need_ids` are the agency's needs it answers; `on_behalf` names, by
    e-mail or name, for whom at the agency a coordinator writes."""

    agency_id: int
    unit_id: int | None = None
    call_id: int | None = None
    theme_id: int | None = None
    need_ids: tuple[int, ...] = ()
    on_behalf: str = ""


def start_idea(
    session: Session, actor: Actor, now: datetime, place: Place, answers: Mapping[str, Any]
) -> Proposal:
    """Begin a proposal with its idea. It gets the agency's next number; the actor is its first author."""
    agency = session.get(Agency, place.agency_id) if place.agency_id is not None else None
    if agency is None or agency.archived_at is not None:
        raise DomainError("Choose an agency.", "agency_id")
    partner = _partner(session, actor, place)
    if partner is not None:
        actor = replace(actor, on_behalf_of_id=partner.person_id)
    kept = _checked(IDEA, answers)
    _check_unit_and_theme(session, place)
    _check_open(session, place.call_id, now)
    number = next_number(session, agency.id, agency.code)
    proposal = Proposal(
        number=number,
        agency_id=agency.id,
        unit_id=place.unit_id,
        call_id=place.call_id,
        theme_id=place.theme_id,
        stage=Stage.IDEA,
        step=Step.DRAFT,
        created_at=now,
        created_by_id=actor.person_id,
        changed_at=now,
        stage_entered_at=now,
        step_entered_at=now,
        **_columns(IDEA, kept),
    )
    session.add(proposal)
    session.flush()
    session.add(
        StageSpell(proposal_id=proposal.id, stage=Stage.IDEA, entered_at=now, precision=Precision.DAY)
    )
    writers = [actor.person_id, partner.person_id if partner else None]
    session.add_all(
        Author(proposal_id=proposal.id, person_id=person_id, added_at=now)
        for person_id in dict.fromkeys(writers)
        if person_id is not None
    )
    session.add(
        Section(
            proposal_id=proposal.id,
            key=IDEA.key,
            answers=kept,
            saved_at=now,
            saved_by_id=actor.person_id,
        )
    )
    record(session, actor, now, EventKind.PROPOSAL_STARTED, proposal_id=proposal.id, agency_id=agency.id)
    link_needs(session, actor, now, proposal, place.need_ids)
    return proposal


def next_number(session: Session, agency_id: int, code: str) -> str:
    """CODE-0001, counted by the agency's row, which stays locked until the transaction ends."""
    while True:
        taken = session.scalar(
            sa.update(Agency)
            .where(Agency.id == agency_id)
            .values(next_number=Agency.next_number + 1)
            .returning(Agency.next_number)
            .execution_options(synchronize_session=False)
        )
        number = f"{code}-{int(taken or 1) - 1:04}"
        # An import may have brought numbers of the same form.
        if session.scalar(sa.select(Proposal.id).where(Proposal.number == number)) is None:
            return number


def save_section(
    session: Session,
    actor: Actor,
    now: datetime,
    proposal_id: int,
    key: str,
    answers: Mapping[str, Any],
    *,
    seen: int,
    complete: bool | None = None,
    in_background: bool = False,
    place: Place | None = None,
) -> Section:
    """Save one section's answers; a draft may be incomplete.

    `seen` is the version the form showed, 0 when nothing had been saved; raises StaleVersion with the
    saved answers when somebody else was faster. `complete` None leaves the authors' word as it was.
    Saving what stands already changes nothing. The call's closing day does not matter here.
    """
    proposal = writable(session, actor, proposal_id, Action.WRITE)
    spec = find_section(form_version(session, proposal), key, uses_ai=True)
    if spec is None:
        raise NotFound
    row = session.scalars(
        sa.select(Section)
        .where(Section.proposal_id == proposal_id, Section.key == key)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if seen != (row.version if row else 0):
        raise StaleVersion(row.answers if row else {}, row.version if row else 0)
    kept = _checked(spec, answers)
    moved = place is not None and _move_place(session, proposal, place, now)
    if row is not None and row.answers == kept and complete in (None, row.complete) and not moved:
        return row
    same_sitting = row is not None and row.saved_by_id == actor.person_id and now - row.saved_at < ONE_SITTING
    if row is None:
        row = Section(proposal_id=proposal_id, key=key)
        session.add(row)
    row.answers = kept
    row.complete = bool(row.complete) if complete is None else complete
    row.saved_at, row.saved_by_id = now, actor.person_id
    for name, value in _columns(spec, kept).items():
        setattr(proposal, name, value)
    proposal.changed_at = now
    session.flush()
    if not (in_background and same_sitting):
        record(
            session,
            acting(session, actor, proposal),
            now,
            EventKind.SECTION_SAVED,
            proposal_id=proposal_id,
            section=spec.title,
        )
    return row


def add_author(session: Session, actor: Actor, now: datetime, proposal_id: int, named: str) -> AuthorRow:
    """Add somebody of the agency, named by e-mail address or name, as an author."""
    proposal = writable(session, actor, proposal_id, Action.WRITE)
    person = find_colleague(session, proposal.agency_id, named, "named")
    if session.get(Author, (proposal_id, person.person_id)) is not None:
        raise DomainError("%(person)s is an author already.", "named", person=person.name)
    session.add(Author(proposal_id=proposal_id, person_id=person.person_id, added_at=now))
    proposal.changed_at = now
    _record_author(session, actor, now, proposal, EventKind.AUTHOR_ADDED, person.name)
    apply_rules_if_handed_in(session, now, proposal)
    return person


def remove_author(session: Session, actor: Actor, now: datetime, proposal_id: int, person_id: int) -> None:
    """Take an author off; the last one stays."""
    proposal = writable(session, actor, proposal_id, Action.WRITE)
    author = session.get(Author, (proposal_id, person_id))
    if author is None:
        return
    count = session.scalar(
        sa.select(sa.func.count()).select_from(Author).where(Author.proposal_id == proposal_id)
    )
    if count == 1:
        raise DomainError("The last author stays. Add another one first.")
    name = session.scalar(sa.select(Person.name).where(Person.id == person_id)) or ""
    session.delete(author)
    proposal.changed_at = now
    _record_author(session, actor, now, proposal, EventKind.AUTHOR_REMOVED, name)
    apply_rules_if_handed_in(session, now, proposal)


def apply_rules_if_handed_in(session: Session, now: datetime, proposal: Proposal) -> None:
    """Bring conflicts of interest into step with who writes; before it is handed in nobody judges it."""
    if proposal.submitted_at is not None:
        apply_rules(session, now, proposal_ids=[proposal.id])


def change_needs(
    session: Session, actor: Actor, now: datetime, proposal_id: int, need_ids: tuple[int, ...]
) -> None:
    """Say which of the agency's needs the proposal answers; links that are not named are taken off."""
    proposal = writable(session, actor, proposal_id, Action.WRITE)
    linked = dict(
        session.execute(
            sa.select(Need.id, Need.title)
            .join(NeedLink, NeedLink.need_id == Need.id)
            .where(NeedLink.proposal_id == proposal_id)
            .order_by(Need.id)
        ).all()
    )
    for need_id, title in linked.items():
        if need_id not in need_ids:
            session.execute(
                sa.delete(NeedLink).where(NeedLink.proposal_id == proposal_id, NeedLink.need_id == need_id)
            )
            _record_need(session, actor, now, proposal, EventKind.NEED_UNLINKED, title)
    link_needs(session, actor, now, proposal, tuple(need for need in need_ids if need not in linked))


def link_needs(
    session: Session, actor: Actor, now: datetime, proposal: Proposal, need_ids: tuple[int, ...]
) -> None:
    """Link needs of the proposal's own agency."""
    for need_id in dict.fromkeys(need_ids):
        need = session.get(Need, need_id)
        if need is None or need.agency_id != proposal.agency_id:
            raise DomainError("Choose needs of the proposal's own agency.", "needs")
        session.add(NeedLink(proposal_id=proposal.id, need_id=need_id))
        _record_need(session, actor, now, proposal, EventKind.NEED_LINKED, need.title)


def writable(session: Session, actor: Actor, proposal_id: int, action: Action) -> Proposal:
    """The proposal, locked, when the actor may do this to it as it stands now; else NotFound or Forbidden."""
    proposal = lock_proposal(session, proposal_id)
    facts = record_facts(session, actor, proposal_id)
    if facts is None:
        raise NotFound
    answer = can_on_record(actor, action, facts)
    if not answer:
        raise Forbidden(answer.reason)
    return proposal


def acting(session: Session, actor: Actor, proposal: Proposal) -> Actor:
    """The actor as the audit trail names them: a coordinator among the authors acts for the agency's author."""
    speaks = any(actor.holds_for(role, agency_id=proposal.agency_id) for role in AGENCY_ROLES)
    if speaks or actor.on_behalf_of_id is not None or not actor.holds(Role.COORDINATOR):
        return actor
    partner = session.scalar(
        sa.select(Author.person_id)
        .where(Author.proposal_id == proposal.id, Author.person_id != actor.person_id)
        .order_by(Author.added_at, Author.person_id)
        .limit(1)
    )
    return replace(actor, on_behalf_of_id=partner)


def find_colleague(session: Session, agency_id: int, named: str, field: str) -> AuthorRow:
    """Somebody of the agency by e-mail address or full name. Raises DomainError beside `field`."""
    wanted = fold(" ".join(named.split()))
    if not wanted:
        raise DomainError("Enter an e-mail address or a name.", field)
    people = people_of_agency(session, agency_id)
    found = [person for person in people if wanted in (fold(person.email), fold(person.name))]
    if len(found) > 1:
        raise DomainError("Several people have this name. Enter the e-mail address.", field)
    if not found:
        raise DomainError("Nobody with this name or address has an account at the agency.", field)
    return found[0]


def form_version(session: Session, proposal: Proposal) -> int:
    """The version of the form that the proposal's call uses."""
    if proposal.call_id is None:
        return CURRENT_VERSION
    return session.scalar(sa.select(Call.form_version).where(Call.id == proposal.call_id)) or CURRENT_VERSION


def _partner(session: Session, actor: Actor, place: Place) -> AuthorRow | None:
    """For whom a coordinator writes; None when the actor speaks for the agency."""
    if any(actor.holds_for(role, agency_id=place.agency_id) for role in AGENCY_ROLES):
        return None
    if not actor.holds_for(Role.COORDINATOR, agency_id=place.agency_id, call_id=place.call_id):
        raise Forbidden("You can propose for your own agency only.")
    return find_colleague(session, place.agency_id, place.on_behalf, "on_behalf")


def _checked(spec: SectionSpec, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers of the section's own questions, within their limits. Blank ones are left out."""
    kept: dict[str, Any] = {}
    for field in spec.fields:
        value = answers.get(field.key)
        if value in (None, "", []):
            continue
        if isinstance(value, str):
            if "\x00" in value:
                raise DomainError("The text holds a character that cannot be kept.", field.key)
            if field.kind in (FieldKind.LINE, FieldKind.TEXT) and len(value) > field.limit:
                raise DomainError(
                    "This is too long: at most %(limit)s characters.", field.key, limit=field.limit
                )
        kept[field.key] = value
    if spec.key == IDEA.key and not str(kept.get("title", "")).strip():
        raise DomainError("Give the idea a name.", "title")
    return kept


def _columns(spec: SectionSpec, answers: Mapping[str, Any]) -> dict[str, Any]:
    """What lists show of a section's answers."""
    if spec.key == IDEA.key:
        title = str(answers.get("title", ""))
        return {
            "title": title,
            "title_key": fold(title),
            "summary": answers.get("summary", ""),
            "sponsor": answers.get("sponsor", ""),
            "technology": answers.get("technology", ""),
            "uses_ai": answers.get("uses_ai") is True,
        }
    if spec.key == "cost":
        requested = answers.get("requested")
        return {"requested_cents": requested if isinstance(requested, int) else None}
    if spec.key == "vendor":
        return {"vendor": answers.get("vendor", "")}
    return {}


def _move_place(session: Session, proposal: Proposal, place: Place, now: datetime) -> bool:
    """Change unit, theme and call. The call stays once the proposal was handed in."""
    before = (proposal.unit_id, proposal.theme_id, proposal.call_id)
    call_id = place.call_id if proposal.submitted_at is None else proposal.call_id
    _check_unit_and_theme(session, replace(place, agency_id=proposal.agency_id))
    if call_id != proposal.call_id:
        _check_open(session, call_id, now)
    proposal.unit_id, proposal.theme_id, proposal.call_id = place.unit_id, place.theme_id, call_id
    return (place.unit_id, place.theme_id, call_id) != before


def _check_unit_and_theme(session: Session, place: Place) -> None:
    if place.unit_id is not None:
        owner = session.scalar(sa.select(Unit.agency_id).where(Unit.id == place.unit_id))
        if owner != place.agency_id:
            raise DomainError("Choose a unit of the agency.", "unit_id")
    if place.theme_id is not None and session.get(Theme, place.theme_id) is None:
        raise DomainError("Choose a theme.", "theme_id")


def _check_open(session: Session, call_id: int | None, now: datetime) -> None:
    if call_id is None:
        return
    call = session.get(Call, call_id)
    if call is None or call.archived_at is not None or not call.opens_at <= now < call.closes_at:
        raise DomainError("This call is not open. Choose another, or none for now.", "call_id")


def _record_author(
    session: Session, actor: Actor, now: datetime, proposal: Proposal, kind: EventKind, name: str
) -> None:
    record(session, acting(session, actor, proposal), now, kind, proposal_id=proposal.id, person=name)


def _record_need(
    session: Session, actor: Actor, now: datetime, proposal: Proposal, kind: EventKind, need: str
) -> None:
    record(
        session,
        acting(session, actor, proposal),
        now,
        kind,
        proposal_id=proposal.id,
        agency_id=proposal.agency_id,
        number=proposal.number,
        need=need,
    )
