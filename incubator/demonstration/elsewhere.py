"""A panel run elsewhere, so that a ranking can be read in full: brought in as any other, analyzed by the worker."""

from __future__ import annotations

import hashlib
from datetime import datetime

from sqlalchemy.orm import Session

from incubator.analytics.panel_sheet import Item, Rater, Sheet, SheetCriterion, SheetReview
from incubator.demonstration.illustrated_rounds import OutsidePanel
from incubator.domain.roles import Actor
from incubator.domain.rubrics import criterion_key, shares
from incubator.flows.outside import OutsideScores, bring_in


def load_panel(session: Session, actor: Actor, panel: OutsidePanel, now: datetime) -> None:
    bring_in(
        session,
        actor,
        now,
        OutsideScores(
            title=panel.title,
            file=panel.file,
            source=hashlib.sha256(repr(panel).encode()).hexdigest(),
            sheet=sheet_of(panel),
            places=panel.places,
        ),
    )


def sheet_of(panel: OutsidePanel) -> Sheet:
    """The panel's scores as an analysis takes them; the total of a review is its weighted mean."""
    keys = [criterion_key(title) for title in panel.criteria]
    weights = shares(tuple(panel.criteria.values()))
    lowest, highest = panel.scale
    reviewers = sorted({reviewer for proposal in panel.proposals for reviewer in proposal.scores})
    return Sheet(
        items=tuple(
            Item(key=f"P{place:02}", label=proposal.title, group=proposal.group)
            for place, proposal in enumerate(panel.proposals, start=1)
        ),
        raters=tuple(Rater(reviewer, reviewer) for reviewer in reviewers),
        criteria=tuple(
            SheetCriterion(key, title, weight)
            for key, (title, weight) in zip(keys, panel.criteria.items(), strict=True)
        ),
        reviews=tuple(
            SheetReview(
                item=f"P{place:02}",
                rater=reviewer,
                total=sum(weight * score for weight, score in zip(weights, scores, strict=True)),
                scores={key: float(score) for key, score in zip(keys, scores, strict=True)},
            )
            for place, proposal in enumerate(panel.proposals, start=1)
            for reviewer, scores in proposal.scores.items()
        ),
        lower_is_better=False,
        scale_min=float(lowest),
        scale_max=float(highest),
    )
