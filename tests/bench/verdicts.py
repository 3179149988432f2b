"""`python -m tests.bench.verdicts`: how often verdicts are wrong, scenario by scenario, as a table for the guide.

Every draw goes through the product's own answer and rule. "Met" and "harm" are false ones: nothing changed and nothing
was promised. "Chance of met" is of a pilot with the large change of the last column that promised half of it.
"""

from __future__ import annotations

import argparse

import incubator  # noqa: F401 - before NumPy, which it keeps to one thread

# isort: split
from tests.analytics.verdict_scenarios import SCENARIOS, simulated

MOST_FALSE, LEAST_COVERAGE = 0.035, 0.93


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.verdicts", description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--only", default="", help="scenarios whose name holds this")
    options = parser.parse_args()
    print(
        "| Pilot | False met | False harm | Coverage | Refused | Half width | Chance of met | at a change of |"
    )
    print("|---|---|---|---|---|---|---|---|")
    failed = []
    for name, scenario in SCENARIOS.items():
        if options.only not in name:
            continue
        found = simulated(scenario, options.runs)
        coverage = "" if found.coverage is None else f"{found.coverage:.1%}"
        print(
            f"| {name} | {found.met:.1%} | {found.harm:.1%} | {coverage} | {found.refused:.0%} | {found.width:.3g} | "
            f"{found.power:.0%} | {scenario.effect:g} |",
            flush=True,
        )
        if max(found.met, found.harm) > MOST_FALSE or (
            found.refused < 0.8 and (found.coverage or 1.0) < LEAST_COVERAGE
        ):
            failed.append(name)
    if failed:
        raise SystemExit(f"beyond the bounds: {', '.join(failed)}")


if __name__ == "__main__":
    main()
