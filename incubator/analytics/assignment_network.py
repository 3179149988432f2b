"""The network behind an assignment: which pairs can be chosen, and the best choice by several aims in turn.

Reviews flow from proposals over permitted pairs, one each, to reviewers with room. The constraint matrix of
such a network is totally unimodular, so a linear program has a whole solution. After one aim is met, every
pair with a positive reduced cost is left out and every pair with a negative one is settled: what remains is
exactly the set of best choices (complementary slackness), again a network, on which the next aim is sought.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

PRICED_FROM = 20_000
"""Up to so many pairs a program holds all of them; above, the rest is priced and brought in when needed."""
CANDIDATES = 16
LOAD_UNIT = 10_080
GUIDED = 10_000
"""So many times more than its guide weighs a cost."""


@dataclass(frozen=True)
class Flow:
    """A greatest flow: how many reviews find a place, the pairs used, and the smallest minimum cut.

    `short` marks proposals on the side of those left unserved, `full` the reviewers they share and exhaust.
    """

    value: int
    used: Mask
    short: Mask
    full: Mask


def greatest_flow(need: Ints, room: Ints, rows: Ints, cols: Ints, must: Ints | None = None) -> Flow:
    """As many reviews as can be placed: pair i joins proposal rows[i] and reviewer cols[i].

    `must` is what each reviewer has to be given at least; it is met whenever all reviews can be placed so.
    """
    from scipy.sparse import coo_array, csr_array
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    n, m = len(need), len(room)
    least = np.zeros(m, dtype=np.int64) if must is None else must
    source, free, sink = 0, 1 + n + m, 2 + n + m
    proposals, reviewers = 1 + np.arange(n), 1 + n + np.arange(m)
    # What is free beyond each reviewer's least passes one gate, which leaves the leasts their share.
    tails = np.concatenate([np.full(n, source), 1 + rows, reviewers, reviewers, [free]])
    heads = np.concatenate([proposals, 1 + n + cols, np.full(m, sink), np.full(m, free), [sink]])
    gate = max(0, int(need.sum() - least.sum()))
    most = np.minimum(room - least, need.sum())
    capacity = np.concatenate([need, np.ones(len(rows), dtype=np.int64), least, most, [gate]])
    graph = csr_array(
        coo_array((capacity.astype(np.int32), (tails, heads)), shape=(sink + 1, sink + 1)).tocsr()
    )
    found = maximum_flow(graph, source, sink)
    moved = found.flow.tocoo()
    taken = (moved.row >= 1) & (moved.row <= n) & (moved.data > 0)
    pairs = (moved.row[taken] - 1).astype(np.int64) * m + (moved.col[taken] - 1 - n)
    residual = csr_array(graph - found.flow)
    residual.eliminate_zeros()
    reached = np.zeros(sink + 1, dtype=np.bool_)
    reached[breadth_first_order(residual, source, return_predecessors=False)] = True
    return Flow(
        value=int(found.flow_value),
        used=np.isin(rows * m + cols, pairs),
        short=reached[1 : 1 + n],
        full=reached[1 + n : 1 + n + m],
    )


class Network:
    """The choices still open, narrowed by one aim after another.

    need -- reviews each proposal still wants; room -- the most each reviewer can be given; rows, cols -- the
    open pairs, in order; tie -- a whole number per pair that tells equals apart; used -- the pairs of one
    way to meet every need. Costs and values are whole numbers by the positions of `rows`.
    """

    def __init__(self, need: Ints, room: Ints, rows: Ints, cols: Ints, tie: Ints, used: Mask) -> None:
        self.need, self.room = need.copy(), room.copy()
        self.must, self.given = np.zeros_like(room), np.zeros_like(room)
        self.pairs = np.arange(len(rows), dtype=np.int64)
        self.all_rows, self.all_cols, self.tie = rows, cols, tie
        self.used = used
        self.settled = np.array([], dtype=np.int64)

    @property
    def rows(self) -> Ints:
        return self.all_rows[self.pairs]

    @property
    def cols(self) -> Ints:
        return self.all_cols[self.pairs]

    def chosen(self) -> Ints:
        """Positions of the pairs in the solution at hand."""
        return np.sort(np.concatenate([self.settled, self.pairs[self.used]]))

    def raise_lowest(self, value: Ints) -> None:
        """Make the lowest value of a chosen pair as high as possible (bottleneck, by bisection over flows)."""
        steps = np.unique(value[self.pairs])
        # A settled pair bounds the lowest value; beyond that, open pairs would be given up for nothing.
        bound = value[self.settled].min() if len(self.settled) else steps.max(initial=0)
        low, high = 0, min(len(steps), int(np.searchsorted(steps, bound)) + 1)
        while high - low > 1:
            middle = (low + high) // 2
            if self._confine(value[self.pairs] >= steps[middle]):
                low = middle
            else:
                high = middle

    def minimise(self, cost: Ints, guide: Ints | None = None) -> None:
        """Keep only the choices of least total cost.

        `guide` is a second cost, for speed: where most costs are equal it leads the simplex method to one
        answer among many. It has no say in what is kept.
        """
        mine = cost[self.pairs]
        if len(np.unique(mine)) > 1 and not self._confine(mine == mine.min()):
            reviewers = np.arange(len(self.room), dtype=np.int64)
            loads = (reviewers, self.room - self.must, np.zeros_like(reviewers))
            self._solve(mine, None if guide is None else guide[self.pairs], *loads)

    def _confine(self, open_: Mask) -> bool:
        """Close all other pairs if every need can be met without them."""
        flow = greatest_flow(self.need, self.room, self.rows[open_], self.cols[open_], self.must)
        if flow.value < self.need.sum():
            return False
        self.pairs, self.used = self.pairs[open_], flow.used
        return True

    def level_loads(self, carried: Ints, cap: Ints) -> None:
        """Keep only the choices with the most even loads, each measured as a share of the cap.

        The j-th review of a reviewer costs (2j - 1) / cap, in units that are exact for caps up to ten. That
        is convex, so this is still a network, and one reviewer at a cap of two or more beside another, equally
        fit, with none is never best.
        `carried` counts each reviewer's reviews outside the network.
        """
        open_pairs = np.bincount(self.cols, minlength=len(self.room))
        steps = np.minimum(self.room, open_pairs) - self.must
        owners = np.repeat(np.arange(len(steps)), steps)
        place = np.arange(len(owners)) - np.repeat(np.cumsum(steps) - steps, steps) + 1
        reviews = (carried + self.given + self.must)[owners] + place
        marginal = np.rint((2 * reviews - 1) * LOAD_UNIT / cap[owners]).astype(np.int64)
        self._solve(np.zeros_like(self.pairs), None, owners, np.ones_like(owners), marginal)

    def _solve(self, cost: Ints, guide: Ints | None, owners: Ints, widths: Ints, marginal: Ints) -> None:
        """Least total of pair costs and load costs, then only what belongs to some best choice stays open.

        Beyond its least, reviewer owners[i] takes up to widths[i] more reviews at marginal[i] each.
        """
        if not len(self.pairs):
            return
        scale = 1 if guide is None else GUIDED
        led = cost * scale + (0 if guide is None else guide)
        held = self._cheapest(led) | self.used | (len(self.pairs) <= PRICED_FROM)
        while True:
            taken, load, dual = self._programme(led, held, owners, widths, marginal * scale)
            # Prices of a network in whole numbers are whole; those of the cost alone are what the guide,
            # which weighs less than one, does not reach.
            price = np.rint(dual / scale).astype(np.int64)
            reduced = cost - price[self.rows] - price[len(self.need) + self.cols]
            spread = marginal + price[len(self.need) + owners]
            if _wrong(reduced[held], taken[held], 1) or _wrong(spread, load, widths):
                if guide is None:
                    raise RuntimeError("the assignment's linear program gave no proof of its answer")
                self._solve(cost, None, owners, widths, marginal)
                return
            missed = ~held & (reduced < 0)
            if not missed.any():
                break
            held |= missed & self._cheapest(np.where(missed, reduced, 0))
        self.used = taken
        self.room = self.must + _sums(owners, widths, spread <= 0, len(self.room))
        self.must = self.must + _sums(owners, widths, spread < 0, len(self.room))
        self._narrow(reduced)

    def _programme(
        self, cost: Ints, held: Mask, owners: Ints, widths: Ints, marginal: Ints
    ) -> tuple[Mask, Ints, npt.NDArray[np.float64]]:
        """Pairs taken, further reviews per load step, and a price per proposal, then per reviewer."""
        from scipy.optimize import linprog
        from scipy.sparse import csc_array

        n, m, pairs, loads = len(self.need), len(self.room), int(held.sum()), len(owners)
        entries = np.concatenate([np.ones(2 * pairs), -np.ones(loads)])
        lines = np.concatenate([self.rows[held], n + self.cols[held], n + owners])
        columns = np.concatenate([np.arange(pairs), np.arange(pairs), pairs + np.arange(loads)])
        most = np.concatenate([np.ones(pairs, dtype=np.int64), widths])
        found = linprog(
            np.concatenate([cost[held], marginal]).astype(np.float64),
            A_eq=csc_array((entries, (lines, columns)), shape=(n + m, pairs + loads)),
            b_eq=np.concatenate([self.need, self.must]),
            bounds=np.column_stack([np.zeros_like(most), most]),
            method="highs-ds",
        )
        if found.status != 0:
            raise RuntimeError(f"the assignment's linear program ended with: {found.message}")
        amounts = np.rint(found.x).astype(np.int64)
        taken = np.zeros(len(self.pairs), dtype=np.bool_)
        taken[np.flatnonzero(held)[amounts[:pairs] == 1]] = True
        return taken, amounts[pairs:], np.asarray(found.eqlin.marginals)

    def _cheapest(self, cost: Ints) -> Mask:
        """Each proposal's cheapest few pairs; equals in the order of their ties, which spreads them."""
        order = np.lexsort((self.tie[self.pairs], cost, self.rows))
        first = np.searchsorted(self.rows[order], self.rows[order])
        found = np.zeros(len(order), dtype=np.bool_)
        found[order[np.arange(len(order)) - first < CANDIDATES]] = True
        return found

    def _narrow(self, reduced: Ints) -> None:
        settled = reduced < 0
        rows, cols = self.rows[settled], self.cols[settled]
        self.settled = np.concatenate([self.settled, self.pairs[settled]])
        count = np.bincount(cols, minlength=len(self.room))
        self.need = self.need - np.bincount(rows, minlength=len(self.need))
        self.room, self.must = self.room - count, np.maximum(self.must - count, 0)
        self.given = self.given + count
        open_ = ~settled & (reduced == 0) & (self.need[self.rows] > 0) & (self.room[self.cols] > 0)
        self.pairs, self.used = self.pairs[open_], self.used[open_]


def _wrong(reduced: Ints, amount: Ints | Mask, most: Ints | int) -> bool:
    """Whether amounts and reduced costs fail to prove each other best (complementary slackness)."""
    return bool(np.any((reduced < 0) & (amount < most)) or np.any((reduced > 0) & (amount > 0)))


def _sums(owners: Ints, widths: Ints, mask: Mask, m: int) -> Ints:
    return np.bincount(owners[mask], weights=widths[mask], minlength=m).astype(np.int64)
