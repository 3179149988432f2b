"""`python -m tests.bench.assignment`: giving reviewers to proposals, beside two simpler ways.

Each line is one way for one made-up call: the time, the reviews that found no place, the lowest fit, the
reviews with a fit below 0.4 ("weak"), the least sum of fit among the proposals that somebody knows, the whole
sum, and the whole beside the greatest possible.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from incubator.analytics.assignment import Assignment, Bar, Infeasible, Round, assign
from incubator.analytics.assignment_network import Network, greatest_flow
from incubator.analytics.assignment_round import lay_out
from incubator.analytics.reviewer_fit import Pair, fits
from incubator.domain.assignment import BidKind

HEAD = f"{'':34}{'seconds':>8}{'unplaced':>10}{'lowest':>8}{'weak':>6}{'least sum':>11}{'total':>9}{'of best':>9}"


@dataclass(frozen=True)
class Made:
    """A call to make up: its size, how many areas there are, proposals nobody knows, spare reviews a head."""

    name: str
    proposals: int
    reviewers: int
    areas: int
    unknown: int
    spare: int
    seed: int


CALLS = (
    Made("1,000 × 100, k = 3", 1_000, 100, 24, 0, 3, 1),
    Made("1,000 × 100, ten nobody knows", 1_000, 100, 24, 10, 3, 2),
    Made("1,000 × 100, no cap to spare", 1_000, 100, 24, 10, 0, 3),
    Made("200 × 30, few experts", 200, 30, 40, 2, 1, 4),
    Made("60 × 15", 60, 15, 24, 1, 2, 5),
)


def make(call: Made) -> Round:
    random = np.random.default_rng(call.seed)
    tags = {
        proposal: random.choice(call.areas, random.integers(1, 4), replace=False).tolist()
        for proposal in range(call.proposals)
    }
    for proposal in range(call.unknown):
        tags[proposal] = [call.areas]
    levels = {
        reviewer: {
            int(area): int(random.integers(1, 4))
            for area in random.choice(call.areas, random.integers(3, 7), replace=False)
        }
        for reviewer in range(call.reviewers)
    }
    kinds = random.choice([0, 1, 2], p=[0.8, 0.15, 0.05], size=(call.proposals, call.reviewers))
    bids = {(p, r): (BidKind.CAN, BidKind.WANT)[kinds[p, r] - 1] for p, r in np.argwhere(kinds).tolist()}
    closed = np.argwhere(random.random(kinds.shape) < 0.1).tolist()
    cap = -(-call.proposals * 3 // call.reviewers) + call.spare
    return Round(
        proposals=range(call.proposals),
        reviewers=dict.fromkeys(range(call.reviewers), cap),
        wanted=3,
        fit=fits(tags, levels, bids, [(p, r) for p, r in closed]),
        barred=[Bar(p, r, "own_agency") for p, r in closed],
    )


def balanced(round_: Round) -> list[Pair]:
    found = assign(round_)
    assert isinstance(found, Assignment)
    return sorted(found.pairs)


def greatest_total(round_: Round) -> list[Pair]:
    layout = lay_out(round_)
    rows, cols = layout.open()
    ties = layout.ties(rows, cols)
    used = greatest_flow(layout.need(), layout.room(), rows, cols).used
    network = Network(layout.need(), layout.room(), rows, cols, ties, used)
    network.minimise(-layout.fit[rows, cols])
    chosen = network.chosen()
    return list(zip(rows[chosen].tolist(), cols[chosen].tolist(), strict=True))


def greedy(round_: Round) -> list[Pair]:
    """The best pair that is still possible, then the next."""
    closed = {(bar.proposal, bar.reviewer) for bar in round_.barred}
    need, room = dict.fromkeys(round_.proposals, round_.wanted), dict(round_.reviewers)
    taken = []
    for pair in sorted(round_.fit, key=lambda pair: (-round_.fit[pair], pair)):
        proposal, reviewer = pair
        if pair not in closed and need[proposal] and room[reviewer]:
            need[proposal] -= 1
            room[reviewer] -= 1
            taken.append(pair)
    return taken


WAYS: tuple[tuple[str, Callable[[Round], list[Pair]]], ...] = (
    ("balanced", balanced),
    ("greatest total alone", greatest_total),
    ("greedy", greedy),
)


def main() -> None:
    print(HEAD)
    for call in CALLS:
        round_ = make(call)
        print(call.name)
        found = {}
        for name, way in WAYS:
            started = time.perf_counter()
            found[name] = (way(round_), time.perf_counter() - started)
        best = sum(round_.fit[pair] for pair in found["greatest total alone"][0])
        for name, (pairs, seconds) in found.items():
            each = [round_.fit[pair] for pair in pairs]
            sums = dict.fromkeys(round_.proposals, 0.0)
            for proposal, reviewer in pairs:
                sums[proposal] += round_.fit[proposal, reviewer]
            known = [sums[proposal] for proposal in round_.proposals if proposal >= call.unknown]
            print(
                f"  {name:32}{seconds:8.2f}{3 * call.proposals - len(pairs):10}{min(each):8.2f}"
                f"{sum(fit < 0.4 for fit in each):6}{min(known):11.2f}{sum(each):9.1f}{sum(each) / best:9.1%}"
            )
    impossible = replace(make(CALLS[0]), reviewers=dict.fromkeys(range(100), 20))
    started = time.perf_counter()
    why = assign(impossible)
    assert isinstance(why, Infeasible)
    print(
        f"impossible, 1,000 × 100 with caps of 20: {why.missing} missing, explained in"
        f" {time.perf_counter() - started:.2f} s"
    )


if __name__ == "__main__":
    main()
