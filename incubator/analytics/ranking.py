"""The order of a panel's proposals, with how sure it is.

Draws from the posterior of the proposals' effects, the variances integrated out, give each proposal its
expected rank, an interval that holds its rank with probability .9, and the chance that it is among the best.
The provisional line is the expected rank of the last proposal there is a place for; a proposal is accepted or
declined when its whole interval lies on one side of the line. Source: R. Heyard, M. Ott, G. Salanti,
M. Egger, "Rethinking the Funding Line at the Swiss National Science Foundation: Bayesian Ranking and
Lottery", Statistics and Public Policy 9 (2022). Two things are added, so that "clearly" is true: the interval
is that of 90 %, and it must also lie on one side of the number of places.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from incubator.analytics.drawn_ranks import (
    ERRORS,
    STREAM,
    DrawnRanks,
    Progress,
    drawn_ranks,
    draws_for,
)
from incubator.analytics.panel_fit import PanelFit, Scored, Withheld

TOO_FEW_DRAWS = 100


class Band(StrEnum):
    """Where a proposal stands toward the provisional line."""

    ACCEPT = "accept"
    TOO_CLOSE = "too close to call"
    DECLINE = "decline"


@dataclass(frozen=True)
class RankedItem:
    """One proposal, ranks counted from 1 for the best among the proposals that are ranked.

    `calibrated` is what an average reviewer would have given (panel mean plus BLUP), on the sheet's scale;
    `calibrated_sd` its posterior standard deviation, `in_top` the probability of a place among the best
    `places`. `place` is the position by expected rank, equal ones sharing it. `rank_low` and `rank_high` are
    whole ranks, except where the expected rank lies beyond one and takes its place.
    """

    key: str
    place: int
    calibrated: float
    calibrated_sd: float
    expected_rank: float
    rank_low: float
    rank_high: float
    in_top: float | None
    band: Band | None


@dataclass(frozen=True)
class Severity:
    """How many points a reviewer gives above (+) or below (-) an average one, with a 95 % interval.

    `points` is the BLUP, `n` the number of reviews behind it.
    """

    key: str
    n: int
    points: float
    low: float
    high: float


@dataclass(frozen=True)
class Ranking:
    """The calibrated order, best first, equal ones by key; empty with the reason when it is `withheld`.

    `line` is the expected rank of the last fundable proposal, None when no number of places was given or
    it parts nobody. `part_of` says in which of the `parts` of the review graph a proposal lies, that is
    which proposals can be compared; those `apart` from the part that is ranked are not. `chance_error` is
    the Monte Carlo standard error of a probability at the end of an interval. The three standard deviations
    are on the sheet's scale.
    """

    items: tuple[RankedItem, ...]
    reviewers: tuple[Severity, ...]
    unranked: tuple[str, ...]
    apart: tuple[str, ...]
    withheld: Withheld | None
    places: int | None
    line: float | None
    parts: int
    part_of: dict[str, int]
    mean: float | None
    sd_item: float | None
    sd_rater: float | None
    sd_error: float | None
    draws: int
    chance_error: float

    @property
    def drawn_line(self) -> float | None:
        """Where a chart draws the line: at its expected rank, or half a rank after the whole ranks that count as
        above it, so that no interval which is clearly above crosses it."""
        if self.line is None:
            return None
        above = [item.rank_high for item in self.items if item.band is Band.ACCEPT]
        return max([self.line, *(high + 0.5 for high in above if high >= self.line)])


def rank(
    scored: Scored,
    fitted: PanelFit | None,
    *,
    places: int | None,
    draws: int | None = None,
    stream: int = STREAM,
    leave_out: Iterable[str] = (),
    progress: Progress | None = None,
) -> Ranking:
    """Rank the proposals of a panel that `fit_panel` fitted to `scored`.

    Where the panel falls into parts that share no reviewer, the part with most of the proposals is ranked.
    Proposals without a review and those in `leave_out` (not discussed) are listed unranked; the reviews of
    the latter still tell how severe their reviewers are. Proposals that got the same values from the same
    reviewers tie in every number. The random numbers are NumPy's PCG64 from `stream`, which is the same for
    every panel; without `draws` there are as many as the panel's size allows. `progress` is told draws done
    and in all. ValueError for negative places or fewer than 100 draws.
    """
    if places is not None and places < 0:
        raise ValueError("places must not be negative")
    if draws is not None and draws < TOO_FEW_DRAWS:
        raise ValueError("fewer than 100 draws say nothing")
    out = set(leave_out)
    keys = tuple(key for key in fitted.items if key not in out) if fitted else ()
    withheld = fitted.withheld if fitted else Withheld.NO_REVIEWS
    apart: tuple[str, ...] = ()
    if fitted is not None and withheld is None:
        main = {
            key
            for key, part in zip(fitted.items, fitted.connection.of_items, strict=True)
            if part == fitted.main_part
        }
        keys, apart = tuple(key for key in keys if key in main), tuple(key for key in keys if key not in main)
    if withheld is None and len(keys) < 2:
        withheld = Withheld.ONE_PROPOSAL if keys else Withheld.NO_REVIEWS
    items: tuple[RankedItem, ...] = ()
    reviewers: tuple[Severity, ...] = ()
    line, chance_error = None, 0.0
    draws = draws or draws_for(len(keys))
    if fitted is not None and withheld is None:
        groups = _equal(scored, keys)
        drawn = drawn_ranks(
            fitted, keys, groups, places=places or 0, draws=draws, stream=stream, progress=progress
        )
        order = np.argsort(drawn.expected, kind="stable")
        cut = None
        if places is not None and 0 < places < len(keys) + len(apart):
            last = order[min(places, len(keys)) - 1]
            line, error = float(drawn.expected[last]), ERRORS * float(drawn.expected_error[last])
            # Ranks are whole: one is above the line when the line is not a whole rank further up.
            cut = _Cut(
                accept=min(math.ceil(line - error), places - len(apart)),
                decline=max(math.floor(line + error), places),
            )
        items = _items(fitted, keys, groups, drawn, places, cut)
        reviewers = _reviewers(fitted, drawn)
        chance_error = drawn.chance_error
    known = fitted.fit if fitted else None
    return Ranking(
        items=items,
        reviewers=reviewers,
        unranked=tuple(sorted(set(scored) - set(keys))),
        apart=apart if items else (),
        withheld=withheld,
        places=places,
        line=line,
        parts=fitted.connection.count if fitted else 0,
        part_of=dict(zip(fitted.items, fitted.connection.of_items, strict=True)) if fitted else {},
        mean=fitted.sign * fitted.fit.mean if fitted else None,
        sd_item=known.sd_item if known else None,
        sd_rater=known.sd_rater if known else None,
        sd_error=known.sd_error if known else None,
        draws=draws,
        chance_error=chance_error,
    )


@dataclass(frozen=True, slots=True)
class _Cut:
    """The worst whole rank that is clearly above the line, and the last one before what is clearly below.

    Proposals that cannot be compared may take places too, so they count against the first.
    """

    accept: int
    decline: int


def _equal(scored: Scored, keys: Sequence[str]) -> list[list[int]]:
    groups: dict[tuple[tuple[str, float], ...], list[int]] = defaultdict(list)
    for position, key in enumerate(keys):
        groups[tuple(sorted(scored[key]))].append(position)
    return list(groups.values())


def _items(
    fitted: PanelFit,
    keys: Sequence[str],
    groups: Sequence[Sequence[int]],
    drawn: DrawnRanks,
    places: int | None,
    cut: _Cut | None,
) -> tuple[RankedItem, ...]:
    effect = dict(zip(fitted.items, fitted.fit.item_effects.tolist(), strict=True))
    place: dict[float, int] = {}
    for position, rank_expected in enumerate(sorted(drawn.expected.tolist()), start=1):
        place.setdefault(rank_expected, position)
    found = []
    for group in groups:
        # One of the equal speaks for all: a solver may differ between them in the last digit.
        blup = effect[keys[group[0]]]
        for position in group:
            low, high = float(drawn.low[position]), float(drawn.high[position])
            expected = float(drawn.expected[position])
            found.append(
                RankedItem(
                    key=keys[position],
                    place=place[expected],
                    calibrated=fitted.sign * (fitted.fit.mean + blup),
                    calibrated_sd=float(drawn.spread[position]),
                    expected_rank=expected,
                    rank_low=min(low, expected),
                    rank_high=max(high, expected),
                    in_top=None if places is None else float(drawn.in_top[position]),
                    band=_band(low, high, cut, places),
                )
            )
    return tuple(sorted(found, key=lambda item: (item.expected_rank, item.key)))


def _band(low: float, high: float, cut: _Cut | None, places: int | None) -> Band | None:
    if places is None:
        return None
    if cut is None:
        return Band.ACCEPT if places else Band.DECLINE
    if high <= cut.accept:
        return Band.ACCEPT
    return Band.DECLINE if low > cut.decline else Band.TOO_CLOSE


def _reviewers(fitted: PanelFit, drawn: DrawnRanks) -> tuple[Severity, ...]:
    sizes = fitted.design.size_one if fitted.design.turned else fitted.design.size_two
    found = []
    for place, key in enumerate(fitted.raters):
        if fitted.connection.of_raters[place] != fitted.main_part:
            continue
        bounds = sorted(
            fitted.sign * float(bound) + 0.0
            for bound in (drawn.reviewer_low[place], drawn.reviewer_high[place])
        )
        points = fitted.sign * float(fitted.fit.rater_effects[place]) + 0.0
        found.append(Severity(key, int(sizes[place]), points, *bounds))
    return tuple(found)
