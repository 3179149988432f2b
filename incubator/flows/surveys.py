"""Pulse surveys of an agency's people: opened, answered without a name, closed."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import Action, own_agency
from incubator.domain.errors import DomainError, Forbidden, NotFound
from incubator.domain.events import EventKind
from incubator.domain.roles import SYSTEM, Actor
from incubator.domain.stages import Provenance
from incubator.domain.surveys import LEAST_RESPONSES, MOST_INVITED, MOST_QUESTIONS
from incubator.flows.agencies import check_on_agency, locked_agency
from incubator.flows.record import record
from incubator.flows.versions import locked
from incubator.models.agencies import Survey, SurveyResponse
from incubator.models.history import audit_key


def open_survey(
    session: Session,
    actor: Actor,
    now: datetime,
    agency_id: int,
    *,
    title: str,
    questions: Sequence[str],
    invited: int,
) -> Survey:
    """Ask the agency's people. One survey at a time, so that nobody is asked twice."""
    check_on_agency(actor, Action.KEEP_AGENCY, agency_id)
    locked_agency(session, agency_id)
    asked = [question.strip() for question in questions if question.strip()]
    if not title.strip():
        raise DomainError("Enter a title.", "title")
    if not asked:
        raise DomainError("Write at least one statement, one in each line.", "questions")
    if len(asked) > MOST_QUESTIONS:
        raise DomainError(
            "A pulse survey is short: at most %(most)s statements.", "questions", most=MOST_QUESTIONS
        )
    if not LEAST_RESPONSES <= invited <= MOST_INVITED:
        raise DomainError(
            "Ask at least %(least)s people: with fewer answers no results are ever shown.",
            "invited",
            least=LEAST_RESPONSES,
        )
    running = sa.select(Survey.id).where(Survey.agency_id == agency_id, Survey.closed_at.is_(None))
    if session.scalar(running.limit(1)) is not None:
        raise DomainError("A survey of this agency is still open. Close it first.")
    survey = Survey(
        agency_id=agency_id,
        title=title,
        questions=[{"key": f"q{place}", "text": text} for place, text in enumerate(asked, start=1)],
        invited=invited,
        opened_at=now,
        provenance=Provenance.MEASURED,
    )
    session.add(survey)
    record(session, actor, now, EventKind.SURVEY_OPENED, agency_id=agency_id, survey=title)
    return survey


def close_survey(session: Session, actor: Actor, now: datetime, survey_id: int) -> Survey:
    survey = _survey(session, survey_id)
    check_on_agency(actor, Action.KEEP_AGENCY, survey.agency_id)
    if survey.closed_at is None:
        survey.closed_at = now
        record(session, actor, now, EventKind.SURVEY_CLOSED, agency_id=survey.agency_id, survey=survey.title)
    return survey


def answer_survey(
    session: Session,
    actor: Actor,
    now: datetime,
    survey_id: int,
    answers: Mapping[str, int | None],
    comment: str = "",
) -> None:
    """Keep one person's answers. The name is not kept, only the day, and a keyed hash that refuses a second
    answer; the event is signed by the system, because its order would tell who answered."""
    survey = _survey(session, survey_id)
    check_on_agency(actor, Action.VIEW_AGENCY, survey.agency_id)
    if not own_agency(actor, survey.agency_id):
        raise Forbidden("Only the agency's own people answer this survey.")
    if survey.closed_at is not None:
        raise DomainError("This survey is closed.")
    if has_answered(session, actor, survey_id):
        raise DomainError("You have answered this survey already. Answers cannot be changed.")
    given = {}
    for question in survey.questions:
        value = answers.get(question["key"])
        if value not in (1, 2, 3, 4, 5):
            raise DomainError("Choose an answer.", question["key"])
        given[question["key"]] = value
    session.add(
        SurveyResponse(
            survey_id=survey.id,
            respondent_hash=respondent_hash(session, actor, survey.id),
            answers=given,
            comment=comment,
            answered_at=now.replace(hour=0, minute=0, second=0, microsecond=0),
        )
    )
    record(session, SYSTEM, now, EventKind.SURVEY_ANSWERED, agency_id=survey.agency_id, survey=survey.title)


def has_answered(session: Session, actor: Actor, survey_id: int) -> bool:
    found = session.scalar(
        sa.select(SurveyResponse.id).where(
            SurveyResponse.survey_id == survey_id,
            SurveyResponse.respondent_hash == respondent_hash(session, actor, survey_id),
        )
    )
    return found is not None


def respondent_hash(session: Session, actor: Actor, survey_id: int) -> str:
    """Without the installation's key nobody can try out who it belongs to."""
    content = f"survey {survey_id} person {actor.person_id}".encode()
    return hmac.new(audit_key(session), content, hashlib.sha256).hexdigest()


def _survey(session: Session, survey_id: int) -> Survey:
    survey = locked(session, Survey, survey_id)
    if survey is None:
        raise NotFound
    return survey
