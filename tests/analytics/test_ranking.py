import csv
from collections import Counter, defaultdict

import numpy as np
import pytest

from incubator.analytics.panel_analysis import analyse
from incubator.analytics.panel_fit import Withheld, fit_panel
from incubator.analytics.panel_sheet import Item, Rater, Sheet, SheetReview
from incubator.analytics.ranking import Band, rank
from tests.analytics.shared_data import shared


def panel(items=20, reviews=3, raters=8, seed=5, sd=(0.8, 0.5, 0.5)):
    """A connected panel on half points, keys not in the order of quality."""
    rng = np.random.default_rng(seed)
    quality, severity = rng.normal(3, sd[0], items), rng.normal(0, sd[1], raters)
    scored = {}
    for item in range(items):
        pairs = []
        for rater in rng.choice(raters, reviews, replace=False):
            value = quality[item] + severity[rater] + rng.normal(0, sd[2])
            pairs.append((f"r{rater}", float(np.clip(np.round(value * 2) / 2, 1, 5))))
        scored[f"p{item:02d}"] = tuple(sorted(pairs))
    return scored


def ranked(scored, places=5, lower=False, draws=1000, **more):
    return rank(scored, fit_panel(scored, lower_is_better=lower), places=places, draws=draws, **more)


def by_key(ranking):
    return {item.key: item for item in ranking.items}


def without_key(item):
    return [getattr(item, name) for name in item.__dataclass_fields__ if name != "key"]


def test_the_same_scores_give_the_same_ranking():
    scored = panel()
    first = ranked(scored)
    assert (first.draws, first.withheld, first.parts, first.apart) == (1000, None, 1, ())
    assert ranked(scored) == first
    assert ranked(scored, stream=8).items != first.items


def test_the_order_of_the_sheet_changes_no_digit():
    scored = panel()
    turned = {key: scored[key][::-1] for key in reversed(scored)}
    assert ranked(turned) == ranked(scored)


@pytest.mark.parametrize("raters", [8, 40])
def test_equal_proposals_tie_in_every_number(raters):
    scored = panel(raters=raters, reviews=4)
    scored |= {"copy of p03": scored["p03"], "a copy too": scored["p03"][::-1]}
    found = by_key(ranked(scored))
    assert without_key(found["copy of p03"]) == without_key(found["p03"])
    assert without_key(found["a copy too"]) == without_key(found["p03"])


def test_lower_is_better_mirrors():
    scored = panel()
    turned = {key: tuple((rater, -value) for rater, value in pairs) for key, pairs in scored.items()}
    up, down = ranked(scored), ranked(turned, lower=True)
    assert [(i.key, i.place, i.expected_rank, i.rank_low, i.band) for i in up.items] == [
        (i.key, i.place, i.expected_rank, i.rank_low, i.band) for i in down.items
    ]
    assert [i.calibrated for i in up.items] == [-i.calibrated for i in down.items]
    assert [(r.points, r.low) for r in up.reviewers] == [(-r.points, -r.high) for r in down.reviewers]
    assert ranked(scored, lower=True).items[0].key != up.items[0].key


def test_ranks_add_up_and_the_line_is_the_expected_rank_of_the_last_place():
    found = ranked(panel())
    expected = [item.expected_rank for item in found.items]
    assert sum(expected) == pytest.approx(20 * 21 / 2, abs=1e-9)
    assert expected == sorted(expected)
    assert found.line == expected[4]
    assert sum(item.in_top for item in found.items) == pytest.approx(5, abs=1e-9)
    assert {item.band for item in found.items} == set(Band)
    assert found.items[4].band == Band.TOO_CLOSE


def test_an_expected_rank_lies_in_its_own_interval():
    for scored in (panel(), *OBVIOUS.values()):
        for item in ranked(scored).items:
            assert 1 <= item.rank_low <= item.expected_rank <= item.rank_high <= len(scored)


