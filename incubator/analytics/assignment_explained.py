"""Why an assignment is impossible: which proposals share too few reviewers, what bars them, what would help."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from incubator.analytics.assignment_network import Mask, greatest_flow
from incubator.analytics.assignment_round import CAP, Layout

PINS, CAPS, WANTED, REVIEWERS = "pins", "caps", "wanted", "reviewers"


@dataclass(frozen=True)
class Clash:
    """A pair pinned by hand against a rule: a bar's rule, `by_hand`, or `cap` (more pinned than the cap)."""

    proposal: int
    reviewer: int
    rule: str


@dataclass(frozen=True)
class Shortage:
    """Proposals that together need more reviews than those who may review them can give.

    They need `needed` more reviews. The reviewers in `shared` are left with `room`; pairs with all others
    can give `elsewhere`. `missing` is what remains, and is more than zero: that is the proof (Hall's
    condition, read from the smallest minimum cut). `bars` counts for each rule the pairs of these proposals
    with reviewers of the pool that it closes, most first.
    """

    proposals: tuple[int, ...]
    shared: tuple[int, ...]
    needed: int
    room: int
    elsewhere: int
    bars: tuple[tuple[str, int], ...]

    @property
    def missing(self) -> int:
        return self.needed - self.room - self.elsewhere


@dataclass(frozen=True)
class Relaxation:
    """What lifting one rule alone would do.

    `rule` is a bar's rule, `by_hand`, `rather_not`, `pins` (nothing pinned), `caps` (every cap at least
    `to`), `wanted` (`to` reviews per proposal) or `reviewers` (`to` more people whom nothing bars, each with
    the pool's median cap `each`). `freed` reviews of the missing ones would find a place; `enough`: all.
    """

    rule: str
    freed: int
    enough: bool
    to: int | None = None
    each: int | None = None


@dataclass(frozen=True)
class Infeasible:
    """No assignment keeps all rules: how many reviews find no place, why, and what would help, best first."""

    missing: int
    clashes: tuple[Clash, ...]
    shortages: tuple[Shortage, ...]
    relaxations: tuple[Relaxation, ...]


def explain(layout: Layout) -> Infeasible | None:
    """None when every proposal can have its reviews."""
    clashes = _clashes(layout)
    need = layout.need()
    flow = greatest_flow(need, layout.room(), *layout.open())
    missing = int(need.sum()) - flow.value
    if not missing and not clashes:
        return None
    return Infeasible(
        missing=missing,
        clashes=clashes,
        shortages=_shortages(layout, flow.short, flow.full) if missing else (),
        relaxations=_relaxations(layout, missing),
    )


def _clashes(layout: Layout, without: int = 0, least_cap: int = 0) -> tuple[Clash, ...]:
    found: list[Clash] = []
    over = np.maximum(layout.cap, least_cap) < layout.load
    for row, col in np.argwhere(layout.pinned):
        broken = [
            rule for bit, rule in enumerate(layout.rules) if layout.blocked[row, col] & ~without & 1 << bit
        ]
        if over[col] and not layout.kept[row, col]:
            broken.append(CAP)
        found.extend(Clash(layout.proposals[row], layout.reviewers[col], rule) for rule in broken)
    return tuple(found)


def _shortages(layout: Layout, short: Mask, full: Mask) -> tuple[Shortage, ...]:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n, m = len(layout.proposals), len(layout.reviewers)
    need, room = layout.need(), layout.room()
    rows, cols = layout.open()
    joined = short[rows] & full[cols]
    ends = (rows[joined], n + cols[joined])
    graph = coo_array((np.ones(int(joined.sum())), ends), shape=(n + m, n + m))
    _, group = connected_components(graph, directed=False)
    inside = np.array([key in layout.round.reviewers for key in layout.reviewers], dtype=np.bool_)
    found = []
    for label in dict.fromkeys(group[:n][short]):
        mine, shared = short & (group[:n] == label), full & (group[n:] == label)
        closed = layout.blocked[np.ix_(mine, inside)]
        counts = [(rule, int(np.sum(closed >> bit & 1))) for bit, rule in enumerate(layout.rules)]
        found.append(
            Shortage(
                proposals=_named(layout.proposals, mine),
                shared=_named(layout.reviewers, shared),
                needed=int(need[mine].sum()),
                room=int(room[shared].sum()),
                elsewhere=int(np.sum(mine[rows] & ~shared[cols] & (room[cols] > 0))),
                bars=tuple(sorted((c for c in counts if c[1]), key=lambda c: (-c[1], c[0]))),
            )
        )
    return tuple(sorted(found, key=lambda shortage: (-shortage.missing, shortage.proposals)))


def _named(keys: tuple[int, ...], mask: Mask) -> tuple[int, ...]:
    return tuple(keys[place] for place in np.flatnonzero(mask))


def _relaxations(layout: Layout, missing: int) -> tuple[Relaxation, ...]:
    found = []

    def note(rule: str, left: int, clean: bool, to: int | None = None, each: int | None = None) -> None:
        if left < missing or (clean and left == 0):
            found.append(Relaxation(rule, max(missing - left, 0), clean and left == 0, to, each))

    for bit, rule in enumerate(layout.rules):
        note(rule, _missing(layout, without=1 << bit), not _clashes(layout, without=1 << bit))
    if layout.pinned.any():
        loose = replace(layout, pinned=np.zeros_like(layout.pinned))
        note(PINS, _missing(loose), True)

    def with_caps(least: int) -> tuple[int, int]:
        return _missing(layout, least_cap=least), len(_clashes(layout, least_cap=least))

    most = max(len(layout.proposals), int(layout.load.max(initial=0)))
    best = with_caps(most)
    least = _first(lambda cap: with_caps(cap) == best, 1, most)
    note(CAPS, best[0], not best[1], to=least)
    clean = not _clashes(layout)
    k = layout.round.wanted
    fewer = _first(lambda by: _missing(layout, wanted=k - by) == 0, 1, k)
    if missing and fewer < k:
        note(WANTED, 0, clean, to=k - fewer)
    caps = [cap for cap in layout.round.reviewers.values() if cap]
    each = int(statistics.median_low(caps)) if caps else 1
    if missing:
        # Each takes `each` at most; dealt round, k people with room for all of them always do.
        fewest = -(-missing // each)
        more = _first(lambda people: _missing(layout, extra=(people, each)) == 0, fewest, max(fewest, k))
        note(REVIEWERS, 0, clean, to=more, each=each)
    return tuple(sorted(found, key=lambda r: (not r.enough, -r.freed, r.rule)))


def _first(holds: Callable[[int], bool], low: int, high: int) -> int:
    """The least whole number from `low` to `high` for which it holds; it does for `high` and all after."""
    while low < high:
        middle = (low + high) // 2
        if holds(middle):
            high = middle
        else:
            low = middle + 1
    return low


def _missing(
    layout: Layout,
    without: int = 0,
    least_cap: int = 0,
    wanted: int | None = None,
    extra: tuple[int, int] = (0, 0),
) -> int:
    """Reviews that find no place with rules lifted, caps raised, or `extra` = (people, cap each) added."""
    need, room = layout.need(wanted, without), layout.room(least_cap)
    rows, cols = layout.open(without)
    people, each = extra
    n, m = len(need), len(room)
    return (
        int(need.sum())
        - greatest_flow(
            need,
            np.concatenate([room, np.full(people, each, dtype=np.int64)]),
            np.concatenate([rows, np.repeat(np.arange(n), people)]),
            np.concatenate([cols, np.tile(m + np.arange(people), n)]),
        ).value
    )
