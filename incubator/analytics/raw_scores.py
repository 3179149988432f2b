"""A panel's scores as they were given: what each proposal got, and which steps of the scale were used."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from incubator.analytics.panel_fit import Scored
from incubator.analytics.panel_sheet import Sheet
from incubator.analytics.rubric import SPLIT_AT, agreement

MOST_STEPS = 100
SPLIT_SHARE = SPLIT_AT / 4
"""Part of the scale that reviewers must lie apart to be split: 2 points from 1 to 5."""


@dataclass(frozen=True)
class RawItem:
    """What the reviewers of one proposal said together; all None (and n 0) without a total.

    `place` is the position by mean, 1 the best, equal ones sharing it; None for a proposal not discussed.
    `split` tells that two reviewers lie half the scale or more apart.
    """

    key: str
    n: int
    place: int | None
    mean: float | None
    median: float | None
    lowest: float | None
    highest: float | None
    spread: float | None
    split: bool


@dataclass(frozen=True)
class Steps:
    """Values of a criterion (None: of the totals) that were used, with how often, and those that were not.

    `step` is the largest one that all used values lie on, counted from the lowest of the scale; `unused`
    is empty when there would be more than a hundred steps.
    """

    criterion: str | None
    used: tuple[tuple[float, int], ...]
    step: float | None
    unused: tuple[float, ...]


def raw_scores(sheet: Sheet) -> tuple[RawItem, ...]:
    """Every proposal of the sheet, best mean first, equal ones by key, those without a total last."""
    scored = sheet.totals()
    places = raw_places(
        {key: pairs for key, pairs in scored.items() if key not in not_discussed(sheet)},
        lower_is_better=sheet.lower_is_better,
    )
    split_at = (sheet.scale_max - sheet.scale_min) * SPLIT_SHARE
    found = []
    for key, pairs in scored.items():
        said = agreement((value for _, value in pairs), split_at)
        if said is None:
            found.append(RawItem(key, 0, None, None, None, None, None, None, False))
            continue
        found.append(
            RawItem(
                key=key,
                n=said.n,
                place=places.get(key),
                mean=said.mean,
                median=said.median,
                lowest=said.lowest,
                highest=said.highest,
                spread=said.spread,
                split=said.split,
            )
        )
    sign = 1 if sheet.lower_is_better else -1
    return tuple(sorted(found, key=lambda one: (one.mean is None, sign * (one.mean or 0), one.key)))


def raw_places(scored: Scored, *, lower_is_better: bool) -> dict[str, int]:
    """Position of each proposal with a value by its mean, 1 the best; equal means share a place."""
    means = {
        key: math.fsum(value for _, value in pairs) / len(pairs) for key, pairs in scored.items() if pairs
    }
    best_first = sorted(means.values(), reverse=not lower_is_better)
    first: dict[float, int] = {}
    for position, mean in enumerate(best_first, start=1):
        first.setdefault(mean, position)
    return {key: first[mean] for key, mean in means.items()}


def not_discussed(sheet: Sheet) -> frozenset[str]:
    """Keys of the proposals that the panel did not discuss: they are not ranked."""
    return frozenset(item.key for item in sheet.items if not item.discussed)


def steps_used(sheet: Sheet) -> tuple[Steps, ...]:
    """The steps of the scale that reviewers used, for the totals and for each criterion by key."""
    totals = [value for pairs in sheet.totals().values() for _, value in pairs]
    found = [_steps(None, totals, sheet)]
    for key in sorted(criterion.key for criterion in sheet.criteria):
        found.append(_steps(key, (v for pairs in sheet.scored(key).values() for _, v in pairs), sheet))
    return tuple(found)


def _steps(criterion: str | None, values: Iterable[float], sheet: Sheet) -> Steps:
    counts: dict[float, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    used = tuple(sorted(counts.items()))
    # In millionths, so that 0.1 + 0.2 lies on a step of 0.1.
    places = [round((value - sheet.scale_min) * 1e6) for value in counts]
    whole = round((sheet.scale_max - sheet.scale_min) * 1e6)
    step = math.gcd(*places, whole)
    if not places or whole / step > MOST_STEPS:
        return Steps(criterion, used, None, ())
    taken = set(places)
    unused = tuple(sheet.scale_min + at / 1e6 for at in range(0, whole + 1, step) if at not in taken)
    return Steps(criterion, used, step / 1e6, unused)
