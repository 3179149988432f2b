"""`python -m tests.bench.panels`: calibration and ranking of review panels, beside statsmodels.

"fit" is the fit with the grid over its variances, "rank" the draws with all intervals, both on the clock; the
other times are the processor's. "apart" is how far the four estimates differ from those of statsmodels.

python -m tests.bench.panels --proposals 1000 --runs 5
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import incubator  # noqa: F401 - before NumPy, which it keeps to one thread

# isort: split
import numpy as np

from incubator.analytics.panel_fit import fit_panel
from incubator.analytics.ranking import rank
from incubator.analytics.severity import fit

HEAD = ("panel", "fit ms", "rank ms", "CPU ms", "budget", "REML alone", "statsmodels", "ratio", "apart")
BUDGETS = {1_000: 3_000, 5_000: 15_000}
"""Milliseconds of the processor for fit and ranking together."""
T = TypeVar("T")
REVIEWS = 3
WITH_STATSMODELS = (120, 400)
"""statsmodels grows with the cube of the panel: these are sizes at which it ends while one waits."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Simulated reviews: quality .6, severity .4, chance .6 (standard deviations) around 3."""

    items: np.ndarray
    raters: np.ndarray
    values: np.ndarray

    @property
    def scored(self) -> dict[str, tuple[tuple[str, float], ...]]:
        found: dict[str, list[tuple[str, float]]] = {}
        for item, rater, value in zip(self.items, self.raters, self.values, strict=True):
            found.setdefault(f"p{item:05d}", []).append((f"r{rater:05d}", float(value)))
        return {key: tuple(pairs) for key, pairs in found.items()}


def simulated(proposals: int, seed: int = 1) -> Panel:
    """Three reviews a proposal, twenty a reviewer."""
    random = np.random.default_rng(seed)
    reviewers = max(proposals * REVIEWS // 20, 6)
    items = np.repeat(np.arange(proposals), REVIEWS)
    raters = np.concatenate([random.choice(reviewers, REVIEWS, replace=False) for _ in range(proposals)])
    values = 3 + random.normal(0, 0.6, proposals)[items] + random.normal(0, 0.4, reviewers)[raters]
    return Panel(items, raters, values + random.normal(0, 0.6, len(items)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.panels", description=__doc__)
    parser.add_argument("--proposals", type=int, nargs="*", default=[*WITH_STATSMODELS, 1_000, 5_000])
    parser.add_argument("--runs", type=int, default=3, help="the quickest of so many is shown")
    options = parser.parse_args()
    print(f"\nreview panels, {REVIEWS} reviews a proposal, 20 a reviewer, 4,000 draws")
    # What is imported once is not measured.
    fit_panel(simulated(20).scored, lower_is_better=False)
    _statsmodels(simulated(20))
    _line(*HEAD)
    for proposals in options.proposals:
        _row(proposals, options.runs)


def _row(proposals: int, runs: int) -> None:
    panel = simulated(proposals)
    scored = panel.scored
    fitted_in, fit_cpu, fitted = _quickest(lambda: fit_panel(scored, lower_is_better=False), runs)
    assert fitted is not None
    ranked_in, rank_cpu, _ = _quickest(lambda: rank(scored, fitted, places=proposals // 10), runs)
    budget = BUDGETS.get(proposals)
    over = budget is not None and fit_cpu + rank_cpu > budget
    beside = ("", "", "", "")
    if proposals in WITH_STATSMODELS:
        _, ours, found = _quickest(lambda: fit(panel.items, panel.raters, panel.values), runs)
        _, theirs, answer = _quickest(lambda: _statsmodels(panel), 1)
        mine = (found.mean, found.sd_item, found.sd_rater, found.sd_error)
        apart = max(abs(one - other) for one, other in zip(mine, answer, strict=True))
        beside = (f"{ours:,.0f}", f"{theirs:,.0f}", f"{theirs / ours:,.0f}", f"{apart:.0e}")
    _line(
        f"{proposals:,} by {panel.raters.max() + 1:,}",
        f"{fitted_in:,.0f}",
        f"{ranked_in:,.0f}",
        f"{fit_cpu + rank_cpu:,.0f}",
        f"{budget:,}{' over' if over else ''}" if budget else "",
        *beside,
    )


def _statsmodels(panel: Panel) -> tuple[float, ...]:
    """The same four numbers by `MixedLM`: mean, and the three standard deviations."""
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

    parts = [np.eye(codes.max() + 1)[codes] for codes in (panel.items, panel.raters)]
    names = [[f"{factor}{level}" for level in range(part.shape[1])] for factor, part in enumerate(parts)]
    spec = VCSpec(["item", "rater"], [[name] for name in names], [[part] for part in parts])
    everyone = np.ones(len(panel.values))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = MixedLM(panel.values, everyone[:, None], groups=everyone, exog_vc=spec).fit(reml=True)
    return float(found.fe_params[0]), *np.sqrt([*found.vcomp, found.scale]).tolist()


def _quickest(call: Callable[[], T], runs: int) -> tuple[float, float, T]:
    """Milliseconds on the clock and of the processor, the quickest of some runs, and the answer."""
    best = (float("inf"), float("inf"))
    for _ in range(runs):
        begun, processor = time.perf_counter(), time.process_time()
        answer = call()
        best = min(best, ((time.perf_counter() - begun) * 1000, (time.process_time() - processor) * 1000))
    return *best, answer


def _line(*cells: str) -> None:
    first, *rest = cells
    print(f"{first:<20}" + "".join(f"{cell:>13}" for cell in rest), flush=True)


if __name__ == "__main__":
    main()
