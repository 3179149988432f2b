"""A call's proposals and reviewers as arrays: what each still needs, who has room, what bars whom."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from incubator.analytics.assignment_network import Ints, Mask
from incubator.analytics.reviewer_fit import Pair

BY_HAND = "by_hand"
"""The rule of a pair in `forbidden`; no other bar may be called so."""
RATHER_NOT = "rather_not"
"""The rule of a reluctant pair where such pairs are never to be used."""
CAP = "cap"
STEPS = 100
"""Fits are compared in hundredths: what reads the same counts the same."""


class Reluctance(StrEnum):
    """What "rather not" means: used only where nothing else will do, used like any other, or never used."""

    LAST_RESORT = "last_resort"
    ALLOWED = "allowed"
    NEVER = "never"


class Bar(NamedTuple):
    """A pair that must not be, and the rule that says so (`own_agency`, `vendor`, `declined`, …)."""

    proposal: int
    reviewer: int
    rule: str


@dataclass(frozen=True)
class Round:
    """What an assignment is made from.

    proposals -- their keys; reviewers -- cap by key, the reviews of this round a person may be given in all;
    wanted -- reviews per proposal; fit -- 0 to 1 by pair, a pair not named has 0; kept -- begun or handed-in
    reviews, which stay, count toward `wanted` and the load, and may be by somebody outside the pool;
    barred -- one entry per pair and rule; reluctant -- pairs whose reviewer would rather not;
    pinned, forbidden -- by hand, must and must not be.

    A kept review that has been barred since counts toward the load, not toward `wanted`: a conflicted
    review is no review. ValueError for keys that repeat or that nobody has, negative numbers, and fits
    outside 0 to 1.
    """

    proposals: Sequence[int]
    reviewers: Mapping[int, int]
    wanted: int
    fit: Mapping[Pair, float]
    kept: Collection[Pair] = ()
    barred: Collection[Bar] = ()
    reluctant: Collection[Pair] = ()
    pinned: Collection[Pair] = ()
    forbidden: Collection[Pair] = ()
    reluctance: Reluctance = Reluctance.LAST_RESORT
    seed: int = 0


@dataclass(frozen=True)
class Layout:
    """A round in arrays: proposals are rows and reviewers columns, each by rising key.

    fit -- in hundredths; blocked -- a set of bits per pair, bit i for rules[i]; taken -- pairs kept or pinned;
    counted -- of these, the reviews that count; load -- each reviewer's reviews kept and pinned.
    """

    round: Round
    proposals: tuple[int, ...]
    reviewers: tuple[int, ...]
    cap: Ints
    fit: Ints
    reluctant: Mask
    rules: tuple[str, ...]
    blocked: Ints
    kept: Mask
    pinned: Mask

    @property
    def taken(self) -> Mask:
        return self.kept | self.pinned

    def counted(self, without: int = 0) -> Mask:
        return self.taken & ((self.blocked & ~without) == 0)

    @property
    def load(self) -> Ints:
        return self.taken.sum(axis=0, dtype=np.int64)

    def need(self, wanted: int | None = None, without: int = 0) -> Ints:
        """Reviews each proposal still has to be given when the rules with bits `without` are lifted."""
        k = self.round.wanted if wanted is None else wanted
        return np.maximum(k - self.counted(without).sum(axis=1, dtype=np.int64), 0)

    def room(self, least_cap: int = 0) -> Ints:
        """Reviews each reviewer of the pool can still be given, every cap being at least `least_cap`."""
        inside = np.array([key in self.round.reviewers for key in self.reviewers], dtype=np.bool_)
        cap = np.where(inside, np.maximum(self.cap, least_cap), 0)
        return np.clip(cap - self.load, 0, len(self.proposals))

    def open(self, without: int = 0) -> tuple[Ints, Ints]:
        """Rows and columns of the pairs that may be chosen when the rules with bits `without` are lifted."""
        rows, cols = np.nonzero(((self.blocked & ~without) == 0) & ~self.taken)
        return rows.astype(np.int64), cols.astype(np.int64)

    def ties(self, rows: Ints, cols: Ints) -> Ints:
        """A number below 2**24 per pair from the two keys and the seed alone (SplitMix64, Steele 2014)."""
        seeded = _mixed(_words(self.proposals) ^ _mixed(_words([self.round.seed])))
        both = _mixed(seeded[rows] + _words(self.reviewers)[cols])
        return (both >> np.uint64(40)).astype(np.int64)


def lay_out(round_: Round) -> Layout:
    """The round as arrays; the order in which anything was given leaves no trace."""
    proposals = tuple(sorted(round_.proposals))
    kept = frozenset(round_.kept)
    pool = round_.reviewers
    reviewers = tuple(sorted(set(pool) | {reviewer for _, reviewer in kept}))
    if len(set(proposals)) < len(proposals):
        raise ValueError("a proposal is named twice")
    if round_.wanted < 0 or any(cap < 0 for cap in pool.values()):
        raise ValueError("reviews wanted and caps are not negative")
    if not all(math.isfinite(fit) and 0 <= fit <= 1 for fit in round_.fit.values()):
        raise ValueError("a fit is 0 to 1")
    if any(bar.rule in (BY_HAND, RATHER_NOT, CAP) for bar in round_.barred):
        raise ValueError(f"{BY_HAND}, {RATHER_NOT} and {CAP} are no names for a bar")
    if not all(reviewer in pool for _, reviewer in round_.pinned):
        raise ValueError("a pinned reviewer is not in the pool")
    places = _Places(proposals, reviewers)
    reluctant = places.mask(round_.reluctant)
    bars: dict[str, Mask] = {}
    by_rule: dict[str, set[Pair]] = {}
    for bar in round_.barred:
        by_rule.setdefault(bar.rule, set()).add((bar.proposal, bar.reviewer))
    for rule in sorted(by_rule):
        bars[rule] = places.mask(by_rule[rule])
    if round_.forbidden:
        bars[BY_HAND] = places.mask(round_.forbidden)
    if round_.reluctance is Reluctance.NEVER and reluctant.any():
        # Somebody who has begun, or whom a person has named, is not stopped by a bid.
        bars[RATHER_NOT] = reluctant & ~places.mask(kept) & ~places.mask(round_.pinned)
    blocked = np.zeros(reluctant.shape, dtype=np.int64)
    for bit, mask in enumerate(bars.values()):
        blocked |= mask.astype(np.int64) << bit
    fit = np.zeros(reluctant.shape)
    rows, cols = places.of(round_.fit)
    fit[rows, cols] = np.fromiter(round_.fit.values(), dtype=np.float64, count=len(round_.fit))
    return Layout(
        round=round_,
        proposals=proposals,
        reviewers=reviewers,
        cap=np.array([pool.get(key, 0) for key in reviewers], dtype=np.int64),
        fit=np.rint(fit * STEPS).astype(np.int64),
        reluctant=reluctant,
        rules=tuple(bars),
        blocked=blocked,
        kept=places.mask(kept),
        pinned=places.mask(round_.pinned),
    )


class _Places:
    def __init__(self, proposals: Sequence[int], reviewers: Sequence[int]) -> None:
        self.row = {key: place for place, key in enumerate(proposals)}
        self.col = {key: place for place, key in enumerate(reviewers)}

    def of(self, pairs: Collection[Pair]) -> tuple[Ints, Ints]:
        try:
            places = [(self.row[proposal], self.col[reviewer]) for proposal, reviewer in pairs]
        except KeyError as unknown:
            raise ValueError(f"no proposal or reviewer of this round has the key {unknown}") from None
        found = np.array(places, dtype=np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]

    def mask(self, pairs: Collection[Pair]) -> Mask:
        found = np.zeros((len(self.row), len(self.col)), dtype=np.bool_)
        found[self.of(pairs)] = True
        return found


def _words(keys: Iterable[int]) -> npt.NDArray[np.uint64]:
    return np.array([key & 0xFFFF_FFFF_FFFF_FFFF for key in keys], dtype=np.uint64)


def _mixed(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    words = words + np.uint64(0x9E37_79B9_7F4A_7C15)
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
    return words ^ (words >> np.uint64(31))
