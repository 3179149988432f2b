"""How large an effect must be to be seen: the power of two-sided tests, by the noncentral t and the normal curve.

Source: J. Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd ed. (1988), chapters 2 and 6.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

from scipy import special

CONFIDENCE = 0.95
POWER = 0.8
LARGE = 1e5
"""From so many degrees of freedom on t is taken as normal."""


def chance_to_see(shift: float, freedom: float = math.inf, confidence: float = CONFIDENCE) -> float:
    """The power of a two-sided test whose statistic lies `shift` standard errors from zero.

    `freedom` are the degrees of freedom of its standard error, infinite when that is known.
    """
    tail = (1 + confidence) / 2
    if freedom >= LARGE:
        edge = NormalDist().inv_cdf(tail)
        return NormalDist().cdf(shift - edge) + NormalDist().cdf(-shift - edge)
    edge = float(special.stdtrit(freedom, tail))
    return float(1 - special.nctdtr(freedom, shift, edge) + special.nctdtr(freedom, shift, -edge))


def shift_to_see(freedom: float = math.inf, confidence: float = CONFIDENCE, power: float = POWER) -> float:
    """How many standard errors an effect must measure to be seen with this power: 2.80 for the usual two.

    ValueError unless `confidence` lies between 0 and 1, `power` between 1 - confidence and 1, and there is
    at least one degree of freedom.
    """
    if not 0 < confidence < 1 or not 1 - confidence < power < 1 or not freedom >= 1:
        raise ValueError("confidence and power are shares, power above the rate of false alarms")
    return _root(lambda shift: chance_to_see(shift, freedom, confidence) - power)


def cases_per_group(effect: float, confidence: float = CONFIDENCE, power: float = POWER) -> float:
    """Cases in each of two equal groups, a fraction, to see means `effect` standard deviations apart.

    ValueError for an effect that is zero or no number.
    """
    size = _size(effect)
    return _root(
        lambda n: chance_to_see(size * math.sqrt(n / 2), 2 * n - 2, confidence) - power, start=2.0, least=1.5
    )


def cases_per_group_of_shares(
    first: float, second: float, confidence: float = CONFIDENCE, power: float = POWER
) -> float:
    """Cases in each of two equal groups to see two shares (0 to 1) apart, compared on the arcsine scale."""
    shift = shift_to_see(confidence=confidence, power=power)
    return 2 * (shift / _size(arcsine(first) - arcsine(second))) ** 2


def arcsine(share: float) -> float:
    """The scale on which a share of n cases has the variance 1/n, whatever the share (Cohen's phi)."""
    return 2 * math.asin(math.sqrt(min(max(share, 0.0), 1.0)))


def _size(effect: float) -> float:
    if not math.isfinite(effect) or effect == 0:
        raise ValueError("an effect of nothing cannot be seen")
    return abs(effect)


def _root(gap: Callable[[float], float], start: float = 1.0, least: float = 0.0) -> float:
    """Where a rising function crosses zero, by halving."""
    low, high = least, start
    while gap(high) < 0:
        low, high = high, high * 2
    for _ in range(60):
        middle = (low + high) / 2
        if gap(middle) < 0:
            low = middle
        else:
            high = middle
        if high - low <= 1e-12 * high:
            break
    return (low + high) / 2
