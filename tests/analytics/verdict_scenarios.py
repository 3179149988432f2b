"""Pilots drawn by chance, to count how often the product's own answer and rule are wrong.

Each scenario draws the readings of a pilot whose true change is `change`. Nothing promised more than the truth may be
called met, and nothing that did no harm harmful, more often than the interval allows; and the interval must hold the
truth as often as it says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from incubator.analytics.criterion import Observation, Question
from incubator.analytics.criterion_answer import answer
from incubator.domain.evaluation import Arm, Design, Measure, Verdict, judge
from incubator.domain.pilots import Direction
from tests.analytics.criterion_world import LAUNCH, question

Random = np.random.Generator
Numbers = Sequence[float] | np.ndarray
VALUE, SHARE, RATE = Measure.VALUE, Measure.SHARE, Measure.RATE


def month(place: int) -> date:
    """The first day of a month, counted from the launch."""
    return date(LAUNCH.year + (LAUNCH.month - 1 + place) // 12, (LAUNCH.month - 1 + place) % 12 + 1, 1)


def monthly(values: Numbers, before: int, **given: object) -> list[Observation]:
    return [
        Observation(month(place - before), float(value), **given)  # type: ignore[arg-type]
        for place, value in enumerate(values)
    ]


def counted(
    counts: Numbers, cases: float | Numbers, before: int, per: float, **given: object
) -> list[Observation]:
    cases = np.broadcast_to(np.asarray(cases, dtype=float), (len(counts),))
    return [
        Observation(month(place - before), per * float(count) / float(n), float(count), float(n), **given)  # type: ignore[arg-type]
        for place, (count, n) in enumerate(zip(counts, cases, strict=True))
    ]


def following(rng: Random, length: int, rho: float) -> np.ndarray:
    """Noise of spread one in which neighbors are correlated by rho."""
    noise = rng.normal(size=length)
    for place in range(1, length):
        noise[place] = rho * noise[place - 1] + np.sqrt(1 - rho * rho) * noise[place]
    return noise


def since(before: int, after: int) -> np.ndarray:
    return (np.arange(before + after) >= before) * 1.0


def values(
    before: int, after: int, rho: float = 0.0, trend: float = 0.0, season: float = 0.0, wider: float = 1.0
) -> Callable[[Random, float], list[Observation]]:
    """Months of values with spread 1 around 50."""

    def draw(rng: Random, change: float) -> list[Observation]:
        n, late = before + after, since(before, after)
        places = np.arange(n) - before
        noise = following(rng, n, rho) * np.where(late == 1, wider, 1.0)
        waves = season * np.sin(2 * np.pi * (places + rng.uniform(0, 12)) / 12)
        return monthly(50 + trend * places + waves + noise + change * late, before)

    return draw


def shares(
    before: int, after: int, cases: int = 500, between: float = 0.02, rho: float = 0.0, level: float = 0.4
) -> Callable[[Random, float], list[Observation]]:
    """Months of a share whose own level varies from month to month: `between` is the correlation of two cases of a
    month."""

    def draw(rng: Random, change: float) -> list[Observation]:
        n = before + after
        spread = np.sqrt(between * level * (1 - level))
        true = level + spread * following(rng, n, rho) + change / 100 * since(before, after)
        return counted(rng.binomial(cases, np.clip(true, 0, 1)), cases, before, 100.0)

    return draw


def rates(
    before: int, after: int, mean: float = 20.0, vary: float = 0.3, rho: float = 0.0
) -> Callable[[Random, float], list[Observation]]:
    """Months of counts whose intensity varies by the factor `vary` (negative binomial where nothing follows)."""

    def draw(rng: Random, change: float) -> list[Observation]:
        n = before + after
        level = mean + change * since(before, after)
        if rho == 0 and vary > 0:
            drawn = level * rng.gamma(1 / vary**2, vary**2, n)
        else:
            drawn = level * np.exp(vary * following(rng, n, rho) - vary**2 / 2)
        return counted(rng.poisson(drawn), 100.0, before, 100.0)

    return draw


def sites(
    number: int, before: int, after: int, own: float = 1.0, shock: float = 0.0, shared: float = 0.0
) -> Callable[[Random, float], list[Observation]]:
    """Sites with levels of their own; `shock` is what each goes through since the launch, `shared` what all do in a
    month."""

    def draw(rng: Random, change: float) -> list[Observation]:
        late = since(before, after)
        common = shared * rng.normal(size=before + after)
        rows = []
        for site in range(number):
            level = 50 + own * rng.normal() + (change + shock * rng.normal()) * late
            rows += monthly(level + common + rng.normal(size=before + after), before, unit=f"site {site}")
        return rows

    return draw


def clusters(
    pilot: int, other: int, months: int = 6, cases: int = 50, between: float = 0.05, measure: Measure = SHARE
) -> Callable[[Random, float], list[Observation]]:
    """Randomized clusters, each read in several months after the launch."""

    def draw(rng: Random, change: float) -> list[Observation]:
        rows: list[Observation] = []
        for arm, number, effect in ((Arm.PILOT, pilot, change), (Arm.COMPARISON, other, 0.0)):
            for unit in range(number):
                name = f"{arm} {unit}"
                if measure is SHARE:
                    own = 0.4 + np.sqrt(between * 0.24) * rng.normal() + effect / 100
                    drawn = rng.binomial(cases, np.clip(own, 0, 1), months)
                    rows += counted(drawn, cases, 0, 100.0, arm=arm, unit=name)
                elif measure is RATE:
                    own = (20 + effect) * rng.gamma(1 / between, between)
                    rows += counted(rng.poisson(own, months), 100.0, 0, 100.0, arm=arm, unit=name)
                else:
                    own = 50 + np.sqrt(between) * rng.normal() + effect
                    rows += monthly(own + rng.normal(size=months), 0, arm=arm, unit=name)
        return rows

    return draw


def beside(
    pilot: int, other: int, months: int = 6, shock: float = 1.0, rho: float = 0.0
) -> Callable[[Random, float], list[Observation]]:
    """Pilot and comparison units before and after, each with a shock of its own since the launch and months shared by
    all."""

    def draw(rng: Random, change: float) -> list[Observation]:
        late, shared = since(months, months), following(rng, 2 * months, 0.5)
        rows: list[Observation] = []
        for arm, number, effect in ((Arm.PILOT, pilot, change), (Arm.COMPARISON, other, 0.0)):
            for unit in range(number):
                level = 50 + 2 * rng.normal() + (effect + shock * rng.normal()) * late + shared
                own = following(rng, 2 * months, rho)
                name = f"{arm} {unit}" if number > 1 else ""
                rows += monthly(level + own, months, arm=arm, unit=name)
        return rows

    return draw


def mixed(rng: Random, change: float) -> list[Observation]:
    """Two sites, one at 60 and one at 70 percent, that exchange their cases at the launch."""
    rows: list[Observation] = []
    for site, level, cases in (("A", 0.6, (900, 100)), ("B", 0.7, (100, 900))):
        n = np.where(since(12, 12) == 1, cases[1] // 12, cases[0] // 12)
        true = level + change / 100 * since(12, 12) + 0.02 * rng.normal(size=24)
        rows += counted(rng.binomial(n, np.clip(true, 0, 1)), n, 12, 100.0, unit=site)
    return rows


def one_number(
    draw: Callable[[Random, float], list[Observation]],
) -> Callable[[Random, float], list[Observation]]:
    def after_only(rng: Random, change: float) -> list[Observation]:
        return [each for each in draw(rng, change) if each.day >= LAUNCH]

    return after_only


def skewed(rng: Random, change: float) -> list[Observation]:
    drawn = np.exp(rng.normal(size=24)) * 4
    return monthly(20 + drawn + change * since(12, 12), 12)


def cases_of_two(pilot: int, other: int, skew: bool = False) -> Callable[[Random, float], list[Observation]]:
    """Single cases of two randomized groups, several a day."""

    def draw(rng: Random, change: float) -> list[Observation]:
        rows = []
        for arm, number, effect in ((Arm.PILOT, pilot, change), (Arm.COMPARISON, other, 0.0)):
            noise = rng.exponential(size=number) if skew else rng.normal(size=number)
            rows += [
                Observation(month(place % 6), 50 + effect + float(each), arm=arm)
                for place, each in enumerate(noise)
            ]
        return rows

    return draw


@dataclass(frozen=True)
class Scenario:
    """`effect` is a large change that the design should be able to prove against a promise of half of it."""

    asked: Question
    draw: Callable[[Random, float], list[Observation]]
    effect: float = -4.0


BEFORE_AFTER, SERIES = question(), question(Design.SERIES)
SHARES, RATES = question(measure=SHARE), question(measure=RATE, per=100.0)
BESIDE, DRAWN = question(Design.COMPARISON), question(Design.RANDOMISED)
DRAWN_SHARES, DRAWN_RATES = question(Design.RANDOMISED, SHARE), question(Design.RANDOMISED, RATE, per=100.0)

SCENARIOS: dict[str, Scenario] = {
    "before and after, 12+12": Scenario(BEFORE_AFTER, values(12, 12), -6),
    "12+12, neighbors alike by .3": Scenario(BEFORE_AFTER, values(12, 12, 0.3), -6),
    "12+12, alike by .6": Scenario(BEFORE_AFTER, values(12, 12, 0.6), -6),
    "12+12, alike by .8": Scenario(BEFORE_AFTER, values(12, 12, 0.8), -6),
    "12+12, a trend of −.1 a month": Scenario(BEFORE_AFTER, values(12, 12, trend=-0.1), -6),
    "12+12, a trend of −.3, alike by .3": Scenario(BEFORE_AFTER, values(12, 12, 0.3, trend=-0.3), -6),
    "12+12, a season of 2": Scenario(BEFORE_AFTER, values(12, 12, 0.3, season=2.0), -6),
    "9+9, a season of 2": Scenario(BEFORE_AFTER, values(9, 9, season=2.0), -6),
    "24+24": Scenario(BEFORE_AFTER, values(24, 24), -4),
    "24+24, alike by .3": Scenario(BEFORE_AFTER, values(24, 24, 0.3), -4),
    "24+24, alike by .6": Scenario(BEFORE_AFTER, values(24, 24, 0.6), -4),
    "24+8, spread twice as wide after": Scenario(BEFORE_AFTER, values(24, 8, wider=2.0), -6),
    "36+12, alike by .5": Scenario(BEFORE_AFTER, values(36, 12, 0.5), -5),
    "6+6": Scenario(BEFORE_AFTER, values(6, 6), -6),
    "12+12 of skewed values": Scenario(BEFORE_AFTER, skewed, -50),
    "baseline of one number": Scenario(replace(BEFORE_AFTER, baseline=50.0), one_number(values(12, 12))),
    "shares 1+1 of 500, months vary": Scenario(SHARES, shares(1, 1), -20),
    "shares 12+12 of 500, months vary": Scenario(SHARES, shares(12, 12), -30),
    "shares 12+12 of 500, alike by .5": Scenario(SHARES, shares(12, 12, rho=0.5), -30),
    "shares 24+24 of 100": Scenario(SHARES, shares(24, 24, 100), -24),
    "shares 12+12 of 40 at 8 percent": Scenario(SHARES, shares(12, 12, 40, 0.01, level=0.08), -7),
    "share of one number": Scenario(replace(SHARES, baseline=40.0), one_number(shares(12, 12))),
    "sites that exchange their cases": Scenario(SHARES, mixed, -30),
    "rates 1+1, negative binomial": Scenario(RATES, rates(1, 1), -12),
    "rates 12+12, negative binomial": Scenario(RATES, rates(12, 12), -19),
    "rates 12+12, intensity alike by .5": Scenario(RATES, rates(12, 12, rho=0.5), -19),
    "rates 24+24 of 4 a month": Scenario(RATES, rates(24, 24, 4.0, 0.0), -3.5),
    "rates 12+12 of 1 a month": Scenario(RATES, rates(12, 12, 1.0, 0.0), -0.9),
    "rates 12+12 of .2 a month": Scenario(RATES, rates(12, 12, 0.2, 0.0), -0.2),
    "ten sites, 2+2 months": Scenario(BEFORE_AFTER, sites(10, 2, 2, shock=0.5), -4),
    "ten sites, 12+12, months shared": Scenario(BEFORE_AFTER, sites(10, 12, 12, shared=0.5), -3),
    "ten sites, 12+12, shocks of their own": Scenario(BEFORE_AFTER, sites(10, 12, 12, shock=1.0), -3),
    "series 12+12": Scenario(SERIES, values(12, 12), -10),
    "series 12+12, alike by .3": Scenario(SERIES, values(12, 12, 0.3), -10),
    "series 12+12, alike by .6": Scenario(SERIES, values(12, 12, 0.6), -10),
    "series 24+24, alike by .3": Scenario(SERIES, values(24, 24, 0.3), -6),
    "series 24+24, trend and season": Scenario(SERIES, values(24, 24, 0.3, -0.1, 2.0), -6),
    "series of rates 24+12": Scenario(
        replace(RATES, design=Design.SERIES), rates(24, 12, 30.0, 0.2, 0.3), -28
    ),
    "one against five, shocks of their own": Scenario(BESIDE, beside(1, 5), -8),
    "three against three": Scenario(BESIDE, beside(3, 3), -6),
    "four against twelve": Scenario(BESIDE, beside(4, 12), -5),
    "one against one, 12+12": Scenario(BESIDE, beside(1, 1, 12, shock=0.0, rho=0.3), -6),
    "randomized, three clusters each": Scenario(DRAWN_SHARES, clusters(3, 3), -20),
    "randomized, five clusters each": Scenario(DRAWN_SHARES, clusters(5, 5), -30),
    "randomized, twenty clusters each": Scenario(DRAWN_SHARES, clusters(20, 20), -16),
    "randomized, 6 against 20 clusters": Scenario(DRAWN_SHARES, clusters(6, 20), -20),
    "randomized rates, 12 clusters each": Scenario(DRAWN_RATES, clusters(12, 12, measure=RATE), -10),
    "randomized values, 8 clusters each": Scenario(DRAWN, clusters(8, 8, measure=VALUE), -1.2),
    "randomized cases, 100 each": Scenario(DRAWN, cases_of_two(100, 100), -1),
    "randomized cases, 12 and 30": Scenario(DRAWN, cases_of_two(12, 30), -2),
    "randomized skewed cases, 12 and 60": Scenario(DRAWN, cases_of_two(12, 60, skew=True), -2),
    "randomized skewed cases, 60 each": Scenario(DRAWN, cases_of_two(60, 60, skew=True), -1.2),
}


@dataclass(frozen=True)
class Found:
    """Parts of all draws; `coverage` of those with an interval, None where every one was refused."""

    met: float
    harm: float
    coverage: float | None
    refused: float
    power: float
    width: float


def simulated(scenario: Scenario, runs: int, seed: int = 1, *, power: bool = True) -> Found:
    """Draws with no change against a promise of none, and with the effect against a promise of half of it."""
    rng = np.random.default_rng(seed)
    met = harm = covered = given = 0
    widths = []
    for _ in range(runs):
        low, high = _interval(scenario, rng, 0.0)
        judged = _judged(low, high, 0.0)
        met += judged.verdict is Verdict.MET
        harm += judged.harm
        if low is not None and high is not None:
            given += 1
            covered += low <= 0 <= high
            widths.append((high - low) / 2)
    proved = 0
    if power and given:
        for _ in range(runs):
            judged = _judged(*_interval(scenario, rng, scenario.effect), scenario.effect / 2)
            proved += judged.verdict is Verdict.MET
    return Found(
        met / runs,
        harm / runs,
        covered / given if given else None,
        1 - given / runs,
        proved / runs,
        float(np.median(widths)) if widths else 0.0,
    )


def _interval(scenario: Scenario, rng: Random, change: float) -> tuple[float | None, float | None]:
    found = answer(scenario.asked, scenario.draw(rng, change)).change
    return (None, None) if found is None else (found.low, found.high)


def _judged(low: float | None, high: float | None, promised: float):  # type: ignore[no-untyped-def]
    return judge(
        Direction.DOWN,
        promised=promised,
        low=low,
        high=high,
        today=date(2030, 1, 1),
        horizon=date(2029, 1, 1),
        completeness=1.0,
    )
