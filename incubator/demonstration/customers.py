"""The agencies as customers: needs, commitments, meetings and the survey. All of it illustration."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, time

from sqlalchemy.orm import Session

from incubator.demonstration import illustrated as ill
from incubator.demonstration.cast import Cast
from incubator.demonstration.facts import Demonstration
from incubator.demonstration.timeline import Timeline
from incubator.domain.events import EventKind
from incubator.domain.roles import SYSTEM
from incubator.domain.stages import Provenance
from incubator.flows.record import record
from incubator.models.agencies import (
    Agency,
    Commitment,
    CommitmentState,
    Contact,
    Meeting,
    Need,
    NeedState,
    Party,
    Survey,
    SurveyResponse,
)

STATED_DAYS_BEFORE = -820
"""Needs stood before the first call opened."""


def load_customers(session: Session, facts: Demonstration, cast: Cast, timeline: Timeline) -> dict[str, Need]:
    """Plan the accounts' histories; the needs exist at once, because proposals name them."""
    needs: dict[str, Need] = {}
    for account in facts.illustration.accounts:
        agency = cast.agencies[account.agency]
        needs |= _needs(session, account, agency, cast, timeline)
        _contacts(session, account, agency, cast)
        for promise in account.commitments:
            _plan_commitment(session, promise, agency, account, cast, timeline)
        for meeting in account.meetings:
            _plan_meeting(session, meeting, agency, cast, timeline)
        _plan_survey(session, facts.illustration.survey, account, agency, cast, timeline)
    return needs


def _needs(
    session: Session, account: ill.Account, agency: Agency, cast: Cast, timeline: Timeline
) -> dict[str, Need]:
    rows = {}
    for source in account.needs:
        moment = _moment(timeline, STATED_DAYS_BEFORE)
        need = Need(
            agency_id=agency.id,
            title=source.title,
            problem=source.problem,
            affected=source.affected,
            size=f"{source.size:,}",
            rank=source.rank,
            state=NeedState.OPEN,
            provenance=Provenance.ILLUSTRATION,
            stated_by_id=cast.people[account.lead].id,
            stated_at=moment,
        )
        session.add(need)
        rows[source.key] = need

        def state(now: datetime, need: Need = need) -> None:
            record(
                session,
                cast.actors[account.lead],
                now,
                EventKind.NEED_STATED,
                agency_id=agency.id,
                need=need.title,
            )

        timeline.at(moment, state)
    session.flush()
    return rows


def _contacts(session: Session, account: ill.Account, agency: Agency, cast: Cast) -> None:
    for person in cast.people.values():
        if person.agency_id == agency.id:
            session.add(
                Contact(agency_id=agency.id, name=person.name, job_title=person.job_title, email=person.email)
            )


def _plan_commitment(
    session: Session,
    source: ill.Commitment,
    agency: Agency,
    account: ill.Account,
    cast: Cast,
    timeline: Timeline,
) -> None:
    party = Party(source.side.value)
    owner = cast.people[account.lead if party is Party.AGENCY else "coordinator"]
    row = Commitment(
        agency_id=agency.id,
        party=party,
        promise=source.text,
        owner_name=owner.name,
        due_on=timeline.day(source.due_day),
        made_at=_moment(timeline, min(source.due_day, 0) - 90),
    )

    def make(now: datetime) -> None:
        row.made_at = now
        session.add(row)
        record(
            session,
            cast.actors["coordinator"],
            now,
            EventKind.COMMITMENT_MADE,
            agency_id=agency.id,
            commitment=source.text,
        )

    def keep(now: datetime) -> None:
        row.state, row.closed_at = CommitmentState.KEPT, now
        record(
            session,
            cast.actors["coordinator"],
            now,
            EventKind.COMMITMENT_KEPT,
            agency_id=agency.id,
            commitment=source.text,
        )

    timeline.after_days(min(source.due_day, 0) - 90, make)
    if source.done_day is not None:
        timeline.after_days(source.done_day, keep)


def _plan_meeting(
    session: Session, source: ill.Meeting, agency: Agency, cast: Cast, timeline: Timeline
) -> None:
    def hold(now: datetime) -> None:
        session.add(
            Meeting(
                agency_id=agency.id,
                title=source.title,
                held_on=timeline.day(source.day),
                attendees=", ".join(cast.people[key].name for key in source.people),
                notes=source.notes,
                recorded_by_id=cast.people["coordinator"].id,
            )
        )
        record(
            session,
            cast.actors["coordinator"],
            now,
            EventKind.MEETING_HELD,
            agency_id=agency.id,
            meeting=source.title,
        )

    timeline.after_days(source.day, hold, hour=16)


def _plan_survey(
    session: Session,
    source: ill.Survey,
    account: ill.Account,
    agency: Agency,
    cast: Cast,
    timeline: Timeline,
) -> None:
    row = Survey(
        agency_id=agency.id,
        title=source.title,
        questions=[
            {"key": f"q{position}", "text": text} for position, text in enumerate(source.questions, start=1)
        ],
        invited=account.invited,
        opened_at=_moment(timeline, source.opened_day),
        provenance=Provenance.ILLUSTRATION,
    )

    def opens(now: datetime) -> None:
        session.add(row)
        session.flush()
        record(
            session,
            cast.actors["coordinator"],
            now,
            EventKind.SURVEY_OPENED,
            agency_id=agency.id,
            survey=source.title,
        )

    def closes(now: datetime) -> None:
        row.closed_at = now
        record(
            session,
            cast.actors["coordinator"],
            now,
            EventKind.SURVEY_CLOSED,
            agency_id=agency.id,
            survey=source.title,
        )

    timeline.after_days(source.opened_day, opens)
    timeline.after_days(source.closed_day, closes)
    for position, response in enumerate(account.responses):

        def answer(now: datetime, position: int = position, response: ill.Response = response) -> None:
            session.add(
                SurveyResponse(
                    survey_id=row.id,
                    respondent_hash=hashlib.sha256(f"{row.id} {position}".encode()).hexdigest(),
                    answers={f"q{place}": score for place, score in enumerate(response.scores, start=1)},
                    comment=response.comment or "",
                    answered_at=now,
                )
            )
            record(
                session,
                SYSTEM,
                now,
                EventKind.SURVEY_ANSWERED,
                agency_id=agency.id,
                survey=source.title,
            )

        timeline.after_days(response.day, answer, hour=17)


def _moment(timeline: Timeline, offset: int) -> datetime:
    return datetime.combine(timeline.day(offset), time(14), UTC)
