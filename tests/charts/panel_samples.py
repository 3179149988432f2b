"""The charts of a review panel, as its pages ask for them and as they should never be asked for."""

import math

from incubator.charts import RankIntervals, RankRow
from tests.charts.hostile import HUGE, LONG, ODD

NAMES = (
    "Benefit screener",
    "Drone bridge inspection",
    "Permit chatbot",
    "Snow plow routing from road sensors",
    "Form reading for paper intake",
    "Training in virtual reality",
)


def ranks(n, line, places=None):
    """So many proposals one rank apart, each known to a tenth of the field on either side."""
    rows = []
    for i in range(n):
        low, high = max(1.0, i + 1 - n / 10), min(float(n), i + 1 + n / 10)
        band = "accept" if high < line else "decline" if low > line else "too_close"
        rows.append(RankRow(f"{NAMES[i % 6]} {i}", i + 1.0, low, high, band))
    return RankIntervals(rows=tuple(rows), line=line, places=places)


USUAL = {
    "ranks": RankIntervals(
        rows=(
            RankRow("Permit chatbot", 3.4, 2.6, 4.4, "too_close"),
            RankRow("Benefit screener", 1.3, 1, 2, "accept"),
            RankRow("Drone bridge inspection", 2.1, 1.2, 2.9, "accept"),
            RankRow("Form reading for paper intake", 4.4, 3.9, 5, "decline"),
        ),
        line=3.4,
        places=3,
    ),
    "ranks-many": ranks(72, 20.2, 20),
}

EXTREME = {
    "ranks-120": ranks(120, 50.4),
    "ranks-one": RankIntervals(rows=(RankRow(LONG, 1, 1, 1, "accept"),), line=1, places=10**9),
    "ranks-broken": RankIntervals(
        rows=(
            RankRow(ODD, math.nan, 1, 2, "accept"),
            RankRow(LONG * 2, HUGE, -HUGE, HUGE, "decline"),
            RankRow("no interval", 2, None, math.inf),
            RankRow("ends swapped", 5, 9, 2, "too_close"),
        ),
        line=-HUGE,
        places=0,
    ),
    "ranks-no-line": RankIntervals(rows=tuple(RankRow(ODD, 3, 1, 5) for _ in range(5)), line=math.nan),
}

EMPTY = {
    "ranks": RankIntervals(rows=(), line=4, places=4),
}
