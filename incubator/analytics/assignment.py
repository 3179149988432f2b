"""Who reviews what: give every proposal of a call its reviews, fairly first and well second.

The aims, each sought only among the choices that are best for all before it:

1. as few as possible reviews by people who would rather not (unless the round says otherwise);
2. the lowest fit of any new review as high as possible;
3. as few as possible new reviews with a fit below 0.2, then below 0.4, then below 0.6;
4. the greatest total fit;
5. loads as even as possible, as shares of the caps;
6. a number per pair made from the keys and the seed, which leaves one choice.

Each is met on a network, hence exactly, and the result does not depend on the order of the input.

The worst review counts rather than the proposal with the least sum, because the greatest least sum is NP-hard
(Garg et al., "Assigning papers to referees", Algorithmica 58, 2010; PeerReview4All of Stelmakh, Shah and
Singh, ALT 2019, approximates it). In a made-up call of 1,000 proposals and 100 reviewers `milp` had reached a
least sum of 0.85 after 40 s; these aims give 1.80 in about a second, and 1.84 is the most its relaxation
allows. There the greatest total alone (the Toronto Paper Matching System, Charlin and Zemel, 2013) left the
worst review at 0.48 instead of 0.60, for a total 0.7 % higher. Aim 3 is there for calls with a proposal
nobody knows: it settles aim 2 by itself, and without aim 3 the others would be served by total alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

import numpy as np

from incubator.analytics.assignment_explained import (
    CAPS,
    PINS,
    REVIEWERS,
    WANTED,
    Clash,
    Infeasible,
    Relaxation,
    Shortage,
    explain,
)
from incubator.analytics.assignment_network import Ints, Network, greatest_flow
from incubator.analytics.assignment_round import (
    BY_HAND,
    CAP,
    RATHER_NOT,
    STEPS,
    Bar,
    Layout,
    Reluctance,
    Round,
    lay_out,
)
from incubator.analytics.reviewer_fit import Pair

__all__ = [
    "BY_HAND",
    "CAP",
    "CAPS",
    "HAS_IT",
    "PINS",
    "RATHER_NOT",
    "REVIEWERS",
    "WANTED",
    "Assignment",
    "Bar",
    "Candidate",
    "Clash",
    "Infeasible",
    "Load",
    "NextBest",
    "Origin",
    "Relaxation",
    "Reluctance",
    "Review",
    "Round",
    "RuledOut",
    "Served",
    "Shortage",
    "WeakSpot",
    "Weakness",
    "assign",
    "next_best",
]

GRADES = (0.2, 0.4, 0.6)
LOW_FIT = 0.4
"""Below this a proposal's best reviewer knows it little: some knowledge of its subject and no bid is 0.35."""
HAS_IT = "has_it"


class Origin(StrEnum):
    """Why a pair is in an assignment."""

    KEPT = "kept"
    PINNED = "pinned"
    CHOSEN = "chosen"


@dataclass(frozen=True)
class Review:
    """One review of an assignment; `reluctant`: its reviewer would rather not."""

    proposal: int
    reviewer: int
    fit: float
    origin: Origin
    reluctant: bool


@dataclass(frozen=True)
class Served:
    """How one proposal fares: number of its reviews, sum, lowest and best fit (None without reviews)."""

    proposal: int
    reviews: int
    total: float
    lowest: float | None
    best: float | None


@dataclass(frozen=True)
class Load:
    """A reviewer's reviews after the assignment, kept ones included, and the cap (0 outside the pool)."""

    reviewer: int
    reviews: int
    cap: int


class Weakness(StrEnum):
    """What a coordinator should look at before applying an assignment."""

    LOW_BEST = "low_best"
    RATHER_NOT = "rather_not"
    KEPT_BARRED = "kept_barred"
    AT_CAP = "at_cap"


@dataclass(frozen=True)
class WeakSpot:
    """LOW_BEST names a proposal (fit: its best reviewer's), AT_CAP a reviewer, the others a pair."""

    weakness: Weakness
    proposal: int | None = None
    reviewer: int | None = None
    fit: float | None = None


@dataclass(frozen=True)
class Assignment:
    """Reviews by proposal, then reviewer; `level` is the lowest fit among those chosen here (None: none).

    `total` is the sum of all fits, kept and pinned ones included.
    """

    reviews: tuple[Review, ...]
    proposals: tuple[Served, ...]
    loads: tuple[Load, ...]
    level: float | None
    total: float
    weak_spots: tuple[WeakSpot, ...]

    @property
    def pairs(self) -> frozenset[Pair]:
        return frozenset((review.proposal, review.reviewer) for review in self.reviews)


def assign(round_: Round) -> Assignment | Infeasible:
    """Give every proposal its reviews by the aims above, or say why that is impossible.

    ValueError for a round that contradicts itself in its keys or numbers (see `Round`).
    """
    layout = lay_out(round_)
    infeasible = explain(layout)
    if infeasible is not None:
        return infeasible
    rows, cols = layout.open()
    return _report(layout, rows, cols, _choose(layout, rows, cols))