OBVIOUS = {
    n: {f"p{i:02d}": tuple((f"r{r}", 5.0 - i * 4 / n + r / 100) for r in range(4)) for i in range(n)}
    for n in (4, 12)
}
"""Panels in which all reviewers agree on the order, the first proposal being the best."""


@pytest.mark.parametrize("n", [4, 12])
@pytest.mark.parametrize("places", range(1, 12))
def test_the_last_place_is_on_its_own_side_where_the_order_is_obvious(n, places):
    """Its expected rank, a hair beside a whole rank, is the line itself."""
    found = ranked(OBVIOUS[n], places=min(places, n), draws=4000)
    assert [item.band for item in found.items] == [
        Band.ACCEPT if position < places else Band.DECLINE for position in range(n)
    ]
    assert found.drawn_line == (None if places >= n else places + 0.5)


@pytest.mark.parametrize("places", [2, 5, 10, 17])
def test_clearly_holds_with_95_percent_on_either_side_of_the_line_and_of_the_places(places):
    """Against draws of another stream and far more of them."""
    scored = panel(20, 3, 8, sd=(1.0, 0.4, 0.4))
    found = ranked(scored, places=places, draws=20_000)
    other = by_key(ranked(scored, places=places, draws=200_000, stream=99))
    for item in found.items:
        if item.band is Band.ACCEPT:
            assert other[item.key].in_top >= 0.95
            assert item.rank_high <= min(np.ceil(found.line), places)
        elif item.band is Band.DECLINE:
            assert other[item.key].in_top <= 0.05
            assert item.rank_low > max(found.line, places)
        sides = {
            Band.ACCEPT: item.rank_high < found.drawn_line,
            Band.DECLINE: item.rank_low > found.drawn_line,
        }
        assert sides.get(item.band, True)
        assert (item.place <= places) or item.band is not Band.ACCEPT
        assert (item.place > places) or item.band is not Band.DECLINE


def test_places_that_part_nobody_need_no_line():
    scored = panel()
    free = ranked(scored, places=None)
    assert free.line is None
    assert {(item.band, item.in_top) for item in free.items} == {(None, None)}
    assert {(item.band, item.in_top) for item in ranked(scored, places=20).items} == {(Band.ACCEPT, 1.0)}
    assert {(item.band, item.in_top) for item in ranked(scored, places=0).items} == {(Band.DECLINE, 0.0)}


def test_all_equal_scores_tie_all():
    scored = dict.fromkeys("abcd", (("r1", 3.0), ("r2", 3.0)))
    found = ranked(scored, places=1)
    assert [without_key(item) for item in found.items] == [
        [1, 3.0, 0.0, 2.5, 1.0, 4.0, 0.25, Band.TOO_CLOSE]
    ] * 4
    assert found.line == 2.5


def test_full_agreement_leaves_no_doubt():
    scored = {f"p{n}": tuple((f"r{r}", float(n)) for r in range(3)) for n in range(1, 6)}
    found = ranked(scored, places=2)
    assert [(i.key, i.rank_low, i.rank_high) for i in found.items] == [
        (f"p{6 - n}", float(n), float(n)) for n in range(1, 6)
    ]
    assert [i.band for i in found.items[:3]] == [Band.ACCEPT, Band.ACCEPT, Band.DECLINE]


def test_a_constant_added_to_one_reviewer():
    """The raw means of their proposals move by their share of it; calibrated ones stay nearly in place."""
    scored = panel(40, 3, 8, sd=(0.8, 0.8, 0.4))
    harsh = {
        key: tuple((rater, value - 2 if rater == "r1" else value) for rater, value in pairs)
        for key, pairs in scored.items()
    }
    before, after = by_key(ranked(scored)), by_key(ranked(harsh))
    hit = {key for key, pairs in scored.items() if "r1" in dict(pairs)}
    for key, pairs in scored.items():
        raw = [np.mean([value for _, value in one]) for one in (pairs, harsh[key])]
        assert raw[1] - raw[0] == pytest.approx(-2 / 3 if key in hit else 0, abs=1e-12)
    move = {key: after[key].calibrated - before[key].calibrated for key in scored}
    apart = np.mean([move[key] for key in hit]) - np.mean([move[key] for key in set(scored) - hit])
    assert abs(apart) < 0.1 * 2 / 3


