"""Draws every reviewer's total, with mean and median: roomy for a few proposals, dense for many."""

from dataclasses import dataclass

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.dressing import bottom_labels, key, key_height, tick_texts
from incubator.charts.rows import MANY, Rows, score_marks
from incubator.charts.score_dots import ProposalScores, ScoreDots
from incubator.charts.sheet import Scale, Sheet

COLUMN = 66.0
"""Width of a column of numbers beside many proposals."""


def draw(chart: ScoreDots, narrow: bool) -> Figure:
    return _dense(chart, narrow) if len(chart.proposals) > MANY else _roomy(chart, narrow)


@dataclass(frozen=True)
class _Sizes:
    """Of the marks, and how far they lie from the middle of a row: reviews above it, averages below."""

    review: float
    mean: float
    adjusted: float
    above: float
    below: float
    half_bar: float
    rise: float
    tallest: float


ROOMY = _Sizes(review=9, mean=8, adjusted=11.5, above=0, below=12, half_bar=6, rise=8, tallest=22)
DENSE = _Sizes(review=7, mean=7, adjusted=9.5, above=4, below=6, half_bar=5, rise=3, tallest=5)


def _entries(chart: ScoreDots) -> list[tuple[str, str, str]]:
    entries = [("ring", theme.ROUTINE, "One review"), ("D", theme.BLUE, "Mean"), ("bar", theme.INK, "Median")]
    if chart.is_calibrated:
        entries.append(("diamond", theme.NAVY, "Calibrated: evened out for strictness"))
    if any(a.split for p in chart.proposals if (a := chart.agreement(p))):
        entries.append(("line", theme.ORANGE, f"Split: {words.number(chart.apart)} points or more"))
    return entries


def _roomy(chart: ScoreDots, narrow: bool) -> Figure:
    entries, n = _entries(chart), len(chart.proposals)
    below = 18 if chart.lower_is_better else 0
    step = (66 + 12 * chart.is_calibrated) if narrow else 48
    sheet = Sheet(narrow, 10 + key_height(entries, narrow) + 28 + step * n + below)
    top = key(sheet, entries, 10.0) + 4
    left, right = (10.0, sheet.width - 10) if narrow else (250.0, sheet.width - 160)
    x = Scale(*chart.points.worst_first, left, right)
    bottom = top + step * n
    found = score_marks(chart.points)
    if not narrow:
        for score in found:
            sheet.line([x(score)] * 2, [top, bottom], theme.GRID)
    bottom_labels(sheet, [x(score) for score in found], tick_texts(found), bottom + 14)
    if chart.lower_is_better:
        sheet.text(right, bottom + 33, "better →", color=theme.MUTED, size=theme.SMALL, align="right")
    for i, proposal in enumerate(chart.proposals):
        y = top + step * i + (step - 20 if narrow else step / 2 + 4)
        _names(sheet, chart, proposal, top + step * i, y, left, right)
        sheet.line([left, right], [y, y], theme.GRID, 1.2)
        _marks(sheet, chart, proposal, x, y, ROOMY)
    return sheet.figure


def _names(
    sheet: Sheet, chart: ScoreDots, p: ProposalScores, top: float, y: float, left: float, right: float
) -> None:
    agreement, name, write = chart.agreement(p), words.clean(p.label), chart.points.write
    text = (
        "no reviews"
        if agreement is None
        else f"mean {write(agreement.mean)}, median {write(agreement.median)}"
    )
    adjusted = "" if p.adjusted is None else f"calibrated {write(p.adjusted)}"
    room = sheet.width - right - 16
    if not sheet.narrow:
        lines = theme.wrap(name, left - 22, 2, theme.SMALL)
        for j, line in enumerate(lines):
            sheet.text(left - 22, y + (j - (len(lines) - 1) / 2) * 16, line, size=theme.SMALL, align="right")
        tails = [theme.fit(tail, room, theme.SMALL) for tail in (text, adjusted) if tail]
        for j, tail in enumerate(tails):
            at = y + (j - (len(tails) - 1) / 2) * 16
            sheet.text(right + 16, at, tail, color=theme.MUTED, size=theme.SMALL)
        return
    text = theme.fit(text, sheet.width / 2, theme.SMALL)
    room = sheet.width - theme.text_width(text, theme.SMALL) - 12
    sheet.text(0, top + 12, theme.fit(name, room, theme.SMALL, 600), size=theme.SMALL, weight=600)
    sheet.text(sheet.width, top + 12, text, color=theme.MUTED, size=theme.SMALL, align="right")
    adjusted = theme.fit(adjusted, sheet.width, theme.SMALL)
    sheet.text(sheet.width, top + 28, adjusted, color=theme.MUTED, size=theme.SMALL, align="right")


