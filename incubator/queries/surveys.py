"""Pulse surveys and, where enough people answered, their results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.stages import Provenance
from incubator.domain.surveys import Tally, may_show, tally
from incubator.models.agencies import Survey, SurveyResponse


@dataclass(frozen=True, slots=True)
class SurveyRow:
    """A survey with the number of its answers. `shown` says whether its results may be read."""

    id: int
    title: str
    questions: list[Any]
    invited: int
    opened_at: datetime
    closed_at: datetime | None
    provenance: Provenance
    responses: int

    @property
    def shown(self) -> bool:
        return may_show(self.responses, closed=self.closed_at is not None)

    @property
    def rate(self) -> float:
        """Share of those asked who answered, at most 1."""
        return min(self.responses / self.invited, 1.0) if self.invited else 0.0


@dataclass(frozen=True, slots=True)
class Results:
    tallies: tuple[Tally, ...]
    comments: tuple[str, ...]


def surveys_of(session: Session, agency_id: int, limit: int | None = None) -> list[SurveyRow]:
    """The latest first, in one statement."""
    rows = session.execute(
        _columns()
        .where(Survey.agency_id == agency_id)
        .order_by(Survey.opened_at.desc(), Survey.id.desc())
        .limit(limit)
    )
    return [SurveyRow(*row) for row in rows]


def find_survey(session: Session, agency_id: int, survey_id: int) -> SurveyRow | None:
    row = session.execute(
        _columns().where(Survey.id == survey_id, Survey.agency_id == agency_id)
    ).one_or_none()
    return SurveyRow(*row) if row is not None else None


def results_of(session: Session, survey: SurveyRow) -> Results | None:
    """Counts and comments, or None where they may not be read. Comments come in an order that tells nothing
    of who wrote first."""
    if not survey.shown:
        return None
    rows = session.execute(
        sa.select(SurveyResponse.answers, SurveyResponse.comment)
        .where(SurveyResponse.survey_id == survey.id)
        .order_by(SurveyResponse.respondent_hash)
    ).all()
    return Results(
        tally(survey.questions, (row.answers for row in rows)),
        tuple(row.comment for row in rows if row.comment),
    )


def _columns() -> Any:
    responses = sa.select(sa.func.count()).where(SurveyResponse.survey_id == Survey.id).scalar_subquery()
    return sa.select(
        Survey.id,
        Survey.title,
        Survey.questions,
        Survey.invited,
        Survey.opened_at,
        Survey.closed_at,
        Survey.provenance,
        responses,
    )
