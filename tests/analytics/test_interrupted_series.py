"""One group over time: the fit beside a second way of computing, what the lines mean, and what is refused."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import numpy as np
import pytest
from scipy.linalg import toeplitz

from incubator.analytics import interrupted_series as series
from incubator.analytics import short_series
from incubator.analytics.criterion import Answer, Method, Observation
from incubator.analytics.criterion_answer import answer
from incubator.domain.evaluation import Design, Measure
from tests.analytics.criterion_world import LAUNCH, counts, question, values
from tests.analytics.published_series import SICILY_BAN, SICILY_EPISODES, SICILY_PEOPLE, months
from tests.analytics.verdict_scenarios import following, monthly

SICILY = [
    Observation(day, 1e5 * count / people, count, people)
    for day, count, people in zip(months(date(2002, 1, 1), 59), SICILY_EPISODES, SICILY_PEOPLE, strict=True)
]


def bounds(given: Answer) -> tuple[float, float]:
    assert given.change is not None, str(given.refused)
    return given.change.low, given.change.high


def refusal(given: Answer) -> str:
    assert (given.change, given.says, given.recipe) == (None, None, ())
    return str(given.refused)


@pytest.mark.xdist_group("statsmodels")
def test_a_single_pattern_is_generalized_least_squares(monkeypatch):
    from statsmodels.regression.linear_model import GLS

    rng = np.random.default_rng(11)
    design = np.column_stack([np.ones(40), np.arange(40) - 20, np.arange(40) > 24])
    given = design @ [30, 0.2, -4] + 2 * following(rng, 40, 0.5)
    covariance = toeplitz(0.5 ** np.arange(40))
    pattern = short_series.Pattern(covariance, 1.0, 0.5)
    monkeypatch.setattr(short_series, "patterns", lambda *_: iter([pattern]))
    theirs = GLS(given, design, sigma=covariance).fit()
    fits = short_series.ShortSeries(design, np.ones(39)).fit(given)
    assert fits.beta[:, 0] == pytest.approx(theirs.params, rel=1e-8)
    effect = fits.effect(np.array([0.0, 0.0, 1.0]), 0.95)
    assert effect.error[0] == pytest.approx(theirs.bse[2], rel=1e-8)
    assert (effect.low[0], effect.high[0]) == pytest.approx(tuple(theirs.conf_int()[2]), rel=1e-6)
    line, width = fits.lines(design, 0.95)
    ours = theirs.get_prediction(design).conf_int()
    assert np.column_stack([line - width, line + width]) == pytest.approx(ours, rel=1e-6)


def test_several_series_at_once_are_the_same_as_one_by_one():
    rng = np.random.default_rng(2)
    after = (np.arange(24) >= 12) * 1.0
    fitted = short_series.ShortSeries(np.column_stack([np.ones(24), after]), np.ones(23), after)
    both = rng.normal(size=(24, 2))
    contrast = np.array([0.0, 1.0])
    together = fitted.fit(both).effect(contrast, 0.95)
    for place in range(2):
        alone = fitted.fit(both[:, place]).effect(contrast, 0.95)
        assert together.low[place] == pytest.approx(alone.low[0], abs=2e-3)
        assert together.estimate[place] == pytest.approx(alone.estimate[0])


def test_a_missing_reading_leaves_its_gap():
    kept = np.delete(np.arange(60), [7, 8, 30])
    days = [day for index, day in enumerate(months(date(2018, 1, 1), 60)) if index in kept]
    assert list(series.axis(days).steps) == list(kept)
    covariance = next(
        each.covariance
        for each in short_series.patterns(series.axis(days).gaps, None, None)
        if each.correlation == 0.5
    )
    assert covariance == pytest.approx(0.5 ** np.abs(kept[:, None] - kept))


def test_sicily_went_up_and_was_better_all_the_same():
    """The published relative risk of the ban is .885 with trend and season: 12 percent less than expected."""
    asked = question(measure=Measure.RATE, per=1e5, launched_on=SICILY_BAN, unit="episodes")
    given = answer(asked, SICILY)
    assert given.method is Method.BEFORE_AFTER
    earlier, later = given.groups
    assert later.level > earlier.level
    assert bounds(given)[1] < 0
    assert given.level / given.reference == pytest.approx(0.885, abs=0.02)
    assert given.figures["waves"] == 2
    assert given.without is not None
    assert given.fitted is not None
    assert given.without.days == tuple(each.day.isoformat() for each in SICILY if each.day >= SICILY_BAN)
    assert len(given.fitted.days) == 59
    for low, value, high in zip(given.without.low, given.without.values, given.without.high, strict=True):
        assert low < value < high


def test_the_effect_of_a_series_is_the_mean_distance_of_the_two_lines():
    rng = np.random.default_rng(8)
    trend = 0.3 * np.arange(44)
    noise = rng.normal(0, 0.01, 44)
    after = np.arange(44) >= 26
    given = answer(
        question(Design.SERIES),
        values((50 + trend + noise)[~after], (50 + trend + noise - 6 - 0.5 * (np.arange(44) - 26))[after]),
    )
    assert given.method is Method.SERIES
    assert given.change is not None
    assert given.change.estimate == pytest.approx(-6 - 0.5 * 8.5, abs=0.03)
    assert given.figures["level_change"] == pytest.approx(-6, abs=0.03)
    assert given.figures["slope_change"] == pytest.approx(-0.5, abs=0.005)
    assert given.figures["slope_before"] == pytest.approx(0.3, abs=0.005)
    assert given.fitted is not None
    assert given.without is not None
    distance = np.mean(given.fitted.values[26:]) - np.mean(given.without.values)
    assert given.change.estimate == pytest.approx(distance)


@pytest.mark.parametrize("design", [Design.BEFORE_AFTER, Design.SERIES])
def test_a_trend_alone_is_no_effect(design):
    """A plain comparison of means would call this 20 minutes better."""
    rng = np.random.default_rng(9)
    falling = 90 - 1.0 * np.arange(40) + rng.normal(0, 2, 40)
    given = answer(question(design), values(falling[:20], falling[20:]))
    assert given.groups[1].level - given.groups[0].level < -18
    low, high = bounds(given)
    assert low < 0 < high


def test_the_season_is_taken_off():
    season = 10 * np.cos(2 * np.pi * np.arange(36) / 12)
    noise = np.random.default_rng(5).normal(0, 1, 36)
    given = answer(question(), monthly(50 + season + noise, 20))
    assert given.figures["waves"] == 1
    low, high = bounds(given)
    assert low < 0 < high
    assert high - low < 6


NO_NUMBERS = "so they do not show how much is chance: no interval can be given."


@pytest.mark.parametrize(
    ("asked", "rows", "said"),
    [
        (question(), [], "There are no readings yet."),
        (question(), values([5.0] * 9, []), "There are no readings since the launch yet."),
        (question(baseline=40.0), values([], [5.0] * 20), "The baseline is one number"),
        (question(), values(np.arange(9) % 3, np.arange(7) % 3), "Too few periods with readings, 9 before and 7 after"),
        (question(Design.SERIES), values(np.arange(11) % 3, np.arange(20) % 3), "Too few periods with readings, 11 b"),
        (question(measure=Measure.SHARE), counts([(200, 500)], [(150, 500)]), "Too few periods with readings, 1 before and 1"),
        (question(), values([5.0] * 14, [3.0] * 14), "All readings are the same, " + NO_NUMBERS),
        (question(Design.SERIES), values(np.arange(14), np.arange(14, 28)), "All readings are the same, " + NO_NUMBERS),
        (
            question(measure=Measure.RATE, per=100.0),
            counts([(0, 100)] * 11 + [(1, 100)], [(0, 100)] * 12),
            "Too few were counted to tell a change from chance: 1 on the side “Before the launch” and 0",
        ),
        (question(measure=Measure.SHARE), counts([(99, 100)] * 9, [(100, 100)] * 9), "Almost every case counts"),
        (
            question(),
            values(range(5, 17), [], unit="A") + values([], range(5, 17), unit="B"),
            "No site has readings both before and after the launch",
        ),
        (
            question(Design.SERIES, Measure.RATE, per=100.0),
            counts([(50 - 3 * k + k % 2, 100) for k in range(14)], [(1 + k % 2, 100) for k in range(14)]),
            "Carried on, the line from before the launch leads to",
        ),
    ],
)  # fmt: skip
def test_what_the_data_cannot_carry_is_refused_in_words(asked, rows, said):
    assert refusal(answer(asked, rows)).startswith(said)


def test_what_a_result_cannot_tell_goes_with_it():
    rng = np.random.default_rng(1)
    given = answer(question(), monthly([*rng.normal(30, 2, 10), *rng.normal(20, 2, 9)], 10))
    said = [str(limit) for limit in given.limits]
    assert any("Under two full years" in limit for limit in said)
    assert str(given.caution).startswith("There is no comparison group")


def test_a_changed_mix_of_sites_is_no_effect():
    """Site A stays near 60 percent and site B near 70, while the cases move from A to B."""
    rng = np.random.default_rng(6)
    rows = []
    for site, level, few_many in (("A", 0.6, (900, 100)), ("B", 0.7, (100, 900))):
        before, after = ([(rng.binomial(n, level), n) for _ in range(12)] for n in few_many)
        rows += counts(before, after, unit=site)
    given = answer(question(measure=Measure.SHARE, direction="up"), rows)
    low, high = bounds(given)
    assert low < 0 < high
    assert high - low < 12
    assert given.groups[0].level == pytest.approx(65, abs=1.5)
    assert any("The mix of sites changed" in str(limit) for limit in given.limits)
    pooled = [
        Observation(one.day, 0.0, one.numerator + two.numerator, one.denominator + two.denominator)
        for one, two in zip(rows[:24], rows[24:], strict=True)
    ]
    pooled = [
        Observation(each.day, 100 * each.numerator / each.denominator, each.numerator, each.denominator)
        for each in pooled
    ]
    assert bounds(answer(question(measure=Measure.SHARE), pooled))[0] > 0, (
        "without the sites it looks like one"
    )


def test_sites_that_report_on_other_days_meet_by_the_month():
    rng = np.random.default_rng(3)
    rows = []
    for index in range(-14, 14):
        for shift, level in ((4, 30), (11, 25)):
            place = LAUNCH.year * 12 + index
            day = LAUNCH.replace(year=place // 12, month=place % 12 + 1, day=shift)
            rows.append(Observation(day, level - 6 * (index >= 0) + rng.normal(), unit=f"site {shift}"))
    given = answer(question(), rows)
    assert [group.readings for group in given.groups] == [14, 14]
    assert -10 < bounds(given)[0] < -6 < bounds(given)[1] < -2


def test_daily_readings_become_weeks():
    rng = np.random.default_rng(3)
    given = answer(question(), [
        Observation(date.fromordinal(LAUNCH.toordinal() + index), 50 - 5 * (index >= 0) + rng.normal())
        for index in range(-100, 80)
    ])  # fmt: skip
    assert [group.readings for group in given.groups] == [14, 11]
    assert any("averaged into 25 longer periods" in str(limit) for limit in given.limits)
    days = [date.fromisoformat(day) for day in given.fitted.days]
    assert {(later - one).days for one, later in pairwise(days)} <= {7}
    assert days[14] == LAUNCH


@pytest.mark.parametrize("measure", [Measure.SHARE, Measure.RATE])
def test_few_counts_are_answered_sensibly_or_refused(measure):
    """Whatever is counted: no exception, bounds that are numbers, and no level that cannot be."""
    rng = np.random.default_rng(20)
    answered = 0
    for _ in range(150):
        early, late = rng.integers(1, 16, 2)
        cases = rng.integers(1, 60, early + late)
        chance = min(float(rng.exponential(0.1)), 1.0)
        drawn = rng.binomial(cases, chance)
        pairs = list(zip(drawn.tolist(), cases.tolist(), strict=True))
        design = Design(rng.choice([Design.BEFORE_AFTER, Design.SERIES]))
        given = answer(question(design, measure, per=100.0), counts(pairs[:early], pairs[early:]))
        if given.change is None:
            assert str(given.refused).endswith(".")
            continue
        answered += 1
        assert given.change.low < given.change.estimate < given.change.high
        assert given.reference >= 0
        assert given.change.high - given.change.low <= 400
    assert answered > 10


def test_days_are_after_from_the_launch_on():
    rng = np.random.default_rng(2)
    given = answer(question(Design.SERIES), values(rng.normal(30, 2, 12), rng.normal(20, 2, 13)))
    assert (given.figures["readings_before"], given.figures["readings_after"]) == (12, 13)
    assert given.without is not None
    assert given.without.days[0] == LAUNCH.isoformat()
