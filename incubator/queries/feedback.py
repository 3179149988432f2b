"""What the reviewers said, as the call promised it to the agency: after the decision, and never a name.

Means come from the evidence frozen with the decision, so that a later round shows nothing of itself before
it is decided. Words come from the reviews and notes that were in by then; a review taken up anew no longer shows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.releases import RELEASED_AT, AgencySees
from incubator.domain.reviews import ReviewState
from incubator.models.calls import Call, Criterion
from incubator.models.gates import Decision
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review, Score
from incubator.queries.panels import notes_for_agency
from incubator.queries.visibility import of_newest_revision


@dataclass(frozen=True, slots=True)
class CriterionSaid:
    """A criterion's mean of 1 to 5, its weight in the rubric, and the reasons the reviewers gave for it."""

    title: str
    weight: int
    mean: float | None
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feedback:
    """What an agency reads beside the decision. `mean` is the mean weighted total, 1 to 5; `notes` are what the
    panel wrote for the agency."""

    reviews: int
    mean: float | None
    criteria: tuple[CriterionSaid, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return self.mean is None and not self.criteria and not self.notes

    @property
    def has_words(self) -> bool:
        return any(one.words for one in self.criteria)

    @property
    def strongest(self) -> CriterionSaid | None:
        """The criterion with the highest mean; None where the criteria do not differ."""
        return self._ends[1] if self._ends else None

    @property
    def weakest(self) -> CriterionSaid | None:
        return self._ends[0] if self._ends else None

    @property
    def _ends(self) -> tuple[CriterionSaid, CriterionSaid] | None:
        rated = sorted((one for one in self.criteria if one.mean is not None), key=lambda one: one.mean or 0)
        if not rated or rated[0].mean == rated[-1].mean:
            return None
        return rated[0], rated[-1]


def feedback(session: Session, proposal_id: int) -> Feedback | None:
    """What the call promised of the reviews that the latest decision on selection rested on, and the panel's
    notes for the agency, in three statements at most; None before there is such a decision."""
    row = session.execute(
        sa.select(Call.agency_sees, Decision.evidence, Decision.decided_at)
        .select_from(Decision)
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .join(Call, Call.id == Proposal.call_id)
        .where(
            Decision.proposal_id == proposal_id,
            Decision.gate == RELEASED_AT,
            Decision.amends_id.is_(None),
        )
        .order_by(Decision.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    in_by_then = sa.func.coalesce(Review.revised_at, Review.submitted_at) <= row.decided_at
    words = (
        _words(session, [proposal_id], in_by_then).get(proposal_id, {})
        if row.agency_sees.includes(AgencySees.COMMENTS)
        else {}
    )
    notes = notes_for_agency(session, [proposal_id]).get(proposal_id, [])
    said = [note.text for note in notes if note.written_at <= row.decided_at]
    return _told(row.agency_sees, row.evidence.get("reviews") or {}, words, said)


def feedback_ahead(
    session: Session, sees: AgencySees, frozen: Mapping[int, Mapping[str, Any]]
) -> dict[int, Feedback]:
    """What the agencies would read if the decisions were released now, by proposal, for those who prepare
    them. `frozen` is what the evidence would hold of each proposal's reviews."""
    words = _words(session, list(frozen)) if sees.includes(AgencySees.COMMENTS) else {}
    notes = notes_for_agency(session, list(frozen))
    return {
        key: _told(sees, reviews, words.get(key, {}), [note.text for note in notes.get(key, [])])
        for key, reviews in frozen.items()
    }


def criterion_means(session: Session, proposal_ids: Collection[int]) -> dict[int, list[dict[str, Any]]]:
    """The mean of each criterion over the reviews that are in, by proposal in the rubric's order, as JSON
    values."""
    rows = session.execute(
        sa.select(
            Review.proposal_id,
            Criterion.id,
            Criterion.title,
            Criterion.weight,
            sa.func.avg(Score.value).label("mean"),
        )
        .join(Score, Score.review_id == Review.id)
        .join(Criterion, Criterion.id == Score.criterion_id)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(
            Review.proposal_id.in_(sorted(proposal_ids)),
            Review.state == ReviewState.SUBMITTED,
            of_newest_revision(),
        )
        .group_by(Review.proposal_id, Criterion.id, Criterion.title, Criterion.weight, Criterion.position)
        .order_by(Review.proposal_id, Criterion.position, Criterion.id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        mean = None if row.mean is None else round(float(row.mean), 4)
        found.setdefault(row.proposal_id, []).append(
            {"id": row.id, "title": row.title, "weight": row.weight, "mean": mean}
        )
    return found


def _told(
    sees: AgencySees, frozen: Mapping[str, Any], words: Mapping[int, tuple[str, ...]], notes: Iterable[str]
) -> Feedback:
    criteria = frozen.get("criteria", []) if sees.includes(AgencySees.CRITERIA) else []
    return Feedback(
        reviews=frozen.get("handed_in", 0),
        mean=frozen.get("mean") if sees.includes(AgencySees.TOTAL) else None,
        criteria=tuple(
            CriterionSaid(one["title"], one["weight"], one["mean"], words.get(one["id"], ()))
            for one in criteria
        ),
        notes=tuple(notes),
    )


def _words(
    session: Session, proposal_ids: Collection[int], *limits: sa.ColumnElement[bool]
) -> dict[int, dict[int, tuple[str, ...]]]:
    """The reasons given for scores, by proposal and criterion. They stand in an order that follows from the
    texts alone, so that nobody can tell which of them come from one reviewer."""
    rows = session.execute(
        sa.select(Review.proposal_id, Score.criterion_id, Score.justification)
        .join(Score, Score.review_id == Review.id)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .where(
            Review.proposal_id.in_(sorted(proposal_ids)),
            Review.state == ReviewState.SUBMITTED,
            of_newest_revision(),
            Score.justification != "",
            *limits,
        )
    )
    found: dict[int, dict[int, list[str]]] = {}
    for row in rows:
        found.setdefault(row.proposal_id, {}).setdefault(row.criterion_id, []).append(row.justification)
    return {
        proposal_id: {
            key: tuple(sorted(texts, key=lambda text: hashlib.sha256(text.encode("utf-8")).digest()))
            for key, texts in by_criterion.items()
        }
        for proposal_id, by_criterion in found.items()
    }
