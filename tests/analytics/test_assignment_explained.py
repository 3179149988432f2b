from dataclasses import replace

import pytest
from hypothesis import given, settings

from incubator.analytics.assignment import (
    Assignment,
    Bar,
    Infeasible,
    Relaxation,
    Reluctance,
    Round,
    Shortage,
    assign,
)
from tests.analytics.test_assignment import barred, rounds


def lifted(round_, relaxation):
    """The round with the rule lifted, made by hand."""
    match relaxation.rule:
        case "by_hand":
            return replace(round_, forbidden=())
        case "rather_not":
            return replace(round_, reluctance=Reluctance.ALLOWED)
        case "pins":
            return replace(round_, pinned=())
        case "caps":
            caps = {key: max(cap, relaxation.to) for key, cap in round_.reviewers.items()}
            return replace(round_, reviewers=caps)
        case "wanted":
            return replace(round_, wanted=relaxation.to)
        case "reviewers":
            more = {1000 + number: relaxation.each for number in range(relaxation.to)}
            return replace(round_, reviewers={**round_.reviewers, **more})
        case rule:
            return replace(round_, barred=[bar for bar in round_.barred if bar.rule != rule])


@settings(max_examples=150, deadline=None)
@given(rounds())
def test_what_is_said_to_help_does(round_):
    found = assign(round_)
    if isinstance(found, Assignment):
        return
    assert found.missing or found.clashes
    for relaxation in found.relaxations:
        after = assign(lifted(round_, relaxation))
        assert isinstance(after, Assignment) == relaxation.enough
        left = 0 if isinstance(after, Assignment) else after.missing
        assert found.missing - left == relaxation.freed
        if relaxation.to is not None and relaxation.rule in ("caps", "reviewers"):
            less = replace(relaxation, to=relaxation.to - 1)
            nearly = assign(lifted(round_, less))
            assert isinstance(nearly, Infeasible)
            assert (nearly.missing, len(nearly.clashes)) > (left, 0) or not relaxation.enough
    named = {relaxation.rule for relaxation in found.relaxations}
    for rule in {bar.rule for bar in round_.barred} - named:
        after = assign(lifted(round_, Relaxation(rule, 0, False)))
        assert isinstance(after, Infeasible)
        assert after.missing >= found.missing


@settings(max_examples=150, deadline=None)
@given(rounds())
def test_a_shortage_proves_itself(round_):
    found = assign(round_)
    if isinstance(found, Assignment):
        return
    closed = barred(round_)
    taken = set(round_.kept) | set(round_.pinned)
    assert sum(shortage.missing for shortage in found.shortages) == found.missing
    seen = set()
    for shortage in found.shortages:
        assert shortage.missing > 0
        assert not seen & set(shortage.proposals)
        seen |= set(shortage.proposals)
        needed = room = elsewhere = 0
        for proposal in shortage.proposals:
            counted = sum(pair[0] == proposal for pair in taken - closed)
            needed += max(0, round_.wanted - counted)
        for reviewer, cap in round_.reviewers.items():
            free = max(0, cap - sum(pair[1] == reviewer for pair in taken))
            open_ = [p for p in shortage.proposals if (p, reviewer) not in closed | taken]
            if reviewer in shortage.shared:
                room += free
            elif free:
                elsewhere += len(open_)
        assert (shortage.needed, shortage.room, shortage.elsewhere) == (needed, room, elsewhere)


def test_the_culprit_is_named():
    # Proposals 1 and 2 can only go to 11 and 12, who have one review left each; 3 is nobody's trouble.
    round_ = Round(
        [1, 2, 3],
        {11: 1, 12: 1, 13: 9, 14: 9},
        2,
        {},
        barred=[
            *(Bar(p, r, "own_agency") for p in (1, 2) for r in (13, 14)),
            Bar(3, 11, "vendor"),
            Bar(3, 12, "vendor"),
        ],
    )
    found = assign(round_)
    assert found == Infeasible(
        missing=2,
        clashes=(),
        shortages=(Shortage((1, 2), (11, 12), needed=4, room=2, elsewhere=0, bars=(("own_agency", 4),)),),
        relaxations=(
            Relaxation("caps", 2, True, to=2),
            Relaxation("own_agency", 2, True),
            Relaxation("reviewers", 2, True, to=2, each=1),
            Relaxation("wanted", 2, True, to=1),
        ),
    )
    assert found.shortages[0].missing == 2


def test_separate_shortages_are_told_apart_and_partial_help_is_counted():
    round_ = Round(
        [1, 2],
        {11: 5, 12: 5},
        1,
        {},
        barred=[Bar(1, 11, "vendor"), Bar(1, 12, "vendor"), Bar(2, 11, "author"), Bar(2, 12, "author")],
        forbidden=[(2, 12)],
    )
    found = assign(round_)
    assert [(s.proposals, s.shared, s.bars) for s in found.shortages] == [
        ((1,), (), (("vendor", 2),)),
        ((2,), (), (("author", 2), ("by_hand", 1))),
    ]
    assert found.relaxations == (
        Relaxation("reviewers", 2, True, to=1, each=5),
        Relaxation("author", 1, False),
        Relaxation("vendor", 1, False),
    )


def test_nobody_at_all():
    found = assign(Round([1], {}, 3, {}))
    assert found.shortages == (Shortage((1,), (), needed=3, room=0, elsewhere=0, bars=()),)
    assert found.relaxations == (Relaxation("reviewers", 3, True, to=3, each=1),)


@pytest.mark.parametrize("by", [0, 1])
def test_a_decline_that_leaves_too_few(by):
    round_ = Round([1], {11: 3, 12: 3}, 2, {}, barred=[Bar(1, 11, "declined")][by:])
    found = assign(round_)
    if by:
        assert found.pairs == {(1, 11), (1, 12)}
    else:
        assert [(r.rule, r.to) for r in found.relaxations] == [
            ("declined", None),
            ("reviewers", 1),
            ("wanted", 1),
        ]