def test_a_constant_added_to_one_reviewer_of_all_changes_no_difference():
    rng = np.random.default_rng(3)
    quality, severity = rng.normal(3, 1, 12), rng.normal(0, 1, 4)
    noise = rng.normal(0, 0.5, (12, 4))

    def scored(extra):
        return {
            f"p{i:02d}": tuple(
                (f"r{r}", quality[i] + severity[r] + noise[i, r] + (extra if r == 2 else 0)) for r in range(4)
            )
            for i in range(12)
        }

    before, after = by_key(ranked(scored(0))), by_key(ranked(scored(-2)))
    moves = [after[key].calibrated - before[key].calibrated for key in before]
    assert moves == pytest.approx([-0.5] * 12, abs=1e-6)


def test_a_fifth_of_the_reviews_fewer_still_answers_less_surely():
    scored = panel(40, 4, 8)
    rng = np.random.default_rng(2)
    fewer = {
        key: tuple(pair for pair in pairs if rng.random() > 0.2) or pairs[:1] for key, pairs in scored.items()
    }
    before, after = ranked(scored, draws=20_000), ranked(fewer, draws=20_000)
    assert len(after.items) == 40
    assert np.mean([i.calibrated_sd for i in after.items]) > np.mean([i.calibrated_sd for i in before.items])
    width = [np.mean([i.rank_high - i.rank_low for i in found.items]) for found in (before, after)]
    assert width[1] > width[0]


def test_a_panel_broken_in_two_is_not_ranked():
    scored = panel(8, 3, 5)
    apart = {
        f"z{key}": tuple((f"z{rater}", value) for rater, value in pairs) for key, pairs in scored.items()
    }
    found = ranked(scored | apart)
    assert (found.withheld, found.parts) == (Withheld.DISCONNECTED, 2)
    assert (found.items, found.reviewers, found.line) == ((), (), None)
    assert {found.part_of[key] for key in scored} == {0}
    assert {found.part_of[key] for key in apart} == {1}
    bridge = {"bridge": (("r1", 3.0), ("zr1", 4.0))}
    assert ranked(scored | apart | bridge).withheld is None


def test_one_stray_proposal_does_not_withhold_the_ranking():
    """The connected part is ranked; the stray, who may take a place as well, counts against "clearly above"."""
    scored = OBVIOUS[12]
    found = ranked(scored | {"stray": (("only theirs", 5.0), ("and theirs", 5.0))}, places=4, draws=4000)
    assert (found.withheld, found.parts, found.apart, found.unranked) == (None, 2, ("stray",), ("stray",))
    assert [item.key for item in found.items] == sorted(scored)
    assert [item.band.name for item in found.items[2:6]] == ["ACCEPT", "TOO_CLOSE", "DECLINE", "DECLINE"]
    assert {one.key for one in found.reviewers} == {"r0", "r1", "r2", "r3"}
    assert ranked(scored, places=4, draws=4000).items[3].band is Band.ACCEPT


@pytest.mark.parametrize(
    ("scored", "reason"),
    [
        ({}, Withheld.NO_REVIEWS),
        ({"a": ()}, Withheld.NO_REVIEWS),
        ({"a": (("r", 1.0), ("s", 2.0))}, Withheld.ONE_PROPOSAL),
        ({"a": (("r", 1.0),), "b": (("r", 2.0),)}, Withheld.ONE_REVIEW_EACH),
        ({"a": (("r", 1.0), ("s", 2.0)), "b": (("t", 2.0),)}, Withheld.DISCONNECTED),
    ],
)
def test_what_cannot_be_calibrated_says_why(scored, reason):
    found = ranked(scored)
    assert (found.withheld, found.items) == (reason, ())


