"""Uses of AI: their screening, their practices, the checks of what is in use, and the shares of the levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.database import folded
from incubator.domain.ai import AiLevel, EscalationAnswer, PracticeState
from incubator.domain.ai_rules import AiAnswers, AiState, answers_from, check_due
from incubator.domain.ai_rules import ai_state as state_of
from incubator.domain.clock import office_day
from incubator.domain.roles import Actor
from incubator.domain.stages import Stage
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.ai import AiCheck, AiPractice, AiScreening
from incubator.models.pilots import Pilot
from incubator.models.proposals import Proposal, Section, StageSpell
from incubator.queries.visibility import visible

DEPLOYED = (Stage.PILOT, Stage.SCALE, Stage.IN_SERVICE)


@dataclass(frozen=True, slots=True)
class ScreeningRow:
    id: int
    answers: AiAnswers
    level: AiLevel
    high_impact: bool
    assessed_at: datetime
    assessed_by: str | None
    endorsed_at: datetime | None
    endorsed_by: str | None
    escalated_at: datetime | None
    escalated_by: str | None
    escalation_answer: EscalationAnswer | None
    escalation_note: str
    answered_at: datetime | None
    answered_by: str | None
    version: int


@dataclass(frozen=True, slots=True)
class PracticeRow:
    practice: str
    state: PracticeState = PracticeState.OPEN
    evidence: str = ""
    recorded_at: datetime | None = None
    recorded_by: str | None = None

    @property
    def stamp(self) -> int:
        """What a form shows of the answer, to notice that somebody else recorded meanwhile."""
        return 0 if self.recorded_at is None else round(self.recorded_at.timestamp() * 1_000_000)


@dataclass(frozen=True, slots=True)
class CheckRow:
    id: int
    checked_on: date
    found: str
    incident: bool
    response: str
    next_on: date | None
    recorded_at: datetime
    recorded_by: str | None


def screening_of(session: Session, proposal_id: int) -> ScreeningRow | None:
    names = {which: aliased(Person) for which in ("assessed", "endorsed", "escalated", "answered")}
    statement = sa.select(
        AiScreening.id,
        AiScreening.answers,
        AiScreening.level,
        AiScreening.high_impact,
        AiScreening.assessed_at,
        AiScreening.endorsed_at,
        AiScreening.escalated_at,
        AiScreening.escalation_answer,
        AiScreening.escalation_note,
        AiScreening.answered_at,
        AiScreening.version,
        *(person.name.label(f"{which}_by") for which, person in names.items()),
    ).where(AiScreening.proposal_id == proposal_id)
    for which, person in names.items():
        statement = statement.outerjoin(person, person.id == getattr(AiScreening, f"{which}_by_id"))
    row = session.execute(statement).one_or_none()
    if row is None:
        return None
    return ScreeningRow(**{**row._mapping, "answers": answers_from(row.answers)})


def practices_of(session: Session, screening_id: int) -> dict[str, PracticeRow]:
    rows = session.execute(
        sa.select(
            AiPractice.practice,
            AiPractice.state,
            AiPractice.evidence,
            AiPractice.recorded_at,
            Person.name.label("recorded_by"),
        )
        .outerjoin(Person, Person.id == AiPractice.recorded_by_id)
        .where(AiPractice.screening_id == screening_id)
    )
    return {row.practice: PracticeRow(**row._mapping) for row in rows}


def checks_of(session: Session, proposal_id: int) -> list[CheckRow]:
    """The checks, the latest first."""
    rows = session.execute(
        sa.select(
            AiCheck.id,
            AiCheck.checked_on,
            AiCheck.found,
            AiCheck.incident,
            AiCheck.response,
            AiCheck.next_on,
            AiCheck.recorded_at,
            Person.name.label("recorded_by"),
        )
        .outerjoin(Person, Person.id == AiCheck.recorded_by_id)
        .where(AiCheck.proposal_id == proposal_id)
        .order_by(AiCheck.checked_on.desc(), AiCheck.id.desc())
    )
    return [CheckRow(**row._mapping) for row in rows]


def known_answers(session: Session, proposal_id: int) -> AiAnswers:
    """What the full proposal has answered already, so that nobody is asked twice."""
    rows = session.execute(
        sa.select(Section.key, Section.answers).where(
            Section.proposal_id == proposal_id, Section.key.in_(("ai", "data"))
        )
    )
    given: dict[str, Any] = {}
    for row in rows:
        given |= row.answers
    known = AiAnswers(
        purpose=str(given.get("ai_purpose") or ""),
        generative=given.get("ai_kind") == "generative",
        principal=given.get("ai_principal") is True,
        personal=given.get("personal") is True,
    )
    return replace(known, purpose=known.purpose[:4_000])


def ai_state(session: Session, ids: Sequence[int]) -> dict[int, AiState]:
    """Where each record stands with its use of AI; every id asked for is answered. Two statements."""
    if not ids:
        return {}
    rows = session.execute(
        sa.select(
            Proposal.id,
            Proposal.uses_ai,
            AiScreening.id.label("screening_id"),
            AiScreening.answers,
            AiScreening.endorsed_at,
            AiScreening.escalated_at,
            AiScreening.escalation_answer,
        )
        .outerjoin(AiScreening, AiScreening.proposal_id == Proposal.id)
        .where(Proposal.id.in_(ids))
    ).all()
    settled: dict[int, set[str]] = {}
    for screening_id, practice in session.execute(
        sa.select(AiPractice.screening_id, AiPractice.practice).where(
            AiPractice.screening_id.in_([row.screening_id for row in rows if row.screening_id]),
            AiPractice.state != PracticeState.OPEN,
        )
    ):
        settled.setdefault(screening_id, set()).add(practice)
    found = {
        row.id: state_of(
            uses_ai=row.uses_ai,
            answers=None if row.screening_id is None else answers_from(row.answers),
            endorsed=row.endorsed_at is not None,
            escalated=row.escalated_at is not None,
            answer=row.escalation_answer,
            settled=settled.get(row.screening_id, frozenset()),
        )
        for row in rows
    }
    return {proposal_id: found.get(proposal_id, AiState()) for proposal_id in ids}


def launched_on(session: Session, proposal_id: int) -> date | None:
    """The day on which the pilot was launched, or else on which it came into that stage."""
    first = (
        sa.select(sa.func.min(StageSpell.entered_at))
        .where(StageSpell.proposal_id == proposal_id, StageSpell.stage == Stage.PILOT)
        .scalar_subquery()
    )
    launched = session.scalar(sa.select(Pilot.launched_at).where(Pilot.proposal_id == proposal_id))
    at = launched or session.scalar(sa.select(first))
    return office_day(at) if at is not None else None


def next_check(
    stage: Stage, level: AiLevel | None, launched: date | None, checks: Sequence[CheckRow]
) -> date | None:
    """By when the AI in use is to be looked at; `checks` the latest first. None before and after its use."""
    if stage not in DEPLOYED:
        return None
    return check_due(level, launched, checks[0].next_on if checks else None, checked=bool(checks))


@dataclass(frozen=True, slots=True)
class Share:
    """How an agency's uses of AI were rated; `waiting` are those nobody has screened yet."""

    code: str
    agency: str
    high: int = 0
    medium: int = 0
    low: int = 0
    waiting: int = 0

    @property
    def rated(self) -> int:
        return self.high + self.medium + self.low


def shares(session: Session, actor: Actor) -> list[Share]:
    """The levels of the uses of AI the actor may know of, by agency in the order of their names."""
    rows = session.execute(
        sa.select(Agency.code, Agency.name, AiScreening.level, sa.func.count())
        .select_from(Proposal)
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(AiScreening, AiScreening.proposal_id == Proposal.id)
        .where(sa.or_(Proposal.uses_ai, AiScreening.id.is_not(None)), visible(actor))
        .group_by(Agency.code, Agency.name, AiScreening.level)
        .order_by(folded(Agency.name), Agency.code)
    )
    found: dict[tuple[str, str], dict[str, int]] = {}
    for code, name, level, count in rows:
        found.setdefault((code, name), {})["waiting" if level is None else str(level)] = count
    return [Share(code, name, **counts) for (code, name), counts in found.items()]
