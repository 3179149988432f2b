import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from incubator.analytics.flow import Exit, Spell, age_limits, count_stages, kaplan_meier

# Remission in weeks of 21 patients on 6-MP, 9 seen to end (Freireich et al., Blood 21, 1963; the estimate
# is tabled in Kleinbaum and Klein, "Survival Analysis", chapter 2, and Collett, chapter 2).
TREATED = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
TREATED_ENDED = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]


def test_the_published_remission_curve():
    found = kaplan_meier(TREATED, [bool(x) for x in TREATED_ENDED])
    assert found.times == (6, 7, 10, 13, 16, 22, 23)
    assert found.at_risk == (21, 17, 15, 12, 11, 7, 6)
    assert found.ended == (3, 1, 1, 1, 1, 1, 1)
    assert [round(x, 4) for x in found.share] == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert found.median == 23
    assert found.quantile(0.85) is None
    assert kaplan_meier(PLACEBO, [True] * 21).median == 8


def test_leaving_out_the_unfinished_would_shorten_the_median():
    finished = [t for t, ended in zip(TREATED, TREATED_ENDED, strict=True) if ended]
    assert kaplan_meier(finished, [True] * len(finished)).median == 10


def test_nothing_ended_yet():
    found = kaplan_meier([3, 4], [False, False])
    assert (found.times, found.median) == ((), None)
    assert kaplan_meier([], []).median is None


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=40), st.randoms())
def test_the_order_of_spells_does_not_matter(spells, random):
    turned = list(spells)
    random.shuffle(turned)
    first = kaplan_meier(*zip(*spells, strict=True))
    assert kaplan_meier(*zip(*turned, strict=True)) == first
    assert list(first.share) == sorted(first.share, reverse=True)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=40))
def test_without_censoring_the_curve_is_the_plain_share(days):
    found = kaplan_meier(days, [True] * len(days))
    for time, share in zip(found.times, found.share, strict=True):
        assert share == pytest.approx(np.mean(np.asarray(days) > time), abs=1e-12)


@pytest.mark.parametrize("days", [[-1.0], [float("nan")], [float("inf")], [1.0, 2.0]])
def test_impossible_spells_are_refused(days):
    with pytest.raises(ValueError):
        kaplan_meier(days, [True])


def test_ten_past_spells_are_needed_for_quantiles():
    nine = age_limits(range(1, 10), [True] * 9, policy=42)
    assert (nine.past, nine.quantiles, nine.old) == (9, None, 42)
    ten = age_limits(range(1, 11), [True] * 10, policy=42)
    assert (ten.past, ten.quantiles, ten.old) == (10, (5.0, 9.0, 10.0), 9.0)
    unfinished = age_limits(range(1, 11), [True] * 9 + [False], policy=42)
    assert unfinished.old == 42


def test_quantiles_not_reached_fall_back_to_the_policy():
    found = age_limits([1] * 10 + [100] * 30, [True] * 10 + [False] * 30, policy=56)
    assert (found.quantiles, found.old) == ((None, None, None), 56)


def test_stage_counts_follow_each_item_to_its_last_stay():
    spells = [
        Spell("a", "Idea", 3, Exit.ADVANCED),
        Spell("b", "Idea", 3, Exit.STOPPED),
        Spell("c", "Idea", 3, None),
        Spell("a", "Design", 3, Exit.RETURNED),
        Spell("a", "Idea", 3, Exit.ADVANCED),
        Spell("a", "Design", 3, None),
    ]
    idea, design, pilot = count_stages(spells, ["Idea", "Design", "Pilot"])
    assert (idea.entered, idea.here_now, idea.advanced, idea.stopped) == (3, 1, 1, 1)
    assert (design.entered, design.here_now, design.advanced, design.stopped) == (1, 1, 0, 0)
    assert (pilot.entered, pilot.conversion) == (0, None)
    assert idea.conversion.estimate == 0.5
    assert design.conversion is None
