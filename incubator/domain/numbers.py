"""How a measured or computed number is written: the same in pages, charts, tables, files and sentences."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

AS_RECORDED = 6
"""A number of up to so many significant digits is written as it is: nobody's reading is rounded."""
COMPUTED = 4
"""Significant digits of a number that has more, as means and bounds do."""


def number(value: float, significant: int = COMPUTED) -> str:
    """29, 62.45, 0.0042, 12,400, −3.333; beyond a trillion or below a millionth 1.2e+13 and 4e−07."""
    if not math.isfinite(value):
        return "–"
    size = abs(value)
    if size >= 1e12 or 0 < size < 1e-6:
        return f"{value:.3g}".replace("-", "−")
    return f"{rounded(value, significant):,f}".replace("-", "−")


def rounded(value: float, significant: int = COMPUTED) -> Decimal:
    """The number as `number` writes it, the very large and very small as they are."""
    exact = Decimal(repr(float(value)))
    if exact and not 1e-15 < abs(exact) < 1e15:
        return exact
    if exact == exact.to_integral_value():
        return abs(exact).quantize(Decimal(1)) if not exact else exact.quantize(Decimal(1))
    if len(exact.normalize().as_tuple().digits) > AS_RECORDED:
        places = max(0, significant - 1 - exact.adjusted())
        exact = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
    plain = exact.normalize()
    return plain.quantize(Decimal(1)) if plain == plain.to_integral_value() else plain
