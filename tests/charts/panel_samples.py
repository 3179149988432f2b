"""The charts of a review panel, as its pages ask for them and as they should never be asked for."""

import math

from incubator.charts import (
    FunnelLimit,
    FunnelPoint,
    HeatCell,
    HeatRow,
    ProposalScores,
    RankIntervals,
    RankRow,
    ReviewerSeverity,
    ReviewTimeliness,
    ScoreDots,
    ScoreHeatMap,
    ScoreShifts,
    SelectionFunnel,
    SeverityRow,
    ShiftRow,
)
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


CRITERIA = ("Public value", "Feasibility", "Equity", "Privacy and security", "Cost", "Agency readiness")


def heat(n, columns):
    """Scores that go through the whole scale, with a blank and a disagreement now and then."""
    rows = []
    for i in range(n):
        cells = []
        for j in range(len(columns)):
            at = i * len(columns) + j
            if at % 17 == 5:
                cells.append(HeatCell(None))
            else:
                cells.append(HeatCell(1 + at * 7 % 41 / 10, 2.5 if at % 11 == 3 else 0.5, at % 11 == 3))
        rows.append(HeatRow(f"{NAMES[i % 6]} {i}", tuple(cells)))
    return ScoreHeatMap(rows=tuple(rows), columns=tuple(columns))


def dots(n, highest=5, **fields):
    """So many proposals with four totals each, every fifth of them split, adjusted by a twentieth of the scale."""
    proposals = []
    for i in range(n):
        low = 1 + (n - i) * (highest - 2) / n / 2
        wide = (highest - 1) * (0.5 if i % 5 == 4 else 0.2)
        totals = tuple(low + wide * part for part in (0, 0.5, 0.6, 1))
        adjusted = sum(totals) / 4 + (i % 3 - 1) * highest / 20
        proposals.append(ProposalScores(f"{NAMES[i % 6]} {i}", totals, adjusted))
    return ScoreDots(proposals=tuple(proposals), highest=highest, **fields)


def severities(n):
    """So many reviewers, one in three kinder and one in three stricter than the panel."""
    effects = [(i % 3 - 1) * 0.4 for i in range(n)]
    return tuple(
        SeverityRow(f"Reviewer {i + 1}", effect, effect - 0.3, effect + 0.3, i + 2)
        for i, effect in enumerate(effects)
    )


def shifts(n):
    """So many reviews, each third of them unchanged."""
    return tuple(
        ShiftRow(
            f"{NAMES[i % 6]}, reviewer {i}", 2 + i % 5 / 4, 2 + i % 5 / 4 + (i % 3 - 1) * (0.3 + i % 7 / 9)
        )
        for i in range(n)
    )


