"""Draws several metrics in small panels."""

from matplotlib.figure import Figure

from incubator.charts import theme, words
from incubator.charts.sheet import DASH, Scale, Sheet, span
from incubator.charts.small_multiples import Series, SmallMultiples

PANEL, GAP = 168.0, 28.0


def draw(chart: SmallMultiples, narrow: bool) -> Figure:
    across = 1 if narrow else min(3, len(chart.series))
    down = -(-len(chart.series) // across)
    sheet = Sheet(narrow, PANEL * down)
    wide = (sheet.width - GAP * (across - 1)) / across
    for i, series in enumerate(chart.series):
        row, column = divmod(i, across)
        _panel(sheet, series, column * (wide + GAP), row * PANEL, wide)
    return sheet.figure


def _panel(sheet: Sheet, series: Series, left: float, top: float, wide: float) -> None:
    sheet.text(left, top + 10, theme.fit(words.clean(series.name), wide, theme.SIZE, 600), weight=600)
    color = theme.BLUE if series.met else theme.ORANGE if series.met is False else theme.MUTED
    sheet.text(left, top + 29, theme.fit(series.words, wide, theme.SMALL), color=color, size=theme.SMALL)
    y0, y1 = top + 120, top + 46
    sheet.line([left, left + wide], [y0 + 6, y0 + 6], theme.AXIS, 1.0)
    known = series.known
    if not known:
        return
    values = [value for _, value in known]
    target = words.finite(series.target)
    low, high = span([*values, *([target] if target is not None else [])])
    y = Scale(low, high, y0, y1)
    if target is not None:
        sheet.line([left, left + wide], [y(target)] * 2, theme.ORANGE, 1.5, DASH)
    n = len(values)
    xs = [left + 6 + (wide - 12) * (i / (n - 1) if n > 1 else 0.5) for i in range(n)]
    ink = theme.BLUE if series.met else theme.NAVY
    sheet.line(xs, [y(value) for value in values], ink, 2.2)
    sheet.marks([xs[-1]], [y(values[-1])], "D" if series.met else "o", ink, 9)
    first, last = known[0][0], known[-1][0]
    ends = (f"{first:%b} {first.year}", f"{last:%b} {last.year}")
    sheet.text(left, y0 + 21, ends[0], color=theme.MUTED, size=theme.SMALL)
    if ends[0] != ends[1]:
        sheet.text(left + wide, y0 + 21, ends[1], color=theme.MUTED, size=theme.SMALL, align="right")
