"""Draws every reviewer's total, with mean and median."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import key
from incubator.charts.score_dots import ProposalScores, ScoreDots
from incubator.charts.sheet import Scale, Sheet


def draw(chart: ScoreDots, narrow: bool) -> Figure:
    step = 66 if narrow else 48
    entries = [("ring", theme.ROUTINE, "One review"), ("D", theme.BLUE, "Mean"), ("bar", theme.INK, "Median")]
    if any(p.agreement and p.agreement.split for p in chart.proposals):
        entries.append(("line", theme.ORANGE, "Split: 2 points or more"))
    sheet = Sheet(narrow, 60 + step * len(chart.proposals) + (22 if narrow else 0))
    top = key(sheet, entries, 10.0) + 4
    left, right = (10.0, sheet.width - 10) if narrow else (250.0, sheet.width - 160)
    x = Scale(chart.lowest, chart.highest, left, right)
    bottom = top + step * len(chart.proposals)
    for score in range(round(chart.lowest), round(chart.highest) + 1):
        if not narrow:
            sheet.line([x(score)] * 2, [top, bottom], theme.GRID)
        sheet.text(x(score), bottom + 14, str(score), color=theme.MUTED, size=theme.SMALL, align="center")
    for i, proposal in enumerate(chart.proposals):
        _row(sheet, proposal, x, top + step * i, step, left, right)
    return sheet.figure


def _row(
    sheet: Sheet, p: ProposalScores, x: Scale, top: float, step: float, left: float, right: float
) -> None:
    agreement, name = p.agreement, words.clean(p.label)
    text = "no reviews" if agreement is None else f"mean {agreement.mean:.1f}, median {agreement.median:.1f}"
    y = top + (46 if sheet.narrow else step / 2 + 4)
    if sheet.narrow:
        room = sheet.width - theme.text_width(text, theme.SMALL) - 12
        sheet.text(0, top + 12, theme.fit(name, room, theme.SMALL, 600), size=theme.SMALL, weight=600)
        sheet.text(sheet.width, top + 12, text, color=theme.MUTED, size=theme.SMALL, align="right")
    else:
        lines = theme.wrap(name, left - 22, 2, theme.SMALL)
        for j, line in enumerate(lines):
            sheet.text(left - 22, y + (j - (len(lines) - 1) / 2) * 16, line, size=theme.SMALL, align="right")
        sheet.text(right + 16, y, text, color=theme.MUTED, size=theme.SMALL)
    sheet.line([left, right], [y, y], theme.GRID, 1.2)
    if agreement is None:
        return
    inside = [min(max(total, x.low), x.high) for total in p.known]
    if agreement.split:
        sheet.line([x(inside[0]), x(inside[-1])], [y, y], theme.ORANGE, 2.4)
    spots = _stacked([x(total) for total in inside])
    sheet.marks(
        [spot for spot, _ in spots], [y + lift for _, lift in spots], "o", theme.ROUTINE, 9, hollow=True
    )
    median, mean = (x(min(max(v, x.low), x.high)) for v in (agreement.median, agreement.mean))
    sheet.line([median, median], [y + 6, y + 18], theme.INK, 2.6)
    sheet.marks([mean], [y + 12], "D", theme.BLUE, 8)


def _stacked(xs: list[float]) -> list[tuple[float, float]]:
    """Totals that would cover each other stand on top of each other; beyond four the pile gets denser."""
    piles: list[list[float]] = []
    for x in xs:
        if piles and x - piles[-1][0] < 8:
            piles[-1].append(x)
        else:
            piles.append([x])
    found = []
    for pile in piles:
        rise = min(8.0, 22.0 / max(len(pile) - 1, 1))
        found += [(x, -rise * i) for i, x in enumerate(pile)]
    return found
