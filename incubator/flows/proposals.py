"""Handing a proposal in: the agency's sign-off, revisions after questions, withdrawal."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.errors import DomainError, Forbidden, NotFound
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.domain.stages import EndReason, Outcome, Stage, Step
from incubator.flows.conflicts import apply_rules
from incubator.flows.drafts import acting, writable
from incubator.flows.record import record
from incubator.flows.reviews import refresh_scores
from incubator.flows.revisions import content_hash, content_of, freeze, gaps
from incubator.flows.stages import lock_proposal, move
from incubator.flows.versions import check_version
from incubator.models.calls import Call
from incubator.models.proposals import Proposal, Revision, Section
from incubator.models.screening import InformationRequest
from incubator.queries.proposals import working_copy
from incubator.queries.records import record_facts

MOST_REASON = 4_000


def ask_for_sign_off(
    session: Session, actor: Actor, now: datetime, proposal_id: int, *, seen: int | None
) -> None:
    """Hand the finished proposal to the agency's lead, which says of each section that it is complete. Nobody
    changes it while the lead reads."""
    proposal = writable(session, actor, proposal_id, Action.WRITE)
    if proposal.step is not Step.DRAFT:
        raise Forbidden("The agency has signed off before. Submit a new revision instead.")
    check_version(proposal, seen)
    _check_complete(session, proposal)
    _check_not_closed(session, proposal, now)
    for section in session.scalars(
        sa.select(Section).where(Section.proposal_id == proposal_id, sa.not_(Section.complete))
    ):
        section.complete = True
    record(session, acting(session, actor, proposal), now, EventKind.SIGN_OFF_ASKED, proposal_id=proposal_id)
    move(session, proposal, stage=Stage.IDEA, step=Step.SIGN_OFF, leaving_as=Outcome.ADVANCE, now=now)


def sign_off(
    session: Session, actor: Actor, now: datetime, proposal_id: int, *, seen: int | None
) -> Revision:
    """The agency's lead signs: the proposal is frozen as a revision and goes to screening."""
    proposal = writable(session, actor, proposal_id, Action.SIGN_OFF)
    check_version(proposal, seen)
    _check_complete(session, proposal)
    _check_not_closed(session, proposal, now)
    _check_opened(session, proposal, now)
    revision = freeze(session, actor, now, proposal)
    proposal.submitted_at = now
    record(
        session,
        actor,
        now,
        EventKind.PROPOSAL_SUBMITTED,
        proposal_id=proposal_id,
        agency_id=proposal.agency_id,
        revision=revision.number,
    )
    move(session, proposal, stage=Stage.IDEA, step=Step.SCREENING, leaving_as=Outcome.ADVANCE, now=now)
    apply_rules(session, now, proposal_ids=[proposal_id])
    return revision


def submit_at_once(
    session: Session, actor: Actor, now: datetime, proposal_id: int, *, seen: int | None
) -> Revision:
    """The lead who writes it asks and signs in one go; both are recorded."""
    ask_for_sign_off(session, actor, now, proposal_id, seen=seen)
    version = session.scalar(sa.select(Proposal.version).where(Proposal.id == proposal_id))
    return sign_off(session, actor, now, proposal_id, seen=version)


def send_back(session: Session, actor: Actor, now: datetime, proposal_id: int, reason: str) -> None:
    """The lead sends the proposal back to its authors."""
    proposal = writable(session, actor, proposal_id, Action.SIGN_OFF)
    said = _reason(reason)
    record(session, actor, now, EventKind.SIGN_OFF_REFUSED, proposal_id=proposal_id, reason=said)
    move(session, proposal, stage=Stage.IDEA, step=Step.DRAFT, leaving_as=Outcome.REWORK, now=now)


def take_back(session: Session, actor: Actor, now: datetime, proposal_id: int) -> None:
    """The authors take it back from the lead to change something."""
    proposal = writable(session, actor, proposal_id, Action.WITHDRAW)
    if proposal.step is not Step.SIGN_OFF:
        raise Forbidden("The proposal is not waiting for sign-off.")
    record(
        session,
        acting(session, actor, proposal),
        now,
        EventKind.SIGN_OFF_REFUSED,
        proposal_id=proposal_id,
        reason="the authors want to change something.",
    )
    move(session, proposal, stage=Stage.IDEA, step=Step.DRAFT, leaving_as=Outcome.REWORK, now=now)


