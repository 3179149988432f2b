"""The order of a panel's proposals, with how sure it is.

Draws from the posterior of the proposals' effects, the variances integrated out, give each proposal its
expected rank, an interval that holds its rank with probability one half, and the chance that it is among
the best. Source: R. Heyard, M. Ott, G. Salanti, M. Egger, "Rethinking the Funding Line at the Swiss
National Science Foundation: Bayesian Ranking and Lottery", Statistics and Public Policy 9 (2022).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from incubator.analytics.drawn_ranks import DrawnRanks, Progress, drawn_ranks
from incubator.analytics.panel_fit import PanelFit, Scored, Withheld

DRAWS = 4000
FEWEST_DRAWS = 100


class Band(StrEnum):
    """Where a proposal stands towards the provisional line."""

    ACCEPT = "accept"
    TOO_CLOSE = "too close to call"
    DECLINE = "decline"


@dataclass(frozen=True)
class RankedItem:
    """One proposal, ranks counted from 1 for the best among the proposals that are ranked.

    `calibrated` is what an average reviewer would have given (panel mean plus BLUP), on the sheet's scale;
    `calibrated_sd` its posterior standard deviation, `in_top` the probability of a place among the best
    `places`. `place` is the position by expected rank, equal ones sharing it.
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
    which proposals can be compared. The three standard deviations are on the sheet's scale.
    """

    items: tuple[RankedItem, ...]
    reviewers: tuple[Severity, ...]
    unranked: tuple[str, ...]
    withheld: Withheld | None
    places: int | None
    line: float | None
    parts: int
    part_of: dict[str, int]
    mean: float | None
    sd_item: float | None
    sd_rater: float | None
    sd_error: float | None
    seed: int
    draws: int


def rank(
    scored: Scored,
    fitted: PanelFit | None,
    *,
    places: int | None,
    seed: int,
    draws: int = DRAWS,
    leave_out: Iterable[str] = (),
    progress: Progress | None = None,
) -> Ranking:
    """Rank the proposals of a panel that `fit_panel` fitted to `scored`.

    Proposals without a review and those in `leave_out` (not discussed) are listed unranked; the reviews of
    the latter still tell how severe their reviewers are. Proposals that got the same values from the same
    reviewers tie in every number. The random numbers are NumPy's PCG64 from `seed`; `progress` is told
    draws done and in all. ValueError for negative places or fewer than 100 draws.
    """
    if places is not None and places < 0:
        raise ValueError("places must not be negative")
    if draws < FEWEST_DRAWS:
        raise ValueError("fewer than 100 draws say nothing")
    out = set(leave_out)
    keys = tuple(key for key in fitted.items if key not in out) if fitted else ()
    withheld = fitted.withheld if fitted else Withheld.NO_REVIEWS
    if withheld is None and len(keys) < 2:
        withheld = Withheld.ONE_PROPOSAL if keys else Withheld.NO_REVIEWS
    items: tuple[RankedItem, ...] = ()
    reviewers: tuple[Severity, ...] = ()
    line = None
    if fitted is not None and withheld is None:
        groups = _equal(scored, keys)
        drawn = drawn_ranks(
            fitted, keys, groups, places=places or 0, seed=seed, draws=draws, progress=progress
        )
        expected = sorted(drawn.expected.tolist())
        if places is not None and 0 < places < len(keys):
            line = expected[places - 1]
        items = _items(fitted, keys, groups, drawn, expected, places, line)
        reviewers = _reviewers(fitted, drawn)
    known = fitted.fit if fitted else None
    return Ranking(
        items=items,
        reviewers=reviewers,
        unranked=tuple(sorted(set(scored) - set(keys))),
        withheld=withheld,
        places=places,
        line=line,
        parts=fitted.connection.count if fitted else 0,
        part_of=dict(zip(fitted.items, fitted.connection.of_items, strict=True)) if fitted else {},
        mean=fitted.sign * fitted.fit.mean if fitted else None,
        sd_item=known.sd_item if known else None,
        sd_rater=known.sd_rater if known else None,
        sd_error=known.sd_error if known else None,
        seed=seed,
        draws=draws,
    )


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
    expected: Sequence[float],
    places: int | None,
    line: float | None,
) -> tuple[RankedItem, ...]:
    effect = dict(zip(fitted.items, fitted.fit.item_effects.tolist(), strict=True))
    place: dict[float, int] = {}
    for position, rank_expected in enumerate(expected, start=1):
        place.setdefault(rank_expected, position)
    found = []
    for group in groups:
        # One of the equal speaks for all: a solver may differ between them in the last digit.
        blup = effect[keys[group[0]]]
        for position in group:
            low, high = float(drawn.low[position]), float(drawn.high[position])
            found.append(
                RankedItem(
                    key=keys[position],
                    place=place[float(drawn.expected[position])],
                    calibrated=fitted.sign * (fitted.fit.mean + blup),
                    calibrated_sd=float(drawn.spread[position]),
                    expected_rank=float(drawn.expected[position]),
                    rank_low=low,
                    rank_high=high,
                    in_top=None if places is None else float(drawn.in_top[position]),
                    band=_band(low, high, line, places),
                )
            )
    return tuple(sorted(found, key=lambda item: (item.expected_rank, item.key)))


def _band(low: float, high: float, line: float | None, places: int | None) -> Band | None:
    if places is None:
        return None
    if line is None:
        return Band.ACCEPT if places else Band.DECLINE
    if high < line:
        return Band.ACCEPT
    return Band.DECLINE if low > line else Band.TOO_CLOSE


def _reviewers(fitted: PanelFit, drawn: DrawnRanks) -> tuple[Severity, ...]:
    sizes = fitted.design.size_one if fitted.design.turned else fitted.design.size_two
    found = []
    for place, key in enumerate(fitted.raters):
        bounds = sorted(
            fitted.sign * float(bound) + 0.0
            for bound in (drawn.reviewer_low[place], drawn.reviewer_high[place])
        )
        points = fitted.sign * float(fitted.fit.rater_effects[place]) + 0.0
        found.append(Severity(key, int(sizes[place]), points, *bounds))
    return tuple(found)
