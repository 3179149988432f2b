"""Screening: the first must-meets, questions to the agency, passing on, declining, merging duplicates."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, can_on_record
from incubator.domain.choices import Choice
from incubator.domain.errors import DomainError
from incubator.domain.events import EventKind
from incubator.domain.gates import GateKey
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import EndReason, Outcome, Stage, Step
from incubator.flows import gates, readiness
from incubator.flows.decision_parts import require, ties_of, written
from incubator.flows.mail import post
from incubator.flows.record import record
from incubator.flows.stages import lock_proposal, move
from incubator.flows.versions import check_version
from incubator.models.accounts import Person, RoleGrant
from incubator.models.gates import Decision
from incubator.models.proposals import Author, Proposal
from incubator.models.screening import InformationRequest
from incubator.queries import screening as query
from incubator.queries.records import find_number

TEXT_LIMIT = 10_000

Answers = Mapping[str, tuple[bool | None, str]]
"""A must-meet's key → met (None: does not apply) and the note."""


def check(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    answers: Answers,
    seen_version: int | None,
    now: datetime,
) -> None:
    """Answer must-meets of the screening, all or none. Errors stand beside `note_<key>`."""
    _screened_by(session, actor, proposal_id, seen_version)
    for key, (met, note) in answers.items():
        try:
            readiness.check(
                session, actor, proposal_id=proposal_id, gate=GateKey.G0, key=key, met=met, note=note, now=now
            )
        except DomainError as error:
            field = f"note_{key}" if error.field == "note" else None
            raise DomainError(error.template, field, **error.params) from error


def ask(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    question: str,
    seen_version: int | None,
    now: datetime,
) -> InformationRequest:
    """Ask the agency for more; the next move is theirs, and each author gets a mail."""
    proposal = _screened_by(session, actor, proposal_id, seen_version)
    if proposal.step is not Step.SCREENING:
        raise DomainError("A question can be asked while the proposal is being screened.")
    question = written(question, "question", "Write the question.", TEXT_LIMIT)
    asked = InformationRequest(
        proposal_id=proposal_id, question=question, asked_by_id=actor.person_id, asked_at=now
    )
    session.add(asked)
    move(session, proposal, stage=Stage.IDEA, step=Step.INFORMATION, leaving_as=Outcome.REWORK, now=now)
    record(
        session,
        actor,
        now,
        EventKind.INFORMATION_ASKED,
        proposal_id=proposal_id,
        agency_id=proposal.agency_id,
    )
    _tell_agency(
        session,
        proposal,
        f"A question about {proposal.number}: {proposal.title}",
        f"We would like to know:\n\n{question}",
        now,
    )
    return asked


def answer(
    session: Session, actor: Actor, *, proposal_id: int, text: str, now: datetime
) -> InformationRequest:
    """The agency answers, and screening goes on. What a gate sent back without a question is answered
    under the reason of that decision."""
    proposal = lock_proposal(session, proposal_id)
    require(can_on_record(actor, Action.ANSWER, ties_of(session, actor, proposal_id)))
    text = written(text, "answer", "Write your answer.", TEXT_LIMIT)
    asked = session.scalars(
        sa.select(InformationRequest)
        .where(InformationRequest.proposal_id == proposal_id, InformationRequest.answered_at.is_(None))
        .order_by(InformationRequest.id.desc())
        .limit(1)
    ).one_or_none() or _from_decision(session, proposal, now)
    asked.answer, asked.answered_at, asked.answered_by_id = text, now, actor.person_id
    move(session, proposal, stage=Stage.IDEA, step=Step.SCREENING, leaving_as=Outcome.ADVANCE, now=now)
    record(
        session,
        actor,
        now,
        EventKind.INFORMATION_ANSWERED,
        proposal_id=proposal_id,
        agency_id=proposal.agency_id,
    )
    asker = session.get(Person, asked.asked_by_id) if asked.asked_by_id is not None else None
    if asker is not None and asker.disabled_at is None:
        post(
            session,
            recipient_id=asker.id,
            address=asker.email,
            subject=f"Answered: {proposal.number}, {proposal.title}",
            body=f"The agency has answered your question about “{proposal.title}”:\n\n{text}",
            now=now,
        )
    return asked