def resubmit(
    session: Session, actor: Actor, now: datetime, proposal_id: int, note: str, *, seen: int | None
) -> Revision:
    """After a question from the office: a new revision with a note of what changed, back to screening.

    The note also answers the questions that are still open.
    """
    proposal = writable(session, actor, proposal_id, Action.WRITE)
    if proposal.step is not Step.INFORMATION:
        raise Forbidden("The proposal has not been handed in yet.")
    check_version(proposal, seen)
    said = _reason(note, "note", "Say what you changed.")
    _check_complete(session, proposal)
    newest = session.scalar(
        sa.select(Revision.sha256).where(
            Revision.proposal_id == proposal_id, Revision.number == proposal.revision_number
        )
    )
    if newest == content_hash(content_of(session, proposal)):
        raise DomainError("Nothing has changed since the last revision.")
    revision = freeze(session, actor, now, proposal, said)
    refresh_scores(session, proposal, now)
    session.execute(
        sa.update(InformationRequest)
        .where(InformationRequest.proposal_id == proposal_id, InformationRequest.answered_at.is_(None))
        .values(answer=said, answered_at=now, answered_by_id=actor.person_id)
    )
    record(
        session,
        acting(session, actor, proposal),
        now,
        EventKind.PROPOSAL_RESUBMITTED,
        proposal_id=proposal_id,
        agency_id=proposal.agency_id,
        revision=revision.number,
        note=said,
    )
    move(session, proposal, stage=Stage.IDEA, step=Step.SCREENING, leaving_as=Outcome.ADVANCE, now=now)
    apply_rules(session, now, proposal_ids=[proposal_id])
    return revision


def withdraw(session: Session, actor: Actor, now: datetime, proposal_id: int, reason: str) -> None:
    """The agency withdraws a proposal that was handed in, until it is selected."""
    proposal = writable(session, actor, proposal_id, Action.WITHDRAW)
    if proposal.submitted_at is None:
        raise Forbidden("A draft has not been handed in: only your agency knows of it.")
    said = _reason(reason)
    record(
        session,
        acting(session, actor, proposal),
        now,
        EventKind.PROPOSAL_WITHDRAWN,
        proposal_id=proposal_id,
        agency_id=proposal.agency_id,
        reason=said,
    )
    move(
        session,
        proposal,
        stage=Stage.CLOSED,
        step=Step.CLOSED,
        leaving_as=Outcome.WITHDRAW,
        end_reason=EndReason.WITHDRAWN,
        now=now,
    )


def delete_draft(session: Session, actor: Actor, now: datetime, proposal_id: int) -> None:
    """Its authors or the agency's lead delete a draft; it stays theirs to see and to restore."""
    proposal = writable(session, actor, proposal_id, Action.WRITE)
    if proposal.step is not Step.DRAFT or proposal.submitted_at is not None:
        raise Forbidden("The proposal has been submitted before. Withdraw it instead.")
    proposal.deleted_at = proposal.changed_at = now
    record(
        session,
        acting(session, actor, proposal),
        now,
        EventKind.PROPOSAL_WITHDRAWN,
        proposal_id=proposal_id,
        reason="the draft was deleted.",
    )


def restore_draft(session: Session, actor: Actor, now: datetime, proposal_id: int) -> None:
    """Whoever may see a deleted draft, its authors and the agency's lead, may go on writing it."""
    proposal = lock_proposal(session, proposal_id)
    facts = record_facts(session, actor, proposal_id)
    if facts is None:
        raise NotFound
    if not facts.is_deleted_draft:
        raise Forbidden("This is not a deleted draft.")
    proposal.deleted_at, proposal.changed_at = None, now
    record(
        session,
        acting(session, actor, proposal),
        now,
        EventKind.RECORD_REVIVED,
        proposal_id=proposal_id,
        reason="the deleted draft was restored.",
        stage=proposal.stage.value,
    )


def _reason(text: str, field: str = "reason", blank: str = "Give a reason.") -> str:
    said = text.strip()
    if not said:
        raise DomainError(blank, field)
    if len(said) > MOST_REASON:
        raise DomainError("This is too long: at most %(most)s characters.", field, most=MOST_REASON)
    return said


def _check_complete(session: Session, proposal: Proposal) -> None:
    copy = working_copy(session, proposal.id)
    missing = gaps(copy.form_version, copy.uses_ai, copy.answers())
    if missing:
        count = sum(len(gap.fields) for gap in missing)
        titles = ", ".join(gap.section.title for gap in missing)
        raise DomainError(
            "Required answers are missing: %(count)s in %(sections)s.", count=count, sections=titles
        )


def _check_not_closed(session: Session, proposal: Proposal, now: datetime) -> None:
    call = session.get(Call, proposal.call_id) if proposal.call_id is not None else None
    if call is not None and (now >= call.closes_at or call.archived_at is not None):
        raise DomainError(
            "The call “%(call)s” has closed. Your text is kept: choose another call in “The idea”.",
            call=call.title,
        )


def _check_opened(session: Session, proposal: Proposal, now: datetime) -> None:
    call = session.get(Call, proposal.call_id) if proposal.call_id is not None else None
    if call is not None and now < call.opens_at:
        raise DomainError("The call “%(call)s” has not opened yet.", call=call.title)
