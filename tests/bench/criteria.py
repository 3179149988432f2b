"""`python -m tests.bench.criteria`: one answer about 60 readings, analysis by analysis.

Times are the processor's, the median of the runs. A program of 300 pilots with five criteria each is 1,500 such
answers; the budget leaves the worker half of its minute for reading and writing.
"""

from __future__ import annotations

import argparse
import time

import incubator  # noqa: F401 - before NumPy, which it keeps to one thread

# isort: split
import numpy as np

from incubator.analytics.criterion_answer import answer
from tests.analytics.criterion_cases import CASES

BUDGET = 20
HEAD = ("analysis", "readings", "CPU ms", "budget")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.criteria", description=__doc__)
    parser.add_argument("--runs", type=int, default=21)
    options = parser.parse_args()
    print("\nanswers about a criterion")
    _line(*HEAD)
    spent = [_row(name, options.runs) for name in CASES]
    print(f"300 pilots with five criteria, each analysis as often: {1.5 * float(np.mean(spent)):.1f} s")


def _row(name: str, runs: int) -> float:
    asked, readings, _ = CASES[name]
    answer(asked, readings)  # what is imported once is not measured
    times = []
    for _ in range(runs):
        start = time.process_time()
        answer(asked, readings)
        times.append(1_000 * (time.process_time() - start))
    typical = float(np.median(times))
    _line(name, len(readings), f"{typical:.1f}", BUDGET)
    return typical


def _line(name: str, *cells: object) -> None:
    print(f"{name:22}" + "".join(f"{cell!s:>12}" for cell in cells))


if __name__ == "__main__":
    main()
