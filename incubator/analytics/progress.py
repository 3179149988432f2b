"""How far a metric has come from its baseline toward its target."""

import math

from incubator.analytics.direction import Direction, sign


def progress(baseline: float, target: float, value: float, direction: Direction) -> float:
    """Share of the way from baseline (0.0) to target (1.0); below 0 is worse than before, above 1 beyond.

    All three numbers are in the metric's own unit. ValueError when a number is not finite, when baseline
    equals target (there is no way to go), or when the target lies on the worse side of the baseline
    (then the direction or the target was mistyped, or the metric is a guardrail and has no way to go).
    """
    if not all(math.isfinite(number) for number in (baseline, target, value)):
        raise ValueError("baseline, target and value must be finite numbers")
    if baseline == target:
        raise ValueError("baseline and target are equal, so progress has no meaning")
    if (target > baseline) != (sign(direction) > 0):
        raise ValueError("the target is worse than the baseline in the direction given")
    # Halving first keeps the differences of two huge numbers inside the range of a float.
    return (value / 2 - baseline / 2) / (target / 2 - baseline / 2)
