"""What a benefit is worth: present value, payback, low / likely / high, and how forecasts fared.

Money is whole cents in, exact decimals inside, whole cents out. Staff hours are no money: they stand in a column
of their own and enter a present value only as the cents by which a budget line falls.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, localcontext

import numpy as np

from incubator.analytics.criterion import Sentence

RATES = (Decimal("0.03"), Decimal("0.07"))
LAST_YEAR = 100
FEWEST_PILOTS = 5
DRAWS = 4000
LARGEST = 10**30
"""Cents beyond this are a slip of the keyboard."""
EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


def _whole(value: int) -> Decimal:
    if not isinstance(value, int) or isinstance(value, bool) or abs(value) > LARGEST:
        raise ValueError("money is whole cents, time whole hours")
    return Decimal(value)


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure that is not sure: at the least, most likely, at the most. Cents for money, tenths or whole hours
    for staff time; always whole numbers. ValueError when they are not in this order."""

    low: int
    likely: int
    high: int

    def __post_init__(self) -> None:
        for part in (self.low, self.likely, self.high):
            _whole(part)
        if not self.low <= self.likely <= self.high:
            raise ValueError("an amount goes from low over likely to high")

    @classmethod
    def sure(cls, value: int) -> Amount:
        return cls(value, value, value)


