"""Where the stored analysis of a call puts its proposals, for a reader who is kept from some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.analytics.ranking import Band
from incubator.domain.agenda import RankRange
from incubator.models.proposals import Proposal
from incubator.models.ranking import ScoreAnalysis


@dataclass(frozen=True, slots=True)
class KnownRanks:
    """By the proposal's number: the range of its ranks and its band; and the rank at which the line is drawn."""

    ranks: Mapping[str, RankRange] = field(default_factory=dict)
    bands: Mapping[str, str] = field(default_factory=dict)
    line: float | None = None


NO_RANKS = KnownRanks()


def ranks_for(session: Session, call_id: int, kept_out: sa.ColumnElement[bool]) -> KnownRanks:
    """The ranks of the analysis made without the proposals that `kept_out` names, a condition over Proposal.

    An analysis that holds one of them is never used, because its ranks would betray it. At most three statements.
    """
    barred = session.execute(
        sa.select(Proposal.id, Proposal.number).where(Proposal.call_id == call_id, kept_out)
    ).all()
    ids, numbers = {row.id for row in barred}, {row.number for row in barred}
    stored = session.execute(
        sa.select(ScoreAnalysis.id, ScoreAnalysis.left_out)
        .where(ScoreAnalysis.call_id == call_id, ScoreAnalysis.computed_at.is_not(None))
        .order_by(ScoreAnalysis.id)
    ).all()
    fitting = [row for row in stored if _ids(row.left_out) <= ids]
    if not fitting:
        return NO_RANKS
    closest = max(fitting, key=lambda row: len(_ids(row.left_out)))
    known = read_ranks(
        session.scalar(
            sa.select(ScoreAnalysis.result["analysis", "ranking"]).where(ScoreAnalysis.id == closest.id)
        )
    )
    return known if numbers.isdisjoint(known.ranks) else NO_RANKS


def _ids(left_out: str) -> set[int]:
    return {int(one) for one in left_out.split(",") if one.isdigit()}


def read_ranks(ranking: Any) -> KnownRanks:
    """What `PanelAnalysis.to_dict` keeps of a ranking; nothing where it was withheld or is of another make."""
    if not isinstance(ranking, Mapping):
        return NO_RANKS
    ranks, bands = {}, {}
    try:
        for item in ranking["items"]:
            ranks[str(item["key"])] = RankRange(
                float(item["expected_rank"]),
                float(item["rank_low"]),
                float(item["rank_high"]),
                item["band"] == Band.TOO_CLOSE,
            )
            if item["band"] is not None:
                bands[str(item["key"])] = str(item["band"])
        line = ranking["line"]
        return KnownRanks(ranks, bands, None if line is None else float(line))
    except (KeyError, TypeError, ValueError):
        return NO_RANKS
