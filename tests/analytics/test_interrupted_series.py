"""Interrupted series: published series, a second way of computing, and what the lines mean."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from scipy.linalg import toeplitz
from scipy.optimize import minimize_scalar
from statsmodels.genmod.families import Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.regression.linear_model import GLS

from incubator.analytics import interrupted_series as series
from incubator.analytics.criterion import Method, Observation
from incubator.analytics.criterion_answer import answer
from incubator.analytics.rates import quasi_poisson
from incubator.domain.evaluation import Design, Measure
from tests.analytics.criterion_world import LAUNCH, counts, question, values
from tests.analytics.published_series import (
    LUTEINIZING_HORMONE,
    SICILY_BAN,
    SICILY_EPISODES,
    SICILY_PEOPLE,
    months,
)

SICILY = [
    Observation(day, 1e5 * count / people, count, people)
    for day, count, people in zip(months(date(2002, 1, 1), 59), SICILY_EPISODES, SICILY_PEOPLE, strict=True)
]


def wandering(rng: np.random.Generator, length: int, rho: float) -> np.ndarray:
    errors = np.empty(length)
    errors[0] = rng.normal() / np.sqrt(1 - rho * rho)
    for step in range(1, length):
        errors[step] = rho * errors[step - 1] + rng.normal()
    return errors


def test_a_hormone_wanders_as_published():
    """`arima(lh, order = c(1, 0, 0))` on its help page: .5739, 2.4133 (s.e. .1466), σ² .1975, log likelihood −29.38."""
    fit = series.fit_ar1(np.ones((48, 1)), LUTEINIZING_HORMONE, np.ones(47), restricted=False)
    assert fit.rho == pytest.approx(0.5739, abs=5e-5)
    assert fit.beta[0] == pytest.approx(2.4133, abs=5e-5)
    assert fit.sigma * np.sqrt(fit.shape[0, 0]) == pytest.approx(0.1466, abs=2e-4)
    assert fit.sigma**2 * (1 - fit.rho**2) == pytest.approx(0.1975, abs=5e-5)
    assert fit.loglik == pytest.approx(-29.38, abs=5e-3)


def test_restricted_likelihood_agrees_with_one_written_out_in_full():
    rng = np.random.default_rng(11)
    length = 40
    design = np.column_stack([np.ones(length), np.arange(length), np.arange(length) > 24])
    given = design @ [30, 0.2, -4] + 2 * wandering(rng, length, 0.5)

    def minus_loglik(rho: float) -> float:
        covariance = toeplitz(rho ** np.arange(length))
        inverse = np.linalg.inv(covariance)
        cross = design.T @ inverse @ design
        rest = given - design @ np.linalg.solve(cross, design.T @ inverse @ given)
        variance = rest @ inverse @ rest / (length - 3)
        return 0.5 * (
            (length - 3) * np.log(2 * np.pi * variance)
            + (length - 3)
            + np.linalg.slogdet(covariance)[1]
            + np.linalg.slogdet(cross)[1]
        )

    theirs = minimize_scalar(minus_loglik, bounds=(0, 0.99), method="bounded", options={"xatol": 1e-9})
    fit = series.fit_ar1(design, given, np.ones(length - 1))
    assert fit.rho == pytest.approx(theirs.x, abs=1e-5)
    assert fit.loglik == pytest.approx(-theirs.fun, abs=1e-8)
    gls = GLS(given, design, sigma=toeplitz(fit.rho ** np.arange(length))).fit()
    assert fit.beta == pytest.approx(gls.params, rel=1e-8)
    assert fit.sigma * np.sqrt(np.diag(fit.shape)) == pytest.approx(gls.bse, rel=1e-8)


def test_a_missing_reading_leaves_its_gap():
    rng = np.random.default_rng(4)
    whole = 10 + wandering(rng, 60, 0.7)
    kept = np.delete(np.arange(60), [7, 8, 30])
    days = [day for index, day in enumerate(months(date(2018, 1, 1), 60)) if index in kept]
    where = series.axis(days)
    assert list(where.steps) == list(kept)
    fit = series.fit_ar1(np.ones((57, 1)), whole[kept], where.gaps)
    gls = GLS(whole[kept], np.ones(57), sigma=fit.rho ** np.abs(kept[:, None] - kept)).fit()
    assert fit.beta == pytest.approx(gls.params, rel=1e-8)


def test_the_ban_of_smoking_in_sicily():
    """Published: relative risk .894 with the trend alone, .885 (.839 to .933) with the season as well."""
    time = np.arange(1, 60.0)
    plain = np.column_stack([np.ones(59), time > 36, time])
    assert np.exp(quasi_poisson(plain, SICILY_EPISODES, SICILY_PEOPLE).beta[1]) == pytest.approx(
        0.894, abs=5e-4
    )
    turn = 2 * np.pi * time / 12
    seasonal = np.column_stack([plain, np.sin(turn), np.cos(turn), np.sin(2 * turn), np.cos(2 * turn)])
    fit = quasi_poisson(seasonal, SICILY_EPISODES, SICILY_PEOPLE)
    width = 1.96 * np.sqrt(fit.covariance[1, 1])
    assert np.exp(fit.beta[1] + np.array([-width, 0, width])) == pytest.approx(
        [0.839, 0.885, 0.933], abs=5e-4
    )


def test_the_regression_of_counts_agrees_with_statsmodels():
    parts = series.segments([each.day for each in SICILY], SICILY_BAN)
    fit = quasi_poisson(parts.design, SICILY_EPISODES, SICILY_PEOPLE)
    theirs = GLM(SICILY_EPISODES, parts.design, family=Poisson(), offset=np.log(SICILY_PEOPLE)).fit(
        scale="X2"
    )
    assert fit.beta == pytest.approx(theirs.params, rel=1e-8)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(theirs.bse, rel=1e-8)
    assert (fit.dispersion, fit.df) == pytest.approx((theirs.scale, theirs.df_resid))


def test_sicily_went_up_and_was_better_all_the_same():
    asked = question(Design.SERIES, Measure.RATE, per=1e5, launched_on=SICILY_BAN, unit="episodes")
    given = answer(asked, SICILY)
    assert given.method is Method.SERIES_COUNTS
    earlier, later = given.groups
    assert (earlier.level, later.level) == pytest.approx((213.346, 220.567), abs=5e-4)
    assert given.change is not None
    assert given.change.high < 0
    assert given.ratio is not None
    assert 0.839 < given.ratio.low < 0.893 < given.ratio.high < 0.953
    assert given.level == pytest.approx(later.level)
    assert given.change.estimate == pytest.approx(given.reference * (given.ratio.estimate - 1))
    assert given.figures["waves"] == 2
    assert str(given.says) == (
        "220.6 episodes instead of 247.1 episodes: lower by 26.5 episodes, which is better. "
        "With 95% confidence the fall lies between 12.6 episodes and 41.1 episodes."
    )
    assert given.without is not None
    assert given.fitted is not None
    assert given.without.days == tuple(each.day.isoformat() for each in SICILY if each.day >= SICILY_BAN)
    assert len(given.fitted.days) == 59
    assert all(
        low < value < high
        for low, value, high in zip(given.without.low, given.without.values, given.without.high, strict=True)
    )


def test_the_effect_is_the_mean_distance_of_the_two_lines():
    rng = np.random.default_rng(8)
    trend = 0.3 * np.arange(44)
    noise = rng.normal(0, 0.01, 44)
    after = np.arange(44) >= 26
    given = answer(
        question(Design.SERIES),
        values((50 + trend + noise)[~after], (50 + trend + noise - 6 - 0.5 * (np.arange(44) - 26))[after]),
    )
    assert given.method is Method.SERIES_VALUES
    assert given.change is not None
    assert given.change.estimate == pytest.approx(-6 - 0.5 * 8.5, abs=0.02)
    assert given.figures["level_change"] == pytest.approx(-6, abs=0.02)
    assert given.figures["slope_change"] == pytest.approx(-0.5, abs=0.005)
    assert given.figures["slope_before"] == pytest.approx(0.3, abs=0.002)
    assert given.fitted is not None
    assert given.without is not None
    distance = np.mean(given.fitted.values[26:]) - np.mean(given.without.values)
    assert given.change.estimate == pytest.approx(distance)
    assert given.level == pytest.approx(np.mean(given.fitted.values[26:]))


def test_a_trend_alone_is_no_effect():
    """A plain comparison of means would call this 20 minutes better."""
    rng = np.random.default_rng(9)
    falling = 90 - 1.0 * np.arange(40) + rng.normal(0, 2, 40)
    given = answer(question(Design.SERIES), values(falling[:20], falling[20:]))
    assert given.change is not None
    assert given.groups[1].level - given.groups[0].level < -18
    assert given.change.low < 0 < given.change.high


def test_the_season_is_taken_out_once_two_years_show_it():
    days = months(date(2021, 7, 1), 36)
    season = 10 * np.cos(2 * np.pi * np.arange(36) / 12)
    noise = np.random.default_rng(5).normal(0, 1, 36)
    readings = [Observation(day, float(value)) for day, value in zip(days, 50 + season + noise, strict=True)]
    asked = question(Design.SERIES, launched_on=days[20])
    given = answer(asked, readings)
    assert given.figures["waves"] == 1
    assert given.figures["spread"] < 1.6


@pytest.mark.parametrize(("before", "after"), [(11, 20), (20, 11), (0, 30), (1, 0)])
def test_a_short_series_is_refused(before, after):
    given = answer(question(Design.SERIES), values(np.arange(before) % 3, np.arange(after) % 3))
    assert given.change is None
    assert str(given.refused) == (
        f"Too few readings, {before} before and {after} after the launch: "
        "under 12 each a trend would be taken for an effect."
    )


def test_twelve_and_twelve_are_enough_and_owned_up_to():
    rng = np.random.default_rng(1)
    given = answer(question(Design.SERIES), values(rng.normal(30, 2, 12), rng.normal(20, 2, 12)))
    assert given.change is not None
    assert given.weak
    said = [str(limit) for limit in given.limits]
    assert any("likely a little too narrow" in limit for limit in said)
    assert any("Under two full years" in limit for limit in said)


def test_units_of_one_day_are_put_together_by_their_cases():
    rng = np.random.default_rng(6)
    small, large = rng.normal(30, 2, 30), rng.normal(20, 2, 30)
    rows = values(small[:15], small[15:], denominator=10.0, unit="A")
    rows += values(large[:15], large[15:], denominator=30.0, unit="B")
    together = (10 * small + 30 * large) / 40
    one, two = (
        answer(question(Design.SERIES), rows),
        answer(question(Design.SERIES), values(together[:15], together[15:])),
    )
    assert one.change is not None
    assert two.change is not None
    assert one.change.estimate == pytest.approx(two.change.estimate)
    assert one.change.low == pytest.approx(two.change.low)


def test_a_series_without_any_noise_is_refused():
    flat = answer(question(Design.SERIES), values([5.0] * 14, [5.0] * 14))
    straight = answer(question(Design.SERIES), values(np.arange(14), np.arange(14, 28)))
    for given in (flat, straight):
        assert "no interval can be given" in str(given.refused)


SOME, NONE = [(3, 100), (5, 90)] * 7, [(0, 100)] * 14


@pytest.mark.parametrize(("early", "late"), [(SOME, NONE), (NONE, SOME), (NONE, NONE)])
def test_where_nothing_was_counted_on_one_side_the_rates_are_compared(early, late):
    """Nothing at all since the launch is the best that can happen, and must not be called inconclusive."""
    given = answer(question(Design.SERIES, Measure.RATE, per=100), counts(early, late))
    plain = answer(question(Design.BEFORE_AFTER, Measure.RATE, per=100), counts(early, late))
    assert (given.method, given.change, given.weak) == (Method.TWO_RATES, plain.change, True)
    assert "so no trend can be followed" in str(given.reason)
    assert "cannot be taken off" in str(given.limits[0])
    low, high = given.change.low, given.change.high
    assert (high < 0, low > 0) == (early is SOME, late is SOME)


def test_too_few_readings_of_nothing_are_too_few():
    given = answer(question(Design.SERIES, Measure.RATE), counts(SOME, NONE[:11]))
    assert str(given.refused).startswith("Too few readings, 14 before and 11 after the launch")


def test_days_are_after_from_the_launch_on():
    rng = np.random.default_rng(2)
    given = answer(question(Design.SERIES), values(rng.normal(30, 2, 12), rng.normal(20, 2, 13)))
    assert (given.figures["readings_before"], given.figures["readings_after"]) == (12, 13)
    assert given.without is not None
    assert given.without.days[0] == LAUNCH.isoformat()