def funnel(counts, overall=0.4, enough=10):
    """Agencies with so many proposals and selections, and limits by the normal curve around the overall share."""
    points = []
    for i, (n, selected) in enumerate(counts):
        share, half = selected / n, 0.98 / n**0.5
        points.append(FunnelPoint(f"Agency {i + 1}", n, selected, share - half, share + half))
    limits = []
    for n in range(1, max(n for n, _ in counts) + 1):
        error = (overall * (1 - overall) / n) ** 0.5
        limits.append(FunnelLimit(n, *(overall + z * error for z in (-1.96, 1.96, -3.09, 3.09))))
    return SelectionFunnel(points=tuple(points), overall=overall, limits=tuple(limits), enough=enough)


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
    "heat": heat(5, CRITERIA),
    "heat-many": heat(72, CRITERIA),
    "severity": ReviewerSeverity(rows=severities(5)),
    "severity-many": ReviewerSeverity(rows=severities(30), own="Reviewer 4"),
    "shifts": ScoreShifts(rows=shifts(8)),
    "shifts-many": ScoreShifts(rows=shifts(108)),
    "funnel": funnel([(40, 25), (26, 3), (12, 5), (18, 8), (9, 9), (4, 1), (1, 0)]),
    "funnel-many": funnel([(3 + i * 7 % 41, (3 + i * 7 % 41) * (i % 5 + 1) // 8) for i in range(40)]),
    "timeliness": ReviewTimeliness(
        steps=((-12, 0.125), (-5, 0.25), (-1, 0.5), (0, 0.75), (6, 0.875)), at_due=0.75, n=48, open_reviews=6
    ),
    "timeliness-early": ReviewTimeliness(steps=((-9, 0.1), (-2, 0.4)), at_due=None, n=10, open_reviews=6),
    "dots": dots(5),
    "dots-many": dots(72),
    "dots-100": dots(24, 100, lower_is_better=True),
    "heat-reviewers": heat(9, [f"Reviewer number {i}" for i in range(24)]),
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
    "heat-broken": ScoreHeatMap(
        rows=(
            HeatRow(
                LONG * 2, (HeatCell(HUGE, math.nan, True), HeatCell(-HUGE, HUGE, True), HeatCell(math.nan))
            ),
            HeatRow(ODD, (HeatCell(3), *[HeatCell(5)] * 9)),
            HeatRow("", ()),
        ),
        columns=(LONG * 2, ODD, "", "Cost", "Cost"),
        lowest=math.nan,
        highest=math.inf,
    ),
    "heat-one": ScoreHeatMap(
        rows=(HeatRow("a", (HeatCell(7),)),), columns=("A_word_that_does_not_end_" * 9,), lowest=3, highest=3
    ),
    "heat-huge": ScoreHeatMap(
        rows=tuple(HeatRow(f"{i}", (HeatCell(HUGE / 2),) * 60) for i in range(25)),
        columns=tuple(f"{ODD} {i}" for i in range(60)),
        lowest=-HUGE,
        highest=HUGE,
        lower_is_better=True,
    ),
    "severity-broken": ReviewerSeverity(
        rows=(
            SeverityRow(LONG * 2, HUGE, -HUGE, HUGE, 10**9),
            SeverityRow(ODD, math.nan, 0, 1, 3),
            SeverityRow("", 0.1, None, math.inf, 0),
        ),
        own=LONG * 2,
        lower_is_better=True,
    ),
    "severity-one": ReviewerSeverity(rows=(SeverityRow("a", 0, 0, 0, 1),)),
    "severity-crowd": ReviewerSeverity(rows=tuple(SeverityRow(ODD, 1e-12, -1, 1, 1) for _ in range(60))),
    "shifts-broken": ScoreShifts(
        rows=(
            ShiftRow(LONG * 2, -HUGE, HUGE / 2),
            ShiftRow(ODD, 1, 1e9),
            ShiftRow("overflow", -HUGE, HUGE),
            ShiftRow("none", None, math.nan),
            ShiftRow("", 5, 4.999999),
        ),
        lowest=math.inf,
        highest=-HUGE,
    ),
    "shifts-100": ScoreShifts(rows=(ShiftRow(ODD, 20, 80),), lowest=0, highest=100, lower_is_better=True),
    "shifts-none": ScoreShifts(rows=(ShiftRow("a", 3, 3),)),
    "funnel-broken": SelectionFunnel(
        points=(
            FunnelPoint(LONG * 2, 10**9, 10**9, -HUGE, HUGE),
            FunnelPoint(ODD, 10**9, 0, math.nan, 1),
            FunnelPoint("impossible", 3, 5, 0, 1),
            FunnelPoint("negative", 3, -5, 0, 1),
            FunnelPoint("nothing", 0, 0, None, None),
            FunnelPoint("beyond a float", 10**400, 1, 0, 1),
            FunnelPoint("", 1, 1, 0.2, 1),
        ),
        overall=math.nan,
        limits=(
            FunnelLimit(5, 0.2, 0.6, -HUGE, HUGE),
            FunnelLimit(math.nan, 0, 1, 0, 1),
            FunnelLimit(5, 0.1, 0.7, 0, 1),
            FunnelLimit(HUGE, 0.4, 0.4, 0.4, 0.4),
        ),
    ),
    "funnel-one": SelectionFunnel(points=(FunnelPoint("a", 1, 1, 0.2, 1),), overall=7, limits=()),
    "funnel-crowd": funnel([(1, i % 2) for i in range(90)] + [(30, 30)] * 20, enough=1),
    "timeliness-broken": ReviewTimeliness(
        steps=((10**9, HUGE), (-(10**9), -HUGE), (3, math.nan), (10**400, 0.5)),
        at_due=math.nan,
        n=10**300,
        open_reviews=-3,
    ),
    "timeliness-one": ReviewTimeliness(steps=((0, 1.0),), at_due=1.0, n=1, open_reviews=0),
    "timeliness-long": ReviewTimeliness(
        steps=tuple((i - 100, (i + 1) / 400) for i in range(399)), at_due=0.2525, n=400, open_reviews=1
    ),
    "dots-broken": ScoreDots(
        proposals=(
            ProposalScores(LONG * 2, (1, 5, None, math.nan), HUGE),
            ProposalScores(ODD, (math.inf,), 3),
            ProposalScores("", (HUGE, -HUGE, 0), -HUGE),
        ),
        lowest=math.nan,
        highest=-HUGE,
        lower_is_better=True,
        split_at=math.inf,
    ),
    "dots-crowd": ScoreDots(
        proposals=tuple(ProposalScores(ODD, (HUGE, *(1e299,) * 40), -HUGE) for _ in range(30)),
        lowest=-HUGE,
        highest=HUGE,
    ),
    "ranks-no-line": RankIntervals(rows=tuple(RankRow(ODD, 3, 1, 5) for _ in range(5)), line=math.nan),
}

EMPTY = {
    "dots": ScoreDots(proposals=(ProposalScores("a", (None, math.nan), 3),)),
    "funnel": SelectionFunnel(points=(FunnelPoint("a", 0, 0, 0, 1),), overall=0.5, limits=()),
    "timeliness": ReviewTimeliness(steps=((3, 0.0),), at_due=0.0, n=9, open_reviews=9),
    "timeliness-endless": ReviewTimeliness(steps=((3, 1.0),), at_due=0.0, n=10**400, open_reviews=0),
    "severity": ReviewerSeverity(rows=(SeverityRow("a", math.nan, 0, 1, 3),), own="a"),
    "shifts": ScoreShifts(rows=(ShiftRow("a", None, 3),)),
    "ranks": RankIntervals(rows=(), line=4, places=4),
    "heat": ScoreHeatMap(
        rows=(
            HeatRow(
                "a",
                (HeatCell(None), HeatCell(math.nan)),
            ),
        ),
        columns=("A", "B"),
    ),
    "heat-columns": ScoreHeatMap(rows=(HeatRow("a", (HeatCell(3),)),), columns=()),
}
