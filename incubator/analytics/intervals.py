"""Intervals for proportions."""

import math
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True)
class Interval:
    """An estimate with its lower and upper bound, all as fractions between 0 and 1."""

    estimate: float
    low: float
    high: float


def wilson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Wilson's score interval without continuity correction for `successes` out of `n`.

    Unlike the textbook (Wald) interval it stays inside 0 to 1 and has a width at 0 of n and n of n.
    Source: E. B. Wilson, JASA 22 (1927); R. G. Newcombe, Statistics in Medicine 17 (1998), method 3.
    ValueError when n is under 1, successes are outside 0..n, or confidence is outside 0..1.
    """
    if n < 1:
        raise ValueError("an interval needs at least one observation")
    if not 0 <= successes <= n:
        raise ValueError("successes must lie between 0 and n")
    if not 0 < confidence < 1:
        raise ValueError("confidence must lie between 0 and 1")
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At the two ends the bound is exact; the sum above misses it by a rounding error.
    low = 0.0 if successes == 0 else centre - reach
    high = 1.0 if successes == n else centre + reach
    return Interval(estimate=share, low=low, high=high)
