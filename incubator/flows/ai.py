"""A use of AI from its questions over the front door and the Governor's Office to the watch over it in use."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action
from incubator.domain.ai import AI_LEVELS, ESCALATION_ANSWERS, AiLevel, EscalationAnswer, PracticeState
from incubator.domain.ai_rules import (
    MOST_CHECK_DAYS,
    AiAnswers,
    answers_from,
    find_practice,
    practices_for,
    rate,
)
from incubator.domain.clock import office_day
from incubator.domain.errors import DomainError, NotFound, StaleVersion
from incubator.domain.events import EventKind
from incubator.domain.roles import Actor
from incubator.domain.stages import Stage
from incubator.flows.pilots import begin_change
from incubator.flows.record import record
from incubator.flows.versions import check_version
from incubator.models.ai import AiCheck, AiPractice, AiScreening
from incubator.models.proposals import Proposal


def _find(session: Session, proposal_id: int) -> AiScreening | None:
    return session.scalars(
        sa.select(AiScreening)
        .where(AiScreening.proposal_id == proposal_id)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _screened(session: Session, proposal: Proposal) -> AiScreening:
    if proposal.stage is Stage.CLOSED:
        raise DomainError("This work has ended.")
    row = _find(session, proposal.id)
    if row is None:
        raise DomainError("The AI questions are not answered yet.")
    return row


def screen(
    session: Session,
    actor: Actor,
    proposal_id: int,
    answers: AiAnswers,
    *,
    seen_version: int | None,
    now: datetime,
) -> AiScreening:
    """Answer the questions; the level follows. `seen_version` is 0 when nobody had answered yet.

    Other answers than before void the endorsement and the escalation, which were about something else.
    A record that was said to use no AI is known to use it from then on.
    """
    proposal = begin_change(session, actor, Action.SCREEN_AI, proposal_id, now)
    row = _find(session, proposal_id)
    kept = answers.kept()
    if row is not None:
        check_version(row, seen_version, row.answers)
    elif seen_version != 0:
        raise StaleVersion({}, 0)
    if answers.involved and not answers.purpose:
        raise DomainError("Write what the AI is for.", "purpose")
    if row is not None and row.answers == kept:
        return row
    rating = rate(answers)
    voided = row is not None and (row.endorsed_at is not None or row.escalated_at is not None)
    if row is None:
        row = AiScreening(proposal_id=proposal_id)
        session.add(row)
    row.answers, row.level, row.high_impact = kept, rating.level, rating.high_impact
    row.assessed_at, row.assessed_by_id = now, actor.person_id
    row.endorsed_at = row.endorsed_by_id = None
    _forget_escalation(row)
    proposal.uses_ai = proposal.uses_ai or answers.involved
    session.flush()
    record(
        session,
        actor,
        now,
        EventKind.AI_SCREENED,
        proposal_id=proposal_id,
        level=AI_LEVELS[rating.level].staff,
        because=list(rating.because),
        voided=voided,
    )
    return row


def _forget_escalation(row: AiScreening) -> None:
    # The answer goes first: the database refuses one without its escalation.
    row.escalation_answer, row.escalation_note = None, ""
    row.answered_at = row.answered_by_id = None
    row.escalated_at = row.escalated_by_id = None


def endorse(
    session: Session, actor: Actor, proposal_id: int, *, seen_version: int | None, now: datetime
) -> AiScreening:
    """The agency's IT director, the front door, stands behind the use as it was described."""
    proposal = begin_change(session, actor, Action.ENDORSE_AI, proposal_id, now)
    row = _screened(session, proposal)
    check_version(row, seen_version)
    if row.endorsed_at is not None:
        raise DomainError("This use is endorsed already.")
    row.endorsed_at, row.endorsed_by_id = now, actor.person_id
    session.flush()
    record(session, actor, now, EventKind.AI_ENDORSED, proposal_id=proposal_id)
    return row


def escalate(
    session: Session, actor: Actor, proposal_id: int, *, seen_version: int | None, now: datetime
) -> AiScreening:
    """Bring a high use before the Governor's Office, after the front door."""
    proposal = begin_change(session, actor, Action.SCREEN_AI, proposal_id, now)
    row = _screened(session, proposal)
    check_version(row, seen_version)
    if row.level is not AiLevel.HIGH:
        raise DomainError("Only what is rated high is escalated.")
    if row.endorsed_at is None:
        raise DomainError("The agency's IT director endorses the use first.")
    if row.escalated_at is not None:
        raise DomainError("This use is escalated already.")
    row.escalated_at, row.escalated_by_id = now, actor.person_id
    session.flush()
    record(session, actor, now, EventKind.AI_ESCALATED, proposal_id=proposal_id)
    return row


