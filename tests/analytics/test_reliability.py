import csv
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incubator.analytics.panel_fit import fit_panel
from incubator.analytics.reliability import Reliability, alpha, one_way, remains
from tests.analytics.shared_data import shared

# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C: 4 observers, 12 units.
UNITS = [
    [1, 1, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4],
    [4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [5, 5, 5], [1, 1], [3],
]  # fmt: skip
# Shrout and Fleiss, Psychological Bulletin 86 (1979), table 2: 6 targets, 4 judges.
SHROUT = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]


def scored(rows):
    return {
        f"p{i:02d}": tuple((f"r{r}", float(value)) for r, value in enumerate(row))
        for i, row in enumerate(rows)
    }


@pytest.mark.parametrize(("level", "value"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_alpha_is_the_published_one(level, value):
    found = alpha(UNITS, level, seed=1)
    assert round(found.value, 3) == value
    assert (found.proposals, found.values) == (11, 40)
    assert found.low < found.value < found.high <= 1


def by_definition(units, level):
    """1 - observed / expected disagreement over all pairs, as Krippendorff writes it."""
    units = [unit for unit in units if len(unit) > 1]
    values = [value for unit in units for value in unit]
    counts = {value: values.count(value) for value in values}

    def apart(one, two):
        if level == "nominal":
            return float(one != two)
        if level == "interval":
            return (one - two) ** 2
        low, high = sorted((one, two))
        between = sum(n for value, n in counts.items() if low <= value <= high)
        return (between - (counts[low] + counts[high]) / 2) ** 2

    n = len(values)
    observed = sum(apart(a, b) / (len(unit) - 1) for unit in units for a in unit for b in unit) / n
    expected = sum(apart(a, b) for a in values for b in values) / (n * (n - 1))
    return 1 - observed / expected if expected else None


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.lists(st.integers(1, 5), max_size=4), max_size=7),
    st.sampled_from(["nominal", "ordinal", "interval"]),
)
def test_alpha_is_its_definition(units, level):
    found = alpha(units, level, seed=1, resamples=2)
    pairable = [unit for unit in units if len(unit) > 1]
    if len({value for unit in pairable for value in unit}) < 2:
        assert found is None
    else:
        assert found.value == pytest.approx(by_definition(units, level), abs=1e-12)


def test_alpha_knows_no_order():
    turned = [unit[::-1] for unit in UNITS[::-1]]
    assert alpha(turned, "ordinal", seed=4) == alpha(UNITS, "ordinal", seed=4)
    mirrored = [[6 - value for value in unit] for unit in UNITS]
    assert alpha(mirrored, "ordinal", seed=4).value == pytest.approx(alpha(UNITS, "ordinal", seed=4).value)


def test_alpha_without_variation_is_none():
    assert alpha([[3, 3], [3, 3]], "ordinal", seed=1) is None
    assert alpha([[1], [2]], "ordinal", seed=1) is None
    # Two units: half of the resamples hold one of them twice and show no variation.
    few = alpha([[1, 1], [5, 5]], "interval", seed=1)
    assert few.value == 1.0
    with pytest.raises(ValueError, match="finite"):
        alpha([[1, math.nan]], "ordinal", seed=1)


def test_icc_is_the_published_one():
    found = one_way(scored(SHROUT))
    assert (round(found.single, 2), round(found.mean, 2)) == (0.17, 0.44)
    assert (round(found.between, 2), round(found.within, 2), found.k) == (11.24, 6.26, 4.0)
    # The bounds that R's psych prints for the same table.
    assert (round(found.single_low, 2), round(found.single_high, 2)) == (-0.13, 0.72)
    assert (round(found.mean_low, 2), round(found.mean_high, 2)) == (-0.88, 0.91)


def test_the_mixed_model_gives_the_published_two_way_icc():
    found = remains(fit_panel(scored(SHROUT), lower_is_better=False))
    assert (round(found.single, 2), round(found.share, 2)) == (0.29, 0.62)
    assert (found.k, found.proposals, found.reliability) == (4.0, 6, None)
    assert 0 < found.low < found.share < found.high < 1


def aibs():
    with shared("review_aibs", "aibs_grant_scores.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    found = {}
    for row in rows:
        found.setdefault(row["ID"], []).append((row["RevID"], float(row["Score"])))
    return {key: tuple(sorted(pairs)) for key, pairs in found.items()}


def test_real_grant_reviews_have_the_known_reliability():
    found = one_way(aibs())
    assert (round(found.between, 5), round(found.within, 5)) == (1.10901, 0.40028)
    assert (round(found.single, 4), round(found.mean, 3), found.proposals) == (0.3711, 0.639, 72)
    model = remains(fit_panel(aibs(), lower_is_better=True))
    assert round(model.share, 3) == 0.639
    assert model.low < 0.639 < model.high
    assert model.reliability == Reliability.MODERATE


def test_ten_proposals_are_needed_for_a_word():
    rng = np.random.default_rng(1)
    rows = rng.normal(0, 1, (10, 1)) + rng.normal(0, 0.3, (10, 3))
    assert remains(fit_panel(scored(rows), lower_is_better=False)).reliability is not None
    assert remains(fit_panel(scored(rows[:9]), lower_is_better=False)).reliability is None


def test_the_interval_of_what_remains_holds_the_truth_as_often_as_it_says():
    """Item 1, reviewer .25, error 1.75 in variance: a third for one review, 60 % for the mean of three."""
    held = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        quality, severity = rng.normal(0, 1, 30), rng.normal(0, 0.5, 10)
        rows = {}
        for i in range(30):
            chosen = rng.choice(10, 3, replace=False)
            noise = rng.normal(0, math.sqrt(1.75), 3)
            rows[f"p{i}"] = tuple(
                (f"r{r}", quality[i] + severity[r] + e) for r, e in zip(chosen, noise, strict=True)
            )
        found = remains(fit_panel(rows, lower_is_better=False))
        held.append(found.low <= 0.6 <= found.high)
    assert sum(held) >= 34


def test_one_way_without_anything_to_compare():
    assert one_way({}) is None
    assert one_way({"a": (("r", 1.0), ("s", 2.0))}) is None
    assert one_way({"a": (("r", 1.0),), "b": (("r", 2.0),)}) is None
    assert one_way(scored([[3, 3], [3, 3]])) is None
    full = one_way(scored([[1, 1], [3, 3], [5, 5]]))
    assert (full.single, full.mean, full.single_low) == (1.0, 1.0, 1.0)
    none = one_way(scored([[1, 5], [1, 5], [5, 1]]))
    assert (none.between, none.single, none.mean) == (0.0, -1.0, -1.0)
