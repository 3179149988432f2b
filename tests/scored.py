"""A call whose proposals have been reviewed: what tests of the ranking begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.reviews import Recommendation, ReviewState
from incubator.domain.roles import Role
from incubator.domain.stages import Step
from incubator.jobs.ranking import work_out
from incubator.jobs.workshop import Workshop
from incubator.models.accounts import Person
from incubator.models.agencies import Agency
from incubator.models.calls import Call, Criterion
from incubator.models.proposals import Proposal
from incubator.models.reviews import Review, Score
from tests.world import World

WEIGHTS = (50, 30, 20)


@dataclass
class ScoredCall:
    """`proposals[i]` was reviewed by `reviewers[j]` with the total and scores of `reviews[i, j]`."""

    call: Call
    agencies: list[Agency]
    proposals: list[Proposal]
    reviewers: list[Person]
    criteria: list[Criterion]
    coordinator: Person
    gatekeeper: Person
    reviews: dict[tuple[int, int], Review] = field(default_factory=dict)


def scored_call(
    world: World,
    session: Session,
    scores: Sequence[Sequence[int | None]],
    *,
    places: int | None = 3,
    prefix: str = "A",
    **values: Any,
) -> ScoredCall:
    """A call with one row of scores for each proposal, one column for each reviewer; None: no review.

    Each proposal has an agency of its own, whose code begins with `prefix`. On the three criteria a reviewer gives the score, one less and
    one more, within 1 to 5.
    """
    call = world.call("Summer round", rubric=world.rubric(*WEIGHTS), places=places, **values)
    criteria = list(
        session.scalars(
            sa.select(Criterion).where(Criterion.rubric_id == call.rubric_id).order_by(Criterion.position)
        )
    )
    scene = ScoredCall(
        call,
        agencies=[
            world.agency(f"{prefix}{i:02}", f"Department {i:02}" if prefix == "A" else f"Office {i:02}")
            for i in range(len(scores))
        ],
        proposals=[],
        reviewers=[world.person(f"Reviewer {j:02}", Role.REVIEWER) for j in range(len(scores[0]))],
        criteria=criteria,
        coordinator=world.person("Cora Dean", Role.COORDINATOR),
        gatekeeper=world.person("Gale Keeper", Role.GATEKEEPER),
    )
    for i, row in enumerate(scores):
        proposal = world.proposal(f"Project {i:02}", agency=scene.agencies[i], call=call, step=Step.REVIEW)
        scene.proposals.append(proposal)
        for j, score in enumerate(row):
            if score is not None:
                scene.reviews[i, j] = handed_in(world, proposal, scene.reviewers[j], criteria, score)
    session.flush()
    return scene


def handed_in(
    world: World, proposal: Proposal, reviewer: Person, criteria: Sequence[Criterion], score: int
) -> Review:
    given = [min(max(score + shift, 1), 5) for shift in (0, -1, 1)]
    total = sum(c.weight * one for c, one in zip(criteria, given, strict=True)) / sum(WEIGHTS)
    review = world.review(
        proposal,
        reviewer,
        state=ReviewState.SUBMITTED,
        total=total,
        confidence=2,
        recommendation=Recommendation.MAYBE,
        due_on=world.now.date(),
    )
    for criterion, one in zip(criteria, given, strict=True):
        world.add(Score(review_id=review.id, criterion_id=criterion.id, value=one, justification="Because."))
    return review


def worked_out(app: Any, session: Session, call: Call, now: datetime) -> int:
    """Have the worker's work done on what stands now; how many analyses were made."""
    session.commit()
    with app.app_context():
        return work_out(Workshop(app, lambda: now), call.id, lambda _done, _whole: None)


TWELVE: tuple[tuple[int, ...], ...] = (
    (5, 5, 4, 5),
    (5, 4, 4, 5),
    (4, 4, 4, 5),
    (4, 3, 3, 5),
    (4, 3, 3, 4),
    (3, 3, 3, 4),
    (3, 3, 2, 4),
    (3, 2, 2, 4),
    (3, 2, 2, 3),
    (2, 2, 1, 3),
    (2, 1, 1, 2),
    (1, 1, 1, 2),
)
"""Twelve proposals and four reviewers, the third strict and the fourth mild."""