def total(amounts: Sequence[Amount]) -> Amount:
    """Their sum, low with low and high with high: benefits that fall short tend to do so together, and plain
    bounds promise no narrowing that nobody has shown."""
    return Amount(
        sum(a.low for a in amounts), sum(a.likely for a in amounts), sum(a.high for a in amounts)
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Year:
    """One year of a pilot and its service; year 0 begins with the launch. `cost` and `cash` are cents, `hours`
    staff hours saved, `freed` the cents by which a budget line falls because of those hours (None: none falls)."""

    year: int
    cost: int = 0
    cash: Amount = Amount(0, 0, 0)
    hours: Amount = Amount(0, 0, 0)
    freed: Amount | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """`values` is the present value at each rate, `payback` in years (likely; None: not within the years given),
    `rate` the internal rate of return on the likely flows (None: there is no single one), `cash` all money
    benefits and `cost` all costs without discount, `hours` kept apart."""

    values: tuple[tuple[Decimal, Amount], ...]
    payback: float | None
    rate: float | None
    cash: Amount
    cost: int
    hours: Amount

    def at(self, rate: Decimal | str) -> Amount:
        """The present value at one of the rates; KeyError for another."""
        return dict(self.values)[Decimal(rate)]


def present_value(rate: Decimal | float | str, flows: Sequence[int]) -> Decimal:
    """What flows at the ends of year 0 (now), 1, 2 … are worth now, in cents and not rounded.

    ValueError for a rate of -100 % or less or no number, more than a hundred years, or flows that are not whole.
    """
    share = _rate(rate)
    if len(flows) > LAST_YEAR + 1:
        raise ValueError("at most a hundred years")
    with localcontext(EXACT):
        return sum((_whole(flow) / (1 + share) ** year for year, flow in enumerate(flows)), Decimal(0))


def npv(rate: Decimal | float | str, flows: Sequence[int]) -> int:
    """The present value to the nearest cent."""
    return int(present_value(rate, flows).to_integral_value(ROUND_HALF_EVEN, EXACT))


def payback(flows: Sequence[int]) -> float | None:
    """Years, with a fraction, until what came in makes up for what was spent and stays so; without discount.

    0.0 when nothing was ever owed, None when it does not pay back within the flows.
    """
    balance, after = [], 0
    for flow in flows:
        after += int(_whole(flow))
        balance.append(after)
    if not balance or balance[-1] < 0:
        return None
    owed = [year for year, left in enumerate(balance) if left < 0]
    if not owed:
        return 0.0
    last = owed[-1]
    gained = balance[last + 1] - balance[last]
    return last + float(Decimal(-balance[last]) / Decimal(gained))


def internal_rate(flows: Sequence[int]) -> float | None:
    """The rate at which the present value is nothing; None unless the flows change their sign exactly once, for
    then there is none or more than one. By halving, to nine digits."""
    signs = [flow > 0 for flow in flows if _whole(flow)]
    if sum(a != b for a, b in itertools.pairwise(signs)) != 1:
        return None
    low, high = Decimal("-0.9999"), Decimal(1)
    first = present_value(low, flows)
    while (present_value(high, flows) > 0) == (first > 0):
        high *= 4
        if high > 10**6:
            return None
    for _ in range(50):
        middle = (low + high) / 2
        if (present_value(middle, flows) > 0) == (first > 0):
            low = middle
        else:
            high = middle
    return round(float(low), 9)


def worth(years: Sequence[Year], rates: Sequence[Decimal] = RATES) -> Worth:
    """Costs and benefits in money, discounted; hours added up beside them.

    ValueError for a year named twice or outside 0 to 100.
    """
    known = {year.year: year for year in years}
    if len(known) < len(years) or any(not 0 <= year <= LAST_YEAR for year in known):
        raise ValueError("each year from 0 to 100 once")
    row = [known.get(number, Year(number)) for number in range(max(known, default=-1) + 1)]
    gains = [total([year.cash, *([year.freed] if year.freed else [])]) for year in row]
    flows = {
        name: [getattr(gain, name) - year.cost for gain, year in zip(gains, row, strict=True)]
        for name in ("low", "likely", "high")
    }
    values = tuple((rate, Amount(*(npv(rate, flow) for flow in flows.values()))) for rate in rates)
    return Worth(
        values=values,
        payback=payback(flows["likely"]),
        rate=internal_rate(flows["likely"]),
        cash=total(gains),
        cost=sum(year.cost for year in row),
        hours=total([year.hours for year in row]),
    )


@dataclass(frozen=True, slots=True)
class Fared:
    """Realized against promised: its share of the likely figure (None when that is nothing or less), and whether
    it lies below (-1), within (0) or above (1) the low and high that were promised."""

    share: float | None
    place: int


def fared(promised: Amount, realised: int) -> Fared:
    """One benefit, cash or hours, when it was measured."""
    _whole(realised)
    place = -1 if realised < promised.low else 1 if realised > promised.high else 0
    return Fared(float(Decimal(realised) / promised.likely) if promised.likely > 0 else None, place)


@dataclass(frozen=True, slots=True)
class Optimism:
    """Realized for each unit forecast, over the pilots, with the interval of a bootstrap over pilots.

    `refused` says why there is no interval: `ratio` is then None too. `left_out` pilots had forecast nothing.
    """

    n: int
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    left_out: int = 0
    refused: Sentence | None = None
    says: Sentence | None = None


def optimism(pilots: Sequence[tuple[float, float]], *, seed: int = 0, confidence: float = 0.95) -> Optimism:
    """What was realized of what was forecast, (forecast, realized) for each pilot, cash or hours.

    The ratio of the sums, so that a large pilot counts as such; its interval by the percentiles of a seeded
    bootstrap that draws whole pilots (B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993,
    chapter 13). The order of the pilots changes nothing.
    """
    usable = [(f, r) for f, r in pilots if _size(f) and _size(r) and f > 0]
    n, left_out = len(usable), len(pilots) - len(usable)
    if n < FEWEST_PILOTS:
        return Optimism(
            n, left_out=left_out,
            refused=Sentence(
                "Pilots with both a forecast and a measured benefit: %(n)s. What is said of them holds for these alone: under %(needed)s it says nothing of other forecasts.",
                {"n": str(n), "needed": str(FEWEST_PILOTS)},
            ),
        )  # fmt: skip
    pairs = np.array(sorted(usable), dtype=float)
    largest = float(np.max(np.abs(pairs)))
    forecast, realised = (pairs / largest).T
    drawn = np.random.default_rng(seed).integers(0, n, size=(DRAWS, n))
    ratios = realised[drawn].sum(axis=1) / forecast[drawn].sum(axis=1)
    tail = (1 - confidence) / 2
    low, high = (float(value) for value in np.quantile(ratios, [tail, 1 - tail]))
    ratio = float(realised.sum() / forecast.sum())
    says = Sentence(
        "%(share)s of the forecast was realized, over %(n)s pilots (95%% confidence interval %(low)s to %(high)s).",
        {"share": _percent(ratio), "n": str(n), "low": _percent(low), "high": _percent(high)},
    )
    return Optimism(n, ratio, low, high, left_out, says=says)


def _percent(share: float) -> str:
    return f"{share * 100:,.0f}%"


def _size(value: float) -> bool:
    return math.isfinite(value) and abs(value) < 1e150


def _rate(rate: Decimal | float | str) -> Decimal:
    share = Decimal(str(rate))
    if not share.is_finite() or not -1 < share <= 10**6:
        raise ValueError("a rate is a share above -1")
    return share
