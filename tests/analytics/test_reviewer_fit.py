import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.analytics.reviewer_fit import TOP_LEVEL, fit, fits
from incubator.domain.assignment import LEVELS as DECLARED
from incubator.domain.assignment import BidKind

LEVELS = st.dictionaries(st.sampled_from("abcde"), st.integers(0, 3))
TAGS = st.sets(st.sampled_from("abcde"))


@pytest.mark.parametrize(
    ("tags", "levels", "bid", "expected"),
    [
        ({"ai"}, {"ai": 3}, BidKind.WANT, 1.0),
        ({"ai"}, {"ai": 3}, None, 0.85),
        ({"ai"}, {"ai": 3}, BidKind.RATHER_NOT, 0.75),
        ({"ai"}, {"ai": 1}, None, 0.35),
        ({"ai", "roads"}, {"ai": 3}, BidKind.CAN, 0.71),  # e = (1 + 1/2) / 2
        ({"ai", "roads", "water"}, {"ai": 2, "water": 1}, None, 0.48),  # e = (2/3 + 1/3) / 2
        ({"ai"}, {"roads": 3}, BidKind.WANT, 0.25),
        ({"ai"}, {}, None, 0.1),
        (set(), {"ai": 3}, None, 0.1),
    ],
)
def test_the_formula(tags, levels, bid, expected):
    assert fit(tags, levels, bid) == expected


@given(TAGS, LEVELS, st.sampled_from([None, *BidKind]), st.sampled_from("abcde"))
def test_more_expertise_or_a_warmer_bid_never_lowers_the_fit(tags, levels, bid, tag):
    base = fit(tags, levels, bid)
    assert 0 <= base <= 1
    assert fit(tags, {**levels, tag: 3}, bid) >= base
    ladder = [fit(tags, levels, step) for step in (BidKind.RATHER_NOT, None, BidKind.CAN, BidKind.WANT)]
    assert ladder == sorted(ladder)
    assert ladder[-1] - ladder[0] == pytest.approx(0.25)


def test_every_pair_has_a_fit_and_a_conflict_is_zero():
    found = fits(
        {1: ["ai"], 2: []}, {11: {"ai": 3}, 12: {}}, {(1, 12): BidKind.WANT, (1, 11): BidKind.WANT}, {(1, 11)}
    )
    assert found == {(1, 11): 0.0, (1, 12): 0.25, (2, 11): 0.1, (2, 12): 0.1}


def test_the_scale_is_the_one_people_declare_on():
    assert [level for level, _ in DECLARED] == list(range(1, TOP_LEVEL + 1))


def test_a_level_outside_the_scale_is_refused():
    with pytest.raises(ValueError):
        fit({"ai"}, {"ai": 4})