def _dense(chart: ScoreDots, narrow: bool) -> Figure:
    entries = _entries(chart)
    heads = ["Mean"] if narrow else ["Mean", "Median", *(["Calibrated"] if chart.is_calibrated else [])]
    wide = 40.0 if narrow else COLUMN
    rows = Rows(narrow, len(chart.proposals), tail=wide * len(heads), dense=24)
    head = 10 + key_height(entries, narrow) + 26
    sheet = Sheet(narrow, head + rows.height + 44)
    key(sheet, entries, 10.0)
    x = Scale(*chart.points.worst_first, rows.left, rows.right)
    rows.tint(sheet, head)
    rows.score_axis(sheet, x, chart.points, head, "Total")
    columns = [sheet.width - wide * (len(heads) - 1 - j) for j in range(len(heads))]
    for column, text in zip(columns, heads, strict=True):
        sheet.text(column, head - 12, text, color=theme.MUTED, size=theme.SMALL, align="right")
    for i, proposal in enumerate(chart.proposals):
        y, agreement = rows.y(i, head), chart.agreement(proposal)
        rows.name(sheet, i, head, proposal.label)
        values = (
            (None, None, None) if agreement is None else (agreement.mean, agreement.median, proposal.adjusted)
        )
        for column, value in zip(columns, values, strict=False):
            text = "–" if value is None else theme.fit(chart.points.write(value), wide - 8, theme.SMALL)
            sheet.text(column, y, text, color=theme.MUTED, size=theme.SMALL, align="right")
        _marks(sheet, chart, proposal, x, y, DENSE)
    return sheet.figure


def _marks(sheet: Sheet, chart: ScoreDots, p: ProposalScores, x: Scale, y: float, size: _Sizes) -> None:
    agreement, inside = chart.agreement(p), chart.points.inside
    if agreement is None:
        return
    totals = sorted(x(inside(total)) for total in p.known)
    if agreement.split:
        sheet.line([totals[0], totals[-1]], [y - size.above] * 2, theme.ORANGE, 2.4)
    spots = _stacked(totals, size)
    sheet.marks(
        [spot for spot, _ in spots], [y - size.above + lift for _, lift in spots], "o", theme.ROUTINE,
        size.review, hollow=True,
    )  # fmt: skip
    # Larger and open, the adjusted mean still shows around the mean where the two agree.
    if p.adjusted is not None:
        sheet.marks([x(inside(p.adjusted))], [y + size.below], "D", theme.NAVY, size.adjusted, hollow=True)
    median, mean = x(inside(agreement.median)), x(inside(agreement.mean))
    sheet.line([median] * 2, [y + size.below - size.half_bar, y + size.below + size.half_bar], theme.INK, 2.6)
    sheet.marks([mean], [y + size.below], "D", theme.BLUE, size.mean)


def _stacked(xs: list[float], size: _Sizes) -> list[tuple[float, float]]:
    """Totals that would cover each other stand on top of each other; a high pile gets denser."""
    piles: list[list[float]] = []
    for x in xs:
        if piles and x - piles[-1][0] < size.review - 1:
            piles[-1].append(x)
        else:
            piles.append([x])
    found = []
    for pile in piles:
        rise = min(size.rise, size.tallest / max(len(pile) - 1, 1))
        found += [(x, -rise * i) for i, x in enumerate(pile)]
    return found
