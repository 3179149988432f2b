"""The verdict's rule keeps its error: pilots drawn by chance, judged as the application judges them.

A few draws of each kind of data with fixed seeds; `python -m tests.bench.verdicts` makes thousands of all scenarios.
The bounds are what 3.5 false verdicts in 100 and a coverage of 93 percent become by chance in 999 of 1,000 such runs.
"""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from scipy.stats import binom

from incubator.analytics.two_groups import welch
from incubator.domain.evaluation import Verdict, judge
from incubator.domain.pilots import Direction
from tests.analytics.criterion_world import LAUNCH
from tests.analytics.verdict_scenarios import SCENARIOS, simulated

RUNS = 40
QUICK = (
    "12+12, neighbors alike by .3",
    "12+12, alike by .6",
    "12+12, a trend of −.1 a month",
    "24+24",
    "9+9, a season of 2",
    "shares 12+12 of 500, months vary",
    "rates 12+12, negative binomial",
    "rates 12+12, intensity alike by .5",
    "sites that exchange their cases",
    "series 12+12, alike by .3",
    "one against five, shocks of their own",
    "three against three",
    "one against one, 12+12",
    "randomized, five clusters each",
    "randomized, twenty clusters each",
    "randomized cases, 100 each",
)
REFUSED = {
    "6+6",
    "baseline of one number",
    "shares 1+1 of 500, months vary",
    "share of one number",
    "rates 1+1, negative binomial",
    "rates 12+12 of .2 a month",
    "ten sites, 2+2 months",
    "randomized, three clusters each",
}
PROVED = {"24+24", "randomized, twenty clusters each", "randomized cases, 100 each"}
"""Designs that must be able to show a large effect, not only to avoid error."""


@pytest.mark.parametrize("name", [*QUICK, *sorted(REFUSED)])
def test_a_pilot_that_changes_nothing_is_seldom_judged_otherwise(name):
    if name in REFUSED:
        assert simulated(SCENARIOS[name], 5, power=False).refused == 1
        return
    found = simulated(SCENARIOS[name], RUNS, seed=5, power=name in PROVED)
    assert max(found.met, found.harm) <= binom.ppf(0.999, RUNS, 0.035) / RUNS
    given = round(RUNS * (1 - found.refused))
    if found.coverage is not None and given > RUNS / 4:
        assert found.coverage >= binom.ppf(0.001, given, 0.93) / given
    if name in PROVED:
        assert found.power >= 0.35


def test_looking_every_four_weeks_would_raise_the_false_alarms_and_the_horizon_does_not():
    """Thirteen looks at a year of two readings a week; with each as if it were the horizon the first "met" would end
    the pilot in one of ten draws."""
    rng = np.random.default_rng(23)
    runs, promised = 600, -5.0
    looks = [(8 * look, LAUNCH + timedelta(weeks=4 * look)) for look in range(1, 14)]
    horizon = looks[-1][1]
    ended_early, met, waited = 0, 0, 0
    for _ in range(runs):
        pilot, other = rng.normal(35, 10, 104), rng.normal(40, 10, 104)
        peeked = []
        for size, day in looks:
            change = welch(pilot[:size], other[:size]).change
            asked = {"promised": promised, "low": change.low, "high": change.high, "completeness": 1.0}
            peeked.append(judge(Direction.DOWN, **asked, today=day, horizon=day).verdict)
            kept = judge(Direction.DOWN, **asked, today=day, horizon=horizon).verdict
            waited += kept is Verdict.NOT_YET
        ended_early += Verdict.MET in peeked
        met += kept is Verdict.MET
    assert waited == 12 * runs
    assert 0.08 < ended_early / runs < 0.14
    assert met / runs <= binom.ppf(0.999, runs, 0.025) / runs