def test_what_was_not_discussed_or_reviewed_is_listed_unranked():
    scored = panel() | {"late": ()}
    found = ranked(scored, leave_out=["p03", "p04"])
    assert found.unranked == ("late", "p03", "p04")
    assert len(found.items) == 18
    assert sum(item.expected_rank for item in found.items) == pytest.approx(18 * 19 / 2)
    # Their reviews still say how severe their reviewers are.
    assert {r.key: r.n for r in found.reviewers} == {r.key: r.n for r in ranked(scored).reviewers}
    assert [r.points for r in found.reviewers] == [r.points for r in ranked(scored).reviewers]


def test_a_severe_reviewer_is_seen():
    scored = panel(40, 3, 6, sd=(0.6, 0.0, 0.3))
    harsh = {
        key: tuple((rater, value - 1.5 if rater == "r2" else value) for rater, value in pairs)
        for key, pairs in scored.items()
    }
    points = {one.key: one for one in ranked(harsh).reviewers}
    assert min(points.values(), key=lambda one: one.points).key == "r2"
    assert points["r2"].high < 0
    assert all(one.low <= one.points <= one.high for one in points.values())


def test_draws_agree_with_the_normal_theory_of_known_variances():
    """With much data the variances are as good as known: the spread is then that of the conditional normal."""
    scored = panel(150, 4, 10, sd=(1.0, 0.5, 0.7))
    fitted = fit_panel(scored, lower_is_better=False)
    found = by_key(rank(scored, fitted, places=10, draws=4000))
    theory = np.sqrt(fitted.fit.item_variances)
    drawn = np.array([found[key].calibrated_sd for key in fitted.items])
    assert np.median(drawn / theory) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("fields", [{"places": -1}, {"draws": 99}])
def test_impossible_questions_are_refused(fields):
    with pytest.raises(ValueError):
        ranked(panel(), **fields)


@pytest.fixture(scope="module")
def aibs():
    """72 published grant proposals of three reviewers each; the lower the score the better."""
    with shared("review_aibs", "aibs_grant_scores.csv").open(newline="", encoding="utf-8") as file:
        scored = defaultdict(list)
        for row in csv.DictReader(file):
            scored[row["ID"]].append((row["RevID"], float(row["Score"])))
    return {key: tuple(sorted(pairs)) for key, pairs in scored.items()}


def test_no_band_of_real_reviews_changes_with_the_seed(aibs):
    sheet = Sheet(
        items=tuple(Item(key, key) for key in aibs),
        raters=tuple(Rater(key, key) for key in {rater for pairs in aibs.values() for rater, _ in pairs}),
        criteria=(),
        reviews=tuple(
            SheetReview(key, rater, value) for key, pairs in aibs.items() for rater, value in pairs
        ),
        lower_is_better=True,
        scale_min=1,
        scale_max=5,
    )
    rankings = [analyse(sheet, places=20, seed=seed, draws=4000).ranking for seed in range(20)]
    assert [one for one in rankings if one != rankings[0]] == []


def test_no_real_proposal_changes_sides_with_the_random_numbers(aibs):
    """Other random numbers may only move a proposal between clear and too close, and only at the very limit."""
    fitted = fit_panel(aibs, lower_is_better=True)
    found = rank(aibs, fitted, places=20)
    assert (found.draws, round(100 * found.chance_error, 2), round(found.line, 1)) == (100_000, 0.07, 25.3)
    assert Counter(item.band for item in found.items) == {Band.TOO_CLOSE: 56, Band.DECLINE: 16}
    chance = {item.key: item.in_top for item in rank(aibs, fitted, places=20, stream=1).items}
    assert max(chance[item.key] for item in found.items if item.band is Band.DECLINE) < 0.05
    assert max(item.in_top for item in found.items) < 0.95
