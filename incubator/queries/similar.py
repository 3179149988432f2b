"""Proposals that resemble what somebody is writing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.access import OVERSIGHT
from incubator.domain.folding import fold
from incubator.domain.roles import Actor
from incubator.domain.stages import PRIVATE_STEPS, Origin, Step
from incubator.models.agencies import Agency
from incubator.models.proposals import Author, Proposal
from incubator.queries.visibility import visible

SHORTEST_WORD = 4
MOST_WORDS = 6
CANDIDATES = 60

_COMMON_WORDS = """
    about after agency agencies also been before being better could data department each every from
    have into more most need needs office other over people pilot program project proposal result
    service services should some staff state such system systems than that their them there these
    they this through time tool under using very want were what when where which while will with
    work would your
"""
COMMON = frozenset(_COMMON_WORDS.split())


@dataclass(frozen=True, slots=True)
class SimilarRow:
    """`known` tells that the reader may open the record; else it is known from a published inventory."""

    number: str
    title: str
    agency_name: str
    step: Step
    known: bool


def words_of(text: str) -> tuple[str, ...]:
    """The words worth comparing, the longest first: long words are rare words."""
    found = dict.fromkeys(re.findall(r"\w+", fold(text[:2_000])))
    telling = [word for word in found if len(word) >= SHORTEST_WORD and word not in COMMON]
    return tuple(sorted(telling, key=len, reverse=True))


def similar_proposals(
    session: Session, actor: Actor, title: str, summary: str = "", *, but: int | None = None, limit: int = 5
) -> list[SimilarRow]:
    """Proposals that share telling words with a title, or with a title and a summary, best first.

    Searched are the records of the actor's own work and what published inventories list. A draft is
    found only by those who may open it, and a record that somebody merely reviews is not found, since
    its agency may be hidden from reviewers.
    """
    wanted = words_of(title)[:MOST_WORDS] or words_of(summary)[:MOST_WORDS]
    if not wanted:
        return []
    matches = _title_matches(session, wanted)
    known = _may_open(actor).label("known")
    found = session.execute(
        sa.select(
            Proposal.id,
            Proposal.number,
            Proposal.title,
            Proposal.summary,
            Agency.name,
            Proposal.step,
            known,
        )
        .join(matches, matches.c.id == Proposal.id)
        .join(Agency, Agency.id == Proposal.agency_id)
        .where(sa.or_(_published(), _may_open(actor)), Proposal.id != (but or 0))
        .order_by(matches.c.hits.desc(), Proposal.id.desc())
        .limit(CANDIDATES)
    ).all()
    ranked = sorted(found, key=lambda row: (-_closeness(wanted, row.title, row.summary), row.id))
    close = [row for row in ranked if _closeness(wanted, row.title, row.summary) >= _enough(wanted)]
    return [SimilarRow(row.number, row.title, row.name, row.step, bool(row.known)) for row in close[:limit]]


def _title_matches(session: Session, wanted: Sequence[str]) -> sa.Subquery:
    """Ids of the records whose title holds enough of the words, read from the titles' index alone.

    Plain search for a part of a text is several times quicker than LIKE on either database.
    """
    find = sa.func.strpos if session.get_bind().dialect.name == "postgresql" else sa.func.instr
    hits = sum(
        (sa.case((find(Proposal.title_key, word) > 0, 1), else_=0) for word in wanted), start=sa.literal(0)
    )
    least = 1 if len(wanted) < 3 else 2
    return sa.select(Proposal.id, hits.label("hits")).where(hits >= least).subquery()


def _published() -> sa.ColumnElement[bool]:
    return sa.and_(Proposal.origin == Origin.INVENTORY, Proposal.step.not_in(PRIVATE_STEPS))


def _may_open(actor: Actor) -> sa.ColumnElement[bool]:
    if actor.holds(*OVERSIGHT):
        return visible(actor)
    mine = sa.exists().where(Author.proposal_id == Proposal.id, Author.person_id == actor.person_id)
    own = actor.agencies(*(grant.role for grant in actor.grants))
    return sa.and_(visible(actor), sa.or_(mine, Proposal.agency_id.in_(sorted(own))))


def _closeness(wanted: Sequence[str], title: str, summary: str) -> float:
    """Share of the wanted words found, those of the title counted in full, of the summary by half."""
    title, summary = fold(title), fold(summary)
    return sum(1.0 if word in title else 0.5 if word in summary else 0.0 for word in wanted) / len(wanted)


def _enough(wanted: Sequence[str]) -> float:
    return 1.0 if len(wanted) == 1 else 0.4
