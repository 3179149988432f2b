"""How well a reviewer fits a proposal: declared expertise first, the reviewer's own bid second."""

from collections.abc import Collection, Hashable, Mapping

from incubator.domain.assignment import BidKind

Pair = tuple[int, int]
"""A proposal's key and a reviewer's key, in this order."""

TOP_LEVEL = 3
"""Expertise is declared per tag as a level of `domain.assignment.LEVELS`; 0 or nothing: none."""
EXPERTISE_POINTS = 75
NO_BID_POINTS = 10
BID_POINTS: Mapping[BidKind, int] = {BidKind.WANT: 25, BidKind.CAN: 15, BidKind.RATHER_NOT: 0}


def fit(tags: Collection[Hashable], levels: Mapping[Hashable, int], bid: BidKind | None = None) -> float:
    """Fit of one reviewer to one proposal, 0 to 1 in hundredths.

    `fit = 0.75 · e + 0.25 · b`. With l the declared level of each of the proposal's tags as a share of 3,
    `e = (max l + mean l) / 2`: half for the strongest tag, half for how much of the proposal is covered.
    A proposal without tags has e = 0 with everybody. b is 1 for "want", 0.6 for "can", 0.4 without a bid and
    0 for "rather not". A bid moves the fit by a quarter at most, so that nobody can bid their way to a
    proposal they do not know (a danger described by Jecmen et al., NeurIPS 2020). Both are declared by the
    reviewer; no text is compared. ValueError for a level that is not 0, 1, 2 or 3.
    """
    if any(level not in range(TOP_LEVEL + 1) for level in levels.values()):
        raise ValueError(f"a level of expertise is 0 to {TOP_LEVEL}")
    bid_points = NO_BID_POINTS if bid is None else BID_POINTS[bid]
    known = [levels.get(tag, 0) for tag in set(tags)]
    if not known:
        return bid_points / 100
    # In whole numbers, half a hundredth rounded up: people who declare the same fit the same.
    whole = 2 * TOP_LEVEL * len(known)
    points = EXPERTISE_POINTS * (max(known) * len(known) + sum(known)) + bid_points * whole
    return (2 * points + whole) // (2 * whole) / 100


def fits(
    tags: Mapping[int, Collection[Hashable]],
    levels: Mapping[int, Mapping[Hashable, int]],
    bids: Mapping[Pair, BidKind],
    conflicts: Collection[Pair] = frozenset(),
) -> dict[Pair, float]:
    """Fit of every reviewer (keys of `levels`) to every proposal (keys of `tags`); a conflict is zero."""
    closed = frozenset(conflicts)
    return {
        (proposal, reviewer): 0.0
        if (proposal, reviewer) in closed
        else fit(about, known, bids.get((proposal, reviewer)))
        for proposal, about in tags.items()
        for reviewer, known in levels.items()
    }
