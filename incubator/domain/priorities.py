"""Ranking proposals against money and teams: the order, hand moves, and where the line is drawn.

One proposal takes one team. The order is strict: the line stands before the first proposal that does
not fit, and nothing below it is taken, however cheap. What would still fit below is only pointed out,
for people to decide. Amounts are whole numbers in one unit; multiplying every cost and the budget by
the same number changes nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

SAME_DIGITS = 9
"""Scores are compared to this many decimals: means of the same marks can differ in the last bit."""


class Shortage(StrEnum):
    """What ran out at the line."""

    MONEY = "money"
    TEAMS = "teams"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A proposal that passed review. No `score`: nobody scored it; no `cost`: no amount was asked for."""

    key: int
    score: float | None
    cost: int | None


@dataclass(frozen=True, slots=True)
class Move:
    """A proposal put at a position (from 1) by hand. `key` names the proposal, `id` the move."""

    id: int
    key: int
    to_position: int


@dataclass(frozen=True, slots=True)
class Limits:
    """What there is to give. None: no limit."""

    budget: int | None
    teams: int | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where a proposal stands.

    `rank` is the one its score earns, shared by equal scores (`tied`); `position` the one it holds.
    `spent` is the sum of the costs down to it. `fits_below` marks a proposal under the line that what
    is left would still pay for.
    """

    candidate: Candidate
    rank: int
    tied: bool
    position: int
    moved_by: int | None
    funded: bool
    spent: int
    fits_below: bool = False


@dataclass(frozen=True, slots=True)
class Ranking:
    """The whole list. `shortage` is None when everything fits; `splits_tie` says that the line falls
    between proposals with the same score."""

    places: tuple[Place, ...]
    shortage: Shortage | None
    money_left: int | None
    teams_left: int | None
    splits_tie: bool

    @property
    def funded(self) -> tuple[Place, ...]:
        return tuple(place for place in self.places if place.funded)


def by_score(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Highest score first, those without one last; equal scores by key, so that the order is always the same."""
    return sorted(candidates, key=lambda one: (one.score is None, -(_rounded(one.score) or 0.0), one.key))


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, SAME_DIGITS)


def ranks(ordered: Sequence[Candidate]) -> dict[int, tuple[int, bool]]:
    """For each key of a list in order of score: its rank (1, 2, 2, 4) and whether it shares it."""
    shared = Counter(_rounded(one.score) for one in ordered)
    first: dict[float | None, int] = {}
    for position, one in enumerate(ordered, start=1):
        first.setdefault(_rounded(one.score), position)
    return {one.key: (first[_rounded(one.score)], shared[_rounded(one.score)] > 1) for one in ordered}


def standing_moves(moves: Iterable[Move]) -> list[Move]:
    """The latest move of each proposal, in the order in which they were made."""
    latest = {move.key: move.id for move in sorted(moves, key=lambda move: move.id)}
    return [move for move in sorted(moves, key=lambda move: move.id) if latest[move.key] == move.id]


def place_by_hand(ordered: Sequence[Candidate], moves: Sequence[Move]) -> list[Candidate]:
    """The order after the hand moves, each taking its proposal out and putting it in at its position.

    A position past the end is the end; a move of a proposal that is no longer on the list does nothing.
    """
    order = list(ordered)
    for move in standing_moves(moves):
        found = next((one for one in order if one.key == move.key), None)
        if found is None:
            continue
        order.remove(found)
        order.insert(max(0, move.to_position - 1), found)
    return order


def rank(candidates: Iterable[Candidate], limits: Limits, moves: Sequence[Move] = ()) -> Ranking:
    """The list with its line. Raises ValueError for a negative cost or limit, or two candidates of one key."""
    ordered = by_score(candidates)
    _check(ordered, limits)
    earned = ranks(ordered)
    hand = {move.key: move.id for move in standing_moves(moves)}
    order = place_by_hand(ordered, moves)
    line, shortage = _line(order, limits)
    spent = 0
    taken = sum(one.cost or 0 for one in order[:line])
    money_left = None if limits.budget is None else limits.budget - taken
    teams_left = None if limits.teams is None else limits.teams - line
    places = []
    for position, one in enumerate(order, start=1):
        spent += one.cost or 0
        place, tied = earned[one.key]
        below = position > line
        places.append(
            Place(
                candidate=one,
                rank=place,
                tied=tied,
                position=position,
                moved_by=hand.get(one.key),
                funded=not below,
                spent=spent,
                fits_below=below and _lack(one, money_left, teams_left) is None,
            )
        )
    return Ranking(tuple(places), shortage, money_left, teams_left, _splits_tie(order, line))


def _check(candidates: Sequence[Candidate], limits: Limits) -> None:
    if len({one.key for one in candidates}) != len(candidates):
        raise ValueError("two candidates have the same key")
    if any((one.cost or 0) < 0 for one in candidates):
        raise ValueError("a cost is negative")
    if (limits.budget or 0) < 0 or (limits.teams or 0) < 0:
        raise ValueError("a limit is negative")


def _line(order: Sequence[Candidate], limits: Limits) -> tuple[int, Shortage | None]:
    """How many stand above the line, and what the next one lacked."""
    money, teams = limits.budget, limits.teams
    for above, one in enumerate(order):
        lack = _lack(one, money, teams)
        if lack is not None:
            return above, lack
        money = None if money is None else money - (one.cost or 0)
        teams = None if teams is None else teams - 1
    return len(order), None


def _lack(one: Candidate, money: int | None, teams: int | None) -> Shortage | None:
    """What a proposal lacks given what is left. One without an amount takes a team and no money."""
    poor = money is not None and (one.cost or 0) > money
    idle = teams is not None and teams < 1
    if poor and idle:
        return Shortage.BOTH
    if poor:
        return Shortage.MONEY
    return Shortage.TEAMS if idle else None


def _splits_tie(order: Sequence[Candidate], line: int) -> bool:
    return 0 < line < len(order) and _rounded(order[line - 1].score) == _rounded(order[line].score)