def _from_decision(session: Session, proposal: Proposal, now: datetime) -> InformationRequest:
    sent_back = session.scalars(
        sa.select(Decision)
        .where(Decision.proposal_id == proposal.id, Decision.outcome == Outcome.REWORK)
        .order_by(Decision.id.desc())
        .limit(1)
    ).one_or_none()
    asked = InformationRequest(
        proposal_id=proposal.id,
        question=sent_back.reason if sent_back else "Please tell us more.",
        asked_by_id=sent_back.decided_by_id if sent_back else None,
        asked_at=sent_back.decided_at if sent_back else now,
    )
    session.add(asked)
    return asked


def pass_on(
    session: Session, actor: Actor, *, proposal_id: int, reason: str, seen_version: int, now: datetime
) -> Decision:
    """Screening is passed: the reviews begin. Refused while a must-meet is missing."""
    return gates.decide(
        session,
        actor,
        proposal_id=proposal_id,
        choice=Choice(GateKey.G0, Outcome.ADVANCE, reason.strip() or "Every must-meet is met."),
        seen_version=seen_version,
        now=now,
    )


def turn_down(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    reason: str,
    end_reason: EndReason | None,
    seen_version: int,
    now: datetime,
) -> Decision:
    """Decline at screening; the agency reads the reason."""
    decision = gates.decide(
        session,
        actor,
        proposal_id=proposal_id,
        choice=Choice(GateKey.G0, Outcome.STOP, reason, end_reason=end_reason),
        seen_version=seen_version,
        now=now,
    )
    proposal = session.get_one(Proposal, proposal_id)
    _tell_agency(
        session,
        proposal,
        f"Not taken further: {proposal.number}, {proposal.title}",
        f"We will not take “{proposal.title}” further. The reason:\n\n{decision.reason}",
        now,
    )
    return decision


def merge(
    session: Session,
    actor: Actor,
    *,
    proposal_id: int,
    target_number: str,
    reason: str,
    seen_version: int,
    now: datetime,
) -> Proposal:
    """Merge a duplicate into another record; that one."""
    target_id = find_number(session, target_number)
    try:
        gates.decide(
            session,
            actor,
            proposal_id=proposal_id,
            choice=Choice(GateKey.G0, Outcome.MERGE, reason, merged_into_id=target_id),
            seen_version=seen_version,
            now=now,
        )
    except DomainError as error:
        if error.field == "merged_into":
            raise DomainError(error.template, "target", **error.params) from error
        raise
    return session.get_one(Proposal, target_id)


def _screened_by(session: Session, actor: Actor, proposal_id: int, seen: int | None) -> Proposal:
    proposal = lock_proposal(session, proposal_id)
    require(can_on_record(actor, Action.SCREEN, ties_of(session, actor, proposal_id)))
    check_version(proposal, seen, query.stands(session, proposal_id))
    return proposal


def _tell_agency(session: Session, proposal: Proposal, subject: str, body: str, now: datetime) -> None:
    people = session.scalars(
        sa.select(Person)
        .where(
            Person.disabled_at.is_(None),
            sa.or_(
                sa.exists().where(Author.person_id == Person.id, Author.proposal_id == proposal.id),
                sa.exists().where(
                    RoleGrant.person_id == Person.id,
                    RoleGrant.role == Role.AGENCY_LEAD,
                    RoleGrant.agency_id == proposal.agency_id,
                ),
            ),
        )
        .order_by(Person.id)
    )
    for person in people.all():
        post(session, recipient_id=person.id, address=person.email, subject=subject, body=body, now=now)