def answer_escalation(
    session: Session,
    actor: Actor,
    proposal_id: int,
    answer: EscalationAnswer,
    note: str,
    *,
    seen_version: int | None,
    now: datetime,
) -> AiScreening:
    """Record what the Governor's Office answered. Whoever escalated does not answer."""
    proposal = begin_change(session, actor, Action.ANSWER_ESCALATION, proposal_id, now)
    row = _screened(session, proposal)
    check_version(row, seen_version, {"answer": row.escalation_answer, "note": row.escalation_note})
    if row.escalated_at is None:
        raise DomainError("This use is not escalated.")
    if row.escalation_answer is not None:
        raise DomainError("The escalation is answered already.")
    if row.escalated_by_id is not None and row.escalated_by_id == actor.person_id:
        raise DomainError("You escalated this, so somebody else records the answer.")
    if not note:
        raise DomainError("Write what was answered: the reason, and the limits if there are any.", "note")
    row.escalation_answer, row.escalation_note = answer, note
    row.answered_at, row.answered_by_id = now, actor.person_id
    session.flush()
    record(
        session,
        actor,
        now,
        EventKind.AI_ESCALATION_ANSWERED,
        proposal_id=proposal_id,
        answer=ESCALATION_ANSWERS[answer].staff,
        note=note,
    )
    return row


def record_practice(
    session: Session,
    actor: Actor,
    proposal_id: int,
    key: str,
    state: PracticeState,
    evidence: str,
    *,
    seen: int | None,
    now: datetime,
) -> AiPractice:
    """Say how far a required practice is, with the evidence. `seen` is the stamp the form showed, 0 before."""
    proposal = begin_change(session, actor, Action.SCREEN_AI, proposal_id, now)
    screening = _screened(session, proposal)
    practice = find_practice(key)
    if practice is None or practice not in practices_for(answers_from(screening.answers), screening.level):
        raise NotFound
    row = session.scalars(
        sa.select(AiPractice)
        .where(AiPractice.screening_id == screening.id, AiPractice.practice == key)
        .execution_options(populate_existing=True)
    ).one_or_none()
    standing = 0 if row is None else round(row.recorded_at.timestamp() * 1_000_000)
    if seen != standing:
        raise StaleVersion({} if row is None else {"state": row.state, "evidence": row.evidence}, standing)
    if state is PracticeState.NOT_NEEDED and practice.firm:
        raise DomainError("Every use of AI needs this.", "state")
    if state is not PracticeState.OPEN and not evidence:
        raise DomainError("Write what shows it, or why it is not needed.", "evidence")
    if row is None:
        row = AiPractice(screening_id=screening.id, practice=key)
        session.add(row)
    elif (row.state, row.evidence) == (state, evidence):
        return row
    row.state, row.evidence = state, evidence
    row.recorded_at, row.recorded_by_id = now, actor.person_id
    session.flush()
    record(
        session,
        actor,
        now,
        EventKind.AI_PRACTICE_RECORDED,
        proposal_id=proposal_id,
        practice=practice.name,
        state=str(state),
    )
    return row


def record_check(
    session: Session,
    actor: Actor,
    proposal_id: int,
    *,
    checked_on: date,
    found: str,
    incident: bool,
    response: str,
    next_on: date | None,
    now: datetime,
) -> AiCheck:
    """Record a look at the AI in use. An incident says what was done; what is not low names the next check."""
    proposal = begin_change(session, actor, Action.SCREEN_AI, proposal_id, now)
    screening = _screened(session, proposal)
    if proposal.stage not in (Stage.PILOT, Stage.SCALE, Stage.IN_SERVICE):
        raise DomainError("Checks are recorded once the pilot runs.")
    today = office_day(now)
    if checked_on > today:
        raise DomainError("This day is still to come.", "checked_on")
    if not found:
        raise DomainError("Write what you found.", "found")
    if incident and not response:
        raise DomainError("Write what was done about the incident.", "response")
    if next_on is None and screening.level is not AiLevel.LOW:
        raise DomainError("Say when it is checked next.", "next_on")
    if next_on is not None and next_on <= checked_on:
        raise DomainError("The next check comes after this one.", "next_on")
    if next_on is not None and not next_on <= checked_on + timedelta(days=MOST_CHECK_DAYS):
        raise DomainError("The next check is within 13 months of this one.", "next_on")
    row = AiCheck(
        proposal_id=proposal_id,
        checked_on=checked_on,
        found=found,
        incident=incident,
        response=response,
        next_on=next_on,
        recorded_at=now,
        recorded_by_id=actor.person_id,
    )
    session.add(row)
    session.flush()
    record(session, actor, now, EventKind.AI_CHECKED, proposal_id=proposal_id, incident=incident)
    return row
