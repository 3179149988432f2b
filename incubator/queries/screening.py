"""What waits for screening, and what is asked and answered about one proposal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from incubator.database import folded
from incubator.domain.folding import fold
from incubator.domain.gates import GateKey
from incubator.domain.roles import Actor, Role
from incubator.domain.stages import Outcome, Step
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.calls import Call
from incubator.models.gates import Decision, GateCheck
from incubator.models.proposals import Proposal
from incubator.models.screening import InformationRequest, Snippet
from incubator.queries.similar import SimilarRow, similar_proposals, words_of
from incubator.queries.stays import worked_on_here
from incubator.queries.visibility import covered

STEPS = (Step.SCREENING, Step.INFORMATION)
IMPORTED = "imported"
"""Ideas that an inventory brought in: they wait for nobody, so they are shown only when asked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the queue is narrowed to; `show` is a step's value, 'overdue', IMPORTED or empty."""

    agency: str = ""
    call: str = ""
    show: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    number: str
    title: str
    agency_name: str
    call_title: str | None
    step: Step
    since: datetime
    due_on: date | None
    answered: bool
    """A question was asked before and answered: the coordinator has read this once."""


@dataclass(frozen=True, slots=True)
class Counts:
    screening: int
    information: int
    overdue: int
    imported: int


def in_reach(actor: Actor) -> sa.ColumnElement[bool]:
    """What the actor screens: new proposals and those sent back with a question, within their grants."""
    # Whoever screens somewhere may know of what waits there (a test holds this within `visible`); asking
    # that again for every row would cost more than the rest of the page.
    return sa.and_(Proposal.step.in_(STEPS), covered(actor, Role.COORDINATOR))


def _waiting(wanted: Wanted) -> sa.ColumnElement[bool]:
    return sa.not_(worked_on_here()) if wanted.show == IMPORTED else worked_on_here()


def _matching(actor: Actor, wanted: Wanted, today: date) -> list[sa.ColumnElement[bool]]:
    limits = [in_reach(actor), _waiting(wanted)]
    if wanted.agency:
        limits.append(Proposal.agency_id.in_(sa.select(Agency.id).where(Agency.code == wanted.agency)))
    if wanted.call:
        limits.append(Proposal.call_id.in_(sa.select(Call.id).where(Call.slug == wanted.call)))
    if wanted.show == "overdue":
        limits.append(Proposal.due_on < today)
    elif wanted.show and wanted.show != IMPORTED:
        limits.append(Proposal.step == wanted.show)
    return limits


_AGENCY_NAME = (
    sa.select(folded(Agency.name))
    .where(Agency.id == Proposal.agency_id)
    .correlate(Proposal)
    .scalar_subquery()
)
ORDERS: Mapping[str, tuple[Any, ...]] = {
    "due": (Proposal.due_on.is_(None), Proposal.due_on),
    "age": (Proposal.step_entered_at,),
    "agency": (_AGENCY_NAME,),
    "title": (Proposal.title_key,),
}


def counts(session: Session, actor: Actor, today: date) -> Counts:
    """All that waits, by whose move it is."""
    row = session.execute(
        sa.select(
            sa.func.count().filter(Proposal.step == Step.SCREENING, worked_on_here()),
            sa.func.count().filter(Proposal.step == Step.INFORMATION, worked_on_here()),
            sa.func.count().filter(Proposal.due_on < today),
            sa.func.count().filter(sa.not_(worked_on_here())),
        )
        .select_from(Proposal)
        .where(in_reach(actor))
    ).one()
    return Counts(*row)


def queue(
    session: Session,
    actor: Actor,
    wanted: Wanted,
    *,
    today: date,
    sort: str,
    descending: bool,
    limit: int,
    offset: int,
) -> tuple[list[Waiting], int]:
    """A page of what waits and how many match; the most overdue first unless sorted otherwise."""
    answered = (
        sa.exists()
        .where(InformationRequest.proposal_id == Proposal.id, InformationRequest.answered_at.is_not(None))
        .correlate(Proposal)
    )
    order = [one.desc() if descending else one for one in ORDERS[sort]]
    limits = _matching(actor, wanted, today)
    # First only who is on the page, from an index, then what the page shows of them.
    page = (
        sa.select(Proposal.id, sa.func.count().over().label("matching"))
        .where(*limits)
        .order_by(*order, Proposal.id)
        .limit(limit)
        .offset(offset)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            Proposal.number,
            Proposal.title,
            Agency.name.label("agency_name"),
            Call.title.label("call_title"),
            Proposal.step,
            Proposal.step_entered_at,
            Proposal.due_on,
            sa.type_coerce(answered, sa.Boolean).label("answered"),
            page.c.matching,
        )
        .join(page, page.c.id == Proposal.id)
        .join(Agency, Agency.id == Proposal.agency_id)
        .outerjoin(Call, Call.id == Proposal.call_id)
        .order_by(*order, Proposal.id)
    ).all()
    matching = rows[0].matching if rows else (_count(session, limits) if offset else 0)
    return [Waiting(*row[:8]) for row in rows], matching


