"""Panels run elsewhere: their scores come in as a call of their own, to be analyzed and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.panel_sheet import Sheet
from incubator.domain.access import Action, can
from incubator.domain.errors import DomainError, Forbidden
from incubator.domain.events import EventKind
from incubator.domain.proposal_form import CURRENT_VERSION
from incubator.domain.roles import Actor
from incubator.flows import ranking
from incubator.flows.calls import free_slug
from incubator.flows.record import record
from incubator.models.calls import Call, Criterion, Rubric
from incubator.models.ranking import OutsideItem, OutsideReview, OutsideScore
from incubator.queries.outside import imported_before

MOST_WEIGHT = 100
"""A criterion's weight is a whole number up to this."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Remarks:
    """What a reviewer says of a proposal besides scores, as the file has it."""

    confidence: str = ""
    recommendation: str = ""
    comment: str = ""


@dataclass(frozen=True)
class OutsideScores:
    """One panel to bring in. `source` is a digest that tells it from every other; `remarks` go by proposal
    and reviewer."""

    title: str
    file: str
    source: str
    sheet: Sheet
    places: int | None = None
    remarks: Mapping[Pair, Remarks] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Brought:
    """The call that holds a panel, and whether it was there before."""

    call_id: int
    slug: str
    known: bool


def bring_in(session: Session, actor: Actor, now: datetime, panel: OutsideScores) -> Brought:
    """Keep a panel's scores as a call with a rubric of its own. The same source again finds the same call; its
    number of places is then set anew where one is given."""
    if actor.person_id is not None and not can(actor, Action.IMPORT):
        raise Forbidden("Coordinators and administrators of all agencies import.")
    if panel.places is not None and not 1 <= panel.places <= 10_000:
        raise DomainError("Enter 1 to 10,000 places.", "places")
    known = imported_before(session, panel.source)
    if known is not None:
        if panel.places not in (None, known.places):
            known.places = panel.places
            record(session, actor, now, EventKind.CALL_CHANGED, call=known.title, changed=["places"])
            ranking.ask(session, known.id, now)
        return Brought(known.id, known.slug, known=True)
    rubric = _rubric(session, panel, now)
    call = Call(
        slug=free_slug(session, panel.title),
        title=panel.title,
        summary=f"Scores from “{panel.file}”, brought in to be analyzed.",
        opens_at=now - timedelta(seconds=1),
        closes_at=now,
        form_version=CURRENT_VERSION,
        rubric_id=rubric.id,
        outside=True,
        places=panel.places,
        created_at=now,
    )
    session.add(call)
    session.flush()
    _write(session, call.id, rubric.id, panel)
    record(
        session,
        actor,
        now,
        EventKind.PANEL_IMPORTED,
        file=panel.file,
        reviews=len(panel.sheet.reviews),
        call=call.title,
        call_id=call.id,
        source=panel.source,
    )
    ranking.ask(session, call.id, now)
    return Brought(call.id, call.slug, known=False)


def _rubric(session: Session, panel: OutsideScores, now: datetime) -> Rubric:
    sheet = panel.sheet
    number = session.scalar(sa.select(sa.func.max(Rubric.number)).where(Rubric.name == panel.title)) or 0
    rubric = Rubric(
        name=panel.title,
        number=number + 1,
        created_at=now,
        published_at=now,
        scale_min=sheet.scale_min,
        scale_max=sheet.scale_max,
        lower_is_better=sheet.lower_is_better,
    )
    session.add(rubric)
    session.flush()
    weights, _exact = whole_weights([criterion.weight for criterion in sheet.criteria])
    for position, (criterion, weight) in enumerate(zip(sheet.criteria, weights, strict=True)):
        session.add(
            Criterion(
                rubric_id=rubric.id,
                key=criterion.key,
                title=criterion.title,
                weight=weight,
                position=position,
                anchors=[],
            )
        )
    session.flush()
    return rubric


def whole_weights(weights: Sequence[float]) -> tuple[list[int], bool]:
    """Weights as whole numbers from 1 to 100 in the same proportions, the smallest that there are; and
    whether they are exact or had to be rounded to percent of the sum.

    >>> whole_weights([0.5, 0.25, 0.25])
    ([2, 1, 1], True)
    """
    if not weights:
        return [], True
    least = min(weights)
    for smallest in range(1, MOST_WEIGHT + 1):
        scaled = [weight / least * smallest for weight in weights]
        if max(scaled) > MOST_WEIGHT + 0.5:
            break
        if all(abs(one - round(one)) < 1e-6 for one in scaled):
            return [round(one) for one in scaled], True
    whole = sum(weights)
    return [max(1, round(MOST_WEIGHT * weight / whole)) for weight in weights], False


def _write(session: Session, call_id: int, rubric_id: int, panel: OutsideScores) -> None:
    """All rows of a panel, table by table, because a file may hold tens of thousands of scores."""
    sheet = panel.sheet
    items = session.scalars(
        sa.insert(OutsideItem).returning(OutsideItem.id, sort_by_parameter_order=True),
        [
            {
                "call_id": call_id,
                "key": item.key,
                "title": item.label,
                "group": item.group,
                "discussed": item.discussed,
                "selected": item.selected,
            }
            for item in sheet.items
        ],
    ).all()
    item_ids = dict(zip((item.key for item in sheet.items), items, strict=True))
    if not sheet.reviews:
        return
    remarks = [panel.remarks.get((one.item, one.rater), Remarks()) for one in sheet.reviews]
    reviews = session.scalars(
        sa.insert(OutsideReview).returning(OutsideReview.id, sort_by_parameter_order=True),
        [
            {
                "item_id": item_ids[one.item],
                "reviewer": one.rater,
                "overall": one.total,
                "confidence": said.confidence,
                "recommendation": said.recommendation,
                "comment": said.comment,
            }
            for one, said in zip(sheet.reviews, remarks, strict=True)
        ],
    ).all()
    criteria = {
        row.key: row.id
        for row in session.execute(
            sa.select(Criterion.key, Criterion.id).where(Criterion.rubric_id == rubric_id)
        )
    }
    scores = [
        {"review_id": review_id, "criterion_id": criteria[key], "value": value}
        for review_id, one in zip(reviews, sheet.reviews, strict=True)
        for key, value in one.scores.items()
        if value is not None
    ]
    if scores:
        session.execute(sa.insert(OutsideScore), scores)