def _choose(layout: Layout, rows: Ints, cols: Ints) -> Ints:
    """Positions in `rows` and `cols` of the pairs chosen."""
    need, room = layout.need(), layout.room()
    useful = (need[rows] > 0) & (room[cols] > 0)
    places = np.flatnonzero(useful)
    rows, cols = rows[useful], cols[useful]
    fit, ties = layout.fit[rows, cols], layout.ties(rows, cols)
    flow = greatest_flow(need, room, rows, cols)
    network = Network(need, room, rows, cols, ties, flow.used)
    if layout.round.reluctance is Reluctance.LAST_RESORT:
        network.minimise(layout.reluctant[rows, cols].astype(np.int64), guide=-fit)
    network.raise_lowest(fit)
    for grade in GRADES:
        network.minimise((fit < round(grade * STEPS)).astype(np.int64), guide=-fit)
    network.minimise(-fit)
    network.level_loads(layout.load, np.minimum(layout.cap, len(layout.proposals)))
    network.minimise(ties)
    return places[network.chosen()]


def _report(layout: Layout, rows: Ints, cols: Ints, chosen: Ints) -> Assignment:
    picked = np.zeros_like(layout.kept)
    picked[rows[chosen], cols[chosen]] = True
    fit = layout.fit / STEPS
    reviews = tuple(
        Review(
            proposal=layout.proposals[row],
            reviewer=layout.reviewers[col],
            fit=float(fit[row, col]),
            origin=Origin.CHOSEN
            if picked[row, col]
            else Origin.KEPT
            if layout.kept[row, col]
            else Origin.PINNED,
            reluctant=bool(layout.reluctant[row, col]),
        )
        for row, col in np.argwhere(picked | layout.counted())
    )
    fits: dict[int, list[float]] = {proposal: [] for proposal in layout.proposals}
    for review in reviews:
        fits[review.proposal].append(review.fit)
    served = tuple(
        Served(
            proposal=proposal,
            reviews=len(each),
            total=math.fsum(each),
            lowest=min(each, default=None),
            best=max(each, default=None),
        )
        for proposal, each in fits.items()
    )
    load = layout.load + picked.sum(axis=0)
    loads = tuple(
        Load(reviewer, int(load[col]), int(layout.cap[col])) for col, reviewer in enumerate(layout.reviewers)
    )
    return Assignment(
        reviews=reviews,
        proposals=served,
        loads=loads,
        level=min((review.fit for review in reviews if review.origin is Origin.CHOSEN), default=None),
        total=math.fsum(review.fit for review in reviews),
        weak_spots=_weak_spots(layout, reviews, served, loads),
    )


def _weak_spots(
    layout: Layout, reviews: tuple[Review, ...], served: tuple[Served, ...], loads: tuple[Load, ...]
) -> tuple[WeakSpot, ...]:
    low = [
        WeakSpot(Weakness.LOW_BEST, proposal=each.proposal, fit=each.best)
        for each in served
        if each.best is not None and each.best < LOW_FIT
    ]
    unwilling = [
        WeakSpot(Weakness.RATHER_NOT, review.proposal, review.reviewer, review.fit)
        for review in reviews
        if review.reluctant
    ]
    void = [
        WeakSpot(Weakness.KEPT_BARRED, layout.proposals[row], layout.reviewers[col])
        for row, col in np.argwhere(layout.kept & (layout.blocked != 0))
    ]
    busy = [
        WeakSpot(Weakness.AT_CAP, reviewer=load.reviewer)
        for load in loads
        if load.reviewer in layout.round.reviewers and 0 < load.cap <= load.reviews
    ]
    return (*low, *unwilling, *void, *busy)


@dataclass(frozen=True)
class Candidate:
    """Somebody who could take one more review of a proposal."""

    reviewer: int
    fit: float
    reviews: int
    cap: int
    reluctant: bool


@dataclass(frozen=True)
class RuledOut:
    """Somebody who cannot: a bar's rule, `by_hand`, `rather_not`, `has_it` (reviews it already) or `cap`."""

    reviewer: int
    rules: tuple[str, ...]


@dataclass(frozen=True)
class NextBest:
    """Who may take a review, best first, and everybody else with the rules in the way."""

    candidates: tuple[Candidate, ...]
    ruled_out: tuple[RuledOut, ...]

    @property
    def best(self) -> Candidate | None:
        return self.candidates[0] if self.candidates else None


def next_best(round_: Round, proposal: int) -> NextBest:
    """Who should get a review of `proposal` that somebody declined.

    `round_.kept` holds every review that stands, begun or not; a decline is a bar like any other. The willing
    come first, then the better fit, the smaller share of the cap in use, and the round's own tie-break.
    ValueError for a proposal that is not in the round.
    """
    layout = lay_out(round_)
    if proposal not in layout.proposals:
        raise ValueError(f"no proposal of this round has the key {proposal}")
    row = layout.proposals.index(proposal)
    columns = np.arange(len(layout.reviewers))
    ties = layout.ties(np.full_like(columns, row), columns)
    free, ruled_out = [], []
    for col, reviewer in enumerate(layout.reviewers):
        if reviewer not in round_.reviewers:
            continue
        load, cap = int(layout.load[col]), int(layout.cap[col])
        rules = [rule for bit, rule in enumerate(layout.rules) if layout.blocked[row, col] & 1 << bit]
        if layout.taken[row, col]:
            rules.append(HAS_IT)
        if load >= cap:
            rules.append(CAP)
        if rules:
            ruled_out.append(RuledOut(reviewer, tuple(rules)))
            continue
        reluctant = bool(layout.reluctant[row, col]) and round_.reluctance is not Reluctance.ALLOWED
        fit = int(layout.fit[row, col])
        order = (reluctant, -fit, Fraction(load, cap), int(ties[col]), reviewer)
        one = Candidate(reviewer, fit / STEPS, load, cap, bool(layout.reluctant[row, col]))
        free.append((order, one))
    free.sort(key=lambda found: found[0])
    return NextBest(tuple(one for _, one in free), tuple(ruled_out))
