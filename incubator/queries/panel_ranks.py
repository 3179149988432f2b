"""Where the stored analysis of a call puts its proposals, for a reader who is kept from some of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from incubator.domain.agenda import RankRange
from incubator.models.proposals import Proposal
from incubator.models.ranking import ScoreAnalysis


@dataclass(frozen=True, slots=True)
class KnownRanks:
    """By proposal: the range of its ranks and its band; and the rank at which the line is drawn."""

    by_item: dict[int, RankRange]
    bands: dict[int, str]
    line: float | None


NO_RANKS = KnownRanks({}, {}, None)


def ranks_for(session: Session, call_id: int, kept_out: sa.ColumnElement[bool]) -> KnownRanks:
    """The ranks of the analysis made without the proposals that `kept_out` names, a condition over Proposal.

    An analysis that holds one of them is never used, because its ranks would betray it. Two statements.
    """
    barred = set(session.scalars(sa.select(Proposal.id).where(Proposal.call_id == call_id, kept_out)))
    stored = session.execute(
        sa.select(ScoreAnalysis.left_out, ScoreAnalysis.result)
        .where(ScoreAnalysis.call_id == call_id, ScoreAnalysis.computed_at.is_not(None))
        .order_by(ScoreAnalysis.id)
    ).all()
    fitting = [row for row in stored if _ids(row.left_out) <= barred]
    for row in sorted(fitting, key=lambda row: -len(_ids(row.left_out))):
        known = read_ranks(row.result)
        if known.by_item and barred.isdisjoint(known.by_item):
            return known
    return NO_RANKS


def _ids(left_out: str) -> set[int]:
    return {int(one) for one in left_out.split(",") if one.isdigit()}


def read_ranks(result: Mapping[str, Any]) -> KnownRanks:
    """What `PanelAnalysis.to_dict` keeps of the ranking; nothing where it was withheld or is of another make."""
    ranking = result.get("ranking")
    if not isinstance(ranking, Mapping):
        return NO_RANKS
    by_item, bands = {}, {}
    for item in ranking.get("items") or ():
        try:
            key = int(item["key"])
            by_item[key] = RankRange(
                float(item["expected_rank"]), float(item["rank_low"]), float(item["rank_high"])
            )
        except (KeyError, TypeError, ValueError):
            return NO_RANKS
        if item.get("band"):
            bands[key] = str(item["band"])
    line = ranking.get("line")
    return KnownRanks(by_item, bands, None if line is None else float(line))
