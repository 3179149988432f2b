"""Draws progress from baseline to target, one row per metric."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.metric_progress import MetricProgress, MetricRow
from incubator.charts.sheet import DASH, Scale, Sheet

LEAST, MOST = -0.5, 1.5


def draw(chart: MetricProgress, narrow: bool) -> Figure:
    step = 74 if narrow else 46
    top = 34
    sheet = Sheet(narrow, top + step * len(chart.rows) + 30)
    left, right = (16.0, sheet.width - 16) if narrow else (210.0, 500.0)
    low, high = _reach(chart)
    x = Scale(low, high, left, right)
    bottom = sheet.height - 30
    sheet.text(
        x(0), 12, "Baseline", color=theme.MUTED, size=theme.SMALL, align="center" if x(0) > 40 else "left"
    )
    sheet.text(
        x(1),
        12,
        "Target",
        size=theme.SMALL,
        weight=700,
        align="center" if x(1) < sheet.width - 30 else "right",
    )
    # On a phone the words stand in the plot's width, so the lines only cross the bars.
    spans = (
        [(top + step * i + 25, top + step * i + 47) for i in range(len(chart.rows))]
        if narrow
        else [(22, bottom)]
    )
    for begin, end in spans:
        sheet.line([x(0), x(0)], [begin, end], theme.MUTED, 1.2)
        sheet.line([x(1), x(1)], [begin, end], theme.INK, 1.6, DASH)
    for i, row in enumerate(chart.rows):
        _row(sheet, row, x, top + step * i, step, low, high)
    for share in (0.0, 0.5, 1.0):
        sheet.text(
            x(share), bottom + 14, words.percent(share), color=theme.MUTED, size=theme.SMALL, align="center"
        )
    if not narrow and any(row.interval is not None for row in chart.rows):
        sheet.text(right + 24, bottom + 14, "Bar: 95% interval", color=theme.MUTED, size=theme.SMALL)
    return sheet.figure


def _reach(chart: MetricProgress) -> tuple[float, float]:
    """Lowest and highest share shown; what lies beyond gets an arrow."""
    shares = [row.progress for row in chart.rows if row.progress is not None]
    shares += [end for row in chart.rows if row.interval for end in row.interval]
    low = max(min([*shares, 0.0]), LEAST)
    high = min(max([*shares, 1.0]), MOST)
    return low - 0.08 * (low < 0), high + 0.08 * (high > 1)


def _row(sheet: Sheet, row: MetricRow, x: Scale, top: float, step: float, low: float, high: float) -> None:
    name = words.clean(row.name)
    if sheet.narrow:
        sheet.text(0, top + 12, theme.fit(name, sheet.width, theme.SIZE, 600), weight=600)
        sheet.text(
            0, top + 60, theme.fit(row.words, sheet.width, theme.SMALL), color=theme.MUTED, size=theme.SMALL
        )
        y = top + 36
    else:
        y = top + step / 2
        lines = theme.wrap(name, 192, 2)
        for j, line in enumerate(lines):
            sheet.text(192, y + (j - (len(lines) - 1) / 2) * 17, line, align="right")
        texts = theme.wrap(row.words, sheet.width - 524, 2, theme.SMALL)
        for j, line in enumerate(texts):
            sheet.text(524, y + (j - (len(texts) - 1) / 2) * 17, line, size=theme.SMALL)
    sheet.box(x(0), y - 5, x(1) - x(0), 10, theme.GRID)
    share = row.progress
    if share is None:
        return
    marker, color, size = (
        ("D", theme.BLUE, 11)
        if share >= 1
        else ("^", theme.ORANGE, 13)
        if share < 0.5
        else ("o", theme.NAVY, 12)
    )
    if row.interval is not None:
        ends = [min(max(end, low), high) for end in row.interval]
        sheet.line([x(end) for end in ends], [y, y], color, 2.2)
        for end, real in zip(ends, row.interval, strict=True):
            if end == real:
                sheet.line([x(end), x(end)], [y - 7, y + 7], color, 2.2)
    if low <= share <= high:
        sheet.marks([x(share)], [y], marker, color, size)
    else:
        beyond = share > high
        sheet.marks([x(high if beyond else low)], [y], ">" if beyond else "<", color, size)