def _count(session: Session, limits: list[sa.ColumnElement[bool]]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(Proposal).where(*limits)) or 0


def filter_choices(
    session: Session, actor: Actor, wanted: Wanted
) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The agencies and calls that occur in the queue, in one statement."""
    pairs = (
        sa.select(Proposal.agency_id, Proposal.call_id)
        .where(in_reach(actor), _waiting(wanted))
        .distinct()
        .subquery()
    )
    rows = session.execute(
        sa.select(Agency.code, Agency.name, Call.slug, Call.title)
        .select_from(pairs)
        .join(Agency, Agency.id == pairs.c.agency_id)
        .outerjoin(Call, Call.id == pairs.c.call_id)
    ).all()
    agencies = {row.code: row.name for row in rows}
    calls = {row.slug: row.title for row in rows if row.slug is not None}
    return _by_name(agencies), _by_name(calls)


def _by_name(choices: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(choices.items(), key=lambda choice: (fold(choice[1]), choice[0]))


@dataclass(frozen=True, slots=True)
class Question:
    text: str
    asked_by: str | None
    asked_at: datetime
    answer: str | None
    answered_by: str | None
    answered_at: datetime | None


@cache
def _questions_statement() -> sa.Select[*tuple[Any, ...]]:
    """Built once: putting a statement together costs more than running it."""
    asker, answerer = aliased(Person), aliased(Person)
    return (
        sa.select(
            InformationRequest.question,
            asker.name.label("asked_by"),
            InformationRequest.asked_at,
            InformationRequest.answer,
            answerer.name.label("answered_by"),
            InformationRequest.answered_at,
        )
        .outerjoin(asker, asker.id == InformationRequest.asked_by_id)
        .outerjoin(answerer, answerer.id == InformationRequest.answered_by_id)
        .where(InformationRequest.proposal_id == sa.bindparam("proposal_id"))
        .order_by(InformationRequest.asked_at.desc(), InformationRequest.id.desc())
    )


def questions(session: Session, proposal_id: int) -> list[Question]:
    """The questions to the agency with their answers, newest first."""
    rows = session.execute(_questions_statement(), {"proposal_id": proposal_id})
    return [Question(*row) for row in rows]


def sent_back_for(session: Session, proposal_id: int) -> str | None:
    """The reason of the latest decision that sent the proposal back."""
    return session.scalar(
        sa.select(Decision.reason)
        .where(Decision.proposal_id == proposal_id, Decision.outcome == Outcome.REWORK)
        .order_by(Decision.id.desc())
        .limit(1)
    )


def stands(session: Session, proposal_id: int) -> dict[str, Any]:
    """The must-meets as they are answered now, by the form's field names."""
    rows = session.execute(
        sa.select(GateCheck.key, GateCheck.met, GateCheck.note)
        .where(GateCheck.proposal_id == proposal_id, GateCheck.gate == GateKey.G0)
        .order_by(GateCheck.id)
    )
    shown: dict[str, Any] = {}
    for key, met, note in rows:
        shown[f"met_{key}"] = choice_of(met)
        shown[f"note_{key}"] = note
    return shown


def choice_of(met: bool | None) -> str:
    """The radio button that stands for an answer."""
    return "na" if met is None else "yes" if met else "no"


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A record that may be the same thing; `similarity` is the share of telling title words in common."""

    row: SimilarRow
    similarity: float


def duplicates(
    session: Session, actor: Actor, *, proposal_id: int, title: str, summary: str
) -> list[Duplicate]:
    """Records like this one, the likest first. Similarity is Dice's coefficient of the titles' words."""
    own = set(words_of(title))
    found = [
        Duplicate(row, _dice(own, set(words_of(row.title))))
        for row in similar_proposals(session, actor, title, summary, but=proposal_id)
    ]
    return sorted(found, key=lambda one: (-one.similarity, one.row.number))


def _dice(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


@dataclass(frozen=True, slots=True)
class SnippetRow:
    id: int
    title: str
    body: str
    need_key: str
    version: int


def snippets(session: Session) -> list[SnippetRow]:
    """The responses on offer, by must-meet and title."""
    rows = session.execute(
        sa.select(Snippet.id, Snippet.title, Snippet.body, Snippet.need_key, Snippet.version)
        .where(Snippet.archived_at.is_(None))
        .order_by(Snippet.need_key, folded(Snippet.title), Snippet.id)
    )
    return [SnippetRow(*row) for row in rows]


def find_snippet(session: Session, snippet_id: int) -> SnippetRow | None:
    row = session.execute(
        sa.select(Snippet.id, Snippet.title, Snippet.body, Snippet.need_key, Snippet.version).where(
            Snippet.id == snippet_id, Snippet.archived_at.is_(None)
        )
    ).one_or_none()
    return None if row is None else SnippetRow(*row)
