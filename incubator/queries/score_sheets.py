"""The scores of a call as plain data for the analysis, and a cheap mark of their state.

A sheet holds what counts: reviews handed in by people without a conflict, of proposals in review or decided
at the selection gate. Panels run elsewhere come from tables of their own, in the same shape.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.panel_analysis import METHOD_VERSION
from incubator.analytics.panel_sheet import Item, Rater, Sheet, SheetCriterion, SheetReview
from incubator.domain.gates import GateKey
from incubator.domain.reviews import ReviewState
from incubator.domain.stages import Outcome, Step
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.calls import Call, Criterion, Rubric
from incubator.models.gates import Decision
from incubator.models.proposals import Proposal
from incubator.models.ranking import OutsideItem, OutsideReview, OutsideScore
from incubator.models.reviews import FirstScore, Review, Score
from incubator.queries.reviews import conflicted_reviewer
from incubator.queries.visibility import of_newest_revision

SELECTED: Mapping[Outcome, bool] = {
    Outcome.ADVANCE: True,
    Outcome.ADVANCE_WITH_CONDITIONS: True,
    Outcome.STOP: False,
    Outcome.GOAL_MET: False,
    Outcome.TRANSFER: False,
    Outcome.MERGE: False,
    Outcome.WITHDRAW: False,
}
"""What a decision at the selection gate says; the others leave it open."""

_PRIME = 9973
"""Sums of ids modulo this, squared, tell apart sets whose plain sums are equal, and stay small."""


def in_the_ranking(call_id: int | sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """The proposals of a call whose scores are analyzed, as a condition of a SELECT over Proposal."""
    decided = (
        sa.exists()
        .where(Decision.proposal_id == Proposal.id, Decision.gate == GateKey.G1)
        .correlate(Proposal)
    )
    return sa.and_(Proposal.call_id == call_id, sa.or_(Proposal.step == Step.REVIEW, decided))


def _counts() -> sa.ColumnElement[bool]:
    """Whether a review counts, as a condition of a SELECT over Review, Proposal and Person."""
    return sa.and_(
        Review.state == ReviewState.SUBMITTED,
        of_newest_revision(),
        ~sa.func.coalesce(conflicted_reviewer(), sa.false()),
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """What a call says of its scores. `places` bounds what can be accepted."""

    call_id: int
    outside: bool
    places: int | None
    rubric_id: int
    lower_is_better: bool
    scale_min: float
    scale_max: float


def terms_of(session: Session, call_id: int) -> Terms:
    row = session.execute(
        sa.select(
            Call.id,
            Call.outside,
            Call.places,
            Call.rubric_id,
            Rubric.lower_is_better,
            Rubric.scale_min,
            Rubric.scale_max,
        )
        .join(Rubric, Rubric.id == Call.rubric_id)
        .where(Call.id == call_id)
    ).one()
    return Terms(*row)


def sheet_of(session: Session, terms: Terms, left_out: Collection[int] = ()) -> Sheet:
    """Everything that counts in the call, without the proposals `left_out` (ids)."""
    criteria = session.execute(
        sa.select(Criterion.id, Criterion.key, Criterion.title, Criterion.weight)
        .where(Criterion.rubric_id == terms.rubric_id)
        .order_by(Criterion.position, Criterion.id)
    ).all()
    keys = {row.id: row.key for row in criteria}
    parts = (
        _outside_parts(session, terms.call_id, keys)
        if terms.outside
        else _own_parts(session, terms.call_id, keys, left_out)
    )
    return Sheet(
        items=parts.items,
        raters=parts.raters,
        criteria=tuple(SheetCriterion(row.key, row.title, float(row.weight)) for row in criteria),
        reviews=parts.reviews,
        lower_is_better=terms.lower_is_better,
        scale_min=terms.scale_min,
        scale_max=terms.scale_max,
    )


@dataclass(frozen=True, slots=True)
class _Parts:
    items: tuple[Item, ...]
    raters: tuple[Rater, ...]
    reviews: tuple[SheetReview, ...]


def _own_parts(
    session: Session, call_id: int, criteria: Mapping[int, str], left_out: Collection[int]
) -> _Parts:
    outcome = (
        sa.select(Decision.outcome)
        .where(Decision.proposal_id == Proposal.id, Decision.gate == GateKey.G1)
        .order_by(Decision.id.desc())
        .limit(1)
        .correlate(Proposal)
        .scalar_subquery()
    )
    ranked = sa.and_(in_the_ranking(call_id), Proposal.id.not_in(sorted(left_out)))
    proposals = session.execute(
        sa.select(Proposal.number, Proposal.title, Agency.name, outcome.label("outcome"))
        .join(Agency, Agency.id == Proposal.agency_id)
        .where(ranked)
        .order_by(Proposal.id)
    ).all()
    reviews = session.execute(
        sa.select(
            Review.id,
            Proposal.number,
            Review.reviewer_id,
            Person.name,
            Review.total,
            Review.revised_at,
            Review.first_total,
        )
        .join(Proposal, Proposal.id == Review.proposal_id)
        .join(Person, Person.id == Review.reviewer_id)
        .where(ranked, _counts())
        .order_by(Review.id)
    ).all()
    counted = (
        sa.select(Review.id)
        .join(Proposal, Proposal.id == Review.proposal_id)
        .join(Person, Person.id == Review.reviewer_id)
        .where(ranked, _counts())
    )
    scores = _scores(session, Score, counted, criteria)
    revised = any(row.revised_at is not None for row in reviews)
    first = _scores(session, FirstScore, counted, criteria) if revised else {}
    return _Parts(
        items=tuple(
            Item(row.number, row.title, row.name, selected=SELECTED.get(row.outcome)) for row in proposals
        ),
        raters=_raters({str(row.reviewer_id): row.name for row in reviews}),
        reviews=tuple(
            SheetReview(
                item=row.number,
                rater=str(row.reviewer_id),
                total=row.total,
                scores=scores.get(row.id, {}),
                first_total=row.first_total if row.revised_at is not None else None,
                first_scores=first.get(row.id, {}) if row.revised_at is not None else {},
            )
            for row in reviews
        ),
    )


def _scores(
    session: Session,
    table: type[Score] | type[FirstScore],
    counted: sa.Select[*tuple[Any, ...]],
    criteria: Mapping[int, str],
) -> dict[int, dict[str, float | None]]:
    rows = session.execute(
        sa.select(table.review_id, table.criterion_id, table.value, table.applies).where(
            table.review_id.in_(counted), table.criterion_id.in_(criteria)
        )
    )
    blank = dict.fromkeys(criteria.values())
    found: dict[int, dict[str, float | None]] = defaultdict(lambda: {**blank})
    for row in rows:
        given = row.applies and row.value is not None
        found[row.review_id][criteria[row.criterion_id]] = float(row.value) if given else None
    return found


def _outside_parts(session: Session, call_id: int, criteria: Mapping[int, str]) -> _Parts:
    items = session.execute(
        sa.select(
            OutsideItem.id,
            OutsideItem.key,
            OutsideItem.title,
            OutsideItem.group,
            OutsideItem.discussed,
            OutsideItem.selected,
        )
        .where(OutsideItem.call_id == call_id)
        .order_by(OutsideItem.id)
    ).all()
    reviews = session.execute(
        sa.select(OutsideReview.id, OutsideReview.item_id, OutsideReview.reviewer, OutsideReview.overall)
        .join(OutsideItem, OutsideItem.id == OutsideReview.item_id)
        .where(OutsideItem.call_id == call_id)
        .order_by(OutsideReview.id)
    ).all()
    blank = dict.fromkeys(criteria.values())
    scores: dict[int, dict[str, float | None]] = defaultdict(lambda: {**blank})
    for row in session.execute(
        sa.select(OutsideScore.review_id, OutsideScore.criterion_id, OutsideScore.value)
        .join(OutsideReview, OutsideReview.id == OutsideScore.review_id)
        .join(OutsideItem, OutsideItem.id == OutsideReview.item_id)
        .where(OutsideItem.call_id == call_id)
    ):
        if row.criterion_id in criteria:
            scores[row.review_id][criteria[row.criterion_id]] = row.value
    keys = {row.id: row.key for row in items}
    return _Parts(
        items=tuple(
            Item(row.key, row.title or row.key, row.group, row.discussed, row.selected) for row in items
        ),
        raters=_raters({row.reviewer: row.reviewer for row in reviews}),
        reviews=tuple(
            SheetReview(keys[row.item_id], row.reviewer, row.overall, scores.get(row.id, {}))
            for row in reviews
        ),
    )


def _raters(names: Mapping[str, str]) -> tuple[Rater, ...]:
    return tuple(Rater(key, name) for key, name in sorted(names.items(), key=lambda pair: (pair[1], pair[0])))


def fingerprint(session: Session, terms: Terms, left_out: Collection[int] = ()) -> str:
    """A mark of the call's review state without the proposals `left_out`, from counts and sums alone.

    It differs whenever the sheet, the places or the method may: every write to a review raises its
    version, and conflicts, roles and moves to another agency show in the set of reviews that count.
    """
    state = [METHOD_VERSION, terms.places, terms.rubric_id, terms.scale_min, terms.scale_max]
    state += (
        _outside_state(session, terms.call_id)
        if terms.outside
        else _own_state(session, terms.call_id, left_out)
    )
    return hashlib.sha256(json.dumps(state).encode()).hexdigest()


def _own_state(session: Session, call_id: int, left_out: Collection[int]) -> list[Any]:
    ranked = sa.and_(in_the_ranking(call_id), Proposal.id.not_in(sorted(left_out)))
    proposals = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.sum(Proposal.id),
            sa.func.sum((Proposal.id % _PRIME) * (Proposal.agency_id % _PRIME)),
            sa.func.sum(Agency.version),
        )
        .join(Agency, Agency.id == Proposal.agency_id)
        .where(ranked)
    ).one()
    decided = session.execute(
        sa.select(sa.func.count(), sa.func.max(Decision.id))
        .join(Proposal, Proposal.id == Decision.proposal_id)
        .where(ranked, Decision.gate == GateKey.G1)
    ).one()
    mark = Review.id % _PRIME
    reviews = session.execute(
        sa.select(
            sa.func.sum(Review.version),
            sa.func.count().filter(_counts()),
            sa.func.sum(Review.id).filter(_counts()),
            sa.func.sum(mark * mark).filter(_counts()),
        )
        .join(Proposal, Proposal.id == Review.proposal_id)
        .join(Person, Person.id == Review.reviewer_id)
        .where(ranked)
    ).one()
    return [None if number is None else int(number) for number in (*proposals, *decided, *reviews)]


def _outside_state(session: Session, call_id: int) -> list[Any]:
    row = session.execute(
        sa.select(
            sa.func.count(sa.distinct(OutsideItem.id)),
            sa.func.count(OutsideReview.id),
            sa.func.max(OutsideReview.id),
        )
        .outerjoin(OutsideReview, OutsideReview.item_id == OutsideItem.id)
        .where(OutsideItem.call_id == call_id)
    ).one()
    return list(row)


def packed(sheet: Sheet) -> dict[str, Any]:
    """The sheet as JSON values, short enough to be kept beside the analysis made from it."""
    keys = [criterion.key for criterion in sheet.criteria]

    def row(scores: Mapping[str, float | None]) -> list[float | None]:
        return [scores.get(key) for key in keys] if scores else []

    return {
        "items": [[i.key, i.label, i.group, i.discussed, i.selected] for i in sheet.items],
        "raters": [[rater.key, rater.label] for rater in sheet.raters],
        "criteria": [[c.key, c.title, c.weight] for c in sheet.criteria],
        "reviews": [
            [r.item, r.rater, r.total, row(r.scores), r.first_total, row(r.first_scores)]
            for r in sheet.reviews
        ],
        "lower_is_better": sheet.lower_is_better,
        "scale": [sheet.scale_min, sheet.scale_max],
    }


def unpacked(plain: Mapping[str, Any]) -> Sheet:
    """The sheet that `packed` packed: equal numbers, so the same digest."""
    keys = [key for key, _, _ in plain["criteria"]]

    def named(row: Sequence[float | None]) -> dict[str, float | None]:
        return dict(zip(keys, row, strict=True)) if row else {}

    return Sheet(
        items=tuple(Item(*item) for item in plain["items"]),
        raters=tuple(Rater(*rater) for rater in plain["raters"]),
        criteria=tuple(SheetCriterion(*criterion) for criterion in plain["criteria"]),
        reviews=tuple(
            SheetReview(item, rater, total, named(scores), first, named(firsts))
            for item, rater, total, scores, first, firsts in plain["reviews"]
        ),
        lower_is_better=plain["lower_is_better"],
        scale_min=plain["scale"][0],
        scale_max=plain["scale"][1],
    )
